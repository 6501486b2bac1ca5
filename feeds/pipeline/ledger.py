"""What the ledger says of articles: which are new to it, and which have changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feeds.catalog import ArticleRow, Identity
from feeds.entry import tag_uri
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.plan import Placing

_EARLIER_KEPT = 8  # significances remembered, to know an old state when it comes back


def identified(
    rows: Sequence[ArticleRow],
    identities: Mapping[str, Identity],
    authority: str,
    now: datetime,
    *,
    is_unchanged: Callable[[ArticleRow, Placing], bool],
) -> Iterator[Identity]:
    """Yield the identities that are new or had a significant change.

    A file that `is_unchanged` since it was last read says what it said: if that now
    means something else (by another rule or setting of ours, by other data of its time
    zone), it is no change of the article's. Nor is what it said `formerly`, by the rules
    of an older release.
    """
    for row in rows:
        if row.placing is None:
            continue
        placing = basis.decode_placing(row.placing)
        old = identities.get(placing.path)
        if old is None:
            yield _new(placing, authority, now)
        elif not old.significance:
            yield _met_again(old, placing, now)
        elif old.significance == placing.significance:
            updated = _within(old, dated(placing, old), now)
            if updated != old.updated:
                yield replace(old, updated=updated)
        elif is_unchanged(row, placing) or old.significance == placing.formerly:
            yield _read_otherwise(old, dated(placing, old), now)
        else:
            yield _changed(old, dated(placing, old), now)


def reconciled(
    placings: Iterable[Placing], identities: Mapping[str, Identity], now: datetime
) -> Iterator[Identity]:
    """Yield the identities whose `updated` their source's policy on dates moves.

    Of a broken file that is the last good version's, which brings no significance.
    """
    for placing in placings:
        old = identities[placing.path]
        updated = _within(old, dated(placing, old), now)
        if updated != old.updated:
            yield replace(old, updated=updated)


def _new(placing: Placing, authority: str, now: datetime) -> Identity:
    identity = Identity(
        path=placing.path,
        id=tag_uri(authority, "article", placing.path),
        significance=placing.significance,
        earlier="",
        updated=_published(placing),
        first_seen=now.replace(microsecond=0),
    )
    if not placing.is_clamped:
        return identity
    return replace(identity, updated=_published(dated(placing, identity)))


def _met_again(old: Identity, placing: Placing, now: datetime) -> Identity:
    """Return an identity of which only what was published is known.

    Had the article changed since, nobody could tell; told as news, every article would
    be news again.
    """
    updated = _within(old, dated(placing, old), now)
    return replace(old, significance=placing.significance, updated=updated)


def _published(placing: Placing) -> datetime:
    return datetime.fromtimestamp(int(placing.published_ts), UTC)


def _changed(old: Identity, placing: Placing, now: datetime) -> Identity:
    significance = placing.significance
    if placing.is_clamped:
        old = replace(old, updated=_within(old, placing, now))
    if not old.earlier and old.updated > now:
        # Held until its date, so nobody saw it: it is still as new.
        return replace(old, significance=significance, updated=_published(placing))
    earlier = old.earlier.split()
    # What swings back to a state it had is no news.
    returns = significance in earlier
    later = max(now, _published(placing), old.updated + timedelta(seconds=1))
    kept = [old.significance, *(each for each in earlier if each != significance)]
    return replace(
        old,
        significance=significance,
        earlier=" ".join(kept[:_EARLIER_KEPT]),
        updated=old.updated if returns else later,
    )


def _read_otherwise(old: Identity, placing: Placing, now: datetime) -> Identity:
    """Return the identity of an article that is read otherwise, and is the same.

    Only what says that it was updated before it was published says so no longer.
    """
    if not old.earlier and old.updated > now:
        updated = _published(placing)  # held until its date, as in `_changed`
    else:
        updated = _within(old, placing, now)
    return replace(old, significance=placing.significance, updated=updated)


def _within(old: Identity, placing: Placing, now: datetime) -> datetime:
    """Return `updated` as it must be where its source's policy on dates ahead changed.

    An article that was held is now published, or the other way round.
    """
    published = _published(placing)
    if placing.is_clamped and old.updated > now:
        return max(published, now) if old.earlier else published
    return max(old.updated, published)
