"""What the command line says of settings and articles that are wrong, and where."""

import os

import pytest
from click.testing import CliRunner

from feeds.errors import SettingsError
from server.cli import stoker

SOURCE = '[[sources]]\npath = "articles"\n'


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Run a command in a folder with these settings; return its output or refusal."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "articles"
    (folder / "below").mkdir(parents=True)
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2021-01-27\n---\n")
    (folder / "keyed.md").write_text("---\ntitle: @a\n---\n")
    with open(os.fsencode(folder) + b"/\xff.md", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"---\ntitle: \xff\n---\n")

    def said(*arguments: str, toml: str = SOURCE) -> str:
        (tmp_path / "stoker.toml").write_text(toml)
        run = CliRunner().invoke(stoker, [*arguments, "--jobs", "1"])
        refusal = run.exception if isinstance(run.exception, SettingsError) else ""
        return f"{run.output}{refusal}".replace(f"{tmp_path}/", "")

    return said


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        pytest.param(
            SOURCE + '[[sources]]\npath = "articles/below"\n',
            "stoker.toml:4: sources[1].path: expected a folder apart from",
            id="overlap",
        ),
        pytest.param(
            '[[sources]]\nundated = "git"\npath = "nowhere"\n',
            "stoker.toml:3: sources[0].path: expected a folder of articles",
            id="missing folder",
        ),
        pytest.param(
            SOURCE + '[registry]\n\nfolders = ["nowhere"]\n',
            "stoker.toml:5: registry.folders[0]: expected a folder",
            id="registry",
        ),
        pytest.param(
            SOURCE + '[schedule]\ncron = "often"\n',
            "stoker.toml:4: schedule.cron: expected a crontab expression",
            id="cron",
        ),
        pytest.param(
            SOURCE + '[schedule]\ninterval = "1h"\ncron = "0 0 31 2 *"\n',
            'stoker.toml:5: schedule.cron: expected a crontab expression such as "*/5',
            id="never",
        ),
    ],
)
def test_what_folders_and_timetables_show_to_be_wrong_has_its_place(said, toml, place):
    assert said("list", "articles", toml=toml).startswith(place)


def test_a_flag_is_named_as_such(said):
    run = said("list", "articles", "--source", "articles", "--source", "articles/below")
    assert run.startswith("flag: sources[1].path: expected a folder apart from")


@pytest.mark.parametrize("command", [("list", "articles"), ("explain", "keyed.md")])
def test_a_reason_is_parted_from_its_key(said, command):
    assert "in quarantine: title: expected YAML" in said(*command)


@pytest.mark.parametrize("name", ["\udcff.md", "articles/\udcff.md", "\\xff.md"])
def test_an_article_is_found_whatever_its_name_and_bytes(said, name):
    expected = "\\xff.md: out of all feeds: in quarantine: expected UTF-8 text"
    assert said("explain", name).startswith(expected)


def test_one_that_is_unknown_is_told_legibly(said):
    assert "no article '\\xfe.md' in the sources" in said("explain", "\udcfe.md")
