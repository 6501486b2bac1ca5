"""Laws 5 and 7 over HTTP: what is served follows from the snapshot and the request."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import feedparser_sgmllib
import pytest
from reader import make_reader

from tests.laws.site import NOW, Piece, id_of, names, written

PROJECT = Path(__file__).parents[2]
_MOVING = {"date", "expires", "age"}  # what may differ between two answers

pytestmark = pytest.mark.timeout(40)


@contextlib.contextmanager
def serving(room, *flags):
    """Serve a newsroom from a process of its own; yields the process and its port."""
    command = [sys.executable, "-m", "server", "serve", "--port", "0", *flags]
    command += ["--source", str(room.articles), "--output", str(room.output)]
    log = room.root / "server.log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(  # noqa: S603 - ourselves
            command,
            cwd=room.root,
            # These tests build themselves, at an instant of their own.
            env={
                **os.environ,
                "PYTHONPATH": ":".join(
                    [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
                ),
                "STOKER_SCHEDULE__WATCH": "false",
            },
            stderr=stderr,
        ) as process,
    ):
        try:
            yield process, _port(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def _port(process, log):
    while process.poll() is None:
        found = re.search(r"serving http://127\.0\.0\.1:(\d+)", log.read_text())
        if found:
            return int(found[1])
    raise AssertionError(log.read_text())


def answer(port, target, **headers):
    """Return status, headers but for the moving ones, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", target, headers=named)
        got = connection.getresponse()
        kept = {k.lower(): v for k, v in got.getheaders() if k.lower() not in _MOVING}
        return got.status, kept, got.read()


@pytest.fixture
def room(newsroom):
    """Return a newsroom with three articles, built."""
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece(body="Text. " * 300)))
    room.build()
    return room


@pytest.fixture
def sgmllib(monkeypatch):
    """Stand in for a module that `reader` imports without requiring it."""
    monkeypatch.setitem(sys.modules, "sgmllib", feedparser_sgmllib)


REQUESTS = [
    ("/all.atom", {}),
    ("/all.rss", {"Accept_Encoding": "gzip"}),
    ("/topics/ferries.json", {"Accept_Encoding": "br;q=1, gzip;q=0.5"}),
    ("/topics/ferries", {"Accept": "text/html"}),
    ("/feeds.json", {"If_None_Match": '"other"'}),
    ("/", {}),
    ("/nothing", {}),
    ("/manifest.json", {}),
]


def all_answers(port):
    return [answer(port, target, **headers) for target, headers in REQUESTS]


def test_the_same_request_gets_the_same_answer(room):
    with serving(room, "--no-build") as (_, port):
        first, second = all_answers(port), all_answers(port)
    assert second == first
    assert [status for status, _, _ in first] == [200] * 6 + [404] * 2


def test_no_request_looks_into_the_folder(room):
    with serving(room, "--no-build") as (_, port):
        first = all_answers(port)
        for file in filter(Path.is_file, room.output.rglob("*")):
            file.write_bytes(b"somebody was here")
        assert all_answers(port) == first


def test_documents_are_served_as_they_lie_there(room):
    documents = {
        name: content
        for name, content in room.files().items()
        if name.endswith((".atom", ".rss", ".json", ".html"))
    }
    del documents["manifest.json"]
    with serving(room, "--no-build") as (_, port):
        served = {name: answer(port, _path(name))[2] for name in documents}
    assert served == documents


def _path(name):
    return f"/{name.replace('日本', '%E6%97%A5%E6%9C%AC')}"


def test_what_a_client_has_is_answered_304(room):
    with serving(room, "--no-build") as (_, port):
        _, facts, _ = answer(port, "/all.atom")
        by_tag = answer(port, "/all.atom", If_None_Match=facts["etag"])
        by_date = answer(port, "/all.atom", If_Modified_Since=facts["last-modified"])
    assert (by_tag[0], by_tag[2]) == (304, b"")
    assert (by_date[0], by_date[2]) == (304, b"")


@pytest.mark.parametrize("extension", ["atom", "rss", "json"])
# What feedparser and requests, which reader uses, warn of is not ours.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("sgmllib")
def test_a_feed_reader_sees_each_change_once(room, extension):
    with (
        serving(room, "--no-build") as (process, port),
        contextlib.closing(make_reader(":memory:")) as reader,
    ):
        url = f"http://127.0.0.1:{port}/topics/ferries.{extension}"
        reader.add_feed(url)
        first = reader.update_feed(url)
        assert (first.new, first.modified) == (3, 0)
        again = reader.update_feed(url)
        assert again is None or (again.new, again.modified) == (0, 0)
        changed = names(1)[0]
        room.write(changed, written(Piece(title="Storm closes the quay")))
        _, facts, _ = answer(port, f"/topics/ferries.{extension}")
        room.build(NOW + timedelta(hours=1))
        process.send_signal(signal.SIGHUP)
        while answer(port, f"/topics/ferries.{extension}")[1]["etag"] == facts["etag"]:
            pass
        later = reader.update_feed(url)
        assert (later.new, later.modified) == (0, 1)
        entry = reader.get_entry((url, id_of(changed)))
        assert entry.title == "Storm closes the quay"
        assert [each.id for each in reader.get_entries()]
