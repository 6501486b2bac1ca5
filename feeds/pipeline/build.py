"""One regeneration, from the scan to the manifest."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from feeds.catalog import FILE_NAME, Catalog, open_catalog
from feeds.errors import DamagedError, Problem
from feeds.output import locked
from feeds.pipeline.publish import publish
from feeds.pipeline.recovery import learn_if_lost, make_anew
from feeds.pipeline.report import Clock, Progress, Report, Survey
from feeds.pipeline.survey import take
from feeds.plan import exclusion
from feeds.settings import Settings, state_path


def survey(
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress | None = None,
) -> Survey:
    """Return what a regeneration at `now` would know, without writing anything.

    Raises:
        SettingsError: a source does not exist.
        CatalogError: the state folder is unusable.
    """
    with _open(settings, private=True) as catalog:
        learn_if_lost(catalog, settings)
        found = take(
            catalog,
            settings,
            now=now,
            clock=clock,
            jobs=jobs,
            progress=progress or _silent,
        )
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
    repeats: bool = False,
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
        accept_loss: Publish even when most articles have vanished at once.
        repeats: Another build follows before long, so a file that may be half-written
            is left to that one; else it is given a second to come to rest.

    Raises:
        SettingsError: a source does not exist.
        BusyError: another build is at work.
        CatalogError: the state folder is unusable, or a newer release's; a damaged
            catalog is set aside, except by a dry run.
        PublishError: the output folder could not be written, or most articles vanished.
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
        repeats=repeats,
    )
    if dry_run:
        return run()
    with locked(Path(settings.output.path)), locked(state_folder):
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
    repeats: bool,
    told: tuple[Problem, ...] = (),
) -> Report:
    """Regenerate under the locks; `told` are problems of the catalog, to be reported.

    Raises:
        DamagedError: the catalog is damaged; nothing was published.
    """
    with _open(settings, private=dry_run) as catalog:
        told += learn_if_lost(catalog, settings)
        found = take(
            catalog,
            settings,
            now=now,
            clock=clock,
            jobs=jobs,
            progress=progress,
            force=force,
            accept_loss=accept_loss,
            repeats=repeats,
        )
        done = publish(
            catalog,
            found,
            settings,
            now=now,
            jobs=jobs,
            progress=progress,
            force=force,
            dry_run=dry_run,
        )
    now_ts = now.timestamp()
    outcomes = found.outcomes
    return Report(
        now=now,
        files=sum(outcomes.values()),
        articles=outcomes.get("article", 0),
        held=outcomes.get("held", 0),
        quarantined=outcomes.get("quarantined", 0),
        empty=outcomes.get("empty", 0),
        pending=outcomes.get("pending", 0),
        published=sum(not exclusion(p, now_ts) for p in found.placings.values()),
        parsed=found.parsed,
        rendered=done.rendered,
        feeds=len(found.feeds),
        documents=done.documents,
        written=done.written,
        removed=done.removed,
        problems=(*told, *found.problems),
        stale=found.stale,
        dry_run=dry_run,
    )


@contextlib.contextmanager
def _open(settings: Settings, *, private: bool) -> Iterator[Catalog]:
    """Open the catalog; what is whole by SQLite but no value of ours is damage, too."""
    folder = state_path(settings)
    try:
        with open_catalog(folder, private=private) as catalog:
            yield catalog
    except msgspec.DecodeError as error:
        raise DamagedError(file=str(folder / FILE_NAME), fault=str(error)) from error


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass
