"""What published documents tell of a lost ledger: ids, dates, feeds.

Only what we wrote ourselves is read: documents that the manifest names. One that is
cut or gone tells nothing, and stops nothing.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import msgspec

from feeds.catalog import DocumentState, FeedState, Identity, Ledger, Memory
from feeds.lineage import Lineage, names_of
from feeds.output import read_manifest
from feeds.pipeline import basis
from feeds.plan import default_stem
from feeds.registry import Registry
from feeds.snapshot import Manifest
from feeds.text import path_escaped

_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entry as readers have it."""

    id: str
    published_at: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """An item of a JSON Feed, as far as it matters here."""

    id: str
    date_published: datetime
    date_modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonFeed:
    items: tuple[_Item, ...] = field(default=())


def ledger_of_published(root: Path) -> Ledger:
    """Return the ledger as far as the documents in `root` tell it.

    What a significance was they do not: it is "".
    """
    manifest = read_manifest(root) or Manifest()
    seen: dict[str, Seen] = {}
    for entry in chain.from_iterable(each for _, each in _by_stem(root, manifest)):
        known = seen.setdefault(entry.id, entry)
        if known.updated < entry.updated:  # a build was killed between two documents
            seen[entry.id] = entry
    identities = list(filter(None, map(_identity, seen.values())))
    authorities = Counter(each.id.split(":")[1] for each in identities)
    return Ledger(
        memories=tuple(
            Memory(key=basis.TAG_AUTHORITY, value=authority)
            for authority, _ in authorities.most_common(1)
        ),
        identities=tuple(sorted(identities, key=lambda each: each.path)),
        lineages=tuple(_lineages(root, manifest)),
        feeds=tuple(_feeds(root, manifest)),
        documents=tuple(
            DocumentState(
                path=record.path,
                etag=record.representations[0].etag,
                last_modified=record.last_modified,
            )
            for record in manifest.documents
        ),
    )


def lineages_of(root: Path) -> list[Lineage]:
    """Return the lineages of the feeds in `root`, as far as documents tell them."""
    return list(_lineages(root, read_manifest(root) or Manifest()))


def stems_holding(root: Path, ids: Collection[str]) -> frozenset[str]:
    """Return the stems of the feeds in `root` that hold an entry with one of these ids."""
    return frozenset(
        stem
        for stem, entries in _by_stem(root, read_manifest(root) or Manifest())
        if any(entry.id in ids for entry in entries)
    )


_TAGS = re.compile(rb"tag:([\w.@-]+,[\d-]+):(?:article|feed)/")


