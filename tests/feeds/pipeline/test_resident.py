"""Builds by one that stays, and what their reports say for those who follow them."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.errors import SettingsError
from feeds.output import read_manifest
from feeds.pipeline.resident import Resident
from tests.feeds.pipeline.conftest import ARTICLE, BROKEN, NOW


@pytest.fixture
def resident(desk):
    desk.write("a.md")
    return Resident(desk.settings, jobs=1)


def build(resident, now=NOW):
    return resident.build(None, now=now, clock=time.time_ns)


def manifest(desk):
    return read_manifest(Path(desk.settings.output.path))


def test_it_says_what_differs_from_the_manifest_before(desk, resident):
    first = build(resident)
    assert {*first.changed} == {*manifest(desk).documents}
    assert (first.before, first.gone) == ("", ())
    desk.write("a.md", "---\ntitle: Another\ndate: 2026-11-01\ntags: x\n---\n")
    before = {*manifest(desk).documents}
    second = build(resident)
    assert {*second.changed} == {*manifest(desk).documents} - before
    assert second.before == first.after != second.after


def test_a_build_that_changes_nothing_says_so(resident):
    first = build(resident)
    again = build(resident)
    assert (again.changed, again.gone) == ((), ())
    assert again.before == again.after == first.after


def test_what_ends_is_gone_once(desk, resident):
    desk.write("b.md", "---\ntitle: B\ndate: 2026-11-01\ntopics: [Fog]\n---\n")
    build(resident)
    (desk.articles / "b.md").unlink()
    report = build(resident)
    assert report.gone == ("topics/fog.json", "topics/fog/latest.json")
    assert set(report.gone) <= {*manifest(desk).gone}
    assert build(resident).gone == ()


def test_the_next_change_is_that_of_an_article_dated_ahead(desk, resident):
    assert build(resident).next_change is None
    due = NOW + timedelta(hours=3)
    desk.write("b.md", ARTICLE.format(title="B", date=due.isoformat()))
    assert build(resident).next_change == due
    at_last = build(resident, due)
    assert at_last.next_change is None
    assert at_last.published == 2


def test_what_may_be_half_written_is_pending(desk, resident):
    desk.write("b.md", BROKEN, age_s=0.5)
    assert build(resident).pending == 1


def test_an_error_leaves_it_able_to_build(desk, resident):
    aside = desk.articles.rename(desk.root / "aside")
    with pytest.raises(SettingsError):
        build(resident)
    aside.rename(desk.articles)
    assert build(resident, datetime(2026, 11, 21, tzinfo=UTC)).published == 1
