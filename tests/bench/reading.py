"""Times the reading of front matter, file by file, against python-frontmatter.

CPU time of this process, not wall time. Every file is read by each contender in turn,
several times in each of several rounds; the least of a round is kept, and the median of
the rounds is the file's figure. README.md in this folder says what is compared.

    python -m tests.bench.reading [--source DIR …] [--generated 1000] [--json FILE]
"""

import argparse
import gc
import json
import platform
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import frontmatter
import yaml
from frontmatter import default_handlers

from feeds.errors import ArticleError
from feeds.parse.article import parse_article
from feeds.parse.dialects import take_apart
from feeds.parse.lines import read_lines
from feeds.parse.raw import Raw, decode
from feeds.parse.rules import Parsed, Rules
from tests.bench.generate import DEFAULT_SEED, generate
from tests.bench.reading_table import ARTICLE, RAW, RIVAL, Reading, rows, table

RULES = Rules()
MODIFIED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SUFFIXES = (".md", ".markdown", ".html", ".htm", ".txt")  # what a source includes
PLAIN = "no front matter"
MOSTLY = 0.75  # of a front matter's characters
SLICE_NS = 200_000  # a clock reading costs 500 ns; nothing shorter is timed alone
WARM_UP_FILES = 20


def read_as_rival(_: str, content: bytes) -> frontmatter.Post:
    """Read as everyone does: the whole front matter as one dictionary."""
    return frontmatter.loads(content.decode())


def read_raw(path: str, content: bytes) -> Raw:
    """Read the same with Stoker, with the lines that the keys stand in."""
    text = decode(path, content)
    return take_apart(path, text, RULES.bounds, RULES.front_matter_limit_bytes)


def read_article(path: str, content: bytes) -> Parsed:
    """Make an article of it, known good, with every problem found on the way."""
    return parse_article(path, content, RULES, modified_at=MODIFIED_AT)


