"""`check`: every problem, for people, programs and GitHub; nothing is written."""

import json

import pytest

from tests.system.conftest import NOW

DONE, FAILED, WRONG, QUARANTINE = range(4)
SECRET = "qL7vT2mXw9Rk4Zs8Yb3Nd6Hf1Jg5Pc0AeUiOxV="  # noqa: S105 - nobody's
BROKEN = '---\ntitle: "On ferries\n---\n'


def checked(site, *flags):
    return site.stoker("check", "--now", NOW, *flags)


def as_json(site, *flags):
    return json.loads(checked(site, "--format", "json", *flags).stdout)


@pytest.fixture
def faulty(site):
    """Return a site with a problem of every severity."""
    site.write_text("broken.md", BROKEN)
    site.write_text("notes.txt", "Notes without any front matter.\n")
    site.write("warm.md", title="Warm")
    text = (site.articles / "warm.md").read_text("utf-8")
    site.write_text("warm.md", text.replace("heat: 80", "heat: hot"))
    return site


def severities(lines):
    return [line.partition(":")[0] for line in lines]


# ---------------------------------------------------------------- text


def test_a_sound_site_is_exit_0_and_prints_nothing(site):
    run = checked(site, "--strict")
    assert (run.returncode, run.stdout) == (DONE, "")
    assert run.stderr.endswith("3 files: 0 errors, 0 warnings, 0 notes\n")


def test_problems_stand_worst_first_with_file_and_line(faulty):
    run = checked(faulty)
    lines = run.stdout.splitlines()
    assert run.returncode == QUARANTINE
    assert severities(lines) == ["error", "warning", "note"]
    assert lines[0].startswith("error: articles/broken.md:2: title: expected YAML")
    assert lines[1] == (
        "warning: articles/warm.md:7: heat: expected a number; read as missing,"
        " got 'hot'"
    )
    assert run.stderr.endswith("6 files: 1 error, 1 warning, 1 note\n")


def test_every_problem_is_shown(site):
    for number in range(60):
        site.write_text(f"broken-{number:02}.md", BROKEN)
    lines = checked(site).stdout.splitlines()
    assert [line.split(":")[1] for line in lines] == [
        f" articles/broken-{number:02}.md" for number in range(60)
    ]


def test_a_file_outside_the_current_folder_has_its_whole_path(faulty):
    (faulty.root / "elsewhere").mkdir()
    config = str(faulty.root / "stoker.toml")
    run = faulty.run_shell('cd elsewhere && exec "$@"', "check", "-c", config)
    assert run.stdout.startswith(f"error: {faulty.articles}/broken.md:")


def test_two_files_with_one_identity_name_both(site):
    twin = site.root / "more" / "first"
    twin.mkdir(parents=True)
    (site.articles / "m").mkdir()
    config = site.root / "stoker.toml"
    config.write_text(config.read_text() + '[[sources]]\npath = "more"\nname = "m"\n')
    story = (site.articles / "2026-11-03-story.md").read_bytes()
    (site.articles / "m" / "a.md").write_bytes(story)
    (site.root / "more" / "a.md").write_bytes(story)
    run = checked(site)
    assert run.returncode == QUARANTINE
    assert run.stdout.startswith("error: more/a.md: expected a path of its own, but ")
    assert f"{site.articles}/m/a.md has it too" in run.stdout


def test_registries_are_checked_too(site):
    topics = site.articles / "_data" / "topics"
    topics.mkdir(parents=True)
    (topics / "bad.yaml").write_text('name: "Ferries\n', "utf-8")
    run = checked(site)
    assert run.returncode == QUARANTINE
    assert run.stdout.startswith("error: articles/_data/topics/bad.yaml:")
    listed = site.stoker("list", "articles", "--now", NOW)
    assert "bad.yaml" not in listed.stdout


def test_names_that_fall_on_one_slug_are_a_note(site):
    site.write("c-sharp.md", topic="C sharp", title="One")
    site.write("c.md", topic='"C#"', title="Another")
    run = checked(site, "--strict")
    assert run.returncode == DONE
    assert run.stdout == (
        "note: topics/c-sharp: expected one name for one feed, got 'C sharp', 'C#'\n"
    )
    assert "1 shared slug" in run.stderr
    assert as_json(site)["slugs"] == [
        {"slug": "topics/c-sharp", "names": ["C sharp", "C#"]}
    ]


def test_names_that_differ_in_case_are_one(site):
    site.write("a.md", topic="CRI-O", title="One")
    site.write("b.md", topic="cri-o", title="Another")
    assert checked(site).stdout == ""


# ---------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("name", "text", "flag", "expected"),
    [
        ("a.md", BROKEN, "--format=text", QUARANTINE),
        ("a.md", BROKEN, "--format=json", QUARANTINE),
        ("a.md", BROKEN, "--format=github", QUARANTINE),
        ("a.md", "", "--format=text", DONE),
        ("a.md", "", "--strict", QUARANTINE),
        ("a.txt", "Plain text.\n", "--strict", DONE),
    ],
    ids=["error", "json", "github", "warning", "strict warning", "strict note"],
)
def test_exit_code(site, name, text, flag, expected):
    site.write_text(name, text)
    assert checked(site, flag).returncode == expected


