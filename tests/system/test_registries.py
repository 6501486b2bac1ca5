"""Topics and providers from settings and files, from the article to the document."""

import json
import shutil
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from msgspec.structs import replace

from feeds.errors import SettingsError
from feeds.pipeline import regenerate
from feeds.settings import Provider, RegistryFiles, Topic
from tests.laws.site import NOW, Newsroom, Piece, contents, written
from tests.system.conftest import ENVIRON

RAIL = """\
taxonomy: topic
_id: rail
name: Railways
shortname: Trains
keywords: [night trains, sleepers]
images:
  - /rail.png
"""
QUAY = """\
---
taxonomy: organization
_id: quay.example
name: Quay & Co
otherNames: [The Quay]
domain: quay.example
images:
  - url: /50.png
    width: 50
  - url: /400.png
    width: 400
---
"""


@pytest.fixture
def newsroom(tmp_path):
    """Return a newsroom with three articles of as many topics and providers."""
    made = Newsroom(tmp_path / "site")
    for name, topic, provider in (
        ("a.md", "night trains", "quay.example"),
        ("b.md", "RAILWAYS", "tug.example"),
        ("c.md", "Ferries", "quay.example"),
    ):
        made.write(name, written(Piece(topics=(topic,), provider=provider)))
    return made


def with_settings(newsroom, **changes):
    newsroom.settings = replace(newsroom.settings, **changes)


def feeds_of(newsroom):
    """Return what feeds.json says of each feed in its default order, by path.

    And as `count`, how many entries it has.
    """
    rows = json.loads(newsroom.files()["feeds.json"])
    return {
        row["path"]: {**row, "count": len(newsroom.items(f"{row['path']}.json"))}
        for row in rows
        if row["path"].count("/") <= 1
    }


def document(newsroom, path):
    return newsroom.files()[path].decode()


