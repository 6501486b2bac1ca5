"""What holds for the documents of every format."""

import json
import locale
from dataclasses import replace
from datetime import UTC, datetime

import feedparser
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from feeds.entry import Item
from feeds.formats import atom, html, jsonfeed, rss
from feeds.text import legal, one_line

FORMATS = {"atom": atom, "rss": rss, "json": jsonfeed, "html": html}
XML = {"atom": atom, "rss": rss}
UPDATED = "{http://www.w3.org/2005/Atom}updated"


def items(module, *entries):
    return [Item(fragment=module.fragment(e), heat=64, quality=8) for e in entries]


def document(module, feed, *entries):
    return module.document(feed, items(module, *entries))


def titles(name, content):
    """Return the titles and ids of a document's entries as plain parsers read them."""
    if name == "json":
        return [(i["title"], i["id"]) for i in json.loads(content)["items"]]
    root = etree.fromstring(content)
    ns = {"a": "http://www.w3.org/2005/Atom"}
    if name == "atom":
        found = root.findall("a:entry", ns)
        return [
            (e.findtext("a:title", None, ns), e.findtext("a:id", None, ns))
            for e in found
        ]
    return [(e.findtext("title"), e.findtext("guid")) for e in root.iter("item")]


@pytest.mark.parametrize("name", FORMATS)
class TestGolden:
    def test_a_document_with_everything_and_nothing(
        self, name, feed_of, rich_entry, plain_entry, golden
    ):
        golden(
            f"rich.{name}", document(FORMATS[name], feed_of(), rich_entry, plain_entry)
        )

    def test_an_empty_document(self, name, feed_of, golden):
        golden(f"empty.{name}", document(FORMATS[name], feed_of()))

    def test_a_document_in_the_order_hot(self, name, feed_of, rich_entry, golden):
        golden(f"hot.{name}", document(FORMATS[name], feed_of(order="hot"), rich_entry))


def test_the_index_page(site, feed_of, golden):
    golden("index.html", html.index(site, [feed_of(stem="all"), feed_of()]))


@pytest.mark.parametrize("name", ["atom", "rss"])
@pytest.mark.parametrize("kind", ["rich", "empty", "hot"])
def test_a_feed_parser_takes_every_golden_file(request, name, kind):
    file = request.path.parent.parent / "golden" / f"{kind}.{name}"
    parsed = feedparser.parse(file.read_bytes())
    assert not parsed.bozo
    assert parsed.version in {"atom10", "rss20"}
    assert parsed.feed.title == "Harbour & Sons: Harbour"
    assert parsed.feed.link == "https://feeds.example/topics/harbour.html"


@pytest.mark.parametrize("name", XML)
class TestSplicing:
    def test_it_gives_the_infoset_of_entries_appended_as_elements(
        self, name, feed_of, rich_entry, plain_entry
    ):
        whole = _parsed(document(XML[name], feed_of(), rich_entry, plain_entry))
        built = _parsed(document(XML[name], feed_of()))
        parent = built if name == "atom" else built.find("channel")
        for entry in (rich_entry, plain_entry):
            parent.append(_element(XML[name].fragment(entry), built))
        assert _canonical(whole) == _canonical(built)

    def test_marks_of_the_template_in_text_are_text(self, name, feed_of, plain_entry):
        feed = feed_of(title="[[id]] [[self]]", description="[[updated]]")
        entry = replace(plain_entry, title="[[title]]")
        content = document(XML[name], feed, entry)
        assert b"[[id]] [[self]]" in content
        assert titles(name, content)[0][0] == "[[title]]"


def _parsed(content):
    return etree.fromstring(content, etree.XMLParser(remove_blank_text=True))


def _element(fragment, root):
    spaces = " ".join(
        f'xmlns{f":{prefix}" if prefix else ""}="{uri}"'
        for prefix, uri in root.nsmap.items()
    )
    return _parsed(f"<r {spaces}>{fragment.decode()}</r>".encode())[0]


