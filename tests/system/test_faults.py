"""A build stopped at, or refused, one system call: documents stay whole, then heal.

It is a build in a process of its own, or one that a resident is asked for. STOKER_FAULTS
says how many places of each are tried (4), or "all". Needs strace.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.settings import load
from server.wire import Answer, Paths, Request, answer_in, line_of, write_settings
from tests.system.conftest import ARTICLE, ENVIRON
from tests.system.test_kill import assert_whole, published

FAULTS = os.environ.get("STOKER_FAULTS", "4")
# Calls that change something on disk, and how often one thread makes each: at most, and
# a test sees to that. What is not there to be stopped is only a place tried in vain.
OF_A_BUILD = {
    "rename": 40,
    "fsync": 10,
    "fdatasync": 6,
    "pwrite64": 90,
    "write": 38,
    "utimensat": 38,
    "unlink": 8,
    "rmdir": 4,
    "syncfs": 1,
    "ftruncate": 4,
    "mkdir": 4,
}
OF_AN_INCREMENT = {**OF_A_BUILD, "fdatasync": 4, "pwrite64": 60, "unlink": 5}
# And of those that others make, too: only where they are for files of ours.
STAGED = tuple(f"output/.stoker-staging/{number}" for number in range(40))
CATALOG = tuple(f"output-state/catalog.sqlite3{end}" for end in ("", "-wal", "-shm"))
OF_FILES = {
    "openat staged": ("openat", STAGED, 40),
    "write staged": ("write", STAGED, 38),
    "close staged": ("close", STAGED, 40),
    "openat catalog": ("openat", CATALOG, 6),
}
KILL = "signal=SIGKILL"
HOWS = (KILL, "error=ENOSPC", "error=EIO")
NOW = "2020-11-20T12:00:00Z"  # before that of any resident, which has the clock's
SETTINGS = """\
[[sources]]
path = "articles"
[feeds]
formats = ["atom", "json"]
orders = ["latest"]
html = false
[output]
encodings = ["gzip"]
"""
Place = tuple[str, int, str]


def places(calls: Mapping[str, int], seed: str) -> list[Place]:
    """Return calls by name and number, each with what becomes of it."""
    counts = {**calls, **{name: count for name, (_, _, count) in OF_FILES.items()}}
    every = [
        (name, number, how)
        for name, count in counts.items()
        for number in range(1, count + 1)
        for how in HOWS
        # What is written to a pipe is never refused for want of space.
        if name != "write" or how == KILL
    ]
    if FAULTS == "all":
        return every
    chance = random.Random(seed)  # noqa: S311 - repeatable
    chance.shuffle(every)
    # One of each call first: of some there are few.
    first = {place[0]: place for place in every}
    return list(dict.fromkeys([*first.values(), *every]))[: int(FAULTS)]


def tracer(name: str, number: int, how: str, site: Path) -> list[str]:
    """Return the command of a tracer that stops one call of each thread, or refuses it.

    What it did is in a file beside the site.
    """
    call, files, _ = OF_FILES.get(name, (name, (), 0))
    only = [f"--trace-path={site / file}" for file in files]
    inject = f"--inject={call}:{how}:when={number}"
    log = str(site.with_name("trace"))
    return ["strace", "-f", "-o", log, *only, f"--trace={call}", inject]


def tell(site: Path, place: Place, outcome: object) -> None:
    """Print what became of a place, for whoever counts."""
    log = site.with_name("trace").read_text()
    is_met = "INJECTED" in log or outcome in (None, -signal.SIGKILL)
    sys.stdout.write(f"{' '.join(map(str, place))}: {outcome if is_met else 'vain'}\n")


def counted(trace: Path) -> Counter[str]:
    """Return how often the busiest thread made each call."""
    found: Counter[str] = Counter()
    threads: Counter[tuple[str, str]] = Counter()
    for line in trace.read_text().splitlines():
        thread, _, rest = line.partition(" ")
        call = rest.strip().partition("(")[0]
        if call in OF_A_BUILD:
            threads[thread, call] += 1
    for (_, call), count in threads.items():
        found[call] = max(found[call], count)
    return found


def build(
    site: Path, *how: str, trace: list[str] | None = None, now: str = NOW
) -> subprocess.CompletedProcess[str]:
    command = [*(trace or []), sys.executable, "-m", "server", "build", "--jobs", "1"]
    return subprocess.run(  # noqa: S603 - ourselves
        [*command, "--now", now, *how],
        cwd=site,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def works(strace: str | None) -> bool:
    """Return whether strace is here and may trace."""
    return (
        bool(strace)
        and not subprocess.run(  # noqa: S603 - what it is called
            [strace, "-o", os.devnull, "true"], check=False, capture_output=True
        ).returncode
    )


pytestmark = [
    pytest.mark.skipif(not works(shutil.which("strace")), reason="needs strace"),
    pytest.mark.timeout(60),
]


def write(site: Path, title: str, topic: str, name: str = "a.md") -> Path:
    facts = {"date": "2020-11-10T08:00:00Z", "published": "true", "secured": "none"}
    text = ARTICLE.format(title=title, topic=topic, **facts)
    waiting = site / ".new"
    waiting.write_text(f"{text}\n{'Text. ' * 400}")
    waiting.replace(site / "articles" / name)
    return site / "articles" / name


def change(site: Path) -> Path:
    """Retitle the article, and take it from its topic, all it has, to a new one."""
    return write(site, "Storm closes the quay", "Storms")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site that is built."""
    site = tmp_path_factory.mktemp("faults") / "site"
    (site / "articles").mkdir(parents=True)
    (site / "stoker.toml").write_text(SETTINGS)
    write(site, "Ferry timetable", "Ferries")
    write(site, "Gulls return", "Gulls", "b.md")
    assert build(site).returncode == 0
    return site


