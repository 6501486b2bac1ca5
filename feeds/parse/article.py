"""One file's bytes -> one `Article`, or the reason why there is none."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import blake2b

from feeds import text as legible
from feeds.article import Article, ArticlePath, BodyKind
from feeds.errors import ArticleError, Problem, shown
from feeds.parse import fields as read
from feeds.parse.blocks import Block, without_blocks
from feeds.parse.dates import expires_at, published_at
from feeds.parse.dialects import take_apart
from feeds.parse.fields import Fields
from feeds.parse.headings import first_heading, first_line
from feeds.parse.links import link_of, name_of
from feeds.parse.media import Measure, enclosures
from feeds.parse.presets import FREE_KEYS, HUGO_SITES, SPLIT_KEYS, look_of
from feeds.parse.raw import Raw, decode
from feeds.parse.rules import Parsed, Rules
from feeds.parse.secrets import without_secrets
from feeds.parse.templates import without_templates
from feeds.parse.withholding import withheld

_EXTENSIONS: dict[str, BodyKind] = {
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}
_MAX_TITLE_CHARS = 300
_MAX_EXCERPT_CHARS = 2_000
_MOST_BLOCKS = 20  # of template code that are told one by one
_LONGEST_KEY_CHARS = 40  # beyond: a paragraph that got among the keys


def _unmeasured(_url: str) -> int:
    return 0


def parse_article(
    path: str,
    content: bytes,
    rules: Rules,
    *,
    modified_at: datetime | None,
    measure: Measure = _unmeasured,
) -> Parsed:
    """Return the article in `content`, with every problem found.

    Args:
        path: The article's identity, relative to its source.
        content: The file's bytes.
        rules: What its source prescribes.
        modified_at: A date of last resort, aware, if the source's policy has one: when
            the file was modified, or its path first committed.
        measure: Tells the size of a media file that lies on this machine, by its URL.
    """
    try:
        if len(content) > rules.file_limit_bytes:
            expected = f"expected at most {rules.file_limit_bytes} bytes"
            raise ArticleError(Problem(path=path, expected=expected))  # noqa: TRY301
        text = decode(path, content)
        if not text.strip():
            return Parsed(outcome="empty", problems=(_empty(path),))
        limit_bytes = rules.front_matter_limit_bytes
        raw = take_apart(path, text, rules.bounds, limit_bytes, rules.fields)
        return _parsed(path, raw, rules, modified_at, measure)
    except ArticleError as error:
        return Parsed(outcome="quarantined", problems=(error.problem,))
    except MemoryError:
        raise  # it may be what others before have left: not this file's fault
    except Exception as error:  # noqa: BLE001 - the one border that nothing may pass
        expected = f"expected a readable article ({type(error).__name__})"
        return Parsed(
            outcome="quarantined", problems=(Problem(path=path, expected=expected),)
        )


def _empty(path: str) -> Problem:
    expected = "expected an article; the file is empty"
    return Problem(path=path, expected=expected, severity="warning")


def _parsed(
    path: str, raw: Raw, rules: Rules, modified_at: datetime | None, measure: Measure
) -> Parsed:
    look = look_of(path, raw)
    preset = (look or "smartable") if rules.preset == "auto" else rules.preset
    fields = Fields(path, raw, preset, rules.fields)
    if rules.preset in _WITH_SECTIONS and name_of(path) == "_index":
        fields.report("", "Hugo's page of a folder, no article", severity="note")
        return Parsed(outcome="held", problems=tuple(fields.problems), look=look)
    _report_keys(fields, raw)
    is_held = raw.dialect == "none" and rules.plain_text == "hold"
    if is_held:
        expected = 'plain text is published only where plain_text = "publish" is set'
        fields.report("", expected, severity="note")
    date = None if is_held else published_at(fields, rules, modified_at)
    if date is None:
        return Parsed(
            outcome="held",
            problems=tuple(dict.fromkeys(fields.problems)),
            look=look,
            is_undated=not is_held,
        )
    article, formerly = _article(raw, fields, rules, date, measure)
    return Parsed(
        outcome="article",
        article=article,
        formerly=formerly,
        problems=tuple(dict.fromkeys(fields.problems)),
        look=look,
    )


# Of Hugo: there `_index.md` is about the folder it is in.
_WITH_SECTIONS = ("auto", *HUGO_SITES)


def _report_keys(fields: Fields, raw: Raw) -> None:
    for key, line in raw.duplicates:
        fields.problems.append(
            Problem(
                path=fields.path,
                line=line,
                key=read.told_key(key),
                expected="expected each key once; the last one counts",
                severity="warning",
            )
        )
    for key in raw.metadata:
        if key in fields.known:
            continue
        if len(key) > _LONGEST_KEY_CHARS:
            line = raw.lines.get(key, 0)
            expected = f"expected a key, got text: {shown(key)}"
            fields.problems.append(
                Problem(
                    path=fields.path, line=line, expected=expected, severity="warning"
                )
            )
        elif meant := fields.meant_by(key):
            fields.report(key, f"unknown key; did you mean {meant}?")


def _article(
    raw: Raw,
    fields: Fields,
    rules: Rules,
    date: datetime,
    measure: Measure,
) -> tuple[Article, str]:
    """Return the article, and its significance to a release that read it otherwise."""
    path = fields.path
    kind = _body_kind(path, raw)
    whole = _body(raw, fields)
    shown = _shown(whole, raw, fields, kind, rules.unshown_shortcodes)
    title, body = _title_and_body(shown, fields, kind)
    excerpt = legible.cut(read.line_of_text(fields, "excerpt"), _MAX_EXCERPT_CHARS)
    topic_keys, topics = read.names(fields, "topics", SPLIT_KEYS[fields.preset])
    categories = _categories(fields) or rules.default_categories
    link = link_of(fields, rules, date, categories)
    original = _first_link(fields, "original_link")
    # A page under the site moves with the site; that is no news.
    rest = (link.removeprefix(rules.home), date)
    significance = formerly = _significance(title, excerpt, body, *rest)
    if len(shown) < len(whole):  # until 0.1 all of it was shown
        was_title, was_body = _title_and_body(whole, fields, kind)
        formerly = _significance(was_title, excerpt, was_body, *rest)
    article = Article(
        path=ArticlePath(path),
        title=title,
        published_at=date,
        significance=significance,
        link=link,
        original_link=original if original != link else "",
        amp_link=_first_link(fields, "amp_link"),
        excerpt=excerpt,
        body=body,
        body_kind=kind,
        is_of_hugo=fields.preset in HUGO_SITES,
        kind=read.line_of_text(fields, "kind") or "article",
        provider=read.provider(fields) or rules.default_provider,
        categories=categories,
        topics=topics or rules.default_topics,
        has_free_topics=bool(topics) and topic_keys <= FREE_KEYS,
        enclosures=enclosures(fields, rules.media_url or rules.home, measure),
        images=read.images(fields, rules.home, link),
        related=read.related(fields, rules.bounds.related),
        heat=read.number(fields, "heat"),
        quality=read.number(fields, "quality"),
        language=read.language(fields) or rules.default_language,
        withheld=withheld(fields),
        expires_at=expires_at(fields, rules.zone),
    )
    return article, formerly


def _first_link(fields: Fields, field: str) -> str:
    links = (read.link(fields, key) for key in fields.keys(field))
    return next(filter(None, links), "")


def _categories(fields: Fields) -> tuple[str, ...]:
    """Return the categories; Jekyll counts the folders above `_posts` in."""
    _, found = read.names(fields, "categories", SPLIT_KEYS[fields.preset])
    above, posts, _ = f"/{fields.path}".partition("/_posts/")
    if fields.preset != "jekyll" or not posts:
        return found
    return tuple(dict.fromkeys((*filter(None, above.split("/")), *found)))


def _title_and_body(body: str, fields: Fields, kind: BodyKind) -> tuple[str, str]:
    """Return the title, and the body without the line that became the title."""
    title = legible.cut(read.line_of_text(fields, "title"), _MAX_TITLE_CHARS)
    if title:
        return title, body
    if kind != "text":
        is_of_hugo = fields.preset in HUGO_SITES
        body = without_templates(body, shortcodes_only=is_of_hugo, kind=kind).strip()
    found = first_heading(body, kind) or first_line(body, kind)
    words = found.words if found else ""
    if found and words and len(words) <= _MAX_TITLE_CHARS:
        body = found.rest
    return legible.cut(words, _MAX_TITLE_CHARS) or _name_as_title(fields.path), body


def _body(raw: Raw, fields: Fields) -> str:
    body = without_secrets(raw.body)
    if body != raw.body:
        fields.report("", "expected no `secured` outside of the front matter; dropped")
    return body.strip()


def _shown(
    body: str, raw: Raw, fields: Fields, kind: BodyKind, unshown: Collection[str]
) -> str:
    """Return the body without what blocks of template code may not show; tell of them.

    Text without front matter is published by generators as it stands.
    """
    if kind == "text" and raw.dialect == "none":
        return body
    is_of_hugo = fields.preset in HUGO_SITES
    shown, blocks = without_blocks(body, is_of_hugo=is_of_hugo, unshown=unshown)
    if blocks:
        above = raw.body[: len(raw.body) - len(raw.body.lstrip())].count("\n")
        for is_kept in (False, True):
            found = [each for each in blocks if each.is_kept is is_kept]
            _report_blocks(found, fields, raw.body_line() + above)
    return shown.strip()


def _report_blocks(blocks: Sequence[Block], fields: Fields, first_line: int) -> None:
    for block in blocks[:_MOST_BLOCKS]:
        if block.is_kept:
            expected = f"{block.name} is not run; the text that it encloses is kept"
        elif block.is_closed:
            expected = f"{block.name} is not run; what it encloses is left out"
        else:
            expected = f"{block.name} is never closed; all that follows is left out"
        fields.problems.append(
            Problem(
                path=fields.path,
                line=first_line + block.line,
                expected=expected,
                severity="note" if block.is_kept else "warning",
            )
        )
    if more := blocks[_MOST_BLOCKS:]:
        names = ", ".join(dict.fromkeys(each.name for each in more))
        fields.problems.append(
            Problem(
                path=fields.path,
                line=first_line + more[0].line,
                expected=f"{len(more)} more blocks like these from here on ({names})",
                severity="note" if more[0].is_kept else "warning",
            )
        )


def _name_as_title(path: str) -> str:
    words = name_of(path).replace("-", " ").replace("_", " ")
    return legible.one_line(legible.legal(words)) or "Untitled"


def _body_kind(path: str, raw: Raw) -> BodyKind:
    kind = _EXTENSIONS.get(path[path.rfind(".") :].lower(), "markdown")
    return "text" if raw.dialect == "none" and kind == "markdown" else kind


def _significance(*parts: object) -> str:
    """Return the digest of what makes a reader call it the same article."""
    joined = "\x00".join(str(part) for part in parts)
    return blake2b(joined.encode(), digest_size=8).hexdigest()
