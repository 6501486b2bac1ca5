"""What is missing since the last build, and what `feeds.loss` says of it, done.

What is held back keeps its last good version, like a broken file. Where nothing is known
of it but what is published (a ledger that was lost together with the articles), the
documents that hold it stay as they are: see `feeds.pipeline.drafting`.

Nothing is a loss that the settings account for: a source that was removed, or given
another name, and files that its patterns no longer match, whether these are there or not.
A source whose folder is another now is the same source, and has lost what is not there.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path, PurePath

import msgspec

from feeds.catalog import Catalog, Departure, Identity, Live
from feeds.errors import Problem
from feeds.loss import (
    Group,
    HeldBack,
    Loss,
    Trace,
    Verdict,
    enough,
    groups_of,
    judge,
)
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.pipeline.owners import Sources, named, remember_sources
from feeds.plan import exclusion
from feeds.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing, looked up before anything is read.

    `paths` are all whose files are gone, `gone` those of them that were published and
    that the settings do not account for. `sizes`, `standing` and `traces` are as for
    `feeds.loss.judge`. `is_learnt`: it is published documents that tell what stood, so
    nothing tells what is new.
    """

    paths: frozenset[str]
    gone: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[Group, int] = field(default_factory=dict)
    standing: frozenset[str] = frozenset()
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
        return (*(each.problem for each in self.told), *self.emptied)


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
        return Missing(paths=paths, traces=traces)
    sources = Sources(catalog, settings)
    traces = tuple(each for each in traces if sources.has(each.source))
    kept = frozenset(p for p in paths & held if not _has_ended(catalog, p, now))
    stood = _standing(catalog, paths, now) | learnt | kept
    owners = {path: sources.of(path) for path in stood & paths if sources.wants(path)}
    gone = {path: source for path, source in owners.items() if source is not None}
    sizes: Mapping[Group, int]
    if catalog.placed_under(counted=False):
        sizes = _counted_in(catalog, sources, gone, paths, _most(paths, traces))
    else:
        sizes = _counted_among(sources, stood - (paths - gone.keys()))
    return Missing(
        paths=paths,
        gone=gone,
        sizes=sizes,
        standing=frozenset(
            each.path
            for each in traces
            if each.came and not each.went
            if each.path in gone or _is_in(catalog, each.path)
        ),
        traces=traces,
        is_learnt=bool(learnt),
    )


def _most(paths: Collection[str], traces: Collection[Trace]) -> int | None:
    """Return how many articles of each group are to be counted, None for all."""
    are_told = any(each.is_held for each in traces)
    return None if are_told else enough(len(paths), len(traces))


def _counted_in(
    catalog: Catalog,
    sources: Sources,
    gone: Mapping[str, str],
    paths: Collection[str],
    most: int | None,
) -> dict[Group, int]:
    """Return how many the last build left published of each group that counts.

    No article is looked at that need not be, however many there are.
    """
    placed = {path for path in paths if _is_in(catalog, path)}
    # Those that the settings account for, and those of which only documents are known.
    others = _counted_among(sources, placed - gone.keys())
    unplaced = _counted_among(sources, gone.keys() - placed)
    return {
        group: sum(
            catalog.count_published(start, end, most)
            for start, end in sources.ranges(group)
        )
        - others[group]
        + unplaced[group]
        for group in groups_of(gone)
    }


def _counted_among(sources: Sources, stood: Iterable[str]) -> Counter[Group]:
    """Return how many of these are in each group."""
    return Counter(chain.from_iterable(map(sources.groups_of, stood)))


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
    remember_sources(catalog, settings)
    verdict = Verdict()
    if accept is not None and (missing.gone or missing.traces):
        verdict = judge(
            gone=missing.gone,
            sizes=missing.sizes,
            standing=missing.standing,
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
    sources = Sources(catalog, settings)
    found = ((path, sources.of(path)) for path in fresh if catalog.placing(path))
    return {path: source for path, source in found if source is not None}


def _standing(
    catalog: Catalog, paths: Collection[str], now: datetime
) -> frozenset[str]:
    """Return which of these are published; or all that are, where that is as quick.

    What has expired since the last build leaves by itself.
    """
    if catalog.placed_under(counted=False):
        lives = filter(None, map(catalog.live, paths))
        return frozenset(
            live.path for live in lives if live.places and not _is_due(live, now)
        )
    identities, now_ts = catalog.identities(), now.timestamp()
    return frozenset(
        path
        for path, content in catalog.placings()
        if path in identities and not _is_out(content, identities[path], now_ts)
    )


def _is_out(content: bytes, identity: Identity, now_ts: float) -> bool:
    """Whether a placing keeps its article out of all feeds."""
    try:
        placing = basis.decode_placing(content)
    except msgspec.ValidationError:
        return False  # as an older release kept it, which does not tell
    return bool(exclusion(dated(placing, identity), now_ts))


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


def _has_ended(catalog: Catalog, path: str, now: datetime) -> bool:
    """Whether an article that is held back will never be in a feed again."""
    is_known = catalog.placing(path) is not None
    if not (is_known and catalog.placed_under(counted=False)):
        return False
    live = catalog.live(path)
    return live is None or (bool(live.places) and _is_due(live, now))


def _is_in(catalog: Catalog, path: str) -> bool:
    """Whether the last build left an article in some feed."""
    live = catalog.live(path)
    return live is not None and bool(live.places)


def _is_due(live: Live, now: datetime) -> bool:
    """Whether it has come to the instant at which it comes or goes by itself."""
    return live.due_ts is not None and live.due_ts <= now.timestamp()


def _labels(settings: Settings) -> Mapping[str, str]:
    """Return what a source is called where it is told of."""
    return {
        prefix: prefix or f"{PurePath(path).name or path}/"
        for prefix, path in named(settings).items()
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
