"""What can still be read of the ledger in a damaged catalog."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import msgspec

from feeds.catalog.ledger import ledger_of, row_of, selection
from feeds.catalog.opening import private_copy
from feeds.catalog.rows import LastGood, Ledger, LedgerRow

# SQLite's file format, 1.3: where the header has the page size, and the number of pages.
_PAGE_SIZE = slice(16, 18)
_PAGES = slice(28, 32)
_HEADER_BYTES = 100
_LARGEST_PAGE_BYTES = 65_536  # which two bytes cannot hold: it is written as 1
_GOOD_VERSIONS = (
    "SELECT path, rules, placing, article FROM article NOT INDEXED"
    " WHERE article IS NOT NULL ORDER BY rowid"
)


def salvage(where: Path) -> Ledger:
    """Return the rows of the ledger that can be read and are in order.

    The good versions among the articles count as last good ones: their files may be
    broken by now. The file itself is only copied.

    Raises:
        CatalogError: it cannot be copied.
    """
    with private_copy(where) as copy:
        _make_whole(copy)
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            return ledger_of(lambda kind: _salvaged(connection, kind))


def _make_whole(file: Path) -> None:
    """Give a file that was cut its length back: SQLite reads nothing of it otherwise."""
    with file.open("r+b") as opened:
        header = opened.read(_HEADER_BYTES)
        page_bytes = int.from_bytes(header[_PAGE_SIZE], "big")
        page_bytes = _LARGEST_PAGE_BYTES if page_bytes == 1 else page_bytes
        size_bytes = page_bytes * int.from_bytes(header[_PAGES], "big")
        if size_bytes > opened.seek(0, 2):
            with contextlib.suppress(OSError):  # as large as no file can be
                opened.truncate(size_bytes)


def _salvaged(connection: sqlite3.Connection, kind: type[Any]) -> list[Any]:
    # Up to the first page that is broken, then back to the last one.
    queries = [selection(kind, order) for order in ("rowid", "rowid DESC")]
    if kind is LastGood:
        queries += [_GOOD_VERSIONS, f"{_GOOD_VERSIONS} DESC"]
    key = fields(kind)[0].name
    found: dict[str, LedgerRow] = {}
    for query in queries:
        for row in _readable(connection, kind, query):
            found.setdefault(getattr(row, key), row)
    return [found[each] for each in sorted(found)]


def _readable(
    connection: sqlite3.Connection, kind: type[Any], query: str
) -> Iterator[LedgerRow]:
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        for cells in connection.execute(query):
            # What was scribbled over may read as anything.
            with contextlib.suppress(
                TypeError, ValueError, OverflowError, OSError, msgspec.ValidationError
            ):
                yield msgspec.convert(asdict(row_of(kind, cells)), kind)
