"""Whether an input is one that no reader of YAML, TOML or JSON would die or hang of.

Some libraries end their process at thousands of brackets, count digits or dots with the
square of their number, or copy merges without bound. Bounds of ours are far below what
they stand, so nothing is lost by leaving such inputs out; everything else is tried.
"""

import itertools
import re
from math import prod

MOST_LEVELS = 100  # of brackets and dashes, one in another
MOST_COPIES = 10_000  # of what is anchored
_BRACKET = re.compile(rb"[\[\]{}]")
# Lists and keys one in another on one line, digits and dots that take a square of time.
_TOO_LONG = re.compile(
    rb"(?:[-?:][ \t]{1,9}){100}|(?<![0-9])[0-9]{1000}|(?:[^\n.]{0,40}\.){100}"
)
_ANCHOR = re.compile(rb"&\w|<<")


def is_harmless(content: bytes) -> bool:
    """Return whether any library may be given this; takes linear time."""
    steps = (1 if each[0] in b"[{" else -1 for each in _BRACKET.finditer(content))
    levels = itertools.accumulate(steps, lambda depth, step: max(0, depth + step))
    return (
        max(levels, default=0) <= MOST_LEVELS
        and not _TOO_LONG.search(content)
        and _copies(content) <= MOST_COPIES
    )


def _copies(content: bytes) -> int:
    """Return how often one value may stand somewhere, with all its aliases spelt out."""
    if b"*" not in content:
        return 1
    lines = (line for line in content.split(b"\n") if b"*" in line)
    return prod(line.count(b"*") for line in lines if _ANCHOR.search(line))
