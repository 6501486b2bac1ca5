"""Markdown, HTML or text -> HTML that any feed may carry.

Rendered, then sanitised (WHATWG HTML by nh3): no scripts, forms or styles, every URL
absolute and http(s), every embedded player a link. Nothing that a body holds takes
long: each pattern here is linear, and what is quadratic elsewhere is bounded before.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from feeds import text as legible
from feeds.article import Article, BodyKind
from feeds.body.embeds import SCHEMES, UNSEEN, Relative, with_links
from feeds.parse.blocks import without_blocks
from feeds.parse.templates import without_templates

_MAX_CHARS = 65_536  # sanitising grows with the square of the nesting
_LONGEST_TAG_CHARS = 4_096  # beyond, it is but a sign for less
_MAX_NESTING = 512  # what browsers keep too
_MAX_HTML_CHARS = 8 * _MAX_CHARS  # a table fills its rows up to its widest
_MAX_FORMATTING = 20  # elements that HTML opens again in every paragraph


def body_html(article: Article, *, home: str) -> str:
    """Return the body as sanitised HTML with absolute links; "" when there is none.

    Relative links are the article's, or `home`'s when the article has no link that
    browsers take. Inlined pictures are dropped. A body over 65,536 characters is cut at
    a paragraph, with a link to the rest. One that the renderers fail on is shown as
    plain text.
    """
    if not article.body:
        return ""
    kind = _kind(article)
    body, only = article.body, article.is_of_hugo
    if kind != "text":  # a last good version may be one that an older release kept
        body, _ = without_blocks(body, is_of_hugo=only)
    body, is_cut = _bounded(_visible(_INLINED.sub(_REFUSED, body), kind))
    if kind != "text":
        body = without_templates(body, shortcodes_only=only, kind=kind)
    try:
        html = _safe(_as_html(body, kind), article.link, home)
    except BaseException as error:
        # A panic in Rust is not even an Exception; the class is not importable.
        if type(error).__name__ != "PanicException":
            raise
        html = _as_html(body, "text")
    if len(html) > _MAX_HTML_CHARS:
        html = _as_html(body, "text")
    if is_cut and article.link:
        html += f'\n<p><a href="{_attribute(article.link)}">Read more</a></p>'
    return html


# The picture itself in place of a URL; what stands in for it here, nh3 refuses.
_TYPE = r"data:(?:image/[\w.+-]{0,40})?[;,]"
_INLINED = re.compile(
    rf"""(?<="){_TYPE}[^"]*+ | (?<='){_TYPE}[^']*+ | {_TYPE}[^\s"'<>)]*+""",
    re.IGNORECASE | re.VERBOSE,
)
_REFUSED = "data:,"
_DOCUMENT = re.compile(r"\s*+<(?:!doctype\s++html|html)\b", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^<>]*+>(.*?)(?:</body\s*>|\Z)", re.DOTALL | re.IGNORECASE)
# No element passes the opening of the next of its kind: runs of openings are linear.
_UNSEEN = re.compile(
    r"<(head|script|style|template|xml)\b[^<]*+(?:<(?!/?\1\b)[^<]*+)*</\1\s*+>",
    re.IGNORECASE,
)


def _kind(article: Article) -> BodyKind:
    is_document = article.body_kind == "markdown" and _DOCUMENT.match(article.body)
    return "html" if is_document else article.body_kind


def _visible(body: str, kind: BodyKind) -> str:
    """Return the part of an HTML document that people see, for that alone is capped."""
    if kind != "html":
        return body
    whole = _BODY.search(body)
    return _UNSEEN.sub("", whole[1] if whole else body)


