"""RFC 9110, 13: conditional requests."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from server.conditional import Verdict, evaluate, parsed_date
from server.fields import http_date

ETAG = '"abc"'
MODIFIED = 784_111_777  # Sun, 06 Nov 1994 08:49:37 GMT
NOW = int(datetime(2026, 11, 14, tzinfo=UTC).timestamp())


def verdict(*lines: tuple[str, str], etag: str = ETAG) -> Verdict:
    headers = CIMultiDict(lines)
    return evaluate(headers, etag=etag, modified_s=MODIFIED, now_s=NOW)


class TestIfNoneMatch:
    """A recipient MUST use the weak comparison function (RFC 9110, 13.1.2)."""

    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param(['"abc"'], id="alone"),
            pytest.param(['W/"abc"'], id="weak"),
            pytest.param(['"x", "abc"'], id="list"),
            pytest.param(['"x","abc","y"'], id="list without blanks"),
            pytest.param(['"x" ,\t"abc" , "y"'], id="list with blanks before commas"),
            pytest.param(['"x", W/"abc"'], id="weak in a list"),
            pytest.param(['"x"', '"abc"'], id="several lines"),
            pytest.param(['"x", "y"', '"z", "abc"'], id="several lists"),
            pytest.param(["*"], id="any"),
            pytest.param([" * "], id="any, padded"),
            pytest.param([', "abc",'], id="empty members"),
        ],
    )
    def test_listed_tag_is_not_modified(self, lines):
        assert verdict(*(("If-None-Match", line) for line in lines)) == "not modified"

    @pytest.mark.parametrize(
        "line",
        [
            pytest.param('"x"', id="another"),
            pytest.param('""', id="empty tag"),
            pytest.param("", id="empty header"),
            pytest.param("abc", id="no quotes"),
            pytest.param('w/"abc"', id="weak in lower case"),
            pytest.param('"abc', id="open quote"),
            pytest.param('"x,"abc', id="torn"),
            pytest.param('"abcd"', id="longer"),
            pytest.param('"*"', id="quoted star"),
        ],
    )
    def test_other_is_sent(self, line):
        assert verdict(("If-None-Match", line)) == "send"

    def test_tag_may_hold_a_comma(self):
        lines = [("If-None-Match", '"x", "a,b"')]
        assert verdict(*lines, etag='"a,b"') == "not modified"
        assert verdict(*lines, etag='"b"') == "send"

    def test_empty_tag_matches_only_itself(self):
        assert verdict(("If-None-Match", '""'), etag='""') == "not modified"

    def test_name_is_of_any_case(self):
        assert verdict(("if-none-match", ETAG)) == "not modified"


class TestPrecedence:
    """A recipient MUST ignore If-Modified-Since if the request contains an
    If-None-Match header field (RFC 9110, 13.1.3).
    """

    @pytest.mark.parametrize(
        ("tag", "date", "expected"),
        [
            ('"x"', MODIFIED, "send"),
            (ETAG, MODIFIED - 1, "not modified"),
            ("", MODIFIED, "send"),
            ("garbage", MODIFIED, "send"),
        ],
        ids=["other tag", "same tag", "empty", "garbage"],
    )
    def test_tag_decides_both_ways(self, tag, date, expected):
        lines = [("If-Modified-Since", http_date(date)), ("If-None-Match", tag)]
        assert verdict(*lines) == expected


class TestIfModifiedSince:
    """A recipient MUST ignore the field if it is not a valid HTTP-date, or has more
    than one member (RFC 9110, 13.1.3).
    """

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [(0, "not modified"), (1, "not modified"), (-1, "send")],
        ids=["same", "later", "earlier"],
    )
    def test_date_is_compared_by_the_second(self, seconds, expected):
        date = http_date(MODIFIED + seconds)
        assert verdict(("If-Modified-Since", date)) == expected

    def test_two_dates_are_ignored(self):
        line = ("If-Modified-Since", http_date(MODIFIED))
        assert verdict(line, line) == "send"

    def test_no_condition_sends(self):
        assert verdict() == "send"


class TestIfMatch:
    """An origin server MUST NOT perform the requested method if the condition is
    false (RFC 9110, 13.1.1).
    """

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            (ETAG, "send"),
            ("*", "send"),
            ('"x"', "precondition failed"),
            ('W/"abc"', "precondition failed"),
        ],
        ids=["same", "any", "other", "weak never matches"],
    )
    def test_if_match(self, line, expected):
        assert verdict(("If-Match", line)) == expected

    def test_if_unmodified_since(self):
        earlier, same = http_date(MODIFIED - 1), http_date(MODIFIED)
        assert verdict(("If-Unmodified-Since", earlier)) == "precondition failed"
        assert verdict(("If-Unmodified-Since", same)) == "send"
        assert verdict(("If-Unmodified-Since", "garbage")) == "send"


class TestDates:
    """A recipient that parses a timestamp value in an HTTP field MUST accept all three
    HTTP-date formats (RFC 9110, 5.6.7).
    """

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", id="IMF-fixdate"),
            pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", id="rfc850-date"),
            pytest.param("Sun Nov  6 08:49:37 1994", id="asctime-date"),
        ],
    )
    def test_three_forms(self, text):
        assert parsed_date(text, NOW) == MODIFIED
        assert verdict(("If-Modified-Since", text)) == "not modified"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "0",
            "1994-11-06T08:49:37Z",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT; length=12",
            "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        ],
        ids=repr,
    )
    def test_garbage_is_no_date(self, text):
        assert parsed_date(text, NOW) is None
        assert verdict(("If-Modified-Since", text)) == "send"

    def test_leap_second_is_a_time(self):
        assert parsed_date("Sat, 31 Dec 2016 23:59:60 GMT", NOW) is not None

    @pytest.mark.parametrize(
        ("short", "year"),
        [("94", 1994), ("26", 2026), ("75", 2075), ("78", 1978), ("00", 2000)],
    )
    def test_two_digit_year_is_at_most_fifty_years_ahead(self, short, year):
        found = parsed_date(f"Sunday, 06-Nov-{short} 08:49:37 GMT", NOW)
        assert found is not None
        assert datetime.fromtimestamp(found, UTC).year == year

    @given(st.integers(0, 253_402_300_799))
    def test_what_is_written_reads_back(self, seconds):
        assert parsed_date(http_date(seconds), NOW) == seconds


names = st.sampled_from(
    ["If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since"]
)


@given(st.lists(st.tuples(names, st.text() | st.just(ETAG)), max_size=4))
def test_nothing_raises(lines):
    assert verdict(*lines) in {"send", "not modified", "precondition failed"}
