"""Answers over loopback, read as bytes."""

import gzip
import json
import logging
from dataclasses import replace

import brotli
import pytest
import zstandard

from feeds.settings import Output, Settings, Site
from server.fields import http_date
from server.pages import LastBuild, Readiness
from server.store import load
from tests.server.conftest import NOW_S

from_coding = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}
TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
    "html": "text/html; charset=utf-8",
}
MODIFIED = "Sat, 14 Nov 2026 08:30:00 GMT"
NOW = "Sat, 14 Nov 2026 09:00:00 GMT"
CACHING = "public, max-age=300, stale-while-revalidate=30, stale-if-error=86400"


@pytest.mark.parametrize("form", TYPES)
async def test_a_document_says_all_about_itself(ask, snapshot, form):
    answer = await ask(f"/all.{form}")
    variant = snapshot.documents[f"/all.{form}"].variants["identity"]
    assert answer.status_line == "HTTP/1.1 200 OK"
    assert answer.body == variant.body
    others = [other for other in TYPES if other != form]
    links = [f'<https://feeds.example/all.{form}>; rel="self"'] + [
        f'<https://feeds.example/all.{other}>; rel="alternate"; '
        f'type="{TYPES[other].partition(";")[0]}"'
        for other in others
    ]
    assert answer.headers == [
        ("Server", "Stoker"),
        ("X-Content-Type-Options", "nosniff"),
        ("Access-Control-Allow-Origin", "*"),
        (
            "Access-Control-Expose-Headers",
            "Content-Location, Date, ETag, Last-Modified, Link, Retry-After, Vary",
        ),
        ("ETag", variant.etag),
        ("Last-Modified", MODIFIED),
        ("Vary", "Accept-Encoding"),
        ("Content-Type", TYPES[form]),
        ("Content-Length", str(len(variant.body))),
        ("Link", ", ".join(links)),
        ("Date", NOW),
        ("Cache-Control", CACHING),
        ("Expires", "Sat, 14 Nov 2026 09:05:00 GMT"),
        ("Connection", "close"),
    ]


class TestCodings:
    """An origin server MUST ensure that entity tags of a resource's representations
    differ, and a response whose coding was negotiated varies (RFC 9110, 8.8.3.3, 12.5.5).
    """

    @pytest.mark.parametrize("coding", from_coding)
    async def test_each_coding_unpacks_to_the_same_document(self, ask, coding):
        plain = await ask("/all.atom")
        answer = await ask("/all.atom", f"Accept-Encoding: {coding}")
        assert from_coding[coding](answer.body) == plain.body
        assert answer["Vary"] == "Accept-Encoding"
        assert answer["Content-Length"] == str(len(answer.body))
        if coding == "identity":
            assert "Content-Encoding" not in answer
        else:
            assert answer["Content-Encoding"] == coding
            assert answer["ETag"] != plain["ETag"]

    async def test_several_header_lines_are_one_list(self, ask):
        lines = ("Accept-Encoding: gzip;q=0", "Accept-Encoding: br;q=0, zstd")
        answer = await ask("/all.atom", *lines)
        assert answer["Content-Encoding"] == "zstd"

    async def test_small_document_comes_as_it_is_and_varies(self, ask):
        answer = await ask("/feeds.json", "Accept-Encoding: gzip, br")
        assert "Content-Encoding" not in answer
        assert answer["Vary"] == "Accept-Encoding"
        assert answer["Content-Type"] == "application/json"


