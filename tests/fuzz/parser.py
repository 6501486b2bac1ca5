"""Fuzzes the reading of articles: spoils files, parses them, and judges the result.

Runs until its time is up; what it finds goes into a folder, one folder a finding.
README.md in this folder says what is checked.

    python -m tests.fuzz.parser --minutes 30 [--seed N] [--source DIR …] [--processes N]
    python -m tests.fuzz.parser --replay FINDINGS
"""

import argparse
import hashlib
import json
import multiprocessing
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

from tests.bench.generate import articles
from tests.fuzz.mutations import MAX_BYTES
from tests.fuzz.oracle import Case, Finding, check
from tests.fuzz.worker import TIME_LIMIT_S, Seeds, Tally, last_case, work

SUFFIXES = (".md", ".markdown", ".html", ".htm", ".txt")
MAX_SEED_BYTES = 400_000
GENERATED = 300
KEPT_ALIKE = 5  # findings of one kind with the same reason
GRACE_S = 5  # beyond the worker's own alarm, which C code does not hear
HEAD_BYTES = 4_096  # of shared memory, beside the input itself


@dataclass(slots=True, kw_only=True)
class Campaign:
    """All that was found and done."""

    folder: Path
    ignored: tuple[str, ...] = ()
    started_s: float = field(default_factory=time.monotonic)
    total: Tally = field(default_factory=Tally)
    kinds: Counter[str] = field(default_factory=Counter)
    alike: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, tally: Tally) -> None:
        """Add what a worker did."""
        self.total.inputs += tally.inputs
        self.total.outcomes += tally.outcomes
        self.total.behaviours += tally.behaviours
        self.total.peak_bytes = max(self.total.peak_bytes, tally.peak_bytes)
        if tally.slowest and tally.slowest_ms > self.total.slowest_ms:
            self.total.slowest_ms, self.total.slowest = tally.slowest_ms, tally.slowest

    def record(self, case: Case, finding: Finding) -> None:
        """Count a finding, and write it down unless there are enough like it."""
        if finding.kind.startswith(self.ignored):
            return
        self.kinds[finding.kind] += 1
        likeness = (finding.kind, _likeness(finding.reason))
        self.alike[likeness] += 1
        if self.alike[likeness] <= KEPT_ALIKE:
            write(self.folder, case, finding)


def _likeness(reason: str) -> str:
    """Return what is the same in findings with one cause, more or less."""
    lines = re.findall(
        r"line \d+, in \w+|^\w+(?:Error|Exception)\b", reason, re.MULTILINE
    )
    return "\n".join(lines) or re.sub(r" tells .*|[^a-z ]", "", reason[:80])


def write(folder: Path, case: Case, finding: Finding) -> None:
    """Write the input and the reason to a folder of their own."""
    digest = hashlib.sha256(case.content).hexdigest()[:12]
    place = folder / f"{re.sub(r'[^a-z]+', '-', finding.kind)}-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "input").write_bytes(case.content)
    (place / "reason.txt").write_text(
        finding.reason, encoding="utf-8", errors="replace"
    )
    facts = {"kind": finding.kind, "path": case.path, "rules": case.rules}
    (place / "case.json").write_text(json.dumps(facts), encoding="utf-8")


def read(place: Path) -> Case:
    """Read a finding's input back."""
    facts = json.loads((place / "case.json").read_text(encoding="utf-8"))
    content = (place / "input").read_bytes()
    return Case(path=facts["path"], content=content, rules=facts["rules"])


@dataclass(slots=True, kw_only=True)
class Running:
    """A worker with its end of the pipe, and since when it is at its input."""

    process: ForkProcess
    link: Connection
    last: mmap
    at: bytes = b""
    since_s: float = 0
    is_open: bool = True


def campaign(options: argparse.Namespace, seeds: Seeds) -> Campaign:
    """Keep so many workers running until the time is up, or until Ctrl-C."""
    found = Campaign(folder=options.findings, ignored=tuple(options.ignore))
    end_s = found.started_s + options.minutes * 60
    names = (f"{options.seed}-{number}" for number in range(10**9))
    running = [_start(seeds, next(names), end_s) for _ in range(options.processes)]
    try:
        while running:
            for worker in running:
                _listen(worker, found)
            for worker in [each for each in running if _is_done(each, found)]:
                running.remove(worker)
                if time.monotonic() < end_s - 1:
                    running.append(_start(seeds, next(names), end_s))
    except KeyboardInterrupt:
        for worker in running:
            worker.process.kill()
    return found


