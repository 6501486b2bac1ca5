"""A site as a release left it: unpacked, read, and compared with what comes of it."""

import json
import os
import sqlite3
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from lxml import etree

HERE = Path(__file__).parent
# A folder for each release; see README.md.
RELEASES = sorted(each.parent.name for each in HERE.glob("*/site.tar.xz"))

_ATOM = "{http://www.w3.org/2005/Atom}"


def unpack(release: str, root: Path, *, moved: bool = False) -> None:
    """Put a site where a release left it, with the dates that its files had.

    Its catalog knows files by their inodes, too, which no archive keeps: unless the site
    was `moved` to another disk, it is told those of here.
    """
    with tarfile.open(HERE / release / "site.tar.xz") as tar:
        for member in tar:
            file = root / member.name
            file.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            assert content
            file.write_bytes(content.read())
            os.utime(file, (member.mtime, member.mtime))
    if moved:
        return
    with sqlite3.connect(root / "output-state" / "catalog.sqlite3") as catalog:
        for (path,) in catalog.execute("SELECT path FROM article").fetchall():
            file = root / ("" if path.startswith("notes/") else "articles") / path
            inode = file.stat().st_ino if file.exists() else 0
            catalog.execute(
                "UPDATE article SET inode = ? WHERE path = ?", (inode, path)
            )
    catalog.close()


@dataclass(frozen=True, kw_only=True)
class Dates:
    """When readers were told that an entry was published, and updated."""

    published_at: datetime
    updated: datetime


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as far as readers go by it; `facts` are all that it states, by name."""

    id: str
    updated: datetime | None
    entries: Mapping[str, Dates]
    facts: Mapping[str, Counter[str]]


def documents(output: Path) -> dict[str, Document]:
    """Return what a publication states in each document that is a feed, by path."""
    manifest = json.loads((output / "manifest.json").read_bytes())
    found = {}
    for record in manifest["documents"]:
        path = record["path"]
        read = _READERS.get(path.rpartition(".")[2])
        if record["stem"] and read:
            found[path] = read((output / path).read_bytes())
    return found


def last_modified(output: Path) -> dict[str, str]:
    """Return Last-Modified of each document by path."""
    manifest = json.loads((output / "manifest.json").read_bytes())
    return {each["path"]: each["last_modified"] for each in manifest["documents"]}


def gone(output: Path) -> set[str]:
    """Return the paths that once were documents."""
    return set(json.loads((output / "manifest.json").read_bytes())["gone"])


def differences(old: Mapping[str, Document], new: Mapping[str, Document]) -> set[str]:
    """Return the names of all that differs in documents that are in both."""
    return {
        name
        for path in old.keys() & new.keys()
        for name in old[path].facts.keys() | new[path].facts.keys()
        if old[path].facts.get(name) != new[path].facts.get(name)
    }


def _atom(content: bytes) -> Document:
    root = etree.fromstring(content)
    return Document(
        id=root.findtext(f"{_ATOM}id"),
        updated=_instant(root.findtext(f"{_ATOM}updated")),
        entries={
            entry.findtext(f"{_ATOM}id"): Dates(
                published_at=_instant(entry.findtext(f"{_ATOM}published")),
                updated=_instant(entry.findtext(f"{_ATOM}updated")),
            )
            for entry in root.iterfind(f"{_ATOM}entry")
        },
        facts=_stated("atom", root),
    )


def _rss(content: bytes) -> Document:
    root = etree.fromstring(content)
    return Document(
        id="",
        updated=_instant(root.findtext("channel/lastBuildDate")),
        entries={
            item.findtext("guid"): Dates(
                published_at=_instant(item.findtext("pubDate")),
                updated=_instant(item.findtext(f"{_ATOM}updated")),
            )
            for item in root.iterfind("channel/item")
        },
        facts=_stated("rss", root),
    )


def _json(content: bytes) -> Document:
    feed = json.loads(content)
    facts: dict[str, Counter[str]] = {}
    for name, value in _flat("json", feed):
        facts.setdefault(name, Counter())[value] += 1
    return Document(
        id="",
        updated=None,
        entries={
            item["id"]: Dates(
                published_at=_instant(item["date_published"]),
                updated=_instant(item["date_modified"]),
            )
            for item in feed["items"]
        },
        facts=facts,
    )


_READERS = {"atom": _atom, "rss": _rss, "json": _json}


def _instant(text: str) -> datetime:
    """Return a date as it stands in any format, in whole seconds."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = parsedate_to_datetime(text)
    return found.astimezone(UTC).replace(microsecond=0)


def _stated(format_: str, root: etree._Element) -> dict[str, Counter[str]]:
    """Return what XML states by the names of elements; their sequence does not count."""
    facts: dict[str, Counter[str]] = {}
    for element in root.iter():
        above = reversed(list(element.iterancestors()))
        names = [_name(each) for each in (*above, element)]
        # Links mean what their relation says.
        rel = f"[{element.get('rel')}]" if element.get("rel") else ""
        name = f"{format_} {'/'.join(names[1:])}{rel}"
        text = (element.text or "").strip()
        facts.setdefault(name, Counter())[f"{sorted(element.items())} {text}"] += 1
    return facts


def _name(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(
                f"{name} {key}" if name == "json" else f"{name}/{key}", inner
            )
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(name, inner)
    else:
        yield name, repr(value)
