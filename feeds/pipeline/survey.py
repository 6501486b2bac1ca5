"""From the files to the plan: what changed is parsed, remembered and placed."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from feeds.article import SourceFile
from feeds.catalog import ArticleRow, Catalog, Identity, Known
from feeds.entry import tag_uri
from feeds.errors import PublishError
from feeds.parse.rules import Rules
from feeds.pipeline import basis
from feeds.pipeline.report import Progress, Survey
from feeds.plan import Placing, plan
from feeds.settings import Settings, state_path
from feeds.source import scan

# Two changes within one tick of a file system's clock leave one mtime: such a file is
# read again next time. Linux ticks every 4 to 10 ms; be generous.
_RACY_NS = 20_000_000
_LOSS_FROM = 20  # articles; fewer may well go at once
_LOSS_SHARE = 0.5
_EARLIER_KEPT = 8  # significances remembered, to know an old state when it comes back


def take(
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    jobs: int,
    progress: Progress,
    force: bool = False,
    accept_loss: bool = True,
) -> Survey:
    """Bring the catalog up to date with the sources, and plan the feeds.

    Nothing is committed. With `force` every file counts as changed.

    Raises:
        PublishError: most articles vanished at once, unless that is accepted.
    """
    rules = basis.rules_of(settings)
    files, problems = scan(
        basis.folders(settings),
        apart=(settings.output.path, str(state_path(settings))),
    )
    known = catalog.known()
    if not accept_loss:
        _refuse_loss(len(known), len(files))
    if force:
        catalog.forget_cache()
    changed = [f for f in files if force or not _is_known(f, known, rules)]
    authority = catalog.pinned("tag_authority", basis.default_authority(settings))
    identities = _ingest(
        catalog,
        changed,
        rules,
        authority=settings.site.tag_authority or authority,
        now=now,
        jobs=jobs,
        progress=progress,
    )
    catalog.forget(known.keys() - {file.path for file in files})
    placings = dict(_placings(catalog))
    planned = plan(
        placings.values(), basis.plan_rules(settings), now_ts=now.timestamp()
    )
    return Survey(
        placings=placings,
        identities=identities,
        feeds=tuple(planned),
        problems=(*map(basis.decode_problem, catalog.problems()), *problems),
        outcomes=catalog.outcomes(),
        stale=tuple(catalog.stale()),
        parsed=len(changed),
        tag_authority=settings.site.tag_authority or authority,
    )


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


def _placings(catalog: Catalog) -> Iterator[tuple[str, Placing]]:
    for path, content in catalog.placings():
        try:
            yield path, basis.decode_placing(content)
        except msgspec.ValidationError:
            # A last good version that an older release kept in another form.
            catalog.forget_last_good(path)


def _is_known(
    file: SourceFile, known: Mapping[str, Known], rules: Sequence[tuple[Rules, str]]
) -> bool:
    was = known.get(file.path)
    return was is not None and (
        was.size_bytes,
        was.mtime_ns,
        was.inode,
        was.rules,
    ) == (file.size_bytes, file.mtime_ns, file.inode, rules[file.source][1])


def _ingest(
    catalog: Catalog,
    changed: Sequence[SourceFile],
    rules: Sequence[tuple[Rules, str]],
    *,
    authority: str,
    now: datetime,
    jobs: int,
    progress: Progress,
) -> dict[str, Identity]:
    """Parse the changed files into the catalog; return the ledger's identities."""
    identities = catalog.identities()
    if not changed:
        return identities
    from feeds.pipeline.ingest import ingest  # noqa: PLC0415 - pulls in YAML: not for nothing

    still_racy_ns = _clock_of_files() - _RACY_NS
    done = 0
    for rows in ingest(changed, rules, jobs=jobs):
        catalog.store(_smudged(row, still_racy_ns) for row in rows)
        fresh = list(_identified(rows, identities, authority, now))
        catalog.store_identities(fresh)
        identities.update((identity.path, identity) for identity in fresh)
        done += len(rows)
        progress("reading", done, len(changed))
    return identities


def _clock_of_files() -> int:
    """Return the time that a file written now would be given, in nanoseconds."""
    with tempfile.TemporaryFile() as probe:
        return os.fstat(probe.fileno()).st_mtime_ns


def _smudged(row: ArticleRow, still_racy_ns: int) -> ArticleRow:
    """Make a file look changed next time if it might change unseen until then."""
    if row.file.mtime_ns < still_racy_ns:
        return row
    return replace(row, file=replace(row.file, mtime_ns=0))


def _identified(
    rows: Sequence[ArticleRow],
    identities: Mapping[str, Identity],
    authority: str,
    now: datetime,
) -> Iterator[Identity]:
    """Yield the identities that are new or had a significant change."""
    for row in rows:
        if row.placing is None:
            continue
        placing = basis.decode_placing(row.placing)
        old = identities.get(placing.path)
        if old is None:
            yield Identity(
                path=placing.path,
                id=tag_uri(authority, "article", placing.path),
                significance=placing.significance,
                earlier="",
                updated=_published(placing),
            )
        elif old.significance != placing.significance:
            yield _changed(old, placing, now)


def _published(placing: Placing) -> datetime:
    return datetime.fromtimestamp(int(placing.published_ts), UTC)


def _changed(old: Identity, placing: Placing, now: datetime) -> Identity:
    significance = placing.significance
    if not old.earlier and old.updated > now:
        # Held until its date, so nobody saw it: it is still as new.
        return replace(old, significance=significance, updated=_published(placing))
    earlier = old.earlier.split()
    # What swings back to a state it had is no news.
    returns = significance in earlier
    later = max(now, _published(placing), old.updated + timedelta(seconds=1))
    kept = [old.significance, *(each for each in earlier if each != significance)]
    return replace(
        old,
        significance=significance,
        earlier=" ".join(kept[:_EARLIER_KEPT]),
        updated=old.updated if returns else later,
    )
