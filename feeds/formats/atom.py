"""Atom: The Atom Syndication Format (RFC 4287)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from html import escape

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.entry import Entry, FeedFacts, Item, SiteFacts
from feeds.formats._feedgen import (
    MEDIA,
    XML_LANG,
    Element,
    Namespaces,
    add,
    add_images,
    complete_with,
    cut_out,
    filled,
    slot,
)

_NAMESPACES = {"media": MEDIA}
_SLOT_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # stands in the template for `updated`


class _AtomNamespaces(Namespaces):
    namespaces = _NAMESPACES


def fragment(entry: Entry) -> bytes:
    """Return the atom:entry."""
    made = FeedEntry()
    made.id(entry.id)
    made.title(entry.title)
    made.updated(entry.updated)  # RFC 4287, 4.1.2: exactly one
    made.published(entry.published_at)
    made.link(href=entry.link)  # feedgen loses rel; without one it means alternate
    if entry.provider:
        author = {"name": entry.provider, "uri": entry.provider_url}
        made.author({key: value for key, value in author.items() if value})
    if entry.summary:
        # RFC 4287, 3.1.1.2: type "html" is text with its markup escaped. As type "text"
        # those who mail a feed's plain text (rss2email) send it in place of the content.
        made.summary(escape(entry.summary, quote=False), type="html")
    if entry.content_html:
        made.content(entry.content_html, type="html")
    for term in entry.terms:
        made.category(term=term.name, scheme=term.scheme, label=term.name)
    complete_with(made, lambda element: _complete(element, entry))
    return cut_out(made.atom_entry(), _NAMESPACES)


def _complete(element: Element, entry: Entry) -> None:
    element.find("title").set("type", "text")  # the default, but not all know it
    for alternate in element.findall("link"):
        # RFC 4287, 4.2.7: what the link is and holds, which feedgen leaves out.
        alternate.attrib.update({"rel": "alternate", "type": "text/html"})
    if entry.language:
        element.set(XML_LANG, entry.language)
    if entry.via:
        add(element, "link", rel="via", href=entry.via)
    for each in entry.enclosures:
        add(
            element,
            "link",
            rel="enclosure",
            href=each.url,
            type=each.media_type,
            length=str(each.size_bytes or ""),
        )
    for other in entry.related:
        add(element, "link", rel="related", href=other.link, title=other.title)
    if entry.source:
        source = add(element, "source")
        add(source, "id", entry.source.id)
        add(source, "title", entry.source.title)
        link = f"{entry.source.url}.atom"
        add(source, "link", rel="self", href=link, type="application/atom+xml")
        # The entry's own: the source's would change all its entries with each new one.
        add(source, "updated", entry.updated.isoformat())
    add_images(element, entry)


def document(feed: FeedFacts, items: Sequence[Item]) -> bytes:
    """Return the whole atom:feed with the items' fragments, in their sequence."""
    values = {
        "id": feed.id,
        "title": feed.title,
        "subtitle": feed.description,
        "updated": feed.updated.isoformat(),
        "self": f"{feed.url}.atom",
        "alternate": feed.page_url,
        "logo": feed.image or feed.site.logo,
    }
    head = filled(_template(feed.site, has_logo=bool(values["logo"])), values)
    return b"\n".join((head, *(item.fragment for item in items), b"</feed>\n"))


@lru_cache(maxsize=8)
def _template(site: SiteFacts, *, has_logo: bool) -> bytes:
    made = FeedGenerator()
    made.register_extension("stoker", _AtomNamespaces)
    made.id(slot("id"))
    made.title(slot("title"))
    made.subtitle(slot("subtitle"))
    made.updated(_SLOT_DATE)
    # The page stands first: some parsers take the first link for it, whatever its rel.
    made.link(href=slot("alternate"), rel="alternate", type="text/html")
    made.link(href=slot("self"), rel="self", type="application/atom+xml")
    made.author(name=site.author or site.title)  # RFC 4287, 4.1.1: on feed or entries
    made.generator("Stoker")
    made.language(site.language)
    for state, value in (
        (made.icon, site.icon),
        (made.logo, slot("logo") if has_logo else ""),
        (made.rights, site.rights),
    ):
        if value:
            state(value)
    whole: bytes = made.atom_str()
    date = _SLOT_DATE.isoformat().encode()
    return whole.replace(date, slot("updated").encode()).removesuffix(b"</feed>")
