"""Text that is legal and reads the same everywhere; slugs, dates, links.

Pure functions on single values. What they cannot make sense of they answer with
None or "", and the caller reports it.
"""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NewType
from urllib.parse import quote, urlsplit, urlunsplit

Slug = NewType("Slug", str)

# XML 1.0, 2.2: what is not a Char; and what is legal but never meant, such as C1 controls.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Not `\s`: U+2028 and its like are text, and stay.
_BLANKS = re.compile("[ \t\n\r\f\v\xa0]+")
# A comment ends before the next begins: with `.*?` a run of openings takes for ever.
_COMMENT = r"<!--(?:(?!<!--).)*?-->"
_TAG = re.compile(
    rf"<(/?)([A-Za-z][A-Za-z0-9]*+)(?=[\s/>])([^<>]*+)>|{_COMMENT}", re.DOTALL
)
# What separates words even without a blank, unlike inline markup.
_BLOCKS = frozenset(
    (
        *("p", "br", "hr", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("td", "th", "tr", "table", "pre", "blockquote", "dt", "dd", "section"),
        *("article", "figure", "figcaption"),
    )
)
# The elements of HTML and those it had: `Vec<T>` holds none of them.
_ELEMENTS = _BLOCKS.union(
    (
        *("a", "abbr", "acronym", "address", "applet", "area", "aside", "audio", "b"),
        *("base", "bdi", "bdo", "big", "blink", "body", "button", "canvas", "caption"),
        *("center", "cite", "code", "col", "colgroup", "data", "datalist", "del"),
        *("details", "dfn", "dialog", "dl", "em", "embed", "fieldset", "font"),
        *("footer", "form", "frame", "frameset", "head", "header", "hgroup", "html"),
        *("i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "link"),
        *("main", "map", "mark", "marquee", "math", "menu", "meta", "meter", "nav"),
        *("nobr", "noframes", "noscript", "object", "optgroup", "option", "output"),
        *("param", "path", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp"),
        *("script", "search", "select", "slot", "small", "source", "span", "strike"),
        *("strong", "style", "sub", "summary", "sup", "svg", "tbody", "template"),
        *("textarea", "tfoot", "thead", "time", "title", "track", "tt", "u", "var"),
        *("video", "wbr"),
    )
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def legal(text: str) -> str:
    """Return `text` without what XML 1.0 forbids, with LF as its only line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text)


# No character has so long a number, and Python refuses to read one of 4,300 digits.
_NO_CHARACTER = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}+|\d{9,}+);?")


def unescape(text: str) -> str:
    """Return text with the characters that its references stand for (HTML 5)."""
    return html.unescape(_NO_CHARACTER.sub("", text) if "&#" in text else text)


def one_line(text: str) -> str:
    """Return markup or text as one line of plain text.

    Tags go, entities become characters (twice when they were escaped twice), runs of
    blanks and newlines become one blank: every reader then shows the same. A tag that
    was escaped, and is alone, is one that the text is about: it stays.
    """
    is_plain = "<" not in text and "&" not in text and "  " not in text
    if is_plain and text.isprintable():  # no newline, tab or no-break space
        return text.strip(" ")
    text = legal(text)  # before tags are looked for: what is removed may hide one
    if "<" in text:
        text = _TAG.sub(_untagged, text)
    if "&" in text:
        text = unescape(text)
        if _ENTITY.search(text):
            text = unescape(text)
        text = legal(text)
        text = _TAG.sub(_untagged, text) if _is_markup(text) else text
    return _BLANKS.sub(" ", text).strip()


def _untagged(tag: re.Match[str]) -> str:
    """Return what stands for a tag or a comment in plain text."""
    name = (tag[2] or "").lower()
    if name in _BLOCKS:
        return " "
    return tag[0] if name and name not in _ELEMENTS else ""


def _is_markup(text: str) -> bool:
    """Whether a text that was escaped has tags in pairs, or such as nobody speaks of."""
    if "<" not in text:
        return False
    opened: set[str] = set()
    closed: set[str] = set()
    for tag in _TAG.finditer(text):
        slash, name, more = tag.groups("")
        if not name or (name.lower() in _ELEMENTS and more):
            return True  # a comment, attributes, or "/>"
        (closed if slash else opened).add(name.lower())
    return not opened.isdisjoint(closed & _ELEMENTS)


def clean(text: str) -> str:
    """Return markup or text as one line of plain text that is legal everywhere."""
    return one_line(legal(text))


def cut(text: str, limit_chars: int) -> str:
    """Return `text`, cut at a blank with an ellipsis when it is longer than that."""
    if len(text) <= limit_chars:
        return text
    head = text[: limit_chars - 1]
    at_blank = head.rpartition(" ")[0]
    return (at_blank or head).rstrip(" ,;:-\u2013\u2014") + "…"


_MAX_SLUG_BYTES = 120  # with suffixes still far below the 255 of a file name
_SPOKEN = {"+": "plus", "#": "sharp", "&": "and", "@": "at", "%": "percent"}
# Names that Windows refuses, whatever their suffix.
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10)]
)


@lru_cache(maxsize=65_536)
def slugify(name: str) -> Slug:
    """Return the slug of a name: letters, digits and "-", lower case, never empty.

    Names that differ in case, punctuation or Unicode normal form share a slug, and
    so are one; `C++` and `C#` do not. A name without letters or digits gets a slug
    made from a digest, and so does the tail of an overlong one.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().strip().lstrip("#")
    folded = unicodedata.normalize("NFC", folded)
    words = "".join(_slug_char(char, folded, at) for at, char in enumerate(folded))
    slug = "-".join(filter(None, words.split("-")))
    if not slug:
        return Slug(f"x-{_digest(folded)}")
    if slug in _RESERVED:
        slug = f"{slug}-feed"
    if len(slug.encode()) > _MAX_SLUG_BYTES:
        tail = f"-{_digest(folded)}"
        head = slug.encode()[: _MAX_SLUG_BYTES - len(tail)].decode(errors="ignore")
        slug = f"{head.rstrip('-')}{tail}"
    return Slug(slug)


def _slug_char(char: str, text: str, at: int) -> str:
    if unicodedata.category(char)[0] in "LNM":
        return char
    if char in _SPOKEN:
        return f"-{_SPOKEN[char]}-"
    starts_name = char == "." and text[at + 1 : at + 2].isalpha()
    return "-dot-" if starts_name and at == 0 else "-"


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=4).hexdigest()


_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")


@lru_cache(maxsize=65_536)
def domain_of(text: str) -> str:
    """Return the bare domain in `text` (a domain or a URL); "" when there is none."""
    host = unicodedata.normalize("NFC", text.strip().casefold())
    host = host.partition("://")[2] or host
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").rstrip(".")
    is_domain = _DOMAIN.fullmatch(host) and len(host.encode()) <= _MAX_SLUG_BYTES
    return host if is_domain else ""


# RFC 5646, 2.1, without its finer distinctions.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


def is_language(text: str) -> bool:
    """Whether a text is a language tag such as "en" or "pt-BR"."""
    return bool(_LANGUAGE.fullmatch(text))


_DATE = re.compile(
    r"""(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})
    (?:
        (?:[Tt]|[ ]+|[ ]*,[ ]*)
        (?P<hour>\d{1,2}):(?P<minute>\d{1,2})
        (?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?
        [ ]*(?P<offset>[Zz]|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?
    )?""",
    re.VERBOSE,
)
_LEAP_SECOND = 60  # RFC 3339, 5.7: legal, and the second before it is close enough
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_/](\d{1,2})[-_/](\d{1,2})(?!\d)")
# No place on earth is further from UTC; what claims to be is a typing error.
_EARLIEST_OFFSET, _LATEST_OFFSET = timedelta(hours=-12), timedelta(hours=14)


def parse_date(text: str, zone: tzinfo) -> tuple[datetime, str] | None:
    """Return the instant that `text` states, in UTC, and a remark or "".

    Understood: RFC 3339 and its looser relatives (one-digit parts, a blank for the T,
    an offset after a blank, date only, no offset), English months ("July 4, 2022",
    "4 Jul 2022"), "20220704", "10:00 AM", and RFC 5322 dates. Without an offset, `zone`
    applies. None when it is no date.
    """
    text = text.strip()
    match = _DATE.fullmatch(text)
    if match is None and len(text) <= _LONGEST_DATE_CHARS:
        match = _DATE.fullmatch(_in_digits(text))
    if match is None:
        return _parse_mail_date(text, zone)
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    second = int(match["second"] or 0)
    try:
        wall = datetime(  # noqa: DTZ001 - the zone follows
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"] or 0),
            int(match["minute"] or 0),
            59 if second == _LEAP_SECOND else second,
            int(fraction),
        )
        return _placed(wall, match["offset"], zone)
    except (ValueError, OverflowError):
        return None


_LONGEST_DATE_CHARS = 40
_MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_IN_WORDS = (
    re.compile(rf"{_MONTH}[ ]{_DAY},?[ ](?P<year>\d{{4}})(?P<rest>.*)"),
    re.compile(rf"{_DAY}[ ]{_MONTH},?[ ](?P<year>\d{{4}})(?P<rest>.*)"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<rest>)"),
)
_HALF_DAY = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?)[ ]?([AaPp])\.?[Mm]\b\.?")


def _in_digits(text: str) -> str:
    """Return a date in words, or by a clock of twelve hours, as `_DATE` takes it."""
    text = _HALF_DAY.sub(
        lambda time: f"{int(time[1]) % 12 + 12 * (time[3] in 'Pp')}{time[2]}", text
    )
    for form in _IN_WORDS:
        if match := form.fullmatch(text):
            month = match["month"]
            known = month.lower()[:3] in _MONTHS
            number = (
                month
                if month.isdigit()
                else _MONTHS.index(month.lower()[:3]) + 1
                if known
                else 0
            )
            return f"{match['year']}-{int(number):02d}-{match['day']}{match['rest']}"
    return text


def _placed(wall: datetime, offset: str | None, zone: tzinfo) -> tuple[datetime, str]:
    if not offset:
        return wall.replace(tzinfo=zone).astimezone(UTC), ""
    shift = _offset(offset)
    if not _EARLIEST_OFFSET <= shift <= _LATEST_OFFSET:
        return wall.replace(tzinfo=UTC), f"impossible offset {offset}, read as UTC"
    of_day = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
    remark = ""
    if shift and abs(shift) == of_day and not wall.microsecond:
        # Some tools write the time twice: the impossible ones are known by it.
        remark = f"offset {offset} is the time of day once more"
    return wall.replace(tzinfo=timezone(shift)).astimezone(UTC), remark


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        return timedelta(0)
    digits = text[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    return -shift if text[0] == "-" else shift


def _parse_mail_date(text: str, zone: tzinfo) -> tuple[datetime, str] | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        # RFC 5322, 3.3: "-0000" is UTC too, though Python calls it naive.
        stated = found.tzinfo or (UTC if "-0000" in text else zone)
        return found.replace(tzinfo=stated).astimezone(UTC), ""
    except (ValueError, OverflowError):
        return None


def date_in_path(path: str, zone: tzinfo) -> datetime | None:
    """Return the date in a file's name, else in its folders ("2017/04/27"); in UTC."""
    folder, _, name = path.rpartition("/")
    for text in (name, folder):
        for match in _DATE_IN_NAME.finditer(text):
            found = parse_date("-".join(match.groups()), zone)
            if found:
                return found[0]
    return None


def date_in_name(path: str) -> bool:
    """Whether a file's name begins with a date, as Jekyll's posts do."""
    return bool(_DATE_IN_NAME.match(path, path.rfind("/") + 1))


_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,9})D)?(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?"
    r"(?:(?P<seconds>\d{1,9})(?:\.\d+)?S)?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?:(?:(\d{1,9}):)?(\d{1,9}):)?(\d{1,9})(?:\.\d+)?", re.ASCII)
