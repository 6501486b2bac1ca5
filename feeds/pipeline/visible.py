"""What a reader sees in a document, apart from what only says that something changed.

A change of a document is *visible* when a reader that parses it finds another title,
link, text, date of publication, id, category, author, source, picture or media file,
related article, or another sequence: for Atom and RSS any element or attribute, for
JSON Feed any value, for a page any text or attribute. It is not when all that differs
is how the same is spelt (blanks between elements, escapes, prefixes, sequence of keys)
or one of these:

- `updated`, `date_modified`, `lastBuildDate`: they announce changes. A publisher that
  moves them, and nothing else, cries wolf, and that is what is to be found out;
- heat, quality and rank, which are for machines: no reader shows them;
- width and height of a picture: it is the same picture.

feeds.json and index.html list the documents. What they say of those, `updated`
included, is what their readers come for, and counts as it stands.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any

import msgspec
from lxml import etree, html

_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_RANK = "{http://purl.org/atompub/rank/1.0}"
_Element = Any  # lxml ships no types
_Asides = defaultdict[str, list[str]]

_UNSEEN_ELEMENTS = {
    f"{_ATOM}updated": "updated",
    "lastBuildDate": "lastBuildDate",
    f"{_RANK}rank": "rank",
}
_UNSEEN_ATTRIBUTES = {
    f"{_MEDIA}content": frozenset(("width", "height")),
    f"{_MEDIA}thumbnail": frozenset(("width", "height")),
}
_PICTURE_SIZE = "picture size"
_UNSEEN_NUMBERS = ("heat", "quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One document as a reader takes it in.

    `facts` is a digest of all that is visible, `asides` digests of what is not, by its
    name. `ids` has the entries in their sequence, `updated` their instants by id, where
    the format states them; `feed_updated` is that of the feed.
    """

    facts: str
    asides: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    updated: Mapping[str, datetime] = field(default_factory=dict)
    feed_updated: datetime | None = None


def view(path: str, body: bytes) -> View:
    """Return what a reader sees in the document at `path`.

    Raises:
        ValueError: no reader can read it.
    """
    extension = path.rpartition(".")[2]
    try:
        return _VIEWS["list" if path == "feeds.json" else extension](body)
    except _UNREADABLE as error:
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from error


# Parsers of dates and of JSON raise kinds of ValueError; a part that is missing, the rest.
_UNREADABLE = (etree.LxmlError, ValueError, KeyError, TypeError, AttributeError)


def unseen(before: View, after: View) -> str:
    """Return what differs between two views of the same facts."""
    names = sorted(before.asides.keys() | after.asides.keys())
    moved = [n for n in names if before.asides.get(n) != after.asides.get(n)]
    return ", ".join(moved) or "spelling"


def _digest(facts: object) -> str:
    return blake2b(repr(facts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _digests(asides: _Asides) -> dict[str, str]:
    return {name: _digest(values) for name, values in asides.items()}


def _parsed(body: bytes) -> _Element:
    return etree.fromstring(
        body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    )


def _facts(element: _Element, asides: _Asides) -> tuple[object, ...]:
    """Return an element with all that is in it, and put aside what nobody sees."""
    tag = element.tag
    children = []
    for child in element:
        if (unseen := _UNSEEN_ELEMENTS.get(child.tag)) is not None:
            asides[unseen].append(child.text or "")
        elif isinstance(child.tag, str):  # comments have a function there
            children.append(_facts(child, asides))
    attributes = dict(element.attrib)
    for name in _UNSEEN_ATTRIBUTES.get(tag, frozenset()) & attributes.keys():
        asides[_PICTURE_SIZE].append(attributes.pop(name))
    text = element.text or ""
    # Between elements blanks only make lines.
    return tag, sorted(attributes.items()), text.strip() if children else text, children


def _xml_view(
    root: _Element,
    entries: list[tuple[str, datetime]],
    feed_updated: datetime | None,
) -> View:
    asides: _Asides = defaultdict(list)
    facts = _facts(root, asides)
    return View(
        facts=_digest(facts),
        asides=_digests(asides),
        ids=tuple(id_ for id_, _ in entries),
        updated=dict(entries),
        feed_updated=feed_updated,
    )


def _atom(body: bytes) -> View:
    root = _parsed(body)
    entries = [
        (each.findtext(f"{_ATOM}id"), _instant(each.findtext(f"{_ATOM}updated")))
        for each in root.iterfind(f"{_ATOM}entry")
    ]
    return _xml_view(root, entries, _instant(root.findtext(f"{_ATOM}updated")))


def _rss(body: bytes) -> View:
    root = _parsed(body)
    entries = [
        (each.findtext("guid"), _instant(each.findtext(f"{_ATOM}updated")))
        for each in root.iterfind("channel/item")
    ]
    built = parsedate_to_datetime(root.findtext("channel/lastBuildDate"))
    return _xml_view(root, entries, built.astimezone(UTC))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _json(body: bytes) -> View:
    feed = msgspec.json.decode(body, type=dict[str, Any])
    asides: _Asides = defaultdict(list)
    updated = {}
    for item in feed["items"]:
        modified = item.pop("date_modified")
        asides["date_modified"].append(modified)
        updated[item["id"]] = _instant(modified)
        _put_aside(item.get("_stoker", {}), asides)
    return View(
        facts=_digest(_sorted(feed)),
        asides=_digests(asides),
        ids=tuple(item["id"] for item in feed["items"]),
        updated=updated,
    )


def _put_aside(extension: dict[str, Any], asides: _Asides) -> None:
    for name in _UNSEEN_NUMBERS:
        if name in extension:
            asides[name].append(repr(extension.pop(name)))
    for image in extension.get("images", ()):
        size = [image.pop(name, 0) for name in ("width", "height")]
        asides[_PICTURE_SIZE].append(repr(size))


def _sorted(value: Any) -> Any:
    """Return a value whose objects have their keys in one sequence."""
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _list(body: bytes) -> View:
    return View(facts=_digest(_sorted(msgspec.json.decode(body))))


def _page(body: bytes) -> View:
    root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    facts = [
        (
            str(each.tag),
            sorted(each.attrib.items()),
            " ".join((each.text or "").split()),
            " ".join((each.tail or "").split()),
        )
        for each in root.iter()
    ]
    return View(facts=_digest(facts))


_VIEWS: Mapping[str, Callable[[bytes], View]] = {
    "atom": _atom,
    "rss": _rss,
    "json": _json,
    "list": _list,
    "html": _page,
}
