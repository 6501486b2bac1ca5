"""Who is who: which names mean one topic or provider, and who may claim what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.registry import Registration, Registry, collisions, image_url, registry_of
from feeds.text import slugify
from tests.feeds.registered import as_provider, as_topic

PLATFORMS = frozenset({"video.example"})


def registry(*registrations):
    """Return the registry of registrations without fault."""
    found, faults = registry_of(registrations, PLATFORMS)
    assert faults == []
    return found


def faults(*registrations):
    """Return (key, value, expected) of every fault."""
    _, found = registry_of(registrations, PLATFORMS)
    return [(fault.key, fault.value, fault.expected) for fault in found]


class TestTopics:
    TRAINS = as_topic(
        "Night trains", slug="sleepers", aliases=("Couchettes",), keywords=("berths",)
    )

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("Night trains", id="name"),
            pytest.param("NIGHT-TRAINS", id="case and punctuation"),
            pytest.param("sleepers", id="slug"),
            pytest.param("couchettes", id="alias"),
            pytest.param("Berths", id="keyword"),
        ],
    )
    def test_i46_every_name_means_the_registered_topic(self, name):
        found = registry(self.TRAINS)
        assert found.topic_slug(name) == "sleepers"
        assert found.topic_names((name, "Ferries")) == ("Night trains", "Ferries")

    def test_unicode_form_does_not_matter(self):
        found = registry(as_topic("Café", aliases=("Kaffe\u0301",)))
        assert found.topic_slug("cafe\u0301") == "café"
        assert found.topic_slug("KAFFÉ") == "café"

    def test_names_of_one_topic_become_one(self):
        names = ("sleepers", "Ferries", "Night trains", "Couchettes")
        found = registry(self.TRAINS).topic_names(names)
        assert found == ("Night trains", "Ferries")

    def test_others_stay_as_they_are(self):
        names = ("CRI-O", "cri-o")
        assert registry(self.TRAINS).topic_names(names) == names
        assert Registry(platforms=PLATFORMS).topic_names(names) == names

    @pytest.mark.parametrize(
        ("other", "meant"),
        [
            pytest.param(as_topic("Beds", keywords=("berths",)), None, id="two claim it"),
            pytest.param(as_topic("Berths"), "berths", id="a name comes first"),
            pytest.param(as_topic("Beds", aliases=("berths",)), "beds", id="an alias too"),
        ],
    )  # fmt: skip
    def test_i46_a_keyword_counts_where_nobody_else_claims_it(self, other, meant):
        topic = registry(self.TRAINS, other).topic("berths")
        assert (topic.slug if topic else None) == meant

    def test_ancestors_are_told_from_the_parent_up(self):
        found = registry(
            as_topic("Berths", parent="sleepers"),
            as_topic("Night trains", slug="sleepers", parent="Rail"),
            as_topic("Rail"),
        )
        above = found.ancestors(found.topic("Berths"))
        assert [topic.slug for topic in above] == ["sleepers", "rail"]


class TestProviders:
    QUAY = as_provider(
        "Quay & Co",
        domain="quay.example",
        aliases=("The Quay", "quay-news.example"),
        keywords=("quays",),
    )
    TUBE = as_provider("Tug Films", aliases=("TugTube",))

    @pytest.mark.parametrize(
        ("name", "domain", "slug"),
        [
            pytest.param("whoever", "quay.example", "quay.example", id="domain"),
            pytest.param("whoever", "www.Quay-News.example", "quay.example", id="alias"),
            pytest.param("The Quay", "tug.example", "tug.example", id="another domain"),
            pytest.param("the quay", "", "quay.example", id="name only"),
            pytest.param("quay.example", "", "quay.example", id="domain as a name"),
            pytest.param("QUAYS", "", "quay.example", id="keyword"),
            pytest.param("Quay & Co", "video.example", "quay.example", id="on a platform"),
            pytest.param("TugTube", "video.example", "tug-films", id="never had a domain"),
            pytest.param("TugTube", "tug.example", "tug.example", id="domain beats name"),
            pytest.param("", "video.example", "video.example", id="platform, no name"),
            pytest.param("Buoy", "video.example", "buoy", id="unknown on a platform"),
            pytest.param("Buoy", "", "buoy", id="unknown"),
        ],
    )  # fmt: skip
    def test_i46_a_provider_is_its_domain_or_on_a_platform_its_name(
        self, name, domain, slug
    ):
        assert registry(self.QUAY, self.TUBE).provider_slug(name, domain) == slug

    @pytest.mark.parametrize(
        ("given_", "meant"),
        [
            (("THE QUAY", "quay-news.example"), ("Quay & Co", "quay.example")),
            (("TugTube", "video.example"), ("Tug Films", "video.example")),
            (("Quay & Co", "tug.example"), ("Quay & Co", "tug.example")),
            (("", ""), ("", "")),
        ],
    )
    def test_name_and_domain_become_those_that_count(self, given_, meant):
        assert registry(self.QUAY, self.TUBE).provider_names(*given_) == meant

    def test_a_slug_of_its_own_takes_the_place_of_the_domain(self):
        found = registry(as_provider("Quay", domain="quay.example", slug="quay"))
        assert found.provider_slug("Quay", "quay.example") == "quay"

    def test_publishers_may_share_a_name(self):
        found = registry(
            as_provider("The Times", domain="times.example"),
            as_provider("The Times", domain="times-of-quay.example"),
        )
        assert found.provider_slug("The Times", "times.example") == "times.example"
        assert found.provider_slug("The Times", "") == "the-times"

    def test_a_platform_may_be_registered_too(self):
        found = registry(as_provider("Video", domain="video.example"))
        assert found.provider_slug("Video", "video.example") == "video.example"
        assert found.provider_slug("Tug Films", "video.example") == "tug-films"

    @pytest.mark.parametrize("end", ["atom", "json", "gz"])
    def test_i42_a_domain_that_ends_like_a_document_is_kept_apart(self, end):
        domain = f"news.{end}"
        assert registry().provider_slug("News", domain) == f"{domain}-feed"
        assert registry(as_provider("News", domain=domain)).of(
            "provider", f"{domain}-feed"
        )


class TestFaults:
    """Two claims to one name are a fault that names both places; the first counts."""

    @pytest.mark.parametrize(
        ("second", "key", "value"),
        [
            pytest.param(as_topic("Trains", slug="rail"), "slug", "rail", id="slug"),
            pytest.param(as_topic("RAIL"), "name", "RAIL", id="name"),
            pytest.param(as_topic("Rail", slug="x"), "name", "Rail", id="same name"),
            pytest.param(as_topic("X", aliases=("rail",)), "aliases", "rail", id="alias"),
            pytest.param(as_topic("X", aliases=("Train",)), "aliases", "Train", id="aliases"),
        ],
    )  # fmt: skip
    def test_r16_topics(self, second, key, value):
        first = as_topic("Rail", aliases=("train",), place="first.yaml")
        expected = "expected a name of its own, but first.yaml has it too"
        if key == "slug":
            expected = expected.replace("a name", "a slug")
        assert faults(first, second) == [(key, value, expected)]
        found, _ = registry_of((first, second), PLATFORMS)
        assert found.topic("rail").name == found.topic("train").name == "Rail"

    @pytest.mark.parametrize(
        ("second", "key", "value"),
        [
            pytest.param(as_provider("X", domain="quay.example"), "domain", "quay.example", id="domain"),
            pytest.param(as_provider("X", slug="quay.example"), "slug", "quay.example", id="slug"),
            pytest.param(as_provider("X", aliases=("quay.example",)), "aliases", "quay.example", id="alias"),
            pytest.param(as_provider("Wharf", domain="tug.example"), "name", "Wharf", id="name that is an alias"),
        ],
    )  # fmt: skip
    def test_r16_providers(self, second, key, value):
        first = as_provider(
            "Quay", domain="quay.example", aliases=("Wharf",), place="first.md"
        )
        ((found_key, found_value, expected),) = faults(first, second)
        assert (found_key, found_value) == (key, value)
        assert "first.md has it too" in expected

    @pytest.mark.parametrize(
        ("registration", "slug"),
        [
            pytest.param(as_topic("X", slug="Night Trains"), "night-trains", id="blank"),
            pytest.param(as_topic("X", slug="a/b"), "a-b", id="slash"),
            pytest.param(as_topic("X", slug=".."), "x-9fd2e5a6", id="dots"),
            pytest.param(as_topic("X", slug="con"), "con-feed", id="reserved"),
            pytest.param(as_topic("X", slug="a.atom"), "a-atom", id="document"),
            pytest.param(as_provider("X", slug="a.atom"), "a.atom-feed", id="like a document"),
        ],
    )  # fmt: skip
    def test_r16_what_is_no_slug_is_a_fault(self, registration, slug):
        ((key, value, expected),) = faults(registration)
        assert (key, value) == ("slug", registration.slug)
        assert expected.startswith("expected a slug such as '")
        if slug != "x-9fd2e5a6":
            assert expected.endswith(f"'{slug}'")

    def test_a_parent_must_exist(self):
        topic = as_topic("Rail", parent="Transport")
        expected = "expected the name of a registered topic"
        assert faults(topic) == [("parent", "Transport", expected)]
        found, _ = registry_of((topic,), PLATFORMS)
        assert list(found.ancestors(found.topic("Rail"))) == []

    @pytest.mark.parametrize("length", [1, 2, 5])
    def test_parents_must_not_go_in_circles(self, length):
        names = [f"T{n}" for n in range(length)]
        ring = [
            as_topic(name, parent=names[at - 1], place=name)
            for at, name in enumerate(names)
        ]
        ((key, _, expected),) = faults(*ring)
        assert key == "parent"
        assert expected.startswith("expected a topic that is not below it, as T")
        found, _ = registry_of(ring, PLATFORMS)
        above = [len(list(found.ancestors(found.topic(name)))) for name in names]
        assert sorted(above) == list(range(length))

    def test_the_settings_beat_files_without_a_word(self):
        ours = as_topic(
            "Trains", slug="rail", aliases=("Locomotives",), is_setting=True
        )
        file = as_topic("Rail", slug="rail", aliases=("Wagons",))
        other = as_topic("Engines", aliases=("locomotives",))
        found = registry(ours, file, other)
        assert found.topic("Rail").name == "Trains"
        assert found.topic("locomotives").name == "Trains"
        assert found.topic("Wagons") is None

    @pytest.mark.parametrize(
        ("ours", "file", "name", "slug"),
        [
            pytest.param(as_topic("Rail", aliases=("Trains",), is_setting=True), as_topic("Trains"), "trains", "rail", id="name that is an alias"),
            pytest.param(as_topic("Rail", is_setting=True), as_topic("X", slug="rail"), "rail", "rail", id="slug that is a name"),
            pytest.param(as_topic("Rail", aliases=("x",), is_setting=True), as_topic("Y", aliases=("x", "y")), "x", "rail", id="alias of both"),
            pytest.param(as_topic("Rail", keywords=("x",), is_setting=True), as_topic("Y", keywords=("x",)), "x", "rail", id="keyword of both"),
            pytest.param(as_topic("Rail", keywords=("x",), is_setting=True), as_topic("X"), "x", "x", id="keyword that is a name"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("is_first", [True, False])
    def test_no_file_can_fault_a_topic_of_the_settings(
        self, ours, file, name, slug, is_first
    ):
        found = registry(*((ours, file) if is_first else (file, ours)))
        assert found.topic_slug("Rail") == "rail"
        assert found.topic_slug(name) == slug

    @pytest.mark.parametrize(
        "file",
        [
            pytest.param(as_provider("Foo"), id="name only"),
            pytest.param(as_provider("Foo", domain="bar.example"), id="namesake"),
            pytest.param(as_provider("Bar", slug="foo"), id="slug"),
            pytest.param(as_provider("Bar", aliases=("Foo",)), id="alias"),
            pytest.param(as_provider("Bar", aliases=("foo.example",)), id="domain"),
        ],
    )
    @pytest.mark.parametrize("is_first", [True, False])
    def test_no_file_can_fault_a_provider_of_the_settings(self, file, is_first):
        ours = as_provider("Foo", domain="foo.example", is_setting=True)
        found = registry(*((ours, file) if is_first else (file, ours)))
        assert found.provider_slug("Foo", "foo.example") == "foo.example"
        assert found.provider_slug("Foo", "") == "foo.example"
        assert bool(file.domain) == bool(found.of("provider", "bar.example"))

    def test_what_is_left_of_a_file_counts_beside_the_settings(self):
        ours = as_topic("Rail", aliases=("x",), is_setting=True)
        file = as_topic("Ferries", aliases=("x", "boats"), parent="x")
        found = registry(file, ours)
        assert found.topic_slug("boats") == "ferries"
        assert [t.slug for t in found.ancestors(found.topic("boats"))] == ["rail"]

    def test_of_a_circle_with_the_settings_the_file_has_the_fault(self):
        ours = as_topic("A", parent="B", is_setting=True)
        file = as_topic("B", parent="A")
        for both in ((ours, file), (file, ours)):
            _, (fault,) = registry_of(both, PLATFORMS)
            assert (both[fault.at], fault.key) == (file, "parent")

    def test_the_same_in_two_places_is_no_fault(self):
        one = as_provider("Quay", domain="quay.example", place="a.md")
        two = as_provider("Quay", domain="quay.example", place="b.md")
        assert faults(one, two) == []


class TestImages:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("https://img.example/a.png", "https://img.example/a.png"),
            ("/a b.png", "https://www.example/a%20b.png"),
            ("a.png", "https://www.example/home/a.png"),
            ("ftp://img.example/a.png", ""),
            ("javascript:alert(1)", ""),
            ("http://[::1", ""),
        ],
    )
    def test_relative_ones_start_at_the_home_page(self, text, url):
        assert image_url(text, "https://www.example/home/") == url


class TestCollisions:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (("C#", "C sharp", "c#"), [("c-sharp", ("C sharp", "C#", "c#"))]),
            (("R&D", "r and d"), [("r-and-d", ("R&D", "r and d"))]),
            (("CRI-O", "cri o", "Cri\u2013O"), []),
            (("Café", "cafe\u0301"), []),
            (("C++", "C#"), []),
            ((), []),
        ],
    )
    def test_i42_names_that_meet_though_they_differ(self, names, expected):
        assert collisions(names) == expected


names = st.sampled_from(["Rail", "rail", "Night trains", "C#", "c-sharp", "日本", "a"])
some_names = st.lists(names, max_size=2).map(tuple)
shared = {
    "name": names,
    "place": st.sampled_from(["x", "y"]),
    "slug": st.sampled_from(["", "rail", "b.example"]),
    "keywords": some_names,
    "is_setting": st.booleans(),
}
topics = st.builds(
    Registration,
    kind=st.just("topic"),
    parent=st.one_of(st.just(""), names),
    aliases=some_names,
    **shared,
)
domains = st.sampled_from(["a.example", "b.example", "video.example"])
providers = st.builds(
    Registration,
    kind=st.just("provider"),
    domain=st.one_of(st.just(""), domains),
    aliases=st.lists(st.one_of(names, domains), max_size=2).map(tuple),
    **shared,
)
registrations = st.lists(st.one_of(topics, providers), max_size=5)


class TestLaws:
    @given(registrations, names)
    def test_a_name_that_counts_means_the_same_again(self, all_, name):
        found, _ = registry_of(all_, PLATFORMS)
        once = found.topic_names((name,))
        assert found.topic_names(once) == once
        assert found.topic_slug(once[0]) == found.topic_slug(name)

    @given(registrations, names, st.one_of(st.just(""), domains))
    def test_a_provider_that_counts_is_the_same_again(self, all_, name, domain):
        found, _ = registry_of(all_, PLATFORMS)
        once = found.provider_names(name, domain)
        assert found.provider_slug(*once) == found.provider_slug(name, domain)

    @given(registrations)
    def test_no_fault_is_a_settings_when_a_file_is_the_rival(self, all_):
        def faults_of(given_):
            _, found = registry_of(given_, PLATFORMS)
            settings = [(fault, given_[fault.at]) for fault in found]
            return [
                (it, fault.key, fault.value) for fault, it in settings if it.is_setting
            ]

        alone = faults_of([it for it in all_ if it.is_setting])
        assert all(fault in alone for fault in faults_of(all_))

    @given(registrations)
    def test_settings_have_the_names_they_have_without_files(self, all_):
        found, _ = registry_of(all_, PLATFORMS)
        alone, _ = registry_of([it for it in all_ if it.is_setting], PLATFORMS)
        for them, us in (
            (found.topics, alone.topics),
            (found.providers, alone.providers),
        ):
            for key, mine in us.items():
                has_taken = them[key].slug != mine.slug
                assert not has_taken or key in map(slugify, mine.keywords)

    @given(registrations)
    def test_slugs_are_unique_and_chains_of_parents_end(self, all_):
        found, _ = registry_of(all_, PLATFORMS)
        for known in (found.topics, found.providers):
            distinct = {id(each): each for each in known.values()}.values()
            slugs = [each.slug for each in distinct]
            assert len(slugs) == len(set(slugs))
            for each in distinct:
                assert known[each.slug] is each
        for topic in found.topics.values():
            assert len(list(found.ancestors(topic))) < len(all_)
