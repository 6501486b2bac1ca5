"""Law 3: one changed article is read and rendered once; only its documents change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.site import NOW, Piece, id_of, names, written
from tests.laws.strategies import TOPICS, pieces

LATER = NOW + timedelta(hours=4)  # whatever was drawn is due
_LISTS = ("feeds.json", "index.html", "manifest.json")


def holding(room, name, now):
    """Return the stems of the feeds that hold an article."""
    return {
        feed.stem
        for feed in room.survey(now).feeds
        if any(member.path == name for member in feed.members)
    }


def touched(before, after):
    """Return the files that are new, rewritten or gone, without the lists."""
    return {
        file
        for file in before.keys() | after.keys()
        if before.get(file) != after.get(file) and not file.startswith(_LISTS)
    }


def stem_of(file):
    """Return the feed that a file belongs to."""
    folder, _, name = file.rpartition("/")
    for ending in (".gz", ".br", ".zst"):
        name = name.removesuffix(ending)
    stem = name.rpartition(".")[0]
    return f"{folder}/{stem}" if folder else stem


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(site=st.lists(pieces, min_size=2, max_size=7), change=pieces, data=st.data())
def test_only_the_documents_that_hold_it_are_rewritten(newsroom, site, change, data):
    room = newsroom()
    for name, piece in zip(names(7), site, strict=False):
        room.write(name, written(piece))
    room.build(LATER)
    name = data.draw(st.sampled_from(names(len(site))))
    before, held_by = room.footprint(), holding(room, name, LATER)
    room.write(name, written(replace(change, title=f"{change.title} again")))
    held_by |= holding(room, name, LATER)
    report = room.build(LATER + timedelta(hours=1))
    assert report.parsed == 1
    assert report.rendered <= 1 + len(promoted(before, room))
    assert {stem_of(file) for file in touched(before, room.footprint())} <= held_by


def promoted(before, room):
    """Return the articles that were in no feed before and are now."""

    def ids(files):
        return {
            line.partition(b'"')[2].partition(b'"')[0]
            for name, content in files.items()
            if name.endswith(".json")
            for line in content.split(b'{"id":')
        }

    return ids(room.files()) - ids({name: each[2] for name, each in before.items()})


@pytest.mark.parametrize("field", ["title", "excerpt", "body"])
def test_a_visible_change_rewrites_every_document_that_holds_it(newsroom, field):
    room = newsroom()
    for day, name in enumerate(names(3)):
        topics = (TOPICS[day], "Ferries")
        room.write(name, written(Piece(topics=topics)))
    room.build()
    name = names(2)[1]
    before, held_by = room.footprint(), holding(room, name, NOW)
    room.write(name, written(Piece(topics=(TOPICS[1], "Ferries"), **{field: "New"})))
    report = room.build(LATER)
    assert (report.parsed, report.rendered) == (1, 1)
    after = room.footprint()
    assert {stem_of(file) for file in touched(before, after)} == held_by
    assert "topics/日本" not in held_by
    holders = [f for f in after if f.endswith(".json") and f not in _LISTS]
    for file in holders:
        if id_of(name) in room.ids(file):
            assert before[file] != after[file]
        else:
            assert before[file] == after[file]


def test_what_changes_no_feed_opens_and_writes_nothing(newsroom):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece()))
    room.build()
    before = room.footprint()
    report = room.build(LATER)
    assert (report.parsed, report.rendered, report.written) == (0, 0, ())
    assert room.footprint() == before


def test_an_article_beyond_every_limit_is_never_rendered(newsroom):
    room = newsroom()
    for day, name in enumerate(names(7)):
        # Undated heat would put it into "top" and "hot": it is cold as well as old.
        heat = 10 if day == 0 else 80
        date = NOW - timedelta(days=30 - day)
        room.write(name, written(Piece(published_at=date, heat=heat)))
    room.build()
    room.write(
        names(1)[0], written(Piece(published_at=NOW - timedelta(days=30), heat=9))
    )
    report = room.build(LATER)
    assert (report.parsed, report.rendered, report.written) == (1, 0, ())
