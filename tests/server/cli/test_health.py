"""What `doctor` calls well, low, or wrong."""

from datetime import UTC, datetime

import pytest

from server.cli.health import premises, software

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("version", "is_mended"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((4, 0, 0), True),
    ],
    ids=str,
)
def test_r14_an_sqlite_that_may_damage_the_catalog_is_a_warning(version, is_mended):
    found = software._sqlite(version)
    assert found.status == ("ok" if is_mended else "warn")


@pytest.mark.parametrize(
    ("version", "bounds", "meets"),
    [
        ("3.11.3", "<4,>=3.11", True),
        ("4.0.0a6", "<4,>=3.11", False),
        ("3.9", "<4,>=3.11", False),
        ("3.11", ">=3.11", True),
        ("2026.6", ">=2025.1", True),
        ("5", ">=5", True),
        ("6.0.3", "", True),
    ],
    ids=lambda value: str(value) or "none",
)
def test_versions_are_compared_as_numbers(version, bounds, meets):
    assert software._meets(version, bounds) is meets


def test_a_package_that_is_not_installed_fails():
    found = software._package("no-such-package>=1")
    assert (found.status, found.what) == ("fail", "no-such-package")


def test_a_package_that_is_too_old_is_a_warning():
    found = software._package("click>=999")
    assert found.status == "warn"
    assert found.detail.endswith("expected >=999")


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "fail"),
        (datetime(2026, 1, 1, tzinfo=UTC), "ok"),
    ],
    ids=["reset", "plausible"],
)
def test_a_clock_before_the_release_fails(now, status):
    assert software._clock(now).status == status


@pytest.mark.parametrize(
    ("limit", "status"),
    [(-1, "ok"), (256, "warn"), (1_024, "ok")],
    ids=["unlimited", "few", "common"],
)
def test_descriptors(limit, status):
    assert software._descriptors(limit).status == status


@pytest.mark.parametrize(
    ("free_bytes", "free_inodes", "all_inodes", "status"),
    [
        (100 * MIB, 10, 1_000, "ok"),
        (100 * MIB - 1, 10, 1_000, "warn"),
        (100 * MIB, 9, 1_000, "warn"),
        (100 * MIB, 0, 0, "ok"),
    ],
    ids=["enough", "low space", "low inodes", "no inodes counted"],
)
def test_room(free_bytes, free_inodes, all_inodes, status):
    found = premises._room(
        "output",
        free_bytes=free_bytes,
        free_inodes=free_inodes,
        all_inodes=all_inodes,
    )
    assert found.status == status
