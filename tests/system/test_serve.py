"""`stoker serve` follows what happens to articles, to the clock and to its builder."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.system.conftest import ENVIRON, Site

pytestmark = pytest.mark.timeout(40)
SOON_S = 2  # a quiet machine takes a tenth of it, but this one runs other tests, too
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Served:
    """A site, and the server that runs there."""

    def __init__(self, site, process):
        self.site, self.process = site, process
        self.url = ""

    @property
    def log(self):
        return (self.site.root / "log").read_text()

    @property
    def builder(self):
        """The process that builds; 0 while there is none."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text() or 0)

    def get(self, path):
        """Return status, headers and body."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def titles(self):
        status, _, body = self.get("/all.json")
        return (
            {item["title"] for item in json.loads(body)["items"]}
            if status == 200
            else set()
        )

    def write(self, name, title, **facts):
        """Write an article as editors do: a file beside it, then a rename."""
        facts = {"date": "2020-01-01T00:00:00Z", "title": title, **facts}
        self.site.write(".new", **facts)
        os.utime(self.site.articles / ".new")
        (self.site.articles / ".new").replace(self.site.articles / name)

    def until(self, condition, timeout_s=8.0):
        """Wait until it holds; return how long that took."""
        started_s = time.monotonic()
        while not condition():
            assert time.monotonic() - started_s < timeout_s, self.log
            time.sleep(0.01)
        return time.monotonic() - started_s


def made(root, schedule=""):
    """Return a site with one article and a long interval."""
    site = Site(root)
    text = (site.root / "stoker.toml").read_text().replace("limit = 3", "limit = 50")
    schedule = (
        f'interval = "1h"\n{schedule}' if "interval" not in schedule else schedule
    )
    (site.root / "stoker.toml").write_text(f"{text}\n[schedule]\n{schedule}\n")
    site.write("first.md", title="First", date="2020-01-01T00:00:00Z")
    return site


@contextlib.contextmanager
def serving(site):
    command = [sys.executable, "-m", "server", "serve", "--port", "0"]
    with (
        (site.root / "log").open("w") as log,
        subprocess.Popen(command, cwd=site.root, env=ENVIRON, stderr=log) as process,  # noqa: S603
    ):
        served = Served(site, process)
        try:
            served.until(lambda: "serving http" in served.log)
            served.url = re.search(r"serving (http://\S+)", served.log)[1]
            served.until(lambda: served.titles() >= {"First"})
            yield served
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


@pytest.fixture(scope="class")
def served(tmp_path_factory):
    """Return a server that the tests of one class share; each has files of its own."""
    with serving(made(tmp_path_factory.mktemp("site"))) as served:
        yield served


class TestWatching:
    def test_a_new_article_is_served_within_a_second(self, served):
        served.write("new.md", "New here")
        assert served.until(lambda: "New here" in served.titles()) < SOON_S
        served.until(lambda: "freshness_s=" in served.log)
        told = re.findall(r"regenerated .*freshness_s=(\S+)", served.log)
        assert all(0 < float(seconds) < 2 for seconds in told)

    def test_a_rename_over_it_changes_it(self, served):
        served.write("edited.md", "Before")
        served.until(lambda: "Before" in served.titles())
        served.write("edited.md", "After")
        assert served.until(lambda: "After" in served.titles()) < SOON_S
        assert "Before" not in served.titles()

    def test_what_is_deleted_leaves(self, served):
        served.write("passing.md", "Passing", topic="Fog")
        served.until(lambda: "Passing" in served.titles())
        assert served.get("/topics/fog.atom")[0] == 200
        (served.site.articles / "passing.md").unlink()
        assert served.until(lambda: "Passing" not in served.titles()) < SOON_S
        status, _, body = served.get("/topics/fog.atom")
        assert (status, body.count(b"<entry>")) == (200, 0)

    def test_a_folder_that_is_moved_in_and_what_is_saved_there(self, served):
        served.write(".hidden.md", "Moved in")
        aside = served.site.root / "aside"
        aside.mkdir()
        (served.site.articles / ".hidden.md").rename(aside / "a.md")
        aside.rename(served.site.articles / "sub")
        assert served.until(lambda: "Moved in" in served.titles()) < SOON_S
        served.write("sub/b.md", "Saved there")
        assert served.until(lambda: "Saved there" in served.titles()) < SOON_S
        shutil.rmtree(served.site.articles / "sub")
        served.until(lambda: not served.titles() & {"Moved in", "Saved there"})

    def test_an_article_that_was_cut_short_is_served_once_it_is_whole(self, served):
        file = served.site.articles / "cut.md"
        file.write_text('---\ntitle: "Cut')
        os.utime(file, (time.time(), time.time()))  # noqa: TID251 - the clock of files
        time.sleep(0.3)
        served.write("cut.md", "Cut no more")
        served.until(lambda: "Cut no more" in served.titles())
        assert "error: cut.md" not in served.log

    def test_an_article_dated_ahead_is_served_at_its_second(self, served):
        due = (instant() + timedelta(seconds=3)).replace(microsecond=0)
        served.write("ahead.md", "Ahead", date=due.strftime("%Y-%m-%dT%H:%M:%SZ"))
        served.until(lambda: "max-age=300" not in caching(served))
        left_s = int(re.search(r"max-age=(\d+)", caching(served))[1])
        assert "Ahead" not in served.titles()
        assert instant() + timedelta(seconds=left_s) < due + timedelta(seconds=1)
        served.until(lambda: "Ahead" in served.titles())
        assert due <= instant() < due + timedelta(seconds=SOON_S)
        assert "max-age=300" in caching(served)

    def test_no_cache_is_told_to_keep_an_article_beyond_its_expiry(self, served):
        ends = (instant() + timedelta(hours=3)).replace(microsecond=0)
        dates = f"2020-01-01T00:00:00Z\nexpiryDate: {ends:%Y-%m-%dT%H:%M:%SZ}"
        served.write("ends.md", "Ends", date=dates)
        served.until(lambda: "Ends" in served.titles())
        served.until(lambda: "stale-if-error=86400" not in caching(served))
        stated = dict(re.findall(r"([\w-]+)=(\d+)", caching(served)))
        usable_s = int(stated["max-age"]) + int(stated["stale-if-error"])
        assert instant() + timedelta(seconds=usable_s) < ends + timedelta(seconds=1)
        served.write("ends.md", "Ends not")
        served.until(lambda: "Ends not" in served.titles())
        served.until(lambda: "stale-if-error=86400" in caching(served))


def caching(served):
    return served.get("/all.atom")[1]["Cache-Control"]


def instant():
    return datetime.now(UTC)  # noqa: TID251 - that of the server


def test_without_watching_the_timetable_goes_on(tmp_path):
    with serving(made(tmp_path, 'watch = false\ninterval = "1s"')) as served:
        served.write("new.md", "New here")
        served.until(lambda: "New here" in served.titles())
        assert "freshness_s" not in served.log


@linux
def test_a_builder_that_is_killed_is_replaced_and_nobody_notices(tmp_path):
    with serving(made(tmp_path)) as served:
        killed = served.builder
        os.kill(killed, signal.SIGKILL)
        assert served.titles() == {"First"}
        served.write("new.md", "New here")
        served.until(lambda: "New here" in served.titles())
        assert served.builder != killed


@linux
def test_a_builder_that_hangs_is_killed_after_its_time(tmp_path):
    with serving(made(tmp_path, 'build_timeout = "2s"')) as served:
        stopped = served.builder
        os.kill(stopped, signal.SIGSTOP)
        served.write("new.md", "New here")
        served.until(lambda: "killed after 2 s" in served.log)
        assert served.titles() == {"First"}
        served.until(lambda: "New here" in served.titles())
        assert served.builder != stopped


@linux
def test_new_settings_are_for_the_builder_and_for_the_watcher(tmp_path):
    site = made(tmp_path)
    (tmp_path / "more").mkdir()
    with serving(site) as served:
        before = served.builder
        settings = tmp_path / "stoker.toml"
        more = '\n[[sources]]\npath = "more"\n\n[feeds]'
        settings.write_text(settings.read_text().replace("\n[feeds]", more))
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: "settings loaded anew" in served.log)
        served.until(lambda: served.builder not in {before, 0})
        time.sleep(0.5)
        served.write("../more/a.md", "From elsewhere")
        served.until(lambda: "From elsewhere" in served.titles())


@linux
def test_the_builder_ends_with_the_server_whatever_ends_that(tmp_path):
    with serving(made(tmp_path)) as served:
        builder = served.builder
        served.process.kill()
        served.process.wait(5)
        served.until(lambda: not Path(f"/proc/{builder}").exists())


def test_what_only_the_server_wants_to_know_is_not_printed(tmp_path):
    report = json.loads(made(tmp_path).build("--json").stdout)
    assert report["next_change"] is None
    assert report.keys().isdisjoint({"changed", "gone", "before", "after"})


class TestLoss:
    """Articles that vanish stay served, and whoever asks is told of them."""

    @pytest.fixture
    def many(self, tmp_path):
        """Serve sixty articles and the first."""
        site = made(tmp_path)
        names = [f"{number:02}.md" for number in range(60)]
        for name in names:
            site.write(name, title=name, date="2020-02-01T00:00:00Z")
        text = (tmp_path / "stoker.toml").read_text()
        roomy = text.replace("limit = 50", "limit = 100")
        (tmp_path / "stoker.toml").write_text(roomy)
        with serving(site) as served:
            served.until(lambda: len(served.titles()) == 61)
            yield served

    def ready(self, served):
        status, _, body = served.get("/readyz")
        return status, json.loads(body)["losses"]

    def emptied(self, served):
        """Move all of them away, and wait until that is told; return where they are."""
        aside = served.site.root / "aside"
        aside.mkdir()
        for file in sorted(served.site.articles.glob("*.md")):
            file.rename(aside / file.name)
        served.until(lambda: self.ready(served)[1])
        served.until(lambda: self.ready(served)[1][0]["gone"] == 61)
        return aside

    def test_one_each_moment_takes_no_more_than_half(self, many):
        assert self.ready(many) == (200, [])
        for number in range(60):
            (many.site.articles / f"{number:02}.md").unlink()
            time.sleep(0.06)
        many.until(lambda: self.ready(many)[1])
        many.until(lambda: self.ready(many)[1][0]["gone"] == 60)
        assert len(many.titles()) >= 31
        assert "First" in many.titles()
        assert "ERROR" in many.log
        assert "--accept-loss" in many.log
        status, (loss,) = self.ready(many)
        assert (status, loss["of"]) == (200, 61)
        assert loss["accept"].endswith(" --accept-loss")

    def test_the_rest_is_published_and_it_ends_when_they_are_back(self, many):
        aside = self.emptied(many)
        assert len(many.titles()) == 61
        many.write("new.md", "New")
        many.until(lambda: "New" in many.titles())
        assert len(many.titles()) == 62
        for file in aside.iterdir():
            file.rename(many.site.articles / file.name)
        many.until(lambda: not self.ready(many)[1])
        assert len(many.titles()) == 62

    def test_it_can_be_accepted_beside_it(self, many):
        aside = self.emptied(many)
        (aside / "first.md").rename(many.site.articles / "first.md")
        command = shlex.split(self.ready(many)[1][0]["accept"])[1:]
        run = many.site.stoker(*command)
        assert run.returncode == 0, run.stderr
        many.until(lambda: many.titles() == {"First"})
        many.until(lambda: not self.ready(many)[1])
        many.write("new.md", "New")
        many.until(lambda: many.titles() == {"First", "New"})
