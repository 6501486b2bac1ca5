"""Feeds into documents: entries rendered once per revision, and spliced."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType

import msgspec

from feeds.article import Article
from feeds.catalog import Catalog, Member
from feeds.entry import Entry, FeedFacts, Item, SiteFacts, SourceFeed, entry_of, tag_uri
from feeds.formats import atom, html, jsonfeed, rss
from feeds.pipeline.basis import decode_article, digest, feed_url
from feeds.plan import Feed
from feeds.rank import band
from feeds.registry import Registry
from feeds.snapshot import MEDIA_TYPES, PLAIN_JSON, Draft

_FORMATS: Mapping[str, ModuleType] = {
    "atom": atom,
    "rss": rss,
    "json": jsonfeed,
    "html": html,
}


_FRAGMENTS = msgspec.msgpack.Decoder(dict[str, bytes])


class Renderer:
    """Renders feeds of articles in the catalog; each revision of an entry once.

    `rendered` counts the entries that were not in the catalog yet.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        site: SiteFacts,
        site_digest: str,
        registry: Registry,
        extensions: Sequence[str],
    ) -> None:
        self._catalog = catalog
        self._site = site
        self._site_digest = site_digest
        self._registry = registry
        self._extensions = extensions
        self._fragments: dict[str, dict[str, bytes]] = {}
        self.rendered = 0

    def draft(self, feed: Feed[Member], facts: FeedFacts, extension: str) -> Draft:
        """Return one document of a feed."""
        items = [self._item(member, extension) for member in feed.members]
        return Draft(
            path=f"{feed.stem}.{extension}",
            stem=feed.stem,
            media_type=MEDIA_TYPES[extension],
            body=_FORMATS[extension].document(facts, items),
        )

    def _item(self, member: Member, extension: str) -> Item:
        if member.path not in self._fragments:
            self._fragments[member.path] = self._fragments_of(member)
        return Item(
            fragment=self._fragments[member.path][extension],
            heat=band(member.heat),
            quality=band(member.quality),
        )

    def _fragments_of(self, member: Member) -> dict[str, bytes]:
        revision = digest(self._site_digest, member.mark)
        known = self._catalog.fragments(member.path, revision)
        if known is not None:
            return _FRAGMENTS.decode(known)
        entry = self._entry(member)
        made = {name: _FORMATS[name].fragment(entry) for name in self._extensions}
        self._catalog.store_fragments(
            member.path, revision, msgspec.msgpack.encode(made)
        )
        self.rendered += 1
        return made

    def _entry(self, member: Member) -> Entry:
        content = self._catalog.article(member.path)
        identity = self._catalog.identity(member.path)
        if content is None or identity is None:
            # A member without its article: not ours to hide.
            raise LookupError(member.path)
        article = self._registry.canonical(decode_article(content))
        # Of one dated ahead and not held until then, the member has the date it shows.
        shown_at = datetime.fromtimestamp(member.published_ts, UTC)
        article = replace(article, published_at=min(article.published_at, shown_at))
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


def listing(feeds: Sequence[Feed[Member]], facts: Mapping[str, FeedFacts]) -> Draft:
    """Return feeds.json: every feed with its title, order and documents."""
    rows = [
        {
            "path": feed.stem,
            "title": facts[feed.stem].title,
            "order": feed.order,
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
    site: SiteFacts, feeds: Sequence[Feed[Member]], facts: Mapping[str, FeedFacts]
) -> Draft:
    """Return index.html: the page that lists all feeds in their default order."""
    listed = [facts[feed.stem] for feed in feeds if feed.is_default]
    body = html.index(site, listed)
    return Draft(path="index.html", stem="", media_type=MEDIA_TYPES["html"], body=body)
