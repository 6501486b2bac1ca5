"""The timetable, with real builds and, where time must jump, a clock of ours."""

import asyncio
import contextlib
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from feeds.errors import SettingsError
from feeds.settings import Schedule
from server.schedule import Clocks, NotServedError, Regeneration, system_clocks
from tests.server.builders import answering, python

OK = answering(articles=2, written=1, is_news=True)
LOGS = """
with open(sys.argv[1], "a") as log:
    log.write(json.dumps(request["paths"]) + "\\n")
"""
NEVER = Schedule(interval=timedelta(days=1))


class Recorder:
    """Counts builds, and lets a test wait for them."""

    def __init__(self):
        self.count = 0
        self.changed = asyncio.Condition()

    async def __call__(self, _answer):
        async with self.changed:
            self.count += 1
            self.changed.notify_all()

    async def reached(self, count):
        async with asyncio.timeout(8), self.changed:
            await self.changed.wait_for(lambda: self.count >= count)


@contextlib.asynccontextmanager
async def regenerating(command=OK, schedule=NEVER, clocks=None, on_built=None, **how):
    recorder = Recorder()
    builds = Regeneration(
        command,
        schedule,
        on_built=on_built or recorder,
        clocks=clocks or system_clocks(),
        **how,
    )
    task = asyncio.create_task(builds.run())
    await asyncio.sleep(0)
    try:
        yield builds, recorder
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def instant():
    return datetime.fromtimestamp(system_clocks().wall(), UTC)


def problem(path, severity="error"):
    return {"path": path, "expected": "expected YAML", "severity": severity}


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

    async def test_new_problems_are_told(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        command = answering(problems=3, news=[problem("a.md")], written=1, is_news=True)
        async with regenerating(command) as (builds, recorder):
            builds.request()
            await recorder.reached(1)
            await asyncio.sleep(0)
            assert builds.last.ok
        assert caplog.records[0].problems == 3
        assert caplog.messages[1:] == ["error: a.md: expected YAML"]

    async def test_a_build_without_news_says_nothing(self, caplog):
        caplog.set_level("INFO", "server.schedule")
        async with regenerating(answering()) as (builds, recorder):
            builds.request()
            await recorder.reached(1)
        assert not caplog.messages

    async def test_failure_is_kept_with_its_reason(self, caplog, eventually):
        command = answering(status="failed", reason="output: disk full")
        async with regenerating(command) as (builds, recorder):
            builds.request()
            await eventually(lambda: builds.last)
            assert not builds.last.ok
            assert builds.last.reason == "output: disk full"
            assert recorder.count == 0
        assert caplog.messages == ["build failed: output: disk full"]

    async def test_another_build_is_neither_success_nor_failure(self):
        async with regenerating(answering(status="skipped")) as (builds, recorder):
            builds.request()
            await recorder.reached(1)
            assert builds.last is None

    async def test_success_makes_it_fresh_and_failure_does_not(
        self, tmp_path, eventually
    ):
        flag = tmp_path / "broken"
        command = answering(
            f"if os.path.exists({str(flag)!r}): answer['status'] = 'failed'"
        )
        now = [0.0]
        clocks = Clocks(wall=lambda: 1e9 + now[0], monotonic=lambda: now[0])
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
        command = answering(
            f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)"
        )
        async with regenerating(command) as (builds, recorder):
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
            "with open(sys.argv[1], 'a') as f:\n"
            "    f.write('('); f.flush(); time.sleep(0.15); f.write(')')"
        )
        command = [*answering(code), str(log)]
        schedule = Schedule(interval=timedelta(milliseconds=20))
        async with regenerating(command, schedule) as (_, recorder):
            await recorder.reached(3)
        assert log.read_text().startswith("()()()")
        assert "((" not in log.read_text()

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            (ValueError("once"), "ValueError: once"),
            (
                NotServedError("no manifest"),
                "what was built is not served: no manifest",
            ),
        ],
        ids=["unforeseen", "foreseen"],
    )
    async def test_what_fails_after_a_build_shows_and_is_tried_again(
        self, caplog, eventually, fault, reason
    ):
        calls = []

        async def fails_twice(_answer):
            calls.append(1)
            if len(calls) <= 2:
                raise fault

        async with regenerating(on_built=fails_twice) as (builds, _):
            builds.request()
            await eventually(lambda: len(calls) == 1 and builds.last)
            assert (builds.last.ok, builds.last.reason) == (False, reason)
            assert builds.overdue_s > 0
            await eventually(lambda: len(calls) == 3)
            await eventually(lambda: builds.last.ok)
            assert builds.overdue_s == 0
        assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1

    async def test_end_kills_a_running_build(self):
        command = python("import time; time.sleep(60)")
        started = time.monotonic()
        async with regenerating(command) as (builds, _):
            builds.request()
            await asyncio.sleep(0.2)
        assert time.monotonic() - started < 3


