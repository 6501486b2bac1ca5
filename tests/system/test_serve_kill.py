"""A server, and its builder, killed at any instant while an editor works: nobody notices.

What is served and what is published stays whole, no id changes, no date goes back, and
the next start comes to what a build from nothing makes. STOKER_SERVE_KILLS says how many
are killed (3), STOKER_KILL_SEED when.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from itertools import count
from pathlib import Path

import pytest

from feeds.output import version_of
from feeds.snapshot import etag_of
from tests.system.conftest import ENVIRON, Site
from tests.system.test_kill import DECODERS, assert_complete, assert_whole, published

KILLS = int(os.environ.get("STOKER_SERVE_KILLS", "3"))
SEED = int(os.environ.get("STOKER_KILL_SEED", "1"))
TOPICS = ("Ferries", "Gulls", "Storms", "Fog")
ARTICLES = 30
KEPT = {f"{number}.md" for number in range(8)}  # edited like others, never deleted
SETTINGS = """\
[site]
base_url = "https://feeds.example"
[[sources]]
path = "articles"
[feeds]
limit = 500
orders = ["latest", "heat"]
[output]
encodings = ["gzip"]
[schedule]
interval = "2s"
"""
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds the builder in /proc"),
    pytest.mark.timeout(60 + 6 * KILLS),
]


class Editor(threading.Thread):
    """Retitles, adds and deletes articles, whole or bit by bit, until told to stop."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        super().__init__(name="editor")
        self._site, self._chance = site, chance
        self._names, self._versions = count(), count()
        self.titles: dict[str, str] = {}
        self.stop = threading.Event()
        for _ in range(ARTICLES):
            self._save(f"{next(self._names)}.md", is_atomic=True)

    def run(self) -> None:
        while not self.stop.wait(self._chance.uniform(0.01, 0.15)):
            kind = self._chance.random()
            if kind < 0.1 and len(self.titles) > ARTICLES // 2:
                name = self._chance.choice(sorted(self.titles.keys() - KEPT))
                del self.titles[name]
                (self._site.articles / name).unlink()
            elif kind < 0.2:
                self._save(f"{next(self._names)}.md", is_atomic=True)
            else:
                name = self._chance.choice(sorted(self.titles))
                self._save(name, is_atomic=kind < 0.6)

    def _save(self, name: str, *, is_atomic: bool) -> None:
        self.titles[name] = f"Story {name}, version {next(self._versions)}"
        text = self._text(name)
        file = self._site.articles / (".waiting" if is_atomic else name)
        half = self._chance.randrange(len(text))
        with file.open("w", encoding="utf-8") as opened:
            opened.write(text[:half])
            opened.flush()
            if not is_atomic:
                time.sleep(self._chance.uniform(0, 0.08))
            opened.write(text[half:])
        if is_atomic:
            file.replace(self._site.articles / name)

    def _text(self, name: str) -> str:
        topic = TOPICS[int(name.removesuffix(".md")) % len(TOPICS)]
        day = 1 + int(name.removesuffix(".md")) % 28
        return (
            f'---\ntitle: "{self.titles[name]}"\nexcerpt: "Two crossings more."\n'
            f"publishedDateTime: 2020-10-{day:02}T08:00:00Z\n"
            f'webUrl: "https://harbour.example/{name}"\nheat: 80\npublished: true\n'
            "provider:\n  name: Harbour Post\n  domain: harbourpost.example\n"
            f"topics:\n  - {topic}\n---\n\n{'Fog over the quay. ' * 60}\n"
        )


