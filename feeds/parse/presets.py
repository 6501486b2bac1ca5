"""Presets: which keys carry which field, as kinds of sites spell them.

Fields are Stoker's words, keys those of the files, in lower case, the best first. A dot
leads into a mapping: "params.author".
"""

import difflib
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from feeds.parse.raw import Raw
from feeds.parse.rules import PresetName
from feeds.text import date_in_name

Keys = Mapping[str, tuple[str, ...]]
Mapped = tuple[tuple[str, tuple[str, ...]], ...]  # keys by field, as configured
Named = Literal["smartable", "jekyll", "hugo", "podcast"]

_SMARTABLE: Keys = {
    "title": ("title",),
    "excerpt": ("excerpt", "summary", "description"),
    "date": ("publisheddatetime", "date", "pubdate", "publishdate", "pubdatetime"),
    "link": ("weburl", "originalurl"),
    "original_link": ("originalurl",),
    "amp_link": ("ampweburl",),
    "page": ("url", "permalink"),
    "slug": ("slug",),
    "path": ("path",),
    "topics": ("topics", "tags"),
    "categories": ("category", "categories"),
    "provider": ("provider", "author", "authors"),
    "language": ("language", "lang"),
    "expires": ("expirydate", "unpublishdate", "unpublish", "expires"),
    "images": ("images", "image"),
    "related": ("related",),
    "kind": ("type",),
    "heat": ("heat",),
    "quality": ("quality",),
    "published": ("published",),
    "removed": ("removed",),
    "draft": ("draft",),
    "status": ("status",),
    "enclosures": ("enclosure", "enclosures", "podcast_file", "audio"),
    "media_type": ("podcast_type", "mime_type"),
    "size": ("podcast_bytes", "bytes"),
    "duration": ("podcast_duration", "duration"),
}
_JEKYLL: Keys = {
    **_SMARTABLE,
    "excerpt": ("excerpt", "description", "summary"),
    "date": ("date", "publisheddatetime", "pubdate", "publishdate"),
    "topics": ("tags", "tag", "topics"),
    "categories": ("categories", "category"),
    "provider": ("provider", "author", "authors"),
    "link": ("weburl", "originalurl", "link", "external_url"),
    "page": ("permalink", "url"),
    "images": ("image", "images", "header.image", "header.teaser"),
}
_HUGO: Keys = {
    **_SMARTABLE,
    "title": ("title", "linktitle"),
    "excerpt": ("summary", "description", "excerpt"),
    "link": ("weburl", "originalurl", "external_url", "externallink"),
    "date": ("date", "publishdate", "pubdate", "published_at", "lastmod"),
    "topics": ("tags", "topics", "keywords"),
    "categories": ("categories", "category"),
    "provider": ("provider", "author", "authors", "params.author"),
    "images": ("images", "image", "featured_image", "cover.image", "thumbnail"),
}
_PODCAST: Keys = {
    **_HUGO,
    "excerpt": ("summary", "description", "subtitle", "excerpt"),
    "images": ("episode_image", "image", "images", "cover", "header_image"),
    "enclosures": (
        *(
            "podcast_file",
            "enclosure",
            "enclosures",
            "audio",
            "audio_file",
            "audio_url",
        ),
        *("mp3", "file", "media", "podcast_alt_file", "video_file"),
    ),
    "size": (
        *("podcast_bytes", "bytes", "filesize", "file_size", "audio_length", "length"),
        "size",
    ),
    "duration": ("podcast_duration", "duration", "itunes_duration", "audio_duration"),
}
_PRESETS: Mapping[Named, Keys] = {
    "smartable": _SMARTABLE,
    "jekyll": _JEKYLL,
    "hugo": _HUGO,
    "podcast": _PODCAST,
}
FIELDS = tuple(_SMARTABLE)
HUGO_SITES = ("hugo", "podcast")  # podcast themes are Hugo's

# Where an article without a URL of its own is, as the generators have it by default.
PERMALINKS: Mapping[PresetName, str] = {
    "auto": "",
    "smartable": "",
    "jekyll": "/:categories/:year/:month/:day/:title.html",
    "hugo": "/:folders/:title/",
    "podcast": "/:folders/:title/",
}
# Jekyll's names for some of them.
STYLES: Mapping[str, str] = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "none": "/:categories/:title.html",
}
# Jekyll splits text under these keys at blanks; others write commas.
SPLIT_KEYS: Mapping[Named, frozenset[str]] = {
    "smartable": frozenset(("tags", "categories")),
    "jekyll": frozenset(("tags", "tag", "categories")),
    "hugo": frozenset(),
    "podcast": frozenset(),
}
# What anybody may make up, as opposed to the topics of a site.
FREE_KEYS = frozenset(("tags", "tag", "keywords"))
# Meant for search engines: of no account beside other topics.
STOPGAP_KEYS = frozenset(("keywords",))

