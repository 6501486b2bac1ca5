"""Work done item by item in processes that may die of it: the rest is done all the same.

A worker says in shared memory which item it is at. When it is killed, ends itself,
takes too long or asks for too much memory, that item is tried once more, alone in a
fresh worker; if that one dies as well, the item is given up. So is one that raises
anything, at once: it would again. `ProcessPoolExecutor` is dead for good with its first
worker, and says neither where nor why.

How much there may be of anything is counted by whoever does the work, and decides alike
on every machine; time and memory are bounded here for what nobody foresaw.
"""

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from feeds.errors import WorkerError

Result = TypeVar("Result")

ITEM_TIMEOUT_S = 5.0  # an article takes a thousandth of it, a slow disk some hundredths
MEMORY_MIB = 256  # above what a worker has at its start
_AHEAD = 2  # ranges that a worker has been given, so that it never waits for us
_NOWHERE = -1
_EARLY_DEATHS = 3  # in a row: then it is not the items that they die of
_END_TIMEOUT_S = 1.0  # for a process that has closed its pipe, and so is about to end
_NO_MEMORY = 77  # an exit code of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An item that was given up; `why` says how it came to that, after "it".

    One that `is_of_machine` took more time or memory than there is, which another
    machine, or this one at another time, may have.
    """

    index: int
    why: str
    is_of_machine: bool = False


def in_workers(
    work: Callable[[int], Result],
    ranges: Iterable[range],
    *,
    jobs: int,
    timeout_s: float = ITEM_TIMEOUT_S,
    bench: "Bench | None" = None,
) -> Iterator[list[Result] | Lost]:
    """Yield what `work` gives for all indexes, a range at a time, in no certain order.

    Args:
        work: Called in other processes; where those cannot be forked, it is pickled.
        ranges: The results of one are kept in memory until all are there.
        jobs: How many processes may work at once.
        timeout_s: How long one item may take.
        bench: Where a worker waits between two runs.

    Raises:
        WorkerError: workers die before they begin.
    """
    crew = _Crew(work, ranges, jobs, timeout_s, bench or Bench())
    try:
        yield from crew.results()
    finally:
        crew.dismiss()


class _Crew(Generic[Result]):
    """The workers of one run, and what nobody has been given yet."""

    def __init__(
        self,
        work: Callable[[int], Result],
        ranges: Iterable[range],
        jobs: int,
        timeout_s: float,
        bench: "Bench",
    ) -> None:
        self._work = work
        self._bench = bench
        self._timeout_s = timeout_s
        self._waiting = deque(ranges)
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self._suspects: set[int] = set()
        self._early_deaths = 0

    def results(self) -> Iterator[list[Result] | Lost]:
        self._deal()
        while self._workers:
            ready = wait([worker.connection for worker in self._workers])
            for worker in [w for w in self._workers if w.connection in ready]:
                try:
                    done = worker.connection.recv()
                except (EOFError, OSError):
                    yield from self._replaced(worker)
                    continue
                items = worker.given.popleft()
                self._early_deaths = 0
                yield [each for each in done if not isinstance(each, _Fault)]
                for index, each in zip(items, done, strict=True):
                    if isinstance(each, _Fault):
                        yield Lost(index=index, why=each.why)
            self._deal()

    def dismiss(self) -> None:
        for worker in self._workers:
            worker.dismiss()

    def _deal(self) -> None:
        while self._waiting and len(self._workers) < self._jobs:
            self._hire(self._waiting.popleft())
        for worker in list(self._workers):
            while self._waiting and len(worker.given) < _AHEAD:
                worker.give(self._waiting.popleft())
            if not worker.given:
                self._workers.remove(worker)
                self._bench.seat(worker)

    def _hire(self, first: range) -> None:
        worker = self._bench.call(self._work, self._timeout_s)
        worker = worker or _Worker(self._work, self._timeout_s)
        worker.give(first)
        self._workers.append(worker)

    def _replaced(self, worker: "_Worker") -> Iterator[Lost]:
        """Have what a dead worker was given done by others, or give one item up."""
        self._workers.remove(worker)
        end, at = worker.ended(), worker.at.value
        current = worker.given.popleft()
        self._waiting.extendleft(worker.given)
        if at not in current:
            self._early_deaths += 1
            if self._early_deaths == _EARLY_DEATHS:
                raise WorkerError(
                    f"a process that reads articles {end.why} at its start"
                )
            self._waiting.appendleft(current)
        elif at in self._suspects:
            yield Lost(index=at, why=end.why, is_of_machine=end.is_of_machine)
        else:
            self._suspects.add(at)
            rest = (range(current.start, at), range(at + 1, current.stop))
            self._waiting.extendleft(filter(None, rest))
            self._hire(range(at, at + 1))


class Bench:
    """Where a worker waits between two runs: starting one takes longer than an article.

    It keeps what it allocates, so it is let go after `_MOST_RUNS`.
    """

    def __init__(self) -> None:
        self._waiting: _Worker | None = None

    def staff(self) -> None:
        """Have a worker wait here.

        Not while a lock is held: it would hold that, too, for as long as it waits.
        """
        if self._waiting is None:
            self._waiting = _Worker(_nothing, ITEM_TIMEOUT_S)

    def call(self, work: Callable[[int], object], timeout_s: float) -> "_Worker | None":
        """Return a worker that will do `work`, if one is waiting and alive."""
        worker, self._waiting = self._waiting, None
        if worker and worker.process.is_alive() and worker.take_up(work, timeout_s):
            return worker
        if worker:
            worker.dismiss()
        return None

    def seat(self, worker: "_Worker") -> None:
        """Have a worker that has nothing to do wait here if it came from here, or end."""
        if self._waiting is None and 0 < worker.runs < _MOST_RUNS:
            self._waiting = worker
        else:
            worker.dismiss()

    def close(self) -> None:
        """Have whoever waits here end."""
        if self._waiting:
            self._waiting.dismiss()
        self._waiting = None


def _nothing(_item: int) -> None:
    pass


_MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How a worker ended; the words as in `Lost`."""

    why: str
    is_of_machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """What a worker sends in place of a result; `why` as in `Lost`."""

    why: str


