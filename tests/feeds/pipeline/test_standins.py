"""An entry that cannot be rendered costs no other, and keeps what readers have of it."""

import os
import shutil
import signal
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from feeds.catalog import open_catalog
from feeds.pipeline import regenerate, survey
from feeds.pipeline.render import fragments_of
from feeds.pipeline.report import Report
from feeds.pipeline.resident import Resident
from feeds.pipeline.workers import ITEM_TIMEOUT_S, MEMORY_MIB
from feeds.settings import Feeds, Site, state_path
from tests.feeds.pipeline.conftest import BROKEN, NOW, Desk

POISON = "poison.md"
LATER = NOW + timedelta(hours=1)
OTHER = "---\ntitle: Another title\ndate: 2026-11-01\n---\n"


def failing(article, *, how, **facts):
    """Render as usual, but for one article."""
    if article.path == POISON:
        how()
    return fragments_of(article, **facts)


def forbidden(article, **_):
    raise AssertionError(article.path)


def slip():
    return None + 1


def missing_key():
    return {}["title"]


def endless():
    return endless()


def half_a_character():
    return "\ud800".encode()


def own_error():
    raise structs.asdict({})  # type: ignore[arg-type]


def leaves():
    raise SystemExit(5)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def out_of_memory():
    raise MemoryError


def hangs():
    time.sleep(2 * ITEM_TIMEOUT_S)


def greedy():
    bytearray((8 * MEMORY_MIB) << 20)


FAULTS = {
    "a slip": (slip, "it raised TypeError in "),
    "a key": (missing_key, "it raised KeyError in "),
    "no end": (endless, "it raised RecursionError in "),
    "no UTF-8": (half_a_character, "it raised UnicodeEncodeError in "),
    "a wrong value": (own_error, "it raised TypeError in "),
    "an exit": (leaves, "it ended its process (exit code 5)"),
    "a death": (killed, "it killed its process (signal 9)"),
}
faults = pytest.mark.parametrize("kind", FAULTS)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for name in ("a.md", "b.md", POISON):
        desk.write(name)
    return desk


def build(desk: Desk, now=NOW, how=None, **more) -> Report:
    render = partial(failing, how=how) if how else None
    more = {"jobs": 1, "render": render, **more}
    return regenerate(desk.settings, now=now, clock=time.time_ns, **more)


def published(desk: Desk) -> dict[str, tuple[int, bytes]]:
    """Return modification time and content of every published file."""
    return {
        file.name: (file.stat().st_mtime_ns, file.read_bytes())
        for file in (desk.root / "output").rglob("*")
        if file.is_file()
    }


def problems(report: Report) -> dict[str, str]:
    return {each.path: each.expected for each in report.problems}


