"""What clients are known to send as Accept, and what a bare path is to answer them."""

from collections.abc import Mapping

# With the format that each has always got. Those that name no type stand for many.
READERS: Mapping[str, tuple[str | None, str]] = {
    "curl, newsboat, requests": ("*/*", "atom"),
    "Feedbin": (None, "atom"),
    "feedparser 5": (
        (
            "application/atom+xml,application/rdf+xml,application/rss+xml,"
            "application/x-netcdf,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
        ),
        "atom",
    ),
    "feedparser 6": (
        (
            "application/atom+xml, application/rdf+xml, application/rss+xml, "
            "application/feed+json, application/json;q=0.9, application/xml;q=0.9, "
            "text/xml;q=0.2, */*;q=0.1"
        ),
        "atom",
    ),
    "Miniflux": (
        (
            "application/xml, application/atom+xml, application/rss+xml, "
            "application/rdf+xml, application/feed+json, text/html, */*;q=0.9"
        ),
        "atom",
    ),
    "SimplePie, FreshRSS": (
        (
            "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
            "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, "
            "unknown/unknown;q=0.1, application/unknown;q=0.1, */*;q=0.1"
        ),
        "atom",
    ),
    "Liferea": (
        "application/atom+xml,application/xml;q=0.9,text/xml;q=0.8,*/*;q=0.7",
        "atom",
    ),
    "RSS before the others": (
        (
            "application/rss+xml, application/rdf+xml;q=0.8, application/atom+xml;q=0.6, "
            "application/xml;q=0.4, text/xml;q=0.4"
        ),
        "rss",
    ),
    "rss-parser": ("application/rss+xml", "rss"),
    "all at once": (
        (
            "application/rss+xml, application/rdf+xml, application/atom+xml, "
            "application/xml, text/xml, */*"
        ),
        "atom",
    ),
    "all, then pages": (
        (
            "application/rss+xml, application/rdf+xml, application/atom+xml, "
            "application/xml, text/xml, text/html;q=0.9"
        ),
        "atom",
    ),
    "JSON Feed": ("application/feed+json, application/json", "json"),
    "XML readers": ("text/xml, application/xml", "atom"),
}
# All of these are to get the page.
BROWSERS: Mapping[str, str] = {
    "Firefox, Safari": (
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    ),
    "Chrome": (
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
        "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
    ),
    "w3m 0.5.3": "text/html, text/*;q=0.5, image/*",
    "w3m of Debian": "text/html, text/*;q=0.5, image/*, application/*",
    "w3m at its shortest": "text/html, */*",
    "Lynx": (
        "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"
    ),
    "Internet Explorer": "text/html, application/xhtml+xml, */*",
    "old versions of Edge": "text/html, application/xhtml+xml, image/jxr, */*",
}
