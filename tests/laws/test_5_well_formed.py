"""Law 5: every document is well formed and parses back to the planned ids in order."""

import json
import warnings

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.laws.site import NOW, Piece, names, written
from tests.laws.strategies import hostile_pieces, pieces

_LOOSE = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def ids_in(extension, content):
    """Return the ids that a reader of this format sees, in order."""
    if extension == "json":
        return [item["id"] for item in json.loads(content)["items"]]
    etree.fromstring(content)
    with warnings.catch_warnings():
        # feedparser warns of its own attribute `updated` standing in for another.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = feedparser.parse(content)
    assert not found.bozo, found.get("bozo_exception")
    return [entry.id for entry in found.entries]


def assert_as_planned(room):
    survey = room.survey()
    files = room.files()
    assert survey.feeds
    for feed in survey.feeds:
        planned = [survey.identities[member.path].id for member in feed.members]
        for extension in ("atom", "rss", "json"):
            content = files[f"{feed.stem}.{extension}"]
            assert ids_in(extension, content) == planned, feed.stem


@_LOOSE
@given(site=st.lists(pieces, max_size=4))
def test_documents_hold_the_planned_ids_in_order(newsroom, site):
    room = newsroom()
    for name, piece in zip(names(4), site, strict=False):
        room.write(name, written(piece))
    room.build()
    assert_as_planned(room)


@pytest.mark.timeout(120)  # 20 sites, each built and parsed twelve times over
@settings(_LOOSE, max_examples=20)
@given(site=st.lists(hostile_pieces, min_size=1, max_size=3))
def test_no_text_breaks_a_document(newsroom, site):
    room = newsroom()
    room.write("2026-11-01-sound.md", written(Piece(title="A sound one")))
    for name, piece in zip(names(3), site, strict=False):
        room.write(name, written(piece))
    room.build()
    assert_as_planned(room)
    assert "A sound one" in [item["title"] for item in room.items("all.json")]


@pytest.mark.parametrize(
    "name",
    [
        "con.md",
        "a b & c.md",
        "日本/語.md",
        "50%-off.md",
        "what?.md",
        "sharp#.md",
        'quote".md',
        "<tag>.md",
        "-dash.md",
        f"{'long-' * 40}.md",
    ],
    ids=lambda name: name[:12],
)
def test_no_file_name_breaks_a_document(newsroom, name):
    room = newsroom()
    for each in ("sound.md", name):
        plain = written(Piece()).replace("webUrl:", "unknown:")
        room.write(each, plain)
    room.build()
    assert_as_planned(room)
    assert len(room.ids("all.json")) == 2


@_LOOSE
@given(topic=st.text(max_size=60), provider=st.text(max_size=30))
def test_no_topic_or_provider_breaks_a_feed(newsroom, topic, provider):
    room = newsroom()
    room.write("sound.md", written(Piece()))
    odd = {
        "title": "Odd",
        "date": NOW.isoformat(),
        "topics": [topic],
        "provider": {"name": provider},
    }
    room.write("odd.md", json.dumps(odd))
    room.build()
    assert_as_planned(room)
    assert len(room.ids("all.json")) == 2