class TestBreaks:
    """A builder that is of no use is not asked again and again without a pause."""

    async def test_one_that_dies_is_replaced_after_a_while(self, tmp_path, eventually):
        log = tmp_path / "log"
        command = [*answering(f"{LOGS}\nos._exit(1)"), str(log)]
        async with regenerating(command) as (builds, _):
            builds.request()
            await eventually(log.exists)
            for _ in range(30):
                builds.touch(frozenset({"/a.md"}))
                await asyncio.sleep(0.05)
        assert log.read_text() == "null\n" * 2

    async def test_what_a_failed_build_should_have_seen_the_next_one_sees(
        self, tmp_path, eventually
    ):
        log = tmp_path / "log"
        fails = "answer['status'] = 'failed' if request['number'] == 2 else 'built'"
        async with regenerating([*answering(LOGS + fails), str(log)]) as (builds, _):
            for count in (1, 2, 3, 4):
                builds.request(frozenset({"/a.md"}))
                await eventually(lambda: lines(log) == count)  # noqa: B023
                await asyncio.sleep(0.05)
        assert log.read_text().split() == ["null", '["/a.md"]', "null", '["/a.md"]']

    async def test_new_settings_end_it(self, tmp_path, eventually):
        log = tmp_path / "log"
        command = [*answering(f"{LOGS}\nos._exit(1)"), str(log)]
        async with regenerating(command) as (builds, _):
            builds.request()
            await eventually(lambda: builds.last)
            started = time.monotonic()
            builds.reconfigure(NEVER)
            await eventually(lambda: lines(log) == 2)
        assert time.monotonic() - started < 0.8


class TestOverdue:
    """Feeds are stale when a build is late, not when the last one was long ago."""

    @pytest.fixture
    def now(self):
        return [0.0]

    @pytest.fixture
    def clocks(self, now):
        return Clocks(wall=lambda: 1e9 + now[0], monotonic=lambda: now[0], look_s=60)

    @pytest.mark.parametrize(
        "schedule",
        [NEVER, Schedule(cron="0 6 * * *"), Schedule(cron="@yearly")],
        ids=["interval", "daily", "yearly"],
    )
    async def test_nothing_is_between_two_runs(self, clocks, now, schedule):
        async with regenerating(clocks=clocks, schedule=schedule) as (builds, recorder):
            now[0] = 40_000.0  # nothing was built yet, and nothing was to be
            assert builds.overdue_s == 0
            builds.request()
            await recorder.reached(1)
            now[0] = 80_000.0
            assert (builds.age_s, builds.overdue_s) == (40_000, 0)

    async def test_what_fails_has_been_due_since_it_was_first_asked_for(
        self, clocks, now, tmp_path, eventually
    ):
        mended = tmp_path / "mended"
        broken = f"if not os.path.exists({str(mended)!r}): answer['status'] = 'failed'"
        async with regenerating(answering(broken), clocks=clocks) as (builds, recorder):
            builds.request()
            await eventually(lambda: builds.last)
            now[0] = 100.0
            builds.touch(frozenset({"/a.md"}))
            assert builds.overdue_s == 100
            mended.touch()
            await recorder.reached(1)
            await eventually(lambda: builds.last.ok)
            assert builds.overdue_s == 0

    async def test_so_has_one_that_hangs(self, clocks, now):
        command = python("import time; time.sleep(60)")
        async with regenerating(command, clocks=clocks) as (builds, _):
            builds.request()
            await asyncio.sleep(0.1)
            builds.request()
            now[0] = 4_000.0
            assert builds.overdue_s == 4_000

    async def test_so_has_the_run_that_a_timetable_asks_for(
        self, clocks, now, eventually
    ):
        schedule = Schedule(interval=timedelta(milliseconds=100))
        command = answering(status="failed", reason="disk full")
        async with regenerating(command, schedule, clocks) as (builds, _):
            await eventually(lambda: builds.last)
            now[0] = 50.0
            assert builds.overdue_s == 50


