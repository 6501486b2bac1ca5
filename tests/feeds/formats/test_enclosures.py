"""Media files: what every format says of them, and what readers make of it."""

import json
from dataclasses import replace

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from feeds.article import Enclosure
from feeds.entry import Item
from feeds.formats import atom, html, jsonfeed, rss

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
FIRST = "https://media.example/1.mp3?a=1&b=%20"
FORMATS = {"atom": atom, "rss": rss, "json": jsonfeed, "html": html}


def document(name, feed, *entries):
    module = FORMATS[name]
    made = [Item(fragment=module.fragment(e), heat=1, quality=1) for e in entries]
    return module.document(feed, made)


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_with_audio(name, feed_of, audio_entry, plain_entry, golden):
    golden(f"audio.{name}", document(name, feed_of(), audio_entry, plain_entry))


class TestAtom:
    """An atom:entry may have any number of links with rel="enclosure" (4.2.7.2)."""

    def test_i25_each_file_is_a_link_with_what_is_known_of_it(
        self, feed_of, audio_entry
    ):
        root = etree.fromstring(document("atom", feed_of(), audio_entry))
        links = root.findall("a:entry/a:link[@rel='enclosure']", NS)
        assert [dict(link.attrib) for link in links] == [
            {"rel": "enclosure", "href": FIRST, "type": "audio/mpeg", "length": "12345678"},
            {"rel": "enclosure", "href": "https://media.example/1.mp4", "type": "video/mp4"},
            {"rel": "enclosure", "href": "https://media.example/1.pdf", "type": "application/pdf"},
        ]  # fmt: skip

    def test_f2_it_still_has_exactly_one_alternate(self, feed_of, audio_entry):
        root = etree.fromstring(document("atom", feed_of(), audio_entry))
        assert len(root.findall("a:entry/a:link[@rel='alternate']", NS)) == 1


class TestRss:
    """An item has at most one enclosure, with all of url, length and type."""

    def test_f3_the_first_file_is_the_enclosure(self, feed_of, audio_entry):
        item = etree.fromstring(document("rss", feed_of(), audio_entry)).find(".//item")
        assert [dict(each.attrib) for each in item.findall("enclosure")] == [
            {"url": FIRST, "length": "12345678", "type": "audio/mpeg"}
        ]
        assert item.findtext("itunes:duration", None, NS) == "3461"

    def test_f3_the_others_are_media_and_in_no_group(self, feed_of, audio_entry):
        item = etree.fromstring(document("rss", feed_of(), audio_entry)).find(".//item")
        assert item.find(".//media:group", NS) is None
        assert [dict(each.attrib) for each in item.findall("media:content", NS)] == [
            {"url": "https://media.example/1.mp4", "type": "video/mp4", "medium": "video", "duration": "3462"},
            {"url": "https://media.example/1.pdf", "type": "application/pdf"},
        ]  # fmt: skip

    def test_i25_an_unknown_size_is_nought(self, feed_of, plain_entry):
        audio = Enclosure(url="https://media.example/1.mp3", media_type="audio/mpeg")
        entry = replace(plain_entry, enclosures=(audio,))
        item = etree.fromstring(document("rss", feed_of(), entry)).find(".//item")
        assert item.find("enclosure").get("length") == "0"
        assert item.find("itunes:duration", NS) is None

    def test_f15_its_namespace_is_declared_only_where_it_is_used(
        self, feed_of, audio_entry, plain_entry
    ):
        with_audio = document("rss", feed_of(), plain_entry, audio_entry)
        assert with_audio.count(b"xmlns:itunes=") == 1
        assert etree.fromstring(with_audio).nsmap["itunes"] == NS["itunes"]
        assert b"itunes" not in document("rss", feed_of(), plain_entry)

    def test_text_about_elements_declares_nothing(self, feed_of, plain_entry):
        entry = replace(plain_entry, summary="<itunes:duration>", title="<itunes:a>")
        assert b"xmlns:itunes" not in document("rss", feed_of(), entry)


def test_f4_a_json_feed_has_attachments(feed_of, audio_entry):
    (item,) = json.loads(document("json", feed_of(), audio_entry))["items"]
    assert item["attachments"] == [
        {
            "url": FIRST,
            "mime_type": "audio/mpeg",
            "size_in_bytes": 12_345_678,
            "duration_in_seconds": 3_461,
        },
        {
            "url": "https://media.example/1.mp4",
            "mime_type": "video/mp4",
            "duration_in_seconds": 3_462,
        },
        {"url": "https://media.example/1.pdf", "mime_type": "application/pdf"},
    ]


def test_f4_heat_fits_in_after_attachments(feed_of, audio_entry):
    (item,) = json.loads(document("json", feed_of(order="hot"), audio_entry))["items"]
    assert item["_stoker"]["heat"] == 1
    assert len(item["attachments"]) == 3


def test_a_page_invites_to_listen(feed_of, audio_entry):
    page = lxml_html.fromstring(document("html", feed_of(), audio_entry))
    links = [(a.text, a.get("href"), a.tail) for a in page.findall(".//small/a")]
    assert links == [
        ("Listen", FIRST, " (58 min) · "),
        ("Watch", "https://media.example/1.mp4", " (58 min) · "),
        ("Download", "https://media.example/1.pdf", None),
    ]


@pytest.mark.parametrize(("name", "count"), [("atom", 3), ("rss", 1)])
def test_f15_a_feed_parser_finds_the_files(name, count, feed_of, audio_entry):
    parsed = feedparser.parse(document(name, feed_of(), audio_entry))
    (entry,) = parsed.entries
    assert not parsed.bozo
    assert len(entry.enclosures) == count
    assert entry.enclosures[0].href == FIRST
    assert entry.enclosures[0].type == "audio/mpeg"
    assert entry.enclosures[0].length == "12345678"
    if name == "rss":
        assert entry.itunes_duration == "3461"
        assert [media["url"] for media in entry.media_content] == [
            "https://media.example/1.mp4",
            "https://media.example/1.pdf",
        ]
