"""What template blocks enclose, which may not be for readers: left out with them.

Whether `{% if %}` holds, how often `{% for %}` runs or what a tag of a site's own makes of
its text, only the site itself could tell. So what such a block of Liquid encloses is left
out, whatever stands in it, `{% else %}` included; one that is never closed takes all that
follows, for its own site would refuse the page. What `raw` and `highlight` enclose is
text, and so is code outside of blocks (see `feeds.parse.templates`, which takes the rest
of the template code out).

Hugo's shortcodes are the other way round: what one encloses is text of the article, but
for those that never show it.

Front matter is not looked at: no generator runs what stands there.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from feeds.parse.templates import CODE, ESCAPED

# Liquid's own, closed or not. All others are blocks where they are closed.
_BLOCKS = frozenset(
    ("if", "unless", "case", "for", "tablerow", "capture", "comment", "ifchanged")
)
_TEXT = frozenset(("raw", "highlight"))
_UNSHOWN = "comment"  # a shortcode of Hugo's own until 0.143, and of many sites
_INLINE = ".inline"  # the name of a shortcode that encloses its own template ends so
_LONGEST_TAG_CHARS = 2_000  # of one that is no block

_TAG = r"\{%[-+]?\s*+(?P<tag>\w++|\#)"
_SHORTCODE = r"\{\{(?P<mark>[<%])\s*+(?P<slash>/?)\s*+(?P<shortcode>[\w./-]++)"
_FLAGS = re.DOTALL | re.MULTILINE | re.VERBOSE
# Without one of these there is no block: one look, for most texts have none.
_HINT = re.compile(
    rf"""
    \{{%[-+]?\s*+(?:end|liquid\b|\#|(?:{"|".join(sorted(_BLOCKS))})\b)
    | \{{\{{[<%]\s*+(?:/|{_UNSHOWN}\b|[\w/-]++\.inline\b)
    """,
    re.VERBOSE,
)
_TAGS = re.compile(_TAG, _FLAGS)
_END_OF = {name: re.compile(rf"\{{%[-+]?\s*+end{name}\b[^%]*+%\}}") for name in _TEXT}
_SHORTCODES = re.compile(f"{ESCAPED}|{_SHORTCODE}", _FLAGS)
_CLOSINGS = {"<": ">}}", "%": "%}}"}
_VERBATIM = rf"{CODE}|{ESCAPED}"
_ALL_BUT_TAGS = re.compile(rf"{_VERBATIM}|{_SHORTCODE}", _FLAGS)
_ALL = re.compile(rf"{_VERBATIM}|{_SHORTCODE}|{_TAG}", _FLAGS)
_PRINTS = re.compile(r"\b(?:echo|include|render)\b")  # statements of `{% liquid %}`


class Block(NamedTuple):
    """A block as it is written (`{% if %}`), with its line in the text, from 0.

    What it encloses is part of the text where it `is_kept`. One that is not `is_closed`
    encloses all that follows.
    """

    name: str
    line: int
    is_kept: bool = False
    is_closed: bool = True


def without_blocks(
    text: str, *, is_of_hugo: bool = False, unshown: Collection[str] = ()
) -> tuple[str, tuple[Block, ...]]:
    """Return a text without what blocks may not show, and the outermost blocks in it.

    The same object when there is none. It takes linear time, whatever the text.

    Args:
        text: A body in Markdown, HTML or plain text.
        is_of_hugo: The site is Hugo's, to which `{% if %}` is text.
        unshown: The names of the shortcodes that do not show what they enclose.
    """
    if ("{%" not in text and "{{<" not in text) or not _HINT.search(text):
        return text, ()
    scan = _Scan(text, is_of_hugo=is_of_hugo, unshown=unshown)
    blocks: list[Block] = []
    kept: list[str] = []
    at = counted = line = 0
    for start, end, block in scan.found():
        if block:
            line += text.count("\n", counted, start)
            counted = start
            blocks.append(block._replace(line=line))
        if end > start:
            kept.append(text[at:start])
            at = _past_blanks(text, start, end)
    if not kept:
        return text, tuple(blocks)
    return "".join((*kept, text[at:])), tuple(blocks)


def _past_blanks(text: str, start: int, end: int) -> int:
    """Return where the text goes on; of blanks on both sides one side's are enough."""
    if start and not text[start - 1].isspace():
        return end
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return end


_Found = tuple[
    int, int, Block | None
]  # begin and end of what is left out; what to tell


class _Scan:
    """The blocks of one text, as its site would find them."""

    def __init__(
        self, text: str, *, is_of_hugo: bool, unshown: Collection[str]
    ) -> None:
        self._text, self._unshown = text, unshown
        self._pattern = _ALL_BUT_TAGS if is_of_hugo else _ALL
        self._openings = frozenset() if is_of_hugo else _openings(text)
        self._pairs = _pairs(text)

    def found(self) -> Iterator[_Found]:
        """Yield the outermost blocks; what is not left out is empty."""
        text, at = self._text, 0
        while match := self._pattern.search(text, at):
            at = match.end()
            if match["shortcode"]:
                found = self._shortcode(match)
            elif match.re is _ALL and match["tag"]:
                found = self._tag(match)
                at = max(at, _end_of_tag(text, at))
            else:
                continue  # code, and what is commented out of being a shortcode
            if found:
                yield found
                at = max(at, found[1])

    def _tag(self, match: re.Match[str]) -> _Found | None:
        text, name, start = self._text, match["tag"], match.start()
        if name in _TEXT:
            end = _END_OF[name].search(text, match.end())
            # Whatever follows one that is never closed is literal, too.
            past = end.end() if end else len(text) if name == "raw" else 0
            return (past, past, None)
        if name in ("#", "liquid"):
            after = text.find("%}", match.end())
            end_at = after + 2 if after >= 0 else len(text)
            prints = name == "liquid" and _PRINTS.search(text, start, end_at)
            return (start, end_at, Block("{% liquid %}", 0) if prints else None)
        if name not in _BLOCKS and start not in self._openings:
            return None
        end_at = self._end_of_block(match)
        block = Block(f"{{% {name} %}}", 0, is_closed=end_at > 0)
        return (start, end_at or len(text), block)

    def _end_of_block(self, opening: re.Match[str]) -> int:
        """Return where a block of Liquid ends, 0 if it is never closed.

        Code is nothing special here: Liquid runs before Markdown is rendered.
        """
        text, within = self._text, [opening["tag"]]
        at = text.find("%}", opening.end()) + 2
        while at > 1 and (match := _TAGS.search(text, at)):
            name = match["tag"]
            at = text.find("%}", match.end()) + 2
            if name == "raw":
                end = _END_OF["raw"].search(text, match.end())
                at = end.end() if end else 0
            elif name == f"end{within[-1]}":
                within.pop()
                if not within:
                    return at if at > 1 else 0
            elif within[-1] == "comment" and name != "comment":
                continue  # may be open there
            elif name in _BLOCKS or name in _TEXT or match.start() in self._openings:
                within.append(name)
        return 0

    def _shortcode(self, match: re.Match[str]) -> _Found | None:
        name, start = match["shortcode"], match.start()
        if match["slash"]:
            return None
        is_unshown = name == _UNSHOWN or name in self._unshown
        is_unshown = is_unshown or name.endswith(_INLINE)
        written = f"{{{{{match['mark']} {name} {_CLOSINGS[match['mark']][0]}}}}}"
        end = self._pairs.get(start)
        if end and is_unshown:
            return (start, end, Block(written, 0))
        if end:
            return (start, start, Block(written, 0, is_kept=True))
        if name == _UNSHOWN and not _is_self_closed(self._text, match):
            return (start, len(self._text), Block(written, 0, is_closed=False))
        return None


def _end_of_tag(text: str, at: int) -> int:
    return text.find("%}", at, at + _LONGEST_TAG_CHARS) + 2


def _openings(text: str) -> frozenset[int]:
    """Return where tags that are not Liquid's own begin blocks: each end has the last."""
    open_: dict[str, list[int]] = {}
    found = set()
    at = 0
    while match := _TAGS.search(text, at):
        name, at = match["tag"], match.end()
        if name == "raw":
            end = _END_OF[name].search(text, at)
            at = end.end() if end else len(text)
        elif name.startswith("end") and open_.get(name[3:]):
            found.add(open_[name[3:]].pop())
        else:
            open_.setdefault(name, []).append(match.start())
    return frozenset(found)


def _pairs(text: str) -> dict[int, int]:
    """Return the end of each shortcode that is closed, by its beginning."""
    open_: dict[str, list[int]] = {}
    found = {}
    for match in _SHORTCODES.finditer(text):
        name = match["shortcode"]
        if name and not match["slash"]:
            open_.setdefault(name, []).append(match.start())
        elif name and open_.get(name):
            closing = _CLOSINGS[match["mark"]]
            end = text.find(closing, match.end(), match.end() + _LONGEST_TAG_CHARS)
            found[open_[name].pop()] = end + len(closing) if end >= 0 else match.end()
    return found


def _is_self_closed(text: str, match: re.Match[str]) -> bool:
    at = match.end()
    end = text.find(_CLOSINGS[match["mark"]], at, at + _LONGEST_TAG_CHARS)
    return end > 0 and text[match.end() : end].rstrip().endswith("/")
