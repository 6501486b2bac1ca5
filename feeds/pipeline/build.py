"""One regeneration, from the scan to the manifest."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from feeds.catalog import FILE_NAME, Catalog, open_catalog, translated_errors
from feeds.errors import DamagedError, Problem
from feeds.lineage import Terms
from feeds.locks import building
from feeds.loss import ACCEPT
from feeds.output import version_of
from feeds.pipeline import basis, lineages
from feeds.pipeline.drafting import Plan
from feeds.pipeline.gathering import Gathered, gather, renewals, retold, told_outcomes
from feeds.pipeline.placing import Placer
from feeds.pipeline.publish import publish
from feeds.pipeline.recovery import learn_if_lost, make_anew
from feeds.pipeline.report import Clock, Progress, Report, Survey
from feeds.pipeline.shelf import Shelf
from feeds.pipeline.survey import take
from feeds.settings import Settings, state_path

if TYPE_CHECKING:  # a build with nothing new needs neither formats nor processes
    from feeds.pipeline.render import Render
    from feeds.pipeline.workers import Bench

Keep = Callable[[Gathered, Shelf, Report], None]
_LATEST_S = 2**33  # in the year 2242; nobody waits for an article dated later


def survey(
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress | None = None,
    renders: bool = False,
    render: "Render | None" = None,
) -> Survey:
    """Return what a regeneration at `now` would know, without writing anything.

    With `renders`, what feeds would hold is rendered as well, for its problems; `render`
    as for `regenerate`.

    Raises:
        SettingsError: a source does not exist.
        CatalogError: the state folder is unusable.
    """
    with opened(settings, private=True) as catalog:
        learn_if_lost(catalog, settings)
        lineages.adopt(catalog, settings)
        found = take(
            catalog,
            settings,
            now=now,
            clock=clock,
            jobs=jobs,
            progress=progress or _silent,
        )
        if renders:
            from feeds.pipeline.trial import problems_of_rendering  # noqa: PLC0415 - see above

            more = problems_of_rendering(
                catalog, settings, found, jobs=jobs, render=render
            )
            found = replace(found, problems=(*found.problems, *more))
        return replace(found, looks=catalog.looks())


def regenerate(
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress | None = None,
    force: bool = False,
    dry_run: bool = False,
    accept_loss: bool = False,
    accept: str = ACCEPT,
    repeats: bool = False,
    keep: Keep | None = None,
    render: "Render | None" = None,
) -> Report:
    """Bring the output folder up to date with the articles.

    Args:
        settings: The effective settings.
        now: The instant of this regeneration, aware; decides what is due, and dates
            what changes.
        clock: Tells how old files are, so it must be right whatever `now` is.
        jobs: Processes and threads to use.
        progress: Called with stage, done, total.
        force: Trust no cache: parse, render and write everything again.
        dry_run: Report what would change, and write nothing.
        accept_loss: Withdraw all articles whose files are gone, however many.
        accept: The command that does so, for whoever is told of a loss.
        repeats: Another build follows before long, so a file that may be half-written
            is left to that one; else it is given a second to come to rest.
        keep: Called with what was gathered, what is published and the report, for the
            build that follows; nobody else builds until it returns.
        render: Stands in for `feeds.pipeline.render.fragments_of`.

    Raises:
        SettingsError: a source does not exist.
        BusyError: another build is at work.
        CatalogError: the state folder is unusable, or a newer release's; a damaged
            catalog is set aside, except by a dry run.
        PublishError: the output folder could not be written.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    state_folder = state_path(settings)
    run = partial(
        _regenerated,
        settings,
        now=now,
        clock=clock,
        jobs=jobs,
        progress=progress or _silent,
        force=force,
        dry_run=dry_run,
        accept_loss=accept_loss,
        accept=accept,
        repeats=repeats,
        keep=keep,
        render=render,
    )
    if dry_run:
        return run()
    with building(Path(settings.output.path), state_folder):
        try:
            return run()
        except DamagedError as error:
            told = make_anew(settings, error, now)
        return run(told=(told,))


def _regenerated(
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    force: bool,
    dry_run: bool,
    accept_loss: bool,
    accept: str,
    repeats: bool,
    keep: Keep | None,
    render: "Render | None",
    told: tuple[Problem, ...] = (),
) -> Report:
    """Regenerate under the locks; `told` are problems of the catalog, to be reported.

    Raises:
        DamagedError: the catalog is damaged; nothing was published.
    """
    with opened(settings, private=dry_run) as catalog:
        told += learn_if_lost(catalog, settings)
        lineages.adopt(catalog, settings)
        found = gather(
            catalog,
            settings,
            now=now,
            clock=clock,
            jobs=jobs,
            progress=progress,
            force=force,
            accept_loss=accept_loss,
            accept=accept,
            repeats=repeats,
        )
        told += renewals(found, is_done=not dry_run)
        touched = place(catalog, settings, found, now)
        report, shelf, found = finish(
            catalog,
            settings,
            found,
            touched,
            told=told,
            now=now,
            jobs=jobs,
            progress=progress,
            force=force,
            dry_run=dry_run,
            render=render,
        )
    if keep:
        keep(found, shelf, report)
    return report


