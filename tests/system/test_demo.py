"""`stoker demo`: a sample site, served, that follows every edit."""

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.system.conftest import ENVIRON

pytestmark = pytest.mark.timeout(60)


@contextlib.contextmanager
def demo(folder):
    """Run the demo; yields the process."""
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "server", "demo", "site", "--port", "0"],
            cwd=folder,
            env=ENVIRON,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=15)


def titles(url):
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
        return [item["title"] for item in json.load(answer)["items"]]


def test_demo_serves_and_follows_an_edit(tmp_path):
    with demo(tmp_path) as process:
        urls = [process.stdout.readline().strip()]
        assert urls[0].startswith("http://127.0.0.1:")
        base = urls[0].rpartition("/")[0]
        before = titles(f"{base}/all.json")
        articles = (tmp_path / "site" / "articles").glob("*.md")
        article, text = next(
            (file, text)
            for file in articles
            if "published: true" in (text := file.read_text("utf-8"))
        )
        line = next(row for row in text.split("\n") if row.startswith("title:"))
        article.write_text(text.replace(line, 'title: "Edited just now"'), "utf-8")
        until(lambda: "Edited just now" in titles(f"{base}/all.json"))
        assert len(titles(f"{base}/all.json")) == len(before) > 10
    assert process.returncode == 0


def until(is_so, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_demo_prints_addresses_that_answer(tmp_path):
    with demo(tmp_path) as process:
        first = process.stdout.readline().strip()
        assert titles(first.rpartition("/")[0] + "/all.json")
        with urllib.request.urlopen(first, timeout=5) as answer:  # noqa: S310 - loopback
            assert answer.status == 200
