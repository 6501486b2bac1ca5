"""What is served is what the manifest lists, with validators of these very bytes."""

import os
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from feeds.output import version_of
from feeds.settings import Settings, Site
from feeds.snapshot import etag_of
from server import store
from server.store import load
from server.wire import Answer
from tests.server.conftest import publish

LATER = datetime(2026, 11, 14, 8, 45, tzinfo=UTC)
LATEST = LATER + timedelta(hours=1)
CODED = ("identity", "gzip", "br", "zstd")


@pytest.fixture
def loaded(output, settings):
    def again(previous=None, **changed):
        return load(
            output,
            settings=msgspec.structs.replace(settings, **changed),
            previous=previous,
        )

    return again


def test_every_listed_document_is_there_with_its_codings(snapshot):
    document = snapshot.documents["/all.atom"]
    assert sorted(document.variants) == sorted(CODED)
    assert document.by_size[-1] == "identity"
    assert all(v.etag == etag_of(v.body) for v in document.variants.values())
    assert len({v.etag for v in document.variants.values()}) == len(CODED)


def test_only_listed_documents_are_there(published, loaded, output):
    published()
    snapshot = loaded()
    assert (output / "manifest.json").exists()
    assert (output / "all.atom.gz").exists()
    for key in ("/manifest.json", "/all.atom.gz", "/all.atom.br", "/all.atom.zst"):
        assert key not in snapshot.documents
        assert key not in snapshot.stems


def test_stems_have_the_formats_of_their_feed(snapshot):
    assert set(snapshot.stems["/all"]) == {"atom", "rss", "json", "html"}
    assert set(snapshot.stems["/topics/joe-biden/latest"]) == {"atom", "rss", "json"}
    assert set(snapshot.stems["/providers/reuters.com"]) >= {"atom", "html"}
    assert "/topics/%E6%97%A5%E6%9C%AC" in snapshot.stems
    assert "/index" not in snapshot.stems
    assert "/feeds" not in snapshot.stems


def test_gone_paths_are_gone_with_their_stems(snapshot):
    assert snapshot.gone == {
        "/topics/old.atom",
        "/topics/old.rss",
        "/topics/old",
        "/old.txt",
    }


def test_no_manifest_is_no_snapshot(loaded, output):
    assert loaded() is None
    output.mkdir()
    (output / "manifest.json").write_text("{")
    assert loaded() is None


class TestReload:
    def test_unchanged_documents_are_taken_over(self, published, loaded):
        published()
        first = loaded()
        second = loaded(first)
        assert all(
            second.records[path] is document for path, document in first.records.items()
        )

    def test_unchanged_files_are_not_read(self, published, loaded, output):
        published()
        first = loaded()
        for file in output.rglob("*.*"):
            if file.is_file() and file.name != "manifest.json":
                file.unlink()
        assert loaded(first).records == first.records

    def test_changed_document_is_read_again(self, published, loaded, files_of):
        published(files_of("all"))
        first = loaded()
        published({**files_of("all"), **changed(files_of, "all.atom")}, modified=LATER)
        second = loaded(first)
        assert b"Article 41" in second.documents["/all.atom"].variants["gzip"].body or (
            second.documents["/all.atom"].variants["identity"].body.count(b"<entry>")
            == 42
        )
        assert second.documents["/all.atom"].modified_s == LATER.timestamp()

    def test_other_settings_change_fields_and_keep_bytes(self, published, loaded):
        published()
        first = loaded()
        second = loaded(first, site=Site(base_url="https://new.example"))
        old, new = (
            found.documents["/all.rss"].variants["br"] for found in (first, second)
        )
        assert new.body is old.body
        assert "https://new.example/" in dict(new.direct.ok)["Link"]

    def test_a_new_format_is_linked_from_its_siblings(
        self, published, loaded, files_of
    ):
        files = files_of("all")
        published({path: file for path, file in files.items() if path != "all.json"})
        first = loaded()
        published(files)
        links = dict(
            loaded(first).documents["/all.atom"].variants["identity"].direct.ok
        )
        assert "all.json" in links["Link"]

    def test_vanished_document_leaves(self, published, loaded, files_of):
        published()
        first = loaded()
        published(files_of("all"), gone=["topics/joe-biden.atom"])
        second = loaded(first)
        assert "/topics/joe-biden.atom" not in second.documents
        assert "/topics/joe-biden" in second.gone


