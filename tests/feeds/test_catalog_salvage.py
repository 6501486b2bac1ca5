"""What is read of a damaged catalog: every row of the ledger that is not broken."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from feeds.article import SourceFile
from feeds.catalog import FILE_NAME, ArticleRow, Identity, open_catalog, salvage

START = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 4096
COUNT = 400


def identity(number: int) -> Identity:
    return Identity(
        path=f"articles/{number:04}.md",
        id=f"tag:harbour.example,2026:article/articles/{number:04}.md",
        significance=f"{number:016x}",
        earlier="",
        updated=START + timedelta(hours=number),
        first_seen=START,
    )


def row(number: int) -> ArticleRow:
    path = identity(number).path
    file = SourceFile(path=path, file=path, source=0, size_bytes=1, mtime_ns=1, inode=1)
    return ArticleRow(
        file=file,
        rules="c:r",
        outcome="article",
        placing=b"placing",
        article=b"article" * 100,
        problems=(),
    )


@pytest.fixture
def file(tmp_path):
    with open_catalog(tmp_path) as catalog:
        catalog.pinned("tag_authority", "harbour.example,2026")
        catalog.store_identities(identity(number) for number in range(COUNT))
        catalog.store(row(number) for number in range(COUNT))
        catalog.store_feeds({"all": ("digest", START)})
        catalog.store_documents({"all.atom": ('"etag"', START)})
        catalog.commit()
    return tmp_path / FILE_NAME


def pages_of(file, table):
    """Return the numbers of the pages that hold a table's rows, from 0."""
    query = "SELECT pageno - 1 FROM dbstat WHERE name = ? AND pagetype = 'leaf'"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        try:
            return [row[0] for row in connection.execute(query, (table,))]
        except sqlite3.OperationalError:
            pytest.skip("needs an SQLite with dbstat")


def scribble(file, *pages):
    content = bytearray(file.read_bytes())
    for page in pages:
        content[page * PAGE : (page + 1) * PAGE] = b"\xa5" * PAGE
    file.write_bytes(content)


def test_a_whole_one_is_read_whole(file):
    found = salvage(file)
    assert found.identities == tuple(identity(number) for number in range(COUNT))
    assert [(each.key, each.value) for each in found.memories] == [
        ("tag_authority", "harbour.example,2026")
    ]
    assert [each.stem for each in found.feeds] == ["all"]
    assert [each.etag for each in found.documents] == ['"etag"']
    # Their files may be broken by now.
    assert len(found.last_good) == COUNT


def test_a_broken_cache_costs_nothing_of_the_ledger(file):
    scribble(file, *pages_of(file, "article"))
    found = salvage(file)
    assert len(found.identities) == COUNT
    assert found.last_good == ()


def test_a_broken_page_costs_the_rows_on_it(file):
    pages = pages_of(file, "identity")
    scribble(file, pages[len(pages) // 2])
    found = salvage(file)
    assert COUNT * 0.7 < len(found.identities) < COUNT
    assert set(found.identities) < {identity(number) for number in range(COUNT)}
    paths = [each.path for each in found.identities]
    assert paths[0] == identity(0).path
    assert paths[-1] == identity(COUNT - 1).path


def test_a_file_that_was_cut_gives_what_is_left(file):
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 9 // 10])
    assert salvage(file).identities


def test_rows_that_are_none_are_left_behind(file):
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "UPDATE identity SET updated = 'soon' WHERE path = 'articles/0000.md';"
            "UPDATE identity SET updated = 1e300 WHERE path = 'articles/0001.md';"
            "UPDATE identity SET id = 'a b' WHERE path = 'articles/0002.md';"
            "UPDATE identity SET significance = x'ff' WHERE path = 'articles/0003.md';"
            "UPDATE document SET etag = '\"a' || char(10) || 'b\"';"
        )
    found = salvage(file)
    assert found.identities == tuple(identity(number) for number in range(4, COUNT))
    assert found.documents == ()


@pytest.mark.parametrize("content", [b"", b"junk" * 2_000], ids=["empty", "junk"])
def test_what_is_no_database_gives_nothing(tmp_path, content):
    file = tmp_path / FILE_NAME
    file.write_bytes(content)
    assert salvage(file).rows == ()
    assert file.read_bytes() == content
