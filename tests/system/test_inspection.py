"""`list`, `explain`, `config`, `completion`, `init`: what they print."""

import json

import pytest

from tests.system.conftest import NOW

DONE, FAILED, WRONG, QUARANTINE = range(4)


@pytest.fixture
def varied(site):
    """Return a site with an article of every standing; no feed holds more than 3."""
    site.write("2026-11-10-beyond.md", title="Newest", date="2026-11-10T08:00:00Z")
    site.write("2026-01-01-old.md", title="Old", date="2026-01-01T08:00:00Z")
    site.write("unpublished.md", title="Merged", published="false")
    site.write("later.md", title="Held until due", date="2027-01-01T00:00:00Z")
    site.write_text("broken.md", '---\ntitle: "On ferries\n---\n')
    site.write_text("notes.txt", "Notes without any front matter.\n")
    return site


@pytest.mark.parametrize(
    ("what", "key", "expected"),
    [
        ("feeds", "feed", "topics/ferries"),
        ("articles", "article", "2026-11-03-story.md"),
        ("topics", "topic", "Ferries"),
        ("providers", "provider", "Harbour Post"),
        ("problems", "path", "broken.md"),
    ],
    ids=lambda value: value,
)
def test_lists_are_lines_and_json(varied, what, key, expected):
    lines = varied.stoker("list", what, "--now", NOW)
    as_json = varied.stoker("list", what, "--now", NOW, "--json")
    rows = json.loads(as_json.stdout)
    assert (lines.returncode, as_json.returncode) == (DONE, DONE)
    assert (lines.stderr, as_json.stderr) == ("", "")
    assert expected in [row[key] for row in rows]
    assert len(lines.stdout.splitlines()) == len(rows)
    assert expected in lines.stdout


def test_list_articles_says_why_one_is_out(varied):
    run = varied.stoker("list", "articles", "--now", NOW, "--json")
    status = {row["article"]: row["status"] for row in json.loads(run.stdout)}
    assert status["2026-11-01-story.md"] == "published"
    assert status["unpublished.md"] == "published: false"
    assert status["later.md"].startswith("embargoed")


def test_list_articles_has_one_row_for_every_file(varied):
    varied.write_text("empty.md", "")
    run = varied.stoker("list", "articles", "--now", NOW, "--json")
    rows = json.loads(run.stdout)
    names = sorted(file.name for file in varied.articles.iterdir())
    assert sorted(row["article"] for row in rows) == names
    status = {row["article"]: row["status"] for row in rows}
    assert status["broken.md"].startswith(
        "in quarantine: title: expected YAML front matter"
    )
    assert status["notes.txt"].startswith("plain text is published only where ")
    assert status["empty.md"] == (
        "not published: expected an article; the file is empty"
    )


def test_list_articles_tells_whose_last_good_version_is_published(varied):
    varied.build()
    varied.write_text("2026-11-02-story.md", "---\ntitle: [\n---\n")
    run = varied.stoker("list", "articles", "--now", NOW, "--path", "*-02-story.md")
    assert run.stdout.endswith("\tpublished as last good\n")
    assert len(run.stdout.splitlines()) == 1


@pytest.fixture
def faulty(varied):
    """Return a site with problems of all severities, two of them in one file."""
    varied.write("c.md", title="Two faults")
    text = (varied.articles / "c.md").read_text("utf-8")
    text = text.replace("heat: 80", "heat: hot").replace("https://", "ftp://")
    varied.write_text("c.md", text)
    varied.write_text("empty.md", "")
    return varied


def problems(site, *flags):
    run = site.stoker("list", "problems", "--now", NOW, "--json", *flags)
    assert (run.returncode, run.stderr) == (DONE, "")
    return json.loads(run.stdout)


def test_list_problems_is_complete_and_sorted_by_path_and_line(faulty):
    faulty.build()  # what the catalog knows and what is read now are told alike
    rows = problems(faulty)
    places = [(row["path"], row["line"]) for row in rows]
    assert places == sorted(places)
    assert {"broken.md", "c.md", "empty.md", "notes.txt"} == {
        path for path, _ in places
    }
    assert [row["key"] for row in rows if row["path"] == "c.md"] == ["webUrl", "heat"]


def test_list_problems_by_severity(faulty):
    every = problems(faulty)
    worst = problems(faulty, "--severity", "error")
    both = problems(faulty, "--severity", "error", "--severity", "note")
    assert {row["severity"] for row in every} == {"error", "warning", "note"}
    assert worst == [row for row in every if row["severity"] == "error"]
    assert both == [row for row in every if row["severity"] != "warning"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("c.md", {"c.md"}),
        ("*.txt", {"notes.txt"}),
        ("[be]*", {"broken.md", "empty.md"}),
        ("articles/*", set()),
    ],
    ids=["name", "ending", "letters", "folder"],
)
def test_list_problems_by_path(faulty, pattern, expected):
    assert {row["path"] for row in problems(faulty, "--path", pattern)} == expected


