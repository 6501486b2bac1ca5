"""Feeds into documents: entries rendered once per revision, and spliced."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType

import msgspec

from feeds.article import Article
from feeds.catalog import Catalog, Identity
from feeds.entry import Entry, FeedFacts, Item, SiteFacts, SourceFeed, entry_of, tag_uri
from feeds.formats import atom, html, jsonfeed, rss
from feeds.pipeline.basis import decode_article, digest, feed_url
from feeds.plan import Feed, Placing
from feeds.rank import band
from feeds.registry import Registry
from feeds.snapshot import MEDIA_TYPES, PLAIN_JSON, Draft

_FORMATS: Mapping[str, ModuleType] = {
    "atom": atom,
    "rss": rss,
    "json": jsonfeed,
    "html": html,
}


class Renderer:
    """Renders feeds of articles in the catalog; each revision of an entry once.

    `rendered` counts the entries that were not in the catalog yet.
    """

    def __init__(
        self,
        catalog: Catalog,
        identities: Mapping[str, Identity],
        *,
        site: SiteFacts,
        site_digest: str,
        registry: Registry,
        extensions: Sequence[str],
    ) -> None:
        self._catalog = catalog
        self._identities = identities
        self._site = site
        self._site_digest = site_digest
        self._registry = registry
        self._extensions = extensions
        self._fragments: dict[str, dict[str, bytes]] = {}
        self.rendered = 0

    def draft(self, feed: Feed, facts: FeedFacts, extension: str) -> Draft:
        """Return one document of a feed."""
        items = [self._item(placing, extension) for placing in feed.members]
        return Draft(
            path=f"{feed.stem}.{extension}",
            stem=feed.stem,
            media_type=MEDIA_TYPES[extension],
            body=_FORMATS[extension].document(facts, items),
        )

    def _item(self, placing: Placing, extension: str) -> Item:
        if placing.path not in self._fragments:
            self._fragments[placing.path] = self._fragments_of(placing)
        return Item(
            fragment=self._fragments[placing.path][extension],
            heat=band(placing.heat),
            quality=band(placing.quality),
        )

    def _fragments_of(self, placing: Placing) -> dict[str, bytes]:
        identity = self._identities[placing.path]
        revision = digest(
            self._site_digest, placing.revision, identity.id, identity.updated
        )
        known = self._catalog.fragments(placing.path, revision)
        if known is not None:
            return msgspec.msgpack.decode(known, type=dict[str, bytes])
        entry = self._entry(placing, identity)
        made = {name: _FORMATS[name].fragment(entry) for name in self._extensions}
        self._catalog.store_fragments(
            placing.path, revision, msgspec.msgpack.encode(made)
        )
        self.rendered += 1
        return made

    def _entry(self, placing: Placing, identity: Identity) -> Entry:
        content = self._catalog.article(placing.path)
        if content is None:
            # A placing without its article: not ours to hide.
            raise LookupError(placing.path)
        article = self._registry.canonical(decode_article(content))
        if placing.is_clamped:
            seen_at = datetime.fromtimestamp(placing.published_ts, UTC)
            article = replace(article, published_at=min(article.published_at, seen_at))
        return entry_of(
            article,
            id=identity.id,
            updated=identity.updated,
            source=self._source_feed(article),
            site=self._site,
        )

    def _source_feed(self, article: Article) -> SourceFeed | None:
        provider = article.provider
        if provider is None:
            return None
        slug = self._registry.provider_slug(provider.name, provider.domain)
        stem = f"providers/{slug}"
        return SourceFeed(
            id=tag_uri(self._site.tag_authority, "feed", stem),
            title=f"{self._site.title}: {provider.name}",
            url=feed_url(self._site, stem),
        )


def listing(feeds: Sequence[Feed], facts: Mapping[str, FeedFacts]) -> Draft:
    """Return feeds.json: every feed with its title, order, count and documents."""
    rows = [
        {
            "path": feed.stem,
            "title": facts[feed.stem].title,
            "order": feed.order,
            "count": len(feed.members),
            "updated": facts[feed.stem].updated,
            **({"keywords": feed.keywords} if feed.keywords else {}),
            "documents": [f"{feed.stem}.{name}" for name in facts[feed.stem].formats],
        }
        for feed in feeds
    ]
    lines = b",\n".join(msgspec.json.encode(row) for row in rows)
    return Draft(
        path="feeds.json", stem="", media_type=PLAIN_JSON, body=b"[\n%s\n]\n" % lines
    )


def index(
    site: SiteFacts, feeds: Sequence[Feed], facts: Mapping[str, FeedFacts]
) -> Draft:
    """Return index.html: the page that lists all feeds in their default order."""
    listed = [facts[feed.stem] for feed in feeds if feed.is_default]
    body = html.index(site, listed)
    return Draft(path="index.html", stem="", media_type=MEDIA_TYPES["html"], body=body)
