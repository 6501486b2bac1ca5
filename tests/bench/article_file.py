"""Writes one invented article as the text of an article file. Draws nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who published an article."""

    name: str
    domain: str
    has_logo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An article's picture."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One member of a story; `quality` is 0 in an unscored video."""

    title: str
    excerpt: str
    date: datetime
    slug: str
    url: str
    amp_url: str | None  # without its scheme
    is_video: bool
    length: str | None  # PT9M9S
    quality: int
    provider: Provider
    topics: tuple[str, ...]
    has_null_topic: bool
    image: Image | None
    related_image: Image | None  # shown where others list this article
    secured: str


def article_file(
    article: Article, related: Sequence[str], scores: Sequence[str]
) -> str:
    """Return the file: front matter and, as in every real one, no body.

    Args:
        article: What to write.
        related: The blocks of the other articles of its story, the best first.
        scores: The lines `score_lines` made, none for an unscored video.
    """
    lines = [
        "---",
        "category: news",
        f"title: {_quoted(article.title)}",
        f"excerpt: {_quoted(article.excerpt)}",
        f"publishedDateTime: {article.date:%Y-%m-%dT%H:%M:%SZ}",
        *_addresses(article),
        *_kind(article),
        *scores,
        "",
        *_embedded(article),
        *_provider(article.provider),
        *_topics(article),
    ]
    if article.image:
        lines += [*_image(article.image), ""]
    if related:
        lines += ["related:", *related, ""]
    return "\n".join([*lines, f'secured: "{article.secured}"', "---", "", ""])


def score_lines(quality: int, heat: int, *, is_published: bool) -> tuple[str, ...]:
    """Return the lines that rank an article."""
    published = "true" if is_published else "false"
    return (f"quality: {quality}", f"heat: {heat}", f"published: {published}")


def related_block(article: Article) -> str:
    """Return the article as an item of another one's `related`."""
    lines = [
        f"title: {_quoted(article.title)}",
        f"excerpt: {_quoted(article.excerpt)}",
        f"publishedDateTime: {article.date:%Y-%m-%dT%H:%M:%SZ}",
        f'webUrl: "{article.url}"',
        *_amp(article),
        *_kind(article),
        "provider:",
        f"  name: {article.provider.name}",
        f"  domain: {article.provider.domain}",
        f"quality: {article.quality}",
    ]
    if article.related_image:
        lines += _image(article.related_image)
    return "  - " + "\n    ".join(lines)


def _addresses(article: Article) -> Iterator[str]:
    yield f'originalUrl: "{article.url}"'
    if not article.is_video:
        yield f'webUrl: "{article.url}"'
    yield from _amp(article)


def _amp(article: Article) -> Iterator[str]:
    if article.amp_url:
        cache = f"{article.provider.domain.replace('.', '-')}.cdn.example/c/s"
        yield f'ampWebUrl: "https://{article.amp_url}"'
        yield f'cdnAmpWebUrl: "https://{cache}/{article.amp_url}"'


def _kind(article: Article) -> Iterator[str]:
    yield f"type: {'video' if article.is_video else 'article'}"
    if article.length:
        yield f"length: {article.length}"


def _embedded(article: Article) -> Iterator[str]:
    if article.is_video:
        frame = f'<iframe width="800" height="500" src="{article.url}"></iframe>'
        yield f"featuredContent: {_quoted(frame)}"
        yield ""


def _provider(provider: Provider) -> Iterator[str]:
    yield "provider:"
    yield f"  name: {provider.name}"
    yield f"  domain: {provider.domain}"
    if provider.has_logo:
        yield "  images:"
        yield f'    - url: "https://logos.example/{provider.domain}-50x50.jpg"'
        yield "      width: 50"
        yield "      height: 50"
    yield ""


def _topics(article: Article) -> Iterator[str]:
    yield "topics:"
    if article.has_null_topic:
        yield "  -"
    yield from (f"  - {topic}" for topic in article.topics)
    yield ""


def _image(image: Image) -> Iterator[str]:
    yield "images:"
    yield f'  - url: "{image.url}"'
    yield f"    width: {image.width}"
    yield f"    height: {image.height}"
    yield "    isCached: true"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
