"""Follows single edits from the write until a reader sees them, in the midst of others."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from random import Random

from lxml import etree

from tests.bench.editor import Editor
from tests.bench.readers import AsyncConnection, Judge, Question, ask

_ATOM = "{http://www.w3.org/2005/Atom}"
_NEWEST = 10  # an article among so many is not pushed out of its feed meanwhile
_EVERY_S = 2.0
_ASK_EVERY_S = 0.005
_LOST_S = 30.0


@dataclass(slots=True)
class Followed:
    """How long each edit took to be served, and which never were."""

    visible_s: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Changes a title that some feed shows, and waits for it."""

    editor: Editor
    judge: Judge
    followed: Followed
    rng: Random

    async def follow_for_ever(self, url: str, documents: Sequence[str]) -> None:
        """Every now and then, follow one edit, until cancelled."""
        async with _connected(url) as connection:
            while True:
                await asyncio.sleep(_EVERY_S)
                feeds = [path for path in documents if _is_followed(path)]
                if feeds:
                    await self._follow(connection, self.rng.choice(feeds))

    async def _follow(self, connection: AsyncConnection, path: str) -> None:
        answer = await ask(connection, Question(path=path), self.judge)
        if not answer or answer.head.status != 200:
            return
        names = [
            each for each in newest_in(answer.body, _NEWEST) if each in self.editor
        ]
        if not names:
            return
        name = self.rng.choice(names)
        self.editor.held.add(name)
        try:
            wanted = self.editor.retitle(name).encode()
            written_s = time.perf_counter()
            if await self._is_served(connection, path, answer.head.etag, wanted):
                self.followed.visible_s.append(time.perf_counter() - written_s)
            else:
                self.followed.lost.append(f"{name} in {path}")
        finally:
            self.editor.held.discard(name)

    async def _is_served(
        self, connection: AsyncConnection, path: str, etag: str, wanted: bytes
    ) -> bool:
        """Ask until a document holds `wanted`, or the time is up."""
        clock = asyncio.get_running_loop().time
        ends_s = clock() + _LOST_S
        while clock() < ends_s:
            answer = await ask(connection, Question(path=path, etag=etag), self.judge)
            if answer and wanted in answer.body:
                return True
            if answer and answer.head.status == 200:
                etag = answer.head.etag
            await asyncio.sleep(_ASK_EVERY_S)
        return False


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    connection = AsyncConnection(url)
    try:
        yield connection
    finally:
        connection.close()


def _is_followed(path: str) -> bool:
    """Whether it is a topic's feed in its default order: others look back a while."""
    return (
        path.startswith("/topics/") and path.endswith(".atom") and path.count("/") == 2
    )


def newest_in(document: bytes, count: int) -> list[str]:
    """Return the file names of the newest entries of an Atom document."""
    entries = sorted(
        etree.fromstring(document).iterfind(f"{_ATOM}entry"),
        key=lambda entry: entry.findtext(f"{_ATOM}published", ""),
        reverse=True,
    )
    ids = (entry.findtext(f"{_ATOM}id", "") for entry in entries[:count])
    return [each.rpartition("/")[2] for each in ids]
