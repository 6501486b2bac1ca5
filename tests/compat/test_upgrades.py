"""Who comes from an older release loses nothing, and has nothing twice.

Each case is a way of coming here; what the release left is in a folder of its name.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from feeds.catalog import open_catalog
from feeds.errors import SettingsError
from feeds.pipeline import regenerate
from feeds.pipeline.report import Report
from feeds.pipeline.transfer import adopt, exported, imported
from feeds.settings import Settings, leaves, load, state_path
from tests.compat import kept, make
from tests.system.conftest import ENVIRON

NOW = make.LAST_BUILD + timedelta(hours=1)
# Broken when the site was left: of its last good version only the state knows.
BROKEN = "tag:ebb.example,2025:article/glasswort.md"
HELD = "tag:ebb.example,2025:article/embargo.md"
HELD_UNTIL = datetime(2026, 3, 20, 5, tzinfo=UTC)


@dataclass
class Site:
    """A site that a release left, before and after this code has built it."""

    release: str
    root: Path

    @property
    def output(self) -> Path:
        return self.root / "output"

    @property
    def settings(self) -> Settings:
        file = self.root / "stoker.toml"
        return load(file, environ={}, flags={}, folder=self.root).settings

    def build(self, now: datetime = NOW) -> Report:
        return regenerate(self.settings, now=now, clock=time.time_ns, jobs=1)

    def ledger(self) -> dict[str, list[dict[str, str]]]:
        """Return the rows of the ledger by kind."""
        with open_catalog(state_path(self.settings), private=True) as catalog:
            return rows(b"".join(exported(catalog.ledger())))


def rows(text: bytes) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for line in text.splitlines():
        row = json.loads(line)
        found.setdefault(row.pop("kind"), []).append(row)
    return found


def in_place(release: str, root: Path) -> None:
    """The new release is installed where the old one was."""
    kept.unpack(release, root)


def moved(release: str, root: Path) -> None:
    """The site was copied to another disk, or another machine, as it was."""
    kept.unpack(release, root, moved=True)


def without_output(release: str, root: Path) -> None:
    """The state is all that was taken along."""
    moved(release, root)
    shutil.rmtree(root / "output")


def without_state(release: str, root: Path) -> None:
    """The output is all that was taken along."""
    moved(release, root)
    shutil.rmtree(root / "output-state")


def by_ledger(release: str, root: Path) -> None:
    """The ledger was exported by the old release, and is imported by this one."""
    without_state(release, root)
    shutil.rmtree(root / "output")
    file = kept.HERE / release / "ledger.jsonl"
    ledger, problems = imported(file.name, file.read_bytes())
    assert problems == []
    adopt(ledger, root / "output-state", now=NOW, replace=False)


CASES = {
    each.__name__: each
    for each in (in_place, moved, without_output, without_state, by_ledger)
}
WITH_STATE = [name for name in CASES if name != "without_state"]
WITH_OUTPUT = [name for name in CASES if name not in {"without_output", "by_ledger"}]
releases = pytest.mark.parametrize("release", kept.RELEASES)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Site]:
    """Return a release's site as it was left, to be looked at alone."""
    sites: dict[str, Site] = {}

    def before(release: str) -> Site:
        if release not in sites:
            root = tmp_path_factory.mktemp(release)
            kept.unpack(release, root)
            sites[release] = Site(release, root)
        return sites[release]

    return before


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Site]:
    """Return a release's site as this code has built it once, to be looked at alone."""
    sites: dict[tuple[str, str], Site] = {}

    def after(release: str, case: str) -> Site:
        if (release, case) not in sites:
            root = tmp_path_factory.mktemp(f"{release}-{case}")
            CASES[case](release, root)
            site = sites[release, case] = Site(release, root)
            site.build()
        return sites[release, case]

    return after


