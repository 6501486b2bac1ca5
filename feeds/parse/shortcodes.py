"""Whether the template of a Hugo shortcode shows what the shortcode encloses.

Read is as much of Go's templates (text/template) as that takes: actions, the blocks that
they make, and the variables that `.Inner` goes into. In doubt it does not show it.
"""

import re
from typing import NamedTuple

# Nothing of these is for people to read; Go drops comments of HTML by itself.
_UNREAD = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_ACTION = re.compile(
    r"\{\{-?\s*(?P<comment>/\*.*?\*/\s*)?"
    r"(?P<said>(?:\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|(?!\}\}).)*?)\s*-?\}\}",
    re.DOTALL,
)
_TEXT = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|`[^`]*`")
_INNER = re.compile(r"(?<![\w)])\$?\.Inner(?:Deindent)?\b")
_DOT = re.compile(r"(?<![\w.$)])\.(?![\w.])")
_VARIABLE = re.compile(r"\$\w+")
_ASSIGNED = re.compile(r"(\$\w+)\s*:?=\s*(.*)", re.DOTALL)
_BLOCK = re.compile(r"(if|with|range|define|block)\b\s*(.*)", re.DOTALL)
_ELSE = re.compile(r"else\b\s*(.*)", re.DOTALL)
# What it goes into without being shown.
_SWALLOWED = re.compile(
    r"\b(?:len|hash|md5|sha1|sha256|hmac|countwords|countrunes|warnf|errorf|warnidf"
    r"|erroridf|strings\.Count\w*|return|Set|SetInMap|Add|Delete)\b"
)
# It is there or it is not: no switch of the site's.
_PRESENCE = re.compile(
    r"(?:(?:trim|strings\.TrimSpace|markdownify|safeHTML|\.Page\.RenderString"
    r"|\$?\.Inner(?:Deindent)?|\"[^\"]*\"|`[^`]*`|\|)\s*)+"
)


class _Frame(NamedTuple):
    """An open block, in one of its branches.

    `is_plain`: it is entered whatever the site says, if there is anything to show.
    `is_dot`: within, "." is what the shortcode encloses. `shows`: so does this branch;
    `branches`: so did those before; `is_last`: it is entered where no other is.
    """

    is_plain: bool
    is_dot: bool = False
    shows: bool = False
    branches: tuple[bool, ...] = ()
    is_last: bool = False


def shows_inner(template: str) -> bool:
    """Whether a template always prints what its shortcode encloses."""
    inner: set[str] = set()  # variables that hold it
    frames = [_Frame(is_plain=True)]
    for match in _ACTION.finditer(_UNREAD.sub("", template)):
        said = match["said"].strip()
        bare = _TEXT.sub('""', said)
        if block := _BLOCK.match(bare):
            frames.append(_opened(block[1], block[2], frames[-1], inner))
        elif other := _ELSE.match(bare):
            frames.append(_branch(frames.pop(), is_last=not other[1]))
        elif bare == "end":
            shows = _shows(frames.pop())
            if not frames:
                return False  # more ends than blocks: Hugo refuses it
            if shows:
                frames[-1] = frames[-1]._replace(shows=True)
        elif assigned := _ASSIGNED.fullmatch(bare):
            holds = _holds(assigned[2], frames[-1], inner)
            if holds and all(frame.is_plain for frame in frames):
                inner.add(assigned[1])
        elif _holds(bare, frames[-1], inner) and not _SWALLOWED.search(bare):
            frames[-1] = frames[-1]._replace(shows=True)
    return len(frames) == 1 and frames[0].shows


def _holds(said: str, frame: _Frame, inner: set[str]) -> bool:
    """Whether a pipeline is made of what the shortcode encloses."""
    return bool(
        _INNER.search(said)
        or (frame.is_dot and _DOT.search(said))
        or not inner.isdisjoint(_VARIABLE.findall(said))
    )


def _opened(word: str, said: str, around: _Frame, inner: set[str]) -> _Frame:
    assigned = _ASSIGNED.fullmatch(said)
    of = assigned[2] if assigned else said
    is_presence = bool(_PRESENCE.fullmatch(of.strip())) or of.strip() in inner
    is_plain = word in ("if", "with") and is_presence
    if assigned and is_plain:
        inner.add(assigned[1])
    # Within `with` and `range` the dot is another; within `if` it is the one around.
    is_dot = is_plain if word == "with" else around.is_dot and word == "if"
    return _Frame(is_plain=is_plain, is_dot=is_dot)


def _branch(frame: _Frame, *, is_last: bool) -> _Frame:
    """Return the next branch of a block: where its condition does not hold.

    Where that was whether there is any text, there is none to show in this one.
    """
    branches = (*frame.branches, frame.shows)
    return _Frame(
        is_plain=False,
        shows=frame.is_plain,
        branches=branches,
        is_last=is_last or frame.is_plain,
    )


def _shows(frame: _Frame) -> bool:
    """Whether a block that ends shows it in whichever branch is entered."""
    if frame.is_plain:
        return frame.shows
    return frame.is_last and frame.shows and all(frame.branches)
