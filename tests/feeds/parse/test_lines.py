"""The YAML that programs write is read line by line, and means the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.parse.lines import read_lines
from feeds.parse.rules import Bounds
from feeds.parse.yaml import YamlError, read_yaml

BOUNDS = Bounds()
ARTICLE = r"""category: news
title: "A \"harbour\" film: \\ part 2"
publishedDateTime: 2026-01-27T00:13:00Z
webUrl: https://quay.example/a?b=c#d
heat: -1
quality: 125
published: true
empty:
null_one: null

provider:
  name: Quay & Sons
  images:
    - url: "https://quay.example/a.png"
      width: 50

topics:
  - Ferries
  - "Old harbours"
flush:
- one
- two
related:
  - title: First
    provider:
      name: Tidewire
  - title: Second
secured: "QUJD;RA=="
"""


def same(text, bounds=BOUNDS):
    """Assert that the text is read alike, or left to the whole reader."""
    found = read_lines(text, bounds)
    if found is None:
        return False
    value, marks = read_yaml(text, bounds)
    assert found[0] == value
    assert found[1] == marks
    return True


def test_an_article_as_programs_write_it_is_read_here():
    assert same(ARTICLE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: [x, y]\n", id="a flow list"),
        pytest.param("a: 'x'\n", id="single quotes"),
        pytest.param("a: b # c\n", id="a comment"),
        pytest.param("# c\na: b\n", id="a line of comment"),
        pytest.param("a: 007\n", id="an odd number"),
        pytest.param("a: 2.10\n", id="a fraction"),
        pytest.param('tags: [a, "b c", 3 , true, null]\nb: []\n', id="brackets"),
        pytest.param("a: 'it''s'\nb: ''\n", id="a doubled quote"),
        pytest.param("a: 2021-1-27 18:00:00 -0800\nb: 12:30\n", id="dates"),
        pytest.param("a: # c\n  b: -5\n  d: .5 # e\n", id="comments at ends"),
        pytest.param("a:\n  - \n  - b\nc:\n-\n- d\n", id="empty items"),
        pytest.param("a: x\na: y\n", id="a repeated key"),
        pytest.param("a: x\n  y\n", id="text on two lines"),
        pytest.param("a: b # c\nd: 1\n  2\ne:\n- f\n  g\n", id="longer texts"),
        pytest.param("A: x\na:\n  b: c\n", id="repeated in capitals"),
        pytest.param("Title: a\nSEO:\n  Title: b\n", id="capitals"),
    ],
)
def test_an_article_as_people_write_it_is_read_here(text):
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\n  b: 2\n", id="a value above deeper keys"),
        pytest.param("a:\n    b: 1\n  c: 2\n", id="a step back to nowhere"),
        pytest.param("a: 2026-01-27T09:\n", id="a date that ends as a key"),
        pytest.param("a:\n  b: c\n  b: d\n", id="a repeated key further down"),
        pytest.param("a: x # c\n  y\n", id="text after a comment"),
        pytest.param("a: x\n\n  y\n", id="text after a blank line"),
        pytest.param("a: x\n  - y\n", id="text like an item"),
        pytest.param('a: "x\n  y"\n', id="quoted text on two lines"),
        pytest.param("a: |\n  x\n", id="a block scalar"),
        pytest.param("a: {b: c}\n", id="a flow mapping"),
        pytest.param("a: &b x\nc: *b\n", id="an anchor"),
        pytest.param("a: !!str 1\n", id="a tag"),
        pytest.param('a: "\\u0041"\n', id="an escape"),
        pytest.param("a: b: c\n", id="two colons"),
        pytest.param("true: b\n", id="a key that is no text"),
        pytest.param("- a\n- b\n", id="a list"),
        pytest.param("a:\tb\n", id="a tab"),
        pytest.param("a: b\u2028c: d\n", id="a separator"),
        pytest.param("a:\n  -\n    b: c\n", id="an item that begins on the next line"),
        pytest.param("a:\n  - - b\n", id="a list in a list"),
        pytest.param("", id="nothing"),
        pytest.param("\n\n", id="blank lines"),
    ],
)
def test_anything_else_is_left_to_the_whole_reader(text):
    assert read_lines(text, BOUNDS) is None


def test_bounds_are_left_to_the_whole_reader():
    deep = "".join(f"{'  ' * level}a:\n" for level in range(30))
    assert read_lines(deep, BOUNDS) is None
    assert read_lines("a:\n" + "  - b\n" * 60_000, BOUNDS) is None


PARTS = st.sampled_from(
    [
        *("a", "key: ", "key:", "b:", "c: ", "- ", "-", "  ", "    ", " ", "\n", "\n"),
        *(
            '"x"',
            '"',
            "\\",
            '\\"',
            "'",
            "#",
            " #",
            ":",
            "~",
            "null",
            "true",
            "No",
            "x y",
        ),
        *("2026-01-27", "2026-01-27T00:13:00Z", "0", "12", "-3", "1.5", "/p", "é", "|"),
        *("[", "{", ",", "&", "*", "!", "%", "@", "`", "?", ">", "---", "...", "<<: "),
    ]
)


@settings(max_examples=400)
@given(st.lists(PARTS, max_size=30).map("".join))
def test_whatever_is_read_here_means_the_same_to_yaml(text):
    same(text)


LINES = st.builds(
    "{}{}{}{}\n".format,
    st.sampled_from(["", "", "  ", "  ", "    ", "      ", " "]),
    st.sampled_from(["", "", "", "- "]),
    st.sampled_from(["a:", "b:", "c:", "title:", ""]),
    st.sampled_from(["", "", " x", ' "y"', " 5", " true", " ~", " z z", " u:v", " "]),
)


@settings(max_examples=600)
@given(st.lists(LINES, min_size=1, max_size=12).map("".join))
def test_every_shape_of_indentation_means_the_same_to_yaml(text):
    try:
        read_yaml(text, BOUNDS)
    except YamlError:
        assert read_lines(text, BOUNDS) is None
    else:
        same(text)