@releases
@pytest.mark.parametrize("case", CASES)
class TestNothingIsNew:
    def test_no_feed_has_an_entry_that_it_had_not(self, before, after, release, case):
        old = kept.documents(before(release).output)
        new = kept.documents(after(release, case).output)
        lost = {BROKEN} if case == "without_state" else set()
        for path in old.keys() & new.keys():
            assert set(new[path].entries) == set(old[path].entries) - lost, path
        ids = {entry for document in old.values() for entry in document.entries}
        for document in new.values():
            assert ids >= set(document.entries)

    def test_no_entry_is_called_updated(self, before, after, release, case):
        old = kept.documents(before(release).output)
        new = kept.documents(after(release, case).output)
        for path in old.keys() & new.keys():
            for entry, dates in new[path].entries.items():
                assert dates == old[path].entries[entry], (path, entry)

    def test_no_feed_has_another_id_or_date(self, before, after, release, case):
        old = kept.documents(before(release).output)
        new = kept.documents(after(release, case).output)
        for path in old.keys() & new.keys():
            assert new[path].id == old[path].id, path
            assert new[path].updated == old[path].updated, path

    def test_the_next_build_writes_nothing(self, after, release, case):
        report = after(release, case).build(NOW + timedelta(hours=1))
        assert (report.written, report.removed, report.parsed) == ((), (), 0)


@releases
@pytest.mark.parametrize("case", CASES)
def test_every_url_still_leads_somewhere(before, after, release, case):
    """It is true that no document of old is a 404, and none is gone but by its articles."""
    old, site = before(release), after(release, case)
    paths = kept.last_modified(old.output).keys()
    ended = {
        path
        for path, document in kept.documents(old.output).items()
        if case == "without_state" and set(document.entries) == {BROKEN}
    }
    stems = {path.rpartition(".")[0] for path in ended}
    with serving(site.root) as status:
        for path in paths:
            is_ended = path.rpartition(".")[0] in stems
            allowed = {200, 301, 410} if is_ended else {200, 301}
            assert status(path) in allowed, path
        for path in kept.gone(old.output):
            assert status(path) in {200, 301, 410}, path


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def serving(root: Path) -> Iterator[Callable[[str], int]]:
    """Serve what is published; yield what returns the status of a path."""
    opener = urllib.request.build_opener(_Stay)
    command = [sys.executable, "-m", "server", "serve", "--port", "0", "--no-build"]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, cwd=root, env=ENVIRON, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        try:
            said = iter(process.stderr)
            url = next(line.split()[1] for line in said if line.startswith("serving "))

            def status(path: str) -> int:
                try:
                    with opener.open(
                        f"{url.rstrip('/')}/{quote(path)}", timeout=5
                    ) as answer:
                        return int(answer.status)
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code

            yield status
        finally:
            process.terminate()
            process.communicate(timeout=10)


@releases
@pytest.mark.parametrize("case", WITH_STATE)
class TestTheLedgerIsKept:
    def test_ids_dates_and_first_sights(self, after, release, case):
        file = kept.HERE / release / "ledger.jsonl"
        old, new = rows(file.read_bytes()), after(release, case).ledger()
        facts = ("path", "id", "updated", "first_seen")
        assert [[row[fact] for fact in facts] for row in new["identity"]] == [
            [row[fact] for fact in facts] for row in old["identity"]
        ]

    def test_what_it_knows_of_documents_feeds_and_last_good_versions(
        self, after, release, case
    ):
        file = kept.HERE / release / "ledger.jsonl"
        old, new = rows(file.read_bytes()), after(release, case).ledger()
        for kind, key in (
            ("document", "path"),
            ("feed", "stem"),
            ("last_good", "path"),
        ):
            assert {row[key] for row in new[kind]} >= {row[key] for row in old[kind]}
        authority = {row["key"]: row["value"] for row in new["meta"]}["tag_authority"]
        assert authority == "ebb.example,2025"

    def test_it_can_be_exported_and_imported_again(
        self, after, release, case, tmp_path
    ):
        with open_catalog(
            state_path(after(release, case).settings), private=True
        ) as catalog:
            text = b"".join(exported(catalog.ledger()))
        ledger, problems = imported("again", text)
        assert problems == []
        adopt(ledger, tmp_path, now=NOW, replace=False)

    def test_what_was_held_comes_at_its_instant_under_its_id(
        self, release, case, tmp_path
    ):
        CASES[case](release, tmp_path)
        site = Site(release, tmp_path)
        site.build()
        report = site.build(HELD_UNTIL)
        assert report.next_change is None
        entries = kept.documents(site.output)["all.atom"].entries
        dates = kept.Dates(published_at=HELD_UNTIL, updated=HELD_UNTIL)
        assert entries[HELD] == dates


