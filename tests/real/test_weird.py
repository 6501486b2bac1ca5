"""A pack of real hazards as one source: each costs at most itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import feedparser
import pytest
from lxml import etree

from tests.real.conftest import SHARED, build, leaks, slices, source

WEIRD = SHARED / "weird"
SETTINGS = """\
plain_text = "publish"
[sources.defaults]
date = "2020-01-01"
[feeds]
limit = 1000
"""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What becomes of one file.

    `item` are members of its JSON Feed item, `has` and `lacks` parts of its content;
    `problem` is (severity, line, part of what it says); `out` the reason why a file
    without an item is in no feed.
    """

    item: Mapping[str, Any] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    problem: tuple[str, int, str] | None = None
    out: str = ""


def dated(text: str, **more: Any) -> Expected:
    return Expected(item={"date_published": text}, **more)


def titled(text: str, **more: Any) -> Expected:
    return Expected(item={"title": text}, **more)


# By the number that each file's name begins with.
EXPECTED: Mapping[str, Expected] = {
    "01": Expected(problem=("error", 13, "needs quotes"), out="quarantined"),
    "02": Expected(problem=("error", 3, "YAML"), out="quarantined"),
    "03": Expected(problem=("warning", 11, "expected a key, got text")),
    "04": titled("Dropping pcr-oracle in user space Full Disk Encryption"),
    "06": titled("Unicode16CRLFandBOM"),
    "07": titled(
        "Playing along with NFTables", problem=("warning", 4, "the time of day")
    ),
    "09": titled("Test Post Where YAML Ends in Dots"),
    "10": Expected(out="expired"),
    "11": titled("Tom Preston-Werner", has=("github.com/mojombo",)),
    "12": Expected(
        item={
            "title": "Bad Request",
            "date_published": "2021-02-11T01:30:00Z",
            "attachments": [
                {
                    "url": "https://aphid.fireside.fm/d/1437767933/b44de5fa-47c1-4e94"
                    "-bf9e-c72f8d1c8f5d/bcbe812d-f5bb-4cbb-8614-cdee6868371f.mp3",
                    "mime_type": "audio/mpeg",
                    "size_in_bytes": 34_520_107,
                    "duration_in_seconds": 2_876,
                }
            ],
        }
    ),
    "13": Expected(problem=("warning", 0, "empty"), out="empty"),
    "14": Expected(
        item={
            "title": "DevOps at Etsy: Not a Unicorn, Just a Sparkly Horse",
            "date_published": "2014-05-21T17:16:50Z",
            "attachments": [
                {
                    "url": "https://feeds.example/arrested-devops-podcast-episode011.mp3",
                    "mime_type": "audio/mpeg",
                    "duration_in_seconds": 3_461,
                }
            ],
        }
    ),
    "16": Expected(
        item={
            "title": "This Week in Rust 58",
            "date_published": "2014-11-24T00:00:00Z",
            "tags": ["This Week in Rust"],
        },
        lacks=("Title:",),
    ),
    "18": titled("News", problem=("warning", 2, "did you mean title?")),
    "20": dated(
        "2021-02-08T00:00:00Z", problem=("warning", 3, "the date in the path is used")
    ),
    "21": dated("2020-12-14T19:00:00Z", problem=("warning", 3, "impossible offset")),
    "23": dated("2024-04-09T00:00:00Z"),
    "24": dated("2015-01-10T02:00:00Z"),
    "27": dated("2015-10-08T00:00:00Z"),
    "28": titled("Ruby 2.7.0-preview1 已发布", lacks=("\x08",)),
    "31": titled(
        "Sortie de la version 1.8.7-p374 de Ruby",
        problem=("warning", 4, "the last one counts"),
    ),
    "33": titled("The First PaperFaces Portrait"),
    "34": Expected(item={"tags": ["Diablo 4", "news"]}),
    "36": Expected(out="published: false"),
    "37": titled(
        "Power Apps Every Day (2024-04-12)", lacks=("<style", "raw %}", "[if mso]")
    ),
    "38": titled("Announcing public preview of coauthoring in Modern app designer"),
    "39": Expected(out="expired"),
    "41": titled(
        "Rails 0.9.1: Small, but important bugfix for Action Pack", lacks=("&lt;",)
    ),
    "42": Expected(lacks=("data:image",)),
    "44": Expected(lacks=("<script",)),
    "46": Expected(lacks=('href="/', 'src="/', 'href="www')),
    "48": Expected(has=("]]&gt;",)),
    "49": Expected(item={"tags": ["2013"]}),
    "51": Expected(item={"tags": ["embedded", "nerves", "Elixir in Production"]}),
    "53": Expected(
        item={
            "title": "Federal Student Aid\u2019s New Virtual Assistant Offers Model for "
            "Improved Customer Service in Government"
        }
    ),
    "55": titled("18F Checks In With Jerome Lee and the eAPD Project"),
    "56": Expected(has=("\u2028",)),
    "57": Expected(lacks=tuple(map(chr, range(0x80, 0xA0)))),
    "58": titled("Lambda World", lacks=("\r",)),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("weird"), source(WEIRD, SETTINGS))


@pytest.fixture(scope="module")
def items(built):
    """Return the items by the file that they are from."""
    return {
        unquote(item["id"].partition(":article/")[2]): item
        for item in built.items("all")
    }


def rows():
    manifest = WEIRD / "MANIFEST.json"
    found = json.loads(manifest.read_bytes()) if manifest.is_file() else []
    return [
        pytest.param(row["file"], id=f"{row['file'][:2]} {row['hazard'][:50]}")
        for row in found
    ]


@pytest.mark.parametrize("file", rows())
def test_each_hazard_has_the_outcome_that_is_expected_of_it(built, items, file):
    expected = EXPECTED[file[:2]]
    problems = [p for p in built.report["problems"] if p["path"] == file]
    if expected.problem:
        severity, line, part = expected.problem
        (problem,) = problems
        assert (problem["severity"], problem["line"]) == (severity, line)
        assert part in problem["expected"]
    else:
        assert problems == []
    assert (file in items) == (not expected.out)
    if expected.out:
        return
    item = items[file]
    content = item.get("content_html", "")
    assert {key: item.get(key) for key in expected.item} == expected.item
    assert [part for part in expected.has if part not in content] == []
    assert [part for part in expected.lacks if part in content.lower()] == []


def test_every_good_article_is_there(built, items):
    good = [row.values[0] for row in rows() if not EXPECTED[row.values[0][:2]].out]
    assert sorted(items) == sorted(good)
    assert built.code == 3
    assert (built.report["quarantined"], built.report["empty"]) == (2, 1)


def test_every_document_is_well_formed(built):
    for file in built.output.rglob("*"):
        if file.suffix in (".atom", ".rss"):
            etree.parse(file)
    ids = [item["id"] for item in built.items("all")]
    for extension in ("atom", "rss"):
        parsed = feedparser.parse((built.output / f"all.{extension}").read_bytes())
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == ids


def test_nothing_active_is_published(items):
    for file, item in items.items():
        html = item.get("content_html", "").lower()
        for forbidden in ("<script", "<style", "javascript:", " onclick", "data:image"):
            assert forbidden not in html, (forbidden, file)


def test_nothing_secured_is_shown(built):
    secrets = slices(WEIRD)
    assert secrets
    shown = [file.read_bytes() for file in built.output.rglob("*") if file.is_file()]
    assert not leaks(secrets, [json.dumps(built.report).encode(), *shown])
