"""The first heading of a text: what it says, and which lines it takes."""

import re
from dataclasses import dataclass

from feeds.article import BodyKind

_HASHES = re.compile(r" {0,3}#{1,6}[ \t]++([^\n]++)")  # CommonMark, 4.2
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")  # CommonMark, 4.3
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HTML = re.compile(
    r"<h([1-6])\b[^<>]*+>((?:(?!</?h[1-6]\b)[^\n]|\n){1,1000}?)</h\1\s*+>",
    re.IGNORECASE,
)
_RULE_CHARS = " \t-=*_+"  # a line of these draws a line


@dataclass(frozen=True, slots=True)
class Line:
    """A title found in a text, and the text without it."""

    words: str
    rest: str


def first_heading(body: str, kind: BodyKind) -> Line | None:
    """Return the first heading of any level, outside of code; None without one."""
    if kind == "html" or body.lstrip().startswith("<"):
        match = _HTML.search(body)
        rest = body[: match.start()] + body[match.end() :] if match else ""
        return Line(match[2], rest.strip()) if match else None
    lines = body.split("\n")
    fence = ""
    for at, line in enumerate(lines):
        if opening := _FENCE.match(line):
            fence = (
                "" if fence and opening[1].startswith(fence) else fence or opening[1]
            )
        elif not fence and (match := _HASHES.match(line)):
            return _without(lines, at, at + 1, _unclosed(match[1]))
        elif not fence and at and _UNDERLINE.match(line) and _is_text(lines[at - 1]):
            return _without(lines, at - 1, at + 1, lines[at - 1])
    return None


def _unclosed(words: str) -> str:
    """Return a heading's words without the hashes that may close it."""
    bare = words.rstrip(" \t").rstrip("#")
    return bare if not bare or bare[-1] in " \t" else words


def first_line(body: str) -> Line | None:
    """Return the first line that says something."""
    lines = body.split("\n")
    texts = (at for at, line in enumerate(lines) if _is_text(line))
    at = next(texts, None)
    return None if at is None else _without(lines, at, at + 1, lines[at].lstrip("#"))


def _is_text(line: str) -> bool:
    return bool(line.strip(_RULE_CHARS))


def _without(lines: list[str], start: int, end: int, words: str) -> Line:
    return Line(words.strip(), "\n".join(lines[:start] + lines[end:]).strip())
