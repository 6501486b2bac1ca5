"""The five contenders: how each is set up, started, and made to start cold.

Setting up (converting articles for Hugo, writing Stoker's settings) is never timed.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench import rivals

# Stoker, held to what the rivals make: no order besides each feed's default, no JSON
# Feed, no compressed variants. The only place that knows these keys.
LIKE_FOR_LIKE = """\
[[sources]]
path = {source}
[output]
path = {output}
state = {state}
encodings = []
[feeds]
limit = {limit}
orders = []
formats = ["atom", "rss"]
html = false
"""
STOKER_EXITS = (0, 3)  # 3: published, with problems to report

TITLES = {
    "everything": "Stoker, everything",
    "like": "Stoker, like for like",
    "hugo": "Hugo, whole articles",
    "hugo-slim": "Hugo, slimmed articles",
    "plain": "plain loop",
}
STOKERS = ("like", "everything")  # what the others are divided by, in column order
HUGOS = ("hugo", "hugo-slim")


def _no_check() -> None:
    """Check nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A command, where it writes, and what must be gone for its run to be cold.

    `check` raises BenchError when the documents are not those of the articles.
    Stoker has none: its test suite says more than this could.
    """

    key: str
    command: tuple[str, ...]
    output: Path
    kept: tuple[Path, ...]
    good_exits: Collection[int] = (0,)
    has_memory: bool = True  # False: keeps nothing that could make a second run fast
    check: Callable[[], None] = _no_check


def set_up(
    work: Path, source: Path, *, stoker: Sequence[str], keys: Collection[str]
) -> list[Contender]:
    """Set up the contenders named in `keys`, in the order of TITLES.

    Args:
        work: An empty folder, one more below it for each contender.
        source: The folder of articles.
        stoker: The words that start Stoker, without a subcommand.
        keys: Keys of TITLES.
    """
    is_all_stoker = set(keys) <= set(STOKERS)
    entries = () if is_all_stoker else rivals.read_entries(source)
    makers: dict[str, Callable[[Path], Contender]] = {
        "everything": lambda folder: _everything(folder, source, stoker),
        "like": lambda folder: _like_for_like(folder, source, stoker),
        "hugo": lambda folder: _hugo(folder, source, entries, is_whole=True),
        "hugo-slim": lambda folder: _hugo(folder, source, entries, is_whole=False),
        "plain": lambda folder: _plain_loop(folder, source, entries),
    }
    return [makers[key](work / key) for key in TITLES if key in keys]


def _everything(folder: Path, source: Path, stoker: Sequence[str]) -> Contender:
    output, state = folder / "output", folder / "state"
    paths = {"--source": source, "--output": output, "--state": state}
    words = [word for option, path in paths.items() for word in (option, str(path))]
    return _stoker(folder, (*stoker, "build", *words))


def _like_for_like(folder: Path, source: Path, stoker: Sequence[str]) -> Contender:
    folder.mkdir()
    settings = folder / "stoker.toml"
    paths = {"source": source, "output": folder / "output", "state": folder / "state"}
    # A JSON string is a TOML basic string.
    quoted = {key: json.dumps(str(path)) for key, path in paths.items()}
    text = LIKE_FOR_LIKE.format(**quoted, limit=rivals.LIMIT)
    settings.write_text(text, encoding="utf-8")
    return _stoker(folder, (*stoker, "build", "-c", str(settings)))


def _stoker(folder: Path, command: tuple[str, ...]) -> Contender:
    output = folder / "output"
    return Contender(
        key=folder.name,
        command=command,
        output=output,
        kept=(output, folder / "state"),
        good_exits=STOKER_EXITS,
    )


def _hugo(
    folder: Path, source: Path, entries: Sequence[rivals.Entry], *, is_whole: bool
) -> Contender:
    output = folder / "public"
    rivals.write_hugo_site(source, entries, folder, is_whole=is_whole)
    return Contender(
        key=folder.name,
        command=tuple(rivals.hugo_command(rivals.find_hugo(), folder, output)),
        output=output,
        kept=(output,),
        check=partial(rivals.check_feeds, output, entries),
    )


def _plain_loop(
    folder: Path, source: Path, entries: Sequence[rivals.Entry]
) -> Contender:
    return Contender(
        key=folder.name,
        command=tuple(rivals.plain_loop_command(source, folder)),
        output=folder,
        kept=(folder,),
        has_memory=False,
        check=partial(rivals.check_feeds, folder, entries),
    )
