"""Where an article without a URL of its own is."""

from zoneinfo import ZoneInfo

import pytest

HOME = "https://quay.example/"


def link(article_of, *lines, **more):
    return article_of(*lines, home=HOME, **more).link.removeprefix(HOME)


@pytest.mark.parametrize(
    ("preset", "path", "lines", "expected"),
    [
        pytest.param("auto", "news/a.md", (), "news/a", id="its path"),
        pytest.param(
            "jekyll",
            "_posts/2021-01-27-The-Ferry.md",
            ("categories: [News, Old Boats]",),
            "news/old-boats/2021/01/27/The-Ferry.html",
            id="Jekyll's",
        ),
        pytest.param(
            "jekyll",
            "_posts/2021-01-27-a.md",
            ("slug: b",),
            "2021/01/27/b.html",
            id="Jekyll's with a slug",
        ),
        pytest.param(
            "jekyll",
            "_posts/2021-01-27-a.md",
            ("permalink: /:year/:title/",),
            "2021/a/",
            id="one of its own, with tokens",
        ),
        pytest.param("hugo", "Post/A b.md", (), "post/a-b/", id="Hugo's"),
        pytest.param(
            "hugo", "post/2021-01-27-a.md", (), "post/2021-01-27-a/", id="Hugo's dates"
        ),
        pytest.param("hugo", "a.md", ("slug: Ann's & Ben",), "anns-ben/", id="signs"),
        pytest.param("hugo", "post/ferry/index.md", (), "post/ferry/", id="a bundle"),
        pytest.param("hugo", "post/a.md", ("slug: b",), "post/b/", id="Hugo's slug"),
        pytest.param("hugo", "post/a.md", ("url: /x/y",), "x/y", id="Hugo's url"),
    ],
)
def test_a_page_is_where_its_generator_puts_it(
    article_of, preset, path, lines, expected
):
    assert link(article_of, *lines, path=path, preset=preset) == expected


@pytest.mark.parametrize(
    ("permalink", "expected"),
    [
        pytest.param(
            "/blog/:year/:month/:day/:title/", "blog/2021/01/28/a/", id="date"
        ),
        pytest.param("/:folders/:name.html", "x/y/2021-01-27-a.html", id="folders"),
        pytest.param("/:categories/:title", "a", id="no categories"),
        pytest.param("../../:title", "a", id="never above the site"),
        pytest.param("none", "a.html", id="by Jekyll's name for it"),
    ],
)
def test_a_configured_permalink_is_filled(article_of, permalink, expected):
    found = link(
        article_of,
        "publishedDateTime: 2021-01-27T23:00:00Z",
        path="x/y/2021-01-27-a.md",
        permalink=permalink,
        zone=ZoneInfo("Europe/Paris"),
    )
    assert found == expected


def test_the_name_of_a_bundle_is_its_title(parse):
    parsed = parse("---\ndate: 2021-01-27\n---\n", "post/the-old_ferry/index.md")
    assert parsed.article.title == "the old ferry"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("url: /special/", "https://quay.example/sub/special/"),
        ("permalink: special/", "https://quay.example/sub/special/"),
        ("url: /sub/special/", "https://quay.example/sub/special/"),
        ("url: //other.example/x", "https://other.example/x"),
    ],
    ids=["root", "relative", "with the site's path", "another host"],
)
def test_a_path_is_under_the_home_page(article_of, line, expected):
    article = article_of(line, home="https://quay.example/sub/", preset="hugo")
    assert article.link == expected
