"""What is held back when files go: how many, of what, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.loss import WINDOW_S, groups_of, judge

NOON_S = 1_795_000_000


class Site:
    """Articles that come and go, and what each build says of those that went."""

    def __init__(self, *paths: str, sources: tuple[str, ...] = ("",)) -> None:
        self.sources = sorted(sources, key=len, reverse=True)
        self.here, self.shown = set(paths), set(paths)
        self.traces, self.now_s = (), NOON_S
        self.verdict = None

    def source_of(self, path):
        return next(each for each in self.sources if path.startswith(each))

    def build(self, *, later_s=0):
        self.now_s += later_s
        stood = {path: self.source_of(path) for path in self.shown}
        gone = {path: stood[path] for path in self.shown - self.here}
        groups = [groups_of({path: source}) for path, source in stood.items()]
        self.verdict = judge(
            gone=gone,
            sizes={
                each: sum(each in found for found in groups) for each in groups_of(gone)
            },
            standing=self.shown,
            fresh={path: self.source_of(path) for path in self.here - self.shown},
            traces=self.traces,
            here=self.here,
            now_ts=self.now_s,
        )
        self.traces = self.verdict.traces
        self.shown = self.here | self.verdict.held
        return len(self.verdict.held)

    def lose(self, paths, *, later_s=0):
        """Build without these; return how many are held back."""
        self.here -= set(paths)
        return self.build(later_s=later_s)

    def gain(self, paths, *, later_s=0):
        self.here |= set(paths)
        return self.build(later_s=later_s)


def some(count, before=""):
    return [f"{before}{number:03}.md" for number in range(count)]


@pytest.mark.parametrize(
    ("gone", "of", "held"),
    [
        pytest.param(1, 1, 0, id="all of one"),
        pytest.param(2, 2, 0, id="all of two"),
        pytest.param(3, 3, 3, id="all of three"),
        pytest.param(2, 3, 0, id="two of three"),
        pytest.param(18, 19, 0, id="most of nineteen"),
        pytest.param(19, 19, 19, id="all of nineteen"),
        pytest.param(10, 20, 0, id="half of twenty"),
        pytest.param(11, 20, 11, id="more than half of twenty"),
        pytest.param(10, 21, 0, id="less than half of twenty-one"),
        pytest.param(11, 21, 11, id="more than half of twenty-one"),
        pytest.param(500, 1_000, 0, id="half of a thousand"),
        pytest.param(501, 1_000, 501, id="more than half of a thousand"),
    ],
)
def test_a_source_may_lose_half_of_many_and_all_of_two(gone, of, held):
    assert Site(*some(of)).lose(some(gone)) == held


@pytest.mark.parametrize(
    ("gone", "of", "held"),
    [
        pytest.param(11, 11, 0, id="all of eleven"),
        pytest.param(12, 12, 12, id="all of twelve"),
        pytest.param(11, 12, 0, id="eleven of twelve"),
        pytest.param(29, 30, 0, id="all but one"),
    ],
)
@pytest.mark.parametrize("folder", ["a/", "a/b/c/", "ä ö/", "%/_/"])
def test_a_folder_may_lose_all_but_one_or_all_of_eleven(gone, of, held, folder):
    site = Site(*some(of, folder), *some(100, "z/"))
    assert site.lose(some(gone, folder)) == held


class TestWhatCounts:
    def test_a_folder_counts_what_is_below_it(self):
        site = Site(*some(6, "a/b/"), *some(6, "a/c/"), *some(50, "z/"))
        assert site.lose([*some(6, "a/b/"), *some(6, "a/c/")]) == 12

    def test_one_folder_is_not_another_that_begins_with_its_name(self):
        site = Site(*some(12, "a/"), *some(12, "ab/"), *some(50, "z/"))
        assert site.lose(some(12, "a/")) == 12
        assert {loss.place for loss in site.verdict.losses} == {"a/"}

    def test_a_source_is_not_measured_by_the_others(self):
        site = Site(*some(19, "b/"), *some(21), sources=("", "b/"))
        assert site.lose(some(19, "b/")) == 19
        assert [(each.kind, each.place) for each in site.verdict.losses] == [
            ("source", "b/")
        ]

    def test_the_site_is_measured_as_well(self):
        """It is true that eight sources that lose two of three each lose most of all."""
        names = [f"{letter}/" for letter in "abcdefgh"]
        site = Site(*(p for n in names for p in some(3, n)), sources=(*names, ""))
        assert site.lose(p for n in names for p in some(2, n)) == 16
        assert [each.kind for each in site.verdict.losses] == ["site"]

    def test_what_is_lost_in_one_place_leaves_another_to_go(self):
        site = Site(*some(12, "a/"), *some(12, "b/"), *some(40, "z/"))
        assert site.lose([*some(12, "a/"), *some(3, "b/")]) == 12
        assert all(path.startswith("a/") for path in site.verdict.held)


class TestReplaced:
    @pytest.mark.parametrize(
        ("new", "held"), [(0, 40), (19, 40), (20, 0), (40, 0), (90, 0)]
    )
    def test_half_as_many_new_ones_make_it_none(self, new, held):
        site = Site(*some(40))
        site.here |= set(some(new, "new/"))
        assert site.lose(some(40)) == held

    def test_those_of_another_source_do_not(self):
        site = Site(*some(40, "b/"), *some(40), sources=("", "b/"))
        site.here |= set(some(40, "new-"))
        assert site.lose(some(40, "b/")) == 40

    def test_those_that_come_in_the_next_build_let_go(self):
        site = Site(*some(40))
        assert site.lose(some(40)) == 40
        assert site.gain(some(40, "new/"), later_s=9) == 0

    def test_those_that_came_a_minute_ago_count(self):
        site = Site(*some(40))
        site.lose(some(1))
        site.gain(some(40, "new/"), later_s=60)
        assert site.lose(some(40), later_s=60) == 0

    def test_those_that_come_much_later_do_not(self):
        site = Site(*some(40))
        site.lose(some(40))
        assert site.gain(some(40, "new/"), later_s=2 * WINDOW_S) == 40

    def test_those_that_were_there_before_do_not(self):
        site = Site(*some(40))
        site.lose(["000.md"])
        site.lose(["001.md"], later_s=1)
        assert site.gain(["000.md"], later_s=1) == 0
        assert site.lose(some(40), later_s=1) == 39


class TestSlowly:
    @pytest.mark.parametrize(("count", "left"), [(60, 30), (21, 11), (20, 10), (5, 1)])
    def test_one_after_the_other_takes_no_more_than_all_at_once(self, count, left):
        site = Site(*some(count))
        for path in some(count):
            site.lose([path], later_s=1)
        assert len(site.shown) == left

    def test_what_went_an_hour_ago_is_over(self):
        site = Site(*some(40))
        assert site.lose(some(20)) == 0
        assert site.lose(some(30), later_s=WINDOW_S) == 0
        assert len(site.shown) == 10

    def test_what_went_less_long_ago_is_not(self):
        site = Site(*some(40))
        assert site.lose(some(20)) == 0
        assert site.lose(some(30), later_s=WINDOW_S - 1) == 10

    def test_the_state_of_the_last_build_counts_however_old(self):
        assert Site(*some(40)).lose(some(40), later_s=1_000 * WINDOW_S) == 40

    def test_what_came_since_makes_the_measure_no_smaller(self):
        site = Site(*some(20))
        site.lose(some(10))
        site.gain(["a.md", "b.md"], later_s=1)
        assert site.lose(some(11), later_s=1) == 1

    def test_a_steady_change_of_all_is_none(self):
        """It is true that a newswire, where each article lasts for a while, goes on."""
        site = Site(*some(30))
        for number in range(300):
            site.here |= {f"later-{number}.md"}
            old = sorted(site.here, key=lambda p: (p.startswith("later"), len(p), p))
            assert site.lose(old[:1], later_s=30) == 0
        assert len(site.shown) == 30

    def test_a_clock_that_goes_back_remembers_nothing_for_ever(self):
        site = Site(*some(40))
        site.lose(some(20))
        site.build(later_s=-2 * WINDOW_S)
        assert site.traces == ()


class TestHeldBack:
    def test_it_stays_so_until_it_is_back(self):
        site = Site(*some(40))
        site.lose(some(40))
        for later_s in (1, 10 * WINDOW_S, 1_000 * WINDOW_S, -5_000 * WINDOW_S):
            assert site.build(later_s=later_s) == 40
        assert site.gain(some(40)) == 0
        assert site.verdict.losses == ()

    def test_since_when_is_told_whatever_is_built_meanwhile(self):
        site = Site(*some(40))
        site.lose(some(40))
        site.build(later_s=5 * WINDOW_S)
        assert [each.since_ts for each in site.verdict.losses] == [NOON_S]

    def test_what_is_back_is_no_longer_counted(self):
        site = Site(*some(40))
        site.lose(some(40))
        assert site.gain(some(39)) == 1
        assert site.verdict.held == {"039.md"}

    def test_it_is_no_measure_for_others_an_hour_later(self):
        site = Site(*some(12, "a/"), *some(30, "z/"))
        site.lose(some(12, "a/"))
        assert site.lose(some(2, "z/"), later_s=2 * WINDOW_S) == 12
        assert len(site.shown) == 40

    def test_new_ones_are_published_beside_it(self):
        site = Site(*some(40))
        site.lose(some(40))
        assert site.gain(["new.md"], later_s=1) == 40
        assert "new.md" in site.shown

    def test_a_new_one_that_goes_again_goes(self):
        site = Site(*some(12, "a/"), *some(30, "z/"))
        site.lose(some(12, "a/"))
        site.gain(["new.md"], later_s=2 * WINDOW_S)
        assert site.lose(["new.md"], later_s=2 * WINDOW_S) == 12
        assert "new.md" not in site.shown


@pytest.mark.parametrize("count", [1, 2])
def test_a_small_source_that_is_emptied_is_told(count):
    site = Site(*some(count, "b/"), *some(20), sources=("", "b/"))
    assert site.lose(some(count, "b/")) == 0
    assert site.verdict.emptied == (("b/", count),)


def test_a_source_that_goes_on_with_another_is_not_empty():
    site = Site("b/a.md", *some(20), sources=("", "b/"))
    site.here |= {"b/new.md"}
    site.lose(["b/a.md"])
    assert site.verdict.emptied == ()


def test_where_nothing_goes_nothing_is_remembered():
    site = Site(*some(40))
    site.gain(some(10, "new/"))
    assert site.traces == ()


PATHS = st.sampled_from([*some(14, "a/"), *some(14, "b/"), *some(4, "c/d/")])


@given(
    sources=st.sampled_from([("",), ("", "b/"), ("", "b/", "c/")]),
    steps=st.lists(st.tuples(st.sets(PATHS), st.integers(0, WINDOW_S)), max_size=6),
)
def test_nothing_but_what_is_gone_and_was_shown_is_ever_held(sources, steps):
    site = Site(*some(14, "a/"), *some(14, "b/"), *some(4, "c/d/"), sources=sources)
    for here, later_s in steps:
        before = site.shown
        site.here = set(here)
        held = site.build(later_s=later_s)
        assert site.verdict.held <= before - here
        assert sum(each.held for each in site.verdict.losses) == held
        assert {each.path for each in site.traces if each.is_held} == site.verdict.held


@given(order=st.permutations(some(24)), parts=st.integers(1, 24))
def test_in_however_many_steps_it_goes_half_is_left(order, parts):
    site = Site(*order)
    for start in range(0, 24, parts):
        site.lose(order[start : start + parts], later_s=60)
    assert len(site.shown) >= 12


@given(gone=st.sets(st.sampled_from(some(40)), min_size=21))
def test_asking_again_changes_nothing(gone):
    site = Site(*some(40))
    site.lose(gone)
    first = site.verdict
    site.build()
    assert (site.verdict.held, site.traces) == (first.held, first.traces)
