"""Which feeds exist, which articles are in each, and why not."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.plan import (
    DEFAULT_ORDERS,
    Placing,
    PlanRules,
    exclusion,
    memberships,
    plan,
    provider_slug,
)

NOW_TS = 1_000_000.0
PLATFORMS = frozenset({"video.example"})
RULES = PlanRules(
    orders=("heat", "latest", "hot", "top"),
    limit=50,
    half_life=timedelta(days=1),
    window_s=math.inf,
    platforms=PLATFORMS,
)
LATEST = PlanRules(
    orders=("latest",),
    limit=50,
    half_life=timedelta(days=1),
    window_s=math.inf,
    platforms=PLATFORMS,
)


def placed(path="a.md", *, at=1.0, heat=0.0, **facts):
    return Placing(path=path, published_ts=at, heat=heat, **facts)


def planned(*placings, rules=RULES):
    return {feed.stem: feed for feed in plan(placings, rules, now_ts=NOW_TS)}


def members(feed):
    return [placing.path for placing in feed.members]


class TestExclusion:
    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            pytest.param({}, "", id="published"),
            pytest.param({"withheld": "published: false"}, "published: false", id="no"),
            pytest.param({"withheld": "removed: true"}, "removed: true", id="removed"),
            pytest.param({"withheld": "draft: true"}, "draft: true", id="draft"),
            pytest.param({"expires_ts": NOW_TS}, "expired", id="just expired"),
            pytest.param({"expires_ts": NOW_TS + 1}, "", id="expires later"),
            pytest.param({"at": NOW_TS}, "", id="just due"),
            pytest.param({"at": NOW_TS + 1}, "embargoed until its date", id="embargo"),
            pytest.param({"heat": -1}, "", id="unscored is no reason"),
        ],
    )
    def test_it_says_why_an_article_is_not_published(self, facts, reason):
        placing = placed(topics=("Harbour",), **facts)
        assert exclusion(placing, NOW_TS) == reason
        found = planned(placing)
        assert members(found["all"]) == ([] if reason else ["a.md"])
        assert ("topics/harbour" in found) == (not reason)


class TestStems:
    def test_each_selection_has_its_default_order_and_the_others_below_it(self):
        found = planned(
            placed(
                topics=("C++",), categories=("R&D",), provider_domain="quay.example",
                provider_name="Quay",
            )
        )  # fmt: skip
        bases = ("topics/c-plus-plus", "categories/r-and-d", "providers/quay.example")
        expected = {"all", "all/heat", "all/hot", "all/top"}
        for base in bases:
            expected |= {base, *(f"{base}/{o}" for o in ("latest", "hot", "top"))}
        assert set(found) == expected

    @pytest.mark.parametrize(
        ("stem", "kind", "order"),
        [
            ("all", "all", "latest"),
            ("topics/harbour", "topic", "heat"),
            ("providers/quay", "provider", "heat"),
            ("categories/rail", "category", "heat"),
        ],
    )
    def test_the_default_order_is_there_even_when_not_asked_for(
        self, stem, kind, order
    ):
        rules = PlanRules(
            orders=(), limit=5, half_life=timedelta(1), window_s=1, platforms=PLATFORMS
        )
        placing = placed(
            topics=("Harbour",), categories=("Rail",), provider_name="Quay"
        )
        feed = planned(placing, rules=rules)[stem]
        assert (feed.kind, feed.order, feed.is_default) == (kind, order, True)
        assert DEFAULT_ORDERS[kind] == order
        assert feed.base == stem

    def test_feeds_are_sorted_by_stem_and_have_one_of_their_own(self):
        placings = [placed(f"{n}.md", topics=("Zoo", "latest", "all")) for n in "ab"]
        stems = [feed.stem for feed in plan(placings, RULES, now_ts=NOW_TS)]
        assert stems == sorted(set(stems))

    def test_without_articles_the_feed_of_all_is_there_and_empty(self):
        found = planned()
        assert set(found) == {"all", "all/heat", "all/hot", "all/top"}
        assert members(found["all"]) == []


class TestSelections:
    def test_spellings_of_one_topic_are_one_feed(self):
        found = planned(
            placed("a.md", topics=("CRI-O",)),
            placed("b.md", topics=("cri-o",)),
            placed("c.md", topics=("CRI-O", "cri-o")),
            rules=LATEST,
        )
        assert members(found["topics/cri-o/latest"]) == ["a.md", "b.md", "c.md"]

    @pytest.mark.parametrize(
        ("spellings", "label"),
        [
            pytest.param(["Rail", "rail", "rail"], "rail", id="most frequent"),
            pytest.param(["rail", "Rail"], "Rail", id="of equals the first"),
        ],
    )
    def test_the_label_is_the_most_frequent_spelling(self, spellings, label):
        placings = [
            placed(f"{n}.md", topics=(name,)) for n, name in enumerate(spellings)
        ]
        assert planned(*placings)["topics/rail"].label == label

    def test_the_feed_of_all_has_no_label(self):
        assert planned(placed())["all"].label == ""

    @pytest.mark.parametrize(
        ("name", "domain", "slug"),
        [
            pytest.param("Quay", "quay.example", "quay.example", id="domain"),
            pytest.param("QUAY!", "www.Quay.example", "quay.example", id="same domain"),
            pytest.param("Quay", "video.example", "quay", id="platform: the name"),
            pytest.param("", "video.example", "video.example", id="platform, no name"),
            pytest.param("Quay & Co", "", "quay-and-co", id="no domain"),
            pytest.param("Quay", "../etc", "quay", id="no usable domain"),
        ],
    )
    def test_a_provider_is_its_domain_or_on_a_platform_its_name(
        self, name, domain, slug
    ):
        assert provider_slug(name, domain, PLATFORMS) == slug

    def test_an_article_without_provider_is_in_no_provider_feed(self):
        placing = placed(provider_domain="quay.example")
        assert dict(memberships(placing, RULES)) == {}

    def test_the_limit_holds_in_every_feed(self):
        rules = PlanRules(
            orders=("heat", "hot", "top"),
            limit=2,
            half_life=timedelta(days=1),
            window_s=math.inf,
            platforms=PLATFORMS,
        )
        placings = [
            placed(f"{n}.md", at=n, heat=9 - n, topics=("x",)) for n in range(5)
        ]
        found = planned(*placings, rules=rules)
        assert members(found["all"]) == ["4.md", "3.md"]
        assert members(found["topics/x"]) == ["3.md", "4.md"]
        assert members(found["topics/x/top"]) == ["0.md", "1.md"]


names = st.sampled_from(
    ["C++", "c++", "C#", "日本", "🚂", "..", "a/b", "latest", "all"]
)
placings_ = st.lists(
    st.builds(
        Placing,
        path=st.text("abc", min_size=1, max_size=3),
        published_ts=st.floats(0, 2 * NOW_TS),
        heat=st.floats(-1, 200),
        topics=st.lists(names, max_size=4).map(tuple),
        categories=st.lists(names, max_size=2).map(tuple),
        provider_name=st.sampled_from(["", "Quay", "quay"]),
        provider_domain=st.sampled_from(["", "quay.example", "video.example"]),
    ),
    unique_by=lambda placing: placing.path,
    max_size=8,
)


class TestLaws:
    @given(placings_)
    def test_an_article_is_in_a_feed_once_and_only_when_published(self, placings):
        for feed in plan(placings, RULES, now_ts=NOW_TS):
            found = members(feed)
            assert len(found) == len(set(found))
            assert not any(exclusion(p, NOW_TS) for p in feed.members)
            assert "//" not in feed.stem
            assert ".." not in feed.stem.split("/")

    @given(placings_, st.data())
    def test_the_sequence_of_the_input_does_not_matter(self, placings, data):
        shuffled = data.draw(st.permutations(placings))
        one = plan(placings, RULES, now_ts=NOW_TS)
        assert plan(shuffled, RULES, now_ts=NOW_TS) == one
