"""What is missing since the last build, and what `feeds.loss` says of it, done.

What is held back keeps its last good version, like a broken file. Where nothing is known
of it but what is published (a ledger that was lost together with the articles), the
documents that hold it stay as they are: see `feeds.pipeline.drafting`.

Nothing is a loss that the settings account for: a source that was removed, or given
another name, and files that its patterns no longer match, whether these are there or not.
A source whose folder is another now is the same source, and has lost what is not there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path, PurePath

import msgspec

from feeds.catalog import Catalog, Departure
from feeds.errors import Problem
from feeds.loss import LEAST, HeldBack, Loss, Trace, Verdict, judge
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.plan import exclusion
from feeds.settings import Settings
from feeds.source import Folder, may_count, prefixes

_SOURCES = "sources"  # the catalog's key of the sources of the last build


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing, looked up before anything is read.

    `paths` are all whose files are gone, `gone` those of them that were published and
    that the settings do not account for. `stood` is as for `feeds.loss.judge`, and so is
    `traces`. `is_learnt`: it is published documents that tell what stood, so nothing
    tells what is new.
    """

    paths: frozenset[str]
    stood: Mapping[str, str]
    gone: frozenset[str]
    traces: tuple[Trace, ...]
    is_learnt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What became of that.

    `withdrawn` are those that leave, `held` those that are held back, with the instant
    since when, `told` why. `emptied` are notes of sources that are empty now. `unknown`
    are the ids of articles of which nothing is known but what is published; `is_open`
    says that there were such, before this build or after it.
    """

    withdrawn: frozenset[str] = frozenset()
    held: Mapping[str, datetime] = field(default_factory=dict)
    told: tuple[HeldBack, ...] = ()
    emptied: tuple[Problem, ...] = ()
    unknown: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be told of it."""
        return (*map(problem_of, self.told), *self.emptied)


def problem_of(told: HeldBack) -> Problem:
    """Return what a report says of a loss."""
    expected = (
        f"expected {_counted(told.of, 'article')}, of which"
        f" {_counted(told.gone, 'file')} are gone; {_counted(told.held, 'article')} held"
        f" back, still published, since {told.since:%Y-%m-%dT%H:%M:%SZ}: bring the files"
        f" back, or accept the loss: {told.accept}"
    )
    return Problem(path=told.where, expected=expected)


def learnt(catalog: Catalog, settings: Settings) -> frozenset[str]:
    """Return what published documents hold, where the catalog knows of no article.

    So it is after the state folder was lost, or taken from elsewhere.
    """
    if catalog.placed_under(counted=False) or catalog.outcomes():
        return frozenset()
    from feeds.pipeline.published import ledger_of_published  # noqa: PLC0415 - rarely

    found = ledger_of_published(Path(settings.output.path))
    return frozenset(each.path for each in found.identities)


def look(
    catalog: Catalog,
    settings: Settings,
    missing: Iterable[str],
    here: Collection[str],
    *,
    now: datetime,
    learnt: frozenset[str] = frozenset(),
) -> Missing:
    """Return what is missing.

    Args:
        catalog: As the last build left it, at least what places articles.
        settings: The settings of this build.
        missing: The paths that were known, and whose files are gone.
        here: Those whose files are there, or may be; where these are not all, at least
            those of the paths that the catalog has departures of.
        now: The instant of this build.
        learnt: What `learnt` gave.
    """
    traces = tuple(map(_trace, catalog.departures()))
    held = {each.path for each in traces if each.is_held}
    paths = frozenset((*missing, *held, *learnt)) - frozenset(here)
    if not paths:
        return Missing(paths=paths, stood={}, gone=paths, traces=traces)
    sources = _Sources(catalog, settings)
    kept = frozenset(path for path in paths & held if not _has_ended(catalog, path))
    standing = _standing(catalog, paths, now) | learnt | kept
    if not held and len(traces) + len(standing & paths) < LEAST:
        # So few are no loss: it is enough to know whether a source is empty now.
        gone = standing & paths
        rest = (sources.another(catalog, path, gone) for path in gone)
        standing = gone | frozenset(filter(None, rest))
    elif catalog.placed_under(counted=False):
        standing |= frozenset(catalog.published())
    wanted = (p for p in standing if p not in paths or sources.wants(p))
    stood = {path: sources.of(path) for path in wanted}
    return Missing(
        paths=paths,
        stood={path: s for path, s in stood.items() if s is not None},
        gone=frozenset(p for p, s in stood.items() if s is not None and p in paths),
        traces=tuple(each for each in traces if sources.has(each.source)),
        is_learnt=bool(learnt),
    )


