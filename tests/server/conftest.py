"""A small publication on disk, a server on loopback, and a client that hides nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from feeds.output import Publication
from feeds.settings import Output, Settings, Site
from feeds.snapshot import (
    MEDIA_TYPES,
    PLAIN_JSON,
    SUFFIXES,
    DocumentRecord,
    Manifest,
    Representation,
    encoded,
    etag_of,
    manifest_bytes,
)
from server import pages
from server.connections import Limits, Server
from server.handlers import Handler
from server.store import Snapshot, load

MODIFIED = datetime(2026, 11, 14, 8, 30, tzinfo=UTC)
NOW_S = int(datetime(2026, 11, 14, 9, 0, tzinfo=UTC).timestamp())
STEMS = (
    "all",
    "topics/joe-biden",
    "topics/joe-biden/latest",
    "topics/日本",
    "providers/reuters.com",
)


@dataclass
class Clock:
    """A clock that only a test moves."""

    seconds: float = NOW_S

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Answer:
    """One response as it came over the wire."""

    status_line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.status_line.split()[1])

    def __getitem__(self, name: str) -> str:
        (value,) = (v for n, v in self.headers if n.lower() == name.lower())
        return value

    def __contains__(self, name: str) -> bool:
        return any(n.lower() == name.lower() for n, _ in self.headers)

    def without(self, *names: str) -> dict[str, str]:
        return {name: value for name, value in self.headers if name not in names}


def parsed(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("utf-8").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return Answer(status_line, [(name, value) for name, _, value in pairs], body)


class Ask(Protocol):
    async def __call__(
        self,
        target: str,
        *headers: str,
        method: str = "GET",
        version: str = "1.1",
        host: str | None = "feeds.example",
    ) -> Answer: ...


@dataclass
class Running:
    """A server on loopback."""

    port: int
    handler: Handler
    server: Server
    clock: Clock
    state: list[pages.Readiness] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def raw(self, request: bytes, *, end: bool = False) -> bytes:
        """Send bytes, read until the server closes; `end` closes our half first."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(request)
                if end:
                    writer.write_eof()
                return await reader.read()
            finally:
                writer.close()

    async def ask(
        self,
        target: str,
        *headers: str,
        method: str = "GET",
        version: str = "1.1",
        host: str | None = "feeds.example",
    ) -> Answer:
        lines = [f"{method} {target} HTTP/{version}", *headers, "Connection: close"]
        if host is not None:
            lines.insert(1, f"Host: {host}")
        return parsed(await self.raw(("\r\n".join(lines) + "\r\n\r\n").encode()))


def _atom(stem: str, entries: int) -> bytes:
    items = "".join(
        f"<entry><id>tag:example.org,2026:{number}</id><title>Article {number}</title>"
        f'<link href="https://example.org/{number}"/>'
        "<updated>2026-11-14T08:00:00Z</updated></entry>"
        for number in range(entries)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:example.org,2026:{stem}</id>'
        f"<title>{stem}</title><updated>2026-11-14T08:00:00Z</updated>{items}</feed>"
    ).encode()


def _rss(stem: str, entries: int) -> bytes:
    items = "".join(
        f'<item><guid isPermaLink="false">tag:example.org,2026:{number}</guid>'
        f"<title>Article {number}</title><link>https://example.org/{number}</link></item>"
        for number in range(entries)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{stem}</title><link>https://example.org/</link>"
        f"<description>{stem}</description>{items}</channel></rss>"
    ).encode()


def _json(stem: str, entries: int) -> bytes:
    items = [{"id": str(number), "content_text": "x"} for number in range(entries)]
    facts = {"version": "https://jsonfeed.org/version/1.1", "title": stem}
    return msgspec.json.encode(facts | {"items": items})


def _html(stem: str, entries: int) -> bytes:
    items = "".join(f"<li>Article {number}</li>" for number in range(entries))
    return f"<!doctype html><title>{stem}</title><ul>{items}</ul>".encode()


_WRITERS = {"atom": _atom, "rss": _rss, "json": _json, "html": _html}

