"""Pages for people, which advertise the feeds."""

import re

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


class TestContrast:
    """WCAG 2.2, 1.4.3: text and links have a contrast of at least 4.5:1."""

    @pytest.mark.parametrize("name", ["text", "quiet", "link", "visited"])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_is_readable(self, page, scheme, name):
        colours = variables(page.findtext(".//style"), scheme)
        assert contrast(colours[name], colours["page"]) >= 4.5

    def test_each_scheme_has_all_colours_of_its_own(self, page):
        style = page.findtext(".//style")
        light, dark = variables(style, "light"), variables(style, "dark")
        assert light.keys() == dark.keys()
        assert not [name for name in light if light[name] == dark[name]]

    def test_the_schemes_are_those_of_the_root(self, page):
        """It is true that the canvas follows, too: it is the root's, not the body's."""
        rules = RULE.findall(page.findtext(".//style"))
        stating = [selector for selector, body in rules if "color-scheme" in body]
        assert stating == [":root"]

    def test_nothing_else_makes_text_paler(self, page):
        """It is true that every colour is one of those that are measured here."""
        style = page.findtext(".//style")
        assert "opacity" not in style
        used = re.findall(r"[{;](?:background|color):([^;}]*)", style)
        names = {"page", "text", "quiet", "link", "visited"}
        assert sorted(used) == sorted(f"var(--{name})" for name in names)


RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
DARK = re.compile(r"@media \(prefers-color-scheme:dark\)\{([^{}]+\{[^{}]*\})\}")


def variables(style, scheme):
    """Return the colours of a scheme by their names in the style sheet."""
    (dark,) = DARK.findall(style)
    light = DARK.sub("", style)
    rules = RULE.findall(light + dark if scheme == "dark" else light)
    return {
        name: value
        for selector, body in rules
        if selector == ":root"
        for name, value in re.findall(r"--(\w+):(#\w+)", body)
    }


def contrast(one, other):
    """Return the contrast ratio of two colours (WCAG 2.2, its definition)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_measured_right():
    assert contrast("#fff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_an_empty_page_says_so(feed_of):
    assert b"Nothing yet." in html.document(feed_of(), [])


def test_the_index_lists_each_feed_and_describes_our_extension(site, feed_of):
    page = lxml_html.fromstring(html.index(site, [feed_of(stem="all"), feed_of()]))
    assert len(page.findall(".//ol/li")) == 2
    assert page.get_element_by_id("json-feed-extension") is not None
    assert len(page.findall(".//head/link[@rel='alternate']")) == 3
