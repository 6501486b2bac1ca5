"""HTML: a page a feed for people, which also advertises the feed's documents.

A feed's siblings are named here (and in HTTP `Link` headers), not in the feeds.
"""

from collections.abc import Iterable, Iterator, Sequence
from email.utils import format_datetime
from html import escape

from feeds.article import Enclosure
from feeds.entry import Entry, FeedFacts, Item, SiteFacts

_TYPES = {
    "atom": ("application/atom+xml", "Atom"),
    "rss": ("application/rss+xml", "RSS"),
    "json": ("application/feed+json", "JSON Feed"),
}
# Colours of our own, as browsers differ in theirs: each is readable on the page, 4.5:1
# or more (WCAG 2.2, 1.4.3). `color-scheme` belongs on the root, or the canvas stays light.
_STYLE = (
    ":root{color-scheme:light dark;--page:#fff;--text:#1c1c21;--quiet:#55565f;"
    "--link:#0b50c4;--visited:#6a35a5}"
    "@media (prefers-color-scheme:dark){:root{--page:#17181c;--text:#e7e7ec;"
    "--quiet:#a9abb6;--link:#8ab4f8;--visited:#c9a9f6}}"
    "html{background:var(--page);color:var(--text)}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;"
    "padding:0 1rem}a{color:var(--link)}a:visited{color:var(--visited)}"
    "ol{padding:0;list-style:none}li{margin:0 0 1.25rem}h1{line-height:1.2}"
    "h2{font-size:1.1rem;margin:0}p{margin:.25rem 0}small{color:var(--quiet)}"
    "nav a{margin-right:1rem}"
)


def fragment(entry: Entry) -> bytes:
    """Return the list item of an entry."""
    title = f'<a href="{escape(entry.link)}">{escape(entry.title)}</a>'
    when = entry.published_at
    time = f'<time datetime="{when.isoformat()}">{format_datetime(when)}</time>'
    who = f"{escape(entry.provider)} · " if entry.provider else ""
    summary = f"<p>{escape(entry.summary)}</p>" if entry.summary else ""
    media = "".join(f" · {_player(each)}" for each in entry.enclosures)
    facts = f"<small>{who}{time}{media}</small>"
    return f"<li><h2>{title}</h2>{summary}{facts}</li>".encode()


_INVITATIONS = {"audio": "Listen", "video": "Watch"}


def _player(enclosure: Enclosure) -> str:
    invitation = _INVITATIONS.get(enclosure.media_type.partition("/")[0], "Download")
    minutes = -(-enclosure.duration_s // 60)
    length = f" ({minutes} min)" if minutes else ""
    kind = escape(enclosure.media_type)
    return f'<a href="{escape(enclosure.url)}" type="{kind}">{invitation}</a>{length}'


def document(feed: FeedFacts, items: Sequence[Item]) -> bytes:
    """Return the page of a feed."""
    rows = b"\n".join(item.fragment for item in items) or b"<li>Nothing yet.</li>"
    listing = b"<ol>\n" + rows + b"\n</ol>"
    links = "".join(_subscriptions(feed))
    body = f"<nav>{links}</nav>\n".encode() + listing
    # RFC 6596: under an old name of the feed, a copy says which address is the right one.
    canonical = f'<link rel="canonical" href="{escape(feed.twin_url)}">\n'
    heads = f"{canonical}{_alternates(feed)}"
    return _page(feed.site, feed.title, feed.description, body, heads)


def index(site: SiteFacts, feeds: Iterable[FeedFacts]) -> bytes:
    """Return the page that lists all feeds."""
    listed = list(feeds)
    lists = "\n".join(
        f"{heading}<ol>\n{rows}\n</ol>"
        for folder, heading in _HEADINGS.items()
        if (rows := _rows(listed, folder))
    )
    about = (
        '<section id="json-feed-extension"><h2>JSON Feed extension</h2><p>In our JSON '
        "feeds <code>_stoker</code> holds: <code>type</code>, <code>provider</code>, "
        "<code>images</code>, <code>related</code> and <code>amp</code> of the article; "
        "in feeds ordered by heat also <code>heat</code> and <code>quality</code>, as "
        "the power of two at or below them.</p></section>"
    )
    body = f"{lists}\n{about}".encode()
    heads = "".join(_alternates(feed) for feed in listed if feed.stem == "all")
    return _page(site, site.title, site.description, body, heads)


# The first folder of a feed's stem, in the order of the page.
_HEADINGS = {
    "all": "",
    "topics": "<h2>Topics</h2>\n",
    "categories": "<h2>Categories</h2>\n",
    "providers": "<h2>Providers</h2>\n",
}


def _rows(feeds: Iterable[FeedFacts], folder: str) -> str:
    return "\n".join(
        f'<li><a href="{escape(feed.twin_url or feed.page_url)}">'
        f"{escape(feed.title)}</a> "
        f"<small>{' '.join(_subscriptions(feed))}</small></li>"
        for feed in feeds
        if feed.stem.partition("/")[0] == folder
    )


def _page(
    site: SiteFacts, title: str, description: str, body: bytes, heads: str
) -> bytes:
    about = f"<p>{escape(description)}</p>\n" if description else ""
    head = (
        f'<!doctype html>\n<html lang="{escape(site.language)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{heads}<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{about}"
    )
    return head.encode() + body + b"\n</body>\n</html>\n"


def _subscriptions(feed: FeedFacts) -> Iterator[str]:
    for name in feed.formats:
        yield f'<a href="{escape(f"{feed.url}.{name}")}">{_TYPES[name][1]}</a> '


def _alternates(feed: FeedFacts) -> str:
    return "".join(
        f'<link rel="alternate" type="{_TYPES[name][0]}" '
        f'title="{escape(feed.title)}" href="{escape(f"{feed.url}.{name}")}">\n'
        for name in feed.formats
    )
