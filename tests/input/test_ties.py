"""Many articles at one instant, of one heat."""

import itertools
import random

import pytest

from feeds.plan import Placing
from feeds.rank import ranked


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
