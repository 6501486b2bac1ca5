"""Which articles there are, and which tags get a feed."""

import pytest

from feeds.settings import Topic

LANGUAGES = [
    "ar",
    "cs",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "hu",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "tr",
    "zh",
]


class TestIdentity:
    def test_i43_one_name_in_17_folders_is_17_articles(self, desk):
        for language in LANGUAGES:
            desk.write(
                f"{language}/blog/2026-11-01-release.md",
                f"---\ntitle: {language}\nlang: {language}\n---\nIt sails.",
            )
        report = desk.build()
        entries = desk.entries()
        assert (report.articles, len(LANGUAGES)) == (17, 17)
        assert {entry["title"] for entry in entries} == set(LANGUAGES)
        for key in ("id", "url"):
            assert len({entry[key] for entry in entries}) == 17
        for entry in entries:
            path = f"{entry['title']}/blog/2026-11-01-release.md"
            assert entry["id"].endswith(f":article/{path}")

    def test_i43_what_happens_to_one_happens_to_no_other(self, desk):
        for language in ("de", "en"):
            desk.write(
                f"{language}/a.md", f"---\ntitle: {language}\ndate: 2026-11-01\n---\n"
            )
        desk.build()
        before = {entry["title"]: entry["id"] for entry in desk.entries()}
        desk.write("de/a.md", "---\ntitle: neu\ndate: 2026-11-01\n---\n")
        (desk.articles / "en/a.md").unlink()
        desk.build()
        (entry,) = desk.entries()
        assert (entry["title"], entry["id"]) == ("neu", before["de"])

    def test_i43_suffix_and_case_are_part_of_the_path(self, desk):
        names = ["a.md", "A.md", "a.html", "b/a.md"]
        for name in names:
            desk.story(name)
        if len(list(desk.articles.iterdir())) < 4:
            pytest.skip("the file system ignores case")
        desk.build()
        assert sorted(desk.titles()) == sorted(names)
        assert len({entry["id"] for entry in desk.entries()}) == 4


class TestMinimum:
    @pytest.mark.parametrize(
        ("key", "minimum", "count", "has_feed"),
        [
            ("tags", 2, 1, False),
            ("tags", 2, 2, True),
            ("tags", 3, 2, False),
            ("tags", 1, 1, True),
            ("keywords", 2, 1, False),
        ],
        ids=str,
    )
    def test_i44_a_free_tag_begins_with_so_many_articles(
        self, desk_of, key, minimum, count, has_feed
    ):
        desk = desk_of(feeds={"tag_minimum": minimum}, source={"preset": "hugo"})
        for at in range(count):
            desk.story(f"{at}.md", f"{key}: [Sea]")
        desk.build()
        assert ("topics/sea" in desk.feeds()) is has_feed
        assert len(desk.entries()) == count

    @pytest.mark.parametrize(
        "line", ["topics: [Sea]", "category: Sea", "provider: Sea"], ids=str
    )
    def test_i44_what_is_not_free_has_a_feed_at_once(self, desk, line):
        desk.story("a.md", line)
        desk.build()
        assert {stem.partition("/")[2] for stem in desk.feeds()} == {"", "sea"}

    def test_i44_a_configured_topic_has_one_even_as_a_tag(self, desk_of):
        desk = desk_of(
            topics=(Topic(name="Sea", aliases=("Ocean",)),), feeds={"tag_minimum": 5}
        )
        desk.story("a.md", "tags: [Ocean, Ice]")
        desk.build()
        assert desk.feeds() == {"all", "topics/sea"}

    def test_i44_spellings_count_together(self, desk):
        for at, name in enumerate(("Sea ice", "sea-ice")):
            desk.story(f"{at}.md", f"tags: [{name}]")
        desk.build()
        assert "topics/sea-ice" in desk.feeds()

    def test_i44_only_published_articles_count(self, desk):
        for at, line in enumerate(
            ("published: true", "published: false", "draft: true")
        ):
            desk.story(f"{at}.md", "tags: [Sea]", line)
        desk.build()
        assert desk.feeds() == {"all"}

    def test_i44_a_feed_that_people_read_stays(self, desk):
        """Else every feed at the limit would come and go with an article."""
        for at in range(2):
            desk.story(f"{at}.md", "tags: [Sea]")
        desk.build()
        (desk.articles / "1.md").unlink()
        desk.build()
        assert len(desk.entries("topics/sea")) == 1
        (desk.articles / "0.md").unlink()
        desk.story("2.md")
        desk.build()
        assert desk.entries("topics/sea") == []

    def test_i44_the_tag_is_still_a_category_of_its_entry(self, desk):
        desk.story("a.md", "tags: [Sea]")
        desk.build()
        assert desk.entries()[0]["tags"] == ["Sea"]
