"""Dates with fractions of a second."""

from datetime import datetime

import feedparser
import pytest

from tests.input.samples import IN_ALL

DATES = (
    *("2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.000001+02:00"),
    *("2024-01-02 03:04:05.9", "2024-01-02T23:59:59.999999Z", "2024-01-02T03:04:05Z"),
)


@pytest.mark.parametrize("date", DATES)
def test_nothing_is_updated_before_it_is_published(desk_of, date):
    desk = desk_of(feeds=IN_ALL)
    desk.write("a.md", f"---\ntitle: A\ndate: {date}\n---\nText.\n")
    desk.build()
    (item,) = desk.entries()
    (entry,) = feedparser.parse((desk.output / "all.atom").read_bytes()).entries
    for published, updated in (
        (item["date_published"], item["date_modified"]),
        (entry.published, entry.updated),
    ):
        assert datetime.fromisoformat(published) <= datetime.fromisoformat(updated)


def test_they_decide_the_sequence_all_the_same(desk):
    for name, fraction in (("a", "100"), ("b", "900"), ("c", "500")):
        date = f"2024-01-02T03:04:05.{fraction}Z"
        desk.write(f"{name}.md", f"---\ntitle: {name}\ndate: {date}\n---\n")
    desk.build()
    assert desk.titles() == ["b", "c", "a"]
