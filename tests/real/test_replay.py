"""The real edits of a site in its first weeks, commit by commit."""

from datetime import datetime
from itertools import pairwise

import pytest

from feeds.pipeline.commits import opened
from feeds.pipeline.quiet import score
from feeds.pipeline.replay import replay
from feeds.settings import Settings
from tests.real.conftest import SHARED

LAUNCH = SHARED / "replay" / "diablo4-2020-launch"
# All of it takes longer, and is run by `stoker replay`.
COMMITS = 12

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(not LAUNCH.is_dir(), reason="needs the recorded launch"),
]


@pytest.fixture(scope="module")
def launch():
    with opened(LAUNCH) as history:
        return replay(history, Settings(), limit=COMMITS)


def test_no_document_changes_in_vain(launch):
    assert launch.tally.changed > 100
    assert score(launch.tally) == 1


def test_nothing_goes_back(launch):
    assert launch.tally.findings == ()


def test_a_history_begun_later_ends_the_same(launch):
    with opened(LAUNCH) as history:
        dates = [step.at for step in history.steps]
    assert all(one <= two for one, two in pairwise(dates))
    with opened(LAUNCH, since=dates[COMMITS - 2], until=dates[COMMITS - 1]) as history:
        done = replay(history, Settings())
    assert isinstance(done.last, datetime)
    assert (done.commits, done.last) == (2, launch.last)
    assert done.tally.findings == ()
