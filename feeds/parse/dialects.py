"""The dialects of front matter: bytes in, a raw mapping with marks and a body out.

One table of handlers on python-frontmatter, whose own lose data without a word (a
byte order mark, TOML, a `...` fence and an unterminated fence all yield no metadata).
"""

import codecs
import contextlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import frontmatter
from frontmatter.default_handlers import BaseHandler

from feeds import text as legible
from feeds.errors import ArticleError, Problem
from feeds.parse.cluster import without_surplus
from feeds.parse.lines import read_lines
from feeds.parse.rules import Bounds
from feeds.parse.yaml import Marks, YamlError, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A file taken apart: metadata by lower-case key, and the body.

    `dialect` is "yaml", "toml", "json", "headers" or "none"; `lines` gives the line
    of a top-level key, from 1; `spelling` the key as written.
    """

    dialect: str
    metadata: Mapping[str, Any]
    body: str
    lines: Mapping[str, int] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)
    duplicates: tuple[tuple[str, int], ...] = ()


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(path: str, content: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 by its byte order mark.

    Raises:
        ArticleError: it is neither.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            content, codec = content.removeprefix(bom), encoding
            break
    else:
        codec = "utf-8"
    try:
        return legible.legal(content.decode(codec))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(
            path=path,
            line=line,
            expected=f"expected {codec.upper()} text ({error.reason})",
        )
        raise ArticleError(problem) from error


def take_apart(
    path: str, text: str, bounds: Bounds, front_matter_limit_bytes: int
) -> Raw:
    """Return the front matter and the body of `text`.

    Raises:
        ArticleError: it opens with a fence, but what follows cannot be read.
    """
    stripped = text.lstrip("\n\t ")
    first_line = text[: len(text) - len(stripped)].count("\n") + 1
    handler = next(
        (make(bounds) for detect, make in _DIALECTS if detect(stripped)), None
    )
    if handler is None:
        if _UNCLOSED.match(stripped):
            # Half-written, or a slip: published as text it would tell its secrets.
            expected = "expected the front matter to be closed by a line like its first"
            raise ArticleError(Problem(path=path, line=first_line, expected=expected))
        return Raw(dialect="none", metadata={}, body=text)
    front_matter, _ = handler.split(stripped)
    if len(front_matter) > front_matter_limit_bytes:
        expected = f"expected at most {front_matter_limit_bytes} bytes of front matter"
        raise ArticleError(Problem(path=path, line=first_line, expected=expected))
    try:
        metadata, body = frontmatter.parse(stripped, handler=handler)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        line = first_line + handler.fence_lines + _line(error)
        expected = f"expected {handler.name} front matter: {_reason(error)}"
        raise ArticleError(Problem(path=path, line=line, expected=expected)) from error
    if not metadata:
        expected = f"expected keys and values as {handler.name} between the fences"
        raise ArticleError(Problem(path=path, line=first_line, expected=expected))
    return _raw(handler, metadata, body, first_line)


def _reason(error: Exception) -> str:
    """Return why, without any of the file's text: it might be a secret."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, YamlError | _BoundsError):
        return str(error)
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error).partition(" (at ")[0]
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "not understood"


def _line(error: Exception) -> int:
    """Return the line of the front matter, from 0, that an error is about."""
    if isinstance(error, YamlError):
        return error.line
    if isinstance(error, json.JSONDecodeError):
        return error.lineno - 1
    # Only Python 3.14 has it as an attribute.
    match = re.search(r"\(at line (\d+),", str(error))
    return int(match[1]) - 1 if match else 0


def _raw(
    handler: "_Handler", metadata: dict[str, object], body: str, first_line: int
) -> Raw:
    offset = first_line + handler.fence_lines
    folded = _folded(metadata)
    return Raw(
        dialect=handler.name,
        metadata=folded if isinstance(folded, dict) else {},
        body=body,
        lines={key.casefold(): offset + line for key, line in handler.lines.items()},
        spelling={key.casefold(): key for key in metadata},
        duplicates=tuple(
            (key, offset + line)
            for key, line in (*handler.duplicates, *_respelt(handler, metadata))
        ),
    )


