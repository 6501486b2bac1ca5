"""Problems and errors as text."""

import pytest

from feeds.errors import (
    ArticleError,
    BusyError,
    CatalogError,
    Problem,
    PublishError,
    SettingsError,
    StokerError,
    shown,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("ftp:", "'ftp:'", id="short text as it is"),
        pytest.param("a\n  b\tc", "'a b c'", id="on one line"),
        pytest.param(7.5, "'7.5'", id="a number"),
        pytest.param(["x"], "a list", id="a list"),
        pytest.param({"x": 1}, "a mapping", id="a mapping"),
        pytest.param("x" * 23, f"'{'x' * 23}'", id="the longest whole value"),
        pytest.param("x" * 24, f"'{'x' * 22}…'", id="cut beyond"),
        pytest.param("a\ud800b", "'a\\ud800b'", id="a lone surrogate can be printed"),
    ],
)
def test_a_value_is_shown_on_one_short_line(value, expected):
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        pytest.param(
            Problem(path="news/a.md", line=3, key="heat", value="'x'", expected="no"),
            "news/a.md:3: heat: no, got 'x'",
            id="all parts",
        ),
        pytest.param(Problem(path="a.md", expected="no"), "a.md: no", id="no line"),
        pytest.param(
            Problem(path="a.md", line=1, expected="no"), "a.md:1: no", id="no key"
        ),
    ],
)
def test_a_problem_names_file_line_key_and_value(problem, text):
    assert str(problem) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            ArticleError(Problem(path="a.md", expected="no")), "a.md: no", id="article"
        ),
        pytest.param(
            SettingsError(key="a.b", expected="no", value=5, origin="f:1"),
            "f:1: a.b: no, got '5'",
            id="settings",
        ),
        pytest.param(
            SettingsError(key="a.b", expected="no"), "a.b: no", id="settings, bare"
        ),
        pytest.param(BusyError("out"), "out: another build holds the lock", id="busy"),
        pytest.param(PublishError("full"), "full", id="publish"),
        pytest.param(CatalogError("odd"), "odd", id="catalog"),
    ],
)
def test_every_error_has_one_root_and_says_what_is_wrong(error, text):
    assert isinstance(error, StokerError)
    assert str(error) == text
