"""Topics and providers that are registered beside the source, as on Jekyll's sites."""

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.pipeline import survey
from feeds.settings import RegistryFiles, Source, load
from tests.input.samples import NOW

SEA = "_id: open-sea\nname: The open sea\naliases: [Ocean]\n"
QUAY = "---\n_id: quay.example\nname: Quay & Co\n---\n"


class Site:
    """A desk whose articles are in another folder, and files beside that."""

    def __init__(self, desk, source: str):
        self.desk = desk
        self.root = desk.root / "site"
        self.write(
            f"{source}/a.md", "---\ntitle: A\ndate: 2026-11-01\ntopics: [Ocean]\n---\n"
        )
        self.use(source)

    def use(self, *sources: str) -> None:
        found = tuple(
            Source(path=os.path.join(self.root, each), name="" if not at else f"s{at}")  # noqa: PTH118 - as it is written
            for at, each in enumerate(sources)
        )
        self.desk.settings = replace(self.desk.settings, sources=found)

    def set_folders(self, *folders: str) -> None:
        registry = RegistryFiles(folders=tuple(str(self.root / f) for f in folders))
        self.desk.settings = replace(self.desk.settings, registry=registry)

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        os.utime(file, (1_767_225_600, 1_767_225_600 + len(text)))
        return file

    def topics(self) -> set[str]:
        return {each for each in self.desk.feeds() if each.startswith("topics/")}


@pytest.fixture
def site_of(desk):
    return lambda source: Site(desk, source)


def notes(report) -> list[tuple[str, bool]]:
    """Return the folder of each note, and whether it was read."""
    assert {each.severity for each in report.lasting} <= {"note"}
    return [
        (each.path, not each.expected.startswith("not ")) for each in report.lasting
    ]


class TestBesideAMarkedSource:
    @pytest.mark.parametrize(
        ("source", "data"),
        [
            *(("_posts", "_data"), ("_news", "_data"), ("blog/_posts", "blog/_data")),
            *(("a/_b/_c", "a/_b/_data"), ("_posts/.", "_data"), ("x/../_posts", "_data")),
            *(("_posts/2026/..", "_data"), ("_日本", "_data")),
        ],
    )  # fmt: skip
    def test_it_is_read_and_a_note_says_so(self, site_of, source, data):
        site = site_of(source)
        (site.root / "_posts" / "2026").mkdir(parents=True, exist_ok=True)
        site.write(f"{data}/topics/sea.yaml", SEA)
        report = site.desk.build()
        assert site.topics() == {"topics/open-sea"}
        assert report.problems == ()
        ((folder, is_read),) = notes(report)
        assert Path(folder).resolve() == site.root / data
        assert is_read

    def test_providers_are_too(self, site_of):
        site = site_of("_posts")
        site.write("_data/organizations/quay.md", QUAY)
        site.write(
            "_posts/b.md",
            "---\ntitle: B\ndate: 2026-11-02\nprovider: Quay and Co\n---\n",
        )
        site.desk.build()
        assert "providers/quay.example" in site.desk.feeds()

    def test_sources_that_share_it_read_it_once(self, site_of):
        site = site_of("_posts")
        site.write("_data/topics/sea.yaml", SEA)
        (site.root / "_drafts").mkdir()
        (site.root / "articles").mkdir()
        site.use("_posts", "_drafts", "articles")
        report = site.desk.build()
        assert (len(notes(report)), report.problems) == (1, ())
        assert site.topics() == {"topics/open-sea"}

    @pytest.mark.parametrize("is_inside", [True, False])
    def test_a_source_by_another_name_is_what_it_is_in_truth(self, site_of, is_inside):
        site = site_of("_posts" if is_inside else "kept/entries")
        link, target = (
            ("entries", "_posts") if is_inside else ("_posts", "kept/entries")
        )
        (site.root / link).symlink_to(site.root / target)
        site.write("_data/topics/sea.yaml", SEA)
        site.use(link)
        assert notes(site.desk.build()) == [(str(site.root / "_data"), True)]
        assert site.topics() == {"topics/open-sea"}

    def test_the_sources_own_goes_before_it(self, site_of):
        site = site_of("_posts")
        site.write("_posts/_data/topics/sea.yaml", SEA)
        site.write("_data/topics/sea.yaml", "_id: x\nname: Waters\naliases: [Ocean]\n")
        site.desk.build()
        assert site.topics() == {"topics/open-sea"}

    def test_what_registers_nothing_is_passed_over(self, site_of):
        site = site_of("_posts")
        for name, text in (
            ("topics/sea.yaml", SEA),
            ("topics/list.yml", "- title: Home\n  url: /\n"),
            ("topics/text.yml", "just words\n"),
            ("topics/empty.yaml", ""),
            ("topics/other.yaml", "en: Sea\nde: Meer\n"),
            ("topics/named.yaml", "name: {en: Sea}\n"),
            ("topics/kind.yaml", "taxonomy: colour\nname: Blue\n"),
            ("organizations/README.md", "# Read me\n"),
            ("navigation.yml", "- broken: [\n"),
            ("members.csv", "a,b\n"),
            ("tree.json", "{"),
        ):
            site.write(f"_data/{name}", text)
        report = site.desk.build()
        assert report.problems == ()
        assert site.topics() == {"topics/open-sea"}

    def test_nothing_is_said_where_nothing_might_be_registered(self, site_of):
        site = site_of("_posts")
        site.write("_data/navigation.yml", "- a\n")
        site.write("_data/topics/.hidden.yaml", SEA)
        report = site.desk.build()
        assert (report.lasting, report.problems) == ((), ())

    def test_a_broken_file_is_an_error_with_its_line_and_costs_nothing(self, site_of):
        site = site_of("_posts")
        file = site.write("_data/topics/sea.yaml", SEA)
        site.write("_data/topics/ice.yaml", "name: Ice\n")
        site.desk.build()
        for broken in ("name: x\nname: [\n", "- a list by now\n"):
            site.write("_data/topics/sea.yaml", broken)
            (problem,) = site.desk.build().problems
            assert (problem.path, problem.severity) == (str(file), "error")
            assert site.topics() == {"topics/open-sea"}
        assert problem.line == 0

    def test_it_may_come_later_and_go_again(self, site_of):
        site = site_of("_posts")
        for _ in range(2):
            assert site.desk.build().lasting == ()
            assert site.topics() == {"topics/ocean"}
            site.write("_data/topics/sea.yaml", SEA)
            assert len(notes(site.desk.build())) == 1
            assert site.topics() == {"topics/open-sea"}
            shutil.rmtree(site.root / "_data")

    def test_a_link_that_leads_away_is_told_and_not_followed(self, site_of):
        site = site_of("_posts")
        site.write("../elsewhere/topics/sea.yaml", SEA)
        (site.root / "_data").symlink_to(site.root.parent / "elsewhere")
        (note,) = site.desk.build().lasting
        assert "leads elsewhere" in note.expected
        assert site.topics() == {"topics/ocean"}

    def test_what_is_a_source_itself_is_none(self, site_of):
        site = site_of("_posts")
        site.write("_data/topics/sea.yaml", SEA)
        site.use("_posts", "_data")
        assert site.desk.build().lasting == ()


