"""Whose the ids are, and what lies beside the articles: as the commands tell it."""

import json

import pytest

DONE, QUARANTINE = 0, 3
MINE = '[[sources]]\npath = "articles"\n'


@pytest.fixture
def local_site(empty_site):
    """Return a site whose settings say nothing of where it will be."""
    (empty_site.root / "stoker.toml").write_text(f"[site]\ntitle = 'T'\n{MINE}")
    empty_site.write("a.md")
    empty_site.write("b.md")
    return empty_site


def lines_of(text, word):
    return [line for line in text.splitlines() if word in line]


def set_up(site, line):
    (site.root / "stoker.toml").write_text(f"[site]\ntitle = 'T'\n{line}\n{MINE}")


class TestLoopback:
    def test_a_build_warns_once_and_an_idle_one_says_nothing(self, local_site):
        run = local_site.build()
        assert run.returncode == DONE
        (line,) = lines_of(run.stderr, "warning")
        assert line.startswith("warning: stoker.toml: site.tag_authority: expected ")
        assert "2 ids are minted anew" in line
        again = local_site.build()
        assert (again.returncode, again.stderr) == (DONE, "")

    def test_it_is_told_with_the_line_of_the_setting(self, local_site):
        set_up(local_site, 'tag_authority = ""')
        assert "stoker.toml:3: site.tag_authority" in local_site.build().stderr

    def test_a_check_fails_where_warnings_count(self, local_site):
        assert local_site.stoker("check").returncode == DONE
        run = local_site.stoker("check", "--strict")
        assert run.returncode == QUARANTINE
        assert len(lines_of(run.stdout, "warning: stoker.toml: site.tag_author")) == 1
        found = json.loads(local_site.stoker("check", "--format", "json").stdout)
        assert [(p["file"], p["key"]) for p in found["problems"]] == [
            ("stoker.toml", "site.tag_authority")
        ]

    def test_the_doctor_warns(self, local_site):
        local_site.build()
        before = local_site.files()
        run = local_site.stoker("doctor")
        (line,) = lines_of(run.stdout, "ids: ")
        assert line.startswith("warn")
        assert "2 ids are minted anew" in line
        assert local_site.files() == before

    def test_json_has_it_from_every_build(self, local_site):
        runs = [local_site.build("--json") for _ in range(2)]
        told = [json.loads(run.stdout)["problems"] for run in runs]
        assert [[each["key"] for each in problems] for problems in told] == [
            ["site.tag_authority"]
        ] * 2

    @pytest.mark.parametrize(
        "line",
        [
            *('tag_authority = "localhost,2026"', 'tag_authority = "x.example,2026"'),
            'base_url = "https://feeds.example"',
        ],
    )
    def test_once_it_is_set_nobody_is_warned(self, local_site, line):
        set_up(local_site, line)
        local_site.build()
        assert local_site.stoker("check", "--strict").returncode == DONE
        assert "\nok    ids: " in local_site.stoker("doctor").stdout


class TestFirstAuthority:
    def test_it_is_told_before_and_then(self, local_site):
        local_site.build()
        set_up(local_site, 'base_url = "https://feeds.example"')
        check = local_site.stoker("check", "--strict")
        assert check.returncode == DONE
        (before,) = lines_of(check.stdout, "note")
        dry = local_site.build("--dry-run")
        assert lines_of(dry.stderr, "note") == [before]
        assert "will begin" in before
        (done,) = lines_of(local_site.build().stderr, "note")
        for line in (before, done):
            assert line.startswith("note: stoker.toml: site.tag_authority: ")
            assert "2 ids anew" in line
        assert lines_of(local_site.stoker("check").stdout, "note") == []
        feed = json.loads((local_site.output / "all.json").read_bytes())
        assert {each["id"] for each in feed["items"]} == {
            f"tag:feeds.example,2026:article/{name}.md" for name in "ab"
        }

    def test_the_ledger_takes_it_along(self, local_site):
        local_site.build()
        local_site.stoker("ledger", "export", "kept.jsonl")
        set_up(local_site, 'base_url = "https://feeds.example"')
        elsewhere = ("--output", "there")
        run = local_site.stoker("ledger", "import", "kept.jsonl", *elsewhere)
        assert run.returncode == DONE
        assert "2 ids anew" in local_site.build(*elsewhere).stderr


class TestBeside:
    def test_it_is_told_and_fails_nothing(self, local_site):
        set_up(local_site, 'base_url = "https://feeds.example"')
        topics = local_site.root / "data" / "topics"
        topics.mkdir(parents=True)
        (topics / "ferries.yaml").write_text("name: Ferries\n_id: boats\n")
        assert "note: " in local_site.build().stderr
        check = local_site.stoker("check", "--strict")
        assert (check.returncode, len(lines_of(check.stdout, "note: data: "))) == (
            DONE,
            1,
        )
        doctor = local_site.stoker("doctor").stdout
        assert f"ok    folder {topics.parent}: not read" in doctor

    def test_a_registry_that_breaks_is_told_by_the_build_that_finds_it(
        self, local_site
    ):
        local_site.articles.rename(local_site.root / "_posts")
        topics = local_site.root / "_data" / "topics"
        topics.mkdir(parents=True)
        (topics / "ferries.yaml").write_text("name: Ferries\n_id: boats\n")
        site = ("--source", "_posts", "--base-url", "https://feeds.example")
        local_site.build(*site)
        assert (local_site.output / "topics" / "boats.atom").exists()
        (topics / "ferries.yaml").write_text("name: Ferries\n_id: [\n")
        run = local_site.build(*site)
        assert run.returncode == QUARANTINE
        (line,) = lines_of(run.stderr, "error: ")
        assert f"{topics}/ferries.yaml:" in line
        assert (local_site.output / "topics" / "boats.atom").exists()
        again = local_site.build(*site)
        assert (again.returncode, again.stderr) == (QUARANTINE, "")
