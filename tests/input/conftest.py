"""Files in, articles out: parsed one by one, or built into a site of their own."""

import itertools
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.body import body_html
from feeds.parse.article import parse_article
from feeds.parse.rules import Parsed, Rules
from feeds.pipeline import Report, regenerate
from feeds.pipeline.resident import Resident
from feeds.settings import Feeds, Limits, Output, Settings, Site, Source
from tests.input.samples import HOME, LINK, NOW

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# Long past, so that no broken file is waited for.
_FIRST_MTIME_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture(scope="session")
def parse() -> Callable[..., Parsed]:
    """Parse a file's text or bytes under rules given by name."""

    def parse(content: str | bytes, path: str = "news/a.md", **rules) -> Parsed:
        content = content.encode() if isinstance(content, str) else content
        return parse_article(path, content, Rules(**rules), modified_at=MODIFIED)

    return parse


@pytest.fixture(scope="session")
def article_of(parse) -> Callable[..., object]:
    """Parse lines of YAML, which a title and a date precede, to an article."""

    def article_of(*lines: str, body: str = "", path: str = "news/a.md", **rules):
        head = "\n".join(("---", "title: Ferry", "date: 2021-01-27", *lines, "---"))
        parsed = parse(f"{head}\n{body}", path, **rules)
        assert parsed.article is not None, parsed.problems
        return parsed.article

    return article_of


@pytest.fixture(scope="session")
def warnings_of(parse) -> Callable[..., list[tuple[str, int, str]]]:
    """Return (key, line, expected) of each warning about a file that is published."""

    def warnings_of(content: str | bytes, path: str = "news/a.md", **rules):
        parsed = parse(content, path, **rules)
        assert parsed.outcome == "article", parsed.problems
        assert all(p.severity == "warning" for p in parsed.problems), parsed.problems
        return [(p.key, p.line, p.expected) for p in parsed.problems]

    return warnings_of


@pytest.fixture
def shown(article_of):
    """Return the HTML of a body in a file of such a name, with such lines above it."""

    def shown(body: str, *lines: str, path: str = "news/a.md", **rules) -> str:
        lines = lines or (f"webUrl: {LINK}",)
        return body_html(article_of(*lines, body=body, path=path, **rules), home=HOME)

    return shown


_FEW = {"html": False, "orders": (), "formats": ("json",)}  # each costs time


class Desk:
    """A folder of articles, and what one build after another makes of it.

    `source`, `feeds` and the rest are settings by name; each write gets a modification
    time of its own, long past.
    """

    def __init__(self, root: Path, *, source=None, feeds=None, site=None, **settings):
        self.root = root
        self.articles = root / "articles"
        self.articles.mkdir()
        self.output = root / "output"
        self._seconds = itertools.count(_FIRST_MTIME_S)
        self.settings = Settings(
            **{
                "site": Site(**{"base_url": "https://feeds.example", **(site or {})}),
                "sources": (Source(path=str(self.articles), **(source or {})),),
                "feeds": Feeds(**{**_FEW, **(feeds or {})}),
                "limits": Limits(),
                "output": Output(path=str(self.output), encodings=()),
                **settings,
            }
        )

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.articles / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        seconds = next(self._seconds)
        os.utime(file, (seconds, seconds))
        return file

    def story(self, name: str, *lines: str, body: str = "") -> Path:
        """Write an article with a date, and with its name as title."""
        head = "\n".join(("---", f'title: "{name}"', "date: 2026-11-01", *lines, "---"))
        return self.write(name, f"{head}\n{body}")

    def build(self, now: datetime = NOW, **how) -> Report:
        return regenerate(
            self.settings, now=now, clock=time.time_ns, **{"jobs": 1, **how}
        )

    def files(self) -> dict[str, bytes]:
        """Return the content of every file outside the folder of articles."""
        return {
            file.relative_to(self.root).as_posix(): file.read_bytes()
            for file in self.root.rglob("*")
            if file.is_file() and not file.is_relative_to(self.articles)
        }

    def feeds(self) -> set[str]:
        """Return the stems of the feeds in their default order."""
        rows = json.loads((self.output / "feeds.json").read_bytes())
        stems = {row["path"] for row in rows}
        return {stem for stem in stems if stem.rpartition("/")[0] not in stems - {""}}

    def entries(self, stem: str = "all") -> list[dict]:
        """Return the items of a JSON Feed."""
        return json.loads((self.output / f"{stem}.json").read_bytes())["items"]

    def titles(self, stem: str = "all") -> list[str]:
        return [entry["title"] for entry in self.entries(stem)]


@pytest.fixture
def desk_of(tmp_path) -> Callable[..., Desk]:
    """Make the desk of a test, under settings given by name."""
    return lambda **settings: Desk(tmp_path, **settings)


@pytest.fixture
def resident_of() -> Callable[..., Callable[..., Report]]:
    """Return what builds a desk's site, again and again, in a process that lives on."""

    def resident_of(desk: Desk) -> Callable[..., Report]:
        resident = Resident(desk.settings, jobs=1)
        return lambda paths, now=NOW: resident.build(paths, now=now, clock=time.time_ns)

    return resident_of


@pytest.fixture
def desk(desk_of) -> Desk:
    return desk_of()
