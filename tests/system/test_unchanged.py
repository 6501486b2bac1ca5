"""A build that would find nothing to do ends before it begins, and says the same."""

import json
import os
import subprocess
import sys

import pytest

from feeds import stamp
from tests.feeds.zone_data import write_zone
from tests.system.conftest import ENVIRON, Site

DONE, QUARANTINE = 0, 3
MARK = "by the stamp"


@pytest.fixture
def settled(empty_site: Site) -> Site:
    """Return a site that was built by the clock, with nothing left open."""
    for name in ("a.md", "b.md"):
        empty_site.write(name, title=name)
    os.utime(empty_site.root / "stoker.toml", (1_767_225_600,) * 2)
    run = empty_site.stoker("build", "--json")
    assert run.returncode == DONE, run.stderr
    return empty_site


def mark(site: Site) -> None:
    """Have a build that is answered by the stamp say so."""
    file = site.state / stamp.FILE_NAME
    file.write_text(json.dumps({**json.loads(file.read_text()), "said": MARK}))


def test_p9_the_second_build_ends_at_once_and_touches_nothing(settled):
    mark(settled)
    kept = settled.files()
    run = settled.stoker("build", "--json")
    assert (run.returncode, run.stdout, run.stderr) == (DONE, f"{MARK}\n", "")
    assert settled.files() == kept


def test_it_says_what_a_build_says_that_looks_at_everything(settled):
    stamped = json.loads(settled.stoker("build", "--json").stdout)
    (settled.state / stamp.FILE_NAME).unlink()
    looked = json.loads(settled.stoker("build", "--json").stdout)
    assert stamped.pop("now") <= looked.pop("now")
    assert stamped == looked


def test_quarantine_is_told_by_the_exit_code_again(settled):
    settled.write_text("broken.md", '---\ntitle: "never closed\n---\n')
    assert settled.stoker("build").returncode == QUARANTINE
    assert (settled.state / stamp.FILE_NAME).exists()
    assert settled.stoker("build").returncode == QUARANTINE


@pytest.mark.parametrize(
    "words",
    [("--force",), ("--dry-run",), ("--now", "2033-01-01"), ("--accept-loss",)],
    ids=" ".join,
)
def test_a_build_that_asks_for_more_neither_heeds_nor_leaves_one(settled, words):
    mark(settled)
    run = settled.stoker("build", "--json", *words)
    assert MARK not in run.stdout
    assert json.loads((settled.state / stamp.FILE_NAME).read_text())["said"] == MARK


def test_it_answers_only_to_the_same_words_and_environment(settled):
    mark(settled)
    run = settled.stoker("build", "--json", env={"STOKER_FEEDS__LIMIT": "2"})
    assert (run.returncode, MARK in run.stdout) == (DONE, False)
    mark(settled)
    run = settled.stoker("build", "--json", "--base-url", "https://other.example")
    assert (run.returncode, MARK in run.stdout) == (DONE, False)


def test_a_settings_file_that_is_a_pipe_is_read_but_once(settled):
    settings = settled.root / "stoker.toml"
    command = [sys.executable, "-m", "server", "build", "--source", "articles"]
    run = subprocess.run(  # noqa: S603 - ourselves
        [*command, "--json", "-c", "/dev/stdin", "--output", "elsewhere"],
        cwd=settled.root,
        env=ENVIRON,
        input=settings.read_text(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (DONE, "")
    assert json.loads(run.stdout)["articles"] == 2


def test_a_folder_that_is_gone_is_told_in_one_line(settled):
    run = settled.run_shell('mkdir gone; cd gone; rmdir ../gone; "$@"', "build")
    assert (run.returncode, run.stderr) == (1, "stoker: No such file or directory\n")


def test_of_a_catalog_that_was_made_anew_it_tells_again(settled):
    """It is true that what is told once is not taken back by a stamp."""
    (settled.state / stamp.FILE_NAME).unlink()
    (settled.state / "catalog.sqlite3").write_bytes(b"no database" * 1000)
    run = settled.stoker("build")
    assert "set aside" in run.stderr
    assert not (settled.state / stamp.FILE_NAME).exists()


def test_new_data_of_the_time_zone_are_looked_at(settled):
    """It is true of data that change, and of those that come in a better place."""
    zones = settled.root / "zones"
    write_zone(zones / "two" / "Test" / "Zone", 1)
    environ = {
        "STOKER_SITE__TIME_ZONE": "Test/Zone",
        "PYTHONTZPATH": f"{zones / 'one'}{os.pathsep}{zones / 'two'}",
    }
    for place, hours in (("two", 1), ("two", 2), ("one", 3)):
        write_zone(zones / place / "Test" / "Zone", hours)
        run = settled.stoker("build", "--json", env=environ)
        assert (run.returncode, MARK in run.stdout) == (DONE, False), run.stderr
        assert json.loads(run.stdout)["parsed"] == len(("a.md", "b.md"))
        settled.stoker("build", "--json", env=environ)
        mark(settled)
        again = settled.stoker("build", "--json", env=environ)
        assert again.stdout == f"{MARK}\n"


def test_zones_from_elsewhere_are_another_environment(settled):
    mark(settled)
    run = settled.stoker("build", "--json", env={"PYTHONTZPATH": "/usr/share/zoneinfo"})
    assert (run.returncode, MARK in run.stdout) == (DONE, False)
