"""Times a running server: from the end of an article's write to the new bytes.

A real `stoker serve` on generated articles. One title after another is changed, each
in a feed of a topic, and that feed's document is asked for over one connection, with
its ETag, until the new title is there. README.md in this folder says more.

    python -m tests.bench.live [--count 1000] [--changes 50] [--write in-place]
"""

import argparse
import json
import shlex
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from lxml import etree

from tests.bench import changes, serving
from tests.bench.answers import Connection
from tests.bench.generate import DEFAULT_SEED, generate
from tests.bench.rivals import BenchError
from tests.bench.series import in_words
from tests.bench.serving import Serving
from tests.bench.stoker_site import PROFILES, make_site

_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An article's file, and a document that shows it."""

    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: how long it took to be served, and the asking for it.

    `served_s` is None when it never was.
    """

    shown: Shown
    served_s: float | None
    polls: int


def shown_articles(connection: Connection) -> list[Shown]:
    """Return the articles in the feeds of topics, as they are served."""
    listing = json.loads(connection.get("/feeds.json").body)
    documents = [
        f"/{document}"
        for row in listing
        if row["path"].startswith("topics/") and row["path"].count("/") == 1
        for document in row["documents"]
        if document.endswith(".atom")
    ]
    return [
        Shown(name=name, document=document)
        for document in documents
        for name in names_in(connection.get(document).body)
    ]


def names_in(document: bytes) -> list[str]:
    """Return the file names of the articles in an Atom document: their ids end so."""
    root = etree.fromstring(document)
    ids = (entry.findtext(f"{_ATOM}id", "") for entry in root.iterfind(f"{_ATOM}entry"))
    return [each.rpartition("/")[2] for each in ids]


def change(
    connection: Connection,
    shown: Shown,
    number: int,
    options: argparse.Namespace,
    articles: Path,
) -> Change:
    """Change a title, and ask until it is served or the time is up."""
    wanted = changes.mark(number).encode()
    path = articles / shown.name
    text = changes.retitled(path.read_text(encoding="utf-8"), number)
    etag = connection.get(shown.document).head.etag
    changes.WRITERS[options.write](path, text)
    written_s = time.perf_counter()
    polls = 0
    while time.perf_counter() < written_s + options.timeout:
        answer = connection.get(shown.document, etag=etag)
        polls += 1
        if answer.head.status == 200:
            etag = answer.head.etag
            if wanted in answer.body:
                took_s = time.perf_counter() - written_s
                return Change(shown=shown, served_s=took_s, polls=polls)
        time.sleep(options.poll_ms / 1000)
    return Change(shown=shown, served_s=None, polls=polls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What all changes took; `builds` are the numbers the server logged of each."""

    count: int
    write: str
    was_quiet: bool
    changes: tuple[Change, ...]
    builds: tuple[Mapping[str, float], ...]
    server_cpu_s: float
    builder_cpu_s: float
    server_peak_bytes: int
    builder_peak_bytes: int

    @property
    def served_s(self) -> list[float]:
        """How long it took, of the changes that were served."""
        return [each.served_s for each in self.changes if each.served_s is not None]

    @property
    def lost(self) -> int:
        """How many changes were never served."""
        return len(self.changes) - len(self.served_s)


def measured(server: Serving, articles: Path, options: argparse.Namespace) -> Findings:
    """Make all changes, one after another, and return what they took."""
    rng = Random(options.seed)  # noqa: S311 -- must be repeatable
    was_quiet = server.wait_until_quiet(options.ready_timeout)
    with Connection(server.url) as connection:
        shown = shown_articles(connection)
        if not shown:
            raise BenchError("no feed of a topic shows an article")
        built = len(serving.builds(server.log_text()))
        before = server.use()
        made = []
        for number, each in enumerate(rng.choices(shown, k=options.changes), 1):
            made.append(change(connection, each, number, options, articles))
            time.sleep(options.pause_ms / 1000)
    after = server.use()
    return Findings(
        count=options.count,
        write=options.write,
        was_quiet=was_quiet,
        changes=tuple(made),
        builds=tuple(serving.builds(server.log_text())[built:]),
        server_cpu_s=after.server_cpu_s - before.server_cpu_s,
        builder_cpu_s=after.builder_cpu_s - before.builder_cpu_s,
        server_peak_bytes=after.server_peak_bytes,
        builder_peak_bytes=after.builder_peak_bytes,
    )


def in_lines(found: Findings) -> list[str]:
    """Return the findings as lines of text."""
    made = len(found.changes)
    spans = dict.fromkeys(
        name for build in found.builds for name in build if name.endswith("_s")
    )
    used = {
        "server": (found.server_cpu_s, found.server_peak_bytes),
        "builder": (found.builder_cpu_s, found.builder_peak_bytes),
    }
    polls = sum(each.polls for each in found.changes)
    return [
        f"{found.count:,} articles, {made} titles changed, {found.write}",
        *(() if found.was_quiet else ("the server was never quiet before",)),
        f"from the end of the write to the new bytes: {in_words(found.served_s)}",
        f"never served: {found.lost}",
        f"builds logged: {len(found.builds)}",
        *(
            f"  {name}: {in_words([each[name] for each in found.builds if name in each])}"
            for name in spans
        ),
        *(
            f"{who}: {cpu_s / max(1, made) * 1000:.1f} ms of CPU a change, "
            f"peak {peak_bytes / 2**20:.0f} MiB"
            for who, (cpu_s, peak_bytes) in used.items()
        ),
        f"asked {polls:,} times, which is part of the server's CPU",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 when a change was never served."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="live-", dir=options.work) as work:
        articles = Path(work, "articles")
        generate(articles, options.count, seed=options.seed)
        site = make_site(
            Path(work, "site"),
            articles,
            profile=options.profile,
            interval=options.interval,
        )
        with serving.serving(
            site, stoker=options.stoker, log=Path(work, "log"), timeout_s=60
        ) as server:
            found = measured(server, articles, options)
            if options.log:
                options.log.write_text(server.log_text(), encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in in_lines(found)))
    if options.json:
        text = json.dumps(asdict(found), indent=2)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return 1 if found.lost else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.live")
    add = parser.add_argument
    add("--count", type=int, default=1000, metavar="N", help="articles")
    add("--changes", type=int, default=50, metavar="N")
    add("--write", choices=changes.WRITERS, default="in-place")
    add("--profile", choices=PROFILES, default="json", help="what Stoker makes")
    add("--pause-ms", type=float, default=200, help="between two changes")
    add("--poll-ms", type=float, default=1, help="between two questions")
    add("--timeout", type=float, default=30, metavar="SECONDS", help="of one change")
    add("--ready-timeout", type=float, default=900, metavar="SECONDS")
    add("--interval", default="1h", help="of the timetable, beside the watching")
    add("--stoker", type=shlex.split, default=["stoker"], metavar="COMMAND")
    add("--seed", type=int, default=DEFAULT_SEED)
    add("--json", type=Path, metavar="FILE", help="write every change to FILE")
    add("--log", type=Path, metavar="FILE", help="keep what the server logged")
    add("--work", type=Path, metavar="DIR", help="where to make the temporary folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
