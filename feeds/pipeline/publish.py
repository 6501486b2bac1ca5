"""From the plan to the output folder: what could differ is rendered, what does, written."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from feeds.catalog import Catalog
from feeds.entry import RANKED_ORDERS, FeedFacts, SiteFacts
from feeds.errors import PublishError
from feeds.output import MANIFEST, Publication
from feeds.pipeline import basis
from feeds.pipeline.report import Progress, Survey
from feeds.pipeline.shelf import (
    Shelf,
    keep_standing,
    look_at,
    manifest_of,
    stale_files,
)
from feeds.plan import Feed
from feeds.rank import band
from feeds.settings import Settings
from feeds.snapshot import (
    SUFFIXES,
    DocumentRecord,
    Draft,
    Representation,
    encoded,
    etag_of,
    manifest_bytes,
)

_LISTS = ("feeds.json", "index.html")
_FOREIGN = "exists, and is not ours; move it away, or build with --force"
_IN_FLIGHT = 64  # documents being encoded at once: bounds memory, keeps the cores busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication did: paths written and removed, documents, entries rendered."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    documents: int
    rendered: int


def publish(
    catalog: Catalog,
    found: Survey,
    settings: Settings,
    *,
    now: datetime,
    jobs: int,
    progress: Progress,
    force: bool = False,
    dry_run: bool = False,
) -> Published:
    """Make the output folder hold exactly the planned feeds.

    The ledger is committed before the first document becomes visible, so a kill in
    between loses neither an id nor a Last-Modified.

    Raises:
        PublishError: something could not be written; the old documents stay.
    """
    shelf = look_at(Path(settings.output.path), catalog)
    site = basis.site_facts(settings, found.tag_authority)
    dated = _dated(catalog, found, settings, site)
    drafts = _Drafts(catalog, found, settings, site, dated)
    if shelf.is_of_others and not force:
        raise PublishError(f"{MANIFEST}: {_FOREIGN}")
    kept = {} if force else drafts.unchanged(shelf)
    with Publication(Path(settings.output.path), dry_run=dry_run) as publication:
        stage = _Stage(publication, shelf, settings, now, force=force)
        made = stage.all(drafts.missing(kept), drafts.total - len(kept), jobs, progress)
        manifest = manifest_of({**kept, **made}, shelf)
        stale = stale_files(manifest, shelf)
        content = manifest_bytes(manifest)
        written = publication.files
        if not dry_run:
            keep_standing(catalog, found.feeds)
            catalog.store_feeds(
                {
                    each.feed.stem: each.ledger
                    for each in dated
                    if shelf.digests.get(each.feed.stem) != each.digest
                }
            )
            catalog.store_documents(
                {
                    path: (r.representations[0].etag, r.last_modified)
                    for path, r in made.items()
                }
            )
            catalog.commit()
            if written or stale or content != shelf.manifest:
                publication.commit(content, stale, modified=now)
    return Published(
        written=written,
        removed=tuple(stale),
        documents=len(manifest.documents),
        rendered=drafts.rendered,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """A feed with what its documents state and a digest of all they depend on."""

    feed: Feed
    facts: FeedFacts
    digest: str
    has_pages: bool

    @property
    def ledger(self) -> tuple[str, datetime]:
        """What the ledger keeps of it."""
        return self.digest, self.facts.updated

    @property
    def extensions(self) -> tuple[str, ...]:
        """The extensions of its documents; only a default order has a page."""
        has_page = self.has_pages and self.feed.is_default
        return (*self.facts.formats, "html") if has_page else self.facts.formats


def _dated(
    catalog: Catalog, found: Survey, settings: Settings, site: SiteFacts
) -> list[_Dated]:
    before = catalog.feeds()
    site_digest = basis.site_digest(settings, site)
    dated = []
    for feed in found.feeds:
        seen = before.get(feed.stem, ("", basis.EPOCH))[1]
        updated = max((seen, *(_updated(found, path) for path in _paths(feed))))
        facts = basis.feed_facts(feed, site, settings, updated)
        dated.append(
            _Dated(
                feed=feed,
                facts=facts,
                digest=_digest(feed, facts, found, site_digest),
                has_pages=settings.feeds.html,
            )
        )
    return dated


def _paths(feed: Feed) -> Iterator[str]:
    return (member.path for member in feed.members)


def _updated(found: Survey, path: str) -> datetime:
    """Return an entry's `updated`, as `feeds.entry` states it."""
    return found.identities[path].updated


def _digest(feed: Feed, facts: FeedFacts, found: Survey, site_digest: str) -> str:
    is_ranked = feed.order in RANKED_ORDERS
    members = (
        (
            placing.revision,
            found.identities[placing.path].id,
            _updated(found, placing.path),
            (band(placing.heat), band(placing.quality)) if is_ranked else (),
        )
        for placing in feed.members
    )
    stated = (facts.title, facts.order, facts.updated, facts.image, feed.keywords)
    return basis.digest(site_digest, *stated, *members)