_LONGEST_S = 30 * 86_400  # of one media file; more is a typing error


def parse_duration(text: str) -> int | None:
    """Return a duration in whole seconds; None when it is none.

    Understood: ISO 8601 ("PT9M9S"), clock time ("1:02:03", "57:41") and seconds.
    """
    text = text.strip().upper()
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        days = 0
    elif (match := _DURATION.fullmatch(text)) and text[-1] not in "PT":
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    else:
        return None
    total_s = days * 86_400 + hours * 3_600 + minutes * 60 + seconds
    return total_s if total_s <= _LONGEST_S else None


_CONTROL_OR_BLANK = re.compile(r"[\x00-\x20\x7f]")
_HOST = re.compile(r"\w[\w-]*(?:\.\w[\w-]*)*\.?", re.ASCII)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}", re.ASCII)
_LONGEST_HOST_CHARS = 253  # RFC 1035, 2.3.4, without the dot that may end it
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What comes out as it went in; less than RFC 3986 allows.
_LEGAL_LINK = re.compile(
    rf"https?://(?![^/]{{{_LONGEST_HOST_CHARS + 1}}})"
    r"(?:[a-z0-9][a-z0-9-]*+\.)+[a-z]{2,63}"
    r"/[A-Za-z0-9/._~!$&'()*+,;=:@-]*+(?:%[0-9A-Fa-f]{2}[A-Za-z0-9/._~!$&'()*+,;=:@-]*+)*"
    r"(?:\?(?!$)[A-Za-z0-9/._~!$&'()*+,;=:@?-]*+"
    r"(?:%[0-9A-Fa-f]{2}[A-Za-z0-9/._~!$&'()*+,;=:@?-]*+)*)?"
)
_URL_SAFE = "!$&'()*+,;=:@/?%-._~[]"


