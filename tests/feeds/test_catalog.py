"""The catalog's file: of an older release, of others, in use, damaged, looked at."""

import contextlib
import itertools
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.catalog import FILE_NAME, VERSION, Identity, open_catalog, set_aside
from feeds.errors import CatalogError, DamagedError

PROJECT = Path(__file__).parents[2]
MARK = int.from_bytes(b"Stok", "big")
# As the first release made it, with three articles and one publication.
VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE article (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, rules TEXT NOT NULL, outcome TEXT NOT NULL,
    placing BLOB, article BLOB
);
CREATE TABLE problem (path TEXT NOT NULL, number INTEGER NOT NULL, problem BLOB NOT NULL,
    PRIMARY KEY (path, number));
CREATE TABLE fragment (path TEXT PRIMARY KEY, revision TEXT NOT NULL, formats BLOB NOT NULL);
CREATE TABLE identity (
    path TEXT PRIMARY KEY, id TEXT NOT NULL, significance TEXT NOT NULL,
    earlier TEXT NOT NULL, updated INTEGER NOT NULL
);
CREATE TABLE last_good (path TEXT PRIMARY KEY, rules TEXT NOT NULL, placing BLOB NOT NULL,
    article BLOB NOT NULL);
CREATE TABLE feed (stem TEXT PRIMARY KEY, digest TEXT NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE document (path TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified INTEGER NOT NULL);
INSERT INTO meta VALUES ('tag_authority', 'harbour.example,2026');
INSERT INTO identity VALUES ('a.md', 'tag:a', 's1', '', 1000);
INSERT INTO identity VALUES ('b.md', 'tag:b', 's2', 's1 s0', 2000);
INSERT INTO identity VALUES ('held.md', 'tag:held', 's3', '', 9000);
INSERT INTO document VALUES ('all.atom', '"x"', 3000);
INSERT INTO document VALUES ('all.rss', '"y"', 2500);
PRAGMA user_version = 1;
"""


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def old(tmp_path):
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.executescript(VERSION_1)
    connection.close()
    return tmp_path


class TestMigration:
    def test_identities_get_the_best_first_sight_that_is_known(self, old):
        with open_catalog(old) as catalog:
            found = catalog.identities()
        b = Identity(
            path="b.md",
            id="tag:b",
            significance="s2",
            earlier="s1 s0",
            updated=at(2000),
            first_seen=at(2000),
        )
        assert found["b.md"] == b
        assert found["a.md"].first_seen == at(1000)
        # Its date was ahead; but it was there before the last publication.
        assert (found["held.md"].updated, found["held.md"].first_seen) == (
            at(9000),
            at(3000),
        )

    def test_all_else_stays(self, old):
        with open_catalog(old) as catalog:
            assert catalog.documents()["all.atom"] == ('"x"', at(3000))
            assert catalog.pinned("tag_authority", "") == "harbour.example,2026"

    def test_nothing_has_departed_yet(self, old):
        with open_catalog(old) as catalog:
            assert catalog.departures() == []

    def test_it_is_done_once(self, old):
        for _ in range(2):
            with open_catalog(old) as catalog:
                assert len(catalog.identities()) == 3

    def test_what_was_parsed_stays_known(self, old):
        with contextlib.closing(sqlite3.connect(old / FILE_NAME)) as connection:
            row = ("a.md", 1, 2, 3, "code:rules", "article", b"placing", b"article")
            connection.execute("INSERT INTO article VALUES (?,?,?,?,?,?,?,?)", row)
            connection.commit()
        with open_catalog(old) as catalog:
            (known,) = catalog.known().values()
            assert (known.mtime_ns, known.outcome, known.measured) == (2, "article", "")
            assert list(catalog.placings()) == [("a.md", b"placing")]
            assert (catalog.article("a.md"), catalog.looks()) == (b"article", {})

    def test_who_only_looks_changes_nothing(self, old):
        before = (old / FILE_NAME).read_bytes()
        with open_catalog(old, private=True) as catalog:
            assert len(catalog.identities()) == 3
        assert (old / FILE_NAME).read_bytes() == before

    def test_the_file_is_marked_as_ours(self, old):
        with open_catalog(old):
            pass
        with contextlib.closing(sqlite3.connect(old / FILE_NAME)) as connection:
            assert connection.execute("PRAGMA application_id").fetchone() == (MARK,)
            assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


FOREIGN = {
    "of another program": "CREATE TABLE mine (x); PRAGMA application_id = 77;",
    "numbered as ours once were": "CREATE TABLE mine (x); PRAGMA user_version = 1;",
    "newer, but not ours": "PRAGMA user_version = 99;",
    "marked, but without our tables": f"PRAGMA application_id = {MARK};",
}


class TestFilesThatAreNoCatalog:
    @pytest.mark.parametrize("script", FOREIGN.values(), ids=list(FOREIGN))
    def test_r14_one_that_is_not_ours_stays_as_it_is(self, tmp_path, script):
        file = tmp_path / FILE_NAME
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)
        before = file.read_bytes()
        with (
            pytest.raises(DamagedError, match="not a catalog of Stoker"),
            open_catalog(tmp_path),
        ):
            pass
        assert file.read_bytes() == before

    def test_r14_a_newer_one_is_refused_with_advice(self, tmp_path):
        with open_catalog(tmp_path):
            pass
        with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
            connection.execute("PRAGMA user_version = 99")
        with (
            pytest.raises(CatalogError, match="or older, got 99; use that") as raised,
            open_catalog(tmp_path),
        ):
            pass
        assert not isinstance(raised.value, DamagedError)

    @pytest.mark.parametrize("private", [False, True], ids=["a build", "who looks"])
    def test_r14_a_broken_page_is_found_before_anything_is_done(
        self, tmp_path, private
    ):
        with open_catalog(tmp_path) as catalog:
            catalog.store_feeds({f"topics/{n}": ("d" * 99, at(n)) for n in range(500)})
            catalog.commit()
        file = tmp_path / FILE_NAME
        content = bytearray(file.read_bytes())
        content[-4096:] = b"\xff" * 4096
        file.write_bytes(content)
        with pytest.raises(DamagedError), open_catalog(tmp_path, private=private):
            pytest.fail("opened")
        assert file.read_bytes() == content

    def test_what_breaks_on_the_way_is_damage_too(self, tmp_path):
        with open_catalog(tmp_path) as catalog:
            for number in range(1_000):  # more than SQLite keeps in memory
                catalog.store_fragments(f"{number}.md", "r", b"fragment" * 500)
            catalog.commit()
        with (
            pytest.raises(DamagedError, match="malformed"),
            open_catalog(tmp_path) as catalog,
        ):
            read_broken(catalog, tmp_path / FILE_NAME)


def read_broken(catalog, file):
    """Scribble over the file of an open catalog, and read all that was in it."""
    size_bytes = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xa5" * (size_bytes - 4096))
    for number in range(1_000):
        catalog.fragments(f"{number}.md", "r")


class TestLooking:
    def test_nothing_that_a_killed_build_left_is_touched(self, tmp_path):
        state = killed(tmp_path)
        before = traces(state)
        with open_catalog(state, private=True) as catalog:
            # It had committed, and the documents may be out.
            assert catalog.remembered("key") == "committed"
            catalog.remember("key", "tried")
            catalog.commit()
        assert traces(state) == before
        assert [file.name for file in sorted(state.iterdir())] == [
            FILE_NAME,
            f"{FILE_NAME}-shm",
            f"{FILE_NAME}-wal",
        ]

    def test_the_next_build_finds_what_was_committed(self, tmp_path):
        with open_catalog(killed(tmp_path)) as catalog:
            assert catalog.remembered("key") == "committed"

    def test_no_file_is_made_where_there_is_none(self, tmp_path):
        with open_catalog(tmp_path, private=True) as catalog:
            assert not catalog.has_ledger()
        assert list(tmp_path.iterdir()) == []

    def test_a_build_at_work_is_not_waited_for(self, tmp_path):
        with open_catalog(tmp_path) as building:
            building.remember("key", "old")
            building.commit()
            building.remember("key", "new")
            with open_catalog(tmp_path, private=True) as looking:
                assert looking.remembered("key") == "old"
            building.commit()
        with open_catalog(tmp_path, private=True) as looking:
            assert looking.remembered("key") == "new"

    def test_one_that_never_rests_is_an_error_and_no_guess(self, tmp_path):
        file = tmp_path / FILE_NAME
        with open_catalog(tmp_path) as catalog:
            catalog.remember("key", "old")
            catalog.commit()
        with file.open("r+b") as stream:
            stream.truncate(2**24)  # so that a copy takes longer than a change
        before = len(list(tmp_path.iterdir()))
        with changing(file):
            told = first_error(tmp_path, tries=50)
        assert told.startswith(f"{file}: a build changed it each time it was copied")
        assert "try again" in told
        assert len(list(tmp_path.iterdir())) == before

    def test_one_that_comes_to_rest_is_looked_at(self, tmp_path):
        with open_catalog(tmp_path) as catalog:
            catalog.remember("key", "old")
            catalog.commit()
        with changing(tmp_path / FILE_NAME):
            pass
        with open_catalog(tmp_path, private=True) as looking:
            assert looking.remembered("key") == "old"


@contextlib.contextmanager
def changing(file):
    """Change a file's time without end, as a build does that folds in much."""
    is_over = threading.Event()

    def change():
        for number in itertools.count(1):
            if is_over.is_set():
                return
            os.utime(file, ns=(number, number))

    changer = threading.Thread(target=change)
    changer.start()
    try:
        yield
    finally:
        is_over.set()
        changer.join()


def first_error(folder, *, tries):
    """Return why a catalog cannot be looked at; "" when it could be each time.

    Whoever changes it may have to wait for a processor, and a copy be whole.
    """
    for _ in range(tries):
        try:
            with open_catalog(folder, private=True):
                pass
        except DamagedError:
            continue  # whole, but for what was put at its end
        except CatalogError as error:
            return str(error)
    return ""


KILLED = """
import os, pathlib, sys
from feeds.catalog import open_catalog
with open_catalog(pathlib.Path(sys.argv[1])) as catalog:
    catalog.remember("key", "committed")
    catalog.commit()
    catalog.remember("key", "lost")
    os._exit(9)
"""


def killed(state):
    """Return the folder as a build that was killed leaves it."""
    run = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", KILLED, state], cwd=PROJECT, check=False
    )
    assert run.returncode == 9
    return state


