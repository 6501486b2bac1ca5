"""What the benchmarks do to articles: new titles, other heats, whole or in place.

Knows the lines that `article_file` writes, and those of the rivals' copies.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random

# Keys of the article itself start a line; those of its `related` are indented.
_TITLE = re.compile(r"^(title: \"?)(?:Edit \d+: )?", re.MULTILINE | re.IGNORECASE)
_HEAT = re.compile(r"^heat: (\d+)$", re.MULTILINE)  # -1 is a follower: none
_DATE = re.compile(r"^publishedDateTime: (\S+)$", re.MULTILINE)
_MOST_HEAT = 20  # of one change: as much as one more article of a story
_MINUTE_NS = 60 * 1_000_000_000


def retitled(text: str, number: int) -> str:
    """Return the article with a title that states `number`, and no earlier one."""
    return _TITLE.sub(rf"\g<1>{mark(number)}", text, count=1)


def mark(number: int) -> str:
    """Return what the title of a retitled article starts with."""
    return f"Edit {number}: "


def heated(text: str, more: int) -> str | None:
    """Return the article with `more` heat, or None when it has no score."""
    found = _HEAT.search(text)
    if not found:
        return None
    heat = int(found[1]) + more
    return f"{text[: found.start()]}heat: {heat}{text[found.end() :]}"


def newest_published(articles: Path) -> str:
    """Return the file name of the newest published article in a generated folder."""
    dates = {}
    for path in articles.iterdir():
        text = path.read_text(encoding="utf-8")
        if "\npublished: false\n" not in text and (found := _DATE.search(text)):
            dates[found[1], path.name] = path.name
    return dates[max(dates)]


def heats_to_change(articles: Path, *, share: float, seed: int) -> Mapping[str, int]:
    """Choose `share` of all articles among those with a score; say how much hotter."""
    rng = Random(seed)  # noqa: S311 -- must be repeatable
    names = sorted(path.name for path in articles.iterdir())
    wanted = round(len(names) * share)
    rng.shuffle(names)
    chosen: dict[str, int] = {}
    for name in names:
        if len(chosen) == wanted:
            break
        if _HEAT.search((articles / name).read_text(encoding="utf-8")):
            chosen[name] = rng.randint(1, _MOST_HEAT)
    return chosen


def write_in_place(path: Path, text: str) -> None:
    """Overwrite a file, as most editors and scripts do: for a moment it is empty."""
    path.write_text(text, encoding="utf-8")


def write_whole(path: Path, text: str) -> None:
    """Write a file beside it and rename that: the old or the new, never a part."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)  # noqa: PTH105 -- the call that is meant


WRITERS: Mapping[str, Callable[[Path, str], None]] = {
    "in-place": write_in_place,
    "replace": write_whole,
}


def retitle(articles: Path, name: str, number: int) -> None:
    """Change one title in a folder of articles."""
    path = articles / name
    write_in_place(path, retitled(path.read_text(encoding="utf-8"), number))
    predate([path])


def heat_up(articles: Path, chosen: Mapping[str, int]) -> None:
    """Change heats, but of a rival's copies that have dropped them."""
    for name, more in chosen.items():
        path = articles / name
        text = heated(path.read_text(encoding="utf-8"), more)
        if text is not None:
            write_in_place(path, text)
            predate([path])


def predate(paths: Iterable[Path]) -> None:
    """Make files look as if they had been written a minute ago.

    Who trusts modification times must read a file written just now once more the next
    time, since a clock that ticks may hide a second change. Articles seldom are.
    """
    then_ns = time.time_ns() - _MINUTE_NS
    for path in paths:
        os.utime(path, ns=(then_ns, then_ns))
