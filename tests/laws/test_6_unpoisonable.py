"""Law 6: no article removes another; incremental and cold builds are the same bytes."""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from feeds.settings import Feeds, Settings
from tests.laws.site import NOW, SETTINGS, Newsroom, Piece, id_of, names, written
from tests.laws.strategies import (
    BROKEN,
    REGISTERED_PROVIDERS,
    REGISTERED_TOPICS,
    ciphers,
    pieces,
    styles,
)

ROOMY = Settings(site=SETTINGS.site, feeds=Feeds(limit=50))


class Edits(RuleBasedStateMachine):
    """Any sequence of edits and builds, beside a model of what must be published."""

    paths = Bundle("paths")

    @initialize(target=paths, some=st.lists(pieces, max_size=6), style=styles)
    def start(self, some, style):
        self.root = Path(tempfile.mkdtemp(prefix="stoker-law-"))
        self.room = Newsroom(self.root / "room", ROOMY)
        self.now = NOW
        self.intact: dict[str, Piece] = {}  # what the sound files say
        self.broken: set[str] = set()
        self.held: set[str] = set()
        self.shown: dict[str, Piece] = {}  # the last good versions built
        self.built_at = NOW
        self.missing: set[str] = set()  # held back: of a loss
        self.serial = 0
        self.urls: set[str] = set()
        self.gathering = 0  # edits to come before the next build
        return multiple(*(self.add(piece, style) for piece in some))

    def teardown(self):
        self.room.close()
        shutil.rmtree(self.root)

    @rule(target=paths, piece=pieces, style=styles)
    def add(self, piece, style):
        self.serial += 1
        name = f"story-{self.serial}.md"
        self._write(name, piece, style)
        return name

    @rule(target=paths, kind=st.sampled_from(sorted(BROKEN)))
    def add_broken(self, kind):
        self.serial += 1
        name = f"story-{self.serial}.md"
        self.break_it(name, kind)
        return name

    @rule(name=paths, piece=pieces, style=styles)
    def edit_or_heal(self, name, piece, style):
        self._write(name, piece, style)

    @rule(name=paths, style=styles, cipher=ciphers)
    def rewrite_unseen(self, name, style, cipher):
        if name in self.intact:
            self._write(name, replace(self.intact[name], secured=cipher), style)

    @rule(name=paths, kind=st.sampled_from(sorted(BROKEN)))
    def break_it(self, name, kind):
        self.room.write(name, BROKEN[kind])
        self._forget(name)
        self.broken.add(name)

    @rule(name=paths)
    def make_it_plain_text(self, name):
        self.room.write(name, "Notes without any front matter.\n")
        self._forget(name)
        self.held.add(name)

    @rule(name=consumes(paths))
    def delete(self, name):
        self.room.delete(name)
        self._forget(name)

    @rule(target=paths, name=consumes(paths))
    def rename(self, name):
        self.serial += 1
        new = f"story-{self.serial}.md"
        self.room.rename(name, new)
        if name in self.intact:
            self.intact[new] = self.intact.pop(name)
        for kind in (self.broken, self.held):
            if name in kind:
                kind.remove(name)
                kind.add(new)
        return new

    @rule(edits=st.integers(0, 2))
    def lose_all_for_a_while(self, edits):
        """Have every file gone at one build or more, with none in their place."""
        there = self.intact, self.broken, self.held
        names = [*self.intact, *self.broken, *self.held]
        for name in names:
            self.room.rename(name, f".aside-{name}")
        self.intact, self.broken, self.held = {}, set(), set()
        for _ in range(edits + 1):
            self.gathering = 0
            self.warm_and_cold_builds_agree()
        for name in names:
            self.room.rename(f".aside-{name}", name)
        self.intact, self.broken, self.held = there

    @rule(
        topics=st.sampled_from(sorted(REGISTERED_TOPICS)),
        providers=st.sampled_from(sorted(REGISTERED_PROVIDERS)),
    )
    def register(self, topics, providers):
        self.room.register(REGISTERED_TOPICS[topics], REGISTERED_PROVIDERS[providers])

    @rule(hours=st.integers(0, 5))
    def wait(self, hours):
        self.now += timedelta(hours=hours)

    @rule(edits=st.integers(1, 3))
    def let_edits_gather(self, edits):
        self.gathering = edits

    @invariant()
    def warm_and_cold_builds_agree(self):
        if self.gathering:
            self.gathering -= 1
            return
        twin = self.room.twin(self.root / "twin")
        warm = self.build_warm()
        cold = twin.build(self.now, force=True)
        self._model_build(warm)
        assert twin.dated_files() == self.room.dated_files()
        assert (cold.published, cold.stale, cold.problems, cold.held_back) == (
            warm.published,
            warm.stale,
            warm.problems,
            warm.held_back,
        )
        assert set(warm.stale) == (self.broken | self.held) & self.shown.keys()
        self._check_published()

    @invariant()
    def no_url_is_lost(self):
        """It is true that what was published once is there, be it under another name."""
        files = set(self.room.files())
        assert self.urls <= files
        self.urls |= {name for name in files if name.endswith(".atom")}

    def build_warm(self):
        return self.room.build(self.now)

    @rule()
    def build_cold(self):
        self._model_build(self.room.build(self.now, force=True))
        self._check_published()

    @invariant()
    def no_temporaries_are_left(self):
        assert not list(self.room.output.glob(".*"))

    def _write(self, name, piece, style):
        self.room.write(name, written(piece, style))
        self._forget(name)
        self.intact[name] = piece

    def _forget(self, name):
        self.intact.pop(name, None)
        self.broken.discard(name)
        self.held.discard(name)

    def _model_build(self, report):
        """Keep what stood and is broken; how much of what is gone, the report says."""
        there = self.intact.keys() | self.broken | self.held
        self.missing = set(report.held_back)
        assert self.missing <= self.shown.keys() - there
        lost = self.broken | self.held | self.missing
        # What was not public when it was last built stands in for nothing.
        kept = {
            n: p
            for n, p in self.shown.items()
            if n in lost and p.is_published and p.published_at <= self.built_at
        }
        self.shown = {**kept, **self.intact}
        self.built_at = self.now

    def _check_published(self):
        due = {
            name: piece
            for name, piece in self.shown.items()
            if piece.is_published and piece.published_at <= self.now
        }
        by_date = sorted(
            due, key=lambda name: (-due[name].published_at.timestamp(), name)
        )
        items = self.room.items("all.json")
        assert [item["id"] for item in items] == [id_of(name) for name in by_date]
        assert [item["title"] for item in items] == [due[n].title for n in by_date]


