"""The catalog's tables, and how those of older releases are brought up to date."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feeds.errors import CatalogError, DamagedError

VERSION = 5
# "Stok": what tells the file from other programs' (SQLite's file format, 1.3.16).
_APPLICATION = 0x53746F6B
_UNMARKED = (1, 2)  # the versions before it was put there

_PLACED_TABLES = ("live", "placement", "spelling", "selection", "placed")
CACHE_TABLES = ("article", "problem", "fragment", *_PLACED_TABLES)
_LEDGER_SINCE_1 = ("meta", "identity", "last_good", "feed", "document")
LEDGER_TABLES = (*_LEDGER_SINCE_1, "departed", "lineage", "leftover")
_TABLES_SINCE_1 = ("article", "problem", "fragment", *_LEDGER_SINCE_1)
# Of an article what places it, and where: by date, with what says who is in where dates
# are equal, for each order.
_PLACEMENTS = """
CREATE TABLE live (
    path TEXT PRIMARY KEY, mark TEXT NOT NULL, published_ts REAL NOT NULL,
    seen_ts INTEGER NOT NULL, heat REAL NOT NULL, quality REAL NOT NULL,
    hotness REAL NOT NULL, updated INTEGER NOT NULL, due_ts REAL, places BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX due ON live (due_ts) WHERE due_ts IS NOT NULL;
CREATE TABLE placement (
    base TEXT NOT NULL, published_ts REAL NOT NULL, seen_ts INTEGER NOT NULL,
    score REAL NOT NULL, path TEXT NOT NULL, hotness REAL NOT NULL,
    is_free INTEGER NOT NULL,
    PRIMARY KEY (base, published_ts DESC, seen_ts DESC, score DESC, path)
) WITHOUT ROWID;
CREATE INDEX heat ON placement (base, published_ts DESC, score DESC, seen_ts DESC, path);
CREATE INDEX hot ON placement (base, hotness DESC, published_ts DESC, path);
"""
# Of a selection its name and whether it has a feed; and what all of that was made for. The
# index has all that a scan compares.
_PLACED = f"""
CREATE INDEX known ON article (path, size, mtime_ns, inode, rules, outcome, measured);
{_PLACEMENTS}
CREATE TABLE spelling (
    base TEXT NOT NULL, spelling TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (base, spelling)
) WITHOUT ROWID;
CREATE TABLE selection (base TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE placed (key TEXT NOT NULL, now_ts REAL NOT NULL, rows INTEGER NOT NULL);
"""
_DEPARTED = """
CREATE TABLE departed (
    path TEXT PRIMARY KEY, source TEXT NOT NULL, gone_ts INTEGER NOT NULL,
    came INTEGER NOT NULL, went INTEGER NOT NULL, is_held INTEGER NOT NULL
);
"""
# The indexes are for what each build asks: who has an id, and what is empty.
_LINEAGE = """
CREATE TABLE lineage (
    stem TEXT PRIMARY KEY, id TEXT NOT NULL, moved_to TEXT NOT NULL,
    label TEXT NOT NULL, names TEXT NOT NULL, members INTEGER NOT NULL,
    emptied_ts INTEGER NOT NULL
);
CREATE INDEX lineage_id ON lineage (id);
CREATE INDEX lineage_emptied ON lineage (emptied_ts) WHERE emptied_ts != 0;
"""
_LEFTOVER = """
CREATE TABLE leftover (
    path TEXT NOT NULL, etag TEXT NOT NULL, PRIMARY KEY (path, etag)
) WITHOUT ROWID;
"""
_PLACED_ANEW = f"""
DROP TABLE live;
DROP TABLE placement;
DELETE FROM placed;
{_PLACEMENTS}
"""  # noqa: S608 - our own names
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE article (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, rules TEXT NOT NULL, outcome TEXT NOT NULL,
    look TEXT NOT NULL, measured TEXT NOT NULL, placing BLOB, article BLOB
);
CREATE TABLE problem (path TEXT NOT NULL, number INTEGER NOT NULL, problem BLOB NOT NULL,
    PRIMARY KEY (path, number));
CREATE TABLE fragment (path TEXT PRIMARY KEY, revision TEXT NOT NULL, formats BLOB NOT NULL);
CREATE TABLE identity (
    path TEXT PRIMARY KEY, id TEXT NOT NULL, significance TEXT NOT NULL,
    earlier TEXT NOT NULL, updated INTEGER NOT NULL, first_seen INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE last_good (path TEXT PRIMARY KEY, rules TEXT NOT NULL, placing BLOB NOT NULL,
    article BLOB NOT NULL);
CREATE TABLE feed (stem TEXT PRIMARY KEY, digest TEXT NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE document (path TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified INTEGER NOT NULL);
{_DEPARTED}
{_LINEAGE}
{_LEFTOVER}
{_PLACED}
PRAGMA application_id = {_APPLICATION};
"""
# Made anew, since a column behind the blobs is slow to read.
_WITH_LOOKS = """
ALTER TABLE article RENAME TO old_article;
CREATE TABLE article (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, rules TEXT NOT NULL, outcome TEXT NOT NULL,
    look TEXT NOT NULL, measured TEXT NOT NULL, placing BLOB, article BLOB
);
INSERT INTO article SELECT path, size, mtime_ns, inode, rules, outcome, '', '', placing,
    article FROM old_article;
DROP TABLE old_article;
"""
# From each version to the next. What an article was before it had a `first_seen` is known
# by its `updated`, which is ahead of every publication while the article is held.
_MIGRATIONS: Mapping[int, str] = {
    1: """
ALTER TABLE identity ADD COLUMN first_seen INTEGER NOT NULL DEFAULT 0;
UPDATE identity SET first_seen = updated;
UPDATE identity SET first_seen = (SELECT MAX(last_modified) FROM document)
    WHERE first_seen > (SELECT MAX(last_modified) FROM document);
""",
    2: f"PRAGMA application_id = {_APPLICATION}; {_WITH_LOOKS}",
    3: _PLACED,
    4: _DEPARTED + _LINEAGE + _LEFTOVER + _PLACED_ANEW,
}
_ADVICE = (
    "use that release, or move the file away: ids and dates are then learnt from what is"
    " published"
)
# What is larger is only checked where it is read: all of it takes 0.9 ms a MiB, so 60 ms
# at this size, of every build and every look.
_CHECKED_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """By what a database can be told: who made it, in which version, with what in it."""

    application: int
    version: int
    tables: frozenset[str]

    @property
    def is_blank(self) -> bool:
        """Whether nobody has made anything of it yet."""
        return not (self.application or self.version or self.tables)

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has made it, with whatever tables."""
        return self.application == _APPLICATION and self.version > VERSION

    @property
    def is_ours(self) -> bool:
        """Whether this release or an older one has made it."""
        application = 0 if self.version in _UNMARKED else _APPLICATION
        return (
            self.application == application
            and 0 < self.version <= VERSION
            and self.tables.issuperset(_TABLES_SINCE_1)
        )


def _marks(connection: sqlite3.Connection) -> _Marks:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return _Marks(
        application=application,
        version=version,
        tables=frozenset(row[0] for row in rows),
    )


def inspect(connection: sqlite3.Connection, where: Path, *, whole: bool = False) -> int:
    """Return the version of a catalog that is sound; 0 when there is nothing in it yet.

    Args:
        connection: A connection to it, which changes nothing.
        where: The file, for messages.
        whole: Check every page, however many there are.

    Raises:
        DamagedError: it is damaged, or no catalog.
        CatalogError: a newer release has made it.
        sqlite3.DatabaseError: it cannot be read.
    """
    marks = _marks(connection)
    if marks.is_newer:
        found = f"expected version {VERSION} or older, got {marks.version}"
        raise CatalogError(f"{where}: {found}; {_ADVICE}")
    if not (marks.is_ours or marks.is_blank):
        raise DamagedError(file=str(where), fault="not a catalog of Stoker")
    if whole or _size_bytes(connection) <= _CHECKED_BYTES:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            fault = " ".join(verdict.replace("*** in database main ***", "").split())
            raise DamagedError(file=str(where), fault=fault)
    return marks.version


def _size_bytes(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_bytes)


def prepare(connection: sqlite3.Connection, where: Path) -> None:
    """Make the tables in a new file, and bring older ones up to date.

    Raises:
        DamagedError: it is damaged, or no catalog.
        CatalogError: a newer release has made it.
        sqlite3.DatabaseError: it cannot be read or written.
    """
    version = inspect(connection, where)
    connection.execute("PRAGMA journal_mode = WAL")
    if version == 0:
        _run(connection, _SCHEMA, VERSION)
        return
    for old in range(version, VERSION):
        _run(connection, _MIGRATIONS[old], old + 1)


def _run(connection: sqlite3.Connection, script: str, version: int) -> None:
    """Change the schema, all or nothing: a kill in between leaves it as it was."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {version}; COMMIT;"
    )
