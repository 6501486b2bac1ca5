"""Connections with the bounds that aiohttp leaves open, and its errors in our words.

aiohttp bounds the time between two requests. Here are bounds on how long the header
of a request may take, how long a stalled client may keep its answer waiting, and how
many connections there are. A malformed request gets the same problem page as any
other mistake, with no word about the software beneath.
"""

import asyncio
import logging
import socket
from dataclasses import dataclass

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from server import pages
from server.handlers import Handler

_log = logging.getLogger(__name__)

# RFC 9112, 3: "at a minimum, request-line lengths of 8000 octets". The two limits
# differ so that an error tells which of them was passed.
_TARGET_BYTES = 8_000
_FIELD_BYTES = 8_190
_FIELDS = 100
_LINGERING_S = 5.0  # for the body of a request that was refused unread
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may take; see the module for why each is there.

    `keep_alive_s` is above the 60 s of common proxies, so that the proxy closes an
    idle connection first; `connections` is below the 1,024 descriptors that a process
    commonly gets.
    """

    header_timeout_s: float = 10.0
    keep_alive_s: float = 75.0
    stall_timeout_s: float = 60.0
    connections: int = 900


class Server(web.Server):
    """A protocol factory for `loop.create_server`, and the owner of its connections."""

    def __init__(self, handler: Handler, limits: Limits) -> None:
        super().__init__(self._answer, request_factory=self._request)
        self._handler = handler
        self._limits = limits

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of one new connection."""
        return _Connection(self, self._handler, self._limits)

    async def reap(self) -> None:
        """Close connections that take too long to send a header; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_LOOK_S, self._limits.header_timeout_s / 2))
            now = loop.time()
            for connection in self.connections:
                if isinstance(connection, _Connection):
                    connection.close_if_overdue(now)

    async def drain(self, timeout_s: float) -> None:
        """Let answers under way finish, then close all; at most twice `timeout_s`."""
        self.pre_shutdown()
        await self.shutdown(timeout_s)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        if isinstance(protocol, _Connection):
            protocol.begin()
        loop = asyncio.get_running_loop()
        kind: type[web.BaseRequest] = web.BaseRequest
        if message.version.major != 1:
            kind, message = _ForeignRequest, message._replace(version=HttpVersion11)
        return kind(message, payload, protocol, writer, task, loop)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if not isinstance(request, _ForeignRequest):
            return await self._handler(request)
        response = self._handler.refusal(request, 505)
        response.force_close()
        return response


class _ForeignRequest(web.BaseRequest):
    """A request of another major version of HTTP, to be answered in 1.1.

    The parser takes HTTP/0.9 and 2.0 for more of the same, and aiohttp would answer
    in a version that it does not speak (RFC 9110, 15.6.6).
    """


class _Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ("_handler", "_heard_at_s", "_is_answering", "_limits", "_owner")

    def __init__(self, owner: Server, handler: Handler, limits: Limits) -> None:
        super().__init__(
            owner,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.keep_alive_s,
            logger=_log,
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner does
            max_line_size=_TARGET_BYTES,
            max_field_size=_FIELD_BYTES,
            max_headers=_FIELDS,
            lingering_time=_LINGERING_S,
            auto_decompress=False,
        )
        self._owner = owner
        self._handler = handler
        self._limits = limits
        self._heard_at_s: float | None = None
        self._is_answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bound the connection, or refuse it when there are too many."""
        _bound_stalls(transport, self._limits.stall_timeout_s)
        if len(self._owner.connections) >= self._limits.connections:
            _refuse(transport)
            return
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Note when the first byte of a request came."""
        if data and self._heard_at_s is None:
            self._heard_at_s = self._loop.time()
        super().data_received(data)

    def begin(self) -> None:
        """Note that a whole request has come."""
        self._heard_at_s = None
        self._is_answering = True

    def log_access(
        self, request: web.BaseRequest, response: web.StreamResponse, time: float | None
    ) -> None:
        """Note that the answer has gone; aiohttp calls this after each."""
        del request, response, time
        self._is_answering = False

    def close_if_overdue(self, now_s: float) -> None:
        """Close when a request began too long ago and has not come whole."""
        if self._is_answering or self._heard_at_s is None:
            return
        if now_s - self._heard_at_s > self._limits.header_timeout_s:
            _log.debug("slow request closed")
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a malformed request, or one that our own code failed on."""
        del message  # it quotes the request
        if request.writer.output_size > 0:
            raise ConnectionError("failed in the middle of an answer") from exc
        if isinstance(exc, HttpProcessingError):
            status = _status_of(exc)
            _log.debug("malformed request", extra={"status": status})
        else:
            _log.error("request failed", extra={"status": status}, exc_info=exc)
        response = self._handler.refusal(request, status)
        response.force_close()
        return response


def _status_of(error: HttpProcessingError) -> int:
    if not isinstance(error, LineTooLong):
        return 400
    return 414 if _TARGET_BYTES in error.args else 431


def _bound_stalls(transport: asyncio.BaseTransport, timeout_s: float) -> None:
    """Have the kernel drop a peer that acknowledges or reads nothing for so long.

    It also watches what a closing connection has still to send, which no timer of
    ours could (tcp(7): TCP_USER_TIMEOUT; Linux only).
    """
    handle = transport.get_extra_info("socket")
    if handle is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        timeout_ms = int(timeout_s * 1000)
        handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)


def _refuse(transport: asyncio.BaseTransport) -> None:
    _log.warning("connection refused: too many")
    page = pages.problem(503, html=False)
    lines = [f"{name}: {value}" for name, value in page.fields]
    head = "\r\n".join(
        ["HTTP/1.1 503 Service Unavailable", *lines, "Connection: close"]
    )
    if isinstance(transport, asyncio.WriteTransport):
        transport.write(f"{head}\r\n\r\n".encode() + page.body)
    transport.close()
