"""The builder as the server sees it: a child process that is asked for builds.

It is started at the first request, and lives on. It is killed when a build takes too
long, and given up when it ends or answers what is no answer: the next request starts
another. It leads a process group of its own, and is killed with all that is in it: at
any instant that leaves every document whole, old or new.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from server.wire import Answer, Paths, Request, answer_in, line_of

_ANSWER_BYTES = 64 * 1024 * 1024  # far more than an answer has
_TAIL_BYTES = 4_096
_SHOWN_LINES = 10
_SHOWN_CHARS = 200
_END_TIMEOUT_S = 2.0  # a killed process that takes longer hangs in the kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a build went; `answer` is the builder's, None when it was "lost".

    `reason` is one line, empty for a build; `tail` are the last lines it logged.
    """

    status: Literal["built", "skipped", "failed", "lost"]
    took_s: float
    reason: str = ""
    tail: str = ""
    answer: Answer | None = None


class _LostError(Exception):
    """The builder has ended, or speaks in tongues."""


class Builder:
    """The one builder of a server; not to be asked twice at a time.

    Args:
        command: How it is started; see `server.resident`.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._child: _Child | None = None
        self._number = 0

    async def build(self, paths: Paths, *, timeout_s: float) -> Outcome:
        """Have these files looked at; all, by a builder that has just been started."""
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._asked(paths)
        except TimeoutError:
            reason, tail = f"killed after {timeout_s:g} s", await self.end()
        except _LostError as error:
            tail = await self.end()
            reason = str(error)
        except OSError as error:
            reason, tail = f"{self._command[0]}: {error.strerror}", ""
        except asyncio.CancelledError:
            await self.end()
            raise
        else:
            return Outcome(
                status=answer.status,
                took_s=loop.time() - started_s,
                reason=answer.reason,
                answer=answer,
            )
        took_s = loop.time() - started_s
        return Outcome(status="lost", took_s=took_s, reason=reason, tail=tail)

    async def end(self) -> str:
        """Kill the builder, if there is one; return the last lines it logged."""
        child, self._child = self._child, None
        return await child.end() if child else ""

    async def _asked(self, paths: Paths) -> Answer:
        if self._child and self._child.has_ended:
            await self.end()
        if self._child is None:
            self._child = await _started(self._command)
            paths = None
        self._number += 1
        return await self._child.ask(Request(number=self._number, paths=paths))


class _Child:
    """One process, and the last that it logged."""

    def __init__(
        self,
        process: Process,
        requests: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        log: asyncio.StreamReader,
    ) -> None:
        self._process, self._requests, self._answers = process, requests, answers
        self._tail = b""
        self._end = asyncio.create_task(process.wait(), name="builder's end")
        self._listener = asyncio.create_task(self._listen(log), name="builder's log")

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended."""
        return self._end.done()

    async def ask(self, request: Request) -> Answer:
        """Return its answer.

        Raises:
            _LostError: there is none.
        """
        try:
            self._requests.write(line_of(request))
            await self._requests.drain()
            line = await self._answers.readline()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _LostError(await self._why()) from error
        except ValueError as error:
            raise _LostError("answered too much") from error
        if not line.endswith(b"\n"):
            raise _LostError(await self._why())
        try:
            answer = answer_in(line)
        except ValueError as error:
            raise _LostError("answered what is no answer") from error
        if answer.number != request.number:
            raise _LostError("answered what was not asked")
        return answer

    async def end(self) -> str:
        """Kill it with its whole group; return the last lines it logged."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._wait_for_end()
        self._end.cancel()
        self._listener.cancel()
        self._requests.close()
        return self._told()

    async def _why(self) -> str:
        """Return how it ended, for one that has closed its end of the line."""
        await self._wait_for_end()
        if not self._end.done():
            return "it says nothing any more"
        return f"exit {self._end.result()}: {_last(self._told())}"[:_SHOWN_CHARS]

    async def _wait_for_end(self) -> None:
        """Wait until it has ended and all its log is here, but not for ever."""
        await asyncio.wait((self._end, self._listener), timeout=_END_TIMEOUT_S)

    def _told(self) -> str:
        lines = self._tail.decode("utf-8", "replace").strip().split("\n")
        return "\n".join(lines[-_SHOWN_LINES:])

    async def _listen(self, log: asyncio.StreamReader) -> None:
        while chunk := await log.read(65_536):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]


async def _started(command: Sequence[str]) -> _Child:
    """Start a builder.

    Raises:
        OSError: it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=_ANSWER_BYTES,
        start_new_session=True,
    )
    assert process.stdin  # noqa: S101 - for the type checker: all three are pipes
    assert process.stdout  # noqa: S101
    assert process.stderr  # noqa: S101
    return _Child(process, process.stdin, process.stdout, process.stderr)


def _last(lines: str) -> str:
    return lines.rpartition("\n")[2]
