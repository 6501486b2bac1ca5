"""Feeds into documents: entries rendered once per revision, and spliced.

Entries are rendered in processes that may fail at one (see `feeds.pipeline.workers`),
be it one or many, before any document is spliced; those that cannot be are told, and
cost no other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Protocol

import msgspec

from feeds.article import Article
from feeds.catalog import Catalog, Identity, Member
from feeds.entry import FeedFacts, Item, SiteFacts, SourceFeed, entry_of, tag_uri
from feeds.formats import atom, html, jsonfeed, rss
from feeds.pipeline.basis import decode_article, feed_url
from feeds.pipeline.fragments import Fragments
from feeds.pipeline.workers import Bench, Lost, in_workers
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
_FEW = 200  # entries asked for one by one, and rendered by one process
_AT_ONCE = 32  # entries that a process renders before it answers
_Source = tuple[Member, bytes, Identity]  # with the article as the catalog keeps it


class Render(Protocol):
    """What makes fragments, by extension, of an article: `fragments_of`."""

    def __call__(
        self,
        article: Article,
        *,
        identity: Identity,
        source: SourceFeed | None,
        site: SiteFacts,
        extensions: Sequence[str],
    ) -> dict[str, bytes]:
        """Return the fragments."""


def fragments_of(
    article: Article,
    *,
    identity: Identity,
    source: SourceFeed | None,
    site: SiteFacts,
    extensions: Sequence[str],
) -> dict[str, bytes]:
    """Return an article as an entry in these formats."""
    entry = entry_of(
        article, id=identity.id, updated=identity.updated, source=source, site=site
    )
    return {name: _FORMATS[name].fragment(entry) for name in extensions}


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
        fragments: Fragments,
        render: Render | None = None,
    ) -> None:
        self._catalog = catalog
        self._facts = _Facts(
            site=site,
            registry=registry,
            extensions=tuple(extensions),
            odd_ids=_odd_ids(catalog, site.tag_authority),
            render=render or fragments_of,
        )
        self._site_digest = site_digest
        self._fragments = fragments
        self.rendered = 0

    def drafts(
        self, feed: Feed[Member], facts: FeedFacts, extensions: Sequence[str]
    ) -> Iterator[Draft]:
        """Yield the documents of a feed with these extensions, all rendered ahead."""
        members = [
            (self._fragments_of(each), band(each.heat), band(each.quality))
            for each in feed.members
        ]
        for extension in extensions:
            items = [
                Item(fragment=fragments[extension], heat=heat, quality=quality)
                for fragments, heat, quality in members
            ]
            yield Draft(
                path=f"{feed.stem}.{extension}",
                stem=feed.stem,
                media_type=MEDIA_TYPES[extension],
                body=_FORMATS[extension].document(facts, items),
            )

    def _fragments_of(self, member: Member) -> dict[str, bytes]:
        revision = self._revision(member)
        held = self._fragments.get(member.path, revision)
        if held is None:
            known = self._catalog.fragments(member.path, revision)
            if known is None:
                raise LookupError(member.path)  # it was not rendered ahead
            held = _FRAGMENTS.decode(known)
            self._fragments.hold(member.path, revision, held)
        return held

    def render_ahead(
        self, members: Iterable[Member], *, jobs: int, bench: Bench | None = None
    ) -> dict[str, Lost]:
        """Render what is missing of these; return those that could not be, by path.

        Raises:
            msgspec.DecodeError: the catalog holds no article where it should.
        """
        missing = self._missing({each.path: each for each in members})
        if not missing:
            return {}
        batch = _Batch(
            sources=[self._source(each) for each in missing], facts=self._facts
        )
        jobs = jobs if len(missing) >= _FEW else 1
        ranges = (
            range(at, min(at + _AT_ONCE, len(missing)))
            for at in range(0, len(missing), _AT_ONCE)
        )
        lost: dict[str, Lost] = {}
        for done in in_workers(batch.made, ranges, jobs=jobs, bench=bench):
            if isinstance(done, Lost):
                lost[missing[done.index].path] = done
                continue
            for made in done:
                if made.damage:
                    raise msgspec.DecodeError(made.damage)
                self._keep(missing[made.index], made.fragments)
        return lost

    def _missing(self, members: Mapping[str, Member]) -> list[Member]:
        """Return those of which there are no fragments yet."""
        found = [
            each
            for each in members.values()
            if self._fragments.get(each.path, self._revision(each)) is None
        ]
        if len(found) < _FEW:
            of = self._catalog.fragments
            return [each for each in found if not of(each.path, self._revision(each))]
        known = self._catalog.revisions()
        return [each for each in found if known.get(each.path) != self._revision(each)]

    def _keep(self, member: Member, made: bytes) -> None:
        self._catalog.store_fragments(member.path, self._revision(member), made)
        self.rendered += 1

    def _revision(self, member: Member) -> str:
        return f"{self._site_digest} {member.mark}"

    def _source(self, member: Member) -> _Source:
        content = self._catalog.article(member.path)
        identity = self._catalog.identity(member.path)
        if content is None or identity is None:
            # A member without its article: not ours to hide.
            raise LookupError(member.path)
        return member, content, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What fragments depend on beside their article.

    `odd_ids` are the ids, by stem, of providers' feeds that are not made from it.
    """

    site: SiteFacts
    registry: Registry
    extensions: tuple[str, ...]
    odd_ids: Mapping[str, str]
    render: Render

    def rendered(self, member: Member, article: Article, identity: Identity) -> bytes:
        """Return a member's fragments by format, encoded."""
        article = self.registry.canonical(article)
        # Of one dated ahead and not held until then, the member has the date it shows.
        shown_at = datetime.fromtimestamp(member.published_ts, UTC)
        # To the second, as all that is updated: else it would be so before its time.
        published_at = min(article.published_at, shown_at).replace(microsecond=0)
        article = replace(article, published_at=published_at)
        made = self.render(
            article,
            identity=identity,
            source=self._source_feed(article),
            site=self.site,
            extensions=self.extensions,
        )
        return msgspec.msgpack.encode(made)

    def _source_feed(self, article: Article) -> SourceFeed | None:
        provider = article.provider
        if provider is None:
            return None
        slug = self.registry.provider_slug(provider.name, provider.domain)
        stem = f"providers/{slug}"
        return SourceFeed(
            id=self.odd_ids.get(stem) or _plain_id(self.site.tag_authority, stem),
            title=f"{self.site.title}: {provider.name}",
            url=feed_url(self.site, stem),
        )


def _plain_id(authority: str, stem: str) -> str:
    return tag_uri(authority, "feed", stem)


def _odd_ids(catalog: Catalog, authority: str) -> dict[str, str]:
    # An id changes with whoever has the stem, which is other articles: so the fragments
    # of these have to be rendered anyway.
    ids = catalog.ids_in("providers", beside=tag_uri(authority, "feed", "")).items()
    return {stem: each for stem, each in ids if each != _plain_id(authority, stem)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Many members to be rendered, sent to the workers as a whole."""

    sources: Sequence[_Source]
    facts: _Facts

    def made(self, index: int) -> "_Made":
        """Return the fragments of one."""
        member, content, identity = self.sources[index]
        try:
            article = decode_article(content)
        except msgspec.DecodeError as error:
            return _Made(index=index, damage=str(error))  # of the catalog
        return _Made(
            index=index, fragments=self.facts.rendered(member, article, identity)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """The encoded fragments of one member, or the `damage` to what is kept of it."""

    index: int
    fragments: bytes = b""
    damage: str = ""


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
