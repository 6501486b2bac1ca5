"""The server as a whole, in a process of its own and under real signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from feeds.errors import SettingsError
from feeds.settings import Output, Schedule, Server, Settings, Site
from server.app import serve
from tests.server.builders import answering, python

SLOW = python("import time; time.sleep(60)")


def touching(file):
    """Return the command of a builder that appends a line to `file`."""
    return answering(f"open({str(file)!r}, 'a').write('built\\n')")


def get(url):
    """Return status, headers and body."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def until(condition, timeout_s=8):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


class Script:
    """A thread that talks to a server running in the main thread of this process.

    `steps` gets the server's URL; whatever it does, the server is told to end.
    """

    def __init__(self, steps):
        self.steps = steps
        self.error = None
        self.thread = None

    def listening(self, url):
        self.thread = threading.Thread(target=self._run, args=(url,))
        self.thread.start()

    def _run(self, url):
        try:
            self.steps(url)
        except BaseException as error:  # noqa: BLE001
            self.error = error
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def result(self):
        self.thread.join()
        if self.error:
            raise self.error


@pytest.fixture
def settings(output):
    return Settings(
        site=Site(base_url="https://feeds.example"),
        output=Output(path=str(output)),
        server=Server(port=0),
        schedule=Schedule(interval=timedelta(days=1)),
    )


@pytest.fixture
def serving(settings):
    """Serve while `steps` talk to the server; return the exit code."""

    def run(steps, command, *, load_settings=lambda: settings, **how):
        script = Script(steps)
        code = serve(load_settings, command, on_listening=script.listening, **how)
        script.result()
        return code

    return run


class TestStart:
    def test_last_output_is_served_before_the_first_build_ends(
        self, serving, published
    ):
        published()

        def steps(url):
            assert get(f"{url}/all.atom")[0] == 200
            assert get(f"{url}/readyz")[0] == 200
            assert get(f"{url}/healthz")[0] == 200

        assert serving(steps, SLOW) == 0

    def test_nothing_built_yet_is_503_until_it_is(self, serving, published, tmp_path):
        gate = tmp_path / "gate"
        waits = f"while not os.path.exists({str(gate)!r}): time.sleep(.01)"

        def steps(url):
            status, headers, _ = get(f"{url}/all.atom")
            assert status == 503
            assert int(headers["Retry-After"]) > 0
            assert get(f"{url}/readyz")[0] == 503
            assert get(f"{url}/healthz")[0] == 200
            published()
            gate.touch()
            until(lambda: get(f"{url}/all.atom")[0] == 200)
            ready = json.loads(get(f"{url}/readyz")[2])
            assert ready["ready"] is True
            assert ready["documents"] == 21

        assert serving(steps, answering(waits)) == 0

    def test_build_on_start_can_be_left_out(self, serving, published, tmp_path):
        published()
        log = tmp_path / "log"

        def steps(url):
            assert get(f"{url}/all.atom")[0] == 200
            time.sleep(0.2)
            assert not log.exists()

        assert serving(steps, touching(log), build_on_start=False) == 0

    def test_failed_build_leaves_the_old_served_and_shows(self, serving, published):
        published()
        command = answering(status="failed", reason="disk full")

        def steps(url):
            until(lambda: b"disk full" in get(f"{url}/readyz")[2])
            assert get(f"{url}/readyz")[0] == 200
            assert get(f"{url}/all.atom")[0] == 200

        assert serving(steps, command) == 0

    def test_what_cannot_be_loaded_shows_and_is_loaded_once_it_can(
        self, serving, published, output, tmp_path
    ):
        gate = tmp_path / "gate"
        published()
        waits = f"while not os.path.exists({str(gate)!r}): time.sleep(.01)"

        def steps(url):
            whole = (output / "manifest.json").read_bytes()
            (output / "manifest.json").write_bytes(whole[:100])
            gate.touch()
            until(lambda: b"no manifest that can be read" in get(f"{url}/readyz")[2])
            assert get(f"{url}/all.atom")[0] == 200
            (output / "manifest.json").write_bytes(whole)
            until(lambda: json.loads(get(f"{url}/readyz")[2])["last_build"]["ok"])

        assert serving(steps, answering(waits)) == 0

    def test_a_document_that_is_missing_is_asked_of_the_next_build(
        self, serving, published, files_of, output, tmp_path
    ):
        gate = tmp_path / "gate"
        published(files_of("all", entries=40))
        waits = f"while not os.path.exists({str(gate)!r}): time.sleep(.01)"

        def steps(url):
            published(files_of("all", entries=41))
            (output / "all.atom").unlink()
            gate.touch()
            until(lambda: b"files were missing" in get(f"{url}/readyz")[2])
            published(files_of("all", entries=41))
            until(lambda: json.loads(get(f"{url}/readyz")[2])["last_build"]["ok"])
            assert b"Article 40" in get(f"{url}/all.atom")[2]

        assert serving(steps, answering(waits)) == 0

    def test_a_slow_timetable_leaves_it_ready(self, serving, settings, published):
        published()
        slow = Settings(
            site=settings.site,
            output=settings.output,
            server=settings.server,
            schedule=Schedule(cron="@yearly", stale_after=timedelta(milliseconds=100)),
        )

        def steps(url):
            until(lambda: json.loads(get(f"{url}/readyz")[2])["last_build"])
            time.sleep(0.4)
            status, _, body = get(f"{url}/readyz")
            assert (status, json.loads(body)["overdue_s"]) == (200, 0)

        assert serving(steps, answering(), load_settings=lambda: slow) == 0

    def test_a_build_that_is_late_does_not(self, serving, settings, published):
        published()
        hurried = Settings(
            site=settings.site,
            output=settings.output,
            server=settings.server,
            schedule=Schedule(cron="@yearly", stale_after=timedelta(milliseconds=100)),
        )

        def steps(url):
            until(lambda: get(f"{url}/readyz")[0] == 503)
            assert b"a build has been due for" in get(f"{url}/readyz")[2]
            assert get(f"{url}/all.atom")[0] == 200

        assert serving(steps, SLOW, load_settings=lambda: hurried) == 0

    def test_port_in_use_is_said_and_ends_with_1(self, settings, caplog):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            busy = Settings(output=settings.output, server=Server(port=port))
            assert serve(lambda: busy, SLOW) == 1
        (record,) = (r for r in caplog.records if r.levelname == "ERROR")
        assert f"cannot listen on 127.0.0.1:{port}" in record.getMessage()

    def test_wrong_settings_at_the_start_are_the_callers(self):
        def wrong():
            raise SettingsError(key="server.port", expected="expected a number")

        with pytest.raises(SettingsError):
            serve(wrong, SLOW)

    def test_wrong_timetable_at_the_start_is_the_callers(self):
        wrong = Settings(schedule=Schedule(cron="every day"))
        with pytest.raises(SettingsError):
            serve(lambda: wrong, SLOW)


