"""Registry files are read as articles are: when at rest, within bounds, in workers."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.catalog import Catalog, open_catalog
from feeds.errors import Problem
from feeds.pipeline.registration import read_registration
from feeds.pipeline.registries import load_registry
from feeds.pipeline.registry_files import Batch, Register
from feeds.pipeline.registry_records import terms_of
from feeds.pipeline.workers import MEMORY_MIB
from feeds.registry import Registry
from feeds.settings import Limits, Settings, Source
from feeds.source import Folder, scan

pytestmark = pytest.mark.timeout(30)
RAIL = "name: Rail\naliases: [trains]\n"
WAGONS = "name: Wagons\n"
BROKEN = "name: [\n"


class Office:
    """A folder of registry files, and what a catalog makes of them."""

    def __init__(self, root: Path, catalog: Catalog) -> None:
        self.settings = Settings(sources=(Source(path=str(root)),))
        self.folder = root / "_data" / "topics"
        self.folder.mkdir(parents=True)
        self._catalog = catalog

    def write(self, text: str, *, age_s: float, name: str = "rail.yaml") -> Path:
        file = self.folder / name
        file.write_text(text)
        mtime = time.time() - age_s  # noqa: TID251 - the clock of files
        os.utime(file, (mtime, mtime))
        return file

    def load(
        self, *, repeats: bool = False, force: bool = False
    ) -> tuple[Registry, tuple[Problem, ...]]:
        return load_registry(
            self.settings,
            self._catalog,
            jobs=1,
            force=force,
            repeats=repeats,
            clock=time.time_ns,
        )

    def batch(self, register: Register) -> Batch:
        """Return the files as they go to the workers."""
        folder = Folder(
            path=str(self.folder), name="topics", include=("*.yaml",), exclude=()
        )
        files, _ = scan([folder])
        return Batch(
            files=[("topic", file) for file in files],
            terms=terms_of(self.settings),
            register=register,
        )

    def names(self, **how: bool) -> tuple[set[str], list[str]]:
        """Return the topics' names, and how severe the problems are."""
        registry, problems = self.load(**how)
        return (
            {topic.name for topic in registry.topics.values()},
            [each.severity for each in problems],
        )


def greedy(kind, path, content, terms):
    """Take more memory than a worker may, at one file."""
    if path == "topics/greedy.yaml":
        bytearray((8 * MEMORY_MIB) << 20)
    return read_registration(kind, path, content, terms)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "state").mkdir()
    with open_catalog(tmp_path / "state") as catalog:
        yield Office(tmp_path / "articles", catalog)


class TestRepeatedBuilds:
    """A file younger than five seconds goes on meaning what it meant."""

    @pytest.mark.parametrize("text", [WAGONS, BROKEN, "", "taxonomy: game\n"])
    def test_a_young_change_moves_nothing_and_is_noted(self, office, text):
        office.write(RAIL, age_s=60)
        office.load(repeats=True)
        office.write(text, age_s=1)
        for _ in range(2):
            registry, (problem,) = office.load(repeats=True)
            assert registry.topic_slug("trains") == "rail"
            assert problem.severity == "note"
            assert "just written" in problem.expected

    def test_it_counts_once_it_is_older_though_it_has_not_changed(self, office):
        office.write(RAIL, age_s=60)
        office.load(repeats=True)
        file = office.write(WAGONS, age_s=1)
        office.load(repeats=True)
        os.utime(file, (1_767_225_600, 1_767_225_600))
        assert office.names(repeats=True) == ({"Wagons"}, [])

    def test_a_new_file_counts_at_once(self, office):
        office.write(RAIL, age_s=0)
        assert office.names(repeats=True) == ({"Rail"}, [])

    def test_one_that_means_the_same_is_no_doubt(self, office):
        office.write(RAIL, age_s=60)
        office.load(repeats=True)
        office.write(f"# The railways\n{RAIL}", age_s=0)
        assert office.names(repeats=True) == ({"Rail"}, [])

    def test_a_new_broken_file_is_noted_and_an_error_when_older(self, office):
        office.write(BROKEN, age_s=0)
        assert office.names(repeats=True) == (set(), ["note"])
        office.write(BROKEN, age_s=6)
        assert office.names(repeats=True) == (set(), ["error"])

    def test_an_older_change_counts(self, office):
        office.write(RAIL, age_s=60)
        office.load(repeats=True)
        office.write(WAGONS, age_s=6)
        assert office.names(repeats=True) == ({"Wagons"}, [])

    def test_a_date_ahead_is_no_age(self, office):
        office.write(RAIL, age_s=60)
        office.load(repeats=True)
        office.write(WAGONS, age_s=-3600)
        assert office.names(repeats=True) == ({"Wagons"}, [])


