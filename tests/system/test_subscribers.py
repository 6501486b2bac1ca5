"""Readers that people run, over a change of what is registered: nothing is new again.

Each subscribes under the old name, by way of our own server or of a host that only has the
files, and asks again after the change.
"""

import contextlib
import functools
import http.server
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import feedparser
import feedparser_sgmllib
import pytest
from reader import make_reader

from tests.system.conftest import ENVIRON, Site

pytestmark = pytest.mark.timeout(60)
XML = ("atom", "rss")
LATER = "2026-11-20T13:00:00Z"
RENAMED = '[[topics]]\nname = "Night Trains"\nslug = "sleepers"\n'
MERGED = '[[topics]]\nname = "Boats"\naliases = ["Night Trains"]\n'
TWO_SLUGS = RENAMED + '[[topics]]\nname = "Boats"\nslug = "ferries"\n'
SWAPPED = (
    '[[topics]]\nname = "Night Trains"\nslug = "ferries"\n'
    '[[topics]]\nname = "Boats"\nslug = "sleepers"\n'
)
TRAVEL = '[[topics]]\nname = "Travel"\naliases = ["Night Trains", "Boats"]\n'
SPLIT = '[[topics]]\nname = "Travel"\naliases = ["Boats"]\n' + RENAMED
DOMAIN = '[[providers]]\nname = "Harbour Post"\ndomain = "post.example"\n'


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to a site, and to the feed at the stem of which people subscribe."""

    stem: str
    steps: tuple[str | Callable[[Site], None], ...]


def with_data(site: Site) -> None:
    """Put a `_data` beside the articles, as every Jekyll site has it."""
    data = site.root / "_data"
    site.put(data / "topics/n.yaml", "name: Night Trains\nslug: sleepers\n")
    text = "---\nname: Harbour Post\ndomain: post.example\n---\n"
    site.put(data / "organizations/p.md", text)


def without_articles(site: Site) -> None:
    for file in site.articles.glob("night-*.md"):
        file.unlink()


CHANGES = {
    "a rename": Change(stem="topics/night-trains", steps=(RENAMED,)),
    "there and back": Change(stem="topics/night-trains", steps=(RENAMED, "")),
    "a merge": Change(stem="topics/night-trains", steps=(MERGED,)),
    "a merge undone": Change(stem="topics/night-trains", steps=(MERGED, "")),
    "a swap": Change(stem="topics/night-trains", steps=(TWO_SLUGS, SWAPPED)),
    "a split": Change(stem="topics/night-trains", steps=(TRAVEL, SPLIT)),
    "a domain": Change(stem="providers/harbour-post", steps=(DOMAIN,)),
    "adopted topics": Change(stem="topics/night-trains", steps=(with_data,)),
    "adopted providers": Change(stem="providers/harbour-post", steps=(with_data,)),
    "no article left": Change(stem="topics/night-trains", steps=(without_articles,)),
}


@contextlib.contextmanager
def on_files(site: Site, port: int) -> Iterator[None]:
    """Serve the output folder as files, and nothing more."""
    handler = functools.partial(_Silent, directory=str(site.output))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def on_stoker(site: Site, port: int) -> Iterator[None]:
    """Serve what was built by `stoker serve`."""
    command = [sys.executable, "-m", "server", "serve", "--no-build"]
    with subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--port", str(port)],
        cwd=site.root,
        env=ENVIRON,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/all.atom")
            yield
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    deadline_s = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own
        except OSError:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        else:
            return


HOSTS = {"stoker": on_stoker, "files": on_files}


class Street:
    """A site on a host, whose port stays, so that subscribers find it again."""

    def __init__(self, root: Path, host: Callable[..., object], change: Change) -> None:
        self.site = Site(root)
        self.site.articles = root / "_news"
        settings = (root / "stoker.toml").read_text()
        self._settings = settings.replace('"articles"', '"_news"')
        for at in range(2):
            self._write(f"night-{at}.md", f"Night {at}", "Night Trains")
        self._write("boat.md", "A boat", "Boats")
        self._host, self._change = host, change
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.build("")

    def _write(self, name: str, title: str, topic: str) -> None:
        self.site.write_text(
            name,
            f"---\ntitle: {title}\ndate: 2026-11-10\ntopics: [{topic}]\n"
            f"webUrl: https://harbour.example/{name}\nprovider: Harbour Post\n---\n",
        )

    def build(self, settings: str, now: str = "2026-11-20T12:00:00Z") -> None:
        (self.site.root / "stoker.toml").write_text(self._settings + settings)
        run = self.site.build(now=now)
        assert run.returncode == 0, run.stderr

    def change(self) -> None:
        for step in self._change.steps:
            if not isinstance(step, str):
                step(self.site)
            self.build(step if isinstance(step, str) else "", LATER)

    def open(self) -> contextlib.AbstractContextManager[None]:
        return self._host(self.site, self.port)  # type: ignore[return-value]

    def urls(self, *forms: str) -> list[str]:
        stem = self._change.stem
        return [f"http://127.0.0.1:{self.port}/{stem}.{form}" for form in forms]


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    return CHANGES[request.param]


@pytest.fixture(params=HOSTS)
def street(request: pytest.FixtureRequest, tmp_path: Path, change: Change) -> Street:
    return Street(tmp_path, HOSTS[request.param], change)


class Lemon24:
    """`reader`, with its database in memory."""

    forms = (*XML, "json")

    def __init__(self) -> None:
        self._reader = make_reader(":memory:")

    def ask(self, urls: list[str]) -> dict[str, set[str]]:
        """Return the titles of the entries that are new, by feed."""
        found = {}
        for url in urls:
            self._reader.add_feed(url, exist_ok=True)
            before = self._titles(url)
            self._reader.update_feed(url)
            assert self._reader.get_feed(url).last_exception is None
            after = self._titles(url)
            found[url] = {after[each] for each in after.keys() - before}
        return found

    def _titles(self, url: str) -> dict[str, str]:
        return {each.id: each.title for each in self._reader.get_entries(feed=url)}


class Newsboat:
    """`newsboat`, whose user has read all there is.

    It has one row for an id, whichever feed that is in, so it gets one feed.
    """

    forms = ("atom",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "config").write_text("error-log error.log\n")

    def ask(self, urls: list[str]) -> dict[str, set[str]]:
        """Return the titles of the entries that are unread, by feed."""
        (self._folder / "urls").write_text("".join(f"{url}\n" for url in urls))
        cache = self._folder / "cache.db"
        files = ["-u", "urls", "-C", "config", "-c", str(cache)]
        run = subprocess.run(  # noqa: S603
            ["newsboat", *files, "-x", "reload"],  # noqa: S607 - as it is installed
            cwd=self._folder,
            capture_output=True,
            check=False,
            timeout=30,
            env={**ENVIRON, "HOME": str(self._folder)},
        )
        assert run.returncode == 0, run.stderr
        errors = self._folder / "error.log"
        assert not errors.exists() or not errors.read_text()
        with contextlib.closing(sqlite3.connect(cache)) as database:
            query = "SELECT feedurl, title FROM rss_item WHERE unread"
            rows = database.execute(query).fetchall()
            database.execute("UPDATE rss_item SET unread = 0")
            database.commit()
        return {url: {title for each, title in rows if each == url} for url in urls}


class Feedparser:
    """`feedparser`, which remembers nothing: what it gets now and did not before."""

    forms = XML

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def ask(self, urls: list[str]) -> dict[str, set[str]]:
        """Return the titles of the entries whose ids are new, by feed."""
        found = {}
        for url in urls:
            got = feedparser.parse(url)
            assert (got.bozo, got.status in (200, 301)) == (False, True)
            seen = self._seen.setdefault(url, set())
            found[url] = {each.title for each in got.entries if each.id not in seen}
            seen.update(each.id for each in got.entries)
        return found


@pytest.fixture
def clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Lemon24 | Newsboat | Feedparser]:
    """Return a reader of each kind; newsboat where it is installed."""
    monkeypatch.setitem(sys.modules, "sgmllib", feedparser_sgmllib)
    has_newsboat = shutil.which("newsboat") is not None
    return [
        *(Lemon24(), Feedparser()),
        *([Newsboat(tmp_path / "newsboat")] if has_newsboat else []),
    ]


def test_no_entry_is_new_that_a_feed_had_held(street, clients):
    with street.open():
        first = [client.ask(street.urls(*client.forms)) for client in clients]
    assert all(len(titles) >= 2 for asked in first for titles in asked.values())
    street.change()
    with street.open():
        second = [client.ask(street.urls(*client.forms)) for client in clients]
    for held, new in zip(first, second, strict=True):
        assert {url: titles & held[url] for url, titles in new.items()} == {
            url: set() for url in held
        }
