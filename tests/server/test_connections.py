"""What comes over a socket, byte for byte, and what a client may take."""

import asyncio
import contextlib
import re
import socket
import time

import pytest

from server.connections import Limits

GET = b"GET /all.atom HTTP/1.1\r\nHost: h\r\n"
CLOSE = b"Connection: close\r\n\r\n"


def statuses(raw):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", raw)]


class TestMessages:
    """RFC 9112: what a server of HTTP/1.1 must be able to read."""

    async def test_http_1_0_needs_no_host_and_closes(self, running):
        raw = await running.raw(b"GET /all.atom HTTP/1.0\r\n\r\n")
        assert raw.startswith(b"HTTP/1.0 200 OK\r\n")
        assert b"chunked" not in raw

    async def test_http_1_0_may_keep_the_connection(self, running):
        one = b"GET /feeds.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        raw = await running.raw(one + b"GET /missing HTTP/1.0\r\n\r\n")
        assert statuses(raw) == [200, 404]

    async def test_pipelined_requests_are_answered_in_order(self, running):
        paths = [b"/all.atom", b"/missing", b"/feeds.json", b"/topics/old", b"/all.rss"]
        requests = b"".join(
            b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n" for path in paths * 10
        )
        raw = await running.raw(requests + GET + CLOSE)
        assert statuses(raw) == [200, 404, 200, 410, 200] * 10 + [200]

    async def test_request_may_come_byte_by_byte(self, running):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for byte in GET + CLOSE:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert statuses(await reader.read()) == [200]
        writer.close()

    async def test_absolute_form(self, running):
        request = b"GET http://other.example/all.atom HTTP/1.1\r\nHost: h\r\n" + CLOSE
        raw = await running.raw(request)
        assert statuses(raw) == [200]
        assert b"other.example" not in raw

    async def test_expectation_gets_a_final_answer(self, running):
        """RFC 9110, 10.1.1: respond with 100 or with a final status code."""
        raw = await running.raw(GET + b"Expect: 100-continue\r\n" + CLOSE)
        assert statuses(raw) == [200]
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"POST /all.atom HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n")
        writer.write(b"Expect: 100-continue\r\n\r\n")
        assert statuses(await reader.readuntil(b"\r\n\r\n")) == [405]
        writer.close()

    async def test_body_of_a_get_is_read_and_ignored(self, running):
        raw = await running.raw(GET + b"Content-Length: 3\r\n\r\nabc" + GET + CLOSE)
        assert statuses(raw) == [200, 200]

    async def test_upgrade_is_declined(self, running):
        upgrade = b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n"
        assert statuses(await running.raw(GET + upgrade)) == [200]

    @pytest.mark.parametrize(
        "hosts",
        [b"", b"Host: a\r\nHost: b\r\n"],
        ids=["none", "two"],
    )
    async def test_host_must_stand_once(self, running, hosts):
        """RFC 9112, 3.2: MUST respond with 400 to any HTTP/1.1 request that lacks a
        Host header field and to any that contains more than one.
        """
        raw = await running.raw(b"GET /all.atom HTTP/1.1\r\n" + hosts + CLOSE)
        assert statuses(raw) == [400]


class TestMalformed:
    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", 400, id="TLS"),
            pytest.param(b"nonsense\r\n\r\n", 400, id="no HTTP"),
            pytest.param(b"GET /\r\n\r\n", 505, id="HTTP/0.9"),
            pytest.param(b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, id="HTTP/2"),
            pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="preface"),
            pytest.param(
                b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400, id="blank in name"
            ),
            pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\n x\r\n\r\n", 400, id="folding"),
            pytest.param(b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="NUL"),
            pytest.param(b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="raw bytes"),
            pytest.param(
                b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400,
                id="two lengths",
            ),
            pytest.param(
                b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
                414,
                id="long target",
            ),
            pytest.param(
                GET + b"X: " + b"a" * 20_000 + b"\r\n\r\n", 431, id="long field"
            ),
            pytest.param(
                GET + b"".join(b"X%d: y\r\n" % i for i in range(200)) + b"\r\n",
                400,
                id="many fields",
            ),
            pytest.param(
                b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n" + CLOSE, 405, id="CONNECT"
            ),
        ],
    )
    async def test_it_is_refused_in_our_own_words(
        self, running, request_, status, caplog
    ):
        raw = await running.raw(request_)
        assert statuses(raw) == [status]
        assert b"Server: Stoker\r\n" in raw
        assert b"Content-Type: application/problem+json\r\n" in raw
        assert b"ython" not in raw
        assert b"aiohttp" not in raw
        assert not [r for r in caplog.records if r.levelname in {"ERROR", "WARNING"}]

    async def test_long_query_is_fine_within_the_limit(self, running):
        request = b"GET /all.atom?" + b"q" * 7_000 + b" HTTP/1.1\r\nHost: h\r\n" + CLOSE
        assert statuses(await running.raw(request)) == [200]


class TestLimits:
    async def test_slow_header_is_cut_off(self, start, snapshot):
        running = await start(snapshot, limits=Limits(header_timeout_s=0.2))
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(GET + b"X: ")
        started = time.monotonic()

        def is_cut_off():
            # What was written after the end resets the connection.
            return reader.at_eof() or isinstance(reader.exception(), ConnectionError)

        while time.monotonic() - started < 3 and not is_cut_off():
            writer.write(b"x")
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.02):
                    assert await reader.read() == b""
        assert is_cut_off()
        assert 0.2 < time.monotonic() - started < 2
        writer.close()

    async def test_idle_connection_is_closed(self, start, snapshot):
        running = await start(snapshot, limits=Limits(keep_alive_s=0.2))
        assert await running.raw(b"") == b""
        raw = await running.raw(GET + b"\r\n")
        assert statuses(raw) == [200]

    async def test_kept_connection_is_no_slow_request(self, start, snapshot):
        running = await start(snapshot, limits=Limits(header_timeout_s=0.1))
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for _ in range(2):
            writer.write(GET + b"If-None-Match: *\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert statuses(head) == [304]
            await asyncio.sleep(0.3)
        writer.close()

    async def test_too_many_connections_are_refused(self, start, snapshot, caplog):
        running = await start(snapshot, limits=Limits(connections=1))
        held_reader, held = await asyncio.open_connection("127.0.0.1", running.port)
        held.write(GET + b"If-None-Match: *\r\n\r\n")
        await held_reader.readuntil(b"\r\n\r\n")
        raw = await running.raw(GET + CLOSE)
        assert statuses(raw) == [503]
        assert b"Retry-After" in raw
        assert caplog.records[-1].message == "connection refused: too many"
        held.close()

    @pytest.mark.skipif(
        not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the kernel's timer is Linux's"
    )
    async def test_stalled_client_is_dropped_and_holds_nobody(
        self, start, snapshot, eventually
    ):
        running = await start(snapshot, limits=Limits(stall_timeout_s=0.5))
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
        stalled.setblocking(False)  # noqa: FBT003
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stalled, ("127.0.0.1", running.port))
        sending = asyncio.ensure_future(
            loop.sock_sendall(stalled, (GET + b"\r\n") * 5_000)
        )
        await asyncio.sleep(0.1)
        assert (await running.ask("/all.atom")).status == 200
        await eventually(lambda: not running.server.connections)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        stalled.close()

    async def test_drain_ends_idle_connections_at_once(self, start, snapshot):
        running = await start(snapshot)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(GET + b"If-None-Match: *\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(1):
            await running.server.drain(5)
            assert await reader.read() == b""
        writer.close()
