"""Leaves the stamp of a build, for the next one to end by (see `feeds.stamp`)."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feeds import stamp, zones
from feeds.catalog import FILE_NAME
from feeds.output import MANIFEST
from feeds.pipeline.basis import installed_files
from feeds.pipeline.gathering import Gathered
from feeds.pipeline.layouts import site_of
from feeds.pipeline.registries import FOLDER_NAMES
from feeds.pipeline.report import Report
from feeds.pipeline.shelf import Shelf
from feeds.settings import (
    SETTINGS_FILE,
    Settings,
    apart,
    data_folders,
    passed_by,
    state_path,
)
from feeds.walk import is_racy


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a build will depend on beside its articles, looked at before it began.

    `clock_ns` is when, as files are dated; the others are as in a `Stamp`.
    """

    settings: Settings
    clock_ns: int
    caller: str
    traces: dict[str, str]
    places: dict[str, str]
    registries: tuple[stamp.Tree, ...]
    registered: str


def look(
    settings: Settings, settings_trace: tuple[str, str], caller: str, clock_ns: int
) -> Seen | None:
    """Return what a build by these settings will depend on; None: on more than that.

    Args:
        settings: The settings.
        settings_trace: Their file with its trace, from before it was read.
        caller: Who builds (see `feeds.stamp.caller_of`).
        clock_ns: This instant, as files are dated.
    """
    if any(each.undated == "git" or each.media_path for each in settings.sources):
        return None
    folders = [str(folder) for folder, _ in data_folders(settings)]
    # What is not read, but told of if there is anything to read.
    folders += [
        str(folder / name) for folder in passed_by(settings) for name in FOLDER_NAMES
    ]
    registries = tuple(stamp.Tree(folder, ("*",), ()) for folder in folders)
    try:
        found = stamp.files_in(registries, apart(settings))
    except OSError:
        return None
    if found is None or any(is_racy(s.st_mtime_ns, clock_ns) for _, s in found):
        return None
    around = [file for each in settings.sources for file in site_of(each.path).seen]
    if any(_is_racy(file, clock_ns) for file in around):
        return None
    roots = (*folders, *(each.path for each in settings.sources))
    zone_files = zones.candidates(settings.site.time_zone)
    traced = (*installed_files(), *zone_files, *around)
    files = [str(file) for file in traced]
    return Seen(
        settings=settings,
        clock_ns=clock_ns,
        caller=caller,
        traces={**{f: stamp.trace_of(f) for f in files}, **dict([settings_trace])},
        places={root: stamp.place_of(root) for root in roots},
        registries=registries,
        registered=stamp.digest_of((f, stamp.exactly(status)) for f, status in found),
    )


def trace_of_settings(config: str | None, clock_ns: int) -> tuple[str, str] | None:
    """Return the settings file, be it there or not, with its trace.

    None for one that may change without a trace, or is no regular file.
    """
    path = Path(config or SETTINGS_FILE).absolute()
    if path.exists() and (
        not path.is_file() or is_racy(path.stat().st_mtime_ns, clock_ns)
    ):
        return None
    return str(path), stamp.trace_of(str(path))


def _is_racy(file: str, clock_ns: int) -> bool:
    try:
        return is_racy(os.stat(file).st_mtime_ns, clock_ns)  # noqa: PTH116
    except OSError:
        return False  # not there: should it come, that leaves a trace


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
    if _is_open(seen, found, report):
        return
    made = _stamp_of(seen, found, shelf, report)
    file = state_path(seen.settings) / stamp.FILE_NAME
    with contextlib.suppress(OSError):  # then the next build looks at everything
        stamp.keep(made._replace(exit_code=code, said=said), str(file))


def _is_open(seen: Seen, found: Gathered, report: Report) -> bool:
    """Whether the next build looks again at something, or says less."""
    return (
        bool(found.unsettled)
        or "late" in found.outcomes
        or bool(found.passed_over)
        or bool(found.losses.problems)  # to be told by each build
        or any(each.severity == "note" for each in found.problems)
        or len(report.problems) > len(found.all_problems)
        or any(is_racy(each.mtime_ns, seen.clock_ns) for each in found.files.values())
    )


def _stamp_of(seen: Seen, found: Gathered, shelf: Shelf, report: Report) -> stamp.Stamp:
    settings = seen.settings
    state, output = state_path(settings), Path(settings.output.path)
    files = (state / FILE_NAME, state / f"{FILE_NAME}-wal", output / MANIFEST)
    until = report.next_change
    return stamp.Stamp(
        caller=seen.caller,
        since=int(report.now.timestamp()),
        until=int(until.timestamp()) if until else None,
        traces=seen.traces | {file: stamp.trace_of(file) for file in map(str, files)},
        places=seen.places,
        sources=[
            stamp.Tree(each.path, each.include, each.exclude)
            for each in settings.sources
        ],
        articles=stamp.digest_of(
            (file.file, (file.size_bytes, file.mtime_ns, file.inode))
            for file in found.files.values()
        ),
        registries=seen.registries,
        registered=seen.registered,
        apart=apart(settings),
        output=str(output),
        published=stamp.digest_of(_published(shelf, report)),
        exit_code=0,
        said="",
        now=f"{report.now:%Y-%m-%dT%H:%M:%SZ}",
    )


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
