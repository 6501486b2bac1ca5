"""The timetable, with real builds and, where time must jump, a clock of ours."""

import asyncio
import contextlib
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from feeds.errors import SettingsError
from feeds.settings import Schedule
from server.schedule import Clocks, Regeneration, system_clocks, trigger_of

OK = [sys.executable, "-S", "-c", 'print(\'{"articles": 2, "written": 1}\')']
NEVER = Schedule(interval=timedelta(days=1))


class Recorder:
    """Counts builds, and lets a test wait for them."""

    def __init__(self):
        self.count = 0
        self.changed = asyncio.Condition()

    async def __call__(self):
        async with self.changed:
            self.count += 1
            self.changed.notify_all()

    async def reached(self, count):
        async with asyncio.timeout(8), self.changed:
            await self.changed.wait_for(lambda: self.count >= count)


@contextlib.asynccontextmanager
async def regenerating(command=OK, schedule=NEVER, clocks=None, on_built=None):
    recorder = Recorder()
    builds = Regeneration(
        command,
        schedule,
        on_built=on_built or recorder,
        clocks=clocks or system_clocks(),
    )
    task = asyncio.create_task(builds.run())
    await asyncio.sleep(0)
    try:
        yield builds, recorder
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def exits(code, said=""):
    code = f"import sys; print({said!r}, file=sys.stderr); sys.exit({code})"
    return [sys.executable, "-S", "-c", code]


def reports(code, **report):
    program = f"import sys; print({json.dumps(report)!r}); sys.exit({code})"
    return [sys.executable, "-S", "-c", program]


