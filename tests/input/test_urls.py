"""Addresses: escaped once, and on the web."""

import json

import pytest
from lxml import etree

from feeds.text import web_link
from tests.input.samples import IN_ALL

ATOM = "{http://www.w3.org/2005/Atom}"

URLS = {
    "blank": ("https://a.example/the ferry", "https://a.example/the%20ferry"),
    "blank, escaped": (
        "https://a.example/the%20ferry",
        "https://a.example/the%20ferry",
    ),
    "non-ASCII": ("https://a.example/fähre", "https://a.example/f%C3%A4hre"),
    "non-ASCII, escaped": (
        "https://a.example/f%C3%A4hre",
        "https://a.example/f%C3%A4hre",
    ),
    "both": ("https://a.example/f%C3%A4hre ö", "https://a.example/f%C3%A4hre%20%C3%B6"),
    "emoji": ("https://a.example/🚢", "https://a.example/%F0%9F%9A%A2"),
    "ampersand": ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
    "ampersand, escaped": ("https://a.example/?a=R%26D", "https://a.example/?a=R%26D"),
    "percent": ("https://a.example/100%", "https://a.example/100%25"),
    "percent and more": (
        "https://a.example/5%-off%20",
        "https://a.example/5%25-off%20",
    ),
    "percent, escaped": ("https://a.example/100%25", "https://a.example/100%25"),
    "percent, twice": ("https://a.example/100%2525", "https://a.example/100%2525"),
    "plus": ("https://a.example/?q=a+b", "https://a.example/?q=a+b"),
    "fragment": ("https://a.example/#the ferry", "https://a.example/#the%20ferry"),
    "quotes": ('https://a.example/"a"<b>', "https://a.example/%22a%22%3Cb%3E"),
    "brackets": ("https://a.example/?a[]=1", "https://a.example/?a[]=1"),
    "apostrophe": ("https://a.example/o'neil", "https://a.example/o'neil"),
    "host": ("https://fähre.example/", "https://xn--fhre-loa.example/"),
    "case": ("https://A.Example/Ä?B=%c3", "https://a.example/%C3%84?B=%c3"),
}


class TestUrls:
    @pytest.mark.parametrize(("written", "uri"), URLS.values(), ids=URLS.keys())
    def test_i41_every_url_is_escaped_once(self, article_of, written, uri):
        quoted = json.dumps(written, ensure_ascii=False)
        article = article_of(
            f"webUrl: {quoted}",
            f"images: [{{url: {quoted}}}]",
            f"related: [{{title: T, webUrl: {quoted}}}]",
            f"audio: {quoted}",
        )
        found = (article.link, article.images[0].url, article.related[0].link)
        assert found == (uri, uri, uri)
        assert article.enclosures[0].url == uri

    @pytest.mark.parametrize(("written", "uri"), URLS.values(), ids=URLS.keys())
    def test_i41_and_stays_as_it_is(self, written, uri):
        assert web_link(web_link(written)) == uri

    def test_i41_documents_state_the_same(self, desk_of):
        """An ampersand is escaped for XML, once, where XML is."""
        desk = desk_of(feeds=IN_ALL)
        for at, (written, _) in enumerate(URLS.values()):
            desk.story(
                f"{at:02}.md", f"webUrl: {json.dumps(written, ensure_ascii=False)}"
            )
        desk.build()
        uris = [uri for _, uri in URLS.values()]
        assert [entry["url"] for entry in desk.entries()] == uris
        atom = etree.fromstring((desk.output / "all.atom").read_bytes())
        links = [
            link.get("href")
            for link in atom.iterfind(f"{ATOM}entry/{ATOM}link")
            if link.get("rel", "alternate") == "alternate"
        ]
        assert links == uris
        rss = etree.fromstring((desk.output / "all.rss").read_bytes())
        assert [item.findtext("link") for item in rss.iterfind("channel/item")] == uris

    @pytest.mark.parametrize(
        ("name", "url"),
        [
            ("the ferry.md", "https://feeds.example/the%20ferry"),
            ("100%.md", "https://feeds.example/100%25"),
            ("r&d.md", "https://feeds.example/r&d"),
            ("fähre.md", "https://feeds.example/f%C3%A4hre"),
            ("a#b?c.md", "https://feeds.example/a%23b%3Fc"),
            ("50%20off.md", "https://feeds.example/50%2520off"),
        ],
    )
    def test_i41_a_file_name_is_escaped_once_too(self, parse, name, url):
        text = "---\ntitle: A\ndate: 2021-01-27\n---\n"
        assert parse(text, name, home="https://feeds.example/").article.link == url
