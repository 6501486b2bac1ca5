"""A build stopped at, or refused, one system call: documents stay whole, then heal.

STOKER_FAULTS says how many places are tried (8), or "all". Needs strace.
"""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.conftest import ARTICLE, ENVIRON
from tests.system.test_kill import assert_whole, published

FAULTS = os.environ.get("STOKER_FAULTS", "8")
# Calls that change something on disk, and how often one thread of this build makes each.
CALLS = {
    "rename": 22,
    "fsync": 11,
    "fdatasync": 5,
    "pwrite64": 24,
    "write": 23,
    "utimensat": 22,
    "unlink": 3,
    "rmdir": 1,
    "syncfs": 1,
    "ftruncate": 2,
    "mkdir": 3,
}
HOWS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")
SETTINGS = """\
[[sources]]
path = "articles"
[feeds]
formats = ["atom"]
orders = ["latest"]
html = false
[output]
encodings = ["gzip"]
"""


def places() -> list[tuple[str, int, str]]:
    every = [
        (call, number, how)
        for call, count in CALLS.items()
        for number in range(1, count + 1)
        for how in HOWS
    ]
    if FAULTS == "all":
        return every
    return random.Random(FAULTS).sample(every, int(FAULTS))  # noqa: S311 - repeatable


def build(site: Path, *tracer: str) -> subprocess.CompletedProcess[str]:
    command = [*tracer, sys.executable, "-m", "server", "build", "--jobs", "1"]
    return subprocess.run(  # noqa: S603 - ourselves
        [*command, "--now", "2026-11-20T12:00:00Z"],
        cwd=site,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def works(strace: str | None) -> bool:
    """Return whether strace is here and may trace."""
    return (
        bool(strace)
        and not subprocess.run(  # noqa: S603 - what it is called
            [strace, "-o", os.devnull, "true"], check=False, capture_output=True
        ).returncode
    )


pytestmark = [
    pytest.mark.skipif(not works(shutil.which("strace")), reason="needs strace"),
    pytest.mark.timeout(60),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict]]:
    """Return a site with a change to be built, and what that build makes."""
    root = tmp_path_factory.mktemp("faults")
    site = root / "site"
    (site / "articles").mkdir(parents=True)
    (site / "stoker.toml").write_text(SETTINGS)
    facts = {"date": "2026-11-10T08:00:00Z", "published": "true", "secured": "none"}

    def write(title: str, topic: str) -> None:
        text = ARTICLE.format(title=title, topic=topic, **facts)
        (site / "articles" / "a.md").write_text(f"{text}\n{'Text. ' * 400}")

    write("Ferry timetable", "Ferries")
    build(site)
    write("Storm closes the quay", "Storms")
    expected = root / "expected"
    shutil.copytree(site, expected)
    build(expected)
    return site, published(expected / "output")


@pytest.mark.parametrize(("call", "number", "how"), places(), ids=str)
def test_one_fault_costs_no_document(base, tmp_path, call, number, how):
    pristine, expected = base
    site = tmp_path / "site"
    shutil.copytree(pristine, site)
    inject = f"inject={call}:{how}:when={number}"
    trace = ("strace", "-f", "-o", os.devnull, "-e", f"trace={call}", "-e", inject)
    run = build(site, *trace)
    assert_whole(site / "output")
    if "error" in how and call != "write":  # what is said of it is written, too
        assert run.returncode in (0, 1)
        assert "Traceback" not in run.stderr
        assert (run.returncode == 1) == ("stoker: " in run.stderr)
    healed = build(site)
    assert healed.returncode == 0, healed.stderr
    assert published(site / "output") == expected
