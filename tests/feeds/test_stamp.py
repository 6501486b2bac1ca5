"""What a stamp tells apart, and that one which is no stamp answers nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from feeds import stamp

PROJECT = Path(stamp.__file__).parents[1]
WORDS = ("build", "--json")


@pytest.fixture
def kept(tmp_path):
    """Return where a stamp is that depends on nothing but its caller."""
    (tmp_path / "output").mkdir()
    made = stamp.Stamp(
        caller="me",
        since=1_000,
        until=2_000,
        traces={},
        places={},
        sources=[],
        articles=stamp.digest_of([]),
        registries=[],
        registered=stamp.digest_of([]),
        apart=[],
        output=str(tmp_path / "output"),
        published=stamp.digest_of([]),
        exit_code=3,
        said='{"now":"1970-01-01T00:16:40Z","of":"1970-01-01T00:16:40Z"}',
        now="1970-01-01T00:16:40Z",
    )
    file = tmp_path / stamp.FILE_NAME
    stamp.keep(made, str(file))
    return file


def test_it_says_the_same_at_another_instant(kept):
    said = '{"now":"1970-01-01T00:25:00Z","of":"1970-01-01T00:16:40Z"}'
    assert stamp.answer(str(kept), "me", 1_500.9) == (3, said)


@pytest.mark.parametrize(
    ("caller", "now_s", "holds"),
    [
        ("me", 999.9, False),
        ("me", 1_000, True),
        ("me", 1_999.9, True),
        ("me", 2_000, False),
        ("you", 1_500, False),
    ],
    ids=["clock set back", "at once", "before the next change", "at it", "another"],
)
def test_it_holds_for_a_time_and_a_caller(kept, caller, now_s, holds):
    assert (stamp.answer(str(kept), caller, now_s) is not None) is holds


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:100],
        lambda _: "[]",
        lambda _: "{}",
        lambda _: "[" * 30 + "]" * 30,
        lambda _: "no JSON",
        lambda content: content.replace('"since": 1000', '"since": null'),
        lambda content: content.replace('"traces": {}', '"traces": 7'),
        lambda content: content.replace('"sources": []', '"sources": [["x"]]'),
        lambda content: content.replace('"me"', "7"),
    ],
    ids=["torn", "a list", "empty", "deep", "text", "null", "7", "short", "no one"],
)
def test_what_is_no_stamp_answers_nothing(kept, change):
    kept.write_text(change(kept.read_text()))
    assert stamp.answer(str(kept), "me", 1_500) is None


def test_none_answers_nothing(tmp_path):
    assert stamp.answer(str(tmp_path / stamp.FILE_NAME), "me", 1_500) is None


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        ((), {}),
        (("build",), {}),
        (("build", "--json", "--jobs"), {}),
        (("build--json",), {}),
        (WORDS, {"STOKER_FEEDS__LIMIT": "2"}),
        (WORDS, {"HOME": "/elsewhere"}),
        (WORDS, {"TZ": "Europe/Oslo"}),
    ],
)
def test_other_words_or_surroundings_are_another_caller(words, environ):
    assert stamp.caller_of(words, environ) != stamp.caller_of(WORDS, {})


def test_other_variables_are_nothing_to_it():
    assert stamp.caller_of(WORDS, {"EDITOR": "vi"}) == stamp.caller_of(WORDS, {})


def test_another_folder_is_another_caller(tmp_path, monkeypatch):
    here = stamp.caller_of(WORDS, {})
    monkeypatch.chdir(tmp_path)
    assert stamp.caller_of(WORDS, {}) != here


CHANGES = {
    "a module is changed": lambda root: (root / "feeds/parse/dates.py").touch(),
    "one is added": lambda root: (root / "server/extra.py").touch(),
    "a package is installed": lambda root: (
        root / "site-packages/new-1.0.dist-info"
    ).mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_code_is_another_caller(tmp_path, change):
    for package in ("feeds", "server"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    (tmp_path / "site-packages").mkdir()
    before = caller_in(tmp_path)
    assert caller_in(tmp_path) == before
    change(tmp_path)
    assert caller_in(tmp_path) != before


def caller_in(root: Path) -> str:
    script = (
        f"import sys; sys.path[:0] = [{str(root)!r}, {str(root / 'site-packages')!r}]\n"
        "from feeds import stamp; print(stamp.caller_of(['build'], {}))"
    )
    run = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-B", "-P", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return run.stdout


def test_a_trace_differs_even_if_times_are_set_back(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text("limit = 3")
    before, status = stamp.trace_of(str(file)), file.stat()
    file.write_text("limit = 4")
    times = (status.st_atime_ns, status.st_mtime_ns)
    os.utime(file, ns=times)
    assert stamp.trace_of(str(file)) != before
    file.unlink()
    assert stamp.trace_of(str(file)) == stamp.trace_of(str(file)) != before


def test_a_place_differs_with_what_a_link_leads_to(tmp_path):
    places = {}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    link = tmp_path / "link"
    for name in ("a", "b", "missing"):
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        places[name] = stamp.place_of(str(link))
    assert len(set(places.values())) == 3


def test_files_that_cannot_be_articles_tell_nothing(tmp_path):
    tree = stamp.Tree(str(tmp_path), ("*.md",), ())
    assert stamp.files_in([tree], ()) == []
    (tmp_path / "a.md").symlink_to("nowhere.md")
    assert stamp.files_in([tree], ()) is None


def test_the_file_is_json_that_a_person_can_read(kept):
    assert json.loads(kept.read_text())["exit_code"] == 3
