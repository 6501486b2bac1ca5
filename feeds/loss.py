"""Which articles leave because their files are gone, and which are held back.

A few files that go are deleted; many that go at once are a lost mount, half a checkout, a
wrong command. What exceeds the limits is held back, so stays published. The measure of a
source, a folder or the site is the largest set that stood published at any moment of the
last hour, the last build's state always counting: so a slow loss takes no more than a
quick one. What went before stays gone.

A folder counts all articles below it, at any depth; so a loss of twelve in two folders is
one of the folder that both are in. What is replaced is not lost: where a source has half
as many new articles as are gone, or more, they were renamed or moved. The settings' own
doing (a source that was removed, a pattern that no longer matches) is no loss either, and
is not shown to this module.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from feeds.errors import Problem

ACCEPT = "stoker build --accept-loss"  # where the settings are not known
WINDOW_S = 3_600
_LEAST = 3  # articles: all of a smaller source may go, and so may any two of an hour
_FOLDER_FROM = 12  # articles; all of a smaller folder may go
_HALF_FROM = 20  # articles; half of fewer may well go at once
# Of an hour with more builds that withdrew something, so many are looked at: a file that
# goes each second must not make each build slower than the last.
_MOMENTS = 32

Kind = Literal["site", "source", "folder"]
Group = tuple[Kind, str]  # with what precedes the paths in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An article that came or went within the last hour, or is held back.

    `source` is what precedes the paths of its source. `came` and `went` are numbers of
    builds, which order what one second holds: `came` is 0 when it was there before all
    that is remembered, `went` is 0 while it is there. `since_ts` is when it last did
    either, in seconds since 1970.
    """

    path: str
    source: str
    since_ts: int
    came: int = 0
    went: int = 0
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What exceeds the limits: `gone` files `of` so many, `held` articles still shown.

    `place` is what precedes the paths of a source or a folder; `since_ts` when the first
    was held back.
    """

    kind: Kind
    place: str
    gone: int
    of: int
    held: int
    since_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A loss as it is told: `where`, and the command that accepts it."""

    where: str
    held: int
    gone: int
    of: int
    since: datetime
    accept: str

    @property
    def problem(self) -> Problem:
        """What a report says of it."""
        gone, of = _counted(self.gone, "file"), _counted(self.of, "article")
        held = _counted(self.held, "article")
        are = "is" if self.gone == 1 else "are"
        expected = (
            f"expected {of}, of which {gone} {are} gone; {held} held back, still"
            f" published, since {self.since:%Y-%m-%dT%H:%M:%SZ}: bring the files back, or"
            f" accept the loss: {self.accept}"
        )
        return Problem(path=self.where, expected=expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is `held` back, why, and what to remember of it.

    `emptied` are the sources whose last articles left, with how many these were.
    """

    held: frozenset[str] = frozenset()
    losses: tuple[Loss, ...] = ()
    emptied: tuple[tuple[str, int], ...] = ()
    traces: tuple[Trace, ...] = ()


def groups_of(gone: Mapping[str, str]) -> frozenset[Group]:
    """Return all that articles count for, of which the sources are given."""
    return frozenset(
        group for path, source in gone.items() for group in _groups_of(path, source)
    )


def enough(gone: int, traces: int) -> int:
    """Return a number of articles of which so few as are gone are never a loss.

    Where no article is held back yet, there is no need to count more of any group.
    """
    return 2 * (gone + traces) + traces + 1


def judge(
    *,
    gone: Mapping[str, str],
    sizes: Mapping[Group, int],
    standing: Container[str],
    fresh: Mapping[str, str],
    traces: Iterable[Trace],
    here: Container[str],
    now_ts: int,
) -> Verdict:
    """Say which of the articles whose files are gone are held back.

    Args:
        gone: Articles that the last build left published and whose files are gone, be
            they held back already or not, with their sources.
        sizes: How many the last build left published, these included, of each of
            `groups_of(gone)`; see `enough`.
        standing: The paths that the last build left published, as far as traces are of
            them.
        fresh: Articles that are new in this build, with their sources.
        traces: What builds before have remembered.
        here: The paths whose files are there, as far as traces are of them.
        now_ts: The instant of this build, in seconds since 1970.
    """
    known = {each.path: each for each in _lasting(traces, gone, here, now_ts)}
    window = _Window(
        gone=gone,
        sizes=Counter(sizes),
        standing=standing,
        fresh=fresh,
        known=known,
        now_ts=now_ts,
    )
    found = {group: window.measured(group) for group in window.groups()}
    exceeded = {
        group for (group, (lost, size)) in found.items() if _is_loss(group, lost, size)
    }
    held = frozenset(
        path
        for path in gone
        if window.was_held(path) or window.is_lost_in(path, exceeded)
    )
    kept = _remembered(window, held)
    return Verdict(
        held=held,
        losses=tuple(_told(window, held, exceeded, found, kept)),
        emptied=tuple(window.emptied(held)),
        traces=tuple(kept[path] for path in sorted(kept)),
    )


def _is_loss(group: Group, lost: int, size: int) -> bool:
    """Whether so many of so many are more than may go."""
    kind, _ = group
    is_half = kind != "folder" and size >= _HALF_FROM and 2 * lost > size
    least = {"site": None, "source": _LEAST, "folder": _FOLDER_FROM}[kind]
    return is_half or (least is not None and size >= least and lost == size)


def _lasting(
    traces: Iterable[Trace], gone: Collection[str], here: Container[str], now_ts: int
) -> Iterator[Trace]:
    """Yield what still counts of that which builds before have remembered."""
    for each in traces:
        # A clock that was set back must not make it count for ever.
        is_recent = abs(now_ts - each.since_ts) < WINDOW_S
        is_away = each.went > 0 and each.path not in here
        is_there = not each.went and (each.path in here or each.path in gone)
        if each.path in gone if each.is_held else is_recent and (is_away or is_there):
            yield each


def _groups_of(path: str, source: str) -> Iterator[Group]:
    """Yield all that an article counts for, the widest first."""
    yield "site", ""
    yield "source", source
    at = path.find("/", len(source))
    while at >= 0:
        yield "folder", path[: at + 1]
        at = path.find("/", at + 1)


class _Window:
    """The last hour: what stood at each of its moments, and what became of it.

    A moment is the number of a build, and means the instant before it acted.
    """

    def __init__(
        self,
        *,
        gone: Mapping[str, str],
        sizes: Counter[Group],
        standing: Container[str],
        fresh: Mapping[str, str],
        known: Mapping[str, Trace],
        now_ts: int,
    ) -> None:
        self.gone, self.known, self.now_ts = gone, known, now_ts
        self._sizes, self._standing = sizes, standing
        self.fresh = {path: s for path, s in fresh.items() if path not in known}
        numbers = (max(each.came, each.went) for each in known.values())
        self.build = 1 + max(numbers, default=0)
        # Those that are not held were published before they went.
        self._went = [each for each in known.values() if each.went and not each.is_held]
        self._came = [each for each in known.values() if each.came]
        self._lost_at: dict[int, Counter[Group]] = {}
        self._replaced: dict[int, frozenset[str]] = {}
        self._wanted = groups_of(gone)
        self._moments = tuple(self._found_moments())
        self._sizes_at = {moment: self._size_at(moment) for moment in self._moments}

    def groups(self) -> Sequence[Group]:
        """Return all that something is gone of."""
        return sorted(self._wanted)

    def measured(self, group: Group) -> tuple[int, int]:
        """Return how many are lost of the largest set that stood, and how large it was."""
        size, at = max((self._sizes_at[m][group], -m) for m in self._moments)
        return self._losses_at(-at)[group], size

    def was_held(self, path: str) -> bool:
        """Whether it is held back already, and nothing has taken its place since.

        A renamed folder may be seen in two parts, an empty one first. What comes after
        an hour is no replacement, but the site going on.
        """
        trace = self.known.get(path)
        if trace is None or not trace.is_held:
            return False
        if not self._is_new_hold(trace):
            return True
        return trace.source not in self._replaced_since(self._first_held(trace.source))

    def is_lost_in(self, path: str, groups: Collection[Group]) -> bool:
        """Whether it is of a source that is not replaced, and in one of these groups."""
        source = self.gone[path]
        if groups and source not in self._replaced_since(self.build):
            return any(group in groups for group in _groups_of(path, source))
        return False

    def emptied(self, held: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield each source whose last articles leave, and how many these are."""
        new = set(self.fresh.values())
        leaving = Counter(s for path, s in self.gone.items() if path not in held)
        for source in sorted(leaving):
            if leaving[source] == self._sizes["source", source] and source not in new:
                yield source, leaving[source]

    def came(self, path: str) -> int:
        """Return the build that an article came with, 0 for long ago."""
        return self.known[path].came if path in self.known else 0

    def _found_moments(self) -> Iterator[int]:
        """Yield this build, and those of the hour before which a set was the largest."""
        went = {each.went for each in self._went}
        went |= {each.went for each in self.known.values() if self._is_new_hold(each)}
        came = sorted({each.came for each in self._came})
        found, last = [], 0
        for moment in sorted(went):
            # Where nothing came since the moment before, more stood then.
            if not last or any(last <= each < moment for each in came):
                found.append(moment)
            last = moment
        yield from found[:: 1 + len(found) // _MOMENTS]
        yield self.build

    def _is_new_hold(self, trace: Trace) -> bool:
        return trace.is_held and abs(self.now_ts - trace.since_ts) < WINDOW_S

    def _first_held(self, source: str) -> int:
        """Return the first build of the hour that held something of a source back."""
        held = (t for t in self.known.values() if t.source == source)
        return min(each.went for each in held if self._is_new_hold(each))

    def _counted(self, articles: Iterable[tuple[str, str]]) -> Counter[Group]:
        """Return how many of these are in each group that counts."""
        found: Counter[Group] = Counter()
        for path, source in articles:
            for group in _groups_of(path, source):
                if group in self._wanted:
                    found[group] += 1
        return found

    def _size_at(self, moment: int) -> Counter[Group]:
        """Return how many stood in each group then."""
        found = Counter(self._sizes)
        later = (t for t in self._came if t.came >= moment and t.path in self._standing)
        found.subtract(self._counted((t.path, t.source) for t in later))
        found.update(self._counted((t.path, t.source) for t in self._left(moment)))
        return found

    def _left(self, moment: int) -> Iterator[Trace]:
        """Yield what stood then, and went before this build."""
        return (each for each in self._went if each.came < moment <= each.went)

    def _gone_since(self, moment: int) -> Iterator[tuple[str, str]]:
        """Yield what stood then and is gone now, with its source."""
        for path, source in self.gone.items():
            if self.came(path) < moment:
                yield path, source
        yield from ((each.path, each.source) for each in self._left(moment))

    def _losses_at(self, moment: int) -> Counter[Group]:
        """Return how many of each group are lost since: gone, and not replaced."""
        if moment not in self._lost_at:
            replaced = self._replaced_since(moment)
            self._lost_at[moment] = self._counted(
                (path, source)
                for path, source in self._gone_since(moment)
                if source not in replaced
            )
        return self._lost_at[moment]

    def _replaced_since(self, moment: int) -> frozenset[str]:
        """Return the sources that have half as many new ones as are gone, or more."""
        if moment not in self._replaced:
            gone = Counter(source for _, source in self._gone_since(moment))
            new = Counter(self.fresh.values())
            new.update(
                each.source
                for each in self._came
                if each.came >= moment and not each.went and each.path not in self.gone
            )
            self._replaced[moment] = frozenset(s for s in gone if 2 * new[s] >= gone[s])
        return self._replaced[moment]


def _remembered(window: _Window, held: Collection[str]) -> dict[str, Trace]:
    """Return what the builds of the next hour must know, by path."""
    kept = dict(window.known)
    for path, source in window.gone.items():
        was = kept.get(path)
        if was and was.is_held and path in held:
            continue
        kept[path] = Trace(
            path=path,
            source=source,
            since_ts=window.now_ts,
            came=window.came(path),
            went=window.build,
            is_held=path in held,
        )
    if kept:
        # What comes before anything went stood at all moments that count.
        new = Trace(path="", source="", since_ts=window.now_ts, came=window.build)
        for path, source in window.fresh.items():
            kept[path] = replace(new, path=path, source=source)
    return kept


def _told(
    window: _Window,
    held: Collection[str],
    exceeded: Collection[Group],
    found: Mapping[Group, tuple[int, int]],
    kept: Mapping[str, Trace],
) -> Iterator[Loss]:
    """Yield why articles are held back: each counts for one loss."""
    by_group: dict[Group, list[str]] = {}
    for path in sorted(held):
        site, *others = _groups_of(path, window.gone[path])
        first = next((g for g in (*others, site) if g in exceeded), others[0])
        by_group.setdefault(first, []).append(path)
    for group, paths in sorted(by_group.items()):
        lost, size = found[group]
        yield Loss(
            kind=group[0],
            place=group[1],
            gone=lost,
            of=size,
            held=len(paths),
            since_ts=min(kept[path].since_ts for path in paths),
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
