"""Related articles taken out of front matter before the rest is parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parse import lines
from feeds.parse.cluster import without_related
from feeds.parse.handlers import _Yaml
from feeds.parse.lines import read_lines
from feeds.parse.rules import Bounds
from feeds.parse.yaml import YamlError, read_yaml

BOUNDS = Bounds(nodes=1_000_000)


def read(text):
    return read_yaml(text, BOUNDS)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param("  - title: 'x\nremoved: true #'\n", id="single quotes"),
        pytest.param('  - title: a"b\n    excerpt: "c\nremoved: true #"\n', id="even"),
        pytest.param(
            '  - title: "a\\\\"\n    excerpt: "c\nremoved: true #"\n', id="a backslash"
        ),
        pytest.param("  - {a: [1,\nremoved: true]}\n", id="flow"),
        pytest.param("  - secured: '\nexcerpt: AbCd1234'\n", id="secured"),
        pytest.param(
            "  - title: z\n# c\n    webUrl: https://x.example/\n", id="comment"
        ),
        pytest.param("# c\n    ~\n", id="null after a comment"),
        pytest.param("    images:\n" + "      - url: x\n" * 17_000, id="many values"),
    ],
)
@pytest.mark.parametrize("extra", ["", "    foo: y\n"], ids=["quick", "cut"])
@pytest.mark.parametrize("count", [10, 400])
def test_what_is_passed_over_hides_nothing(odd, extra, count):
    text = "related:\n" + f"  - title: x\n{extra}" * count + odd + "heat: 3\n"
    bounds = Bounds()
    try:
        expected = read_yaml(f"a: b\n{text}", bounds)[0]
    except YamlError:
        with pytest.raises(YamlError):
            _Yaml("", "", bounds).load(f"a: b\n{text}")
        return
    found = _Yaml("", "", bounds).load(f"a: b\n{text}")
    for each in (found, expected):
        each["related"] = list(map(used, each["related"][:10]))
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "{a: 1,\nrelated:\n  - title: foo\n, b: 2}\n",
        "{\nrelated:\n  - title: foo\n}\n",
    ],
)
def test_a_list_in_braces_is_refused(text):
    assert meaning(_load, text) == meaning(read, text) == "refused"


def test_a_text_of_many_lines_takes_no_longer_than_yaml_does():
    text = "a: x😀" + "y" * 900_000 + "\n" + " y\n" * 16_000
    assert read_lines(text, BOUNDS) is None


def test_what_is_remembered_of_lines_is_little():
    for number in range(6_000):
        read_lines(f"{' ' * 100_000}key{number}: value {number}\n", BOUNDS)
        read_lines(f"key{number}: value {number}\n", BOUNDS)
    for known in (lines._known, lines._heads):
        assert len(known) <= 4_096
        assert max(map(len, known)) <= 32


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
    short = without_related(text, BOUNDS)
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
    value = {} if value is None else value
    if not isinstance(value, dict):
        return "refused"
    items = value.get("related")
    if isinstance(items, list):
        value["related"] = [used(item) for item in items[:10]]
    lines = {key: marks.place(line) for key, line in marks.lines.items()}
    return value, lines, [(key, marks.place(line)) for key, line in marks.duplicates]


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
    put = data.draw(st.text("'[]{}~\"\\\n -:#a1&*", max_size=4))
    spoilt = text[:at] + put + text[to:]
    expected = meaning(read, spoilt)
    found = meaning(_load, spoilt)
    # Both refuse a file, or read it alike; who refuses says so in words of its own.
    assert found == expected
