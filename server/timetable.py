"""The timetable of the settings, as the scheduler understands it; and breaks in it."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feeds.errors import SettingsError
from feeds.settings import Schedule

# APScheduler 3 counts weekdays from Monday, crontab(5) from Sunday, which is 7 too.
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_BREAK_S = 60.0  # for a builder that dies at once, or a folder that is in use


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
