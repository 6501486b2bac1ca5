"""The YAML of most articles, line by line: `key: value`, lists, nothing fancy.

Nine in ten stay within this subset, where YAML 1.1, YAML 1.2 and every reader agree; it
is read here in a fraction of the time that libyaml's events take. The first thing out of
the ordinary (another kind of scalar, indentation that is not a step) yields None, and
`feeds.parse.yaml` reads the whole.
"""

import re
from string import ascii_letters, digits
from typing import Any, TypeVar

from feeds.parse.rules import Bounds
from feeds.parse.yaml import BOOLS, NULLS, Marks, plain

# Possessive quantifiers only on single characters: around groups they go wrong in
# Python before 3.11.5.
_REST = r"""[^\t:\#\ ]*+
    (?:(?: :(?=[^\t\ ]) | \ ++(?=[^\#\t]) | (?<!\ )\# )[^\t:\#\ ]*+)*"""
_ITEM = r"""(?:"[^"\\\t,]*+" | [A-Za-z0-9/][^\t:\#,\[\]{}"'&*!|>%@`?]*+)"""
_LINE = re.compile(
    rf"""(\ *+)(-(?:\ |$))?
    (?:([A-Za-z][A-Za-z0-9_-]{{0,127}}+):(?=\ |$))?\ *+
    (?:
        ("[^"\\\t]*+(?:\\["\\][^"\\\t]*+)*" | '[^'\t]*+(?:''[^'\t]*+)*')
      | ([A-Za-z/]{_REST}) # text, or one of a few words
      | ((?:[0-9]|[-+.](?=[0-9A-Za-z])){_REST}) # text, or a number
      | (\[\ *+(?:{_ITEM}(?:,\ *+{_ITEM})*)?\])
      | \#.*+ # a comment, as at the end of a line
    )?(\ ++\#.*+)?\ *+""",
    re.VERBOSE,
)
# Line ends to some readers, or nothing at all; and what some take for indentation.
_DOUBTFUL = "\u2028\u2029\ufeff"
_TAB = "\t"
_RESERVED = {**dict.fromkeys(NULLS), **BOOLS}
_RESERVED_KEYS = frozenset(word.lower() for word in _RESERVED if word)
_LETTERS, _DIGITS = frozenset(f"{ascii_letters}/"), frozenset(digits)

# What one line says, wherever it stands: its indentation, its dash, its key in lower
# case and as it is spelt, its value, the text that another line may go on with, and
# whether there is no value at all. Neither dash nor key: blank, or more of a text.
_Token = tuple[int, str, str, str, Any, str, bool]
# Half the lines of an article are like those of others: each is taken apart but once,
# and so is what stands before a value. They outlive the file, so they are few and short;
# what a line says depends on nothing else.
_known: dict[str, _Token] = {}
_heads: dict[str, tuple[int, str, str, str]] = {}
_MOST_KNOWN, _MOST_KNOWN_CHARS = 4_096, 32
# Each line that goes on with a text copies it: longer ones are the YAML reader's.
_MOST_FOLDED_CHARS = 4_096


def read_lines(  # noqa: C901, PLR0911, PLR0912, PLR0915 - see the loop
    text: str, bounds: Bounds
) -> tuple[dict[str, Any], Marks] | None:
    """Return what `read_yaml` would, or None when that takes a whole YAML reader."""
    if _TAB in text or (not text.isascii() and any(each in text for each in _DOUBTFUL)):
        return None
    found = text.split("\n")
    nesting = bounds.nesting - ("[" in text)  # a list in brackets may be the innermost
    if 3 * len(found) + text.count(",") > bounds.nodes or not nesting:
        return None
    root: dict[str, Any] = {}
    marks = Marks()
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
    for number, line in enumerate(found):
        token = _known.get(line) or _token(line)
        if token is None:
            return None
        at, dash, key, spelt, value, words, is_nothing = token
        if not key and not dash:
            if not is_nothing:  # more of the text above
                is_more = unended and words and at > depth
                if not is_more or len(unended) > _MOST_FOLDED_CHARS:
                    return None
                words = top[-1 if is_list else folded] = f"{unended} {words}"
            unended = words
            continue
        unended = words
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
                is_item_open = is_nothing
                continue
        folded = key
        if key in top:
            if depth:
                return None
            marks.duplicates.append((spelt, number))
        top[key] = value
        if is_nothing:
            awaiting = key
        if not depth:
            marks.lines[key] = number
            if key != spelt:
                marks.spelling[key] = spelt
    return (root, marks) if root else None


def is_whole(line: str) -> bool:
    """Whether a line is so plain that no other begins or ends its value."""
    return _TAB not in line and _token(line) is not None


def _token(line: str) -> _Token | None:
    """Return what a line says; None when that takes a whole YAML reader."""
    before, colon, rest = line.partition(": ")
    head = _heads.get(before) if colon else None
    token: _Token | None = None
    if head and rest:
        first, last = rest[0], rest[-1]
        if first == '"':
            inner = _unquoted(rest)
            token = None if inner is None else (*head, inner, "", False)
        elif last in ": " or ": " in rest or " #" in rest:
            pass
        elif first in _LETTERS:
            token = (*head, _RESERVED.get(rest, rest), rest, False)
        elif first in _DIGITS:
            token = (*head, plain(rest), rest, False)
    token = token or _matched(line)
    if token and not isinstance(token[4], list):
        _remember(_known, line, token)
    return token


def _unquoted(text: str) -> str | None:
    """Return what is between quotes, if these are the first and last characters."""
    end = text.find('"', 1)
    if end < 0 or text[-1] != '"':
        return None
    inner = text[1:-1]
    if "\\" not in inner:
        return inner if end == len(text) - 1 else None
    is_legible = not {'"', "\\"} & set(inner.replace('\\"', ""))
    return inner.replace('\\"', '"') if is_legible else None


def _matched(line: str) -> _Token | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    indent, dash, key, quoted, words, number, flow, comment = match.groups("")
    folded, words = key.lower(), words or number
    if folded in _RESERVED_KEYS:
        return None
    value: Any = None
    if quoted:
        value = quoted[1:-1]
        if quoted[0] == "'":
            value = value.replace("''", "'")
        elif "\\" in value:
            value = value.replace('\\"', '"').replace("\\\\", "\\")
    elif words:
        value = plain(words)
    elif flow:
        value = [_item(item) for item in flow[1:-1].split(",") if item.strip()]
    head = (len(indent), dash, folded, key)
    if key:
        _remember(_heads, f"{indent}{dash}{key}", head)
    is_nothing = value is None and not words
    return (*head, value, "" if comment else words, is_nothing)


_Said = TypeVar("_Said")


def _remember(known: dict[str, _Said], text: str, said: _Said) -> None:
    if len(text) > _MOST_KNOWN_CHARS:
        return
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[text] = said


def _item(text: str) -> Any:
    """Return one item of a list in brackets."""
    text = text.strip(" ")
    return text[1:-1] if text[0] == '"' else plain(text)
