"""One file's bytes -> one `Article`, or the reason why there is none."""

import difflib
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b

from feeds import text as legible
from feeds.article import Article, ArticlePath, BodyKind
from feeds.errors import ArticleError, Problem
from feeds.parse import fields as read
from feeds.parse.dialects import Raw, decode, take_apart
from feeds.parse.fields import KEYS, Fields
from feeds.parse.rules import Parsed, Rules

_EXTENSIONS: dict[str, BodyKind] = {
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}
_KNOWN_KEYS = frozenset(key for keys in KEYS.values() for key in keys) | {
    "published",
    "removed",
    "draft",
    "heat",
    "quality",
    "provider",
    "images",
    "related",
    "type",
}
_MAX_TITLE_CHARS = 300
_MAX_EXCERPT_CHARS = 2_000
_TYPO_CUTOFF = 0.8  # "ditle" is title; "tilt" is not


def parse_article(
    path: str, content: bytes, rules: Rules, *, modified_at: datetime
) -> Parsed:
    """Return the article in `content`, with every problem found.

    Args:
        path: The article's identity, relative to its source.
        content: The file's bytes.
        rules: What its source prescribes.
        modified_at: The file's modification time, aware; a date of last resort.
    """
    try:
        if len(content) > rules.file_limit_bytes:
            expected = f"expected at most {rules.file_limit_bytes} bytes"
            raise ArticleError(Problem(path=path, expected=expected))  # noqa: TRY301
        text = decode(path, content)
        if not text.strip():
            return Parsed(outcome="empty", problems=(_empty(path),))
        raw = take_apart(path, text, rules.bounds, rules.front_matter_limit_bytes)
        return _parsed(path, raw, rules, modified_at)
    except ArticleError as error:
        return Parsed(outcome="quarantined", problems=(error.problem,))
    except Exception as error:  # noqa: BLE001 - the one border that nothing may pass
        expected = f"expected a readable article ({type(error).__name__})"
        return Parsed(
            outcome="quarantined", problems=(Problem(path=path, expected=expected),)
        )


def _empty(path: str) -> Problem:
    expected = "expected an article; the file is empty"
    return Problem(path=path, expected=expected, severity="warning")


def _parsed(path: str, raw: Raw, rules: Rules, modified_at: datetime) -> Parsed:
    fields = Fields(path, raw)
    _report_keys(fields, raw)
    published_at = _date(fields, path, rules, modified_at)
    is_held = raw.dialect == "none" and rules.plain_text == "hold"
    if is_held:
        expected = 'plain text is published only where plain_text = "publish" is set'
        fields.report("", expected, severity="note")
    if published_at is None:
        expected = 'held for want of a date; set one, or undated = "mtime"'
        fields.report("", expected, severity="note")
    if is_held or published_at is None:
        return Parsed(outcome="held", problems=tuple(dict.fromkeys(fields.problems)))
    article = _article(path, raw, fields, rules, published_at)
    return Parsed(
        outcome="article",
        article=article,
        problems=tuple(dict.fromkeys(fields.problems)),
    )


def _report_keys(fields: Fields, raw: Raw) -> None:
    for key, line in raw.duplicates:
        fields.problems.append(
            Problem(
                path=fields.path,
                line=line,
                key=key,
                expected="expected each key once; the last one counts",
                severity="warning",
            )
        )
    if "title" in raw.metadata:
        return
    for key in raw.metadata:
        near = difflib.get_close_matches(key, _KNOWN_KEYS, n=1, cutoff=_TYPO_CUTOFF)
        if near and key not in _KNOWN_KEYS:
            fields.report(key, f"unknown key; did you mean {near[0]}?")


def _date(
    fields: Fields, path: str, rules: Rules, modified_at: datetime
) -> datetime | None:
    key, value = fields.value("date")
    if value is not None:
        found = _instant(value, rules.zone)
        if found and found[1]:
            fields.report(key, f"expected a date; {found[1]}", value)
        if found:
            return found[0]
    in_path = _date_in_paths(path, fields, rules.zone)
    if value is not None:
        instead = "the date in the path is used" if in_path else "none is in the path"
        fields.report(key, f"expected a date such as 2021-01-27; {instead}", value)
    by_policy = modified_at if rules.undated == "mtime" else None
    return in_path or rules.default_date or by_policy


def _date_in_paths(path: str, fields: Fields, zone: tzinfo) -> datetime | None:
    """Return the date in the file's path, else in the path the article asks for."""
    asked = (fields.value(key)[1] for key in ("path", "permalink", "url", "slug"))
    paths = (path, *(value for value in asked if isinstance(value, str)))
    found = filter(None, (legible.date_in_path(text, zone) for text in paths))
    return next((date for date in found if _FIRST_DAY <= date < _LAST_DAY), None)


