"""When the feeds are regenerated: on a timetable, on request, never twice at once.

APScheduler says when; one task of our own runs the build, since APScheduler cancels
running jobs when it shuts down. It computes with the time of day and sleeps on the
monotonic clock: after the time of day was set back an hour, it would stop for an hour.
So a watchdog looks at both clocks, and starts the timetable anew when they part.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from logging import DEBUG, INFO

import msgspec
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feeds.errors import Problem, SettingsError
from feeds.settings import Schedule
from server.build import Outcome, build
from server.fields import iso_date
from server.pages import LastBuild

_log = logging.getLogger(__name__)

_JOB = "build"
_TOLERANCE_S = 2.0  # above the steps by which time services correct a running clock
_TOLD_AT_ONCE = 20  # `stoker list problems` has them all
_COUNTS = ("articles", "written", "removed", "problems")
# APScheduler 3 counts weekdays from Monday, crontab(5) from Sunday, which is 7 too.
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


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


class Regeneration:
    """Builds on a timetable and on request; `run` is its owner.

    Args:
        command: What to run; see `server.build`.
        schedule: The timetable.
        on_built: Awaited after each build that may have changed the output.
        clocks: For the watchdog and for ages.

    Raises:
        SettingsError: the timetable cannot be read.
    """

    def __init__(
        self,
        command: Sequence[str],
        schedule: Schedule,
        *,
        on_built: Callable[[], Awaitable[None]],
        clocks: Clocks,
    ) -> None:
        self._command = command
        self._schedule = schedule
        self._trigger = trigger_of(schedule)
        self._on_built = on_built
        self._clocks = clocks
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._requested = asyncio.Event()
        self._is_building = False
        self._fresh_at_s = clocks.monotonic()
        self._told: frozenset[Problem] = frozenset()
        self.last: LastBuild | None = None

    @property
    def age_s(self) -> float:
        """Seconds since the last build that succeeded, or since the start."""
        return self._clocks.monotonic() - self._fresh_at_s

    def request(self) -> None:
        """Build as soon as no build is running."""
        self._requested.set()

    def reconfigure(self, schedule: Schedule) -> None:
        """Follow another timetable from now on.

        Raises:
            SettingsError: it cannot be read; the old one stays.
        """
        self._trigger = trigger_of(schedule)
        self._schedule = schedule
        self._start_timetable()

    async def run(self) -> None:
        """Build when it is time, until cancelled; a running build is killed then."""
        self._scheduler.start()
        self._start_timetable()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._build_on_request(), name="builds")
                tasks.create_task(self._watch_clocks(), name="clock watchdog")
        finally:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it stops in the next turn of the loop

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
        if self._is_building:
            _log.debug("build still running at the time of the next")
        else:
            self.request()

    async def _build_on_request(self) -> None:
        while True:
            await self._requested.wait()
            self._requested.clear()
            self._is_building = True
            try:
                timeout_s = self._schedule.build_timeout.total_seconds()
                await self._take(await build(self._command, timeout_s=timeout_s))
            except Exception:  # noqa: BLE001  # the outermost loop: the next may not fail
                _log.exception("regeneration failed")
            finally:
                self._is_building = False

    async def _take(self, outcome: Outcome) -> None:
        ended = iso_date(self._clocks.wall())
        if outcome.status == "failed":
            _log.error("build failed: %s", outcome.reason, extra=_facts(outcome))
            self.last = LastBuild(ok=False, reason=outcome.reason, ended=ended)
            return
        if outcome.status == "built":
            self._fresh_at_s = self._clocks.monotonic()
            self.last = LastBuild(ok=True, reason="", ended=ended)
            facts = _facts(outcome)
            has_news = facts["written"] or facts["removed"]
            _log.log(INFO if has_news else DEBUG, "regenerated", extra=facts)
            self._tell_new_problems(outcome)
        else:
            _log.info("build skipped: %s", outcome.reason)
        await self._on_built()

    def _tell_new_problems(self, outcome: Outcome) -> None:
        """Log what is wrong with articles, each problem once while it lasts."""
        now = _problems(outcome)
        for problem in sorted(now - self._told, key=str)[:_TOLD_AT_ONCE]:
            _log.warning("%s: %s", problem.severity, problem)
        self._told = now

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


def trigger_of(schedule: Schedule) -> BaseTrigger:
    """Return the trigger of a timetable, counted from now, in UTC.

    Raises:
        SettingsError: its crontab expression cannot be read.
    """
    if not schedule.cron:
        seconds = schedule.interval / timedelta(seconds=1)
        return IntervalTrigger(seconds=seconds, timezone=UTC)
    try:
        *others, weekdays = schedule.cron.split()
        days = ",".join(_weekdays(weekdays))
        return CronTrigger.from_crontab(" ".join([*others, days]), timezone=UTC)
    except ValueError as error:
        raise SettingsError(
            key="schedule.cron",
            expected=f'expected a crontab expression such as "*/5 * * * *" ({error})',
            value=schedule.cron,
        ) from error


def _weekdays(text: str) -> Iterator[str]:
    """Yield the weekdays of a crontab field by name."""
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = ("0-6" if span == "*" else span).partition("-")
        start = _weekday(first)
        end = _weekday(last) if dash else (6 if step else start)
        days = range(start, end + 1, int(step or 1))
        if not days:
            raise ValueError(f"no weekday in '{part}'")
        yield from (_WEEKDAYS[day % 7] for day in days)


def _weekday(text: str) -> int:
    day = _WEEKDAYS.index(text) if text in _WEEKDAYS else int(text)
    if not 0 <= day <= len(_WEEKDAYS):
        raise ValueError(f"no weekday '{text}'")
    return day


def _problems(outcome: Outcome) -> frozenset[Problem]:
    """Return what the report says is wrong; a note is no wrong."""
    try:
        rows = outcome.report.get("problems", [])
        found = msgspec.convert(rows, tuple[Problem, ...])
    except msgspec.ValidationError:
        return frozenset()
    return frozenset(problem for problem in found if problem.severity != "note")


def _facts(outcome: Outcome) -> dict[str, object]:
    facts: dict[str, object] = {"took_s": round(outcome.took_s, 3)}
    if outcome.status == "failed":
        return facts | ({"stderr": outcome.tail} if "\n" in outcome.tail else {})
    for name in _COUNTS:
        value = outcome.report.get(name, 0)
        facts[name] = len(value) if isinstance(value, list) else value
    return facts
