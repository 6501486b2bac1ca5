"""When the feeds are regenerated: on a timetable, on request, never twice at once.

APScheduler says when; one task of our own has the builder build, since APScheduler
cancels running jobs when it shuts down. It computes with the time of day and sleeps on
the monotonic clock: after the time of day was set back an hour, it would stop for an
hour. So a watchdog looks at both clocks, and starts the timetable anew when they part.

Between the runs of the timetable there is a build when files are touched, when an
article comes or goes by itself, and when files must be looked at again: those that may
have been half-written, and each that was touched, once it is at rest.

What was built counts as done once it is served; until then, it is tried again.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import DEBUG, ERROR, INFO

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from feeds.loss import HeldBack
from feeds.settings import Schedule
from server.builder import Builder, Outcome
from server.fields import iso_date
from server.pages import LastBuild
from server.timers import Timers
from server.timetable import Break, trigger_of
from server.wire import NO_PATHS, Answer, Paths, together

_log = logging.getLogger(__name__)

_JOB = "build"
_EVENT = "next change"
_TOLERANCE_S = 2.0  # above the steps by which time services correct a running clock
_PENDING_S = 1.0  # until files that may be half-written are looked at again
# A file is believed once it is five seconds old (see `feeds.pipeline.reading`), and
# clocks are coarse: so long after it was touched it is looked at for good.
_REST_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The time of day, in seconds since the epoch, and a clock that nobody sets.

    `look_s` is how often the watchdog compares the two.
    """

    wall: Callable[[], float]
    monotonic: Callable[[], float]
    look_s: float = 1.0


def system_clocks() -> Clocks:
    """Return the clocks of this machine."""
    return Clocks(wall=time.time, monotonic=time.monotonic)


class NotServedError(Exception):
    """What was built is not, or not all, served; says why in one line."""


