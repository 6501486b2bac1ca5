"""What a reader sees of a document, and what it does not."""

from datetime import UTC, datetime

import pytest

from feeds.pipeline.visible import unseen, view

ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<title>Harbour</title><updated>2026-05-02T00:00:00+00:00</updated>
<entry><id>tag:a</id><title>Ferries</title><updated>2026-05-02T00:00:00+00:00</updated>
<published>2026-05-01T00:00:00+00:00</published><link href="https://a.example/"/>
<category term="Boats"/><media:content url="https://a.example/1.jpg" width="100"/>
<summary>Late &amp; full</summary></entry>
<entry><id>tag:b</id><title>Trains</title><updated>2026-05-01T00:00:00+00:00</updated>
</entry></feed>
"""
RSS = """\
<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Harbour</title>
<lastBuildDate>Sat, 02 May 2026 00:00:00 +0000</lastBuildDate>
<item><title>Ferries</title><guid>tag:a</guid><pubDate>Fri, 01 May 2026 00:00:00 GMT</pubDate>
<atom:updated>2026-05-02T00:00:00+00:00</atom:updated></item></channel></rss>
"""
JSON = """\
{"title": "Harbour", "items": [{"id": "tag:a", "title": "Ferries", "tags": ["Boats"],
"date_modified": "2026-05-02T00:00:00Z", "_stoker": {"heat": 64, "quality": 32,
"related": [{"url": "https://b.example/"}],
"images": [{"url": "https://a.example/1.jpg", "width": 100}]}}]}
"""
PAGE = '<!doctype html><title>Harbour</title><ol><li><a href="/a">Ferries</a></ol>'
LIST = '[{"path": "all", "count": 2, "updated": "2026-05-02T00:00:00Z"}]'
DOCUMENTS = {
    "all.atom": ATOM,
    "all.rss": RSS,
    "all.json": JSON,
    "all.html": PAGE,
    "feeds.json": LIST,
}
OLD, NEW = "2026-05-02T00:00:00", "2026-05-03T00:00:00"


def changed(path, old, new):
    """Return the views of a document before and after a change of its text."""
    body = DOCUMENTS[path]
    assert old in body
    return view(path, body.encode()), view(path, body.replace(old, new).encode())


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        *(("all.atom", "Ferries", "Boats"), ("all.atom", "tag:b", "tag:c")),
        *(("all.atom", "2026-05-01T", "2026-04-30T"), ("all.atom", "Late", "Early")),
        *(("all.atom", "a.example/1", "a.example/2"), ("all.atom", "Boats", "Ships")),
        *(("all.atom", "https://a.example/", "https://b.example/"),),
        *(("all.rss", "Ferries", "Boats"), ("all.rss", "01 May", "02 May")),
        *(("all.json", "Boats", "Ships"), ("all.json", "b.example", "c.example")),
        *(("all.html", "Ferries", "Boats"), ("all.html", "/a", "/b")),
        *(("feeds.json", "2,", "3,"), ("feeds.json", OLD, NEW)),
    ],
)
def test_this_is_seen(path, old, new):
    before, after = changed(path, old, new)
    assert before.facts != after.facts


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        pytest.param("all.atom", OLD, NEW, "updated", id="entry and feed"),
        pytest.param("all.rss", "02 May", "03 May", "lastBuildDate", id="channel"),
        pytest.param("all.rss", OLD, NEW, "updated", id="item"),
        pytest.param("all.json", OLD, NEW, "date_modified", id="item of JSON"),
        pytest.param("all.json", "64", "128", "heat", id="heat"),
        pytest.param("all.json", "32", "64", "quality", id="quality"),
        pytest.param("all.atom", '"100"', '"200"', "picture size", id="media"),
        pytest.param("all.json", "100", "200", "picture size", id="images"),
        pytest.param("all.atom", "<entry>", "<entry >\n", "spelling", id="blanks"),
        pytest.param("all.atom", "&amp;", "&#38;", "spelling", id="escapes"),
        pytest.param(
            "all.atom", "<entry>", "<!-- 1 --><entry>", "spelling", id="comment"
        ),
        pytest.param(
            "all.json", '"title": "Harbour", ', "", None, id="a key that goes"
        ),
    ],
)
def test_this_is_not(path, old, new, told):
    before, after = changed(path, old, new)
    assert (before.facts != after.facts) == (told is None)
    if told:
        assert unseen(before, after) == told


def test_the_sequence_of_entries_is_seen():
    head, one, two = ATOM.partition("</feed>")[0].split("<entry>")
    turned = "<entry>".join((head, two, f"{one}</feed>"))
    before, after = view("all.atom", ATOM.encode()), view("all.atom", turned.encode())
    assert before.ids == after.ids[::-1] == ("tag:a", "tag:b")
    assert before.facts != after.facts


def test_keys_of_json_have_no_sequence():
    turned = '{"items": [], "title": "Harbour"}'
    plain = '{"title": "Harbour", "items": []}'
    assert view("a.json", turned.encode()) == view("a.json", plain.encode())


@pytest.mark.parametrize("path", ["all.atom", "all.rss", "all.json"])
def test_ids_and_instants_are_told(path):
    seen = view(path, DOCUMENTS[path].encode())
    second = datetime(2026, 5, 2, tzinfo=UTC)
    assert seen.ids[0] == "tag:a"
    assert seen.updated["tag:a"] == second
    assert seen.feed_updated == (None if path == "all.json" else second)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("a.atom", "<feed>"), ("a.atom", "<feed><x/></feed>"), ("a.json", "{}")),
        *(("a.rss", "<rss/>"), ("a.json", "[]"), ("a.json", '{"items": [{}]}')),
        *(("a.txt", ""), ("a.html", ""), ("feeds.json", "x")),
    ],
)
def test_what_no_reader_can_read_is_told(path, body):
    with pytest.raises(ValueError, match=path):
        view(path, body.encode())