class Reader:
    """Reads documents, and remembers what a reader would take amiss."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._validators: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._ids: dict[str, str] = {}
        self._updated: dict[str, str] = {}
        self.answers = 0

    def read_some(self, url: str) -> None:
        paths = ["all.json", "all.atom", "all.html", "feeds.json"]
        paths += [
            f"topics/{topic.lower()}{order}.rss"
            for topic in TOPICS
            for order in ("", "/latest")
        ]
        for path in self._chance.sample(paths, 3):
            self.read(url, path)

    def status(self, url: str, fields: Mapping[str, str]) -> int:
        request = urllib.request.Request(url, headers=dict(fields))  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def read(self, url: str, path: str) -> set[str]:
        """Return the titles that are in a document, if it is a JSON Feed."""
        coding = self._chance.choice(["identity", "gzip"])
        request = urllib.request.Request(  # noqa: S310 - our own
            f"{url}/{path}", headers={"Accept-Encoding": coding}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                status, fields, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status = error.code
            assert status == 410, f"{path}: {status}"  # a topic without articles
            return set()
        self.answers += 1
        assert status == 200
        used = fields["Content-Encoding"] or "identity"
        assert fields["ETag"] == etag_of(content)
        body = DECODERS[used](content)
        assert_complete(path, body)
        self._assert_goes_on(url, (path, used), fields["ETag"], fields)
        return self._titles(body) if path == "all.json" else set()

    def _assert_goes_on(
        self, url: str, key: tuple[str, str], etag: str, fields: Message
    ) -> None:
        modified = parsedate_to_datetime(fields["Last-Modified"])
        before = self._validators.get(key)
        self._validators[key] = etag, modified
        if not before:
            return
        # Of the same bytes, too: an article may have come and gone again in between.
        assert modified >= before[1], key
        if etag != before[0]:
            # Of two changes in one second the later has no later date yet: that would be
            # in the future (RFC 9110, 8.8.2.1). Who asks with the first is still told.
            assert modified > before[1] or fields["Date"] == fields["Last-Modified"]
            since = {"If-Modified-Since": format_datetime(before[1], usegmt=True)}
            assert self.status(f"{url}/{key[0]}", since) != 304, key

    def _titles(self, body: bytes) -> set[str]:
        items = json.loads(body)["items"]
        for item in items:
            about, updated = item["url"], item["date_modified"]
            assert self._ids.setdefault(about, item["id"]) == item["id"]
            assert self._updated.get(about, "") <= updated
            self._updated[about] = updated
        assert {item["url"].rpartition("/")[2] for item in items} >= KEPT
        return {item["title"] for item in items}


class Service:
    """`stoker serve`, started again after each end."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._log = site.root / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        known = self._log.stat().st_size if self._log.exists() else 0
        command = [sys.executable, "-m", "server", "serve", "--port", "0"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - ourselves
                command, cwd=self.site.root, env=ENVIRON, stderr=log
            )
        pattern = re.compile(rb"serving (http://\S+)\n")
        self.until(lambda: pattern.search(self._log.read_bytes(), known))
        found = pattern.search(self._log.read_bytes(), known)
        assert found
        self.url = found[1].decode().rstrip("/")

    @property
    def builder(self) -> int:
        """The process that builds; 0 while there is none."""
        assert self.process
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def kill_builder(self) -> bool:
        """Kill the builder if there is one; return whether there was."""
        builder = self.builder
        if builder:
            with contextlib.suppress(ProcessLookupError):
                os.kill(builder, signal.SIGKILL)
        return bool(builder)

    def kill(self) -> None:
        """Kill the server, which takes the builder with it."""
        assert self.process
        builder = self.builder
        self.process.kill()
        self.process.wait(10)
        self.until(lambda: not builder or not Path(f"/proc/{builder}").exists())

    def end(self) -> None:
        assert self.process
        self.process.terminate()
        assert self.process.wait(20) == 0

    def until(self, condition: Callable[[], object], timeout_s: float = 15.0) -> None:
        ends_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < ends_s, self._log.read_text()[-4_000:]
            time.sleep(0.01)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    site = Site(tmp_path)
    (tmp_path / "stoker.toml").write_text(SETTINGS)
    service = Service(site)
    yield service
    if service.process:
        service.process.kill()
        service.process.wait()


def assert_whole_meanwhile(output: Path) -> None:
    """Assert that the documents are whole although a build may be at work."""
    while True:
        before = version_of(output)
        try:
            assert_whole(output)
        except Exception:
            if version_of(output) != before:  # another manifest: not these files
                continue
            raise
        return


def aim(output: Path, chance: random.Random) -> None:
    """Wait for any instant, or for one in which documents are written."""
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0, 0.5))
        return
    ends_s = time.monotonic() + 1
    while time.monotonic() < ends_s and not (output / ".stoker-staging").exists():
        pass
    time.sleep(chance.choice([0, chance.uniform(0, 0.02), chance.uniform(0, 0.1)]))


def made(output: Path) -> dict[str, tuple[int, bytes]]:
    """Return what is published; the manifest's date is when it was written."""
    found = published(output)
    return {**found, "manifest.json": (0, found["manifest.json"][1])}


def differing(
    one: dict[str, tuple[int, bytes]], other: dict[str, tuple[int, bytes]]
) -> set[str]:
    return {name for name, _ in one.items() ^ other.items()}


def assert_converged(service: Service) -> None:
    """Assert that the output is what a build makes of the articles and the ledger."""
    site = service.site
    shutil.copytree(site.state, site.root / "cold-state")
    now = datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251 - after all builds
    run = site.stoker(
        *("build", "--force", "--output", "cold", "--now", now.isoformat())
    )
    assert run.returncode == 0, run.stderr
    assert differing(made(site.output), made(site.root / "cold")) == set()
    assert not (site.output / ".stoker-staging").exists()
    shutil.rmtree(site.root / "cold")
    shutil.rmtree(site.root / "cold-state")


@contextlib.contextmanager
def editing(editor: Editor) -> Iterator[None]:
    editor.start()
    try:
        yield
    finally:
        editor.stop.set()
        editor.join()


def test_no_kill_is_noticed_by_a_reader(service):
    chance = random.Random(SEED)  # noqa: S311 - must be repeatable
    editor = Editor(service.site, random.Random(chance.random()))  # noqa: S311
    reader = Reader(chance)
    killed: Counter[str] = Counter()
    service.start()
    service.until(lambda: reader.status(f"{service.url}/all.json", {}) == 200)
    with editing(editor):
        for number in range(KILLS):
            aim(service.site.output, chance)
            if number % 3 == 2:
                service.kill()
                killed["server"] += 1
                killed["server, between two documents"] += (
                    assert_whole(service.site.output) > 0
                )
                service.start()
            else:
                killed["builder"] += service.kill_builder()
                assert_whole_meanwhile(service.site.output)
            reader.read_some(service.url)
            before = version_of(service.site.output)
            service.until(lambda: version_of(service.site.output) != before)  # noqa: B023
            reader.read_some(service.url)
    wanted = set(editor.titles.values())
    service.until(lambda: reader.read(service.url, "all.json") == wanted)
    service.end()
    assert_converged(service)
    sys.stdout.write(f"{dict(killed)}, {reader.answers} answers\n")
    assert killed["server"]
    assert killed["builder"]
