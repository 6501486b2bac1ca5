"""What a build saw, kept so that the next one may end before it has begun.

Most builds of a crontab find nothing to do, and take longer to load what they would need
for it than to find that out. So a build that leaves nothing open writes down what it
depended on: who called it, the code, the settings, every article and registry file, the
catalog and the published files, each by what `stat` says. One that finds all of that as it
was has nothing to do. Whatever is unusual is not written down, and then all is looked at.

This module is loaded before all others, so it imports next to nothing. It trusts what the
build itself trusts: size, modification time and inode of articles.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from feeds.walk import facts_of, visible_files, walk, wanted

FILE_NAME = "unchanged.json"

Facts = tuple[int, ...]  # of a file: what tells one version from another


class Tree(NamedTuple):
    """A folder, and the patterns of what counts in it (see `feeds.walk.wanted`)."""

    folder: str
    include: Sequence[str]
    exclude: Sequence[str]


class Stamp(NamedTuple):  # no dataclass: to import those takes as long as all the rest
    """What a build saw, and what it would say if it saw the same again.

    `caller` is the digest of `caller_of`. It holds from the instant `since` until `until`
    (seconds since 1970; None: for good). `traces` and `places` are those of single files
    and folders, by path. `articles` and `registered` are digests of what counts in the
    folders `sources` and `registries`, without the folders `apart`; `published` that of
    the folder `output`, without files that have a trace. `said` is the report, as said at
    the instant `now`, or "".
    """

    caller: str
    since: int
    until: int | None
    traces: Mapping[str, str]
    places: Mapping[str, str]
    sources: Sequence[Tree]
    articles: str
    registries: Sequence[Tree]
    registered: str
    apart: Sequence[str]
    output: str
    published: str
    exit_code: int
    said: str
    now: str


def keep(stamp: Stamp, file: str) -> None:
    """Write a stamp in place of the one before.

    Without a sync: one that is lost costs a build, and one that is torn is none.

    Raises:
        OSError: it cannot be written.
    """
    coming = f"{file}.part"
    with open(coming, "w", encoding="ascii") as stream:
        json.dump(stamp._asdict(), stream)
    os.replace(coming, file)


def answer(file: str, caller: str, now_s: float) -> tuple[int, str] | None:
    """Return exit code and report of a build that would find nothing to do, or None.

    Args:
        file: Where the last build may have left its stamp.
        caller: Who asks (see `caller_of`).
        now_s: The instant of this build, in seconds since 1970.
    """
    try:
        with open(file, encoding="ascii") as stream:
            stamp = Stamp(**json.load(stream))
        if not _holds(stamp, caller, now_s):
            return None
        said = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s))
        return stamp.exit_code, stamp.said.replace(stamp.now, said, 1)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None  # there is none, or it is none of ours: the build itself will tell


def _holds(stamp: Stamp, caller: str, now_s: float) -> bool:
    """Whether all is as it was; what is quick to look at first."""
    is_now = stamp.since <= now_s and (stamp.until is None or now_s < stamp.until)
    return (
        is_now
        and stamp.caller == caller
        and all(trace_of(path) == known for path, known in stamp.traces.items())
        and all(place_of(path) == known for path, known in stamp.places.items())
        and _digest_in(stamp.registries, stamp.apart, exactly) == stamp.registered
        and _digest_in(stamp.sources, stamp.apart) == stamp.articles
        and digest_of(_published(stamp)) == stamp.published
    )


def _published(stamp: Stamp) -> Iterator[tuple[str, Facts]]:
    for path, status in visible_files(stamp.output):
        if f"{stamp.output}/{path}" not in stamp.traces:
            yield path, (status.st_size, status.st_mtime_ns // 1000)


def caller_of(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return a digest of what a process is: its words, where it stands, its code.

    Args:
        words: The command line.
        environ: The environment; only what Stoker reads of it counts.
    """
    ours = (f"{k}={v}" for k, v in environ.items() if k.startswith("STOKER_"))
    known = (environ.get(name, "") for name in ("HOME", "TZ", "PYTHONTZPATH"))
    around = (*known, os.getcwd())
    return _digest((sys.version, *around, "", *words, "", *sorted(ours), *_code()))


def _code() -> Iterator[str]:
    """Yield what changes with the version of anything that is imported.

    Whatever is installed or removed changes the folder of packages that it is in.
    """
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for package in ("feeds", "server"):
        for folder, _, names in sorted(os.walk(os.path.join(ours, package))):
            for name in sorted(names):
                if name.endswith(".py"):
                    yield trace_of(os.path.join(folder, name))
    for place in sys.path:
        if place.endswith("-packages") and os.path.isdir(place):
            yield f"{place} {os.stat(place).st_mtime_ns}"


def trace_of(file: str) -> str:
    """Return what changes whenever a file does, even if its times are set back."""
    try:
        status = os.stat(file)
    except OSError as error:
        return f"{file} {error.errno}"
    return f"{file} {status.st_ino} {status.st_ctime_ns} {facts_of(status)}"


def place_of(folder: str) -> str:
    """Return where a folder is in truth, and whether it is one."""
    real = os.path.realpath(folder)
    return f"{real}{os.sep}" if os.path.isdir(real) else real


def digest_of(files: Iterable[tuple[str, Facts]]) -> str:
    """Return a digest of files, in whatever order they come."""
    return _digest(sorted(f"{file} {facts}" for file, facts in files))


def files_in(
    trees: Iterable[Tree], apart: Collection[str]
) -> list[tuple[str, os.stat_result]] | None:
    """Return the files that count in some folders, by their real paths.

    None where one cannot be an article, such as a pipe, or a folder cannot be read.

    Raises:
        OSError: one of these folders cannot be read.
    """
    hidden = frozenset(map(os.path.realpath, apart))
    found: list[tuple[str, os.stat_result]] = []
    for folder, include, exclude in trees:
        is_wanted = wanted(tuple(include), tuple(exclude))
        for relative, file, status in walk(os.path.realpath(folder), hidden):
            if not (is_wanted(relative) or relative.endswith("/")):
                continue
            if not isinstance(status, os.stat_result):
                return None
            found.append((file, status))
    return found


def exactly(status: os.stat_result) -> Facts:
    """Return facts of a file to which it counts even who may read it."""
    return (*facts_of(status), status.st_ctime_ns)


def _digest_in(
    trees: Iterable[Tree],
    apart: Collection[str],
    facts: Callable[[os.stat_result], Facts] = facts_of,
) -> str | None:
    found = files_in(trees, apart)
    if found is None:
        return None
    return digest_of((file, facts(status)) for file, status in found)


def _digest(parts: Iterable[str]) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return blake2b(text, digest_size=16).hexdigest()
