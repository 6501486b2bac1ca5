"""The YAML that programs write, line by line: `key: value`, lists, nothing fancy.

Nine articles in ten stay within this subset, where YAML 1.1, YAML 1.2 and every reader
agree; it is read here in less than half of the time that libyaml's events take. The first
thing out of the ordinary (another kind of scalar, a repeated key, indentation that is
not a step) yields None, and `feeds.parse.yaml` reads the whole.
"""

import re
from typing import Any

from feeds.parse.rules import Bounds
from feeds.parse.yaml import BOOLS, NULLS, Marks

# Possessive quantifiers only on single characters: around groups they go wrong in
# Python before 3.11.5.
_LINE = re.compile(
    r"""(\ *+)(-\ )?
    (?:([A-Za-z][A-Za-z0-9_-]*+):(?=[\ \n]))?\ *+
    (?:
        "([^"\\\n\t]*+(?:\\["\\][^"\\\n\t]*+)*)"
      | ( # text that no reader takes for anything else
          [A-Za-z/][^\n\t:\#\ ]*+
          (?:(?: :(?=[^\n\t\ ]) | \ ++(?=[^\#\n\t]) | (?<!\ )\# )[^\n\t:\#\ ]*+)*
        | [0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}
          (?:\.[0-9]++)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?
        )
      | (-?[1-9][0-9]{0,17}|0)
    )?\ *+\n""",
    re.VERBOSE,
)
# Line ends to some readers, or nothing at all.
_DOUBTFUL = re.compile("[\u2028\u2029\ufeff]")
_RESERVED = NULLS | BOOLS.keys()


def read_lines(  # noqa: C901, PLR0912, PLR0915 - see the loop
    text: str, bounds: Bounds
) -> tuple[dict[str, Any], Marks] | None:
    """Return what `read_yaml` would, or None when that takes a whole YAML reader."""
    if _DOUBTFUL.search(text):
        return None
    root: dict[str, Any] = {}
    lines: dict[str, int] = {}
    # The open collections with their indentation, and the key that awaits the next.
    stack: list[tuple[int, Any]] = [(0, root)]
    awaiting: str | None = None
    text = text if text.endswith("\n") else f"{text}\n"
    match = _LINE.match
    number, end = -1, 0
    # One loop, longer than the house allows: a call for each line would double its time.
    while line := match(text, end):
        number += 1
        end = line.end()
        indent, dash, key, quoted, words, digits = line.groups()
        is_empty = quoted is None and words is None and digits is None
        if key is None and dash is None:
            if is_empty:
                continue
            return None  # a line of a longer text
        at = len(indent)
        if awaiting is not None:
            above = stack[-1][0]
            if at > above or (dash and at == above):
                stack[-1][1][awaiting] = [] if dash else {}
                stack.append((at, stack[-1][1][awaiting]))
            awaiting = None
        while stack and (
            stack[-1][0] > at
            or (stack[-1][0] == at and isinstance(stack[-1][1], list) != bool(dash))
        ):
            stack.pop()
        if not stack or stack[-1][0] != at:
            return None  # no step of indentation
        top = stack[-1][1]
        if quoted is not None:
            value: Any = quoted
            if "\\" in quoted:
                value = quoted.replace('\\"', '"').replace("\\\\", "\\")
        elif words is not None:
            value = _word(words)
        else:
            value = None if is_empty else int(digits)
        if dash:
            if key is None:
                if is_empty:
                    return None
                top.append(value)
                continue
            item: dict[str, Any] = {}
            top.append(item)
            top = item
            stack.append((at + len(dash), item))
        if key in top or key in _RESERVED or len(stack) > bounds.nesting:
            return None
        top[key] = value
        awaiting = key if is_empty else None
        if top is root:
            lines[key] = number
    is_whole = end >= len(text) and 3 * number < bounds.nodes
    return (root, Marks(lines=lines)) if is_whole and root else None


def _word(text: str) -> Any:
    return None if text in NULLS else BOOLS.get(text, text)
