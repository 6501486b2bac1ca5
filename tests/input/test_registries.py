"""Topics and providers that the site itself knows, by settings and by files."""

import json
import time

import pytest

from feeds.errors import SettingsError
from feeds.pipeline import survey
from feeds.settings import Provider, RegistryFiles, Topic, load
from tests.input.samples import IN_ALL, NOW

SEA = "taxonomy: topic\n_id: open-sea\nname: The open sea\naliases: [Ocean]\nkeywords: [waves]\n"
QUAY = (
    "---\ntaxonomy: organization\n_id: quay.example\nname: Quay & Co\ndomain: quay.example\n"
    "othernames: [The Quay]\nimages:\n- url: /img/50.jpg\n  width: 50\n"
    "- url: /img/400.jpg\n  width: 400\n---\nText\n"
)
INLINE = {
    "topics": (
        Topic(
            name="The open sea",
            slug="open-sea",
            aliases=("Ocean",),
            image="https://www.example/sea.jpg",
            keywords=("waves",),
        ),
    ),
    "providers": (
        Provider(
            name="Quay & Co",
            domain="quay.example",
            aliases=("The Quay", "old.quay.example"),
            image="https://www.example/quay.jpg",
        ),
    ),
}


def feed(desk, stem: str) -> dict:
    return json.loads((desk.output / f"{stem}.json").read_bytes())


@pytest.fixture(params=["settings", "files", "folder"])
def registered(request, desk_of, tmp_path):
    """Return a desk that knows a topic and a provider."""
    if request.param == "settings":
        return desk_of(**INLINE)
    root = tmp_path / "articles"
    settings = {}
    if request.param == "folder":
        root = tmp_path / "registry"
        settings = {"registry": RegistryFiles(folders=(str(root),))}
    desk = desk_of(**settings)
    data = root if request.param == "folder" else root / "_data"
    for name, text in (
        ("topics/sea.yaml", SEA),
        ("organizations/quay.example.md", QUAY),
    ):
        file = data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return desk


TOPIC_NAMES = (
    *("The open sea", "the open SEA", "Ocean", "ocean", "open-sea", "waves"),
    "The\u2014open\u2014sea",
)
PROVIDER_VALUES = (
    "{name: Quay & Co, domain: quay.example}",
    "{name: Something else, domain: www.quay.example}",
    "{name: quay and co}",
    *("The Quay", "quay.example", "https://www.quay.example/"),
)


class TestRegistered:
    def test_i46_a_topic_goes_by_every_name_it_has(self, registered):
        for at, name in enumerate(TOPIC_NAMES):
            registered.story(f"{at}.md", f"topics: [{name}]")
        report = registered.build()
        assert (report.files, report.problems) == (len(TOPIC_NAMES), ())
        assert registered.feeds() == {"all", "topics/open-sea"}
        assert feed(registered, "topics/open-sea")["title"].endswith(": The open sea")
        assert [e["tags"] for e in registered.entries()] == [["The open sea"]] * 7

    def test_i46_a_provider_does_too(self, registered):
        for at, value in enumerate(PROVIDER_VALUES):
            registered.story(f"{at}.md", f"provider: {value}")
        report = registered.build()
        assert (report.files, report.problems) == (len(PROVIDER_VALUES), ())
        assert registered.feeds() == {"all", "providers/quay.example"}
        title = feed(registered, "providers/quay.example")["title"]
        assert title.endswith(": Quay & Co")
        names = {entry["authors"][0]["name"] for entry in registered.entries()}
        assert names == {"Quay & Co"}