def test_wrong_settings_are_exit_2(site):
    config = site.root / "stoker.toml"
    config.write_text(config.read_text() + "limmit = 5\n")
    run = checked(site, "--format", "json")
    assert (run.returncode, run.stdout) == (WRONG, "")
    assert "stoker.toml:9: feeds.limmit: unknown setting" in run.stderr


# ---------------------------------------------------------------- json


def test_json_is_one_object_with_everything(faulty):
    report = as_json(faulty)
    assert report["files"] == 6
    assert report["counts"] == {"error": 1, "warning": 1, "note": 1}
    assert report["problems"][1] == {
        "path": "warm.md",
        "file": "articles/warm.md",
        "line": 7,
        "key": "heat",
        "value": "'hot'",
        "expected": "expected a number; read as missing",
        "severity": "warning",
    }
    assert report["slugs"] == []
    assert [source["path"] for source in report["sources"]] == ["articles"]


# ---------------------------------------------------------------- github


def test_github_annotations_have_a_level_for_each_severity(faulty):
    lines = checked(faulty, "--format", "github").stdout.splitlines()
    assert severities([line[2:].replace(" ", ":", 1) for line in lines]) == [
        "error",
        "warning",
        "notice",
    ]
    assert lines[1] == (
        "::warning file=articles/warm.md,line=7,title=heat"
        "::expected a number; read as missing, got 'hot'"
    )
    assert lines[2].startswith("::notice file=articles/notes.txt,title=stoker check::")


def test_github_annotations_are_escaped(site):
    site.write_text("100%, or: so\r\nand more.md", '---\n"a%, b": 1\n"a%, b": 2\n---\n')
    lines = checked(site, "--format", "github").stdout.split("\n")
    (doubled,) = [line for line in lines if line.startswith("::warning")]
    file = "articles/100%25%2C or%3A so%0D%0Aand more.md"
    assert doubled.startswith(f"::warning file={file},line=3,title=a%25%2C b::")
    assert all(line.startswith("::") for line in lines if line)


# ---------------------------------------------------------------- presets


HUGO = (
    '+++\ntitle = "{title}"\ndate = 2026-11-0{day}\nlastmod = 2026-11-10\n+++\nText.\n'
)


def test_a_source_is_told_what_it_looks_like(site):
    for file in site.articles.iterdir():
        file.unlink()
    for day in range(1, 5):
        site.write_text(f"{day}.md", HUGO.format(title=f"Day {day}", day=day))
    site.write("other.md", title="Another kind")
    site.write_text("notes.txt", "Plain text tells nothing.\n")
    site.write_text("broken.md", BROKEN)
    run = checked(site)
    assert run.stderr.splitlines()[0] == (
        "source articles: looks like hugo (4 of 5 files);"
        ' with preset = "hugo" links would be as its pages are'
    )
    (source,) = as_json(site)["sources"]
    assert source == {
        "path": "articles",
        "files": 7,
        "preset": "auto",
        "looks_like": "hugo",
        "alike": 4,
        "sampled": 5,
    }


def test_a_preset_that_does_not_fit_is_told(site):
    config = site.root / "stoker.toml"
    text = config.read_text()
    config.write_text(
        text.replace('path = "articles"', 'path = "articles"\npreset = "hugo"')
    )
    run = checked(site)
    assert run.stderr.splitlines()[0] == (
        'source articles: looks like smartable (3 of 3 files), but has preset = "hugo"'
    )


def test_what_a_source_looks_like_is_known_without_reading_it_again(site):
    for number in range(450):
        site.write(f"{number:03}.md", title=f"Number {number}")
    (before,) = as_json(site)["sources"]
    assert (before["files"], before["sampled"]) == (453, 453)
    site.stoker("build")
    (source,) = as_json(site)["sources"]
    assert source == before


def test_a_source_without_articles_is_told_so(site):
    for file in site.articles.iterdir():
        file.unlink()
    run = checked(site)
    assert run.returncode == DONE
    assert run.stderr.splitlines()[0] == "source articles: 0 files"


# ---------------------------------------------------------------- what it leaves alone


@pytest.mark.parametrize("is_built", [False, True], ids=["never built", "built"])
def test_nothing_is_written(faulty, is_built):
    if is_built:
        faulty.build()
    before = faulty.files()
    assert checked(faulty).returncode == QUARANTINE
    assert faulty.files() == before


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_r3_nothing_secured_is_printed(site, form):
    site.write("a.md", title="Sealed", secured=SECRET)
    site.write_text("b.md", f'---\nsecured: "{SECRET}\n---\n')
    site.write_text("c.md", f"---\nsecured: [{SECRET}\ntitle: x\n---\n")
    site.write_text(
        "d.md", f"---\ntitle: y\nsecured: {SECRET}\nsecured: {SECRET}x\n---\n"
    )
    run = checked(site, "--format", form)
    told = run.stdout + run.stderr
    assert run.returncode == QUARANTINE
    slices = (SECRET[at : at + 24] for at in range(len(SECRET) - 23))
    assert not [part for part in slices if part in told]
