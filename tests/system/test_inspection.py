"""`check`, `list`, `explain`, `config`, `completion`, `init`: what they print."""

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


def test_check_reports_every_problem_and_writes_nothing(varied):
    before = varied.files()
    run = varied.stoker("check", "--now", NOW)
    assert run.returncode == QUARANTINE
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("error: broken.md:")]
    assert [line for line in lines if line.startswith("note: notes.txt: ")]
    assert "9 files: 1 errors" in run.stderr
    assert varied.files() == before


def test_check_of_a_sound_site_is_exit_0(site):
    run = site.stoker("check")
    assert (run.returncode, run.stdout) == (DONE, "")


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
            "expected YAML front matter: found unexpected end of stream",
        ),
        (
            "notes.txt",
            'plain text is published only where plain_text = "publish" is set',
        ),
    ):
        assert explained(varied, article) == f"{article}: out of all feeds: {why}\n"


def test_explain_tells_what_is_beyond_the_limit(varied):
    told = explained(varied, "2026-11-01-story.md", "--feed", "all")
    assert "  all\tout: number 4 of 5 by date; beyond the limit of 3\n" in told


def test_explain_tells_what_is_outside_the_window(varied):
    told = explained(varied, "2026-01-01-old.md", "--feed", "all/top")
    assert "  all/top\tout: 313.0 days older than the newest" in told


def test_explain_of_one_feed_it_cannot_be_in(varied):
    told = explained(varied, "2026-11-03-story.md", "--feed", "topics/bridges")
    assert "no such feed" in told


def test_explain_as_json(varied):
    row = json.loads(explained(varied, "2026-11-10-beyond.md", "--json"))
    assert (row["article"], row["out"]) == ("2026-11-10-beyond.md", "")
    ranks = {place["feed"]: place["rank"] for place in row["feeds"]}
    assert (ranks["all"], ranks["topics/ferries"]) == (1, 1)


def test_explain_finds_an_article_by_its_file(varied):
    file = str(varied.articles / "2026-11-03-story.md")
    assert explained(varied, file).startswith("2026-11-03-story.md: published")


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
