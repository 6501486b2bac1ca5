"""Feed readers as people run them: they subscribe, update, and get a 304."""

import asyncio
import logging
import sys

import feedparser
import feedparser_sgmllib
import pytest
from reader import make_reader


@pytest.fixture(autouse=True)
def sgmllib(monkeypatch):
    """Stand in for a module that `reader` imports without requiring it."""
    monkeypatch.setitem(sys.modules, "sgmllib", feedparser_sgmllib)


@pytest.fixture
def seen(caplog):
    """Return what the server answered so far: (target, status)."""
    caplog.set_level(logging.DEBUG, "server.handlers")

    def answered():
        records = [r for r in caplog.records if r.message == "answered"]
        return [(record.target, record.status) for record in records]

    return answered


@pytest.mark.parametrize("target", ["/all.atom", "/all.rss", "/all"])
async def test_feedparser(running, seen, target):
    url = running.url + target
    first = await asyncio.to_thread(feedparser.parse, url)
    assert first.status == 200
    assert not first.bozo
    assert len(first.entries) == 40
    second = await asyncio.to_thread(feedparser.parse, url, etag=first.etag)
    third = await asyncio.to_thread(feedparser.parse, url, modified=first.modified)
    assert (second.status, third.status) == (304, 304)
    assert seen() == [(target, 200), (target, 304), (target, 304)]


async def test_reader(running, seen):
    def subscribe_and_update_twice(url):
        with make_reader(":memory:") as reader:
            reader.add_feed(url)
            first = reader.update_feed(url)
            second = reader.update_feed(url)
            titles = {entry.title for entry in reader.get_entries()}
            return first, second, titles

    url = running.url + "/topics/%E6%97%A5%E6%9C%AC"
    first, second, titles = await asyncio.to_thread(subscribe_and_update_twice, url)
    assert first is not None
    assert first.new == 40
    assert second is None  # nothing changed
    assert titles == {f"Article {number}" for number in range(40)}
    assert [status for _, status in seen()] == [200, 304]


async def test_reader_learns_of_a_gone_feed(running, seen):
    def update(url):
        with make_reader(":memory:") as reader:
            reader.add_feed(url)
            reader.update_feeds()
            return reader.get_feed(url).last_exception

    error = await asyncio.to_thread(update, running.url + "/topics/old.atom")
    assert "410" in str(error)
    assert seen() == [("/topics/old.atom", 410)]
