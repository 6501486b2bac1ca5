"""A stamp is left by a build that left nothing open, and holds until something changes."""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds import stamp
from feeds.errors import Problem
from feeds.pipeline import regenerate
from feeds.settings import load, state_path
from server.__main__ import state_folder
from server.cli import standing

NOW_S = 4_000_000_000  # in the year 2096: no build here is later
LONG_PAST = (1_767_225_600, 1_767_225_600)
SETTINGS = """\
[[sources]]
path = "articles"

[[sources]]
path = "more"

[registry]
folders = ["data"]

[feeds]
orders = ["latest"]
formats = ["json"]
html = false

[output]
encodings = ["gzip"]
"""


class Press:
    """A site whose builds leave stamps, all of it long past."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output, self.state = root / "output", root / "output-state"
        self.file = self.state / stamp.FILE_NAME
        self.write("stoker.toml", SETTINGS)
        self.write("articles/a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nA\n")
        self.write("articles/b.md", "---\ntitle: B\ndate: 2026-01-01\n---\nB\n")
        self.write("data/topics/ferries.yaml", "name: Ferries\n")
        (root / "more").mkdir()
        self.keep = standing.keep

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, LONG_PAST)

    def build(self, caller: str = "me") -> None:
        config = self.root / "stoker.toml"
        now_ns = time.time_ns()
        trace = standing.trace_of_settings(str(config), now_ns)
        settings = load(config, environ={}, flags={}, folder=self.root).settings
        seen = trace and standing.look(settings, trace, caller, now_ns)

        def keep(found, shelf, report):
            if seen:
                self.keep(seen, found, shelf, report, code=0, said="")

        now = datetime.now(UTC)  # noqa: TID251 - the clock of files
        regenerate(settings, now=now, clock=time.time_ns, jobs=1, keep=keep)

    def answer(self, now_s: float = NOW_S) -> tuple[int, str] | None:
        return stamp.answer(str(self.file), "me", now_s)


@pytest.fixture
def press(tmp_path):
    return Press(tmp_path)


@pytest.fixture
def settled(press):
    press.build()
    assert press.answer() == (0, "")
    return press


def rewrite(file: Path) -> None:
    """Change a file's content, but neither its size nor its modification time."""
    times = file.stat().st_mtime_ns
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    os.utime(file, ns=(times, times))


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def link_instead(file: Path, target: str) -> None:
    file.unlink()
    file.symlink_to(target)