class TestQuarantine:
    """It is treated as a file that cannot be read is."""

    @faults
    def test_a_new_one_is_out_and_the_rest_is_published(self, desk, kind):
        how, why = FAULTS[kind]
        report = build(desk, how=how)
        assert sorted(desk.items()) == ["a.md", "b.md"]
        assert problems(report).keys() == {POISON}
        assert why in problems(report)[POISON]
        assert (report.quarantined, report.articles, report.stale) == (1, 2, ())
        assert report.has_errors

    @faults
    def test_of_one_that_was_edited_the_last_good_version_stays(self, desk, kind):
        build(desk)
        before = published(desk)
        desk.write(POISON, OTHER)
        report = build(desk, LATER, how=FAULTS[kind][0])
        assert (report.stale, report.quarantined) == ((POISON,), 1)
        assert (report.written, published(desk)) == ((), before)

    @faults
    def test_of_one_that_is_the_same_the_last_fragment_stays(self, desk, kind):
        """It is true that a release that cannot render what the last one could loses nothing."""
        build(desk)
        before = published(desk)
        report = build(desk, LATER, how=FAULTS[kind][0], force=True)
        assert (report.stale, report.quarantined) == ((POISON,), 1)
        assert published(desk) == before

    def test_where_all_documents_change_it_stays_in_them(self, desk):
        build(desk)
        was = desk.items()
        settings = desk.settings
        desk.settings = structs.replace(settings, site=Site(title="Another site"))
        report = build(desk, LATER, how=slip)
        assert report.stale == (POISON,)
        assert desk.items() == was
        assert "Another site" in (desk.root / "output" / "all.json").read_text()

    def test_where_a_format_comes_that_it_was_not_rendered_for_it_leaves(self, desk):
        build(desk)
        formats = Feeds(orders=("latest",), formats=("json", "atom"), html=False)
        desk.settings = structs.replace(desk.settings, feeds=formats)
        report = build(desk, LATER, how=slip)
        assert (report.stale, report.quarantined) == ((), 1)
        assert sorted(desk.items()) == ["a.md", "b.md"]

    def test_builds_that_follow_leave_it_and_tell_it(self, desk):
        first = build(desk, how=slip)
        for force in (False, False):
            report = build(desk, LATER, render=forbidden, force=force)
            assert (report.parsed, report.written) == (0, ())
            assert report.problems == first.problems
            assert report.quarantined == 1

    def test_several_at_once_and_many_others(self, desk):
        for number in range(230):
            desk.write(f"{number:03}.md")
        feeds = structs.replace(desk.settings.feeds, limit=300)
        desk.settings = structs.replace(desk.settings, feeds=feeds)
        report = build(desk, how=killed, jobs=2)
        assert (report.quarantined, len(desk.items())) == (1, 232)

    def test_a_broken_file_whose_last_good_version_fails_as_well_keeps_it(self, desk):
        build(desk)
        desk.write(POISON, BROKEN)
        build(desk)
        before = published(desk)
        report = build(desk, LATER, how=slip, force=True)
        assert (report.stale, published(desk)) == ((POISON,), before)
        assert sum(each.path == POISON for each in report.problems) == 2

    def test_a_version_that_was_never_public_stands_in_for_nothing(self, desk):
        desk.write(POISON, OTHER.replace("2026-11-01", "2026-12-24"))
        build(desk)
        desk.write(POISON, OTHER)
        report = build(desk, LATER, how=slip)
        assert (report.stale, report.quarantined) == ((), 1)
        assert POISON not in desk.items()
        later = build(desk, NOW + timedelta(days=60), how=slip)
        assert (later.stale, sorted(desk.items())) == ((), ["a.md", "b.md"])

    def test_a_dry_run_says_so_and_writes_nothing(self, desk):
        build(desk)
        before = published(desk)
        desk.write(POISON, OTHER)
        report = build(desk, LATER, how=slip, dry_run=True)
        assert (report.stale, report.written) == ((POISON,), ())
        assert published(desk) == before
        build(desk, LATER)
        assert desk.items()[POISON]["title"] == "Another title"

    def test_where_the_state_was_lost_it_is_out(self, desk):
        build(desk)
        shutil.rmtree(desk.root / "output-state")
        report = build(desk, LATER, how=slip)
        assert (report.stale, sorted(desk.items())) == ((), ["a.md", "b.md"])
        was = "2026-11-01T00:00:00Z"
        build(desk, LATER, force=True)
        assert desk.items()[POISON]["date_modified"] == was


