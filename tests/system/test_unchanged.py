"""A build that would find nothing to do ends before it begins, and no other one does."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds import stamp
from tests.system.conftest import Site

NOW_S = 2_000_000_000  # in the year 2033
DONE, QUARANTINE = 0, 3


@pytest.fixture
def settled(empty_site: Site) -> Site:
    """Return a site that was built by the clock, with nothing left open."""
    for name in ("a.md", "b.md"):
        empty_site.write(name, title=name)
    (empty_site.root / "data/topics").mkdir(parents=True)
    (empty_site.root / "data/topics/ferries.yaml").write_text("name: Ferries\n")
    os.utime(empty_site.root / "data/topics/ferries.yaml", (1_767_225_600,) * 2)
    settings = empty_site.root / "stoker.toml"
    settings.write_text(settings.read_text() + '[registry]\nfolders = ["data"]\n')
    run = empty_site.stoker("build", "--json")
    assert run.returncode == DONE, run.stderr
    return empty_site


def file_of(site: Site) -> Path:
    return site.state / stamp.FILE_NAME


def answer(site: Site, now_s: float = NOW_S) -> tuple[int, str] | None:
    """Return what a build by the same words would answer without a look further."""
    given = json.loads(file_of(site).read_text())["given"]
    return stamp.answer(str(file_of(site)), given, now_s)


def mark(site: Site) -> None:
    """Have a build that is answered by the stamp say so."""
    kept = json.loads(file_of(site).read_text())
    file_of(site).write_text(json.dumps({**kept, "said": "by the stamp"}))


def test_p4_the_second_build_says_what_it_would_and_loads_nothing(settled):
    first = answer(settled)
    assert first is not None
    code, said = first
    assert code == DONE
    assert json.loads(said)["now"] == "2033-05-18T03:33:20Z"
    kept = settled.files()
    mark(settled)
    run = settled.stoker("build", "--json")
    assert (run.returncode, run.stdout, run.stderr) == (DONE, "by the stamp\n", "")
    mark_free = {k: v for k, v in settled.files().items() if "unchanged" not in k}
    assert mark_free.items() <= kept.items()


def test_it_says_what_a_build_says_that_looks_at_everything(settled):
    (settled.state / stamp.FILE_NAME).unlink()
    looked = settled.stoker("build", "--json")
    _, said = answer(settled)
    now = json.loads(looked.stdout)["now"]
    assert json.loads(said) == {**json.loads(looked.stdout), "now": now} | {
        "now": json.loads(said)["now"]
    }


def test_quarantine_is_told_by_the_exit_code_again(settled):
    settled.write_text("broken.md", '---\ntitle: "never closed\n---\n')
    assert settled.stoker("build").returncode == QUARANTINE
    assert answer(settled) == (QUARANTINE, "")
    assert settled.stoker("build").returncode == QUARANTINE


def article(site: Site) -> Path:
    return site.articles / "a.md"


def rewritten(file: Path) -> None:
    """Change a file's content, but neither its size nor its modification time."""
    times = file.stat().st_mtime_ns
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    os.utime(file, ns=(times, times))