class TestSingleBuild:
    """Who has just saved a file, and builds, finds it in effect."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [(WAGONS, ({"Wagons"}, [])), (BROKEN, ({"Rail"}, ["error"]))],
    )
    @pytest.mark.parametrize("age_s", [0, 0.5, 60])
    def test_a_change_counts_once_at_rest_for_a_second(
        self, office, text, expected, age_s
    ):
        office.write(RAIL, age_s=60)
        office.load()
        office.write(text, age_s=age_s)
        started = time.monotonic()
        assert office.names() == expected
        assert time.monotonic() - started < max(0, 1 - age_s) + 1
        assert office.names() == expected

    def test_one_completed_meanwhile_is_left_to_the_next_build(self, office):
        office.write(RAIL, age_s=60)
        office.load()
        file = office.write("name: Wag\n", age_s=0)
        writer = threading.Timer(0.4, lambda: file.write_text(WAGONS))
        writer.start()
        assert office.names() == ({"Rail"}, ["note"])
        writer.join()
        assert office.names() == ({"Wagons"}, [])

    def test_one_that_goes_meanwhile_means_it_until_then(self, office):
        office.write(RAIL, age_s=60)
        office.load()
        file = office.write(WAGONS, age_s=0)
        leaver = threading.Timer(0.4, file.unlink)
        leaver.start()
        assert office.names() == ({"Rail"}, ["note"])
        leaver.join()
        assert office.names() == (set(), [])


class TestBounds:
    @pytest.mark.parametrize(
        ("limits", "told"),
        [
            pytest.param(Limits(nesting=2), "more than 2 levels", id="nesting"),
            pytest.param(Limits(nodes=3), "more than 3 values", id="nodes"),
            pytest.param(Limits(front_matter_bytes=9), "at most 9 bytes", id="bytes"),
        ],
    )
    def test_the_limits_of_the_settings_hold(self, office, limits, told):
        office.write("name: Rail\nx: [[1], [2]]\n", age_s=60)
        assert office.names() == ({"Rail"}, [])
        office.settings = replace(office.settings, limits=limits)
        for _ in range(2):
            registry, (problem,) = office.load()
            assert (problem.severity, told in problem.expected) == ("error", True)
            assert registry.topic_slug("Rail") == "rail"

    def test_they_hold_in_front_matter(self, office):
        folder = office.folder.parent / "organizations"
        folder.mkdir()
        text = "---\nname: Quay\nx: [[1], [2]]\n---\n"
        (folder / "quay.md").write_text(text)
        office.settings = replace(office.settings, limits=Limits(nesting=2))
        _, (problem,) = office.load()
        assert "more than 2 levels" in problem.expected

    def test_what_takes_too_much_memory_costs_no_other(self, office):
        office.write(RAIL, age_s=60)
        office.write(WAGONS, age_s=60, name="greedy.yaml")
        known = office.batch(register=greedy).known(jobs=1)
        (problem,) = known["topics/greedy.yaml"].problems
        assert "can be read; it takes more than 256 MiB" in problem.expected
        assert known["topics/rail.yaml"].registration.name == "Rail"

    def test_a_name_that_yaml_repeats_is_kept_once(self, office):
        many = ", ".join(["*a"] * 10_000)
        office.write(f"name: Rail\naliases: [&a Trains, {many}]\n", age_s=60)
        registry, problems = office.load()
        assert (registry.topic_slug("trains"), problems) == ("rail", ())

    def test_a_name_without_end_is_dropped(self, office):
        """Each build would make a slug of it."""
        office.write(f"name: Rail\naliases: [{'y' * 501}, Trains]\n", age_s=60)
        registry, (problem,) = office.load()
        assert (problem.key, problem.line, problem.severity) == (
            "aliases",
            2,
            "warning",
        )
        assert problem.expected == "expected at most 500 characters; dropped"
        assert registry.topic_slug("trains") == "rail"


def test_with_force_every_file_is_read_again(office):
    office.write(BROKEN, age_s=60)
    assert office.names(force=True) == (set(), ["error"])
    assert office.names(force=True) == (set(), ["error"])
