"""What is published now, by the manifest, the ledger and the folder; what must go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from feeds.catalog import Catalog
from feeds.output import MANIFEST, files_in, read_manifest
from feeds.pipeline.fragments import Fragments
from feeds.pipeline.ownership import Ownership, stood
from feeds.snapshot import (
    Coding,
    DocumentRecord,
    Manifest,
    Representation,
    etag_of,
    is_in,
    joined_manifest,
    record_bytes,
)

Validators = Mapping[str, tuple[str, datetime]]  # ETag and Last-Modified by path
_MANIFEST = "manifest"  # the ledger's key of which one the last publication ends with


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What is published now: by the manifest, the ledger, and the folder itself.

    `moved` are the copies under old paths, each with the path of the original.
    `validators` are the later ones of the manifest's and those of the `ledger`. `feeds`
    are digest and `updated` by stem; `content` is the manifest as it is in the
    folder; `owned` tells which files are ours, `has_ended` that the last publication did.
    `fragments` are those last used.
    `codings` are those that documents are wanted in, by the publication at hand;
    `unfinished` the bases of feeds that lack some which are wanted in the end.
    """

    records: dict[str, DocumentRecord]
    representations: dict[str, Representation]
    gone: frozenset[str]
    moved: Mapping[str, str]
    validators: dict[str, tuple[str, datetime]]
    ledger: dict[str, tuple[str, datetime]]
    feeds: dict[str, tuple[str, datetime]]
    files: dict[str, tuple[int, datetime]]
    content: bytes
    owned: Ownership
    has_ended: bool
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

    @property
    def published_once(self) -> frozenset[str]:
        """The paths of all documents that were ever published."""
        return self.gone.union(self.validators)

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
        self.gone = self.published_once.difference(self.records)
        return sorted(
            file
            for file in self.files
            if file not in self.representations and self.owned.has(file)
        )

    def replace(
        self,
        made: Mapping[str, DocumentRecord],
        ended: Collection[str],
        feeds: Mapping[str, tuple[str, datetime]],
    ) -> list[str]:
        """Put documents in place of older ones; return the files that are left over.

        What others have put in the place of one that is no more is theirs.
        """
        left: set[str] = set()
        of_others = self._of_others(made, ended)
        for path in (*made, *ended):
            if was := self.records.pop(path, None):
                left.update(each.file for each in was.representations)
        for path, record in made.items():
            self.records[path] = record
            if path in self._encoded:
                self._replaced.add(path)
            self.owned.keep(path)
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

    def _of_others(
        self, made: Mapping[str, DocumentRecord], ended: Collection[str]
    ) -> set[str]:
        """Return the files that are to go, but are not ours."""
        files = {
            each.file
            for path in (*made, *ended)
            if path in self.records
            for each in self.records[path].representations
        }
        kept = {
            each.file for record in made.values() for each in record.representations
        }
        return {file for file in files - kept if not self.owned.has(file)}

    def record(self, catalog: Catalog, made: Collection[str], content: bytes) -> None:
        """Have the ledger know documents, and the manifest that will name them.

        Until that is in place, so it knows all that may be there in its stead.
        """
        if not self.has_ended:
            catalog.keep_leftovers(made)
        elif self.owned.leftovers:
            catalog.forget_leftovers()
        catalog.store_documents({path: self.ledger[path] for path in made})
        if not self.has_ended or content != self.content:
            catalog.remember(_MANIFEST, etag_of(content))

    def end(self, content: bytes) -> None:
        """Note that all is in place, with this manifest."""
        self.content, self.has_ended = content, True
        self.owned.leftovers.clear()

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
        return joined_manifest(encoded.values(), sorted(self.gone), self.moved)


def look_at(root: Path, catalog: Catalog) -> Shelf:
    """Return what the output folder holds and what was said of it."""
    manifest = read_manifest(root) or Manifest()
    records = {record.path: record for record in manifest.documents}
    # A ledger that was lost learns again from the manifest.
    from_manifest = {
        path: (str(record.representations[0].etag), record.last_modified)
        for path, record in records.items()
    }
    representations = {
        each.file: each
        for record in records.values()
        for each in record.representations
    }
    ledger = catalog.documents()
    content = (root / MANIFEST).read_bytes() if records else b""
    return Shelf(
        records=records,
        representations=representations,
        gone=frozenset(manifest.gone),
        moved=manifest.moved,
        validators=_later(from_manifest, ledger),
        ledger=ledger,
        feeds=catalog.feeds(),
        files=files_in(root),
        content=content,
        owned=Ownership(
            root=root,
            records=records,
            representations=representations,
            ledger=ledger,
            leftovers=catalog.leftovers(),
            stood=frozenset() if records else stood(catalog),
        ),
        has_ended=catalog.remembered(_MANIFEST) == etag_of(content),
    )


def _later(manifest: Validators, ledger: Validators) -> dict[str, tuple[str, datetime]]:
    """Return what was published last: a build was killed, or an old ledger restored."""
    found = {**manifest, **ledger}
    for path, (etag, modified) in manifest.items():
        if modified > found[path][1]:
            found[path] = (etag, modified)
    return found
