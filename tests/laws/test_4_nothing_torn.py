"""Law 4: publishing twice writes nothing; a failure leaves every document whole."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.errors import PublishError
from feeds.output import read_manifest
from feeds.snapshot import etag_of
from tests.laws.site import NOW, Piece, names, written
from tests.laws.strategies import pieces

_LOOSE = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LATER = NOW + timedelta(hours=4)


@_LOOSE
@given(site=st.lists(pieces, max_size=6), force=st.booleans())
def test_the_second_time_writes_nothing(newsroom, site, force):
    room = newsroom()
    for name, piece in zip(names(6), site, strict=False):
        room.write(name, written(piece))
    room.build(LATER)
    before = room.footprint()
    report = room.build(LATER + timedelta(hours=1), force=force)
    assert report.written == report.removed == ()
    assert room.footprint() == before


def test_the_second_time_leaves_the_catalog_alone(newsroom):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece()))
    room.build()
    catalog = room.root / "output-state" / "catalog.sqlite3"
    before = catalog.stat().st_mtime_ns, catalog.read_bytes()
    room.build(LATER)
    assert (catalog.stat().st_mtime_ns, catalog.read_bytes()) == before
    there = {file.name for file in catalog.parent.iterdir()}
    assert there == {catalog.name, "catalog.lock"}


@_LOOSE
@given(data=st.data())
def test_a_document_that_cannot_be_replaced_costs_no_other(newsroom, data):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece()))
    room.build()
    old = room.files()
    bodies = [name for name in old if name.endswith((".atom", ".rss", ".json"))]
    obstacle = room.output / data.draw(st.sampled_from(sorted(bodies)))
    # A folder with something in it cannot be replaced by a file.
    obstacle.unlink()
    (obstacle / "in the way").mkdir(parents=True)
    room.write(names(1)[0], written(Piece(title="Storm closes the quay")))
    with pytest.raises(PublishError):
        room.build(LATER)
    found = room.files()
    assert not [name for name in found if name.startswith(".")]
    fresh = room.twin(room.root.with_name(f"{room.root.name}-fresh"))
    (fresh.output / obstacle.relative_to(room.output) / "in the way").rmdir()
    (fresh.output / obstacle.relative_to(room.output)).rmdir()
    fresh.build(LATER)
    new = fresh.files()
    for name, content in found.items():
        assert content in (old.get(name), new.get(name))
    (obstacle / "in the way").rmdir()
    obstacle.rmdir()
    room.build(LATER)
    assert room.dated_files() == fresh.dated_files()
    assert_whole(room)


def assert_whole(room):
    """Assert that the folder holds exactly what its manifest names."""
    manifest = read_manifest(room.output)
    named = {"manifest.json"}
    for document in manifest.documents:
        for each in document.representations:
            named.add(each.file)
            assert etag_of((room.output / each.file).read_bytes()) == each.etag
    assert room.files().keys() == named


@_LOOSE
@given(data=st.data())
def test_whatever_is_lost_from_the_folder_comes_back_as_it_was(newsroom, data):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece(body="Text. " * 400)))
    room.build()
    before = room.dated_files()
    lost = data.draw(st.lists(st.sampled_from(sorted(before)), min_size=1, max_size=4))
    how = data.draw(st.sampled_from(["delete", "truncate"]))
    for name in set(lost):
        if how == "delete":
            (room.output / name).unlink()
        else:
            (room.output / name).write_bytes(b"")
    room.build(LATER)
    after = room.dated_files()
    # The manifest is dated when it is written; what it says is the same.
    assert {n: c for n, (_, c) in after.items()} == {
        n: c for n, (_, c) in before.items()
    }
    assert {n: t for n, (t, _) in after.items() if n != "manifest.json"} == {
        n: t for n, (t, _) in before.items() if n != "manifest.json"
    }
