"""Workers die of single items; all others are done."""

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from feeds.errors import WorkerError
from feeds.pipeline.workers import MEMORY_MIB, Lost, in_workers

POISON = 7
PROJECT = Path(__file__).parents[3]


def doubled(item: int, end: object = None) -> int:
    if item == POISON and callable(end):
        end()
    return 2 * item


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crashed() -> None:
    faulthandler.disable()
    ctypes.string_at(0)


def exited() -> None:
    os._exit(5)


def asleep() -> None:
    time.sleep(60)


def deaf() -> None:
    """Hang where Python handles no signal, as a loop in C does."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    ctypes.PyDLL(None).sleep(60)


def greedy() -> None:
    bytearray((8 * MEMORY_MIB) << 20)  # more than may lie idle in our own heap


def short_of_memory() -> None:
    raise MemoryError


def raises(error: type[Exception], tries: Path) -> None:
    with tries.open("a") as file:
        file.write(".")
    raise error("what libraries say is not told")


def once(marker: Path) -> None:
    """Die the first time only."""
    if not marker.exists():
        marker.touch()
        killed()


def done(work, count=20, size=5, **how) -> tuple[list[int], list[Lost]]:
    ranges = [range(at, min(at + size, count)) for at in range(0, count, size)]
    results, lost = [], []
    for each in in_workers(work, ranges, **{"jobs": 2, **how}):
        if isinstance(each, Lost):
            lost.append(each)
        else:
            results += each
    return sorted(results), lost


ALL = [2 * item for item in range(20)]
OTHERS = [2 * item for item in range(20) if item != POISON]


class TestSound:
    @pytest.mark.parametrize("jobs", [1, 2, 5])
    def test_every_item_is_done_once(self, jobs):
        assert done(doubled, jobs=jobs) == (ALL, [])

    @pytest.mark.parametrize("size", [1, 3, 50])
    def test_ranges_may_be_of_any_size(self, size):
        assert done(doubled, size=size) == (ALL, [])

    def test_nothing_to_do_needs_no_worker(self):
        assert list(in_workers(doubled, [], jobs=2)) == []

    def test_work_is_done_in_other_processes(self):
        (pids,) = in_workers(pid, [range(2)], jobs=1)
        assert len(set(pids)) == 1
        assert os.getpid() not in pids

    def test_no_worker_outlives_the_work(self):
        (pids,) = in_workers(pid, [range(1)], jobs=1)
        assert not Path(f"/proc/{pids[0]}").exists()

    def test_who_stops_asking_leaves_no_worker(self):
        results: Iterator[list[int]] = in_workers(pid, [range(1), range(1)], jobs=2)
        (first,) = next(results)
        results.close()
        assert not Path(f"/proc/{first}").exists()


class TestSpawned:
    """Where another thread runs, or on other systems, workers are not forked."""

    @pytest.fixture(autouse=True)
    def thread(self) -> Iterator[None]:
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        yield
        done.set()
        thread.join()

    def test_every_item_is_done_once(self):
        assert done(doubled, jobs=1) == (ALL, [])

    def test_r2_what_kills_two_workers_is_given_up(self):
        lost = [Lost(index=POISON, why="killed its process (signal 9)")]
        work = partial(doubled, end=killed)
        assert done(work, count=10, jobs=1) == (OTHERS[:9], lost)


def pid(_item: int) -> int:
    return os.getpid()


class TestR2:
    """A worker that dies costs the item that it was at, and only that."""

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.parametrize(
        ("end", "why"),
        [
            pytest.param(killed, "killed its process (signal 9)", id="killed"),
            pytest.param(crashed, "killed its process (signal 11)", id="segfault"),
            pytest.param(exited, "ended its process (exit code 5)", id="exit"),
        ],
    )
    def test_r2_what_kills_two_workers_is_given_up(self, end, why, jobs):
        results, lost = done(partial(doubled, end=end), jobs=jobs)
        assert (results, lost) == (OTHERS, [Lost(index=POISON, why=why)])

    @pytest.mark.parametrize("end", [greedy, short_of_memory])
    def test_r2_what_takes_too_much_memory_is_given_up(self, end):
        why = "takes more than 256 MiB of memory"
        lost = [Lost(index=POISON, why=why, is_of_machine=True)]
        assert done(partial(doubled, end=end)) == (OTHERS, lost)

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.parametrize("error", [KeyError, RecursionError, OSError, WorkerError])
    def test_what_raises_is_given_up_at_once_and_its_worker_goes_on(
        self, error, jobs, tmp_path
    ):
        tries = tmp_path / "tries"
        end = partial(raises, error, tries)
        results, (lost,) = done(partial(doubled, end=end), jobs=jobs)
        assert (results, lost.index, lost.is_of_machine) == (OTHERS, POISON, False)
        assert lost.why.startswith(f"raised {error.__name__} in ")
        assert tries.read_text() == "."

    @pytest.mark.parametrize("end", [asleep, deaf])
    def test_r2_what_hangs_is_given_up(self, end):
        started = time.monotonic()
        results, lost = done(partial(doubled, end=end), timeout_s=0.4)
        assert results == OTHERS
        assert lost == [
            Lost(index=POISON, why="takes longer than 0.4 s", is_of_machine=True)
        ]
        assert 0.8 <= time.monotonic() - started < 5

    def test_r2_only_single_items_are_timed(self):
        results, lost = done(napped, count=30, size=15, jobs=1, timeout_s=0.4)
        assert (len(results), lost) == (30, [])

    def test_r2_what_kills_one_worker_is_done_by_the_next(self, tmp_path):
        work = partial(doubled, end=partial(once, tmp_path / "marker"))
        assert done(work) == (ALL, [])

    def test_r2_many_may_kill(self):
        results, lost = done(odd_kills, count=40, size=8)
        assert results == [2 * item for item in range(0, 40, 2)]
        assert sorted(each.index for each in lost) == list(range(1, 40, 2))

    def test_r2_a_worker_killed_between_two_items_costs_none(self):
        ranges = [range(at, at + 5) for at in range(0, 200, 5)]
        results = []
        for number, each in enumerate(in_workers(slow_pid, ranges, jobs=2)):
            assert not isinstance(each, Lost)
            results += each
            if number % 10 == 0:
                os.kill(each[0][1], signal.SIGKILL)
        assert sorted(item for item, _ in results) == list(range(200))

    def test_r2_workers_that_die_before_they_begin_end_the_run(self):
        with pytest.raises(WorkerError, match=r"ended its process \(exit code 3\)"):
            list(in_workers(doubled, [Deadly()], jobs=2))


class Deadly(list):
    """A range that is the end of whoever receives it."""

    def __reduce__(self):
        return os._exit, (3,)


def napped(item: int) -> int:
    time.sleep(0.03)
    return item


def odd_kills(item: int) -> int:
    if item % 2:
        killed()
    return 2 * item


def slow_pid(item: int) -> tuple[int, int]:
    time.sleep(0.001)
    return item, os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the pipe tells")
def test_workers_die_with_their_parent():
    script = (
        "from feeds.pipeline.workers import in_workers\n"
        "from tests.feeds.pipeline.test_workers import told\n"
        "list(in_workers(told, [range(1)], jobs=1))\n"
    )
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 3
    while Path(f"/proc/{worker}/cmdline").exists() and is_running(worker):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def told(_item: int) -> None:
    os.write(1, b"%d\n" % os.getpid())
    time.sleep(4)


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    return "State:\tZ" not in status
