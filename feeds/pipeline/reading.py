"""What changed files give, once they are at rest; and what is left to the next build.

A file that changes while it is read, or cannot be understood so soon after it was
written, may be half-written: it is *pending*. Its last good version stays published, a
note says so, and the next build reads it again even if nothing about it changes.

How soon is too soon depends on who waits for the answer. Where builds follow one
another (`serve`), a broken file is pending for five seconds. A single build is often
that of a person who has just saved the file and wants to know: it looks a second time
at broken files, once they have been at rest for a second, and takes that as the truth.

Ages are told by the clock of this machine. Where a file server dates the files by one
of its own, the two may differ by as much as makes a file racy, and no change is overlooked.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from feeds.article import SourceFile
from feeds.catalog import ArticleRow
from feeds.errors import Problem
from feeds.pipeline import basis
from feeds.pipeline.dates import Histories
from feeds.pipeline.ingest import Intake, ingest
from feeds.pipeline.report import Clock
from feeds.pipeline.workers import Bench
from feeds.source import look_again
from feeds.walk import is_racy

_S = 1_000_000_000  # in nanoseconds
_REST_NS = 1 * _S  # before a single build believes what a broken file says
_PENDING_NS = 5 * _S  # before one of many builds does
_CHANGED_NS = -1  # no file's date: it counts as changed next time
_BROKEN = frozenset(("quarantined", "empty", "unreadable"))


def rows_of(
    intake: Intake,
    *,
    jobs: int,
    repeats: bool,
    clock: Clock,
    histories: Histories,
    bench: Bench | None = None,
) -> Iterator[list[ArticleRow]]:
    """Yield the rows of changed files as the catalog keeps them, in no certain order.

    `repeats` says that builds follow one another; on the `bench` a worker waits for the
    next one.
    """
    doubtful: list[ArticleRow] = []
    undated: list[ArticleRow] = []
    clock_ns = clock()  # before anything is read
    for rows in ingest(intake, jobs=jobs, bench=bench):
        settled = []
        for row in rows:
            if _is_doubtful(row, clock_ns, repeats=repeats):
                doubtful.append(row)
            elif row.outcome == "undated":
                undated.append(row)
            else:
                settled.append(_kept(row, clock_ns))
        yield settled
    if doubtful and repeats:
        yield [_pending(row) for row in doubtful]
    elif doubtful:
        let_rest((row.file for row in doubtful), clock)
        again_ns = clock()
        rows = list(_second_look(doubtful, intake, jobs))
        undated += [row for row in rows if row.outcome == "undated"]
        yield [_kept(row, again_ns) for row in rows if row.outcome != "undated"]
    if undated:
        yield [_kept(row, clock_ns) for row in _dated(undated, intake, histories, jobs)]


def _is_doubtful(row: ArticleRow, clock_ns: int, *, repeats: bool) -> bool:
    """Whether a file may look otherwise before long."""
    is_broken = row.outcome in _BROKEN and is_young(row.file, clock_ns, repeats=repeats)
    return row.outcome == "pending" or is_broken


def is_young(file: SourceFile, clock_ns: int, *, repeats: bool) -> bool:
    """Whether a file was written only just."""
    # A date far ahead is a wrong one, and says nothing about when the file was written.
    age_ns = abs(clock_ns - file.mtime_ns)
    return age_ns < (_PENDING_NS if repeats else _REST_NS)


def let_rest(files: Iterable[SourceFile], clock: Clock) -> None:
    """Wait until none of these files changed within the last second, or a second."""
    clock_ns = clock()
    now = filter(None, map(look_again, files))
    youngest_ns = max((file.mtime_ns for file in now), default=0)
    left_ns = _REST_NS - (clock_ns - youngest_ns)
    time.sleep(max(0, min(left_ns, _REST_NS)) / _S)


def _second_look(
    doubtful: Sequence[ArticleRow], intake: Intake, jobs: int
) -> Iterator[ArticleRow]:
    """Yield what doubtful files say now; pending is what still changes, or is gone."""
    files = filter(None, (look_again(row.file) for row in doubtful))
    again = replace(intake, files=list(files))
    seen = {row.file.path: row for rows in ingest(again, jobs=jobs) for row in rows}
    for first in doubtful:
        second = seen.get(first.file.path, first)
        is_moving = second.outcome in _BROKEN and second.file != first.file
        is_gone = first.file.path not in seen
        yield _pending(second) if is_moving or is_gone else second


def _dated(
    undated: Sequence[ArticleRow], intake: Intake, histories: Histories, jobs: int
) -> Iterator[ArticleRow]:
    """Yield what files without a date give with that of their first commit."""
    dates = histories.first_commits({row.file.source for row in undated})
    files = [row.file for row in undated if row.file.path in dates]
    yield from (row for row in undated if row.file.path not in dates)
    again = replace(intake, files=files, first_commits=dates)
    for rows in ingest(again, jobs=jobs):
        yield from rows


def _pending(row: ArticleRow) -> ArticleRow:
    if row.outcome == "pending":
        return row
    problems = map(basis.decode_problem, row.problems)
    return replace(
        row,
        outcome="pending",
        problems=tuple(msgspec.msgpack.encode(noted(each)) for each in problems),
    )


def noted(problem: Problem) -> Problem:
    """Return the problem of a broken file as that of one that may be half-written."""
    expected = f"{problem.expected}; just written, so the next build reads it again"
    return replace(problem, severity="note", expected=expected)


def _kept(row: ArticleRow, clock_ns: int) -> ArticleRow:
    """Return the row with a file that counts as changed if it may change unseen."""
    if not is_racy(row.file.mtime_ns, clock_ns):
        return row
    return replace(row, file=replace(row.file, mtime_ns=_CHANGED_NS))
