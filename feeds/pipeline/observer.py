"""What readers of an output folder have seen, and what they find there now.

Nothing that the publisher says of itself counts, but what a server would answer: the
manifest and the documents. Only which article an id belongs to is the catalog's word.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feeds.output import read_manifest
from feeds.pipeline.quiet import Finding, Kind, Tally
from feeds.pipeline.visible import View, unseen, view
from feeds.snapshot import DocumentRecord, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The catalog's word after a build, on demand.

    `paths` gives the article of each id; `exclusions` of some articles those that may
    not be published, with the reason.
    """

    paths: Callable[[], Mapping[str, str]]
    exclusions: Callable[[Collection[str]], Mapping[str, str]]


class Observer:
    """Remembers what readers have seen in an output folder, and looks at it again."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._records: Mapping[str, DocumentRecord] = {}
        self._views: dict[str, View] = {}
        self._holders: Counter[str] = Counter()  # documents, by the id of an entry
        # Over the absence of a document, an entry or a feed, too: readers remember.
        self._modified: dict[str, tuple[str, datetime]] = {}
        self._updated: dict[tuple[Kind, str], datetime] = {}
        self._ids: dict[str, str] = {}  # by the path of the article
        self._findings: list[Finding] = []
        self._commit = ""

    def look(self, commit: str, touched: Collection[str], ledger: Ledger) -> Tally:
        """Return what the builds since the last look have done.

        Args:
            commit: What they followed.
            touched: Identities of the articles whose files changed.
            ledger: Its word now.
        """
        self._commit, self._findings = commit, []
        before = self._records
        after = {record.path: record for record in self._manifest().documents}
        shown = {path for path in touched if self._is_shown(path)}
        for path in before.keys() - after.keys():
            self._holders.subtract(self._views.pop(path).ids)
        told = [record for path, record in after.items() if before.get(path) != record]
        fresh = [record for record in told if self._is_fresh(record)]
        new_ids = {id_ for record in fresh for id_ in self._taken_in(record)}
        self._records = after
        self._check_ids(new_ids, ledger)
        retracted = self._retracted(touched, ledger)
        changed = sum(record.path in before for record in fresh)
        return Tally(
            changed=changed,
            visible=changed - sum(each.kind == "invisible" for each in self._findings),
            new=len(fresh) - changed,
            gone=len(before.keys() - after.keys()),
            written=len(fresh),
            size_bytes=sum(each.representations[0].size_bytes for each in fresh),
            retracted=len(shown & retracted),
            findings=tuple(self._findings),
        )

    def _find(self, kind: Kind, place: str, detail: str = "") -> None:
        found = Finding(kind=kind, commit=self._commit, place=place, detail=detail)
        self._findings.append(found)

    def _manifest(self) -> Manifest:
        return read_manifest(self._output) or Manifest()

    def _is_fresh(self, record: DocumentRecord) -> bool:
        """Whether a document has other bytes than the last time it was there."""
        etag, was = self._modified.get(record.path, ("", None))
        now, is_same = record.last_modified, etag == record.representations[0].etag
        self._modified[record.path] = record.representations[0].etag, now
        # RFC 9110, 8.8.2: it must tell these bytes from those before.
        if was is not None and not (now == was if is_same else now > was):
            self._find("last_modified", record.path, f"{was} to {now}")
        return not is_same or record.path not in self._records

    def _taken_in(self, record: DocumentRecord) -> Collection[str]:
        """Compare a document with what it was; return the ids of its entries."""
        path = record.path
        body = (self._output / path).read_bytes()
        try:
            seen = view(path, body)
        except ValueError as error:
            self._find("unreadable", path, str(error))
            seen = View(facts=record.representations[0].etag)
        before = self._views.get(path)
        if before and before.facts == seen.facts:
            self._find("invisible", path, unseen(before, seen))
        for id_, updated in seen.updated.items():
            self._check_updated("entry_updated", id_, updated)
        if seen.feed_updated:
            self._check_updated("feed_updated", record.stem, seen.feed_updated)
        self._holders.subtract(before.ids if before else ())
        self._holders.update(seen.ids)
        self._views[path] = replace(seen, updated={})
        return seen.ids

    def _check_updated(self, kind: Kind, place: str, updated: datetime) -> None:
        was = self._updated.get((kind, place), updated)
        self._updated[kind, place] = updated
        if updated < was:
            self._find(kind, place, f"{was} to {updated}")

    def _check_ids(self, seen: Collection[str], ledger: Ledger) -> None:
        """Learn which articles new ids belong to, and find those that had another."""
        new = set(seen).difference(self._ids.values())
        paths = ledger.paths() if new else {}
        for id_ in sorted(new):
            path = paths.get(id_, "")
            if not path:
                self._find("id", id_, "of no article")
            elif path in self._ids:
                self._find("id", path, f"{self._ids[path]} to {id_}")
            self._ids[path or id_] = id_

    def _is_shown(self, path: str) -> bool:
        return self._holders[self._ids.get(path, "")] > 0

    def _retracted(self, touched: Collection[str], ledger: Ledger) -> set[str]:
        """Return which of these articles may not be published now."""
        known = [path for path in sorted(touched) if path in self._ids]
        reasons = ledger.exclusions(known) if known else {}
        for path, reason in reasons.items():
            if self._is_shown(path):
                self._find("retracted", path, reason)
        return set(reasons)