def _instant(value: object, zone: tzinfo) -> tuple[datetime, str] | None:
    """Return the instant that a front matter value states: text, or a TOML date."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    found = legible.parse_date(text, zone)
    if found is None or not _FIRST_DAY <= found[0] < _LAST_DAY:
        return None
    return found


# Dates beyond these are typing errors, and not every library can print them.
_FIRST_DAY = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_DAY = datetime(2300, 1, 1, tzinfo=UTC)


def _article(
    path: str, raw: Raw, fields: Fields, rules: Rules, published_at: datetime
) -> Article:
    title, body = _title_and_body(path, raw, fields)
    excerpt = legible.cut(read.line_of_text(fields, "excerpt"), _MAX_EXCERPT_CHARS)
    link = _link(path, raw, fields, rules)
    original = read.link(fields, "originalurl")
    kind = _body_kind(path)
    return Article(
        path=ArticlePath(path),
        title=title,
        published_at=published_at,
        significance=_significance(
            # A page under the site moves with the site; that is no news.
            *(title, excerpt, body, link.removeprefix(rules.home), published_at)
        ),
        link=link,
        original_link=original if original != link else "",
        amp_link=read.link(fields, "ampweburl"),
        excerpt=excerpt,
        body=body,
        body_kind=kind if raw.dialect != "none" or kind == "html" else "text",
        kind=read.line_of_text(fields, "type") or "article",
        provider=read.provider(fields) or rules.default_provider,
        categories=read.names(fields, "categories") or rules.default_categories,
        topics=read.names(fields, "topics") or rules.default_topics,
        images=read.images(fields),
        related=read.related(fields, rules.bounds.related),
        heat=read.number(fields, "heat"),
        quality=read.number(fields, "quality"),
        language=read.language(fields) or rules.default_language,
        withheld=_withheld(fields),
        expires_at=_expiry(fields, rules.zone),
    )


def _title_and_body(path: str, raw: Raw, fields: Fields) -> tuple[str, str]:
    """Return the title, and the body without the line that became the title."""
    title = legible.cut(read.line_of_text(fields, "title"), _MAX_TITLE_CHARS)
    body = raw.body.strip()
    if title:
        return title, body
    lines = body.split("\n")
    texts = [at for at, line in enumerate(lines) if line.strip(" \t-=*_+")]
    at = next((at for at in texts if lines[at].startswith("# ")), (*texts, 0)[0])
    line = legible.one_line(lines[at].lstrip("#").strip())
    if line and len(line) <= _MAX_TITLE_CHARS:
        body = "\n".join(lines[:at] + lines[at + 1 :]).strip()
    return legible.cut(line, _MAX_TITLE_CHARS) or _name_as_title(path), body


def _name_as_title(path: str) -> str:
    name = path.rpartition("/")[2]
    words = (name.rpartition(".")[0] or name).replace("-", " ").replace("_", " ")
    return legible.one_line(legible.legal(words)) or "Untitled"


def _body_kind(path: str) -> BodyKind:
    return _EXTENSIONS.get(path[path.rfind(".") :].lower(), "markdown")


def _link(path: str, raw: Raw, fields: Fields, rules: Rules) -> str:
    """Return where the article is: its own URL, else its page under the site."""
    home = f"{rules.home.rstrip('/')}/"
    for key in KEYS["link"]:
        if found := read.link(fields, key, base=home if key in _SITE_KEYS else ""):
            return found
    slug = raw.metadata.get("slug")
    page = slug if isinstance(slug, str) else path.rpartition(".")[0] or path
    # Not by `urljoin`: "news: today" is no relative reference (RFC 3986, 4.2).
    steps = (step for step in page.split("/") if step not in {"", ".", ".."})
    return legible.web_link(home + legible.path_escaped("/".join(steps)))


_SITE_KEYS = ("url", "permalink")
_WITHHOLDING: tuple[tuple[str, bool, Callable[[bool], bool]], ...] = (
    ("published", True, lambda is_published: not is_published),
    ("removed", False, bool),
    ("draft", False, bool),
)


def _withheld(fields: Fields) -> str:
    for key, missing, withholds in _WITHHOLDING:
        value = read.truth(fields, key, missing=missing)
        if withholds(value):
            return f"{key}: {str(value).lower()}"
    return ""


def _expiry(fields: Fields, zone: tzinfo) -> datetime | None:
    key, value = fields.value("expires")
    if value is None:
        return None
    found = _instant(value, zone)
    if found is None:
        fields.report(key, "expected a date such as 2021-01-27; dropped", value)
        return None
    return found[0]


def _significance(*parts: object) -> str:
    """Return the digest of what makes a reader call it the same article."""
    joined = "\x00".join(str(part) for part in parts)
    return blake2b(joined.encode(), digest_size=8).hexdigest()
