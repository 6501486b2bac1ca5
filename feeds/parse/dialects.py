"""The dialects of front matter: bytes in, a raw mapping with marks and a body out.

One table of handlers on python-frontmatter, whose own lose data without a word (a
byte order mark, TOML, a `...` fence and an unterminated fence all yield no metadata).
"""

import codecs
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import frontmatter
from frontmatter.default_handlers import BaseHandler

from feeds import text as legible
from feeds.errors import ArticleError, Problem
from feeds.parse.rules import Bounds
from feeds.parse.yaml import YamlError, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A file taken apart: metadata by lower-case key, and the body.

    `dialect` is "yaml", "toml", "json", "headers" or "none"; `lines` gives the line
    of a top-level key, from 1; `spelling` the key as written.
    """

    dialect: str
    metadata: Mapping[str, Any]
    body: str
    body_line: int = 1
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
        return Raw(dialect="none", metadata={}, body=text)
    front_matter, _ = handler.split(stripped)
    if len(front_matter) > front_matter_limit_bytes:
        expected = f"expected at most {front_matter_limit_bytes} bytes of front matter"
        raise ArticleError(Problem(path=path, line=first_line, expected=expected))
    try:
        metadata, body = frontmatter.parse(stripped, handler=handler)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        line = first_line + handler.fence_lines + getattr(error, "line", 0)
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
    if isinstance(error, YamlError | tomllib.TOMLDecodeError):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "not understood"


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
        duplicates=tuple((key, offset + line) for key, line in handler.duplicates),
    )


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
        value, marks = read_yaml(fm, self.bounds)
        self.lines, self.duplicates = marks.lines, marks.duplicates
        if not isinstance(value, dict):
            raise YamlError("a mapping of keys to values", 0)
        return value


class _TomlHandler(_Handler):
    name = "TOML"
    opening, closings = "+++", ("+++",)

    def load(self, fm: str) -> dict[str, Any]:
        self.lines = _key_lines(fm, r"([A-Za-z0-9_-]+)\s*=")
        return tomllib.loads(fm)


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
        self.lines = _key_lines(fm, r'\s*"([^"]+)"\s*:')
        value = json.loads(fm)
        if not isinstance(value, dict):
            raise TypeError
        return value


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
                self.lines[key] = number
                found[key] = match[2].strip()
            elif key:
                found[key] = f"{found[key]} {line.strip()}".strip()
        return {key: _header_value(key, text) for key, text in found.items()}


_HEADER = re.compile(r"([A-Za-z][\w-]{0,30}):(?:[ \t]+(.*))?$")
# Pelican splits these at commas; everything else is one value.
_HEADER_LISTS = ("tags", "topics", "keywords", "authors")
_HEADER_WORDS = {"true": True, "false": False}


def _header_value(key: str, text: str) -> object:
    if key.casefold() in _HEADER_LISTS:
        return [item.strip() for item in re.split(r"[,;]", text)]
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
