"""Which keys carry which field: by the site's kind, by its configuration, or by its look."""

import pytest

from feeds.parse.dialects import take_apart
from feeds.parse.presets import FIELDS, PERMALINKS, keys_of, look_of
from feeds.parse.rules import Bounds

NAMED = ("smartable", "jekyll", "hugo", "podcast")


def look(text, path="news/a.md"):
    return look_of(path, take_apart(path, text, Bounds(), 1_000))


@pytest.mark.parametrize("preset", NAMED)
def test_every_preset_has_every_field(preset):
    assert set(keys_of(preset, ())) == set(FIELDS)
    assert preset in PERMALINKS
    assert all(
        key == key.casefold() for keys in keys_of(preset, ()).values() for key in keys
    )


@pytest.mark.parametrize(
    ("text", "path", "preset"),
    [
        pytest.param("---\ntitle: A\nheat: 9\n---\n", "a.md", "smartable", id="heat"),
        pytest.param(
            "---\nlayout: post\nwebUrl: https://q.example\n---\n",
            "a.md",
            "smartable",
            id="web URL",
        ),
        pytest.param("---\nlayout: post\n---\n", "a.md", "jekyll", id="layout"),
        pytest.param(
            "---\ntitle: A\n---\n", "_posts/2021-01-27-a.md", "jekyll", id="dated name"
        ),
        pytest.param("---\ntitle: A\n---\n", "2021-01-27/a.md", "", id="open"),
        pytest.param('+++\ntitle = "A"\n+++\n', "a.md", "hugo", id="TOML"),
        pytest.param(
            "---\nlastmod: 2021-01-27\n---\n", "a.md", "hugo", id="last modification"
        ),
        pytest.param(
            '+++\npodcast_file = "a.mp3"\n+++\n', "a.md", "podcast", id="audio"
        ),
        pytest.param("Title: A\nDate: 2021-01-27\n\nx", "a.md", "", id="lines"),
        pytest.param("Just text", "2021-01-27-a.md", "", id="no front matter"),
    ],
)
def test_a_file_looks_like(text, path, preset):
    assert look(text, path) == preset


@pytest.mark.parametrize(
    ("preset", "line", "topics"),
    [
        pytest.param(
            "jekyll", "tags: ferry harbour", ("ferry", "harbour"), id="jekyll"
        ),
        pytest.param("hugo", "tags: ferry harbour", ("ferry harbour",), id="hugo"),
        pytest.param("auto", "topics: ferry harbour", ("ferry harbour",), id="topics"),
    ],
)
def test_text_is_split_where_the_site_does(article_of, preset, line, topics):
    assert article_of(line, preset=preset).topics == topics


def test_tags_are_free_and_topics_are_not(article_of):
    assert article_of("tags: [ferry]").has_free_topics
    assert not article_of("topics: [ferry]").has_free_topics
    assert not article_of("tags: [ferry]", "topics: [quay]").has_free_topics
    assert article_of("tags: [ferry]", "topics: []").has_free_topics
    assert not article_of("tags: []", default_topics=("harbour",)).has_free_topics


def test_configured_keys_take_the_place_of_the_presets(article_of):
    fields = (("excerpt", ("teaser.text", "teaser")), ("topics", ()))
    article = article_of(
        "excerpt: not this", "teaser: {Text: But this}", "topics: [x]", fields=fields
    )
    assert article.excerpt == "But this"
    assert article.topics == ()
    assert article_of("teaser: Or this", fields=fields).excerpt == "Or this"


def test_a_configured_key_is_a_known_one(parse):
    text = "---\ndate: 2021-01-27\nheadlin: A\n---\n"
    (problem,) = parse(text, fields=(("title", ("headline",)),)).problems
    assert problem.expected == "unknown key; did you mean headline?"


@pytest.mark.parametrize("preset", ["jekyll", "hugo", "podcast"])
@pytest.mark.parametrize(
    "line", ["author: Ada", "author: {name: Ada}", "authors: [Ada, Grace]"]
)
def test_an_author_is_the_provider_of_a_blog(article_of, preset, line):
    assert article_of(line, preset=preset).provider.name == "Ada"


def test_folders_above_posts_are_categories_to_jekyll(article_of):
    path = "harbour/news/_posts/2021-01-27-a.md"
    article = article_of("categories: news boats", path=path, preset="jekyll")
    assert article.categories == ("harbour", "news", "boats")
    assert article_of(path=path, preset="smartable").categories == ()


def test_a_draft_folder_withholds(article_of):
    assert article_of(path="_drafts/a.md").withheld == "among the drafts"
    assert article_of(path="site/_drafts/a.md").withheld
    assert not article_of(path="site/drafts/a.md").withheld
