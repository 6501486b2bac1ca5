"""A full disk stops a build, never the feeds: what is published stays, and is served.

On a small file system of its own, which only root may mount.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.conftest import Site
from tests.system.test_kill import assert_whole, published
from tests.system.test_serve import serving

LATER = "2026-11-21T12:00:00Z"
LATEST = "2026-11-22T12:00:00Z"
KIB = 1024
SIZE_KIB = 8_192
INODES = 1_500
MOUNT = shutil.which("mount")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not MOUNT,
    reason="mounts a file system, which takes Linux and root",
)


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[None]:
    folder.mkdir()
    options = f"size={SIZE_KIB}k,nr_inodes={INODES}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "stoker-test", str(folder)]
    run = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        pytest.skip(f"may not mount: {run.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


class Disk:
    """A small file system with the output and the state of a site."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def leave(self, kib: int) -> None:
        """Take all space but so much."""
        whole = self._free_kib()
        with (self._folder / "filler").open("wb") as filler:
            filler.write(bytes((whole - kib) * KIB))

    def leave_inodes(self, count: int) -> None:
        """Take all inodes but so many."""
        (self._folder / "fillers").mkdir()
        left = os.statvfs(self._folder).f_favail
        for number in range(left - count):
            (self._folder / "fillers" / str(number)).touch()

    def free(self) -> None:
        (self._folder / "filler").unlink(missing_ok=True)
        shutil.rmtree(self._folder / "fillers", ignore_errors=True)

    def _free_kib(self) -> int:
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize // KIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk"):
        yield Disk(tmp_path / "disk")


@pytest.fixture
def small(site: Site, disk: Disk) -> Site:  # noqa: ARG001 - mounts what it names
    """Return a site on the small disk, built."""
    moved(site)
    assert site.build().returncode == 0
    return site


def moved(site: Site) -> None:
    settings = site.root / "stoker.toml"
    settings.write_text(f'{settings.read_text()}[output]\npath = "disk/output"\n')
    site.output = site.root / "disk" / "output"
    site.state = site.root / "disk" / "output-state"


def grow(site: Site) -> None:
    """Change every document, and make most of them longer."""
    for number in range(4):
        title = f"A longer story about the quay and all that lies there {number}"
        site.write(f"2026-11-04-{number}.md", title=title, topic=f"Quay {number}")


def temporaries(site: Site) -> list[str]:
    hidden = [file.name for file in site.output.rglob(".*")]
    return hidden + [f.name for f in site.state.iterdir() if "catalog" not in f.name]


FILLINGS = [
    *(pytest.param("leave", kib, id=f"{kib} KiB left") for kib in (0, 200)),
    *(pytest.param("leave_inodes", n, id=f"{n} inodes left") for n in (3, 60)),
]


@pytest.mark.parametrize(("fill", "left"), FILLINGS)
def test_r8_a_full_disk_stops_the_build_and_nothing_else(small, disk, fill, left):
    before = small.published()
    grow(small)
    getattr(disk, fill)(left)
    run = small.build(now=LATER)
    assert run.returncode == 1
    assert re.search(
        r"^stoker: .*(No space left|is full|disk I/O|unable to open)", run.stderr
    )
    assert "Traceback" not in run.stderr
    assert {n for n, _ in small.published().items() ^ before.items()} == set()
    assert assert_whole(small.output) == 0
    assert temporaries(small) == []
    disk.free()
    run = small.build(now=LATER)
    assert run.returncode == 0, run.stderr
    assert small.build(now=LATEST).stderr == ""
    # The same ledger, but another disk.
    shutil.copytree(small.state, small.root / "elsewhere-state")
    run = small.build("--force", "--output", "elsewhere", now=LATER)
    assert run.returncode == 0, run.stderr
    wanted = published(small.root / "elsewhere")
    assert {n for n, _ in small.published().items() ^ wanted.items()} == set()


def test_r8_a_first_build_that_finds_no_room_leaves_nothing_half_done(site, disk):
    moved(site)
    disk.leave(100)
    run = site.build()
    assert run.returncode == 1
    assert temporaries(site) == []
    assert published(site.output) == {}
    disk.free()
    assert site.build().returncode == 0


@pytest.mark.timeout(60)
def test_r8_serving_goes_on_and_follows_once_there_is_room(tmp_path, disk):
    site = Site(tmp_path)
    moved(site)
    settings = site.root / "stoker.toml"
    text = settings.read_text().replace("limit = 3", "limit = 50")
    settings.write_text(f'{text}\n[schedule]\ninterval = "2s"\n')
    site.write("first.md", title="First", date="2020-01-01T00:00:00Z")
    with serving(site) as served:
        _, fields, body = served.get("/all.atom")
        disk.leave(0)
        for number in range(4):
            served.write(f"{number}.md", f"Story {number}", topic=f"Quay {number}")
        served.until(lambda: "build failed" in served.log)
        assert "No space left" in served.log or "disk is full" in served.log
        again = served.get("/all.atom")
        assert (again[0], again[2]) == (200, body)
        assert again[1]["ETag"] == fields["ETag"]
        ready = json.loads(served.get("/readyz")[2])
        assert ready["last_build"]["ok"] is False
        assert served.process.poll() is None
        disk.free()
        # By itself, at the next run of the timetable at the latest.
        served.until(lambda: served.titles() >= {f"Story {n}" for n in range(4)}, 15)
        assert temporaries(site) == []
