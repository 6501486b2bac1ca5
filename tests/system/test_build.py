"""`stoker build`: what it writes, says and returns."""

import fcntl
import json
import os
import shutil

import pytest

from tests.system.conftest import NOW

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
DONE, FAILED, WRONG, QUARANTINE, BUSY = range(5)


def test_a_build_publishes_and_says_so_on_stderr(site):
    run = site.build()
    assert (run.returncode, run.stdout) == (DONE, "")
    assert "3 of 3 articles" in run.stderr
    assert "wrote" in run.stderr
    assert (site.output / "topics" / "ferries.atom").is_file()


def test_a_build_with_nothing_to_do_is_silent(site):
    site.build()
    before = site.published()
    run = site.build(now="2026-11-21T12:00:00Z")
    assert (run.returncode, run.stdout, run.stderr) == (DONE, "", "")
    assert site.published() == before


def test_a_build_with_nothing_to_do_loads_no_renderer(site):
    site.build()
    script = 'exec "$1" -X importtime "${@:2}"'
    idle = site.run_shell(script, "build", "--now", NOW).stderr
    site.write("2026-11-02-story.md", title="Storm closes the quay")
    busy = site.run_shell(script, "build", "--now", NOW).stderr
    for module in ("lxml", "feedgen", "yaml", "brotli", "aiohttp"):
        assert f" {module}\n" not in idle
    assert " lxml\n" in busy
    assert " aiohttp\n" not in busy


def test_json_is_the_report(site):
    run = site.build("--json")
    report = json.loads(run.stdout)
    assert run.stderr == ""
    assert (report["now"], report["files"], report["published"]) == (NOW, 3, 3)
    assert sorted([*report["written"], "manifest.json"]) == sorted(site.published())
    second = json.loads(site.build("--json").stdout)
    assert (second["parsed"], second["written"], second["removed"]) == (0, [], [])


def test_a_dry_run_says_what_a_build_then_does(site):
    before = site.files()
    dry = json.loads(site.build("--dry-run", "--json").stdout)
    assert dry["dry_run"] is True
    assert site.files() == before
    assert not site.output.exists()
    assert not site.state.exists()
    real = json.loads(site.build("--json").stdout)
    assert real["written"] == dry["written"]
    site.write("2026-11-02-story.md", title="Storm closes the quay")
    before = site.files()
    dry = json.loads(site.build("--dry-run", "--json").stdout)
    assert site.files() == before
    real = json.loads(site.build("--json").stdout)
    assert real["written"] == dry["written"] != []


@pytest.mark.parametrize(
    "look",
    [
        ["check"],
        ["list", "articles"],
        ["explain", "2026-11-02-story.md"],
        ["build", "--dry-run"],
    ],
    ids=lambda look: look[0],
)
def test_what_only_looks_leaves_no_file_behind(site, look):
    for is_built in (False, True):
        if is_built:
            site.build()
        before = site.files()
        assert site.stoker(*look).returncode == DONE
        assert site.files() == before


def test_looking_needs_no_right_to_write(site):
    site.build()
    for folder in (site.state, site.output):
        folder.chmod(0o555)
    (site.state / "catalog.sqlite3").chmod(0o444)
    run = site.stoker("list", "articles")
    for folder in (site.state, site.output):
        folder.chmod(0o755)
    assert (run.returncode, run.stdout.count("\n")) == (DONE, 3)


def test_force_makes_everything_again_and_writes_nothing_new(site):
    site.build()
    before = site.published()
    run = site.build("--force", "--json", now="2026-11-21T12:00:00Z")
    report = json.loads(run.stdout)
    assert (report["parsed"], report["rendered"], report["written"]) == (3, 3, [])
    assert site.published() == before


def test_jobs_change_nothing(site, tmp_path):
    site.build("--jobs", "1")
    other = ("--output", str(tmp_path / "b"), "--state", str(tmp_path / "b-state"))
    site.build("--jobs", "2", *other)
    one, two = site.output, tmp_path / "b"
    names = {f.relative_to(one) for f in one.rglob("*")}
    assert names == {f.relative_to(two) for f in two.rglob("*")}
    files = [name for name in names if (one / name).is_file()]
    assert all((one / f).read_bytes() == (two / f).read_bytes() for f in files)


def test_now_decides_what_is_due(site):
    site.write("later.md", title="Held until noon", date="2026-11-20T12:00:00Z")
    site.build(now="2026-11-20T11:59:59Z")
    early = (site.output / "all.json").read_text()
    run = site.build(now="2026-11-20T12:00:00Z")
    late = (site.output / "all.json").read_text()
    assert run.returncode == DONE
    assert ("Held until noon" in early, "Held until noon" in late) == (False, True)


