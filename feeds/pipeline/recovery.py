"""A catalog that was lost or damaged: set aside, and its ledger learnt again.

From what can still be read of the file, and from what is published. So ids never
change, no date goes back, and nothing is news a second time; `feeds.pipeline.shelf`
takes care that no Last-Modified is earlier than the manifest has it.
"""

import contextlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from feeds.catalog import (
    Catalog,
    FeedState,
    Identity,
    LastGood,
    Ledger,
    open_catalog,
    salvage,
    set_aside,
)
from feeds.errors import CatalogError, DamagedError, Problem
from feeds.pipeline import basis
from feeds.settings import Settings, state_path


def learn_if_lost(catalog: Catalog, settings: Settings) -> tuple[Problem, ...]:
    """Give a catalog without a ledger that of what is published; say so if any is."""
    if catalog.has_ledger():
        return ()
    from feeds.pipeline.published import ledger_of_published  # noqa: PLC0415 - rarely

    ledger = ledger_of_published(Path(settings.output.path))
    catalog.replace_ledger(ledger)
    if not ledger.identities:
        return ()
    expected = (
        "expected the ledger of what is published; it was lost, so"
        f" {_counted(len(ledger.identities), 'id')} and dates were learnt from there"
    )
    return (_problem(state_path(settings), expected),)


def make_anew(settings: Settings, error: DamagedError, now: datetime) -> Problem:
    """Set a damaged catalog aside, and begin a new one with all that is still known.

    Raises:
        CatalogError: the state folder cannot be written.
    """
    from feeds.pipeline.published import ledger_of_published  # noqa: PLC0415 - rarely

    folder = state_path(settings)
    try:
        salvaged = _sound(salvage(Path(error.file)))
    except CatalogError:
        salvaged = Ledger()
    published = ledger_of_published(Path(settings.output.path))
    aside = set_aside(folder, now)
    with open_catalog(folder) as catalog:
        ledger = united(salvaged, published)
        catalog.replace_ledger(ledger)
        # Before the build: were that killed, nobody would salvage again.
        catalog.commit()
    expected = (
        f"expected a sound catalog: {error.fault}; set aside as {aside.name}; of"
        f" {_counted(len(ledger.identities), 'id')} with their dates"
        f" {len(salvaged.identities):,} were read from it and"
        f" {len(published.identities):,} from what is published"
    )
    return _problem(folder, expected)


def _problem(folder: Path, expected: str) -> Problem:
    return Problem(
        path=str(folder), key="catalog", expected=expected, severity="warning"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _sound(salvaged: Ledger) -> Ledger:
    """Return what was salvaged without versions of articles that decode to none."""
    return replace(salvaged, last_good=tuple(filter(is_decodable, salvaged.last_good)))


def is_decodable(row: LastGood) -> bool:
    """Whether a last good version is one that this release can read."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        placing = basis.decode_placing(row.placing)
        return basis.decode_article(row.article).path == placing.path == row.path
    return False


def united(salvaged: Ledger, published: Ledger) -> Ledger:
    """Return one ledger of two; of what they differ in, readers have the published."""
    memories = {each.key: each for each in (*published.memories, *salvaged.memories)}
    identities = {each.path: each for each in salvaged.identities}
    for seen in published.identities:
        identities[seen.path] = _identity(identities.get(seen.path), seen)
    feeds = {each.stem: each for each in salvaged.feeds}
    for feed in published.feeds:
        feeds[feed.stem] = _feed(feeds.get(feed.stem), feed)
    documents = {
        each.path: each for each in (*salvaged.documents, *published.documents)
    }
    lineages = {each.stem: each for each in (*published.lineages, *salvaged.lineages)}
    return Ledger(
        memories=tuple(memories.values()),
        identities=tuple(identities.values()),
        # An article that nobody has seen has nothing to stand in for.
        last_good=tuple(each for each in salvaged.last_good if each.path in identities),
        feeds=tuple(feeds.values()),
        documents=tuple(documents.values()),
        departed=salvaged.departed,
        lineages=tuple(lineages.values()),
    )


def _identity(salvaged: Identity | None, seen: Identity) -> Identity:
    if salvaged is None:
        return seen
    if salvaged.updated < seen.updated:
        # Of what it was when last published, the file knows nothing yet.
        return replace(seen, first_seen=salvaged.first_seen)
    return replace(salvaged, id=seen.id)


def _feed(salvaged: FeedState | None, published: FeedState) -> FeedState:
    if salvaged is None or salvaged.updated < published.updated:
        return published
    return salvaged
