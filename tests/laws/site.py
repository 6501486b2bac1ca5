"""A small site on disk that tests edit: its articles are values, written in the schema."""

import itertools
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from msgspec import structs

from feeds.pipeline import Report, Survey, regenerate, survey
from feeds.pipeline.resident import Resident
from feeds.settings import (
    Feeds,
    Limits,
    Output,
    Provider,
    Settings,
    Site,
    Source,
    Topic,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Long past, so that no file is read again for being younger than a clock's tick.
_FIRST_MTIME_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())

SETTINGS = Settings(
    site=Site(
        title="The Harbour Log",
        base_url="https://feeds.example",
        tag_authority="feeds.example,2026",
    ),
    feeds=Feeds(limit=4),
    limits=Limits(nodes=2_000),  # that a small file exceeds
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article as its author thinks of it."""

    title: str = "Ferry timetable"
    published_at: datetime = NOW - timedelta(days=1)
    heat: int = 80
    is_published: bool = True
    topics: tuple[str, ...] = ("Ferries",)
    provider: str = "harbourpost.example"
    excerpt: str = "Two crossings more."
    body: str = ""
    secured: str = "c2VjcmV0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a piece is written down: nothing of it may be seen by a reader."""

    seed: int = 0
    quote: str = '"'
    is_cached: bool | None = None
    blank_lines: int = 0


def written(piece: Piece, style: Style = Style()) -> str:
    """Return the article file of a piece."""
    blocks = [
        "category: news",
        f"title: {_quoted(piece.title, style)}",
        f"excerpt: {_quoted(piece.excerpt, style)}",
        f"publishedDateTime: {piece.published_at:%Y-%m-%dT%H:%M:%SZ}",
        'webUrl: "https://harbour.example/an-article"',
        f"heat: {piece.heat}",
        "quality: 60",
        f"published: {str(piece.is_published).lower()}",
        f"provider:\n  name: {piece.provider}\n  domain: {piece.provider}",
        "topics:" + "".join(f"\n  - {_quoted(each, style)}" for each in piece.topics),
        _images(style),
        f'secured: "{piece.secured}"',
    ]
    if style.seed:
        Random(style.seed).shuffle(blocks)  # noqa: S311 - must be repeatable
    gap = "\n" * (1 + style.blank_lines)
    return f"---\n{gap.join(blocks)}\n---\n\n{piece.body}\n"


def _images(style: Style) -> str:
    cached = "" if style.is_cached is None else f"\n    isCached: {style.is_cached}"
    url = "https://images.harbour.example/quay.jpg"
    return f"images:\n  - url: {_quoted(url, style)}\n    width: 1200{cached.lower()}"


def _quoted(text: str, style: Style) -> str:
    if style.quote == "'":
        return f"'{text.replace(chr(39), chr(39) * 2)}'"
    return json.dumps(text, ensure_ascii=False)


class Newsroom:
    """A folder of articles and what Stoker makes of it.

    Every write gets a modification time of its own, long past.
    """

    def __init__(
        self, root: Path, settings: Settings = SETTINGS, articles: Path | None = None
    ) -> None:
        self.root = root
        self.articles = articles or root / "articles"
        self.articles.mkdir(parents=True, exist_ok=True)
        self.output = root / "output"
        self.settings = with_paths(settings, self.articles, self.output)
        self._seconds = itertools.count(_FIRST_MTIME_S)
        self._resident = Resident(self.settings, jobs=1)
        self._touched: set[str] | None = None  # since that last built

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, which is thereby changed."""
        file = self.articles / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        seconds = next(self._seconds)
        os.utime(file, (seconds, seconds))
        self._touch(name)

    def delete(self, name: str) -> None:
        (self.articles / name).unlink()
        self._touch(name)

    def rename(self, old: str, new: str) -> None:
        (self.articles / old).rename(self.articles / new)
        self._touch(old)
        self._touch(new)

    def _touch(self, name: str) -> None:
        if self._touched is not None:
            self._touched.add(str(self.articles / name))

    def build(
        self, now: datetime = NOW, *, jobs: int = 1, force: bool = False
    ) -> Report:
        return regenerate(
            self.settings, now=now, clock=time.time_ns, jobs=jobs, force=force
        )

    def follow(self, now: datetime = NOW) -> Report:
        """Build as a server does: by one that stays, and is told what was touched.

        And once more, when all is at rest, as it does then.
        """
        touched, self._touched = self._touched, set()
        report = self._resident.build(touched, now=now, clock=time.time_ns)
        self._resident.build((), now=now, clock=time.time_ns)
        return report

    def register(self, topics: Sequence[Topic], providers: Sequence[Provider]) -> None:
        """Name topics and providers in the settings, in place of those there were."""
        self.settings = structs.replace(
            self.settings, topics=tuple(topics), providers=tuple(providers)
        )
        self._resident.close()
        self._resident = Resident(self.settings, jobs=1)
        self._touched = None

    def close(self) -> None:
        """End the one that stays; nothing else has to be."""
        self._resident.close()

    def survey(self, now: datetime = NOW) -> Survey:
        return survey(self.settings, now=now, clock=time.time_ns, jobs=1)

    def files(self) -> dict[str, bytes]:
        """Return the content of every published file."""
        return contents(self.output)

    def footprint(self) -> dict[str, tuple[int, int, bytes]]:
        """Return inode, modification time and content of every published file."""
        return {
            name: (status.st_ino, status.st_mtime_ns, content)
            for name, content in self.files().items()
            for status in [(self.output / name).stat()]
        }

    def dated_files(self) -> dict[str, tuple[int, bytes]]:
        """Return modification time and content of every published file."""
        return {name: each[1:] for name, each in self.footprint().items()}

    def twin(self, root: Path) -> "Newsroom":
        """Return a newsroom with the same articles, ledger and output elsewhere."""
        if root.exists():
            shutil.rmtree(root)
        root.mkdir(parents=True)
        for folder in ("output", "output-state"):
            if (self.root / folder).exists():
                shutil.copytree(self.root / folder, root / folder)
        return Newsroom(root, self.settings, articles=self.articles)

    def ids(self, document: str) -> list[str]:
        """Return the ids in a JSON Feed, in order."""
        return [item["id"] for item in self.items(document)]

    def items(self, document: str) -> list[dict[str, object]]:
        """Return the items of a JSON Feed."""
        items: list[dict[str, object]] = json.loads(self.files()[document])["items"]
        return items


def with_paths(settings: Settings, articles: Path, output: Path) -> Settings:
    """Return the settings with one source and another output folder."""
    return structs.replace(
        settings,
        sources=(Source(path=str(articles)),),
        output=Output(path=str(output), encodings=settings.output.encodings),
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in a folder, hidden ones too."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def id_of(name: str) -> str:
    """Return the id that an article of this name is given."""
    return f"tag:feeds.example,2026:article/{name}"


def names(count: int) -> Sequence[str]:
    """Return the file names of `count` articles."""
    return [f"2026-11-{day:02}-story.md" for day in range(1, count + 1)]
