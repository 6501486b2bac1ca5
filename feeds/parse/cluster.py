"""Takes `related` out of YAML before the rest is parsed.

A story's leader may list 179 others in 142 kB, of which feeds show ten, and of each a
handful of keys: parsing all of it was nine tenths of the cost of such a file. Lists
written as this schema's own tools write them are read here, an item by one expression;
of others that take a whole YAML reader the surplus is cut. Whoever reads the rest has to
find it as expected, or start over with the whole.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from feeds.parse.lines import is_whole
from feeds.parse.rules import Bounds
from feeds.parse.yaml import Marks, plain

_KEY = "related:\n"
# What may follow the list: nothing else says that it was one of the root's values.
_NEXT_KEY = re.compile(r"\n*(?:[A-Za-z_][\w-]*:(?=[ \n]|\Z)|\Z)")
_LEVELS = 5  # root, list, item, its images, one of them
_MOST_INDENTED = 4
_MOST_NODES_A_LINE = 3  # a dash, a key and a value
_FEWEST_CHARS_A_LINE = len("\n  images:")
_MOST_BEFORE_DASH = _MOST_INDENTED + len("\n- ")


@dataclass(frozen=True, slots=True)
class Shortened:
    """Front matter without the lines `removed`, which stood from line `at` on, from 0.

    `items` are the first of `related`, as far as they are used, and none is left in the
    text; their keys are in lower case. Without any, `limit` of them are left there.
    """

    text: str
    at: int
    removed: str
    items: tuple[dict[str, Any], ...] = ()
    limit: int = 0

    def place(self, line: int) -> int:
        """Return where a line of this text stands in the whole."""
        return line if line < self.at else line + self.removed.count("\n")

    def is_as_expected(self, value: Any, marks: Marks) -> bool:
        """Whether what was read of this text has in `related` what was left there.

        Else that was in a quotation, or there is another key of the name.
        """
        related = value.get("related") if isinstance(value, dict) else None
        if self.limit:
            return isinstance(related, list) and len(related) == self.limit
        is_empty = isinstance(value, dict) and related is None
        return is_empty and marks.lines.get("related") == self.at - 1


def without_related(text: str, bounds: Bounds) -> Shortened | None:
    """Return YAML front matter without its related articles; None for unusual ones.

    All of them are looked at, be they used or not: what is not YAML is not read here.
    """
    start = 0 if text.startswith(_KEY) else text.find(f"\n{_KEY}") + 1
    gap = start + len(_KEY) - 1
    dash = text.find("- ", gap, gap + _MOST_BEFORE_DASH)
    is_here = dash > 0 and text[gap:dash] in _INDENTS and text.startswith(_KEY, start)
    if not is_here or bounds.nesting < _LEVELS:
        return None
    pattern = _item(text[gap + 1 : dash])
    items: list[dict[str, Any]] = []
    end = gap
    while found := pattern.match(text, end):
        if len(items) < bounds.related:
            items.append(_used(*found.groups()))  # in the order of their names
        end = found.end()
    removed = text[gap:end]
    # What is passed over counts, too.
    most_lines = bounds.nodes // _MOST_NODES_A_LINE
    is_short = len(removed) <= most_lines * _FEWEST_CHARS_A_LINE
    if not items or not (is_short or removed.count("\n") <= most_lines):
        return None
    if not _is_well_quoted(text[gap : end + 1]):
        return None
    if text[0] in "{[" or not _NEXT_KEY.match(text, end):
        return None
    at = text.count("\n", 0, gap) + 1
    return Shortened(text[:gap] + text[end:], at, removed, tuple(items))


_QUOTED = '".*"'  # a third of the time that telling each character apart takes
_WORDS = r'[A-Za-z0-9][^\n\t:#"]*+(?<!\ )'
_TEXT = rf"{_QUOTED}|{_WORDS}"
_UNUSED = rf'(?:{_QUOTED}|{_WORDS}|[A-Za-z0-9][^\n\t\ #"]*+(?<!:))'
_URL = rf'{_QUOTED}|[A-Za-z][^\n\t\ #"]*+(?<!:)'
_DATE = rf"{_QUOTED}|[0-9][0-9A-Za-z:.+-]*+(?<!:)"


@cache
def _item(indent: str) -> re.Pattern[str]:
    """Return the expression of an item whose dash is so far indented.

    Its groups are the arguments of `_used`.

    Keys come in the order in which this schema's tools write them. Each may be missing,
    none can come twice. An empty branch says so in three quarters of the time of `?`.
    """
    indent = indent.replace(" ", r"\ ")
    line = rf"\n{indent}\ \ "
    return re.compile(
        rf"""\n{indent}-\ title:\ (?P<title>{_TEXT})
        (?:{line}excerpt:\ {_UNUSED}|)
        (?:{line}publishedDateTime:\ (?P<date>{_DATE})|)
        (?:{line}originalUrl:\ (?P<original>{_URL})|)
        (?:{line}webUrl:\ (?P<web>{_URL})|)
        (?:{line}ampWebUrl:\ {_UNUSED}|)
        (?:{line}cdnAmpWebUrl:\ {_UNUSED}|)
        (?:{line}type:\ {_UNUSED}|)
        (?:{line}length:\ {_UNUSED}|)
        (?:{line}provider:{line}\ \ name:\ (?P<who>{_TEXT})
            (?:{line}\ \ domain:\ {_UNUSED}|)|)
        (?:{line}quality:\ -?[0-9]++|)
        (?:{line}images:
            (?:{line}\ \ -\ url:\ {_UNUSED}
                (?:{line}\ \ \ \ width:\ [0-9]++|)
                (?:{line}\ \ \ \ height:\ [0-9]++|)
                (?:{line}\ \ \ \ isCached:\ (?:true|false)|))+|)
        (?=\n|$)""",
        re.VERBOSE,
    )


_INDENTS = frozenset(f"\n{' ' * width}" for width in range(_MOST_INDENTED + 1))


def _is_well_quoted(lines: str) -> bool:
    """Whether whatever begins with a quote ends at the next one, at the end of its line.

    Of lines that `_item` has matched: they have quotes at both ends or nowhere.
    """
    quotes = lines.count('"')
    if "\\" in lines:
        escaped = lines.count('\\"')
        if lines.count("\\") > escaped or '\\"\n' in lines:
            return False
        quotes -= escaped
    is_even = quotes == 2 * lines.count('"\n')
    return is_even and "\t" not in lines and "\ufeff" not in lines


def _used(
    title: str, date: str | None, original: str | None, web: str | None, who: str | None
) -> dict[str, Any]:
    """Return what is used of an item."""
    item = {"title": _scalar(title)}
    if date:
        item["publisheddatetime"] = _scalar(date)
    if original:
        item["originalurl"] = _scalar(original)
    if web:
        item["weburl"] = _scalar(web)
    if who:
        item["provider"] = {"name": _scalar(who)}
    return item


def _scalar(text: str) -> Any:
    if text[0] != '"':
        return plain(text)
    return text[1:-1].replace('\\"', '"') if "\\" in text else text[1:-1]


_LIST = re.compile(r"related:[ \t]*\n( *)- ")
_END = re.compile(r"\n(?![ \n-])")
_FEW_CHARS = 4_096  # looking for the place to cut costs more than parsing these
# What may make of other lines something else than they are by themselves.
_FAR_REACHING = frozenset("'\"[]{}&*!")


def without_surplus(  # noqa: PLR0911 - each a reason to leave the whole
    text: str, bounds: Bounds
) -> Shortened | None:
    """Return YAML front matter with no more related articles than count; None if unsure.

    Whether the surplus is YAML is not asked: only that it means nothing elsewhere.
    """
    limit = bounds.related
    if len(text) < _FEW_CHARS or not limit:
        return None
    start = text.find("\nrelated:") + 1
    found = _LIST.match(text, start)
    if found is None:
        return None
    cut_at = found.start(1) - 1
    for _ in range(limit):
        cut_at = text.find(f"\n{found[1]}- ", cut_at + 1)
        if cut_at < 0:
            return None
    last_line = _END.search(text, found.end())
    end = last_line.start() if last_line else len(text)
    if cut_at > end or not _NEXT_KEY.match(text, end):
        return None
    lines = text[start:end].split("\n")
    if 3 * len(lines) > bounds.nodes:
        return None
    if not all(_FAR_REACHING.isdisjoint(line) or is_whole(line) for line in lines):
        return None
    at = text.count("\n", 0, cut_at) + 1
    return Shortened(text[:cut_at] + text[end:], at, text[cut_at:end], limit=limit)
