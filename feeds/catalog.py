"""The catalog: what is known of the articles, and the ledger of what must not be lost.

One SQLite file in the state folder. Its cache tables (article, problem, fragment) can
be made again from the articles. The ledger is not derivable: pinned ids and the last
significant change (identity), the last good version of a file now broken (last_good),
each feed's `updated`, each document's validators (document).

Plain `sqlite3`, not SQLAlchemy: importing the latter took 270 ms, about as long as a
whole build of 1,000 unchanged articles. The SQL keeps to what PostgreSQL knows as well.
"""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds.article import SourceFile
from feeds.errors import CatalogError

FILE_NAME = "catalog.sqlite3"
_VERSION = 2
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE article (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, rules TEXT NOT NULL, outcome TEXT NOT NULL,
    placing BLOB, article BLOB
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
"""
# From each version to the next. What an article was before it had a `first_seen` is known
# by its `updated`, which is ahead of every publication while the article is held.
_MIGRATIONS = {
    1: """
ALTER TABLE identity ADD COLUMN first_seen INTEGER NOT NULL DEFAULT 0;
UPDATE identity SET first_seen = updated;
UPDATE identity SET first_seen = (SELECT MAX(last_modified) FROM document)
    WHERE first_seen > (SELECT MAX(last_modified) FROM document);
""",
}
# There is one writer, under the lock; those who look may hold it up for an instant.
_BUSY_TIMEOUT_S = 5
_AFRESH = (
    "move it away to start afresh: ids stay, being made from paths, but entries that"
    " changed get back their first date"
)
_CACHE = ("article", "problem", "fragment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was last seen of a file, and the digest of the rules it was parsed under."""

    size_bytes: int
    mtime_ns: int
    inode: int
    rules: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """What parsing one file gave; `placing` and `article` are encoded, or None."""

    file: SourceFile
    rules: str
    outcome: str
    placing: bytes | None
    article: bytes | None
    problems: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The ledger's word on an article.

    `earlier` are significances it had before, newest first, separated by blanks;
    `updated` is the instant of its last significant change, `first_seen` that of the
    build which met it first, both in whole seconds.
    """

    path: str
    id: str
    significance: str
    earlier: str
    updated: datetime
    first_seen: datetime


class Catalog:
    """The open catalog; one transaction from `open_catalog` to `commit`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        self._db.commit()

    def forget_cache(self) -> None:
        """Drop all that can be derived again.

        Of each article the good version stays until its file is parsed again: should
        that be broken by now, it is the last one.
        """
        self._db.execute(
            "INSERT INTO last_good SELECT path, rules, placing, article FROM article"
            " WHERE article IS NOT NULL ON CONFLICT (path) DO NOTHING"
        )
        for table in _CACHE:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

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

    def known(self) -> dict[str, Known]:
        """Return what is known of every file, by path."""
        rows = self._db.execute(
            "SELECT path, size, mtime_ns, inode, rules, outcome FROM article"
        )
        return {
            row[0]: Known(
                size_bytes=row[1],
                mtime_ns=row[2],
                inode=row[3],
                rules=row[4],
                outcome=row[5],
            )
            for row in rows
        }

    def store(self, rows: Iterable[ArticleRow]) -> None:
        """Replace what is known of these files; a good version turned bad is kept."""
        for row in rows:
            path = row.file.path
            if row.outcome == "article":
                self._db.execute("DELETE FROM last_good WHERE path = ?", (path,))
            else:
                self._keep_last_good(row)
            self._store_row(row)

    def _keep_last_good(self, row: ArticleRow) -> None:
        """Keep the good version that a broken one takes the place of.

        One that is merely held now has lost its date or its front matter, and is
        broken too, unless it is the rules that have changed: then they withdraw it.
        """
        path = row.file.path
        if row.outcome == "held" and self._was_under_other_rules(path, row.rules):
            self._db.execute("DELETE FROM last_good WHERE path = ?", (path,))
            return
        self._db.execute(
            "INSERT INTO last_good SELECT path, rules, placing, article FROM article"
            " WHERE path = ? AND article IS NOT NULL ON CONFLICT (path) DO NOTHING",
            (path,),
        )

    def _was_under_other_rules(self, path: str, rules: str) -> bool:
        was = self._db.execute(
            "SELECT rules FROM article WHERE path = ? AND article IS NOT NULL"
            " UNION ALL SELECT rules FROM last_good WHERE path = ?",
            (path, path),
        ).fetchone()
        # What stands before the colon is our own code, and withdraws nothing.
        return bool(was) and was[0].partition(":")[2] != rules.partition(":")[2]

    def _store_row(self, row: ArticleRow) -> None:
        file = row.file
        self._db.execute(
            "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET size = excluded.size,"
            " mtime_ns = excluded.mtime_ns, inode = excluded.inode,"
            " rules = excluded.rules, outcome = excluded.outcome,"
            " placing = excluded.placing, article = excluded.article",
            (
                file.path,
                file.size_bytes,
                file.mtime_ns,
                file.inode,
                row.rules,
                row.outcome,
                row.placing,
                row.article,
            ),
        )
        self._db.execute("DELETE FROM problem WHERE path = ?", (file.path,))
        self._db.executemany(
            "INSERT INTO problem VALUES (?, ?, ?)",
            [(file.path, number, each) for number, each in enumerate(row.problems)],
        )

    def forget(self, paths: Collection[str]) -> None:
        """Drop files that are no longer there; the ledger keeps their identity."""
        for table in (*_CACHE, "last_good"):
            self._db.executemany(
                f"DELETE FROM {table} WHERE path = ?",  # noqa: S608 - our own names
                [(path,) for path in paths],
            )

    def forget_last_good(self, path: str) -> None:
        """Drop the last good version of a broken file."""
        self._db.execute("DELETE FROM last_good WHERE path = ?", (path,))

    def placings(self) -> Iterator[tuple[str, bytes]]:
        """Yield (path, placing) of every good version, the last good included."""
        yield from self._db.execute(
            "SELECT path, placing FROM article WHERE placing IS NOT NULL"
            " UNION ALL SELECT path, placing FROM last_good ORDER BY path"
        ).fetchall()

    def problems(self) -> list[bytes]:
        """Return every problem, by path and in the order found."""
        rows = self._db.execute("SELECT problem FROM problem ORDER BY path, number")
        return [row[0] for row in rows]

    def outcomes(self) -> dict[str, int]:
        """Return how many files had each outcome."""
        return dict(
            self._db.execute("SELECT outcome, COUNT(*) FROM article GROUP BY outcome")
        )

    def stale(self) -> list[str]:
        """Return the paths whose last good version stands in for a broken file."""
        return [
            row[0]
            for row in self._db.execute("SELECT path FROM last_good ORDER BY path")
        ]

    def article(self, path: str) -> bytes | None:
        """Return the good version of one article, encoded."""
        row = self._db.execute(
            "SELECT article FROM article WHERE path = ? AND article IS NOT NULL"
            " UNION ALL SELECT article FROM last_good WHERE path = ?",
            (path, path),
        ).fetchone()
        return row[0] if row else None

    def fragments(self, path: str, revision: str) -> bytes | None:
        """Return the fragments of this revision, encoded, if they were ever rendered."""
        row = self._db.execute(
            "SELECT formats FROM fragment WHERE path = ? AND revision = ?",
            (path, revision),
        ).fetchone()
        return row[0] if row else None

    def store_fragments(self, path: str, revision: str, formats: bytes) -> None:
        """Keep an article's fragments in place of an older revision's."""
        self._db.execute(
            "INSERT INTO fragment VALUES (?, ?, ?) ON CONFLICT (path)"
            " DO UPDATE SET revision = excluded.revision, formats = excluded.formats",
            (path, revision, formats),
        )

    def identities(self) -> dict[str, Identity]:
        """Return the ledger's word on every article it ever saw."""
        rows = self._db.execute(
            "SELECT path, id, significance, earlier, updated, first_seen FROM identity"
        )
        return {
            row[0]: Identity(
                path=row[0],
                id=row[1],
                significance=row[2],
                earlier=row[3],
                updated=datetime.fromtimestamp(row[4], UTC),
                first_seen=datetime.fromtimestamp(row[5], UTC),
            )
            for row in rows
        }

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


@contextlib.contextmanager
def open_catalog(folder: Path, *, private: bool = False) -> Iterator[Catalog]:
    """Open the catalog in `folder`; a private one is a copy that nobody else sees.

    What was not committed is rolled back on leaving.

    Raises:
        CatalogError: the file is damaged or not of this version.
    """
    where = folder / FILE_NAME
    try:
        connection = _copy(where) if private else _connected(where, "mode=rwc")
    except sqlite3.Error as error:
        raise CatalogError(f"{where}: {error}") from error
    try:
        _prepare(connection, where)
        yield Catalog(connection)
    except sqlite3.DatabaseError as error:
        raise CatalogError(f"{where}: {error}; {_AFRESH}") from error
    finally:
        connection.close()


def _copy(where: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    if where.exists():
        with contextlib.closing(_readable(where)) as original:
            original.backup(copy)
    return copy


def _readable(where: Path) -> sqlite3.Connection:
    # Read-only connections leave SQLite's two companion files behind; the last one that
    # may write removes them. Where nobody may write, there are none, and no need.
    connection = _connected(where, "mode=rw")
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        return _connected(where, "mode=ro&immutable=1")
    return connection


def _connected(where: Path, how: str) -> sqlite3.Connection:
    uri = f"{where.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S)


def _prepare(connection: sqlite3.Connection, where: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        _run(connection, _SCHEMA, _VERSION)
        return
    while version in _MIGRATIONS:
        _run(connection, _MIGRATIONS[version], version + 1)
        version += 1
    if version != _VERSION:
        raise CatalogError(
            f"{where}: expected version {_VERSION}, got {version}; {_AFRESH}"
        )


def _run(connection: sqlite3.Connection, script: str, version: int) -> None:
    """Change the schema, all or nothing: a kill in between leaves it as it was."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {version}; COMMIT;"
    )
