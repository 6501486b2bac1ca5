"""A catalog that an older release left is brought up to date, and loses nothing."""

import sqlite3
from datetime import UTC, datetime

import pytest

from feeds.catalog import FILE_NAME, Identity, open_catalog
from feeds.errors import CatalogError

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

    def test_it_is_done_once(self, old):
        for _ in range(2):
            with open_catalog(old) as catalog:
                assert len(catalog.identities()) == 3

    def test_who_only_looks_changes_nothing(self, old):
        before = (old / FILE_NAME).read_bytes()
        with open_catalog(old, private=True) as catalog:
            assert len(catalog.identities()) == 3
        assert (old / FILE_NAME).read_bytes() == before

    def test_one_that_is_not_ours_stays_as_it_is(self, tmp_path):
        connection = sqlite3.connect(tmp_path / FILE_NAME)
        connection.executescript("CREATE TABLE mine (x); PRAGMA user_version = 1;")
        connection.close()
        with pytest.raises(CatalogError), open_catalog(tmp_path):
            pass
        connection = sqlite3.connect(tmp_path / FILE_NAME)
        assert connection.execute("SELECT * FROM mine").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        connection.close()

    def test_a_newer_one_is_refused(self, tmp_path):
        connection = sqlite3.connect(tmp_path / FILE_NAME)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with (
            pytest.raises(CatalogError, match="expected version 2, got 99"),
            open_catalog(tmp_path),
        ):
            pass


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
