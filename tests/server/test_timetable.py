"""When a timetable comes true, by the rules of crontab(5) and the clocks of its zone."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SettingsError
from feeds.settings import Schedule
from server.timetable import trigger_of

NOW = datetime(2026, 11, 14, 9, 2, tzinfo=UTC)  # a Saturday


def runs(cron, count, *, start=NOW, zone="UTC"):
    """Return the next runs of an expression, by the clocks of its zone."""
    trigger, found, due = trigger_of(Schedule(cron=cron, time_zone=zone)), [], None
    for _ in range(count):
        due = trigger.get_next_fire_time(due, due or start)
        found.append(due.astimezone(ZoneInfo(zone)))
    return found


def wall(instants):
    return [f"{instant:%d %H:%M %Z}" for instant in instants]


class TestInterval:
    def test_it_counts_from_now(self):
        trigger = trigger_of(Schedule(interval=timedelta(minutes=7)))
        first = trigger.get_next_fire_time(None, NOW)
        second = trigger.get_next_fire_time(first, first)
        assert second - first == timedelta(minutes=7)


class TestCrontab:
    """crontab(5)."""

    def test_it_replaces_the_interval(self):
        assert wall(runs("*/5 * * * *", 2)) == ["14 09:05 UTC", "14 09:10 UTC"]

    @pytest.mark.parametrize(
        ("field", "days"),
        [
            ("*", "Sat Sun Mon Tue"),
            ("0", "Sun Sun Sun Sun"),
            ("7", "Sun Sun Sun Sun"),
            ("sun", "Sun Sun Sun Sun"),
            ("0,7", "Sun Sun Sun Sun"),
            ("1-5", "Mon Tue Wed Thu"),
            ("5-7", "Sat Sun Fri Sat"),
            ("mon,wed", "Mon Wed Mon Wed"),
            ("MON-TUE,6", "Sat Mon Tue Sat"),
            ("*/3", "Sat Sun Wed Sat"),
        ],
    )
    def test_weekdays_count_from_sunday_which_is_seven_too(self, field, days):
        found = runs(f"0 12 * * {field}", 4)
        assert " ".join(f"{day:%a}" for day in found) == days

    @pytest.mark.parametrize(
        ("fields", "days"),
        [
            ("1 * mon", "Mon 16, Mon 23, Mon 30, Tue 01, Mon 07"),
            ("20,21 * 0", "Sun 15, Fri 20, Sat 21, Sun 22, Sun 29"),
            ("13 * 5", "Fri 20, Fri 27, Fri 04, Fri 11, Sun 13"),
            ("31 2 1", "Mon 01, Mon 08, Mon 15, Mon 22, Mon 07"),
            ("15-16 * sun", "Sun 15, Mon 16, Sun 22, Sun 29, Sun 06"),
            # A field that starts with a star restricts nothing by itself.
            ("* * mon", "Mon 16, Mon 23, Mon 30, Mon 07, Mon 14"),
            ("1 * *", "Tue 01, Fri 01, Mon 01, Mon 01, Thu 01"),
            ("*/2 * mon", "Mon 23, Mon 07, Mon 21, Mon 11, Mon 25"),
        ],
    )
    def test_two_restricted_days_are_alternatives(self, fields, days):
        found = runs(f"0 6 {fields}", 5)
        assert ", ".join(f"{day:%a %d}" for day in found) == days

    @pytest.mark.parametrize(
        ("name", "like"),
        [
            ("@hourly", "0 * * * *"),
            ("@daily", "0 0 * * *"),
            ("@midnight", "0 0 * * *"),
            ("@weekly", "0 0 * * sun"),
            ("@monthly", "0 0 1 * *"),
            ("@yearly", "0 0 1 1 *"),
            ("@annually", "0 0 1 jan *"),
            (" @Daily ", "0 0 * * *"),
        ],
    )
    def test_names_stand_for_expressions(self, name, like):
        assert runs(name, 3) == runs(like, 3)

    def test_the_rarest_day_comes(self):
        (day,) = runs("0 0 29 2 *", 1)
        assert day.date().isoformat() == "2028-02-29"

    def test_runs_that_were_missed_are_one(self):
        trigger = trigger_of(Schedule(cron="* * * * *"))
        due = trigger.get_next_fire_time(NOW, NOW + timedelta(days=90))
        assert due == NOW + timedelta(days=90, minutes=1)

    def test_a_run_is_not_repeated_within_its_minute(self):
        trigger = trigger_of(Schedule(cron="0 6 * * *"))
        at_six = NOW.replace(hour=6, minute=0, microsecond=123)
        due = trigger.get_next_fire_time(at_six, at_six)
        assert due == datetime(2026, 11, 15, 6, tzinfo=UTC)


class TestRefusals:
    @pytest.mark.parametrize(
        ("cron", "field"),
        [
            ("60 * * * *", "the minute must be of 0-59, not '60'"),
            ("*/0 * * * *", "the minute must be of 0-59, not '*/0'"),
            ("0 24 * * *", "the hour must be of 0-23, not '24'"),
            ("0 6, * * *", "the hour must be of 0-23, not '6,'"),
            ("0 6 0 * *", "the day of month must be of 1-31, not '0'"),
            ("0 6 32 * *", "the day of month must be of 1-31, not '32'"),
            ("0 6 1 13 *", "the month must be of 1-12 or jan-dec, not '13'"),
            ("0 6 1 mai *", "the month must be of 1-12 or jan-dec, not 'mai'"),
            ("0 6 * * 8", "the day of week must be of 0-7 or sun-sat, not '8'"),
            ("0 6 * * 5-1", "the day of week must be of 0-7 or sun-sat, not '5-1'"),
            ("0 6 * * 1-", "the day of week must be of 0-7 or sun-sat, not '1-'"),
            (f"0 {'9' * 5000} * * *", "the hour must be of 0-23"),
            ("0 0 31 2 *", "no month has such a day of month: '31'"),
            ("0 0 30,31 feb *", "no month has such a day of month: '30,31'"),
            ("0 0 31 4,6,9,11 *", "no month has such a day of month: '31'"),
            ("0 0 30 2 */2", "no month has such a day of month: '30'"),
            ("nonsense", "five fields: minute, hour, day of month"),
            ("* * * *", "five fields"),
            ("0 * * * * *", "five fields"),
            (" ", "five fields"),
            ("@reboot", "of the names there are @yearly, @annually"),
            ("@fortnightly", "of the names there are"),
            ("@daily 6", "of the names there are"),
        ],
    )
    def test_a_wrong_field_is_named(self, cron, field):
        with pytest.raises(SettingsError) as caught:
            trigger_of(Schedule(cron=cron))
        assert caught.value.key == "schedule.cron"
        assert field in str(caught.value)


class TestZones:
    """A clock that is set leaves out no run, and repeats none at a certain hour."""

    SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
    AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)

    def test_an_hour_is_that_of_the_zone_in_summer_and_winter(self):
        summer = runs("0 6 1 7 *", 1, zone="America/New_York")
        winter = runs("0 6 1 1 *", 1, zone="America/New_York")
        assert wall(summer + winter) == ["01 06:00 EDT", "01 06:00 EST"]

    def test_a_run_at_an_hour_that_is_left_out_comes_right_after(self):
        found = runs("30 2 * * *", 2, start=self.SPRING, zone="Europe/Berlin")
        assert wall(found) == ["29 03:00 CEST", "30 02:30 CEST"]

    def test_two_that_are_left_out_are_one(self):
        found = runs("0,30 2 * * *", 2, start=self.SPRING, zone="Europe/Berlin")
        assert wall(found) == ["29 03:00 CEST", "30 02:00 CEST"]

    def test_midnight_may_be_left_out(self):
        start = datetime(2026, 4, 23, 12, tzinfo=UTC)
        found = runs("@daily", 2, start=start, zone="Africa/Cairo")
        assert wall(found) == ["24 01:00 EEST", "25 00:00 EEST"]

    def test_a_run_at_an_hour_that_comes_twice_comes_once(self):
        found = runs("30 2 * * *", 2, start=self.AUTUMN, zone="Europe/Berlin")
        assert wall(found) == ["25 02:30 CEST", "26 02:30 CET"]

    def test_so_it_does_for_who_starts_in_between(self):
        again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
        found = runs("30 2 * * *", 1, start=again, zone="Europe/Berlin")
        assert wall(found) == ["26 02:30 CET"]

    @pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
    def test_runs_every_few_minutes_go_on(self, start):
        found = runs("*/30 * * * *", 60, start=start, zone="Europe/Berlin")
        instants = [run.astimezone(UTC) for run in found]
        steps = {b - a for a, b in itertools.pairwise(instants)}
        assert steps == {timedelta(minutes=30)}

    @given(
        st.integers(1_577_836_800, 2_051_222_400),  # 2020 to 2034
        st.sampled_from(("*/15 * * * *", "30 2 * * *", "0 0 * * *", "5,50 */3 1 * 5")),
        st.sampled_from(
            ("Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo")
        ),
    )
    def test_the_next_run_is_always_later(self, start_s, cron, zone):
        start = datetime.fromtimestamp(start_s, UTC)
        trigger = trigger_of(Schedule(cron=cron, time_zone=zone))
        first = trigger.get_next_fire_time(None, start)
        second = trigger.get_next_fire_time(first, first)
        assert start < first < second
