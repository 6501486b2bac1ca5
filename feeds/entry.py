"""The facts that every format states of an entry, a feed and the site.

One model for all formats: what a reader may see is decided here, how it is spelt in
`feeds.formats`.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from feeds import text as legible
from feeds.article import Article, Image, Related


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What all feeds of a site share; `base_url` has no trailing slash."""

    title: str
    description: str
    base_url: str
    home_page_url: str
    tag_authority: str
    language: str
    author: str
    icon: str
    logo: str
    rights: str
    max_age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One category of an entry: `scheme` is the URI of the list it is from."""

    name: str
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFeed:
    """The feed of ours that an entry's provider has; `url` lacks the extension."""

    id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article as it stands in feeds.

    `id` is a tag URI (RFC 4151), pinned for good. `updated` moves only with title,
    text, link or date. `content_html` is sanitised and may be empty. `about` is where
    our JSON Feed extension is described.
    """

    id: str
    title: str
    link: str
    published_at: datetime
    updated: datetime
    about: str = ""
    via: str = ""
    amp: str = ""
    summary: str = ""
    content_html: str = ""
    kind: str = "article"
    language: str = ""
    provider: str = ""
    provider_url: str = ""
    provider_domain: str = ""
    source: SourceFeed | None = None
    terms: tuple[Term, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What a document states of its feed.

    `stem` is its path and `url` its URL, both without extension; `page_url` is where
    people find the same selection; `updated` is that of the newest entry; `formats` are
    the extensions in which the feed exists.
    """

    site: SiteFacts
    id: str
    stem: str
    url: str
    page_url: str
    title: str
    description: str
    order: str
    updated: datetime
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry's fragment on its way into a document.

    `heat` and `quality` are bands, shown only where the order is about them.
    """

    fragment: bytes
    heat: int
    quality: int


# Orders whose documents state heat and quality, in bands, for machines.
RANKED_ORDERS = frozenset(("hot", "top"))

_MAX_BODY_CHARS = 65_536  # sanitising grows with the square of the nesting
_MAX_SUMMARY_CHARS = 300


def tag_uri(authority: str, kind: str, path: str) -> str:
    """Return the tag URI of something of ours (RFC 4151): `tag:authority:kind/path`."""
    return f"tag:{authority}:{kind}/{legible.path_escaped(path)}"


def entry_of(
    article: Article,
    *,
    id: str,  # noqa: A002 - the field's own name in both formats
    updated: datetime,
    source: SourceFeed | None,
    site: SiteFacts,
) -> Entry:
    """Return the article as feeds state it."""
    content = body_html(article)
    provider = article.provider
    return Entry(
        id=id,
        title=article.title,
        link=article.link,
        about=f"{site.base_url}/#json-feed-extension",
        via=article.original_link,
        amp=article.amp_link,
        published_at=article.published_at,
        updated=updated,
        summary=article.excerpt or _opening(content),
        content_html=content,
        kind=article.kind,
        language="" if article.language == site.language else article.language,
        provider=provider.name if provider else "",
        provider_url=_provider_url(article),
        provider_domain=provider.domain if provider else "",
        source=source,
        terms=_terms(article, site),
        images=article.images,
        related=article.related,
    )


def _provider_url(article: Article) -> str:
    domain = article.provider.domain if article.provider else ""
    return f"https://{domain}/" if domain and domain.isascii() else ""


def _opening(content_html: str) -> str:
    """Return how the text begins, for an article without an excerpt."""
    text = legible.text_of_html(content_html[: _MAX_SUMMARY_CHARS * 20])
    return legible.cut(text, _MAX_SUMMARY_CHARS)


def _terms(article: Article, site: SiteFacts) -> tuple[Term, ...]:
    topics = (Term(name=t, scheme=f"{site.base_url}/topics") for t in article.topics)
    categories = (
        Term(name=c, scheme=f"{site.base_url}/categories") for c in article.categories
    )
    return (*topics, *categories)


_BODY = re.compile(r"<body\b[^<>]*+>(.*?)(?:</body\s*>|\Z)", re.DOTALL | re.IGNORECASE)
# Quotes and lists opened in one line, beyond 20 levels: 65,536 ">" took half a minute.
_MARKER = r"[ \t]*(?:[>*+-]|\d{1,9}[.)])"
_DEEP = re.compile(rf"^((?:{_MARKER}){{20}})(?:{_MARKER})+", re.MULTILINE)
_EMPTY_IMAGE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")


def body_html(article: Article) -> str:
    """Return the body as sanitised HTML with absolute links; "" when there is none.

    Inlined pictures are dropped. A body over 65,536 characters is cut at a paragraph,
    with a link to the rest. One that the renderers fail on is shown as plain text.
    """
    if not article.body:
        return ""
    body, is_cut = _bounded(_INLINED.sub(_REFUSED, article.body))
    try:
        html = _sanitised(_as_html(body, article.body_kind), article.link)
    except BaseException as error:
        # A panic in Rust is not even an Exception; the class is not importable.
        if type(error).__name__ != "PanicException":
            raise
        html = _as_html(body, "text")
    if is_cut and article.link:
        html += f'\n<p><a href="{_attribute(article.link)}">Read more</a></p>'
    return html


# The picture itself in place of a URL; what stands in for it here, nh3 refuses.
_INLINED = re.compile(r"data:image/[\w.+-]{1,40};base64,[\w+/=%-]*+", re.IGNORECASE)
_REFUSED = "data:,"


def _sanitised(html: str, link: str) -> str:
    import nh3  # noqa: PLC0415 - only builds that render bodies pay for it

    clean = partial(
        nh3.clean,
        html,
        clean_content_tags={"script", "style", "head", "template"},
        url_schemes={"http", "https", "mailto"},
    )
    try:
        html = clean(url_relative=("rewrite_with_base", link))
    except ValueError:  # a link that the URL Standard, unlike RFC 3986, refuses
        html = clean(url_relative="deny")
    return _EMPTY_IMAGE.sub("", legible.legal(html)).strip()


def _bounded(body: str) -> tuple[str, bool]:
    if len(body) <= _MAX_BODY_CHARS:
        return body, False
    head = body[:_MAX_BODY_CHARS]
    return head.rpartition("\n\n")[0] or head, True


def _as_html(body: str, kind: str) -> str:
    if kind == "html":
        whole = _BODY.search(body)
        return whole[1] if whole else body
    if kind == "text":
        paragraphs = filter(None, (part.strip() for part in body.split("\n\n")))
        lines = (_attribute(part).replace("\n", "<br>\n") for part in paragraphs)
        return "\n".join(f"<p>{line}</p>" for line in lines)
    import pyromark  # noqa: PLC0415 - only builds that render Markdown pay for it

    body = _DEEP.sub(r"\1", body)
    options = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
    return str(pyromark.html(body, options=options))


def _attribute(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace('"', "&quot;")
