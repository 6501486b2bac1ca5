"""Frozen values: an article and its parts, known good once they exist."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

ArticlePath = NewType("ArticlePath", str)
BodyKind = Literal["markdown", "html", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture: an http(s) URL, and its size in pixels where known (else 0)."""

    url: str
    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who published an article; `domain` is lower case without "www."."""

    name: str
    domain: str = ""
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another article of the same story cluster; `link` is an http(s) URL."""

    title: str
    link: str
    provider: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A media file: an http(s) URL and its media type; size and duration 0 if unknown."""

    url: str
    media_type: str
    size_bytes: int = 0
    duration_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One source file, parsed; every text is legal in XML 1.0, every link http(s).

    `path` is its identity: relative to its source, with "/". Instants are in UTC.
    The body may hold template code: Hugo's, if it `is_of_hugo`, else Liquid, too.
    `heat` is 0 when missing and negative when unscored. `withheld` says in the file's
    own words why it may not be published ("published: false"), or is empty.
    `significance` is the digest of what readers call the same article: title, text,
    link, date. `has_free_topics`: they are tags that anybody may invent, rather than
    topics of the site.
    """

    path: ArticlePath
    title: str
    published_at: datetime
    significance: str
    link: str = ""
    original_link: str = ""
    amp_link: str = ""
    excerpt: str = ""
    body: str = ""
    body_kind: BodyKind = "markdown"
    is_of_hugo: bool = False
    kind: str = "article"
    provider: Provider | None = None
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    has_free_topics: bool = False
    enclosures: tuple[Enclosure, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    heat: float = 0
    quality: float = 0
    language: str = ""
    withheld: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """An article's file as a scan found it.

    `path` is the article's identity; `file` where it lies; `source` the index of its
    source in the settings.
    """

    path: str
    file: str
    source: int
    size_bytes: int
    mtime_ns: int
    inode: int