class TestHangup:
    @pytest.fixture
    def site(self, published):
        published()

    @pytest.fixture
    def log(self, tmp_path):
        return tmp_path / "log"

    @pytest.mark.usefixtures("site")
    def test_new_settings_are_followed_and_a_build_runs(
        self, serving, settings, log, caplog
    ):
        caplog.set_level("INFO", "server")
        newer = Settings(
            site=Site(base_url="https://new.example"),
            output=settings.output,
            server=Server(port=settings.server.port, host="localhost"),
            schedule=settings.schedule,
        )
        given = iter([settings, newer])

        def steps(url):
            os.kill(os.getpid(), signal.SIGHUP)
            until(lambda: "https://new.example" in get(f"{url}/all.atom")[1]["Link"])
            until(log.exists)

        command = touching(log)
        code = serving(
            steps, command, load_settings=lambda: next(given), build_on_start=False
        )
        assert code == 0
        messages = [record.message for record in caplog.records]
        assert "host and port change only with a restart" in messages

    @pytest.mark.usefixtures("site")
    @pytest.mark.parametrize("fault", ["settings", "timetable"])
    def test_broken_settings_leave_the_old(self, serving, settings, log, caplog, fault):
        calls = []

        def load_settings():
            calls.append(1)
            if len(calls) == 1:
                return settings
            if fault == "timetable":
                return Settings(schedule=Schedule(cron="x"))
            raise SettingsError(key="server.prot", expected="unknown setting")

        def steps(url):
            os.kill(os.getpid(), signal.SIGHUP)
            until(lambda: any(r.levelname == "ERROR" for r in caplog.records))
            assert "https://feeds.example" in get(f"{url}/all.atom")[1]["Link"]
            assert not log.exists()

        command = touching(log)
        code = serving(
            steps, command, load_settings=load_settings, build_on_start=False
        )
        assert code == 0
        (record,) = (r for r in caplog.records if r.levelname == "ERROR")
        assert record.getMessage().startswith("settings kept as they were: ")


PROGRAM = """
import sys
from datetime import timedelta
from feeds.settings import Output, Schedule, Server, Settings
from server.app import serve
output, log = sys.argv[1:]
settings = Settings(
    output=Output(path=output),
    server=Server(port=0),
    schedule=Schedule(interval=timedelta(seconds=0.5)),
)
build = f"import os, time; open({log!r}, 'w').write(str(os.getpid())); time.sleep(60)"
sys.exit(serve(
    lambda: settings,
    [sys.executable, "-c", build],
    on_listening=lambda url: print(url, flush=True),
))
"""


class TestProcess:
    @pytest.fixture
    def process(self, published, output, tmp_path):
        published()
        log = tmp_path / "build"
        root = os.path.dirname(os.path.dirname(serve.__code__.co_filename))  # noqa: PTH120
        others = filter(None, [os.environ.get("PYTHONPATH")])
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", PROGRAM, str(output), str(log)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((root, *others))},
        )
        try:
            url = child.stdout.readline().strip()
            until(lambda: log.exists() and log.read_text())
            yield child, url, int(log.read_text())
        finally:
            child.kill()
            child.communicate()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_within_five_seconds(self, process, number):
        child, url, build = process
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"GET /all.atom HTTP/1.1\r\nHost: h\r\n\r\n")
            assert idle.recv(12) == b"HTTP/1.1 200"
            with socket.create_connection(("127.0.0.1", port)) as slow:
                slow.sendall(b"GET /al")
                started = time.monotonic()
                child.send_signal(number)
                _, errors = child.communicate(timeout=5)
        assert time.monotonic() - started < 5
        assert child.returncode == 0
        assert errors == ""
        with pytest.raises(ProcessLookupError):
            os.kill(build, 0)