def _bounded(body: str) -> tuple[str, bool]:
    if len(body) <= _MAX_CHARS:
        return body, False
    head = body[:_MAX_CHARS]
    # At the end of a paragraph, a line or a word, if there is one not far above.
    ends = (head.rfind(end) for end in ("\n\n", "\n", " "))
    at = next((end for end in ends if end > _MAX_CHARS // 2), len(head))
    tag = head.rfind("<", 0, at)
    is_torn = tag > head.rfind(">", 0, at) and at - tag < _LONGEST_TAG_CHARS
    return head[: tag if is_torn else at], True


def _as_html(body: str, kind: BodyKind) -> str:
    if kind == "html":
        return body
    if kind == "text":
        paragraphs = filter(None, (part.strip() for part in body.split("\n\n")))
        lines = (_attribute(part).replace("\n", "<br>\n") for part in paragraphs)
        return "\n".join(f"<p>{line}</p>" for line in lines)
    return _rendered(body)


# Quotes and lists opened in one line, beyond 20 levels: 65,536 ">" took half a minute.
_MARKER = r"[ \t]*(?:[>*+-]|\d{1,9}[.)])"
_DEEP = re.compile(rf"^((?:{_MARKER}){{20}})(?:{_MARKER})+", re.MULTILINE)


def _rendered(markdown: str) -> str:
    """Return the HTML of GitHub's Markdown with footnotes and heading attributes."""
    import pyromark  # noqa: PLC0415 - only builds that render Markdown pay for it

    options = (
        pyromark.Options.ENABLE_TABLES
        | pyromark.Options.ENABLE_STRIKETHROUGH
        | pyromark.Options.ENABLE_TASKLISTS
        | pyromark.Options.ENABLE_GFM
        | pyromark.Options.ENABLE_FOOTNOTES
        | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    )
    html = str(pyromark.html(_DEEP.sub(r"\1", markdown), options=options))
    if len(html) > _MAX_HTML_CHARS:
        return _as_html(markdown, "text")
    for box, sign in _CHECKBOXES.items():
        html = html.replace(box, sign)
    if _HAS_CLASS in html:
        for pattern, plain in _PLAIN.items():
            html = pattern.sub(plain, html)
    return html


_CHECKBOXES = {
    '<input disabled="" type="checkbox" checked=""/>\n': "☑ ",
    '<input disabled="" type="checkbox"/>\n': "☐ ",
}
_HAS_CLASS = ' class="'
# What makes sense without the classes and anchors that sanitising takes away.
_PLAIN: Mapping[re.Pattern[str], str] = {
    re.compile(r'<sup class="footnote-reference"><a [^<>]*+>(\d++)</a>'): r"<sup>\1",
    re.compile(r'<sup class="footnote-definition-label">(\d++)</sup>\n<p>'): (
        r"<p><sup>\1</sup> "
    ),
    **{
        re.compile(f'<blockquote class="markdown-alert-{name.lower()}">'): (
            f"<blockquote>\n<p><strong>{name}</strong></p>"
        )
        for name in ("Note", "Tip", "Important", "Warning", "Caution")
    },
}

# Of templates that are not run, such as `[text]({{< ref "other.md" >}})`.
_NOWHERE = re.compile(
    r"""(<(?:a|img|iframe|embed|object|video|audio|source)\b[^<>]*?)"""
    r"""\s(?:href|src|data)=(?:""|'')""",
    re.IGNORECASE,
)
# Browsers without scripts show what is in it, and so do feed readers.
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*+>", re.IGNORECASE)
_EMPTY_IMAGE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")
_EMPTY_PARAGRAPH = re.compile(r"<p>\s*+</p>\n?")


def _safe(html: str, *bases: str) -> str:
    html = _NOSCRIPT.sub("", _shallow(_calm(_UNSEEN.sub("", html))))
    if '=""' in html or "=''" in html:
        html = _NOWHERE.sub(r"\1", html)
    for base in bases:
        try:
            return _sanitised(html, ("rewrite_with_base", base))
        except ValueError:  # a link that the URL Standard, unlike RFC 3986, refuses
            continue
    return _sanitised(html, "deny")


def _sanitised(html: str, relative: Relative) -> str:
    import nh3  # noqa: PLC0415 - only builds that render bodies pay for it

    html = with_links(html, relative)
    if len(html) > _MAX_HTML_CHARS:
        return html  # of no use, however clean
    html = nh3.clean(
        html,
        clean_content_tags=UNSEEN,
        url_schemes=SCHEMES,
        url_relative=relative,
    )
    html = _URL.sub(_escaped_once, legible.legal(html))
    return _EMPTY_PARAGRAPH.sub("", _EMPTY_IMAGE.sub("", html)).strip()


_web_link = lru_cache(maxsize=4_096)(legible.web_link)  # sites repeat their links
# In a tag as nh3 writes it: quoted, with no "<" or ">" in its attributes.
_URL = re.compile(r'(<[a-z]+(?: [a-z]+="[^"<>]*")*? (?:href|src|cite)=")([^"<>]*+)"')


def _escaped_once(match: re.Match[str]) -> str:
    """Return the start of a tag with its URL made a URI, or left out if it is none."""
    url = legible.unescape(match[2])
    link = _web_link(url)
    if link == url or url.startswith("mailto:"):
        return match[0]
    return f'{match[1]}{_attribute(link)}"' if link else match[1].rpartition(" ")[0]


# What has no end tag, or needs none (WHATWG HTML, 13.1.2).
_FLAT = (
    "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|li|dt|dd|p|rb"
    "|rt|rtc|rp|optgroup|option|colgroup|thead|tbody|tfoot|tr|td|th"
)
_NESTING = re.compile(rf"<(/?)(?!(?:{_FLAT})[\s/>])[a-z][^<>]*+>", re.IGNORECASE)


def _shallow(html: str) -> str:
    """Return HTML without the tags that nest deeper than browsers follow."""
    if html.count("<") <= _MAX_NESTING:
        return html
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        depth = max(depth - 1, 0) if match[1] else depth + 1
        is_deep = depth > _MAX_NESTING - bool(match[1])
        return "" if is_deep else match[0]

    return _NESTING.sub(kept, html)


# What stays in force over the end of a paragraph (WHATWG HTML, 13.2.4.3).
_FORMATTING = re.compile(
    r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^<>]*+>",
    re.IGNORECASE,
)


def _calm(html: str) -> str:
    """Return HTML without what would multiply: 500 open tags in 15,000 paragraphs."""
    opened = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal opened
        if match[1]:
            opened = max(opened - 1, 0)
            return match[0]
        opened += 1
        return match[0] if opened <= _MAX_FORMATTING else ""

    return _FORMATTING.sub(kept, html)


def _attribute(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace('"', "&quot;")