def _start(seeds: Seeds, name: str, end_s: float) -> Running:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    last = mmap(-1, MAX_BYTES + HEAD_BYTES)
    process = context.Process(target=work, args=(seeds, name, end_s, last, there))
    process.start()
    there.close()
    return Running(process=process, link=here, last=last, since_s=time.monotonic())


def _listen(worker: Running, found: Campaign) -> None:
    """Take what the worker has to say, for a tenth of a second at most."""
    end_s = time.monotonic() + 0.1
    while worker.is_open and worker.link.poll(max(0, end_s - time.monotonic())):
        try:
            message = worker.link.recv()
        except (EOFError, OSError):
            worker.is_open = False
            return
        if isinstance(message, Tally):
            found.add(message)
        else:
            found.record(*message)
        if time.monotonic() > end_s:
            return


def _is_done(worker: Running, found: Campaign) -> bool:
    """Return whether the worker has ended, by itself or because it had to."""
    if worker.process.exitcode is None and not worker.is_open:
        worker.process.join(GRACE_S)
    if (code := worker.process.exitcode) is not None and not worker.is_open:
        if code and (case := last_case(worker.last)):
            name = signal.Signals(-code).name if code < 0 else f"exit {code}"
            found.record(
                case, Finding(kind="crash", reason=f"the process ended: {name}")
            )
        return True
    at = worker.last[:HEAD_BYTES]
    if at != worker.at:
        worker.at, worker.since_s = at, time.monotonic()
    elif time.monotonic() - worker.since_s > 2 * TIME_LIMIT_S + GRACE_S:
        worker.process.kill()
        worker.process.join()
        if case := last_case(worker.last):
            found.record(case, Finding(kind="hang", reason="deaf to the alarm; killed"))
        return True
    return False


def load(sources: Sequence[Path], seed: int) -> Seeds:
    """Return the files to start from: real ones, and invented ones."""
    found = dict(_files(sources))
    for name, text in articles(GENERATED, seed=seed):
        found.setdefault(name, text.encode())
    return Seeds(paths=list(found), contents=list(found.values()))


def _files(sources: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for source in sources:
        for file in sorted(source.rglob("*")):
            is_article = file.suffix.lower() in SUFFIXES and file.is_file()
            if is_article and file.stat().st_size <= MAX_SEED_BYTES:
                yield file.relative_to(source).as_posix(), file.read_bytes()


def summary(found: Campaign) -> str:
    """Return the figures as plain text."""
    took_s = time.monotonic() - found.started_s
    total = found.total
    outcomes = ", ".join(
        f"{many:,} {what}" for what, many in total.outcomes.most_common()
    )
    lines = [
        f"{total.inputs:,} inputs in {took_s:.0f} s, {total.inputs / took_s:,.0f} a second",
        f"  {outcomes}",
        f"  {total.behaviours:,} behaviours that were new to their process",
        f"slowest input: {total.slowest_ms:.0f} ms of CPU",
        f"peak memory of a process: {total.peak_bytes / 2**20:.0f} MiB",
        f"findings: {sum(found.kinds.values()):,}, of {len(found.alike)} sorts",
    ]
    lines += [f"  {many:6,}  {kind}" for kind, many in found.kinds.most_common()]
    return "\n".join(lines)


def replay(folder: Path) -> int:
    """Judge the inputs of earlier findings again; return how many still are some."""
    still = 0
    for place in sorted(folder.iterdir()):
        found = check(read(place))
        still += bool(found)
        for finding in found:
            sys.stdout.write(f"{place.name}: {finding.kind}: {finding.reason[:300]}\n")
        sys.stdout.write("" if found else f"{place.name}: nothing any more\n")
    return still


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 when something was found."""
    options = _options(arguments)
    if options.replay:
        return 1 if replay(options.replay) else 0
    found = campaign(options, load(options.source, options.seed))
    if found.total.slowest:
        reason = f"{found.total.slowest_ms:.1f} ms: the slowest of all, and no more"
        finding = Finding(kind="slowest", reason=reason)
        write(options.findings, found.total.slowest, finding)
    sys.stdout.write(f"{summary(found)}\n")
    return 1 if found.kinds else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.parser")
    add = parser.add_argument
    add("--minutes", type=float, default=1)
    add("--seed", type=int, default=1)
    add("--source", type=Path, action="append", default=[], metavar="DIR")
    add("--processes", type=int, default=1, metavar="N")
    add("--findings", type=Path, default=Path("findings"), metavar="DIR")
    add(
        "--ignore", action="append", default=[], metavar="KIND", help="or its beginning"
    )
    add("--replay", type=Path, metavar="DIR", help="judge earlier findings again")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
