"""What the long-running benchmarks make of answers, logs and figures."""

import gzip
import os

import pytest

from tests.bench import processes, serving
from tests.bench.answers import Answer, Head, head_of, request
from tests.bench.following import Followed, newest_in
from tests.bench.live import names_in
from tests.bench.readers import Judge, Question, fault_of_body
from tests.bench.series import in_words, percentile, slope
from tests.bench.verdict import Bounds, Findings, Look, conditions

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id>
<entry><id>tag:a,2026:article/old.md</id><published>2025-01-01T00:00:00Z</published></entry>
<entry><id>tag:a,2026:article/new.md</id><published>2025-02-01T00:00:00Z</published></entry>
</feed>"""
BOUNDS = Bounds(debounce_s=0.1, growth_mib=0.5, warm_up_min=2)


def answer(body: bytes = b"{}", *, status: int = 200, **fields: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Answer(head=Head(status=status, fields=named), body=body)


def findings(*, grows: float = 0, visible_s: float = 0.2, minutes: int = 20):
    looks = [
        Look(minute=at, server_mib=60 + grows * at, builder_mib=100)
        for at in range(minutes)
    ]
    edits = Followed(visible_s=[visible_s] * 5)
    return Findings(judge=Judge(), looks=looks, edits=edits)


def broken(found: Findings, log: str = "", late: tuple[str, ...] = ()) -> list[str]:
    return [
        each.name for each in conditions(found, log, late, BOUNDS) if not each.holds
    ]


def test_percentiles_are_values_that_were_measured():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    found = [percentile(values, share) for share in (0, 0.5, 0.9, 1)]
    assert found == [1.0, 3.0, 5.0, 5.0]
    assert in_words([0.004]) == "median 4.0, p90 4.0, p99 4.0, max 4.0 ms of 1"
    assert in_words([]) == "none"


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([(0, 1), (1, 3), (2, 5)], 2, id="a line"),
        pytest.param([(0, 1), (1, 2), (2, 1)], 0, id="up and down again"),
        pytest.param([(3, 1), (3, 9)], 0, id="no time passed"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_slope(points, expected):
    assert slope(points) == pytest.approx(expected)


def test_a_head_is_read_by_lower_case_names():
    head = head_of(b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 12\r\n\r\n')
    assert (head.status, head.etag, head.body_bytes) == (200, '"a"', 12)


def test_a_304_has_no_body_whatever_its_length_says():
    head = head_of(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n")
    assert head.body_bytes == 0


def test_a_question_is_conditional_only_with_an_etag():
    assert b"If-None-Match" not in request("/a", "localhost")
    asked = request("/a", "localhost", etag='"x"', encoding="gzip")
    assert b'\r\nIf-None-Match: "x"\r\nAccept-Encoding: gzip\r\n\r\n' in asked


@pytest.mark.parametrize(
    ("question", "given", "fault"),
    [
        pytest.param({}, answer(etag='"a"'), "", id="a document"),
        pytest.param(
            {"etag": '"a"'}, answer(b"", status=304, etag='"a"'), "", id="304"
        ),
        pytest.param({}, answer(status=410), "", id="gone"),
        pytest.param({}, answer(status=500), "status 500", id="an error"),
        pytest.param({}, answer(), "no strong ETag", id="no ETag"),
        pytest.param({}, answer(etag='W/"a"'), "no strong ETag", id="a weak one"),
        pytest.param(
            {"etag": '"a"'},
            answer(b"", status=304, etag='"b"'),
            "a 304 for another ETag",
            id="304 for another",
        ),
        pytest.param(
            {"etag": '"a"'},
            answer(etag='"a"'),
            "a 200 for the ETag that was sent",
            id="200 for the same",
        ),
        pytest.param(
            {}, answer(b"{", etag='"a"'), "malformed: JSONDecodeError", id="torn JSON"
        ),
    ],
)
def test_answers_are_judged(question, given, fault):
    judge = Judge(parse_every=1)
    judge.judge(Question(path="/a.json", **question), given)
    assert list(judge.faults) == ([fault] if fault else [])


def test_one_etag_stands_for_one_body():
    judge = Judge()
    for body in (b"{}", b"{}", b"[]"):
        judge.judge(Question(path="/a.json"), answer(body, etag='"a"'))
    judge.judge(Question(path="/b.json"), answer(b"[1]", etag='"a"'))
    assert judge.faults == {"two bodies with one ETag": 1}


@pytest.mark.parametrize(
    ("path", "given", "is_good"),
    [
        pytest.param("/a.atom", answer(ATOM), True, id="Atom"),
        pytest.param("/a.atom", answer(ATOM[:-9]), False, id="cut Atom"),
        pytest.param(
            "/a.rss",
            answer(gzip.compress(ATOM), content_encoding="gzip"),
            True,
            id="compressed",
        ),
        pytest.param(
            "/a.rss",
            answer(gzip.compress(ATOM)[:-9], content_encoding="gzip"),
            False,
            id="cut while compressed",
        ),
        pytest.param("/a.html", answer(b"<p>"), True, id="a page is not parsed"),
    ],
)
def test_bodies_are_parsed(path, given, is_good):
    assert bool(fault_of_body(path, given)) is not is_good


def test_entries_are_told_by_the_names_of_their_files():
    assert names_in(ATOM) == ["old.md", "new.md"]
    assert newest_in(ATOM, 1) == ["new.md"]


def test_the_numbers_of_each_build_are_read_from_the_log():
    log = (
        "2026-11-22 05:30:01,000 INFO serving url=http://127.0.0.1:1\n"
        "2026-11-22 05:30:02,000 INFO regenerated took_s=0.25 articles=3 why=edit\n"
        "2026-11-22 05:30:03,000 ERROR build failed: INFO regenerated took_s=9\n"
    )
    assert serving.builds(log) == [{"took_s": 0.25, "articles": 3}]
    (line,) = serving.lines_of(log, "ERROR")
    assert "build failed" in line


def test_a_soak_in_which_all_went_well_breaks_nothing():
    assert broken(findings()) == []


@pytest.mark.parametrize(
    ("found", "also", "word"),
    [
        pytest.param(findings(grows=0.6), {}, "the server grows", id="memory"),
        pytest.param(findings(visible_s=1.2), {}, "within 1.1 s", id="slow"),
        pytest.param(findings(), {"late": ("all.atom",)}, "from scratch", id="stale"),
        pytest.param(
            findings(), {"log": "2026-01-01 00:00:00,000 ERROR x"}, "error", id="errors"
        ),
    ],
)
def test_what_went_wrong_breaks_its_condition(found, also, word):
    (name,) = broken(found, **also)
    assert word in name


def test_too_short_a_time_tells_nothing_of_memory():
    assert broken(findings(grows=5, minutes=6)) == []


def test_this_process_holds_memory_and_used_time():
    pid = os.getpid()
    assert 0 < processes.share_bytes(pid) <= processes.peak_bytes(pid)
    assert processes.resident_bytes(pid) > 0
    assert sum(processes.cpu_s(pid)) > 0


def test_a_process_that_is_gone_has_nothing():
    pid = 2**22 + 1  # above pid_max
    assert list(processes.descendants(pid)) == []
    assert processes.cpu_s(pid) == (0, 0)
    assert processes.share_bytes(pid) == 0
