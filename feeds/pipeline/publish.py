"""From the placements to the output folder: what differs is rendered, and written."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.catalog import Catalog
from feeds.errors import PublishError
from feeds.output import MANIFEST, Publication
from feeds.pipeline import lineages
from feeds.pipeline.drafting import Drafts, Plan
from feeds.pipeline.placing import Placer
from feeds.pipeline.report import Progress
from feeds.pipeline.shelf import Shelf, look_at
from feeds.pipeline.standins import Standins
from feeds.settings import Settings
from feeds.snapshot import (
    SUFFIXES,
    Coding,
    DocumentRecord,
    Draft,
    Representation,
    encoded,
    etag_of,
)

if TYPE_CHECKING:  # a build with nothing new needs neither formats nor processes
    from feeds.pipeline.render import Render
    from feeds.pipeline.workers import Bench

_FOREIGN = "exists, and is not ours; move it away, or build with --force"
# Takes five times as long as all others together: half the time until a change is visible.
_SLOW: frozenset[Coding] = frozenset(("br",))
_IN_FLIGHT = 64  # documents being encoded at once: bounds memory, keeps the cores busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication did: paths written and removed, entries rendered.

    `shelf` is what is published now; `changed` are the records that the manifest before
    did not have, `gone` the paths that it did not yet call so. `is_news` says that a
    document differs, and not just its codings. `failed` are the paths of articles that
    could not be rendered.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    rendered: int
    shelf: Shelf
    changed: tuple[DocumentRecord, ...]
    gone: tuple[str, ...]
    is_news: bool
    failed: frozenset[str]


def publish(
    catalog: Catalog,
    plan: Plan,
    settings: Settings,
    *,
    now: datetime,
    jobs: int,
    progress: Progress,
    force: bool = False,
    dry_run: bool = False,
    shelf: Shelf | None = None,
    bench: "Bench | None" = None,
    render: "Render | None" = None,
) -> Published:
    """Make the output folder hold exactly the feeds that the catalog's placements give.

    With the `shelf` that the publication before returned, only what is touched is
    looked at; it is changed, and of no use after an error. What changes then is published
    without the slow codings, and gets them once a publication has nothing else to do. The
    ledger is committed before the first document becomes visible, so a kill in between
    loses neither an id nor a Last-Modified. What cannot be rendered costs no other entry
    (see `feeds.pipeline.standins`). On the `bench` a worker waits for the next build;
    `render` stands in for `feeds.pipeline.render.fragments_of`.

    Raises:
        PublishError: something could not be written; the old documents stay.
    """
    plan = _followed(catalog, plan)
    is_known = shelf is not None
    shelf = shelf or look_at(Path(settings.output.path), catalog)
    codings = settings.output.encodings
    if is_known and plan.touched:
        codings = tuple(each for each in codings if each not in _SLOW)
    elif is_known and plan.touched is not None:
        plan = replace(plan, touched=shelf.unfinished)
    shelf.codings = codings
    if shelf.is_of_others and not force:
        raise PublishError(f"{MANIFEST}: {_FOREIGN}")
    drafts, failed = _drafted(
        catalog,
        plan,
        settings,
        shelf,
        now=now,
        jobs=jobs,
        is_known=is_known,
        force=force,
        bench=bench,
        render=render,
    )
    with Publication(Path(settings.output.path), dry_run=dry_run) as publication:
        stage = _Stage(publication, shelf, now, force=force)
        made = stage.all(drafts.missing(), drafts.total, jobs, progress)
        changed = [r for path, r in made.items() if shelf.records.get(path) != r]
        ended = drafts.ended(made)
        gone = shelf.gone
        are_shown = bool(changed) and not ended and all(map(shelf.shows, changed))
        stale = shelf.replace(made, ended, drafts.ledger)
        shelf.moved = drafts.moved
        if not is_known:
            stale = sorted({*stale, *shelf.settle()})
        is_finished = codings == settings.output.encodings
        shelf.unfinished = set() if is_finished else shelf.unfinished | drafts.bases
        written = publication.files
        content = shelf.manifest()
        if not dry_run:
            catalog.store_feeds(drafts.ledger)
            shelf.record(catalog, made, content)
            catalog.commit()
            if written or stale or content != shelf.content:
                publication.commit(content, stale, modified=now)
            shelf.end(content)
    return Published(
        written=written,
        removed=tuple(stale),
        rendered=drafts.rendered,
        shelf=shelf,
        changed=tuple(changed),
        gone=tuple(sorted(shelf.gone - gone)),
        is_news=bool(written or stale) and not are_shown,
        failed=failed,
    )


def _drafted(
    catalog: Catalog,
    plan: Plan,
    settings: Settings,
    shelf: Shelf,
    *,
    now: datetime,
    jobs: int,
    is_known: bool,
    force: bool,
    bench: "Bench | None",
    render: "Render | None",
) -> tuple[Drafts, frozenset[str]]:
    """Return drafts whose entries are all rendered, and the paths of those that failed.

    Whatever fails is published no more, or as what stands in for it, so there are other
    drafts then; of each article nothing is left that could fail after the second time.
    """
    failed: set[str] = set()
    rendered = 0
    while True:
        drafts = Drafts(catalog, plan, settings, shelf, is_known=is_known, force=force)
        lost = drafts.rendered_ahead(jobs=jobs, bench=bench, render=render)
        rendered = drafts.rendered = rendered + drafts.rendered
        if not lost:
            return drafts, frozenset(failed)
        drafts.undo()
        failed |= lost.keys()
        standins = Standins(
            catalog=catalog,
            placer=Placer(catalog=catalog, rules=plan.rules, now_ts=now.timestamp()),
            site_digest=drafts.site_digest,
            extensions=drafts.extensions,
            since=plan.since,
            now=now,
        )
        touched = standins.put(lost)
        if plan.touched is not None:
            plan = replace(plan, touched={*plan.touched, *touched})
        lineages.unmake(catalog, touched)
        plan = _followed(catalog, plan)


def _followed(catalog: Catalog, plan: Plan) -> Plan:
    """Have lineages follow what is placed; return the plan with all that this touches."""
    touched = lineages.follow(
        catalog,
        plan.rules,
        plan.terms,
        plan.tag_authority,
        touched=plan.touched,
        frozen=plan.frozen,
    )
    return replace(plan, touched=touched)


class _Stage:
    """Gives documents their validators and codings, and stages what is new of them."""

    def __init__(
        self,
        publication: Publication,
        shelf: Shelf,
        now: datetime,
        *,
        force: bool,
    ) -> None:
        self._force = force
        self._publication = publication
        self._shelf = shelf
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
        self._refuse_foreign(draft.path)
        etag = etag_of(draft.body)
        modified = self._last_modified(draft.path, etag)
        was = None if self._force else self._shelf.whole(draft.path)
        if was and was.representations[0].etag == etag:
            return was  # perhaps with more codings than are wanted now
        representations = []
        for coding, content in encoded(draft.body, self._shelf.codings):
            representation = Representation(
                coding=coding,
                file=draft.path + SUFFIXES[coding],
                size_bytes=len(content),
                etag=etag if coding == "identity" else etag_of(content),
            )
            representations.append(representation)
            if not self._shelf.holds(representation, modified):
                self._refuse_foreign(representation.file)
                self._publication.stage(representation.file, content, modified)
        return DocumentRecord(
            path=draft.path,
            media_type=draft.media_type,
            stem=draft.stem,
            last_modified=modified,
            representations=tuple(representations),
        )

    def _refuse_foreign(self, file: str) -> None:
        if not self._force and self._shelf.owned.is_foreign(file):
            raise PublishError(f"{file}: {_FOREIGN}")

    def _last_modified(self, path: str, etag: str) -> datetime:
        """Return when these bytes came to be.

        RFC 9110, 8.8.2: an If-Modified-Since client must not be left behind by two
        changes within one second, so every change is a second later than the last.
        """
        before, modified = self._shelf.validators.get(path, ("", None))
        if modified is None:
            return self._now
        if before == etag:
            return modified
        return max(self._now, modified + timedelta(seconds=1))
