"""`doctor`: what it finds, what it calls a failure, and that it leaves no trace."""

import contextlib
import fcntl
import json
import os
import sqlite3
import subprocess
import sys

import pytest

from tests.system.conftest import ENVIRON

DONE, FAILED, WRONG = range(3)
TODAY = "2026-02-01T00:00:00Z"  # of builds: long past, so that no clock is behind
SECRET = "qL7vT2mXw9Rk4Zs8Yb3Nd6Hf1Jg5Pc0AeUiOxV="  # noqa: S105 - nobody's
PROGRAM = (
    "import sys; {}; from server.cli import main; sys.argv[1:] = ['doctor']; main()"
)


def findings(run):
    """Return each finding of a run by what it is about: (status, detail)."""
    found = [line.split(None, 1) for line in run.stdout.splitlines()]
    parts = [(status, *rest.partition(": ")) for status, rest in found]
    assert {status for status, *_ in parts} <= {"ok", "warn", "fail"}
    return {what: (status, detail) for status, what, _, detail in parts}


def traces(folder):
    """Return what a change of any file or folder below would change."""
    return {
        path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in (folder, *folder.rglob("*"))
    }


@pytest.fixture
def built(site):
    """Return a site that was built."""
    site.write("sealed.md", title="Sealed", secured=SECRET)
    assert site.build(now=TODAY).returncode == DONE
    return site


# ---------------------------------------------------------------- what it finds


def test_it_works_without_any_settings(stoker, tmp_path):
    run = stoker("doctor")
    found = findings(run)
    assert run.returncode == DONE
    assert found["stoker"][0] == "ok"
    assert found["settings"] == ("ok", "no file; the defaults")
    assert found["sources"][0] == "warn"
    assert found[f"output {tmp_path}/output"] == ("ok", f"will be made in {tmp_path}")
    assert found["catalog"] == ("ok", "none yet")
    assert not list(tmp_path.iterdir())


def test_a_built_site_is_well_and_stays_as_it_is(built):
    before = traces(built.root)
    run = built.stoker("doctor")
    found = findings(run)
    assert run.returncode == DONE
    assert "0 failures" in run.stderr
    assert found[f"source {built.articles}"] == ("ok", "4 article files")
    assert found[f"output {built.output}"] == ("ok", "writable")
    assert found["last build"] == ("ok", found["last build"][1])
    assert found["lock"] == ("ok", "free")
    assert found["published"][0] == "ok"
    assert found["catalog"][0] == "ok"
    assert traces(built.root) == before


def test_json_tells_the_same(built):
    run = built.stoker("doctor")
    report = json.loads(built.stoker("doctor", "--json").stdout)
    rows = {check["what"]: check for check in report["checks"]}
    assert list(rows) == list(findings(run))
    assert rows["lock"] == {"status": "ok", "what": "lock", "detail": "free"}
    assert sum(report["counts"].values()) == len(rows)
    assert report["counts"]["fail"] == 0


def test_packages_have_their_version(stoker):
    found = findings(stoker("doctor"))
    for package in ("aiohttp", "apscheduler", "feedgen", "python-frontmatter", "lxml"):
        status, version = found[package]
        assert status == "ok"
        assert version[0].isdigit()


def test_a_build_at_work_is_told_and_is_no_failure(built):
    handle = os.open(built.output, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        run = built.stoker("doctor")
    finally:
        os.close(handle)
    assert run.returncode == DONE
    assert findings(run)["lock"] == ("ok", f"a build is at work in {built.output}")


def test_a_catalog_in_use_is_read_with_what_is_not_yet_in_the_file(built):
    file = built.state / "catalog.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO meta VALUES ('a', 'b')")
        writer.commit()
        before = file.read_bytes()
        run = built.stoker("doctor")
        assert findings(run)["catalog"][0] == "ok"
        assert file.read_bytes() == before


# ---------------------------------------------------------------- what it warns of


def test_a_clock_behind_the_last_build_is_a_warning(built):
    manifest = built.output / "manifest.json"
    os.utime(manifest, (2**32, 2**32))
    run = built.stoker("doctor")
    assert run.returncode == DONE
    assert findings(run)["last build"] == (
        "warn",
        "2106-02-07T06:28:16Z is later than now: was the clock set back?",
    )


def test_a_lost_document_is_a_warning(built):
    (built.output / "all.atom").unlink()
    status, detail = findings(built.stoker("doctor"))["published"]
    assert status == "warn"
    assert detail == "1 file is lost or cut, as all.atom; build again"


def test_few_file_descriptors_are_a_warning(site):
    run = site.run_shell('ulimit -n 256; exec "$@"', "doctor")
    assert run.returncode == DONE
    assert findings(run)["file descriptors"][0] == "warn"


