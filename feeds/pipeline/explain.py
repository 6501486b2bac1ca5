"""Why an article is in a feed, out of it, or at that rank."""

from collections.abc import Iterator
from dataclasses import dataclass

from feeds.pipeline.report import Survey
from feeds.plan import (
    DEFAULT_ORDERS,
    Kind,
    Placing,
    PlanRules,
    exclusion,
    memberships,
)
from feeds.rank import by_entry, hotness, ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An article's place in one feed: `rank` from 1, or None; `why` in words."""

    feed: str
    order: str
    rank: int | None
    of: int
    why: str


def standings(found: Survey, placing: Placing, *, now_ts: float) -> Iterator[Standing]:
    """Yield where a published article stands in every feed it could be in."""
    published = [p for p in found.placings.values() if not exclusion(p, now_ts)]
    rules, bases = found.rules, {feed.base for feed in found.feeds}
    selections: dict[str, Kind] = {"all": "all"}
    selections |= {base: kind for base, (kind, _) in memberships(placing, rules)}
    for base, kind in selections.items():
        rivals = _Rivals(base, published, rules)
        default = DEFAULT_ORDERS[kind]
        if base not in bases:
            yield rivals.too_few(base, default)
            continue
        for order in dict.fromkeys((default, *rules.orders)):
            stem = base if order == default else f"{base}/{order}"
            yield rivals.standing(stem, order, placing)


class _Rivals:
    """The published articles of one selection, the article in question included."""

    def __init__(self, base: str, published: list[Placing], rules: PlanRules) -> None:
        self._rules = rules
        self._all = [
            p for p in published if base == "all" or base in dict(memberships(p, rules))
        ]

    def too_few(self, base: str, order: str) -> Standing:
        """Return why the article is in no feed of a free tag."""
        count, minimum = len(self._all), self._rules.tag_minimum
        why = f"a free tag, on {count} of the {minimum} articles that begin a feed"
        return Standing(feed=base, order=order, rank=None, of=count, why=why)

    def standing(self, stem: str, order: str, placing: Placing) -> Standing:
        """Return the article's place in the feed of this order."""
        members = self._ranked(order, self._rules.limit)
        rank = members.index(placing) + 1 if placing in members else None
        why = self._why(order, placing)
        if rank is None and order != "top":
            why += f"; beyond the limit of {self._rules.limit}"
        return Standing(feed=stem, order=order, rank=rank, of=len(members), why=why)

    def _why(self, order: str, placing: Placing) -> str:
        newest = max(rival.published_ts for rival in self._all)
        age_s = newest - placing.published_ts
        if order == "top" and age_s > self._rules.window_s:
            return (
                f"{age_s / 86_400:.1f} days older than the newest: outside the window"
            )
        # "latest" and "heat" select by date before they sort.
        sequence = (
            by_entry(order, self._all)
            if order in {"latest", "heat"}
            else self._ranked(order, len(self._all))
        )
        place = f"number {sequence.index(placing) + 1} of {len(sequence)}"
        heat = f"heat {placing.heat:g}"
        hot = hotness(placing, self._rules.half_life.total_seconds())
        return {
            "latest": f"{place} by date",
            "heat": f"{place} by date, then by {heat}",
            "hot": f"{place} by hotness {hot:.3f}, {heat}",
            "top": f"{place} in the window by {heat}",
        }[order]

    def _ranked(self, order: str, limit: int) -> list[Placing]:
        return ranked(
            order,
            self._all,
            limit=limit,
            half_life_s=self._rules.half_life.total_seconds(),
            window_s=self._rules.window_s,
        )
