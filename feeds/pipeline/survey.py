"""From the files to the plan: what changed is parsed, remembered and placed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from feeds.article import SourceFile
from feeds.catalog import Catalog, Identity, Known
from feeds.errors import Problem, PublishError
from feeds.parse.rules import Parsed, Rules
from feeds.pipeline import basis
from feeds.pipeline.dates import Histories, dated
from feeds.pipeline.ledger import identified, reconciled
from feeds.pipeline.registries import load_registry
from feeds.pipeline.report import Clock, Progress, Survey
from feeds.pipeline.shelf import standing
from feeds.plan import Placing, canonical, plan
from feeds.settings import Settings, state_path
from feeds.source import scan

_LOSS_FROM = 20  # articles; fewer may well go at once
_LOSS_SHARE = 0.5
# Outcomes of files to be read again, for the cause may go without a trace on the file.
_AT_ONCE = frozenset(("pending", "unreadable"))
_LATE = "late"  # the key in the catalog: when files were last given up for time
_LATE_NS = 600 * 1_000_000_000  # each try takes ten seconds; a loaded machine recovers
_TOLD: Mapping[str, str] = {
    "undated": "held",
    "unreadable": "quarantined",
    "late": "quarantined",
}


def take(
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    force: bool = False,
    accept_loss: bool = True,
    repeats: bool = False,
    parse: Callable[..., Parsed] | None = None,
) -> Survey:
    """Bring the catalog up to date with the sources, and plan the feeds.

    Nothing is committed. With `force` every file counts as changed; `repeats` leaves
    what may be half-written to the next build (see `feeds.pipeline.reading`); `clock`
    tells how old files are, whatever `now` is; `parse` stands in for `parse_article`.

    Raises:
        PublishError: most articles vanished at once, unless that is accepted.
    """
    rules = basis.rules_of(settings)
    files, problems = article_files(settings)
    known = catalog.known()
    if not accept_loss:
        _refuse_loss(len(known), len(files))
    if force:
        catalog.forget_cache()
    histories = Histories(catalog, basis.folders(settings), afresh=force)
    again = _AT_ONCE | ({"late"} if _is_late_due(catalog, clock()) else set())
    changed = [
        file
        for file in files
        if force
        or not (was := known.get(file.path))
        or was.outcome in again
        or (was.outcome == "undated" and histories.has_moved(file.source))
        or not _is_same(file, was, rules[file.source])
    ]
    authority = catalog.pinned(basis.TAG_AUTHORITY, basis.default_authority(settings))
    identities = _ingest(
        catalog,
        changed,
        rules,
        histories=histories,
        authority=settings.site.tag_authority or authority,
        now=now,
        clock=clock,
        jobs=jobs,
        progress=progress,
        repeats=repeats,
        parse=parse,
    )
    # A ledger from elsewhere has last good versions of files that were never here.
    catalog.forget({*known, *catalog.stale()} - {file.path for file in files})
    good = dict(_placings(catalog, files, rules))
    stale = catalog.stale()
    read = {file.path for file in changed}
    _reconcile(catalog, identities, [good[p] for p in stale if p in read], now)
    registry, registry_problems = load_registry(
        settings, catalog, jobs=jobs, force=force, repeats=repeats, clock=clock
    )
    placings = {
        path: canonical(dated(placing, identities[path]), registry)
        for path, placing in good.items()
    }
    plan_rules = basis.plan_rules(settings, registry)
    planned = plan(
        placings.values(),
        plan_rules,
        now_ts=now.timestamp(),
        standing=standing(Path(settings.output.path), catalog),
    )
    return Survey(
        placings=placings,
        identities=identities,
        feeds=tuple(planned),
        rules=plan_rules,
        problems=(
            *map(basis.decode_problem, catalog.problems()),
            *problems,
            *histories.problems,
            *registry_problems,
        ),
        outcomes=_outcomes(catalog),
        stale=tuple(stale),
        parsed=len(changed),
        tag_authority=settings.site.tag_authority or authority,
        files={file.path: file for file in files},
        passed_over=frozenset(problems),
    )


def article_files(settings: Settings) -> tuple[list[SourceFile], list[Problem]]:
    """Return the article files of a site by path, and the problems of what is none.

    Raises:
        SettingsError: a source cannot be read, or lies within another or our folders.
    """
    apart = (settings.output.path, str(state_path(settings)))
    return scan(basis.folders(settings), apart=apart)


def _refuse_loss(known: int, found: int) -> None:
    """Refuse to publish when most articles vanished at once: a lost mount, half a copy.

    Raises:
        PublishError: they did; what is published stays.
    """
    if known >= _LOSS_FROM and found < known * _LOSS_SHARE:
        raise PublishError(
            f"{known - found} of {known} article files are gone; "
            "if that is meant, build with --accept-loss"
        )


def _placings(
    catalog: Catalog, files: Sequence[SourceFile], rules: Sequence[tuple[Rules, str]]
) -> Iterator[tuple[str, Placing]]:
    """Yield the placing of every good version, under the policy that its source has."""
    clamped = {file.path for file in files if rules[file.source][0].future == "clamp"}
    for path, content in catalog.placings():
        try:
            placing = basis.decode_placing(content)
            # A last good version may have been kept under another policy.
            if placing.is_clamped != (path in clamped):
                placing = replace(placing, is_clamped=path in clamped)
            yield path, placing
        except msgspec.ValidationError:
            # A last good version that an older release kept in another form.
            catalog.forget_last_good(path)


def _is_late_due(catalog: Catalog, clock_ns: int) -> bool:
    """Whether to try again what took too long; a clock set back must not forbid it."""
    return abs(clock_ns - int(catalog.remembered(_LATE) or 0)) >= _LATE_NS


def _is_same(file: SourceFile, was: Known, rules: tuple[Rules, str]) -> bool:
    """Whether all that an article is made of is as it was when it was parsed."""
    seen = (was.size_bytes, was.mtime_ns, was.inode, was.rules)
    if seen != (file.size_bytes, file.mtime_ns, file.inode, rules[1]):
        return False
    if not was.measured:
        return True
    from feeds.pipeline.ingest import is_as_measured  # noqa: PLC0415 - as below

    return is_as_measured(was.measured, rules[0])


def _outcomes(catalog: Catalog) -> Counter[str]:
    found: Counter[str] = Counter()
    for outcome, count in catalog.outcomes().items():
        found[_TOLD.get(outcome, outcome)] += count
    return found


def _reconcile(
    catalog: Catalog,
    identities: dict[str, Identity],
    placings: Iterable[Placing],
    now: datetime,
) -> None:
    """Have the ledger follow the policy on dates, for last good versions as well."""
    fresh = list(reconciled(placings, identities, now))
    catalog.store_identities(fresh)
    identities.update((identity.path, identity) for identity in fresh)


def _ingest(
    catalog: Catalog,
    changed: Sequence[SourceFile],
    rules: Sequence[tuple[Rules, str]],
    *,
    histories: Histories,
    authority: str,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    repeats: bool,
    parse: Callable[..., Parsed] | None,
) -> dict[str, Identity]:
    """Parse the changed files into the catalog; return the ledger's identities."""
    identities = catalog.identities()
    if not changed:
        return identities
    from feeds.parse.article import parse_article  # noqa: PLC0415 - pulls in YAML
    from feeds.pipeline.ingest import Intake  # noqa: PLC0415 - and multiprocessing
    from feeds.pipeline.reading import rows_of  # noqa: PLC0415

    intake = Intake(
        files=changed,
        rules=rules,
        first_commits={},
        parse=parse or parse_article,
    )
    done, is_late = 0, False
    found = rows_of(
        intake, jobs=jobs, repeats=repeats, clock=clock, histories=histories
    )
    for rows in found:
        catalog.store(rows)
        is_late |= any(row.outcome == "late" for row in rows)
        fresh = list(identified(rows, identities, authority, now))
        catalog.store_identities(fresh)
        identities.update((identity.path, identity) for identity in fresh)
        done += len(rows)
        progress("reading", done, len(changed))
    if is_late:
        catalog.remember(_LATE, str(clock()))
    return identities
