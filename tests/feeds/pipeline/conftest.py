"""A folder of small articles, and a survey of it."""

import itertools
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.catalog import open_catalog
from feeds.pipeline.build import finish, place
from feeds.pipeline.gathering import gather
from feeds.pipeline.report import Survey
from feeds.pipeline.survey import surveyed
from feeds.settings import Feeds, Output, Settings, Source, state_path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARTICLE = "---\ntitle: {title}\ndate: {date}\n---\n"
BROKEN = '---\ntitle: "never closed\n---\n'
_FIRST_MTIME_S = 1_767_225_600


class Desk:
    """Articles in a folder, and what the pipeline makes of them."""

    def __init__(self, root: Path, **source: str) -> None:
        self.root = root
        self.articles = root / "articles"
        self.articles.mkdir(exist_ok=True)
        self.settings = self.of(**source)
        self._seconds = itertools.count(_FIRST_MTIME_S)

    def of(self, **source: str) -> Settings:
        """Return settings with another policy for the source."""
        return Settings(
            sources=(Source(path=str(self.articles), **source),),
            feeds=Feeds(limit=5, orders=("latest",), formats=("json",), html=False),
            output=Output(path=str(self.root / "output"), encodings=()),
        )

    def write(
        self, name: str, text: str | None = None, *, age_s: float | None = None
    ) -> Path:
        """Write a file, long ago or so many seconds before now; a sound one, unless told."""
        if text is None:
            text = ARTICLE.format(title=name, date="2026-11-01")
        file = self.articles / name
        file.write_text(text)
        mtime = next(self._seconds) if age_s is None else time.time() - age_s  # noqa: TID251 - the clock of files
        os.utime(file, (mtime, mtime))
        return file

    def build(self, now: datetime = NOW, *, jobs: int = 1, **how: object) -> Survey:
        """Publish, and return what is known."""
        common = {"now": now, "jobs": jobs, "progress": lambda *_: None}
        how = {"clock": time.time_ns, **how}
        render = how.pop("render", None)
        with open_catalog(state_path(self.settings)) as catalog:
            found = gather(catalog, self.settings, **common, **how)
            touched = place(catalog, self.settings, found, now)
            _, _, found = finish(
                catalog, self.settings, found, touched, render=render, **common
            )
            return surveyed(catalog, self.settings, found, now)

    def items(self) -> dict[str, dict[str, str]]:
        """Return what is published, by the end of each id."""
        items = json.loads((self.root / "output" / "all.json").read_bytes())["items"]
        return {item["id"].partition("article/")[2]: item for item in items}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "output-state").mkdir()
    (tmp_path / "output").mkdir()
    return Desk(tmp_path)
