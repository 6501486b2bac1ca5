"""Runs one command and says what it cost: wall time, CPU time, peak memory.

The kernel counts time (`wait4`): CPU time is user plus system time of the process and
of every descendant it waited for. It also knows the most that any *single* process
held. What all of them held at one moment is looked at every LOOK_S seconds, so a
shorter peak of several processes is missed; the figure is never below that of the
largest process. Linux only.

The command is started by a small launcher, this file run as a script: Linux counts
what a process held *before* it became the command, a copy of whoever started it. So
about 13 MiB is the least that can be seen, and not the benchmark's own memory.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":
    import processes  # run as a script, this folder is where it looks for modules
else:
    from tests.bench import processes

LAUNCHER_SPARE_S = 60  # beyond the command's own time, for a launcher that hangs
LOOK_S = 0.05  # a look at four processes takes the launcher about 3 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The cost of one run; `failure` says why it does not count, if it does not.

    `peak_bytes` is the largest process, `tree_bytes` the process and its descendants.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    tree_bytes: int
    failure: str | None = None
    is_late: bool = False  # it failed by taking too long


def measure(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    good_exits: Collection[int] = (0,),
) -> Sample:
    """Run `command` to its end, or kill it and its children after `timeout_s`.

    Its output goes to `log`. What earlier runs left to be written to the disk is
    written first, so that nobody pays for his predecessor.
    """
    os.sync()
    task = {
        "command": list(command),
        "log": str(log),
        "timeout_s": timeout_s,
        "good_exits": list(good_exits),
    }
    launcher = subprocess.run(  # noqa: S603 -- this file, and the operator's command
        [sys.executable, "-S", __file__, json.dumps(task)],
        stdout=subprocess.PIPE,
        env=dict(environment),
        timeout=timeout_s + LAUNCHER_SPARE_S,
        check=True,
    )
    return Sample(**json.loads(launcher.stdout))


def _launch(
    *, command: Sequence[str], log: str, timeout_s: float, good_exits: Collection[int]
) -> Sample:
    with Path(log).open("wb") as sink:
        start_s = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603 -- the operator's own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            is_late, tree_bytes = _watched(child.pid, timeout_s)
        except KeyboardInterrupt:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        if is_late:
            os.killpg(child.pid, signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start_s
    child.returncode = os.waitstatus_to_exitcode(status)
    failure = None
    if is_late:
        failure = f"> {timeout_s:g} s"
    elif child.returncode not in good_exits:
        failure = f"exit {child.returncode}"
    peak_bytes = usage.ru_maxrss * 1024  # getrusage(2): kilobytes on Linux
    return Sample(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak_bytes,
        tree_bytes=max(tree_bytes, peak_bytes),
        failure=failure,
        is_late=is_late,
    )


def _watched(pid: int, timeout_s: float) -> tuple[bool, int]:
    """Return whether it took too long, and the most that several processes held.

    Waits without reaping, so that the pid cannot mean another process yet.
    """
    ends_s = time.perf_counter() + timeout_s
    most_bytes = 0
    descriptor = os.pidfd_open(pid)
    try:
        while not select.select([descriptor], [], [], LOOK_S)[0]:
            pids = [pid, *processes.descendants(pid)]
            if len(pids) > 1:  # of a single one the kernel knows the peak
                most_bytes = max(most_bytes, sum(map(processes.share_bytes, pids)))
            if time.perf_counter() > ends_s:
                return True, most_bytes
    finally:
        os.close(descriptor)
    return False, most_bytes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_launch(**json.loads(sys.argv[1])))))
