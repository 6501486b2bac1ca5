"""Hostile, broken and strange files: the build completes, reports them, keeps the rest."""

import json
import os
import socket
import time
from datetime import UTC, datetime

import pytest

from feeds.pipeline.resident import Resident
from feeds.settings import load
from tests.feeds.repository import Repository

DONE, QUARANTINE = 0, 3
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.timeout(60)


def article(head: str = "", body: str = "") -> str:
    return f"---\ntitle: Odd\ndate: 2026-11-05\n{head}\n---\n{body}\n"


# Low ones, that small and harmless files exceed.
LIMITS = """
[limits]
file_bytes = 20_000
front_matter_bytes = 5_000
nodes = 100
"""
ALIASES = "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]"
MERGES = """\
a: &a {k: v, l: v, m: v}
b: &b {<<: [*a, *a, *a], n: v}
c: {<<: [*b, *b, *b, *b]}"""
HOSTILE = {
    "a file over its limit": article("x: y", "a" * 20_000),
    "front matter over its limit": article("x: " + "a" * 5_000),
    "aliases over the limit": article(ALIASES),
    "merges over the limit": article(MERGES),
    "more values than the limit": article(f"x: [{'1, ' * 100}]"),
    "nesting over the limit": article("deep: " + "[" * 21 + "]" * 21),
    "brackets without end": article("[" * 21),
    "JSON over the limit": '{"a": ' + "[" * 21 + "1" + "]" * 21 + "}",
    "TOML over the limit": "+++\na = " + "[" * 21 + "1" + "]" * 21 + "\n+++\n",
    "an unclosed quote": '---\ntitle: "never closed\n---\n',
    "half a UTF-8 character": b"---\ntitle: caf\xc3\n---\n",
}


class TestR1:
    """What exceeds a limit, or is none of its language, is a problem of that file.

    Nothing here would harm another reader: what ends or holds ours is made by other
    means (tests/feeds/pipeline/test_workers.py, test_ingest.py).
    """

    @pytest.fixture(autouse=True)
    def limits(self, site):
        settings = site.root / "stoker.toml"
        settings.write_text(settings.read_text() + LIMITS)

    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_r1_a_hostile_file_is_quarantined_and_costs_no_other(self, site, kind):
        site.build()
        before = site.published()
        site.put(site.articles / "hostile.md", HOSTILE[kind])
        run = site.build("--json")
        report = json.loads(run.stdout)
        assert run.returncode == QUARANTINE, report["problems"]
        assert [p["path"] for p in report["problems"]] == ["hostile.md"]
        assert (report["published"], site.published()) == (3, before)
        again = json.loads(site.build("--json").stdout)
        assert (again["parsed"], again["problems"]) == (0, report["problems"])

    def test_r1_all_of_them_at_once(self, site):
        for number, content in enumerate(HOSTILE.values()):
            site.put(site.articles / f"hostile-{number}.md", content)
        report = json.loads(site.build("--json", "--jobs", "1").stdout)
        assert (report["published"], report["quarantined"]) == (3, len(HOSTILE))

    def test_r1_nul_bytes_cost_no_article_and_reach_no_reader(self, site):
        site.write_text("nul.md", article("excerpt: a\0b", "Text\0 and more."))
        site.build()
        assert "nul.md" in published(site)
        for document in ("all.atom", "all.rss", "all.json", "all.html"):
            content = (site.output / document).read_bytes()
            assert b"\0" not in content, document
            assert b"\\u0000" not in content, document


class TestR5:
    """HTML is capped before it is sanitised."""

    @pytest.mark.parametrize("ending", ["html", "md"])
    def test_r5_what_nests_deeper_than_browsers_follow_is_an_article(
        self, site, ending
    ):
        body = "<div>" * 600 + "text" + "</div>" * 600
        site.write_text(f"deep.{ending}", article(body=body))
        run = site.build()
        assert run.returncode == DONE, run.stderr
        assert "Odd" in (site.output / "all.json").read_text()


class TestI47:
    """What is no file of ours to read is passed over."""

    def test_i47_nothing_that_blocks_is_opened(self, site):
        os.mkfifo(site.articles / "pipe.md")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(site.articles / "socket.md"))
        (site.articles / "zero.md").symlink_to("/dev/zero")
        (site.articles / "loop.md").symlink_to("loop.md")
        (site.articles / "up").symlink_to("..")
        (site.articles / ".draft.md").write_text(article())
        (site.articles / "a.md~").write_text(article())
        run = site.build("--json")
        report = json.loads(run.stdout)
        assert (run.returncode, report["published"], report["files"]) == (DONE, 3, 3)
        told = {p["path"]: p["severity"] for p in report["problems"]}
        names = ("loop.md", "pipe.md", "socket.md", "zero.md")
        assert told == dict.fromkeys(names, "note")

    def test_i47_a_link_out_of_the_folder_publishes_nothing(self, site, tmp_path):
        secret = tmp_path / "secret.md"
        secret.write_text(article().replace("Odd", "Secret plans"))
        (site.articles / "link.md").symlink_to(secret)
        site.build()
        assert "Secret plans" not in (site.output / "all.json").read_text()
        explained = site.stoker("explain", "link.md")
        assert "stays inside its source folder" in explained.stdout

    def test_r12_who_builds_right_after_saving_is_told_what_is_wrong(self, site):
        site.build()
        (site.articles / "new.md").write_text('---\ntitle: "never closed\n---\n')
        run = site.build()
        assert run.returncode == QUARANTINE
        assert "error: new.md:" in run.stderr

    def test_r12_a_build_of_the_server_leaves_it_to_the_next(self, site):
        settings = load(
            site.root / "stoker.toml", environ={}, flags={}, folder=site.root
        ).settings
        resident = Resident(settings, jobs=1)
        new = site.articles / "new.md"
        new.write_text('---\ntitle: "never closed\n---\n')
        os.utime(new, (time.time(), time.time()))  # noqa: TID251 - the clock of files
        report = resident.build(None, now=NOW, clock=time.time_ns)
        assert (report.pending, report.has_errors) == (1, False)
        assert [problem.severity for problem in report.problems] == ["note"]
        os.utime(new, (1_700_000_000, 1_700_000_000))
        report = resident.build(None, now=NOW, clock=time.time_ns)
        assert (report.pending, report.has_errors) == (0, True)


def published(site) -> dict[str, str]:
    """Return the date of each published article, by its path."""
    items = json.loads((site.output / "all.json").read_bytes())["items"]
    return {i["id"].partition("article/")[2]: i["date_published"] for i in items}


def test_i30_dates_by_git_from_the_settings_file(site):
    settings = site.root / "stoker.toml"
    settings.write_text(settings.read_text() + '[[sources]]\npath = "notes"\n')
    (site.root / "notes").mkdir()
    Repository(site.root).commit(2020, "notes/a.md")
    site.build()
    assert "notes/a.md" not in published(site)
    text = settings.read_text().replace('"notes"', '"notes"\nundated = "git"')
    settings.write_text(text.replace("limit = 3", "limit = 9"))
    site.build()
    assert published(site)["notes/a.md"] == "2020-01-01T00:00:00Z"


def test_i32_dates_ahead_by_the_settings_file(site):
    settings = site.root / "stoker.toml"
    site.write("ahead.md", date="2026-12-24T18:00:00Z")
    site.build()
    assert "ahead.md" not in published(site)
    text = settings.read_text()
    settings.write_text(
        text.replace('path = "articles"', 'path = "articles"\nfuture = "clamp"')
    )
    site.build()
    assert published(site)["ahead.md"] == "2026-11-20T12:00:00Z"
