"""The benchmark's articles are repeatable and look like real ones."""

from pathlib import Path

import frontmatter
import pytest

from tests.bench.generate import articles, generate

COUNT = 50


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    return list(articles(COUNT, seed=7))


def test_same_seed_same_bytes(pairs: list[tuple[str, str]]):
    assert list(articles(COUNT, seed=7)) == pairs


def test_another_seed_other_articles(pairs: list[tuple[str, str]]):
    assert list(articles(COUNT, seed=8)) != pairs


def test_generate_writes_each_article_to_a_file_of_its_own(
    tmp_path: Path, pairs: list[tuple[str, str]]
):
    size_bytes = generate(tmp_path, COUNT, seed=7)
    written = {
        path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()
    }
    assert written == dict(pairs)
    assert len(written) == COUNT
    assert size_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_every_article_has_the_keys_of_the_schema(pairs: list[tuple[str, str]]):
    for _, text in pairs:
        post = frontmatter.loads(text)
        assert post.content == ""
        assert {"category", "title", "excerpt", "publishedDateTime"} <= post.keys()
        assert {"originalUrl", "type", "provider", "topics", "secured"} <= post.keys()
        assert ("webUrl" in post) is (post["type"] == "article")
        assert ("featuredContent" in post) is (post["type"] == "video")
        assert {"name", "domain"} <= post["provider"].keys()


def test_heat_follows_from_quality_and_followers(pairs: list[tuple[str, str]]):
    for _, text in pairs:
        post = frontmatter.loads(text)
        if "heat" not in post:
            assert post["type"] == "video"
            assert "published" not in post
            continue
        leads = post["quality"] + 20 * len(post.get("related", ()))
        assert post["heat"] in (-1, leads)
        assert post["published"] is (post["heat"] >= 70)


def test_related_items_are_whole_and_the_best_comes_first(pairs: list[tuple[str, str]]):
    found = [frontmatter.loads(text).get("related", ()) for _, text in pairs]
    assert any(found)
    for related in found:
        qualities = [item["quality"] for item in related]
        assert qualities == sorted(qualities, reverse=True)
        for item in related:
            assert {"title", "excerpt", "publishedDateTime", "webUrl"} <= item.keys()
            assert {"name", "domain"} == item["provider"].keys()
