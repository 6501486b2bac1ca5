"""Why a text is no YAML, TOML or JSON, in words of ours.

The libraries say where; what is wrong there is told by what stands there, so that it
reads the same whichever of their versions looked. Nothing of the text is repeated: it
might be a secret. Where nothing common is seen, the reason is a general one.
"""

import re
from collections.abc import Callable, Mapping

_ESCAPE = "an escape that {} does not have; write a backslash as \\\\"
_AMISS = "a quotation ends early, or a line is indented amiss"
_OPEN_QUOTE = "a quotation is not closed"
_NO_PAIR = 'a line has no "{}"'
_BEGINS = "text that begins with {} needs quotes"


def too_deep(nesting: int) -> str:
    """Return what is said of more levels than are allowed."""
    return f"more than {nesting} levels deep"


# What the first character of a value needs, where it is not what it seems.
_YAML_STARTS: Mapping[str, str] = {
    **dict.fromkeys("@`%", f"indent by blanks, and {_BEGINS.format('@, ` or %')}"),
    **dict.fromkeys("*&", _BEGINS.format("* or &")),
    **dict.fromkeys("|>", _BEGINS.format("| or >")),
    "!": _BEGINS.format("!"),
    **dict.fromkeys("[]{}", _BEGINS.format("[ or {")),
}
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_SEPARATOR = re.compile(r":(?:[ \t]|$)")


def yaml_fault(text: str, begun: int, noticed: int, nesting: int) -> tuple[str, int]:
    """Return why a text is no YAML, and the line (from 0) that a person has to look at.

    Args:
        text: What was read.
        begun: The offset of what the library was amidst, -1 where it does not tell.
        noticed: The offset at which it gave up.
        nesting: How many levels are allowed.
    """
    if _depth(text[:noticed]) > nesting:
        return too_deep(nesting), _line(text, noticed)
    for is_so, reason in _YAML_BEGUN:
        if begun >= 0 and is_so(text, begun, noticed):
            # What is amiss inside of brackets is indented; a next key means that they
            # never close. Whatever else is not closed is noticed at the end.
            is_inside = text[begun] in "[{" and _is_indented(text, noticed)
            return reason, _line(text, noticed if is_inside else begun)
    return _noticed_reason(text, max(begun, 0), noticed), _line(text, noticed)


def _is_unclosed_quote(text: str, begun: int, noticed: int) -> bool:
    if text[begun : begun + 1] not in {"'", '"'} or _is_escape(text, begun, noticed):
        return False
    quoted = _QUOTED.match(text, begun)
    return not quoted or quoted.end() > noticed


def _is_unclosed_bracket(text: str, begun: int, noticed: int) -> bool:
    return text[begun : begun + 1] in {"[", "{"} and noticed > begun


def _has_no_colon(text: str, begun: int, noticed: int) -> bool:
    row = _rest(text, text.rfind("\n", 0, begun) + 1)
    is_text = bool(row.strip()) and row.lstrip()[0] not in "-?#'\"&*!|>%@`"
    return noticed > begun and is_text and not _SEPARATOR.search(row)


_YAML_BEGUN: tuple[tuple[Callable[[str, int, int], bool], str], ...] = (
    (_is_unclosed_quote, _OPEN_QUOTE),
    (
        _is_unclosed_bracket,
        f"a bracket is not closed, or a comma lacks; {_BEGINS.format('[ or {')}",
    ),
    (_has_no_colon, _NO_PAIR.format("key: value")),
)


def _noticed_reason(text: str, begun: int, noticed: int) -> str:
    """Return what is wrong at the place where the library gave up."""
    start = text.rfind("\n", 0, noticed) + 1
    before, here = text[start:noticed], text[noticed : noticed + 1]
    indent = text[start : start + len(_rest(text, start))]
    if "\t" in indent[: len(indent) - len(indent.lstrip())]:
        return "indent by blanks, not by tabs"
    if _is_escape(text, begun, noticed):
        return _ESCAPE.format("YAML")
    if here == ":":
        is_second = _SEPARATOR.search(before)
        return 'text with ": " needs quotes' if is_second else _AMISS_OR_NO_PAIR
    value = text[begun : begun + 1]
    return _YAML_STARTS.get(value) or _YAML_STARTS.get(here) or _AMISS


_AMISS_OR_NO_PAIR = f"a line is indented amiss, or {_NO_PAIR.format('key: value')}"


def _is_escape(text: str, begun: int, noticed: int) -> bool:
    """Whether a library gave up at a backslash, or at the digits after one."""
    return bool(re.search(r"\\[xuU]?[0-9A-Fa-f]{0,8}$", text[begun : noticed + 1]))


