"""The server as a whole: listen, load, serve, regenerate, and end in good order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from feeds.errors import SettingsError
from feeds.output import version_of
from feeds.settings import Settings
from server import pages
from server.connections import Limits, Server
from server.handlers import Handler
from server.schedule import NotServedError, Regeneration, system_clocks
from server.store import Snapshot, follow, load
from server.watch import Watcher
from server.wire import NO_PATHS, Answer

_log = logging.getLogger(__name__)

_BACKLOG = 1_024  # connections that the kernel holds while the loop is busy
_LOOK_S = 1.0  # at whether another process has published
_DRAIN_S = 1.5  # aiohttp may take it twice; with the build's end it is below 5 s


def serve(
    load_settings: Callable[[], Settings],
    build_command: Sequence[str],
    *,
    build_on_start: bool = True,
    on_listening: Callable[[str], None] | None = None,
) -> int:
    """Serve and regenerate the feeds until SIGTERM or SIGINT.

    SIGHUP loads the settings anew and builds; settings that are wrong are logged, and
    the old ones kept.

    Args:
        load_settings: Called at the start and at each SIGHUP.
        build_command: How the builder is started; see `server.resident`.
        build_on_start: Whether to build at once, or only when the timetable says so.
        on_listening: Called with the server's URL once it accepts connections.

    Returns:
        The exit code: 1 when the address cannot be listened on.

    Raises:
        SettingsError: the settings are wrong at the start.
    """
    settings = load_settings()
    # It logs two lines for each run, which say less than ours.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)

    async def main() -> int:
        service = _Service(settings, load_settings, build_command)
        if build_on_start:
            service.builds.request()
        return await service.run(on_listening or (lambda _: None))

    return asyncio.run(main())


class _Service:
    """The one owner of everything that runs."""

    def __init__(
        self,
        settings: Settings,
        load_settings: Callable[[], Settings],
        build_command: Sequence[str],
    ) -> None:
        clocks = system_clocks()
        self._settings = settings
        self._load_settings = load_settings
        self._loading = asyncio.Lock()
        self._stop = asyncio.Event()
        self._hangup = asyncio.Event()
        self._handler = Handler(clock=clocks.wall, readiness=self._readiness)
        self.builds = Regeneration(
            build_command,
            settings.schedule,
            on_built=self._follow,
            clocks=clocks,
        )
        self._watcher = Watcher(settings, on_touched=self.builds.touch)

    async def run(self, on_listening: Callable[[str], None]) -> int:
        """Serve until told to stop, and return the exit code."""
        server = Server(self._handler, Limits())
        listener = await self._bound(server)
        if listener is None:
            return 1
        with contextlib.closing(listener), self._signals():
            # Bound first, so that a port in use is known at once; served only then,
            # so that a restart shows no client a 503.
            await self._load_snapshot()
            await listener.start_serving()
            url = _url_of(listener)
            _log.info("serving", extra={"url": url})
            on_listening(url)
            await self._work(server)
            listener.close()
            await server.drain(_DRAIN_S)
        _log.info("ended")
        return 0

    async def _work(self, server: Server) -> None:
        async with asyncio.TaskGroup() as tasks:
            owned = [
                tasks.create_task(self.builds.run(), name="regeneration"),
                tasks.create_task(self._watcher.run(), name="watcher"),
                tasks.create_task(self._follow_hangups(), name="hangups"),
                tasks.create_task(self._follow_others(), name="others' builds"),
                tasks.create_task(server.reap(), name="slow requests"),
            ]
            await self._stop.wait()
            for task in owned:
                task.cancel()

    async def _bound(self, server: Server) -> asyncio.Server | None:
        host, port = self._settings.server.host, self._settings.server.port
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_server(
                server, host, port, backlog=_BACKLOG, start_serving=False
            )
        except OSError as error:
            facts = {"host": host, "port": port}
            reason = error.strerror or str(error)
            _log.error("cannot listen on %s:%d: %s", host, port, reason, extra=facts)
            return None

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        events = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: self._hangup,
        }
        for number, event in events.items():
            loop.add_signal_handler(number, event.set)
        try:
            yield
        finally:
            for number in events:
                loop.remove_signal_handler(number)

    async def _load_snapshot(self) -> None:
        """Serve what the output folder holds now; keep the old when it has nothing.

        What cannot be loaded is loaded again after a build, which is asked for.
        """
        try:
            await self._serve(load)
        except Exception:  # noqa: BLE001  # the outermost but for the builds' own loop
            _log.exception("snapshot not loaded")
            self.builds.request()

    async def _follow(self, answer: Answer) -> None:
        """Serve what a build has made.

        Raises:
            NotServedError: not all of that could be read.
        """
        snapshot = await self._serve(partial(follow, answer=answer))
        if answer.status != "built":
            return
        if snapshot is None:
            raise NotServedError("there is no manifest that can be read")
        if not snapshot.version:
            raise NotServedError("files were missing, or changed while they were read")

    async def _serve(self, read: Callable[..., Snapshot | None]) -> Snapshot | None:
        """Serve what `read` returns, if anything; return that."""
        async with self._loading:
            settings, previous = self._settings, self._handler.snapshot
            folder = Path(settings.output.path)
            snapshot = await asyncio.to_thread(
                read, folder, settings=settings, previous=previous
            )
            if snapshot is None:
                _log.warning("no feeds to serve yet", extra={"folder": str(folder)})
                return None
            self._handler.snapshot = snapshot
            _log.debug("snapshot loaded", extra={"documents": len(snapshot.records)})
            return snapshot

    async def _follow_hangups(self) -> None:
        while True:
            await self._hangup.wait()
            self._hangup.clear()
            try:
                settings = await asyncio.to_thread(self._load_settings)
                self.builds.reconfigure(settings.schedule)
            except (SettingsError, OSError) as error:
                _log.error("settings kept as they were: %s", error)
                continue
            if _address_of(settings) != _address_of(self._settings):
                _log.warning("host and port change only with a restart")
            self._settings = settings
            self._watcher.reconfigure(settings)
            _log.info("settings loaded anew")
            await self._load_snapshot()
            self.builds.request()

    async def _follow_others(self) -> None:
        """Serve what another process publishes, and have our builder know of it.

        Such as `stoker build --accept-loss`, for which nobody is told of a file.
        """
        seen = ""
        while True:
            await asyncio.sleep(_LOOK_S)
            folder, before = Path(self._settings.output.path), self._handler.snapshot
            version = await asyncio.to_thread(version_of, folder)
            snapshot = self._handler.snapshot
            is_known = version in {"", seen, snapshot.version if snapshot else ""}
            # Our own build may have ended meanwhile.
            if is_known or self.builds.is_building or snapshot is not before:
                continue
            seen = version
            _log.info("published by another process")
            await self._load_snapshot()
            self.builds.request(NO_PATHS)

    def _readiness(self) -> pages.Page:
        snapshot = self._handler.snapshot
        state = pages.Readiness(
            documents=len(snapshot.records) if snapshot else None,
            age_s=self.builds.age_s,
            overdue_s=self.builds.overdue_s,
            stale_after_s=self._settings.schedule.stale_after.total_seconds(),
            last_build=self.builds.last,
            losses=self.builds.losses,
        )
        return pages.readiness(state)


def _address_of(settings: Settings) -> tuple[str, int]:
    return settings.server.host, settings.server.port


def _url_of(listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
