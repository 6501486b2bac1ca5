"""Cuts a long `related` list in YAML before it is parsed.

A story's leader may list 179 others in 142 kB, of which feeds show ten: parsing the
rest was nine tenths of the cost of such a file. The caller undoes the cut when what is
left is no longer YAML, and moves the marks behind it back to where they belong.
"""

import re
from dataclasses import dataclass

_LIST = re.compile(r"related:[ \t]*\n( *)- ")
_END = re.compile(r"\n(?![ \n-])")
# Begins with what is searched for: the other way round it took ten times as long.
_ANCHOR_OR_ALIAS = re.compile(r"[&*](?<![^\s\[{,][&*])(?![\s,\]}])")
_FEW_CHARS = 4_096  # looking for the place to cut costs more than parsing these


@dataclass(frozen=True, slots=True)
class Shortened:
    """Front matter without `lines` lines that stood from line `at` on, from 0."""

    text: str
    at: int = 0
    lines: int = 0

    def place(self, line: int) -> int:
        """Return where a line of this text stands in the whole."""
        return line if line < self.at else line + self.lines


def without_surplus(front_matter: str, limit: int) -> Shortened:
    """Return YAML front matter whose `related` has at most `limit` items.

    Anything out of the ordinary is left as it is: anchors (they may be meant further
    down), flow lists, a quotation that the cut would tear. A line of quoted text may
    look like an item: whoever reads the result must find `limit` of them, or start over.
    """
    whole = Shortened(front_matter)
    if len(front_matter) < _FEW_CHARS or not limit:
        return whole
    start = front_matter.find("\nrelated:") + 1
    found = _LIST.match(front_matter, start)
    if found is None:
        return whole
    item = f"\n{found[1]}- "
    cut_at = found.start(1) - 1
    for _ in range(limit):
        cut_at = front_matter.find(item, cut_at + 1)
        if cut_at < 0:
            return whole
    last_line = _END.search(front_matter, found.end())
    end = last_line.start() + 1 if last_line else len(front_matter)
    kept, surplus = front_matter[: cut_at + 1], front_matter[cut_at + 1 : end]
    if cut_at > end or _is_torn(kept[start:]) or _is_torn(surplus):
        return whole
    if _ANCHOR_OR_ALIAS.search(surplus):
        return whole
    at, lines = kept.count("\n"), surplus.count("\n")
    return Shortened(kept + front_matter[end:], at, lines)


def _is_torn(text: str) -> bool:
    return bool((text.count('"') - text.count('\\"')) % 2)
