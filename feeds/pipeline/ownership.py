"""Which files in the output folder are ours, and which somebody else put there.

Ours are known by their bytes alone, never by path or date: a file of others may well have
both, as tar, zip and image layers leave them.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from feeds.catalog import Catalog
from feeds.plan import default_stem
from feeds.snapshot import (
    SUFFIXES,
    Coding,
    DocumentRecord,
    Representation,
    decoded,
    etag_of,
)

_LARGEST_BYTES = 64 * 2**20  # of a document: no larger file is taken for ours


@dataclass(slots=True, kw_only=True)
class Ownership:
    """What is known of the bytes that files of ours may have.

    `records` by path and `representations` by file are the manifest's, `ledger` has the
    last ETag by path; all three are the shelf's own, and change with it. `leftovers` are
    other ETags, by path, of publications that did not end, or of the one at hand. Where the manifest is lost,
    `stood` are the stems of what was published.
    """

    root: Path
    records: Mapping[str, DocumentRecord]
    representations: Mapping[str, Representation]
    ledger: Mapping[str, tuple[str, object]]
    leftovers: dict[str, frozenset[str]]
    stood: frozenset[str]

    def is_foreign(self, file: str) -> bool:
        """Whether something stands where a file of ours should, and we did not write it.

        What is named by the manifest is a file of ours that is damaged, at most; where
        that is lost, so is what the ledger knows to stand.
        """
        return (
            file not in self.representations
            and os.path.lexists(self.root / file)
            and not self._stood(file)
            and not self.has(file)
        )

    def has(self, file: str) -> bool:
        """Whether a file has the very bytes that we published, whatever its date.

        Those of a document are known by the ledger or the manifest; what is not in its
        identity coding is decoded, for these do not say what each release made of it.
        """
        if named := self.representations.get(file):
            content = self._content(file, named.size_bytes)
            if content and etag_of(content) == named.etag:
                return True
        return any(
            self._is_of(etags, file, coding)
            for path, coding in _meanings(file)
            if (etags := self._etags(path))
        )

    def keep(self, path: str) -> None:
        """Go on knowing a document whose ETag in the ledger is about to change."""
        if path in self.ledger:
            etags = self.leftovers.get(path, frozenset())
            self.leftovers[path] = etags | {self.ledger[path][0]}

    def _is_of(self, etags: set[str], file: str, coding: Coding) -> bool:
        content = self._content(file, _LARGEST_BYTES)
        body = decoded(coding, content or b"", most_bytes=_LARGEST_BYTES)
        return body is not None and etag_of(body) in etags

    def _etags(self, path: str) -> set[str]:
        """Return those that a document of ours may have, be it from a killed build."""
        etags = {self.ledger[path][0]} if path in self.ledger else set()
        if record := self.records.get(path):
            etags.add(record.representations[0].etag)
        return etags.union(self.leftovers.get(path, ()))

    def _content(self, file: str, most_bytes: int) -> bytes | None:
        """Return a regular file's bytes, unless these are more than could be ours."""
        where = self.root / file
        try:
            status = where.lstat()
            is_likely = S_ISREG(status.st_mode) and status.st_size <= most_bytes
            return where.read_bytes() if is_likely else None
        except OSError:
            return None

    def _stood(self, file: str) -> bool:
        return bool(self.stood) and any(
            path in self.ledger
            and ("/" not in path or default_stem(path.rpartition(".")[0]) in self.stood)
            for path, _ in _meanings(file)
        )


def stood(catalog: Catalog) -> frozenset[str]:
    """Return the stems, in their own order, of all feeds that the ledger has published."""
    bases = (each.base for each in catalog.selections())
    return frozenset((*bases, *catalog.holders()))


def _meanings(file: str) -> Iterator[tuple[str, Coding]]:
    """Yield what a file may be: which document, in which coding."""
    for coding, suffix in SUFFIXES.items():
        if file.endswith(suffix):
            yield file.removesuffix(suffix), coding