class FollowedEdits(Edits):
    """The same, where one that stays in memory is told which files were touched."""

    def build_warm(self):
        return self.room.follow(self.now)


for machine in (Edits, FollowedEdits):
    machine.TestCase.settings = settings(
        max_examples=6, stateful_step_count=20, deadline=None
    )
TestAnySequenceOfEdits = pytest.mark.timeout(400)(Edits.TestCase)
TestAnySequenceOfFollowedEdits = pytest.mark.timeout(400)(FollowedEdits.TestCase)


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_a_broken_article_costs_no_other(newsroom, kind):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece()))
    room.build()
    before = room.footprint()
    room.write("broken.md", BROKEN[kind])
    report = room.build(NOW + timedelta(hours=1))
    assert [problem.path for problem in report.problems] == ["broken.md"]
    assert report.quarantined + report.empty == 1
    assert (report.stale, report.written) == ((), ())
    assert room.footprint() == before


@pytest.mark.parametrize("force", [False, True], ids=["incremental", "cold"])
def test_the_last_good_version_stays_whichever_build_finds_it_broken(newsroom, force):
    room = newsroom()
    for name in names(3):
        room.write(name, written(Piece()))
    room.build()
    before = room.footprint()
    room.write(names(1)[0], BROKEN["an unclosed quote"])
    for hours in (1, 2):
        report = room.build(NOW + timedelta(hours=hours), force=force)
        assert report.stale == (names(1)[0],)
        assert room.footprint() == before


def test_a_date_put_right_leaves_no_trace_of_the_wrong_one(newsroom):
    room = newsroom()
    name = names(1)[0]
    far = NOW + timedelta(days=9_000)
    room.write(name, written(Piece(published_at=far, title="First title")))
    room.build()
    room.write(name, written(Piece(published_at=NOW)))
    room.build(NOW + timedelta(hours=1))
    (item,) = room.items("all.json")
    assert item["date_modified"] <= f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    updated = b"<updated>2026-11-20T1"
    assert room.files()["all.atom"].count(b"<updated>") == room.files()[
        "all.atom"
    ].count(updated)


@pytest.mark.parametrize("count", [40, 20, 3])
@pytest.mark.parametrize("is_followed", [False, True], ids=["whole", "touched"])
def test_a_loss_is_held_back_alike_and_costs_no_other(tmp_path, is_followed, count):
    room = Newsroom(tmp_path / "room", ROOMY)
    build = room.follow if is_followed else room.build
    kept = [f"kept-{number}.md" for number in range(0 if count == 3 else 2)]
    lost = [f"port/{number}.md" for number in range(count)]
    for name in (*kept, *lost):
        room.write(name, f"---\ntitle: Of {name}\ndate: 2026-11-01\n---\n")
    build(NOW)
    for hours, name in enumerate(("new.md", "newer.md", *kept), start=1):
        for path in lost:
            if (room.articles / path).exists():
                room.delete(path)
        room.write(name, f"---\ntitle: Now {name}\ndate: 2026-11-02\n---\n")
        now = NOW + timedelta(hours=hours)
        twin = room.twin(tmp_path / "twin")
        warm, cold = build(now), twin.build(now, force=True)
        assert set(warm.held_back) == set(cold.held_back) == set(lost)
        assert twin.dated_files() == room.dated_files()
        assert (warm.losses, warm.problems) == (cold.losses, cold.problems)
        titles = {item["title"] for item in room.items("all.json")}
        assert {f"Now {name}", *(f"Of {path}" for path in lost)} <= titles
