"""Law 1: same articles, settings, ledger and `now` give the same bytes, anywhere."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.generate import articles as generated
from tests.laws.site import NOW, names, written
from tests.laws.strategies import pieces

_LOOSE = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@_LOOSE
@given(site=st.lists(pieces, min_size=1, max_size=6))
def test_folder_times_and_workers_leave_no_trace(newsroom, site):
    here, there = newsroom(), newsroom()
    for name, piece in zip(names(6), site, strict=False):
        here.write(name, written(piece))
    # Written in another order, at other times.
    for name, piece in reversed(list(zip(names(6), site, strict=False))):
        there.write(name, written(piece))
    here.build(jobs=1)
    there.build(jobs=2)
    assert there.dated_files() == here.dated_files()


@_LOOSE
@given(before=st.lists(pieces, min_size=2, max_size=5), after=pieces)
def test_same_history_same_bytes(newsroom, before, after):
    sites = newsroom(), newsroom()
    for site, jobs in zip(sites, (1, 2), strict=True):
        for name, piece in zip(names(5), before, strict=False):
            site.write(name, written(piece))
        site.build(jobs=jobs)
        site.write(names(1)[0], written(after))
        site.build(NOW + timedelta(hours=1), jobs=jobs)
    assert sites[1].dated_files() == sites[0].dated_files()


def test_worker_processes_change_nothing(newsroom):
    here, there = newsroom(), newsroom()
    for name, text in generated(300):
        here.write(name, text)
        there.write(name, text)
    assert here.build(jobs=1).articles == 300
    there.build(jobs=2)
    assert there.dated_files() == here.dated_files()


@_LOOSE
@given(site=st.lists(pieces, min_size=1, max_size=5), hours=st.integers(13, 9_000))
def test_no_document_states_when_it_was_made(newsroom, site, hours):
    early, late = newsroom(), newsroom()
    for name, piece in zip(names(5), site, strict=False):
        early.write(name, written(piece))
        late.write(name, written(piece))
    # Both after the last date, so that both publish the same articles.
    early.build(NOW + timedelta(hours=3))
    late.build(NOW + timedelta(hours=hours))
    made_early, made_late = early.files(), late.files()
    for both in (made_early, made_late):
        del both["manifest.json"]  # holds Last-Modified
    assert made_late == made_early
