"""What is served is what the manifest lists, with validators of these very bytes."""

import os
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from feeds.settings import Server, Settings, Site
from feeds.snapshot import etag_of
from server.store import load

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


def test_a_path_in_the_base_url_is_served_with_and_without(published, loaded):
    published(gone=["x.atom"])
    found = loaded(site=Site(base_url="https://example.org/my/feeds/"))
    for prefix in ("", "/my/feeds"):
        assert found.documents[f"{prefix}/all.atom"].record.path == "all.atom"
        assert found.documents[f"{prefix}/"].record.path == "index.html"
        assert f"{prefix}/all" in found.stems
        assert f"{prefix}/x.atom" in found.gone
    assert found.documents["/my/feeds"].record.path == "index.html"


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
        later = datetime(2026, 11, 14, 8, 45, tzinfo=UTC)
        published({**files_of("all"), **changed(files_of, "all.atom")}, modified=later)
        second = loaded(first)
        assert b"Article 41" in second.documents["/all.atom"].variants["gzip"].body or (
            second.documents["/all.atom"].variants["identity"].body.count(b"<entry>")
            == 42
        )
        assert second.documents["/all.atom"].modified_s == later.timestamp()

    def test_other_settings_change_fields_and_keep_bytes(self, published, loaded):
        published()
        first = loaded()
        second = loaded(first, server=Server(max_age=timedelta(seconds=7)))
        old, new = (
            found.documents["/all.rss"].variants["br"] for found in (first, second)
        )
        assert new.body is old.body
        assert ("Cache-Control", second.framing.cache_control) in new.direct.ok
        assert new.direct != old.direct

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
