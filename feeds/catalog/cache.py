"""What can be made again from the articles, and the last good versions it leaves."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from feeds.catalog.rows import ArticleRow, Known, LastGood
from feeds.catalog.schema import CACHE_TABLES

_HELD = frozenset(("held", "undated"))  # by policy; the latter wait for a first commit


class Cache:
    """The tables article, problem and fragment: files, as they were last parsed.

    A good version that a broken one takes the place of moves to the ledger's table
    last_good, and stands in for it until the file is mended or goes.
    """

    _db: sqlite3.Connection

    def forget_cache(self) -> None:
        """Drop all that can be derived again.

        Of each article the good version stays until its file is parsed again: should
        that be broken by now, it is the last one.
        """
        self._db.execute(
            "INSERT INTO last_good SELECT path, rules, placing, article FROM article"
            " WHERE article IS NOT NULL ON CONFLICT (path) DO NOTHING"
        )
        for table in CACHE_TABLES:
            if table != "fragment":
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        # Of no revision that there is, so all are rendered again; but should one fail,
        # what was rendered last is here (see `last_fragments`).
        self._db.execute(
            "UPDATE fragment SET revision = '-' || substr(revision, instr(revision, ' '))"
        )

    def known(self) -> dict[str, Known]:
        """Return what is known of every file, by path."""
        rows = self._db.execute(
            "SELECT path, size, mtime_ns, inode, rules, outcome, measured FROM article"
        )
        return {row[0]: _known(row) for row in rows}

    def known_of(self, path: str) -> Known | None:
        """Return what is known of one file."""
        row = self._db.execute(
            "SELECT path, size, mtime_ns, inode, rules, outcome, measured FROM article"
            " WHERE path = ?",
            (path,),
        ).fetchone()
        return _known(row) if row else None

    def measured(self) -> list[tuple[str, str]]:
        """Return (path, `measured`) of each file for which media files were measured."""
        return self._db.execute(
            "SELECT path, measured FROM article WHERE measured != ''"
        ).fetchall()

    def store(self, found: Iterable[ArticleRow]) -> None:
        """Replace what is known of these files; a good version turned bad is kept."""
        rows = list(found)
        good = [(row.file.path,) for row in rows if row.outcome == "article"]
        self._db.executemany("DELETE FROM last_good WHERE path = ?", good)
        for row in rows:
            if row.outcome != "article":
                self._keep_last_good(row)
        self._store_rows(rows)

    def _keep_last_good(self, row: ArticleRow) -> None:
        """Keep the good version that a broken one takes the place of.

        One that is merely held now has lost its date or its front matter, and is
        broken too, unless it is the rules that have changed: then they withdraw it.
        """
        path = row.file.path
        if row.outcome in _HELD and self._was_under_other_rules(path, row.rules):
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
        # Behind the colon are the policies; nothing else withdraws an article.
        return bool(was) and was[0].partition(":")[2] != rules.partition(":")[2]

    def _store_rows(self, rows: Sequence[ArticleRow]) -> None:
        self._db.executemany(
            "INSERT INTO article (path, size, mtime_ns, inode, rules, outcome, placing,"
            " article, look, measured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET size = excluded.size,"
            " mtime_ns = excluded.mtime_ns, inode = excluded.inode,"
            " rules = excluded.rules, outcome = excluded.outcome,"
            " placing = excluded.placing, article = excluded.article,"
            " look = excluded.look, measured = excluded.measured",
            [
                (
                    *(row.file.path, row.file.size_bytes, row.file.mtime_ns),
                    *(row.file.inode, row.rules, row.outcome, row.placing),
                    *(row.article, row.look, row.measured),
                )
                for row in rows
            ],
        )
        self._db.executemany(
            "DELETE FROM problem WHERE path = ?", [(row.file.path,) for row in rows]
        )
        self._db.executemany(
            "INSERT INTO problem VALUES (?, ?, ?)",
            [
                (row.file.path, number, each)
                for row in rows
                for number, each in enumerate(row.problems)
            ],
        )

    def forget(self, paths: Collection[str]) -> None:
        """Drop files that are no longer there; the ledger keeps their identity."""
        for table in ("article", "problem", "fragment", "last_good"):
            self._db.executemany(
                f"DELETE FROM {table} WHERE path = ?",  # noqa: S608 - our own names
                [(path,) for path in paths],
            )

    def hold_back(self, paths: Collection[str]) -> None:
        """Keep the good versions of files that are gone, and nothing else of these.

        They are then like the last good versions of broken files.
        """
        each = [(path,) for path in paths]
        self._db.executemany(
            "INSERT INTO last_good SELECT path, rules, placing, article FROM article"
            " WHERE path = ? AND article IS NOT NULL ON CONFLICT (path) DO NOTHING",
            each,
        )
        for table in ("article", "problem"):
            self._db.executemany(
                f"DELETE FROM {table} WHERE path = ?",  # noqa: S608 - our own names
                each,
            )

    def good_version(self, path: str) -> LastGood | None:
        """Return the good version of one article, be it the last one."""
        row = self._db.execute(
            "SELECT path, rules, placing, article FROM article"
            " WHERE path = ? AND article IS NOT NULL"
            " UNION ALL SELECT path, rules, placing, article FROM last_good"
            " WHERE path = ?",
            (path, path),
        ).fetchone()
        if row is None:
            return None
        return LastGood(path=row[0], rules=row[1], placing=row[2], article=row[3])

    def withdraw(self, path: str, outcome: str, standin: LastGood | None) -> None:
        """Give a good version another outcome, and have `standin` stand in for it."""
        self._db.execute(
            "UPDATE article SET outcome = ?, placing = NULL, article = NULL"
            " WHERE path = ?",
            (outcome, path),
        )
        self.forget_last_good(path)
        if standin:
            self._db.execute(
                "INSERT INTO last_good VALUES (?, ?, ?, ?)",
                (path, standin.rules, standin.placing, standin.article),
            )

    def forget_last_good(self, path: str) -> None:
        """Drop the last good version of a broken file."""
        self._db.execute("DELETE FROM last_good WHERE path = ?", (path,))

    def move_last_good(self, path: str, placing: bytes) -> None:
        """Place the last good version of a broken file otherwise."""
        self._db.execute(
            "UPDATE last_good SET placing = ? WHERE path = ?", (placing, path)
        )

    def placings(self) -> Iterator[tuple[str, bytes]]:
        """Yield (path, placing) of every good version, the last good included."""
        yield from self._db.execute(
            "SELECT path, placing FROM article WHERE placing IS NOT NULL"
            " UNION ALL SELECT path, placing FROM last_good ORDER BY path"
        ).fetchall()

    def placing(self, path: str) -> bytes | None:
        """Return the placing of the good version of one article."""
        row = self._db.execute(
            "SELECT placing FROM article WHERE path = ? AND placing IS NOT NULL"
            " UNION ALL SELECT placing FROM last_good WHERE path = ?",
            (path, path),
        ).fetchone()
        return row[0] if row else None

    def problems(self) -> list[bytes]:
        """Return every problem, by path and in the order found."""
        rows = self._db.execute("SELECT problem FROM problem ORDER BY path, number")
        return [row[0] for row in rows]

    def problems_of(self, path: str) -> list[bytes]:
        """Return the problems of one file, in the order found."""
        rows = self._db.execute(
            "SELECT problem FROM problem WHERE path = ? ORDER BY number", (path,)
        )
        return [row[0] for row in rows]

    def add_problem(self, path: str, problem: bytes) -> None:
        """Add one to the problems of a file."""
        self._db.execute(
            "INSERT INTO problem SELECT ?, COUNT(*), ? FROM problem WHERE path = ?",
            (path, problem, path),
        )

    def look(self, path: str) -> str:
        """Return the preset that one file looks like, or ""."""
        row = self._db.execute(
            "SELECT look FROM article WHERE path = ?", (path,)
        ).fetchone()
        return row[0] if row else ""

    def looks(self) -> dict[str, str]:
        """Return the preset that each file with front matter looks like, by path."""
        rows = self._db.execute("SELECT path, look FROM article WHERE look != ''")
        return dict(rows.fetchall())

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

    def last_fragments(self, path: str) -> tuple[str, bytes] | None:
        """Return what was last rendered of an article, and of which revision that is."""
        row = self._db.execute(
            "SELECT revision, formats FROM fragment WHERE path = ?", (path,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def revisions(self) -> dict[str, str]:
        """Return the revision of each article's fragments, by path."""
        return dict(self._db.execute("SELECT path, revision FROM fragment").fetchall())

    def store_fragments(self, path: str, revision: str, formats: bytes) -> None:
        """Keep an article's fragments in place of an older revision's."""
        self._db.execute(
            "INSERT INTO fragment VALUES (?, ?, ?) ON CONFLICT (path)"
            " DO UPDATE SET revision = excluded.revision, formats = excluded.formats",
            (path, revision, formats),
        )


def _known(row: tuple[Any, ...]) -> Known:
    return Known(
        size_bytes=row[1],
        mtime_ns=row[2],
        inode=row[3],
        rules=row[4],
        outcome=row[5],
        measured=row[6],
    )
