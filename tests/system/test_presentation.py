"""What the documents of a built site state, and that settings which change it move nothing."""

import json
import re

import feedparser
import pytest

IDS = re.compile(rb"<id>[^<]*</id>|<guid[^>]*>[^<]*</guid>")
DATES = re.compile(
    rb"<(updated|published|pubDate|lastBuildDate|atom:updated)>[^<]*</\1>"
)


def settings(site, *lines, table="site"):
    file = site.root / "stoker.toml"
    text = file.read_text("utf-8")
    head = f"[{table}]\n"
    assert head in text
    file.write_text(text.replace(head, head + "\n".join((*lines, ""))), "utf-8")


def links(site, stem):
    """Return the page that each format names as the feed's own."""
    read = {
        form: feedparser.parse((site.output / f"{stem}.{form}").read_bytes()).feed.link
        for form in ("atom", "rss")
    }
    feed = json.loads((site.output / f"{stem}.json").read_bytes())
    return {*read.values(), feed["home_page_url"]}


class TestHomePage:
    HOME = "https://www.harbour.example/news/"

    def test_it_is_the_link_of_the_all_feed_alone(self, site):
        settings(site, f"home_page_url = '{self.HOME}'")
        site.build()
        assert links(site, "all") == {self.HOME}
        assert links(site, "all/hot") == {self.HOME}
        page = "https://feeds.example/topics/ferries.html"
        assert links(site, "topics/ferries") == {page}
        index = (site.output / "index.html").read_text("utf-8")
        assert '<a href="https://feeds.example/all.html">' in index

    def test_where_there_is_none_a_feed_names_its_own_page(self, site):
        site.build()
        assert links(site, "all") == {"https://feeds.example/all.html"}

    def test_without_pages_of_ours_all_feeds_name_it(self, site):
        settings(site, f"home_page_url = '{self.HOME}'")
        settings(site, "html = false", table="feeds")
        site.build()
        assert links(site, "all") == links(site, "topics/ferries") == {self.HOME}

    def test_to_set_what_it_is_anyhow_changes_the_all_feed(self, site):
        site.build()
        settings(site, "home_page_url = 'https://feeds.example/'")
        assert "wrote" in site.build().stderr
        assert links(site, "all") == {"https://feeds.example/"}


PICTURED = """\
---
title: The gate opens
date: 2026-11-05T08:00:00Z
webUrl: https://harbour.example/gate
language: {language}
topics: [Ferries]
images:
  - {{url: "https://img.example/gate.jpg", width: 800, height: 600}}
---
"""


def told(site, stem):
    """Return ids and dates of every document of a feed as they are spelt."""
    found = {}
    for form in ("atom", "rss"):
        body = (site.output / f"{stem}.{form}").read_bytes()
        found[form] = (
            IDS.findall(body),
            [match[0] for match in DATES.finditer(body)],
        )
    return found


def test_pictures_as_media_move_no_date_and_no_id(site):
    site.write_text("2026-11-05-gate.md", PICTURED.format(language="en"))
    site.build()
    before, page = told(site, "all"), (site.output / "all.html").read_bytes()
    assert b"media:content" not in (site.output / "all.rss").read_bytes()
    settings(site, "media_content = true", table="feeds")
    site.build(now="2026-11-21T12:00:00Z")
    for form in ("atom", "rss"):
        (entry, *_) = feedparser.parse(
            (site.output / f"all.{form}").read_bytes()
        ).entries
        assert [each["url"] for each in entry.media_content] == [
            "https://img.example/gate.jpg"
        ]
    assert told(site, "all") == before
    assert (site.output / "all.html").read_bytes() == page


@pytest.mark.parametrize(
    ("language", "stated"),
    [
        pytest.param("nb", "nb", id="another"),
        pytest.param("pt_BR", "pt-BR", id="in the manner of locales"),
        pytest.param("en-GB", "en-GB", id="a kind of the site's"),
        pytest.param("en", None, id="the site's"),
        pytest.param("EN", None, id="the site's in capitals"),
        pytest.param("", None, id="none"),
    ],
)
def test_every_format_states_a_language_that_is_not_the_sites(site, language, stated):
    site.write_text("2026-11-05-gate.md", PICTURED.format(language=language))
    site.build()
    atom = (site.output / "all.atom").read_text("utf-8")
    rss = (site.output / "all.rss").read_text("utf-8")
    (item, *_) = json.loads((site.output / "all.json").read_bytes())["items"]
    found = re.findall(r'<entry xml:lang="([^"]*)"', atom)
    assert found == ([stated] if stated else [])
    assert re.findall(r"<dc:language>([^<]*)<", rss) == found
    assert item.get("language") == stated