class TestParentsAndImages:
    def test_i46_what_is_below_a_topic_is_in_it_where_that_is_wanted(self, desk_of):
        topics = (
            Topic(name="Sea"),
            Topic(name="Ice", parent="Sea"),
            Topic(name="Floe", parent="ice"),
        )
        desk = desk_of(topics=topics, feeds={"include_children": True})
        desk.story("a.md", "topics: [Floe]")
        desk.build()
        assert desk.feeds() == {"all", "topics/sea", "topics/ice", "topics/floe"}

    def test_i46_and_else_it_is_not(self, desk_of):
        desk = desk_of(topics=(Topic(name="Sea"), Topic(name="Ice", parent="Sea")))
        desk.story("a.md", "topics: [Ice]")
        desk.build()
        assert desk.feeds() == {"all", "topics/ice"}

    def test_i46_a_feed_has_the_image_registered(self, desk_of):
        desk = desk_of(**INLINE, feeds=IN_ALL)
        desk.story("a.md", "topics: [Ocean]", "provider: The Quay")
        desk.build()
        for stem, image in (
            ("topics/open-sea", "sea"),
            ("providers/quay.example", "quay"),
        ):
            for name in ("json", "atom", "rss"):
                document = (desk.output / f"{stem}.{name}").read_text()
                assert f"https://www.example/{image}.jpg" in document

    def test_i46_of_several_images_in_a_file_the_widest(self, desk_of):
        desk = desk_of(site={"home_page_url": "https://www.example/"}, feeds=IN_ALL)
        desk.write("_data/organizations/quay.example.md", QUAY)
        desk.story("a.md", "provider: The Quay")
        desk.build()
        document = (desk.output / "providers/quay.example.atom").read_text()
        assert "https://www.example/img/400.jpg" in document

    def test_i46_a_parent_in_a_file_may_be_another_file(self, desk_of):
        desk = desk_of(feeds={"include_children": True})
        desk.write("_data/topics/sea.yaml", SEA)
        desk.write("_data/topics/ice.yml", "name: Ice\nparent: The open sea\n")
        desk.story("a.md", "topics: [Ice]")
        assert desk.build().problems == ()
        assert desk.feeds() == {"all", "topics/open-sea", "topics/ice"}


class TestFaults:
    def test_i46_settings_go_before_files(self, desk_of):
        desk = desk_of(topics=(Topic(name="The open sea", slug="sea"),))
        desk.write("_data/topics/sea.yaml", SEA)
        desk.story("a.md", "topics: [The open sea]")
        assert not desk.build().has_errors
        assert desk.feeds() == {"all", "topics/sea"}

    def test_i46_a_broken_file_costs_nothing_and_means_what_it_meant(self, desk):
        desk.write("_data/topics/sea.yaml", SEA)
        desk.story("a.md", "topics: [Ocean]")
        desk.build()
        desk.write("_data/topics/sea.yaml", "name: [\n")
        report = desk.build()
        assert [(p.path, p.severity) for p in report.problems] == [
            ("_data/topics/sea.yaml", "error")
        ]
        assert desk.feeds() == {"all", "topics/open-sea"}

    @pytest.mark.parametrize(
        ("tables", "expected"),
        [
            ('[[topics]]\nname = "A"\n[[topics]]\nname = "a"\n', "topics[1]"),
            (
                '[[topics]]\nname = "A"\nslug = "b"\n[[topics]]\nname = "B"\n',
                "topics[1]",
            ),
            ('[[topics]]\nname = "A"\nparent = "Nobody"\n', "topics[0].parent"),
            ('[[topics]]\nname = "A"\nparent = "A"\n', "topics[0].parent"),
            ('[[topics]]\nname = ""\n', "topics[0].name"),
            ('[[topics]]\nname = "A"\nfeed = "x"\n', "topics[0].feed"),
            ('[[topics]]\nname = "A"\nimage = "javascript:x"\n', "topics[0].image"),
            (
                '[[providers]]\nname = "A"\ndomain = "no domain"\n',
                "providers[0].domain",
            ),
            (
                (
                    '[[providers]]\nname = "A"\ndomain = "a.example"\n'
                    '[[providers]]\nname = "B"\ndomain = "A.example"\n'
                ),
                "providers[1].domain",
            ),
        ],
        ids=[
            *("name twice", "slug twice", "no parent", "its own parent", "no name"),
            *("unknown key", "image", "domain", "domain twice"),
        ],
    )
    @pytest.mark.usefixtures("desk")
    def test_i46_a_wrong_setting_is_refused_by_its_place(
        self, tmp_path, tables, expected
    ):
        file = tmp_path / "stoker.toml"
        file.write_text(f'[[sources]]\npath = "articles"\n{tables}')

        def told() -> None:
            loaded = load(file, environ={}, flags={}, folder=tmp_path)
            survey(loaded.settings, now=NOW, clock=time.time_ns, jobs=1)

        with pytest.raises(SettingsError) as caught:
            told()
        assert expected in str(caught.value)
