"""RSS 2.0 with the RSS Advisory Board's Best Practices Profile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from feeds.entry import Item, Term
from feeds.formats import rss

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}


@pytest.fixture
def channel(feed_of, rich_entry, plain_entry):
    entries = [rich_entry, plain_entry]
    made = [Item(fragment=rss.fragment(e), heat=1, quality=1) for e in entries]
    return etree.fromstring(rss.document(feed_of(), made)).find("channel")


@pytest.fixture
def item(channel):
    return channel.find("item")


def item_of(entry, feed_of):
    made = [Item(fragment=rss.fragment(entry), heat=1, quality=1)]
    return etree.fromstring(rss.document(feed_of(), made)).find("channel/item")


class TestChannel:
    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("title", "Harbour & Sons: Harbour"),
            ("link", "https://feeds.example/topics/harbour.html"),
            ("description", "Harbour: the newest, the hottest first"),
            ("language", "en"),
            ("lastBuildDate", "Wed, 03 Feb 2021 04:05:06 +0000"),
            ("ttl", "5"),
            ("generator", "Stoker"),
            ("docs", "https://www.rssboard.org/rss-specification"),
            ("copyright", "Free to share"),
            ("image/url", "https://www.example/logo.png"),
            ("image/title", "Harbour & Sons: Harbour"),
            ("image/link", "https://feeds.example/topics/harbour.html"),
        ],
    )
    def test_it_states_each_fact_once(self, channel, tag, text):
        assert [found.text for found in channel.findall(tag)] == [text]

    def test_it_links_to_itself(self, channel):
        (me,) = [x for x in channel.findall("atom:link", NS) if x.get("rel") == "self"]
        assert me.get("href") == "https://feeds.example/topics/harbour.rss"
        assert me.get("type") == "application/rss+xml"

    def test_a_description_is_never_missing(self, feed_of):
        root = etree.fromstring(rss.document(feed_of(description=""), []))
        assert root.findtext("channel/description") == "Harbour & Sons: Harbour"

    def test_time_to_live_is_at_least_a_minute(self, feed_of, site):
        brief = replace(site, max_age=timedelta(seconds=1), logo="", rights="")
        root = etree.fromstring(rss.document(feed_of(site=brief), []))
        assert root.findtext("channel/ttl") == "1"
        assert root.find("channel/image") is None


class TestItem:
    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("title", "Ferry <b> & “sons” ]]> 🚢"),
            ("link", "https://quay.example/ferry?a=1&b=2"),
            ("description", "It sails & sails. ]]> שמש"),
            ("pubDate", "Wed, 27 Jan 2021 10:20:30 +0000"),
            ("guid", "tag:example.org,2026:article/2021/ferry.md"),
            ("source", "Quay & Co"),
            ("dc:creator", "Quay & Co"),
            ("atom:updated", "2021-02-03T04:05:06+00:00"),
        ],
    )
    def test_it_states_each_fact_once(self, item, tag, text):
        assert [found.text for found in item.findall(tag, NS)] == [text]

    def test_a_guid_is_no_permalink(self, channel):
        guids = channel.findall("item/guid")
        assert [guid.get("isPermaLink") for guid in guids] == ["false", "false"]

    def test_an_author_without_an_address_is_a_creator(self, item):
        assert item.find("author") is None
        assert item.find("dc:date", NS) is None

    def test_the_body_follows_the_description(self, item, rich_entry):
        tags = [child.tag for child in item]
        content = f"{{{NS['content']}}}encoded"
        assert tags.index("description") < tags.index(content)
        assert item.findtext("content:encoded", None, NS) == rich_entry.content_html

    def test_its_source_is_our_feed_of_the_provider(self, item):
        url = item.find("source").get("url")
        assert url == "https://feeds.example/providers/quay.example.rss"

    def test_categories_are_names_and_nothing_else(self, item):
        assert [(c.text, dict(c.attrib)) for c in item.findall("category")] == [
            ("Harbour", {}),
            ("R&D", {}),
        ]

    def test_a_name_of_both_lists_is_one_category(self, plain_entry, feed_of):
        schemes = ("https://feeds.example/topics", "https://feeds.example/categories")
        terms = tuple(Term(name="Sea", scheme=scheme) for scheme in schemes)
        item = item_of(replace(plain_entry, terms=terms), feed_of)
        assert [c.text for c in item.findall("category")] == ["Sea"]

    def test_its_language_is_stated_where_it_is_another(self, channel):
        found = [x.findtext("dc:language", None, NS) for x in channel.findall("item")]
        assert found == ["nb", None]
        assert channel.findtext("language") == "en"

    def test_media_are_not_in_a_group(self, item):
        assert item.findall(".//media:group", NS) == []
        assert item.findall("media:content", NS) == []
        (thumbnail,) = item.findall("media:thumbnail", NS)
        assert dict(thumbnail.attrib) == {
            "url": "https://img.example/1.jpg",
            "width": "640",
            "height": "480",
        }
        assert item.findall("enclosure") == []

    def test_pictures_are_media_where_they_are_to_be(self, rich_entry, feed_of):
        item = item_of(replace(rich_entry, media_contents=rich_entry.images), feed_of)
        found = [dict(c.attrib) for c in item.findall("media:content", NS)]
        assert [c["url"] for c in found] == [each.url for each in rich_entry.images]
        assert [c["medium"] for c in found] == ["image", "image"]
        assert len(item.findall("media:thumbnail", NS)) == 1

    def test_related_articles_are_links(self, item):
        found = [(x.get("rel"), x.get("href")) for x in item.findall("atom:link", NS)]
        assert found == [
            ("related", "https://tug.example/"),
            ("related", "https://buoy.example/"),
        ]

    def test_a_plain_one_states_no_more_than_it_must(self, channel):
        plain = channel.findall("item")[1]
        tags = sorted(etree.QName(child).localname for child in plain)
        assert tags == ["guid", "link", "pubDate", "title", "updated"]