class Press:
    """Publishes as builds do, and follows what they say of it."""

    def __init__(self, output, settings):
        self.output, self.settings = output, settings
        self.files = {}
        self.now = None

    def start(self, files, gone=()):
        self.files = files
        publish(self.output, files, modified=LATER, gone=gone)
        self.now = self.loaded()

    def loaded(self):
        return load(self.output, settings=self.settings)

    def build(self, files, **told):
        """Publish these files only; return what a build would answer."""
        before, version = self.files, version_of(self.output)
        moved = told.pop("moved", {})
        gone = sorted(before.keys() - files.keys() - moved.keys())
        self.files = files
        manifest = publish(self.output, files, modified=LATER, gone=gone, moved=moved)
        changed = [
            d for d in manifest.documents if files.get(d.path, d) != before.get(d.path)
        ]
        facts = {
            "changed": tuple(changed),
            "gone": tuple(gone),
            "moved": moved,
            "before": version,
            "after": version_of(self.output),
        }
        return Answer(number=1, status="built", **facts | told)

    def follow(self, answer):
        self.now = store.follow(
            self.output, answer, settings=self.settings, previous=self.now
        )
        return self.now


class TestFollowing:
    """What a build says that it changed comes to what the whole folder holds."""

    @pytest.fixture
    def files(self, files_of):
        stems = ("all", "topics/a", "topics/b/latest")
        index = {"index.html": ("text/html", "", b"<title>1</title>")}
        return index | {p: f for stem in stems for p, f in files_of(stem).items()}

    @pytest.fixture
    def press(self, output, settings, files):
        press = Press(output, settings)
        press.start(files)
        return press

    @pytest.mark.parametrize(
        "left_out",
        ["", "topics/a", "topics/a.rss", "index.html", "topics/b/latest", "all.html"],
        ids=lambda name: name or "none",
    )
    def test_it_is_what_loading_gives(self, press, files, files_of, left_out):
        edited = files | changed(files_of, "all.atom")
        less = {
            path: file
            for path, file in edited.items()
            if not left_out or not path.startswith(left_out)
        }
        for step in (less, edited, files, edited | files_of("topics/new")):
            answer = press.build(step)
            assert press.follow(answer) == press.loaded()
            assert press.now.version == answer.after

    def test_what_was_gone_and_comes_back_is_not(self, press, files, files_of):
        press.start(files, gone=sorted(files_of("topics/c")))
        assert "/topics/c" in press.now.gone
        press.follow(press.build(files | files_of("topics/c")))
        assert press.now == press.loaded()
        assert not press.now.gone

    def test_what_moves_leads_elsewhere_until_it_is_back(self, press, files, files_of):
        for old, new in (("a", "c"), ("c", "a"), ("a", "d")):
            gone = {p: f for p, f in files.items() if not p.startswith("topics/a")}
            renamed = gone | files_of(f"topics/{new}")
            pairs = zip(
                files_of(f"topics/{old}"), files_of(f"topics/{new}"), strict=True
            )
            moved = dict(pairs)
            press.follow(press.build(renamed, moved=moved))
            assert press.now == press.loaded()
            assert press.now.moved.stems == {f"/topics/{old}": f"/topics/{new}"}
            assert f"/topics/{old}.atom" not in press.now.documents
            assert f"/topics/{new}.atom" in press.now.documents

    def test_nothing_else_is_looked_at(self, press, files, files_of, output):
        first = press.now
        answer = press.build(files | changed(files_of, "all.atom"))
        (output / "manifest.json").unlink()
        for file in output.glob("topics/*.*"):
            file.unlink()
        found = press.follow(answer)
        assert found.documents["/topics/a.atom"] is first.documents["/topics/a.atom"]
        assert b"Article 41" in found.documents["/all.atom"].variants["identity"].body

    @pytest.mark.parametrize(
        "told", [{"changed": None}, {"before": "x"}, {"before": ""}]
    )
    def test_in_doubt_all_is_loaded(self, press, files, files_of, told):
        press.start(files | changed(files_of, "all.atom"))
        press.build(files)  # somebody else's
        assert press.follow(press.build(files, **told)) == press.loaded()

    def test_a_file_that_is_amiss_is_in_doubt(self, press, files, files_of, output):
        answer = press.build(files | changed(files_of, "all.atom"))
        (output / "all.atom.gz").write_bytes(b"junk")
        found = press.follow(answer)
        assert found == press.loaded()
        assert not found.version

    def test_other_settings_are_followed(self, press, files, files_of):
        site = Site(base_url="https://new.example")
        press.settings = msgspec.structs.replace(press.settings, site=site)
        answer = press.build(files | changed(files_of, "all.atom"))
        assert press.follow(answer) == press.loaded()

    def test_the_next_change_is_known_until_a_build_knows_better(self, press, files):
        press.follow(press.build(files, next_change=LATER, next_expiry=LATEST))
        assert press.now.next_change_s == LATER.timestamp()
        assert press.now.next_expiry_s == LATEST.timestamp()
        press.follow(Answer(number=2, status="skipped"))
        assert press.now.next_change_s == LATER.timestamp()
        assert press.now.next_expiry_s == LATEST.timestamp()
        press.follow(press.build(files))
        assert press.now.next_change_s is None
        assert press.now.next_expiry_s is None


