"""Cutting a long `related` list before it is parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parse.cluster import shortened, without_surplus
from feeds.parse.handlers import _Yaml
from feeds.parse.rules import Bounds
from feeds.parse.yaml import YamlError, read_yaml

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
    placed = {key: cut.place(line) for key, line in marks.lines.items()}
    assert placed == expected_marks.lines


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


STORY = """\
  - title: "Ferry \\"Astrid\\" late again: quay closed"
    excerpt: "Nobody waits # for long"
    publishedDateTime: 2024-05-06T07:08:09Z
    webUrl: "https://quay.example/astrid"
    ampWebUrl: "https://quay.example/amp"
    type: article
    provider:
      name: 9to5 Harbour
      domain: 9to5.example
    quality: 87
    images:
      - url: "https://quay.example/a.jpg"
        width: 640
        height: 360
        isCached: true
"""
VIDEO = """\
  - title: Slow boat
    publishedDateTime: "2024-05-06"
    originalUrl: https://quay.example/video?a=1&b=2
    provider:
      name: "Pier"
"""
SHORT = """\
  - title: 1984
    webUrl: "https://quay.example/1984"
"""


def cluster(*stories, tail="heat: 9\n"):
    return f'title: "Ferry"\nrelated:\n{"".join(stories)}{tail}'


def used(item):
    """Return what feeds use of an item as YAML reads it."""
    if not isinstance(item, dict):
        return item
    keys = ("title", "publisheddatetime", "originalurl", "weburl")
    who = item.get("provider")
    name = {"provider": who.get("name") if isinstance(who, dict) else who}
    return {key: item.get(key) for key in keys} | name


def test_items_as_tools_write_them_are_taken_out_and_read():
    text = cluster(STORY, VIDEO, SHORT)
    short = shortened(text, BOUNDS)
    assert short.text == 'title: "Ferry"\nrelated:\nheat: 9\n'
    related = read(text)[0]["related"]
    assert list(map(used, short.items)) == list(map(used, related))


def test_the_first_items_are_read_and_the_rest_passed_over():
    text = cluster(*[STORY, SHORT] * 9)
    assert len(_load(text)[0]["related"]) == 10
    assert meaning(_load, text) == meaning(read, text)


def test_keys_behind_the_items_stand_where_they_stood():
    text = cluster(STORY, VIDEO, tail="\nheat: 9\nquality: 3\n")
    handler = _Yaml("", "", BOUNDS)
    handler.load(text)
    placed = {key: handler.marks.place(at) for key, at in handler.marks.lines.items()}
    assert placed == read(text)[1].lines


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(cluster(STORY.replace("title", "name")), id="another key"),
        pytest.param(cluster(STORY.replace("    type", "    more: x\n    type")), id="one more"),
        pytest.param(cluster(SHORT + "      more\n"), id="text goes on"),
        pytest.param(cluster(SHORT.replace("1984", "a # b")), id="a comment"),
        pytest.param(cluster(SHORT.replace("1984", '"a"b"')), id="three quotes"),
        pytest.param(cluster(SHORT.replace("1984", '"a\\"')), id="no end"),
        pytest.param(cluster(SHORT.replace("1984", '"\\u0041"')), id="an escape"),
        pytest.param(cluster(SHORT, "\n", SHORT), id="a blank line"),
        pytest.param(cluster(SHORT, tail="    heat: 9\n"), id="a wrong step"),
        pytest.param(cluster(SHORT, tail="related: x\n"), id="related twice"),
        pytest.param(cluster(SHORT, tail="# c\n  - title: x\n"), id="interrupted"),
        pytest.param('a: "b\nrelated:\n  - title: c"\n', id="quoted"),
        pytest.param(cluster(STORY.replace("width: 640", "width: 640\n        width: 1")), id="twice"),
    ],
)  # fmt: skip
def test_what_is_unusual_means_what_yaml_says(text):
    assert meaning(_load, text) == meaning(read, text)


def _load(text):
    handler = _Yaml("", "", BOUNDS)
    return handler.load(text), handler.marks


def meaning(reader, text):
    """Return what a reader makes of a text, of related articles what is used of them."""
    try:
        value, marks = reader(text)
    except YamlError:
        return "refused"
    if not isinstance(value, dict):
        return "refused"
    items = value.get("related")
    if isinstance(items, list):
        value["related"] = [used(item) for item in items[:10]]
    return value, [key for key, _ in marks.duplicates]


def test_a_whole_that_nests_deeper_than_allowed_is_refused():
    bounds = Bounds(nesting=3)
    with pytest.raises(YamlError, match="3 levels"):
        _Yaml("", "", bounds).load(cluster(STORY))


@given(st.data())
def test_a_spoilt_cluster_means_what_yaml_says(data):
    text = cluster(
        *data.draw(st.lists(st.sampled_from([STORY, VIDEO, SHORT]), max_size=4))
    )
    at = data.draw(st.integers(0, len(text)))
    to = data.draw(st.integers(at, min(len(text), at + 12)))
    put = data.draw(st.text('"\\\n -:#a1&*', max_size=4))
    spoilt = text[:at] + put + text[to:]
    expected = meaning(read, spoilt)
    found = meaning(_load, spoilt)
    # Both refuse a file, or read it alike; who refuses says so in words of its own.
    assert found == expected
