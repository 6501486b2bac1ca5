"""The steps of a history, whatever it was read from: values, and which are wanted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds.errors import HistoryError

Bound = datetime | str  # an instant, or a revision
_LATEST_S = 2**33  # in the year 2242; a commit may claim any date


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file that a step writes, or removes if there is nothing to `read`."""

    path: str
    read: Callable[[], bytes] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One commit, never dated earlier than the one before.

    `changes` may be asked for again. What `is_base` has all files as they were before
    the first commit that is wanted.
    """

    name: str
    at: datetime
    changes: Callable[[], Iterable[Change]]
    is_base: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The steps wanted, and where they happened.

    `work_tree` is the folder that paths are relative to, if there is one on disk;
    `prefix` the part of it that was named, "" or with a "/" at its end. `first_commits`
    dates files by their path.
    """

    steps: Sequence[Step]
    work_tree: Path | None
    prefix: str
    first_commits: Callable[[], Mapping[str, datetime]]


def instant(seconds: int) -> datetime:
    """Return the instant of a commit, as far as there can be builds."""
    return datetime.fromtimestamp(max(0, min(seconds, _LATEST_S)), UTC)


def span(
    names: Sequence[str],
    dates: Sequence[datetime],
    since: Bound | None,
    until: Bound | None,
) -> tuple[int, int]:
    """Return where the wanted commits start, and where they stop."""
    start, stop = 0, len(names)
    if isinstance(since, str):
        start = _index(names, since) + 1
    elif since:
        start = sum(date < since for date in dates)
    if isinstance(until, str):
        stop = _index(names, until) + 1
    elif until:
        stop = sum(date <= until for date in dates)
    return start, max(start, stop)


def _index(names: Sequence[str], revision: str) -> int:
    found = [at for at, name in enumerate(names) if name.startswith(revision)]
    if len(found) != 1:
        what = "ambiguous" if found else "not among the commits to replay"
        raise HistoryError(f"{revision}: {what}")
    return found[0]
