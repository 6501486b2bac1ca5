"""One regeneration, from the scan to the manifest."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from feeds.catalog import open_catalog
from feeds.output import locked
from feeds.pipeline.publish import publish
from feeds.pipeline.report import Progress, Report, Survey
from feeds.pipeline.survey import take
from feeds.plan import exclusion
from feeds.settings import Settings, state_path


def survey(
    settings: Settings, *, now: datetime, jobs: int, progress: Progress | None = None
) -> Survey:
    """Return what a regeneration at `now` would know, without writing anything.

    Raises:
        SettingsError: a source does not exist.
        CatalogError: the state folder is unusable.
    """
    with open_catalog(state_path(settings), private=True) as catalog:
        return take(catalog, settings, now=now, jobs=jobs, progress=progress or _silent)


def regenerate(
    settings: Settings,
    *,
    now: datetime,
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
        CatalogError: the state folder is unusable.
        PublishError: the output folder could not be written, or most articles vanished.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    progress = progress or _silent
    state_folder = state_path(settings)
    with contextlib.ExitStack() as held:
        if not dry_run:
            held.enter_context(locked(Path(settings.output.path)))
            held.enter_context(locked(state_folder))
        catalog = held.enter_context(open_catalog(state_folder, private=dry_run))
        found = take(
            catalog,
            settings,
            now=now,
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
        quarantined=outcomes.get("quarantined", 0) + outcomes.get("empty", 0),
        pending=outcomes.get("pending", 0),
        published=sum(not exclusion(p, now_ts) for p in found.placings.values()),
        parsed=found.parsed,
        rendered=done.rendered,
        feeds=len(found.feeds),
        documents=done.documents,
        written=done.written,
        removed=done.removed,
        problems=found.problems,
        stale=found.stale,
        dry_run=dry_run,
    )


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass
