"""A pack of real hazards as one source: each costs at most itself."""

import json
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
# Broken beyond reading, and empty.
BAD = ("01__", "02__", "13__")
# By their own word: expired, "published: false", expired.
WITHHELD = ("10__", "36__", "39__")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("weird"), source(WEIRD, SETTINGS))


def test_every_good_article_is_there(built):
    good = {
        row["file"]
        for row in json.loads((WEIRD / "MANIFEST.json").read_bytes())
        if not row["file"].startswith(BAD + WITHHELD)
    }
    found = {
        unquote(item["id"].partition(":article/")[2]) for item in built.items("all")
    }
    assert found == good


def test_every_bad_article_is_reported_with_its_file(built):
    assert built.code == 3
    assert built.report["quarantined"] == len(BAD)
    for start in BAD:
        (problem,) = (
            p for p in built.report["problems"] if p["path"].startswith(start)
        )
        assert problem["expected"]
    by_path = {p["path"][:4]: p for p in built.report["problems"]}
    assert by_path["01__"]["line"] > 1


def test_every_document_is_well_formed(built):
    for file in built.output.rglob("*"):
        if file.suffix in (".atom", ".rss"):
            etree.parse(file)
    ids = [item["id"] for item in built.items("all")]
    for extension in ("atom", "rss"):
        parsed = feedparser.parse((built.output / f"all.{extension}").read_bytes())
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == ids


def test_nothing_active_is_published(built):
    for item in built.items("all"):
        html = item.get("content_html", "").lower()
        for forbidden in ("<script", "<style", "javascript:", " onclick"):
            assert forbidden not in html, (forbidden, item["id"])


def test_inlined_pictures_are_dropped(built):
    for item in built.items("all"):
        assert "data:image" not in item.get("content_html", ""), item["id"]


def test_nothing_secured_is_shown(built):
    secrets = slices(WEIRD)
    assert secrets
    shown = [file.read_bytes() for file in built.output.rglob("*") if file.is_file()]
    assert not leaks(secrets, [json.dumps(built.report).encode(), *shown])
