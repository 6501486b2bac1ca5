"""The facts that every format states of an entry, a feed and the site.

One model for all formats: what a reader may see is decided here, how it is spelt in
`feeds.formats`.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds import text as legible
from feeds.article import Article, Enclosure, Image, Related


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What all feeds of a site share; `base_url` has no trailing slash.

    `media_content` says that XML states pictures as media:content, too.
    """

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
    media_content: bool = False


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
    our JSON Feed extension is described. `language` is "" where it is the site's own.
    `media_contents` are those of the images that XML states as media:content, too:
    many readers take these for attachments.
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
    enclosures: tuple[Enclosure, ...] = ()
    images: tuple[Image, ...] = ()
    media_contents: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What a document states of its feed.

    `stem` is its path and `url` its URL, both without extension; `page_url` is the page
    of the site for people that it belongs to, `twin_url` the one of ours that shows the
    same selection, "" where there is none; `updated` is that of the newest entry;
    `formats` are the extensions in which the feed exists; `image` is its own, in place
    of the site's.
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
    image: str = ""
    twin_url: str = ""


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
    from feeds.body import body_html  # noqa: PLC0415 - where nothing is new, not needed

    content = body_html(article, home=site.home_page_url)
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
        language=_own_language(article, site),
        provider=provider.name if provider else "",
        provider_url=_provider_url(article),
        provider_domain=provider.domain if provider else "",
        source=source,
        terms=_terms(article, site),
        enclosures=article.enclosures,
        images=article.images,
        media_contents=article.images if site.media_content else (),
        related=article.related,
    )


def _own_language(article: Article, site: SiteFacts) -> str:
    # RFC 5646, 2.1.1: language tags are the same in any case.
    is_sites = article.language.casefold() == site.language.casefold()
    return "" if is_sites else article.language


def _provider_url(article: Article) -> str:
    domain = article.provider.domain if article.provider else ""
    return f"https://{domain}/" if domain and domain.isascii() else ""


# Such as to a video embedded, or to the rest of a long body.
_LONE_LINK = re.compile(r"<p><a\b[^<>]*+>[^<>]*+</a></p>")


def _opening(content_html: str) -> str:
    """Return how the text begins, for an article without an excerpt."""
    head = _LONE_LINK.sub(" ", content_html[: _MAX_SUMMARY_CHARS * 20])
    text = legible.text_of_html(head)
    return legible.cut(text, _MAX_SUMMARY_CHARS)


def _terms(article: Article, site: SiteFacts) -> tuple[Term, ...]:
    topics = (Term(name=t, scheme=f"{site.base_url}/topics") for t in article.topics)
    categories = (
        Term(name=c, scheme=f"{site.base_url}/categories") for c in article.categories
    )
    return (*topics, *categories)
