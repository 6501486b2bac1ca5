"""Runs one command and says what it cost: wall time, CPU time, peak memory.

The kernel does the counting (`wait4`), so nothing is sampled and nothing missed:
CPU time is user plus system time of the process and of every descendant it waited
for. Peak memory is the *largest single process* among them, not their sum; a
contender with workers may hold more at one moment than the figure says. Linux only.

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

LAUNCHER_SPARE_S = 60  # beyond the command's own time, for a launcher that hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The cost of one run; `failure` says why it does not count, if it does not."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    failure: str | None = None


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
            is_late = not _ends_within(child.pid, timeout_s)
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
        failure = f"over {timeout_s:g} s"
    elif child.returncode not in good_exits:
        failure = f"exit {child.returncode}"
    return Sample(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * 1024,  # getrusage(2): kilobytes on Linux
        failure=failure,
    )


def _ends_within(pid: int, timeout_s: float) -> bool:
    """Wait without reaping, so that the pid cannot mean another process yet."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], timeout_s)[0])
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_launch(**json.loads(sys.argv[1])))))
