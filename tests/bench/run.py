"""Times Stoker against its rivals on generated articles; prints Markdown tables.

Every contender runs as a process of its own, one at a time, in turns: a slow spell
of the machine hits one run of each, and the median drops it. README.md in this
folder says what is compared and what the columns mean.

    python -m tests.bench.run [--counts 1000 10000] [--rounds 3] [--json FILE]
"""

import argparse
import itertools
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import changes, rivals
from tests.bench.contenders import HUGOS, STOKERS, TITLES, Contender, set_up
from tests.bench.generate import DEFAULT_SEED, generate
from tests.bench.measure import Sample, measure
from tests.bench.report import COLD, HEATS, ONE, PHASES, Result, Work, table
from tests.bench.serving import environment

LOG_TAIL_CHARS = 2000
HEAT_SHARE = 0.1
_ENTRY_ID = re.compile(r"<entry>\s*<id>([^<]*)</id>")


def compare(count: int, work: Path, options: argparse.Namespace) -> list[Result]:
    """Generate `count` articles and run every contender on them, in turns."""
    source = work / "articles"
    generate(source, count, seed=options.seed)
    changes.predate(source.iterdir())
    plan = Plan(
        title=changes.newest_published(source),
        heats=changes.heats_to_change(source, share=HEAT_SHARE, seed=options.seed),
        phases=tuple(PHASES[key] for key in PHASES if key in options.scenarios),
    )
    turns = [
        Turn(
            contender=contender,
            results={
                phase: Result(count=count, contender=contender.key, phase=phase)
                for phase in plan.phases
            },
        )
        for contender in set_up(
            work,
            source,
            stoker=options.stoker,
            pelican=options.pelican,
            keys=options.contenders,
        )
    ]
    numbers = itertools.count()
    for done in range(options.rounds):
        for turn in turns:
            is_rival = turn.contender.key not in STOKERS
            if not (turn.failed or (is_rival and done >= options.rival_rounds)):
                _take(turn, plan, work, timeout_s=options.timeout, number=next(numbers))
    return [result for turn in turns for result in turn.results.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done to the articles, the same for all; `title` is a file name."""

    title: str
    heats: Mapping[str, int]
    phases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A contender and its results, by phase."""

    contender: Contender
    results: Mapping[str, Result]

    @property
    def failed(self) -> bool:
        """Whether no further run makes sense."""
        return any(result.failure for result in self.results.values())


def _take(turn: Turn, plan: Plan, work: Path, *, timeout_s: float, number: int) -> None:
    """Run a contender from nothing, then once after each change.

    The first time, look at its files. The cold run comes even where it is not asked
    for, since the others start from what it left. `number` is another one each time.
    """
    contender = turn.contender
    for folder in contender.kept:
        shutil.rmtree(folder, ignore_errors=True)
    sample = _run(contender, work, timeout_s)
    if not (sample.failure or any(result.samples for result in turn.results.values())):
        contender.check()
        files, entries = _count(contender.output)
        for result in turn.results.values():
            result.files, result.entries = files, entries
    for phase, result in turn.results.items():
        before: frozenset[str] = frozenset()
        if phase != COLD and contender.has_memory and not sample.failure:
            if contender.key in STOKERS:
                before = _ids(contender.output)
            _change(contender.articles, plan, phase, number)
            sample = _run(contender, work, timeout_s)
        result.samples.append(sample)
        if contender.key in STOKERS and not sample.failure:
            result.works.append(_work(contender, work, before))


def _change(articles: Path, plan: Plan, phase: str, number: int) -> None:
    if phase == ONE:
        changes.retitle(articles, plan.title, number)
    elif phase == HEATS:
        changes.heat_up(articles, plan.heats)


def _work(contender: Contender, work: Path, before: frozenset[str]) -> Work:
    """Return what the last run of Stoker did; `before` are the entries before it."""
    report = json.loads((work / f"{contender.key}.log").read_bytes())
    return Work(
        read=report["parsed"],
        rendered=report["rendered"],
        written=len(report["written"]),
        entered=len(_ids(contender.output) - before),
    )


def _ids(output: Path) -> frozenset[str]:
    """Return the ids of all entries in Atom documents."""
    found: set[str] = set()
    for path in output.rglob("*.atom"):
        found.update(_ENTRY_ID.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


def _run(contender: Contender, work: Path, timeout_s: float) -> Sample:
    log = work / f"{contender.key}.log"
    sample = measure(
        contender.command,
        log=log,
        environment=environment(),
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
    """Run the command line; return 1 when a contender failed; being late is a result."""
    options = _options(arguments)
    machine = _machine(options.contenders)
    _print(", ".join(f"{key} {value}" for key, value in machine.items()))
    results: list[Result] = []
    for count in options.counts:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as work:
            found = compare(count, Path(work), options)
        results += found
        for phase in (PHASES[key] for key in PHASES if key in options.scenarios):
            _print(f"\n### {count:,} articles, {phase}\n\n{table(found, phase)}")
    if options.json:
        runs = {"machine": machine, "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(runs, indent=2) + "\n", encoding="utf-8")
    return 1 if any(result.failure and not result.is_late for result in results) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run")
    add = parser.add_argument
    add("--counts", type=int, nargs="+", default=[1000, 10_000], metavar="N")
    add("--rounds", type=int, default=3, metavar="N", help="runs to take medians of")
    add("--rival-rounds", type=int, metavar="N", help="in how many of them rivals run")
    add("--json", type=Path, metavar="FILE", help="write every single run to FILE")
    add("--stoker", type=shlex.split, default=["stoker"], metavar="COMMAND")
    add("--pelican", type=shlex.split, default=["pelican"], metavar="COMMAND")
    add("--contenders", nargs="+", choices=TITLES, default=list(TITLES))
    add("--scenarios", nargs="+", choices=PHASES, default=list(PHASES))
    add("--timeout", type=float, default=900, metavar="SECONDS", help="of one run")
    add("--seed", type=int, default=DEFAULT_SEED)
    add("--work", type=Path, metavar="DIR", help="where to make the temporary folder")
    options = parser.parse_args(arguments)
    if options.rival_rounds is None:
        options.rival_rounds = options.rounds
    for name, keys in (("stoker", STOKERS), ("pelican", ("pelican",))):
        command = getattr(options, name)[0]
        if set(keys) & set(options.contenders) and not shutil.which(command):
            parser.error(f"--{name}: no such command: {command!r}")
    return options


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