def patched(folder, statement):
    """Run `doctor` in an interpreter that something is missing from."""
    return subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", PROGRAM.format(statement)],
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_pyyaml_without_libyaml_is_a_warning(tmp_path):
    run = patched(tmp_path, "sys.modules['yaml._yaml'] = None")
    assert run.returncode == DONE
    status, detail = findings(run)["pyyaml"]
    assert status == "warn"
    assert detail.endswith("without libyaml: YAML is read about ten times slower")


# ---------------------------------------------------------------- what fails


def test_a_package_that_cannot_be_imported_fails(tmp_path):
    run = patched(tmp_path, "sys.modules['isal'] = sys.modules['aiohttp'] = None")
    found = findings(run)
    assert run.returncode == FAILED
    for package in ("isal", "aiohttp"):
        status, detail = found[package]
        assert (status, detail[:19]) == ("fail", "cannot be imported:")
    assert "2 failures," in run.stderr


def test_wrong_settings_fail_and_the_rest_is_told(site):
    config = site.root / "stoker.toml"
    config.write_text(config.read_text() + "limmit = 5\n")
    run = site.stoker("doctor")
    found = findings(run)
    assert run.returncode == FAILED
    assert found["settings"][0] == "fail"
    assert "feeds.limmit: unknown setting" in run.stdout
    assert found["clock"][0] == "ok"


def test_a_wrong_schedule_fails(site):
    run = site.stoker("doctor", env={"STOKER_SCHEDULE__CRON": "never"})
    assert run.returncode == FAILED
    assert "schedule.cron" in run.stdout


def test_a_source_that_is_missing_fails(site):
    site.articles.rename(site.root / "elsewhere")
    run = site.stoker("doctor")
    assert run.returncode == FAILED
    assert findings(run)["sources"][0] == "fail"


def test_an_output_that_is_a_file_fails(site):
    site.output.write_text("in the way\n")
    run = site.stoker("doctor")
    assert run.returncode == FAILED
    assert findings(run)[f"output {site.output}"] == (
        "fail",
        f"{site.output} is not a folder",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write and read everything")
def test_folders_and_files_without_rights_fail(built):
    article = next(built.articles.iterdir())
    article.chmod(0)
    built.output.chmod(0o500)
    built.state.chmod(0)
    try:
        run = built.stoker("doctor")
    finally:
        built.output.chmod(0o700)
        built.state.chmod(0o700)
    found = findings(run)
    assert run.returncode == FAILED
    assert found[f"output {built.output}"][0] == "fail"
    assert found[f"state {built.state}"][0] == "fail"
    assert found["catalog"][1].endswith("cannot be read (Permission denied)")
    assert found[f"source {built.articles}"][0] == "fail"


def garbage(file):
    file.write_bytes(b"no database at all\n" * 500)


def scribble(file):
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


def foreign_version(file):
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")


_SET_ASIDE = "the next build sets it aside"


@pytest.mark.parametrize(
    ("damage", "advice"),
    [
        (garbage, _SET_ASIDE),
        (scribble, _SET_ASIDE),
        (foreign_version, "use that release, or move the file away"),
    ],
    ids=["garbage", "scribble", "of a newer release"],
)
def test_a_catalog_that_no_build_can_use_fails(built, damage, advice):
    damage(built.state / "catalog.sqlite3")
    before = traces(built.root)
    run = built.stoker("doctor")
    assert run.returncode == FAILED
    status, detail = findings(run)["catalog"]
    assert status == "fail"
    assert advice in detail
    assert traces(built.root) == before


def test_r3_nothing_secured_is_printed(built):
    run = built.stoker("doctor")
    told = run.stdout + run.stderr
    slices = (SECRET[at : at + 24] for at in range(len(SECRET) - 23))
    assert not [part for part in slices if part in told]


# ---------------------------------------------------------------- what is held back


def test_articles_whose_files_vanished_fail_with_the_way_out(built):
    for number in range(4):
        built.write(f"{number}.md", date="2026-01-01")
    built.build(now=TODAY)
    assert "loss" not in findings(built.stoker("doctor"))
    aside = built.articles.rename(built.root / "aside")
    built.articles.mkdir()
    assert built.build(now=TODAY).returncode == 3
    before = traces(built.root)
    run = built.stoker("doctor")
    assert run.returncode == FAILED
    status, detail = findings(run)["loss"]
    assert status == "fail"
    assert detail.startswith(f"4 articles are held back since {TODAY}, the files gone;")
    assert detail.endswith(f"stoker build -c {built.root}/stoker.toml --accept-loss")
    assert traces(built.root) == before
    built.articles.rmdir()
    aside.rename(built.articles)
    built.build(now=TODAY)
    assert "loss" not in findings(built.stoker("doctor"))