# Keys that only one kind of site has, the surest first.
_SIGNS: tuple[tuple[Named, frozenset[str]], ...] = (
    (
        "smartable",
        frozenset(("publisheddatetime", "weburl", "originalurl", "heat", "secured")),
    ),
    (
        "podcast",
        frozenset(
            (
                *("podcast_file", "podcast_duration", "podcast_bytes", "enclosure"),
                *("audio", "audio_file", "mp3", "episode_guid", "itunes_duration"),
            )
        ),
    ),
    (
        "hugo",
        frozenset(
            (
                *("lastmod", "publishdate", "expirydate", "linktitle", "iscjklanguage"),
                *("draft", "featured_image", "cascade", "weight"),
            )
        ),
    ),
    (
        "jekyll",
        frozenset(
            ("layout", "permalink", "redirect_from", "last_modified_at", "categories")
        ),
    ),
)
_HUGO_DIALECTS = ("TOML", "JSON")
# A media file in words that others use as well, but never together.
_MEDIA_SIGNS = ({"file", "bytes"}, {"file", "duration"})


def look_of(path: str, raw: Raw) -> Named | Literal[""]:
    """Return the kind of site that one file looks like; "" without any sign."""
    keys = raw.metadata.keys()
    for preset, signs in _SIGNS:
        if preset == "jekyll" and raw.dialect in _HUGO_DIALECTS:
            return "hugo"
        if not signs.isdisjoint(keys):
            return preset
        if preset == "podcast" and any(signs <= keys for signs in _MEDIA_SIGNS):
            return preset
    is_post = raw.dialect == "YAML" and date_in_name(path)
    return "jekyll" if is_post else ""


@lru_cache(maxsize=64)
def keys_of(preset: Named, fields: Mapped) -> Keys:
    """Return the keys of every field: the preset's, but for the `fields` given."""
    return {**_PRESETS[preset], **dict(fields)}


@lru_cache(maxsize=64)
def known_keys(preset: Named, fields: Mapped) -> frozenset[str]:
    """Return every key that has a meaning: those read, and some that need not be."""
    read = (key for keys in keys_of(preset, fields).values() for key in keys)
    return _UNREAD.union(key.partition(".")[0] for key in read)


@lru_cache(maxsize=64)
def telling_keys(fields: Mapped) -> frozenset[str]:
    """Return every key by which what stands at the head of a file is front matter."""
    known = (known_keys(preset, fields) for preset in _PRESETS)
    return _KEEPING_BACK.union(*known)


# That keep a page back (see `feeds.parse.withholding`), and mean nothing else.
_KEEPING_BACK = frozenset(
    ("password", "headless", "build", "_build", "eleventyexcludefromcollections")
)
# Of no use to feeds, and no slips of the pen either.
_UNREAD = frozenset(
    (
        *("secured", "cdnampweburl", "featuredcontent", "iscached", "length"),
        *("layout", "author", "authors", "lastmod", "last_modified_at", "aliases"),
        *("redirect_from", "weight", "series", "menu", "episode", "explicit", "hosts"),
        *("guests", "sponsors", "subtitle", "headline", "updated", "data", "toc"),
        *("update", "updates", "links", "types", "languages", "paths", "sizes"),
        *("slugs", "subtitles", "heart", "quantity", "provides", "ogimage", "host"),
    )
)


TYPO_CUTOFF = 0.8  # "ditle" is title; "tilt" is not


@lru_cache(maxsize=4_096)
def near_key(key: str, preset: Named, fields: Mapped) -> tuple[str, str]:
    """Return (field, known key) that a key was perhaps meant to be, or two ""."""
    read = {
        key: field for field, keys in keys_of(preset, fields).items() for key in keys
    }
    near = difflib.get_close_matches(key, sorted(read), n=1, cutoff=TYPO_CUTOFF)
    # "category_id" is another thing than the category.
    if not near or key.startswith((f"{near[0]}_", f"{near[0]}-")):
        return "", ""
    return read[near[0]], near[0]
