"""What the benchmark of reading counts, and how it sums up. No clock is judged here."""

import json
from pathlib import Path
from statistics import median

import pytest

from tests.bench import reading
from tests.bench.reading_table import ARTICLE, RAW, RIVAL, Reading, least_gained, rows

ITEM = (
    "  - title: A ferry\n    provider:\n      name: Quay\n    topics:\n    - Boats\n\n"
)


def front_matter(items: int, after: str = "quality: 4\n") -> str:
    return f"title: Harbour\nrelated:\n{ITEM * items}{after}"


def one(path: str, rival: float, raw: float, article: float, **others) -> Reading:
    ns = {RIVAL: rival, RAW: raw, ARTICLE: article}
    facts = {"kind": "other front matter", "size_bytes": 10, "once_ns": ns} | others
    return Reading(path=path, ns=ns, **facts)


def test_related_is_measured_to_the_next_key():
    text = front_matter(3)
    share, items = reading.related_share(text)
    assert items == 3
    assert share == len("related:\n" + ITEM * 3) / len(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("title: Harbour\n", id="no such key"),
        pytest.param("related: []\n", id="an empty list"),
        pytest.param("nested:\n  related:\n    - a\n", id="a deeper key"),
    ],
)
def test_what_has_no_related_block_has_no_share(text):
    assert reading.related_share(text) == (0, 0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(
            front_matter(11), "mostly related", id="most, and beyond the limit"
        ),
        pytest.param(front_matter(10), "other front matter", id="all of it is read"),
        pytest.param(
            front_matter(11, "secured: x" + "y" * 9_000),
            "other front matter",
            id="little",
        ),
    ],
)
def test_mostly_related_is_most_characters_and_more_items_than_are_read(text, kind):
    assert reading.kind_of(text) == kind


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"---\ntitle: a\n---\n", "", id="all read it"),
        pytest.param(b"Only text.\n", "", id="plain text is read by all"),
        pytest.param(b"---\ntitle: [\n---\n", "Stoker refuses it", id="broken for us"),
        pytest.param(b"---\na: 2026-02-31\n---\n", "fails on it", id="broken for them"),
        pytest.param(b"+++\na = 1\n+++\n", "finds no metadata in it", id="TOML"),
        pytest.param(b"\xef\xbb\xbf---\na: 1\n---\n", "finds no metadata", id="a BOM"),
    ],
)
def test_only_what_all_contenders_read_is_compared(content, expected):
    found = reading.unfit("a.md", content)
    assert expected in found
    assert bool(found) == bool(expected)


def test_files_are_loaded_with_their_kind(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    for name, text in {
        "deep/lines.md": "---\ntitle: a\n---\n",
        "anchor.md": "---\ntitle: &a b\n---\n",
        "plain.txt": "A walk by the harbour.\n",
        "toml.md": "+++\na = 1\n+++\n",
        "no-article.json": "{}",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    corpus = reading.load(tmp_path, "here")
    assert {file.path: (file.kind, file.is_read_by_line) for file in corpus.files} == {
        "deep/lines.md": ("other front matter", True),
        "anchor.md": ("other front matter", False),
        "plain.txt": ("no front matter", False),
    }
    assert corpus.left_out == {f"{RIVAL} finds no metadata in it": 1}


def test_a_row_sums_up_the_gains_of_its_files():
    once = {RIVAL: 500.0, RAW: 100.0, ARTICLE: 250.0}
    found = rows(
        [
            one("a.md", 800, 100, 400, once_ns=once),
            one("b.md", 300, 200, 400, once_ns=once),
            one("c.md", 100, 50, 100, once_ns=once),
        ]
    )
    assert [row.group for row in found] == ["all files"] * 3
    raw = found[1]
    assert (raw.reader, raw.files, raw.median_us) == (RAW, 3, 0.1)
    assert (raw.median_gain, raw.least_gain) == (2, 1.5)
    assert raw.total_gain == pytest.approx(1200 / 350)
    assert raw.once_gain == 5


def test_each_kind_has_rows_of_its_own():
    found = rows([one("a.md", 8, 1, 4), one("b.md", 3, 2, 4, kind="no front matter")])
    assert [(row.group, row.files) for row in found[::3]] == [
        ("all files", 2),
        ("no front matter", 1),
        ("other front matter", 1),
    ]


def test_the_files_that_gain_least_come_worst_first():
    readings = [one(f"{at}.md", at + 1, 2, 1) for at in (7, 3, 5, 4, 6, 2, 9)]
    found = least_gained(readings, RAW)
    assert [each.path for each in found] == ["2.md", "3.md", "4.md", "5.md", "6.md"]


def test_takes_merge_for_each_contender():
    takes = [dict.fromkeys(reading.READERS, ns) for ns in (3.0, 1.0, 2.0)]
    assert reading.merged(min, takes) == dict.fromkeys(reading.READERS, 1)
    assert reading.merged(median, takes) == dict.fromkeys(reading.READERS, 2)


def test_the_command_reports_every_file(tmp_path: Path, capsys):
    file = tmp_path / "figures.json"
    options = [
        "--generated",
        "3",
        "--rounds",
        "1",
        "--repeats",
        "1",
        "--json",
        str(file),
    ]
    assert reading.main(options) == 0
    printed = capsys.readouterr().out
    assert "loader yaml.CSafeLoader" in printed
    assert "3 files" in printed
    (corpus,) = json.loads(file.read_text(encoding="utf-8"))["corpora"]
    assert len(corpus["files"]) == 3
    assert {row["reader"] for row in corpus["rows"]} == set(reading.READERS)
