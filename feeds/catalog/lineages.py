"""The ledger's table lineage: every stem that was ever a feed's, and who carries it on."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from typing import Any

from feeds.lineage import Lineage

_ALL = (
    "SELECT stem, id, moved_to, lineage.label, names, members, emptied_ts FROM lineage {}"
    " WHERE {} ORDER BY stem"
)
_PUBLISHED = "CROSS JOIN selection ON base = stem"  # in this order: few are empty


class Lineages:
    """One row for each stem; see `feeds.lineage.Lineage`."""

    _db: sqlite3.Connection

    def lineage(self, stem: str) -> Lineage | None:
        """Return what is known of a stem."""
        return next(self._lineages("stem = ?", (stem,)), None)

    def lineages(self) -> list[Lineage]:
        """Return all rows by stem."""
        return list(self._lineages("1", ()))

    def store_lineages(self, rows: Iterable[Lineage]) -> None:
        """Record these rows in place of older ones."""
        self._db.executemany(
            "INSERT OR REPLACE INTO lineage VALUES (?, ?, ?, ?, ?, ?, ?)",
            map(astuple, rows),
        )

    def forget_lineages(self, stems: Iterable[str]) -> None:
        """Drop the rows of feeds that turned out to be none yet."""
        self._db.executemany(
            "DELETE FROM lineage WHERE stem = ?", ((stem,) for stem in stems)
        )

    def holders(self) -> dict[str, str]:
        """Return the stems that moved, each with that which holds its lineage.

        One that was merged into another feed may stand by itself again, under any of
        its names: its id tells.
        """
        rows = self._db.execute(
            "SELECT was.stem, IFNULL(now.stem, was.moved_to) FROM lineage AS was"
            " LEFT JOIN lineage AS now"
            " ON now.id = was.id AND now.moved_to = '' AND now.id != ''"
            " WHERE was.moved_to != '' ORDER BY was.stem"
        )
        return dict(rows.fetchall())

    def is_taken(self, feed_id: str, *, beside: str, standing: bool) -> bool:
        """Whether another stem has an id; with `standing`, only one that did not move."""
        query = "SELECT 1 FROM lineage WHERE id = ? AND stem != ?"
        if standing:
            query += " AND moved_to = ''"
        row = self._db.execute(f"{query} LIMIT 1", (feed_id, beside)).fetchone()
        return row is not None

    def emptied(self) -> list[Lineage]:
        """Return the rows of feeds that are published without articles."""
        return list(self._lineages("emptied_ts != 0", (), joined=_PUBLISHED))

    def ids_in(self, folder: str, *, beside: str) -> dict[str, str]:
        """Return the ids, by stem, of the feeds in a folder such as "providers".

        But for those that are `beside` and the stem: all, as a rule, and there are many.
        """
        rows = self._db.execute(
            "SELECT stem, id FROM lineage WHERE stem > ? AND stem < ?"
            " AND moved_to = '' AND id != '' AND id != ? || stem",
            (f"{folder}/", f"{folder}0", beside),
        )
        return dict(rows.fetchall())

    def _lineages(
        self, where: str, values: tuple[Any, ...], *, joined: str = ""
    ) -> Iterator[Lineage]:
        for row in self._db.execute(_ALL.format(joined, where), values):
            yield Lineage(
                stem=row[0],
                id=row[1],
                moved_to=row[2],
                label=row[3],
                names=row[4],
                members=row[5],
                emptied_ts=row[6],
            )