# A quotation up to its end, or that of the text: so each is looked at once.
_BRACKETS = re.compile(
    r"""(?<!\w)(?:'[^']*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z))|[\[\]{}]""", re.DOTALL
)


def _depth(text: str) -> int:
    """Return how many brackets, or lists on one line, are open at the end of a text."""
    found = _BRACKETS.findall(text)
    opened = sum(each in {"[", "{"} for each in found)
    closed = sum(each in {"]", "}"} for each in found)
    row = text[text.rfind("\n") + 1 :]
    dashes = row[len(row.rstrip("- \t")) :]
    return opened - closed + len(re.findall(r"-(?=[ \t]|$)", dashes))


def _line(text: str, offset: int) -> int:
    """Return the line of an offset, from 0."""
    return text.count("\n", 0, offset)


def _rest(text: str, offset: int) -> str:
    """Return what is left of the line."""
    return text[offset:].partition("\n")[0]


def _is_indented(text: str, offset: int) -> bool:
    return text[text.rfind("\n", 0, offset) + 1 :].startswith((" ", "\t"))


_LOOK_CHARS = 1_000  # of a line: far more than a key and what begins its value
_TOML_PAIR = re.compile(
    r"""[ \t]*(?P<key>(?:"[^"]*"|'[^']*'|[\w.-]|[ \t])+?)[ \t]*=[ \t]*(?P<value>.*)"""
)
_TOML_VALUE = re.compile(
    r"""true|false|[-+]?(?:inf|nan|[0-9][\w:.+-]*(?:[ ][0-9][\w:.+-]*)?)|"[^"\\]*"|'[^']*'"""
)


def toml_fault(text: str, error: ValueError) -> tuple[str, int]:
    """Return why a text is no TOML, and the line (from 0) of `tomllib`'s error.

    Only Python 3.14 tells the line apart from the words; without any it is the last.
    """
    told = re.search(r"\bline (\d+)", str(error))
    number = int(getattr(error, "lineno", told[1] if told else 0))
    line = number - 1 if number else text.rstrip("\n").count("\n")
    return _toml_reason(text, line), line


def _toml_reason(text: str, line: int) -> str:
    lines = text.split("\n")
    row = lines[line][:_LOOK_CHARS] if line < len(lines) else ""
    if not row.strip():
        return "it ends too early: a bracket or a quotation is not closed"
    if row.lstrip().startswith("["):
        is_twice = [each.strip() for each in lines[:line]].count(row.strip()) > 0
        return _TOML_TWICE if is_twice else "a table's name is wrong, or stands twice"
    pair = _TOML_PAIR.match(row)
    if not pair:
        return _NO_PAIR.format("key = value")
    return _toml_value(re.sub(r"(?:^|\s)#.*", "", pair["value"]).strip())


_TOML_TWICE = "a table is declared twice"


def _toml_value(value: str) -> str:
    if not value:
        return "a key has no value"
    if value[0] in "\"'":
        return _toml_quoted(value)
    if value[0] in "[{":
        return "a bracket is not closed, a comma lacks, or a key stands twice"
    if not _TOML_VALUE.fullmatch(value):
        return "text needs quotes"
    return "a key stands twice, or a number or date is not one"


def _toml_quoted(value: str) -> str:
    if value.startswith(('"""', "'''")):
        return "a quotation over several lines is not closed, or has a wrong escape"
    quoted = _QUOTED.match(value)
    if value[0] == '"' and re.search(r"\\[^btnfruUe\"\\]", value):
        return _ESCAPE.format("TOML")
    if not quoted:
        return _OPEN_QUOTE
    return "a key stands twice" if quoted.end() == len(value) else _AMISS_TEXT


_AMISS_TEXT = "a quotation ends early"


def json_reason(text: str, offset: int) -> str:
    """Return why a text is no JSON, which a library noticed at an offset."""
    here, before = text[offset : offset + 1], text[:offset].rstrip()
    if before.endswith("\\") or here == "\\":
        return _ESCAPE.format("JSON")
    if not text[offset:].strip() or _is_open(text, offset):
        return "it ends too early: a bracket or a quotation is not closed"
    if here in "]}" or (here == "," and before.endswith(",")):
        return "a comma too many, or a value is missing"
    if here < " ":
        return "a line ends within a quotation"
    if before.endswith(("{", ",", "[", ":")):
        return "text and keys need double quotes"
    return "a comma or a colon is missing"


def _is_open(text: str, offset: int) -> bool:
    """Whether a quotation begins here and never ends."""
    return text[offset] == '"' and not re.search(r'[^\\]"', text[offset:])