def settle(
    catalog: Catalog,
    settings: Settings,
    missing: Missing,
    fresh: Iterable[str],
    here: Collection[str],
    *,
    now: datetime,
    accept: str | None,
) -> Losses:
    """Withdraw what may go, hold back what may not, and remember both.

    Args:
        catalog: Where the files that are there have been read into.
        settings: The settings of this build.
        missing: What `look` found.
        fresh: The files that nobody knew before; those that are articles count.
        here: As for `look`.
        now: The instant of this build.
        accept: The command that accepts a loss, for those who are told of it; None:
            it is accepted, and whatever is missing leaves.
    """
    held = frozenset(each.path for each in missing.traces if each.is_held)
    was_open = any(catalog.placing(path) is None for path in held)
    _remember_sources(catalog, settings)
    verdict = Verdict()
    if accept is not None and (missing.gone or missing.traces):
        verdict = judge(
            stood=missing.stood,
            gone=missing.gone,
            fresh=_new(catalog, settings, missing, fresh),
            traces=missing.traces,
            here=here,
            now_ts=int(now.timestamp()),
        )
    _keep(catalog, verdict.traces)
    withdrawn = missing.paths - verdict.held
    catalog.forget(withdrawn)
    catalog.hold_back(verdict.held - held)
    unknown = frozenset(filter(None, (_unknown(catalog, p) for p in verdict.held)))
    since = {each.path: each.since_ts for each in verdict.traces}
    labels = _labels(settings)
    return Losses(
        withdrawn=withdrawn,
        held={path: _instant(since[path]) for path in sorted(verdict.held)},
        told=tuple(_told(each, labels, accept or "") for each in verdict.losses),
        emptied=tuple(_emptied(labels[s], count) for s, count in verdict.emptied),
        unknown=unknown,
        is_open=was_open or bool(unknown),
    )


def _new(
    catalog: Catalog, settings: Settings, missing: Missing, fresh: Iterable[str]
) -> dict[str, str]:
    """Return those of these files that are new articles, with their sources."""
    if missing.is_learnt:
        return {}
    sources = _Sources(catalog, settings)
    found = ((path, sources.of(path)) for path in fresh if catalog.placing(path))
    return {path: source for path, source in found if source is not None}


def _standing(
    catalog: Catalog, paths: Collection[str], now: datetime
) -> frozenset[str]:
    """Return which of these are published; or all that are, where that is as quick."""
    if catalog.placed_under(counted=False):
        lives = ((path, catalog.live(path)) for path in paths)
        return frozenset(path for path, live in lives if live and live.places)
    found = (basis.decode_placing(content) for _, content in catalog.placings())
    identities = catalog.identities()
    return frozenset(
        each.path
        for each in found
        if not exclusion(dated(each, identities[each.path]), now.timestamp())
    )


def _keep(catalog: Catalog, traces: Iterable[Trace]) -> None:
    """Have the catalog remember these traces in place of those before."""
    known = {each.path: each for each in catalog.departures()}
    coming = {each.path: _departure(each) for each in traces}
    changed = [each for path, each in coming.items() if known.get(path) != each]
    ended = known.keys() - coming.keys()
    if changed or ended:
        catalog.change_departures(ended, changed)


def _unknown(catalog: Catalog, path: str) -> str:
    """Return the id of an article of which nothing more is known; else ""."""
    content = catalog.placing(path)
    if content is not None:
        try:
            basis.decode_placing(content)
        except msgspec.ValidationError:
            # As an older release kept it in another form.
            catalog.forget_last_good(path)
        else:
            return ""
    identity = catalog.identity(path)
    return identity.id if identity else ""