def test_an_expired_article_leaves(site):
    text = (site.articles / "2026-11-02-story.md").read_text()
    dated = text.replace("heat:", "expirydate: 2026-11-20T12:00:00Z\nheat:")
    site.write_text("2026-11-02-story.md", dated)
    site.build(now="2026-11-20T11:59:59Z")
    assert "Story 2" in (site.output / "all.json").read_text()
    site.build()
    assert "Story 2" not in (site.output / "all.json").read_text()


# ---------------------------------------------------------------- quarantine


def test_a_broken_article_is_reported_and_costs_no_other(site):
    site.write_text("broken.md", '---\ntitle: "On ferries\n---\n')
    run = site.build()
    assert run.returncode == QUARANTINE
    assert "error: broken.md:" in run.stderr
    assert "1 in quarantine" in run.stderr
    assert (site.output / "all.json").read_text().count("Story") == 3


def test_the_last_good_version_stays_across_processes(site):
    site.build()
    before = site.published()
    site.write_text("2026-11-02-story.md", '---\ntitle: "On ferries\n---\n')
    for arguments in ([], [], ["--force"], ["--force"]):
        run = site.build("--json", *arguments)
        report = json.loads(run.stdout)
        assert run.returncode == QUARANTINE
        assert report["stale"] == ["2026-11-02-story.md"]
        assert site.published() == before
    explained = site.stoker("explain", "2026-11-02-story.md")
    assert "its last good version is published" in explained.stderr
    site.write("2026-11-02-story.md", title="Healed", date="2026-11-02T08:00:00Z")
    healed = site.build("--json")
    assert (healed.returncode, json.loads(healed.stdout)["stale"]) == (DONE, [])
    assert "Healed" in (site.output / "all.json").read_text()


# ---------------------------------------------------------------- failures


