"""Header fields made from settings."""

from datetime import UTC, datetime, timedelta

import pytest

from feeds.settings import Server, Settings, Site
from server.fields import (
    caching_fields,
    document_fields,
    framing_of,
    http_date,
    iso_date,
)


def framing(base_url="https://feeds.example", **server):
    return framing_of(Settings(site=Site(base_url=base_url), server=Server(**server)))


@pytest.mark.parametrize(
    ("base_url", "url", "prefix"),
    [
        ("https://feeds.example", "https://feeds.example", ""),
        ("https://feeds.example/", "https://feeds.example", ""),
        ("https://feeds.example:8443/a/b/", "https://feeds.example:8443/a/b", "/a/b"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4", "/%C3%A4"),
    ],
    ids=["bare", "slash", "path", "non-ASCII"],
)
def test_base_url_is_ascii_without_a_trailing_slash(base_url, url, prefix):
    assert framing(base_url).base_url == url
    assert framing(base_url).prefix == prefix


def test_caching_comes_from_the_settings():
    found = framing(
        max_age=timedelta(minutes=2),
        stale_while_revalidate=timedelta(minutes=3),
        stale_if_error=timedelta(hours=1),
    )
    assert found.max_age_s == 120
    fields = dict(caching_fields(found, now_s=784_111_777, max_age_s=20))
    expected = "public, max-age=20, stale-while-revalidate=180, stale-if-error=3600"
    assert fields["Cache-Control"] == expected
    fields_ending = dict(
        caching_fields(found, now_s=784_111_777, max_age_s=20, stale_s=200)
    )
    expected = "public, max-age=20, stale-while-revalidate=180, stale-if-error=200"
    assert fields_ending["Cache-Control"] == expected
    assert fields["Expires"] == "Sun, 06 Nov 1994 08:49:57 GMT"


def test_index_page_is_linked_by_its_folder():
    found = document_fields(
        framing(),
        key="/index.html",
        media_type="text/html",
        modified=datetime(2026, 11, 14, tzinfo=UTC),
        alternates=(),
    )
    assert found.links == ("Link", '<https://feeds.example/>; rel="self"')


def test_dates():
    assert http_date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert iso_date(784_111_777.9) == "1994-11-06T08:49:37+00:00"
