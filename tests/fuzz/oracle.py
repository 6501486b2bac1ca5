"""What must hold of every input: the promises of `parse_article`, checked from outside.

Nothing here knows how the parser works, but for one thing: plain front matter is read
line by line, and a comment makes sure that it is not.
"""

import math
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlsplit

from feeds.article import Article
from feeds.errors import ArticleError
from feeds.parse.article import parse_article
from feeds.parse.cluster import without_related
from feeds.parse.dialects import take_apart
from feeds.parse.handlers import HANDLERS
from feeds.parse.lines import read_lines
from feeds.parse.raw import Raw, decode
from feeds.parse.rules import Bounds, Outcome, Parsed, PresetName, Rules
from feeds.parse.yaml import YamlError, read_yaml
from tests.fuzz.leaks import leaks

MODIFIED_AT = datetime(2026, 1, 1, tzinfo=UTC)
RULES = (
    Rules(),
    *(
        Rules(plain_text="publish", undated="mtime", preset=preset)
        for preset in get_args(PresetName)
    ),
    # Low, so that harmless inputs exceed them.
    Rules(plain_text="publish", undated="mtime", bounds=Bounds(nesting=5, nodes=200)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input; `rules` is an index of RULES."""

    path: str
    content: bytes
    rules: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A promise that was not kept."""

    kind: str
    reason: str


def parse(case: Case) -> Parsed:
    """Parse the input: what is being tested."""
    rules = RULES[case.rules]
    return parse_article(case.path, case.content, rules, modified_at=MODIFIED_AT)


def check(case: Case) -> list[Finding]:
    """Parse the input and judge what came of it."""
    try:
        parsed = parse(case)
    except Exception:  # noqa: BLE001 - the promise is that there is none
        return [Finding(kind="raised", reason=traceback.format_exc())]
    return list(judge(case, parsed))


def judge(case: Case, parsed: Parsed) -> Iterator[Finding]:
    """Yield the promises that `parsed` breaks."""
    yield from _outcome(parsed)
    yield from _problems(case, parsed)
    if parsed.article:
        yield from _texts_and_links(parsed.article)
        yield from _numbers(parsed.article)
    try:
        text = decode(case.path, case.content)
    except ArticleError:
        return
    yield from _secrets(case, text, parsed)
    yield from _line_reader(case, text, parsed)
    yield from _cluster(text)


def _outcome(parsed: Parsed) -> Iterator[Finding]:
    if parsed.outcome not in get_args(Outcome):
        yield Finding(kind="outcome", reason=f"unknown: {parsed.outcome!r}")
    if (parsed.outcome == "article") != isinstance(parsed.article, Article):
        reason = f"{parsed.outcome}, but {type(parsed.article).__name__}"
        yield Finding(kind="outcome", reason=reason)
    if parsed.outcome != "article" and not parsed.problems:
        yield Finding(kind="outcome", reason=f"{parsed.outcome} without a reason")


def _problems(case: Case, parsed: Parsed) -> Iterator[Finding]:
    last = len(re.findall(rb"\r\n|\r|\n", case.content)) + 1
    for problem in parsed.problems:
        shown = str(problem)
        if problem.expected.startswith("expected a readable article ("):
            yield Finding(kind="caught", reason=f"{shown}\n{_cause(case)}")
        if not 0 <= problem.line <= last:
            yield Finding(kind="line", reason=f"{shown}: the file has {last}")
        if problem.path != case.path:
            yield Finding(kind="problem", reason=f"of another file: {shown}")
        if "\n" in shown or _ILLEGAL.search(shown):
            yield Finding(kind="problem", reason=f"not one legal line: {shown!r}")


def _cause(case: Case) -> str:
    """Return where an exception came from that `parse_article` has caught."""
    rules = RULES[case.rules]
    limit = rules.front_matter_limit_bytes
    try:
        take_apart(case.path, decode(case.path, case.content), rules.bounds, limit)
    except Exception:  # noqa: BLE001 - whatever it is, it is to be shown
        return traceback.format_exc()
    return "after the file was taken apart"


# XML 1.0, 2.2: what is not a Char.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# RFC 3986, 2: what may stand in a URI at all.
_URI = re.compile(
    r"https?://(?:[\w\-.~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII
)
_LINKS = ("link", "original_link", "amp_link", "url")


def texts(value: object, place: str = "article") -> Iterator[tuple[str, str]]:
    """Yield every text in a value with its place: "article.provider.name"."""
    if isinstance(value, str):
        yield place, value
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts(getattr(value, each.name), f"{place}.{each.name}")
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item, f"{place}[]")


def _texts_and_links(article: Article) -> Iterator[Finding]:
    for place, text in texts(article):
        if bad := _ILLEGAL.search(text):
            yield Finding(
                kind="illegal text", reason=f"{place}: {bad[0]!r} in {text!r}"
            )
        if place.rpartition(".")[2] in _LINKS and not _is_link(text):
            yield Finding(kind="link", reason=f"{place}: {text!r}")
    if not article.title.strip():
        yield Finding(kind="title", reason=f"blank: {article.title!r}")


def _is_link(text: str) -> bool:
    if not text:
        return True
    try:
        parts = urlsplit(text)
        return bool(_URI.fullmatch(text) and parts.hostname and "@" not in parts.netloc)
    except ValueError:
        return False


def _numbers(article: Article) -> Iterator[Finding]:
    for place in ("heat", "quality"):
        if not math.isfinite(getattr(article, place)):
            yield Finding(kind="number", reason=f"{place}: {getattr(article, place)}")
    for place in ("published_at", "expires_at"):
        date = getattr(article, place)
        if date and date.tzinfo is not UTC:
            yield Finding(kind="date", reason=f"{place} is not in UTC: {date!r}")


def _secrets(case: Case, text: str, parsed: Parsed) -> Iterator[Finding]:
    if "secured" not in text.casefold():
        return
    raw = _raw(case, text)
    problems = (("problem", str(problem)) for problem in parsed.problems)
    told = [*texts(parsed.article), *problems]
    for place, leak in leaks(case.path, text, raw, told):
        kind = f"secret in {place}, dialect {raw.dialect if raw else 'broken'}"
        yield Finding(kind=kind, reason=f"{place} tells {leak!r}")


def _raw(case: Case, text: str) -> Raw | None:
    rules = RULES[case.rules]
    limit = rules.front_matter_limit_bytes
    try:
        return take_apart(case.path, text, rules.bounds, limit)
    except Exception:  # noqa: BLE001 - judged already
        return None


_FRONT_MATTER = re.compile(
    r"[\n\t ]*---[^\S\n]*\n(.*?)^(?=(?:---|\.\.\.)[^\S\n]*$)", re.DOTALL | re.MULTILINE
)
# Nothing to a YAML reader; but the line reader leaves such characters to it.
_COMMENT = "# \ufeff\n"


def front_matter(text: str) -> str | None:
    """Return what stands between YAML's fences."""
    found = _FRONT_MATTER.match(text)
    return found[1] if found else None


def is_read_by_line(text: str) -> bool:
    """Return whether the front matter of a file is plain enough."""
    found = front_matter(text)
    return found is not None and read_lines(found, RULES[0].bounds) is not None


def _line_reader(case: Case, text: str, parsed: Parsed) -> Iterator[Finding]:
    found = _FRONT_MATTER.match(text)
    bounds = RULES[case.rules].bounds
    quick = read_lines(found[1], bounds) if found else None
    if found is None or quick is None:
        return
    try:
        whole = read_yaml(found[1], bounds)[0]
    except YamlError as error:
        yield Finding(kind="lines", reason=f"read, but YAML says {error}: {found[1]!r}")
        return
    if _same(quick[0]) != _same(whole):
        reason = f"{quick[0]!r}\ninstead of\n{whole!r}"
        yield Finding(kind="lines", reason=reason)
        return
    if read_lines(found[1] + _COMMENT, bounds) is not None:
        yield Finding(kind="fuzzer", reason="a comment is read by line as well")
    commented = f"{text[: found.end()]}{_COMMENT}{text[found.end() :]}".encode()
    if len(found[1]) + len(_COMMENT) > RULES[case.rules].front_matter_limit_bytes:
        return
    other = parse(Case(path=case.path, content=commented, rules=case.rules))
    for place, one, two in _differences(parsed, other):
        reason = f"{place} by line {one!r}\ninstead of {two!r}"
        yield Finding(kind="way of reading", reason=reason)


_ALL = Bounds(related=1_000)  # no surplus, which may be broken
_USED = ("title", "publisheddatetime", "originalurl", "weburl")


def _cluster(text: str) -> Iterator[Finding]:
    """Yield where `related`, taken out beforehand, is not what YAML says it is."""
    found = front_matter(text)
    if found is None or without_related(found, _ALL) is None:
        return
    if "\\ud" in found.casefold():  # a surrogate in JSON's spelling is mended first
        return
    try:
        quick = HANDLERS[0]("", "", _ALL).load(found)
    except YamlError:
        return
    try:
        whole = read_yaml(found, _ALL)[0]
    except YamlError as error:
        yield Finding(kind="cluster", reason=f"read, but YAML says {error}: {found!r}")
        return
    read, expected = (
        {**value, "related": _used_of(value.get("related"))} for value in (quick, whole)
    )
    if _same(read) != _same(expected):
        yield Finding(kind="cluster", reason=f"{read!r}\ninstead of\n{expected!r}")


def _used_of(value: Any) -> Any:
    """Return what feeds use of `related`, whatever it is."""
    return [*map(_used, value)] if isinstance(value, list) else value


def _used(item: Any) -> Any:
    """Return what feeds use of a related article."""
    if not isinstance(item, dict):
        return item
    who = item.get("provider")
    named = {"provider": who.get("name") if isinstance(who, dict) else who}
    return {key: item.get(key) for key in _USED} | named


def _differences(
    one: object, two: object, place: str = ""
) -> Iterator[tuple[Any, ...]]:
    """Yield place and both values of the fields that differ."""
    if is_dataclass(one) and type(one) is type(two):
        for each in fields(one):
            values = (getattr(found, each.name) for found in (one, two))
            yield from _differences(*values, f"{place}.{each.name}")
    elif isinstance(one, tuple) and isinstance(two, tuple) and len(one) == len(two):
        for at, pair in enumerate(zip(one, two, strict=True)):
            yield from _differences(*pair, f"{place}[{at}]")
    elif one != two:
        yield place, one, two


def _same(value: Any, *, is_top: bool = True) -> str:
    """Return a mapping in one spelling: keys folded, types told apart."""
    return repr(_folded(value, is_top=is_top))


def _folded(value: Any, *, is_top: bool = False) -> Any:
    if isinstance(value, dict):
        found = {str(key).casefold(): _folded(each) for key, each in value.items()}
        if is_top and isinstance(found.get("related"), list):
            found["related"] = found["related"][: RULES[0].bounds.related]
        return found
    return [_folded(each) for each in value] if isinstance(value, list) else value
