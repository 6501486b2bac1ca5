"""Which feed carries on which, when another registry gives them other stems."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.lineage import (
    Lineage,
    Terms,
    fresh_ids,
    moved,
    names_of,
    redirects,
    reminted,
    went,
)
from feeds.registry import registry_of
from tests.feeds.registered import as_provider, as_topic

NOW_TS = 2_000_000_000.0
GRACE_S = 3_600.0


def terms(*registrations, now_ts=NOW_TS):
    registry, faults = registry_of(registrations, frozenset({"video.example"}))
    assert faults == []
    return Terms(registry=registry, now_ts=now_ts, grace_s=GRACE_S)


def row(stem, *spellings, by=None, **facts):
    """Return the row of a feed that stands, as a registry has left it."""
    known = (by or terms()).registry
    named = names_of(stem, known, spellings)
    label = spellings[0] if spellings else ""
    facts = {"id": f"tag:x.example,2026:feed/{stem}", "members": 3, **facts}
    return Lineage(stem=stem, label=label, names=named, **facts)


def after(rows, now, sizes=()):
    """Return all rows by stem, as another registry leaves them."""
    known = {each.stem: each for each in rows}
    return known | moved(rows, now, dict.fromkeys(sizes, 3))


def standing(rows):
    """Return the ids of the feeds that stand, by stem."""
    return {each.stem: each.id for each in rows.values() if not each.moved_to}


NIGHT = row("topics/night-trains", "Night Trains")
NIGHT_ID = NIGHT.id
SLUGGED = as_topic("Night Trains", slug="sleepers")


class TestMoved:
    def test_nothing_moves_where_nothing_is_registered_otherwise(self):
        rows = [NIGHT, row("providers/quay.example", "Quay"), row("all")]
        sizes = {each.stem: 3 for each in rows}
        assert moved(rows, terms(), sizes) == {}

    def test_a_topic_with_another_slug_takes_its_id_along(self):
        found = after([NIGHT], terms(SLUGGED), ["topics/sleepers"])
        assert standing(found) == {"topics/sleepers": NIGHT_ID}
        assert found["topics/night-trains"].moved_to == "topics/sleepers"

    def test_so_does_one_that_has_no_article_at_the_moment(self):
        found = after([NIGHT], terms(SLUGGED))
        assert standing(found) == {"topics/sleepers": NIGHT_ID}

    def test_back_again_it_is_what_it_was(self):
        there = after([NIGHT], terms(SLUGGED), ["topics/sleepers"])
        back = after(there.values(), terms(), ["topics/night-trains"])
        assert standing(back) == {"topics/night-trains": NIGHT_ID}
        assert back["topics/sleepers"].moved_to == "topics/night-trains"

    def test_there_are_no_chains(self):
        rows = [NIGHT]
        for slug in ("one", "two", "three"):
            now = terms(as_topic("Night Trains", slug=slug))
            rows = list(after(rows, now, [f"topics/{slug}"]).values())
        told = {each.stem: each.moved_to for each in rows if each.moved_to}
        assert told == dict.fromkeys(
            ("topics/night-trains", "topics/one", "topics/two"), "topics/three"
        )

    def test_two_that_swap_their_slugs_keep_their_ids(self):
        before = terms(as_topic("Ferry", slug="a"), as_topic("Pilot", slug="b"))
        rows = [
            row("topics/a", "Ferry", by=before),
            row("topics/b", "Pilot", by=before),
        ]
        now = terms(as_topic("Ferry", slug="b"), as_topic("Pilot", slug="a"))
        found = after(rows, now, ["topics/a", "topics/b"])
        assert standing(found) == {"topics/a": rows[1].id, "topics/b": rows[0].id}

    def test_in_a_merge_the_one_that_stands_there_keeps_its_id(self):
        rows = [NIGHT, row("topics/trains", "Trains", members=1)]
        now = terms(as_topic("Trains", aliases=("Night Trains",)))
        found = after(rows, now, ["topics/trains"])
        assert standing(found) == {"topics/trains": rows[1].id}
        assert found["topics/night-trains"].moved_to == "topics/trains"
        assert found["topics/night-trains"].id == NIGHT_ID

    def test_of_two_that_merge_elsewhere_the_one_whose_name_it_has_goes_on(self):
        rows = [NIGHT, row("topics/trains", "Trains", members=1)]
        known = as_topic("Trains", slug="rail", aliases=("Night Trains",))
        found = after(rows, terms(known), ["topics/rail"])
        assert standing(found) == {"topics/rail": rows[1].id}

    def test_else_the_one_with_the_most_articles(self):
        rows = [row("topics/trains", "Trains", members=1), NIGHT]
        known = as_topic("Rail", aliases=("Night Trains", "Trains"))
        found = after(rows, terms(known), ["topics/rail"])
        assert standing(found) == {"topics/rail": NIGHT_ID}

    def test_one_that_waits_for_its_end_gives_way(self):
        waning = row("topics/sleepers", "Sleepers", emptied_ts=int(NOW_TS) - 10)
        found = after([NIGHT, waning], terms(SLUGGED), ["topics/sleepers"])
        assert standing(found) == {"topics/sleepers": NIGHT_ID}

    def test_in_a_split_the_name_that_was_registered_keeps_the_id(self):
        before = terms(as_topic("Rail", aliases=("Night Trains",)))
        rows = [row("topics/rail", "Rail", by=before)]
        now = terms(as_topic("Rail", slug="railways"), as_topic("Night Trains"))
        found = after(rows, now, ["topics/railways", "topics/night-trains"])
        assert standing(found) == {"topics/railways": rows[0].id}
        assert found["topics/rail"].moved_to == "topics/railways"

    def test_what_is_registered_no_more_goes_where_its_articles_do(self):
        before = terms(SLUGGED)
        rows = [row("topics/sleepers", "Night Trains", by=before)]
        found = after(rows, terms(), ["topics/night-trains"])
        assert standing(found) == {"topics/night-trains": rows[0].id}

    @pytest.mark.parametrize(
        ("stem", "known", "goal"),
        [
            pytest.param(
                "providers/harbour-post",
                as_provider("Harbour Post", domain="post.example"),
                "providers/post.example",
                id="a domain at last",
            ),
            pytest.param(
                "providers/old.example",
                as_provider(
                    "Harbour Post", domain="post.example", aliases=("old.example",)
                ),
                "providers/post.example",
                id="another domain",
            ),
            pytest.param(
                "providers/post.example",
                as_provider("Harbour Post", domain="post.example", slug="post"),
                "providers/post",
                id="a slug",
            ),
            pytest.param(
                "providers/old.json-feed",
                as_provider(
                    "Harbour Post", domain="post.example", aliases=("old.json",)
                ),
                "providers/post.example",
                id="a domain that ends as a document does",
            ),
        ],
    )
    def test_providers_move_as_topics_do(self, stem, known, goal):
        found = after([row(stem, "Harbour Post")], terms(known), [goal])
        assert standing(found) == {goal: f"tag:x.example,2026:feed/{stem}"}

    def test_a_publisher_is_told_by_its_domain_and_not_by_its_name(self):
        rows = [row("providers/old.example", "Harbour Post")]
        known = as_provider("Harbour Post", domain="post.example")
        assert moved(rows, terms(known), {"providers/old.example": 3}) == {}

    def test_categories_and_the_feed_of_all_stay(self):
        rows = [row("all"), row("categories/night-trains", "Night Trains")]
        sizes = dict.fromkeys(("all", "categories/night-trains"), 3)
        assert moved(rows, terms(SLUGGED), sizes) == {}


slugs = st.sampled_from(["a", "b", "c", "d"])
registries = st.lists(st.tuples(slugs, slugs), max_size=4).map(
    lambda pairs: [
        as_topic(name.upper() * 2, slug=slug)
        for name, slug in dict(pairs).items()
        if list(dict(pairs).values()).count(slug) == 1
    ]
)


@given(st.lists(registries, max_size=5))
def test_whatever_is_registered_each_id_stands_once_and_nothing_leads_in_circles(steps):
    rows = [row(f"topics/{name * 2}", name.upper() * 2) for name in "abcd"]
    ids = {each.id for each in rows}
    for registrations in steps:
        now = terms(*registrations)
        sizes = [f"topics/{now.registry.topic_slug(n * 2)}" for n in "abcd"]
        rows = list(after(rows, now, sizes).values())
        found = {each.stem: each for each in rows}
        held = list(standing(found).values())
        assert len(held) == len(set(held))
        assert set(held) <= ids
        for each in rows:
            assert not each.moved_to or not found[each.moved_to].moved_to


class TestTerms:
    @pytest.mark.parametrize(
        ("emptied_ts", "stands"),
        [
            pytest.param(0, True, id="it has articles"),
            pytest.param(int(NOW_TS), True, id="just empty"),
            pytest.param(int(NOW_TS - GRACE_S) + 1, True, id="a second to go"),
            pytest.param(int(NOW_TS - GRACE_S), False, id="the grace is over"),
        ],
    )
    def test_an_empty_feed_stays_for_the_grace(self, emptied_ts, stands):
        assert terms().stands(replace(NIGHT, emptied_ts=emptied_ts)) is stands

    def test_for_as_long_as_it_is_registered(self):
        known = terms(as_topic("Night Trains"))
        assert known.stands(replace(NIGHT, emptied_ts=1))

    def test_the_alias_of_another_is_not_registered(self):
        known = terms(as_topic("Rail", aliases=("Night Trains",)))
        assert not known.stands(replace(NIGHT, emptied_ts=1))

    def test_what_moved_does_not_stand(self):
        assert not terms().stands(replace(NIGHT, moved_to="topics/sleepers"))


class TestWent:
    def test_it_says_to_which_stems_a_feed_and_its_readers_went(self):
        rows = [NIGHT, row("topics/trains", "Trains")]
        known = as_topic("Trains", slug="rail", aliases=("Night Trains",))
        changed = moved(rows, terms(known), {"topics/rail": 3})
        assert went(changed.values(), rows) == {
            "topics/night-trains": {"topics/rail"},
            "topics/trains": {"topics/rail"},
        }

    def test_in_a_swap_each_to_the_other(self):
        rows = [
            Lineage(stem="topics/a", id="tag:x,2026:feed/topics/a"),
            Lineage(stem="topics/b", id="tag:x,2026:feed/topics/b"),
        ]
        changed = [replace(rows[0], stem="topics/b"), replace(rows[1], stem="topics/a")]
        assert went(changed, rows) == {
            "topics/a": {"topics/b"},
            "topics/b": {"topics/a"},
        }


class TestIds:
    def test_the_first_is_made_from_the_stem_alone(self):
        made = fresh_ids("x.example,2026", "topics/ferry")
        assert [next(made), next(made), next(made)] == [
            "tag:x.example,2026:feed/topics/ferry",
            "tag:x.example,2026:feed/topics/ferry~2",
            "tag:x.example,2026:feed/topics/ferry~3",
        ]

    def test_another_authority_changes_those_under_the_one_before_alone(self):
        rows = [
            Lineage(stem="all", id="tag:localhost,2026:feed/all"),
            Lineage(stem="topics/a", id="tag:localhost.example,2026:feed/topics/a"),
            Lineage(stem="topics/b"),
        ]
        changed = list(reminted(rows, "localhost,2026", "x.example,2026"))
        assert changed == [Lineage(stem="all", id="tag:x.example,2026:feed/all")]


HOLDERS = {"topics/night-trains": "topics/sleepers"}
LIVING = ("topics/sleepers.atom", "topics/sleepers.json")


class TestRedirects:
    @pytest.mark.parametrize(
        ("path", "target"),
        [
            pytest.param("topics/night-trains.json", "topics/sleepers.json", id="same"),
            pytest.param(
                "topics/night-trains.rss", "topics/sleepers.atom", id="format"
            ),
            pytest.param(
                "topics/night-trains/hot.json", "topics/sleepers.json", id="order"
            ),
            pytest.param(
                "topics/night-trains/hot.rss", "topics/sleepers.atom", id="both"
            ),
        ],
    )
    def test_what_the_target_lacks_goes_to_its_default_order(self, path, target):
        assert redirects([path], HOLDERS, LIVING) == {path: target}

    def test_an_order_that_it_has_is_the_same_order(self):
        living = (*LIVING, "topics/sleepers/hot.rss")
        path = "topics/night-trains/hot.rss"
        found = redirects([path], HOLDERS, living)
        assert found == {path: "topics/sleepers/hot.rss"}

    @pytest.mark.parametrize(
        "path",
        [
            "all.atom",
            "feeds.json",
            "topics/sleepers.rss",
            "topics/night.atom",
            "topics/night-trains-2.atom",
        ],
    )
    def test_nothing_else_moves(self, path):
        assert redirects([path], HOLDERS, LIVING) == {}

    def test_a_living_document_stays_where_it_is(self):
        living = (*LIVING, "topics/night-trains.atom")
        assert redirects(["topics/night-trains.atom"], HOLDERS, living) == {}

    def test_nothing_leads_to_a_feed_that_has_ended(self):
        assert redirects(["topics/night-trains.atom"], HOLDERS, ()) == {}
