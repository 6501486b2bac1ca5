"""A feed outlives its name, and its last article: its subscribers lose nothing.

The settings change, and `_data` beside them; what is published says what became of it.
"""

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import etree
from msgspec import structs

from feeds.catalog import open_catalog
from feeds.pipeline.transfer import adopt, exported, imported
from feeds.settings import Output, Provider, RegistryFiles, Topic, state_path
from tests.input.samples import NOW

ATOM = "{http://www.w3.org/2005/Atom}"
GRACE = timedelta(days=30)
HOUR = timedelta(hours=1)
AUTHORITY = "tag:feeds.example,2026:feed"
SLUGGED = Topic(name="Night Trains", slug="sleepers")


class Site:
    """A site with a few articles, whose settings change."""

    def __init__(self, desk, resident_of):
        self.desk = desk
        self._now = NOW
        self._resident_of = resident_of
        for at in range(2):
            desk.story(f"night-{at}.md", "topics: [Night Trains]", "provider: Post")
        desk.story("boat.md", "topics: [Boats]", "provider: Quay")

    def set(self, **settings):
        self.desk.settings = structs.replace(self.desk.settings, **settings)

    def build(self, *, after=HOUR, **settings):
        """Build a while later, under other settings."""
        self.set(**settings)
        self._now += after
        return self.desk.build(self._now)

    def document(self, stem):
        return etree.parse(self.desk.output / f"{stem}.atom").getroot()

    def id_of(self, stem):
        return self.document(stem).findtext(f"{ATOM}id")

    def updated(self, stem):
        return datetime.fromisoformat(self.document(stem).findtext(f"{ATOM}updated"))

    def entries(self, stem):
        return {each.findtext(f"{ATOM}id") for each in self.document(stem).iter(ENTRY)}

    def manifest(self):
        return json.loads((self.desk.output / "manifest.json").read_bytes())

    def moved(self):
        """Return where the Atom documents of default orders moved, by stem."""
        return {
            path.removesuffix(".atom"): target.removesuffix(".atom")
            for path, target in self.manifest().get("moved", {}).items()
            if path.endswith(".atom") and not path.endswith("/latest.atom")
        }

    def bytes_of(self, path):
        return (self.desk.output / path).read_bytes()


ENTRY = f"{ATOM}entry"


@pytest.fixture
def site(desk_of, resident_of):
    formats = ("atom", "json")
    desk = desk_of(feeds={"formats": formats, "orders": ("latest",), "html": True})
    desk.settings = structs.replace(
        desk.settings,
        output=Output(path=desk.settings.output.path, encodings=("gzip",)),
    )
    return Site(desk, resident_of)


