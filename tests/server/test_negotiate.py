"""RFC 9110, 12: content negotiation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiate import (
    coding_for,
    combined,
    formats_for,
    is_html_preferred,
)
from tests.clients import BROWSERS, READERS

BY_SIZE = ("br", "zstd", "gzip", "identity")
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
MINIFLUX = (
    "application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, "
    "application/feed+json, text/html, */*;q=0.9"
)
FEEDPARSER = (
    "application/atom+xml,application/rdf+xml,application/rss+xml,"
    "application/x-netcdf,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
)


class TestAcceptEncoding:
    """RFC 9110, 12.5.3: a coding with weight 0 is "not acceptable"; identity is
    acceptable unless excluded by "identity;q=0" or "*;q=0".
    """

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            pytest.param(None, "identity", id="no header"),
            pytest.param("", "identity", id="empty"),
            pytest.param("identity", "identity", id="identity"),
            pytest.param("gzip", "gzip", id="gzip"),
            pytest.param("gzip, deflate, br, zstd", "br", id="smallest of equals"),
            pytest.param("gzip, zstd", "zstd", id="smallest offered"),
            pytest.param("gzip;q=1.0, br;q=0.5", "gzip", id="weight before size"),
            pytest.param("br;q=0, gzip;q=0.001", "gzip", id="refused by zero"),
            pytest.param("gzip;q=0", "identity", id="only refused"),
            pytest.param("gzip;q=0.0, *", "br", id="star matches the others"),
            pytest.param("*", "br", id="star"),
            pytest.param("*;q=0", "identity", id="all refused"),
            pytest.param("identity;q=0", "identity", id="nothing acceptable"),
            pytest.param("identity;q=0, gzip;q=0.5", "gzip", id="no identity"),
            pytest.param("identity;q=0, *", "br", id="anything but identity"),
            pytest.param("identity, gzip;q=0.5", "identity", id="identity preferred"),
            pytest.param("gzip;q=0.001", "gzip", id="named beats unnamed identity"),
            pytest.param("deflate, compress", "identity", id="none we have"),
            pytest.param("GZIP;Q=0.5", "gzip", id="upper case"),
            pytest.param("x-gzip", "gzip", id="old name"),
            pytest.param(" gzip ; q=0.8 ,\tbr ; q=0.1", "gzip", id="blanks"),
            pytest.param("gzip;q=high", "identity", id="bad weight"),
            pytest.param("gzip;q=2, br", "br", id="weight above one"),
            pytest.param("gzip;q=0.1234, br", "br", id="four digits"),
            pytest.param(",,;;q=1,=,gzip", "gzip", id="junk"),
            pytest.param("gzip-ish, notbr", "identity", id="substrings"),
        ],
    )
    def test_choice(self, header, expected):
        assert coding_for(header, BY_SIZE) == expected

    def test_only_what_exists_is_chosen(self):
        assert coding_for("gzip, br", ("identity",)) == "identity"
        assert coding_for("gzip, br", ("gzip", "identity")) == "gzip"

    @given(st.none() | st.text())
    def test_any_header_gets_something_that_exists(self, header):
        assert coding_for(header, BY_SIZE) in BY_SIZE


class TestAccept:
    """HTML where text/html is preferred over every feed type, or alone is named."""

    @pytest.mark.parametrize(("accept", "expected"), READERS.values(), ids=READERS)
    def test_a_reader_gets_a_feed(self, accept, expected):
        assert formats_for(accept)[0] == expected
        assert formats_for(accept.upper() if accept else accept)[0] == expected

    @pytest.mark.parametrize("accept", BROWSERS.values(), ids=BROWSERS)
    def test_a_browser_gets_a_page(self, accept):
        assert formats_for(accept)[0] == "html"
        assert is_html_preferred(accept)

    @pytest.mark.parametrize(
        ("accept", "expected"),
        [
            pytest.param(None, "atom", id="no header"),
            pytest.param("*/*", "atom", id="anything"),
            pytest.param("", "atom", id="empty"),
            pytest.param("image/png", "atom", id="nothing that we have"),
            pytest.param(FIREFOX, "html", id="Firefox"),
            pytest.param(CHROME, "html", id="Chrome"),
            pytest.param("text/html", "html", id="only HTML"),
            pytest.param("text/*", "html", id="some text"),
            pytest.param(MINIFLUX, "atom", id="Miniflux"),
            pytest.param(FEEDPARSER, "atom", id="feedparser"),
            pytest.param("application/rss+xml", "rss", id="only RSS"),
            pytest.param("application/rss+xml, */*;q=0.1", "rss", id="RSS rather"),
            pytest.param("application/rss+xml, application/atom+xml", "atom", id="tie"),
            pytest.param("application/feed+json", "json", id="JSON Feed"),
            pytest.param("application/json", "json", id="plain JSON"),
            pytest.param("application/xml", "atom", id="any XML"),
            pytest.param("text/html, application/json", "json", id="HTML ties"),
            pytest.param("application/atom+xml;q=0, */*", "rss", id="not Atom"),
            pytest.param(
                "application/atom+xml;type=feed;q=0.9, text/html;q=0.8",
                "atom",
                id="parameters",
            ),
            pytest.param("TEXT/HTML;Q=1, APPLICATION/*;Q=0.5", "html", id="upper case"),
            pytest.param("text/html;q=x, */*", "atom", id="bad weight"),
            pytest.param("*/*;q=0", "atom", id="nothing at all"),
            pytest.param("text/html, application/*", "html", id="HTML alone is named"),
            pytest.param("*/*;q=.5, text/html;q=0.4", "html", id="illegal weight"),
            pytest.param("*/*;q=0.5, text/html;q=0.5", "html", id="at a lower weight"),
            pytest.param("text/html;q=0.9, */*", "atom", id="a page rather not"),
            pytest.param("text/html, text/xml, */*", "atom", id="XML is named, too"),
            pytest.param("text/html, application/json, */*", "atom", id="so is JSON"),
            pytest.param("text/*, */*", "atom", id="no type is named"),
            pytest.param(
                "text/html, application/rss+xml;q=0.5, */*", "html", id="RSS less"
            ),
            pytest.param("text/html;q=0, */*;q=0", "atom", id="all refused"),
        ],
    )
    def test_first_choice(self, accept, expected):
        assert formats_for(accept)[0] == expected

    @pytest.mark.parametrize(
        ("accept", "expected"),
        [
            pytest.param(
                "application/rss+xml;quality=high, */*;q=0.1", "rss", id="quality"
            ),
            pytest.param("application/rss+xml;qs=0, */*;q=0.1", "rss", id="qs"),
            pytest.param("application/rss+xml;q1=0, */*;q=0.1", "rss", id="q1"),
            pytest.param("application/rss+xml;q, */*;q=0.1", "atom", id="no value"),
            pytest.param(
                "application/rss+xml;quality=0;Q=0.9, text/html;q=0.8", "rss", id="both"
            ),
            pytest.param(
                'application/rss+xml;title="a,b;q=0", */*;q=0.1', "rss", id="quoted"
            ),
            pytest.param(
                'application/rss+xml;title="\\";q=0", */*;q=0.1', "rss", id="escaped"
            ),
            pytest.param(
                'text/html;q=0.2;x=",application/rss+xml,", */*;q=0.1',
                "html",
                id="a type in a quoted string",
            ),
            pytest.param(
                'application/rss+xml, text/html;x="open, application/atom+xml',
                "rss",
                id="never closed",
            ),
            pytest.param('application/rss+xml;q="1", */*', "atom", id="quoted weight"),
            pytest.param(
                "application/rss+xml ; q = 0.9 , */*;q=0.1", "rss", id="blanks"
            ),
        ],
    )
    def test_only_q_is_the_weight(self, accept, expected):
        """RFC 9110, 12.4.2 and 5.6.6: a parameter's name is the whole of it, and a
        quoted string separates nothing.
        """
        assert formats_for(accept)[0] == expected

    def test_ties_keep_the_order(self):
        assert formats_for("*/*") == ("atom", "rss", "json", "html")

    @given(st.none() | st.text())
    def test_every_format_is_ranked_once(self, accept):
        assert sorted(formats_for(accept)) == ["atom", "html", "json", "rss"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, False),
        ("*/*", False),
        (FIREFOX, True),
        ("text/html", True),
        ("application/problem+json, text/html", False),
        ("application/json", False),
        (MINIFLUX, True),
    ],
)
def test_browsers_get_html_problems(accept, expected):
    assert is_html_preferred(accept) is expected


def test_several_lines_are_one_list():
    assert combined([]) is None
    assert combined(["a"]) == "a"
    assert combined(["a", "b"]) == "a, b"
