"""Cutting a long `related` list before it is parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parse.cluster import without_surplus
from feeds.parse.handlers import _Yaml
from feeds.parse.rules import Bounds
from feeds.parse.yaml import read_yaml

ITEM = """\
{indent}- title: "Story {number}"
{indent}  webUrl: "https://quay.example/{number}"
{indent}  excerpt: "{text}"
"""
BOUNDS = Bounds(nodes=1_000_000)


def front_matter(count, *, indent="  ", text="x" * 200, tail='secured: "QUJD"\n'):
    items = (ITEM.format(indent=indent, number=n, text=text) for n in range(count))
    return f'title: "Ferry"\nrelated:\n{"".join(items)}\n{tail}'


def read(text):
    return read_yaml(text, BOUNDS)


@pytest.mark.parametrize("indent", ["", "  ", "    "], ids=["flush", "two", "four"])
@pytest.mark.parametrize(
    "tail", ["", 'secured: "QUJD"\nheat: 9\n'], ids=["last", "middle"]
)
def test_the_first_items_and_all_else_are_read_alike(indent, tail):
    whole = front_matter(60, indent=indent, tail=tail)
    cut = without_surplus(whole, 10)
    (expected, expected_marks), (found, marks) = read(whole), read(cut.text)
    assert len(cut.text) < len(whole) / 2
    assert found == {**expected, "related": expected["related"][:10]}
    assert marks.moved(cut.place) == expected_marks


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(front_matter(3), id="short"),
        pytest.param(front_matter(9), id="few items"),
        pytest.param(
            front_matter(60).replace("60", "&a 60", 1) + "x: &b 1\n", id="tail"
        ),
        pytest.param(front_matter(40, text="y" * 200 + "\n  - z"), id="torn quotation"),
        pytest.param("title: x\n" + "y: z\n" * 2_000, id="no list"),
        pytest.param(f'title: "{"z" * 5_000}\nrelated:\n  - a\n  - b"\n', id="quoted"),
    ],
)
def test_what_is_kept_means_the_same(text):
    expected = read(text)[0]
    shorter = _Yaml("", "", BOUNDS).load(text)
    for each in (shorter, expected):
        each["related"] = each.get("related", [])[:10]
    assert shorter == expected


def test_an_anchor_in_the_surplus_is_not_lost():
    text = front_matter(60, tail="other: *late\n").replace(
        '"Story 50"', '&late "Story 50"'
    )
    assert without_surplus(text, 10).text == text


@given(st.integers(0, 40), st.integers(1, 40), st.sampled_from(["", "  "]))
def test_no_more_than_the_limit_is_kept(count, limit, indent):
    found = read(without_surplus(front_matter(count, indent=indent), limit).text)[0]
    kept = found["related"] or []
    whole = read(front_matter(count, indent=indent))[0]["related"] or []
    assert kept[:limit] == whole[:limit]
