"""What is published survives the accidents of those who run it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.bench.generate import generate
from tests.system.conftest import ENVIRON

pytestmark = pytest.mark.timeout(60)
PATH_MAX = 4_096  # Linux: of bytes in a path that is opened


def ids(site, document="all.json"):
    items = json.loads((site.output / document).read_bytes())["items"]
    return [item["id"].partition("article/")[2] for item in items]


def titles(site):
    items = json.loads((site.output / "all.json").read_bytes())["items"]
    return {item["title"] for item in items}


class TestKilled:
    def test_its_workers_do_not_hold_the_lock(self, empty_site):
        generate(empty_site.articles, 1_500, seed=1)
        command = [sys.executable, "-m", "server", "build", "--jobs", "2"]
        with subprocess.Popen(  # noqa: S603 - ourselves
            command, cwd=empty_site.root, env=ENVIRON, stderr=subprocess.DEVNULL
        ) as build:
            time.sleep(1.2)
            build.kill()
        deadline = time.monotonic() + 5
        while (again := empty_site.build()).returncode == 4:
            assert time.monotonic() < deadline, again.stderr
        assert again.returncode == 0


class TestLoss:
    def test_a_folder_that_cannot_be_read_costs_no_article(self, empty_site):
        """It is true that its articles stay as they were, and those beside it change."""
        inner = "s" * 200
        (empty_site.articles / inner).mkdir()
        empty_site.write("a.md", title="Beside")
        empty_site.write(f"{inner}/b.md", title="Within")
        assert empty_site.build().returncode == 0
        assert titles(empty_site) == {"Beside", "Within"}
        empty_site.write("a.md", title="Beside it")
        # Even root cannot read what is too deep for a path.
        long = empty_site.root
        while (left := PATH_MAX - 150 - len(str(long))) > 1:
            long /= "d" * min(200, left - 1)
        long.mkdir(parents=True)
        empty_site.articles.rename(long / "articles")
        told = f"error: {inner}/: expected a folder that can be read (File name"
        for _ in range(2):  # as long as it cannot
            run = empty_site.build("--source", str(long / "articles"))
            assert (run.returncode, told in run.stderr) == (3, True)
        assert titles(empty_site) == {"Beside it", "Within"}
        (long / "articles").rename(empty_site.articles)
        run = empty_site.build()
        assert (run.returncode, titles(empty_site)) == (0, {"Beside it", "Within"})

    @pytest.mark.parametrize("kind", ["dangling link", "pipe"])
    def test_an_article_that_is_no_file_any_more_stays_as_it_was(
        self, empty_site, kind
    ):
        for number in range(3):
            empty_site.write(f"2026-11-10-{number}.md", title=f"Story {number}")
        empty_site.build()
        before = empty_site.published()
        file = empty_site.articles / "2026-11-10-1.md"
        file.unlink()
        if kind == "pipe":
            os.mkfifo(file)
        else:
            file.symlink_to("nowhere.md")
        report = json.loads(empty_site.build("--json").stdout)
        assert [p["path"] for p in report["problems"]] == ["2026-11-10-1.md"]
        assert empty_site.published() == before

    def test_an_article_that_loses_its_date_stays_as_it_was(self, site):
        site.build()
        before = site.published()
        for text in ("---\ntitle: No date\n---\n", "Just prose.\n", '---\ntitle: "Ha'):
            site.write_text("2026-11-10-x.md", text)
        name = "ferries.md"
        site.write(name)
        site.build()
        assert name in ids(site)
        for text in ("---\ntitle: No date\n---\n", "Just prose.\n", '---\ntitle: "Ha'):
            site.write_text(name, text)
            site.build()
            assert name in ids(site), text
        assert before.keys() <= site.published().keys()


class TestSources:
    @pytest.mark.parametrize("other", ["articles", "articles/.", "articles/deeper"])
    def test_one_within_another_is_refused(self, site, other):
        (site.articles / "deeper").mkdir()
        refused = site.stoker("build", "--source", "articles", "--source", other)
        assert refused.returncode == 2
        assert "sources[1].path: expected a folder apart from" in refused.stderr

    def test_the_output_is_never_read_as_articles(self, site):
        arguments = ("--source", ".", "--output", "public")
        site.build(*arguments)
        again = site.build(*arguments)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    def test_the_output_is_no_source(self, site):
        site.build()
        refused = site.stoker("build", "--source", "output")
        assert refused.returncode == 2

    def test_a_catalog_in_the_output_is_refused(self, site):
        for state in ("output", "output/state"):
            refused = site.build("--state", state)
            assert refused.returncode == 2
            assert "output.state: expected a folder outside" in refused.stderr


def test_a_provider_named_like_a_document_stands_in_no_ones_way(empty_site):
    text = "---\ntitle: A\ndate: 2026-11-01\nprovider:\n  {}\n---\n"
    empty_site.write_text("a.md", text.format("name: news"))
    empty_site.write_text("b.md", text.format("domain: news.json"))
    assert empty_site.build().returncode == 0
    assert empty_site.build().returncode == 0
    assert (empty_site.output / "providers" / "news.json").is_file()
    assert (empty_site.output / "providers" / "news.json-feed.json").is_file()


def test_variables_of_container_platforms_are_none_of_ours(site):
    env = {"STOKER_PORT": "tcp://10.0.0.1:80", "STOKER_SERVICE_HOST": "10.0.0.1"}
    assert site.stoker("build", env=env).returncode == 0


def test_wrong_settings_leave_the_server_and_its_builds_as_they_were(site):
    """Builds work with the settings that the server holds, not with a broken file."""
    settings = site.root / "stoker.toml"
    good = settings.read_text() + '[schedule]\ninterval = "1s"\n'
    settings.write_text(good)
    site.build()
    with subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--port", "0"],
        cwd=site.root,
        env=ENVIRON,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        url = ""
        while not url:
            match = re.search(r"serving (http://\S+)", server.stderr.readline())
            url = match[1] if match else ""
        settings.write_text(good + "bogus = 1\n")
        os.kill(server.pid, signal.SIGHUP)
        site.write(
            "2026-11-12-new.md", title="A new bridge", date="2026-11-12T00:00:00Z"
        )
        deadline = time.monotonic() + 20
        while "A new bridge" not in read(f"{url}/all.json"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        server.terminate()
        log = server.stderr.read()
    assert "settings kept as they were" in log
    assert "build failed" not in log


def read(url):
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
        return answer.read().decode()
