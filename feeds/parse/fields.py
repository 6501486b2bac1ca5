"""Coercions: what one front matter value means, and what to say when it means nothing.

Every function takes a `Fields`, which knows the file and collects its problems, and
returns a value that is legal for an `Article`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from feeds import text as legible
from feeds.article import Image, Provider, Related
from feeds.errors import Problem, Severity, printable, shown
from feeds.parse.presets import (
    STOPGAP_KEYS,
    Mapped,
    Named,
    keys_of,
    known_keys,
    near_key,
)
from feeds.parse.raw import Places, Raw
from feeds.parse.secrets import told_of, without_secrets, without_secured

_TRUE = frozenset(("true", "yes", "on", "1", "y"))
_FALSE = frozenset(("false", "no", "off", "0", "n"))
# RFC 3986, 4.2, and no control characters.
_RELATIVE = re.compile(r"(?!//|[A-Za-z][A-Za-z0-9+.-]*:)[^\x00-\x1f\x7f]*")
_MAX_NUMBER = 10**18  # a 64-bit integer holds it; no heat is near it
_MAX_IMAGES = 4  # readers show one; the rest is for those that choose by size
_MAX_NAMES = 50  # beyond this a list of topics is a mistake
_RELATED_LINKS = ("weburl", "originalurl", "url")
_RELATED_DATE = "publisheddatetime"
# What nine dates in ten look like: the others are looked at twice.
_PLAIN_DATE = re.compile(
    r"20\d\d-(?:0[1-9]|1[0-2])-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ",
    re.ASCII,
)


class Fields:
    """The fields of one file, and the problems found in them so far."""

    def __init__(
        self, path: str, raw: Raw, preset: Named, mapping: Mapped = ()
    ) -> None:
        self.path = path
        self.preset = preset
        self.known = known_keys(preset, mapping)
        self.problems: list[Problem] = []
        self._raw = raw
        # No preset leads to it, whatever a mapping does.
        self._metadata = without_secured(raw.metadata) if mapping else raw.metadata
        self._mapping = mapping
        self._keys = keys_of(preset, mapping)
        self._places: Places | None = None

    def keys(self, field: str) -> tuple[str, ...]:
        """Return the keys that may carry a field, the best first."""
        return self._keys[field]

    def value(self, field: str) -> tuple[str, Any]:
        """Return (key, value) of the first key of `field` that has a value."""
        metadata = self._metadata
        keys = self._keys[field]
        for key in keys:
            value = metadata.get(key)
            if value is None and "." in key:
                value = _inside(metadata, key)
            if value is not None and value != "":
                return key, value
        return keys[0] if keys else field, None

    def values(self, field: str) -> Iterator[tuple[str, Any]]:
        """Yield (key, value) of every key of `field` that has a value."""
        for key in self._keys[field]:
            value = self.at(key)
            if value is None and "." in key:
                value = _inside(self._metadata, key)
            if value is not None and value != "":
                yield key, value

    def at(self, key: str) -> Any:
        """Return the value of one key, or None."""
        return self._metadata.get(key)

    def meant_by(self, key: str) -> str:
        """Return the known key that an unknown one seems to be a slip for, or "".

        None when the article has that field anyhow.
        """
        field, near = near_key(key, self.preset, self._mapping)
        return near if near and self.value(field)[1] is None else ""

    def report(
        self,
        key: str,
        expected: str,
        value: object = None,
        severity: Severity = "warning",
    ) -> None:
        """Collect one problem, with the key as written and its line."""
        line, spelt = self._place(key)
        self.problems.append(
            Problem(
                path=self.path,
                line=line,
                key=told_key(spelt),
                value="" if value is None else shown(value),
                expected=expected,
                severity=severity,
            )
        )

    def _place(self, key: str) -> tuple[int, str]:
        """Return the line of a key, and the key as written."""
        top, bracket, rest = key.partition("[" if "[" in key else ".")
        if self._places is None and (bracket or top not in self._raw.lines):
            self._places = self._raw.find_places()
        if self._places and key in self._places:
            return self._places[key]
        spelt = self._raw.spelling.get(top, top) + bracket + rest
        return self._raw.lines.get(top, 0), spelt


_LONG_NAME = re.compile(r"[^.\[\]]{24,}")


def told_key(key: str) -> str:
    """Return a key path that acts on no terminal and tells no whole secret."""
    return _LONG_NAME.sub(lambda name: f"{name[0][:22]}…", printable(told_of(key)))


def _inside(metadata: Mapping[str, Any], path: str) -> Any:
    """Return what a path such as "params.author" leads to, or None."""
    value: Any = metadata
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


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
    return _line(text)


def _line(text: str) -> str:
    """Return text as one legal line; escapes may hold what no file can."""
    if not text.isprintable():
        text = legible.legal(text)
    return legible.one_line(without_secrets(text))


def language(fields: Fields) -> str:
    """Return a language tag; "en_US" is understood, "American" reported and dropped."""
    tag = line_of_text(fields, "language").replace("_", "-")
    if not tag or legible.is_language(tag):
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


def names(
    fields: Fields, field: str, split_keys: Collection[str]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names under all keys of a field without repeats, and those keys."""
    keys: list[str] = []
    found: dict[str, str] = {}
    for key, value in fields.values(field):
        if found and key in STOPGAP_KEYS:
            continue
        for name in _names(fields, key, value, is_split=key in split_keys):
            found.setdefault(name.casefold(), name)
            keys.append(key)
    if len(found) > _MAX_NAMES:
        expected = f"expected at most {_MAX_NAMES} names; the rest is dropped"
        fields.report(keys[-1], expected)
    return frozenset(keys), tuple(found.values())[:_MAX_NAMES]


