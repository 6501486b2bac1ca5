"""One build in a child process: its outcome, whatever becomes of it."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import msgspec

Status = Literal["built", "skipped", "failed"]

# What the exit codes of `stoker build` mean (see `server.cli.exits`, which stands on a
# higher floor); every other one is a failure.
_STATUSES: Mapping[int, Status] = {
    0: "built",
    3: "built",  # with files in quarantine
    4: "skipped",  # another build is running
}
_REPORT_BYTES = 16 * 1024 * 1024  # a report of 100,000 problems; beyond, it is dropped
_TAIL_BYTES = 4_096
_SHOWN_LINES = 10
_SHOWN_CHARS = 200
_END_TIMEOUT_S = 2.0  # a killed process that takes longer hangs in the kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a build went.

    `reason` is one line, empty for a build; `tail` are the last lines it logged;
    `report` is what it printed, empty when that could not be read.
    """

    status: Status
    took_s: float
    reason: str = ""
    tail: str = ""
    report: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


async def build(command: Sequence[str], *, timeout_s: float) -> Outcome:
    """Run the build command and return how it went.

    It runs in a process group of its own, which is killed and reaped when it takes
    too long or when this task is cancelled: at any instant that leaves every document
    whole, old or new.
    """
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        reason = f"{command[0]}: {error.strerror}"
        return Outcome(status="failed", took_s=0, reason=reason)
    try:
        async with asyncio.timeout(timeout_s):
            printed, logged, code = await asyncio.gather(
                _first(process.stdout), _last(process.stderr), process.wait()
            )
    except TimeoutError:
        await _kill(process)
        reason = f"killed after {timeout_s:g} s"
        return Outcome(status="failed", took_s=loop.time() - started_s, reason=reason)
    except asyncio.CancelledError:
        await _kill(process)
        raise
    return _outcome(code, printed, logged, loop.time() - started_s)


def _outcome(code: int, printed: bytes, logged: bytes, took_s: float) -> Outcome:
    lines = logged.decode("utf-8", "replace").strip().split("\n")[-_SHOWN_LINES:]
    status = _STATUSES.get(code, "failed")
    reason = {
        "built": "",
        "skipped": "another build is running",
        "failed": f"exit {code}: {lines[-1]}"[:_SHOWN_CHARS],
    }[status]
    return Outcome(
        status=status,
        took_s=took_s,
        reason=reason,
        tail="\n".join(lines),
        report=_parsed(printed),
    )


def _parsed(printed: bytes) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(printed, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


async def _first(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, and return it all unless it is too much."""
    chunks: list[bytes] = []
    size_bytes = 0
    while stream and (chunk := await stream.read(65_536)):
        size_bytes += len(chunk)
        if size_bytes <= _REPORT_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size_bytes <= _REPORT_BYTES else b""


async def _last(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, and return what came last."""
    tail = b""
    while stream and (chunk := await stream.read(65_536)):
        tail = (tail + chunk)[-_TAIL_BYTES:]
    return tail


async def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_TIMEOUT_S):
            await process.communicate()  # reaps it, and closes its pipes