class _Drafts:
    """The documents that should be there, drawn up on demand."""

    def __init__(
        self,
        catalog: Catalog,
        found: Survey,
        settings: Settings,
        site: SiteFacts,
        dated: Sequence[_Dated],
    ) -> None:
        self._dated = dated
        self._site = site
        self._catalog, self._found, self._settings = catalog, found, settings
        self.total = sum(len(each.extensions) for each in dated)
        self.rendered = 0

    def unchanged(self, shelf: Shelf) -> dict[str, DocumentRecord]:
        """Return the records of documents that are there and could not differ."""
        kept = {}
        for each in self._dated:
            if shelf.digests.get(each.feed.stem) != each.digest:
                continue
            for extension in each.extensions:
                path = f"{each.feed.stem}.{extension}"
                if record := shelf.whole(path):
                    kept[path] = record
        stems = {record.stem for record in shelf.records.values() if record.stem}
        if len(kept) == self.total and stems == {d.feed.stem for d in self._dated}:
            # These say nothing that a feed's digest does not cover.
            lists = filter(None, map(shelf.whole, _LISTS))
            kept.update((record.path, record) for record in lists)
        return kept

    def missing(self, kept: Mapping[str, DocumentRecord]) -> Iterator[Draft]:
        """Yield every other document, and the two that list them all."""
        if len(kept) == self.total + len(_LISTS):
            return
        wanted = [
            (each, extension)
            for each in self._dated
            for extension in each.extensions
            if f"{each.feed.stem}.{extension}" not in kept
        ]
        from feeds.pipeline import render  # noqa: PLC0415 - pulls in the renderers

        renderer = render.Renderer(
            self._catalog,
            self._found.identities,
            site=self._site,
            site_digest=basis.site_digest(self._settings, self._site),
            registry=self._found.rules.registry,
            extensions=(
                *self._settings.feeds.formats,
                *(("html",) if self._settings.feeds.html else ()),
            ),
        )
        for each, extension in wanted:
            yield renderer.draft(each.feed, each.facts, extension)
        self.rendered = renderer.rendered
        feeds = [each.feed for each in self._dated]
        facts = {each.feed.stem: each.facts for each in self._dated}
        yield render.listing(feeds, facts)
        yield render.index(self._site, feeds, facts)


class _Stage:
    """Gives documents their validators and codings, and stages what is new of them."""

    def __init__(
        self,
        publication: Publication,
        shelf: Shelf,
        settings: Settings,
        now: datetime,
        *,
        force: bool,
    ) -> None:
        self._force = force
        self._publication = publication
        self._shelf = shelf
        self._codings = settings.output.encodings
        self._now = now

    def all(
        self, drafts: Iterator[Draft], total: int, jobs: int, progress: Progress
    ) -> dict[str, DocumentRecord]:
        """Stage every draft, encoding `jobs` at a time; return the records by path."""
        records: dict[str, DocumentRecord] = {}
        pending: list[Future[DocumentRecord]] = []

        def collect(limit: int) -> None:
            while len(pending) > limit:
                record = pending.pop(0).result()
                records[record.path] = record
                progress("writing", len(records), max(total, len(records)))

        with ThreadPoolExecutor(jobs, "encode") as pool:
            for draft in drafts:
                pending.append(pool.submit(self._one, draft))
                collect(_IN_FLIGHT)
            collect(0)
        return records

    def _one(self, draft: Draft) -> DocumentRecord:
        if not self._force and self._shelf.is_foreign(draft.path):
            raise PublishError(f"{draft.path}: {_FOREIGN}")
        modified = self._last_modified(draft)
        representations = []
        for coding, content in encoded(draft.body, self._codings):
            representation = Representation(
                coding=coding,
                file=draft.path + SUFFIXES[coding],
                size_bytes=len(content),
                etag=etag_of(content),
            )
            representations.append(representation)
            if not self._shelf.holds(representation, modified):
                self._publication.stage(representation.file, content, modified)
        return DocumentRecord(
            path=draft.path,
            media_type=draft.media_type,
            stem=draft.stem,
            last_modified=modified,
            representations=tuple(representations),
        )

    def _last_modified(self, draft: Draft) -> datetime:
        """Return when these bytes came to be.

        RFC 9110, 8.8.2: an If-Modified-Since client must not be left behind by two
        changes within one second, so every change is a second later than the last.
        """
        etag, modified = self._shelf.validators.get(draft.path, ("", None))
        if modified is None:
            return self._now
        if etag == etag_of(draft.body):
            return modified
        return max(self._now, modified + timedelta(seconds=1))