CHANGES: dict[str, Callable[[Site], object]] = {
    "an article is written": lambda site: site.write("a.md", title="Another"),
    "one is touched": lambda site: article(site).touch(),
    "one is deleted": lambda site: article(site).unlink(),
    "one is renamed": lambda site: article(site).rename(site.articles / "z.md"),
    "one is added": lambda site: site.write("c.md"),
    "one is replaced by a link": lambda site: (
        article(site).unlink(),
        article(site).symlink_to("b.md"),
    ),
    "the articles are elsewhere": lambda site: (
        site.articles.rename(site.root / "moved"),
        site.articles.symlink_to("moved"),
    ),
    "a registry file is added": lambda site: (
        site.root / "data/topics/fog.yaml"
    ).write_text("name: Fog\n"),
    "a registry file is changed": lambda site: (
        site.root / "data/topics/ferries.yaml"
    ).write_text("name: Boats\n"),
    "one may not be read": lambda site: (site.root / "data/topics/ferries.yaml").chmod(
        0
    ),
    "the settings are changed": lambda site: rewritten(site.root / "stoker.toml"),
    "the settings are gone": lambda site: (site.root / "stoker.toml").unlink(),
    "a document is edited": lambda site: (site.output / "all.atom").write_text("x"),
    "one is touched there": lambda site: (site.output / "all.atom").touch(),
    "one is gone": lambda site: (site.output / "all.atom.gz").unlink(),
    "another file is there": lambda site: (site.output / "new.html").write_text(""),
    "the manifest is edited": lambda site: rewritten(site.output / "manifest.json"),
    "the catalog is edited": lambda site: rewritten(site.state / "catalog.sqlite3"),
    "the catalog is gone": lambda site: (site.state / "catalog.sqlite3").unlink(),
    "a server writes it": lambda site: (site.state / "catalog.sqlite3-wal").write_bytes(
        b""
    ),
    "the stamp is torn": lambda site: file_of(site).write_bytes(
        file_of(site).read_bytes()[:200]
    ),
    "the stamp is of another kind": lambda site: file_of(site).write_text(
        '{"given": "x"}'
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_all_is_looked_at(settled, change):
    given = json.loads(file_of(settled).read_text())["given"]
    assert stamp.answer(str(file_of(settled)), given, NOW_S) is not None
    change(settled)
    assert stamp.answer(str(file_of(settled)), given, NOW_S) is None


def test_hidden_files_and_those_of_editors_change_nothing(settled):
    (settled.articles / ".a.md.swp").write_text("")
    (settled.articles / "picture.jpg").write_text("")
    assert answer(settled) is not None


def test_an_article_that_is_due_or_expires_ends_it(empty_site):
    empty_site.write("later.md", date="2040-01-01T00:00:00Z")
    empty_site.stoker("build")
    due_s = 2_208_988_800
    assert answer(empty_site, due_s - 1) is not None
    assert answer(empty_site, due_s) is None


def test_a_clock_set_back_ends_it(settled):
    since = json.loads(file_of(settled).read_text())["since"]
    assert answer(settled, since) is not None
    assert answer(settled, since - 1) is None


@pytest.mark.parametrize(
    "words",
    [("--force",), ("--dry-run",), ("--now", "2033-01-01"), ("--accept-loss",)],
    ids=" ".join,
)
def test_a_build_that_asks_for_more_neither_heeds_nor_leaves_one(settled, words):
    mark(settled)
    run = settled.stoker("build", "--json", *words)
    assert "by the stamp" not in run.stdout
    kept = json.loads(file_of(settled).read_text())
    assert kept["said"] == "by the stamp"


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ((), {}),
        (("--json", "--jobs", "1"), {}),
        (("--json",), {"STOKER_FEEDS__LIMIT": "2"}),
        (("--json", "--base-url", "https://other.example"), {}),
    ],
    ids=["other words", "more words", "another setting", "another address"],
)
def test_it_answers_only_to_the_same_words_and_environment(settled, words, env):
    mark(settled)
    run = settled.stoker("build", *words, env=env)
    assert (run.returncode, "by the stamp" in run.stdout) == (DONE, False)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("--state", "kept"), "kept"),
        (("--state=kept",), "kept"),
        (("--output", "out/there/"), "out/there-state"),
        (("-c", "etc/other.toml"), "etc/public-state"),
        (("-c", "etc/stated.toml"), "etc/state"),
    ],
    ids=" ".join,
)
def test_it_is_found_wherever_the_catalog_is(empty_site, words, state):
    empty_site.write("a.md")
    etc = empty_site.root / "etc"
    etc.mkdir()
    source = '[[sources]]\npath = "../articles"\n'
    (etc / "other.toml").write_text(f'[output]\npath = "public"\n{source}')
    (etc / "stated.toml").write_text(f'[output]\nstate = "state"\n{source}')
    assert empty_site.stoker("build", *words).returncode == DONE
    empty_site.state = empty_site.root / state
    mark(empty_site)
    assert empty_site.stoker("build", *words).stdout == "by the stamp\n"


@pytest.mark.parametrize("variable", ["STOKER_OUTPUT__STATE", "STOKER_OUTPUT__PATH"])
def test_it_is_found_by_the_environment_too(empty_site, variable):
    empty_site.write("a.md")
    env = {variable: "kept"}
    assert empty_site.stoker("build", env=env).returncode == DONE
    is_state = variable.endswith("STATE")
    empty_site.state = empty_site.root / ("kept" if is_state else "kept-state")
    mark(empty_site)
    assert empty_site.stoker("build", env=env).stdout == "by the stamp\n"


class TestNothingIsWrittenDown:
    def assert_open(self, site: Site) -> None:
        site.stoker("build")
        assert not file_of(site).exists()

    def test_of_a_file_that_cannot_be_told(self, empty_site):
        empty_site.write("a.md")
        os.mkfifo(empty_site.articles / "pipe.md")
        self.assert_open(empty_site)

    def test_of_a_file_that_may_still_change_unseen(self, empty_site):
        empty_site.write("a.md")
        article(empty_site).touch()
        self.assert_open(empty_site)

    def test_where_a_history_is_asked(self, empty_site):
        empty_site.write("a.md")
        settings = empty_site.root / "stoker.toml"
        settings.write_text(
            settings.read_text().replace('"articles"', '"articles"\nundated = "git"')
        )
        self.assert_open(empty_site)

    def test_where_media_files_are_measured(self, empty_site):
        empty_site.write("a.md")
        (empty_site.root / "media").mkdir()
        settings = empty_site.root / "stoker.toml"
        settings.write_text(
            settings.read_text().replace(
                '"articles"',
                '"articles"\nmedia_path = "media"\nmedia_url = "https://m.example/"',
            )
        )
        self.assert_open(empty_site)

    def test_of_a_catalog_that_was_made_anew(self, settled):
        """It is true that what is told once is not taken back by the stamp."""
        file_of(settled).unlink()
        (settled.state / "catalog.sqlite3").write_bytes(b"no database" * 1000)
        run = settled.stoker("build")
        assert "set aside" in run.stderr
        assert not file_of(settled).exists()


def test_a_build_after_that_of_a_server_looks_again(settled):
    """It is true that a catalog which others wrote counts as another."""
    with sqlite3.connect(settled.state / "catalog.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 4")
    assert answer(settled) is None
