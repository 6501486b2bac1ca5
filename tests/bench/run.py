"""Times Stoker against its rivals on generated articles; prints Markdown tables.

Every contender runs as a process of its own, one at a time, in turns: a slow spell
of the machine hits one run of each, and the median drops it. README.md in this
folder says what is compared and what the columns mean.

    python -m tests.bench.run [--counts 1000 10000] [--rounds 3] [--json FILE]
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import rivals
from tests.bench.contenders import HUGOS, STOKERS, TITLES, Contender, set_up
from tests.bench.generate import DEFAULT_SEED, generate
from tests.bench.measure import Sample, measure
from tests.bench.report import COLD, UNCHANGED, Result, table

LOG_TAIL_CHARS = 2000
# What would configure Stoker, or make Python compile its modules in every run.
UNWANTED_VARIABLES = ("STOKER_", "PYTHONDONTWRITEBYTECODE")


def compare(count: int, work: Path, options: argparse.Namespace) -> list[Result]:
    """Generate `count` articles and run every contender on them, in turns."""
    source = work / "articles"
    generate(source, count, seed=options.seed)
    contenders = set_up(work, source, stoker=options.stoker, keys=options.contenders)
    pairs = [
        tuple(
            Result(count=count, contender=contender.key, phase=phase)
            for phase in (COLD, UNCHANGED)
        )
        for contender in contenders
    ]
    for _ in range(options.rounds):
        for contender, (cold, unchanged) in zip(contenders, pairs, strict=True):
            if not (cold.failure or unchanged.failure):
                _take_turn(contender, cold, unchanged, work, options.timeout)
    return [result for pair in pairs for result in pair]


def _take_turn(
    contender: Contender,
    cold: Result,
    unchanged: Result,
    work: Path,
    timeout_s: float,
) -> None:
    """Run a contender from nothing, then again; the first time, look at its files."""
    for folder in contender.kept:
        shutil.rmtree(folder, ignore_errors=True)
    sample = _run(contender, work, timeout_s)
    is_first = not cold.samples
    cold.samples.append(sample)
    if is_first and not sample.failure:
        contender.check()
        cold.files, cold.entries = _count(contender.output)
        unchanged.files, unchanged.entries = cold.files, cold.entries
    if contender.has_memory and not sample.failure:
        sample = _run(contender, work, timeout_s)
    unchanged.samples.append(sample)


def _run(contender: Contender, work: Path, timeout_s: float) -> Sample:
    log = work / f"{contender.key}.log"
    sample = measure(
        contender.command,
        log=log,
        environment=_environment(),
        timeout_s=timeout_s,
        good_exits=contender.good_exits,
    )
    if sample.failure:
        tail = log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL_CHARS:]
        sys.stderr.write(
            f"{TITLES[contender.key]}: {sample.failure}: "
            f"{shlex.join(contender.command)}\n{tail}\n"
        )
    return sample


def _count(output: Path) -> tuple[int, int]:
    """Return how many files there are, and how many Atom and RSS entries in them."""
    files = [path for path in output.rglob("*") if path.is_file()]
    ends = {".atom": b"</entry>", ".rss": b"</item>"}
    entries = sum(
        path.read_bytes().count(ends[path.suffix])
        for path in files
        if path.suffix in ends
    )
    return len(files), entries


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(UNWANTED_VARIABLES)
    }


def _machine(contenders: Sequence[str]) -> dict[str, str]:
    """Return what a reader needs to compare the figures with his own."""
    found = {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "Python": platform.python_version(),
    }
    if set(HUGOS) & set(contenders):
        version = subprocess.run(  # noqa: S603 -- the binary to be timed
            [rivals.find_hugo(), "version"], capture_output=True, text=True, check=True
        )
        found["Hugo"] = version.stdout.split()[1]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 when a contender failed."""
    options = _options(arguments)
    machine = _machine(options.contenders)
    _print(", ".join(f"{key} {value}" for key, value in machine.items()))
    results: list[Result] = []
    for count in options.counts:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
            found = compare(count, Path(work), options)
        results += found
        for phase in (COLD, UNCHANGED):
            _print(f"\n### {count:,} articles, {phase}\n\n{table(found, phase)}")
    if options.json:
        runs = {"machine": machine, "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(runs, indent=2) + "\n", encoding="utf-8")
    return 1 if any(result.failure for result in results) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run")
    add = parser.add_argument
    add("--counts", type=int, nargs="+", default=[1000, 10_000], metavar="N")
    add("--rounds", type=int, default=3, metavar="N", help="runs to take medians of")
    add("--json", type=Path, metavar="FILE", help="write every single run to FILE")
    add("--stoker", type=shlex.split, default=["stoker"], metavar="COMMAND")
    add("--contenders", nargs="+", choices=TITLES, default=list(TITLES))
    add("--timeout", type=float, default=900, metavar="SECONDS", help="of one run")
    add("--seed", type=int, default=DEFAULT_SEED)
    add("--work", type=Path, metavar="DIR", help="where to make the temporary folder")
    options = parser.parse_args(arguments)
    needs_stoker = set(STOKERS) & set(options.contenders)
    if needs_stoker and not shutil.which(options.stoker[0]):
        parser.error(f"--stoker: no such command: {options.stoker[0]!r}")
    return options


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