class TestLineage:
    """A feed begins and ends with what is published, not with what was meant to be."""

    IN_TRAINS = OTHER.replace("---\n", "---\ntopics: [Night Trains]\n", 1)
    IN_BOATS = OTHER.replace("---\n", "---\ntopics: [Boats]\n", 1)

    def feeds(self, desk):
        folder = desk.root / "output" / "topics"
        return sorted(each.name for each in folder.glob("*.json"))

    @pytest.fixture
    def desk(self, desk):
        feeds = structs.replace(desk.settings.feeds, tag_minimum=1)
        desk.settings = structs.replace(desk.settings, feeds=feeds)
        return desk

    @pytest.mark.parametrize("force", [False, True])
    def test_no_feed_begins_with_one_alone(self, desk, force):
        build(desk)
        desk.write(POISON, self.IN_TRAINS)
        assert build(desk, LATER, how=slip, force=force).removed == ()
        assert self.feeds(desk) == []
        build(desk, LATER, force=True)
        assert self.feeds(desk) == ["night-trains.json"]

    @pytest.mark.parametrize("force", [False, True])
    def test_it_stays_in_the_feed_that_it_was_in(self, desk, force):
        desk.write(POISON, self.IN_TRAINS)
        build(desk)
        before = published(desk)
        desk.write(POISON, self.IN_BOATS)
        report = build(desk, LATER, how=slip, force=force)
        assert (report.stale, published(desk)) == ((POISON,), before)
        assert self.feeds(desk) == ["night-trains.json"]

    def test_where_nothing_stands_in_its_feed_is_empty_and_stays(self, desk):
        desk.write(POISON, self.IN_TRAINS)
        build(desk)
        desk.write(POISON, BROKEN)
        shutil.rmtree(desk.root / "output-state")
        build(desk, LATER, how=slip)
        assert self.feeds(desk) == ["night-trains.json"]


class TestCheck:
    """It tells what a build would, before or after it, and writes nothing."""

    def told(self, desk, how):
        render = partial(failing, how=how)
        clock = time.time_ns
        found = survey(
            desk.settings, now=NOW, clock=clock, jobs=1, renders=True, render=render
        )
        return list(dict.fromkeys(found.problems))

    def test_before_a_build(self, desk):
        (problem,) = self.told(desk, slip)
        assert (problem.path, problem.severity) == (POISON, "error")
        assert published(desk) == {}

    def test_after_it(self, desk):
        report = build(desk, how=slip)
        assert self.told(desk, slip) == list(report.problems)

    def test_on_which_ground_of_this_machine(self, desk):
        (problem,) = self.told(desk, out_of_memory)
        assert problem.severity == "warning"
        assert "on this machine it takes more than 256 MiB" in problem.expected


class TestIdentity:
    """Nothing about it was news, and nothing is when it can be rendered again."""

    def identity(self, desk):
        with open_catalog(state_path(desk.settings), private=True) as catalog:
            return catalog.identity(POISON)

    def test_that_of_an_edited_one_is_as_before(self, desk):
        build(desk)
        before = self.identity(desk)
        desk.write(POISON, OTHER)
        build(desk, LATER, how=slip)
        assert self.identity(desk) == before

    def test_a_new_one_has_none_until_it_is_published(self, desk):
        build(desk, how=slip)
        assert self.identity(desk) is None
        build(desk, LATER, force=True)
        assert self.identity(desk).first_seen == LATER
        assert desk.items()[POISON]["date_modified"] == "2026-11-01T00:00:00Z"

    def test_it_is_updated_when_its_change_is_seen(self, desk):
        build(desk)
        desk.write(POISON, OTHER)
        build(desk, LATER, how=slip)
        mended = LATER + timedelta(hours=1)
        build(desk, mended, force=True)
        item = desk.items()[POISON]
        assert item["title"] == "Another title"
        assert item["date_modified"] == f"{mended:%Y-%m-%dT%H:%M:%SZ}"


class TestTriedAgain:
    @pytest.fixture
    def desk(self, desk):
        build(desk, how=slip)
        return desk

    def test_when_the_file_changes(self, desk):
        desk.write(POISON)
        report = build(desk, LATER)
        assert (report.parsed, report.problems) == (1, ())
        assert POISON in desk.items()

    def test_when_the_rules_of_its_source_change(self, desk):
        desk.settings = desk.of(permalink="/:title/")
        assert build(desk, LATER).problems == ()
        assert POISON in desk.items()

    def test_when_settings_of_the_feeds_change(self, desk):
        desk.settings = structs.replace(desk.settings, site=Site(title="Another"))
        report = build(desk, LATER)
        assert (report.parsed, report.problems) == (1, ())
        assert POISON in desk.items()

    def test_not_when_anything_else_does(self, desk):
        desk.write("a.md", OTHER)
        report = build(desk, LATER)
        assert (report.parsed, report.quarantined) == (1, 1)


