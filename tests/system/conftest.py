"""The command line in processes of its own, in folders of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ENVIRON = {
    **{k: v for k, v in os.environ.items() if not k.startswith("STOKER_")},
    "PYTHONPATH": ":".join(
        [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    ),
}
NOW = "2026-11-20T12:00:00Z"
# Long past: a file younger than a clock's tick is read again.
_MTIME_S = 1_767_225_600

ARTICLE = """\
---
category: news
title: "{title}"
excerpt: "Two crossings more."
publishedDateTime: {date}
webUrl: "https://harbour.example/an-article"
heat: 80
quality: 60
published: {published}
provider:
  name: Harbour Post
  domain: harbourpost.example
topics:
  - {topic}
secured: "{secured}"
---
"""
Run = subprocess.CompletedProcess[str]


class Site:
    """A folder with a stoker.toml and articles, and the command line run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.articles = root / "articles"
        self.articles.mkdir()
        self.output = root / "output"
        self.state = root / "output-state"
        self._seconds = _MTIME_S
        (root / "stoker.toml").write_text(
            '[site]\nbase_url = "https://feeds.example"\n\n'
            '[[sources]]\npath = "articles"\n\n[feeds]\nlimit = 3\n'
        )

    def write(self, name: str, **facts: str) -> None:
        defaults = {
            "title": "Ferry timetable",
            "date": "2026-11-10T08:00:00Z",
            "published": "true",
            "topic": "Ferries",
            "secured": "none",
        }
        self.write_text(name, ARTICLE.format(**{**defaults, **facts}))

    def write_text(self, name: str, text: str) -> None:
        """Write a file in the folder of articles, long past."""
        self.put(self.articles / name, text)

    def put(self, file: Path, content: str | bytes, *, at: str = "") -> None:
        """Write a file anywhere in the site, as of an instant.

        Without one it is long past, each a second after the one before: so no test
        depends on the day.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self._seconds += 1
        seconds = datetime.fromisoformat(at).timestamp() if at else self._seconds
        os.utime(file, (seconds, seconds))

    def stoker(self, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
        """Run `stoker ARGUMENTS` to its end."""
        return subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "server", *arguments],
            cwd=self.root,
            env={**ENVIRON, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def run_shell(self, script: str, *arguments: str) -> Run:
        """Run `stoker ARGUMENTS` as the "$@" of a shell script."""
        command = ["bash", "-c", script, "bash", sys.executable, "-m", "server"]
        return subprocess.run(  # noqa: S603 - ourselves
            [*command, *arguments],
            cwd=self.root,
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def build(self, *arguments: str, now: str = NOW) -> Run:
        return self.stoker("build", "--now", now, *arguments)

    def files(self) -> dict[str, bytes]:
        """Return the content of every file below the site, by relative path."""
        return {
            file.relative_to(self.root).as_posix(): file.read_bytes()
            for file in self.root.rglob("*")
            if file.is_file()
        }

    def published(self) -> dict[str, tuple[int, bytes]]:
        """Return modification time and content of every published file."""
        return {
            file.relative_to(self.output).as_posix(): (
                file.stat().st_mtime_ns,
                file.read_bytes(),
            )
            for file in self.output.rglob("*")
            if file.is_file()
        }


@pytest.fixture
def empty_site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def site(empty_site: Site) -> Site:
    """Return a site with three articles, not yet built."""
    for day in (1, 2, 3):
        empty_site.write(
            f"2026-11-0{day}-story.md",
            title=f"Story {day}",
            date=f"2026-11-0{day}T08:00:00Z",
        )
    return empty_site


@pytest.fixture
def stoker(tmp_path: Path) -> Callable[..., Run]:
    """Run the command line in an empty folder."""

    def run(*arguments: str, **how: str) -> Run:
        return subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "server", *arguments],
            cwd=tmp_path,
            env={**ENVIRON, **how},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