class TestNotModified:
    """The server generating a 304 response MUST generate any of Content-Location, Date,
    ETag, Vary, Cache-Control and Expires that would have been sent in a 200 (OK)
    response to the same request (RFC 9110, 15.4.5).
    """

    KEPT = (
        "Server",
        "X-Content-Type-Options",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "ETag",
        "Last-Modified",
        "Cache-Control",
        "Vary",
        "Content-Location",
        "Date",
        "Expires",
        "Connection",
    )

    @pytest.mark.parametrize("target", ["/all.atom", "/all", "/", "/feeds.json"])
    @pytest.mark.parametrize("coding", ["identity", "gzip"])
    async def test_it_repeats_them_and_nothing_else(self, ask, target, coding):
        encoding = f"Accept-Encoding: {coding}"
        full = await ask(target, encoding)
        answer = await ask(target, encoding, f"If-None-Match: {full['ETag']}")
        assert answer.status_line == "HTTP/1.1 304 Not Modified"
        assert answer.body == b""
        expected = [pair for pair in full.headers if pair[0] in self.KEPT]
        assert answer.headers == expected

    async def test_tag_of_another_coding_is_another_tag(self, ask):
        packed = await ask("/all.atom", "Accept-Encoding: gzip")
        answer = await ask("/all.atom", f"If-None-Match: {packed['ETag']}")
        assert answer.status == 200

    async def test_lines_are_joined(self, ask):
        tag = (await ask("/all.atom"))["ETag"]
        lines = ('If-None-Match: "x"', f'If-None-Match: W/{tag},"y"')
        assert (await ask("/all.atom", *lines)).status == 304

    async def test_by_date(self, ask):
        assert (await ask("/all.atom", f"If-Modified-Since: {MODIFIED}")).status == 304
        old = "If-Modified-Since: Sat, 14 Nov 2026 08:29:59 GMT"
        assert (await ask("/all.atom", old)).status == 200

    async def test_connection_is_kept(self, running):
        tag = running.handler.snapshot.documents["/all.atom"].variants["identity"].etag
        one = f"GET /all.atom HTTP/1.1\r\nHost: h\r\nIf-None-Match: {tag}\r\n".encode()
        raw = await running.raw(one + b"\r\n" + one + b"Connection: close\r\n\r\n")
        assert raw.count(b"HTTP/1.1 304 Not Modified\r\n") == 2
        assert b"Content-Length" not in raw

    async def test_failed_precondition(self, ask):
        assert (await ask("/all.atom", 'If-Match: "x"')).status == 412


class TestLastModified:
    """An origin server with a clock MUST NOT generate a Last-Modified date that is
    later than the server's time of message origination (RFC 9110, 8.8.2.1).
    """

    async def test_a_date_ahead_is_shown_as_now_and_compared_as_it_is(self, running):
        document = running.handler.snapshot.documents["/all.atom"]
        running.clock.seconds = document.modified_s - 2
        answer = await running.ask("/all.atom")
        assert answer["Last-Modified"] == answer["Date"]
        since = f"If-Modified-Since: {answer['Last-Modified']}"
        assert (await running.ask("/all.atom", since)).status == 200
        tag = f"If-None-Match: {answer['ETag']}"
        again = await running.ask("/all.atom", tag)
        assert again.status == 304
        assert again["Last-Modified"] == again["Date"]

    async def test_dates_follow_the_clock(self, running):
        for second in (0, 0.9, 1, 61):
            running.clock.seconds = 1_800_000_000 + second
            answer = await running.ask("/all.atom")
            assert answer["Date"] == http_date(1_800_000_000 + int(second))
            assert answer["Expires"] == http_date(1_800_000_300 + int(second))


class TestHead:
    """The server SHOULD send the same header fields in response to a HEAD request as it
    would have sent if the request method had been GET (RFC 9110, 9.3.2).
    """

    @pytest.mark.parametrize(
        "target",
        ["/all.atom", "/all", "/", "/missing", "/topics/old", "/%zz", "/healthz"],
    )
    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    async def test_it_equals_get(self, ask, target, accept):
        lines = (f"Accept: {accept}", "Accept-Encoding: br")
        get = await ask(target, *lines)
        head = await ask(target, *lines, method="HEAD")
        assert head.status_line == get.status_line
        assert head.headers == get.headers
        assert head["Content-Length"] == str(len(get.body))
        assert head.body == b""

    async def test_it_is_conditional_too(self, ask):
        tag = (await ask("/all.atom"))["ETag"]
        answer = await ask("/all.atom", f"If-None-Match: {tag}", method="HEAD")
        assert answer.status == 304


