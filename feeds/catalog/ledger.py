"""What cannot be made again from the articles: the ledger's tables."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from feeds.catalog.rows import (
    Departure,
    DocumentState,
    FeedState,
    Identity,
    LastGood,
    Ledger,
    LedgerRow,
    Memory,
)
from feeds.catalog.schema import CACHE_TABLES, LEDGER_TABLES
from feeds.lineage import Lineage

_Row = TypeVar(
    "_Row",
    Memory,
    Identity,
    LastGood,
    FeedState,
    DocumentState,
    Departure,
    Lineage,
)
# By the type of its rows; columns are named and ordered as their fields.
TABLES: Mapping[type[LedgerRow], str] = {
    Memory: "meta",
    Identity: "identity",
    LastGood: "last_good",
    FeedState: "feed",
    DocumentState: "document",
    Departure: "departed",
    Lineage: "lineage",
}


class LedgerTables:
    """Pinned values, identities, feeds' and documents' states; see `Ledger`."""

    _db: sqlite3.Connection

    def pinned(self, key: str, value: str) -> str:
        """Return what is stored under `key`, storing `value` when nothing is."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (key, value)
        )
        row = self._db.execute(
            "SELECT value FROM meta WHERE key = ?", (key,)
        ).fetchone()
        return str(row[0])

    def remembered(self, key: str) -> str:
        """Return what was last stored under `key`, or ""."""
        row = self._db.execute(
            "SELECT value FROM meta WHERE key = ?", (key,)
        ).fetchone()
        return str(row[0]) if row else ""

    def remember(self, key: str, value: str) -> None:
        """Store `value` under `key` in place of what was there."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key)"
            " DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def identities(self) -> dict[str, Identity]:
        """Return the ledger's word on every article it ever saw."""
        rows = self._db.execute(
            "SELECT path, id, significance, earlier, updated, first_seen FROM identity"
        )
        return {row[0]: _identity(row) for row in rows}

    def identity(self, path: str) -> Identity | None:
        """Return the ledger's word on one article."""
        row = self._db.execute(
            "SELECT path, id, significance, earlier, updated, first_seen FROM identity"
            " WHERE path = ?",
            (path,),
        ).fetchone()
        return _identity(row) if row else None

    def store_identities(self, identities: Iterable[Identity]) -> None:
        """Record identities; an id and a first sight once recorded never change."""
        self._db.executemany(
            "INSERT INTO identity"
            " (path, id, significance, earlier, updated, first_seen)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE"
            " SET significance = excluded.significance, earlier = excluded.earlier,"
            " updated = excluded.updated",
            [
                (
                    *(i.path, i.id, i.significance, i.earlier),
                    *(int(i.updated.timestamp()), int(i.first_seen.timestamp())),
                )
                for i in identities
            ],
        )

    def store_ids(self, ids: Mapping[str, str]) -> None:
        """Give articles other ids, by path: only where nobody may have the old ones."""
        self._db.executemany(
            "UPDATE identity SET id = ? WHERE path = ?",
            [(each, path) for path, each in ids.items()],
        )

    def forget_identity(self, path: str) -> None:
        """Drop what was recorded of an article that turned out to be none yet."""
        self._db.execute("DELETE FROM identity WHERE path = ?", (path,))

    def minted(self, beginning: str) -> int:
        """Return how many articles have an id that begins so."""
        row = self._db.execute(
            "SELECT COUNT(*) FROM identity WHERE substr(id, 1, ?) = ?",
            (len(beginning), beginning),
        ).fetchone()
        return int(row[0])

    def feeds(self) -> dict[str, tuple[str, datetime]]:
        """Return digest and `updated` of every feed ever published, by stem."""
        rows = self._db.execute("SELECT stem, digest, updated FROM feed")
        return {row[0]: (row[1], datetime.fromtimestamp(row[2], UTC)) for row in rows}

    def store_feeds(self, feeds: Mapping[str, tuple[str, datetime]]) -> None:
        """Record digest and `updated` of feeds."""
        self._db.executemany(
            "INSERT INTO feed VALUES (?, ?, ?) ON CONFLICT (stem) DO UPDATE"
            " SET digest = excluded.digest, updated = excluded.updated",
            [
                (stem, digest, int(updated.timestamp()))
                for stem, (digest, updated) in feeds.items()
            ],
        )

    def documents(self) -> dict[str, tuple[str, datetime]]:
        """Return ETag and Last-Modified of every document ever published, by path."""
        rows = self._db.execute("SELECT path, etag, last_modified FROM document")
        return {row[0]: (row[1], datetime.fromtimestamp(row[2], UTC)) for row in rows}

    def store_documents(self, documents: Mapping[str, tuple[str, datetime]]) -> None:
        """Record the validators of documents, before they are published."""
        self._db.executemany(
            "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE"
            " SET etag = excluded.etag, last_modified = excluded.last_modified",
            [
                (path, etag, int(modified.timestamp()))
                for path, (etag, modified) in documents.items()
            ],
        )

    def leftovers(self) -> dict[str, frozenset[str]]:
        """Return the ETags, by path, that publications which did not end may have left.

        Beside those in `documents`.
        """
        found: dict[str, frozenset[str]] = {}
        for path, etag in self._db.execute("SELECT path, etag FROM leftover"):
            found[path] = found.get(path, frozenset()) | {etag}
        return found

    def keep_leftovers(self, paths: Iterable[str]) -> None:
        """Go on knowing the ETags of documents that are about to be recorded anew."""
        self._db.executemany(
            "INSERT OR IGNORE INTO leftover"
            " SELECT path, etag FROM document WHERE path = ?",
            ((path,) for path in paths),
        )

    def forget_leftovers(self) -> None:
        """Forget them: a publication has ended since."""
        self._db.execute("DELETE FROM leftover")

    def departures(self) -> list[Departure]:
        """Return which articles came or went of late, or are held back, by path."""
        rows = self._db.execute(
            "SELECT path, source, gone_ts, came, went, is_held FROM departed"
            " ORDER BY path"
        )
        return [row_of(Departure, row) for row in rows]

    def change_departures(
        self, forgotten: Iterable[str], stored: Iterable[Departure]
    ) -> None:
        """Forget those of some paths, and record others in place of what was there."""
        self._db.executemany(
            "DELETE FROM departed WHERE path = ?", [(path,) for path in forgotten]
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO departed VALUES (?, ?, ?, ?, ?, ?)",
            [_cells(each) for each in stored],
        )

    def has_ledger(self) -> bool:
        """Whether anything was ever written into the ledger: a first build does."""
        return any(
            self._db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608
            for table in LEDGER_TABLES
        )

    def ledger(self) -> Ledger:
        """Return the whole ledger."""
        return ledger_of(self._rows)

    def _rows(self, kind: type[_Row]) -> Iterator[_Row]:
        return (row_of(kind, cells) for cells in self._db.execute(selection(kind)))

    def replace_ledger(self, ledger: Ledger) -> None:
        """Put a ledger in place of what was there, and forget all that relied on it."""
        for table in (*CACHE_TABLES, *LEDGER_TABLES):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        for row in ledger.rows:
            cells = _cells(row)
            slots = ", ".join("?" * len(cells))
            self._db.execute(
                f"INSERT INTO {TABLES[type(row)]} VALUES ({slots})",  # noqa: S608
                cells,
            )


