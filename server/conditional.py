"""Conditional requests (RFC 9110, 13) as one pure function: send, 304 or 412.

Times are whole seconds since the epoch, the resolution of HTTP dates.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

Verdict = Literal["send", "not modified", "precondition failed"]

# RFC 9110, 8.8.3: entity-tag = [ weak ] opaque-tag; a list may have blanks, or none.
_TAG = re.compile(r'(?:^|,)[ \t]*(W/)?("[^"]*")[ \t]*(?=,|$)')
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>[0-5]\d|60)"
# fmt: off
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# fmt: on
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY_NAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
# RFC 9110, 5.6.7: IMF-fixdate, rfc850-date and asctime-date.
_DATE_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_DAY_NAME}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} GMT",
        rf"{_LONG_DAY_NAME}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_CLOCK} GMT",
        rf"{_DAY_NAME} {_MONTH} (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})",
    )
)
_FIFTY_YEARS_S = 50 * 31_556_952


class Headers(Protocol):
    """Request header fields: every line of one field, in order."""

    def getall(self, key: str, default: Sequence[str], /) -> Sequence[str]:
        """Return the values of all lines named `key`, in any case."""
        ...


def evaluate(headers: Headers, *, etag: str, modified_s: int, now_s: int) -> Verdict:
    """Return what a GET or HEAD gets for a representation (RFC 9110, 13.2.2).

    Args:
        headers: The request's.
        etag: The strong entity tag of the selected representation.
        modified_s: When its bytes last changed.
        now_s: Only to read two-digit years.
    """
    if _has_failed(headers, etag, modified_s, now_s):
        return "precondition failed"
    if tags := headers.getall("If-None-Match", ()):
        # RFC 9110, 13.1.3: a recipient MUST ignore If-Modified-Since if the request
        # contains an If-None-Match, whatever that one says.
        return "not modified" if _is_listed(tags, etag, weak=True) else "send"
    since = _date(headers.getall("If-Modified-Since", ()), now_s)
    return "not modified" if since is not None and modified_s <= since else "send"


def _has_failed(headers: Headers, etag: str, modified_s: int, now_s: int) -> bool:
    if tags := headers.getall("If-Match", ()):
        # RFC 9110, 13.1.1: MUST use the strong comparison.
        return not _is_listed(tags, etag, weak=False)
    unmodified = _date(headers.getall("If-Unmodified-Since", ()), now_s)
    return unmodified is not None and modified_s > unmodified


def _is_listed(lines: Sequence[str], etag: str, *, weak: bool) -> bool:
    if etag in lines:  # nearly every poll: one line, one tag
        return True
    return any(
        line.strip() == "*"
        or any(
            tag == etag and (weak or not prefix) for prefix, tag in _TAG.findall(line)
        )
        for line in lines
    )


def _date(lines: Sequence[str], now_s: int) -> int | None:
    # RFC 9110, 13.1.3: MUST ignore an invalid date, and more than one member.
    return parsed_date(lines[0].strip(), now_s) if len(lines) == 1 else None


def parsed_date(text: str, now_s: int) -> int | None:
    """Return the seconds of an HTTP-date in any of its three forms; None for garbage."""
    match = next(filter(None, (form.fullmatch(text) for form in _DATE_FORMS)), None)
    if match is None:
        return None
    parts = match.groupdict()
    year, short = int(parts["year"]), len(parts["year"]) == len("94")
    if short:
        year += datetime.fromtimestamp(now_s, UTC).year // 100 * 100
    seconds = _seconds(year, parts)
    # RFC 9110, 5.6.7: a two-digit year more than 50 years ahead MUST be taken as the
    # most recent year in the past with these digits.
    if short and seconds is not None and seconds > now_s + _FIFTY_YEARS_S:
        seconds = _seconds(year - 100, parts)
    return seconds


def _seconds(year: int, parts: dict[str, str]) -> int | None:
    try:
        moment = datetime(
            year,
            _MONTHS.index(parts["month"]) + 1,
            int(parts["day"]),
            int(parts["hour"]),
            int(parts["minute"]),
            min(int(parts["second"]), 59),  # 60 is a leap second
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return int(moment.timestamp())