class TestBareStem:
    """Content-Location identifies the representation chosen, Vary what chose it
    (RFC 9110, 8.7 and 12.5.5).
    """

    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            (None, "atom"),
            ("*/*", "atom"),
            ("image/png", "atom"),
            ("text/html,application/xml;q=0.9,*/*;q=0.8", "html"),
            ("application/atom+xml, application/rss+xml, text/html", "atom"),
            ("application/rss+xml", "rss"),
            ("application/feed+json", "json"),
        ],
    )
    @pytest.mark.parametrize(
        "stem", ["/all", "/topics/joe-biden", "/providers/reuters.com"]
    )
    async def test_format(self, ask, stem, accept, form):
        answer = await ask(stem, *([f"Accept: {accept}"] if accept else []))
        direct = await ask(f"{stem}.{form}")
        assert answer.status == 200
        assert answer.body == direct.body
        assert answer["ETag"] == direct["ETag"]
        assert answer["Content-Type"] == TYPES[form]
        assert answer["Content-Location"] == f"https://feeds.example{stem}.{form}"
        assert answer["Vary"] == "Accept, Accept-Encoding"
        assert answer["Link"] == direct["Link"]

    @pytest.mark.parametrize("accept", ["*/*", "text/html", "application/rss+xml"])
    @pytest.mark.parametrize(
        "stem",
        [
            "/all",
            "/topics/joe-biden",
            "/topics/joe-biden/latest",
            "/topics/%E6%97%A5%E6%9C%AC",
            "/topics/%e6%97%a5%e6%9c%ac",
            "/providers/reuters.com",
        ],
    )
    async def test_a_slash_at_its_end_is_none(self, ask, stem, accept):
        bare = await ask(stem, f"Accept: {accept}")
        for target in (f"{stem}/", f"{stem}/?utm_source=x"):
            answer = await ask(target, f"Accept: {accept}")
            assert (answer.headers, answer.body) == (bare.headers, bare.body)

    async def test_a_slash_at_its_end_is_conditional_and_has_no_body_in_head(self, ask):
        full = await ask("/all/")
        answer = await ask("/all/", f"If-None-Match: {full['ETag']}")
        assert (answer.status, answer.body) == (304, b"")
        head = await ask("/all/", method="HEAD")
        assert (head.headers, head.body) == (full.headers, b"")

    async def test_a_format_that_is_not_there_is_not_chosen(self, ask):
        answer = await ask("/topics/joe-biden/latest", "Accept: text/html")
        assert answer["Content-Type"] == TYPES["atom"]

    async def test_an_extension_ignores_accept(self, ask):
        answer = await ask("/all.rss", "Accept: text/html")
        assert answer["Content-Type"] == TYPES["rss"]
        assert "Content-Location" not in answer

    async def test_gone_stem_lives_while_one_format_does(self, ask):
        assert (await ask("/topics/old")).status == 410
        assert (await ask("/topics/old/")).status == 410


