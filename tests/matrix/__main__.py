"""Runs the test suite on days and in zones of its own, and with the oldest packages.

    python -m tests.matrix [--short] [--only PART] [--instant I] [--zone Z] [PYTEST ARGUMENTS...]

Days and zones are those at which something changes: clocks that go forward or back, a
29th of February, a year in which a 32-bit count of seconds is near its end or past it.
The clock is `faketime`'s (Debian's package faketime), its monotonic clock left real. The
oldest packages are the lower bounds of pyproject.toml, which `uv` resolves into a virtual
environment of its own; the newest are those of a fresh environment, so what `.ci/run`
installs. With `--short`, a few tests run at each instant, and a few with the oldest
packages; `.ci/run` does so. Exit code 1 when any run failed, 2 when one could not begin.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
INSTANTS = (
    "2027-03-14T07:30:00Z",  # New York's clocks went forward half an hour ago
    "2027-03-28T01:30:00Z",  # as Berlin's did
    "2027-10-31T00:30:00Z",  # and half an hour before they go back
    "2031-05-06T00:00:00Z",
    "2040-02-29T00:00:00Z",
)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu")
# Of these the short run takes one for each instant, and all of them.
_SHORT_ZONES = (
    *("America/New_York", "Europe/Berlin", "Europe/Berlin"),
    *("Asia/Kathmandu", "UTC"),
)
# What looks at a clock, or at the date of a file, and is quick: whole files, which pytest
# refuses by name where they are gone (a test that is gone is no test, without a word).
_DATED = (
    "tests/feeds/test_catalog.py",
    "tests/feeds/test_zones.py",
    "tests/system/test_dates.py",
)
# In one process: to begin others takes longer than these tests do.
_ALONE = ("-n", "0")
# What asks most of the packages with bounds that were once too low.
_BOUNDED = (
    "tests/feeds/settings",
    "tests/feeds/parse/test_dialects.py",
    "tests/feeds/parse/test_reasons.py",
    "tests/feeds/body",
    "tests/server/test_connections.py",
    "tests/server/test_timetable.py",
)
_OLDEST = ("--resolution", "lowest-direct")
# The latter: libfaketime 0.9.10, Debian 12's, else spoils waits for conditions; Python's
# threads then wait for seconds, or not at all, and what is watched is told late.
_REAL_WAITS = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
_SLOWER_S = 60  # a test's time limit: two at once, on a clock that is looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the suite: what it is told as, and the command with its environment."""

    name: str
    command: tuple[str, ...]
    environ: dict[str, str]
    faketime: str = ""
    instant: str = ""

    @property
    def argv(self) -> tuple[str, ...]:
        """The command, begun now; at its instant where it has one.

        As an offset: a time of the zone's clocks is two instants while they go back.
        """
        if not self.instant:
            return self.command
        ahead_s = datetime.fromisoformat(self.instant).timestamp() - time.time()  # noqa: TID251 - the real one
        return (self.faketime, "-m", "-f", f"{round(ahead_s):+d}", *self.command)


def main() -> int:
    """Run what is asked for, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix")
    parser.add_argument("--short", action="store_true", help="a few tests of each part")
    parser.add_argument("--only", choices=("days", "packages"), help="one part alone")
    parser.add_argument("--instant", default="", help="days that begin so, no others")
    parser.add_argument("--zone", default="", help="zones that begin so, no others")
    chosen, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="stoker-matrix-") as folder:
        try:
            runs = [
                run
                for run in _runs(chosen.only, Path(folder), rest, is_short=chosen.short)
                if run.instant.startswith(chosen.instant)
                and run.environ.get("TZ", "").startswith(chosen.zone)
            ]
        except (OSError, subprocess.CalledProcessError) as error:
            _say(f"matrix: {error}")
            return 2
        if not runs:
            _say("matrix: there is no such run")
            return 2
        results = [(run, *_result(run)) for run in runs]
    for run, code, took_s in results:
        verdict = "passed" if code == 0 else f"FAILED ({code})"
        _say(f"{verdict:12} {took_s:5.0f} s  {run.name}")
    return 1 if any(code for _, code, _ in results) else 0


def _runs(
    only: str | None, folder: Path, rest: Sequence[str], *, is_short: bool
) -> Iterator[Run]:
    if only != "packages":
        yield from _on_days(rest, is_short=is_short)
    if only != "days":
        yield _with_oldest(folder, rest, is_short=is_short)


def _on_days(rest: Sequence[str], *, is_short: bool) -> Iterator[Run]:
    """Yield the runs at each instant.

    Raises:
        FileNotFoundError: faketime is not installed.
    """
    faketime = shutil.which("faketime")
    if faketime is None:
        raise FileNotFoundError("faketime is needed: apt-get install faketime")
    pairs = (
        zip(INSTANTS, _SHORT_ZONES, strict=True)
        if is_short
        else product(INSTANTS, ZONES)
    )
    for instant, zone in pairs:
        yield Run(
            name=f"{instant} in {zone}",
            command=(
                *(sys.executable, "-m", "pytest", "-q"),
                *("-o", f"timeout={_SLOWER_S}"),
                *(rest or ((*_ALONE, *_DATED) if is_short else ())),
            ),
            environ={"TZ": zone, **_REAL_WAITS},
            faketime=faketime,
            instant=instant,
        )


def _with_oldest(folder: Path, rest: Sequence[str], *, is_short: bool) -> Run:
    """Return the run with the oldest packages that are allowed, once these are there.

    Raises:
        FileNotFoundError: uv is not installed.
        subprocess.CalledProcessError: they cannot be installed.
    """
    beside = str(Path(sys.executable).parent)  # whether or not that is activated
    uv = shutil.which("uv", path=beside) or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is needed: pip install uv")
    python = folder / "venv/bin/python"
    package = f"{PROJECT}[test]"
    for command in (
        ("venv", "-q", "--python", sys.executable, str(folder / "venv")),
        ("pip", "install", "-q", "--python", str(python), *_OLDEST, package),
    ):
        subprocess.run((uv, *command), check=True)  # noqa: S603 - as installed
    tests = rest or (_BOUNDED if is_short else ())
    return Run(
        name="the oldest packages",
        command=(str(python), "-m", "pytest", "-q", *tests),
        environ={},
    )


def _result(run: Run) -> tuple[int, float]:
    """Return the exit code of a run, and how long it took."""
    _say(f"\n-- {run.name}")
    began_s = time.monotonic()
    # Of its own: else a run removes the 300,000 files of an earlier one, for half a minute.
    with tempfile.TemporaryDirectory(prefix="stoker-matrix-") as folder:
        done = subprocess.run(  # noqa: S603 - ourselves
            (*run.argv, "--basetemp", f"{folder}/run"),
            cwd=PROJECT,
            env={**os.environ, **run.environ},
            check=False,
        )
        took_s = time.monotonic() - began_s
    return done.returncode, took_s


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
