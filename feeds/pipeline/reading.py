"""What changed files give, once they are at rest; and what is left to the next build.

A file that changes while it is read, or cannot be understood so soon after it was
written, may be half-written: it is *pending*. Its last good version stays published, a
note says so, and the next build reads it again even if nothing about it changes.

How soon is too soon depends on who waits for the answer. Where builds follow one
another (`serve`), a broken file is pending for five seconds. A single build is often
that of a person who has just saved the file and wants to know: it looks a second time
at broken files, once they have been at rest for a second, and takes that as the truth.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec

from feeds.catalog import ArticleRow
from feeds.errors import Problem
from feeds.pipeline import basis
from feeds.pipeline.ingest import Intake, ingest
from feeds.source import look_again

_S = 1_000_000_000  # in nanoseconds
_REST_NS = 1 * _S  # before a single build believes what a broken file says
_PENDING_NS = 5 * _S  # before one of many builds does
# Two changes within one tick of a file system's clock leave one mtime: such a file is
# read again next time. Linux ticks every 4 to 10 ms; be generous.
_RACY_NS = _S // 50
_CHANGED_NS = -1  # no file's date: it counts as changed next time
_BROKEN = frozenset(("quarantined", "empty"))


def rows_of(intake: Intake, *, jobs: int, repeats: bool) -> Iterator[list[ArticleRow]]:
    """Yield the rows of changed files as the catalog keeps them, in no certain order.

    `repeats` says that builds follow one another.
    """
    doubtful: list[ArticleRow] = []
    clock_ns = _clock_of_files()
    for rows in ingest(intake, jobs=jobs):
        settled = []
        for row in rows:
            if _is_doubtful(row, clock_ns, repeats=repeats):
                doubtful.append(row)
            else:
                settled.append(_kept(row, intake, clock_ns))
        yield settled
    if doubtful and repeats:
        yield [_pending(row) for row in doubtful]
    elif doubtful:
        _let_rest(doubtful)
        clock_ns = _clock_of_files()
        rows = list(_second_look(doubtful, intake, jobs))
        yield [_kept(row, intake, clock_ns) for row in rows]


def _is_doubtful(row: ArticleRow, clock_ns: int, *, repeats: bool) -> bool:
    """Whether a file may look otherwise before long."""
    # A date far ahead is a wrong one, and says nothing about when the file was written.
    age_ns = abs(clock_ns - row.file.mtime_ns)
    is_young = age_ns < (_PENDING_NS if repeats else _REST_NS)
    return row.outcome == "pending" or (row.outcome in _BROKEN and is_young)


def _let_rest(rows: Sequence[ArticleRow]) -> None:
    """Wait until none of these files changed within the last second, or a second."""
    clock_ns = _clock_of_files()
    now = filter(None, (look_again(row.file) for row in rows))
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


def _pending(row: ArticleRow) -> ArticleRow:
    if row.outcome == "pending":
        return _counted_as_changed(row)
    problems = map(basis.decode_problem, row.problems)
    return _counted_as_changed(
        replace(
            row,
            outcome="pending",
            problems=tuple(msgspec.msgpack.encode(_noted(each)) for each in problems),
        )
    )


def _noted(problem: Problem) -> Problem:
    expected = f"{problem.expected}; just written, so the next build reads it again"
    return replace(problem, severity="note", expected=expected)


def _kept(row: ArticleRow, intake: Intake, clock_ns: int) -> ArticleRow:
    """Return the row with a file that counts as changed if it must be read again."""
    is_racy = row.file.mtime_ns >= clock_ns - _RACY_NS
    rules, _ = intake.rules[row.file.source]
    waits_for_commit = (
        row.outcome == "held"
        and rules.undated == "git"
        and row.file.path not in intake.first_commits
    )
    if is_racy or waits_for_commit or row.outcome == "pending":
        return _counted_as_changed(row)
    return row


def _counted_as_changed(row: ArticleRow) -> ArticleRow:
    return replace(row, file=replace(row.file, mtime_ns=_CHANGED_NS))


def _clock_of_files() -> int:
    """Return the time that a file written now would be given, in nanoseconds."""
    with tempfile.TemporaryFile() as probe:
        return os.fstat(probe.fileno()).st_mtime_ns
