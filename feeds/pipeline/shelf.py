"""What is published now, by the manifest, the ledger and the folder; what must go."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from stat import S_ISREG

import msgspec

from feeds.catalog import Catalog
from feeds.output import MANIFEST, files_in, read_manifest
from feeds.pipeline.fragments import Fragments
from feeds.plan import kind_of
from feeds.snapshot import (
    SUFFIXES,
    Coding,
    DocumentRecord,
    Manifest,
    Representation,
    decoded,
    etag_of,
    is_in,
    joined_manifest,
    record_bytes,
)

Validators = Mapping[str, tuple[str, datetime]]  # ETag and Last-Modified by path
_LARGEST_BYTES = 64 * 2**20  # of a document: no larger file is taken for ours
_STANDING = "standing"  # the catalog's key of the feeds that were published last


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What is published now: by the manifest, the ledger, and the folder itself.

    `validators` are the later ones of the manifest's and those of the `ledger`. `feeds`
    are digest and `updated` by stem; `standing` is as of the function of this name;
    `content` is the manifest as it is in the folder. `fragments` are those last used.
    `codings` are those that documents are wanted in, by the publication at hand;
    `unfinished` the bases of feeds that lack some which are wanted in the end.
    """

    root: Path
    records: dict[str, DocumentRecord]
    representations: dict[str, Representation]
    gone: frozenset[str]
    validators: dict[str, tuple[str, datetime]]
    ledger: dict[str, tuple[str, datetime]]
    feeds: dict[str, tuple[str, datetime]]
    standing: frozenset[str]
    files: dict[str, tuple[int, datetime]]
    content: bytes
    feed_count: int = 0
    fragments: Fragments = field(default_factory=Fragments)
    codings: tuple[Coding, ...] = ()
    unfinished: set[str] = field(default_factory=set)
    _encoded: dict[str, bytes] = field(default_factory=dict)
    _replaced: set[str] = field(default_factory=set)

    def holds(self, file: Representation, modified: datetime) -> bool:
        """Whether the folder has this very representation."""
        in_place = self.files.get(file.file) == (file.size_bytes, modified)
        return in_place and self.representations.get(file.file) == file

    @property
    def is_of_others(self) -> bool:
        """Whether the manifest is another program's: we never published here."""
        return MANIFEST in self.files and not self.records and not self.validators

    def is_foreign(self, file: str) -> bool:
        """Whether something stands where a file of ours should, and we did not write it."""
        return (
            file not in self.representations
            and os.path.lexists(self.root / file)
            and not self._is_ours(file)
        )

    def _is_ours(self, file: str) -> bool:
        """Whether a file has the very bytes that we published, whatever its date.

        Those of a document are known by the ledger or the manifest; what is not in its
        identity coding is decoded, for these do not say what each release made of it.
        """
        if known := self.representations.get(file):
            content = self._content(file, known.size_bytes)
            return content is not None and etag_of(content) == known.etag
        for coding, suffix in SUFFIXES.items():
            etag, _ = self.validators.get(file.removesuffix(suffix), ("", None))
            if etag and file.endswith(suffix):
                content = self._content(file, _LARGEST_BYTES)
                body = decoded(coding, content or b"", most_bytes=_LARGEST_BYTES)
                return body is not None and etag_of(body) == etag
        return False

    def _content(self, file: str, most_bytes: int) -> bytes | None:
        """Return a regular file's bytes, unless these are more than could be ours."""
        where = self.root / file
        try:
            status = where.lstat()
            is_likely = S_ISREG(status.st_mode) and status.st_size <= most_bytes
            return where.read_bytes() if is_likely else None
        except OSError:
            return None

    def whole(self, path: str) -> DocumentRecord | None:
        """Return the record of a document that is all there, as the ledger has it.

        The ledger's very own: digests beside an older one's are of other documents.
        """
        record = self.records.get(path)
        if record is None:
            return None
        first = (record.representations[0].etag, record.last_modified)
        is_whole = self.ledger.get(path) == first and all(
            self.holds(each, record.last_modified) for each in record.representations
        )
        return record if is_whole and is_in(record, self.codings) else None

    def shows(self, record: DocumentRecord) -> bool:
        """Whether a reader sees nothing new in a document, whatever codings it has."""
        was = self.records.get(record.path)
        return was is not None and (
            was.last_modified == record.last_modified
            and was.representations[0] == record.representations[0]
        )

    def settle(self) -> list[str]:
        """Count whatever was published once and is no more as gone.

        Returns files of ours that are no document's; never other people's.
        """
        published_once = self.gone.union(self.validators)
        self.gone = published_once.difference(self.records)
        return sorted(
            file
            for file in self.files
            if file not in self.representations and self._is_ours(file)
        )

    def replace(
        self,
        made: Mapping[str, DocumentRecord],
        ended: Collection[str],
        feeds: Mapping[str, tuple[str, datetime]],
    ) -> list[str]:
        """Put documents in place of older ones; return the files that are left over.

        What others have put in the place of one that ends is theirs.
        """
        left: set[str] = set()
        of_others = {file for path in ended for file in self._of_others_at(path)}
        for path in (*made, *ended):
            if was := self.records.pop(path, None):
                left.update(each.file for each in was.representations)
        for path, record in made.items():
            self.records[path] = record
            if path in self._encoded:
                self._replaced.add(path)
            validators = record.representations[0].etag, record.last_modified
            self.validators[path] = self.ledger[path] = validators
            for each in record.representations:
                self.representations[each.file] = each
                self.files[each.file] = each.size_bytes, record.last_modified
                left.discard(each.file)
        for file in left:
            self.representations.pop(file, None)
            self.files.pop(file, None)
        self.feeds.update(feeds)
        self.gone = (self.gone | frozenset(ended)) - made.keys()
        return sorted(left - of_others)

    def _of_others_at(self, path: str) -> Iterator[str]:
        """Yield the files of a document that others have put in the place of ours."""
        if record := self.records.get(path):
            for each in record.representations:
                if not self._is_ours(each.file):
                    yield each.file

    def manifest(self) -> bytes:
        """Return the manifest of these documents, each encoded but once."""
        encoded = self._encoded
        for path in encoded.keys() - self.records.keys():
            del encoded[path]
        news = self.records.keys() - encoded.keys()
        encoded |= {path: record_bytes(self.records[path]) for path in news}
        if news:
            self._encoded = encoded = dict(sorted(encoded.items()))
        for path in self._replaced:
            encoded[path] = record_bytes(self.records[path])
        self._replaced.clear()
        return joined_manifest(encoded.values(), sorted(self.gone))