def _has_ended(catalog: Catalog, path: str) -> bool:
    """Whether an article that is held back will never be in a feed again."""
    is_known = catalog.placing(path) is not None
    is_placed = catalog.placed_under(counted=False) is not None
    return is_known and is_placed and catalog.live(path) is None


class _Sources:
    """Which source an article is of: as the last build had them, and as they are now."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        now = _named(settings)
        before = dict(_remembered(catalog)) or now
        elsewhere = set(before.values())
        self._folders: Mapping[str, Folder] = dict(
            zip(now, basis.folders(settings), strict=True)
        )
        # The first of two without names was removed: now the second goes by none.
        self._there = {
            prefix
            for prefix, path in now.items()
            if before.get(prefix) in {None, path} or path not in elsewhere
        }
        self._prefixes = sorted({*before, *now}, key=lambda each: (-len(each), each))

    def has(self, source: str) -> bool:
        """Whether the settings still have it."""
        return source in self._there

    def of(self, path: str) -> str | None:
        """Return what precedes the paths of its source; None: that was removed."""
        source = next((p for p in self._prefixes if path.startswith(p)), None)
        return source if source in self._there else None

    def wants(self, path: str) -> bool:
        """Whether the settings would still have it published, were it there."""
        if (source := self.of(path)) is None:
            return False
        folder = self._folders[source]
        return may_count(path[len(source) :], folder) or Path(folder.path).is_file()

    def another(self, catalog: Catalog, path: str, gone: Collection[str]) -> str | None:
        """Return another published article of the same source, if there is one."""
        source = self.of(path) or ""
        within = takewhile(
            lambda each: each.startswith(source), catalog.published_from(source)
        )
        return next((p for p in within if p not in gone and self.of(p) == source), None)


def _named(settings: Settings) -> dict[str, str]:
    """Return the folder of each source by what precedes its articles' paths."""
    folders = basis.folders(settings)
    paths = [folder.path for folder in folders]
    return dict(zip(prefixes(folders), paths, strict=True))


def _remembered(catalog: Catalog) -> list[tuple[str, str]]:
    kept = catalog.remembered(_SOURCES)
    return msgspec.json.decode(kept, type=list[tuple[str, str]]) if kept else []


def _remember_sources(catalog: Catalog, settings: Settings) -> None:
    now = list(_named(settings).items())
    if now != _remembered(catalog):
        catalog.remember(_SOURCES, msgspec.json.encode(now).decode())


def _labels(settings: Settings) -> Mapping[str, str]:
    """Return what a source is called where it is told of."""
    return {
        prefix: prefix or f"{PurePath(path).name or path}/"
        for prefix, path in _named(settings).items()
    }


def _told(loss: Loss, labels: Mapping[str, str], accept: str) -> HeldBack:
    names = {
        "site": "all sources",
        "source": labels.get(loss.place, loss.place),
        "folder": loss.place,
    }
    return HeldBack(
        where=names[loss.kind],
        held=loss.held,
        gone=loss.gone,
        of=loss.of,
        since=_instant(loss.since_ts),
        accept=accept,
    )


def _emptied(where: str, count: int) -> Problem:
    articles = "its last article is" if count == 1 else f"its last {count:,} are"
    expected = f"expected articles; {articles} gone, and withdrawn"
    return Problem(path=where, expected=expected, severity="note")


def _instant(since_ts: int) -> datetime:
    return datetime.fromtimestamp(since_ts, UTC)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _trace(row: Departure) -> Trace:
    return Trace(
        path=row.path,
        source=row.source,
        since_ts=row.gone_ts,
        came=row.came,
        went=row.went,
        is_held=bool(row.is_held),
    )


def _departure(trace: Trace) -> Departure:
    return Departure(
        path=trace.path,
        source=trace.source,
        gone_ts=trace.since_ts,
        came=trace.came,
        went=trace.went,
        is_held=int(trace.is_held),
    )