def place(
    catalog: Catalog,
    settings: Settings,
    found: Gathered,
    now: datetime,
    *,
    is_known: bool = False,
) -> set[str] | None:
    """Place what was gathered; return the bases that it touched, None for all.

    `is_known`: the catalog is as we left it.
    """
    site = basis.site_facts(settings, found.tag_authority)
    key = basis.placing_key(settings, site, found.rules.registry)
    placer = Placer(catalog=catalog, rules=found.rules, now_ts=now.timestamp())
    placed = catalog.placed_under(counted=not is_known)
    # Of what ended since, nothing is known: a clock set back may bring it back.
    if placed is None or placed[0] != key or placer.now_ts < placed[1]:
        placer.place_all(catalog.identities())
        touched = None
    else:
        paths = {*found.read, *found.gone, *catalog.due(placer.now_ts)}
        touched = placer.place(paths)
        if paths:
            catalog.keep_placed_under(key, placer.now_ts)
        # Documents that stayed as they were may be behind by more than is touched.
        return None if found.losses.is_open else touched
    catalog.keep_placed_under(key, placer.now_ts)
    return touched


def finish(
    catalog: Catalog,
    settings: Settings,
    found: Gathered,
    touched: set[str] | None,
    *,
    told: tuple[Problem, ...] = (),
    now: datetime,
    jobs: int,
    progress: Progress,
    force: bool = False,
    dry_run: bool = False,
    shelf: Shelf | None = None,
    bench: "Bench | None" = None,
    render: "Render | None" = None,
) -> tuple[Report, Shelf, Gathered]:
    """Publish what is placed; return the report, and what is published now.

    And what was gathered, as rendering left it. `told` are problems of this build alone;
    `bench` and `render` as for `publish`.
    """
    before = version_of(Path(settings.output.path))
    terms = lineages.terms_of(settings, found.rules, now)
    plan = Plan(
        rules=found.rules,
        terms=terms,
        tag_authority=found.tag_authority,
        touched=touched,
        frozen=_frozen(Path(settings.output.path), found),
        since=found.since,
    )
    done = publish(
        catalog,
        plan,
        settings,
        now=now,
        jobs=jobs,
        progress=progress,
        force=force,
        dry_run=dry_run,
        shelf=shelf,
        bench=bench,
        render=render,
    )
    found = retold(catalog, found, done.failed)
    counts = told_outcomes(found.outcomes)
    report = Report(
        now=now,
        files=sum(counts.values()),
        articles=counts.get("article", 0),
        held=counts.get("held", 0),
        quarantined=counts.get("quarantined", 0),
        empty=counts.get("empty", 0),
        pending=counts.get("pending", 0),
        late=found.outcomes.get("late", 0),
        published=catalog.size("all") + len(found.losses.unknown),
        parsed=found.parsed,
        rendered=done.rendered,
        feeds=done.shelf.feed_count,
        documents=len(done.shelf.records),
        written=done.written,
        removed=done.removed,
        problems=replace(found, problems=(*told, *found.problems)).all_problems,
        stale=found.stale,
        held_back=tuple(found.losses.held),
        losses=found.losses.told,
        emptied=found.losses.emptied,
        lasting=found.lasting,
        is_registered_anew=found.is_registered_anew,
        dry_run=dry_run,
        next_change=_instant(_next(catalog, terms)),
        next_expiry=_instant(catalog.next_expiry()),
        changed=done.changed,
        gone=done.gone,
        moved=done.shelf.moved,
        is_news=done.is_news,
        is_unfinished=bool(done.shelf.unfinished),
        before=before,
        after=version_of(Path(settings.output.path)),
    )
    return report, done.shelf, found


def _frozen(root: Path, found: Gathered) -> frozenset[str]:
    """Return the stems of feeds that stay as they are: what they hold is not known."""
    if not found.losses.unknown:
        return frozenset()
    from feeds.pipeline.published import stems_holding  # noqa: PLC0415 - rarely

    return stems_holding(root, found.losses.unknown)


def _next(catalog: Catalog, terms: Terms) -> float | None:
    """Return when an article next comes or goes by itself, or a feed ends."""
    found = (catalog.next_due(), lineages.next_end(catalog, terms))
    return min((each for each in found if each is not None), default=None)


def _instant(due_ts: float | None) -> datetime | None:
    """Return the instant of the build that something is due for: a whole second."""
    if due_ts is None or due_ts > _LATEST_S:
        return None
    return datetime.fromtimestamp(ceil(due_ts), UTC)


@contextlib.contextmanager
def opened(settings: Settings, *, private: bool) -> Iterator[Catalog]:
    """Open the catalog; see `feeds.catalog.open_catalog`, and `translated`."""
    with (
        translated(settings),
        open_catalog(state_path(settings), private=private) as catalog,
    ):
        yield catalog


@contextlib.contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Raise what is wrong with the catalog as errors of ours.

    What is whole by SQLite but no value of ours is damage, too.

    Raises:
        DamagedError: it is damaged.
        CatalogError: it cannot be read or written.
    """
    where = state_path(settings) / FILE_NAME
    try:
        with translated_errors(where):
            yield
    except msgspec.DecodeError as error:
        raise DamagedError(file=str(where), fault=str(error)) from error


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass
