"""The snapshot now served: bytes and header fields by request target.

Loading reads the manifest and the files it lists, nothing else; what has not changed
is taken over from the snapshot before. Following a build reads only what that changed,
without looking at anything else; it comes to the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from feeds.output import read_manifest, version_of
from feeds.settings import Settings
from feeds.snapshot import MEDIA_TYPES, DocumentRecord, Manifest
from server.documents import Document, are_whole, documents_of, format_of
from server.fields import INDEX, Framing, framing_of
from server.redirects import Moved, moved_of
from server.targets import key_of
from server.wire import Answer

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is served, by key (see `server.targets`); never changed.

    `records` are the documents by path, `stems` those of a feed by format. `gone` are
    keys, `gone_paths` the paths that they stand for. `moved` are keys of documents and of
    bare stems that are no more, each with the key to go to; none of those is among the
    former; `moved_paths` are the paths they stand for, and lead to. `version` tells the manifest from
    all others; it is "" when that is not known, or some of its files are not served.
    `next_change_s` is when it will be another, in seconds since 1970, as far as is known,
    and `next_expiry_s` when an article will be gone from it: of all documents, since to
    know it of each would take a build a look at every article that has an expiry.
    """

    framing: Framing
    records: Mapping[str, Document]
    documents: Mapping[str, Document]
    stems: Mapping[str, Mapping[str, Document]]
    gone: frozenset[str]
    gone_paths: frozenset[str]
    moved: Moved
    moved_paths: Mapping[str, str]
    version: str
    next_change_s: int | None = None
    next_expiry_s: int | None = None


def load(
    root: Path, *, settings: Settings, previous: Snapshot | None = None
) -> Snapshot | None:
    """Return what the output folder holds; None when it has no readable manifest.

    Reads files, so it belongs in a thread. Of documents whose record in the manifest
    is the one of `previous`, nothing is read.
    """
    version = version_of(root)
    manifest = read_manifest(root)
    if manifest is None:
        return None
    framing = framing_of(settings)
    # A copy under an old path is for hosts that cannot send elsewhere.
    living = [each for each in manifest.documents if each.path not in manifest.moved]
    records = documents_of(
        root,
        living,
        framing,
        previous.records if previous else {},
        is_framed_alike=previous is not None and previous.framing == framing,
    )
    is_sure = are_whole(living, records) and version == version_of(root)
    found = _snapshot(framing, records, manifest, version if is_sure else "")
    # What is due does not change with what has been written; a build will know better.
    return replace(
        found,
        next_change_s=previous.next_change_s if previous else None,
        next_expiry_s=previous.next_expiry_s if previous else None,
    )


def follow(
    root: Path, answer: Answer, *, settings: Settings, previous: Snapshot | None
) -> Snapshot | None:
    """Return what the output folder holds after a build, as `load` does.

    Where the build says what it changed in the very manifest that `previous` is of,
    nothing but that is looked at.
    """
    is_next = (
        previous is not None
        and answer.changed is not None
        and previous.version == answer.before != ""
        and previous.framing == framing_of(settings)
    )
    found = _changed(root, answer, previous) if previous and is_next else None
    found = found or load(root, settings=settings, previous=previous)
    if found is None or answer.status != "built":
        return found
    return replace(
        found,
        next_change_s=_seconds(answer.next_change),
        next_expiry_s=_seconds(answer.next_expiry),
    )


def _seconds(instant: datetime | None) -> int | None:
    return int(instant.timestamp()) if instant else None


def _changed(root: Path, answer: Answer, previous: Snapshot) -> Snapshot | None:
    """Return the snapshot after the changes of a build; None when a file is amiss."""
    if answer.before == answer.after:
        return previous
    changed = {r.path: r for r in answer.changed or () if r.path not in answer.moved}
    ended = frozenset(answer.gone) | (answer.moved.keys() & previous.records.keys())
    families = _families(previous, changed, ended)
    # Each document links to its siblings, so one that comes or goes changes these.
    wanted = {
        record.path: record for family in families.values() for record in family
    } | changed
    fresh = documents_of(
        root,
        wanted.values(),
        previous.framing,
        previous.records,
        is_framed_alike=True,
    )
    if not are_whole(wanted, fresh):
        return None
    gone_paths = previous.gone_paths | frozenset(answer.gone)
    gone_paths -= changed.keys() | answer.moved.keys()
    is_gone_alike = gone_paths == previous.gone_paths
    return Snapshot(
        framing=previous.framing,
        records=_without_keys(previous.records, ended) | fresh,
        documents=_without_keys(previous.documents, _keys(ended)) | _table(fresh),
        stems=_without_keys(previous.stems, map(key_of, families)) | _stems(fresh),
        gone=previous.gone if is_gone_alike else frozenset(_gone_keys(gone_paths)),
        gone_paths=gone_paths,
        moved=previous.moved
        if answer.moved == previous.moved_paths
        else _moved(answer.moved),
        moved_paths=answer.moved,
        version=answer.after,
    )


def _families(
    previous: Snapshot, changed: Mapping[str, DocumentRecord], ended: AbstractSet[str]
) -> Mapping[str, list[DocumentRecord]]:
    """Return the records, by stem, of every feed with a change, those that stay too."""
    before = [previous.records[path].record for path in ended & previous.records.keys()]
    stems = {record.stem for record in (*changed.values(), *before) if record.stem}
    families: dict[str, list[DocumentRecord]] = {stem: [] for stem in stems}
    for stem, family in families.items():
        known = previous.stems.get(key_of(stem), {})
        family += [d.record for d in known.values() if d.record.path not in ended]
    return families


def _snapshot(
    framing: Framing,
    records: Mapping[str, Document],
    manifest: Manifest,
    version: str,
) -> Snapshot:
    gone_paths = frozenset(manifest.gone)
    return Snapshot(
        framing=framing,
        records=records,
        documents=_table(records),
        stems=_stems(records),
        gone=frozenset(_gone_keys(gone_paths)),
        gone_paths=gone_paths,
        moved=_moved(manifest.moved),
        moved_paths=manifest.moved,
        version=version,
    )


def _moved(paths: Mapping[str, str]) -> Moved:
    found = moved_of(paths)
    return Moved(documents=_keyed(found.documents), stems=_keyed(found.stems))


def _keyed(paths: Mapping[str, str]) -> dict[str, str]:
    return {key_of(path): key_of(target) for path, target in paths.items()}


def _table(records: Mapping[str, Document]) -> dict[str, Document]:
    """Return the documents by key."""
    return {key: records[path] for path in records for key in _keys((path,))}


def _keys(paths: Iterable[str]) -> Iterator[str]:
    """Yield the keys of documents; the index stands at the root, too."""
    for path in paths:
        yield key_of(path)
        if path == INDEX:
            yield "/"


def _stems(records: Mapping[str, Document]) -> dict[str, Mapping[str, Document]]:
    stems: dict[str, dict[str, Document]] = {}
    for document in records.values():
        if form := format_of(document.record):
            stems.setdefault(key_of(document.record.stem), {})[form] = document
    return dict(stems)


def _without_keys(
    table: Mapping[str, _Value], keys: Iterable[str]
) -> dict[str, _Value]:
    left = dict(table)
    for key in keys:
        left.pop(key, None)
    return left


def _gone_keys(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield key_of(path)
        stem, _, form = path.rpartition(".")
        if stem and form in MEDIA_TYPES:
            yield key_of(stem)
