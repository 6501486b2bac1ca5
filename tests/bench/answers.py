"""Reads HTTP/1.1 answers as bytes, and asks for documents over one connection.

Only what Stoker sends is understood: a Content-Length on every 200, no chunks.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_END = b"\r\n\r\n"
_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The status of an answer, and its fields by lower-case name."""

    status: int
    fields: Mapping[str, str]

    @property
    def body_bytes(self) -> int:
        """The length of the body that must follow; RFC 9112, 6.3: a 304 has none."""
        has_none = self.status in {204, 304}
        return 0 if has_none else int(self.fields["content-length"])

    @property
    def etag(self) -> str:
        """The validator, or nothing."""
        return self.fields.get("etag", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in full."""

    head: Head
    body: bytes


def head_of(text: bytes) -> Head:
    """Return the head in `text`, which ends with it.

    Raises:
        ValueError: It is no head of HTTP/1.1.
    """
    status_line, *lines = text.decode("latin-1").rstrip("\r\n").split("\r\n")
    version, status, *_ = status_line.split(" ", 2)
    if version != "HTTP/1.1":
        raise ValueError(f"no HTTP/1.1: {status_line!r}")
    pairs = (line.partition(":") for line in lines)
    fields = {name.lower(): value.strip() for name, _, value in pairs}
    return Head(status=int(status), fields=fields)


def request(path: str, host: str, *, etag: str = "", encoding: str = "") -> bytes:
    """Return a GET; conditional with an `etag`, for a coded body with an `encoding`."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    if etag:
        lines.append(f"If-None-Match: {etag}")
    if encoding:
        lines.append(f"Accept-Encoding: {encoding}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Connection:
    """One kept-alive connection; blocks."""

    def __init__(self, url: str, *, timeout_s: float = 30) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        address = (parts.hostname or "", parts.port or 80)
        self._socket = socket.create_connection(address, timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def get(self, path: str, *, etag: str = "") -> Answer:
        """Ask for a document, and wait for the whole answer."""
        self._socket.sendall(request(path, self._host, etag=etag))
        buffer = bytearray()
        while (at := buffer.find(_END)) < 0:
            self._receive(buffer)
        head = head_of(bytes(buffer[: at + len(_END)]))
        end = at + len(_END) + head.body_bytes
        while len(buffer) < end:
            self._receive(buffer)
        return Answer(head=head, body=bytes(buffer[at + len(_END) : end]))

    def _receive(self, buffer: bytearray) -> None:
        chunk = self._socket.recv(_CHUNK_BYTES)
        if not chunk:
            raise ConnectionResetError("the server ended the connection")
        buffer += chunk
