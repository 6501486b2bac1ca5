"""Feeds into documents: entries rendered once per revision, and spliced."""

from collections.abc import Mapping, Sequence
from types import ModuleType

import msgspec

from feeds.article import Article
from feeds.catalog import Catalog, Identity
from feeds.entry import Entry, FeedFacts, Item, SiteFacts, SourceFeed, entry_of, tag_uri
from feeds.formats import atom, html, jsonfeed, rss
from feeds.pipeline.basis import decode_article, digest, feed_url
from feeds.plan import Feed, Placing, provider_slug
from feeds.rank import band
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
        platforms: frozenset[str],
        extensions: Sequence[str],
    ) -> None:
        self._catalog = catalog
        self._identities = identities
        self._site = site
        self._site_digest = site_digest
        self._platforms = platforms
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
        entry = self._entry(placing.path, identity)
        made = {name: _FORMATS[name].fragment(entry) for name in self._extensions}
        self._catalog.store_fragments(
            placing.path, revision, msgspec.msgpack.encode(made)
        )
        self.rendered += 1
        return made

    def _entry(self, path: str, identity: Identity) -> Entry:
        content = self._catalog.article(path)
        if content is None:
            raise LookupError(path)  # a placing without its article: not ours to hide
        article = decode_article(content)
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
        slug = provider_slug(provider.name, provider.domain, self._platforms)
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
