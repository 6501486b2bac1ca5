"""What a damaged catalog and the published documents tell is put together."""

from datetime import UTC, datetime

from feeds.catalog import FeedState, Identity, LastGood, Ledger, Memory
from feeds.pipeline.recovery import united

EARLY = datetime(2026, 11, 1, tzinfo=UTC)
LATE = datetime(2026, 11, 2, tzinfo=UTC)


def identity(significance: str, updated: datetime, path: str = "a.md") -> Identity:
    return Identity(
        path=path,
        id=f"tag:{significance or 'published'}",
        significance=significance,
        earlier="",
        updated=updated,
        first_seen=updated,
    )


def joined(salvaged: Identity, published: Identity) -> Identity:
    (found,) = united(
        Ledger(identities=(salvaged,)), Ledger(identities=(published,))
    ).identities
    return found


def test_what_was_salvaged_is_known_in_full_and_readers_have_the_id():
    found = joined(identity("s1", LATE), identity("", LATE))
    assert (found.significance, found.id) == ("s1", "tag:published")


def test_a_later_publication_leaves_an_older_significance_behind():
    found = joined(identity("s1", EARLY), identity("", LATE))
    assert (found.significance, found.updated, found.first_seen) == ("", LATE, EARLY)


def test_a_change_that_was_not_yet_published_stays():
    assert joined(identity("s1", LATE), identity("", EARLY)).updated == LATE


def test_what_only_one_knows_is_kept():
    found = united(
        Ledger(identities=(identity("s1", EARLY, "in-no-feed.md"),)),
        Ledger(identities=(identity("", EARLY, "broken-page.md"),)),
    )
    paths = {each.path for each in found.identities}
    assert paths == {"in-no-feed.md", "broken-page.md"}


def test_a_last_good_version_without_an_identity_goes():
    kept, lost = (
        LastGood(path=path, rules="", placing=b"", article=b"")
        for path in ("a.md", "b.md")
    )
    salvaged = Ledger(identities=(identity("s1", EARLY),), last_good=(kept, lost))
    assert united(salvaged, Ledger()).last_good == (kept,)


def test_the_authority_that_was_pinned_goes_before_the_one_that_ids_show():
    pinned, shown = (Memory(key="tag_authority", value=each) for each in ("a", "b"))
    found = united(Ledger(memories=(pinned,)), Ledger(memories=(shown,)))
    assert found.memories == (pinned,)


def test_a_feed_never_goes_back():
    old, new = (
        FeedState(stem="all", digest=digest, updated=updated)
        for digest, updated in (("old", EARLY), ("", LATE))
    )
    assert united(Ledger(feeds=(old,)), Ledger(feeds=(new,))).feeds == (new,)
    assert united(Ledger(feeds=(new,)), Ledger(feeds=(old,))).feeds == (new,)
