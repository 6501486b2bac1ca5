"""Problems and the state of the server."""

import json
from datetime import UTC, datetime

import pytest

from feeds.loss import HeldBack
from server.pages import LastBuild, Readiness, alive, options, problem, readiness

STATUSES = [400, 404, 405, 410, 412, 414, 431, 500, 503, 505]


def state(**changed):
    facts = {"documents": 3, "age_s": 10.0, "overdue_s": 0.0, "stale_after_s": 60.0}
    return Readiness(**(facts | {"last_build": None} | changed))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
class TestProblem:
    def test_states_type_length_and_lifetime(self, status, html):
        page = problem(status, html=html)
        fields = dict(page.fields)
        media_type = "text/html; charset=utf-8" if html else "application/problem+json"
        assert page.status == status
        assert fields["Content-Type"] == media_type
        assert fields["Content-Length"] == str(len(page.body))
        assert fields["Cache-Control"].startswith("max-age=")
        assert fields["Vary"] == "Accept"
        assert fields["Server"] == "Stoker"

    def test_says_what_is_wrong(self, status, html):
        body = problem(status, html=html).body.decode()
        if html:
            assert body.startswith("<!doctype html>")
        else:
            # RFC 9457, 3.1
            facts = json.loads(body)
            assert facts["status"] == status
            assert facts["type"] == "about:blank"
            assert facts["title"]
            assert facts["detail"]


def test_other_statuses_get_the_nearest():
    assert problem(418, html=False).status == 400
    assert problem(504, html=False).status == 500


def test_405_lists_methods_and_503_when_to_retry():
    assert dict(problem(405, html=False).fields)["Allow"] == "GET, HEAD, OPTIONS"
    assert int(dict(problem(503, html=False).fields)["Retry-After"]) > 0


def test_options_has_no_body():
    assert options().status == 204
    assert options().body == b""


class TestState:
    def test_alive(self):
        assert alive().status == 200
        assert dict(alive().fields)["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("changed", "status", "reason"),
        [
            pytest.param({}, 200, "", id="fresh"),
            pytest.param({"documents": 0}, 200, "", id="empty but built"),
            pytest.param({"documents": None}, 503, "no feeds", id="nothing yet"),
            pytest.param({"age_s": 80_000.0}, 200, "", id="between two runs"),
            pytest.param({"overdue_s": 59.0}, 200, "", id="a little late"),
            pytest.param({"overdue_s": 61.0}, 503, "due for 61 s", id="overdue"),
        ],
    )
    def test_ready_when_loaded_and_fresh(self, changed, status, reason):
        page = readiness(state(**changed))
        facts = json.loads(page.body)
        assert page.status == status
        assert facts["ready"] is (status == 200)
        assert reason in facts["reason"]

    def test_a_loss_shows_and_leaves_it_ready(self):
        loss = HeldBack(
            where="b/",
            held=19,
            gone=19,
            of=19,
            since=datetime(2026, 11, 14, 9, tzinfo=UTC),
            accept="stoker build --accept-loss",
        )
        page = readiness(state(losses=(loss,)))
        assert page.status == 200
        (facts,) = json.loads(page.body)["losses"]
        assert (facts["where"], facts["gone"], facts["of"]) == ("b/", 19, 19)
        assert facts["since"] == "2026-11-14T09:00:00Z"
        assert facts["accept"] == "stoker build --accept-loss"

    def test_failed_build_shows_and_leaves_it_ready(self):
        last = LastBuild(
            ok=False, reason="exit 1: disk full", ended="2026-11-14T09:00Z"
        )
        page = readiness(state(last_build=last))
        assert page.status == 200
        assert json.loads(page.body)["last_build"] == {
            "ok": False,
            "reason": "exit 1: disk full",
            "ended": "2026-11-14T09:00Z",
        }