class TestTargets:
    @pytest.mark.parametrize(
        "target",
        [
            "/topics/%E6%97%A5%E6%9C%AC.atom",
            "/topics/%e6%97%a5%e6%9c%ac.atom",
            "/topics/%E6%97%A5%E6%9C%AC.atom?utm_source=x&y=%zz",
            "http://other.example/topics/%E6%97%A5%E6%9C%AC.atom",
        ],
    )
    async def test_found(self, ask, target):
        answer = await ask(target)
        assert answer.status == 200
        assert (
            "<https://feeds.example/topics/%E6%97%A5%E6%9C%AC.atom>" in answer["Link"]
        )

    @pytest.mark.parametrize(
        "target",
        [
            "/nothing",
            "/all.atom/",
            "/topics/joe-biden//",
            "/topics/",
            "/topics",
            "/feeds/",
            "/index/",
            "/manifest/",
            "/manifest.json/",
            "/index.html/",
            "/topics%2Fjoe-biden.atom",
            "/manifest.json",
            "/all.atom.gz",
            "/.stoker-staging/0",
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/..%5c..%5cetc",
            "//all.atom",
            "/ALL.atom",
            "/index",
        ],
    )
    async def test_not_found(self, ask, target):
        answer = await ask(target)
        assert answer.status == 404
        assert answer["Cache-Control"] == "max-age=60"

    @pytest.mark.parametrize(
        "target",
        ["/%00", "/a%0d%0aX:%20y", "/%ff", "/%C0%AE", "/%", "/topics/日本.atom"],
    )
    async def test_malformed(self, ask, target):
        answer = await ask(target)
        assert answer.status == 400
        assert "X" not in answer

    async def test_root_is_the_index_page(self, ask):
        assert (await ask("/")).body == (await ask("/index.html")).body

    async def test_gone(self, ask):
        for target in ("/topics/old.atom", "/topics/old", "/old.txt"):
            answer = await ask(target)
            assert answer.status == 410
            assert json.loads(answer.body)["title"] == "Gone"

    async def test_host_is_never_repeated(self, ask):
        for lines in ((), ("X-Forwarded-Host: evil.example", "Forwarded: host=evil")):
            answer = await ask("/all", *lines, host="evil.example")
            assert "evil" not in str(answer.headers)

    async def test_prefix_of_the_base_url(self, start, published, output):
        published(gone=["x.atom"])
        site = Site(base_url="https://example.org/feeds")
        settings = Settings(site=site, output=Output(path=str(output)))
        running = await start(load(output, settings=settings))
        for target in ("/feeds/x.atom", "/feeds/x", "/x.atom"):
            assert (await running.ask(target)).status == 410
        for target in ("/feeds/all", "/all", "/feeds/all/", "/all/"):
            answer = await running.ask(target)
            assert answer["Content-Location"] == "https://example.org/feeds/all.atom"
        for target in ("/feeds", "/feeds/", "/", "/feeds/healthz", "/healthz"):
            assert (await running.ask(target)).status == 200