def web_link(text: str) -> str:
    """Return `text` as an absolute http(s) URI, escaped exactly once; "" if it is none.

    Blanks, non-ASCII and stray "%" are percent-encoded, what is escaped already stays
    (RFC 3986, 2.4); a non-ASCII host goes to its IDNA form. Refused: other schemes,
    user information, control characters.
    """
    # Most are legal, and taking them apart was a seventh of reading an article.
    return text if _LEGAL_LINK.fullmatch(text) else _rebuilt(text.strip())


def _rebuilt(text: str) -> str:
    if text.startswith("//"):
        text = f"https:{text}"
    try:
        text.encode()  # a lone surrogate has no UTF-8 form to escape
        parts = urlsplit(text)
        host = _ascii_host(parts.hostname or "")
        port = parts.port
    except ValueError:  # UnicodeError is one
        return ""
    wrong = parts.scheme not in {"http", "https"} or "@" in parts.netloc or not host
    if wrong or _CONTROL_OR_BLANK.search(text.replace(" ", "")):
        return ""
    netloc = f"{host}:{port}" if port is not None else host
    tail = (parts.path, parts.query, parts.fragment)
    return urlunsplit((parts.scheme, netloc, *(_escaped(part) for part in tail)))


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    if _is_too_long(host):
        return ""
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
        if _is_too_long(host):
            return ""
    is_number = host.rpartition(".")[2].isdigit()
    return host if (_IPV4 if is_number else _HOST).fullmatch(host) else ""


def _is_too_long(host: str) -> bool:
    return len(host.removesuffix(".")) > _LONGEST_HOST_CHARS


def _escaped(part: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", part), safe=_URL_SAFE)


def path_escaped(path: str) -> str:
    """Return a relative path as the path of a URI (RFC 3986, 3.3)."""
    return quote(path, safe="/-._~!$&'()*+,;=:@")


_DROPPED = re.compile(
    rf"<(script|style|head|template)\b.*?</\1\s*>|{_COMMENT}",
    re.DOTALL | re.IGNORECASE,
)


def without_unseen(markup: str) -> str:
    """Return HTML without its comments, and the elements that nobody sees."""
    return _DROPPED.sub(" ", markup)


def text_of_html(markup: str) -> str:
    """Return the readable text of an HTML fragment as one line."""
    return one_line(without_unseen(markup))
