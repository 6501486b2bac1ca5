"""JSON Feed 1.1, with an extension object `_stoker` that is documented at `about`."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from feeds.article import Enclosure, Image, Related
from feeds.entry import RANKED_ORDERS, Entry, FeedFacts, Item

_VERSION = "https://jsonfeed.org/version/1.1"


def fragment(entry: Entry) -> bytes:
    """Return the item; it ends with its `_stoker` object, so that more fits in."""
    return msgspec.json.encode(dict(_members(entry)))


def _members(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "id", entry.id
    yield "url", entry.link
    if entry.via:
        yield "external_url", entry.via
    yield "title", entry.title
    if entry.content_html:
        yield "content_html", entry.content_html
    else:
        # JSON Feed 1.1: content_html or content_text must be there.
        yield "content_text", entry.summary or entry.title
    if entry.summary:
        yield "summary", entry.summary
    if entry.images:
        yield "image", entry.images[0].url
    yield "date_published", entry.published_at
    yield "date_modified", entry.updated
    if entry.provider:
        url = {"url": entry.provider_url} if entry.provider_url else {}
        yield "authors", [{"name": entry.provider, **url}]
    if entry.terms:
        yield "tags", list(dict.fromkeys(term.name for term in entry.terms))
    if entry.enclosures:
        yield "attachments", [_attachment(each) for each in entry.enclosures]
    if entry.language:
        yield "language", entry.language
    yield "_stoker", dict(_extension(entry))


def _extension(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "about", entry.about
    yield "type", entry.kind
    if entry.provider:
        yield "provider", {"name": entry.provider, "domain": entry.provider_domain}
    if entry.images:
        yield "images", [_picture(image) for image in entry.images]
    if entry.related:
        yield "related", [_other(other) for other in entry.related]
    if entry.amp:
        yield "amp", entry.amp


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    known = {
        "size_in_bytes": enclosure.size_bytes,
        "duration_in_seconds": enclosure.duration_s,
    }
    kind = {"url": enclosure.url, "mime_type": enclosure.media_type}
    return {**kind, **{key: count for key, count in known.items() if count}}


def _picture(image: Image) -> dict[str, Any]:
    size = {"width": image.width_px, "height": image.height_px}
    return {"url": image.url, **{key: px for key, px in size.items() if px}}


def _other(other: Related) -> dict[str, str]:
    who = {"provider": other.provider} if other.provider else {}
    return {"url": other.link, "title": other.title, **who}


def document(feed: FeedFacts, items: Sequence[Item]) -> bytes:
    """Return the whole feed with the items' fragments, in their sequence."""
    head = msgspec.json.encode(dict(_envelope(feed)))
    is_ranked = feed.order in RANKED_ORDERS
    rows = (_ranked(item) if is_ranked else item.fragment for item in items)
    return b'%s,"items":[\n%s\n]}\n' % (head[:-1], b",\n".join(rows))


def _ranked(item: Item) -> bytes:
    """Return the fragment with the bands of heat and quality in its `_stoker`."""
    return b'%s,"heat":%d,"quality":%d}}' % (
        item.fragment[:-2],
        item.heat,
        item.quality,
    )


def _envelope(feed: FeedFacts) -> Iterator[tuple[str, Any]]:
    site = feed.site
    yield "version", _VERSION
    yield "title", feed.title
    yield "home_page_url", feed.page_url
    yield "feed_url", f"{feed.url}.json"
    if feed.description:
        yield "description", feed.description
    icon = feed.image or site.logo or site.icon
    for name, value in (("icon", icon), ("favicon", site.icon)):
        if value:
            yield name, value
    yield "authors", [{"name": site.author or site.title}]
    yield "language", site.language
    about = f"{site.base_url}/#json-feed-extension"
    yield "_stoker", {"about": about, "order": feed.order}
