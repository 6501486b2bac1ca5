"""The handlers of front matter: one a dialect, on python-frontmatter's own interface.

Its own lose data without a word: a byte order mark, TOML, a `...` fence and an
unterminated fence all yield no metadata.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from frontmatter.default_handlers import BaseHandler

from feeds import text as legible
from feeds.parse.cluster import without_related, without_surplus
from feeds.parse.lines import read_lines
from feeds.parse.places import yaml_places
from feeds.parse.raw import Places
from feeds.parse.rules import Bounds
from feeds.parse.yaml import Marks, YamlError, read_yaml


class BoundsError(ValueError):
    """Front matter holds more, or nests deeper, than is allowed."""


class Handler(BaseHandler):
    """A dialect: how its front matter is found, read, and where its keys stand.

    Made by `found` from a file's text; `front_matter` and `body` are its parts. After
    `load` there are `marks`, with lines from 0.
    """

    name: ClassVar[str] = ""
    fence_lines: ClassVar[int] = 1
    FM_BOUNDARY = re.compile("$^")  # demanded by the base class; `split` is ours

    def __init__(self, front_matter: str, body: str, bounds: Bounds) -> None:
        super().__init__()
        self.front_matter, self.body, self.bounds = front_matter, body, bounds
        self.marks = Marks()

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:  # noqa: ARG003 - the dialects'
        """Return front matter and body of a text in this dialect, None of any other."""
        return None

    def split(self, text: str) -> tuple[str, str]:  # noqa: ARG002 - the base class's
        """Return front matter and body."""
        return self.front_matter, self.body

    def places(self) -> Places:
        """Return where keys below the top level stand, as far as the dialect tells."""
        return {}


def _fenced(
    text: str, openings: tuple[str, ...], closing: re.Pattern[str]
) -> tuple[str, str] | None:
    """Return what is between fences, each a whole line, and what follows."""
    if not text.startswith(openings):
        return None
    start = text.find("\n") + 1
    if not start or text[:start].rstrip().lower() not in openings:
        return None
    found = closing.search(text, start - 1)
    # A fence that is never closed is a rule or a heading of plain text.
    return (text[start : found.start() + 1], text[found.end() :]) if found else None


def _closing(*fences: str) -> re.Pattern[str]:
    """Return the expression of a line that is one of `fences`, and the end before it."""
    return re.compile(rf"\n(?:{'|'.join(map(re.escape, fences))})[^\S\n]*(?=\n|\Z)")


_YAML_END, _RULE, _PLUSES = _closing("---", "..."), _closing("---"), _closing("+++")


class _Yaml(Handler):
    name = "YAML"

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:
        return _fenced(text, ("---", "---yaml", "---yml"), _YAML_END)

    def load(self, fm: str) -> dict[str, Any]:
        value, self.marks = self._read(fm)
        if not isinstance(value, dict | None):
            raise YamlError("lines of `key: value`, not a list or text", 0)
        return value or {}

    def _read(self, fm: str) -> tuple[Any, Marks]:
        """Read `fm` without what is not used of `related`, if that is sure to be safe."""
        short = without_related(fm, self.bounds)
        if short is None and (quick := read_lines(fm, self.bounds)):
            return quick
        short = short or without_surplus(fm, self.bounds)
        if short:
            with contextlib.suppress(YamlError):
                found = read_lines(short.text, self.bounds)
                value, marks = found or self._read_yaml(short.text)
                if short.is_as_expected(value, marks):
                    marks.place = short.place
                    related = value["related"] or list(short.items)
                    return {**value, "related": related}, marks
        return self._read_yaml(fm)

    def _read_yaml(self, fm: str) -> tuple[Any, Marks]:
        try:
            return read_yaml(fm, self.bounds)
        except YamlError:
            whole = _SURROGATES.sub(_joined, fm)
            if whole == fm:
                raise
            return read_yaml(whole, self.bounds)

    def places(self) -> Places:
        return yaml_places(self.front_matter)


# JSON's way to write a character beyond U+FFFF; no YAML, but its authors mean it.
_SURROGATES = re.compile(
    r"(?<!\\)\\u(?:[dD][89abAB]..\\u[dD][c-fC-F]..|[dD][89a-fA-F]..)", re.ASCII
)


def _joined(escapes: re.Match[str]) -> str:
    """Return the character of a pair of surrogates; a lone one is none."""
    try:
        units = bytes.fromhex(escapes[0].replace("\\u", ""))
        return units.decode("utf-16-be")
    except ValueError:
        return ""


class _Toml(Handler):
    name = "TOML"

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:
        found = _fenced(text, ("+++",), _PLUSES)
        return found or _fenced(text, ("---toml",), _RULE)

    def load(self, fm: str) -> dict[str, Any]:
        # tomllib's time grows with the square of the parts of a key.
        parts = self.bounds.nesting
        if re.search(rf"{_WORD_START}(?:{_TOML_PART}[ \t]*\.[ \t]*){{{parts}}}", fm):
            raise BoundsError(f"a key of more than {parts} parts")
        value = _within(self.bounds, tomllib.loads(fm))
        return _folded(value, self.marks, _key_lines(fm, r"([A-Za-z0-9_-]+)[ \t]*+="))


_WORD_START = r"(?<![\w-])"
_TOML_PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""


class _Json(Handler):
    name = "JSON"
    fence_lines = 0

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:
        if not re.match(r'\{\s*(?:"|\})', text):
            return None
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            end = len(text)
        return text[:end], text[end:]

    def load(self, fm: str) -> dict[str, Any]:
        has_twice = False

        def pairs_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal has_twice
            found = dict(pairs)
            has_twice = has_twice or len(found) < len(pairs)
            return found

        value = _within(self.bounds, json.loads(fm, object_pairs_hook=pairs_of))
        folded = _folded(value, self.marks, {})
        if has_twice or self.marks.duplicates:
            # Nearly all JSON is YAML, whose reader tells where it stands.
            with contextlib.suppress(YamlError):
                self.marks.duplicates = read_yaml(fm, self.bounds)[1].duplicates
        return folded

    def places(self) -> Places:
        return yaml_places(self.front_matter)


class _FencedJson(_Json):
    fence_lines = 1

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:
        return _fenced(text, ("---json",), _RULE)


class _Headers(Handler):
    name = "headers"
    fence_lines = 0

    @classmethod
    def parts(cls, text: str) -> tuple[str, str] | None:
        """Tell headers from prose that begins with "Note: …": one is title or date."""
        head, _, body = text.partition("\n\n")
        lines = head[:_MAX_HEADER_CHARS].split("\n")
        if not _HEADER.match(lines[0]):
            return None
        are_headers = all(
            _HEADER.match(line) or line.startswith((" ", "\t")) for line in lines
        )
        keys = {match[1].casefold() for line in lines if (match := _HEADER.match(line))}
        return (head, body) if are_headers and keys & {"title", "date"} else None

    def load(self, fm: str) -> dict[str, Any]:
        found: dict[str, str] = {}
        lines: dict[str, int] = {}
        key = ""
        for number, line in enumerate(fm.split("\n")):
            match = _HEADER.match(line)
            if match and not line.startswith((" ", "\t")):
                key = match[1]
                if key in found:
                    self.marks.duplicates.append((key, number))
                lines[key] = number
                found[key] = (match[2] or "").strip()
            elif key:
                found[key] = f"{found[key]} {line.strip()}".strip()
        values = {key: _header_value(key, text) for key, text in found.items()}
        return _folded(values, self.marks, lines)


_MAX_HEADER_CHARS = 4_000
_HEADER = re.compile(r"([A-Za-z][\w-]{0,30}):(?:[ \t]+(.*))?$")
# Pelican splits these at commas; everything else is one value.
_HEADER_LISTS = ("tags", "topics", "keywords", "authors")
_HEADER_NUMBERS = ("heat", "quality")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_HEADER_WORDS = {"true": True, "false": False}


def _header_value(key: str, text: str) -> object:
    if key.casefold() in _HEADER_LISTS:
        return [item.strip() for item in re.split(r"[,;]", text)]
    if key.casefold() in _HEADER_NUMBERS and _NUMBER.fullmatch(text):
        return float(text)
    return _HEADER_WORDS.get(text.casefold(), text or None)


def _key_lines(text: str, pattern: str) -> dict[str, int]:
    """Return the first line of each key that a line begins with."""
    key = re.compile(pattern)
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n")):
        if match := key.match(line.lstrip()):
            lines.setdefault(match[1], number)
    return lines


def _within(bounds: Bounds, metadata: Any) -> dict[str, Any]:
    """Return `metadata`, which is known now to be a mapping within `bounds`."""
    level: list[Any] = [metadata]
    nodes = 0
    for _ in range(bounds.nesting + 1):
        nodes += len(level)
        if nodes > bounds.nodes:
            raise BoundsError(f"more than {bounds.nodes} values")
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return metadata if isinstance(metadata, dict) else {}
    raise BoundsError(f"more than {bounds.nesting} levels deep")


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _folded(
    metadata: Mapping[str, Any], marks: Marks, lines: Mapping[str, int]
) -> dict[str, Any]:
    """Return `metadata` with keys in lower case, and mark where they stand.

    Of two keys that differ in nothing but case the last one wins.
    """
    found = {}
    for spelt, value in metadata.items():
        key = spelt.casefold()
        if key in found:
            marks.duplicates.append((spelt, lines.get(spelt, 0)))
        if spelt in lines:
            marks.lines[key] = lines[spelt]
        if spelt != key:
            marks.spelling[key] = legible.legal(spelt)
        found[key] = _lowered(value)
    return found


def _lowered(value: Any) -> Any:
    """Return `value` with all keys in lower case."""
    if isinstance(value, dict):
        return {key.casefold(): _lowered(inner) for key, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


# Of those with a mark at their beginning; Pelican's has none.
FENCED: tuple[type[Handler], ...] = (_Yaml, _Toml, _FencedJson, _Json)
HANDLERS: tuple[type[Handler], ...] = (*FENCED, _Headers)