class TestNextChange:
    async def test_there_is_a_build_at_that_instant(self):
        due = instant() + timedelta(seconds=0.4)
        async with regenerating(answering(next_change=due.isoformat())) as (
            builds,
            recorder,
        ):
            builds.request()
            await recorder.reached(2)
            assert instant() >= due

    async def test_one_that_is_called_off_builds_nothing(self):
        due = instant() + timedelta(seconds=0.5)
        code = f"answer['next_change'] = {due.isoformat()!r} * (request['number'] == 1)"
        command = answering(f"{code} or None")
        async with regenerating(command) as (builds, recorder):
            for count in (1, 2):
                builds.request()
                await recorder.reached(count)
            await asyncio.sleep(0.6)
            assert recorder.count == 2


class TestTouchedFiles:
    async def test_they_are_looked_at_and_how_fresh_they_are_is_told(
        self, tmp_path, caplog
    ):
        caplog.set_level("INFO", "server.schedule")
        file, log = tmp_path / "a.md", tmp_path / "log"
        file.touch()
        two_ago = system_clocks().wall() - 2
        os.utime(file, (two_ago, two_ago))
        async with regenerating(
            [*answering(LOGS, written=1, is_news=True), str(log)]
        ) as (
            builds,
            recorder,
        ):
            builds.request()
            await recorder.reached(1)
            builds.touch(frozenset({str(file), "/gone.md"}))
            await recorder.reached(2)
            await asyncio.sleep(0.1)
        assert log.read_text().split("\n")[1] == f'["/gone.md", "{file}"]'
        assert not hasattr(caplog.records[0], "freshness_s")
        assert 2 <= caplog.records[1].freshness_s < 3

    async def test_they_are_looked_at_once_more_when_they_are_at_rest(self, tmp_path):
        log = tmp_path / "log"
        async with regenerating([*answering(LOGS), str(log)], rest_s=0.2) as (
            builds,
            recorder,
        ):
            builds.touch(None)
            await recorder.reached(2)
            builds.touch(frozenset({"/a.md"}))
            await recorder.reached(4)
            await asyncio.sleep(0.4)
        assert log.read_text().split() == ["null", "null", '["/a.md"]', '["/a.md"]']

    async def test_what_is_unfinished_is_built_again_though_nothing_is_touched(
        self, tmp_path
    ):
        log = tmp_path / "log"
        first = "answer['is_unfinished'] = request['number'] == 1"
        command = [*answering(LOGS + first), str(log)]
        async with regenerating(command, rest_s=0.2) as (builds, recorder):
            builds.request()
            await recorder.reached(2)
            await asyncio.sleep(0.6)
        assert log.read_text().split() == ["null", "[]"]

    async def test_nothing_is_asked_for_after_the_end(self, tmp_path):
        log = tmp_path / "log"
        async with regenerating([*answering(LOGS), str(log)], rest_s=0.1) as (
            builds,
            recorder,
        ):
            builds.touch(frozenset({"/a.md"}))
            await recorder.reached(1)
        await asyncio.sleep(0.3)
        assert builds.overdue_s == 0

    async def test_what_is_pending_is_looked_at_again(self, tmp_path):
        log = tmp_path / "log"
        pending = "answer['pending'] = int(request['number'] == 1)"
        async with regenerating([*answering(LOGS + pending), str(log)]) as (
            builds,
            recorder,
        ):
            builds.request()
            await recorder.reached(2)
            await asyncio.sleep(1.3)
        assert log.read_text().split() == ["null", "[]"]


def lines(log):
    return len(log.read_text().split()) if log.exists() else 0


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