class TestFiles:
    def test_i46_a_topic_file_names_the_feed(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        report = newsroom.build()
        assert report.problems == ()
        found = feeds_of(newsroom)
        topics = {path for path in found if path.startswith("topics/")}
        assert topics == {"topics/rail", "topics/ferries"}
        assert found["topics/rail"]["title"] == "The Harbour Log: Railways"
        assert found["topics/rail"]["count"] == 2
        assert found["topics/rail"]["keywords"] == ["night trains", "sleepers"]
        assert "keywords" not in found["topics/ferries"]

    def test_i46_entries_state_the_name_that_counts(self, newsroom):
        newsroom.write("_data/topics/rail.yml", RAIL)
        newsroom.write("_data/organizations/quay.example.md", QUAY)
        newsroom.build()
        items = {item["id"][-4:]: item for item in newsroom.items("all.json")}
        assert items["a.md"]["tags"] == ["Railways", "news"]
        assert items["b.md"]["tags"] == ["Railways", "news"]
        assert items["a.md"]["authors"][0]["name"] == "Quay & Co"
        assert items["b.md"]["authors"][0]["name"] == "tug.example"
        assert "<name>Quay &amp; Co</name>" in document(newsroom, "all.atom")
        assert ">Railways</category>" in document(newsroom, "all.rss")

    @pytest.mark.parametrize(
        ("stem", "image"),
        [("topics/rail", "rail.png"), ("providers/quay.example", "400.png")],
    )
    def test_i46_the_image_is_that_of_the_feed(self, newsroom, stem, image):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.write("_data/organizations/quay.example.md", QUAY)
        newsroom.build()
        url = f"https://feeds.example/{image}"
        assert f"<logo>{url}</logo>" in document(newsroom, f"{stem}.atom")
        assert f"<image><url>{url}</url>" in document(newsroom, f"{stem}.rss")
        assert json.loads(document(newsroom, f"{stem}.json"))["icon"] == url
        assert "<logo>" not in document(newsroom, "topics/ferries.atom")

    def test_i46_more_folders_may_hold_some(self, newsroom, tmp_path):
        topics = tmp_path / "shared" / "topics"
        topics.mkdir(parents=True)
        (topics / "rail.yaml").write_text(RAIL)
        folders = RegistryFiles(folders=(str(tmp_path / "shared"),))
        with_settings(newsroom, registry=folders)
        newsroom.build()
        assert "topics/rail" in feeds_of(newsroom)

    def test_a_folder_that_is_not_there_is_refused(self, newsroom, tmp_path):
        folders = RegistryFiles(folders=(str(tmp_path / "none"),))
        with_settings(newsroom, registry=folders)
        with pytest.raises(SettingsError, match=r"registry\.folders\[0\]"):
            newsroom.build()

    def test_i46_the_settings_beat_the_files(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        with_settings(
            newsroom, topics=(Topic(name="Trains", slug="rail", aliases=("railways",)),)
        )
        assert newsroom.build().problems == ()
        found = feeds_of(newsroom)
        assert found["topics/rail"]["title"] == "The Harbour Log: Trains"

    @pytest.mark.parametrize(
        ("settings", "file", "content", "stem"),
        [
            pytest.param({"topics": (Topic(name="Rail", aliases=("Trains", "railways")),)}, "topics/trains.yaml", "name: Trains\n", "topics/rail", id="topic"),
            pytest.param({"providers": (Provider(name="Quay", domain="quay.example"),)}, "organizations/quay.md", "---\nname: Quay\n---\n", "providers/quay.example", id="provider"),
        ],
    )  # fmt: skip
    def test_no_file_is_at_odds_with_the_settings(
        self, newsroom, settings, file, content, stem
    ):
        newsroom.write(f"_data/{file}", content)
        with_settings(newsroom, **settings)
        assert newsroom.build().problems == ()
        assert stem in feeds_of(newsroom)

    def test_a_parent_that_nobody_registers_is_refused(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        with_settings(newsroom, topics=(Topic(name="Berths", parent="railways"),))
        newsroom.build()
        with_settings(newsroom, topics=(Topic(name="Berths", parent="Air"),))
        with pytest.raises(SettingsError, match=r"topics\[0\]\.parent.*'Air'"):
            newsroom.build()


class TestProblems:
    @pytest.mark.parametrize(
        ("content", "line", "expected"),
        [
            pytest.param("name: a\nb: c: d\n", 2, "expected YAML: ", id="no YAML"),
            pytest.param("- a\n", 0, "expected keys and values as YAML", id="a list"),
            pytest.param("", 0, "expected keys and values as YAML", id="empty"),
            pytest.param("[" * 21, 1, "expected YAML: more than 20 levels", id="deep"),
            pytest.param("a: &a [1,1]\nb: *x\n", 2, "expected YAML: ", id="alias"),
            pytest.param(b"name: \xff\xfe\n", 1, "expected UTF-8 text", id="no text"),
            pytest.param("x" * (1_048_576 + 1), 0, "expected at most 1048576 bytes", id="large"),
        ],
    )  # fmt: skip
    def test_a_bad_file_is_named_and_costs_nobody_else(
        self, newsroom, content, line, expected
    ):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.write("_data/topics/bad.yaml", content)
        report = newsroom.build()
        (problem,) = report.problems
        assert (problem.path, problem.line) == ("_data/topics/bad.yaml", line)
        assert problem.expected.startswith(expected)
        assert report.has_errors
        assert feeds_of(newsroom)["topics/rail"]["count"] == 2

    @pytest.mark.parametrize(
        ("content", "line", "key", "expected"),
        [
            pytest.param("taxonomy: game\nname: X\n", 1, "taxonomy", "expected 'topic'; not read", id="another kind"),
            pytest.param("keywords: [x]\n", 0, "name", "expected a name; not read", id="no name"),
            pytest.param("name: X\nimages: ['ftp://x/']\n", 2, "images", "expected an http(s) URL; dropped", id="image"),
            pytest.param("name: X\nkeywords:\n  - [y]\n", 2, "keywords", "expected text", id="list in a list"),
            pytest.param("name: X\n_id: a/b\n", 2, "_id", "expected a slug such as 'a-b'", id="no slug"),
            pytest.param("name: X\n_id: CON\n", 2, "_id", "expected a slug such as 'con-feed'", id="reserved"),
            pytest.param("name: X\nparent: Air\n", 2, "parent", "expected the name of a registered topic", id="no parent"),
            pytest.param("name: X\nparent: X\n", 2, "parent", "expected a topic that is not below it, as _data/topics/x.yaml is", id="circle"),
            pytest.param("name: X\n_id: rail\n", 2, "_id", "expected a slug of its own, but _data/topics/rail.yaml has it too", id="slug"),
            pytest.param("name: railways\n", 1, "name", "expected a name of its own, but _data/topics/rail.yaml has it too", id="name"),
            pytest.param("name: X\nshortname: trains\n", 2, "shortname", "expected a name of its own, but _data/topics/rail.yaml has it too", id="alias"),
        ],
    )  # fmt: skip
    def test_r16_what_is_wrong_in_a_file_is_told_and_dropped(
        self, newsroom, content, line, key, expected
    ):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.write("_data/topics/x.yaml", content)
        report = newsroom.build()
        (problem,) = report.problems
        assert (problem.path, problem.line) == ("_data/topics/x.yaml", line)
        assert (problem.key, problem.expected) == (key, expected)
        assert problem.severity == "warning"
        assert feeds_of(newsroom)["topics/rail"]["count"] == 2

    def test_a_file_that_breaks_goes_on_meaning_what_it_meant(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.build()
        before = newsroom.footprint()
        newsroom.write("_data/topics/rail.yaml", RAIL + "\tname: [\n")
        for force in (False, False, True):
            report = newsroom.build(force=force)
            (problem,) = report.problems
            assert problem.severity == "error"
            assert contents(newsroom.output) == {
                n: c for n, (_, _, c) in before.items()
            }
        newsroom.delete("_data/topics/rail.yaml")
        assert newsroom.build().problems == ()
        assert "topics/rail" not in feeds_of(newsroom)

    def test_a_link_out_of_the_folder_is_not_followed(self, newsroom, tmp_path):
        (tmp_path / "rail.yaml").write_text(RAIL)
        newsroom.write("_data/topics/.keep", "")
        link = newsroom.articles / "_data" / "topics" / "rail.yaml"
        link.symlink_to(tmp_path / "rail.yaml")
        (problem,) = newsroom.build().problems
        assert problem.path == "_data/topics/rail.yaml"
        assert "topics/rail" not in feeds_of(newsroom)

    def test_a_folder_that_is_a_link_out_of_the_source_is_not_read(
        self, newsroom, tmp_path
    ):
        (tmp_path / "topics").mkdir()
        (tmp_path / "topics" / "rail.yaml").write_text(RAIL)
        (newsroom.articles / "_data").mkdir()
        (newsroom.articles / "_data" / "topics").symlink_to(tmp_path / "topics")
        assert newsroom.build().problems == ()
        assert "topics/rail" not in feeds_of(newsroom)


class TestIncremental:
    """A change of the registry rewrites what it changes, and nothing else."""

    def test_an_unchanged_registry_writes_nothing(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.build()
        before = newsroom.footprint()
        report = newsroom.build()
        assert (report.parsed, report.rendered, report.written) == (0, 0, ())
        assert newsroom.footprint() == before

    def test_registering_what_articles_say_already_renders_nothing(self, newsroom):
        newsroom.build()
        newsroom.write("_data/topics/ferries.yaml", "name: Ferries\n")
        report = newsroom.build()
        assert (report.rendered, report.written) == (0, ())

    def test_another_image_rewrites_the_feeds_of_its_topic(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.build()
        newsroom.write("_data/topics/rail.yaml", RAIL.replace("rail.png", "r.png"))
        report = newsroom.build()
        assert (report.parsed, report.rendered) == (0, 0)
        formats = {path.split(".")[0] for path in report.written} - {"manifest"}
        assert formats == {"topics/rail", *(f"topics/rail/{o}" for o in ("latest", "hot", "top"))}  # fmt: skip

    def test_another_name_rewrites_what_names_it(self, newsroom):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.build()
        before = newsroom.files()
        newsroom.write("_data/topics/rail.yaml", RAIL.replace("Railways", "Rails"))
        report = newsroom.build()
        # "RAILWAYS" is no name of it any more, "night trains" is.
        assert (report.parsed, report.rendered) == (0, 2)
        after = newsroom.files()
        same = [
            path for path in before if path in after and after[path] == before[path]
        ]
        assert "topics/ferries.atom" in same
        assert "providers/quay.example.atom" not in same
        assert ids_and_dates(newsroom) == {
            "a.md": "2026-11-19T12:00:00Z",
            "b.md": "2026-11-19T12:00:00Z",
            "c.md": "2026-11-19T12:00:00Z",
        }

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"topics": (Topic(name="Rail", aliases=("railways",), image="/r"),)}, id="topic"),
            pytest.param({"topics": (Topic(name="Sea", slug="s"), Topic(name="Ferries", parent="Sea"))}, id="parent"),
            pytest.param({"providers": (Provider(name="Quay", domain="quay.example", aliases=("tug.example",)),)}, id="provider"),
            pytest.param({"providers": (Provider(name="Q", domain="quay.example", slug="q", keywords=("k",)),)}, id="slug"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("include_children", [False, True])
    def test_afterwards_it_is_as_built_afresh(
        self, newsroom, tmp_path, change, include_children
    ):
        newsroom.write("_data/topics/rail.yaml", RAIL)
        newsroom.build()
        feeds = replace(newsroom.settings.feeds, include_children=include_children)
        for step in (change, {"topics": (), "providers": ()}, change):
            with_settings(newsroom, feeds=feeds, **step)
            twin = newsroom.twin(tmp_path / "twin")
            with_settings(twin, feeds=feeds, **step)
            newsroom.build()
            twin.build(force=True)
            assert newsroom.dated_files() == twin.dated_files()


def ids_and_dates(newsroom):
    """Return what readers take for the dates of the last change."""
    items = newsroom.items("all.json")
    return {item["id"].rpartition("/")[2]: item["date_modified"] for item in items}


PROBE = """
import sys
import time
from datetime import datetime, UTC
from pathlib import Path
from feeds.pipeline import regenerate
from feeds.settings import load
settings = load(None, environ={}, flags={}, folder=Path(sys.argv[1])).settings
now = datetime(2026, 11, 20, 12, tzinfo=UTC)
regenerate(settings, now=now, clock=time.time_ns, jobs=1)
print(*(name for name in ("yaml", "frontmatter") if name in sys.modules))
"""


@pytest.mark.parametrize("has_files", [True, False])
def test_a_build_without_changes_imports_no_yaml(newsroom, has_files):
    if has_files:
        newsroom.write("_data/topics/rail.yaml", RAIL)
    (newsroom.root / "stoker.toml").write_text("[[sources]]\npath = 'articles'\n")
    imported = [
        subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-c", PROBE, str(newsroom.root)],
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert imported[0]
    assert imported[1] == []


TAGGED = "---\ntitle: {name}\ndate: 2026-11-01\ntags: [{tags}]\n---\n"


GRACE = timedelta(days=30)  # by default


class TestFreeTags:
    def test_i44_a_tag_has_a_feed_from_the_minimum_on_and_keeps_it(self, newsroom):
        newsroom.write("t1.md", TAGGED.format(name="t1", tags="Once, Twice"))
        newsroom.build()
        assert not {"topics/once", "topics/twice"} & set(feeds_of(newsroom))
        newsroom.write("t2.md", TAGGED.format(name="t2", tags="Twice"))
        newsroom.build()
        assert "topics/once" not in feeds_of(newsroom)
        assert feeds_of(newsroom)["topics/twice"]["count"] == 2
        newsroom.delete("t2.md")
        newsroom.build()
        assert feeds_of(newsroom)["topics/twice"]["count"] == 1
        newsroom.delete("t1.md")
        newsroom.build()
        assert feeds_of(newsroom)["topics/twice"]["count"] == 0
        newsroom.build(NOW + GRACE)
        assert "topics/twice" not in feeds_of(newsroom)

    def test_i44_a_feed_that_ended_begins_like_any_other(self, newsroom):
        for name in ("t1.md", "t2.md"):
            newsroom.write(name, TAGGED.format(name=name, tags="Twice"))
        newsroom.build()
        for name in ("t1.md", "t2.md"):
            newsroom.delete(name)
        newsroom.build()
        newsroom.build(NOW + GRACE)
        newsroom.write("t3.md", TAGGED.format(name="t3", tags="Twice"))
        newsroom.build(NOW + GRACE)
        assert "topics/twice" not in feeds_of(newsroom)
        newsroom.write("t4.md", TAGGED.format(name="t4", tags="Twice"))
        newsroom.build(NOW + GRACE)
        assert feeds_of(newsroom)["topics/twice"]["count"] == 2

    def test_i44_another_minimum_is_for_feeds_to_come(self, newsroom):
        for name in ("t1.md", "t2.md"):
            newsroom.write(name, TAGGED.format(name=name, tags="Twice"))
        newsroom.build()
        feeds = replace(newsroom.settings.feeds, tag_minimum=3)
        with_settings(newsroom, feeds=feeds)
        newsroom.build()
        assert feeds_of(newsroom)["topics/twice"]["count"] == 2

    @pytest.mark.parametrize("lost", ["output", "output-state"])
    def test_i44_a_lost_folder_does_not_end_a_feed(self, newsroom, lost):
        for name in ("t1.md", "t2.md"):
            newsroom.write(name, TAGGED.format(name=name, tags="Twice"))
        newsroom.build()
        newsroom.delete("t2.md")
        newsroom.build()
        shutil.rmtree(newsroom.root / lost)
        newsroom.build()
        assert feeds_of(newsroom)["topics/twice"]["count"] == 1

    def test_i44_a_dry_run_begins_nothing(self, newsroom):
        for name in ("t1.md", "t2.md"):
            newsroom.write(name, TAGGED.format(name=name, tags="Twice"))
        regenerate(
            newsroom.settings,
            now=NOW,
            clock=time.time_ns,
            jobs=1,
            dry_run=True,
        )
        newsroom.delete("t2.md")
        newsroom.build()
        assert "topics/twice" not in feeds_of(newsroom)

    def test_i44_one_is_enough_when_asked_for(self, newsroom):
        feeds = replace(newsroom.settings.feeds, tag_minimum=1)
        with_settings(newsroom, feeds=feeds)
        newsroom.write("t1.md", TAGGED.format(name="t1", tags="Once"))
        newsroom.build()
        assert "topics/once" in feeds_of(newsroom)

    def test_i44_entries_state_tags_without_feeds(self, newsroom):
        newsroom.write("t1.md", TAGGED.format(name="t1", tags="Once"))
        newsroom.build()
        tags = [item.get("tags") for item in newsroom.items("all.json")]
        assert ["Once"] in tags


def test_explain_says_that_a_tag_has_too_few(site):
    site.write_text("t.md", TAGGED.format(name="t", tags="Once, Ferries"))
    run = site.stoker("explain", "t.md", "--now", NOW.isoformat())
    why = "out: a free tag, on 1 of the 2 articles that begin a feed"
    assert f"  topics/once\t{why}\n" in run.stdout
    assert "  topics/ferries\t" in run.stdout
    assert "topics/once/latest" not in run.stdout


def test_check_names_the_registry_file(site):
    (site.articles / "_data" / "topics").mkdir(parents=True)
    site.write_text("_data/topics/x.yaml", "name: [\n")
    run = site.stoker("check", "--now", NOW.isoformat())
    assert "_data/topics/x.yaml:2" in run.stdout
    assert run.returncode == 3


def test_r16_two_topics_with_one_slug_are_exit_2(site):
    config = site.root / "stoker.toml"
    two = "\n[[topics]]\nname = 'Rail'\n[[topics]]\nname = 'Trains'\nslug = 'rail'\n"
    config.write_text(config.read_text() + two)
    run = site.build()
    assert run.returncode == 2
    assert "topics[1].slug: expected a slug of its own, but topics[0] (" in run.stderr
