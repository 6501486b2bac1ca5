"""What keeps an article back, as many generators spell it."""

from datetime import UTC, datetime

import pytest


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("status: draft", "status: draft"),
        ("Status: Hidden", "status: hidden"),
        ("status: private", "status: private"),
        ("password: x", "kept back by its password"),
        ("permalink: false", "kept back by its permalink"),
        ("eleventyExcludeFromCollections: true", "kept back"),
        ("headless: true", "kept back by its headless"),
        ("build: {list: never}", "kept back by its build"),
        ("_build: {list: false}", "kept back by its _build"),
    ],
)
def test_it_is_kept_back(article_of, line, why):
    article = article_of(line)
    assert article.withheld.startswith(why)


@pytest.mark.parametrize(
    "line",
    ["status: publish", "status: accepted", "password:", "build: {list: always}"],
)
def test_it_is_not(parse, line):
    parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\n{line}\n---\n")
    assert parsed.article.withheld == ""


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("status: drfat", "draft"),
        ("status: Hiden", "hidden"),
        ("status: privat", "private"),
    ],
)
def test_a_state_that_is_nearly_one_is_told(parse, line, near):
    parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\n{line}\n---\n")
    assert [str(problem).partition(", got")[0] for problem in parsed.problems] == [
        f"news/a.md:4: status: unknown state; did you mean {near}?"
    ]


@pytest.mark.parametrize(
    "status", ["published", "Public", "live", "accepted", "seedling", "[x]", "7", "''"]
)
def test_any_other_state_is_the_sites_own(parse, status):
    parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\nstatus: {status}\n---\n")
    assert parsed.problems == ()


def test_a_build_that_lists_in_another_way_is_none_of_ours(article_of):
    assert article_of("build: {list: [always]}").withheld == ""


def test_hugo_waits_for_the_day_of_publication(article_of):
    line = "publishDate: 2031-01-01"
    assert article_of(line, preset="hugo").published_at == datetime(
        2031, 1, 1, tzinfo=UTC
    )
    assert article_of(line, preset="smartable").published_at.year == 2021
    earlier = article_of("publishDate: 2001-01-01", preset="hugo")
    assert earlier.published_at.year == 2021


def test_a_date_far_ahead_is_an_embargo(parse):
    parsed = parse("---\ntitle: A\ndate: 2999-01-01\n---\n")
    assert parsed.article.published_at.year == 2261
    assert parsed.problems == ()


@pytest.mark.parametrize("preset", ["auto", "hugo"])
def test_hugos_page_of_a_folder_is_no_article(parse, preset):
    parsed = parse(
        "---\ntitle: A\ndate: 2021-01-27\n---\n", "posts/_index.md", preset=preset
    )
    assert parsed.outcome == "held"