def addresses(root: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the base URL of each feed's documents, and the authorities of ids in it.

    As their beginnings tell, where every format states its own URL.
    """
    manifest = read_manifest(root) or Manifest()
    for record in manifest.documents:
        if not record.stem:
            continue
        head = _head(root / record.path)
        path = re.escape(path_escaped(record.path).encode())
        authorities = frozenset(found.decode() for found in _TAGS.findall(head))
        if own := re.search(rb"(https?://[^\s\"'<>]*?)/" + path + rb"[\"'<]", head):
            yield own[1].decode("ascii", "replace"), authorities


def _head(file: Path) -> bytes:
    with contextlib.suppress(OSError), file.open("rb") as opened:
        return opened.read(_HEAD_BYTES)
    return b""


def _identity(seen: Seen) -> Identity | None:
    head, is_ours, path = seen.id.partition(":article/")
    if not (is_ours and head.startswith("tag:")):
        return None
    # Where dates ahead are shown as that of the first sight, this is it; everywhere
    # else only that it is no earlier than the article's own date counts.
    first_seen = seen.published_at.astimezone(UTC) + timedelta(microseconds=999_999)
    return Identity(
        path=unquote(path),
        id=seen.id,
        significance="",
        earlier="",
        updated=seen.updated.astimezone(UTC),
        first_seen=first_seen.replace(microsecond=0),
    )


def _by_stem(root: Path, manifest: Manifest) -> Iterator[tuple[str, list[Seen]]]:
    """Yield the entries of every feed, from the format that is read best."""
    by_stem: dict[str, set[str]] = {}
    for record in manifest.documents:
        if record.stem:
            by_stem.setdefault(record.stem, set()).add(record.path.rpartition(".")[2])
    for stem, extensions in by_stem.items():
        for extension, read in _READERS.items():
            if extension not in extensions:
                continue
            entries = _read(root / f"{stem}.{extension}", read)
            if entries:
                yield stem, entries
                break  # the others hold the same


def _read(file: Path, read: Callable[[bytes], Iterable[Seen]]) -> list[Seen]:
    # Another's parser's own errors are ValueError or SyntaxError.
    with contextlib.suppress(OSError, ValueError, TypeError, SyntaxError):
        return list(read(file.read_bytes()))
    return []


def _of_json(content: bytes) -> Iterator[Seen]:
    for item in msgspec.json.decode(content, type=_JsonFeed).items:
        yield Seen(
            id=item.id, published_at=item.date_published, updated=item.date_modified
        )


def _of_atom(content: bytes) -> Iterator[Seen]:
    for entry in _parsed(content).iterfind(f"{_ATOM}entry"):
        yield Seen(
            id=entry.findtext(f"{_ATOM}id"),
            published_at=datetime.fromisoformat(entry.findtext(f"{_ATOM}published")),
            updated=datetime.fromisoformat(entry.findtext(f"{_ATOM}updated")),
        )


def _of_rss(content: bytes) -> Iterator[Seen]:
    for item in _parsed(content).iterfind("channel/item"):
        yield Seen(
            id=item.findtext("guid"),
            published_at=parsedate_to_datetime(item.findtext("pubDate")),
            updated=datetime.fromisoformat(item.findtext(f"{_ATOM}updated")),
        )


def _parsed(content: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN202 - lxml has none
    from lxml import etree  # noqa: PLC0415 - only for those who lost their ledger

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(content, parser)


_READERS: Mapping[str, Callable[[bytes], Iterator[Seen]]] = {
    "json": _of_json,
    "atom": _of_atom,
    "rss": _of_rss,
}


def _feeds(root: Path, manifest: Manifest) -> Iterator[FeedState]:
    """Yield every feed there is, so that none goes back in time."""
    updated = {record.stem: basis.EPOCH for record in manifest.documents if record.stem}
    for record in manifest.documents:
        extension = record.path.rpartition(".")[2]
        if record.stem and extension in _STATED:
            stated = _updated(root / record.path, extension)
            updated[record.stem] = max(stated, updated[record.stem])
    for stem in sorted(updated):
        yield FeedState(stem=stem, digest="", updated=updated[stem])


# Where a feed states when it was updated, before its first entry, and in which form.
_STATED: Mapping[str, tuple[re.Pattern[bytes], Callable[[str], datetime]]] = {
    "atom": (re.compile(rb"<updated>([^<]+)</updated>"), datetime.fromisoformat),
    "rss": (
        re.compile(rb"<lastBuildDate>([^<]+)</lastBuildDate>"),
        parsedate_to_datetime,
    ),
}
_HEAD_BYTES = 16_384


def _updated(file: Path, extension: str) -> datetime:
    pattern, read = _STATED[extension]
    with contextlib.suppress(ValueError, TypeError):
        if found := pattern.search(_head(file)):
            return read(found[1].decode("ascii", "replace")).astimezone(UTC)
    return basis.EPOCH


_ID = re.compile(rb"<id>(tag:[^<\s]+)</id>")
_TITLE = re.compile(rb"<title>([^<]*)</title>")
_ENTRY = re.compile(rb"<(?:entry|item)\b")
_NOTHING = Registry(platforms=frozenset())  # names are as articles spell them, too


def _lineages(root: Path, manifest: Manifest) -> Iterator[Lineage]:
    """Yield the rows of all stems, each as its feed of the default order tells it."""
    documents = {
        record.path: record
        for record in manifest.documents
        if record.stem and default_stem(record.stem) == record.stem
    }
    site_title = ""
    for stem in sorted({record.stem for record in documents.values()}):
        path = next((p for p in (f"{stem}.atom", f"{stem}.rss") if p in documents), "")
        head = _head(root / path) if path else b""
        title = _found(_TITLE, head)
        site_title = title if stem == "all" else site_title
        label = title.removeprefix(f"{site_title}: ") if stem != "all" else ""
        is_empty = bool(head) and stem != "all" and not _ENTRY.search(head)
        emptied = documents[path].last_modified if is_empty else basis.EPOCH
        yield Lineage(
            stem=stem,
            id=_found(_ID, head) if path.endswith(".atom") else "",
            label=label,
            names=names_of(stem, _NOTHING, (label,)),
            emptied_ts=int(emptied.timestamp()),
        )

    went = {_stem(path): _stem(target) for path, target in manifest.moved.items()}
    for stem, target in sorted(went.items()):
        if default_stem(stem) == stem:
            yield Lineage(stem=stem, moved_to=target)


def _stem(path: str) -> str:
    return path.rpartition(".")[0]


def _found(pattern: re.Pattern[bytes], head: bytes) -> str:
    found = pattern.search(head)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""
