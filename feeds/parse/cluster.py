"""Takes `related` out of YAML before the rest is parsed.

A story's leader may list 179 others in 142 kB, of which feeds show ten, and of each a
handful of keys: parsing all of it was nine tenths of the cost of such a file. Items
written as this schema's own tools write them are read here, one expression for each; of
others no more is done than to cut the surplus. Either is a guess, which `completes`
undoes when what is left of the front matter does not turn out as expected.
"""

import re
from dataclasses import dataclass
from typing import Any

from feeds.parse.rules import Bounds
from feeds.parse.yaml import Marks, plain

_KEY = "related:\n"
_LIST = re.compile(r"related:[ \t]*\n( *)- ")
_END = re.compile(r"\n(?![ \n-])")
# Each begins with the one character searched for: otherwise it takes ten times as long.
_ANCHOR = re.compile(r"&(?<![^\s\[{,]&)(?![\s,\]}])")
_ALIAS = re.compile(r"\*(?<![^\s\[{,]\*)(?![\s,\]}])")
_FEW_CHARS = 4_096  # looking for the place to cut costs more than parsing these
_LEVELS = 5  # root, list, item, its images, one of them
_MOST_INDENTED = 4

_Items = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Shortened:
    """Front matter without the lines `removed`, which stood from line `at` on, from 0.

    `items` are those of `related`, as far as they are used, when none is left in the
    text; their keys are in lower case.
    """

    text: str
    at: int = 0
    removed: str = ""
    items: _Items = ()

    def place(self, line: int) -> int:
        """Return where a line of this text stands in the whole."""
        return line if line < self.at else line + self.removed.count("\n")

    def completes(self, value: Any, marks: Marks, limit: int) -> bool:
        """Put the items into what was read of this text, and its marks right.

        False when it cannot have meant the same as the whole.
        """
        marks.place = self.place
        related = value.get("related") if isinstance(value, dict) else None
        if not self.items:
            return isinstance(related, list) and len(related) == limit
        if related is not None or marks.lines.get("related") != self.at - 1:
            return False  # a quotation, or another key of the name
        value["related"] = list(self.items)
        return True


def shortened(front_matter: str, bounds: Bounds) -> Shortened:
    """Return YAML front matter with no more in `related` than is used of it."""
    return _without_items(front_matter, bounds) or without_surplus(
        front_matter, bounds.related
    )


def _without_items(text: str, bounds: Bounds) -> Shortened | None:
    """Return front matter without the items of `related`; None for unusual ones."""
    start = 0 if text.startswith(_KEY) else text.find(f"\n{_KEY}") + 1
    gap = start + len(_KEY) - 1
    dash = text.find("- ", gap, gap + _MOST_INDENTED + 3)
    pattern = _ITEMS.get(text[gap:dash])
    if not text.startswith(_KEY, start) or not pattern or bounds.nesting < _LEVELS:
        return None
    items: list[dict[str, Any]] = []
    end = gap
    while len(items) < bounds.related and (found := pattern.match(text, end)):
        items.append(_used(*found.groups()))
        end = found.end()
    rest = _END.search(text, end)
    surplus = text[end : rest.start() if rest else len(text)]
    is_list_over = not surplus.strip("\n")
    is_full = len(items) == bounds.related and surplus.startswith(text[gap : dash + 2])
    if not items or not (is_list_over or (is_full and _is_apart(surplus))):
        return None
    if not _is_well_quoted(text[gap : end + 1]):
        return None
    end += len(surplus)
    at = text.count("\n", 0, gap) + 1
    return Shortened(text[:gap] + text[end:], at, text[gap:end], tuple(items))


_QUOTED = '".*"'  # a third of the time that telling each character apart takes
_WORDS = r'[A-Za-z0-9][^\n\t:#"]*+(?<!\ )'
_TEXT = rf"({_QUOTED}|{_WORDS})"
_UNUSED = rf'(?:{_QUOTED}|{_WORDS}|[A-Za-z0-9][^\n\t\ #"]*+(?<!:))'
_URL = rf'({_QUOTED}|[A-Za-z][^\n\t\ #"]*+(?<!:))'
_DATE = rf"({_QUOTED}|[0-9][0-9A-Za-z:.+-]*+(?<!:))"


def _item(indent: str) -> re.Pattern[str]:
    """Return the expression of an item whose dash is so far indented.

    Keys come in the order in which this schema's tools write them. Each may be missing,
    none can come twice.
    """
    line = rf"\n{indent}\ \ "
    return re.compile(
        rf"""\n{indent}-\ title:\ {_TEXT}
        (?:{line}excerpt:\ {_UNUSED})?
        (?:{line}publishedDateTime:\ {_DATE})?
        (?:{line}originalUrl:\ {_URL})?
        (?:{line}webUrl:\ {_URL})?
        (?:{line}ampWebUrl:\ {_UNUSED})?
        (?:{line}cdnAmpWebUrl:\ {_UNUSED})?
        (?:{line}type:\ {_UNUSED})?
        (?:{line}provider:{line}\ \ name:\ {_TEXT}
            (?:{line}\ \ domain:\ {_UNUSED})?)?
        (?:{line}quality:\ -?[0-9]++)?
        (?:{line}images:
            (?:{line}\ \ -\ url:\ {_UNUSED}
                (?:{line}\ \ \ \ width:\ [0-9]++)?
                (?:{line}\ \ \ \ height:\ [0-9]++)?
                (?:{line}\ \ \ \ isCached:\ (?:true|false))?)+)?
        (?=\n|$)""",
        re.VERBOSE,
    )


_ITEMS = {
    f"\n{' ' * width}": _item(r"\ " * width) for width in range(_MOST_INDENTED + 1)
}


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


def without_surplus(front_matter: str, limit: int) -> Shortened:
    """Return YAML front matter whose `related` has at most `limit` items.

    Anything out of the ordinary is left as it is: anchors (they may be meant further
    down), flow lists, a quotation that the cut would tear. A line of quoted text may
    look like an item, so `limit` of them must be found in what is left.
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
    if cut_at > end or _is_torn(kept[start:]) or not _is_apart(surplus):
        return whole
    return Shortened(kept + front_matter[end:], kept.count("\n"), surplus)


def _is_apart(surplus: str) -> bool:
    """Whether no quotation reaches into a text, and nothing else refers to it."""
    if "*" in surplus and _ALIAS.search(surplus):
        return False
    return not (_is_torn(surplus) or _ANCHOR.search(surplus))


def _is_torn(text: str) -> bool:
    escaped = text.count('\\"') if "\\" in text else 0
    return bool((text.count('"') - escaped) % 2)
