"""What is published now, by the manifest, the ledger and the folder; what must go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from feeds.catalog import Catalog
from feeds.output import MANIFEST, files_in, read_manifest
from feeds.plan import Feed
from feeds.snapshot import SUFFIXES, DocumentRecord, Manifest, Representation

Validators = Mapping[str, tuple[str, datetime]]  # ETag and Last-Modified by path
_STANDING = "standing"  # the catalog's key of the feeds that were published last


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is published now: by the manifest, the ledger, and the folder itself.

    `validators` are the later ones of the manifest's and those of the `ledger`.
    """

    records: Mapping[str, DocumentRecord]
    representations: Mapping[str, Representation]
    gone: tuple[str, ...]
    validators: Validators
    ledger: Validators
    digests: Mapping[str, str]
    files: Mapping[str, tuple[int, datetime]]
    manifest: bytes

    def holds(self, file: Representation, modified: datetime) -> bool:
        """Whether the folder has this very representation."""
        in_place = self.files.get(file.file) == (file.size_bytes, modified)
        return in_place and self.representations.get(file.file) == file

    @property
    def is_of_others(self) -> bool:
        """Whether the manifest is another program's: we never published here."""
        return MANIFEST in self.files and not self.records and not self.validators

    def is_foreign(self, path: str) -> bool:
        """Whether a file stands where a document of ours should, and we never wrote it."""
        return path in self.files and path not in self.validators

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
        return record if is_whole else None


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
        records=records,
        representations={
            each.file: each
            for record in records.values()
            for each in record.representations
        },
        gone=manifest.gone,
        validators=_later(from_manifest, ledger),
        ledger=ledger,
        digests={stem: digest for stem, (digest, _) in catalog.feeds().items()},
        files=files_in(root),
        manifest=(root / MANIFEST).read_bytes() if records else b"",
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


def keep_standing(catalog: Catalog, feeds: Iterable[Feed]) -> None:
    """Have the ledger know which topics have a feed, once these are published."""
    stems = sorted({feed.base for feed in feeds if feed.kind == "topic"})
    kept = msgspec.json.encode(stems).decode()
    if kept != catalog.remembered(_STANDING):
        catalog.remember(_STANDING, kept)


def _later(manifest: Validators, ledger: Validators) -> Validators:
    """Return what was published last: a build was killed, or an old ledger restored."""
    found = {**manifest, **ledger}
    for path, (etag, modified) in manifest.items():
        if modified > found[path][1]:
            found[path] = (etag, modified)
    return found


def manifest_of(records: Mapping[str, DocumentRecord], shelf: Shelf) -> Manifest:
    """Return the manifest of these documents; what was published once is gone."""
    published_once = {*shelf.validators, *shelf.gone}
    return Manifest(
        documents=tuple(records[path] for path in sorted(records)),
        gone=tuple(sorted(published_once - records.keys())),
    )


def stale_files(manifest: Manifest, shelf: Shelf) -> list[str]:
    """Return files of ours that the manifest does not name; never other people's."""
    named = {each.file for d in manifest.documents for each in d.representations}
    return sorted(
        file for file in shelf.files if file not in named and _is_ours(file, shelf)
    )


def _is_ours(file: str, shelf: Shelf) -> bool:
    """Whether the manifest names a file, or a killed build left it.

    The latter is told by its path, which the ledger knows, and by its date: we write
    whole seconds, and hardly anybody else does.
    """
    if file in shelf.representations:
        return True
    paths = (file.removesuffix(end) for end in _ENDS if file.endswith(end))
    is_known = any(path in shelf.validators for path in paths)
    return is_known and not shelf.files[file][1].microsecond


_ENDS = tuple(SUFFIXES.values())
