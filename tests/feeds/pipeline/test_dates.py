"""Articles that state no date, or one that is still to come."""

import os
import shutil
from datetime import timedelta

import pytest

from tests.feeds.pipeline.conftest import ARTICLE, BROKEN, NOW
from tests.feeds.repository import Repository

UNDATED = "---\ntitle: Undated\n---\n"
HOUR = timedelta(hours=1)


def published(desk):
    return {path: item["date_published"] for path, item in desk.items().items()}


def asked(tmp_path, monkeypatch):
    """Return a file to which every run of Git adds its arguments."""
    log, tools = tmp_path / "asked", tmp_path / "tools"
    tools.mkdir()
    script = f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n'
    (tools / "git").write_text(script)
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    log.touch()
    return log


def walks(log):
    return sum(" log " in line for line in log.read_text().splitlines())


def ahead(title="Ahead", date="2026-12-24T18:00:00Z"):
    return ARTICLE.format(title=title, date=date)


class TestI30:
    """No date anywhere: by policy git, mtime or hold."""

    @pytest.fixture
    def desk(self, desk):
        self.repository = Repository(desk.root)
        desk.settings = desk.of(undated="git")
        return desk

    def commit(self, year=2020):
        self.repository.commit(year)

    def test_i30_the_first_commit_dates_an_article(self, desk):
        desk.write("a.md", UNDATED)
        desk.write("b.md", ARTICLE.format(title="B", date="2026-11-01"))
        self.commit()
        desk.write("a.md", UNDATED + "More.")
        self.commit(2021)
        assert desk.build().problems == ()
        assert published(desk) == {
            "a.md": "2020-01-01T00:00:00Z",
            "b.md": "2026-11-01T00:00:00Z",
        }

    def test_i30_what_is_not_committed_is_held_until_it_is(self, desk):
        desk.write("a.md", ARTICLE.format(title="A", date="2026-11-01"))
        self.commit()
        desk.write("b.md", UNDATED)
        found = desk.build()
        assert [(p.path, p.severity) for p in found.problems] == [("b.md", "note")]
        assert "commit the file" in found.problems[0].expected
        self.commit(2021)
        assert desk.build().parsed == 1
        assert published(desk)["b.md"] == "2021-01-01T00:00:00Z"
        assert desk.build().parsed == 0

    def test_i30_without_a_history_articles_are_held_and_the_source_is_named(
        self, desk
    ):
        desk.write("a.md", UNDATED)
        found = desk.build()
        source, held = sorted(found.problems, key=lambda problem: -len(problem.path))
        assert (source.path, source.severity) == (str(desk.articles), "warning")
        assert "does not have any commits" in source.expected
        assert (held.path, held.severity) == ("a.md", "note")
        assert found.placings == {}

    def test_i30_a_lost_history_withdraws_nothing(self, desk):
        desk.write("a.md", UNDATED)
        self.commit()
        desk.build()
        (desk.root / ".git").rename(desk.root / "git")
        desk.write("a.md", UNDATED + "More.")
        found = desk.build()
        assert (found.stale, len(found.problems)) == (("a.md",), 2)
        assert list(desk.items()) == ["a.md"]

    def test_i30_several_sources_have_each_their_own(self, desk):
        other = Repository(desk.root / "other")
        other.commit(2019, "a.md")
        desk.write("a.md", UNDATED)
        self.commit()
        (source,) = desk.settings.sources
        both = (source, type(source)(path=str(other.root), undated="git"))
        desk.settings = type(desk.settings)(
            sources=both, feeds=desk.settings.feeds, output=desk.settings.output
        )
        desk.build()
        assert published(desk) == {
            "a.md": "2020-01-01T00:00:00Z",
            "other/a.md": "2019-01-01T00:00:00Z",
        }

    def test_i30_git_is_not_asked_when_nothing_changed(self, desk):
        desk.write("a.md", UNDATED)
        self.commit()
        desk.build()
        (desk.root / ".git").rename(desk.root / "git")
        assert desk.build().problems == ()

    def test_i30_git_is_not_asked_about_files_that_state_their_date(self, desk):
        desk.write("a.md", UNDATED)
        self.commit()
        desk.build()
        (desk.root / ".git").rename(desk.root / "git")
        desk.write("b.md", ARTICLE.format(title="B", date="2026-11-01"))
        assert desk.build().problems == ()

    def test_i30_a_history_is_walked_once_however_long_a_file_waits(
        self, desk, tmp_path, monkeypatch
    ):
        desk.write("a.md", UNDATED)
        self.commit()
        desk.write("b.md", UNDATED)
        log = asked(tmp_path, monkeypatch)
        assert [desk.build().parsed for _ in range(3)] == [2, 0, 0]
        desk.write("a.md", UNDATED + "More.")
        desk.build()
        assert published(desk) == {"a.md": "2020-01-01T00:00:00Z"}
        desk.write("c.md", UNDATED)
        assert {problem.path for problem in desk.build().problems} == {"b.md", "c.md"}
        assert walks(log) == 1
        self.commit(2021)
        desk.build()
        assert len(published(desk)) == 3
        assert walks(log) == 2
        desk.build(force=True)
        assert walks(log) == 3

    def test_i30_plain_text_that_is_held_waits_for_no_commit(
        self, desk, tmp_path, monkeypatch
    ):
        desk.write("a.txt", "Notes.")
        self.commit()
        log = asked(tmp_path, monkeypatch)
        desk.build()
        assert walks(log) == 0

    def test_i30_a_source_that_moves_in_its_repository_is_asked_again(self, desk):
        desk.write("a.md", UNDATED)
        self.commit()
        desk.build()
        other = desk.root / "posts"
        desk.articles.rename(other)
        self.commit(2021)
        desk.articles.symlink_to(other)
        desk.build(force=True)
        assert published(desk) == {"a.md": "2021-01-01T00:00:00Z"}

    def test_i30_by_mtime_and_held_as_before(self, desk):
        desk.write("a.md", UNDATED)
        desk.settings = desk.of(undated="mtime")
        desk.build()
        assert published(desk) == {"a.md": "2026-01-01T00:00:00Z"}
        desk.settings = desk.of(undated="hold")
        assert desk.build().placings == {}


