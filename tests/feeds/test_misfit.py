"""What msgspec says of a value is told in our words, whatever its release says."""

import pytest

from feeds.misfit import JSON, TOML, expected, unknown_key


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Expected `str`, got `int`", "expected text in quotes"),
        ("Expected `str | null`, got `int`", "expected text in quotes or null"),
        ("Expected `array` of length >= 1", "expected a list in brackets of length >= 1"),
        ("Expected `int` <= 65535", "expected a whole number <= 65535"),
        ("Object missing required field `path`", "expected the key 'path'"),
        ("A sentence that no release says yet", "expected another value"),
        ("", "expected another value"),
        ("expected two of a kind", "expected two of a kind"),
    ],
)  # fmt: skip
def test_a_reason_is_ours(reason, told):
    assert expected(reason, TOML) == told


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Expected `object`, got `array`", "expected an object"),
        ("Invalid RFC3339 encoded datetime", "expected a date and time with a zone"),
        (
            "Expected `str` matching regex '^tag:'",
            "expected text of the form that Stoker writes",
        ),
        ("Invalid enum value 'X'", "expected one of the words that are known"),
    ],
)
def test_who_writes_json_is_told_of_json(reason, told):
    assert expected(reason, JSON) == told


def test_an_unknown_key_is_told_apart():
    assert unknown_key("Object contains unknown field `nam`") == "nam"
    assert unknown_key("Expected `str`, got `int`") == ""
