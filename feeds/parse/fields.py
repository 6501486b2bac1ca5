"""Coercions: what one front matter value means, and what to say when it means nothing.

Every function takes a `Fields`, which knows the file and collects its problems, and
returns a value that is legal for an `Article`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from feeds import text as legible
from feeds.article import Image, Provider, Related
from feeds.errors import Problem, Severity, shown
from feeds.parse.dialects import Raw

# Fields by the keys that carry them, best first, in lower case.
KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "excerpt": ("excerpt", "summary", "description"),
    "date": ("publisheddatetime", "date", "pubdate", "publishdate"),
    "link": ("weburl", "originalurl", "url", "permalink"),
    "topics": ("topics", "tags"),
    "categories": ("category", "categories"),
    "expires": ("expirydate", "unpublish", "expires"),
    "language": ("language", "lang"),
}
_TRUE = frozenset(("true", "yes", "on", "1", "y"))
_FALSE = frozenset(("false", "no", "off", "0", "n"))
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")  # RFC 3986, 3.1
_MAX_NUMBER = 10**18  # a 64-bit integer holds it; no heat is near it
# RFC 5646, 2.1, without its finer distinctions.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAX_IMAGES = 4  # readers show one; the rest is for those that choose by size
# Jekyll splits text under these keys at blanks; others write commas.
_SPLIT_KEYS = frozenset(("tags", "categories"))
_MAX_NAMES = 50  # beyond this a list of topics is a mistake


class Fields:
    """The fields of one file, and the problems found in them so far."""

    def __init__(self, path: str, raw: Raw) -> None:
        self.path = path
        self._raw = raw
        self.problems: list[Problem] = []

    def value(self, field: str) -> tuple[str, Any]:
        """Return (key, value) of the first key of `field` that has a value."""
        for key in KEYS.get(field, (field,)):
            value = self._raw.metadata.get(key)
            if value is not None and value != "":
                return key, value
        return KEYS.get(field, (field,))[0], None

    def report(
        self,
        key: str,
        expected: str,
        value: object = None,
        severity: Severity = "warning",
    ) -> None:
        """Collect one problem, with the key as written and its line."""
        self.problems.append(
            Problem(
                path=self.path,
                line=self._raw.lines.get(key.partition("[")[0].partition(".")[0], 0),
                key=self._raw.spelling.get(key, key),
                value="" if value is None else shown(value),
                expected=expected,
                severity=severity,
            )
        )


def line_of_text(fields: Fields, field: str) -> str:
    """Return a text field as one line; numbers count as text."""
    key, value = fields.value(field)
    if value is None:
        return ""
    if isinstance(value, list | dict):
        fields.report(key, "expected text", value)
        return ""
    return _text(value)


def _text(value: Any) -> str:
    if type(value) is float and value.is_integer():
        value = int(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return legible.one_line(legible.legal(text))


def language(fields: Fields) -> str:
    """Return a language tag; "en_US" is understood, "American" reported and dropped."""
    tag = line_of_text(fields, "language").replace("_", "-")
    if not tag or _LANGUAGE.fullmatch(tag):
        return tag
    expected = 'expected a language tag such as "en" or "pt-BR"; dropped'
    fields.report(fields.value("language")[0], expected, tag)
    return ""


def number(fields: Fields, field: str) -> float:
    """Return a finite number, or 0 when it is missing."""
    key, value = fields.value(field)
    if value is None:
        return 0
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        fields.report(key, "expected a number; read as missing", value)
        return 0
    return float(value)


def truth(fields: Fields, field: str, *, missing: bool) -> bool:
    """Return a boolean, however it is spelt, or `missing`."""
    key, value = fields.value(field)
    if value is None:
        return missing
    word = str(value).strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    fields.report(key, "expected true or false; read as missing", value)
    return missing


def names(fields: Fields, field: str) -> tuple[str, ...]:
    """Return a list of names: blank and null items dropped, repeats too.

    One text is one name, but under the keys where Jekyll makes it several.
    """
    key, value = fields.value(field)
    if key in _SPLIT_KEYS and isinstance(value, str):
        value = value.split("," if "," in value else None)
    items = value if isinstance(value, list) else [value]
    found = dict.fromkeys(name for item in items if (name := _name(item)))
    if len(found) > _MAX_NAMES:
        fields.report(key, f"expected at most {_MAX_NAMES} names; the rest is dropped")
    return tuple(found)[:_MAX_NAMES]


def _name(item: Any) -> str:
    if isinstance(item, dict):
        item = item.get("name") or item.get("title")
    if item is None or isinstance(item, list | dict):
        return ""
    return _text(item)


def link(fields: Fields, key: str, *, base: str = "") -> str:
    """Return the http(s) URL under `key`; anything else is reported and dropped.

    Where there is a `base`, relative ones start at it.
    """
    _, value = fields.value(key)
    return _link(fields, key, value, base)


def _link(fields: Fields, key: str, value: Any, base: str = "") -> str:
    if value is None or value == "":
        return ""
    found = _absolute(value, base) if isinstance(value, str) else ""
    if not found:
        fields.report(key, "expected an http(s) URL; dropped", value)
    return found


def _absolute(text: str, base: str) -> str:
    try:
        return legible.web_link(urljoin(base, text))
    except ValueError:  # brackets that hold no address
        return ""


def images(fields: Fields) -> tuple[Image, ...]:
    """Return the pictures: an item may be a mapping with `url`, or the URL alone."""
    key, value = ("images", fields.value("images")[1])
    if value is None:
        key, value = ("image", fields.value("image")[1])
    found = (_image(fields, at, item) for at, item in _items(key, value))
    unique = {image.url: image for image in found if image}
    return tuple(unique.values())[:_MAX_IMAGES]


def _image(fields: Fields, key: str, item: Any) -> Image | None:
    if isinstance(item, str):
        item = {"url": item}
    if not isinstance(item, dict):
        fields.report(key, "expected a URL or a mapping with url", item)
        return None
    target = item.get("url") or item.get("src")
    if isinstance(target, str) and not _ABSOLUTE.match(target.strip()):
        return None  # relative: belongs to a site we do not know
    url = _link(fields, f"{key}.url", target)
    if not url:
        return None
    return Image(
        url=url,
        width_px=_pixels(item.get("width")),
        height_px=_pixels(item.get("height")),
    )


def _pixels(value: Any) -> int:
    is_size = isinstance(value, int) and not isinstance(value, bool)
    return value if is_size and 0 < value < 100_000 else 0  # noqa: PLR2004


def provider(fields: Fields) -> Provider | None:
    """Return who published the article: a mapping, or a name alone."""
    key, value = fields.value("provider")
    if value is None:
        return None
    if not isinstance(value, dict):
        name = _name(value)
        return Provider(name=name, domain=legible.domain_of(name)) if name else None
    name, domain = _name(value.get("name")), _name(value.get("domain"))
    bare = legible.domain_of(domain)
    if domain and not bare:
        fields.report(f"{key}.domain", "expected a domain; dropped", domain)
    pictures = value.get("images")
    first = next(_items(f"{key}.images", pictures), None)
    if not name and not bare:
        return None
    return Provider(
        name=name or bare, domain=bare, image=_image(fields, *first) if first else None
    )


def related(fields: Fields, limit: int) -> tuple[Related, ...]:
    """Return those of the first `limit` other articles that have a usable link."""
    key, value = fields.value("related")
    found: list[Related] = []
    for at, item in islice(_items(key, value), limit):
        if not isinstance(item, dict):
            fields.report(at, "expected a mapping with title and webUrl", item)
            continue
        source = next((k for k in KEYS["link"][:3] if item.get(k)), "weburl")
        target = _link(fields, f"{at}.{source}", item.get(source))
        title = _name(item.get("title"))
        if target:
            who = item.get("provider")
            name = _name(who.get("name") if isinstance(who, dict) else who)
            found.append(Related(title=title or target, link=target, provider=name))
    return tuple(found)


def _items(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the items of a list with their key paths; null items are passed over."""
    items = value if isinstance(value, list) else [value]
    for number_, item in enumerate(items):
        if item is not None and item != "":
            yield f"{key}[{number_}]", item
