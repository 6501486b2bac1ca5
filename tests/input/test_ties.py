"""Many articles at one instant, of one heat."""

import itertools
import random
import time
from datetime import timedelta

import pytest

from feeds.pipeline import survey
from feeds.pipeline.explain import standings
from feeds.plan import Placing
from feeds.rank import ranked
from tests.input.samples import NOW


def placing(path: str, **facts) -> Placing:
    return Placing(path=path, **{"published_ts": 1e9, "heat": 80, **facts})


@pytest.mark.parametrize("order", ["heat", "latest", "hot", "top"])
class TestTies:
    @staticmethod
    def sequence(order, placings, limit=50):
        found = ranked(
            order, placings, limit=limit, half_life_s=86_400, window_s=604_800
        )
        return [each.path for each in found]

    def test_i33_of_articles_alike_in_all_else_the_path_decides(self, order):
        placings = [placing(f"{name}.md") for name in "abcd"]
        sequences = {
            tuple(self.sequence(order, mixed))
            for mixed in itertools.permutations(placings)
        }
        assert sequences == {("a.md", "b.md", "c.md", "d.md")}

    @pytest.mark.parametrize("limit", [1, 7, 50])
    def test_i33_many_at_one_instant_have_one_order_and_one_choice(self, order, limit):
        """With a limit, which of them are in is as certain as where."""
        chance = random.Random(7)  # noqa: S311 - must be repeatable
        placings = [
            placing(f"{at:03}.md", heat=at % 3, quality=at % 2) for at in range(60)
        ]
        first = self.sequence(order, placings, limit)
        assert len(first) == limit
        for _ in range(20):
            chance.shuffle(placings)
            assert self.sequence(order, placings, limit) == first


def test_i33_a_build_does_not_depend_on_what_was_written_first(desk_of):
    desk = desk_of(feeds={"orders": ("heat", "latest", "hot", "top")})
    names = [f"{name}.md" for name in "dacb"]
    for name in names:
        desk.story(name, "heat: 80", "topics: [Sea]")
    desk.build()
    for stem in ("all", "topics/sea", "topics/sea/hot", "topics/sea/top"):
        assert desk.titles(stem) == sorted(names)


class TestMoreOfOneDateThanAFeedHolds:
    """Notes dated by the day alone, 40 of one day, in feeds of 25."""

    @pytest.fixture
    def desk(self, desk_of):
        desk = desk_of(feeds={"limit": 25, "orders": ("heat", "latest")})
        for number in range(40):
            desk.story(f"n{number:02}.md", f"heat: {number % 7}", "topics: [Sea]")
        desk.build()
        return desk

    def test_i33_the_hottest_of_the_day_is_in(self, desk):
        desk.story("z.md", "heat: 99", "topics: [Sea]")
        desk.build()
        assert desk.titles("topics/sea")[0] == "z.md"

    @pytest.mark.parametrize("stem", ["all", "topics/sea/latest"])
    def test_i33_what_comes_later_under_a_late_name_is_in(self, desk, stem):
        for hour, name in enumerate(("x.md", "y.md", "z.md"), start=1):
            desk.story(name, "topics: [Sea]")
            desk.build(now=NOW + timedelta(hours=hour))
            assert name in desk.titles(stem)

    def test_i33_one_that_gets_hot_comes_in(self, desk):
        assert "n35.md" not in desk.titles("topics/sea")
        desk.story("n35.md", "heat: 50", "topics: [Sea]")
        desk.build()
        assert desk.titles("topics/sea")[0] == "n35.md"

    def test_i33_the_sequence_is_by_path_as_ever(self, desk):
        titles = desk.titles("all")
        assert (len(titles), titles) == (25, sorted(titles))

    def test_i33_so_it_is_in_a_cold_build(self, desk):
        desk.story("z.md", "heat: 3", "topics: [Sea]")
        desk.build(now=NOW + timedelta(hours=1))
        before = {stem: desk.titles(stem) for stem in ("all", "topics/sea")}
        desk.build(now=NOW + timedelta(hours=1), force=True)
        assert {stem: desk.titles(stem) for stem in before} == before

    def test_i33_so_says_explain(self, desk):
        found = survey(desk.settings, now=NOW, clock=time.time_ns, jobs=1)
        for path, placing in found.placings.items():
            for each in standings(found, placing, now_ts=NOW.timestamp()):
                assert (each.rank is not None) == (path in desk.titles(each.feed))