class _Cell(Protocol):
    """An integer in memory that is shared with a worker."""

    value: int


class _Worker:
    """One process, the ranges that it was given, and the item that it is `at`."""

    def __init__(self, work: Callable[[int], object], timeout_s: float) -> None:
        # Forking is quickest, but unsound where another thread runs: it may hold locks.
        is_alone = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if is_alone else "spawn")
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.at: _Cell = context.RawValue("q", _NOWHERE)
        self.given: deque[range] = deque()
        self.runs = 0  # that it was called to from the bench
        self._timeout_s = timeout_s
        self.process = context.Process(
            target=_serve,
            args=(theirs, self.at, work, timeout_s, os.getpid()),
            daemon=True,
        )
        self.process.start()
        theirs.close()

    def take_up(self, work: Callable[[int], object], timeout_s: float) -> bool:
        """Have another work done from now on; False if there is nobody to hear."""
        self.at.value, self._timeout_s = _NOWHERE, timeout_s
        self.runs += 1
        try:
            self.connection.send((work, timeout_s))
        except OSError:
            return False
        return True

    def dismiss(self) -> None:
        """Have the process end."""
        self.process.kill()
        self.ended()

    def give(self, items: range) -> None:
        """Have a range done after those given before."""
        self.given.append(items)
        try:
            self.connection.send(items)
        except OSError:
            self.process.kill()  # if it has not died already, nobody would ever answer

    def ended(self) -> _End:
        """Return how the process ended, once it has."""
        self.process.join(_END_TIMEOUT_S)
        self.process.kill()
        self.process.join()
        self.connection.close()
        code = self.process.exitcode
        if code == _NO_MEMORY:
            why = f"takes more than {MEMORY_MIB} MiB of memory"
            return _End(why=why, is_of_machine=True)
        if code == -signal.SIGALRM:
            why = f"takes longer than {self._timeout_s:g} s"
            return _End(why=why, is_of_machine=True)
        if code < 0:
            return _End(why=f"killed its process (signal {-code})")
        return _End(why=f"ended its process (exit code {code})")


_PR_SET_PDEATHSIG = 1  # prctl(2)


def _serve(
    connection: Connection,
    at: _Cell,
    work: Callable[[int], object],
    timeout_s: float,
    parent: int,
) -> None:
    """Do what is asked for until nobody asks any more."""
    _end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us will end us
    # Not an exception but the end: code that hangs outside of Python hears no exception.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _bound_memory()
    with contextlib.suppress(EOFError):
        while True:
            items = connection.recv()
            if isinstance(items, tuple):
                work, timeout_s = items
                continue
            try:
                done = []
                for item in items:
                    at.value = item
                    signal.setitimer(signal.ITIMER_REAL, timeout_s)
                    done.append(_done(work, item))
                signal.setitimer(signal.ITIMER_REAL, 0)
                connection.send(done)
            except MemoryError:
                os._exit(_NO_MEMORY)


def _done(work: Callable[[int], Result], item: int) -> "Result | _Fault":
    """Return what `work` makes of an item, or how it failed.

    The outermost loop, as far as one article goes, and the one place that contains
    whatever reading or rendering it raises: an error of ours in handling one article
    must cost that article alone, and is told with its type and its place.
    """
    try:
        return work(item)
    except MemoryError:
        raise  # of this machine, which may have more in a fresh worker
    except Exception as error:  # noqa: BLE001 - see above
        return _Fault(why=f"raised {type(error).__name__} in {_place_of(error)}")


def _place_of(error: Exception) -> str:
    """Return the innermost of our own lines that an error came through."""
    frames = [
        (str(frame.f_globals.get("__name__", "?")), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    ours = [each for each in frames[1:] if each[0].startswith("feeds.")]
    name, line = (ours or frames)[-1]
    return f"{name}:{line}"


def _end_with(parent: int) -> None:
    """Have this worker killed when `parent` is: it holds the locks of its parent too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before we could ask


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the size at the start is not so easily told
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        size_bytes = pages * resource.getpagesize() + MEMORY_MIB * 1024 * 1024
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        if most in (resource.RLIM_INFINITY, -1) or size_bytes < most:
            resource.setrlimit(resource.RLIMIT_AS, (size_bytes, most))