def test_a_lock_held_by_another_process_is_exit_4(site):
    site.build()
    file = site.state / "catalog.lock"
    for place, folder in (
        *((each, each) for each in (site.output, site.state)),
        (file, site.state),
    ):
        handle = os.open(place, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            run = site.build()
        finally:
            os.close(handle)
        assert run.returncode == BUSY
        assert f"stoker: {folder}: another build" in run.stderr
    assert site.build().returncode == DONE


@pytest.mark.parametrize("where", ["output", "output-state", "output/topics"])
def test_a_file_in_place_of_a_folder_is_exit_1(site, where):
    in_the_way = site.root / where
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("mine")
    run = site.build()
    assert (run.returncode, run.stdout) == (FAILED, "")
    assert "stoker: " in run.stderr
    assert "Traceback" not in run.stderr
    assert in_the_way.read_text() == "mine"
    in_the_way.unlink()
    assert site.build().returncode == DONE


@pytest.mark.parametrize("limit_bytes", [0, 600, 4_000, 30_000, 100_000])
def test_a_full_disk_leaves_what_was_published(site, limit_bytes):
    site.build()
    before = site.published()
    site.write("2026-11-02-story.md", title="Storm " + "word " * 50)
    shell = f'ulimit -f {-(-limit_bytes // 1024)}; exec "$@"'
    run = site.run_shell(shell, "build", "--now", NOW)
    if run.returncode:
        assert run.returncode == FAILED, run.stderr
        assert "Traceback" not in run.stderr
        assert site.published() == before
    assert site.build("--now", "2026-11-20T13:00:00Z").returncode == DONE
    assert "Storm word" in (site.output / "all.json").read_text()


# ---------------------------------------------------------------- the output folder


def test_files_of_others_are_never_touched(site):
    site.build()
    others = {
        "robots.txt": "User-agent: *",
        "topics/notes.atom": "mine",
        "topics/ferries/notes.txt": "mine",
        ".htaccess": "mine",
        "all.atom.bak": "mine",
    }
    for name, text in others.items():
        (site.output / name).write_text(text)
    for day in (1, 2, 3):
        (site.articles / f"2026-11-0{day}-story.md").unlink()
    site.write("bridge.md", topic="Bridges")
    site.build("--accept-loss")
    site.build("--force", now="2026-12-21T12:00:00Z")  # and after feeds.empty_grace
    assert {name: (site.output / name).read_text() for name in others} == others
    assert not (site.output / "topics" / "ferries.atom").exists()
    (site.output / "topics" / "ferries.atom").write_text("mine")  # where ours once was
    site.write("bridge.md", topic="Bridges", title="Edited")
    site.build(now="2026-12-21T13:00:00Z")
    assert (site.output / "topics" / "ferries.atom").read_text() == "mine"


def test_a_file_of_others_in_our_place_stops_the_build(site):
    site.output.mkdir()
    (site.output / "index.html").write_text("mine")
    refused = site.build()
    assert refused.returncode == 1
    assert "index.html: exists, and is not ours" in refused.stderr
    assert [file.name for file in site.output.iterdir()] == ["index.html"]
    assert site.build("--force").returncode == 0
    assert (site.output / "index.html").read_text() != "mine"


def test_a_vanished_topic_goes_and_is_listed_as_gone(site):
    site.write("bridge.md", topic="Bridges", title="A bridge")
    site.build()
    assert (site.output / "topics" / "bridges.atom").exists()
    (site.articles / "bridge.md").unlink()
    site.build()
    assert (site.output / "topics" / "bridges.atom").exists()
    run = site.build("--json", now="2026-12-20T12:00:00Z")  # 30 days later
    report = json.loads(run.stdout)
    gone = json.loads((site.output / "manifest.json").read_bytes())["gone"]
    assert "topics/bridges.atom" in gone
    assert "topics/bridges.atom" in report["removed"]
    assert not list((site.output / "topics").glob("bridges*"))
    site.write("bridge.md", topic="Bridges", title="A bridge")
    site.build(now="2026-12-20T13:00:00Z")
    gone = json.loads((site.output / "manifest.json").read_bytes())["gone"]
    assert gone == []


SECRET = "".join(f"k{number:03}Zq" for number in range(60))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text,
        lambda text: text.replace('secured: "', "secured: ["),
        lambda text: text.replace('secured: "', 'secured: "x" "'),
        lambda text: text.replace("secured:", "Secured:"),
        lambda text: text.replace("secured:", "secured :\n  deep:"),
        lambda text: text.replace('secured: "', "secured: *").replace(
            '"\n---', "\n---"
        ),
        lambda text: text.replace("heat: 80", f'heat: 80\nsecured: "{SECRET}"'),
        lambda text: text.replace("\n---\n", "\n  - x\n---\n"),
    ],
    ids=["sound", "list", "twice", "case", "nested", "alias", "duplicate", "mixed"],
)
def test_what_is_secured_is_shown_nowhere(site, spoil):
    site.write("secret.md", secured=SECRET)
    site.write_text("secret.md", spoil((site.articles / "secret.md").read_text()))
    runs = [site.build(), site.build("--json", "--force"), site.stoker("check")]
    runs.append(site.stoker("list", "problems", "--json"))
    runs.append(site.stoker("explain", "secret.md", "--json"))
    told = "".join(run.stdout + run.stderr for run in runs).encode()
    kept = b"".join(
        content
        for name, content in site.files().items()
        if not name.startswith("articles/")
    )
    assert b"Story 3" in kept
    for at in range(len(SECRET) - 23):
        assert SECRET[at : at + 24].encode() not in told + kept


@needs_strace
class TestWithoutLocks:
    """A file system that refuses locks, as the kernel would tell of it."""

    def build(self, site, refusal, *words):
        script = (
            f'exec strace -f -o /dev/null -e trace=flock -e inject=flock:{refusal} "$@"'
        )
        return site.run_shell(script, *(words or ("build", "--now", NOW)))

    @pytest.mark.parametrize("error", ["ENOLCK", "EOPNOTSUPP", "ENOSYS"])
    def test_a_build_fails_and_says_what_to_do(self, site, error):
        site.build()
        before = site.published()
        site.write("2026-11-02-story.md", title="Storm closes the quay")
        run = self.build(site, f"error={error}")
        assert run.returncode == FAILED
        assert f"stoker: {site.output}: cannot be locked (" in run.stderr
        assert "expected a file system with locks" in run.stderr
        assert site.published() == before
        assert site.build().returncode == DONE

    def test_doctor_says_it_too(self, site):
        site.build()
        run = self.build(site, "error=ENOLCK", "doctor")
        assert run.returncode == FAILED
        assert "cannot be locked" in run.stdout
        assert "expected a file system with locks" in run.stdout

    def test_where_only_folders_have_none_a_file_is_locked_in_their_place(self, site):
        run = self.build(site, "error=EBADF:when=1")
        assert run.returncode == DONE, run.stderr
        assert (site.output / ".stoker-lock").is_file()
        with (site.output / ".stoker-lock").open("r+b") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            refused = self.build(site, "error=EBADF:when=1", "build", "--force")
        assert refused.returncode == BUSY
        assert self.build(site, "error=EBADF:when=1").returncode == DONE
