"""When an article was published and when it expires, by its keys, its path, a policy."""

from datetime import UTC, datetime, tzinfo

from feeds import text as legible
from feeds.parse.fields import Fields
from feeds.parse.presets import HUGO_SITES
from feeds.parse.rules import Rules

# What lies before is a typing error.
_FIRST_DAY = datetime(1800, 1, 1, tzinfo=UTC)
# What lies behind is embargoed for good: no nanosecond of it fits into 64 bits.
_LAST_DAY = datetime(2261, 12, 31, tzinfo=UTC)
_EXPECTED = "expected a date such as 2021-01-27, from 1800 on"
# How an article without a date may get one, by the policy of its source.
_DATING = {
    "hold": 'undated = "mtime" or "git"',
    "mtime": "touch the file",
    "git": "commit the file",
}


def published_at(
    fields: Fields, rules: Rules, modified_at: datetime | None
) -> datetime | None:
    """Return the instant of publication; None, and the reason told, without any.

    The key beats the path, and that the source's default and policy.
    """
    key, value = fields.value("date")
    found = _stated(fields, key, value, rules.zone)
    if found:
        return _not_before(found, fields, rules.zone)
    by_policy = modified_at if rules.undated != "hold" else None
    in_path = _in_paths(fields, rules.zone)
    date = in_path or rules.default_date or by_policy
    if value is not None:
        instead = "the date in the path is used" if in_path else "another is used"
        fields.report(key, f"{_EXPECTED}; {instead if date else 'held'}", value)
    elif date is None:
        hint = f"held for want of a date; set one, or {_DATING[rules.undated]}"
        fields.report("", hint, severity="note")
    return date


def expires_at(fields: Fields, zone: tzinfo) -> datetime | None:
    """Return the instant from which an article is out, if it has one."""
    key, value = fields.value("expires")
    found = _stated(fields, key, value, zone)
    if value is not None and found is None:
        fields.report(key, f"{_EXPECTED}; dropped", value)
    return found


def _stated(fields: Fields, key: str, value: object, zone: tzinfo) -> datetime | None:
    """Return the instant that a value states: text, or a TOML date."""
    if value is None:
        return None
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    found = legible.parse_date(text, zone)
    if found is None or found[0] < _FIRST_DAY:
        return None
    if found[1]:
        fields.report(key, f"expected a date; {found[1]}", value)
    return min(found[0], _LAST_DAY)


def _not_before(date: datetime, fields: Fields, zone: tzinfo) -> datetime:
    """Return the later of two dates: Hugo shows `date` and waits for `publishDate`."""
    if fields.preset not in HUGO_SITES:
        return date
    key = "publishdate"
    return max(date, _stated(fields, key, fields.at(key), zone) or date)


def _in_paths(fields: Fields, zone: tzinfo) -> datetime | None:
    """Return the date in the file's path, else in the path the article asks for."""
    asked = (fields.value(field)[1] for field in ("path", "page", "slug"))
    paths = (fields.path, *(value for value in asked if isinstance(value, str)))
    found = filter(None, (legible.date_in_path(text, zone) for text in paths))
    return next((date for date in found if _FIRST_DAY <= date < _LAST_DAY), None)
