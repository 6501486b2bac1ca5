"""The contenders: how each is set up, started, and made to start cold.

Setting up (converting articles for a rival, writing settings) is never timed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench import rivals
from tests.bench.pelican_site import write_pelican_site
from tests.bench.stoker_site import make_site

STOKER_EXITS = (0, 3)  # 3: published, with problems to report

TITLES = {
    "everything": "Stoker, everything",
    "json": "Stoker, with JSON and gzip",
    "like": "Stoker, like for like",
    "hugo": "Hugo, whole articles",
    "hugo-slim": "Hugo, slimmed articles",
    "pelican": "Pelican, slimmed articles",
    "plain": "plain loop",
}
# What the others are divided by, in column order.
STOKERS = ("like", "json", "everything")
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
    articles: Path  # the files it reads, which the benchmark changes
    output: Path
    kept: tuple[Path, ...]
    good_exits: Collection[int] = (0,)
    has_memory: bool = True  # False: keeps nothing that could make a second run fast
    check: Callable[[], None] = _no_check


def set_up(
    work: Path,
    source: Path,
    *,
    stoker: Sequence[str],
    pelican: Sequence[str],
    keys: Collection[str],
) -> list[Contender]:
    """Set up the contenders named in `keys`, in the order of TITLES.

    Args:
        work: An empty folder, one more below it for each contender.
        source: The folder of articles.
        stoker: The words that start Stoker, without a subcommand.
        pelican: The words that start Pelican.
        keys: Keys of TITLES.
    """
    is_all_stoker = set(keys) <= set(STOKERS)
    entries = () if is_all_stoker else rivals.read_entries(source)
    makers: dict[str, Callable[[Path], Contender]] = {
        **dict.fromkeys(STOKERS, lambda folder: _stoker(folder, source, stoker)),
        "hugo": lambda folder: _hugo(folder, source, entries, is_whole=True),
        "hugo-slim": lambda folder: _hugo(folder, source, entries, is_whole=False),
        "pelican": lambda folder: _pelican(folder, entries, pelican),
        "plain": lambda folder: _plain_loop(folder, source, entries),
    }
    return [makers[key](work / key) for key in TITLES if key in keys]


def _stoker(folder: Path, source: Path, stoker: Sequence[str]) -> Contender:
    site = make_site(folder, source, profile=folder.name)
    return Contender(
        key=folder.name,
        command=(*stoker, "build", "-c", str(site.settings), "--json"),
        articles=source,
        output=site.output,
        kept=(site.output, site.state),
        good_exits=STOKER_EXITS,
    )


def _hugo(
    folder: Path, source: Path, entries: Sequence[rivals.Entry], *, is_whole: bool
) -> Contender:
    output = folder / "public"
    articles = rivals.write_hugo_site(source, entries, folder, is_whole=is_whole)
    return Contender(
        key=folder.name,
        command=tuple(rivals.hugo_command(rivals.find_hugo(), folder, output)),
        articles=articles,
        output=output,
        kept=(output,),
        check=partial(rivals.check_feeds, output, entries),
    )


def _pelican(
    folder: Path, entries: Sequence[rivals.Entry], pelican: Sequence[str]
) -> Contender:
    output, cache = folder / "output", folder / "cache"
    articles, settings = write_pelican_site(entries, folder, output=output, cache=cache)
    return Contender(
        key=folder.name,
        command=(*pelican, "--settings", str(settings), "--quiet", str(articles)),
        articles=articles,
        output=output,
        kept=(output, cache),
        check=partial(rivals.check_feeds, output, entries),
    )


def _plain_loop(
    folder: Path, source: Path, entries: Sequence[rivals.Entry]
) -> Contender:
    return Contender(
        key=folder.name,
        command=tuple(rivals.plain_loop_command(source, folder)),
        articles=source,
        output=folder,
        kept=(folder,),
        has_memory=False,
        check=partial(rivals.check_feeds, folder, entries),
    )