class TestRename:
    def test_the_feed_keeps_its_id_and_its_entries(self, site):
        site.build()
        before = site.entries("topics/night-trains")
        site.build(topics=(SLUGGED,))
        assert site.id_of("topics/sleepers") == f"{AUTHORITY}/topics/night-trains"
        assert site.entries("topics/sleepers") == before
        latest = site.id_of("topics/sleepers/latest")
        assert latest == f"{AUTHORITY}/topics/night-trains/latest"

    def test_the_old_files_go_on_as_copies_of_the_new(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        moved = site.manifest()["moved"]
        assert moved == {
            f"topics/night-trains{end}": f"topics/sleepers{end}"
            for end in (".atom", ".json", ".html", "/latest.atom", "/latest.json")
        }
        codings = [
            path for path in site.desk.files() if path.endswith("trains.atom.gz")
        ]
        assert codings
        for path, target in moved.items():
            assert site.bytes_of(path) == site.bytes_of(target)
        assert site.manifest()["gone"] == []

    def test_they_stay_copies_when_an_article_comes(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        site.desk.story("night-9.md", "topics: [Night Trains]")
        report = site.build()
        assert "topics/night-trains.atom" in report.written
        for path, target in site.manifest()["moved"].items():
            assert site.bytes_of(path) == site.bytes_of(target)

    def test_a_build_with_nothing_new_writes_nothing(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        assert site.build().written == ()

    def test_a_copy_that_was_damaged_is_made_anew(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        (site.desk.output / "topics/night-trains.atom").write_bytes(b"")
        report = site.build()
        assert report.written == ("topics/night-trains.atom",)
        target = site.bytes_of("topics/sleepers.atom")
        assert site.bytes_of("topics/night-trains.atom") == target

    def test_back_again_all_is_as_it_was_and_the_new_name_leads_there(self, site):
        site.build()
        before = site.bytes_of("topics/night-trains.json")
        site.build(topics=(SLUGGED,))
        site.build(topics=())
        assert site.bytes_of("topics/night-trains.json") == before
        assert site.moved() == {"topics/sleepers": "topics/night-trains"}

    def test_no_date_of_a_file_goes_back(self, site):
        path = "topics/night-trains.atom"
        dates = []
        for topics in ((), (SLUGGED,), (), (SLUGGED,)):
            site.build(topics=topics)
            dates.append((site.desk.output / path).stat().st_mtime)
        assert dates == sorted(set(dates))

    def test_a_new_feed_of_the_old_name_has_an_id_of_its_own(self, site):
        site.build()
        site.build(topics=(Topic(name="Sleepers", aliases=("Night Trains",)),))
        site.build(
            topics=(
                Topic(name="Sleepers", aliases=("Sleeping Cars",)),
                Topic(name="Rail at Night", slug="night-trains"),
            )
        )
        site.desk.story("cars.md", "topics: [Sleeping Cars]")
        site.build()
        ids = [site.id_of(f"topics/{slug}") for slug in ("sleepers", "night-trains")]
        assert ids[0] == f"{AUTHORITY}/topics/night-trains"
        assert ids[1] == f"{AUTHORITY}/topics/night-trains~2"
        assert site.moved() == {}

    def test_a_small_tag_goes_on(self, site):
        """So few articles would begin no feed."""
        site.desk.story("a.md", "tags: [Fog]")
        site.desk.story("b.md", "tags: [Fog]")
        site.build(topics=(Topic(name="Fog", slug="mist"),))
        (site.desk.articles / "b.md").unlink()
        site.build(topics=())
        assert site.moved() == {"topics/mist": "topics/fog"}
        assert len(site.entries("topics/fog")) == 1

    def test_one_that_a_setting_and_a_build_in_memory_see_alike(self, site):
        resident = site._resident_of(site.desk)
        resident(None)
        site.set(topics=(SLUGGED,))
        whole = site._resident_of(site.desk)
        report = whole(None, NOW + HOUR)
        assert report.moved["topics/night-trains.atom"] == "topics/sleepers.atom"
        file = site.desk.story("night-9.md", "topics: [Night Trains]")
        report = whole([str(file)], NOW + 2 * HOUR)
        assert report.moved["topics/night-trains.atom"] == "topics/sleepers.atom"
        assert "topics/night-trains.atom" in report.written

    def test_a_dry_run_moves_nothing(self, site):
        site.build()
        before = site.desk.files()
        site.set(topics=(SLUGGED,))
        report = site.desk.build(NOW + HOUR, dry_run=True)
        assert "topics/sleepers.atom" in report.written
        assert site.desk.files() == before

    def test_a_format_that_is_made_no_more_leads_to_one_that_is(self, site):
        site.build()
        feeds = structs.replace(site.desk.settings.feeds, formats=("json",))
        site.build(topics=(SLUGGED,), feeds=feeds)
        moved = site.manifest()["moved"]
        assert moved["topics/night-trains.atom"] == "topics/sleepers.json"
        assert "topics/sleepers.atom" not in moved


class TestTwo:
    """More than one feed, and one name."""

    BOTH = Topic(name="Boats", aliases=("Night Trains",))

    def test_merged_the_survivor_keeps_its_id_and_the_other_leads_there(self, site):
        site.build()
        site.build(topics=(self.BOTH,))
        assert site.id_of("topics/boats") == f"{AUTHORITY}/topics/boats"
        assert site.moved() == {"topics/night-trains": "topics/boats"}
        assert len(site.entries("topics/boats")) == 3

    def test_parted_again_each_is_what_it_was(self, site):
        site.build()
        stems = ("topics/boats", "topics/night-trains")
        before = [(site.id_of(stem), site.entries(stem)) for stem in stems]
        site.build(topics=(self.BOTH,))
        site.build(topics=())
        assert [(site.id_of(stem), site.entries(stem)) for stem in stems] == before
        assert site.moved() == {}

    def test_parted_again_older_names_lead_to_the_one_whose_they_were(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        site.build(topics=(self.BOTH,))
        assert set(site.moved().values()) == {"topics/boats"}
        site.build(topics=())
        assert site.moved() == {"topics/sleepers": "topics/night-trains"}

    def test_no_reader_of_either_sees_the_feed_go_back_in_time(self, site):
        site.build()
        site.desk.story("night-0.md", "topics: [Night Trains]", "excerpt: Longer.")
        site.build()
        later = site.updated("topics/night-trains")
        assert later > site.updated("topics/boats")
        shutil.rmtree(site.desk.articles)
        site.desk.articles.mkdir()
        site.desk.story("boat.md", "topics: [Boats]")
        site.set(topics=(self.BOTH,))
        site.desk.build(NOW + 9 * HOUR, accept_loss=True)
        assert site.updated("topics/boats") >= later

    def test_swapped_each_takes_its_id_along(self, site):
        slugs = ("one", "two")
        names = ("Boats", "Night Trains")
        site.build(topics=tuple(map(topic, names, slugs)))
        before = [
            (site.id_of(f"topics/{s}"), site.entries(f"topics/{s}")) for s in slugs
        ]
        site.build(topics=tuple(map(topic, reversed(names), slugs)))
        after = [
            (site.id_of(f"topics/{s}"), site.entries(f"topics/{s}")) for s in slugs
        ]
        assert after == before[::-1]
        assert site.moved() == {}

    def test_split_the_name_that_was_registered_keeps_the_id(self, site):
        site.build(topics=(self.BOTH,))
        site.build(topics=(Topic(name="Boats"), Topic(name="Night Trains")))
        assert site.id_of("topics/boats") == f"{AUTHORITY}/topics/boats"
        assert site.id_of("topics/night-trains") == f"{AUTHORITY}/topics/night-trains"

    def test_an_article_with_another_topic_moves_no_feed(self, site):
        site.build()
        for at in range(2):
            site.desk.story(f"night-{at}.md", "topics: [Day Trains]")
        site.build()
        assert site.moved() == {}
        assert site.entries("topics/night-trains") == set()
        assert site.id_of("topics/day-trains") == f"{AUTHORITY}/topics/day-trains"


def topic(name, slug):
    return Topic(name=name, slug=slug)


class TestProviders:
    def test_a_provider_gets_a_domain(self, site):
        site.build()
        site.build(providers=(Provider(name="Post", domain="post.example"),))
        assert site.id_of("providers/post.example") == f"{AUTHORITY}/providers/post"
        assert site.moved() == {"providers/post": "providers/post.example"}

    def test_entries_name_their_source_by_the_id_it_keeps(self, site):
        site.build()
        site.build(providers=(Provider(name="Post", domain="post.example"),))
        sources = {
            each.findtext(f"{ATOM}id") for each in site.document("all").iter(SOURCE)
        }
        assert sources == {f"{AUTHORITY}/providers/{slug}" for slug in ("post", "quay")}

    def test_files_of_registries_that_are_read_for_the_first_time(self, site):
        data = site.desk.root / "_data"
        for folder in ("topics", "organizations"):
            (data / folder).mkdir(parents=True)
        (data / "topics/night.yaml").write_text("name: Night Trains\nslug: sleepers\n")
        (data / "organizations/post.md").write_text(
            "---\nname: Post\ndomain: post.example\n---\n"
        )
        site.build()
        before = site.entries("topics/night-trains")
        site.build(registry=RegistryFiles(folders=(str(data),)))
        assert site.moved() == {
            "topics/night-trains": "topics/sleepers",
            "providers/post": "providers/post.example",
        }
        assert site.entries("topics/sleepers") == before
        assert site.manifest()["gone"] == []


SOURCE = f"{ATOM}source"


class TestLedger:
    @pytest.fixture
    def renamed(self, site):
        site.build()
        site.build(topics=(SLUGGED,))
        site.build(topics=(SLUGGED, Topic(name="Boats", slug="ships")))
        return site

    def test_an_export_takes_it_along(self, renamed):
        state = state_path(renamed.desk.settings)
        with open_catalog(state, private=True) as catalog:
            lines = b"".join(exported(catalog.ledger()))
        ledger, problems = imported("ledger", lines)
        assert problems == []
        shutil.rmtree(state)
        shutil.rmtree(renamed.desk.output)
        adopt(ledger, state, now=NOW, replace=False)
        renamed.build()
        assert renamed.id_of("topics/sleepers") == f"{AUTHORITY}/topics/night-trains"
        assert renamed.moved() == {
            "topics/night-trains": "topics/sleepers",
            "topics/boats": "topics/ships",
        }

    def test_a_lost_ledger_is_learnt_from_what_is_published(self, renamed):
        before = published(renamed)
        shutil.rmtree(state_path(renamed.desk.settings))
        assert renamed.build().written == ()
        assert published(renamed) == before

    def test_it_moves_on_from_there(self, renamed):
        shutil.rmtree(state_path(renamed.desk.settings))
        renamed.build(topics=())
        assert (
            renamed.id_of("topics/night-trains") == f"{AUTHORITY}/topics/night-trains"
        )
        assert renamed.moved() == {
            "topics/sleepers": "topics/night-trains",
            "topics/ships": "topics/boats",
        }

    def test_a_lost_output_folder_is_written_anew(self, renamed):
        before = published(renamed)
        shutil.rmtree(renamed.desk.output)
        renamed.build()
        assert published(renamed) == before


def published(site):
    """Return all that is published but the manifest, whose order may differ."""
    return {
        path: content
        for path, content in site.desk.files().items()
        if path.startswith("output/") and not path.endswith("manifest.json")
    }


class TestLastArticle:
    """Of a topic, until another comes or the grace is over."""

    @pytest.fixture
    def emptied(self, site):
        site.build()
        (site.desk.articles / "boat.md").unlink()
        self.report = site.build()
        return site

    def test_the_feed_stays_valid_and_empty(self, emptied):
        assert emptied.entries("topics/boats") == set()
        assert json.loads(emptied.bytes_of("topics/boats.json"))["items"] == []
        assert "topics/boats" in emptied.desk.feeds()
        assert emptied.manifest()["gone"] == []

    def test_its_end_is_an_instant_that_a_build_knows_of(self, emptied):
        end = NOW + 2 * HOUR + GRACE
        assert self.report.next_change == end
        assert emptied.desk.build(end - timedelta(seconds=1)).gone == ()
        report = emptied.desk.build(end)
        assert "topics/boats.atom" in report.gone
        assert report.next_change is None
        assert "topics/boats.atom" in emptied.manifest()["gone"]

    def test_a_clock_set_back_brings_it_back(self, emptied):
        emptied.desk.build(NOW + 2 * GRACE)
        emptied.desk.build(NOW + 3 * HOUR)
        assert emptied.entries("topics/boats") == set()

    def test_an_article_that_comes_back_costs_nothing(self, emptied):
        emptied.desk.story("boat.md", "topics: [Boats]", "provider: Quay")
        emptied.build()
        assert emptied.id_of("topics/boats") == f"{AUTHORITY}/topics/boats"
        assert len(emptied.entries("topics/boats")) == 1

    def test_registered_it_stays_for_good(self, emptied):
        report = emptied.build(topics=(Topic(name="Boats"),), after=3 * GRACE)
        assert emptied.entries("topics/boats") == set()
        # The provider's has ended, nobody having registered that.
        assert {path.partition("/")[0] for path in report.gone} == {"providers"}

    def test_a_registered_topic_that_never_had_an_article_has_no_feed(self, site):
        site.build(topics=(Topic(name="Airships"),))
        assert "topics/airships" not in site.desk.feeds()

    def test_one_that_was_renamed_stays_under_both_names(self, emptied):
        emptied.build(topics=(Topic(name="Boats", slug="ships"),))
        assert emptied.moved() == {"topics/boats": "topics/ships"}
        assert emptied.id_of("topics/ships") == f"{AUTHORITY}/topics/boats"

    def test_when_it_ends_its_old_names_do(self, site):
        site.build(topics=(Topic(name="Boats", slug="ships"),))
        site.build(topics=())
        (site.desk.articles / "boat.md").unlink()
        site.build()
        site.build(after=GRACE)
        assert site.moved() == {}
        ended = {"topics/boats.atom", "topics/ships.atom"}
        assert ended <= set(site.manifest()["gone"])

    def test_the_grace_is_a_setting(self, emptied):
        grace = timedelta(days=2)
        feeds = structs.replace(emptied.desk.settings.feeds, empty_grace=grace)
        assert emptied.build(feeds=feeds).next_change == NOW + 2 * HOUR + grace
        assert "topics/boats.atom" in emptied.build(after=grace).gone

    def test_one_that_stays_in_memory_does_the_same(self, site):
        build = site._resident_of(site.desk)
        build(None)
        file = site.desk.articles / "boat.md"
        file.unlink()
        report = build([str(file)], NOW + HOUR)
        assert report.next_change == NOW + HOUR + GRACE
        assert site.entries("topics/boats") == set()
        assert "topics/boats.atom" in build((), NOW + HOUR + GRACE).gone

    def test_with_the_ledger_lost_the_time_goes_on(self, emptied):
        shutil.rmtree(state_path(emptied.desk.settings))
        assert emptied.build().next_change == NOW + 2 * HOUR + GRACE
        assert emptied.entries("topics/boats") == set()


def test_a_ledger_of_an_older_release_begins_with_what_is_published(site):
    """It says which topics had a feed, and nothing more."""
    site.desk.story("a.md", "tags: [Fog]")
    site.desk.story("b.md", "tags: [Fog]")
    site.build()
    (site.desk.articles / "b.md").unlink()
    state = state_path(site.desk.settings)
    with open_catalog(state) as catalog:
        ledger = catalog.ledger()
        catalog.replace_ledger(replace(ledger, lineages=()))
        catalog.commit()
    site.build(topics=(SLUGGED,))
    assert len(site.entries("topics/fog")) == 1
    assert site.moved() == {"topics/night-trains": "topics/sleepers"}


@pytest.mark.parametrize(
    "goals",
    [
        pytest.param({"topics/a": "topics/b"}, id="to a feed that is not there"),
        pytest.param(
            {"topics/a": "topics/b", "topics/b": "all", "all": ""}, id="chain"
        ),
        pytest.param({"topics/a": "topics/a"}, id="to itself"),
    ],
)
def test_a_ledger_whose_feeds_lead_nowhere_is_refused(goals):
    rows = [{"kind": "lineage", "stem": s, "moved_to": g} for s, g in goals.items()]
    head = {"kind": "stoker-ledger", "version": 1, "lines": len(rows)}
    lines = "\n".join(json.dumps(each) for each in (head, *rows))
    _, problems = imported("ledger.jsonl", lines.encode())
    assert [(each.line, each.key) for each in problems] == [(2, "moved_to")]