def _names(fields: Fields, key: str, value: Any, *, is_split: bool) -> Iterator[str]:
    """Yield the names in a value; blank and null items are dropped.

    One text is one name, or if `is_split` several, between commas or else blanks.
    """
    if is_split and isinstance(value, str):
        value = value.split("," if "," in value else None)
    for place, item in _items(key, value):
        if isinstance(item, list | dict) and not _name(item):
            fields.report(place, "expected a name, or a mapping with name", item)
        elif name := _name(item):
            yield name


def _name(item: Any) -> str:
    if type(item) is str:
        return _line(item)
    if isinstance(item, dict):
        names = (item.get(key) for key in ("name", "title", "display_name", "login"))
        item = next(filter(None, names), None)
    if item is None or isinstance(item, list | dict):
        return ""
    return _text(item)


def link(fields: Fields, key: str, *, base: str = "") -> str:
    """Return the http(s) URL under `key`; anything else is reported and dropped.

    Where there is a `base`, relative ones start at it.
    """
    return web_link(fields, key, fields.at(key), base)


def web_link(fields: Fields, key: str, value: Any, base: str = "") -> str:
    """Return a value that stands at `key` as `link` would."""
    if value is None or value == "":
        return ""
    # A quotation that is never closed goes on into what is secured.
    is_link = isinstance(value, str) and without_secrets(value) is value
    found = _absolute(value, base) if is_link else ""
    if not found:
        fields.report(key, "expected an http(s) URL; dropped", value)
    return found


def _absolute(text: str, base: str) -> str:
    try:
        return legible.web_link(urljoin(base, text) if base else text)
    except ValueError:  # brackets that hold no address
        return ""


def is_relative(target: str) -> bool:
    """Whether a URL lacks its beginning (RFC 3986, 4.2)."""
    return bool(_RELATIVE.fullmatch(target.strip()))


def joined(target: str, home: str, page: str) -> str:
    """Return a relative URL as an absolute one.

    One that begins with a slash is under `home`, whose path generators put before it,
    unless it has that already.
    """
    inside = urlsplit(home).path
    if target.startswith("/") and not target.startswith(inside):
        target = inside.rstrip("/") + target
    return urljoin(home if target.startswith("/") else page, target)


def images(fields: Fields, home: str, page: str) -> tuple[Image, ...]:
    """Return the pictures: an item may be a mapping with `url`, or the URL alone.

    Relative ones start at `home` if they begin with a slash, else at the article's own
    `page`, if that is under `home`.
    """
    key, value = fields.value("images")
    bases = home, page if page.startswith(home) else home
    found = (_image(fields, at, item, bases) for at, item in _items(key, value))
    unique = {image.url: image for image in found if image}
    return tuple(unique.values())[:_MAX_IMAGES]


def _image(
    fields: Fields, key: str, item: Any, bases: tuple[str, str] | None = None
) -> Image | None:
    place = f"{key}.url"
    if isinstance(item, str):
        place, item = key, {"url": item}
    if not isinstance(item, dict):
        fields.report(key, "expected a URL or a mapping with url", item)
        return None
    target = item.get("url") or item.get("src") or item.get("path")
    if isinstance(target, str) and _RELATIVE.fullmatch(target.strip()):
        if bases is None:
            return None  # belongs to a site we do not know
        target = joined(target.strip(), *bases)
    url = web_link(fields, place, target)
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
    """Return who published the article: a mapping, or a name alone; of several the first."""
    key, value = fields.value("provider")
    if isinstance(value, list):
        key, value = next(_items(key, value), (key, None))
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
        fields.report(key, "expected a name, or a mapping with name", value)
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
        source = next((k for k in _RELATED_LINKS if item.get(k)), _RELATED_LINKS[0])
        target = web_link(fields, f"{at}.{source}", item.get(source))
        _check_date(fields, f"{at}.{_RELATED_DATE}", item.get(_RELATED_DATE))
        title = _name(item.get("title"))
        if target:
            who = item.get("provider")
            name = _name(who.get("name") if isinstance(who, dict) else who)
            found.append(Related(title=title or target, link=target, provider=name))
    return tuple(found)


def _check_date(fields: Fields, key: str, value: Any) -> None:
    """Report a date that is none; nothing shows it, but its author should know."""
    if value is None or (isinstance(value, str) and _PLAIN_DATE.fullmatch(value)):
        return
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if legible.parse_date(text, UTC) is None:
        fields.report(key, "expected a date such as 2021-01-27", value)


def _items(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the items of a list with their key paths; null items are passed over.

    A value that is no list counts as the only item of one.
    """
    if not isinstance(value, list):
        if value is not None and value != "":
            yield key, value
        return
    for number_, item in enumerate(value):
        if item is not None and item != "":
            yield f"{key}[{number_}]", item


def items(fields: Fields, field: str) -> Iterator[tuple[str, Any]]:
    """Yield the items of a field with their key paths."""
    return _items(*fields.value(field))
