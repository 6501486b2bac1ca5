"""RSS 2.0 with the RSS Advisory Board's Best Practices Profile."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.article import Enclosure
from feeds.entry import Entry, FeedFacts, Item, SiteFacts
from feeds.formats._feedgen import (
    MEDIA,
    Element,
    Namespaces,
    add,
    add_images,
    complete_with,
    cut_out,
    filled,
    slot,
)

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_OWN = {"dc": _DC, "media": MEDIA}
_WITH_AUDIO = {**_OWN, "itunes": _ITUNES}  # declared only by feeds with audio
_NAMESPACES = {
    **_WITH_AUDIO,
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}
_SLOT_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # stands in the template


class _RssNamespaces(Namespaces):
    namespaces = _OWN


class _AudioNamespaces(Namespaces):
    namespaces = _WITH_AUDIO


def fragment(entry: Entry) -> bytes:
    """Return the item."""
    made = FeedEntry()
    made.title(entry.title)
    made.link(href=entry.link)
    made.guid(entry.id, permalink=False)
    if entry.summary:
        # RSS 2.0: readers take a description for HTML, and it is text.
        has_sign = "<" in entry.summary
        summary = escape(entry.summary, quote=False) if has_sign else entry.summary
        made.summary(summary)
    if entry.content_html:
        made.content(entry.content_html)
    # Without a domain: the most used JavaScript parser makes an object of one with it,
    # and sites show "[object Object]". Then topics and categories may be the same text.
    for name in dict.fromkeys(term.name for term in entry.terms):
        made.category(term=name)
    complete_with(made, lambda element: _complete(element, entry))
    return cut_out(made.rss_entry(), _NAMESPACES)


def _complete(item: Element, entry: Entry) -> None:
    # Dates as text of our own: feedgen would switch the locale of the whole process.
    add(item, "pubDate", format_datetime(entry.published_at))
    if entry.provider:
        # RSS's own author must be an e-mail address; dc:creator is a name.
        add(item, f"{{{_DC}}}creator", entry.provider)
    if entry.language:
        add(item, f"{{{_DC}}}language", entry.language)
    if entry.source:
        source = add(item, "source", entry.source.title)
        source.set("url", f"{entry.source.url}.rss")
    add(item, f"{{{_ATOM}}}updated", entry.updated.isoformat())
    for other in entry.related:
        link = f"{{{_ATOM}}}link"
        add(item, link, rel="related", href=other.link, title=other.title)
    _add_enclosures(item, entry)
    add_images(item, entry)


def _add_enclosures(item: Element, entry: Entry) -> None:
    # Best Practices Profile: no more than one; of several, readers take any.
    for each in entry.enclosures[:1]:
        url, size = each.url, str(each.size_bytes)  # "0" is how RSS says unknown
        add(item, "enclosure", url=url, length=size, type=each.media_type)
        if each.duration_s:
            add(item, f"{{{_ITUNES}}}duration", str(each.duration_s))
    for each in entry.enclosures[1:]:
        add(
            item,
            f"{{{MEDIA}}}content",
            url=each.url,
            type=each.media_type,
            medium=_medium(each),
            fileSize=str(each.size_bytes or ""),
            duration=str(each.duration_s or ""),
        )


def _medium(enclosure: Enclosure) -> str:
    """Return the kind of a file in the words of Media RSS; "" when it has none."""
    kind = enclosure.media_type.partition("/")[0]
    return kind if kind in {"audio", "image", "video"} else ""


def document(feed: FeedFacts, items: Sequence[Item]) -> bytes:
    """Return the whole rss document with the items' fragments, in their sequence."""
    values = {
        "title": feed.title,
        "description": feed.description or feed.title,
        "link": feed.page_url,
        "self": f"{feed.url}.rss",
        "updated": format_datetime(feed.updated),
        "image": feed.image or feed.site.logo,
    }
    # As an element only: in text "<" is escaped.
    has_audio = any(b"<itunes:" in item.fragment for item in items)
    template = _template(
        feed.site, has_image=bool(values["image"]), has_audio=has_audio
    )
    head = filled(template, values)
    tail = b"</channel></rss>\n"
    return b"\n".join((head, *(item.fragment for item in items), tail))


@lru_cache(maxsize=8)
def _template(site: SiteFacts, *, has_image: bool, has_audio: bool) -> bytes:
    made = FeedGenerator()
    namespaces = _AudioNamespaces if has_audio else _RssNamespaces
    made.register_extension("stoker", namespaces)
    made.title(slot("title"))
    made.description(slot("description"))
    made.link(href=slot("self"), rel="self", type="application/rss+xml")
    made.link(href=slot("link"), rel="alternate")  # the last one becomes channel/link
    made.lastBuildDate(_SLOT_DATE)
    made.generator("Stoker")
    made.docs("https://www.rssboard.org/rss-specification")
    made.language(site.language)
    made.ttl(str(max(1, site.max_age // timedelta(minutes=1))))
    if site.rights:
        made.copyright(site.rights)
    if has_image:
        # Best Practices Profile: title and link are the channel's own.
        made.image(slot("image"), slot("title"), slot("link"))
    whole: bytes = made.rss_str()
    date = format_datetime(_SLOT_DATE).encode()
    whole = whole.replace(date, slot("updated").encode())
    return whole.removesuffix(b"</channel></rss>")
