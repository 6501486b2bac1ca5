"""A story's other articles: many in the file, few in the feed, and cheap."""

import json

import pytest

from feeds.parse.cluster import without_related, without_surplus
from feeds.parse.rules import Bounds

COUNT = 179


def item(at: int, *, style: str = "plain") -> str:
    lines = [
        f"title: 'Tug {at} sails: at noon'",
        f"webUrl: https://tug.example/{at}",
        "publishedDateTime: 2021-01-27T10:20:30Z",
        "provider:\n      name: Tug\n      domain: tug.example",
        "images:\n      - url: https://img.example/1.jpg\n        width: 640",
        f'excerpt: "{"It sails. " * 40}"',
    ]
    if style == "block":
        lines.insert(
            1, "note: |\n      - not an item\n      related:\n      - nor this"
        )
    if style == "quoted":
        lines.insert(1, 'note: "two\n      - lines"')
    return f"  - {chr(10).join(lines)}".replace("\n", "\n    ").replace(
        "\n          ", "\n      "
    )


def leader(count: int = COUNT, *, style: str = "plain", tail: str = "") -> str:
    items = "\n".join(item(at, style=style) for at in range(count))
    head = "title: Ferry\ndate: 2021-01-27\nheat: 3660"
    return f"---\n{head}\nrelated:\n{items}\n{tail}---\nIt sails.\n"


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, COUNT])
@pytest.mark.parametrize("limit", [0, 1, 10, 100])
def test_i45_so_many_are_kept_the_first_ones(parse, count, limit):
    text = leader(count).replace("related:\n\n", "related:\n")
    article = parse(text, bounds=Bounds(related=limit)).article
    kept = min(count, limit)
    assert [each.link for each in article.related] == [
        f"https://tug.example/{at}" for at in range(kept)
    ]
    assert (article.heat, article.body) == (3660, "It sails.")


@pytest.mark.parametrize("style", ["plain", "block", "quoted"])
def test_i45_what_follows_is_read_as_ever(parse, style):
    tail = 'topics: [Sea]\nquality: warm\nprovider: "Quay"\nsecured: x\n'
    text = leader(style=style, tail=tail)
    parsed = parse(text)
    article = parsed.article
    assert (len(article.related), article.topics) == (10, ("Sea",))
    assert article.provider.name == "Quay"
    (problem,) = parsed.problems
    assert text.split("\n")[problem.line - 1] == "quality: warm"


@pytest.mark.parametrize(
    "text",
    [
        leader(tail="x: &x [Sea]\ntopics: *x\n"),
        leader()
        .replace("provider:", "provider: &p", 1)
        .replace("---\nIt", "publisher: *p\ntopics: [Sea]\n---\nIt"),
        "---\ntitle: Ferry\ndate: 2021-01-27\ntopics: [Sea]\nrelated: "
        + json.dumps(
            [{"title": "T", "webUrl": f"https://tug.example/{n}"} for n in range(COUNT)]
        )
        + "\n---\n",
        json.dumps(
            {
                "title": "Ferry",
                "date": "2021-01-27",
                "related": [
                    {"title": "T", "webUrl": f"https://tug.example/{n}"}
                    for n in range(COUNT)
                ],
                "topics": ["Sea"],
            }
        ),
        '+++\ntitle = "Ferry"\ndate = 2021-01-27\ntopics = ["Sea"]\n'
        + "".join(
            f'[[related]]\ntitle = "T"\nwebUrl = "https://tug.example/{n}"\n'
            for n in range(COUNT)
        )
        + "+++\n",
    ],
    ids=["anchor after", "anchor within", "flow", "JSON", "TOML"],
)
def test_i45_however_it_is_written(parse, text):
    article = parse(text).article
    assert (len(article.related), article.topics) == (10, ("Sea",))


def test_i45_the_cap_is_a_setting_and_holds_in_documents(desk_of):
    desk = desk_of(feeds={"related_limit": 3})
    desk.write("a.md", leader())
    desk.build()
    (entry,) = desk.entries()
    assert len(entry["_stoker"]["related"]) == 3
    published = b"".join(
        content for name, content in desk.files().items() if name.startswith("output/")
    )
    assert b"https://tug.example/2" in published
    assert b"https://tug.example/3" not in published


@pytest.mark.parametrize("style", ["plain", "block"])
def test_i45_what_is_dropped_is_not_paid_for(style):
    """It is true that a YAML reader sees ten of 179 items at most."""
    text = leader(style=style).split("---\n")[1]
    bounds = Bounds(related=10)
    short = without_related(text, bounds) or without_surplus(text, bounds)
    assert len(short.text) < len(text) / 10