class TestEmbargo:
    def test_i32_what_is_dated_ahead_is_held_until_then(self, desk):
        desk.write("a.md", ahead())
        desk.build()
        assert published(desk) == {}
        desk.build(NOW.replace(month=12, day=24, hour=18))
        assert published(desk) == {"a.md": "2026-12-24T18:00:00Z"}


class TestClamp:
    """`future = "clamp"`: published at once, and dated when it was first seen."""

    @pytest.fixture
    def desk(self, desk):
        desk.settings = desk.of(future="clamp")
        return desk

    def test_i32_it_is_dated_when_it_was_first_seen_for_good(self, desk):
        desk.write("a.md", ahead())
        for now in (NOW, NOW + HOUR, NOW + timedelta(days=99)):
            desk.build(now)
            assert published(desk) == {"a.md": "2026-11-20T12:00:00Z"}

    def test_i32_a_date_that_has_come_is_its_own(self, desk):
        desk.write("a.md", ahead(date="2026-11-20T11:59:59Z"))
        desk.build()
        assert published(desk) == {"a.md": "2026-11-20T11:59:59Z"}

    def test_i32_a_new_date_ahead_is_first_sight_still(self, desk):
        desk.write("a.md", ahead())
        desk.build()
        desk.write("a.md", ahead(date="2027-12-24"))
        desk.build(NOW + HOUR)
        assert published(desk) == {"a.md": "2026-11-20T12:00:00Z"}
        desk.write("a.md", ahead(date="2026-11-01"))
        desk.build(NOW + 2 * HOUR)
        assert published(desk) == {"a.md": "2026-11-01T00:00:00Z"}

    def test_i32_every_format_and_order_has_the_same_date(self, desk):
        desk.settings = type(desk.settings)(
            sources=desk.settings.sources, output=desk.settings.output
        )
        desk.write("a.md", ahead())
        desk.write("b.md", ARTICLE.format(title="B", date="2026-11-20T12:00:01Z"))
        found = desk.build(NOW + HOUR)
        output = desk.root / "output"
        stated = {
            "all.atom": "<published>2026-11-20T13:00:00",
            "all.rss": "<pubDate>Fri, 20 Nov 2026 13:00:00",
            "all.json": '"date_published":"2026-11-20T13:00:00',
            "all.html": "2026-11-20",
        }
        for name, date in stated.items():
            text = (output / name).read_text("utf-8")
            assert date in text, name
            assert "12-24" not in text, name
            assert "Dec" not in text, name
        (latest,) = [feed for feed in found.feeds if feed.stem == "all"]
        assert [member.path for member in latest.members] == ["a.md", "b.md"]

    def test_i32_no_date_is_later_than_now(self, desk):
        desk.write("a.md", ahead())
        desk.build()
        desk.write("a.md", ahead(title="Changed"))
        desk.build(NOW + HOUR)
        item = desk.items()["a.md"]
        assert (item["date_published"], item["date_modified"]) == (
            "2026-11-20T12:00:00Z",
            "2026-11-20T13:00:00Z",
        )
        desk.build(NOW - HOUR)  # before it was seen, by this clock
        assert published(desk) == {}

    def test_i32_a_cold_build_with_the_same_ledger_is_the_same(self, desk):
        desk.write("a.md", ahead())
        desk.build()
        before = (desk.root / "output" / "all.json").read_bytes()
        desk.build(NOW + HOUR, force=True)
        assert (desk.root / "output" / "all.json").read_bytes() == before

    def test_i32_a_broken_one_keeps_its_date(self, desk):
        desk.write("a.md", ahead())
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build(NOW + HOUR)
        assert published(desk) == {"a.md": "2026-11-20T12:00:00Z"}

    @pytest.mark.parametrize("title", ["Ahead", "Changed"])
    def test_i32_the_policy_may_change(self, desk, title):
        clamped, held = desk.settings, desk.of(future="embargo")
        desk.settings = held
        desk.write("a.md", ahead())
        desk.build()
        assert published(desk) == {}
        desk.settings = clamped
        desk.write("a.md", ahead(title=title))
        desk.build(NOW + HOUR)
        item = desk.items()["a.md"]
        assert item["date_published"] == "2026-11-20T12:00:00Z"
        assert item["date_modified"] <= "2026-11-20T13:00:00Z"
        desk.settings = held
        desk.build(NOW + 2 * HOUR)
        assert published(desk) == {}
        desk.build(NOW.replace(month=12, day=25))
        item = desk.items()["a.md"]
        assert item["date_published"] == item["date_modified"] == "2026-12-24T18:00:00Z"

    def test_i32_a_broken_one_follows_the_policy_as_well(self, desk):
        """What was published early under the old policy waits under the new one."""
        clamped, held = desk.settings, desk.of(future="embargo")
        desk.write("a.md", ahead())
        desk.build()
        desk.write("a.md", BROKEN)
        desk.settings = held
        desk.build(NOW + HOUR)
        assert published(desk) == {}
        desk.settings = clamped
        desk.build(NOW + 2 * HOUR)
        assert published(desk) == {"a.md": "2026-11-20T12:00:00Z"}
        desk.settings = held
        desk.build(NOW.replace(month=12, day=25))
        item = desk.items()["a.md"]
        assert item["date_published"] == item["date_modified"] == "2026-12-24T18:00:00Z"
