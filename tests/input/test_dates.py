"""When an article was published, as its date says."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.input.samples import KEYS, NEW_YORK, dated, stated

FORMS = {
    "UTC": ("2021-01-27T10:20:30Z", "2021-01-27T10:20:30"),
    "small z": ("2021-01-27t10:20:30z", "2021-01-27T10:20:30"),
    "offset": ("2021-01-27T10:20:30+02:00", "2021-01-27T08:20:30"),
    "offset without colon": ("2021-01-27T10:20:30+0200", "2021-01-27T08:20:30"),
    "offset of hours": ("2021-01-27T10:20:30+02", "2021-01-27T08:20:30"),
    "half an hour": ("2021-01-27T10:20:30+05:30", "2021-01-27T04:50:30"),
    "Jekyll's": ("2015-01-09 18:00:00 -0800", "2015-01-10T02:00:00"),
    "Jekyll's without blank": ("2015-01-09 18:00:00-0800", "2015-01-10T02:00:00"),
    "Jekyll's with colon": ("2015-01-09 18:00:00 -08:00", "2015-01-10T02:00:00"),
    "Jekyll's to the minute": ("2015-01-09 18:00 -0800", "2015-01-10T02:00:00"),
    "naive": ("2021-01-27T10:20:30", "2021-01-27T15:20:30"),
    "naive with blank": ("2021-01-27 10:20:30", "2021-01-27T15:20:30"),
    "naive in summer": ("2021-07-27 10:20:30", "2021-07-27T14:20:30"),
    "to the minute": ("2021-01-27 10:20", "2021-01-27T15:20:00"),
    "day": ("2021-01-27", "2021-01-27T05:00:00"),
    "day in summer": ("2021-07-27", "2021-07-27T04:00:00"),
    "one-digit month": ("2021-1-27", "2021-01-27T05:00:00"),
    "one-digit day": ("2021-01-7", "2021-01-07T05:00:00"),
    "one-digit both": ("2021-1-7", "2021-01-07T05:00:00"),
    "one-digit hour": ("2021-01-27 9:05:00", "2021-01-27T14:05:00"),
    "one-digit hour, aware": ("2021-1-7 9:05 +0100", "2021-01-07T08:05:00"),
    "one-digit hour and T": ("2021-01-27T9:05:00Z", "2021-01-27T09:05:00"),
    "milliseconds": ("2021-01-27T10:20:30.123Z", "2021-01-27T10:20:30.123000"),
    "milliseconds, naive": ("2021-01-27 10:20:30.123", "2021-01-27T15:20:30.123000"),
    "nanoseconds": ("2021-01-27T10:20:30.123456789Z", "2021-01-27T10:20:30.123456"),
    "in a mail": ("Wed, 27 Jan 2021 10:20:30 +0200", "2021-01-27T08:20:30"),
    "an hour that is skipped": ("2021-03-14 02:30:00", "2021-03-14T07:30:00"),
}


class TestForms:
    @pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
    @pytest.mark.parametrize(("written", "instant"), FORMS.values(), ids=FORMS.keys())
    def test_i27_a_date_may_be_written_in_many_ways(
        self, parse, written, instant, quote
    ):
        parsed = parse(dated(f"date: {quote}{written}{quote}"), zone=NEW_YORK)
        assert stated(parsed) == instant
        assert parsed.problems == ()

    @pytest.mark.parametrize("key", KEYS)
    def test_i27_under_many_keys(self, parse, key):
        line = f"{key}: 2015-01-09 18:00:00 -0800"
        assert stated(parse(dated(line))) == "2015-01-10T02:00:00"

    @pytest.mark.parametrize(
        ("value", "instant"),
        [
            ("2021-01-27T10:20:30+02:00", "2021-01-27T08:20:30"),
            ("2021-01-27T10:20:30.5Z", "2021-01-27T10:20:30.500000"),
            ("2021-01-27T10:20:30", "2021-01-27T15:20:30"),
            ("2021-01-27 10:20:30", "2021-01-27T15:20:30"),
            ("2021-01-27", "2021-01-27T05:00:00"),
            ('"2021-1-7 9:05"', "2021-01-07T14:05:00"),
        ],
        ids=["offset", "UTC", "local", "local with blank", "day", "text"],
    )
    def test_i27_toml_has_dates_of_its_own(self, parse, value, instant):
        text = f'+++\ntitle = "Ferry"\ndate = {value}\n+++\n'
        assert stated(parse(text, zone=NEW_YORK)) == instant

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "Asia/Kolkata"])
    def test_i27_the_sites_time_zone_is_a_setting(self, desk_of, zone):
        desk = desk_of(site={"time_zone": zone})
        desk.write("a.md", dated("date: 2026-06-01 12:00"))
        desk.build()
        expected = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo(zone))
        found = datetime.fromisoformat(desk.entries()[0]["date_published"])
        assert found == expected


UNREADABLE = [
    *(
        "soon",
        "2021-02-30",
        "2021-13-01",
        "2021-00-10",
        "0000-01-01",
        "2021-01-27 25:00",
    ),
    *(
        "27.01.2021 at noon",
        "20210",
        "true",
        "[2021-01-27]",
        "{year: 2021}",
        "9999999999999",
    ),
    *("'%Y-%m-%d'", "2021-01-27T10:20:30+2x", "-1", "1.5", "99999-01-01", "2021-W04-3"),
]


class TestUnreadable:
    @pytest.mark.parametrize("written", UNREADABLE)
    @pytest.mark.parametrize(
        ("path", "instant"),
        [
            ("log/2019-05-06-ferry.md", "2019-05-06T00:00:00"),
            ("2018/03/04/ferry.md", "2018-03-04T00:00:00"),
        ],
        ids=["name", "folders"],
    )
    def test_i28_the_path_tells_with_a_warning(
        self, parse, warnings_of, written, path, instant
    ):
        text = dated(f"date: {written}")
        assert stated(parse(text, path)) == instant
        ((key, line, expected),) = warnings_of(text, path)
        assert (key, line) == ("date", 3)
        assert "expected a date" in expected

    def test_i28_of_several_the_one_in_the_name_counts(self, parse):
        parsed = parse(dated("date: soon"), "2018/03/04/2019-05-06-ferry.md")
        assert stated(parsed) == "2019-05-06T00:00:00"

    @pytest.mark.parametrize("policy", ["hold", "mtime"])
    def test_i28_without_one_there_the_policy_decides(self, parse, policy):
        parsed = parse(dated("date: soon"), "ferry.md", undated=policy)
        assert parsed.outcome == {"hold": "held", "mtime": "article"}[policy]
        assert ("date", "warning") in [(p.key, p.severity) for p in parsed.problems]

    @pytest.mark.parametrize(
        "date", ["2021-02-30", "0000-01-01", "2021-01-27T99:00:00Z"], ids=str
    )
    def test_i28_toml_refuses_such_a_file(self, parse, date):
        """As it does everywhere: what is no TOML is an error."""
        parsed = parse(f'+++\ntitle = "A"\ndate = {date}\n+++\n', "2019-05-06-a.md")
        assert parsed.outcome == "quarantined"
        assert parsed.problems[0].line == 3


class TestOffsets:
    @pytest.mark.parametrize(
        "offset",
        ["+14:01", "-12:01", "+15:00", "-13:00", "+99:00", "-99:99", "+2400", "-24"],
    )
    def test_i29_an_impossible_one_is_a_typo(self, parse, warnings_of, offset):
        text = dated(f"date: 2021-01-27 10:20:30 {offset}")
        assert stated(parse(text, zone=NEW_YORK)) == "2021-01-27T10:20:30"
        ((key, line, expected),) = warnings_of(text)
        assert (key, line) == ("date", 3)
        assert offset in expected

    @pytest.mark.parametrize(
        ("offset", "instant"),
        [
            ("+14:00", "2021-01-26T20:20:30"),
            ("-12:00", "2021-01-27T22:20:30"),
            ("+13:45", "2021-01-26T20:35:30"),
            ("-09:30", "2021-01-27T19:50:30"),
            ("+00:00", "2021-01-27T10:20:30"),
            ("-00:00", "2021-01-27T10:20:30"),
        ],
    )
    def test_i29_those_that_exist_count(self, parse, offset, instant):
        parsed = parse(dated(f"date: 2021-01-27 10:20:30 {offset}"))
        assert (stated(parsed), parsed.problems) == (instant, ())
