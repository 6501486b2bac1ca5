"""Three founding articles: a follower, its published leader, and plain text."""

import json
import re

import feedparser
import pytest
from lxml import etree

from tests.real.conftest import SHARED, build, slices, source

SEEDS = SHARED / "seeds"
FOLLOWER, LEADER, PLAIN = "000_df08b9c2", "001_6cb4dc83", "002_c9b163d6"
TITLE = "Biden speaks to Putin for first time since taking power: White House"
FEEDS = (
    "all",
    "topics/election",
    "topics/joe-biden",
    "providers/reuters.com",
    "categories/news",
)
PUBLISHED_PLAIN = """\
plain_text = "publish"
[sources.defaults]
date = "2021-12-07"
topics = ["Diplomacy"]
category = "analysis"
provider = { name = "The Week", domain = "theweek.com" }
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("seeds"), source(SEEDS))


@pytest.fixture(scope="module")
def built_with_plain_text(tmp_path_factory):
    root = tmp_path_factory.mktemp("plain")
    return build(root, source(SEEDS, PUBLISHED_PLAIN))


def test_the_follower_is_in_no_feed(built):
    assert built.report["published"] == 1
    # Others may link to it, by its title: it is no entry.
    for file in built.output.rglob("*.json"):
        if file.name not in ("feeds.json", "manifest.json"):
            ids = [item["id"] for item in json.loads(file.read_bytes())["items"]]
            assert not [each for each in ids if FOLLOWER in each], file


@pytest.mark.parametrize("stem", FEEDS, ids=lambda stem: stem)
def test_the_leader_is_in_its_feeds_in_three_formats(built, stem):
    (item,) = built.items(stem)
    assert (item["title"], LEADER in item["id"]) == (TITLE, True)
    for extension in ("atom", "rss"):
        content = (built.output / f"{stem}.{extension}").read_bytes()
        etree.fromstring(content)
        (entry,) = feedparser.parse(content).entries
        assert (entry.title, entry.id) == (TITLE, item["id"])
        assert entry.link == item["url"]


def test_there_are_no_feeds_of_what_is_not_published(built):
    made = {file.name for file in (built.output / "providers").glob("*.atom")}
    assert made == {"reuters.com.atom"}


def test_the_leader_has_its_images_and_related_links(built):
    (item,) = built.items("all")
    assert item["image"].startswith("https://s3.reutersmedia.net/resources/r/?m=02")
    assert item["_stoker"]["images"] == [
        {"url": item["image"], "width": 844, "height": 545}
    ]
    related = item["_stoker"]["related"]
    assert (
        "https://www.cbsnews.com/news/biden-putin-call-navalny-poisoning-treaty/"
        in [each["url"] for each in related]
    )
    for extension in ("atom", "rss"):
        (entry,) = feedparser.parse(
            (built.output / f"all.{extension}").read_bytes()
        ).entries
        assert [each["url"] for each in entry.media_thumbnail] == [item["image"]]
        assert not hasattr(entry, "media_content")
        links = [each.href for each in entry.links if each.rel == "related"]
        assert links == [each["url"] for each in related]


def test_plain_text_is_held_and_the_report_says_why(built):
    assert (built.code, built.report["held"]) == (0, 1)
    problems = [p for p in built.report["problems"] if PLAIN in p["path"]]
    assert [p["severity"] for p in problems] == ["note"] * len(problems)
    assert [p for p in problems if 'plain_text = "publish"' in p["expected"]]


def test_plain_text_is_published_where_the_settings_say_so(built_with_plain_text):
    built = built_with_plain_text
    assert (built.report["held"], built.report["published"]) == (0, 2)
    for stem in ("topics/diplomacy", "providers/theweek.com", "categories/analysis"):
        (item,) = built.items(stem)
        assert PLAIN in item["id"]
        assert item["title"] == "Inside Biden's call with Putin"
        assert item["date_published"] == "2021-12-07T00:00:00Z"
        assert item["authors"][0]["name"] == "The Week"
        assert "two hours and one minute" in item["content_html"]
    assert len(built.items("all")) == 2


def test_nothing_secured_is_shown(built, built_with_plain_text):
    secrets = slices(SEEDS)
    assert len(secrets) > 300
    for each in (built, built_with_plain_text):
        told = json.dumps(each.report) + each.logged
        files = [f.read_bytes() for f in each.root.rglob("*") if f.is_file()]
        shown = b"\n".join([told.encode(), *files])
        assert not [secret for secret in secrets if secret in shown]


def test_text_is_the_same_in_all_formats(built_with_plain_text):
    output = built_with_plain_text.output
    items = built_with_plain_text.items("all")
    for extension in ("atom", "rss"):
        entries = feedparser.parse((output / f"all.{extension}").read_bytes()).entries
        assert [e.title for e in entries] == [item["title"] for item in items]
        (text,) = (e.content[0].value for e in entries if PLAIN in e.id)
        (same,) = (i["content_html"] for i in items if PLAIN in i["id"])
        assert _words(text) == _words(same)


def _words(html):
    return re.sub(r"<[^>]*>|\s+", " ", html).split()
