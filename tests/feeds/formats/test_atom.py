"""Atom: The Atom Syndication Format (RFC 4287)."""

from dataclasses import replace

import pytest
from lxml import etree
from lxml import html as lxml_html

from feeds.entry import Item
from feeds.formats import atom

NS = {"a": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}
THUMBNAIL = {"url": "https://img.example/1.jpg", "width": "640", "height": "480"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def feed(feed_of, rich_entry, plain_entry):
    entries = [rich_entry, plain_entry]
    made = [Item(fragment=atom.fragment(e), heat=1, quality=1) for e in entries]
    return etree.fromstring(atom.document(feed_of(), made))


@pytest.fixture
def entry(feed):
    return feed.find("a:entry", NS)


def links(element, rel):
    return [link for link in element.findall("a:link", NS) if link.get("rel") == rel]


class TestFeed:
    """Feed elements MUST contain exactly one id, title and updated (4.1.1)."""

    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("id", "tag:example.org,2026:feed/topics/harbour"),
            ("title", "Harbour & Sons: Harbour"),
            ("subtitle", "Harbour: the newest, the hottest first"),
            ("updated", "2021-02-03T04:05:06+00:00"),
            ("generator", "Stoker"),
            ("icon", "https://www.example/icon.png"),
            ("logo", "https://www.example/logo.png"),
            ("rights", "Free to share"),
            ("author/a:name", "The Harbour Desk"),
        ],
    )
    def test_it_states_each_fact_once(self, feed, tag, text):
        assert [found.text for found in feed.findall(f"a:{tag}", NS)] == [text]

    def test_it_links_to_itself_and_to_its_page_once(self, feed):
        (me,) = links(feed, "self")
        (page,) = links(feed, "alternate")
        assert me.get("href") == "https://feeds.example/topics/harbour.atom"
        assert me.get("type") == "application/atom+xml"
        assert page.get("href") == "https://feeds.example/topics/harbour.html"
        assert page.get("type") == "text/html"
        assert feed.get(LANG) == "en"

    def test_the_page_is_the_first_link_of_feed_and_entries(self, feed):
        for each in (feed, *feed.findall("a:entry", NS)):
            rels = [link.get("rel") for link in each.findall("a:link", NS)]
            assert rels[0] == "alternate"
            assert rels.count("alternate") == 1

    def test_what_the_site_does_not_say_is_left_out(self, feed_of, site):
        bare = replace(site, icon="", logo="", rights="", author="")
        root = etree.fromstring(atom.document(feed_of(site=bare), []))
        assert not any(
            root.findall(f"a:{tag}", NS) for tag in ("icon", "logo", "rights")
        )
        assert root.findtext("a:author/a:name", None, NS) == site.title


class TestEntry:
    """Entries MUST contain exactly one id, title and updated (4.1.2)."""

    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("id", "tag:example.org,2026:article/2021/ferry.md"),
            ("title", "Ferry <b> & “sons” ]]> 🚢"),
            ("published", "2021-01-27T10:20:30+00:00"),
            ("updated", "2021-02-03T04:05:06+00:00"),
            ("summary", "It sails &amp; sails. ]]&gt; שמש"),
            ("author/a:name", "Quay & Co"),
            ("author/a:uri", "https://quay.example/"),
            ("source/a:id", "tag:example.org,2026:feed/providers/quay.example"),
            ("source/a:title", "Quay & Co"),
            ("source/a:updated", "2021-02-03T04:05:06+00:00"),
        ],
    )
    def test_it_states_each_fact_once(self, entry, tag, text):
        assert [found.text for found in entry.findall(f"a:{tag}", NS)] == [text]

    def test_it_has_exactly_one_alternate(self, feed):
        for each in feed.findall("a:entry", NS):
            (alternate,) = links(each, "alternate")
            assert alternate.get("type") == "text/html"
            assert all(link.get("rel") for link in each.findall("a:link", NS))

    def test_via_and_related_are_what_they_say(self, entry):
        assert [link.get("href") for link in links(entry, "via")] == [
            "https://wire.example/ferry"
        ]
        assert [
            (link.get("href"), link.get("title")) for link in links(entry, "related")
        ] == [
            ("https://tug.example/", "Tug <1>"),
            ("https://buoy.example/", "Buoy"),
        ]

    def test_its_source_links_to_our_feed_of_the_provider(self, entry):
        (me,) = links(entry.find("a:source", NS), "self")
        assert me.get("href") == "https://feeds.example/providers/quay.example.atom"

    def test_text_and_markup_have_their_types(self, entry, rich_entry):
        assert entry.find("a:summary", NS).get("type") == "html"
        assert entry.find("a:content", NS).get("type") == "html"
        assert entry.findtext("a:content", None, NS) == rich_entry.content_html

    def test_categories_have_scheme_and_label(self, entry):
        assert [dict(c.attrib) for c in entry.findall("a:category", NS)] == [
            {
                "term": "Harbour",
                "scheme": "https://feeds.example/topics",
                "label": "Harbour",
            },
            {
                "term": "R&D",
                "scheme": "https://feeds.example/categories",
                "label": "R&D",
            },
        ]

    def test_media_are_not_in_a_group(self, entry):
        assert entry.findall(".//media:group", NS) == []
        assert entry.findall("media:content", NS) == []
        (thumbnail,) = entry.findall("media:thumbnail", NS)
        assert dict(thumbnail.attrib) == THUMBNAIL

    def test_pictures_are_media_where_they_are_to_be(self, rich_entry, feed_of):
        told = replace(rich_entry, media_contents=rich_entry.images)
        made = [Item(fragment=atom.fragment(told), heat=1, quality=1)]
        entry = etree.fromstring(atom.document(feed_of(), made)).find("a:entry", NS)
        contents = entry.findall("media:content", NS)
        assert [(c.get("url"), c.get("width"), c.get("medium")) for c in contents] == [
            ("https://img.example/1.jpg", "640", "image"),
            ("https://img.example/2.jpg", None, "image"),
        ]
        assert len(entry.findall("media:thumbnail", NS)) == 1

    @pytest.mark.parametrize(
        "text",
        ["1 < 2 & 3", "<b>bold</b>", "&lt;b&gt;", "R&D", "]]>", 'say "x"', "&amp;amp;"],
    )
    def test_markup_in_a_summary_is_text(self, text, plain_entry, feed_of):
        entry = replace(plain_entry, summary=text)
        made = [Item(fragment=atom.fragment(entry), heat=1, quality=1)]
        root = etree.fromstring(atom.document(feed_of(), made))
        (summary,) = root.findall("a:entry/a:summary", NS)
        assert lxml_html.fromstring(f"<p>{summary.text}</p>").text_content() == text

    def test_its_language_is_stated(self, feed):
        rich, plain = feed.findall("a:entry", NS)
        assert (rich.get(LANG), plain.get(LANG)) == ("nb", None)

    def test_a_plain_one_states_no_more_than_it_must(self, feed):
        plain = feed.findall("a:entry", NS)[1]
        tags = sorted(etree.QName(child).localname for child in plain)
        assert tags == ["id", "link", "published", "title", "updated"]

    @pytest.mark.parametrize("word", ["heat", "64", "quality"])
    def test_heat_is_nowhere(self, feed, word):
        assert word not in etree.tostring(feed.find("a:entry", NS)).decode().replace(
            "640", ""
        )