def _respelt(
    handler: "_Handler", metadata: Mapping[str, object]
) -> Iterator[tuple[str, int]]:
    """Yield the keys that differ from an earlier one in nothing but case."""
    seen: set[str] = set()
    for key in metadata:
        if key.casefold() in seen:
            yield key, handler.lines.get(key, 0)
        seen.add(key.casefold())


def _folded(value: Any, depth: int = 0) -> Any:
    """Return `value` with all keys in lower case; the last of two such wins."""
    if depth > _MAX_FOLDED_DEPTH:
        return None  # only unknown keys nest this deep
    if isinstance(value, dict):
        return {
            str(key).casefold(): _folded(inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_folded(inner, depth + 1) for inner in value]
    return value


_MAX_FOLDED_DEPTH = 4  # related[].provider.images[].url is the deepest key we read


class _BoundsError(ValueError):
    """Front matter holds more, or nests deeper, than is allowed."""


def _within(bounds: Bounds, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return `metadata`, which is known now to be within `bounds`."""
    level: list[Any] = [metadata]
    nodes = 0
    for _ in range(bounds.nesting + 1):
        nodes += len(level)
        if nodes > bounds.nodes:
            raise _BoundsError(f"more than {bounds.nodes} values")
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return metadata
    raise _BoundsError(f"more than {bounds.nesting} levels deep")


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class _Handler(BaseHandler):
    """What our handlers share: fences as whole lines, and marks of where keys stand."""

    name = ""
    opening = ""
    closings: tuple[str, ...] = ()
    FM_BOUNDARY = re.compile("$^")  # demanded by the base class; `split` is ours
    fence_lines = 1

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self.bounds = bounds
        self.lines: dict[str, int] = {}
        self.duplicates: list[tuple[str, int]] = []

    def split(self, text: str) -> tuple[str, str]:
        """Return front matter and body around the closing fence."""
        end, after = _closing_fence(text, self.closings) or (len(text), len(text))
        return text[text.index("\n") + 1 : end], text[after:]


def _closing_fence(text: str, closings: tuple[str, ...]) -> tuple[int, int] | None:
    """Return where the line of the closing fence begins and ends."""
    found = []
    for closing in closings:
        at = text.find(f"\n{closing}")
        while at >= 0:
            end = text.find("\n", at + 1)
            end = len(text) if end < 0 else end
            if text[at + 1 : end].rstrip() == closing:
                found.append((at + 1, end))
                break
            at = text.find(f"\n{closing}", at + 1)
    return min(found, default=None)


class _YamlHandler(_Handler):
    name = "YAML"
    opening, closings = "---", ("---", "...")

    def load(self, fm: str) -> dict[str, Any]:
        value, marks = self._read(fm)
        self.lines, self.duplicates = marks.lines, marks.duplicates
        if not isinstance(value, dict):
            raise YamlError("a mapping of keys to values", 0)
        return value

    def _read(self, fm: str) -> tuple[Any, Marks]:
        """Read `fm` without its surplus, or whole when that is not sure to be the same."""
        limit = self.bounds.related
        shorter = without_surplus(fm, limit)
        if shorter != fm:
            with contextlib.suppress(YamlError):
                value, marks = self._read_all(shorter)
                found = value.get("related") if isinstance(value, dict) else None
                if isinstance(found, list) and len(found) == limit:
                    return value, marks
        return self._read_all(fm)

    def _read_all(self, fm: str) -> tuple[Any, Marks]:
        return read_lines(fm, self.bounds) or read_yaml(fm, self.bounds)


class _TomlHandler(_Handler):
    name = "TOML"
    opening, closings = "+++", ("+++",)

    def load(self, fm: str) -> dict[str, Any]:
        self.lines = _key_lines(fm, r"([A-Za-z0-9_-]+)\s*=")
        # tomllib's time grows with the square of the parts of a key.
        parts = self.bounds.nesting
        if re.search(rf"{_WORD_START}(?:{_TOML_PART}[ \t]*\.[ \t]*){{{parts}}}", fm):
            raise _BoundsError(f"a key of more than {parts} parts")
        return _within(self.bounds, tomllib.loads(fm))


_WORD_START = r"(?<![\w-])"
_TOML_PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""


class _JsonHandler(_Handler):
    name = "JSON"
    fence_lines = 0

    def split(self, text: str) -> tuple[str, str]:
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            end = len(text)
        return text[:end], text[end:]

    def load(self, fm: str) -> dict[str, Any]:
        self.lines = _key_lines(fm, r'\s*\{?\s*"([^"]+)"\s*:')
        value = json.loads(fm, object_pairs_hook=self._object)
        return _within(self.bounds, value)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return the object; the last one made, the outermost, leaves its marks."""
        found = {legible.legal(key): _legal(value) for key, value in pairs}
        counts = Counter(key for key, _ in pairs) if len(found) < len(pairs) else {}
        self.duplicates = [
            (key, self.lines.get(key, 0)) for key in counts if counts[key] > 1
        ]
        return found


class _HeaderHandler(_Handler):
    name = "headers"
    fence_lines = 0

    def split(self, text: str) -> tuple[str, str]:
        head, _, body = text.partition("\n\n")
        return head, body

    def load(self, fm: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        key = ""
        for number, line in enumerate(fm.split("\n")):
            match = _HEADER.match(line)
            if match and not line.startswith((" ", "\t")):
                key = match[1]
                if key in found:
                    self.duplicates.append((key, number))
                self.lines[key] = number
                found[key] = (match[2] or "").strip()
            elif key:
                found[key] = f"{found[key]} {line.strip()}".strip()
        return {key: _header_value(key, text) for key, text in found.items()}


_HEADER = re.compile(r"([A-Za-z][\w-]{0,30}):(?:[ \t]+(.*))?$")
# Pelican splits these at commas; everything else is one value.
_HEADER_LISTS = ("tags", "topics", "keywords", "authors")
_HEADER_NUMBERS = ("heat", "quality")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_HEADER_WORDS = {"true": True, "false": False}


def _legal(value: Any) -> Any:
    """Return a JSON value; its text may hold what no file can: escaped surrogates."""
    return legible.legal(value) if isinstance(value, str) else value


def _header_value(key: str, text: str) -> object:
    if key.casefold() in _HEADER_LISTS:
        return [item.strip() for item in re.split(r"[,;]", text)]
    if key.casefold() in _HEADER_NUMBERS and _NUMBER.fullmatch(text):
        return float(text)
    return _HEADER_WORDS.get(text.casefold(), text or None)


def _key_lines(text: str, pattern: str) -> dict[str, int]:
    key = re.compile(pattern)
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n")):
        if match := key.match(line):
            lines.setdefault(match[1], number)
    return lines


def _is_fenced(handler: type[_Handler]) -> Callable[[str], bool]:
    def detect(text: str) -> bool:
        if not text.startswith(handler.opening):
            return False
        first, newline, _ = text.partition("\n")
        opens = first.rstrip() == handler.opening and bool(newline)
        # A fence that is never closed is a rule or a heading of plain text.
        return opens and _closing_fence(text, handler.closings) is not None

    return detect


# A fence with keys below it, as opposed to a rule or an underlined heading.
_UNCLOSED = re.compile(
    r"(?:---|\+\+\+)[ \t]*\n(?:\n|[^\n]+\n)*?"
    r"(?:[\"']?secured|(?<=\n)[\"']?[A-Za-z_][\w-]*[\"']?[ \t]*[:=](?:[ \t]|\n))",
    re.IGNORECASE,
)


def _is_json(text: str) -> bool:
    return bool(re.match(r'\{\s*(?:"|\})', text))


def _is_headers(text: str) -> bool:
    """Tell headers from prose that begins with "Note: …": one must be title or date."""
    head = text[:4_000].partition("\n\n")[0].split("\n")
    if not head or not _HEADER.match(head[0]):
        return False
    keys = {match[1].casefold() for line in head if (match := _HEADER.match(line))}
    indented = all(_HEADER.match(line) or line.startswith((" ", "\t")) for line in head)
    return indented and bool(keys & {"title", "date"})


_DIALECTS: tuple[tuple[Callable[[str], bool], Callable[[Bounds], _Handler]], ...] = (
    (_is_fenced(_YamlHandler), _YamlHandler),
    (_is_fenced(_TomlHandler), _TomlHandler),
    (_is_json, _JsonHandler),
    (_is_headers, _HeaderHandler),
)