class TestBuilds:
    async def test_interval(self):
        schedule = Schedule(interval=timedelta(milliseconds=150))
        async with regenerating(schedule=schedule) as (_, recorder):
            await recorder.reached(3)

    async def test_request_builds_at_once(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        async with regenerating() as (builds, recorder):
            assert builds.last is None
            builds.request()
            await recorder.reached(1)
            assert builds.last.ok
            (record,) = caplog.records
            assert record.message == "regenerated"
            assert (record.articles, record.written, record.problems) == (2, 1, 0)

    async def test_files_in_quarantine_are_a_success(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        row = {"path": "a.md", "line": 3, "expected": "expected YAML"}
        async with regenerating(reports(3, problems=[row], written=["all.atom"])) as (
            builds,
            recorder,
        ):
            builds.request()
            await recorder.reached(1)
            assert builds.last.ok
            assert caplog.records[0].problems == 1
            assert caplog.messages[1] == "error: a.md:3: expected YAML"

    async def test_a_problem_that_lasts_is_told_once(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        row = {"path": "a.md", "expected": "expected YAML", "severity": "warning"}
        async with regenerating(reports(3, problems=[row])) as (builds, recorder):
            for count in (1, 2):
                builds.request()
                await recorder.reached(count)
        assert caplog.messages == ["warning: a.md: expected YAML"]

    async def test_a_build_without_news_says_nothing(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        async with regenerating(reports(0, written=[])) as (builds, recorder):
            builds.request()
            await recorder.reached(1)
        assert not caplog.messages

    async def test_failure_is_kept_with_its_reason(self, caplog, eventually):
        said = "halfway\noutput: disk full"
        async with regenerating(exits(1, said)) as (builds, recorder):
            builds.request()
            await eventually(lambda: builds.last)
            assert not builds.last.ok
            assert builds.last.reason == "exit 1: output: disk full"
            assert recorder.count == 0
            assert caplog.records[-1].stderr == said

    async def test_another_build_is_neither_success_nor_failure(self):
        async with regenerating(exits(4)) as (builds, recorder):
            builds.request()
            await recorder.reached(1)
            assert builds.last is None

    async def test_success_makes_it_fresh_and_failure_does_not(
        self, tmp_path, eventually
    ):
        flag = tmp_path / "broken"
        code = f"import os, sys; sys.exit(os.path.exists({str(flag)!r}))"
        now = [0.0]
        clocks = Clocks(wall=lambda: 1e9 + now[0], monotonic=lambda: now[0])
        command = [sys.executable, "-S", "-c", code]
        async with regenerating(command, clocks=clocks) as (builds, recorder):
            now[0] = 100.0
            assert builds.age_s == 100
            builds.request()
            await recorder.reached(1)
            assert builds.age_s == 0
            flag.touch()
            now[0] = 150.0
            builds.request()
            await eventually(lambda: not builds.last.ok)
            assert builds.age_s >= 50

    async def test_requests_during_a_build_are_one_more_build(self, tmp_path):
        gate = tmp_path / "gate"
        code = (
            "import os, time\n"
            f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)"
        )
        async with regenerating([sys.executable, "-S", "-c", code]) as (
            builds,
            recorder,
        ):
            builds.request()
            await asyncio.sleep(0.1)
            for _ in range(5):
                builds.request()
            gate.touch()
            await recorder.reached(2)
            await asyncio.sleep(0.2)
            assert recorder.count == 2

    async def test_timetable_never_starts_a_second_build(self, tmp_path):
        log = tmp_path / "log"
        code = (
            "import sys, time\n"
            "with open(sys.argv[1], 'a') as f:\n"
            "    f.write('('); f.flush(); time.sleep(0.15); f.write(')')"
        )
        command = [sys.executable, "-S", "-c", code, str(log)]
        schedule = Schedule(interval=timedelta(milliseconds=20))
        async with regenerating(command, schedule) as (_, recorder):
            await recorder.reached(3)
        assert log.read_text().startswith("()()()")
        assert "((" not in log.read_text()

    async def test_an_error_in_what_follows_does_not_end_it(self, caplog, eventually):
        calls = []

        async def fails_first():
            calls.append(1)
            if len(calls) == 1:
                raise ValueError("once")

        async with regenerating(on_built=fails_first) as (builds, _):
            builds.request()
            await eventually(lambda: len(calls) == 1)
            builds.request()
            await eventually(lambda: len(calls) == 2)
        assert [r.message for r in caplog.records] == ["regeneration failed"]

    async def test_end_kills_a_running_build(self):
        command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
        started = time.monotonic()
        async with regenerating(command) as (builds, _):
            builds.request()
            await asyncio.sleep(0.2)
        assert time.monotonic() - started < 3


class TestClockWatchdog:
    @pytest.fixture
    def ahead(self):
        """How far the clocks are ahead of the machine's: [wall, monotonic]."""
        return [0.0, 0.0]

    @pytest.fixture
    def clocks(self, ahead):
        real = system_clocks()
        return Clocks(
            wall=lambda: real.wall() + ahead[0],
            monotonic=lambda: real.monotonic() + ahead[1],
            look_s=0.05,
        )

    @pytest.mark.parametrize("jump_s", [-3_600, 3_600], ids=["back", "ahead"])
    async def test_a_jump_builds_at_once(self, clocks, ahead, jump_s, caplog):
        async with regenerating(clocks=clocks) as (_, recorder):
            await asyncio.sleep(0.1)
            ahead[0] = jump_s
            await recorder.reached(1)
        assert caplog.records[0].jump_s == pytest.approx(jump_s, abs=1)

    async def test_small_corrections_do_nothing(self, clocks, ahead):
        async with regenerating(clocks=clocks) as (_, recorder):
            await asyncio.sleep(0.1)
            ahead[0] = 1.5
            await asyncio.sleep(0.3)
            assert recorder.count == 0

    async def test_an_overdue_run_is_made_up_for(self, clocks, ahead, caplog):
        async with regenerating(clocks=clocks) as (_, recorder):
            await asyncio.sleep(0.2)  # the watchdog has seen when the next run is due
            ahead[:] = [2 * 86_400] * 2
            await recorder.reached(1)
        assert caplog.records[0].overdue is True

    async def test_timetable_goes_on_after_the_clock_is_set_back(self, clocks):
        schedule = Schedule(interval=timedelta(milliseconds=200))
        async with regenerating(schedule=schedule, clocks=clocks) as (_, recorder):
            await recorder.reached(1)
            with time_machine.travel(system_clocks().wall() - 3_600, tick=True):
                await recorder.reached(recorder.count + 3)


class TestTimetable:
    NOW = datetime(2026, 11, 14, 9, 2, tzinfo=UTC)  # a Saturday

    def next_days(self, cron, count=4):
        trigger, found, now = trigger_of(Schedule(cron=cron)), [], self.NOW
        while len(found) < count:
            now = trigger.get_next_fire_time(None, now + timedelta(minutes=1))
            found.append(now.strftime("%a"))
        return found

    def test_cron_replaces_the_interval(self):
        trigger = trigger_of(Schedule(cron="*/5 * * * *"))
        due = trigger.get_next_fire_time(None, self.NOW)
        assert due == datetime(2026, 11, 14, 9, 5, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("field", "days"),
        [
            ("*", "Sat Sun Mon Tue"),
            ("0", "Sun Sun Sun Sun"),
            ("7", "Sun Sun Sun Sun"),
            ("1-5", "Mon Tue Wed Thu"),
            ("5-7", "Sat Sun Fri Sat"),
            ("mon,wed", "Mon Wed Mon Wed"),
            ("MON-TUE,6", "Sat Mon Tue Sat"),
            ("*/3", "Sat Sun Wed Sat"),
            ("1/2", "Mon Wed Fri Mon"),
        ],
    )
    def test_weekdays_count_from_sunday(self, field, days):
        assert " ".join(self.next_days(f"0 12 * * {field}")) == days

    @pytest.mark.parametrize(
        "cron",
        [
            "nonsense",
            "@daily",
            "* * * *",
            "61 * * * *",
            "* * * * 8",
            "* * * * 5-1",
            "* * * * x",
            "* * * * */0",
            "* * * * 1-",
        ],
    )
    def test_bad_expression_is_a_wrong_setting(self, cron):
        with pytest.raises(SettingsError, match=r"schedule\.cron.*crontab"):
            trigger_of(Schedule(cron=cron))

    async def test_another_timetable_is_followed_from_now_on(self):
        async with regenerating() as (builds, recorder):
            builds.reconfigure(Schedule(interval=timedelta(milliseconds=100)))
            await recorder.reached(2)

    async def test_a_bad_one_leaves_the_old(self):
        schedule = Schedule(interval=timedelta(milliseconds=100))
        async with regenerating(schedule=schedule) as (builds, recorder):
            with pytest.raises(SettingsError):
                builds.reconfigure(Schedule(cron="x"))
            await recorder.reached(2)
