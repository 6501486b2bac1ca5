"""Validators, codings and the manifest."""

import gzip
import re
from datetime import UTC, datetime

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds.snapshot import (
    MEDIA_TYPES,
    SUFFIXES,
    DocumentRecord,
    ETag,
    Manifest,
    Representation,
    decoded,
    encoded,
    etag_of,
    manifest_bytes,
    parse_manifest,
)

CODINGS = ("gzip", "br", "zstd")
BODY = b"<entry>It sails, and sails again.</entry>\n" * 100
DECODE = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


class TestETag:
    """A strong validator changes whenever the representation does (RFC 9110, 8.8.1)."""

    @given(st.binary(max_size=50), st.binary(max_size=50))
    def test_equal_bytes_and_only_those_have_equal_tags(self, one, other):
        assert (etag_of(one) == etag_of(other)) == (one == other)

    @given(st.binary(max_size=50))
    def test_it_is_strong_and_quoted(self, body):
        assert re.fullmatch(r'"[0-9a-f]{24}"', etag_of(body))

    def test_no_two_codings_share_one(self):
        tags = [etag_of(coded) for _, coded in encoded(BODY, CODINGS)]
        assert len(set(tags)) == len(tags) == 4


class TestCodings:
    def test_each_one_decodes_to_the_identity(self):
        found = dict(encoded(BODY, CODINGS))
        assert list(found) == ["identity", *CODINGS]
        for coding, coded in found.items():
            assert DECODE[coding](coded) == BODY

    def test_the_same_bytes_come_out_every_time(self):
        assert list(encoded(BODY, CODINGS)) == list(encoded(BODY, CODINGS))

    @pytest.mark.parametrize("coding", CODINGS)
    def test_only_what_is_asked_for_is_made(self, coding):
        assert [name for name, _ in encoded(BODY, (coding,))] == ["identity", coding]
        assert [name for name, _ in encoded(BODY, ())] == ["identity"]

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"x" * 1_399, id="less than a segment"),
            pytest.param(bytes(range(256)) * 6, id="large enough, but see below"),
        ],
    )
    def test_a_coding_that_saves_nothing_is_left_out(self, body):
        found = dict(encoded(body, CODINGS))
        assert all(
            len(coded) < len(body)
            for coding, coded in found.items()
            if coding != "identity"
        )
        assert len(body) >= 1_400 or list(found) == ["identity"]

    @given(st.binary(max_size=300).map(lambda part: part * 20))
    def test_any_bytes_come_back(self, body):
        for coding, coded in encoded(body, CODINGS):
            assert DECODE[coding](coded) == body

    def test_every_coding_has_a_suffix_and_every_format_a_type(self):
        assert set(SUFFIXES) == set(DECODE)
        assert set(MEDIA_TYPES) == {"atom", "rss", "json", "html"}


def _manifest():
    representation = Representation(
        coding="gzip", file="topics/日本.atom.gz", size_bytes=9, etag=ETag('"x"')
    )
    record = DocumentRecord(
        path="topics/日本.atom",
        media_type=MEDIA_TYPES["atom"],
        stem="topics/日本",
        last_modified=datetime(2021, 1, 27, 10, 20, 30, tzinfo=UTC),
        representations=(representation,),
    )
    return Manifest(documents=(record,), gone=("topics/old.atom",))


class TestManifest:
    @pytest.mark.parametrize(
        "manifest", [Manifest(), _manifest()], ids=["empty", "full"]
    )
    def test_it_reads_back_as_it_was(self, manifest):
        assert parse_manifest(manifest_bytes(manifest)) == manifest
        assert manifest_bytes(manifest) == manifest_bytes(manifest)

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"\xff", b'{"documents": 3}', b'{"documents": [{}]}'],
    )
    def test_anything_else_is_a_value_error(self, content):
        with pytest.raises(ValueError, match=r"."):
            parse_manifest(content)


class TestDecoded:
    BODY = b"<feed>" + b"The ferry leaves at noon. " * 400 + b"</feed>"

    @pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
    def test_what_was_encoded_comes_back(self, coding):
        made = dict(encoded(self.BODY, ("gzip", "br", "zstd")))
        assert decoded(coding, made[coding], most_bytes=20_000) == self.BODY

    @pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
    def test_more_than_is_allowed_is_nothing(self, coding):
        made = dict(encoded(self.BODY, ("gzip", "br", "zstd")))
        most_bytes = len(self.BODY) - 1
        assert decoded(coding, made[coding], most_bytes=most_bytes) is None

    @pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
    @pytest.mark.parametrize("content", [b"", b"no such coding", b"\x1f\x8b\x08"])
    def test_what_is_no_such_coding_is_none_of_ours(self, coding, content):
        assert decoded(coding, content, most_bytes=100) in {None, b""}
