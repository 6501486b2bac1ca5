"""A file taken apart: its text, its metadata as a raw mapping, and where keys stand."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from feeds import text as legible
from feeds.errors import ArticleError, Problem

Places = Mapping[str, tuple[int, str]]  # line from 1 and key as written, by key path


class Moved(Mapping[str, int]):
    """Lines by key, each counted from where `place` says: few are ever asked for."""

    __slots__ = ("_lines", "_place")

    def __init__(self, lines: Mapping[str, int], place: Callable[[int], int]) -> None:
        self._lines, self._place = lines, place

    def __getitem__(self, key: str) -> int:
        """Return the line of a key."""
        return self._place(self._lines[key])

    def __iter__(self) -> Iterator[str]:
        """Yield the keys."""
        return iter(self._lines)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._lines)


def _nowhere() -> Places:
    return {}


def _first() -> int:
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A file taken apart: metadata by lower-case key, and the body.

    The body is legal; what escapes in the metadata say may not be. `dialect` is "YAML", "TOML", "JSON", "headers" or "none";
    `lines` gives the line of a top-level key, from 1; `spelling` the keys that are
    written otherwise. `find_places` finds where the keys further down stand
    ("related[3].title"): slowly, so it is asked only for what is reported; so is
    `body_line` for the line that the body begins in, from 1.
    """

    dialect: str
    metadata: Mapping[str, Any]
    body: str
    lines: Mapping[str, int] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)
    duplicates: tuple[tuple[str, int], ...] = ()
    find_places: Callable[[], Places] = _nowhere
    body_line: Callable[[], int] = _first


_BOMS = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What `legible.legal` removes, as far as it is one byte in UTF-8.
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
# Whether there is any of the rest of it in UTF-8, by its first byte.
_LONGER = {
    b"\xc2": re.compile(rb"\xc2[\x80-\x9f]"),
    b"\xef": re.compile(rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])"),
}


def decode(path: str, content: bytes) -> str:
    """Return the legal text of a file: UTF-8, or UTF-16 by its byte order mark.

    Raises:
        ArticleError: it is neither.
    """
    for bom, codec in _BOMS:
        if content.startswith(bom):
            text = legible.legal(_as_text(path, content, codec))
            break
    else:
        if b"\0" in content and _is_utf_16(content[:_LOOKED_AT_BYTES]):
            # Without its zeros it would be UTF-8, less every letter beyond ASCII.
            expected = "expected UTF-8 text, or UTF-16 with a byte order mark"
            raise ArticleError(Problem(path=path, expected=expected))
        content = _without_controls(content)
        text = _as_text(path, content, "utf-8")
        if any(
            first in content and _LONGER[first].search(content) for first in _LONGER
        ):
            text = legible.legal(text)
    return text.lstrip("\ufeff")


_LOOKED_AT_BYTES = 4_096
_LEAST_ZEROS = 4  # fewer are strays


def _is_utf_16(head: bytes) -> bool:
    """Whether zeros stand at every other byte only, as those of ASCII in UTF-16 do."""
    fewer, more = sorted((head[::2].count(0), head[1::2].count(0)))
    return more >= _LEAST_ZEROS and 4 * more > len(head) // 2 and fewer * 8 <= more


def _without_controls(content: bytes) -> bytes:
    """Return most of what `legible.legal` makes of UTF-8, in a fraction of the time."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content.translate(None, _CONTROLS)


def _as_text(path: str, content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(
            path=path,
            line=line,
            expected=f"expected {codec.upper()} text ({error.reason})",
        )
        raise ArticleError(problem) from error