@pytest.fixture
def site(old: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(old, tmp_path / "site"))


@pytest.fixture(scope="module")
def changed(
    old: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, tuple[int, bytes]]]:
    """Return a site with a change to be built, and what that build makes."""
    root = tmp_path_factory.mktemp("changed")
    site = Path(shutil.copytree(old, root / "site"))
    change(site)
    expected = Path(shutil.copytree(site, root / "expected"))
    assert build(expected).returncode == 0
    return site, published(expected / "output")


class TestABuild:
    def test_no_call_is_left_out(self, changed, tmp_path):
        site = shutil.copytree(changed[0], tmp_path / "site")
        trace = ["strace", "-f", "-o", str(tmp_path / "trace")]
        build(site, trace=[*trace, f"--trace={','.join(OF_A_BUILD)}"])
        found = counted(tmp_path / "trace")
        assert set(found) == set(OF_A_BUILD)
        assert {c: n for c, n in found.items() if n > OF_A_BUILD[c]} == {}

    @pytest.mark.parametrize(
        ("call", "number", "how"), places(OF_A_BUILD, "build"), ids=str
    )
    def test_r7_one_fault_costs_no_document(self, changed, tmp_path, call, number, how):
        pristine, expected = changed
        site = Path(shutil.copytree(pristine, tmp_path / "site"))
        run = build(site, trace=tracer(call, number, how, site))
        tell(site, (call, number, how), run.returncode)
        assert_whole(site / "output")
        if how != KILL:
            assert run.returncode in (0, 1)
            assert "Traceback" not in run.stderr
            assert (run.returncode == 1) == ("stoker: " in run.stderr), run.stderr
        if run.returncode == 0:
            assert published(site / "output") == expected
        healed = build(site)
        assert healed.returncode == 0, healed.stderr
        assert published(site / "output") == expected
        assert not (site / "output" / ".stoker-staging").exists()


