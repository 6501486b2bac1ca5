"""Characters that every reader of feeds must be able to take."""

import html

import pytest
from lxml import etree

from tests.input.samples import IN_ALL

ATOM = "{http://www.w3.org/2005/Atom}"

# Forbidden by XML 1.0, or never meant.
FORBIDDEN = {
    "NUL": "\x00",
    "backspace": "\x08",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "escape": "\x1b",
    "separators": "\x1c\x1d\x1e\x1f",
    "U+FFFE": "\ufffe",
    "U+FFFF": "\uffff",
}

KEPT = {
    "emoji": "🚢",
    "joined emoji": "👩🏽\u200d✈️",
    "flag": "🇳🇴",
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "marks of direction": "\u200f\u05e9\u05dc\u200e",
    "line separator": "sea\u2028ice",
    "paragraph separator": "sea\u2029ice",
    "combining": "Bru\u0308cke",
    "no-break hyphen": "sea\u2011ice",
    "beyond the BMP": "\U0001d4ae\U00010348",
    "private": "\ue000",
    "zero width": "sea\u200bice",
}


def told(desk) -> list[str]:
    """Return title, summary and text of the entry in every format, parsed strictly."""
    entry = etree.fromstring((desk.output / "all.atom").read_bytes()).find(
        f"{ATOM}entry"
    )
    rss = etree.fromstring((desk.output / "all.rss").read_bytes())
    (item,) = desk.entries()
    texts = [
        *(entry.findtext(f"{ATOM}{tag}") for tag in ("title", "summary", "content")),
        *(rss.findtext(f"channel/item/{tag}") for tag in ("title", "description")),
        *(item[key] for key in ("title", "summary", "content_html")),
    ]
    assert all(texts)
    return texts


class TestCharacters:
    @pytest.mark.parametrize("bad", FORBIDDEN.values(), ids=FORBIDDEN.keys())
    @pytest.mark.parametrize("path", ["a.md", "a.html", "a.txt"])
    def test_i34_what_xml_forbids_is_removed(self, parse, bad, path):
        parsed = parse(
            f"---\ntitle: Fer{bad}ry\ndate: 2021-01-27\nexcerpt: It{bad} sails\n"
            f"tags: [S{bad}ea]\n---\nAt{bad} noon.",
            path,
        )
        article = parsed.article
        assert (article.title, article.excerpt) == ("Ferry", "It sails")
        assert (article.topics, article.body) == (("Sea",), "At noon.")

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ('{"title": "Fer\\u0000ry", "date": "2021-01-27"}', "Ferry"),
            ('{"title": "Fer\\ud83dry", "date": "2021-01-27"}', "Ferry"),
            ('{"title": "Ferry \\ud83d\\udea2", "date": "2021-01-27"}', "Ferry 🚢"),
            ('{"title": "Fer\\uffffry", "date": "2021-01-27"}', "Ferry"),
            ('---\ntitle: "Fer\\x0bry"\ndate: 2021-01-27\n---\n', "Ferry"),
            ('---\ntitle: "Fer\\0ry"\ndate: 2021-01-27\n---\n', "Ferry"),
            ('---\ntitle: "Ferry \\U0001F6A2"\ndate: 2021-01-27\n---\n', "Ferry 🚢"),
            pytest.param(
                *(
                    '---\ntitle: "Ferry \\ud83d\\udea2"\ndate: 2021-01-27\n---\n',
                    "Ferry 🚢",
                ),
            ),
            pytest.param(
                *('---\ntitle: "Fer\\ud83dry"\ndate: 2021-01-27\n---\n', "Ferry"),
            ),
            ('+++\ntitle = "Fer\\u0008ry"\ndate = 2021-01-27\n+++\n', "Ferry"),
            ("---\ntitle: Fer&#11;ry\ndate: 2021-01-27\n---\n", "Ferry"),
            ("---\ntitle: Fer&#xD83D;ry\ndate: 2021-01-27\n---\n", "Fer\ufffdry"),
            ("---\ndate: 2021-01-27\n---\nFer&#1;ry\n", "Ferry"),
            ("---\ndate: 2021-01-27\n---\n# Fer&#xFFFF;ry\n", "Ferry"),
        ],
        ids=[
            *("JSON NUL", "JSON half a pair", "JSON pair", "JSON no character"),
            *("YAML tab", "YAML NUL", "YAML astral", "YAML pair", "YAML half a pair"),
            *("TOML", "entity", "entity of half a pair"),
            *("entity in the first line", "entity in a heading"),
        ],
    )
    def test_i34_escapes_bring_in_nothing_else(self, parse, text, title):
        parsed = parse(text)
        assert parsed.article, parsed.problems
        assert parsed.article.title == title

    @pytest.mark.parametrize("good", KEPT.values(), ids=KEPT.keys())
    def test_i34_all_other_characters_stay(self, parse, good):
        parsed = parse(
            f"---\ntitle: A {good}\ndate: 2021-01-27\nexcerpt: B {good}\n"
            f'tags: ["C {good}"]\n---\nD {good} E'
        )
        article = parsed.article
        assert (article.title, article.excerpt) == (f"A {good}", f"B {good}")
        assert (article.topics, article.body) == ((f"C {good}",), f"D {good} E")

    def test_i34_only_a_line_feed_ends_a_line(self, parse):
        """To `splitlines`, these are eight lines more."""
        apart = "A\u2028B\u2029C\x85D"
        text = f"{apart}\nText"
        article = parse(text, "2021-01-27-a.md", plain_text="publish").article
        assert (article.title, article.body) == ("A\u2028B\u2029CD", "Text")
        text = (
            '---\ntitle: "A\u2028heat: 9\u2028---\u2028B"\ndate: 2021-01-27\n---\nText'
        )
        article = parse(text).article
        assert (article.title, article.heat) == ("A\u2028heat: 9\u2028---\u2028B", 0)
        assert article.body == "Text"

    def test_i34_documents_hold_what_is_kept_and_no_more(self, desk_of):
        desk = desk_of(feeds=IN_ALL)
        good = "".join(KEPT.values())
        bad = "".join(FORBIDDEN.values())
        text = f"A {good}{bad} B"
        desk.write(
            "a.md",
            f"---\ntitle: {text}\ndate: 2026-11-01\nexcerpt: {text}\n---\n"
            f"{text}&#1;&#x80;&#xFFFF;&#xD800;",
        )
        desk.build()
        for found in told(desk):
            assert f"A {good} B" in found
            assert not {*bad, "\x01", "\x80", "\uffff", "\ud800"} & set(found)


class TestCdata:
    TEXT = "a ]]> b ]]&gt; c"

    @pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
    def test_i40_the_end_of_a_cdata_section_is_text(self, desk_of, name):
        desk = desk_of(feeds=IN_ALL)
        desk.write(
            name,
            f"---\ntitle: '{self.TEXT}'\ndate: 2026-11-01\nexcerpt: '{self.TEXT}'\n"
            f"tags: ['{self.TEXT}']\n---\nSea ]]> and ]]]]><![CDATA[> ice.",
        )
        desk.build()
        title, summary, content, *others = told(desk)
        assert title == others[0] == "a ]]> b ]]> c"
        assert html.unescape(summary) == title  # its type is html
        assert "Sea ]]" in content
        assert all("]]" in text for text in others)
