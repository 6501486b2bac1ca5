"""The snapshot now served: bytes and header fields by request target.

Loading reads the manifest and the files it lists, nothing else; what has not changed
is taken over from the snapshot before. Every entity tag is computed from the bytes
held, so no validator can outlive its bytes, not even after a build killed midway.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from feeds.output import read_manifest
from feeds.settings import Settings
from feeds.snapshot import (
    MEDIA_TYPES,
    Coding,
    DocumentRecord,
    ETag,
    Manifest,
    Representation,
    etag_of,
)
from server.fields import (
    INDEX,
    DocumentFields,
    Framing,
    Heads,
    document_fields,
    framing_of,
)
from server.targets import key_of

_log = logging.getLogger(__name__)

Alternates = tuple[tuple[str, str], ...]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One representation, ready to send.

    `direct` are its header fields at its own URL, `negotiated` those under the bare
    stem of its feed.
    """

    coding: Coding
    body: bytes
    etag: ETag
    direct: Heads
    negotiated: Heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document, ready to send; `by_size` are its codings, smallest first.

    `is_whole` says that its files are those of its manifest record.
    """

    record: DocumentRecord
    alternates: Alternates
    modified_s: int
    variants: Mapping[Coding, Variant]
    by_size: tuple[Coding, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is served, by key (see `server.targets`); never changed.

    Each key stands once as it is and once under the path of the base URL, as a proxy
    may or may not strip that. `stems` has the documents of a feed by format.
    """

    framing: Framing
    records: Mapping[str, Document]
    documents: Mapping[str, Document]
    stems: Mapping[str, Mapping[str, Document]]
    gone: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """The bytes of one document by coding, and when they changed."""

    bodies: Mapping[Coding, bytes]
    modified: datetime
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file's bytes, its modification time, and whether the manifest means these."""

    body: bytes
    changed: datetime
    is_listed: bool


def load(
    root: Path, *, settings: Settings, previous: Snapshot | None = None
) -> Snapshot | None:
    """Return what the output folder holds; None when it has no readable manifest.

    Reads files, so it belongs in a thread. Of documents whose record in the manifest
    is the one of `previous`, nothing is read.
    """
    manifest = read_manifest(root)
    if manifest is None:
        return None
    framing = framing_of(settings)
    alternates = _alternates(manifest)
    records: dict[str, Document] = {}
    for record in manifest.documents:
        old = previous.records.get(record.path) if previous else None
        others = _without(record.path, alternates.get(record.stem, ()))
        is_framed_alike = previous is not None and previous.framing == framing
        if old and is_framed_alike and _is_same(old, record, others):
            records[record.path] = old
        elif content := _content(root, record, old):
            records[record.path] = _document(framing, record, others, content)
    return _snapshot(framing, records, manifest.gone)


def _is_same(old: Document, record: DocumentRecord, others: Alternates) -> bool:
    return old.is_whole and old.record == record and old.alternates == others


def _alternates(manifest: Manifest) -> Mapping[str, Alternates]:
    """Return (format, key) of every feed's documents by stem, in canonical order."""
    found: dict[str, dict[str, str]] = {}
    for record in manifest.documents:
        if form := _format_of(record):
            found.setdefault(record.stem, {})[form] = key_of(record.path)
    return {
        stem: tuple((form, keys[form]) for form in MEDIA_TYPES if form in keys)
        for stem, keys in found.items()
    }


def _without(path: str, alternates: Alternates) -> Alternates:
    key = key_of(path)
    return tuple(item for item in alternates if item[1] != key)


def _format_of(record: DocumentRecord) -> str | None:
    """Return the format of a feed's document; None when it belongs to no feed."""
    form = record.path.removeprefix(f"{record.stem}.")
    return form if record.stem and form in MEDIA_TYPES else None


def _content(
    root: Path, record: DocumentRecord, old: Document | None
) -> _Content | None:
    held = {v.etag: v.body for v in old.variants.values()} if old else {}
    files = {
        part.coding: _held(record, held[part.etag])
        if part.etag in held
        else _read(root, part)
        for part in record.representations
    }
    identity = files.get("identity")
    if identity is None:
        return None
    if not identity.is_listed:
        # A build was killed before its manifest: a build dates each file with its
        # Last-Modified, and the other codings may be older or newer than this one.
        bodies: dict[Coding, bytes] = {"identity": identity.body}
        return _Content(bodies=bodies, modified=identity.changed, is_whole=False)
    bodies = {
        coding: file.body for coding, file in files.items() if file and file.is_listed
    }
    return _Content(
        bodies=bodies,
        modified=record.last_modified,
        is_whole=len(bodies) == len(record.representations),
    )


def _held(record: DocumentRecord, body: bytes) -> _File:
    return _File(body=body, changed=record.last_modified, is_listed=True)


def _read(root: Path, part: Representation) -> _File | None:
    try:
        with (root / part.file).open("rb") as stream:
            body = stream.read()
            changed_s = int(os.fstat(stream.fileno()).st_mtime)
    except OSError as error:
        facts = {"file": part.file, "reason": error.strerror}
        _log.warning("listed file left out", extra=facts)
        return None
    return _File(
        body=body,
        changed=datetime.fromtimestamp(changed_s, UTC),
        is_listed=len(body) == part.size_bytes and etag_of(body) == part.etag,
    )


def _document(
    framing: Framing, record: DocumentRecord, others: Alternates, content: _Content
) -> Document:
    shared = document_fields(
        framing,
        key=key_of(record.path),
        media_type=record.media_type,
        modified=content.modified,
        alternates=others,
    )
    has_stem = _format_of(record) is not None
    variants = {
        coding: _variant(shared, coding, body, has_stem=has_stem)
        for coding, body in content.bodies.items()
    }
    return Document(
        record=record,
        alternates=others,
        modified_s=int(content.modified.timestamp()),
        variants=variants,
        by_size=tuple(sorted(variants, key=lambda coding: len(variants[coding].body))),
        is_whole=content.is_whole,
    )


def _variant(
    shared: DocumentFields, coding: Coding, body: bytes, *, has_stem: bool
) -> Variant:
    etag = etag_of(body)
    direct = shared.heads(
        etag=etag, coding=coding, size_bytes=len(body), negotiated=False
    )
    negotiated = (
        shared.heads(etag=etag, coding=coding, size_bytes=len(body), negotiated=True)
        if has_stem
        else direct
    )
    return Variant(
        coding=coding, body=body, etag=etag, direct=direct, negotiated=negotiated
    )


def _snapshot(
    framing: Framing, records: Mapping[str, Document], gone: Iterable[str]
) -> Snapshot:
    documents = {key_of(path): document for path, document in records.items()}
    stems: dict[str, dict[str, Document]] = {}
    for document in records.values():
        if form := _format_of(document.record):
            stems.setdefault(key_of(document.record.stem), {})[form] = document
    if INDEX in records:
        documents["/"] = records[INDEX]
        documents.setdefault(framing.prefix or "/", records[INDEX])
    return Snapshot(
        framing=framing,
        records=records,
        documents=_with_prefix(framing.prefix, documents),
        stems=_with_prefix(framing.prefix, stems),
        gone=frozenset(
            _with_prefix(framing.prefix, dict.fromkeys(_gone_keys(gone), True))
        ),
    )


def _with_prefix(prefix: str, table: Mapping[str, _Value]) -> Mapping[str, _Value]:
    return {f"{prefix}{key}": value for key, value in table.items()} | dict(table)


def _gone_keys(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        yield key_of(path)
        stem, _, form = path.rpartition(".")
        if stem and form in MEDIA_TYPES:
            yield key_of(stem)