def move_and_link(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.symlink_to("moved")


CHANGES: dict[str, Callable[[Path], object]] = {
    "an article is written": lambda root: (root / "articles/a.md").write_text("A"),
    "one is touched": lambda root: (root / "articles/a.md").touch(),
    "one is deleted": lambda root: (root / "articles/a.md").unlink(),
    "one is renamed": lambda root: (root / "articles/a.md").rename(
        root / "articles/z.md"
    ),
    "two are swapped": lambda root: swap(
        root / "articles/a.md", root / "articles/b.md"
    ),
    "one is added": lambda root: (root / "articles/c.md").write_text("C"),
    "one is added to an empty source": lambda root: (root / "more/c.md").write_text(""),
    "one becomes a link": lambda root: link_instead(root / "articles/a.md", "b.md"),
    "one becomes a pipe": lambda root: (
        (root / "articles/a.md").unlink(),
        os.mkfifo(root / "articles/a.md"),
    ),
    "the articles are elsewhere": lambda root: move_and_link(root / "articles"),
    "an empty source is gone": lambda root: (root / "more").rmdir(),
    "an empty source is elsewhere": lambda root: move_and_link(root / "more"),
    "a registry is added": lambda root: (root / "data/topics/fog.yaml").write_text(""),
    "one is changed": lambda root: rewrite(root / "data/topics/ferries.yaml"),
    "one may not be read": lambda root: (root / "data/topics/ferries.yaml").chmod(0),
    "all are gone": lambda root: shutil.rmtree(root / "data"),
    "the settings are changed": lambda root: rewrite(root / "stoker.toml"),
    "the settings are gone": lambda root: (root / "stoker.toml").unlink(),
    "a document is edited": lambda root: (root / "output/all.json").write_text("x"),
    "one is touched there": lambda root: (root / "output/all.json").touch(),
    "one is deleted there": lambda root: (root / "output/all.json").unlink(),
    "a file is added there": lambda root: (root / "output/new.html").write_text(""),
    "the manifest is edited": lambda root: rewrite(root / "output/manifest.json"),
    "the catalog is edited": lambda root: rewrite(
        root / "output-state/catalog.sqlite3"
    ),
    "the catalog is gone": lambda root: (
        root / "output-state/catalog.sqlite3"
    ).unlink(),
    "a server writes it": lambda root: (
        root / "output-state/catalog.sqlite3-wal"
    ).write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_all_is_looked_at(settled, change):
    change(settled.root)
    assert settled.answer() is None


def test_a_source_that_leads_elsewhere_is_another(press):
    """It is true that the same files under other names are other articles."""
    shutil.move(press.root / "articles", press.root / "deep/articles")
    (press.root / "articles").symlink_to("deep/articles")
    press.build()
    assert press.answer() is not None
    (press.root / "articles").unlink()
    (press.root / "articles").symlink_to("deep")
    assert press.answer() is None


def test_hidden_files_and_those_of_editors_change_nothing(settled):
    for name in (".a.md.swp", "picture.jpg", "a.md~"):
        (settled.root / "articles" / name).write_text("")
    assert settled.answer() is not None


def test_a_file_of_others_in_the_output_changes_nothing_if_it_was_there(press):
    press.build()
    press.write("output/robots.txt", "User-agent: *\n")
    press.build()
    assert press.answer() is not None


def test_an_article_that_is_due_ends_it(press):
    press.write("articles/later.md", "---\ntitle: L\ndate: 2140-01-01\n---\n")
    press.build()
    due_s = datetime(2140, 1, 1, tzinfo=UTC).timestamp()
    assert press.answer(due_s - 1) is not None
    assert press.answer(due_s) is None


class TestBeside:
    """What lies beside a source is told of, or read, for as long as it is there."""

    @pytest.fixture(params=["_posts", "articles"])
    def jekyll(self, tmp_path, request):
        press = Press(tmp_path)
        settings = SETTINGS.replace('["data"]', '["auto"]')
        press.write("stoker.toml", settings.replace("articles", request.param))
        shutil.rmtree(tmp_path / "data")
        if request.param != "articles":
            (tmp_path / "articles").rename(tmp_path / request.param)
        return press

    def test_it_may_come_change_and_go(self, jekyll):
        folder = jekyll.root / "_data"
        jekyll.build()
        assert jekyll.answer() is not None
        jekyll.write("_data/topics/sea.yaml", "name: Sea\n")
        assert jekyll.answer() is None
        jekyll.build()
        assert jekyll.answer() is not None
        jekyll.write("_data/topics/sea.yaml", "name: The sea\n")
        assert jekyll.answer() is None
        jekyll.build()
        assert jekyll.answer() is not None
        shutil.rmtree(folder)
        assert jekyll.answer() is None


class TestNothingIsWrittenDown:
    def assert_open(self, press: Press) -> None:
        press.build()
        assert not press.file.exists()

    def test_of_a_file_that_is_none(self, press):
        os.mkfifo(press.root / "articles/pipe.md")
        self.assert_open(press)

    @pytest.mark.parametrize(
        "name", ["articles/a.md", "stoker.toml", "data/topics/ferries.yaml"]
    )
    def test_of_a_file_that_may_still_change_unseen(self, press, name):
        (press.root / name).touch()
        self.assert_open(press)

    @pytest.mark.parametrize(
        "facts",
        [
            {"unsettled": {"a.md": None}},
            {"outcomes": Counter(article=1, late=1)},
            {"passed_over": frozenset([Problem(path="a/", expected="b")])},
            {"problems": (Problem(path="a", expected="b", severity="note"),)},
        ],
        ids=["half-written", "too slow", "unread", "passed over"],
    )
    def test_of_what_the_next_build_looks_at_again(self, press, facts):
        press.keep = lambda seen, found, *more, **told: standing.keep(
            seen, replace(found, **facts), *more, **told
        )
        self.assert_open(press)

    def test_of_what_is_told_once(self, press):
        told = (Problem(path="catalog", expected="expected a catalog"),)
        press.keep = lambda seen, found, shelf, report, **more: standing.keep(
            seen, found, shelf, replace(report, problems=told), **more
        )
        self.assert_open(press)

    @pytest.mark.parametrize(
        "setting",
        ['undated = "git"', 'media_path = "."\nmedia_url = "https://m.example/"'],
    )
    def test_where_more_than_these_files_counts(self, press, setting):
        text = SETTINGS.replace('"articles"', f'"articles"\n{setting}')
        press.write("stoker.toml", text)
        self.assert_open(press)

    def test_where_the_settings_come_through_a_pipe(self, press):
        pipe = press.root / "pipe.toml"
        os.mkfifo(pipe)
        assert standing.trace_of_settings(str(pipe), time.time_ns()) is None


TOMLS = {
    "none": "",
    "path": '[output]\npath = "public"\n',
    "both": '[output]\npath = "/srv/public"\nstate = "kept"\n',
    "state": '[output]\nstate = "~/kept"\n',
}


@pytest.mark.parametrize("toml", TOMLS.values(), ids=TOMLS)
@pytest.mark.parametrize(
    "environ",
    [{}, {"STOKER_OUTPUT__STATE": "e"}, {"STOKER_OUTPUT__PATH": "p"}],
    ids=["", "state", "path"],
)
@pytest.mark.parametrize(
    "flags", [{}, {"state": "s"}, {"output": "o"}], ids=["", "state", "output"]
)
def test_the_state_is_looked_for_where_it_is(
    tmp_path, toml, environ, flags, monkeypatch
):
    """It is true that who looks first guesses as the settings say."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/site.toml").write_text(toml)
    words = ["build", "-c", "etc/site.toml"]
    words += [f"--{name}={value}" for name, value in flags.items()]
    given = {"output.path": flags.get("output"), "output.state": flags.get("state")}
    settings = load(
        Path("etc/site.toml"),
        environ=environ,
        flags={key: value for key, value in given.items() if value},
        folder=tmp_path,
    ).settings
    guess = tmp_path / state_folder(words, environ)
    assert guess.resolve() == state_path(settings).resolve()


def test_the_stamp_is_json_without_secrets(settled):
    assert json.loads(settled.file.read_text())["caller"] == "me"
