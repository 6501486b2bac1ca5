"""Orders: subsets in a total sequence, without a clock."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.rank import band, hotness, ranked, score

DAY_S = 86_400.0
ORDERS = ("heat", "latest", "hot", "top")


@dataclass(frozen=True)
class Placed:
    path: str
    published_ts: float = 0
    heat: float = 0


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
def test_heat_holds_the_same_articles_as_latest(articles, limit):
    by_heat = paths("heat", articles, limit=limit)
    assert sorted(by_heat) == sorted(paths("latest", articles, limit=limit))


@given(articles=articles_, window_s=st.floats(0, 1e10))
def test_top_ends_at_the_newest_article(articles, window_s):
    found = ranked("top", articles, limit=99, half_life_s=DAY_S, window_s=window_s)
    newest = max((article.published_ts for article in articles), default=0)
    expected = {a for a in articles if a.published_ts >= newest - window_s}
    assert set(found) == expected
