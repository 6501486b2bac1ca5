"""Which keys carry which field."""

import pytest

from feeds.settings import Source

MAPPINGS = {
    "a talk": (
        ["headline: Talk", "blurb: About us", "on: 2020-02-02", "labels: [Sea]"],
        {
            "title": ("headline",),
            "excerpt": ("blurb",),
            "date": ("on",),
            "topics": ("labels",),
        },
    ),
    "in any case": (
        ["HeadLine: Talk", "Blurb: About us", "ON: 2020-02-02", "LABELS: [Sea]"],
        {
            "title": ("headLINE",),
            "excerpt": ("BLURB",),
            "date": ("on",),
            "topics": ("Labels",),
        },
    ),
    "further down": (
        ["x: {headline: Talk, blurb: About us}", "y: {on: 2020-02-02, labels: [Sea]}"],
        {
            "title": ("x.headline",),
            "excerpt": ("x.blurb",),
            "date": ("y.on",),
            "topics": ("y.labels",),
        },
    ),
    "the best first": (
        [
            "headline: Talk",
            "name: No",
            "blurb: About us",
            "on: 2020-02-02",
            "labels: Sea",
        ],
        {
            "title": ("none", "headline", "name"),
            "excerpt": ("blurb",),
            "date": ("on",),
            "topics": ("labels",),
        },
    ),
}

PRESETS = {
    "smartable": (
        ["publishedDateTime: 2020-02-02", "topics: [Sea]", "provider: {name: Quay}"]
    ),
    "smartable by auto": (
        ["publishedDateTime: 2020-02-02", "topics: Sea", "provider: Quay"]
    ),
    "jekyll": ["date: 2020-02-02 10:00:00 +0000", "tags: Sea", "author: Quay"],
    "hugo": ["date: 2020-02-02", "tags: [Sea]", "author: Quay"],
    "hugo by publishDate": [
        "publishDate: 2020-02-02",
        "tags: [Sea]",
        "authors: [Quay]",
    ],
    "hugo by lastmod": ["lastmod: 2020-02-02", "tags: [Sea]", "author: Quay"],
    "hugo with params": ["date: 2020-02-02", "tags: [Sea]", "params: {author: Quay}"],
    "podcast": ["date: 2020-02-02", "tags: [Sea]", "author: Quay"],
}

SUMMARIES = {
    "smartable": "excerpt",
    "jekyll": "excerpt",
    "hugo": "summary",
    "podcast": "summary",
}


class TestMapping:
    @pytest.mark.parametrize(
        ("lines", "fields"), MAPPINGS.values(), ids=MAPPINGS.keys()
    )
    def test_i26_fields_are_mapped_by_configuration(self, desk_of, lines, fields):
        desk = desk_of(source={"fields": fields})
        desk.write("a.md", "\n".join(("---", *lines, "---", "")))
        report = desk.build()
        (entry,) = desk.entries("topics/sea")
        assert (entry["title"], entry["summary"]) == ("Talk", "About us")
        assert entry["date_published"].startswith("2020-02-02")
        assert report.problems == ()

    @pytest.mark.parametrize("name", PRESETS)
    def test_i26_presets_know_what_sites_write(self, parse, name):
        preset = name.partition(" ")[0] if "auto" not in name else "auto"
        summary = SUMMARIES.get(preset, "excerpt")
        lines = [
            "---",
            "title: Ferry",
            f"{summary}: It sails",
            *PRESETS[name],
            "---",
            "",
        ]
        parsed = parse("\n".join(lines), "a.md", preset=preset)
        article = parsed.article
        assert article, parsed.problems
        assert f"{article.published_at:%Y-%m-%d}" == "2020-02-02"
        assert (article.topics, article.provider.name) == (("Sea",), "Quay")
        assert article.excerpt == "It sails"
        assert parsed.problems == ()

    def test_i26_a_setting_goes_before_the_preset(self, article_of):
        fields = (("topics", ("series",)),)
        article = article_of("tags: [Sea]", "series: Ice", preset="hugo", fields=fields)
        assert article.topics == ("Ice",)

    def test_i26_two_sources_may_differ(self, desk_of, tmp_path):
        sources = [
            Source(path=str(tmp_path / name), preset=preset, fields=fields, name=name)
            for name, preset, fields in (
                ("one", "hugo", {"title": ("headline",)}),
                ("two", "jekyll", {}),
            )
        ]
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.md").write_text(
                "---\nheadline: One\ntitle: Two\ndate: 2021-01-27\ntags: sea ice\n---\n"
            )
        desk = desk_of(sources=tuple(sources), feeds={"tag_minimum": 1})
        desk.build()
        assert desk.titles() == ["One", "Two"]
        assert desk.feeds() == {
            *("all", "topics/sea-ice", "topics/sea", "topics/ice"),
        }
