"""Serves, edits and reads for a long time, and says whether all stayed well.

A real `stoker serve` on generated articles. Authors change, add and delete articles
without a pause, readers poll without a pause and judge every answer, and now and then
one edit is followed until it is served. README.md in this folder says what must hold.

    python -m tests.bench.soak [--minutes 30] [--count 10000] [--readers 50]
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.bench import serving
from tests.bench.editor import Editor
from tests.bench.following import Follower
from tests.bench.generate import DEFAULT_SEED, articles
from tests.bench.readers import AsyncConnection, Judge, Question, ask, read_for_ever
from tests.bench.rivals import BenchError
from tests.bench.serving import Serving
from tests.bench.stoker_site import PROFILES, Site, make_site
from tests.bench.verdict import Bounds, Findings, Look, conditions, in_lines

SPARE = 1000  # articles to add; after these the deleted ones come back
_LIST_EVERY_S = 10.0
_LOOK_EVERY_S = 1.0
_QUIET_TIMEOUT_S = 30.0


async def soak(
    server: Serving, editor: Editor, options: argparse.Namespace
) -> Findings:
    """Edit and read for the time that was asked for."""
    found = Findings(Judge(parse_every=options.parse_every))
    documents = await _listed(server.url, found.judge)
    if not documents:
        raise BenchError("the server lists no documents")
    chances = map(Random, itertools.count(options.seed + 1))
    pause_s = options.reader_pause_ms / 1000
    follower = Follower(
        editor=editor, judge=found.judge, followed=found.edits, rng=next(chances)
    )
    work = [
        _keep_listed(server.url, documents, found.judge),
        _edit_for_ever(editor, options.edits_per_second),
        _look_for_ever(server, found.looks),
        follower.follow_for_ever(server.url, documents),
        *(
            read_for_ever(
                server.url, documents, found.judge, next(chances), pause_s=pause_s
            )
            for _ in range(options.readers)
        ),
    ]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(options.minutes * 60), asyncio.TaskGroup() as tasks:
            for each in work:
                tasks.create_task(each)
    return found


async def _listed(url: str, judge: Judge) -> list[str]:
    """Return the paths of all documents, as the server lists them."""
    connection = AsyncConnection(url)
    answer = await ask(connection, Question(path="/feeds.json"), judge)
    connection.close()
    if not answer or answer.head.status != 200:
        return []
    rows = json.loads(answer.body)
    return [f"/{document}" for row in rows for document in row["documents"]]


async def _keep_listed(url: str, documents: list[str], judge: Judge) -> None:
    while True:
        await asyncio.sleep(_LIST_EVERY_S)
        documents[:] = await _listed(url, judge) or documents


async def _edit_for_ever(editor: Editor, per_second: float) -> None:
    """Edit at an even pace; what could not be done in time is not made up for."""
    clock = asyncio.get_running_loop().time
    due_s = clock()
    while True:
        editor.edit()
        due_s = max(due_s + 1 / per_second, clock())
        await asyncio.sleep(due_s - clock())


async def _look_for_ever(server: Serving, looks: list[Look]) -> None:
    started_s = time.monotonic()
    while True:
        if server.process.poll() is not None:
            raise BenchError(f"the server ended:\n{server.log_text()[-2000:]}")
        own, below = server.resident_bytes()
        looks.append(
            Look(
                minute=(time.monotonic() - started_s) / 60,
                server_mib=own / 2**20,
                builder_mib=below / 2**20,
            )
        )
        await asyncio.sleep(_LOOK_EVERY_S)


def _rebuilt(site: Site, stoker: Sequence[str]) -> list[str]:
    """Return what a build from scratch changes in the output."""
    command = [*stoker, "build", "-c", str(site.settings), "--force", "--json"]
    done = subprocess.run(  # noqa: S603 -- the operator's own command
        command,
        stdout=subprocess.PIPE,
        env=serving.environment(),
        check=False,
        timeout=_QUIET_TIMEOUT_S * 60,
    )
    if done.returncode not in {0, 3}:
        return [f"exit {done.returncode}"]
    report = json.loads(done.stdout)
    return [*report["written"], *report["removed"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 when a condition does not hold."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-", dir=options.work) as work:
        folder, log = Path(work, "articles"), Path(work, "log")
        folder.mkdir()
        pairs = articles(options.count + SPARE, seed=options.seed)
        for name, text in itertools.islice(pairs, options.count):
            (folder / name).write_text(text, encoding="utf-8")
        editor = Editor(folder, pairs, Random(options.seed))  # noqa: S311 -- repeatable
        site = make_site(
            Path(work, "site"),
            folder,
            profile=options.profile,
            interval=options.interval,
        )
        with serving.serving(
            site, stoker=options.stoker, log=log, timeout_s=60
        ) as server:
            server.wait_until_quiet(options.ready_timeout)
            found = asyncio.run(soak(server, editor, options))
            server.wait_until_quiet(_QUIET_TIMEOUT_S)
        logged = log.read_text(encoding="utf-8", errors="replace")
        late = _rebuilt(site, options.stoker)
    bounds = Bounds(
        debounce_s=options.debounce_ms / 1000,
        growth_mib=options.most_growth,
        warm_up_min=options.minutes * options.warm_up,
    )
    held = tuple(conditions(found, logged, late, bounds))
    for line in in_lines(found, editor.made, logged):
        _print(line)
    for each in held:
        _print(f"{'holds ' if each.holds else 'BROKEN'} {each.name}: {each.found}")
    if options.log:
        options.log.write_text(logged, encoding="utf-8")
    return 0 if all(each.holds for each in held) else 1


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak")
    add = parser.add_argument
    add("--minutes", type=float, default=30, metavar="N")
    add("--count", type=int, default=10_000, metavar="N", help="articles")
    add("--edits-per-second", type=float, default=20, metavar="N")
    add("--readers", type=int, default=50, metavar="N")
    add("--reader-pause-ms", type=float, default=200, help="between two questions")
    add("--parse-every", type=int, default=20, metavar="N", help="of the bodies")
    add("--profile", choices=PROFILES, default="json", help="what Stoker makes")
    add("--debounce-ms", type=float, default=20, help="of the server under test")
    add("--warm-up", type=float, default=0.2, metavar="SHARE", help="of the time")
    add("--most-growth", type=float, default=0.5, metavar="MIB", help="a minute")
    add("--interval", default="1h", help="of the timetable, beside the watching")
    add("--ready-timeout", type=float, default=900, metavar="SECONDS")
    add("--stoker", type=shlex.split, default=["stoker"], metavar="COMMAND")
    add("--seed", type=int, default=DEFAULT_SEED)
    add("--log", type=Path, metavar="FILE", help="keep what the server logged")
    add("--work", type=Path, metavar="DIR", help="where to make the temporary folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