class Regeneration:
    """Builds on a timetable and on request; `run` is its owner.

    Args:
        command: How the builder is started; see `server.resident`.
        schedule: The timetable.
        on_built: Awaited after each build that may have changed the output; raises
            `NotServedError` when that should be tried again.
        clocks: For the watchdog and for ages.
        rest_s: How long after files were touched they are looked at again.

    Raises:
        SettingsError: the timetable cannot be read.
    """

    def __init__(
        self,
        command: Sequence[str],
        schedule: Schedule,
        *,
        on_built: Callable[[Answer], Awaitable[None]],
        clocks: Clocks,
        rest_s: float = _REST_S,
    ) -> None:
        self._builder = Builder(command)
        self._schedule = schedule
        self._trigger = trigger_of(schedule)
        self._on_built = on_built
        self._clocks = clocks
        self._rest_s = rest_s
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._requested = asyncio.Event()
        self._wanted: Paths = NO_PATHS
        self._touched: Paths = NO_PATHS
        self._building: Paths = NO_PATHS
        self._break = Break()
        self._is_outdated = False
        self._timers = Timers()
        self._look_again: asyncio.TimerHandle | None = None
        # Since when the next build has been due, and since when the one that runs was.
        self._due_at_s: float | None = None
        self._begun_due_at_s: float | None = None
        self._fresh_at_s = clocks.monotonic()
        self.last: LastBuild | None = None
        self.losses: tuple[HeldBack, ...] = ()
        self.is_building = False

    @property
    def age_s(self) -> float:
        """Seconds since the last build that succeeded, or since the start."""
        return self._clocks.monotonic() - self._fresh_at_s

    @property
    def overdue_s(self) -> float:
        """Seconds since a build was due that has not succeeded yet; 0 without any.

        One is due by the timetable, when an article comes or goes, and when files are
        touched: between two runs, however far apart, nothing is overdue.
        """
        now_s = self._clocks.monotonic()
        due_at_s = (self._begun_due_at_s, self._due_at_s)
        return now_s - min((at for at in due_at_s if at is not None), default=now_s)

    def request(self, paths: Paths = None) -> None:
        """Look at these files as soon as no build is running; at all, by default."""
        if self._due_at_s is None:
            self._due_at_s = self._clocks.monotonic()
        self._wanted = together(self._wanted, paths)
        self._requested.set()

    def touch(self, paths: Paths) -> None:
        """Look at files that have just been touched, and again when they are at rest."""
        self._touched = together(self._touched, paths)
        self.request(paths)

    def reconfigure(self, schedule: Schedule) -> None:
        """Follow another timetable from now on, and build with the settings as they are.

        Raises:
            SettingsError: it cannot be read; the old one stays.
        """
        self._trigger = trigger_of(schedule)
        self._schedule = schedule
        self._is_outdated = True
        self._break.end()
        self._start_timetable()

    async def run(self) -> None:
        """Build when it is time, until cancelled; the builder is killed then."""
        self._scheduler.start()
        self._start_timetable()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._build_on_request(), name="builds")
                tasks.create_task(self._watch_clocks(), name="clock watchdog")
        finally:
            self._timers.end()
            self._scheduler.shutdown(wait=False)
            await self._builder.end()
            await asyncio.sleep(0)  # the scheduler stops in the next turn of the loop

    def _start_timetable(self) -> None:
        self._scheduler.add_job(
            self._on_time,
            self._trigger,
            id=_JOB,
            replace_existing=True,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # the default drops a run that is a second late
        )

    async def _on_time(self) -> None:
        if self._building is None:
            _log.debug("build still running at the time of the next")
        else:
            self.request()

    async def _on_event(self) -> None:
        self.request(NO_PATHS)  # the catalog knows what is due

    async def _build_on_request(self) -> None:
        while True:
            await self._requested.wait()
            await self._break.over()
            self._requested.clear()
            paths, touched = self._wanted, self._touched
            self._wanted = self._touched = NO_PATHS
            self._begun_due_at_s, self._due_at_s = self._due_at_s, None
            self.is_building = True
            try:
                newest_s = await asyncio.to_thread(_newest_s, touched or ())
                await self._take(await self._built(paths), touched, newest_s)
            except Exception as error:  # noqa: BLE001  # the outermost loop: the next may not fail
                reason = f"{type(error).__name__}: {error}"
                level = self._level_of(reason)
                _log.log(level, "regeneration failed", exc_info=True)
                self._fail(reason, touched)
            finally:
                self.is_building = False

    async def _built(self, paths: Paths) -> Outcome:
        if self._is_outdated:
            self._is_outdated = False
            await self._builder.end()
        self._building = paths
        try:
            timeout_s = self._schedule.build_timeout.total_seconds()
            return await self._builder.build(paths, timeout_s=timeout_s)
        finally:
            self._building = NO_PATHS

    async def _take(
        self, outcome: Outcome, touched: Paths, newest_s: float | None
    ) -> None:
        if outcome.status == "built" and outcome.answer:
            await self._succeed(outcome.answer, outcome.took_s, touched, newest_s)
        elif outcome.status == "skipped" and outcome.answer:
            self._try_again(touched)
            _log.info("build skipped: %s", outcome.reason)
            await self._on_built(outcome.answer)
        else:
            facts: dict[str, object] = {"took_s": round(outcome.took_s, 3)}
            if "\n" in outcome.tail:
                facts["stderr"] = outcome.tail
            level = self._level_of(outcome.reason)
            _log.log(level, "build failed: %s", outcome.reason, extra=facts)
            self._fail(outcome.reason, touched)

    async def _succeed(
        self, answer: Answer, took_s: float, touched: Paths, newest_s: float | None
    ) -> None:
        self._tell_losses(answer)
        self._plan(answer, touched)
        try:
            await self._on_built(answer)
        except NotServedError as error:
            reason = f"what was built is not served: {error}"
            _log.log(self._level_of(reason), "%s", reason)
            self._fail(reason, touched)
            return
        self._break.end()
        self._begun_due_at_s = None
        self._fresh_at_s = self._clocks.monotonic()
        self.last = LastBuild(ok=True, reason="", ended=self._now())
        await self._tell(answer, took_s, newest_s)

    def _fail(self, reason: str, touched: Paths) -> None:
        self._try_again(touched)
        self.last = LastBuild(ok=False, reason=reason, ended=self._now())

    def _try_again(self, touched: Paths) -> None:
        """Have the next build look at all that this one was to; it has been due since."""
        self._wanted, self._touched = None, together(self._touched, touched)
        if self._begun_due_at_s is not None:
            self._due_at_s, self._begun_due_at_s = self._begun_due_at_s, None
        # A disk that was full, a mount that was away: the cause may pass.
        self._break.begin()
        self._requested.set()

    def _level_of(self, reason: str) -> int:
        """Return at which level to log why a build failed: aloud, but once."""
        return ERROR if self.last is None or self.last.reason != reason else DEBUG

    def _now(self) -> str:
        return iso_date(self._clocks.wall())

    def _plan(self, answer: Answer, touched: Paths) -> None:
        """Plan the builds that follow from this one."""
        after = self._timers.after
        if self._look_again:
            self._look_again.cancel()
        if answer.pending:
            self._look_again = after(_PENDING_S, self.request, NO_PATHS)
        # Then slow codings are made, too (see `feeds.pipeline.publish`).
        if touched is None or touched or answer.is_unfinished:
            after(self._rest_s, self.request, touched)
        if answer.next_change:
            self._scheduler.add_job(
                self._on_event,
                DateTrigger(answer.next_change),
                id=_EVENT,
                replace_existing=True,
                misfire_grace_time=None,
            )
        elif self._scheduler.get_job(_EVENT):
            self._scheduler.remove_job(_EVENT)

    def _tell_losses(self, answer: Answer) -> None:
        """Log each loss when it is held back, when it grows, and when it ends."""
        for each in set(answer.losses).difference(self.losses):
            _log.error("%s", each.problem)
        if self.losses and not answer.losses:
            _log.info("no loss is held back any more")
        self.losses = answer.losses

    async def _tell(
        self, answer: Answer, took_s: float, newest_s: float | None
    ) -> None:
        facts: dict[str, object] = {
            "took_s": round(took_s, 3),
            "articles": answer.articles,
            "written": answer.written,
            "removed": len(answer.gone),
            "problems": answer.problems,
        }
        if answer.is_news and newest_s is not None:
            facts["freshness_s"] = round(self._clocks.wall() - newest_s, 3)
        _log.log(INFO if answer.is_news else DEBUG, "regenerated", extra=facts)
        for problem in answer.news:
            _log.warning("%s: %s", problem.severity, problem)

    async def _watch_clocks(self) -> None:
        wall_s, monotonic_s = self._clocks.wall(), self._clocks.monotonic()
        planned: datetime | None = None
        due_at_s = 0.0
        while True:
            await asyncio.sleep(self._clocks.look_s)
            before = wall_s - monotonic_s
            wall_s, monotonic_s = self._clocks.wall(), self._clocks.monotonic()
            jump_s = wall_s - monotonic_s - before
            if (next_run := self._next_run()) != planned:
                planned = next_run
                due_at_s = monotonic_s + (
                    planned.timestamp() - wall_s if planned else 0
                )
            is_overdue = planned is not None and monotonic_s > due_at_s + _TOLERANCE_S
            if abs(jump_s) > _TOLERANCE_S or is_overdue:
                # What is due may have become so at once: an article dated ahead.
                facts = {"jump_s": round(jump_s, 1), "overdue": is_overdue}
                _log.warning("clock was set; timetable starts anew", extra=facts)
                self._trigger = trigger_of(self._schedule)
                self._start_timetable()
                self.request()
                planned = None

    def _next_run(self) -> datetime | None:
        job = self._scheduler.get_job(_JOB)
        return job.next_run_time if job else None


def _newest_s(paths: Iterable[str]) -> float | None:
    """Return when the newest of these files was changed; None when all are gone."""
    return max(filter(None, map(_changed_s, paths)), default=None)


def _changed_s(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - texts, of which there are many
    except OSError:
        return None
