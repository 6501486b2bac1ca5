"""What may be half-written is left to the next build."""

import os
import threading
import time
from functools import partial

import pytest

from feeds.parse.article import parse_article
from tests.feeds.pipeline.conftest import ARTICLE, BROKEN

pytestmark = pytest.mark.timeout(30)
GOOD = ARTICLE.format(title="Good", date="2026-11-02")


def severities(found):
    return {problem.path: problem.severity for problem in found.problems}


def writes(path, content, rules, *, modified_at, measure, at, file, text):
    """Parse as usual; when it is the turn of `at`, write the other file before."""
    if path == at:
        file.write_text(text)
    return parse_article(path, content, rules, modified_at=modified_at, measure=measure)


def titles(desk):
    return {path: item["title"] for path, item in desk.items().items()}


class TestR12:
    """A parse error in a file younger than 5 s is pending, where builds repeat."""

    def test_r12_a_young_broken_file_is_a_note_and_costs_nothing(self, desk):
        desk.write("a.md")
        desk.write("new.md", BROKEN, age_s=0)
        found = desk.build(repeats=True)
        assert severities(found) == {"new.md": "note"}
        assert "just written" in found.problems[0].expected
        assert (found.outcomes["pending"], found.stale) == (1, ())
        assert list(desk.items()) == ["a.md"]

    def test_r12_its_last_good_version_stays(self, desk):
        desk.write("a.md")
        desk.build()
        desk.write("a.md", BROKEN, age_s=0)
        assert desk.build(repeats=True).stale == ("a.md",)
        assert list(desk.items()) == ["a.md"]

    def test_r12_it_is_read_again_though_it_has_not_changed(self, desk):
        file = desk.write("a.md", BROKEN, age_s=2)
        written_ns = file.stat().st_mtime_ns
        assert severities(desk.build(repeats=True)) == {"a.md": "note"}
        time.sleep(3.1)
        found = desk.build(repeats=True)
        assert file.stat().st_mtime_ns == written_ns
        assert (found.parsed, severities(found)) == (1, {"a.md": "error"})
        assert desk.build(repeats=True).parsed == 0

    def test_r12_an_empty_file_may_be_half_written_too(self, desk):
        desk.write("a.md", "", age_s=0)
        assert severities(desk.build(repeats=True)) == {"a.md": "note"}

    @pytest.mark.parametrize("age_s", [6, 60, -60], ids=lambda age_s: f"{age_s} s")
    def test_r12_an_older_one_is_in_quarantine(self, desk, age_s):
        """One dated ahead as well: it would be young for ever."""
        desk.write("a.md", BROKEN, age_s=age_s)
        assert severities(desk.build(repeats=True)) == {"a.md": "error"}

    def test_r12_a_sound_young_file_is_an_article(self, desk):
        desk.write("a.md", GOOD, age_s=0)
        assert desk.build(repeats=True).problems == ()
        assert list(desk.items()) == ["a.md"]


class TestSingleBuild:
    """Who has just saved a broken file, and builds, is told so."""

    @pytest.mark.parametrize("age_s", [0, 0.5, 2, 60])
    def test_r12_a_broken_file_is_an_error_at_once(self, desk, age_s):
        desk.write("a.md", BROKEN, age_s=age_s)
        started = time.monotonic()
        assert severities(desk.build()) == {"a.md": "error"}
        assert time.monotonic() - started < max(0, 1 - age_s) + 1

    def test_r12_one_completed_within_a_second_is_an_article(self, desk):
        file = desk.write("a.md", BROKEN, age_s=0)
        writer = threading.Timer(0.4, lambda: file.write_text(GOOD))
        writer.start()
        found = desk.build()
        writer.join()
        assert found.problems == ()
        assert desk.items()["a.md"]["title"] == "Good"

    def test_r12_one_still_being_written_is_pending(self, desk):
        file = desk.write("a.md", BROKEN, age_s=0)
        writer = threading.Timer(0.4, lambda: file.write_text(BROKEN + "more"))
        writer.start()
        found = desk.build()
        writer.join()
        assert severities(found) == {"a.md": "note"}

    def test_i47_one_that_goes_meanwhile_is_pending(self, desk):
        file = desk.write("a.md", BROKEN, age_s=0)
        leaver = threading.Timer(0.4, file.unlink)
        leaver.start()
        found = desk.build()
        leaver.join()
        assert severities(found) == {"a.md": "note"}
        assert desk.build().outcomes == {}


