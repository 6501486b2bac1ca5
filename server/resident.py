"""The builder: a process that `stoker serve` starts, and that builds whenever asked.

    python -m server.resident SETTINGS JOBS [COMMAND]

COMMAND accepts a loss, for whoever is told of one (see `feeds.loss`).

It reads requests from stdin and answers on stdout, one line each (see `server.wire`),
until stdin ends; on Linux it is killed when its parent is, even in the middle of a
build. What it cannot foresee is its end, with a traceback: the server starts another
one, which remembers nothing that may be wrong.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from feeds.errors import BusyError, Problem, StokerError
from feeds.loss import ACCEPT
from feeds.pipeline.report import Report
from feeds.pipeline.resident import Resident
from server.wire import Answer, Request, line_of, read_settings, request_in

_PR_SET_PDEATHSIG = 1  # prctl(2)
_MANY_CHANGED = 1_000  # documents; beyond, the manifest is read as quickly
_TOLD_AT_ONCE = 20  # `stoker list problems` has them all


def main() -> None:
    """Answer requests until there are no more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    file, jobs, *command = sys.argv[1:]
    accept = command[0] if command else ACCEPT
    resident = Resident(read_settings(Path(file)), jobs=int(jobs), accept=accept)
    answer_all(sys.stdin.buffer, _own_stdout(), resident)


def answer_all(requests: BinaryIO, answers: BinaryIO, resident: Resident) -> None:
    """Answer one request after the other, until they end."""
    told: frozenset[Problem] = frozenset()
    for line in requests:
        request = request_in(line)
        report = _report_of(request, resident)
        if isinstance(report, Answer):
            answer = report
        else:
            wrong = _wrong(report)
            answer = _answer_of(request, report, {*(wrong - told), *report.emptied})
            told = wrong
        answers.write(line_of(answer))
        answers.flush()


def _report_of(request: Request, resident: Resident) -> Report | Answer:
    """Return the report of a build, or why there is none."""
    now = datetime.now(UTC)
    try:
        return resident.build(request.paths, now=now, clock=time.time_ns)
    except BusyError:
        reason = "another build is running"
        return Answer(number=request.number, status="skipped", reason=reason)
    except StokerError as error:
        reason = str(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = f"{place}{error.strerror or error}"
    return Answer(number=request.number, status="failed", reason=reason)


def _answer_of(request: Request, report: Report, news: Iterable[Problem]) -> Answer:
    is_short = len(report.changed) <= _MANY_CHANGED
    return Answer(
        number=request.number,
        status="built",
        articles=report.articles,
        written=len(report.written),
        pending=report.pending - report.late,  # those wait for the timetable
        problems=len(report.problems),
        news=tuple(sorted(news, key=str)[:_TOLD_AT_ONCE]),
        next_change=report.next_change,
        next_expiry=report.next_expiry,
        changed=report.changed if is_short else None,
        gone=report.gone,
        moved=report.moved,
        is_news=report.is_news,
        is_unfinished=report.is_unfinished,
        losses=report.losses,
        before=report.before,
        after=report.after,
    )


def _wrong(report: Report) -> frozenset[Problem]:
    """Return what is wrong; a note is no wrong, and losses are told on their own."""
    losses = {each.problem for each in report.losses}
    return frozenset(
        each
        for each in (*report.problems, *report.lasting)
        if each.severity != "note" and each not in losses
    )


def _own_stdout() -> BinaryIO:
    """Return stdout for ourselves, and have everybody else's go to stderr."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return own


if __name__ == "__main__":
    main()
