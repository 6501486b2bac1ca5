"""The title that a text has in itself: its first heading, else its first line of prose.

Both as people read them, not as they are marked up; and the text without the line, where
that was a title and nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from feeds import text as legible
from feeds.article import BodyKind

_HASHES = re.compile(r" {0,3}#{1,6}[ \t]++([^\n]++)")  # CommonMark, 4.2
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")  # CommonMark, 4.3
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HTML = re.compile(
    r"<h([1-6])\b[^<>]*+>((?:(?!</?h[1-6]\b)[^\n]|\n){1,1000}?)</h\1\s*+>",
    re.IGNORECASE,
)
_RULE_CHARS = " \t-=*_+"  # a line of these draws a line
# Quotes, tables, HTML, pictures, lists, code, and the targets of links and notes.
_NO_PROSE = re.compile(
    r" {0,3}(?:[>|<]|\[?!\[|[-*+](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)|```|~~~|\[[^\]]*+\]:)"
)
_TABLE_RULE = re.compile(r"[ \t|:-]*+$")  # GitHub's Markdown, 4.10
_NO_PROSE_HTML = re.compile(
    r"\s*+</?(?:pre|code|table|t[rdh]|ul|ol|li|dl|d[td]|figure|img|picture|video|audio"
    r"|iframe|blockquote|nav|form|select|svg)\b",
    re.IGNORECASE,
)
_LOOKED_AT_CHARS = 8_192  # for a first line
_LONGEST_LINE_CHARS = 4_096


@dataclass(frozen=True, slots=True)
class Line:
    """A title found in a text, and what the text is besides it."""

    words: str
    rest: str


def first_heading(body: str, kind: BodyKind) -> Line | None:
    """Return the first heading of any level, outside of code; None without one."""
    if kind == "html" or body.lstrip().startswith("<"):
        for match in _HTML.finditer(body):
            if words := legible.one_line(match[2]):
                rest = body[: match.start()] + body[match.end() :]
                return Line(words, rest.strip())
        if kind == "html":
            return None
    lines = body.split("\n")
    for start, end, markup in _headings(lines):
        if words := _read(markup):
            return Line(words, "\n".join(lines[:start] + lines[end:]).strip())
    return None


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield first line, end and Markdown of each heading."""
    fence = ""
    for at, line in enumerate(lines):
        if opening := _FENCE.match(line):
            fence = (
                "" if fence and opening[1].startswith(fence) else fence or opening[1]
            )
        elif fence:
            continue
        elif match := _HASHES.match(line):
            yield at, at + 1, f"# {match[1]}"
        elif at and _UNDERLINE.match(line) and _is_prose(lines[at - 1]):
            yield at - 1, at + 1, f"{lines[at - 1].strip()}\n="


def first_line(body: str, kind: BodyKind) -> Line | None:
    """Return the first line that says something; None unless it is prose.

    It stays in the text, but for plain text whose first line stands for itself.
    """
    head = body[:_LOOKED_AT_CHARS]
    if kind == "html" or (kind == "markdown" and head.lstrip().startswith("<")):
        words = _first_words(head)
        return Line(words, body) if words else None
    lines = head.split("\n")
    at = next((at for at, line in enumerate(lines) if _is_text(line)), None)
    if at is None or not _is_prose(lines[at]):
        return None
    line, after = lines[at], "".join(lines[at + 1 : at + 2])
    if "|" in line and "-" in after and _TABLE_RULE.match(after):
        return None
    if kind == "markdown":
        return Line(_read(line.strip()), body)
    # The next line of a wrapped paragraph goes on in the midst of a sentence.
    is_wrapped = after[:1].islower()
    rest = body if is_wrapped else "\n".join(body.split("\n")[at + 1 :])
    return Line(legible.one_line(line.lstrip("#")), rest.strip())


def _first_words(head: str) -> str:
    """Return the words of the first line of HTML that has any."""
    for line in legible.without_unseen(head).split("\n"):
        if _NO_PROSE_HTML.match(line):
            return ""
        if words := legible.one_line(line):
            return words
    return ""


def _read(markdown: str) -> str:
    """Return a heading or a line of Markdown as it reads when it is rendered."""
    import pyromark  # noqa: PLC0415 - few articles have no title

    options = (
        pyromark.Options.ENABLE_STRIKETHROUGH
        | pyromark.Options.ENABLE_GFM
        | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    )
    line = markdown[:_LONGEST_LINE_CHARS]
    try:
        html = str(pyromark.html(line, options=options))
    except BaseException as error:
        # A panic in Rust is not even an Exception; the class is not importable.
        if type(error).__name__ != "PanicException":
            raise
        return legible.one_line(line.strip("#=\n\t "))
    return legible.text_of_html(html)


def _is_text(line: str) -> bool:
    return bool(line.strip(_RULE_CHARS))


def _is_prose(line: str) -> bool:
    return _is_text(line) and not _NO_PROSE.match(line)