class TestMoved:
    """A feed with another name: RFC 9110, 15.4.2."""

    @pytest.fixture
    async def running(self, start, published, output):
        def running(base_url="https://feeds.example"):
            ends = (".atom", ".rss", ".json", ".html")
            moved = {f"topics/été{end}": f"topics/日本{end}" for end in ends}
            moved |= {
                f"topics/été/latest{end}": f"topics/日本{end}" for end in ends[:3]
            }
            published(moved=moved, gone=["topics/old.atom"])
            site = Site(base_url=base_url)
            settings = Settings(site=site, output=Output(path=str(output)))
            return start(load(output, settings=settings))

        return running

    @pytest.mark.parametrize(
        ("target", "goal"),
        [
            ("/topics/%C3%A9t%C3%A9.atom", "/topics/%E6%97%A5%E6%9C%AC.atom"),
            ("/topics/%c3%a9t%c3%a9.rss?x=1", "/topics/%E6%97%A5%E6%9C%AC.rss"),
            ("/topics/%C3%A9t%C3%A9", "/topics/%E6%97%A5%E6%9C%AC"),
            ("/topics/%C3%A9t%C3%A9/", "/topics/%E6%97%A5%E6%9C%AC"),
            ("/topics/%C3%A9t%C3%A9/latest.json", "/topics/%E6%97%A5%E6%9C%AC.json"),
            ("/topics/%C3%A9t%C3%A9/latest", "/topics/%E6%97%A5%E6%9C%AC"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_it_sends_to_where_the_feed_is(self, running, target, goal, method):
        ask = (await running()).ask
        answer = await ask(target, method=method)
        assert (answer.status, answer["Location"]) == (301, goal)
        assert bool(answer.body) is (method == "GET")
        assert (await ask(goal)).status == 200

    async def test_its_life_is_bounded_like_that_of_a_document(self, running):
        ask = (await running()).ask
        answer = await ask("/topics/%C3%A9t%C3%A9.atom")
        assert answer["Cache-Control"] == (await ask("/all.atom"))["Cache-Control"]

    async def test_no_condition_makes_it_another_answer(self, running):
        ask = (await running()).ask
        tag = (await ask("/topics/%E6%97%A5%E6%9C%AC.atom"))["ETag"]
        answer = await ask("/topics/%C3%A9t%C3%A9.atom", f"If-None-Match: {tag}")
        assert answer.status == 301

    async def test_other_methods_are_refused_as_ever(self, running):
        ask = (await running()).ask
        assert (await ask("/topics/%C3%A9t%C3%A9.atom", method="POST")).status == 405

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/topics/%C3%A9t%C3%A9.atom/", 404),
            ("/topics/%C3%A9t%C3%A9/hot", 404),
            ("/topics/old.atom", 410),
            ("/topics/%E6%97%A5%E6%9C%AC", 200),
        ],
    )
    async def test_nothing_else_is_sent_away(self, running, target, status):
        assert (await (await running()).ask(target)).status == status

    @pytest.mark.parametrize("prefix", ["", "/feeds"], ids=["stripped", "kept"])
    async def test_below_a_path_it_stays_there(self, running, prefix):
        ask = (await running("https://example.org/feeds")).ask
        answer = await ask(f"{prefix}/topics/%C3%A9t%C3%A9.atom")
        assert answer["Location"] == "/feeds/topics/%E6%97%A5%E6%9C%AC.atom"


class TestLifetime:
    """No answer stays fresh beyond the next change that is known of."""

    @pytest.fixture
    async def until(self, start, snapshot):
        """Ask a server whose next change is so many seconds ahead."""

        async def ask(left_s, target, *headers):
            running = await start(replace(snapshot, next_change_s=NOW_S + left_s))
            return await running.ask(target, *headers)

        return ask

    @pytest.mark.parametrize(
        ("left_s", "max_age_s"), [(3_600, 300), (300, 300), (41, 41), (0, 0), (-9, 0)]
    )
    async def test_a_document(self, until, left_s, max_age_s):
        answer = await until(left_s, "/all.atom")
        assert answer["Cache-Control"] == CACHING.replace("300", str(max_age_s))
        assert answer["Expires"] == http_date(NOW_S + max_age_s)

    @pytest.mark.parametrize(
        ("change_s", "expiry_s", "said"),
        [
            (100_000, 100_000, (300, 30, 86_400)),
            (86_701, 86_701, (300, 30, 86_400)),
            (86_699, 86_699, (300, 30, 86_399)),
            (3_600, 3_600, (300, 30, 3_300)),
            (310, 310, (300, 10, 10)),
            (300, 300, (300, 0, 0)),
            (15, 15, (15, 0, 0)),
            (15, 20, (15, 5, 5)),
            (15, 100_000, (15, 30, 86_400)),
            (0, 0, (0, 0, 0)),
            (-9, -9, (0, 0, 0)),
        ],
    )
    async def test_nor_is_it_of_any_use_beyond_an_expiry(
        self, start, snapshot, change_s, expiry_s, said
    ):
        running = await start(
            replace(
                snapshot,
                next_change_s=NOW_S + change_s,
                next_expiry_s=NOW_S + expiry_s,
            )
        )
        etag = snapshot.documents["/all.atom"].variants["identity"].etag
        answers = [
            await running.ask("/all.atom"),
            await running.ask("/topics/joe-biden"),
            await running.ask("/all.atom", f"If-None-Match: {etag}"),
        ]
        expected = "public, max-age={}, stale-while-revalidate={}, stale-if-error={}"
        stated = {answer["Cache-Control"] for answer in answers}
        assert stated == {expected.format(*said)}

    async def test_a_304_says_the_same(self, until, snapshot):
        etag = snapshot.documents["/all.atom"].variants["identity"].etag
        answer = await until(41, "/all.atom", f"If-None-Match: {etag}")
        assert answer.status == 304
        assert answer["Cache-Control"] == CACHING.replace("300", "41")
        assert answer["Expires"] == http_date(NOW_S + 41)

    @pytest.mark.parametrize(("left_s", "max_age_s"), [(90, 60), (7, 7), (-7, 0)])
    async def test_a_feed_that_is_not_there_yet(self, until, left_s, max_age_s):
        answer = await until(left_s, "/topics/ferries.atom")
        assert answer.status == 404
        assert answer["Cache-Control"] == f"max-age={max_age_s}"

    async def test_it_shortens_as_time_passes(self, start, snapshot):
        running = await start(replace(snapshot, next_change_s=NOW_S + 41))
        running.clock.seconds += 40
        assert "max-age=1," in (await running.ask("/all.atom"))["Cache-Control"]


class TestMethods:
    """The origin server MUST generate an Allow header field in a 405 response
    (RFC 9110, 15.5.6).
    """

    @pytest.mark.parametrize(
        "method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "X-Y"]
    )
    async def test_others_are_refused(self, ask, method):
        answer = await ask("/all.atom", "Content-Length: 0", method=method)
        if method == "X-Y":
            assert answer.status in {400, 405}  # the parser may not know the method
        else:
            assert answer.status == 405
            assert answer["Allow"] == "GET, HEAD, OPTIONS"
        assert answer["Server"] == "Stoker"

    @pytest.mark.parametrize("target", ["/all.atom", "*", "/missing"])
    async def test_options(self, ask, target):
        answer = await ask(
            target,
            "Origin: https://reader.example",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: if-none-match",
            method="OPTIONS",
        )
        assert answer.status == 204
        assert answer["Allow"] == "GET, HEAD, OPTIONS"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "If-None-Match" in answer["Access-Control-Allow-Headers"]
        assert "Content-Length" not in answer

    async def test_a_script_may_see_the_validators(self, ask):
        exposed = (await ask("/all.atom"))["Access-Control-Expose-Headers"]
        assert {"ETag", "Link", "Last-Modified"} <= set(exposed.split(", "))


class TestProblems:
    async def test_json_for_programs_and_html_for_people(self, ask):
        answer = await ask("/missing")
        assert answer["Content-Type"] == "application/problem+json"
        answer = await ask("/missing", "Accept: text/html,*/*;q=0.8")
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        assert answer["Vary"] == "Accept"
        assert answer["Date"] == NOW

    async def test_no_snapshot_is_503_with_a_time_to_retry(self, start):
        running = await start(None)
        answer = await running.ask("/all.atom")
        assert answer.status == 503
        assert int(answer["Retry-After"]) > 0
        assert (await running.ask("/healthz")).status == 200

    async def test_a_fault_of_ours_is_a_plain_500(self, start, caplog):
        running = await start(None)  # has no state for /readyz
        answer = await running.ask("/readyz")
        assert answer.status == 500
        assert json.loads(answer.body)["title"] == "Internal Server Error"
        assert answer["Server"] == "Stoker"
        assert caplog.records[-1].message == "request failed"


async def test_readiness_is_never_cached(running):
    last = LastBuild(ok=False, reason="exit 1: no space", ended="2026-11-14T09:00:00Z")
    running.state.append(
        Readiness(documents=1, age_s=5, overdue_s=0, stale_after_s=60, last_build=last)
    )
    answer = await running.ask("/readyz")
    assert answer.status == 200
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.body)["last_build"]["reason"] == "exit 1: no space"
    stale = Readiness(
        documents=1, age_s=99, overdue_s=61, stale_after_s=60, last_build=last
    )
    running.state.append(stale)
    assert (await running.ask("/readyz")).status == 503


async def test_one_line_an_outcome_when_asked_for(ask, caplog):
    with caplog.at_level(logging.DEBUG, "server.handlers"):
        await ask("/missing?q")
    (record,) = (r for r in caplog.records if r.message == "answered")
    assert (record.method, record.target, record.status) == ("GET", "/missing?q", 404)
