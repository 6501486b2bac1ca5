"""What changes in the source folders, told at once: a hint, never the whole truth.

Watchers lose events in silence when there are too many, and on network folders hear
only of changes made on this machine; so the timetable goes on, and looks at all files.
Whenever nobody watched for a moment, everything is to be looked at.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import (
    Callable,
    Coroutine,
)
from dataclasses import dataclass

from watchfiles import awatch

from feeds.settings import Settings, state_path
from server.places import Place, below, places_of, touched
from server.wire import NO_PATHS, Paths, together

_log = logging.getLogger(__name__)

_STEP_MS = 5  # how often watchfiles looks for news, and as long they must have ended
_BATCH_MS = 50  # it hands over what there is after so long, ended or not
_PATIENCE = 10  # times the debounce: so long a storm may put a build off
_LOOK_S = 1.0  # at the roots: a link may lead elsewhere, a folder be made anew
_PAUSE_S = 0.5  # after a fault twice as long as after the last, up to the longest
_LONGEST_PAUSE_S = 60.0
_Identity = tuple[int, int] | None


class Watcher:
    """Tells what was touched, once it has been quiet for a moment; `run` is its owner.

    Args:
        settings: Which folders, and for how long it must be quiet.
        on_touched: Called with the files; with None for any.
    """

    def __init__(
        self, settings: Settings, *, on_touched: Callable[[Paths], None]
    ) -> None:
        self._settings = settings
        self._on_touched = on_touched
        self._moved = asyncio.Event()
        self._told = ""
        self._pause_s = _PAUSE_S
        self._was_blind = False
        self._gathered: Paths = NO_PATHS
        self._gathered_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def reconfigure(self, settings: Settings) -> None:
        """Follow other settings from now on."""
        self._settings = settings
        self._told = ""
        self._moved.set()

    async def run(self) -> None:
        """Watch until cancelled, whatever the system says."""
        try:
            while True:
                self._moved.clear()
                if pause_s := await self._watched():
                    await self._is_moved_within(pause_s)
                self._was_blind = True
        finally:
            if self._timer:
                self._timer.cancel()

    async def _watched(self) -> float:
        """Watch for as long as it goes; return after how many seconds to try again."""
        settings = self._settings
        if not settings.schedule.watch:
            await self._moved.wait()
            return 0
        view = await asyncio.to_thread(_view_of, settings)
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            await _until_first(
                *(self._follow(view, recursive=each) for each in (True, False)),
                self._until_moved(view),
            )
        except (OSError, RuntimeError, ValueError, ExceptionGroup) as error:
            # There are too many folders, say; or a name is no UTF-8, of which watchfiles
            # tells only that.
            fault = _innermost(error)
            if fault != self._told:
                self._told = fault
                _log.warning("folders are not watched for now: %s", fault)
            if loop.time() - started_s > _LONGEST_PAUSE_S:
                self._pause_s = _PAUSE_S
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            return self._pause_s
        self._pause_s = _PAUSE_S
        return 0

    async def _follow(self, view: "_View", *, recursive: bool) -> None:
        """Gather what is touched in the roots that are, or are not, to be gone through.

        Raises:
            OSError, RuntimeError, ValueError, ExceptionGroup: they cannot be watched.
        """
        roots = view.roots(recursive=recursive)
        if not roots:
            await asyncio.Event().wait()
        changes = awatch(
            *roots,
            watch_filter=None,
            debounce=_BATCH_MS,
            step=_STEP_MS,
            recursive=recursive,
        )
        async with contextlib.aclosing(changes):
            async for batch in changes:
                self._gather(
                    await asyncio.to_thread(touched, batch, view.places, view.apart)
                )

    async def _until_moved(self, view: "_View") -> None:
        """Wait until the settings are others, or a root is."""
        if self._was_blind:
            # Begun after the others, so that nothing goes unseen from now on.
            self._on_touched(None)
        while not await self._is_moved_within(_LOOK_S):
            if await asyncio.to_thread(_view_of, self._settings) != view:
                return

    async def _is_moved_within(self, timeout_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                return await self._moved.wait()
        return False

    def _gather(self, paths: Paths) -> None:
        """Add to what will be told, once nothing more has come for a while."""
        if paths is not None and not paths:
            return
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if self._timer is None:
            self._gathered_s = now_s
        else:
            self._timer.cancel()
        self._gathered = together(self._gathered, paths)
        debounce_s = self._settings.schedule.debounce.total_seconds()
        quiet_s = max(0, debounce_s - _STEP_MS / 1000)  # it has been quiet for a step
        last_s = self._gathered_s + _PATIENCE * debounce_s
        self._timer = loop.call_at(min(now_s + quiet_s, last_s), self._tell)

    def _tell(self) -> None:
        paths, self._gathered, self._timer = self._gathered, NO_PATHS, None
        self._on_touched(paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What is watched, and which folders stood at the roots when that began."""

    places: tuple[Place, ...]
    identities: tuple[_Identity, ...]
    apart: tuple[str, ...]

    def roots(self, *, recursive: bool) -> list[str]:
        """Return the roots that exist, but for those that lie within another."""
        found = {
            place.root
            for place, identity in zip(self.places, self.identities, strict=True)
            if identity and bool(place.file) is not recursive
        }
        return [
            root
            for root in sorted(found)
            if not (recursive and any(below(other, root) for other in found))
        ]


def _view_of(settings: Settings) -> _View:
    places = places_of(settings)
    apart = (settings.output.path, str(state_path(settings)))
    return _View(
        places=places,
        identities=tuple(_identity(place.root) for place in places),
        apart=tuple(map(os.path.realpath, apart)),
    )


def _identity(root: str) -> _Identity:
    """Return what tells a folder from the one that stood there before it."""
    try:
        status = os.stat(root)  # noqa: PTH116 - as `feeds.source` does it
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


async def _until_first(*jobs: Coroutine[None, None, None]) -> None:
    """Wait until one of these ends, and end the others; raise what it raised."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
