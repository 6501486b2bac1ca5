"""Which feeds exist, which articles are in each, and why not."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.plan import (
    DEFAULT_ORDERS,
    Placing,
    PlanRules,
    canonical,
    exclusion,
    memberships,
    plan,
    turn,
)
from feeds.registry import Registry, registry_of
from tests.feeds.registered import as_provider, as_topic

NOW_TS = 1_000_000.0
PLATFORMS = frozenset({"video.example"})
RULES = PlanRules(
    orders=("heat", "latest", "hot", "top"),
    limit=50,
    half_life=timedelta(days=1),
    window_s=math.inf,
    registry=Registry(platforms=PLATFORMS),
)
LATEST = replace(RULES, orders=("latest",))


def placed(path="a.md", *, at=1.0, heat=0.0, **facts):
    return Placing(path=path, published_ts=at, heat=heat, **facts)


def planned(*placings, rules=RULES, standing=None):
    feeds = plan(placings, rules, now_ts=NOW_TS, standing=standing or {})
    return {feed.stem: feed for feed in feeds}


def members(feed):
    return [placing.path for placing in feed.members]


class TestTurn:
    @pytest.mark.parametrize(
        ("facts", "seconds"),
        [
            pytest.param({}, None, id="published for good"),
            pytest.param({"at": NOW_TS + 9}, 9, id="embargo"),
            pytest.param({"at": NOW_TS}, None, id="just due"),
            pytest.param({"expires_ts": NOW_TS + 9}, 9, id="will expire"),
            pytest.param({"expires_ts": NOW_TS}, None, id="expired"),
            pytest.param({"at": NOW_TS + 9, "expires_ts": NOW_TS + 20}, 9, id="both"),
            pytest.param(
                {"at": NOW_TS + 9, "expires_ts": NOW_TS + 9}, None, id="never"
            ),
            pytest.param({"at": NOW_TS + 9, "withheld": "draft"}, None, id="draft"),
            pytest.param({"expires_ts": NOW_TS + 9, "withheld": "x"}, None, id="held"),
        ],
    )
    def test_it_is_when_an_article_comes_or_goes(self, facts, seconds):
        expected = NOW_TS + seconds if seconds else None
        assert turn(placed(**facts), NOW_TS) == expected

    @given(
        st.tuples(st.integers(-50, 50), st.sampled_from([0, 5, 20]), st.booleans()),
    )
    def test_until_then_the_same_is_said_of_it(self, facts):
        begins, lasts, is_held = facts
        placing = placed(
            at=NOW_TS + begins,
            expires_ts=NOW_TS + begins + lasts if lasts else 0,
            withheld="draft" if is_held else "",
        )
        seen = [bool(exclusion(placing, NOW_TS + second)) for second in range(80)]
        found = turn(placing, NOW_TS)
        first = next((at for at in range(80) if seen[at] != seen[0]), None)
        assert (found - NOW_TS if found else None) == first


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
        rules = replace(RULES, orders=(), limit=5, window_s=1)
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
        assert RULES.registry.provider_slug(name, domain) == slug

    def test_an_article_without_provider_is_in_no_provider_feed(self):
        placing = placed(provider_domain="quay.example")
        assert dict(memberships(placing, RULES)) == {}

    def test_the_limit_holds_in_every_feed(self):
        rules = replace(RULES, orders=("heat", "hot", "top"), limit=2)
        placings = [
            placed(f"{n}.md", at=n, heat=9 - n, topics=("x",)) for n in range(5)
        ]
        found = planned(*placings, rules=rules)
        assert members(found["all"]) == ["4.md", "3.md"]
        assert members(found["topics/x"]) == ["3.md", "4.md"]
        assert members(found["topics/x/top"]) == ["0.md", "1.md"]


def ruled(*registrations, **rules):
    """Return rules with these topics and providers registered."""
    registry, faults = registry_of(registrations, PLATFORMS)
    assert faults == []
    return replace(LATEST, registry=registry, **rules)


class TestRegistry:
    RAIL = as_topic(
        "Rail", slug="r", aliases=("Trains",), image="https://a.example/r", keywords=("k",)
    )  # fmt: skip
    QUAY = as_provider("Quay & Co", domain="quay.example", aliases=("tug.example",))

    def test_i46_a_topic_has_its_own_slug_and_name_image_and_keywords(self):
        rules = ruled(self.RAIL)
        names = ("trains", "rail", "Harbour")
        placings = [
            canonical(placed(f"{n}.md", topics=(name,)), rules.registry)
            for n, name in enumerate(names)
        ]
        found = planned(*placings, rules=rules)
        for stem in ("topics/r", "topics/r/latest"):
            feed = found[stem]
            assert members(feed) == ["0.md", "1.md"]
            assert (feed.label, feed.image, feed.keywords) == (
                *("Rail", "https://a.example/r"),
                ("k",),
            )
        other = found["topics/harbour"]
        assert (other.label, other.image, other.keywords) == ("Harbour", "", ())

    def test_i46_domains_of_one_provider_are_one_feed(self):
        rules = ruled(self.QUAY)
        placings = [
            canonical(
                placed(f"{n}.md", provider_name=f"Q{n}", provider_domain=domain),
                rules.registry,
            )
            for n, domain in enumerate(["quay.example", "tug.example", "b.example"])
        ]
        found = planned(*placings, rules=rules)
        assert members(found["providers/quay.example"]) == ["0.md", "1.md"]
        assert found["providers/quay.example"].label == "Quay & Co"
        assert found["providers/b.example"].label == "Q2"

    @pytest.mark.parametrize(
        ("include", "expected"), [(False, ["0.md"]), (True, ["0.md", "1.md", "2.md"])]
    )
    def test_a_parent_holds_what_is_below_it_when_asked_to(self, include, expected):
        rules = ruled(
            as_topic("Transport"),
            as_topic("Rail", parent="Transport"),
            as_topic("Night trains", parent="Rail"),
            include_children=include,
        )
        topics = [("Transport", "Rail"), ("Night trains",), ("Rail",), ("Ferries",)]
        placings = [placed(f"{n}.md", topics=each) for n, each in enumerate(topics)]
        found = planned(*placings, rules=rules)
        assert members(found["topics/transport/latest"]) == expected
        assert found["topics/transport"].label == "Transport"
        assert members(found["topics/night-trains"]) == ["1.md"]


class TestCanonical:
    @pytest.mark.parametrize(
        "registration",
        [
            pytest.param(as_topic("Ferries"), id="something else"),
            pytest.param(as_topic("Rail", aliases=("Trains",)), id="as it is"),
            pytest.param(as_provider("Quay", domain="quay.example"), id="provider"),
        ],
    )
    def test_what_is_named_rightly_keeps_its_revision(self, registration):
        placing = placed(
            topics=("Rail",), provider_name="Quay", provider_domain="quay.example",
            revision="1",
        )  # fmt: skip
        assert canonical(placing, ruled(registration).registry) == placing

    @pytest.mark.parametrize(
        "registration",
        [
            pytest.param(as_topic("RAIL"), id="topic's name"),
            pytest.param(as_provider("QUAY", domain="quay.example"), id="provider's"),
            pytest.param(as_provider("Quay", domain="b.example", aliases=("quay.example",)), id="domain"),
            pytest.param(as_provider("Quay", domain="quay.example", slug="q"), id="slug"),
        ],
    )  # fmt: skip
    def test_what_makes_another_entry_makes_another_revision(self, registration):
        placing = placed(
            topics=("Rail",), provider_name="Quay", provider_domain="quay.example",
            revision="1",
        )  # fmt: skip
        registry = ruled(registration).registry
        found = canonical(placing, registry)
        assert found.revision not in {"", "1"}
        assert canonical(replace(placing, revision="2"), registry) != found


class TestFreeTags:
    """I44: a name that articles have only as a tag begins its feed with so many."""

    TAGGED = (
        placed("a.md", topics=("rail", "Once"), has_free_topics=True),
        placed("b.md", topics=("Rail",), has_free_topics=True),
    )
    RULES = replace(LATEST, tag_minimum=2)

    def test_i44_a_tag_begins_its_feed_with_the_minimum(self):
        found = planned(*self.TAGGED, rules=self.RULES)
        assert members(found["topics/rail"]) == ["a.md", "b.md"]
        assert not [stem for stem in found if stem.startswith("topics/once")]

    def test_i44_only_what_is_published_counts(self):
        later = replace(self.TAGGED[1], published_ts=NOW_TS + 1)
        found = planned(self.TAGGED[0], later, rules=self.RULES)
        assert "topics/rail" not in found

    def test_i44_a_topic_needs_no_more_than_one(self):
        named = placed("c.md", topics=("once",))
        found = planned(*self.TAGGED, named, rules=self.RULES)
        assert members(found["topics/once"]) == ["a.md", "c.md"]
        assert "topics/once" in planned(named, rules=self.RULES)

    def test_i44_a_registered_topic_needs_no_more_than_one(self):
        rules = ruled(as_topic("Once"), tag_minimum=9)
        found = planned(*self.TAGGED, rules=rules)
        assert "topics/once/latest" in found
        assert "topics/rail" not in found

    def test_i44_a_feed_that_was_published_stays(self):
        standing = {"topics/once": "Once", "topics/never": "Never"}
        found = planned(*self.TAGGED, rules=self.RULES, standing=standing)
        assert members(found["topics/once"]) == ["a.md"]
        assert members(found["topics/never"]) == []
        assert found["topics/never"].label == "Never"

    def test_i44_categories_and_providers_are_not_tags(self):
        placing = placed(
            categories=("One",), provider_name="Quay", has_free_topics=True
        )
        found = planned(placing, rules=self.RULES)
        assert {"categories/one", "providers/quay"} <= set(found)


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
