"""Answers that are no document: problems (RFC 9457) and the state of the server.

A problem is JSON, or a small HTML page for browsers, with a short explicit lifetime:
without one, caches may keep a 404 or a 410 for as long as they guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from http import HTTPStatus

import msgspec

from feeds.loss import HeldBack
from server.fields import COMMON, Fields

ALLOWED = "GET, HEAD, OPTIONS"
_RETRY_S = 5  # a first build takes seconds
_A_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One whole answer but for its Date; `max_age_s` is what its fields state."""

    status: int
    fields: Fields
    body: bytes
    max_age_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBuild:
    """How the last build went; `ended` is RFC 3339."""

    ok: bool
    reason: str
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether feeds are served and fresh, and why not.

    `documents` is None while no snapshot is loaded; `age_s` counts from the last
    build that succeeded, or from the start of the server, `overdue_s` from when a build
    was due that has not succeeded yet. `losses` are those held back.
    """

    documents: int | None
    age_s: float
    overdue_s: float
    stale_after_s: float
    last_build: LastBuild | None
    losses: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    detail: str
    max_age_s: int
    fields: Fields = ()


_PROBLEMS: Mapping[int, _Problem] = {
    400: _Problem(detail="The request is malformed.", max_age_s=60),
    404: _Problem(detail="There is no feed at this address.", max_age_s=60),
    405: _Problem(
        detail="Feeds can only be read.",
        max_age_s=60,
        fields=(("Allow", ALLOWED),),  # RFC 9110, 15.5.6: MUST generate Allow
    ),
    410: _Problem(detail="This feed is gone for good.", max_age_s=300),
    412: _Problem(detail="The condition of the request does not hold.", max_age_s=0),
    414: _Problem(detail="The address is too long.", max_age_s=60),
    431: _Problem(detail="The request header is too large.", max_age_s=0),
    500: _Problem(detail="The server failed to answer.", max_age_s=0),
    503: _Problem(
        detail="The feeds are not built yet.",
        max_age_s=0,
        fields=(("Retry-After", str(_RETRY_S)),),
    ),
    505: _Problem(detail="The server speaks HTTP/1.1.", max_age_s=0),
}


def problem(status: int, *, html: bool) -> Page:
    """Return the answer for a status of the table above; others are 400 or 500."""
    known = status if status in _PROBLEMS else _nearest(status)
    return _PAGES[known, html]


def bounded(page: Page, left_s: int) -> Page:
    """Return the page with a lifetime of at most `left_s`: then it may be another."""
    if page.max_age_s <= left_s:
        return page
    caching = ("Cache-Control", f"max-age={left_s}")
    fields = tuple(caching if each[0] == caching[0] else each for each in page.fields)
    return replace(page, fields=fields, max_age_s=left_s)


def moved(target: str) -> Page:
    """Return the answer that sends to another path of ours, which is escaped."""
    body = (
        f'<!doctype html>\n<a href="{escape(target)}">{escape(target)}</a>\n'.encode()
    )
    fields: Fields = (
        *COMMON,
        # RFC 9110, 15.4.2: readers ought to replace what they have with this.
        ("Location", target),
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
    )
    return Page(status=HTTPStatus.MOVED_PERMANENTLY, fields=fields, body=body)


def options() -> Page:
    """Return the answer to OPTIONS and to a browser's preflight (Fetch, CORS)."""
    fields: Fields = (
        *COMMON,
        ("Allow", ALLOWED),
        ("Access-Control-Allow-Methods", ALLOWED),
        (
            "Access-Control-Allow-Headers",
            "Cache-Control, If-Match, If-Modified-Since, If-None-Match, Pragma",
        ),
        ("Access-Control-Max-Age", str(_A_DAY_S)),
    )
    return Page(status=204, fields=fields, body=b"")


def alive() -> Page:
    """Return the answer that says no more than that the server answers."""
    return _state_page(200, {"alive": True})


def readiness(state: Readiness) -> Page:
    """Return 200 when feeds are served and fresh, else 503, with the facts.

    Between two runs of the timetable the feeds are as fresh as they are to be, however
    long that is. A failed build alone is no 503: what is served is whole. Nor is a loss
    that is held back: the answers are good, and every other server has the same.
    """
    if state.documents is None:
        reason = "no feeds are built yet"
    elif state.overdue_s > state.stale_after_s:
        reason = f"a build has been due for {state.overdue_s:.0f} s"
    else:
        reason = ""
    facts = {
        "ready": not reason,
        "reason": reason,
        "documents": state.documents,
        "age_s": round(state.age_s),
        "overdue_s": round(state.overdue_s),
        "last_build": state.last_build,
        "losses": state.losses,
    }
    return _state_page(503 if reason else 200, facts)


def _state_page(status: int, facts: Mapping[str, object]) -> Page:
    body = msgspec.json.encode(facts) + b"\n"
    return Page(
        status=status,
        fields=(
            *COMMON,
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ),
        body=body,
    )


def _problem_page(status: int, found: _Problem, *, html: bool) -> Page:
    title = HTTPStatus(status).phrase
    if html:
        media_type = "text/html; charset=utf-8"
        body = _HTML.format(title=escape(title), detail=escape(found.detail)).encode()
    else:
        # RFC 9457, 4.2.1: with "about:blank" the title SHOULD be the status phrase.
        media_type = "application/problem+json"
        facts = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": found.detail,
        }
        body = msgspec.json.encode(facts) + b"\n"
    return Page(
        status=status,
        fields=(
            *COMMON,
            ("Content-Type", media_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", f"max-age={found.max_age_s}"),
            ("Vary", "Accept"),
            *found.fields,
        ),
        body=body,
        max_age_s=found.max_age_s,
    )


def _nearest(status: int) -> int:
    return 400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500


_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{detail}</p></body>
</html>
"""
_PAGES: Mapping[tuple[int, bool], Page] = {
    (status, html): _problem_page(status, found, html=html)
    for status, found in _PROBLEMS.items()
    for html in (False, True)
}
