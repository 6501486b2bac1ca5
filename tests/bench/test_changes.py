"""Titles and heats change, and nothing else of an article does."""

from pathlib import Path
from random import Random

import frontmatter
import pytest

from tests.bench import changes
from tests.bench.editor import WEIGHTS, Editor
from tests.bench.generate import articles, generate

COUNT = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generate(tmp_path, COUNT, seed=7)
    return tmp_path


def difference(before: str, after: str) -> set[str]:
    old, new = frontmatter.loads(before).metadata, frontmatter.loads(after).metadata
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def test_a_new_title_is_told_by_its_number_and_takes_the_place_of_the_last():
    for _, text in articles(COUNT, seed=7):
        title = frontmatter.loads(text)["title"]
        once = changes.retitled(text, 3)
        assert difference(text, once) == {"title"}
        twice = frontmatter.loads(changes.retitled(once, 14))
        assert twice["title"] == f"{changes.mark(14)}{title}"


def test_a_heat_changes_alone_where_there_is_one():
    for _, text in articles(COUNT, seed=7):
        post = frontmatter.loads(text)
        hotter = changes.heated(text, 5)
        if post.get("heat", -1) < 0:
            assert hotter is None
        else:
            assert difference(text, hotter) == {"heat"}
            assert frontmatter.loads(hotter)["heat"] == post["heat"] + 5


def test_a_rivals_copy_can_be_retitled_too():
    assert changes.retitled("Title: Ferry\nSlug: a\n", 2).startswith("Title: Edit 2: F")


def test_the_chosen_share_of_all_articles_have_a_heat(folder: Path):
    chosen = changes.heats_to_change(folder, share=0.1, seed=1)
    assert len(chosen) == COUNT / 10
    before = {name: (folder / name).read_text() for name in chosen}
    changes.heat_up(folder, chosen)
    for name, text in before.items():
        assert difference(text, (folder / name).read_text()) == {"heat"}


def test_the_newest_published_article_is_found(folder: Path):
    posts = {path.name: frontmatter.load(path) for path in folder.iterdir()}
    dates = {
        name: post["publishedDateTime"]
        for name, post in posts.items()
        if post.get("published", True)
    }
    assert dates[changes.newest_published(folder)] == max(dates.values())


@pytest.mark.parametrize("way", changes.WRITERS)
def test_both_ways_to_write_leave_the_new_text_and_nothing_else(folder: Path, way):
    path = next(folder.iterdir())
    changes.WRITERS[way](path, "new")
    assert path.read_text() == "new"
    assert len(list(folder.iterdir())) == COUNT


def test_an_editor_keeps_count_of_the_files_and_leaves_held_ones_alone(folder: Path):
    spare = [("spare.md", "---\ntitle: a\n---\n")]
    editor = Editor(folder, spare, Random(5))  # noqa: S311 -- must be repeatable
    held = min(path.name for path in folder.iterdir())
    editor.held.add(held)
    text = (folder / held).read_text()
    for _ in range(300):
        editor.edit()
    names = {path.name for path in folder.iterdir()}
    assert all(name in editor for name in names)
    made = editor.made
    assert set(WEIGHTS) <= made.keys()
    assert len(names) == COUNT + made["add"] - made["delete"]
    assert (folder / held).read_text() == text
