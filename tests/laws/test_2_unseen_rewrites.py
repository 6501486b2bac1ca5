"""Law 2: a rewrite that changes nothing visible changes no byte, no ETag, no date."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.settings import Feeds, Settings
from tests.laws.site import NOW, SETTINGS, Piece, names, written
from tests.laws.strategies import ciphers, pieces, styles

_LOOSE = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LATER = NOW + timedelta(hours=2)


@_LOOSE
@given(
    site=st.lists(st.tuples(pieces, styles, styles, ciphers), min_size=1, max_size=5)
)
def test_secured_key_order_quoting_and_cache_marks_are_not_seen(newsroom, site):
    room = newsroom()
    # All dates are past at both instants: what becomes due is a visible change.
    late = [
        (replace(piece, published_at=piece.published_at - timedelta(hours=4)), *rest)
        for piece, *rest in site
    ]
    for name, (piece, style, _, _) in zip(names(5), late, strict=False):
        room.write(name, written(piece, style))
    room.build()
    before = room.footprint()
    for name, (piece, _, style, cipher) in zip(names(5), late, strict=False):
        room.write(name, written(replace(piece, secured=cipher), style))
    report = room.build(LATER)
    assert report.parsed == len(site)
    assert report.written == report.removed == ()
    assert room.footprint() == before


@_LOOSE
@given(heats=st.lists(st.integers(-1, 500), min_size=3, max_size=3))
def test_heat_is_not_seen_where_date_alone_counts(newsroom, heats):
    by_date = Settings(site=SETTINGS.site, feeds=Feeds(limit=4, orders=("latest",)))
    room = newsroom(by_date)
    pieces = [
        Piece(published_at=NOW - timedelta(hours=hours), topics=())
        for hours in range(3)
    ]
    for name, piece in zip(names(3), pieces, strict=True):
        room.write(name, written(piece))
    room.build()
    before = room.footprint()
    for name, piece, heat in zip(names(3), pieces, heats, strict=True):
        room.write(name, written(replace(piece, heat=heat)))
    room.build(LATER)
    after = room.footprint()
    seen = {name for name in after if after[name] != before[name]}
    # Providers and categories are ordered by heat by default.
    assert {name for name in seen if name.startswith("all")} == set()


@_LOOSE
@given(heat=st.integers(65, 127))
def test_heat_is_not_seen_within_its_rank_and_band(newsroom, heat):
    room = newsroom(SETTINGS)
    hot, warm, cold = (Piece(heat=heat) for heat in (600, 66, 10))
    for name, piece in zip(names(3), (hot, warm, cold), strict=True):
        room.write(name, written(piece))
    room.build()
    before = room.footprint()
    room.write(names(2)[1], written(replace(warm, heat=heat)))
    room.build(LATER)
    assert room.footprint() == before