class TestIncrementalIsCold:
    """With the same ledger, an incremental build and a cold one publish the same."""

    @faults
    @pytest.mark.parametrize(
        "edit", [OTHER, BROKEN, None], ids=["edited", "broken", "same"]
    )
    def test_after_an_edit(self, desk, tmp_path, kind, edit):
        build(desk)
        if edit:
            desk.write(POISON, edit)
        desk.write("a.md", OTHER)
        twin = Desk(tmp_path)
        twin.root = tmp_path / "twin"
        for folder in ("output", "output-state"):
            shutil.copytree(tmp_path / folder, twin.root / folder)
        output = structs.replace(desk.settings.output, path=str(twin.root / "output"))
        twin.settings = structs.replace(desk.settings, output=output)
        how = FAULTS[kind][0]
        for now in (LATER, LATER + timedelta(hours=1)):
            warm = build(desk, now, how=how)
            cold = build(twin, now, how=how, force=True)
            assert published(twin) == published(desk)
            # A release that renders otherwise renders all again; a test's own does not.
            if edit == OTHER:
                assert (cold.problems, cold.stale) == (warm.problems, warm.stale)

    def test_by_one_that_stays(self, desk):
        resident = Resident(desk.settings, jobs=1, render=partial(failing, how=slip))
        try:
            resident.build(None, now=NOW, clock=time.time_ns)
            assert sorted(desk.items()) == ["a.md", "b.md"]
            place = str(desk.write("a.md", OTHER))
            report = resident.build({place}, now=LATER, clock=time.time_ns)
            assert (report.parsed, report.quarantined) == (1, 1)
            assert desk.items()["a.md"]["title"] == "Another title"
            place = str(desk.write(POISON, BROKEN))
            report = resident.build({place}, now=LATER, clock=time.time_ns)
            assert (report.parsed, report.quarantined, report.stale) == (1, 1, ())
        finally:
            resident.close()

    def test_by_one_that_stays_and_meets_it_between_two_builds(self, desk, tmp_path):
        how = partial(only_if, tmp_path / "marker")
        resident = Resident(desk.settings, jobs=1, render=partial(failing, how=how))
        try:
            resident.build(None, now=NOW, clock=time.time_ns)
            before = published(desk)
            (tmp_path / "marker").touch()
            place = str(desk.write(POISON, OTHER))
            report = resident.build({place}, now=LATER, clock=time.time_ns)
            assert (report.parsed, report.quarantined) == (1, 1)
            assert (report.stale, published(desk)) == ((POISON,), before)
            (tmp_path / "marker").unlink()
            place = str(desk.write(POISON, OTHER))
            report = resident.build({place}, now=LATER, clock=time.time_ns)
            assert (report.problems, report.stale) == ((), ())
            assert desk.items()[POISON]["title"] == "Another title"
        finally:
            resident.close()


def only_if(marker: Path) -> None:
    if marker.exists():
        slip()


@pytest.mark.timeout(60)
class TestPending:
    """What this machine has no time or memory for, another may: it is not its fault."""

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            pytest.param(hangs, "takes longer than 5 s", id="time"),
            pytest.param(greedy, "takes more than 256 MiB of memory", id="memory"),
            pytest.param(out_of_memory, "takes more than 256 MiB", id="exception"),
        ],
    )
    def test_it_is_tried_by_the_next_build_and_its_last_good_version_stays(
        self, desk, how, why
    ):
        build(desk)
        before = published(desk)
        desk.write(POISON, OTHER)
        report = build(desk, LATER, how=how)
        (problem,) = report.problems
        assert (problem.path, problem.severity) == (POISON, "warning")
        assert f"on this machine it {why}" in problem.expected
        assert (report.pending, report.late, report.quarantined) == (1, 1, 0)
        assert (report.stale, published(desk)) == ((POISON,), before)
        assert not report.has_errors
        report = build(desk, LATER)
        assert (report.parsed, report.problems, report.pending) == (1, (), 0)
        assert desk.items()[POISON]["title"] == "Another title"
