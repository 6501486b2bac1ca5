"""The timetable of the settings, as the scheduler understands it; and breaks in it.

Crontab expressions mean what crontab(5) says: five fields, of which two restricted days
are alternatives, and Sunday is 0 as well as 7. In a zone that changes its clocks, a run
at an hour that does not come is made up for when it would have been over, and one at an
hour that comes twice is not repeated; runs every few minutes or hours go on regardless.
There is no `@reboot`: `serve` builds when it starts, unless it is told not to.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from cronsim import CronSim, CronSimError

from feeds.errors import SettingsError
from feeds.settings import Schedule

_LONGEST_BREAK_S = 60.0  # for a builder that dies at once, or a folder that is in use
_NICKNAMES: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS: Mapping[str, str] = {
    "minute": "0-59",
    "hour": "0-23",
    "day of month": "1-31",
    "month": "1-12 or jan-dec",
    "day of week": "0-7 or sun-sat",
}
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # what never comes does so from any day on


def trigger_of(schedule: Schedule) -> BaseTrigger:
    """Return the trigger of a timetable, counted from now.

    Raises:
        SettingsError: its crontab expression cannot be read, or never comes true.
    """
    if not schedule.cron:
        seconds = schedule.interval / timedelta(seconds=1)
        return IntervalTrigger(seconds=seconds, timezone=UTC)
    return _Crontab(_fields_of(schedule.cron), ZoneInfo(schedule.time_zone))


class _Crontab(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Tells the scheduler when a crontab expression comes true next, and no more."""

    def __init__(self, fields: str, zone: tzinfo) -> None:
        self._fields, self._zone = fields, zone

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime:
        """Return the first instant after both; runs that were missed are one run."""
        return _next_run(self._fields, self._zone, max(now, previous_fire_time or now))


def _next_run(fields: str, zone: tzinfo, after: datetime) -> datetime:
    """Return the first instant after `after` at which an expression comes true."""
    # Counted by the wall clock, one that was set back offers what has passed already.
    runs = (run.astimezone(UTC) for run in CronSim(fields, after.astimezone(zone)))
    return next(run for run in runs if run > after)


def _fields_of(cron: str) -> str:
    """Return the five fields of an expression that is known to come true.

    Raises:
        SettingsError: it cannot be read, or never does.
    """
    fields = _NICKNAMES.get(cron.strip().lower(), cron).split()
    fault = _fault_in(fields)
    if fault:
        raise SettingsError(
            key="schedule.cron",
            expected=f'expected a crontab expression such as "*/5 * * * *" ({fault})',
            value=cron,
        )
    return " ".join(fields)


def _fault_in(fields: list[str]) -> str:
    """Return what is wrong with an expression, "" when it has a next run."""
    if fields and fields[0].startswith("@"):
        return f"of the names there are {', '.join(_NICKNAMES)}"
    if len(fields) != len(_FIELDS):
        return f"of five fields: {', '.join(_FIELDS)}"
    for at, (name, allowed) in enumerate(_FIELDS.items()):
        alone = ["*"] * len(_FIELDS)
        alone[at] = fields[at]
        if not _comes_true(alone):
            return f"the {name} must be of {allowed}, not '{fields[at]}'"
    if not _comes_true(fields):
        return f"no month has such a day of month: '{fields[2]}'"
    return ""


def _comes_true(fields: list[str]) -> bool:
    try:
        return next(CronSim(" ".join(fields), _ANY_DAY), None) is not None
    except (CronSimError, ValueError):  # the latter for numbers beyond all bounds
        return False


class Break:
    """The rest between builds that are of no use: each twice as long as the last."""

    def __init__(self) -> None:
        self._count = 0
        self._until_s = 0.0
        self._ended = asyncio.Event()

    def begin(self) -> None:
        """Rest from now on."""
        length_s = min(2.0**self._count, _LONGEST_BREAK_S)
        self._count = min(self._count + 1, 10)
        self._until_s = asyncio.get_running_loop().time() + length_s
        self._ended.clear()

    def end(self) -> None:
        """Rest no longer."""
        self._count = 0
        self._ended.set()

    async def over(self) -> None:
        """Wait until it is over."""
        if self._count:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._until_s):
                    await self._ended.wait()
