"""Leaves the stamp of a build, for the next one to end by (see `feeds.stamp`)."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feeds import stamp
from feeds.catalog import FILE_NAME
from feeds.output import MANIFEST
from feeds.pipeline.gathering import Gathered
from feeds.pipeline.report import Report
from feeds.pipeline.shelf import Shelf
from feeds.settings import SETTINGS_FILE, Loaded, Settings, data_folders, state_path
from feeds.walk import is_racy

_ALL = (("*",), ())  # include, exclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a build will depend on beside its articles, looked at before it began."""

    settings: Settings
    given: str
    clock_ns: int
    settings_file: tuple[str, str]
    registries: tuple[stamp.Tree, ...]
    registered: str


def look(loaded: Loaded, settings_fact: tuple[str, str], clock_ns: int) -> Seen | None:
    """Return what a build by these settings will depend on; None: on more than files.

    Args:
        loaded: The settings.
        settings_fact: The settings file with its fact, from before it was read.
        clock_ns: This instant, as files are dated.
    """
    settings = loaded.settings
    if any(each.undated == "git" or each.media_path for each in settings.sources):
        return None
    registries = tuple((str(folder), *_ALL) for folder, _ in data_folders(settings))
    try:
        registered = stamp.digest_in(registries, _apart(settings), exactly=True)
    except OSError:
        return None
    return Seen(
        settings=settings,
        given=stamp.given(sys.argv[1:], os.environ),
        clock_ns=clock_ns,
        settings_file=settings_fact,
        registries=registries,
        registered=registered,
    )


def settings_fact(config: str | None) -> tuple[str, str]:
    """Return the path of the settings file, be it there or not, and its fact."""
    path = str(Path(config or SETTINGS_FILE).absolute())
    return path, stamp.fact(path)


def keep(
    seen: Seen, found: Gathered, shelf: Shelf, report: Report, *, code: int, said: str
) -> None:
    """Write the stamp of a build that left nothing open, while no other build begins.

    Args:
        seen: What it depended on.
        found: The articles it found.
        shelf: What is published now.
        report: What it did.
        code: The exit code of a build that does nothing after this one.
        said: What that would print, dated `report.now`.
    """
    if not seen.registered or _is_open(seen, found, report):
        return
    settings = seen.settings
    state, output = state_path(settings), Path(settings.output.path)
    files = (state / FILE_NAME, state / f"{FILE_NAME}-wal", output / MANIFEST)
    until = report.next_change
    kept = stamp.Stamp(
        given=seen.given,
        since=int(report.now.timestamp()),
        until=int(until.timestamp()) if until else None,
        files=dict(
            [seen.settings_file, *((f, stamp.fact(f)) for f in map(str, files))]
        ),
        sources=[(each.path, each.include, each.exclude) for each in settings.sources],
        articles=stamp.digest_of(
            (file.file, (file.size_bytes, file.mtime_ns, file.inode))
            for file in found.files.values()
        ),
        registries=seen.registries,
        registered=seen.registered,
        apart=_apart(settings),
        output=str(output),
        published=stamp.digest_of(_published(shelf, report)),
        exit_code=code,
        said=said,
        now=f"{report.now:%Y-%m-%dT%H:%M:%SZ}",
    )
    with contextlib.suppress(OSError):  # then the next build looks at everything
        stamp.keep(kept, str(state / stamp.FILE_NAME))


def _is_open(seen: Seen, found: Gathered, report: Report) -> bool:
    """Whether the next build looks again at something, or says less."""
    return (
        bool(found.unsettled)
        or "late" in found.outcomes
        or any(each.severity == "note" for each in found.problems)
        or len(report.problems) > len(found.all_problems)
        or any(is_racy(each.mtime_ns, seen.clock_ns) for each in found.files.values())
    )


def _apart(settings: Settings) -> tuple[str, str]:
    return settings.output.path, str(state_path(settings))


def _published(shelf: Shelf, report: Report) -> Iterator[tuple[str, stamp.Facts]]:
    """Yield what the output folder holds now, by what was written and not by a look.

    So a file that is edited by hand meanwhile differs.
    """
    removed = {*report.removed, MANIFEST}
    for path, (size_bytes, modified) in shelf.files.items():
        if path not in removed:
            yield path, (size_bytes, _microseconds(modified))


def _microseconds(instant: datetime) -> int:
    whole_s = int(instant.replace(microsecond=0).timestamp())
    return whole_s * 1_000_000 + instant.microsecond