class Child:
    """A resident builder, and the system calls that it is refused."""

    def __init__(self, site: Path) -> None:
        loaded = load(site / "stoker.toml", environ={}, flags={}, folder=site)
        write_settings(loaded.settings, site / "settings")
        self._number = 0
        self.process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "server.resident", str(site / "settings"), "1"],
            cwd=site,
            env=ENVIRON,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, paths: Paths = None) -> Answer | None:
        """Return the answer; None when it ends before it gives one."""
        assert self.process.stdin
        assert self.process.stdout
        self._number += 1
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(line_of(Request(number=self._number, paths=paths)))
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        return answer_in(line) if line.endswith(b"\n") else None

    @contextlib.contextmanager
    def traced(self, command: list[str]) -> Iterator[None]:
        """Trace it from now on, for as long as this lasts."""
        whom = f"--attach={self.process.pid}"
        with subprocess.Popen(  # noqa: S603 - strace
            [*command, whom], stderr=subprocess.PIPE, text=True
        ) as strace:
            assert strace.stderr
            assert "attached" in strace.stderr.readline()
            try:
                yield
            finally:
                self._let_go(strace)

    def _let_go(self, strace: subprocess.Popen[str]) -> None:
        # A tracer waits for ever for some that were killed with all their threads.
        is_alive = self.process.poll() is None
        strace.terminate()
        try:
            strace.wait(2 if is_alive else 0.2)
        except subprocess.TimeoutExpired:
            strace.kill()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def resident(site: Path) -> Iterator[Child]:
    """Start a resident builder that has built the site once."""
    child = Child(site)
    try:
        first = child.ask()
        assert first
        assert (first.status, first.written) == ("built", 0)
        yield child
    finally:
        child.end()


def soon() -> str:
    """Return a time that is later than that of any build of this test."""
    return (datetime.now(UTC) + timedelta(minutes=1)).isoformat()  # noqa: TID251


def made(output: Path) -> dict[str, tuple[int, bytes]]:
    """Return what is published; the manifest's date is when it was written."""
    found = published(output)
    return {**found, "manifest.json": (0, found["manifest.json"][1])}


def cold(site: Path, now: str) -> dict[str, tuple[int, bytes]]:
    """Return what a build makes of nothing but the articles and the ledger."""
    state = shutil.copytree(site / "output-state", site / "cold-state")
    run = build(site, "--force", "--output", "cold", now=now)
    assert run.returncode == 0, run.stderr
    found = made(site / "cold")
    shutil.rmtree(site / "cold")
    shutil.rmtree(state)
    return found


def ids(site: Path) -> dict[str, str]:
    items = json.loads((site / "output" / "all.json").read_bytes())["items"]
    return {item["id"]: item["title"] for item in items}


class TestAnIncrementOfAResident:
    def test_no_call_is_left_out(self, site, tmp_path):
        trace = ["strace", "-f", "-o", str(tmp_path / "trace")]
        with (
            resident(site) as child,
            child.traced([*trace, f"--trace={','.join(OF_A_BUILD)}"]),
        ):
            answer = child.ask(frozenset([str(change(site))]))
        assert answer
        assert answer.status == "built"
        found = counted(tmp_path / "trace")
        assert {c: n for c, n in found.items() if n > OF_AN_INCREMENT[c]} == {}

    @pytest.mark.parametrize(
        ("call", "number", "how"),
        places(OF_AN_INCREMENT, "increment"),
        ids=str,
    )
    def test_r7_one_fault_costs_no_document(self, site, call, number, how):
        with resident(site) as child:
            before = ids(site)
            with child.traced(tracer(call, number, how, site)):
                answer = child.ask(frozenset([str(change(site))]))
            tell(site, (call, number, how), answer and answer.status)
            assert_whole(site / "output")
            after = shutil.copytree(site, site.parent / "after" / "site")
            if answer is None:
                assert how == KILL
            elif answer.status == "built":
                assert made(site / "output") == cold(site, soon())
            else:
                assert answer.status == "failed"
                assert answer.reason
                # The same builder, which must have forgotten what it took for true.
                again = child.ask()
                assert again
                assert again.status == "built"
                assert made(site / "output") == cold(site, soon())
        now = soon()
        expected = cold(after, now)
        run = build(after, now=now)
        assert run.returncode == 0, run.stderr
        assert made(after / "output") == expected
        assert set(ids(after)) == set(before)
        assert "Storm closes the quay" in ids(after).values()
        assert not (after / "output" / ".stoker-staging").exists()

    def test_r8_a_refused_commit_is_answered(self, site):
        with resident(site) as child:
            with child.traced(tracer("fdatasync", 1, "error=ENOSPC", site)):
                answer = child.ask(frozenset([str(change(site))]))
            assert answer
            assert answer.status == "failed"
            assert "catalog.sqlite3" in answer.reason