def _identity(row: tuple[Any, ...]) -> Identity:
    return Identity(
        path=row[0],
        id=row[1],
        significance=row[2],
        earlier=row[3],
        updated=datetime.fromtimestamp(row[4], UTC),
        first_seen=datetime.fromtimestamp(row[5], UTC),
    )


def ledger_of(rows: Callable[[type[Any]], Iterable[Any]]) -> Ledger:
    """Return the ledger whose rows of a type are given by `rows`."""
    return Ledger(
        memories=tuple(rows(Memory)),
        identities=tuple(rows(Identity)),
        last_good=tuple(rows(LastGood)),
        feeds=tuple(rows(FeedState)),
        documents=tuple(rows(DocumentState)),
        departed=tuple(rows(Departure)),
        lineages=tuple(rows(Lineage)),
    )


def selection(kind: type[Any], order: str = "1") -> str:
    """Return the SQL that selects all rows of a type, sorted by `order`."""
    columns = ", ".join(field.name for field in fields(kind))
    return f"SELECT {columns} FROM {TABLES[kind]} NOT INDEXED ORDER BY {order}"  # noqa: S608


def row_of(kind: type[_Row], cells: Iterable[Any]) -> _Row:
    """Return a row of the database as a value; instants are kept in whole seconds.

    Raises:
        TypeError, ValueError, OverflowError, OSError: a cell holds no instant.
    """
    values: dict[str, Any] = {
        field.name: datetime.fromtimestamp(cell, UTC)
        if field.name in _INSTANTS
        else cell
        for field, cell in zip(fields(kind), cells, strict=True)
    }
    return kind(**values)


_INSTANTS = frozenset(("updated", "first_seen", "last_modified"))


def _cells(row: LedgerRow) -> tuple[Any, ...]:
    values = (getattr(row, field.name) for field in fields(row))
    return tuple(
        int(value.timestamp()) if isinstance(value, datetime) else value
        for value in values
    )
