"""Documents with validators, media types and codings, and the manifest of them all.

A document is one feed in one format; a representation is that document in one
content coding (RFC 9110, 8.4). Every representation has its own strong ETag, made
from its bytes, so no two codings ever share a validator (RFC 9110, 8.8.3.3).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Literal, NewType

import msgspec

ETag = NewType("ETag", str)
Coding = Literal["identity", "gzip", "br", "zstd"]

MEDIA_TYPES: Mapping[str, str] = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
    "html": "text/html; charset=utf-8",
}
PLAIN_JSON = "application/json"
SUFFIXES: Mapping[Coding, str] = {
    "identity": "",
    "gzip": ".gz",
    "br": ".br",
    "zstd": ".zst",
}
_MIN_CODED_BYTES = 1_400  # below one TCP segment a coding saves no packet
_ETAG_BYTES = 12  # 96 bits: no accidental collision in any archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document's identity bytes, before it has validators; `stem` as in the record."""

    path: str
    stem: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One coding of a document, as it lies in the output folder.

    `file` is relative to that folder, with "/" between its parts; `etag` is the
    entity tag as it stands in the header, quotes included.
    """

    coding: Coding
    file: str
    size_bytes: int
    etag: ETag


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """What the manifest says of one document.

    `stem` is the feed it belongs to ("topics/joe-biden/latest"), or "" when it is
    no feed; `last_modified` is in UTC and whole seconds; `representations` starts
    with the identity coding.
    """

    path: str
    media_type: str
    stem: str
    last_modified: datetime
    representations: tuple[Representation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The snapshot's index: its documents by path, and the paths now gone for good.

    `moved` are the documents that only go on under their old path, each with the path of
    the one it is a copy of, which is none itself.
    """

    documents: tuple[DocumentRecord, ...] = ()
    gone: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


def etag_of(body: bytes) -> ETag:
    """Return the strong entity tag of these very bytes (RFC 9110, 8.8.3)."""
    return ETag(f'"{blake2b(body, digest_size=_ETAG_BYTES).hexdigest()}"')


def encoded(body: bytes, codings: Sequence[Coding]) -> Iterator[tuple[Coding, bytes]]:
    """Yield the identity coding, then each asked-for coding that makes it smaller.

    The same bytes come out on every run: no coding writes a time or a file name.
    """
    yield "identity", body
    if len(body) < _MIN_CODED_BYTES:
        return
    for coding in codings:
        coded = _CODERS[coding](body)
        if len(coded) < len(body):
            yield coding, coded


def decoded(coding: Coding, content: bytes, *, most_bytes: int) -> bytes | None:
    """Return the bytes that were encoded; None where these are more, or it is no such coding.

    Args:
        coding: The content coding.
        content: What is said to be in it, whole.
        most_bytes: How long it may be decoded.
    """
    try:
        body = _DECODERS[coding](content, most_bytes + 1)
    except (ValueError, EOFError):
        return None
    return body if len(body) <= most_bytes else None


def is_in(record: DocumentRecord, codings: Collection[Coding]) -> bool:
    """Whether a document has all of these codings, as far as it is worth any."""
    if record.representations[0].size_bytes < _MIN_CODED_BYTES:
        return True
    return {each.coding for each in record.representations}.issuperset(codings)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the manifest as JSON; `parse_manifest` reads it back."""
    records = map(record_bytes, manifest.documents)
    return joined_manifest(records, manifest.gone, manifest.moved)


def record_bytes(record: DocumentRecord) -> bytes:
    """Return one document's record as JSON."""
    return msgspec.json.encode(record)


def joined_manifest(
    records: Iterable[bytes], gone: Sequence[str], moved: Mapping[str, str]
) -> bytes:
    """Return the manifest of these records, each encoded already."""
    return b'{"documents":[%b],"gone":%b%b}' % (
        b",".join(records),
        msgspec.json.encode(gone),
        b',"moved":%b' % msgspec.json.encode(moved, order="sorted") if moved else b"",
    )


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest written in `content`.

    Raises:
        ValueError: it is not a manifest of this version.
    """
    return msgspec.json.decode(content, type=Manifest)


# Levels by measurement on feeds of 11 kB in the mean: the next level up costs a build more
# time than it saves a reader bytes. Each import waits until there is work to encode.
def _gzip(body: bytes) -> bytes:
    from isal import igzip  # noqa: PLC0415

    return igzip.compress(body, compresslevel=3, mtime=0)


def _brotli(body: bytes) -> bytes:
    import brotli  # noqa: PLC0415

    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5))


def _zstd(body: bytes) -> bytes:
    import zstandard  # noqa: PLC0415

    return zstandard.ZstdCompressor(level=3).compress(body)


def _identity(body: bytes) -> bytes:
    return body


_CODERS: Mapping[Coding, Callable[[bytes], bytes]] = {
    "identity": _identity,
    "gzip": _gzip,
    "br": _brotli,
    "zstd": _zstd,
}


# Each decodes no more bytes than it is told, and raises ValueError for what is amiss.
def _ungzip(content: bytes, most_bytes: int) -> bytes:
    import zlib  # noqa: PLC0415

    try:
        return zlib.decompressobj(wbits=31).decompress(content, most_bytes)
    except zlib.error as error:
        raise ValueError("no gzip") from error


def _unbrotli(content: bytes, most_bytes: int) -> bytes:
    import brotli  # noqa: PLC0415

    decoder = brotli.Decompressor()
    try:
        return bytes(decoder.process(content, output_buffer_limit=most_bytes))
    except brotli.error as error:
        raise ValueError("no Brotli") from error


def _unzstd(content: bytes, most_bytes: int) -> bytes:
    import zstandard  # noqa: PLC0415

    try:
        with zstandard.ZstdDecompressor().stream_reader(content) as reader:
            return bytes(reader.read(most_bytes))
    except zstandard.ZstdError as error:
        raise ValueError("no Zstandard") from error


def _as_it_is(content: bytes, most_bytes: int) -> bytes:
    return content[:most_bytes]


_DECODERS: Mapping[Coding, Callable[[bytes, int], bytes]] = {
    "identity": _as_it_is,
    "gzip": _ungzip,
    "br": _unbrotli,
    "zstd": _unzstd,
}