class TestBesideAnother:
    @pytest.mark.parametrize("name", ["_data", "data"])
    @pytest.mark.parametrize("source", ["articles", "content/posts", "posts/_2026/.."])
    def test_a_note_tells_the_setting(self, site_of, source, name):
        site = site_of(source)
        (site.root / "posts" / "_2026").mkdir(parents=True, exist_ok=True)
        data = Path(os.path.normpath(site.root / source)).with_name(name)
        site.write(f"{data.relative_to(site.root)}/topics/sea.yaml", SEA)
        report = site.desk.build()
        assert notes(report) == [(str(data), False)]
        assert "registry.folders" in report.lasting[0].expected
        assert site.topics() == {"topics/ocean"}
        assert report.problems == ()

    def test_nothing_is_said_of_what_else_is_in_there(self, site_of):
        site = site_of("content")
        site.write("data/authors/sea.yaml", SEA)
        site.write("data/topics/sea.toml", "")
        site.write("data/topics.yaml", SEA)
        assert site.desk.build().lasting == ()

    def test_nor_of_one_that_is_read_for_another_source(self, site_of):
        site = site_of("articles")
        site.write("_data/topics/sea.yaml", SEA)
        (site.root / "_posts").mkdir()
        site.use("articles", "_posts")
        assert notes(site.desk.build()) == [(str(site.root / "_data"), True)]


class TestSetting:
    @pytest.mark.parametrize("source", ["_posts", "articles"])
    def test_an_empty_list_switches_it_off(self, site_of, source):
        site = site_of(source)
        site.write("_data/topics/sea.yaml", SEA)
        site.set_folders()
        assert site.desk.build().lasting == ()
        assert site.topics() == {"topics/ocean"}

    @pytest.mark.parametrize("source", ["_posts", "articles"])
    def test_a_folder_decides_alone(self, site_of, source):
        site = site_of(source)
        site.write("_data/topics/sea.yaml", SEA)
        site.write("other/topics/tide.yaml", "_id: tide\nname: Ocean\n")
        site.set_folders("other")
        assert site.desk.build().lasting == ()
        assert site.topics() == {"topics/tide"}

    def test_one_that_names_it_needs_no_note(self, site_of):
        site = site_of("_posts")
        site.write("_data/topics/sea.yaml", SEA)
        registry = RegistryFiles(folders=("auto", str(site.root / "_data")))
        site.desk.settings = replace(site.desk.settings, registry=registry)
        assert site.desk.build().lasting == ()
        assert site.topics() == {"topics/open-sea"}

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            *(('["auto"]', ["auto"]), ("[]", []), ('["./auto"]', ["{}/auto"])),
            ('["auto", "x/_data"]', ["auto", "{}/x/_data"]),
        ],
    )
    def test_auto_is_no_folder(self, tmp_path, written, expected):
        file = tmp_path / "stoker.toml"
        file.write_text(f"[registry]\nfolders = {written}\n")
        found = load(file, environ={}, flags={}, folder=tmp_path).settings
        assert list(found.registry.folders) == [e.format(tmp_path) for e in expected]
        environ = {"STOKER_REGISTRY__FOLDERS": "auto,x"}
        found = load(file, environ=environ, flags={}, folder=tmp_path).settings
        assert found.registry.folders == ("auto", str(tmp_path / "x"))

    def test_a_look_tells_the_same(self, site_of):
        site = site_of("_posts")
        site.write("_data/topics/sea.yaml", SEA)
        found = survey(site.desk.settings, now=NOW, clock=lambda: 2**62, jobs=1)
        assert notes(found) == [(str(site.root / "_data"), True)]
