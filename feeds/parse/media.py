"""Enclosures: audio and video that an article brings along.

Podcast themes spell them in many ways: a URL or the name of a file, a mapping, a list of
either, WordPress's URL, size and type in a row.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from feeds import text as legible
from feeds.article import Enclosure
from feeds.parse.fields import Fields, items, web_link

# By suffix; what players and directories agree on rather than what is registered.
MEDIA_TYPES: Mapping[str, str] = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",
    ".m4b": "audio/x-m4b",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/opus",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".m4v": "video/x-m4v",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
    ".mkv": "video/x-matroska",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
}
_UNKNOWN_TYPE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")  # RFC 6838, 4.2
_SIZE = re.compile(r"\d{1,3}(?:[,_ ]\d{3})+|\d{1,15}", re.ASCII)
_MAX_ENCLOSURES = 8
_WORDPRESS_PARTS = 3

Measure = Callable[[str], int]  # bytes of the media file at a URL, 0 where unknown


def enclosures(fields: Fields, base: str, measure: Measure) -> tuple[Enclosure, ...]:
    """Return the media files; relative names start at `base`.

    Size, duration and type that the article states of itself are the first one's.
    """
    found: dict[str, Enclosure] = {}
    for key, item in items(fields, "enclosures"):
        is_first = not found
        if made := _enclosure(fields, key, item, base, measure, is_first=is_first):
            found.setdefault(made.url, made)
        if len(found) == _MAX_ENCLOSURES:
            break
    return tuple(found.values())


def _enclosure(
    fields: Fields,
    key: str,
    item: Any,
    base: str,
    measure: Measure,
    *,
    is_first: bool,
) -> Enclosure | None:
    facts = _facts(item)
    if facts is None:
        fields.report(key, "expected a URL or a mapping with url", item)
        return None
    place = f"{key}.url" if isinstance(item, dict) else key
    if facts["url"] is None:
        fields.report(place, "expected a URL; the enclosure is dropped")
        return None
    url = web_link(fields, place, facts["url"], base)
    if not url:
        return None

    def stated(name: str, field: str) -> tuple[str, Any]:
        """Return (key, value) of a fact: the file's own, else the article's."""
        if facts.get(name) is None and is_first:
            return fields.value(field)
        return key, facts.get(name)

    return Enclosure(
        url=url,
        media_type=_media_type(stated("type", "media_type")[1], url),
        size_bytes=_size(fields, *stated("size", "size")) or measure(url),
        duration_s=_duration(fields, *stated("duration", "duration")),
    )


def _facts(item: Any) -> dict[str, Any] | None:
    """Return url, size, type and duration as far as an item states them."""
    if isinstance(item, str):
        parts = item.split()
        if len(parts) >= _WORDPRESS_PARTS and parts[1].isdigit():
            return {"url": parts[0], "size": parts[1], "type": parts[2]}
        return {"url": item.strip()}
    if not isinstance(item, dict):
        return None
    return {name: _first(item, keys) for name, keys in _ITEM_KEYS.items()}


_ITEM_KEYS: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "src", "href", "file", "uri", "mp3", "path"),
    "size": ("length", "size", "bytes", "size_in_bytes", "filesize"),
    "type": ("type", "mime_type", "mimetype"),
    "duration": ("duration", "duration_in_seconds"),
}


def _first(item: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if item.get(key) not in (None, "")), None)


def _media_type(stated: Any, url: str) -> str:
    text = str(stated).strip().lower() if stated else ""
    if _MEDIA_TYPE.fullmatch(text):
        return text
    name = urlsplit(url).path.rpartition("/")[2]
    return MEDIA_TYPES.get(name[name.rfind(".") :].lower(), _UNKNOWN_TYPE)


def _size(fields: Fields, key: str, value: Any) -> int:
    if value is None:
        return 0
    text = str(value).strip().removesuffix(".0")
    if isinstance(value, bool) or not _SIZE.fullmatch(text):
        fields.report(key, "expected a size in bytes; read as unknown", value)
        return 0
    return int(re.sub(r"\D", "", text))


def _duration(fields: Fields, key: str, value: Any) -> int:
    if value is None:
        return 0
    # TOML has a type for it: 00:57:41 is a time of day.
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    found = legible.parse_duration(text)
    if found is None or isinstance(value, bool):
        expected = 'expected a duration such as "57:41"; read as unknown'
        fields.report(key, expected, value)
        return 0
    return found