@releases
@pytest.mark.parametrize("case", CASES)
def test_last_modified_never_goes_back(before, after, release, case):
    old = kept.last_modified(before(release).output)
    new = kept.last_modified(after(release, case).output)
    for path in old.keys() & new.keys():
        assert new[path] >= old[path], path


@releases
@pytest.mark.parametrize("case", WITH_OUTPUT)
def test_files_of_documents_that_are_the_same_are_not_touched(
    before, after, release, case
):
    old, new = before(release).output, after(release, case).output
    for path in kept.last_modified(old).keys() & kept.last_modified(new).keys():
        if (old / path).read_bytes() == (new / path).read_bytes():
            assert (new / path).stat().st_mtime == (old / path).stat().st_mtime, path


@releases
def test_every_difference_is_explained(before, after, release):
    """It is true that documents differ in what `differences.toml` names, and all of that."""
    explained = tomllib.loads((kept.HERE / release / "differences.toml").read_text())
    found = kept.differences(
        kept.documents(before(release).output),
        kept.documents(after(release, "in_place").output),
    )
    assert found == explained.keys()
    assert all(words.strip() for words in explained.values())


@releases
@pytest.mark.parametrize("case", CASES)
def test_edits_after_it_count_as_ever(release, case, tmp_path):
    CASES[case](release, tmp_path)
    site = Site(release, tmp_path)
    site.build()
    was = kept.documents(site.output)["all.atom"].entries
    unseen = site.root / "articles" / "second-boat.md"
    rewrite(unseen, unseen.read_text().replace("b2xkIGNpcGhlcg", "bGF0ZXIgY2lwaGVy"))
    assert site.build(NOW + timedelta(hours=1)).written == ()
    seen = site.root / "articles" / "third-boat.md"
    rewrite(seen, seen.read_text().replace("A third boat", "The third boat"))
    later = NOW + timedelta(hours=2)
    site.build(later)
    now = kept.documents(site.output)["all.atom"].entries
    changed = {entry for entry in was if now[entry] != was[entry]}
    assert changed == {"tag:ebb.example,2025:article/third-boat.md"}
    assert now[changed.pop()].updated == later


def rewrite(file: Path, text: str) -> None:
    """Write a file that an hour ago was another, by its date."""
    was_s = file.stat().st_mtime
    file.write_text(text, "utf-8")
    os.utime(file, (was_s + 3600, was_s + 3600))


@releases
class TestSettings:
    def test_all_are_accepted_or_their_new_name_is_told(self, release, tmp_path):
        """It is true that an error about an old setting names one that there is."""
        text = (kept.HERE / release / "every.toml").read_text()
        for folder in ("articles", "register"):
            (tmp_path / folder).mkdir()
        keys = {key for key, _ in leaves()}
        known = keys | {key.rpartition(".")[2] for key in keys}
        for part in parts(text):
            told = refusal(part, tmp_path)
            assert not told or known & set(re.findall(r"[\w.]+", told)), (part, told)

    def test_the_command_line_builds_with_those_of_the_site(self, release, tmp_path):
        in_place(release, tmp_path)
        run = subprocess.run(  # noqa: S603 - ourselves
            [
                sys.executable,
                "-m",
                "server",
                "build",
                "--now",
                f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
            ],
            cwd=tmp_path,
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert run.returncode == 3, run.stderr
        assert "glasswort.md:2" in run.stderr
        assert "1 shown as last good" in run.stderr


def refusal(text: str, folder: Path) -> str:
    """Return what is expected in place of these settings, or ""."""
    file = folder / "stoker.toml"
    file.write_text(text)
    try:
        load(file, environ={}, flags={}, folder=folder)
    except SettingsError as error:
        return error.expected
    return ""


def parts(text: str) -> Iterator[str]:
    """Yield each setting by itself, and all of them together."""
    for key, value in tomllib.loads(text).items():
        if isinstance(value, dict):
            for name in value:
                lines = _table(text, key)
                line = next(each for each in lines if each.startswith(f"{name} = "))
                yield f"[{key}]\n{line}\n"
    yield text


def _table(text: str, name: str) -> list[str]:
    """Return the lines of a table of settings."""
    return text.partition(f"[{name}]\n")[2].partition("\n[")[0].splitlines()
