"""The settings that are arrays of tables: `[[sources]]`, `[[topics]]`, `[[providers]]`."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

# The one key that the environment can give of each, and what separates its values.
ARRAYS: Mapping[str, tuple[str, str]] = {
    "sources": ("path", os.pathsep),
    "topics": ("name", ","),
    "providers": ("name", ","),
}


def tables_from_text(key: str, text: str) -> list[dict[str, str]]:
    """Return the tables that an environment variable gives, one for each value."""
    name, separator = ARRAYS[key]
    values = (part.strip() for part in text.split(separator))
    return [{name: value} for value in values if value]


def field_names(kind: Any) -> Iterator[str]:
    """Yield the keys of a table, and of the tables in it."""
    for name, inner in _fields(kind):
        yield name
        yield from field_names(inner)


def words_at(kind: Any, place: str) -> list[str]:
    """Return the words that are allowed at a place such as "[0].undated"."""
    for name in re.findall(r"\.(\w+)", place):
        kind = dict(_fields(kind))[name]
    return _words(kind)


def _fields(kind: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and type of the fields of the structs that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield from ((each.name, each.type) for each in msgspec.structs.fields(kind))
        return
    for inner in get_args(kind):
        yield from _fields(inner)


def _words(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [word for inner in get_args(kind) for word in _words(inner)]


def line_in(text: str, place: str, name: str) -> int:
    """Return the line, from 1, where `name` stands in one of an array's tables.

    Args:
        text: The settings file.
        place: The place in the array, as "sources[0].defaults".
        name: The key that is asked for; if it is not there, the table's first line is
            meant.

    Returns:
        0 when the array is not written as tables.
    """
    match = re.match(r"(\w+)\[(\d+)\]", place)
    if match is None:
        return 0
    lines = text.split("\n")
    starts = [
        at
        for at, line in enumerate(lines)
        if line.strip().startswith(f"[[{match[1]}]]")
    ]
    if len(starts) <= int(match[2]):
        return 0
    first = starts[int(match[2])]
    heads = (at for at in range(first + 1, len(lines)) if _ends(lines[at], match[1]))
    key = re.compile(
        rf"\s*(?:\[{match[1]}\.)?(?:[\w-]+\.)*[\"']?{re.escape(name)}\b"
        rf"|.*[{{,]\s*{re.escape(name)}\s*="
    )
    rows = range(first, next(heads, len(lines)))
    rows = _table_in(lines, rows, f"{match[1]}{place[match.end() :]}")
    return next((at for at in rows if key.match(lines[at])), rows[0]) + 1


def _table_in(lines: list[str], rows: range, place: str) -> range:
    """Return those of the rows that are the innermost table of its own on the way."""
    while "." in place:
        heads = (at for at in rows if lines[at].strip().startswith(f"[{place}]"))
        for head in heads:
            after = range(head + 1, rows.stop)
            ends = (at for at in after if lines[at].lstrip().startswith("["))
            return range(head, next(ends, rows.stop))
        place = place.rpartition(".")[0]
    return rows


def _ends(line: str, array: str) -> bool:
    """Whether a line begins another table than one inside the array's present one."""
    bare = line.strip()
    return bare.startswith("[") and not bare.startswith(f"[{array}.")
