"""Header fields of the answers, made once per snapshot and shared between them.

RFC 9110 (HTTP), RFC 9111 (caching), RFC 5861 (stale answers), RFC 8288 (Link) and the
Fetch standard (CORS). What an answer says of time (Date, Expires, its max-age) is none
of a snapshot's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

from yarl import URL

from feeds.settings import Settings
from feeds.snapshot import MEDIA_TYPES

Fields = tuple[tuple[str, str], ...]

COMMON: Fields = (
    ("Server", "Stoker"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    # What a reader in a browser may see beyond the safelisted fields.
    (
        "Access-Control-Expose-Headers",
        "Content-Location, Date, ETag, Last-Modified, Link, Retry-After, Vary",
    ),
)
_VARY = ("Vary", "Accept-Encoding")
_VARY_NEGOTIATED = ("Vary", "Accept, Accept-Encoding")
INDEX = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What the settings say about every answer.

    `base_url` is plain ASCII without a trailing slash; `prefix` is its path.
    `stale_while_revalidate_s` and `stale_if_error_s` count from the end of the max-age.
    """

    base_url: str
    prefix: str
    max_age_s: int
    stale_while_revalidate_s: int
    stale_if_error_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The header fields of one representation for 200 and for 304."""

    ok: Fields
    not_modified: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFields:
    """The header fields that all representations of one document share."""

    media_type: tuple[str, str]
    modified: tuple[str, str]
    links: tuple[str, str]
    location: tuple[str, str]

    def heads(
        self, *, etag: str, coding: str, size_bytes: int, negotiated: bool
    ) -> Heads:
        """Return the fields of one representation.

        Args:
            etag: The entity tag, quotes included.
            coding: The content coding, or "identity".
            size_bytes: The length of the representation.
            negotiated: Whether it was chosen by Accept, at another URL than its own.
        """
        # RFC 9110, 15.4.5: a 304 MUST repeat Content-Location, Date, ETag, Vary,
        # Cache-Control and Expires; Last-Modified serves those who keep no ETag.
        shared: Fields = (
            *COMMON,
            ("ETag", etag),
            self.modified,
            _VARY_NEGOTIATED if negotiated else _VARY,
            *((self.location,) if negotiated else ()),
        )
        # RFC 9110, 12.5.3: "identity" SHOULD NOT appear in Content-Encoding.
        encoding: Fields = (
            () if coding == "identity" else (("Content-Encoding", coding),)
        )
        length = ("Content-Length", str(size_bytes))
        return Heads(
            ok=(*shared, self.media_type, *encoding, length, self.links),
            not_modified=shared,
        )


def framing_of(settings: Settings) -> Framing:
    """Return what the settings say about every answer."""
    base = URL(settings.site.base_url)
    server = settings.server
    return Framing(
        base_url=str(base).rstrip("/"),
        prefix=base.raw_path.rstrip("/"),
        max_age_s=_seconds(server.max_age),
        stale_while_revalidate_s=_seconds(server.stale_while_revalidate),
        stale_if_error_s=_seconds(server.stale_if_error),
    )


def document_fields(
    framing: Framing,
    *,
    key: str,
    media_type: str,
    modified: datetime,
    alternates: tuple[tuple[str, str], ...],
) -> DocumentFields:
    """Return what all representations of the document at `key` have in common.

    Args:
        framing: What the settings say.
        key: The document's path, escaped, with its leading slash.
        media_type: Its media type.
        modified: When its bytes last changed.
        alternates: (format, key) of the same feed's other formats, in order.
    """
    url = framing.base_url + key
    links = [f'<{url.removesuffix(INDEX)}>; rel="self"']
    links += [
        f'<{framing.base_url}{other}>; rel="alternate"; type="{_essence(form)}"'
        for form, other in alternates
    ]
    return DocumentFields(
        media_type=("Content-Type", media_type),
        modified=("Last-Modified", http_date(int(modified.timestamp()))),
        links=("Link", ", ".join(links)),
        location=("Content-Location", url),
    )


def caching_fields(
    framing: Framing, *, now_s: int, max_age_s: int, stale_s: int | None = None
) -> Fields:
    """Return how long an answer of this second stays fresh.

    Args:
        framing: What the settings say.
        now_s: This second.
        max_age_s: How long it stays fresh.
        stale_s: For how long after that it may be of use at most, if there is a bound.
    """
    # RFC 5861, 3 and 4: both count from when it becomes stale. Zeros are said aloud, for
    # caches have grace periods of their own for answers that are silent on it.
    revalidating_s, failing_s = (
        wanted_s if stale_s is None else min(wanted_s, stale_s)
        for wanted_s in (framing.stale_while_revalidate_s, framing.stale_if_error_s)
    )
    lifetimes = (
        f"max-age={max_age_s}",
        f"stale-while-revalidate={revalidating_s}",
        f"stale-if-error={failing_s}",
    )
    return (
        ("Cache-Control", ", ".join(("public", *lifetimes))),
        ("Expires", http_date(now_s + max_age_s)),
    )


def http_date(seconds: int) -> str:
    """Return an IMF-fixdate (RFC 9110, 5.6.7) of seconds since the epoch."""
    return formatdate(seconds, usegmt=True)


def iso_date(seconds: float) -> str:
    """Return an RFC 3339 time in UTC and whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _essence(form: str) -> str:
    return MEDIA_TYPES[form].partition(";")[0]


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
