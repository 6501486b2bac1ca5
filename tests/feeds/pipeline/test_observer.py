"""What an observer finds wrong with documents that come one after the other."""

from datetime import UTC, datetime, timedelta

import pytest

from feeds.pipeline.observer import Ledger, Observer
from feeds.snapshot import (
    DocumentRecord,
    Manifest,
    Representation,
    etag_of,
    manifest_bytes,
)

DAY = datetime(2026, 5, 1, tzinfo=UTC)
ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><updated>{updated}</updated>
<entry><id>{id}</id><title>{title}</title><updated>{updated}</updated></entry></feed>
"""


def feed(title="Ferries", day=1, id_="tag:a"):
    return ATOM.format(title=title, id=id_, updated=f"2026-05-{day:02}T00:00:00+00:00")


class Folder:
    """An output folder with one document, and what an observer says of it."""

    def __init__(self, root):
        self.root = root
        self.paths = {"tag:a": "a.md"}
        self.excluded = {}
        self.observer = Observer(root)

    def look(self, body, day, touched=()):
        """Publish `body`, or nothing, as of a day of May; return the tally."""
        documents = (self.record(body, day),) if body else ()
        manifest = Manifest(documents=documents)
        (self.root / "manifest.json").write_bytes(manifest_bytes(manifest))
        ledger = Ledger(
            paths=lambda: self.paths,
            exclusions=lambda paths: {
                p: self.excluded[p] for p in paths if self.excluded
            },
        )
        return self.observer.look(str(day), touched, ledger)

    def record(self, body, day):
        (self.root / "all.atom").write_text(body)
        representation = Representation(
            coding="identity",
            file="all.atom",
            size_bytes=len(body),
            etag=etag_of(body.encode()),
        )
        return DocumentRecord(
            path="all.atom",
            media_type="application/atom+xml",
            stem="all",
            last_modified=DAY + timedelta(days=day - 1),
            representations=(representation,),
        )


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path)
    assert made.look(feed(), 1).new == 1
    return made


def kinds(tally):
    return sorted(finding.kind for finding in tally.findings)


def test_a_change_that_is_seen(folder):
    tally = folder.look(feed("Trains", 2), 2)
    assert (tally.changed, tally.visible, tally.written) == (1, 1, 1)
    assert tally.findings == ()


def test_a_change_that_is_not(folder):
    tally = folder.look(feed(day=2), 2)
    assert (tally.changed, tally.visible) == (1, 0)
    assert [(f.kind, f.place, f.detail) for f in tally.findings] == [
        ("invisible", "all.atom", "updated")
    ]


def test_no_change(folder):
    tally = folder.look(feed(), 1)
    assert (tally.changed, tally.written, tally.findings) == (0, 0, ())


def test_updated_goes_back(folder):
    folder.look(feed("Trains", 3), 3)
    assert kinds(folder.look(feed("Ships", 2), 4)) == ["entry_updated", "feed_updated"]


def test_updated_goes_back_while_nobody_looks(folder):
    folder.look(feed("Trains", 3), 3)
    assert folder.look(None, 4).gone == 1
    tally = folder.look(feed("Ships", 2), 5)
    assert (tally.new, kinds(tally)) == (1, ["entry_updated", "feed_updated"])


@pytest.mark.parametrize(
    ("title", "day"),
    [
        pytest.param("Trains", 1, id="new bytes at the same instant"),
        pytest.param("Trains", 0, id="new bytes earlier"),
        pytest.param("Ferries", 2, id="the same bytes later"),
    ],
)
def test_last_modified_does_not_move_with_the_bytes(folder, title, day):
    assert kinds(folder.look(feed(title), day)) == ["last_modified"]


def test_an_article_has_another_id(folder):
    folder.paths = {"tag:b": "a.md"}
    assert kinds(folder.look(feed(id_="tag:b"), 2)) == ["id"]


def test_an_id_is_of_no_article(folder):
    assert kinds(folder.look(feed(id_="tag:b"), 2)) == ["id"]


def test_a_withdrawn_article_stays(folder):
    folder.excluded = {"a.md": "published: false"}
    tally = folder.look(feed("Trains", 2), 2, ["a.md"])
    assert (tally.retracted, kinds(tally)) == (1, ["retracted"])


def test_a_withdrawn_article_leaves(folder):
    folder.excluded = {"a.md": "published: false"}
    tally = folder.look(None, 2, ["a.md"])
    assert (tally.retracted, tally.gone, tally.findings) == (1, 1, ())


def test_a_document_that_no_reader_can_read(folder):
    tally = folder.look("<feed>", 2)
    assert (kinds(tally), tally.changed) == (["unreadable"], 1)
