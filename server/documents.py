"""Documents ready to send: the bytes of the files that the manifest lists, and fields.

Every entity tag is computed from the bytes held, so no validator can outlive its bytes,
not even after a build killed midway.
"""

import logging
import os
from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds.snapshot import (
    MEDIA_TYPES,
    Coding,
    DocumentRecord,
    ETag,
    Representation,
    etag_of,
)
from server.fields import DocumentFields, Framing, Heads, document_fields
from server.targets import key_of

_log = logging.getLogger(__name__)

Alternates = tuple[tuple[str, str], ...]


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
class _File:
    """One file's bytes with their tag, and when they changed.

    `is_listed` says that the manifest means these.
    """

    body: bytes
    etag: ETag
    changed: datetime
    is_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """The files of one document by coding, and when that changed."""

    files: Mapping[Coding, _File]
    modified: datetime
    is_whole: bool


def documents_of(
    root: Path,
    records: Collection[DocumentRecord],
    framing: Framing,
    before: Mapping[str, Document],
    *,
    is_framed_alike: bool,
) -> dict[str, Document]:
    """Return the documents of these records by path; what cannot be read is left out.

    Args:
        root: The output folder.
        records: Those of a feed must come all together, as each links to the others.
        framing: What the settings say.
        before: Documents that are there already: what is the same is not read again.
        is_framed_alike: Whether those were made with the same framing, and will do.
    """
    alternates = _alternates(records)
    found: dict[str, Document] = {}
    for record in records:
        old = before.get(record.path)
        others = _without(record.path, alternates.get(record.stem, ()))
        if old and is_framed_alike and _is_same(old, record, others):
            found[record.path] = old
        elif content := _content(root, record, old):
            found[record.path] = _document(framing, record, others, content)
    return found


def are_whole(wanted: Sized, found: Mapping[str, Document]) -> bool:
    """Whether all that were wanted were found, with all their files."""
    return len(found) == len(wanted) and all(d.is_whole for d in found.values())


def _is_same(old: Document, record: DocumentRecord, others: Alternates) -> bool:
    return old.is_whole and old.record == record and old.alternates == others


def _alternates(records: Iterable[DocumentRecord]) -> Mapping[str, Alternates]:
    """Return (format, key) of every feed's documents by stem, in canonical order."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        if form := format_of(record):
            found.setdefault(record.stem, {})[form] = key_of(record.path)
    return {
        stem: tuple((form, keys[form]) for form in MEDIA_TYPES if form in keys)
        for stem, keys in found.items()
    }


def _without(path: str, alternates: Alternates) -> Alternates:
    key = key_of(path)
    return tuple(item for item in alternates if item[1] != key)


def format_of(record: DocumentRecord) -> str | None:
    """Return the format of a feed's document; None when it belongs to no feed."""
    form = record.path.removeprefix(f"{record.stem}.")
    return form if record.stem and form in MEDIA_TYPES else None


def _content(
    root: Path, record: DocumentRecord, old: Document | None
) -> _Content | None:
    held = {v.etag: v.body for v in old.variants.values()} if old else {}
    files = {
        part.coding: _held(record, part.etag, held[part.etag])
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
        alone: dict[Coding, _File] = {"identity": identity}
        return _Content(files=alone, modified=identity.changed, is_whole=False)
    listed = {coding: file for coding, file in files.items() if file and file.is_listed}
    return _Content(
        files=listed,
        modified=record.last_modified,
        is_whole=len(listed) == len(record.representations),
    )


def _held(record: DocumentRecord, etag: ETag, body: bytes) -> _File:
    return _File(body=body, etag=etag, changed=record.last_modified, is_listed=True)


def _read(root: Path, part: Representation) -> _File | None:
    try:
        with (root / part.file).open("rb") as stream:
            body = stream.read()
            changed_s = int(os.fstat(stream.fileno()).st_mtime)
    except OSError as error:
        facts = {"file": part.file, "reason": error.strerror}
        _log.warning("listed file left out", extra=facts)
        return None
    etag = etag_of(body)
    return _File(
        body=body,
        etag=etag,
        changed=datetime.fromtimestamp(changed_s, UTC),
        is_listed=len(body) == part.size_bytes and etag == part.etag,
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
    has_stem = format_of(record) is not None
    variants = {
        coding: _variant(shared, coding, file, has_stem=has_stem)
        for coding, file in content.files.items()
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
    shared: DocumentFields, coding: Coding, file: _File, *, has_stem: bool
) -> Variant:
    body, etag = file.body, file.etag
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
