"""Whatever is in a file, parsing keeps its promises; tests/fuzz tries that for longer.

The same inputs each time: chance belongs to the long campaign.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.generate import articles
from tests.fuzz import odd
from tests.fuzz.harmless import is_harmless
from tests.fuzz.mutations import mutate
from tests.fuzz.oracle import RULES, Case, check, is_read_by_line, judge, parse

FILES = [text.encode() for _, text in articles(20, seed=5)]
PATHS = st.sampled_from(odd.PATHS)
RULE_SETS = st.integers(0, len(RULES) - 1)
SECRET = f"---\ntitle: A ferry\ndate: 2021-01-27\nsecured: {odd.SECRET}\n---\nA walk.\n"
TEXTS = st.lists(
    st.sampled_from(
        (*odd.LINES, *odd.CHARACTERS, "---", "title: a", "date: 2021-01-27")
    ),
    max_size=12,
).map(lambda lines: "\n".join(["---", *lines]).encode("utf-8", "replace"))


def broken(case: Case) -> list[str]:
    """Return the promises that are broken."""
    return [f"{finding.kind}: {finding.reason}" for finding in check(case)]


@settings(derandomize=True, max_examples=200)
@given(st.integers(0, 10**9), PATHS, RULE_SETS)
def test_spoilt_articles_keep_the_promises(seed, path, rules):
    rng = Random(seed)  # noqa: S311 - must be repeatable
    content = mutate(rng, rng.choice(FILES), FILES)
    assert broken(Case(path=path, content=content, rules=rules)) == []


@settings(derandomize=True, max_examples=150)
@given(TEXTS, PATHS, RULE_SETS)
def test_odd_lines_keep_the_promises(content, path, rules):
    assert broken(Case(path=path, content=content, rules=rules)) == []


@settings(derandomize=True, max_examples=100)
@given(st.binary(max_size=200), PATHS, RULE_SETS)
def test_any_bytes_keep_the_promises(content, path, rules):
    assert broken(Case(path=path, content=content, rules=rules)) == []


def test_articles_as_they_should_be_keep_the_promises():
    cases = [Case(path="2021-01-27-a.md", content=content) for content in FILES]
    assert [finding for case in cases for finding in check(case)] == []
    assert any(is_read_by_line(case.content.decode()) for case in cases)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"title": "a\x01b"}, "illegal text", id="text"),
        pytest.param({"link": "javascript:alert(1)"}, "link", id="link"),
        pytest.param({"original_link": "https://a b/"}, "link", id="blank"),
        pytest.param({"heat": float("nan")}, "number", id="heat"),
        pytest.param(
            {"excerpt": f"see {odd.SECRET[9:40]}"},
            "secret in article.excerpt, dialect YAML",
            id="secret",
        ),
    ],
)
def test_a_broken_promise_is_noticed(changes, kind):
    case = Case(path="a.md", content=SECRET.encode())
    parsed = parse(case)
    assert parsed.article is not None
    worse = replace(parsed, article=replace(parsed.article, **changes))
    assert kind in {finding.kind for finding in judge(case, worse)}


def test_an_article_that_is_none_is_noticed():
    case = Case(path="a.md", content=SECRET.encode())
    worse = replace(parse(case), outcome="held")
    assert {finding.kind for finding in judge(case, worse)} >= {"outcome"}


def test_the_same_seed_spoils_the_same_way():
    chances = Random(7), Random(7)  # noqa: S311 - must be repeatable
    once, again = (mutate(rng, FILES[0], FILES) for rng in chances)
    assert once == again != FILES[0]


@settings(derandomize=True, max_examples=200)
@given(st.integers(0, 10**9))
def test_no_input_would_harm_another_reader(seed):
    rng = Random(seed)  # noqa: S311 - must be repeatable
    content = mutate(rng, rng.choice(FILES), FILES)
    assert is_harmless(content)
    if len(content) < 20_000:  # what is spoilt may be spoilt again
        assert is_harmless(mutate(rng, content, [content]))


@pytest.mark.parametrize(
    ("content", "is_so"),
    [
        pytest.param(b"a: " + b"[" * 100 + b"]" * 100, True, id="levels"),
        pytest.param(b"a: " + b"[" * 101, False, id="too many levels"),
        pytest.param(b"a: " + b"[{" * 51, False, id="of two kinds"),
        pytest.param(b"a: " + b"[]" * 900, True, id="beside each other"),
        pytest.param(b"]" * 50 + b"[" * 90, True, id="closed before"),
        pytest.param(b"- " * 101 + b"a", False, id="dashes"),
        pytest.param(b"a: 1" + b"0" * 999, False, id="digits"),
        pytest.param(b"b." * 101 + b"b = 1", False, id="dots"),
        pytest.param(b"a: &a [*b, *b, *b]\n" * 8, True, id="aliases"),
        pytest.param(b"a: &a [*b, *b, *b]\n" * 9, False, id="too many aliases"),
        pytest.param(b"a: &a {<<: [*a, *a]}\n" * 14, False, id="too many merges"),
        pytest.param(b"Some *stressed* text.\n" * 900, True, id="Markdown"),
    ],
)
def test_what_is_harmless(content, is_so):
    assert is_harmless(content) is is_so