READERS: Mapping[str, Callable[[str, bytes], object]] = {
    RIVAL: read_as_rival,
    RAW: read_raw,
    ARTICLE: read_article,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to read, and what kind of front matter it has."""

    path: str
    content: bytes
    kind: str
    is_read_by_line: bool


@dataclass(slots=True, kw_only=True)
class Corpus:
    """The files of one folder, as far as all contenders can read them."""

    name: str
    files: list[File] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


_FENCED = re.compile(r"---[ \t]*\n(.*?^)---[ \t]*$", re.DOTALL | re.MULTILINE)
_RELATED = re.compile(
    r"^related:[ \t]*\n( *)- (?:.*\n)(?:(?:[ -].*)?\n)*", re.MULTILINE
)


def related_share(front_matter: str) -> tuple[float, int]:
    """Return which share of the characters `related` takes, and its items."""
    found = _RELATED.search(front_matter)
    if found is None:
        return 0, 0
    items = re.findall(rf"^{found[1]}- ", found[0], re.MULTILINE)
    return len(found[0]) / len(front_matter), len(items)


def kind_of(front_matter: str) -> str:
    """Return the group a file with this front matter is counted in."""
    share, items = related_share(front_matter)
    is_mostly = share > MOSTLY and items > RULES.bounds.related
    return "mostly related" if is_mostly else "other front matter"


def load(folder: Path, name: str) -> Corpus:
    """Read the files of a folder; leave out what a contender cannot read."""
    corpus = Corpus(name=name)
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in SUFFIXES and file.is_file():
            path, content = file.relative_to(folder).as_posix(), file.read_bytes()
            if reason := unfit(path, content):
                corpus.left_out[reason] += 1
            else:
                corpus.files.append(_file(path, content))
    return corpus


def unfit(path: str, content: bytes) -> str:
    """Return why the time of this file says nothing, or ""."""
    try:
        raw = read_raw(path, content)
    except ArticleError:
        return "Stoker refuses it"
    try:
        post = read_as_rival(path, content)
    except (yaml.YAMLError, ValueError, TypeError):
        return f"{RIVAL} fails on it"
    if raw.metadata and not post.metadata:
        return f"{RIVAL} finds no metadata in it"
    return ""


def _file(path: str, content: bytes) -> File:
    if not read_raw(path, content).metadata:
        return File(path=path, content=content, kind=PLAIN, is_read_by_line=False)
    found = _FENCED.match(decode(path, content))
    front_matter = found[1] if found else ""  # JSON, for one
    return File(
        path=path,
        content=content,
        kind=kind_of(front_matter),
        is_read_by_line=read_lines(front_matter, RULES.bounds) is not None,
    )


def measure(files: Sequence[File], rounds: int, repeats: int) -> list[Reading]:
    """Time all contenders on all files: each file once, then in rounds."""
    for file in files[:WARM_UP_FILES]:
        _timed(file, dict.fromkeys(READERS, 1))
    gc.collect()
    gc.freeze()  # what the collector finds between two files is theirs alone
    once = [
        _timed(file, dict.fromkeys(READERS, 1), at) for at, file in enumerate(files)
    ]
    found: list[list[Mapping[str, float]]] = [[] for _ in files]
    for _ in range(rounds):
        for at, file in enumerate(files):
            loops = {key: _loops(ns) for key, ns in once[at].items()}
            takes = [_timed(file, loops, at + take) for take in range(repeats)]
            found[at].append(merged(min, takes))
    gc.unfreeze()
    return [
        Reading(
            path=file.path,
            kind=file.kind,
            size_bytes=len(file.content),
            once_ns=once[at],
            ns=merged(median, found[at]),
        )
        for at, file in enumerate(files)
    ]


def _loops(ns: float) -> int:
    return max(1, round(SLICE_NS / ns))


def merged(
    how: Callable[[Sequence[float]], float], takes: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """Return one figure for each contender out of several."""
    return {key: how([take[key] for take in takes]) for key in READERS}


def _timed(file: File, loops: Mapping[str, int], turn: int = 0) -> dict[str, float]:
    """Return nanoseconds for each contender; `turn` says which of them begins."""
    keys, took = list(READERS), {}
    first = turn % len(keys)
    gc.disable()
    try:
        for key in keys[first:] + keys[:first]:
            read, times = READERS[key], range(loops[key])
            start_ns = time.process_time_ns()
            for _ in times:
                read(file.path, file.content)
            took[key] = (time.process_time_ns() - start_ns) / len(times)
    finally:
        gc.enable()
    return took


def heading(corpus: Corpus) -> str:
    """Return what the figures of a folder are about."""
    size_bytes = sum(len(file.content) for file in corpus.files)
    with_keys = sum(file.kind != PLAIN for file in corpus.files)
    by_line = sum(file.is_read_by_line for file in corpus.files)
    return "\n".join(
        (
            f"{corpus.name}: {len(corpus.files):,} files, {size_bytes:,} bytes",
            f"  {with_keys:,} have front matter, {by_line:,} are read line by line",
            *(f"  left out: {many:,}: {why}" for why, many in corpus.left_out.items()),
        )
    )


def machine() -> dict[str, str]:
    """Return what a reader needs to compare the figures with his own.

    Raises:
        SystemExit: python-frontmatter would read with the slow loader.
    """
    if default_handlers.SafeLoader is not getattr(yaml, "CSafeLoader", None):
        raise SystemExit(
            "PyYAML has no libyaml here: the rival would be ten times slower"
        )
    return {
        "Python": platform.python_version(),
        RIVAL: version("python-frontmatter"),
        "loader": f"yaml.{default_handlers.SafeLoader.__name__}",
        "PyYAML": yaml.__version__,
        "libyaml": yaml._yaml.get_version_string(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; see the module's docstring."""
    options = _options(arguments)
    facts = machine()
    sys.stdout.write(", ".join(f"{key} {value}" for key, value in facts.items()) + "\n")
    runs = []
    for corpus in _corpora(options):
        readings = measure(corpus.files, options.rounds, options.repeats)
        figures = f"\n{table(readings)}\n" if readings else ""
        sys.stdout.write(f"\n{heading(corpus)}\n{figures}")
        sys.stdout.flush()
        runs.append(_as_json(corpus, readings))
    if options.json:
        found = {"machine": facts, "corpora": runs}
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _corpora(options: argparse.Namespace) -> Iterator[Corpus]:
    for folder in options.source:
        yield load(folder, str(folder))
    if options.generated:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            generate(Path(folder), options.generated, seed=options.seed)
            yield load(Path(folder), f"generated, seed {options.seed}")


def _as_json(corpus: Corpus, readings: Sequence[Reading]) -> dict[str, object]:
    return {
        "name": corpus.name,
        "left_out": corpus.left_out,
        "read_by_line": sum(file.is_read_by_line for file in corpus.files),
        "rows": [asdict(row) for row in (rows(readings) if readings else ())],
        "files": [asdict(reading) for reading in readings],
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reading")
    add = parser.add_argument
    add("--source", type=Path, action="append", default=[], metavar="DIR")
    add("--generated", type=int, default=1000, metavar="N", help="0 for none")
    add("--seed", type=int, default=DEFAULT_SEED)
    add("--rounds", type=int, default=5, metavar="N", help="to take medians of")
    add("--repeats", type=int, default=3, metavar="N", help="the least of them counts")
    add("--json", type=Path, metavar="FILE", help="write the figures of every file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
