"""From the files to the plan: what changed is parsed, remembered and placed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from feeds.article import SourceFile
from feeds.catalog import Catalog, Identity, Known
from feeds.errors import PublishError
from feeds.parse.rules import Parsed, Rules
from feeds.pipeline import basis
from feeds.pipeline.dates import committed, dated
from feeds.pipeline.ledger import identified
from feeds.pipeline.registries import load_registry
from feeds.pipeline.report import Progress, Survey
from feeds.plan import Placing, canonical, plan
from feeds.settings import Settings, state_path
from feeds.source import scan

_LOSS_FROM = 20  # articles; fewer may well go at once
_LOSS_SHARE = 0.5


def take(
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    jobs: int,
    progress: Progress,
    force: bool = False,
    accept_loss: bool = True,
    repeats: bool = False,
    parse: Callable[..., Parsed] | None = None,
) -> Survey:
    """Bring the catalog up to date with the sources, and plan the feeds.

    Nothing is committed. With `force` every file counts as changed; `repeats` leaves
    what may be half-written to the next build (see `feeds.pipeline.reading`); `parse`
    stands in for `parse_article`.

    Raises:
        PublishError: most articles vanished at once, unless that is accepted.
    """
    rules = basis.rules_of(settings)
    folders = basis.folders(settings)
    files, problems = scan(
        folders,
        apart=(settings.output.path, str(state_path(settings))),
    )
    known = catalog.known()
    if not accept_loss:
        _refuse_loss(len(known), len(files))
    if force:
        catalog.forget_cache()
    changed = [f for f in files if force or not _is_known(f, known, rules)]
    first_commits, without_history = committed(changed, rules, folders)
    authority = catalog.pinned("tag_authority", basis.default_authority(settings))
    identities = _ingest(
        catalog,
        changed,
        rules,
        first_commits=first_commits,
        authority=settings.site.tag_authority or authority,
        now=now,
        jobs=jobs,
        progress=progress,
        repeats=repeats,
        parse=parse,
    )
    catalog.forget(known.keys() - {file.path for file in files})
    registry, registry_problems = load_registry(settings, catalog)
    placings = {
        path: canonical(dated(placing, identities[path]), registry)
        for path, placing in _placings(catalog)
    }
    plan_rules = basis.plan_rules(settings, registry)
    planned = plan(
        placings.values(),
        plan_rules,
        now_ts=now.timestamp(),
        standing=catalog.feeds().keys(),
    )
    return Survey(
        placings=placings,
        identities=identities,
        feeds=tuple(planned),
        rules=plan_rules,
        problems=(
            *map(basis.decode_problem, catalog.problems()),
            *problems,
            *without_history,
            *registry_problems,
        ),
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
    first_commits: Mapping[str, datetime],
    authority: str,
    now: datetime,
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
        first_commits=first_commits,
        parse=parse or parse_article,
    )
    done = 0
    for rows in rows_of(intake, jobs=jobs, repeats=repeats):
        catalog.store(rows)
        fresh = list(identified(rows, identities, authority, now))
        catalog.store_identities(fresh)
        identities.update((identity.path, identity) for identity in fresh)
        done += len(rows)
        progress("reading", done, len(changed))
    return identities
