"""The feed script most people would write: python-frontmatter, a loop, feedgen.

It reads every article, groups the published ones by topic and provider, and writes
the newest 50 of each group as Atom and RSS. It keeps nothing between two runs, so a
run in which nothing changed costs the same. It is honest code, not a straw man: the
loader is the fast one python-frontmatter picks by itself (libyaml), each article is
read once, and both formats of a group come from one FeedGenerator.

    python tests/bench/plain_loop.py SOURCE OUTPUT
"""

import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import frontmatter
from feedgen.feed import FeedGenerator

LIMIT = 50
SITE = "https://feeds.example"


def build(source: Path, output: Path) -> None:
    """Write the feeds of all topics and providers in `source` to `output`."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(source.glob("*.md")):
        article: dict[str, Any] = frontmatter.load(path).metadata
        if article.get("published") is False:
            continue
        for topic in article["topics"]:
            if topic is not None:
                groups["topics", topic].append(article)
        groups["providers", article["provider"]["domain"]].append(article)
    for (kind, name), articles in groups.items():
        articles.sort(key=lambda article: article["publishedDateTime"], reverse=True)
        stem = f"{kind}/{re.sub(r'[^a-z0-9.]+', '-', name.lower())}"
        feed = _feed(name, stem, articles[:LIMIT])
        (output / kind).mkdir(parents=True, exist_ok=True)
        feed.atom_file(str(output / f"{stem}.atom"))
        feed.rss_file(str(output / f"{stem}.rss"))


def _feed(name: str, stem: str, articles: Sequence[dict[str, Any]]) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(f"{SITE}/{stem}")
    feed.title(name)
    feed.description(name)
    feed.language("en")
    feed.link(href=f"{SITE}/{stem}.atom", rel="self")
    feed.link(href=f"{SITE}/{stem}", rel="alternate")
    feed.updated(articles[0]["publishedDateTime"])
    for article in articles:
        _add_entry(feed, article)
    return feed


def _add_entry(feed: FeedGenerator, article: dict[str, Any]) -> None:
    link = article.get("webUrl") or article["originalUrl"]
    entry = feed.add_entry(order="append")
    entry.id(link)
    entry.title(article["title"])
    entry.link(href=link)
    entry.published(article["publishedDateTime"])
    entry.updated(article["publishedDateTime"])
    entry.author(name=article["provider"]["name"])
    if article["excerpt"]:
        entry.summary(article["excerpt"])
    entry.category([{"term": topic} for topic in article["topics"] if topic])


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
