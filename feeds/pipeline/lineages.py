"""Keeps the ledger's lineages in step with what is registered and what is placed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from feeds.catalog import Catalog
from feeds.lineage import (
    Lineage,
    Terms,
    fresh_ids,
    moved,
    names_of,
    registered,
    went,
)
from feeds.pipeline.basis import EPOCH, registry_digest
from feeds.plan import PlanRules, default_stem, kind_of
from feeds.registry import Registered, Registry
from feeds.settings import Settings

_REGISTERED = "registered"  # the ledger's key: by which registry lineages were moved
_STANDING = "standing"  # that of the topics with a feed, as an older release kept them
_MOST_SPELLINGS = 64


def terms_of(settings: Settings, rules: PlanRules, now: datetime) -> Terms:
    """Return by what feeds without articles stay."""
    return Terms(
        registry=rules.registry,
        now_ts=now.timestamp(),
        grace_s=settings.feeds.empty_grace / timedelta(seconds=1),
    )


def adopt(catalog: Catalog, settings: Settings) -> None:
    """Begin with the feeds that an older release has left published."""
    if catalog.lineage("all"):
        return
    from feeds.pipeline.published import lineages_of  # noqa: PLC0415 - once in a life

    kept = catalog.remembered(_STANDING)
    stems = msgspec.json.decode(kept, type=list[str]) if kept else []
    rows = {stem: Lineage(stem=stem) for stem in stems}
    for each in catalog.selections():
        rows[each.base] = _begun(each.base, each.label)
    rows |= {each.stem: each for each in lineages_of(Path(settings.output.path))}
    catalog.store_lineages(rows.values())


def _begun(stem: str, label: str) -> Lineage:
    names = names_of(stem, Registry(platforms=frozenset()), (label,))
    return Lineage(stem=stem, label=label, names=names)


def follow(
    catalog: Catalog,
    rules: PlanRules,
    terms: Terms,
    authority: str,
    *,
    touched: Collection[str] | None,
    frozen: Collection[str],
) -> Collection[str] | None:
    """Bring the rows of all touched bases up to date, before these are published.

    Args:
        catalog: What is placed there decides.
        rules: What the settings say about feeds.
        terms: By what feeds without articles stay.
        authority: The tag authority that ids are minted under.
        touched: The bases whose articles may differ; None for all.
        frozen: The stems of feeds that stay as they are.

    Returns the touched bases, with those of feeds that end now.
    """
    _move(catalog, terms)
    if touched is not None and (ending := _ending(catalog, terms)):
        touched = {*touched, *ending}
        if placed := catalog.placed_under(counted=False):
            # So that a clock set back is noticed, and brings them back.
            catalog.keep_placed_under(placed[0], terms.now_ts)
    kept = {default_stem(stem) for stem in frozen}
    keeper = _Keeper(catalog=catalog, rules=rules, terms=terms, authority=authority)
    for base in sorted(_all_bases(catalog) if touched is None else touched):
        if base not in kept:
            keeper.keep(base)
    return touched


def unmake(catalog: Catalog, bases: Collection[str]) -> None:
    """Drop the rows of feeds that only began with articles which cannot be rendered."""
    with catalog.as_committed() as before:
        if not before.has_ledger():
            return  # what was learnt from documents had begun
        begun = [base for base in bases if not before.lineage(base)]
    catalog.forget_lineages(each for each in begun if not catalog.size(each))


def next_end(catalog: Catalog, terms: Terms) -> float | None:
    """Return when a feed without articles next ends, in seconds since 1970."""
    waning = (
        terms.end(row)
        for row in catalog.emptied()
        if terms.stands(row) and not terms.is_kept(row.stem)
    )
    return min(waning, default=None)


def standing(catalog: Catalog, terms: Terms) -> dict[str, str]:
    """Return the feeds that stand as of the last build: label by stem."""
    rows = catalog.lineages()
    return {row.stem: row.label for row in rows if terms.stands(row)}


def _ending(catalog: Catalog, terms: Terms) -> set[str]:
    """Return the bases of feeds that are published, and should be no longer."""
    return {row.stem for row in catalog.emptied() if not terms.stands(row)}


def _all_bases(catalog: Catalog) -> set[str]:
    rows = (row.stem for row in catalog.lineages() if not row.moved_to)
    return {"all", *catalog.bases(), *rows}


def _move(catalog: Catalog, terms: Terms) -> None:
    """Have lineages go where another registry sends them.

    Each feed's `updated` goes along, so that it never goes back for anybody.
    """
    digest = registry_digest(terms.registry)
    if catalog.remembered(_REGISTERED) == digest:
        return
    rows = catalog.lineages()
    changed = moved(rows, terms, catalog.sizes()).values()
    catalog.store_lineages(changed)
    catalog.store_feeds(_carried(went(changed, rows), catalog.feeds()))
    catalog.remember(_REGISTERED, digest)


def _carried(
    goals: Mapping[str, Collection[str]], feeds: Mapping[str, tuple[str, datetime]]
) -> dict[str, tuple[str, datetime]]:
    """Return the states of feeds that are no older than those whose readers they have."""
    found: dict[str, tuple[str, datetime]] = {}
    for stem, (_, updated) in feeds.items():
        base = default_stem(stem)
        for goal in goals.get(base, ()):
            ours = f"{goal}{stem.removeprefix(base)}"
            digest, seen = found.get(ours) or feeds.get(ours) or ("", EPOCH)
            if updated > seen:
                found[ours] = digest, updated
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeper:
    """Writes the row of one base after the other."""

    catalog: Catalog
    rules: PlanRules
    terms: Terms
    authority: str

    def keep(self, base: str) -> None:
        """Bring the row of a base up to date."""
        was = self.catalog.lineage(base)
        now = self._row(base, was)
        if now is not None and now != was:
            self.catalog.store_lineages((now,))

    def _row(self, base: str, was: Lineage | None) -> Lineage | None:
        stands = was is not None and self.terms.stands(was)
        size = self.catalog.size(base)
        if kind_of(base) == "all" or (size and (stands or self._begins(base, size))):
            return self._living(base, was, size, stands=stands)
        if was is None or not stands or size:
            return was
        known = self._known(base)
        return replace(
            was,
            id=was.id or self._id(base, was, stands=True),
            label=known.name if known else was.label,
            members=0,
            emptied_ts=was.emptied_ts or int(self.terms.now_ts),
        )

    def _living(
        self, base: str, was: Lineage | None, size: int, *, stands: bool
    ) -> Lineage:
        known = self._known(base)
        spellings = self.catalog.spellings(base, _MOST_SPELLINGS)
        label = known.name if known else next(iter(spellings), "")
        return Lineage(
            stem=base,
            id=self._id(base, was, stands=stands),
            label=label,
            names=names_of(base, self.terms.registry, spellings),
            members=size,
        )

    def _id(self, base: str, was: Lineage | None, *, stands: bool) -> str:
        """Return the id of a living feed: its own, unless another has it by now."""
        noted = was.id if was else ""
        if noted and (
            stands or not self.catalog.is_taken(noted, beside=base, standing=True)
        ):
            return noted
        return next(
            each
            for each in fresh_ids(self.authority, base)
            if not self.catalog.is_taken(each, beside=base, standing=False)
        )

    def _begins(self, base: str, size: int) -> bool:
        """Whether a feed begins that was not there: a free tag's needs some articles."""
        return (
            kind_of(base) != "topic"
            or self._known(base) is not None
            or size >= self.rules.tag_minimum
            or not self.catalog.is_free(base)
        )

    def _known(self, base: str) -> Registered | None:
        return registered(base, self.terms.registry)