def traces(folder):
    return {
        file.name: (file.stat().st_mtime_ns, file.stat().st_ino, file.read_bytes())
        for file in folder.iterdir()
    }


class TestSettingAside:
    def test_the_file_goes_with_its_companions(self, tmp_path):
        state = killed(tmp_path)
        names = {file.name for file in state.iterdir()}
        aside = set_aside(state, at(0))
        assert aside.name == f"{FILE_NAME}.damaged-19700101T000000Z"
        assert {file.name for file in state.iterdir()} == {
            f"{aside.name}{name.removeprefix(FILE_NAME)}" for name in names
        }
        with contextlib.closing(sqlite3.connect(aside)) as connection:
            rows = connection.execute("SELECT value FROM meta").fetchall()
        assert rows == [("committed",)]

    def test_one_set_aside_before_stays(self, tmp_path):
        for content in (b"first", b"second", b"third"):
            (tmp_path / FILE_NAME).write_bytes(content)
            set_aside(tmp_path, at(0))
        kept = sorted(tmp_path.iterdir())
        assert [file.read_bytes() for file in kept] == [b"first", b"second", b"third"]


def test_a_first_sight_once_recorded_never_changes(tmp_path):
    first = Identity(
        path="a.md",
        id="tag:a",
        significance="s1",
        earlier="",
        updated=at(1),
        first_seen=at(1),
    )
    later = Identity(
        path="a.md",
        id="tag:other",
        significance="s2",
        earlier="s1",
        updated=at(5),
        first_seen=at(5),
    )
    with open_catalog(tmp_path) as catalog:
        catalog.store_identities([first])
        catalog.store_identities([later])
        (found,) = catalog.identities().values()
    assert (found.id, found.first_seen) == ("tag:a", at(1))
    assert (found.significance, found.updated) == ("s2", at(5))
