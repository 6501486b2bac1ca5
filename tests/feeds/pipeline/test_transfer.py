"""A ledger as text is read back as it was, or said to be wrong, line by line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec import msgpack

from feeds.article import Article, ArticlePath
from feeds.catalog import (
    DocumentState,
    FeedState,
    Identity,
    LastGood,
    Ledger,
    Memory,
)
from feeds.pipeline.transfer import exported, imported
from feeds.plan import Placing

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARTICLE = Article(
    path=ArticlePath("b.md"), title="Ferries", published_at=AT, significance="s1"
)
PLACING = Placing(path="b.md", published_ts=AT.timestamp(), heat=float("inf"))


def identity(path: str) -> Identity:
    return Identity(
        path=path,
        id=f"tag:harbour.example,2026:article/{path}",
        significance="s1",
        earlier="",
        updated=AT,
        first_seen=AT,
    )


LEDGER = Ledger(
    memories=(Memory(key="tag_authority", value="harbour.example,2026"),),
    identities=(identity("a.md"), identity("b.md")),
    last_good=(
        LastGood(
            path="b.md",
            rules="c:r",
            placing=msgpack.encode(PLACING),
            article=msgpack.encode(ARTICLE),
        ),
    ),
    feeds=(FeedState(stem="all", digest="d", updated=AT),),
    documents=(DocumentState(path="all.atom", etag='"e"', last_modified=AT),),
)


def text() -> bytes:
    return b"".join(exported(LEDGER))


def test_what_was_exported_is_what_is_imported():
    assert imported("f", text()) == (LEDGER, [])


def test_a_last_line_without_its_end_is_a_line():
    assert imported("f", text().rstrip(b"\n")) == (LEDGER, [])


Edit = Callable[[list[str]], list[str]]


def without_last(lines: list[str]) -> list[str]:
    return lines[:-1]


def with_first(changed: str) -> Edit:
    return lambda lines: [changed, *lines[1:]]


def of_identity(old: str, new: str) -> Edit:
    """Change the first line of an identity."""

    def edit(lines: list[str]) -> list[str]:
        at = next(n for n, line in enumerate(lines) if '"identity"' in line)
        return [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]

    return edit


def twice(lines: list[str]) -> list[str]:
    head = json.loads(lines[0])
    head["lines"] += 1
    return [json.dumps(head), *lines[1:], lines[-1]]


def no_identity(lines: list[str]) -> list[str]:
    return [
        line.replace('"path":"b.md"', '"path":"another.md"')
        if '"identity"' in line
        else line
        for line in lines
    ]


WRONG: list[tuple[str, Edit, str]] = [
    ("cut", without_last, ":1: lines: expected "),
    ("another file", with_first("hello"), ":1: expected the first line of a ledger"),
    (
        "a newer version",
        with_first('{"kind":"stoker-ledger","version":2,"lines":0}'),
        ":1: version: expected 1, the version that this release reads, got '2'",
    ),
    ("no JSON", of_identity("{", "("), ": expected one JSON object"),
    ("a kind", of_identity('"identity"', '"person"'), "kind: expected meta, identity"),
    (
        "a date",
        of_identity('"updated":"2', '"updated":"x2'),
        "updated: expected a date and time with a zone",
    ),
    (
        "no zone",
        of_identity('Z","first', '","first'),
        "updated: expected a date and time",
    ),
    ("a type", of_identity('"earlier":""', '"earlier":5'), "earlier: expected text"),
    ("missing", of_identity('"earlier":"",', ""), "expected the key 'earlier'"),
    ("unknown", of_identity('"earlier"', '"later":1,"earlier"'), "later: unknown"),
    ("an id", of_identity('"tag:', '"urn:'), "id: expected text of the form that"),
    ("twice", twice, "path: expected each once; it is in line "),
    ("no identity", no_identity, "path: expected a line of the kind identity"),
]


@pytest.mark.parametrize(
    ("edit", "told"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_wrong_line_is_named_with_what_was_expected(edit, told):
    lines = edit(text().decode().splitlines())
    _, problems = imported("f", "\n".join(lines).encode())
    assert any(told in str(problem) for problem in problems)
    assert all(problem.severity == "error" for problem in problems)


def test_every_wrong_line_is_told():
    lines = [line.replace('"tag:', '"urn:') for line in text().decode().splitlines()]
    _, problems = imported("f", "\n".join(lines).encode())
    assert [(each.line, each.key) for each in problems][:2] == [(3, "id"), (4, "id")]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"[]\n"], ids=repr)
def test_what_is_no_export_is_said_to_be_none(content):
    ledger, (problem,) = imported("f", content)
    assert ledger == Ledger()
    assert str(problem).startswith("f:1: expected the first line of a ledger")
