"""Keeps the catalog's placements in step with the articles, touching only what changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from feeds.catalog import Catalog, Identity, Live, Place
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.plan import Placing, PlanRules, canonical, exclusion, memberships, turn
from feeds.rank import hotness


@dataclass(frozen=True, slots=True, kw_only=True)
class Placer:
    """Places articles by `rules`, as of `now_ts`, in seconds since 1970."""

    catalog: Catalog
    rules: PlanRules
    now_ts: float

    def place_all(self, identities: Mapping[str, Identity]) -> None:
        """Place every good version in the catalog, and nothing else."""
        placings = map(basis.decode_placing, dict(self.catalog.placings()).values())
        found = (self._live(each, identities[each.path]) for each in placings)
        self.catalog.place_all([live for live in found if live])

    def place(self, paths: Iterable[str]) -> set[str]:
        """Place these articles anew; return the bases whose feeds may differ by that."""
        touched: set[str] = set()
        for path in sorted(paths):
            before, now = self.catalog.live(path), self._now(path)
            if before != now:
                self.catalog.place(before, now)
                touched |= {
                    each.base for live in (before, now) for each in _places(live)
                }
        return touched

    def _now(self, path: str) -> Live | None:
        content, identity = self.catalog.placing(path), self.catalog.identity(path)
        if content is None or identity is None:
            return None
        return self._live(basis.decode_placing(content), identity)

    def _live(self, placing: Placing, identity: Identity) -> Live | None:
        """Return what places an article; None when it will never be in a feed."""
        found = canonical(dated(placing, identity), self.rules.registry)
        due_ts = turn(found, self.now_ts)
        is_in = not exclusion(found, self.now_ts)
        if not is_in and due_ts is None:
            return None
        return Live(
            path=found.path,
            mark=basis.digest(found.revision, identity.id, identity.updated),
            published_ts=found.published_ts,
            seen_ts=int(identity.first_seen.timestamp()),
            heat=found.heat,
            quality=found.quality,
            hotness=hotness(found, self.rules.half_life.total_seconds()),
            updated=int(identity.updated.timestamp()),
            due_ts=due_ts,
            places=tuple(self._memberships(found)) if is_in else (),
        )

    def _memberships(self, placing: Placing) -> Iterator[Place]:
        is_free = placing.has_free_topics
        yield Place(base="all", spelling="", is_free=is_free)
        for base, (_, name) in dict(memberships(placing, self.rules)).items():
            yield Place(base=base, spelling=name, is_free=is_free)


def _places(live: Live | None) -> tuple[Place, ...]:
    return live.places if live else ()
