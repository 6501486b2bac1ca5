"""A version that was never public is no last good version of a file that breaks."""

from datetime import timedelta

import pytest

from tests.input.samples import NOW

BROKEN = "---\ntitle: [\n---\n"
SOON = NOW + timedelta(hours=2)
LATER = NOW + timedelta(hours=3)


def dated_at(instant) -> str:
    return f'---\ntitle: "Ferry strike"\ndate: {instant:%Y-%m-%dT%H:%M:%SZ}\n---\n'


def withheld_by(line: str) -> str:
    return f'---\ntitle: "Ferry strike"\ndate: 2026-11-01\n{line}\n---\n'


@pytest.fixture
def desk(desk):
    desk.story("other.md")
    return desk


class TestUnderEmbargo:
    def test_an_article_that_breaks_does_not_come_out_at_its_instant(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build()
        report = desk.build(now=LATER)
        assert desk.titles() == ["other.md"]
        assert report.next_change is None

    def test_it_is_told_that_it_is_held(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.write("a.md", BROKEN)
        report = desk.build()
        told = [each.severity for each in report.problems if each.path == "a.md"]
        assert (told, report.stale) == (["error"], ())

    def test_it_may_break_and_come_due_between_two_builds(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build(now=LATER)
        assert desk.titles() == ["other.md"]

    def test_once_it_was_public_its_last_good_version_stays(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.build(now=LATER)
        desk.write("a.md", BROKEN)
        assert desk.build(now=LATER).stale == ("a.md",)
        assert desk.titles() == ["Ferry strike", "other.md"]

    def test_mended_it_comes_out_as_it_is_then(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build()
        desk.write("a.md", dated_at(SOON))
        desk.build(now=LATER)
        assert desk.titles() == ["Ferry strike", "other.md"]

    def test_a_process_that_lives_long_holds_it_too(self, desk, resident_of):
        page = desk.write("a.md", dated_at(SOON))
        build = resident_of(desk)
        build(None)
        desk.write("a.md", BROKEN)
        build([str(page)])
        build([], now=LATER)
        assert desk.titles() == ["other.md"]

    def test_so_does_a_build_that_trusts_nothing_but_the_ledger(self, desk):
        desk.write("a.md", dated_at(SOON))
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build(force=True)
        desk.build(now=LATER, force=True)
        assert desk.titles() == ["other.md"]


class TestWithheld:
    @pytest.mark.parametrize(
        "line",
        ["published: false", "removed: true", "draft: true", "expiryDate: 2026-11-02"],
    )
    def test_no_version_that_was_withheld_stands_in(self, desk, line):
        desk.write("a.md", withheld_by(line))
        desk.build()
        desk.write("a.md", BROKEN)
        assert desk.build().stale == ()
        desk.build(now=LATER, force=True)
        assert desk.titles() == ["other.md"]

    def test_one_that_was_public_and_then_withdrawn_does_not_come_back(self, desk):
        desk.write("a.md", withheld_by("heat: 1"))
        desk.build()
        desk.write("a.md", withheld_by("published: false"))
        desk.build()
        desk.write("a.md", BROKEN)
        desk.build()
        assert desk.titles() == ["other.md"]
