"""Pages for people, which advertise the feeds."""

import pytest
from lxml import html as lxml_html

from feeds.entry import Item
from feeds.formats import html


@pytest.fixture
def page(feed_of, rich_entry):
    made = [Item(fragment=html.fragment(rich_entry), heat=1, quality=1)]
    return lxml_html.fromstring(html.document(feed_of(), made))


def test_the_head_names_every_format(page):
    found = [
        (link.get("type"), link.get("href"))
        for link in page.findall(".//head/link[@rel='alternate']")
    ]
    stem = "https://feeds.example/topics/harbour"
    assert found == [
        ("application/atom+xml", f"{stem}.atom"),
        ("application/rss+xml", f"{stem}.rss"),
        ("application/feed+json", f"{stem}.json"),
    ]


def test_an_entry_links_to_its_article(page, rich_entry):
    link = page.find(".//h2/a")
    assert (link.get("href"), link.text) == (rich_entry.link, rich_entry.title)
    assert page.findtext(".//time") == "Wed, 27 Jan 2021 10:20:30 +0000"
    assert page.get("lang") == "en"


def test_the_index_links_to_the_page_of_a_feed_that_names_another(site, feed_of):
    home, twin = "https://www.example/", "https://feeds.example/all.html"
    both = [
        feed_of(stem="all", page_url=home, twin_url=twin),
        feed_of(page_url=home),
    ]
    page = lxml_html.fromstring(html.index(site, both))
    assert [a.get("href") for a in page.findall(".//ol/li/a")] == [twin, home]


def test_an_empty_page_says_so(feed_of):
    assert b"Nothing yet." in html.document(feed_of(), [])


def test_the_index_lists_each_feed_and_describes_our_extension(site, feed_of):
    page = lxml_html.fromstring(html.index(site, [feed_of(stem="all"), feed_of()]))
    assert len(page.findall(".//ol/li")) == 2
    assert page.get_element_by_id("json-feed-extension") is not None
    assert len(page.findall(".//head/link[@rel='alternate']")) == 3