# path -> (media type, stem, body)
Files = Mapping[str, tuple[str, str, bytes]]


def feed_files(stem: str, *, entries: int = 40) -> Files:
    forms = [form for form in _WRITERS if form != "html" or not stem.endswith("latest")]
    return {
        f"{stem}.{form}": (MEDIA_TYPES[form], stem, _WRITERS[form](stem, entries))
        for form in forms
    }


def all_files() -> Files:
    files = {path: file for stem in STEMS for path, file in feed_files(stem).items()}
    index = b"<!doctype html><title>News</title>"
    listing = msgspec.json.encode([{"path": stem} for stem in STEMS])
    return {
        **files,
        "index.html": (MEDIA_TYPES["html"], "", index),
        "feeds.json": (PLAIN_JSON, "", listing),
    }


def publish(
    root: Path,
    files: Files,
    *,
    modified: datetime = MODIFIED,
    gone: Sequence[str] = (),
    moved: Mapping[str, str] | None = None,
) -> Manifest:
    """Write a publication the way a build does, with copies of what moved."""
    records = []
    copies = {
        path: (files[target][0], "", files[target][2])
        for path, target in (moved or {}).items()
    }
    files = {**files, **copies}
    with Publication(root) as publication:
        for path, (media_type, stem, body) in files.items():
            representations = []
            for coding, coded in encoded(body, ("gzip", "br", "zstd")):
                file = path + SUFFIXES[coding]
                publication.stage(file, coded, modified)
                representations.append(
                    Representation(
                        coding=coding,
                        file=file,
                        size_bytes=len(coded),
                        etag=etag_of(coded),
                    )
                )
            records.append(
                DocumentRecord(
                    path=path,
                    media_type=media_type,
                    stem=stem,
                    last_modified=modified,
                    representations=tuple(representations),
                )
            )
        manifest = Manifest(
            documents=tuple(records), gone=tuple(gone), moved=moved or {}
        )
        publication.commit(manifest_bytes(manifest), (), modified=modified)
    return manifest


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def settings(output: Path) -> Settings:
    return Settings(
        site=Site(base_url="https://feeds.example"), output=Output(path=str(output))
    )


@pytest.fixture
def published(output: Path) -> Callable[..., Manifest]:
    """Publish files, by default the whole small site, into the output folder."""

    def write(files: Files | None = None, **how: object) -> Manifest:
        return publish(output, all_files() if files is None else files, **how)  # type: ignore[arg-type]  # passed on

    return write


@pytest.fixture
def files_of() -> Callable[..., Files]:
    return feed_files


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return the whole small site, made once as nothing can change it."""
    root = tmp_path_factory.mktemp("site")
    publish(root, all_files(), gone=("topics/old.atom", "topics/old.rss", "old.txt"))
    site = Site(base_url="https://feeds.example")
    found = load(root, settings=Settings(site=site))
    assert found is not None
    return found


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., object]]:
    """Start a server for a snapshot; it is stopped with the test."""
    running: list[tuple[asyncio.Server, Running, asyncio.Task[None]]] = []

    async def listen(
        snapshot: Snapshot | None, *, limits: Limits | None = None
    ) -> Running:
        clock = Clock()
        states: list[pages.Readiness] = []
        handler = Handler(clock=clock, readiness=lambda: pages.readiness(states[-1]))
        handler.snapshot = snapshot
        server = Server(handler, limits or Limits())
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(server, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        found = Running(port, handler, server, clock, states)
        running.append((listener, found, asyncio.create_task(server.reap())))
        return found

    yield listen
    for listener, found, reaper in running:
        reaper.cancel()
        listener.close()
        await found.server.drain(0.5)


@pytest.fixture
async def running(start: Callable[..., object], snapshot: Snapshot) -> Running:
    return await start(snapshot)  # type: ignore[misc,no-any-return]  # see `start`


@pytest.fixture
def ask(running: Running) -> Ask:
    return running.ask


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until a condition holds, which no event announces."""

    async def wait(condition: Callable[[], object]) -> None:
        for _ in range(800):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not happen in time")

    return wait
