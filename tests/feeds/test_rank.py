"""Orders: subsets in a total sequence, without a clock."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.rank import band, by_entry, hotness, ranked, score

DAY_S = 86_400.0
ORDERS = ("heat", "latest", "hot", "top")


@dataclass(frozen=True)
class Placed:
    path: str
    published_ts: float = 0
    heat: float = 0
    seen_ts: float = 0


def paths(order, articles, *, limit=50, half_life_s=DAY_S, window_s=7 * DAY_S):
    found = ranked(
        order, articles, limit=limit, half_life_s=half_life_s, window_s=window_s
    )
    return "".join(article.path for article in found)


A, B, C = Placed("a", 0, 50), Placed("b", DAY_S, 10), Placed("c", 2 * DAY_S, 20)


@pytest.mark.parametrize(
    ("order", "articles", "options", "expected"),
    [
        pytest.param("latest", [A, B, C], {}, "cba", id="latest: newest first"),
        pytest.param("latest", [A, B, C], {"limit": 2}, "cb", id="latest: limit"),
        pytest.param("heat", [A, B, C], {}, "acb", id="heat: hottest first"),
        pytest.param("heat", [A, B, C], {"limit": 2}, "cb", id="heat: of the newest"),
        pytest.param("top", [A, B, C], {}, "acb", id="top: hottest first"),
        pytest.param("top", [A, B, C], {"limit": 1}, "a", id="top: limit after heat"),
        pytest.param(
            "top", [A, B, C], {"window_s": DAY_S}, "cb", id="top: window, inclusive"
        ),
        pytest.param(
            "top", [A, B, C], {"window_s": math.inf}, "acb", id="top: all time"
        ),
        pytest.param("hot", [A, B, C], {}, "cab", id="hot: heat halves a day"),
        pytest.param(
            "hot", [A, B, C], {"half_life_s": 99 * DAY_S}, "acb", id="hot: slow decay"
        ),
        *(pytest.param(order, [], {}, "", id=f"{order}: nothing") for order in ORDERS),
    ],
)
def test_an_order_selects_and_sorts(order, articles, options, expected):
    assert paths(order, articles, **options) == expected


@pytest.mark.parametrize("order", ORDERS)
class TestTies:
    def test_equal_articles_are_in_the_order_of_their_paths(self, order):
        tied = [Placed(path, DAY_S, 7) for path in "dbca"]
        assert paths(order, tied) == "abcd"

    def test_equal_heat_puts_the_newest_first(self, order):
        assert paths(order, [Placed("a", 1, 5), Placed("b", 2, 5)]) == "ba"


class TestEqualDatesAtTheLimit:
    """Who is in is not for the name to say."""

    def test_heat_takes_the_hottest(self):
        tied = [Placed("a", 0, 1), Placed("b", 0, 2), Placed("z", 0, 9)]
        assert paths("heat", tied, limit=2) == "zb"

    def test_heat_takes_any_score_before_the_unscored(self):
        tied = [Placed("a", 0, -1, 9), Placed("b", 0, -0.5, 9), Placed("z", 0, 0)]
        assert paths("heat", tied, limit=1) == "z"

    def test_heat_takes_the_later_seen_of_equal_heat(self):
        tied = [Placed("a", 0, 5, 1), Placed("b", 0, 5, 2), Placed("z", 0, 5, 3)]
        assert paths("heat", tied, limit=2) == "bz"

    def test_latest_takes_the_later_seen(self):
        tied = [Placed("a", 0, 9, 1), Placed("b", 0, 5, 2), Placed("z", 0, 1, 3)]
        assert paths("latest", tied, limit=2) == "bz"

    def test_latest_takes_the_hotter_of_those_seen_at_once(self):
        tied = [Placed("a", 0, 1, 7), Placed("b", 0, 5, 7), Placed("z", 0, 9, 7)]
        assert paths("latest", tied, limit=2) == "bz"

    @pytest.mark.parametrize("order", ["heat", "latest"])
    def test_a_newer_one_is_in_however_cold_and_early(self, order):
        articles = [Placed("a", 1, -1, 0), Placed("b", 0, 99, 9), Placed("c", 0, 9, 8)]
        assert set(paths(order, articles, limit=2)) == {"a", "b"}

    @pytest.mark.parametrize("order", ["heat", "latest"])
    def test_the_path_decides_last(self, order):
        assert paths(order, [Placed(path, 0, 5, 7) for path in "dbca"], limit=2) == "ab"


@pytest.mark.parametrize("order", ["heat", "top"])
def test_the_unscored_are_below_every_score(order):
    unscored, zero = Placed("u", DAY_S, -1), Placed("z", 0, 0)
    assert paths(order, [unscored, zero]) == "zu"
    assert score(-1) < score(0)


def test_a_half_life_outweighs_a_doubling_exactly():
    older, newer = Placed("o", 0, 128), Placed("n", DAY_S, 64)
    assert hotness(older, DAY_S) == hotness(newer, DAY_S)
    assert paths("hot", [older, newer]) == "no"


def test_heat_below_one_is_no_less_hot_than_one():
    assert hotness(Placed("a", 0, -1), DAY_S) == hotness(Placed("a", 0, 1), DAY_S)


@pytest.mark.parametrize(
    ("heat", "expected"),
    [(-1, -1), (-0.5, -1), (0, 0), (0.9, 0), (1, 1), (1.9, 1), (70, 64), (128, 128)],
)
def test_a_band_is_the_power_of_two_at_or_below(heat, expected):
    assert band(heat) == expected


@given(st.floats(1, 1e17))
def test_heat_is_less_than_twice_its_band(heat):
    assert band(heat) <= heat < 2 * band(heat)


articles_ = st.lists(
    st.builds(
        Placed,
        path=st.text("abcdef", min_size=1, max_size=4),
        published_ts=st.sampled_from([0.0, 1.0, DAY_S, 1.6e9]) | st.floats(-1e9, 1e10),
        heat=st.sampled_from([-1.0, 0.0, 0.5, 70.0]) | st.floats(-1, 1e6),
        seen_ts=st.sampled_from([0.0, 1.0, 1.6e9]),
    ),
    unique_by=lambda article: article.path,
    max_size=12,
)


@pytest.mark.parametrize("order", ORDERS)
class TestLaws:
    @given(articles=articles_, limit=st.integers(1, 15))
    def test_an_order_is_a_subset_without_repeats(self, order, articles, limit):
        found = ranked(order, articles, limit=limit, half_life_s=DAY_S, window_s=DAY_S)
        assert len(found) == len(set(found)) <= limit
        assert set(found) <= set(articles)
        if order != "top":
            assert len(found) == min(limit, len(articles))

    @given(articles=articles_, limit=st.integers(1, 15), data=st.data())
    def test_the_sequence_of_the_input_does_not_matter(
        self, order, articles, limit, data
    ):
        shuffled = data.draw(st.permutations(articles))
        assert paths(order, shuffled, limit=limit) == paths(
            order, articles, limit=limit
        )

    @given(articles=articles_)
    def test_ranking_what_is_ranked_changes_nothing(self, order, articles):
        options = {"limit": 9, "half_life_s": DAY_S, "window_s": DAY_S}
        once = ranked(order, articles, **options)
        assert ranked(order, once, **options) == once


@given(articles=articles_, limit=st.integers(1, 15))
def test_heat_holds_articles_of_the_same_dates_as_latest(articles, limit):
    """So no reader of either misses a newer one."""
    options = {"limit": limit, "half_life_s": DAY_S, "window_s": DAY_S}
    dates = [
        sorted(each.published_ts for each in ranked(order, articles, **options))
        for order in ("heat", "latest")
    ]
    assert dates[0] == dates[1]


@pytest.mark.parametrize("order", ["heat", "latest"])
@given(articles=articles_, limit=st.integers(1, 15))
def test_who_is_in_is_told_by_the_sequence_of_entry(order, articles, limit):
    found = ranked(order, articles, limit=limit, half_life_s=DAY_S, window_s=DAY_S)
    assert set(found) == set(by_entry(order, articles)[:limit])


@given(articles=articles_, window_s=st.floats(0, 1e10))
def test_top_ends_at_the_newest_article(articles, window_s):
    found = ranked("top", articles, limit=99, half_life_s=DAY_S, window_s=window_s)
    newest = max((article.published_ts for article in articles), default=0)
    expected = {a for a in articles if a.published_ts >= newest - window_s}
    assert set(found) == expected
