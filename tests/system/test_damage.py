"""What is damaged or lost costs no id, no date and no article.

A catalog that is broken, gone or of others; documents edited by hand; a clock set back;
two builds at once.
"""

import contextlib
import copy
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime as parsedate
from pathlib import Path

import pytest

from tests.system.conftest import ENVIRON, NOW, Site
from tests.system.test_serve import Served, made, serving

LATER = "2026-11-21T12:00:00Z"
LATEST = "2026-11-22T12:00:00Z"
DONE, FAILED, QUARANTINE, BUSY = 0, 1, 3, 4
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


def change(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"Story", b"Lie, "))


def halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def link_elsewhere(file: Path) -> None:
    elsewhere = file.with_name(f"elsewhere-{file.name}")
    elsewhere.write_bytes(b"of others")
    file.unlink()
    file.symlink_to(elsewhere.name)


def lose_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


DOCUMENTS = {
    "all.atom": change,
    "all.rss": halve,
    "all.json": empty,
    "all.html.gz": halve,
    "all.html.br": Path.unlink,
    "topics/ferries.html": Path.unlink,
    "topics/ferries.atom": link_elsewhere,
    "topics/ferries/top.rss": lose_folder,
    "feeds.json": empty,
}
BY_HAND = {
    "documents": DOCUMENTS,
    "manifest cut": {"manifest.json": halve},
    "manifest emptied": {"manifest.json": empty},
    "manifest deleted": {"manifest.json": Path.unlink},
    "manifest deleted, and documents": {**DOCUMENTS, "manifest.json": Path.unlink},
}


def by_hand(site: Site, what: str) -> None:
    for name, damage in BY_HAND[what].items():
        damage(site.output / name)


def documents(site: Site) -> dict[str, tuple[int, bytes]]:
    """Return what is published of ours; the manifest's date is when it was written."""
    found = site.published()
    mine = {name: each for name, each in found.items() if "elsewhere" not in name}
    return {**mine, "manifest.json": (0, found["manifest.json"][1])}


def differing(one: dict[str, tuple[int, bytes]], other: dict) -> set[str]:
    return {name for name, _ in one.items() ^ other.items()}


