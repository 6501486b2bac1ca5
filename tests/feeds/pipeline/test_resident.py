"""Builds by one that stays, and what their reports say for those who follow them."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from feeds.errors import PublishError, SettingsError
from feeds.output import read_manifest
from feeds.pipeline.build import opened, regenerate
from feeds.pipeline.resident import Resident
from feeds.settings import Site, Source
from tests.feeds.pipeline.conftest import ARTICLE, BROKEN, NOW, Desk
from tests.feeds.zone_data import write_zone, zones_in


@pytest.fixture
def resident(desk):
    desk.write("a.md")
    return Resident(desk.settings, jobs=1)


GRACE = timedelta(days=30)  # by default


def build(resident, now=NOW):
    return resident.build(None, now=now, clock=time.time_ns)


def manifest(desk):
    return read_manifest(Path(desk.settings.output.path))


def test_it_says_what_differs_from_the_manifest_before(desk, resident):
    first = build(resident)
    assert {*first.changed} == {*manifest(desk).documents}
    assert (first.before, first.gone) == ("", ())
    desk.write("a.md", "---\ntitle: Another\ndate: 2026-11-01\ntags: x\n---\n")
    before = {*manifest(desk).documents}
    second = build(resident)
    assert {*second.changed} == {*manifest(desk).documents} - before
    assert second.before == first.after != second.after


def test_a_build_that_changes_nothing_says_so(resident):
    first = build(resident)
    again = build(resident)
    assert (again.changed, again.gone) == ((), ())
    assert again.before == again.after == first.after


def test_what_ends_is_gone_once(desk, resident):
    desk.write("b.md", "---\ntitle: B\ndate: 2026-11-01\ntopics: [Fog]\n---\n")
    build(resident)
    (desk.articles / "b.md").unlink()
    assert build(resident).gone == ()
    report = build(resident, NOW + GRACE)
    assert report.gone == ("topics/fog.json", "topics/fog/latest.json")
    assert set(report.gone) <= {*manifest(desk).gone}
    assert build(resident).gone == ()


def test_the_next_change_is_that_of_an_article_dated_ahead(desk, resident):
    assert build(resident).next_change is None
    due = NOW + timedelta(hours=3)
    desk.write("b.md", ARTICLE.format(title="B", date=due.isoformat()))
    assert build(resident).next_change == due
    at_last = build(resident, due)
    assert at_last.next_change is None
    assert at_last.published == 2


@pytest.mark.parametrize("is_resident", [False, True], ids=["whole", "touched"])
def test_the_next_expiry_is_that_of_an_article_that_is_published(
    desk, resident, is_resident
):
    ahead, ends, later = (NOW + timedelta(hours=hours) for hours in (1, 2, 5))
    head = "---\ntitle: T\ntopics: [Fog]\n"
    files = (
        ("ahead.md", f"{head}date: {ahead}\nexpiryDate: {ends}\n---\n"),
        ("first.md", f"{head}date: 2026-11-01\nexpiryDate: {later}\n---\n"),
        ("draft.md", f"{head}draft: true\nexpiryDate: {ahead}\n---\n"),
        ("never.md", f"{head}date: 2026-11-01\n---\n"),
    )
    assert build(resident).next_expiry is None
    paths = [desk.write(*file) for file in files]
    report = resident.build(
        {str(path) for path in paths} if is_resident else None,
        now=NOW,
        clock=time.time_ns,
    )
    assert (report.next_change, report.next_expiry) == (ahead, later)
    report = build(resident, ahead)
    assert (report.next_change, report.next_expiry) == (ends, ends)
    report = build(resident, ends)
    assert (report.next_change, report.next_expiry) == (later, later)
    assert build(resident, later).next_expiry is None


def test_what_may_be_half_written_is_pending(desk, resident):
    desk.write("b.md", BROKEN, age_s=0.5)
    assert build(resident).pending == 1


def test_an_error_leaves_it_able_to_build(desk, resident):
    aside = desk.articles.rename(desk.root / "aside")
    with pytest.raises(SettingsError):
        build(resident)
    aside.rename(desk.articles)
    assert build(resident, datetime(2026, 11, 21, tzinfo=UTC)).published == 1


def touch(desk, resident, *names, now=NOW):
    """Build what files of these names change."""
    places = [str(desk.articles / name) for name in names]
    return resident.build(places, now=now, clock=time.time_ns)


def story(title, tag="x", heat=1):
    return (
        f"---\ntitle: {title}\ndate: 2026-11-01\ntopics: [{tag}]\nheat: {heat}\n---\n"
    )


EPISODE = "---\ntitle: {0}\ndate: 2026-11-01\npodcast_file: 2024/{0}.mp3\n---\n"


class TestMedia:
    """A media file that is touched stands for the articles that name it."""

    @pytest.fixture
    def media(self, desk):
        folder = desk.root / "media"
        (folder / "2024").mkdir(parents=True)
        desk.settings = desk.of(
            media_url="https://cdn.example/", media_path=str(folder)
        )
        for name in ("one", "two"):
            desk.write(f"{name}.md", EPISODE.format(name))
        return folder

    @pytest.fixture
    def episodes(self, desk, media):
        assert media.is_dir()
        resident = Resident(desk.settings, jobs=1)
        build(resident)
        return resident

    def size(self, desk, name="one.md"):
        return desk.items()[name]["attachments"][0].get("size_in_bytes")

    def test_one_that_comes_grows_and_goes_is_seen(self, desk, media, episodes):
        file = media / "2024" / "one.mp3"
        for size in (5, 7):
            file.write_bytes(b"x" * size)
            assert touch(desk, episodes, file).parsed == 1
            assert self.size(desk) == size
            assert touch(desk, episodes, file).parsed == 0
        file.unlink()
        assert touch(desk, episodes, file).parsed == 1
        assert self.size(desk) is None

    def test_a_folder_that_is_moved_away_takes_all_in_it(self, desk, media, episodes):
        for name in ("one", "two"):
            (media / "2024" / f"{name}.mp3").write_bytes(b"x")
        assert touch(desk, episodes, media / "2024").parsed == 2
        (media / "2024").rename(desk.root / "away")
        assert touch(desk, episodes, media / "2024").parsed == 2
        assert self.size(desk) is self.size(desk, "two.md") is None

    def test_one_that_nobody_names_changes_nothing(self, desk, media, episodes):
        (media / "2024" / "three.mp3").write_bytes(b"x")
        report = touch(desk, episodes, media / "2024" / "three.mp3")
        assert (report.parsed, report.written) == (0, ())

    def test_a_cold_build_is_the_same_and_no_date_moves(self, desk, media, episodes):
        before = {name: each["date_published"] for name, each in desk.items().items()}
        (media / "2024" / "two.mp3").write_bytes(b"x" * 9)
        touch(desk, episodes, media / "2024" / "two.mp3")
        lived = desk.items()
        desk.build(force=True)
        assert desk.items() == lived
        after = {name: each["date_published"] for name, each in lived.items()}
        assert after == before


class TestZoneData:
    """What a machine knows of a time zone is an input of a build like any other."""

    @pytest.fixture
    def zone(self, desk):
        folder = desk.root / "zones"
        write_zone(folder / "Test" / "Zone", 3)
        desk.settings = structs.replace(desk.settings, site=Site(time_zone="Test/Zone"))
        desk.write("wall.md", ARTICLE.format(title="W", date="2026-11-01 10:00"))
        desk.write("utc.md", ARTICLE.format(title="U", date="2026-11-01T10:00:00Z"))
        with zones_in(folder):
            yield folder / "Test" / "Zone"

    def dates(self, desk):
        return {
            name: (each["date_published"], each.get("date_modified"))
            for name, each in desk.items().items()
        }

    def test_new_data_move_dates_at_the_next_build_whatever_is_touched(
        self, desk, zone
    ):
        lived = Resident(desk.settings, jobs=1)
        build(lived)
        wall = datetime(2026, 11, 1, 7, tzinfo=UTC)
        first = self.dates(desk)
        assert datetime.fromisoformat(first["wall.md"][0]) == wall
        assert touch(desk, lived, "utc.md").parsed == 0
        write_zone(zone, 5)
        assert touch(desk, lived, "utc.md").parsed == 2
        again = self.dates(desk)
        wall -= timedelta(hours=2)
        assert datetime.fromisoformat(again["wall.md"][0]) == wall
        assert again["utc.md"] == first["utc.md"]
        assert touch(desk, lived, "utc.md").parsed == 0

    @pytest.mark.parametrize("force", [False, True], ids=["warm", "cold"])
    def test_a_build_from_scratch_is_the_same_and_no_update_is_told(
        self, desk, zone, force
    ):
        lived = Resident(desk.settings, jobs=1)
        build(lived)
        with opened(desk.settings, private=True) as catalog:
            before = catalog.identity("wall.md")
        write_zone(zone, 5)
        touch(desk, lived, "utc.md")
        once = self.dates(desk)
        desk.build(NOW + timedelta(hours=1), force=force)
        assert self.dates(desk) == once
        with opened(desk.settings, private=True) as catalog:
            after = catalog.identity("wall.md")
        assert after.updated == before.updated
        assert after.significance != before.significance

    def test_an_edit_after_that_is_one(self, desk, zone):
        desk.build()
        write_zone(zone, 5)
        desk.build()
        desk.write("wall.md", ARTICLE.format(title="Edited", date="2026-11-01 10:00"))
        desk.build()
        with opened(desk.settings, private=True) as catalog:
            assert catalog.identity("wall.md").updated == NOW

    def test_so_is_one_at_the_same_time(self, desk, zone):
        desk.build()
        write_zone(zone, 5)
        desk.write("wall.md", ARTICLE.format(title="Edited", date="2026-11-01 10:00"))
        desk.build()
        with opened(desk.settings, private=True) as catalog:
            assert catalog.identity("wall.md").updated == NOW

    def test_a_file_that_is_only_copied_anew_is_none(self, desk, zone):
        desk.build()
        write_zone(zone, 5)
        text = (desk.articles / "wall.md").read_text()
        (desk.articles / "wall.md").unlink()
        desk.write("wall.md", text)
        desk.build()
        with opened(desk.settings, private=True) as catalog:
            updated = catalog.identity("wall.md").updated
        assert updated == datetime(2026, 11, 1, 7, tzinfo=UTC)

    def test_nothing_is_updated_before_it_is_published(self, desk, zone):
        desk.build()
        write_zone(zone, -5)
        desk.build()
        with opened(desk.settings, private=True) as catalog:
            updated = catalog.identity("wall.md").updated
        assert updated == datetime(2026, 11, 1, 15, tzinfo=UTC)

    def test_an_embargo_that_ends_earlier_leaves_no_date_ahead(self, desk, zone):
        due = NOW + timedelta(hours=4)  # 16:00, by a clock three hours ahead
        wall = f"{due + timedelta(hours=3):%Y-%m-%d %H:%M}"
        desk.write("ahead.md", ARTICLE.format(title="A", date=wall))
        desk.build()
        write_zone(zone, 5)
        desk.build()
        desk.build(due - timedelta(hours=2))
        assert "ahead.md" in desk.items()
        with opened(desk.settings, private=True) as catalog:
            assert catalog.identity("ahead.md").updated == due - timedelta(hours=2)


class TestTouchedFiles:
    def test_p10_one_changed_file_is_read_and_its_documents_written(
        self, desk, resident
    ):
        desk.write("b.md", story("B", "fog"))
        build(resident)
        desk.write("a.md", story("Another", "rail"))
        desk.write("b.md", story("B again", "fog"))
        report = touch(desk, resident, "b.md")
        assert (report.parsed, report.rendered) == (1, 1)
        assert {"all.json", "topics/fog.json"} <= set(report.written)
        assert "topics/rail.json" not in report.written
        assert build(resident).parsed >= 1  # the one that nobody told of

    def test_one_that_ends_leaves(self, desk, resident):
        desk.write("b.md", story("B", "fog"))
        build(resident)
        (desk.articles / "b.md").unlink()
        report = touch(desk, resident, "b.md")
        assert (report.articles, report.published) == (1, 1)
        assert (report.gone, report.next_change) == ((), NOW + GRACE)
        report = touch(desk, resident, now=NOW + GRACE)
        assert report.gone == ("topics/fog.json", "topics/fog/latest.json")

    def test_a_new_one_is_published(self, desk, resident):
        build(resident)
        desk.write("c.md", story("C", "fog"))
        report = touch(desk, resident, "c.md")
        assert (report.articles, report.published, report.parsed) == (2, 2, 1)

    def test_what_is_no_article_changes_nothing(self, desk, resident):
        build(resident)
        desk.write(".hidden.md", story("H"))
        report = touch(desk, resident, ".hidden.md", "never.md")
        assert (report.parsed, report.written) == (0, ())

    def test_what_was_pending_is_looked_at_though_nobody_tells(self, desk, resident):
        desk.write("b.md", BROKEN, age_s=0.5)
        assert build(resident).pending == 1
        desk.write("b.md", story("B"))
        report = touch(desk, resident)
        assert (report.pending, report.articles) == (0, 2)

    def test_problems_of_others_are_still_told(self, desk, resident):
        desk.write("b.md", BROKEN)
        assert build(resident).quarantined == 1
        desk.write("a.md", story("A"))
        report = touch(desk, resident, "a.md")
        assert [problem.path for problem in report.problems] == ["b.md"]
        assert report.quarantined == 1

    def test_what_is_due_comes_with_whatever_is_touched(self, desk, resident):
        due = NOW + timedelta(hours=3)
        desk.write("b.md", ARTICLE.format(title="B", date=due.isoformat()))
        build(resident)
        assert touch(desk, resident, "a.md", now=due).published == 2

    def test_after_a_build_of_another_process_all_is_looked_at(self, desk, resident):
        build(resident)
        desk.write("b.md", story("B"))
        desk.build()
        desk.write("c.md", story("C"))
        assert touch(desk, resident, "a.md").articles == 3

    @pytest.mark.parametrize("name", ["link.md", "_data/topics/fog.yaml"])
    def test_where_only_a_scan_can_tell_all_is_looked_at(self, desk, resident, name):
        build(resident)
        place = desk.articles / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name == "link.md":
            place.symlink_to(desk.articles / "a.md")
        else:
            place.write_text("_id: fog\nname: Fog\n")
        desk.write("c.md", story("C"))
        assert touch(desk, resident, name).articles >= 2

    def test_what_is_registered_beside_a_source_counts_at_once(self, desk):
        posts = desk.articles.with_name("_posts")
        posts.mkdir()
        (posts / "a.md").write_text(story("A", "mist"))
        desk.settings = structs.replace(
            desk.settings, sources=(Source(path=str(posts)),)
        )
        resident = Resident(desk.settings, jobs=1)
        build(resident)
        file = posts.with_name("_data") / "topics" / "fog.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("_id: fog\nname: Fog\naliases: [mist]\n")
        report = resident.build({str(file)}, now=NOW, clock=time.time_ns)
        output = Path(desk.settings.output.path)
        assert (output / "topics" / "fog.json").exists()
        assert str(file.parents[1]) in {each.path for each in report.lasting}

    def test_p10_it_asks_the_catalog_no_more_when_there_are_more_articles(self, desk):
        asked = []
        for count in (30, 300):
            for number in range(count):
                desk.write(f"{number}.md", story(f"N{number}", f"tag{number % 5}"))
            resident = Resident(desk.settings, jobs=1)
            build(resident)
            statements = []
            resident._catalog._db.set_trace_callback(statements.append)
            desk.write("7.md", story(f"Changed {count}", "tag2"))
            assert touch(desk, resident, "7.md").parsed == 1
            asked.append(len(statements))
        assert asked[0] == asked[1]

    def test_a_worker_that_was_killed_meanwhile_is_replaced(self, desk, resident):
        build(resident)
        os.kill(resident._bench._waiting.process.pid, signal.SIGKILL)
        desk.write("a.md", story("A"))
        assert touch(desk, resident, "a.md").parsed == 1

    def test_a_folder_that_is_gone_withdraws_nothing(self, desk, resident):
        desk.write("b.md", BROKEN, age_s=0.5)
        build(resident)
        aside = desk.articles.rename(desk.root / "aside")
        with pytest.raises(SettingsError):
            touch(desk, resident)
        aside.rename(desk.articles)
        assert touch(desk, resident).published == 1

    def test_of_two_files_with_one_identity_the_first_counts_as_ever(self, tmp_path):
        desk = Desk(tmp_path)
        other = tmp_path / "blog"
        other.mkdir()
        sources = (*desk.settings.sources, Source(path=str(other), name="blog"))
        desk.settings = structs.replace(desk.settings, sources=sources)
        (desk.articles / "blog").mkdir()
        desk.write("blog/x.md", story("First"))
        (other / "x.md").write_text(story("Second"))
        resident = Resident(desk.settings, jobs=1)
        build(resident)
        (other / "x.md").write_text(story("Second, edited"))
        resident.build([str(other / "x.md")], now=NOW, clock=time.time_ns)
        assert desk.items()["blog/x.md"]["title"] == "First"

    def test_files_of_others_that_came_since_are_not_touched(self, desk, resident):
        build(resident)
        theirs = desk.root / "output/topics/fog.json"
        theirs.parent.mkdir(exist_ok=True)
        theirs.write_text("theirs")
        desk.write("b.md", story("B", "fog"))
        with pytest.raises(PublishError, match="not ours"):
            touch(desk, resident, "b.md")
        assert theirs.read_text() == "theirs"

    def test_a_catalog_that_was_moved_away_is_no_longer_written(self, desk, resident):
        build(resident)
        state = desk.root / "output-state"
        state.rename(desk.root / "restored-later")
        desk.write("b.md", story("B"))
        assert touch(desk, resident, "b.md").parsed == 2
        assert (state / "catalog.sqlite3").exists()

    def test_what_goes_into_a_log_that_was_deleted_is_not_lost(self, desk, resident):
        build(resident)
        (desk.root / "output-state/catalog.sqlite3-wal").unlink()
        desk.write("b.md", story("B"))
        touch(desk, resident, "b.md")
        another = build(Resident(desk.settings, jobs=1), NOW + timedelta(days=1))
        assert (another.parsed, another.changed) == (0, ())


class TestLosses:
    """A build of touched files holds back what a build of all would."""

    NAMES = tuple(f"{number:02}.md" for number in range(30))

    @pytest.fixture
    def many(self, desk, resident):
        for name in self.NAMES:
            desk.write(name, story(name))
        assert build(resident).published == 31
        return resident

    def lose(self, desk, *names):
        for name in names:
            (desk.articles / name).unlink()

    def test_most_of_many_gone_at_once_stay_and_the_rest_is_published(self, desk, many):
        self.lose(desk, *self.NAMES[:18])
        desk.write("a.md", story("Another", "fog"))
        report = touch(desk, many, "a.md", *self.NAMES[:18])
        assert report.held_back == self.NAMES[:18]
        assert [(each.gone, each.of) for each in report.losses] == [(18, 31)]
        assert (report.published, report.has_errors, report.parsed) == (31, True, 1)
        assert "topics/fog.json" in report.written

    def test_one_by_one_takes_no_more(self, desk, many):
        for name in self.NAMES:
            self.lose(desk, name)
            report = touch(desk, many, name)
        assert (report.published, len(report.held_back)) == (16, 15)

    def test_they_are_told_by_each_build_and_come_back_by_themselves(self, desk, many):
        self.lose(desk, *self.NAMES)
        touch(desk, many, *self.NAMES)
        desk.write("a.md", story("Another"))
        report = touch(desk, many, "a.md")
        assert (len(report.losses), report.published) == (1, 31)
        for name in self.NAMES:
            desk.write(name, story(name))
        report = touch(desk, many, *self.NAMES)
        assert (report.losses, report.held_back, report.problems) == ((), (), ())
        assert (report.published, report.written) == (31, ())

    def test_a_build_of_all_says_the_same(self, desk, many):
        self.lose(desk, *self.NAMES[:18])
        told = touch(desk, many, *self.NAMES[:18])
        whole = build(Resident(desk.settings, jobs=1))
        assert (whole.losses, whole.held_back) == (told.losses, told.held_back)
        assert (whole.published, whole.written) == (31, ())

    @pytest.mark.parametrize("command", ["stoker build --accept-loss", "a 'b c'"])
    def test_it_tells_the_command_that_accepts(self, desk, command):
        resident = Resident(desk.settings, jobs=1, accept=command)
        for name in self.NAMES[:3]:
            desk.write(name, story(name))
        build(resident)
        self.lose(desk, *self.NAMES[:3])
        (loss,) = touch(desk, resident, *self.NAMES[:3]).losses
        assert loss.accept == command

    def test_what_another_process_accepts_is_gone_for_it_too(self, desk, many):
        self.lose(desk, *self.NAMES[:18])
        touch(desk, many, *self.NAMES[:18])
        regenerate(
            desk.settings,
            now=NOW,
            clock=time.time_ns,
            jobs=1,
            accept_loss=True,
            progress=lambda *_: None,
        )
        report = touch(desk, many)
        assert (report.losses, report.held_back, report.published) == ((), (), 13)

    def test_to_delete_one_asks_no_more_of_the_catalog_when_there_are_more(self, desk):
        asked = []
        for count in (30, 300):
            for number in range(count):
                desk.write(f"{number}.md", story(f"N{number}", f"tag{number % 5}"))
            resident = Resident(desk.settings, jobs=1)
            build(resident)
            for name in ("3.md", "4.md", "5.md", "6.md", "7.md"):
                steps = []
                step = partial(steps.append, 1)
                resident._catalog._db.set_progress_handler(step, 100)
                self.lose(desk, name)
                report = touch(desk, resident, name)
            assert report.published == count - 5
            asked.append(len(steps))
            build(resident, NOW + timedelta(days=count))  # an hour later, at least
        assert asked[1] < 1.5 * asked[0]


def long(title, tag):
    return story(title, tag) + "It sails. " * 200


class TestSlowCodings:
    """What changes is published without them, and gets them when all is at rest."""

    @pytest.fixture
    def desk(self, desk):
        desk.settings = structs.replace(
            desk.settings,
            output=structs.replace(desk.settings.output, encodings=("gzip", "br")),
        )
        desk.write("b.md", long("B", "fog"))
        return desk

    @staticmethod
    def codings(desk) -> dict[str, set[str]]:
        """Return the codings of each document that has any, by the folder as well."""
        found = {
            record.path: {each.coding for each in record.representations[1:]}
            for record in manifest(desk).documents
        }
        root = Path(desk.settings.output.path)
        ends = {"gzip": ".gz", "br": ".br"}
        for path, codings in found.items():
            there = {c for c, end in ends.items() if (root / f"{path}{end}").exists()}
            assert there == codings
        return {path: codings for path, codings in found.items() if codings}

    def test_they_come_when_nothing_else_is_to_be_done(self, desk, resident):
        build(resident)
        whole = self.codings(desk)
        assert whole["topics/fog.json"] == {"gzip", "br"}
        desk.write("b.md", long("C", "fog"))
        first = touch(desk, resident, "b.md")
        assert (first.is_news, first.is_unfinished) == (True, True)
        changed = whole.keys() - {"index.html"}  # which is the same whatever B says
        found = self.codings(desk)
        assert all(found[path] == {"gzip"} for path in changed)
        before = {each.path: each for each in manifest(desk).documents}
        second = touch(desk, resident)
        assert (second.is_news, second.is_unfinished) == (False, False)
        assert second.rendered == 0
        assert {each.path for each in second.changed} == changed
        assert all(name.endswith(".br") for name in second.written)
        assert self.codings(desk) == whole
        for record in manifest(desk).documents:
            was = before[record.path]
            assert record.last_modified == was.last_modified
            assert record.representations[: len(was.representations)] == (
                was.representations
            )
        assert touch(desk, resident).written == ()

    def test_documents_that_stay_as_they_are_keep_them(self, desk):
        desk.settings = structs.replace(
            desk.settings, feeds=structs.replace(desk.settings.feeds, html=True)
        )
        for name in ("c", "d", "e", "f"):
            desk.write(f"{name}.md", story(f"The long story of {name} " * 20, "rail"))
        resident = Resident(desk.settings, jobs=1)
        build(resident)
        whole = self.codings(desk)
        picture = 'tags: x\nimages: ["https://a.example/b.jpg"]\n'
        desk.write("b.md", long("B", "fog").replace("heat:", f"{picture}heat:"))
        report = touch(desk, resident, "b.md")
        assert "all.json" in report.written
        assert "all.html" not in report.written
        now = self.codings(desk)
        assert (now["all.html"], now["all.json"]) == (whole["all.html"], {"gzip"})

    def test_edits_in_a_row_leave_none_without(self, desk, resident):
        desk.write("a.md", long("A", "rail"))
        build(resident)
        whole = self.codings(desk)
        desk.write("b.md", long("C", "fog"))
        touch(desk, resident, "b.md")
        desk.write("a.md", long("D", "rail"))
        touch(desk, resident, "a.md")
        touch(desk, resident)
        assert self.codings(desk) == whole

    def test_a_builder_that_dies_leaves_none_without(self, desk, resident):
        build(resident)
        whole = self.codings(desk)
        desk.write("b.md", long("C", "fog"))
        touch(desk, resident, "b.md")
        another = build(Resident(desk.settings, jobs=1))
        assert all(name.endswith(".br") for name in another.written)
        assert self.codings(desk) == whole


def test_what_expired_before_it_was_ever_in_a_feed_comes_when_the_clock_goes_back(desk):
    desk.write("a.md", story("A"))
    desk.build(NOW)
    expiry = (NOW + timedelta(hours=1)).isoformat()
    desk.write("b.md", story("B").replace("heat: 1", f"expirydate: {expiry}"))
    desk.build(NOW + timedelta(hours=2))
    assert set(desk.items()) == {"a.md"}
    desk.build(NOW + timedelta(minutes=30))
    assert set(desk.items()) == {"a.md", "b.md"}