class TestI47:
    """A file whose size or mtime moves is left to the next run."""

    @pytest.mark.parametrize("repeats", [False, True])
    def test_i47_its_former_version_stays_until_then(self, desk, repeats):
        for name in ("a.md", "b.md"):
            desk.write(name)
        desk.build()
        desk.write("a.md", GOOD)
        file = desk.write("b.md", GOOD)
        moves = partial(writes, at="a.md", file=file, text=BROKEN)
        found = desk.build(repeats=repeats, parse=moves)
        assert (severities(found), found.stale) == ({"b.md": "note"}, ("b.md",))
        assert titles(desk) == {"a.md": "Good", "b.md": "b.md"}
        desk.write("b.md", GOOD)
        assert desk.build(repeats=repeats).problems == ()
        assert titles(desk) == {"a.md": "Good", "b.md": "Good"}

    def test_i47_a_single_build_looks_again_at_one_that_is_whole_by_then(self, desk):
        desk.write("a.md")
        file = desk.write("b.md", BROKEN)
        moves = partial(writes, at="a.md", file=file, text=GOOD)
        assert desk.build(parse=moves).problems == ()
        assert titles(desk) == {"a.md": "a.md", "b.md": "Good"}

    def test_i47_what_changes_after_it_was_read_is_read_by_the_next_build(self, desk):
        file = desk.write("a.md")
        desk.build(parse=partial(writes, at="a.md", file=file, text=GOOD))
        assert titles(desk) == {"a.md": "a.md"}
        desk.build()
        assert titles(desk) == {"a.md": "Good"}


class TestR10:
    """Git's racy rule: what was written within the clock's tick is compared again."""

    def test_r10_a_change_that_leaves_the_same_date_is_seen(self, desk):
        """Its date is not before the scan, so the next write may get the same."""
        one = ARTICLE.format(title="One", date="2026-11-01")
        file = desk.write("a.md", one, age_s=-2)
        before = file.stat()
        desk.build()
        file.write_text(ARTICLE.format(title="Two", date="2026-11-01"))
        os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))
        desk.build()
        assert titles(desk) == {"a.md": "Two"}

    @pytest.mark.parametrize(
        ("age_s", "parsed"),
        [
            pytest.param(0.1, [1, 1, 0], id="just written"),
            pytest.param(1.8, [1, 1, 0], id="within what clocks may differ"),
            pytest.param(2.2, [1, 0, 0], id="at rest"),
        ],
    )
    def test_r10_a_young_file_is_read_again_and_nothing_else_comes_of_it(
        self, desk, age_s, parsed
    ):
        file = desk.write("a.md")
        written_ns = file.stat().st_mtime_ns
        first_ns = written_ns + int(age_s * 1e9)
        builds = [
            desk.build(clock=lambda later_s=later_s: first_ns + later_s * 10**9)
            for later_s in (0, 3, 6)
        ]
        assert [found.parsed for found in builds] == parsed
        assert len({found.placings["a.md"] for found in builds}) == 1

    @pytest.mark.parametrize("offset_s", [-1.5, 1.5])
    def test_r10_a_file_server_with_another_clock_hides_no_change(self, desk, offset_s):
        """Its dates may be later or earlier than the clock here would have them."""
        one = ARTICLE.format(title="One", date="2026-11-01")
        file = desk.write("a.md", one, age_s=-offset_s)
        before = file.stat()
        desk.build()
        file.write_text(ARTICLE.format(title="Two", date="2026-11-01"))
        os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))
        desk.build()
        assert titles(desk) == {"a.md": "Two"}

    def test_r10_a_survey_makes_no_file(self, desk, tmp_path, monkeypatch):
        """Nor does a full or missing folder for temporary files stop a build."""
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        desk.write("a.md")
        assert desk.build().problems == ()

    def test_r10_a_file_of_1970_is_known_again(self, desk):
        os.utime(desk.write("a.md"), (0, 0))
        assert [desk.build().parsed for _ in range(2)] == [1, 0]

    def test_r10_an_old_file_is_read_once(self, desk):
        desk.write("a.md")
        assert [desk.build().parsed for _ in range(2)] == [1, 0]
