"""Which documents there should be, which of them are, and the others drawn up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from feeds.catalog import Catalog, Member, Selection
from feeds.entry import RANKED_ORDERS, FeedFacts
from feeds.lineage import Terms, redirects
from feeds.pipeline import basis
from feeds.pipeline.selecting import filled, outlines_of, selected
from feeds.pipeline.shelf import Shelf
from feeds.plan import Feed, PlanRules
from feeds.rank import band
from feeds.settings import Settings
from feeds.snapshot import DocumentRecord, Draft

if TYPE_CHECKING:  # a build with nothing new needs neither formats nor processes
    from feeds.pipeline.render import Render, Renderer
    from feeds.pipeline.workers import Bench, Lost

_LISTS = ("feeds.json", "index.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a publication goes by.

    `terms` say which feeds without articles stay.
    `touched` are the bases of selections whose feeds may differ from those published
    last; None for all. `frozen` are the stems of feeds that stay as they are published,
    since they hold articles of which nothing else is known. `since` is the instant of the
    publication before, in seconds since 1970, if that is known.
    """

    rules: PlanRules
    terms: Terms
    tag_authority: str
    touched: Collection[str] | None
    frozen: frozenset[str] = frozenset()
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A feed some of whose documents, by their extensions, are to be made."""

    feed: Feed[Member]
    facts: FeedFacts
    extensions: tuple[str, ...]


class Drafts:
    """The documents of all feeds, as far as they are looked at.

    `is_known` says that the shelf is as the publication before left it, so that only
    what is touched is. `moved` are the copies under old paths, each with the path of the
    original. `kept` are records of documents that are there and could not differ;
    `ledger` has digest and `updated` of the feeds that do.
    """

    def __init__(
        self,
        catalog: Catalog,
        plan: Plan,
        settings: Settings,
        shelf: Shelf,
        *,
        is_known: bool,
        force: bool,
    ) -> None:
        self._catalog, self._plan, self._settings = catalog, plan, settings
        self._shelf, self._is_known, self._force = shelf, is_known, force
        self._site = basis.site_facts(settings, plan.tag_authority)
        self.site_digest = basis.site_digest(settings, self._site)
        self._ended: set[str] = set()
        self._were: dict[str, Selection | None] = {}
        self._renderer: Renderer | None = None
        self.kept: dict[str, DocumentRecord] = {}
        self.ledger: dict[str, tuple[str, datetime]] = {}
        self.is_relisted = plan.touched is None
        self.rendered = 0
        self._keep_frozen()
        selections = self._select()
        self.moved = self._redirects()
        self._copies: dict[str, list[str]] = {}
        for path, target in self.moved.items():
            self._copies.setdefault(target, []).append(path)
        self._wanted = [each for each in self._all(selections) if each.extensions]
        if self.is_relisted or not is_known:
            stems = {outline.stem for outline in self._outlines()}
            shelf.feed_count = len(stems | plan.frozen)
        self._lists = self._missing_lists()

    @property
    def total(self) -> int:
        """How many documents are to be made."""
        made = sum(len(each.extensions) for each in self._wanted)
        return made + len(self._copies) + len(self._lists)

    @property
    def bases(self) -> set[str]:
        """The bases of the feeds some of whose documents are to be made.

        And one that is always there, for the lists of all feeds.
        """
        found = {each.feed.base for each in self._wanted}
        return {"all", *found} if self._lists else found

    @property
    def extensions(self) -> tuple[str, ...]:
        """All that fragments are made for."""
        return self._extensions(is_default=True)

    def rendered_ahead(
        self, *, jobs: int, bench: "Bench | None", render: "Render | None"
    ) -> "Mapping[str, Lost]":
        """Render what documents to be made need; return what cannot be, by path."""
        if not self.total:
            return {}
        from feeds.pipeline.render import Renderer  # noqa: PLC0415 - see above

        self._renderer = Renderer(
            self._catalog,
            site=self._site,
            site_digest=self.site_digest,
            registry=self._plan.rules.registry,
            extensions=self.extensions,
            fragments=self._shelf.fragments,
            render=render,
        )
        members = (each for wanted in self._wanted for each in wanted.feed.members)
        lost = self._renderer.render_ahead(members, jobs=jobs, bench=bench)
        self.rendered = self._renderer.rendered
        return lost

    def undo(self) -> None:
        """Have the catalog know the selections that it knew before."""
        for base, was in self._were.items():
            self._catalog.select(base, was)

    def missing(self) -> Iterator[Draft]:
        """Yield every document that is not there, or may differ; all is rendered."""
        if self._renderer is None:
            return
        for each in self._wanted:
            for draft in self._renderer.drafts(each.feed, each.facts, each.extensions):
                yield draft
                for path in self._copies.get(draft.path, ()):
                    yield replace(draft, path=path, stem="")
        if self._lists:
            yield from self._made_lists()

    def ended(self, made: Mapping[str, DocumentRecord]) -> set[str]:
        """Return the paths of documents that were there and should not be."""
        if self._is_known:
            ended = self._ended | (self._shelf.moved.keys() - self.moved.keys())
            return ended - made.keys() - self.kept.keys()
        return set(self._shelf.records) - self.kept.keys() - made.keys()

    def _keep_frozen(self) -> None:
        """Keep all documents of frozen feeds, and with them the lists that name these."""
        if not self._plan.frozen:
            return
        records = self._shelf.records
        for path, record in records.items():
            target = records.get(self._shelf.moved.get(path, path), record)
            if target.stem in self._plan.frozen or path in _LISTS:
                self.kept[path] = record

    def _select(self) -> dict[str, Selection | None]:
        """Return the touched selections as they are now, by base."""
        return {base: self._selected(base) for base in self._touched()}

    def _redirects(self) -> Mapping[str, str]:
        """Return the paths of feeds that moved, each with that of the document there."""
        if self._is_known and not self.is_relisted:
            return self._shelf.moved
        holders = self._catalog.holders()
        if not holders:
            return {}
        paths = (self._paths(outline).values() for outline in self._outlines())
        frozen = self.kept.keys() - self._shelf.moved.keys()
        living = frozen.union(*paths)
        return redirects(self._shelf.published_once, holders, living)

    def _all(self, touched: Mapping[str, Selection | None]) -> Iterator[_Wanted]:
        """Yield the feeds that are looked at, with what is to be made of each."""
        for selection in touched.values():
            for outline in self._outlines_of(selection) if selection else ():
                yield self._compared(outline)
        if self._is_known:
            return
        for selection in self._catalog.selections():
            if selection.base not in touched:
                for outline in self._outlines_of(selection):
                    if missing := self._missing(outline):
                        yield self._wanting(outline, missing)

    def _outlines_of(self, selection: Selection) -> Iterator[Feed[Member]]:
        """Yield the feeds of a selection that are not frozen."""
        for outline in outlines_of(selection, self._plan.rules):
            if outline.stem not in self._plan.frozen:
                yield outline

    def _touched(self) -> set[str]:
        if self._plan.touched is not None:
            return set(self._plan.touched)
        known = {each.base for each in self._catalog.selections()}
        return {*known, *(row.stem for row in self._catalog.lineages())}

    def _selected(self, base: str) -> Selection | None:
        """Return a touched selection as it is now, and remember that."""
        was = self._catalog.selection(base)
        now = selected(self._catalog, base, self._plan.terms)
        if was != now:
            self._were[base] = was
            self._catalog.select(base, now)
            self.is_relisted = True
        if was and not now:
            for outline in outlines_of(was, self._plan.rules):
                self._ended.update(self._paths(outline).values())
        return now

    def _compared(self, outline: Feed[Member]) -> _Wanted:
        """Return what is to be made of a feed that may differ."""
        feed, facts = self._filled(outline)
        digest = self._digest(feed, facts)
        if self._shelf.feeds.get(feed.stem, ("",))[0] == digest and not self._force:
            missing = self._missing(outline)
        else:
            missing = tuple(self._paths(outline))
        if self._shelf.feeds.get(feed.stem) != (digest, facts.updated):
            self.ledger[feed.stem] = digest, facts.updated
        return _Wanted(feed=feed, facts=facts, extensions=missing)

    def _wanting(self, outline: Feed[Member], missing: tuple[str, ...]) -> _Wanted:
        feed, facts = self._filled(outline)
        return _Wanted(feed=feed, facts=facts, extensions=missing)

    def _filled(self, outline: Feed[Member]) -> tuple[Feed[Member], FeedFacts]:
        """Return a feed with its members, and what its documents state of it."""
        feed = filled(self._catalog, outline, self._plan.rules)
        _, seen = self._shelf.feeds.get(feed.stem, ("", basis.EPOCH))
        updated = max((seen, *(member.updated for member in feed.members)))
        return feed, self._facts(feed, updated)

    def _facts(self, feed: Feed[Member], updated: datetime) -> FeedFacts:
        return basis.feed_facts(feed, self._site, self._settings, updated)

    def _missing(self, outline: Feed[Member]) -> tuple[str, ...]:
        """Return the extensions of a feed's documents that are not there; keep the others."""
        missing = []
        for extension, path in self._paths(outline).items():
            records = () if self._force else self._whole(path)
            self.kept.update((record.path, record) for record in records)
            if not records:
                missing.append(extension)
        return tuple(missing)

    def _whole(self, path: str) -> Sequence[DocumentRecord]:
        """Return the records of a document and its copies, if all are there, and alike.

        What was a copy under this path is none of the document that has come back.
        """
        copies = self._copies.get(path, ())
        found = [each for each in map(self._shelf.whole, (path, *copies)) if each]
        tags = {each.representations[0].etag for each in found}
        are_alike = len(found) == 1 + len(copies) and len(tags) == 1
        return found if are_alike and self._shelf.records[path].stem else ()

    def _paths(self, feed: Feed[Member]) -> dict[str, str]:
        """Return the paths of a feed's documents by extension."""
        extensions = self._extensions(is_default=feed.is_default)
        return {extension: f"{feed.stem}.{extension}" for extension in extensions}

    def _extensions(self, *, is_default: bool) -> tuple[str, ...]:
        """Return the extensions of a feed's documents; only a default order has a page."""
        formats = self._settings.feeds.formats
        return (
            (*formats, "html") if self._settings.feeds.html and is_default else formats
        )

    def _digest(self, feed: Feed[Member], facts: FeedFacts) -> str:
        """Return a digest that changes with whatever a feed's documents depend on."""
        is_ranked = feed.order in RANKED_ORDERS
        members = (
            (each.mark, (band(each.heat), band(each.quality)) if is_ranked else ())
            for each in feed.members
        )
        named = (facts.id, facts.title, facts.order)
        stated = (*named, facts.updated, facts.image, feed.keywords)
        return basis.digest(self.site_digest, *stated, *members)

    def _outlines(self) -> list[Feed[Member]]:
        """Return all feeds that are published, by stem."""
        found = (
            outline
            for selection in self._catalog.selections()
            for outline in outlines_of(selection, self._plan.rules)
        )
        return sorted(found, key=lambda feed: feed.stem)

    def _missing_lists(self) -> list[str]:
        """Return the documents that list all feeds, if they are to be made."""
        if self._plan.frozen:
            return [path for path in _LISTS if path not in self.kept]
        if self._force or self.is_relisted:
            return list(_LISTS)
        whole = {path: self._shelf.whole(path) for path in _LISTS}
        self.kept.update((path, record) for path, record in whole.items() if record)
        return [path for path, record in whole.items() if record is None]

    def _made_lists(self) -> Iterator[Draft]:
        from feeds.pipeline import render  # noqa: PLC0415 - pulls in the renderers

        feeds = self._outlines()
        facts = {feed.stem: self._facts(feed, basis.EPOCH) for feed in feeds}
        lists = render.listing(feeds, facts), render.index(self._site, feeds, facts)
        yield from (draft for draft in lists if draft.path in self._lists)
