"""One handler for every request: aiohttp on one side, pure decisions on the other.

An answer is a function of the snapshot and the request, and of the clock for its Date
and how long it stays fresh, which is never beyond the next change that is known of, nor is
it of use in any case beyond the next expiry of an article: no file, no parsing, no building
of strings for what was known before.
aiohttp's own routing, compression and file responses are not used: they ignore
`q=0`, leave out `Vary`, and lose an If-None-Match on several lines.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from server import conditional, negotiate, pages, targets
from server.documents import Document
from server.fields import Fields, Framing, caching_fields, http_date
from server.store import Snapshot

_log = logging.getLogger(__name__)

HEALTH_PATH = "/healthz"
READINESS_PATH = "/readyz"
_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})


class Handler:
    """Answers requests from `snapshot`, which is swapped by assigning it.

    Args:
        clock: The time of day in seconds since the epoch.
        readiness: What to answer to who asks whether the feeds are fresh.
    """

    def __init__(
        self, *, clock: Callable[[], float], readiness: Callable[[], pages.Page]
    ) -> None:
        self.snapshot: Snapshot | None = None
        self._clock = clock
        self._readiness = readiness
        self._second = 0
        self._date: tuple[str, str] = ("Date", "")
        self._caching: dict[tuple[Framing, int, int | None], Fields] = {}

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        self._tick()
        response = self._answer(request)
        if _log.isEnabledFor(logging.DEBUG):
            facts = {
                "method": request.method,
                "target": request.raw_path,
                "status": response.status,
            }
            _log.debug("answered", extra=facts)
        return response

    def refusal(self, request: web.BaseRequest, status: int) -> web.Response:
        """Return the problem page for a status, as this client likes it."""
        self._tick()
        accept = negotiate.combined(_lines(request, hdrs.ACCEPT))
        html = negotiate.is_html_preferred(accept)
        return self._page(pages.problem(status, html=html))

    def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method not in _READING:
            return self._not_reading(request)
        # RFC 9112, 3.2: MUST respond with 400 to a request of HTTP/1.1 that lacks a
        # Host, and to any with more than one. Its value is of no use here.
        hosts = len(_lines(request, hdrs.HOST))
        if hosts > 1 or (not hosts and request.version >= (1, 1)):
            return self.refusal(request, 400)
        if found := self._found(request, request.raw_path):
            return found
        try:
            key = targets.key_of_target(request.raw_path)
        except targets.TargetError:
            return self.refusal(request, 400)
        return (
            self._state(key)
            or self._found(request, key)
            or self._found(request, self._inside(key))
            or self._moved(key)
            or self._moved(self._inside(key))
            or self.refusal(request, self._missing_status(key))
        )

    def _not_reading(self, request: web.BaseRequest) -> web.Response:
        if request.method == hdrs.METH_OPTIONS:
            return self._page(pages.options())
        return self.refusal(request, 405)

    def _found(self, request: web.BaseRequest, key: str) -> web.Response | None:
        snapshot = self.snapshot
        if snapshot is None:
            return None
        caching = self._caching_fields(snapshot)
        if document := snapshot.documents.get(key):
            return self._document(request, document, caching, negotiated=False)
        if formats := snapshot.stems.get(targets.unslashed(key)):
            accept = negotiate.combined(_lines(request, hdrs.ACCEPT))
            order = negotiate.formats_for(accept)
            document = next(formats[form] for form in order if form in formats)
            return self._document(request, document, caching, negotiated=True)
        return None

    def _moved(self, key: str) -> web.Response | None:
        """Send to where a feed goes on; what a living one has is never asked for here."""
        snapshot = self.snapshot
        if snapshot is None:
            return None
        moved = snapshot.moved
        goal = moved.documents.get(key) or moved.stems.get(targets.unslashed(key))
        if goal is None:
            return None
        page = pages.moved(f"{snapshot.framing.prefix}{goal}")
        # Of bounded life, though it is permanent: the old name may be the right one again.
        fields = (*page.fields, self._date, *self._caching_fields(snapshot))
        return web.Response(status=page.status, headers=fields, body=page.body)

    def _inside(self, key: str) -> str:
        """Return the key below the path of the base URL, if it starts with that.

        A proxy may or may not strip it.
        """
        prefix = self.snapshot.framing.prefix if self.snapshot else ""
        return (key.removeprefix(prefix) or "/") if prefix else key

    def _state(self, key: str) -> web.Response | None:
        path = self._inside(key)
        if path == HEALTH_PATH:
            return self._page(pages.alive())
        return self._page(self._readiness()) if path == READINESS_PATH else None

    def _missing_status(self, key: str) -> int:
        if self.snapshot is None:
            return 503
        # What a stem answers once its feed has ended, it answers with a slash as well.
        bare = targets.unslashed(key)
        keys = (key, self._inside(key), bare, self._inside(bare))
        return 404 if self.snapshot.gone.isdisjoint(keys) else 410

    def _document(
        self,
        request: web.BaseRequest,
        document: Document,
        caching: Fields,
        *,
        negotiated: bool,
    ) -> web.Response:
        encodings = negotiate.combined(_lines(request, hdrs.ACCEPT_ENCODING))
        variant = document.variants[negotiate.coding_for(encodings, document.by_size)]
        verdict = conditional.evaluate(
            request.headers,
            etag=variant.etag,
            modified_s=document.modified_s,
            now_s=self._second,
        )
        if verdict == "precondition failed":
            return self.refusal(request, 412)
        heads = variant.negotiated if negotiated else variant.direct
        if verdict == "not modified":
            fields = self._dated(heads.not_modified, document, caching)
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=fields)
        fields = self._dated(heads.ok, document, caching)
        return web.Response(headers=fields, body=variant.body)

    def _dated(self, fields: Fields, document: Document, caching: Fields) -> Fields:
        if document.modified_s > self._second:
            # RFC 9110, 8.8.2.1: an origin server MUST NOT generate a Last-Modified
            # later than Date. The stored one stays ahead when two changes happen in
            # one second, so that a client that asks with this one misses neither.
            fields = tuple(
                (name, self._date[1]) if name == hdrs.LAST_MODIFIED else (name, value)
                for name, value in fields
            )
        return (*fields, self._date, *caching)

    def _page(self, page: pages.Page) -> web.Response:
        page = pages.bounded(page, self._left_s(self.snapshot, page.max_age_s))
        fields = (*page.fields, self._date)
        return web.Response(status=page.status, headers=fields, body=page.body or None)

    def _tick(self) -> None:
        """Make Date anew once a second."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._date = ("Date", http_date(second))
            self._caching.clear()

    def _caching_fields(self, snapshot: Snapshot) -> Fields:
        framing = snapshot.framing
        max_age_s = self._left_s(snapshot, framing.max_age_s)
        stale_s = self._stale_s(snapshot, max_age_s)
        found = self._caching.get((framing, max_age_s, stale_s))
        if found is None:
            found = caching_fields(
                framing, now_s=self._second, max_age_s=max_age_s, stale_s=stale_s
            )
            self._caching[framing, max_age_s, stale_s] = found
        return found

    def _stale_s(self, snapshot: Snapshot, max_age_s: int) -> int | None:
        """Return how long after its max-age an answer may be of use; None: any time.

        What is late for an embargo is no more than late; what outlives an expiry is
        published against its author's will, by caches, even while this server is down.
        """
        if snapshot.next_expiry_s is None:
            return None
        return max(0, snapshot.next_expiry_s - self._second - max_age_s)

    def _left_s(self, snapshot: Snapshot | None, max_age_s: int) -> int:
        """Return how much of a lifetime is left before the next change."""
        if snapshot is None or snapshot.next_change_s is None:
            return max_age_s
        return max(0, min(max_age_s, snapshot.next_change_s - self._second))


def _lines(request: web.BaseRequest, name: str) -> list[str]:
    # aiohttp gives a malformed request a plain empty mapping.
    return request.headers.getall(name, []) if request.headers else []
