"""Where an article is: its own URL, or the page that its site makes of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds import text as legible
from feeds.parse import fields as read
from feeds.parse.fields import Fields
from feeds.parse.presets import HUGO_SITES, PERMALINKS, STYLES
from feeds.parse.rules import Rules

_TOKEN = re.compile(r":([a-z]+)")
_DATE_BEFORE = re.compile(r"\d{4}[-_]\d{1,2}[-_]\d{1,2}[-_]")
TOKENS = ("year", "month", "day", "title", "name", "categories", "folders")


def unknown_tokens(permalink: str) -> list[str]:
    """Return the tokens of a permalink that nothing stands for."""
    return [token for token in _TOKEN.findall(permalink) if token not in TOKENS]


def name_of(path: str) -> str:
    """Return an article's own name; that of `index.md` is its folder's."""
    folder, _, file = path.rpartition("/")
    stem = file.rpartition(".")[0] or file
    return (folder.rpartition("/")[2] or stem) if stem == "index" else stem


def link_of(
    fields: Fields,
    rules: Rules,
    published_at: datetime,
    categories: tuple[str, ...],
) -> str:
    """Return where the article is: its own URL, else its page under the site."""
    for key in fields.keys("link"):
        if found := read.link(fields, key):
            return found
    facts = _facts(fields, rules, published_at, categories)
    home = f"{rules.home.rstrip('/')}/"
    for key in fields.keys("page"):
        value = fields.at(key)
        if isinstance(value, str) and ":" in value and "://" not in value:
            value = _filled(value, facts)
        if isinstance(value, str) and read.is_relative(value):
            value = read.joined(value.strip(), home, home)
        if value is not False and (found := read.web_link(fields, key, value)):
            return found
    template = STYLES.get(rules.permalink, rules.permalink) or PERMALINKS[rules.preset]
    page = _filled(template, facts) if template else _plain_page(fields)
    if rules.preset in HUGO_SITES:
        page = _as_hugo_writes(page)
    # Not by `urljoin`: "news: today" is no relative reference (RFC 3986, 4.2).
    steps = (step for step in page.split("/") if step not in {"", ".", ".."})
    end = "/" if template.endswith("/") else ""
    return legible.web_link(f"{home}{legible.path_escaped('/'.join(steps))}{end}")


def _plain_page(fields: Fields) -> str:
    slug = read.line_of_text(fields, "slug")
    return slug or fields.path.rpartition(".")[0] or fields.path


def _facts(
    fields: Fields,
    rules: Rules,
    published_at: datetime,
    categories: tuple[str, ...],
) -> Mapping[str, str]:
    """Return what stands for each token of a permalink."""
    slug = read.line_of_text(fields, "slug")
    day = published_at.astimezone(rules.zone)
    name = name_of(fields.path)
    folder = fields.path.rpartition("/")[0]
    if fields.path.rpartition("/")[2].startswith("index."):
        folder = folder.rpartition("/")[0]
    return {
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "day": f"{day:%d}",
        "title": slug or _title(name, rules),
        "name": name,
        "categories": "/".join(legible.slugify(each) for each in categories),
        "folders": folder,
    }


def _title(name: str, rules: Rules) -> str:
    """Return a file's name as its page has it: Hugo keeps the date before it."""
    return name if rules.preset in HUGO_SITES else _DATE_BEFORE.sub("", name, count=1)


def _as_hugo_writes(page: str) -> str:
    """Return the path of a page in lower case, without blanks and punctuation."""
    return _HYPHENS.sub("-", _UNSAFE.sub("", page.lower().replace(" ", "-")))


_UNSAFE = re.compile(r"[^\w./+~-]")
_HYPHENS = re.compile(r"-{2,}")


def _filled(template: str, facts: Mapping[str, str]) -> str:
    def fact(token: re.Match[str]) -> Any:
        return facts.get(token[1], token[0])

    return _TOKEN.sub(fact, template)
