"""Runs `stoker serve` as a process of its own, and reads what it logs and uses."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import processes
from tests.bench.rivals import BenchError
from tests.bench.stoker_site import Site

_URL = re.compile(r"^serving (http://\S+)$", re.MULTILINE)
_BUILT = re.compile(r"^\S+ \S+ INFO regenerated (.*)$", re.MULTILINE)
_FIELD = re.compile(r"(\w+)=(-?\d+(?:\.\d+)?)(?=\s|$)")
_LOOK_S = 0.1
_END_S = 10.0  # the server drains for 5
_QUIET_S = 1.0  # without work for so long it is done
_QUIET_CPU_S = 0.05
# What would configure Stoker, or make Python compile its modules in every run.
_UNWANTED_VARIABLES = ("STOKER_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Seconds of CPU, and the most bytes that were ever resident."""

    server_cpu_s: float
    builder_cpu_s: float
    server_peak_bytes: int
    builder_peak_bytes: int


@dataclass(slots=True, kw_only=True)
class Serving:
    """A running server; all it starts is its builder."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""
    _peaks: dict[int, int] = field(default_factory=dict)  # of each builder, by pid

    def log_text(self) -> str:
        """Return everything it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def look(self) -> None:
        """Note what the builder holds at most; of those that have ended nobody can."""
        for pid in processes.descendants(self.process.pid):
            peak_bytes = processes.peak_bytes(pid)
            self._peaks[pid] = max(self._peaks.get(pid, 0), peak_bytes)

    def use(self) -> Use:
        """Return what it has used until now, the builder apart."""
        self.look()
        pid = self.process.pid
        own_s, ended_s = processes.cpu_s(pid)
        running_s = sum(sum(processes.cpu_s(each)) for each in _below(pid))
        return Use(
            server_cpu_s=own_s,
            builder_cpu_s=ended_s + running_s,
            server_peak_bytes=processes.peak_bytes(pid),
            builder_peak_bytes=max(self._peaks.values(), default=0),
        )

    def resident_bytes(self) -> tuple[int, int]:
        """Return what the server and the builder hold now."""
        pid = self.process.pid
        below = sum(map(processes.share_bytes, _below(pid)))
        return processes.resident_bytes(pid), below

    def wait_until_quiet(self, timeout_s: float) -> bool:
        """Wait until feeds are served and no work is left; say whether it came so."""
        ends_s = time.monotonic() + timeout_s
        while not builds(self.log_text()):
            self._require(ends_s, "built nothing")
        cpu_s = self._cpu_s()
        while time.monotonic() < ends_s:
            time.sleep(_QUIET_S)
            before_s, cpu_s = cpu_s, self._cpu_s()
            if cpu_s - before_s < _QUIET_CPU_S:
                return True
        return False

    def wait_for_url(self, timeout_s: float) -> None:
        """Wait until it listens."""
        ends_s = time.monotonic() + timeout_s
        while not (found := _URL.search(self.log_text())):
            self._require(ends_s, "does not listen")
        self.url = found[1]

    def _cpu_s(self) -> float:
        use = self.use()
        return use.server_cpu_s + use.builder_cpu_s

    def _require(self, ends_s: float, complaint: str) -> None:
        """Wait a little, as long as there is time left and the server runs."""
        if self.process.poll() is not None:
            raise BenchError(f"the server ended:\n{self.log_text()[-2000:]}")
        if time.monotonic() > ends_s:
            raise BenchError(f"the server {complaint}:\n{self.log_text()[-2000:]}")
        time.sleep(_LOOK_S)


@contextmanager
def serving(
    site: Site, *, stoker: Sequence[str], log: Path, timeout_s: float
) -> Iterator[Serving]:
    """Start a server on a free port, yield it once it listens, and end it."""
    command = [*stoker, "serve", "-c", str(site.settings), "--port", "0"]
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 -- the operator's own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
    found = Serving(process=process, log=log)
    ended = threading.Event()
    looker = threading.Thread(target=_look, args=(found, ended), name="looker")
    looker.start()
    try:
        found.wait_for_url(timeout_s)
        yield found
    finally:
        ended.set()
        looker.join()
        _end(process)


def environment() -> dict[str, str]:
    """Return our environment, without what would configure Stoker."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_UNWANTED_VARIABLES)
    }


def builds(log: str) -> list[Mapping[str, float]]:
    """Return the numbers of each build that the server logged, by field."""
    return [
        {name: float(value) for name, value in _FIELD.findall(fields)}
        for fields in _BUILT.findall(log)
    ]


def lines_of(log: str, level: str) -> list[str]:
    """Return the lines of one level."""
    return [line for line in log.splitlines() if f" {level} " in line[:40]]


def _below(pid: int) -> list[int]:
    return list(processes.descendants(pid))


def _look(found: Serving, ended: threading.Event) -> None:
    while not ended.wait(_LOOK_S):
        found.look()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then kill it if need be, and whatever it left behind."""
    left = _handles(_below(process.pid))
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        left += _handles(_below(process.pid))
        process.kill()
        process.wait()
    for handle in left:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)


def _handles(pids: Sequence[int]) -> list[int]:
    """Return descriptors of processes: an id may mean another one later."""
    handles = []
    for pid in pids:
        with suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
    return handles