@pytest.fixture(scope="module")
def long_past(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a built site whose documents are long enough to be encoded."""
    site = Site(tmp_path_factory.mktemp("long"))
    for day in range(1, 7):
        date = f"2020-11-{day:02}T08:00:00Z"
        site.write(f"{day}.md", title=f"Story {day} {'of the quay ' * 20}", date=date)
    assert site.build().returncode == DONE
    return site


@pytest.mark.parametrize("what", BY_HAND)
def test_the_next_build_heals_what_was_edited_by_hand(long_past, tmp_path, what):
    site = copied(long_past, tmp_path)
    before = documents(site)
    by_hand(site, what)
    run = site.build(now=LATER)
    assert run.returncode == DONE, run.stderr
    assert differing(documents(site), before) == set()
    assert site.build(now=LATEST).stderr == ""


def test_a_file_laid_beside_ours_stays(long_past, tmp_path):
    site = copied(long_past, tmp_path)
    mine = {"robots.txt", "topics/mine.atom", "topics/ferries/.keep", "all.txt"}
    for name in mine:
        (site.output / name).write_bytes(b"mine")
    site.write("6.md", title="Retitled", date="2020-11-06T08:00:00Z")
    assert site.build(now=LATER).returncode == DONE
    assert {(site.output / name).read_bytes() for name in mine} == {b"mine"}


@pytest.fixture(scope="module")
def serving_long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server that looks at everything each second."""
    site = made(tmp_path_factory.mktemp("served"), 'interval = "1s"')
    for day in range(1, 7):
        date = f"2020-11-{day:02}T08:00:00Z"
        site.write(f"{day}.md", title=f"Story {day} {'of the quay ' * 20}", date=date)
    with serving(site) as served:
        served.until(lambda: len(served.titles()) == 7)
        served.until(lambda: is_past(served.get("/all.atom")[1]))
        yield served


def is_past(fields: Mapping[str, str]) -> bool:
    """Whether a document's own date is told: until it is past, that of the answer is."""
    return fields["Last-Modified"] != fields["Date"]


@pytest.mark.timeout(40)
@pytest.mark.parametrize("what", BY_HAND)
def test_a_server_heals_what_was_edited_by_hand_and_serves_what_was(serving_long, what):
    served = serving_long
    paths = [f"/{name}" for name in DOCUMENTS if not name.endswith((".gz", ".br"))]
    answers = {path: validated(served, path) for path in paths}
    before = documents(served.site)
    by_hand(served.site, what)

    def is_healed() -> bool:
        assert {path: validated(served, path) for path in paths} == answers
        with contextlib.suppress(OSError, KeyError):  # not there yet, or just now
            return documents(served.site) == before
        return False

    served.until(is_healed)


def validated(served: Served, path: str) -> tuple[int, str, str, bytes]:
    status, fields, body = served.get(path)
    return status, fields["ETag"], fields["Last-Modified"], body


def lose_state(file: Path) -> None:
    shutil.rmtree(file.parent)


def lose_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").unlink(missing_ok=True)


STATES = [scribbled, lose_state, lose_log]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("damage", STATES, ids=lambda each: each.__name__)
def test_a_state_that_is_damaged_beneath_a_server_costs_nothing(tmp_path, damage):
    site = made(tmp_path, 'interval = "1s"')
    site.write("second.md", title="Second", date="2020-01-02T00:00:00Z")
    with serving(site) as served:
        served.until(lambda: len(served.titles()) == 2)
        before, answer = known(served), served.get("/all.atom")
        damage(catalog(site))
        again = served.get("/all.atom")
        assert (again[0], again[2]) == (200, answer[2])
        served.write("third.md", "Third")
        served.until(lambda: "Third" in served.titles(), 15)
        served.until(lambda: catalog(site).exists())
        served.write("first.md", "Retitled")
        served.until(lambda: "Retitled" in served.titles(), 15)
        after = known(served)
        assert after.keys() > before.keys()
        assert all(before[each] <= after[each] for each in before)
        assert after[id_of(before, "second.md")] == before[id_of(before, "second.md")]
        modified = served.get("/all.atom")[1]["Last-Modified"]
        # Not later: two changes in one second are not dated in the future.
        assert parsedate(modified) >= parsedate(answer[1]["Last-Modified"])
    # What the server has not come to, the slow codings, the next build adds.
    late, served_last = "2140-01-01T00:00:00Z", documents(site)
    assert site.build(now=late).returncode == DONE
    added = differing(served_last, documents(site)) - {"manifest.json"}
    assert all(name.endswith(".br") for name in added), added
    shutil.copytree(site.state, tmp_path / "cold-state")
    run = site.build("--force", "--output", "cold", now=late)
    assert run.returncode == DONE, run.stderr
    cold = copied_output(site, "cold")
    assert differing(documents(site), documents(cold)) == set()


def known(served: Served) -> dict[str, str]:
    """Return when each article was updated, by id."""
    items = json.loads(served.get("/all.json")[2])["items"]
    return {item["id"]: item.get("date_modified", "") for item in items}


def id_of(ids: dict[str, str], name: str) -> str:
    (found,) = (each for each in ids if each.endswith(f"article/{name}"))
    return found


def copied_output(site: Site, name: str) -> Site:
    """Return a site whose output is another of its folders."""
    other = copy.copy(site)
    other.output = site.root / name
    return other


class TestTheClockIsSetBack:
    EARLY, MIDDLE, LATE = NOW, LATER, LATEST

    @pytest.fixture
    def turned(self, empty_site):
        """Return a site that was built early, and then late."""
        site = empty_site
        site.write("always.md", title="Always", date="2026-11-01T08:00:00Z")
        site.write("due.md", title="Due", date=self.MIDDLE)
        site.write("ends.md", title="Ends", date="2026-11-02T08:00:00Z")
        file = site.articles / "ends.md"
        text = file.read_text().replace("heat:", f"expirydate: {self.MIDDLE}\nheat:")
        site.write_text("ends.md", text)
        assert site.build(now=self.EARLY).returncode == DONE
        assert titles(site) == {"Always", "Ends"}
        assert site.build(now=self.LATE).returncode == DONE
        assert titles(site) == {"Always", "Due"}
        return site

    def test_what_is_due_is_what_a_build_from_nothing_would_say(self, turned):
        shutil.copytree(turned.state, turned.root / "cold-state")
        late = {name: date for name, (date, _) in turned.published().items()}
        run = turned.build(now=self.EARLY)
        assert run.returncode == DONE, run.stderr
        assert titles(turned) == {"Always", "Ends"}
        run = turned.build("--force", "--output", "cold", now=self.EARLY)
        assert run.returncode == DONE, run.stderr
        cold = copied_output(turned, "cold")
        assert differing(documents(turned), documents(cold)) == set()
        early = turned.published()
        # The manifest is no document: its date is no reader's.
        kept = (early.keys() & late.keys()) - {"manifest.json"}
        assert [name for name in sorted(kept) if early[name][0] < late[name]] == []

    def test_an_edit_meanwhile_is_news_and_no_date_goes_back(self, turned):
        turned.write("always.md", title="Edited late", date="2026-11-01T08:00:00Z")
        turned.build(now=self.LATE)
        before = dates(turned)
        turned.write("always.md", title="Edited early", date="2026-11-01T08:00:00Z")
        turned.build(now=self.EARLY)
        after = dates(turned)
        assert titles(turned) == {"Edited early", "Ends"}
        assert all(before[each] <= after[each] for each in before.keys() & after.keys())

    def test_it_comes_to_the_same_again(self, turned):
        before = {name: body for name, (_, body) in documents(turned).items()}
        turned.build(now=self.EARLY)
        turned.build(now=self.LATE)
        after = {name: body for name, (_, body) in documents(turned).items()}
        moved = {n for n, _ in before.items() ^ after.items()} - {"manifest.json"}
        assert moved == set()


def titles(site: Site) -> set[str]:
    items = json.loads((site.output / "all.json").read_bytes())["items"]
    return {item["title"] for item in items}


def dates(site: Site) -> dict[str, str]:
    items = json.loads((site.output / "all.json").read_bytes())["items"]
    return {item["id"]: item["date_modified"] for item in items}


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_of_two_builds_at_once_the_second_leaves_with_4(long_past, tmp_path):
    site = copied(long_past, tmp_path)
    site.write("6.md", title="Retitled", date="2020-11-06T08:00:00Z")
    command = [sys.executable, "-m", "server", "build", "--now", LATER]
    with subprocess.Popen(command, cwd=site.root, env=ENVIRON) as first:  # noqa: S603
        while not (site.output / ".stoker-staging").exists():
            assert first.poll() is None
        first.send_signal(signal.SIGSTOP)
        try:
            before = site.files()
            second = site.build(now=LATER)
            after = site.files()
        finally:
            first.send_signal(signal.SIGCONT)
        assert first.wait(30) == DONE
    assert second.returncode == BUSY, second.stderr
    assert after == before
    assert "Retitled" in titles(site)
