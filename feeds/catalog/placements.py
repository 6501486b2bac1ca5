"""Which articles are live, and where: what a feed's members are found by.

A row of `live` an article that is, or will be, in some feed; a row of `placement` for
each selection it is in now, so that the newest or hottest of any are one index seek
however large the archive; `spelling` counts how articles spell a selection's name;
`selection` has those that are published.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.rank import score

# The first so many, before anything else is asked of them.
_MEMBERS = (
    "SELECT p.path, l.published_ts, l.seen_ts, l.heat, l.quality, l.mark, l.updated"
    " FROM (SELECT path FROM placement WHERE base = ? {} LIMIT ?) p"
    " JOIN live l ON l.path = p.path"
)
# As `feeds.rank` has it.
_BY_ORDER: Mapping[str, str] = {
    "latest": _MEMBERS.format(
        "ORDER BY published_ts DESC, seen_ts DESC, score DESC, path"
    ),
    "heat": _MEMBERS.format(
        "ORDER BY published_ts DESC, score DESC, seen_ts DESC, path"
    ),
    "hot": _MEMBERS.format("ORDER BY hotness DESC, published_ts DESC, path"),
    "top": _MEMBERS.format(
        "AND published_ts >= ? ORDER BY score DESC, published_ts DESC, path"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A selection that an article is in: its base, its name as the article spells it.

    `is_free`: the article is in it by a free tag only.
    """

    base: str
    spelling: str
    is_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What places an article in feeds; without places it is not in any yet.

    `mark` changes whenever its entry does; `hotness` is its key in the order "hot";
    `seen_ts`, when it was first seen, `updated` and `due_ts` are seconds since 1970, the
    last when it next comes or goes by itself, or None.
    """

    path: str
    mark: str
    published_ts: float
    seen_ts: int
    heat: float
    quality: float
    hotness: float
    updated: int
    due_ts: float | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article as a member of a feed; the fields are those of `Live`."""

    path: str
    published_ts: float
    seen_ts: int
    heat: float
    quality: float
    mark: str
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A selection whose feeds are published: the name readers know it by, the feed's id.

    The id is that of its default order; those of others begin with it.
    """

    base: str
    label: str
    id: str


_SELECTIONS = (
    "SELECT base, selection.label, IFNULL(id, '') FROM selection"
    " LEFT JOIN lineage ON stem = base"
)
_PLACES = msgspec.msgpack.Decoder(tuple[Place, ...])
_NOWHERE = msgspec.msgpack.encode(())


class Placements:
    """The tables live, placement, spelling and selection, and what they were made for."""

    _db: sqlite3.Connection

    def placed_under(self, *, counted: bool) -> tuple[str, float] | None:
        """Return the key and the instant that all rows were made for.

        None when they are to be made anew: there are none, or, if they are `counted`,
        some are missing.
        """
        row = self._db.execute("SELECT key, now_ts, rows FROM placed").fetchone()
        is_whole = row is not None and (not counted or row[2] == self._counted())
        return (row[0], row[1]) if is_whole else None

    def keep_placed_under(self, key: str, now_ts: float) -> None:
        """Record what all rows were made for."""
        self._db.execute("UPDATE placed SET key = ?, now_ts = ?", (key, now_ts))

    def _counted(self) -> int:
        counts = (
            self._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("live", "placement")
        )
        return sum(counts)

    def live(self, path: str) -> Live | None:
        """Return what places an article."""
        row = self._db.execute("SELECT * FROM live WHERE path = ?", (path,)).fetchone()
        return _live(row) if row else None

    def count_published(self, start: str, end: str | None, most: int | None) -> int:
        """Return how many articles with a path from `start` up to `end` are in feeds.

        `end` is none of them, None for no end; at most `most` are counted, if not None.
        """
        row = self._db.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM live WHERE path >= ?1"
            " AND (?2 IS NULL OR path < ?2) AND places <> ?3 LIMIT ?4)",
            (start, end, _NOWHERE, -1 if most is None else most),
        ).fetchone()
        return int(row[0])

    def due(self, now_ts: float) -> list[str]:
        """Return the paths of articles that come or go by `now_ts`."""
        rows = self._db.execute("SELECT path FROM live WHERE due_ts <= ?", (now_ts,))
        return [row[0] for row in rows]

    def next_due(self) -> float | None:
        """Return when an article next comes or goes by itself, in seconds since 1970."""
        row = self._db.execute(
            "SELECT MIN(due_ts) FROM live WHERE due_ts IS NOT NULL"
        ).fetchone()
        return float(row[0]) if row[0] is not None else None

    def next_expiry(self) -> float | None:
        """Return when an article that is published now next goes by itself."""
        # What one that is not published yet is due for is its date.
        row = self._db.execute(
            "SELECT due_ts FROM live WHERE due_ts IS NOT NULL AND due_ts > published_ts"
            " ORDER BY due_ts LIMIT 1"
        ).fetchone()
        return float(row[0]) if row else None

    def place(self, before: Live | None, now: Live | None) -> None:
        """Put an article where it is now, in place of where it was."""
        rows = sum(1 + len(each.places) for each in (now,) if each)
        rows -= sum(1 + len(each.places) for each in (before,) if each)
        self._db.execute("UPDATE placed SET rows = rows + ?", (rows,))
        if before:
            self._db.executemany(
                "DELETE FROM placement WHERE base = ? AND published_ts = ?"
                " AND seen_ts = ? AND score = ? AND path = ?",
                [_key(each.base, before) for each in before.places],
            )
            self._count(before.places, -1)
        if before and not now:
            self._db.execute("DELETE FROM live WHERE path = ?", (before.path,))
        if now:
            self._insert([now])
            self._count(now.places, 1)

    def place_all(self, lives: Sequence[Live]) -> None:
        """Place these articles, and nothing else."""
        for table in ("live", "placement", "spelling", "placed"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self._insert(lives)
        spellings = Counter(
            (each.base, each.spelling) for live in lives for each in live.places
        )
        self._db.executemany(
            "INSERT INTO spelling VALUES (?, ?, ?)",
            [(*names, count) for names, count in spellings.items()],
        )
        rows = sum(1 + len(live.places) for live in lives)
        self._db.execute("INSERT INTO placed VALUES ('', 0, ?)", (rows,))

    def _insert(self, lives: Sequence[Live]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(live.path, live.mark, live.published_ts, live.seen_ts),
                    *(live.heat, live.quality),
                    *(live.hotness, live.updated, live.due_ts),
                    msgspec.msgpack.encode(live.places),
                )
                for live in lives
            ],
        )
        rows = [
            (*_key(place.base, live), live.hotness, place.is_free)
            for live in lives
            for place in live.places
        ]
        # As they are stored.
        rows.sort(key=lambda row: (row[0], -row[1], -row[2], -row[3], row[4]))
        self._db.executemany("INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _count(self, places: Iterable[Place], change: int) -> None:
        names = [(each.base, each.spelling, change) for each in places]
        self._db.executemany(
            "INSERT INTO spelling VALUES (?, ?, ?) ON CONFLICT (base, spelling)"
            " DO UPDATE SET count = count + excluded.count",
            names,
        )
        if change < 0:
            self._db.executemany(
                "DELETE FROM spelling WHERE base = ? AND count <= 0",
                {(each.base,) for each in places},
            )

    def bases(self) -> list[str]:
        """Return the bases of all selections that an article is in."""
        rows = self._db.execute("SELECT DISTINCT base FROM spelling ORDER BY base")
        return [row[0] for row in rows]

    def spelling(self, base: str) -> str:
        """Return a selection's most frequent spelling; of equals the alphabet's first."""
        row = self._db.execute(
            "SELECT spelling FROM spelling WHERE base = ?"
            " ORDER BY count DESC, spelling LIMIT 1",
            (base,),
        ).fetchone()
        return str(row[0]) if row else ""

    def spellings(self, base: str, limit: int) -> list[str]:
        """Return the most frequent spellings of a selection's name, in order."""
        rows = self._db.execute(
            "SELECT spelling FROM spelling WHERE base = ?"
            " ORDER BY count DESC, spelling LIMIT ?",
            (base, limit),
        )
        return [row[0] for row in rows]

    def sizes(self) -> dict[str, int]:
        """Return how many articles are in each selection that has any."""
        rows = self._db.execute("SELECT base, SUM(count) FROM spelling GROUP BY base")
        return {row[0]: int(row[1]) for row in rows}

    def size(self, base: str) -> int:
        """Return how many articles are in a selection."""
        row = self._db.execute(
            "SELECT SUM(count) FROM spelling WHERE base = ?", (base,)
        ).fetchone()
        return int(row[0] or 0)

    def is_free(self, base: str) -> bool:
        """Whether a selection's articles are all in it by free tags only."""
        row = self._db.execute(
            "SELECT 1 FROM placement WHERE base = ? AND NOT is_free LIMIT 1", (base,)
        ).fetchone()
        return row is None

    def members(
        self, base: str, order: str, limit: int, window_s: float
    ) -> Iterator[Member]:
        """Yield whom a selection's feed in an order has room for, in no certain order.

        Args:
            base: Of the selection.
            order: One that `feeds.rank` knows.
            limit: How many the feed has room for.
            window_s: How much older than the newest they may be in the order "top".
        """
        values: tuple[object, ...] = (base, limit)
        if order == "top":
            newest = next(self._members(_BY_ORDER["latest"], (base, 1)), None)
            since_ts = newest.published_ts - window_s if newest else 0
            values = (base, since_ts, limit)
        return self._members(_BY_ORDER[order], values)

    def _members(self, query: str, values: tuple[object, ...]) -> Iterator[Member]:
        for row in self._db.execute(query, values):
            yield Member(
                path=row[0],
                published_ts=row[1],
                seen_ts=row[2],
                heat=row[3],
                quality=row[4],
                mark=row[5],
                updated=datetime.fromtimestamp(row[6], UTC),
            )

    def selections(self) -> list[Selection]:
        """Return all selections that are published, by base."""
        rows = self._db.execute(f"{_SELECTIONS} ORDER BY base")
        return [Selection(base=row[0], label=row[1], id=row[2]) for row in rows]

    def selection(self, base: str) -> Selection | None:
        """Return a selection if it is published."""
        row = self._db.execute(f"{_SELECTIONS} WHERE base = ?", (base,)).fetchone()
        return Selection(base=row[0], label=row[1], id=row[2]) if row else None

    def select(self, base: str, selection: Selection | None) -> None:
        """Record that a selection is published, or that it is not."""
        if selection is None:
            self._db.execute("DELETE FROM selection WHERE base = ?", (base,))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO selection VALUES (?, ?)",
                (base, selection.label),
            )


def _key(base: str, live: Live) -> tuple[str, float, int, float, str]:
    """Return the key of an article's row in the table placement."""
    # Infinity is a number to SQLite, too.
    return base, live.published_ts, live.seen_ts, score(live.heat), live.path


def _live(row: tuple[Any, ...]) -> Live:
    return Live(
        path=row[0],
        mark=row[1],
        published_ts=row[2],
        seen_ts=row[3],
        heat=row[4],
        quality=row[5],
        hotness=row[6],
        updated=row[7],
        due_ts=row[8],
        places=_PLACES.decode(row[9]),
    )
