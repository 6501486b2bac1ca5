"""JSON Feed 1.1."""

import json
from datetime import datetime

import pytest

from feeds.entry import Item
from feeds.formats import jsonfeed

TOP = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str, "icon": str, "favicon": str, "authors": list, "language": str, "items": list}  # fmt: skip
ITEM = {"id": str, "url": str, "external_url": str, "title": str, "content_html": str, "content_text": str, "summary": str, "image": str, "date_published": str, "date_modified": str, "authors": list, "tags": list, "language": str}  # fmt: skip


@pytest.fixture
def made(feed_of, rich_entry, plain_entry):
    def made(order="heat", *, heat=64):
        entries = [rich_entry, plain_entry]
        rows = [
            Item(fragment=jsonfeed.fragment(e), heat=heat, quality=8) for e in entries
        ]
        return json.loads(jsonfeed.document(feed_of(order=order), rows))

    return made


class TestRules:
    """The version, a title and items are required; an item needs an id and content."""

    def test_the_feed_has_what_is_required_and_nothing_unknown(self, made):
        feed = made()
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        for name, value in feed.items():
            assert name.startswith("_") or isinstance(value, TOP[name])

    def test_each_item_has_what_is_required_and_nothing_unknown(self, made):
        for item in made()["items"]:
            assert item["id"]
            assert item.get("content_html") or item.get("content_text")
            for name, value in item.items():
                assert name.startswith("_") or isinstance(value, ITEM[name])

    def test_dates_are_rfc_3339_with_an_offset(self, made):
        for item in made()["items"]:
            for name in ("date_published", "date_modified"):
                assert datetime.fromisoformat(item[name]).utcoffset() is not None

    def test_authors_are_objects_with_a_name(self, made):
        feed = made()
        assert feed["authors"] == [{"name": "The Harbour Desk"}]
        assert feed["items"][0]["authors"] == [
            {"name": "Quay & Co", "url": "https://quay.example/"}
        ]

    def test_our_extension_is_an_object_that_says_where_it_is_described(self, made):
        feed = made()
        about = "https://feeds.example/#json-feed-extension"
        assert feed["_stoker"] == {"about": about, "order": "heat"}
        assert all(item["_stoker"]["about"] == about for item in feed["items"])


class TestFacts:
    def test_urls_of_the_feed(self, made):
        feed = made()
        assert feed["feed_url"] == "https://feeds.example/topics/harbour.json"
        assert feed["home_page_url"] == "https://feeds.example/topics/harbour.html"
        assert feed["icon"] == "https://www.example/logo.png"
        assert feed["favicon"] == "https://www.example/icon.png"

    def test_an_item_with_everything(self, made, rich_entry):
        item = made()["items"][0]
        assert item["external_url"] == "https://wire.example/ferry"
        assert item["tags"] == ["Harbour", "R&D"]
        assert item["image"] == "https://img.example/1.jpg"
        assert item["content_html"] == rich_entry.content_html
        assert item["language"] == "nb"
        assert item["_stoker"]["type"] == "video"
        assert item["_stoker"]["amp"] == "https://quay.example/amp/ferry"
        assert item["_stoker"]["provider"]["domain"] == "quay.example"
        assert item["_stoker"]["images"][1] == {"url": "https://img.example/2.jpg"}
        assert item["_stoker"]["related"][0]["provider"] == "Tug"

    def test_an_item_without_a_body_has_its_title_as_text(self, made):
        item = made()["items"][1]
        assert item["content_text"] == "Plain"
        assert "summary" not in item

    @pytest.mark.parametrize(
        ("order", "is_told"),
        [("heat", False), ("latest", False), ("hot", True), ("top", True)],
    )
    def test_heat_is_told_in_ranked_orders_only(self, made, order, is_told):
        for item in made(order)["items"]:
            extension = item["_stoker"]
            assert (extension.get("heat"), extension.get("quality")) == (
                (64, 8) if is_told else (None, None)
            )

    def test_an_unscored_article_has_the_heat_minus_one(self, made):
        assert made("hot", heat=-1)["items"][0]["_stoker"]["heat"] == -1
