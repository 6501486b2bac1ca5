"""A catalog that is damaged, lost or of others costs no id, no date and no article."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.system.conftest import NOW, Site

LATER = "2026-11-21T12:00:00Z"
LATEST = "2026-11-22T12:00:00Z"
DONE, FAILED, QUARANTINE = 0, 1, 3
PAGE = 4096


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site that has a past: an article changed, one broken, another gone.

    Its base URL is another than the one that ids were first made with.
    """
    site = Site(tmp_path_factory.mktemp("past"))
    for day in (1, 2, 3):
        date = f"2026-11-0{day}T08:00:00Z"
        site.write(f"2026-11-0{day}-story.md", title=f"Story {day}", date=date)
    site.write("gone.md", title="Gone", topic="Gulls")
    site.write("broken.md", title="Broken later")
    site.build("--base-url", "https://first.example")
    site.write("2026-11-02-story.md", title="Retitled", date="2026-11-02T08:00:00Z")
    site.write_text("broken.md", '---\ntitle: "never closed\n---\n')
    (site.articles / "gone.md").unlink()
    run = site.build(now=LATER)
    assert run.returncode == QUARANTINE
    return site


@pytest.fixture(scope="module")
def healed_past(past: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return that site with nothing broken: last good versions are in no document."""
    site = copied(past, tmp_path_factory.mktemp("healed"))
    site.write("broken.md", title="Healed")
    assert site.build(now=LATER).returncode == DONE
    return site


def copied(site: Site, root: Path) -> Site:
    made = Site(root)
    shutil.copytree(site.root, root, dirs_exist_ok=True)
    return made


@pytest.fixture
def lived(past: Site, tmp_path: Path) -> Site:
    return copied(past, tmp_path)


@pytest.fixture
def healed(healed_past: Site, tmp_path: Path) -> Site:
    return copied(healed_past, tmp_path)


def catalog(site: Site) -> Path:
    return site.state / "catalog.sqlite3"


def set_asides(site: Site) -> list[str]:
    return sorted(file.name for file in site.state.glob("*.damaged-*"))


def garbage(file: Path) -> None:
    file.write_bytes(b"not a database at all\n" * 500)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 2 * PAGE])


def foreign(file: Path) -> None:
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE mine (x); PRAGMA application_id = 9;")


def scribbled(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:PAGE] + b"\xa5" * (len(content) - PAGE))


@pytest.fixture
def damaged(healed: Site) -> Site:
    garbage(catalog(healed))
    return healed


class TestNothingIsLeft:
    @pytest.mark.parametrize(
        "damage", [garbage, cut, foreign, scribbled], ids=lambda each: each.__name__
    )
    def test_r14_every_published_byte_and_date_stays(self, healed, damage):
        damage(catalog(healed))
        content, before = catalog(healed).read_bytes(), healed.published()
        run = healed.build(now=LATEST)
        assert run.returncode == DONE, run.stderr
        assert healed.published() == before
        name = "catalog.sqlite3.damaged-20261122T120000Z"
        assert set_asides(healed) == [name]
        assert (healed.state / name).read_bytes() == content
        assert run.stderr.startswith(f"warning: {healed.state}: catalog: expected a")
        assert f"set aside as {name}" in run.stderr

    def test_r14_the_report_has_it_once(self, damaged):
        first = json.loads(damaged.build("--json", now=LATEST).stdout)
        (problem,) = first["problems"]
        assert (problem["severity"], problem["key"]) == ("warning", "catalog")
        second = damaged.build("--json", now=LATEST)
        assert json.loads(second.stdout)["problems"] == []
        assert len(set_asides(damaged)) == 1

    def test_c5_what_comes_later_gets_the_same_ids(self, damaged):
        damaged.write("new.md", title="New")
        damaged.write("gone.md", title="Gone", topic="Gulls")
        damaged.build(now=LATEST)
        items = json.loads((damaged.output / "all.json").read_bytes())["items"]
        authorities = {item["id"].partition(":article/")[0] for item in items}
        assert authorities == {"tag:first.example,2026"}

    def test_c3_dates_go_on_from_where_they_were(self, damaged):
        before = (damaged.output / "all.atom").stat().st_mtime
        # A clock that was set back, and so is behind what is published.
        damaged.write("new.md", title="New")
        damaged.build(now=NOW)
        assert (damaged.output / "all.atom").stat().st_mtime == before + 1

    @pytest.mark.parametrize(
        "looking", [["list", "feeds"], ["build", "--dry-run"]], ids=" ".join
    )
    def test_who_only_looks_says_so_and_leaves_it(self, damaged, looking):
        before = damaged.files()
        run = damaged.stoker(*looking)
        assert run.returncode == FAILED
        assert "expected a sound catalog" in run.stderr
        assert "the next build sets it aside" in run.stderr
        assert damaged.files() == before


class TestSomethingIsLeft:
    def test_r14_a_broken_cache_costs_nothing(self, lived):
        break_table(catalog(lived), "article")
        before = lived.published()
        run = lived.build(now=LATEST)
        assert run.returncode == QUARANTINE
        assert len(set_asides(lived)) == 1
        assert lived.published() == before
        # Which only the damaged file knew.
        assert json.loads(lived.build("--json").stdout)["stale"] == ["broken.md"]

    def test_an_edit_since_the_last_build_is_news_as_ever(self, lived):
        break_table(catalog(lived), "article")
        lived.write("2026-11-01-story.md", title="Edited", date="2026-11-01T08:00:00Z")
        lived.build(now=LATEST)
        items = json.loads((lived.output / "all.json").read_bytes())["items"]
        updated = {item["title"]: item["date_modified"] for item in items}
        assert updated.get("Edited", LATEST) == LATEST
        assert updated.get("Retitled", LATER) == LATER


def break_table(file: Path, table: str) -> None:
    """Scribble over the pages of one table."""
    query = "SELECT rootpage FROM sqlite_master WHERE name = ? AND type = 'table'"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        ((page,),) = connection.execute(query, (table,)).fetchall()
    content = bytearray(file.read_bytes())
    content[(page - 1) * PAGE : page * PAGE] = b"\xa5" * PAGE
    file.write_bytes(content)


@pytest.mark.parametrize("form", ["json", "atom", "rss"])
def test_any_format_tells_the_dates(empty_site, form):
    settings = empty_site.root / "stoker.toml"
    settings.write_text(settings.read_text() + f'formats = ["{form}"]\n')
    empty_site.write("a.md", title="First")
    empty_site.build("--base-url", "https://first.example")
    empty_site.write("a.md", title="Second")
    empty_site.build(now=LATER)
    before = empty_site.published()
    assert b"2026-11-21T12:00:00" in before[f"all.{form}"][1]
    garbage(catalog(empty_site))
    empty_site.build(now=LATEST)
    assert empty_site.published() == before


def test_a_first_sight_that_is_shown_as_the_date_stays(empty_site):
    settings = empty_site.root / "stoker.toml"
    text = settings.read_text().replace(
        '"articles"\n', '"articles"\nfuture = "clamp"\n'
    )
    settings.write_text(text)
    empty_site.write("ahead.md", date="2027-05-01T08:00:00Z")
    empty_site.build()
    before = empty_site.published()
    assert f'"date_published":"{NOW}"'.encode() in before["all.json"][1]
    garbage(catalog(empty_site))
    empty_site.build(now=LATER)
    assert empty_site.published() == before


def test_a_state_folder_that_was_lost_is_learnt_from_what_is_published(healed):
    before = healed.published()
    shutil.rmtree(healed.state)
    run = healed.build(now=LATEST)
    assert run.returncode == DONE
    assert "expected the ledger of what is published; it was lost" in run.stderr
    assert healed.published() == before
    assert healed.build(now=LATEST).stderr == ""


def test_documents_that_were_cut_tell_nothing_and_stop_nothing(lived):
    (lived.output / "all.json").write_bytes(b'{"items": [{"id"')
    (lived.output / "feeds.json").write_bytes(b"[")
    garbage(catalog(lived))
    run = lived.build(now=LATEST)
    assert run.returncode == QUARANTINE
    items = json.loads((lived.output / "all.json").read_bytes())["items"]
    dates = {item["title"]: item["date_modified"] for item in items}
    assert dates["Retitled"] == LATER


def test_a_newer_releases_catalog_is_refused_and_left(lived):
    with contextlib.closing(sqlite3.connect(catalog(lived))) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = lived.files()
    for command in (["build"], ["list", "feeds"]):
        run = lived.stoker(*command)
        assert (run.returncode, run.stdout) == (FAILED, "")
        assert "got 99; use that release, or move the file away" in run.stderr
        assert lived.files() == before


@pytest.mark.parametrize(
    "tables",
    [("article",), ("fragment",), ("article", "problem", "fragment")],
    ids=" ".join,
)
def test_the_cache_may_go_at_any_time(lived, tables):
    before = lived.published()
    with contextlib.closing(sqlite3.connect(catalog(lived))) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three
        connection.commit()
    run = lived.build("--json", now=LATEST)
    assert json.loads(run.stdout)["written"] == []
    assert lived.published() == before


def test_a_last_good_version_goes_with_its_file_though_the_cache_was_lost(lived):
    with contextlib.closing(sqlite3.connect(catalog(lived))) as connection:
        connection.execute("DELETE FROM article")
        connection.commit()
    (lived.articles / "broken.md").unlink()
    report = json.loads(lived.build("--json", now=LATEST).stdout)
    assert (report["stale"], report["problems"]) == ([], [])
    assert "Broken later" not in (lived.output / "all.json").read_text()
