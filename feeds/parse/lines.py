"""The YAML of most articles, line by line: `key: value`, lists, nothing fancy.

Nine in ten stay within this subset, where YAML 1.1, YAML 1.2 and every reader agree; it
is read here in a fraction of the time that libyaml's events take. The first thing out of
the ordinary (another kind of scalar, indentation that is not a step) yields None, and
`feeds.parse.yaml` reads the whole.
"""

import re
from typing import Any

from feeds.parse.rules import Bounds
from feeds.parse.yaml import BOOLS, NULLS, Marks, plain

# Possessive quantifiers only on single characters: around groups they go wrong in
# Python before 3.11.5. Every line matches, if only as the last group: what is doubtful.
_REST = r"""[^\n\t:\#\ ]*+
    (?:(?: :(?=[^\n\t\ ]) | \ ++(?=[^\#\n\t]) | (?<!\ )\# )[^\n\t:\#\ ]*+)*"""
_ITEM = r"""(?:"[^"\\\n\t,]*+" | [A-Za-z0-9/][^\n\t:\#,\[\]{}"'&*!|>%@`?]*+)"""
_LINES = re.compile(
    rf"""(\ *+)(-(?:\ |(?=\n)))?
    (?:([A-Za-z][A-Za-z0-9_-]{{0,127}}+):(?=[\ \n]))?\ *+
    (?:
        ("[^"\\\n\t]*+(?:\\["\\][^"\\\n\t]*+)*" | '[^'\n\t]*+(?:''[^'\n\t]*+)*')
      | ([A-Za-z/]{_REST}) # text, or one of a few words
      | ((?:[0-9]|[-+.](?=[0-9A-Za-z])){_REST}) # text, or a number
      | (\[\ *+(?:{_ITEM}(?:,\ *+{_ITEM})*)?\])
      | \#[^\n]*+ # a comment, as at the end of a line
    )?(\ ++\#[^\n]*+)?\ *+\n
    | ([^\n]*+\n)""",
    re.VERBOSE,
)
# Line ends to some readers, or nothing at all.
_DOUBTFUL = "\u2028\u2029\ufeff"
_RESERVED = {**dict.fromkeys(NULLS), **BOOLS}
_RESERVED_KEYS = frozenset(word.lower() for word in _RESERVED)


def read_lines(  # noqa: C901, PLR0911, PLR0912, PLR0915 - see the loop
    text: str, bounds: Bounds
) -> tuple[dict[str, Any], Marks] | None:
    """Return what `read_yaml` would, or None when that takes a whole YAML reader."""
    if not text.isascii() and any(each in text for each in _DOUBTFUL):
        return None
    found = _LINES.findall(text if text.endswith("\n") else f"{text}\n")
    if 3 * len(found) + text.count(",") > bounds.nodes:
        return None
    root: dict[str, Any] = {}
    marks = Marks()
    lines, nesting = marks.lines, bounds.nesting
    # The innermost open collection with its indentation, those around it, and the key
    # whose value the next line may begin.
    top: Any = root
    depth = 0
    stack: list[tuple[int, Any]] = []
    awaiting = ""
    is_item_open = is_list = False
    # The last text, if another line may go on with it, and its key.
    unended = folded = ""
    # One loop, longer than the house allows: a call for each line would double its time.
    for number, row in enumerate(found):
        indent, dash, key, quoted, words, digits, flow, comment, doubt = row
        if quoted:
            value: Any = quoted[1:-1]
            if quoted[0] == "'":
                value = value.replace("''", "'")
            elif "\\" in value:
                value = value.replace('\\"', '"').replace("\\\\", "\\")
        elif words:
            value = _RESERVED.get(words, words)
        elif digits:
            value = plain(digits)
        elif flow:
            value = [_item(item) for item in flow[1:-1].split(",") if item.strip()]
            if len(stack) + 2 > nesting:
                return None
        elif key or dash:
            value = None
        elif doubt:
            return None
        else:
            unended = ""
            continue  # a blank line, or a comment
        at = len(indent)
        if not key and not dash:  # more of the text above
            if not unended or not (words or digits) or at <= depth:
                return None
            value = f"{unended} {words or digits}"
            top[-1 if is_list else folded] = value
            unended = "" if comment else value
            continue
        unended = "" if comment else words or digits
        if dash or is_list or awaiting or at != depth:  # not just the next key
            if is_item_open and at > depth:
                return None  # what seemed nothing was the beginning of more
            if awaiting and (at > depth or (dash and at == depth)):
                stack.append((depth, top))
                top[awaiting] = top = [] if dash else {}
                depth = at
            is_list = isinstance(top, list)
            while depth > at or (depth == at and is_list != (dash != "")):
                if not stack:
                    return None
                depth, top = stack.pop()
                is_list = isinstance(top, list)
            if depth != at:
                return None  # no step of indentation
            awaiting, is_item_open = "", False
            if dash and key:
                stack.append((depth, top))
                item: dict[str, Any] = {}
                top.append(item)
                top, depth, is_list = item, at + 2, False
            if len(stack) >= nesting:
                return None
            if not key:
                top.append(value)
                is_item_open = value is None and not words
                continue
        folded = key.lower()
        if folded in _RESERVED_KEYS:
            return None
        if folded in top:
            if depth:
                return None
            marks.duplicates.append((key, number))
        top[folded] = value
        if value is None and not words:
            awaiting = folded
        if not depth:
            lines[folded] = number
            if folded != key:
                marks.spelling[folded] = key
    return (root, marks) if root else None


def _item(text: str) -> Any:
    """Return one item of a list in brackets."""
    text = text.strip(" ")
    return text[1:-1] if text[0] == '"' else plain(text)
