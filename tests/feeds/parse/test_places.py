"""What is reported of keys below the top level has its line and its spelling."""

import pytest

TEXT = """\
---
Title: A
date: 2021-01-27
Provider:
  Name: Quay
  Domain: nowhere
topics:
  - Ferry
  - {a: b}
related:
  - title: One
    webUrl: https://quay.example/1
  - webUrl: ftp://quay.example/2
    publishedDateTime: yesterday
images: [{url: "javascript:x"}]
---
"""


def test_a_problem_deep_down_is_found(parse):
    found = {problem.key: problem.line for problem in parse(TEXT).problems}
    assert found == {
        "Provider.Domain": 6,
        "topics[1]": 9,
        "related[1].webUrl": 13,
        "related[1].publishedDateTime": 14,
        "images[0].url": 15,
    }


def test_lines_count_from_the_top_of_the_file(parse):
    below = {problem.key: problem.line for problem in parse(f"\n\n{TEXT}").problems}
    assert below["related[1].webUrl"] == 15


def test_what_only_some_readers_take_for_a_line_end_is_none(parse):
    text = TEXT.replace("Title: A", 'Title: "A\u2028B\u2029C"')
    found = {problem.key: problem.line for problem in parse(text).problems}
    assert found["related[1].webUrl"] == 13


def test_lines_behind_a_long_list_stay_right(parse):
    item = '  - title: "x"\n    webUrl: https://quay.example/\n' + " " * 200 + "\n"
    text = f"---\ntitle: A\ndate: 2021-01-27\nrelated:\n{item * 40}heat: high\nimages: [5]\n---\n"
    found = {problem.key: problem.line for problem in parse(text).problems}
    assert found == {"heat": 125, "images[0]": 126}


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "A"\ndate = 2021-01-27\n\nimages = [5]\n+++\n',
        '{\n"title": "A",\n"date": "2021-01-27",\n\n"images": [5]}',
    ],
    ids=["TOML", "JSON"],
)
def test_other_dialects_give_the_line_of_the_key_above(parse, text):
    (problem,) = parse(text).problems
    assert (problem.key, problem.line) == ("images[0]", 5)