def look_at(root: Path, catalog: Catalog) -> Shelf:
    """Return what the output folder holds and what was said of it."""
    manifest = read_manifest(root) or Manifest()
    records = {record.path: record for record in manifest.documents}
    # A ledger that was lost learns again from the manifest.
    from_manifest = {
        path: (str(record.representations[0].etag), record.last_modified)
        for path, record in records.items()
    }
    ledger = catalog.documents()
    return Shelf(
        root=root,
        records=records,
        representations={
            each.file: each
            for record in records.values()
            for each in record.representations
        },
        gone=frozenset(manifest.gone),
        validators=_later(from_manifest, ledger),
        ledger=ledger,
        feeds=catalog.feeds(),
        standing=standing(root, catalog),
        files=files_in(root),
        content=(root / MANIFEST).read_bytes() if records else b"",
    )


def standing(root: Path, catalog: Catalog) -> frozenset[str]:
    """Return stems of the feeds published last, those of topics at least.

    So says the ledger, whatever became of the output folder; the manifest is asked
    only where the ledger has never known, or was lost.
    """
    if kept := catalog.remembered(_STANDING):
        return frozenset(msgspec.json.decode(kept, type=list[str]))
    manifest = read_manifest(root) or Manifest()
    return frozenset(record.stem for record in manifest.documents)


def keep_standing(catalog: Catalog) -> frozenset[str]:
    """Have the ledger know which topics have a feed, and return their stems."""
    bases = (selection.base for selection in catalog.selections())
    stems = [base for base in bases if kind_of(base) == "topic"]
    kept = msgspec.json.encode(stems).decode()
    if kept != catalog.remembered(_STANDING):
        catalog.remember(_STANDING, kept)
    return frozenset(stems)


def _later(manifest: Validators, ledger: Validators) -> dict[str, tuple[str, datetime]]:
    """Return what was published last: a build was killed, or an old ledger restored."""
    found = {**manifest, **ledger}
    for path, (etag, modified) in manifest.items():
        if modified > found[path][1]:
            found[path] = (etag, modified)
    return found
