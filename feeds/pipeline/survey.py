"""All that is known before anything is rendered, for those who want to look at it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from feeds.catalog import Catalog, Identity
from feeds.parse.rules import Parsed
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.pipeline.gathering import Gathered, gather, renewals, told_outcomes
from feeds.pipeline.lineages import standing, terms_of
from feeds.pipeline.report import Clock, Progress, Survey
from feeds.plan import Placing, PlanRules, canonical, plan
from feeds.settings import Settings


def take(
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    force: bool = False,
    accept_loss: bool = False,
    repeats: bool = False,
    parse: Callable[..., Parsed] | None = None,
) -> Survey:
    """Bring the catalog up to date with the sources, and plan all feeds in memory.

    As `gather` does; nothing is committed.
    """
    found = gather(
        catalog,
        settings,
        now=now,
        clock=clock,
        jobs=jobs,
        progress=progress,
        force=force,
        accept_loss=accept_loss,
        repeats=repeats,
        parse=parse,
    )
    return surveyed(catalog, settings, found, now)


def surveyed(
    catalog: Catalog, settings: Settings, found: Gathered, now: datetime
) -> Survey:
    """Return all that is known once everything is gathered."""
    identities = catalog.identities()
    placings = {
        path: _as_placed(content, identities[path], found.rules)
        for path, content in catalog.placings()
    }
    planned = plan(
        placings.values(),
        found.rules,
        now_ts=now.timestamp(),
        standing=standing(catalog, terms_of(settings, found.rules, now)),
    )
    return Survey(
        placings=placings,
        identities=identities,
        feeds=tuple(planned),
        rules=found.rules,
        problems=found.all_problems,
        outcomes=told_outcomes(found.outcomes),
        stale=found.stale,
        parsed=found.parsed,
        files=found.files,
        passed_over=found.passed_over,
        held_back=found.losses.held,
        lasting=(*found.lasting, *renewals(found, is_done=False)),
    )


def _as_placed(content: bytes, identity: Identity, rules: PlanRules) -> Placing:
    """Return what places an article, by the ledger and under the names that count."""
    placing = dated(basis.decode_placing(content), identity)
    seen_ts = identity.first_seen.timestamp()
    return canonical(replace(placing, seen_ts=seen_ts), rules.registry)
