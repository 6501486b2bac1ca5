"""Two real sites: their own topic lists, and builds that leave no trace of how."""

import json
from urllib.parse import unquote

import pytest

from tests.real.conftest import SHARED, build, leaks, slices, source

CORPUS = SHARED / "corpus"
WHOLE_LISTS = """\
[feeds]
limit = 1000000
orders = ["latest"]
formats = ["json"]
html = false
[output]
encodings = []
"""

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("site", ["diablo4", "mspowerapps"])
def test_latest_reproduces_the_sites_own_topic_lists(tmp_path, site):
    # The lists are of the collection "news"; games are another one.
    news = source(CORPUS / site, 'include = ["_news/*"]')
    built = build(tmp_path, news + WHOLE_LISTS)
    oracle = json.loads((SHARED / "oracle" / f"{site}.json").read_bytes())
    feeds = json.loads((built.output / "feeds.json").read_bytes())
    stems = {feed["title"]: feed["path"] for feed in feeds}
    for name, rows in oracle["feeds"].items():
        items = built.items(stems[f"News: {name} (latest)"])
        paths = [unquote(item["id"].partition(":article/")[2]) for item in items]
        assert paths == [row["path"] for row in rows], name


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Build the same site twice: by one process in July, by two in November."""
    root = tmp_path_factory.mktemp("diablo4")
    settings = source(CORPUS / "diablo4")
    july = "2026-07-01T00:00:00Z"
    one = build(root / "one", settings, "--jobs", "1", now=july)
    two = build(root / "two", settings, "--jobs", "2")
    return one, two


def test_workers_and_clock_leave_no_trace(both):
    one, two = (each.files() for each in both)
    manifests = [
        json.loads(files.pop("manifest.json")[1], parse_float=str)
        for files in (one, two)
    ]
    assert {n: c for n, (_, c) in one.items()} == {n: c for n, (_, c) in two.items()}
    for manifest in manifests:
        for document in manifest["documents"]:
            del document["last_modified"]
    assert manifests[0] == manifests[1]


def test_same_now_gives_the_same_folder(both, tmp_path):
    one, _ = both
    again = build(
        tmp_path, source(CORPUS / "diablo4"), "--jobs", "2", now=one.report["now"]
    )
    assert again.files() == one.files()


def test_a_second_build_writes_nothing(both):
    _, two = both
    before = two.files()
    again = build(two.root, source(CORPUS / "diablo4"), now="2026-12-24T18:00:00Z")
    assert (again.report["parsed"], again.report["written"]) == (0, [])
    assert two.files() == before


def test_one_changed_article_costs_one(both):
    _, two = both
    assert two.report["published"] > 800
    assert two.report["rendered"] < two.report["published"]
    assert two.report["quarantined"] == len(
        {p["path"] for p in two.report["problems"] if p["severity"] == "error"}
    )


def test_nothing_secured_is_shown(both):
    secrets = slices(CORPUS / "diablo4")
    assert len(secrets) > 100_000
    for each in both:
        shown = [
            file.read_bytes()
            for file in each.root.rglob("*")
            if file.suffix not in {".gz", ".br", ".zst"} and file.is_file()
        ]
        told = (json.dumps(each.report) + each.logged).encode()
        assert not leaks(secrets, [told, *shown])


def test_a_podcast_in_toml_is_read(tmp_path):
    built = build(tmp_path, source(CORPUS / "adohugo"))
    files = sum(1 for _ in (CORPUS / "adohugo").rglob("*.md"))
    assert built.report["articles"] == files - len(
        {p["path"] for p in built.report["problems"] if p["severity"] == "error"}
    )
    assert built.report["articles"] > 190