class TestTornOutput:
    """A build killed midway leaves files newer than the manifest."""

    @pytest.fixture
    def torn(self, published, loaded, output):
        published()
        file = output / "all.atom"
        file.write_bytes(b"<feed/>")
        os.utime(file, (1_000_000_000, 1_000_000_000))
        return loaded()

    def test_only_identity_is_served_and_dated_by_its_file(self, torn):
        document = torn.documents["/all.atom"]
        assert list(document.variants) == ["identity"]
        variant = document.variants["identity"]
        assert variant.body == b"<feed/>"
        assert variant.etag == etag_of(b"<feed/>")
        assert document.modified_s == 1_000_000_000
        fields = dict(variant.direct.ok)
        assert fields["Last-Modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"
        assert fields["Content-Length"] == "7"

    def test_next_load_reads_it_again(self, torn, published, loaded):
        published()
        assert loaded(torn).documents["/all.atom"].is_whole

    def test_coding_of_other_bytes_is_left_out(self, published, loaded, output):
        published()
        (output / "all.atom.gz").write_bytes(b"junk")
        document = loaded().documents["/all.atom"]
        assert sorted(document.variants) == ["br", "identity", "zstd"]
        assert not document.is_whole

    def test_missing_coding_is_left_out(self, published, loaded, output, caplog):
        published()
        (output / "all.atom.br").unlink()
        assert "br" not in loaded().documents["/all.atom"].variants
        assert [record.file for record in caplog.records] == ["all.atom.br"]

    def test_missing_document_is_left_out_and_logged(
        self, published, loaded, output, caplog
    ):
        published()
        (output / "all.atom").unlink()
        found = loaded()
        assert "/all.atom" not in found.documents
        assert "/all.rss" in found.documents
        assert "atom" not in found.stems["/all"]
        assert [record.file for record in caplog.records] == ["all.atom"]


def changed(files_of, path):
    return {path: files_of("all", entries=42)[path]}


def test_settings_have_a_default_that_loads(published, output):
    published()
    assert load(output, settings=Settings()) is not None
