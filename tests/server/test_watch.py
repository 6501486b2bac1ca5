"""What happens in real folders is told."""

import asyncio
import contextlib
import os
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from feeds.settings import Output, RegistryFiles, Schedule, Settings, Source
from server.watch import Watcher


@pytest.fixture
def root(tmp_path):
    folder = Path(os.path.realpath(tmp_path)) / "articles"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(root):
    return Settings(
        sources=(Source(path=str(root)),), output=Output(path=str(root / "output"))
    )


class Heard:
    """What a watcher has told."""

    def __init__(self, watcher_of):
        self.told = []
        self.watcher = watcher_of(self.told.append)

    async def until(self, *, names=None):
        """Wait until these files were told, or all, and forget what was told."""
        async with asyncio.timeout(4):
            while not self.told or names not in (None, self.names()):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        told, self.told[:] = list(self.told), []
        return told

    def names(self):
        return {os.path.basename(path) for told in self.told for path in told or ()}  # noqa: PTH119


@pytest.fixture
async def watching():
    async with contextlib.AsyncExitStack() as stack:

        async def start(settings):
            heard = Heard(lambda tell: Watcher(settings, on_touched=tell))
            task = asyncio.create_task(heard.watcher.run())

            async def end():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

            stack.push_async_callback(end)
            await asyncio.sleep(0.15)
            return heard

        yield start


async def test_a_media_file_is_told_as_it_comes_changes_and_goes(root, watching):
    media = root.parent / "media"
    (media / "2024").mkdir(parents=True)
    source = Source(path=str(root), media_path=str(media))
    heard = await watching(Settings(sources=(source,)))
    file = media / "2024" / "one.mp3"
    for change in (file.touch, lambda: file.write_bytes(b"x"), file.unlink):
        change()
        assert await heard.until() == [frozenset({str(file)})]


async def test_a_file_that_is_saved_is_told(root, settings, watching):
    heard = await watching(settings)
    (root / ".new").write_text("text")
    (root / ".new").replace(root / "a.md")
    assert await heard.until() == [frozenset({f"{root}/a.md"})]


async def test_a_new_folder_and_what_is_in_it_is_told(root, settings, watching):
    heard = await watching(settings)
    (root / "2026").mkdir()
    (root / "2026" / "a.md").write_text("text")
    assert None in await heard.until()
    await asyncio.sleep(0.1)
    (root / "2026" / "b.md").write_text("text")
    await heard.until(names={"b.md"})


async def test_a_storm_is_told_meanwhile_and_whole(root, settings, watching):
    heard = await watching(settings)
    for number in range(100):
        (root / f"{number}.md").write_text("text")
        await asyncio.sleep(0.006)
    assert heard.told
    await heard.until(names={f"{number}.md" for number in range(100)})
    assert len(heard.told) < 20


async def test_it_waits_until_it_is_quiet(root, settings, watching):
    slow = Schedule(debounce=timedelta(milliseconds=300))
    heard = await watching(msgspec.structs.replace(settings, schedule=slow))
    for _ in range(4):
        (root / "a.md").write_text("text")
        await asyncio.sleep(0.1)
    assert not heard.told
    assert await heard.until() == [frozenset({f"{root}/a.md"})]


async def test_a_folder_that_is_made_later_is_watched(root, settings, watching):
    shutil.rmtree(root)
    heard = await watching(settings)
    root.mkdir()
    assert await heard.until() == [None]
    await asyncio.sleep(0.1)
    (root / "a.md").write_text("text")
    await heard.until(names={"a.md"})


async def test_a_link_that_leads_elsewhere_is_followed(root, settings, watching):
    (root.parent / "one").mkdir()
    (root.parent / "two").mkdir()
    link = root.parent / "current"
    link.symlink_to("one")
    sources = (Source(path=str(link)),)
    heard = await watching(msgspec.structs.replace(settings, sources=sources))
    (root.parent / "next").symlink_to("two")
    (root.parent / "next").replace(link)
    assert await heard.until() == [None]
    await asyncio.sleep(0.1)
    (root.parent / "two" / "a.md").write_text("text")
    await heard.until(names={"a.md"})


async def test_other_settings_are_followed(root, settings, watching):
    off = msgspec.structs.replace(settings, schedule=Schedule(watch=False))
    heard = await watching(off)
    (root / "a.md").write_text("text")
    await asyncio.sleep(0.1)
    assert not heard.told
    other = root.parent / "data"
    (other / "topics").mkdir(parents=True)
    heard.watcher.reconfigure(
        msgspec.structs.replace(settings, registry=RegistryFiles(folders=(str(other),)))
    )
    assert await heard.until() == [None]
    await asyncio.sleep(0.15)
    (other / "topics" / "t.yaml").write_text("name: Trains")
    await heard.until(names={"t.yaml"})


async def test_data_beside_a_source_are_watched_once_they_are_there(
    root, settings, watching
):
    posts, data = root.parent / "_posts", root.parent / "_data"
    posts.mkdir()
    heard = await watching(
        msgspec.structs.replace(settings, sources=(Source(path=str(posts)),))
    )
    (data / "topics").mkdir(parents=True)
    assert await heard.until() == [None]
    await asyncio.sleep(0.15)
    (data / "topics" / "t.yaml").write_text("name: Trains")
    await heard.until(names={"t.yaml"})


@pytest.mark.parametrize("at", ["root", "below"])
async def test_names_that_are_no_text_are_said_and_tried_again(
    root, settings, watching, caplog, at
):
    """The library for watching gives up at the sight of one."""
    odd = os.fsencode(root) + b"/\xff"
    os.mkdir(odd)  # noqa: PTH102 - bytes
    sources = (Source(path=os.fsdecode(odd) if at == "root" else str(root)),)
    heard = await watching(msgspec.structs.replace(settings, sources=sources))
    os.listdir(odd)  # noqa: PTH208
    await asyncio.sleep(0.05)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    os.rmdir(odd)  # noqa: PTH106
    heard.watcher.reconfigure(settings)
    assert await heard.until() == [None]
    await asyncio.sleep(0.1)
    (root / "a.md").write_text("text")
    await heard.until(names={"a.md"})
