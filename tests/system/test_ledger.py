"""The ledger as text: exported on one machine, imported on another, nothing is news."""

import fcntl
import json
import os
import shutil

import pytest

from tests.system.conftest import Site
from tests.system.test_damage import LATER, LATEST, catalog, garbage, lived, past

__all__ = ["lived", "past"]

DONE, FAILED, QUARANTINE, BUSY = 0, 1, 3, 4


@pytest.fixture
def other(lived: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a machine with the same articles and settings, and nothing else."""
    made = Site(tmp_path_factory.mktemp("other"))
    shutil.copytree(lived.articles, made.articles, dirs_exist_ok=True)
    return made


def exported(site: Site) -> str:
    run = site.stoker("ledger", "export")
    assert (run.returncode, run.stderr) == (DONE, "")
    return run.stdout


def imported(site: Site, text: str, *flags: str) -> str:
    (site.root / "ledger.jsonl").write_text(text)
    run = site.stoker("ledger", "import", "ledger.jsonl", *flags)
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    return run.stderr


def without_index(site: Site) -> dict[str, tuple[int, bytes]]:
    return {k: v for k, v in site.published().items() if k != "manifest.json"}


def lasting(text: str) -> list[str]:
    """Return the rows that another machine, and an hour, leave alone."""
    passing = ("meta", "feed", "departed", "stoker-ledger")
    rows = text.splitlines()
    return [row for row in rows if json.loads(row)["kind"] not in passing]


class TestAnotherMachine:
    def test_c3_documents_etags_and_dates_are_the_same(self, lived, other):
        assert imported(other, exported(lived)).startswith("imported ")
        run = other.build(now=LATEST)
        assert run.returncode == QUARANTINE
        assert (other.output / "manifest.json").read_bytes() == (
            lived.output / "manifest.json"
        ).read_bytes()
        # The index alone is dated by the build.
        assert without_index(other) == without_index(lived)

    def test_the_ledger_is_the_same_again(self, lived, other):
        text = exported(lived)
        imported(other, text)
        assert exported(other) == text
        other.build(now=LATEST)
        assert lasting(exported(other)) == lasting(text)

    def test_c5_without_it_nothing_would_be(self, lived, other):
        other.build(now=LATEST)
        assert other.published() != lived.published()

    def test_a_last_good_version_is_not_published_where_its_file_never_was(
        self, lived, other
    ):
        (other.articles / "broken.md").unlink()
        imported(other, exported(lived))
        report = json.loads(other.build("--json", now=LATEST).stdout)
        assert report["stale"] == []


class TestExport:
    def test_it_is_one_object_a_line_and_says_how_many(self, lived):
        header, *rows = map(json.loads, exported(lived).splitlines())
        assert header == {"kind": "stoker-ledger", "version": 1, "lines": len(rows)}
        kinds = [row["kind"] for row in rows]
        assert set(kinds) == {
            *(
                "meta",
                "identity",
                "last_good",
                "departed",
                "lineage",
                "feed",
                "document",
            ),
        }
        identities = [row for row in rows if row["kind"] == "identity"]
        paths = [row["path"] for row in identities]
        assert paths == sorted(paths)
        (changed,) = [row for row in identities if row["updated"] == LATER]
        assert changed["path"] == "2026-11-02-story.md"

    def test_to_a_file_it_is_the_same(self, lived):
        run = lived.stoker("ledger", "export", "kept.jsonl")
        assert (run.returncode, run.stdout) == (DONE, "")
        assert "wrote " in run.stderr
        assert (lived.root / "kept.jsonl").read_text() == exported(lived)
        assert list(lived.root.glob("*.new")) == []

    def test_it_writes_nothing_into_the_state(self, lived):
        before = lived.files()
        exported(lived)
        assert lived.files() == before

    def test_no_ledger_is_exit_1(self, site):
        run = site.stoker("ledger", "export")
        assert (run.returncode, run.stdout) == (FAILED, "")
        assert "there is no ledger yet" in run.stderr
        assert not site.state.exists()


class TestImport:
    def test_a_ledger_that_is_there_stays(self, lived):
        text = exported(lived)
        before = lived.files()
        told = imported(lived, text)
        assert "there is a ledger already" in told
        assert "--replace" in told
        (lived.root / "ledger.jsonl").unlink()
        assert lived.files() == before

    def test_replacing_it_goes_back_to_what_was_exported(self, lived):
        text = exported(lived)
        before = lived.published()
        story = "2026-11-03-story.md"
        old = (lived.articles / story).read_text()
        lived.write(story, title="Mistaken", date="2026-11-03T08:00:00Z")
        lived.build(now=LATEST)
        lived.write_text(story, old)
        assert imported(lived, text, "--replace").startswith("imported ")
        assert exported(lived) == text
        lived.build(now="2026-11-23T12:00:00Z")
        now = lived.published()
        # What was published meanwhile has its date: that never goes back.
        assert now["all.json"][1] == before["all.json"][1]
        assert now["all.json"][0] > before["all.json"][0]

    def test_a_damaged_catalog_is_replaced_only_when_told_so(self, lived):
        text = exported(lived)
        garbage(catalog(lived))
        assert "expected a sound catalog" in imported(lived, text)
        told = imported(lived, text, "--replace")
        assert "the damaged catalog was set aside as " in told
        assert exported(lived) == text

    def test_a_build_at_work_is_exit_4(self, lived):
        text = exported(lived)
        (lived.root / "l").write_text(text)
        for place in (lived.state, lived.state / "catalog.lock"):
            handle = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                run = lived.stoker("ledger", "import", "l", "--replace")
            finally:
                os.close(handle)
            assert run.returncode == BUSY

    def test_from_stdin(self, lived, other):
        (other.root / "l").write_text(exported(lived))
        run = other.run_shell('exec "$@" < l', "ledger", "import", "-")
        assert run.returncode == DONE, run.stderr
        assert exported(other) == (other.root / "l").read_text()


def test_with_a_wrong_line_nothing_is_imported(lived, other):
    lines = exported(lived).splitlines()
    lines[-1] = lines[-1].replace('"etag"', '"tag"')
    told = imported(other, "\n".join(lines) + "\n")
    assert f"error: ledger.jsonl:{len(lines)}: tag: unknown; known are path" in told
    assert "stoker: ledger.jsonl: nothing was imported" in told
    assert not other.state.exists()