def _canonical(element):
    return etree.tostring(element, method="c14n")


@pytest.mark.parametrize("name", FORMATS)
class TestBytes:
    def test_the_time_of_the_build_is_nowhere(self, name, feed_of, rich_entry):
        module = FORMATS[name]

        def made():
            if hasattr(module, "_template"):
                module._template.cache_clear()
            return document(module, feed_of(), rich_entry)

        with time_machine.travel(datetime(2001, 2, 3, tzinfo=UTC)):
            early = made()
        with time_machine.travel(datetime(2041, 2, 3, tzinfo=UTC)):
            assert made() == early
        assert not any(year in early for year in (b"2001", b"2041", b"2000-01-01"))

    def test_dates_do_not_follow_the_locale(self, name, feed_of, rich_entry):
        english = document(FORMATS[name], feed_of(), rich_entry)
        before = locale.setlocale(locale.LC_TIME)
        try:
            _leave_english()
            assert document(FORMATS[name], feed_of(), rich_entry) == english
        finally:
            locale.setlocale(locale.LC_TIME, before)

    def test_the_documents_are_utf_8_without_characters_xml_forbids(
        self, name, feed_of, rich_entry
    ):
        text = document(FORMATS[name], feed_of(), rich_entry).decode("utf-8")
        assert legal(text) == text
        assert "🚢" in text
        assert text.endswith("\n")


def _leave_english():
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "nb_NO.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        if datetime(2021, 1, 1, tzinfo=UTC).strftime("%a") != "Fri":
            return
    pytest.skip("no locale but English here")


class TestAnyText:
    """Any legal text renders in all formats and reads back as what it was."""

    text = st.text(st.characters(), max_size=60).map(legal)

    @given(data=st.data())
    @pytest.mark.parametrize("name", ["atom", "rss", "json"])
    def test_titles_and_ids_read_back(self, name, data, feed_of, rich_entry):
        title = one_line(data.draw(self.text)) or "Untitled"
        text = data.draw(self.text)
        entry = replace(
            rich_entry, title=title, summary=text, content_html=text, provider=title
        )
        feed = feed_of(title=title, description=text)
        content = document(FORMATS[name], feed, entry)
        assert titles(name, content) == [(title, rich_entry.id)]

    @given(data=st.data())
    @pytest.mark.parametrize("name", ["atom", "rss"])
    def test_a_feed_parser_finds_no_fault(self, name, data, feed_of, rich_entry):
        title = one_line(data.draw(self.text)) or "Untitled"
        entry = replace(rich_entry, title=title, summary=data.draw(self.text))
        parsed = feedparser.parse(document(XML[name], feed_of(), entry))
        assert not parsed.bozo
        assert [e.id for e in parsed.entries] == [rich_entry.id]

    @given(data=st.data())
    def test_pages_read_back(self, data, feed_of, rich_entry):
        title = one_line(data.draw(self.text)).replace("\xad", "") or "Untitled"
        entry = replace(rich_entry, title=title, summary=data.draw(self.text))
        page = document(html, feed_of(title=title), entry)
        root = lxml_html.fromstring(page)
        assert root.findtext(".//h2/a") == title
        assert root.findtext(".//title") == title

    @pytest.mark.parametrize("name", ["atom", "rss"])
    @pytest.mark.parametrize(
        "title",
        [
            "R&D",
            "1 < 2",
            "“quoted” 'x'",
            "]]>",
            "日本 🚢",
            "C++ & C#",
            'say "x"',
            "a > b",
        ],
    )
    def test_a_title_reads_the_same_in_a_feed_reader(
        self, name, title, feed_of, plain_entry
    ):
        entry = replace(plain_entry, title=title)
        parsed = feedparser.parse(document(XML[name], feed_of(), entry))
        read = parsed.entries[0].title
        assert one_line(read) == title
