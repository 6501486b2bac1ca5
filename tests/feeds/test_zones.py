"""Zones follow the data on this machine, even in one long life."""

from datetime import UTC, datetime, timedelta

import pytest

from feeds import zones
from tests.feeds.zone_data import write_zone, zones_in


@pytest.fixture
def folders(tmp_path):
    """Two folders of zone data, the better one first."""
    found = [tmp_path / "best", tmp_path / "second"]
    with zones_in(*found):
        yield found


def offset():
    return zones.zone_of("Test/Zone").utcoffset(datetime(2026, 1, 1, tzinfo=UTC))


def test_new_data_are_another_zone_and_another_digest(folders):
    file = folders[0] / "Test" / "Zone"
    write_zone(file, 1)
    assert offset() == timedelta(hours=1)
    first, again = zones.digest_of("Test/Zone"), zones.digest_of("Test/Zone")
    write_zone(file, 2)
    assert offset() == timedelta(hours=2)
    assert first == again != zones.digest_of("Test/Zone")


def test_data_in_a_better_place_count_as_soon_as_they_are_there(folders):
    write_zone(folders[1] / "Test" / "Zone", 1)
    first = zones.digest_of("Test/Zone")
    write_zone(folders[0] / "Test" / "Zone", 2)
    assert offset() == timedelta(hours=2)
    assert zones.digest_of("Test/Zone") != first
    (folders[0] / "Test" / "Zone").unlink()
    assert offset() == timedelta(hours=1)
    assert zones.digest_of("Test/Zone") == first


def test_the_same_data_elsewhere_are_the_same(folders):
    write_zone(folders[1] / "Test" / "Zone", 1)
    first = zones.digest_of("Test/Zone")
    write_zone(folders[0] / "Test" / "Zone", 1)
    assert zones.digest_of("Test/Zone") == first


def test_every_place_of_a_zone_is_known_before_anything_is_there(folders):
    found = [str(each) for each in zones.candidates("Test/Zone")]
    assert found[:2] == [str(folder / "Test" / "Zone") for folder in folders]


@pytest.mark.usefixtures("folders")
def test_what_the_package_has_is_found_where_the_system_has_none():
    assert zones.digest_of("Europe/Berlin") != zones.digest_of("Europe/London")
    zone = zones.zone_of("Europe/Berlin")
    assert zone.utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) == timedelta(hours=1)


def test_utc_has_no_data_to_change():
    assert zones.digest_of("UTC") == ""
