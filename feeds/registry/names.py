"""Names and images as they are written, by people."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import urljoin

from feeds.text import Slug, slugify, web_link


def image_url(text: str, home: str) -> str:
    """Return an image's http(s) URL, relative ones under `home`; "" if it is none."""
    try:
        return web_link(urljoin(home, text.strip()))
    except ValueError:  # brackets that hold no address
        return ""


def collisions(names: Iterable[str]) -> list[tuple[Slug, tuple[str, ...]]]:
    """Return the slugs on which names meet that are not just spelt differently.

    Names of one kind (topics, say), as articles spell them; groups are sorted by slug,
    their names by code point. "C#" and "C sharp" are such a group; "CRI-O" and "cri o",
    which differ in case and punctuation only, are one name.
    """
    groups: dict[Slug, set[str]] = {}
    for name in names:
        groups.setdefault(slugify(name), set()).add(name)
    return [
        (slug, tuple(sorted(group)))
        for slug, group in sorted(groups.items())
        if len(set(map(_bare, group))) > 1
    ]


def _bare(name: str) -> str:
    """Return the letters and digits of a name, without case and Unicode form."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM")
