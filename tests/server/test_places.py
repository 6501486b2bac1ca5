"""Which changes of which paths matter."""

import os
from pathlib import Path

import pytest
from watchfiles import Change

from feeds.settings import Output, Settings, Source
from server.places import places_of, touched

ADDED, MODIFIED, DELETED = Change.added, Change.modified, Change.deleted


@pytest.fixture
def root(tmp_path):
    folder = Path(os.path.realpath(tmp_path)) / "articles"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(root):
    return Settings(
        sources=(Source(path=str(root)),), output=Output(path=str(root / "output"))
    )


@pytest.fixture
def seen(root, settings):
    """Return what is touched by changes of paths in the source."""

    def look(*changes):
        whole = [(change, f"{root}/{path}".rstrip("/")) for change, path in changes]
        found = touched(whole, places_of(settings), (f"{root}/output",))
        return found and {os.path.relpath(path, root) for path in found}

    return look


@pytest.mark.parametrize(
    "path", ["a.md", "2026/a.HTML", "_data/topics/t.yaml", "日本/ä b.txt"]
)
@pytest.mark.parametrize("change", [ADDED, MODIFIED, DELETED])
def test_articles_and_registry_files_matter(seen, change, path):
    assert seen((change, path)) == {path}


@pytest.mark.parametrize(
    "path",
    [
        "a.png",
        ".a.md",
        ".git/a.md",
        "a.md~",
        "#a.md#",
        ".a.md.swp",
        "4913",
        "node_modules/a.md",
        "output/all.html",
        "output/index.md",
        "../other/a.md",
    ],
)
def test_nothing_else_does(seen, path):
    assert seen((ADDED, path), (MODIFIED, path)) == frozenset()


@pytest.mark.parametrize("path", [".git", "a.md~", "output/topics", "../other"])
def test_what_ends_there_does_not_either(seen, path):
    assert seen((DELETED, path)) == frozenset()


@pytest.mark.parametrize(
    "path", ["2026", "_data/topics", ""], ids=lambda p: p or "root"
)
def test_a_folder_that_comes_or_goes_may_be_full(seen, root, path):
    assert seen((DELETED, path), (DELETED, "a.md")) is None
    (root / path).mkdir(parents=True, exist_ok=True)
    assert seen((ADDED, path)) is None


def test_a_file_that_passes_is_no_folder(seen):
    """Such as the one that `sed -i` writes and renames."""
    changes = [(ADDED, "sedXyz"), (DELETED, "sedXyz"), (ADDED, "a.md")]
    assert seen(*changes) == {"a.md"}


def test_many_files_are_all(seen):
    assert seen(*((ADDED, f"{number}.md") for number in range(1_001))) is None


def test_a_name_that_is_no_text_may_be_any(seen):
    assert seen((ADDED, "\ufffd.md")) is None


class TestMedia:
    """Whatever comes, changes or goes in a `media_path` stands for who names it."""

    @pytest.fixture(params=["apart", "within"])
    def media(self, request, root):
        apart = root.parent / "audio"
        return apart if request.param == "apart" else root / "static" / "audio"

    @pytest.fixture
    def touched_in(self, root, media):
        source = Source(path=str(root), media_path=str(media))
        places = places_of(Settings(sources=(source, source)))
        return lambda *changes: touched(
            [(change, str(path)) for change, path in changes], places
        )

    @pytest.mark.parametrize("name", ["a.mp3", "2024/a", "日本/ä b.ogg", "a.md.jpg"])
    @pytest.mark.parametrize("change", [ADDED, MODIFIED])
    def test_any_file_there_matters(self, touched_in, media, change, name):
        assert touched_in((change, media / name)) == {f"{media}/{name}"}

    def test_what_is_hidden_does_not(self, touched_in, media):
        assert touched_in((ADDED, media / ".a.mp3.part")) == frozenset()

    def test_what_goes_may_be_a_folder_of_articles_where_these_are(
        self, touched_in, media, root
    ):
        found = touched_in((DELETED, media / "2024"))
        is_within = media.is_relative_to(root)
        assert found == (None if is_within else {f"{media}/2024"})

    def test_a_file_beside_it_does_not(self, touched_in, media):
        assert touched_in((ADDED, media.parent / "x.mp3")) == frozenset()


def test_a_source_of_one_file_is_that_file(root):
    (root / "a.md").touch()
    places = places_of(Settings(sources=(Source(path=str(root / "a.md")),)))
    changes = [(ADDED, f"{root}/{name}") for name in ("a.md", "b.md", "2026/a.md")]
    assert touched([*changes, (DELETED, f"{root}/2026")], places) == {f"{root}/a.md"}