@pytest.mark.parametrize(
    ("what", "flag"),
    [("feeds", "--path"), ("articles", "--severity"), ("topics", "--severity")],
    ids=lambda value: value.strip("-"),
)
def test_a_filter_of_another_list_is_exit_2(site, what, flag):
    run = site.stoker("list", what, flag, "error")
    assert (run.returncode, run.stdout) == (WRONG, "")
    assert f"{flag} is a filter of problems" in run.stderr


def test_lists_keep_one_line_a_row_whatever_a_file_is_called(site):
    site.write_text("two\nlines\tand\x1b[31mred.md", "")
    run = site.stoker("list", "problems", "--now", NOW)
    assert run.stdout.startswith("warning\ttwo\\nlines\\tand\\x1b[31mred.md\t0\t")
    assert len(run.stdout.splitlines()) == 1


def explained(site, article, *flags):
    run = site.stoker("explain", article, "--now", NOW, *flags)
    assert run.returncode == DONE
    return run.stdout


def test_explain_tells_the_rank_of_what_is_in(varied):
    told = explained(varied, "2026-11-10-beyond.md")
    assert told.startswith("2026-11-10-beyond.md: published\n")
    assert "  all\trank 1 of 3: number 1 of 5 by date\n" in told


def test_explain_tells_why_an_article_is_out(varied):
    for article, why in (
        ("unpublished.md", "published: false"),
        ("later.md", "embargoed until its date"),
        (
            "broken.md",
            "in quarantine: title: expected YAML front matter: a quotation is not",
        ),
        (
            "notes.txt",
            'plain text is published only where plain_text = "publish" is set',
        ),
    ):
        told = explained(varied, article)
        assert told.startswith(f"{article}: out of all feeds: {why}")
        assert len(told.splitlines()) == 1


def test_explain_tells_what_is_beyond_the_limit(varied):
    told = explained(varied, "2026-11-01-story.md", "--feed", "all")
    assert "  all\tout: number 4 of 5 by date; beyond the limit of 3\n" in told


def test_explain_tells_what_is_outside_the_window(varied):
    told = explained(varied, "2026-01-01-old.md", "--feed", "all/top")
    assert "  all/top\tout: 313.0 days older than the newest" in told


def test_explain_of_one_feed_it_cannot_be_in(varied):
    told = explained(varied, "2026-11-03-story.md", "--feed", "topics/bridges")
    assert "no such feed" in told


def test_explain_knows_a_feed_by_the_name_it_had(site):
    settings = site.root / "stoker.toml"
    site.build()
    named = '[[topics]]\nname = "Ferries"\nslug = "boats"\n'
    settings.write_text(settings.read_text() + named)
    site.build()
    told = explained(site, "2026-11-03-story.md", "--feed", "topics/ferries")
    assert "  topics/boats\trank 1 of 3: " in told


def test_explain_as_json(varied):
    row = json.loads(explained(varied, "2026-11-10-beyond.md", "--json"))
    assert (row["article"], row["out"]) == ("2026-11-10-beyond.md", "")
    ranks = {place["feed"]: place["rank"] for place in row["feeds"]}
    assert (ranks["all"], ranks["topics/ferries"]) == (1, 1)


def test_explain_finds_an_article_by_its_file(varied):
    file = str(varied.articles / "2026-11-03-story.md")
    assert explained(varied, file).startswith("2026-11-03-story.md: published")


def test_explain_finds_an_article_by_a_file_below_the_current_folder(varied):
    told = explained(varied, "articles/2026-11-03-story.md")
    assert told.startswith("2026-11-03-story.md: published")


def test_explain_tells_two_sources_with_one_file_name_apart(varied):
    more = varied.root / "more"
    more.mkdir()
    config = varied.root / "stoker.toml"
    config.write_text(config.read_text() + '[[sources]]\npath = "more"\nname = "m"\n')
    first = varied.articles / "2026-11-03-story.md"
    (more / first.name).write_bytes(first.read_bytes())
    assert explained(varied, f"more/{first.name}").startswith(f"m/{first.name}: ")
    assert explained(varied, f"articles/{first.name}").startswith(f"{first.name}: ")


def test_explain_of_a_file_that_the_source_passes_over(varied):
    (varied.articles / "draft.md.tmp").write_text("later\n")
    run = varied.stoker("explain", "articles/draft.md.tmp")
    assert (run.returncode, run.stdout) == (WRONG, "")
    assert "unfinished" in run.stderr


