"""What Atom and RSS share: feedgen, the one extension that repairs it, and splicing.

feedgen renders each entry once per revision and the envelope once per site; entries
are spliced into envelopes as bytes, which gives the same infoset as rendering whole
feeds with it. Repaired by the extension: entry links lose all but their href,
`source` lacks id and updated, an RSS author without an e-mail address is dropped,
dates in RSS switch the process's locale, media come as a group of one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.article import Image
from feeds.entry import Entry

MEDIA = "http://search.yahoo.com/mrss/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Element = Any  # lxml ships no types


class Namespaces(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Declares on the envelope's root what the fragments use."""

    namespaces: Mapping[str, str] = {}

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes to declare."""
        return dict(self.namespaces)


class Completion(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Hands feedgen's element to `complete`, which adds what feedgen cannot say."""

    complete: Callable[[Element], None]

    def extend_atom(self, entry: Element) -> Element:
        """Complete an atom:entry."""
        self.complete(entry)
        return entry

    extend_rss = extend_atom


class _FeedEntry(Protocol):
    def register_extension(self, name: str, extension: type) -> None: ...


def complete_with(feed_entry: _FeedEntry, complete: Callable[[Element], None]) -> None:
    """Have `complete` called with the element that feedgen makes of `feed_entry`."""
    feed_entry.register_extension("stoker", Completion)
    feed_entry.stoker.complete = complete  # type: ignore[attr-defined]  # set by feedgen


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Append a child; attributes without a value are left out."""
    child = etree.SubElement(parent, tag, {k: v for k, v in attributes.items() if v})
    child.text = text or None
    return child


def add_images(parent: Element, entry: Entry) -> None:
    """Append Media RSS: the first picture as media:thumbnail, and what else is to be."""
    for image in entry.media_contents:
        add(
            parent,
            f"{{{MEDIA}}}content",
            url=image.url,
            medium="image",
            **_size(image),
        )
    for image in entry.images[:1]:
        add(parent, f"{{{MEDIA}}}thumbnail", url=image.url, **_size(image))


def _size(image: Image) -> dict[str, str]:
    return {"width": str(image.width_px or ""), "height": str(image.height_px or "")}


def cut_out(element: Element, namespaces: Mapping[str, str]) -> bytes:
    """Return the element as bytes that rely on a root declaring `namespaces`."""
    root = etree.Element("r", nsmap=dict(namespaces))
    root.append(element)
    whole = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return bytes(whole[whole.index(b">") + 1 : -len(b"</r>")])


_SLOT = re.compile(rb"\[\[([a-z_]+)\]\]")


def slot(name: str) -> str:
    """Return the mark in a template that `filled` replaces."""
    return f"[[{name}]]"


def filled(template: bytes, values: Mapping[str, str]) -> bytes:
    """Return the template with each slot replaced by its value, escaped, in one pass."""

    def value(match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        return _escaped(values[name]) if name in values else match[0]

    return _SLOT.sub(value, template)


def _escaped(text: str) -> bytes:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").encode()
