"""A build killed at any instant leaves each document whole; the next one repairs all.

STOKER_KILLS says how many builds are killed (15).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard
from isal import igzip
from lxml import etree

from feeds.output import read_manifest
from feeds.snapshot import etag_of
from tests.bench.generate import articles
from tests.system.conftest import ENVIRON

KILLS = int(os.environ.get("STOKER_KILLS", "15"))
SEED = int(os.environ.get("STOKER_KILL_SEED", "1"))
FIRST = datetime(2026, 11, 20, 12, tzinfo=UTC)
DECODERS = {
    "identity": bytes,
    "gzip": igzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda content: zstandard.ZstdDecompressor().decompress(content),
}


def start(site: Path, output: str, now: datetime, *flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "server", "build", "--source", "articles"]
    command += ["--output", output, "--now", now.isoformat(), *flags]
    return subprocess.Popen(  # noqa: S603 - ourselves
        command, cwd=site, env=ENVIRON, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> None:
    _, logged = process.communicate(timeout=60)
    assert process.returncode == 0, logged


def edit(site: Path, chance: random.Random, number: int) -> None:
    """Retitle, delete and add articles."""
    files = sorted((site / "articles").iterdir())
    for file in chance.sample(files, 12):
        text = file.read_text("utf-8")
        at = text.index("title: ")
        file.write_text(f'{text[:at]}title: "Edit {number}"\nwas-{text[at:]}', "utf-8")
    chance.choice(files).unlink()
    ((_, text),) = articles(1, seed=1_000 + number)
    (site / "articles" / f"new-{number}.md").write_text(text, "utf-8")


def assert_whole(output: Path) -> int:
    """Assert that what the manifest names is there and whole; return how many are new."""
    manifest = read_manifest(output)
    if manifest is None:
        assert not (output / "manifest.json").exists()
        return 0
    newer = 0
    for document in manifest.documents:
        for each in document.representations:
            content = (output / each.file).read_bytes()
            if etag_of(content) != each.etag:
                newer += 1
                assert_complete(document.path, DECODERS[each.coding](content))
    return newer


def assert_complete(path: str, body: bytes) -> None:
    if path.endswith(".json"):
        json.loads(body)
    elif path.endswith(".html"):
        assert body.endswith(b"</html>\n")
    else:
        etree.fromstring(body)


def aim(process: subprocess.Popen[str], output: Path, chance: random.Random) -> None:
    """Wait until a build writes documents, or begins to move them into place."""
    staging = output / ".stoker-staging"
    while process.poll() is None and not staging.exists():
        pass
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0, 0.3))
        return
    # The folder changes with each name in it: the first is staging, the rest renames.
    staged = output.stat().st_mtime_ns
    while process.poll() is None and output.stat().st_mtime_ns == staged:
        pass
    time.sleep(chance.uniform(0, 0.02))


def published(output: Path) -> dict[str, tuple[int, bytes]]:
    return {
        file.relative_to(output).as_posix(): (
            file.stat().st_mtime_ns,
            file.read_bytes(),
        )
        for file in output.rglob("*")
        if file.is_file()
    }


@pytest.mark.timeout(60 + 3 * KILLS)
def test_no_kill_leaves_a_torn_document(tmp_path):
    chance = random.Random(SEED)  # noqa: S311 - must be repeatable
    (tmp_path / "articles").mkdir()
    for name, text in articles(80):
        (tmp_path / "articles" / name).write_text(text, "utf-8")
    output = tmp_path / "output"
    started = time.monotonic()
    process = start(tmp_path, "output", FIRST)
    finish(process)
    whole_s = time.monotonic() - started
    now = FIRST
    caught = {"killed": 0, "between two documents": 0}
    for number in range(KILLS):
        edit(tmp_path, chance, number)
        now += timedelta(minutes=1)
        process = start(tmp_path, "output", now)
        if number % 3 == 0:
            time.sleep(chance.uniform(0.2, 1.1) * whole_s)
        else:
            aim(process, output, chance)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        caught["killed"] += process.returncode == -signal.SIGKILL
        caught["between two documents"] += assert_whole(output) > 0
    edit(tmp_path, chance, KILLS)
    now += timedelta(minutes=1)
    # A build from nothing but the articles and the ledger.
    shutil.copytree(tmp_path / "output-state", tmp_path / "fresh-state")
    finish(start(tmp_path, "fresh", now, "--force"))
    finish(start(tmp_path, "output", now))
    assert published(output) == published(tmp_path / "fresh")
    assert assert_whole(output) == 0
    sys.stdout.write(f"{caught}\n")
    assert caught["killed"]