def test_explain_of_a_broken_article_that_is_published_as_last_good(varied):
    varied.build()
    varied.write_text("2026-11-02-story.md", "---\ntitle: [\n---\n")
    run = varied.stoker("explain", "2026-11-02-story.md", "--now", NOW)
    assert run.stdout.startswith("2026-11-02-story.md: published\n")
    assert "error: 2026-11-02-story.md:" in run.stderr
    assert run.stderr.endswith("its last good version is published\n")
    row = json.loads(explained(varied, "2026-11-02-story.md", "--json"))
    assert row["last_good"]


def test_explain_of_no_article_is_exit_2(varied):
    run = varied.stoker("explain", "nothing.md")
    assert (run.returncode, run.stdout) == (WRONG, "")
    assert "stoker list articles" in run.stderr


def test_config_show_tells_where_each_value_is_from(site):
    run = site.stoker(
        "config",
        "show",
        "--base-url",
        "https://flag.example",
        env={"STOKER_SITE__TITLE": "From outside"},
    )
    lines = run.stdout.splitlines()
    assert run.returncode == DONE
    assert 'site.base_url = "https://flag.example"  # flag' in lines
    assert 'site.title = "From outside"  # STOKER_SITE__TITLE' in lines
    assert 'site.language = "en"  # default' in lines
    (limit,) = (line for line in lines if line.startswith("feeds.limit"))
    assert limit.endswith("stoker.toml:8")
    assert limit.startswith("feeds.limit = 3  # ")


def test_config_show_as_json_has_every_setting(site):
    rows = json.loads(site.stoker("config", "show", "--json").stdout)
    assert {"key": "server.port", "value": 8000, "origin": "default"} in rows


def test_config_schema_is_json_schema(stoker):
    schema = json.loads(stoker("config", "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(stoker, shell):
    run = stoker("completion", shell)
    assert run.returncode == DONE
    assert "_STOKER_COMPLETE" in run.stdout


def test_init_then_build_works(stoker, tmp_path):
    made = stoker("init", "fresh")
    assert (made.returncode, made.stdout) == (DONE, "")
    config = tmp_path / "fresh" / "stoker.toml"
    built = stoker("build", "--config", str(config))
    assert built.returncode == DONE
    assert "A first article" in (tmp_path / "fresh/output/all.atom").read_text()


def test_init_overwrites_nothing(stoker, tmp_path):
    (tmp_path / "stoker.toml").write_text("# mine\n")
    assert stoker("init", ".").returncode == DONE
    assert (tmp_path / "stoker.toml").read_text() == "# mine\n"


# ---------------------------------------------------------------- wrong settings


@pytest.mark.parametrize("command", ["build", "check", "serve"])
def test_no_sources_is_exit_2_with_a_hint(stoker, command, tmp_path):
    run = stoker(command)
    assert (run.returncode, run.stdout) == (WRONG, "")
    assert "stoker init" in run.stderr
    assert not list(tmp_path.iterdir())


def test_a_missing_source_folder_is_exit_2_and_publishes_nothing(site):
    site.build()
    before = site.published()
    site.articles.rename(site.root / "elsewhere")
    run = site.build()
    assert run.returncode == WRONG
    assert "sources[0].path" in run.stderr
    assert site.published() == before


def test_an_unknown_setting_is_exit_2_and_names_the_nearest(site):
    config = site.root / "stoker.toml"
    config.write_text(config.read_text() + "limmit = 5\n")
    run = site.build()
    assert run.returncode == WRONG
    assert "stoker.toml:9: feeds.limmit: unknown setting" in run.stderr
    assert "did you mean feeds.limit?" in run.stderr


def test_an_unknown_variable_is_exit_2(site):
    run = site.stoker("build", env={"STOKER_SITE__TITEL": "x"})
    assert run.returncode == WRONG
    assert "STOKER_SITE__TITEL: site.titel: unknown setting" in run.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STOKER_FEEDS__LIMIT", "0"),
        ("STOKER_FEEDS__LIMIT", "many"),
        ("STOKER_SITE__BASE_URL", "ftp://x"),
        ("STOKER_FEEDS__HALF_LIFE", "soon"),
        ("STOKER_SITE__TIME_ZONE", "Nowhere/Never"),
    ],
    ids=lambda value: value.lower(),
)
def test_a_wrong_value_is_exit_2_and_writes_nothing(site, name, value):
    before = site.files()
    run = site.stoker("build", env={name: value})
    assert run.returncode == WRONG
    assert name in run.stderr
    assert "Traceback" not in run.stderr
    assert site.files() == before


def test_the_environment_is_heard(site):
    site.stoker(
        "build",
        env={"STOKER_FEEDS__FORMATS": "json", "STOKER_OUTPUT__PATH": "elsewhere"},
    )
    made = {file.name for file in (site.root / "elsewhere").glob("all.*")}
    assert {"all.json", "all.html"} <= made
    assert not {"all.atom", "all.rss"} & made
    assert not site.output.exists()
