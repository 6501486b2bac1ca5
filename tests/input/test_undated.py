"""Articles without a date, and those dated ahead."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tests.input.samples import IN_ALL, KEYS, NEW_YORK, dated, stated

UNDATED = "---\ntitle: Ferry\n---\n"


class TestNoKey:
    @pytest.mark.parametrize(
        ("path", "day"),
        [
            ("2021-01-27-ferry.md", "2021-01-27"),
            ("2015-10-8-ferry.md", "2015-10-08"),
            ("2015-1-8-ferry.md", "2015-01-08"),
            ("2015_10_08_ferry.md", "2015-10-08"),
            ("2021-01-27.md", "2021-01-27"),
            ("2021-01-27ferry.md", "2021-01-27"),
            ("ferry-2021-01-27.md", "2021-01-27"),
            ("_posts/2021-01-27-ferry.md", "2021-01-27"),
            ("2017/04/27/ferry.md", "2017-04-27"),
            ("2017/4/7/ferry.md", "2017-04-07"),
            ("log/2017/04/27/ferry/index.md", "2017-04-27"),
            ("2017-04-27/ferry.md", "2017-04-27"),
            ("2017-04-27-ferry/index.md", "2017-04-27"),
            ("2016/01/01/2017-04-27-ferry.md", "2017-04-27"),
            ("2017/04/27/2021-13-45-ferry.md", "2017-04-27"),
            ("2021-02-30-or-2021-02-28.md", "2021-02-28"),
        ],
    )
    def test_i30_the_path_tells(self, parse, path, day):
        parsed = parse(UNDATED, path)
        assert stated(parsed) == f"{day}T00:00:00"
        assert parsed.problems == ()

    @pytest.mark.parametrize("line", ["", "date:", "date: null", "date: ''"])
    def test_i30_no_date_is_no_date_however_it_is_written(self, parse, line):
        parsed = parse(dated(line), "2021-01-27-ferry.md")
        assert (stated(parsed), parsed.problems) == ("2021-01-27T00:00:00", ())

    @pytest.mark.parametrize(
        "line",
        [
            "path: 2017/04/27/ferry",
            'path: "/2017/04/27/ferry"',
            "url: /2017/04/27/ferry/",
            "permalink: /2017/04/27/ferry.html",
            "slug: 2017-04-27-ferry",
        ],
        ids=["path", "path from the root", "url", "permalink", "slug"],
    )
    def test_i30_else_the_path_that_the_article_asks_for(self, parse, line):
        text = f"---\ntitle: Ferry\n{line}\n---\n"
        assert stated(parse(text)) == "2017-04-27T00:00:00"
        toml = '+++\ntitle = "Ferry"\npath = "2017/04/27/ferry"\n+++\n'
        assert stated(parse(toml)) == "2017-04-27T00:00:00"

    def test_i30_a_day_begins_in_the_sites_time_zone(self, parse):
        parsed = parse(UNDATED, "2021-01-27-ferry.md", zone=NEW_YORK)
        assert stated(parsed) == "2021-01-27T05:00:00"

    @pytest.mark.parametrize(
        "path",
        [
            "ferry.md",
            "1234567-01-02-ferry.md",
            "2021-01-274.md",
            "2021-13-45.md",
            "2021/ferry.md",
        ],
    )
    def test_i30_else_the_article_is_held_or_dated_by_its_file(self, parse, path):
        held = parse(UNDATED, path)
        assert (held.outcome, [p.severity for p in held.problems]) == ("held", ["note"])
        assert "date" in held.problems[0].expected
        by_file = parse(UNDATED, path, undated="mtime")
        assert stated(by_file) == "2026-01-02T03:04:05"

    def test_i30_by_mtime_in_a_build(self, desk_of):
        desk = desk_of(source={"undated": "mtime"})
        file = desk.write("a.md", UNDATED)
        seconds = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC).timestamp()
        os.utime(file, (seconds, seconds))
        desk.build()
        assert desk.entries()[0]["date_published"] == "2026-09-21T14:13:20Z"


def committed(folder, day: str, *arguments: str) -> None:
    """Run `git` in a folder, as of noon of a day."""
    instant = f"{day}T12:00:00+0000"
    names = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "A"),
            ("EMAIL", "a@quay.example"),
            ("DATE", instant),
        )
    }
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(  # noqa: S603 - our own words
        ["git", "-C", str(folder), *arguments],  # noqa: S607
        check=True,
        capture_output=True,
        env={**os.environ, **names, **alone},
    )


class TestGit:
    def test_i30_by_its_first_commit(self, desk_of):
        """Later commits are edits, and what is not committed yet is held."""
        desk = desk_of(source={"undated": "git"})
        committed(desk.articles, "2026-01-01", "init", "-q")
        for day, name in (("2026-02-03", "a.md"), ("2026-03-04", "b.md")):
            desk.write(name, f"---\ntitle: {name}\n---\n")
            committed(desk.articles, day, "add", name)
            committed(desk.articles, day, "commit", "-qm", name)
        desk.write("a.md", "---\ntitle: a.md\n---\nIt sails.\n")
        committed(desk.articles, "2026-04-05", "commit", "-qam", "again")
        desk.write("new.md", "---\ntitle: new.md\n---\n")
        desk.write("2026-05-06-own.md", "---\ntitle: own\n---\n")
        report = desk.build()
        days = {e["title"]: e["date_published"][:10] for e in desk.entries()}
        assert days == {"a.md": "2026-02-03", "b.md": "2026-03-04", "own": "2026-05-06"}
        assert [p.path for p in report.problems] == ["new.md"]
        committed(desk.articles, "2026-06-07", "add", ".")
        committed(desk.articles, "2026-06-07", "commit", "-qm", "more")
        desk.build()
        assert desk.titles()[0] == "new.md"

    def test_i30_without_a_history_articles_are_held_and_it_is_told(self, desk_of):
        desk = desk_of(source={"undated": "git"})
        desk.write("a.md", UNDATED)
        desk.story("b.md")
        report = desk.build()
        assert desk.titles() == ["b.md"]
        assert "history" in " ".join(p.expected for p in report.problems)


class TestPrecedence:
    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.parametrize(
        "path", ["2015-10-08-ferry.md", "2015/10/08/ferry.md"], ids=["name", "folders"]
    )
    def test_i31_the_key_beats_the_path(self, parse, key, path):
        parsed = parse(dated(f"{key}: 2021-01-27"), path)
        assert (stated(parsed), parsed.problems) == ("2021-01-27T00:00:00", ())

    def test_i31_even_where_the_path_is_newer(self, parse):
        text = dated("date: 2015-10-08")
        assert stated(parse(text, "2021-01-27-ferry.md")) == "2015-10-08T00:00:00"


class TestFuture:
    DUE = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def test_i32_one_is_held_until_it_is_due(self, desk):
        desk.story("now.md")
        desk.write("then.md", dated("date: 2026-11-21T08:00:00Z"))
        for now, titles in (
            (self.DUE - timedelta(days=1), ["now.md"]),
            (self.DUE - timedelta(seconds=1), ["now.md"]),
            (self.DUE, ["Ferry", "now.md"]),
        ):
            desk.build(now)
            assert desk.titles() == titles
        assert desk.entries()[0]["date_published"] == "2026-11-21T08:00:00Z"

    def test_i32_nothing_tells_of_it_before(self, desk_of):
        desk = desk_of(feeds=IN_ALL)
        desk.write(
            "then.md", "---\ntitle: Then\ndate: 2027-01-01\ntopics: [Moon]\n---\n"
        )
        desk.build()
        published = [
            content
            for name, content in desk.files().items()
            if name.startswith("output/")
        ]
        assert published
        assert not any(b"Then" in content or b"oon" in content for content in published)

    @pytest.mark.parametrize(
        ("path", "zone", "seen"),
        [
            ("2026-11-20-a.md", "America/New_York", True),
            ("2026-11-21-a.md", "Asia/Tokyo", False),
            ("2026-11-21-a.md", "Pacific/Kiritimati", True),
        ],
        ids=["that day", "the next", "far east"],
    )
    def test_i32_a_day_is_due_in_the_sites_time_zone(self, desk_of, path, zone, seen):
        desk = desk_of(site={"time_zone": zone})
        desk.write(path, UNDATED)
        desk.build()
        assert desk.titles() == (["Ferry"] if seen else [])

    def test_i32_where_a_source_says_so_it_is_dated_when_first_seen(self, desk_of):
        desk = desk_of(source={"future": "clamp"})
        desk.write("then.md", dated("date: 2027-01-01"))
        for now in (self.DUE, self.DUE + timedelta(hours=5)):
            desk.build(now)
            (entry,) = desk.entries()
            assert entry["date_published"] == "2026-11-21T08:00:00Z"
