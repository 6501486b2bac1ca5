"""Players and frames embedded in a body -> links to what they show.

No feed reader runs a frame, and most drop it without a trace.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Literal
from urllib.parse import urljoin

from feeds import text as legible

# What nh3 does with relative URLs: resolve them against a base, or take them away.
Relative = tuple[Literal["rewrite_with_base"], str] | Literal["deny"]
SCHEMES = {"http", "https", "mailto"}
UNSEEN = {"script", "style", "template", "title", "noembed"}  # with what is in them

_EMBED = re.compile(r"<(?:iframe|embed|object|video|audio)\b", re.IGNORECASE)
_ATTRIBUTES = {
    "iframe": {"src", "data-src", "title"},  # data-src: a script would load it later
    "embed": {"src", "title"},
    "object": {"data", "title"},
    "video": {"src", "title"},
    "audio": {"src", "title"},
    "source": {"src"},
}
# As nh3 writes them: attributes quoted, without "<" or ">"; what may have an end has one.
_ELEMENT = re.compile(
    r"<iframe([^<>]*+)>.*?</iframe>"
    r"|<(video|audio)\b([^<>]*+>.*?)</\2>"
    r"|<(?:embed|object)\b([^<>]*+)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r' (?:data-)?(src|data|title)="([^"<>]*+)"')


def with_links(html: str, relative: Relative) -> str:
    """Return HTML with a paragraph that links to each thing embedded, in its place.

    The URLs pass nh3's rules for links; the result is not yet sanitised. What is
    embedded twice, for browsers old and new, is linked to once.

    Raises:
        ValueError: `relative` has a base that the URL Standard refuses.
    """
    if not _EMBED.search(html):
        return html
    import nh3  # noqa: PLC0415 - only builds that render bodies pay for it

    regular = nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | _ATTRIBUTES.keys(),
        attributes=nh3.ALLOWED_ATTRIBUTES | _ATTRIBUTES,
        clean_content_tags=UNSEEN,
        url_schemes=SCHEMES,
        url_relative=relative,
    )
    base = relative[1] if relative != "deny" else ""
    shown: set[str] = set()

    def linked(match: re.Match[str]) -> str:
        attributes = _stated(match[1] or match[3] or match[4] or "")
        source = attributes.get("src") or attributes.get("data")
        url = _page(urljoin(base, source)) if source else ""
        if not url or url in shown:
            return ""
        shown.add(url)
        label = attributes.get("title", "").strip() or legible.domain_of(url) or url
        return f'<p><a href="{escape(url)}">{escape(label)}</a></p>'

    return _ELEMENT.sub(linked, regular)


def _stated(tag: str) -> dict[str, str]:
    """Return attributes by name; of several, such as `source` elements, the first."""
    found = reversed(_ATTRIBUTE.findall(tag))
    return {name: legible.unescape(value) for name, value in found if value}


_YOUTUBE = r"https?://(?:www\.)?youtube(?:-nocookie)?\.com"
# What a player shows -> the page where people watch it. The first that fits counts.
_PAGES: Mapping[re.Pattern[str], str] = {
    re.compile(rf"{_YOUTUBE}/embed/videoseries\?(?:[^#]*&)?list=([\w-]+).*"): (
        r"https://www.youtube.com/playlist?list=\1"
    ),
    re.compile(rf"{_YOUTUBE}/(?:embed|v)/([\w-]{{11}})(?![\w-]).*"): (
        r"https://www.youtube.com/watch?v=\1"
    ),
    # Videos that are not listed have a second number, without which there is no page.
    re.compile(r"https?://player\.vimeo\.com/video/(\d+)\?(?:[^#]*&)?h=(\w+).*"): (
        r"https://vimeo.com/\1/\2"
    ),
    re.compile(r"https?://player\.vimeo\.com/video/(\d+).*"): r"https://vimeo.com/\1",
}


def _page(url: str) -> str:
    """Return where people see what `url` embeds; "" when it is no http(s) URL."""
    link = legible.web_link(url)
    for player, page in _PAGES.items():
        if found := player.fullmatch(link):
            return found.expand(page)
    return link
