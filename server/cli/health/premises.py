"""The site's folders: its articles, what is published, the catalog, the lock.

Nothing is written, and no file is made, not even one that SQLite would make to read.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from feeds import locks
from feeds.catalog import FILE_NAME, inspect
from feeds.errors import CatalogError, DamagedError, SettingsError
from feeds.output import MANIFEST, files_in, read_manifest
from feeds.pipeline.authority import SETTING, settled_authority
from feeds.pipeline.build import opened
from feeds.pipeline.gathering import article_files
from feeds.pipeline.recovery import learn_if_lost
from feeds.pipeline.registries import folder_notes
from feeds.settings import Settings, state_path
from server.cli.health.finding import Finding, Status
from server.cli.options import counted

_MIB = 1024 * 1024
_LOW_SPACE_BYTES = 100 * _MIB
_LOW_INODES = 0.01  # of all
_SLACK_S = 60  # by which clocks of file servers may well differ


def site_findings(settings: Settings, now: datetime, accept: str) -> Iterator[Finding]:
    """Yield how the folders that the settings name are found.

    `accept` is the command that accepts a loss.
    """
    output, state = Path(settings.output.path), state_path(settings)
    yield _zone(settings, now)
    yield _age(output, state, now)
    yield from _sources(settings)
    for what, folder in (("output", output), ("state", state)):
        yield _folder(what, folder)
    for what, folder in (("output", output), ("state", state)):
        yield _space(what, folder)
    yield _network(state)
    yield _lock(output, state)
    yield _published(output)
    for note in folder_notes(settings):
        yield Finding(status="ok", what=f"folder {note.path}", detail=note.expected)
    yield _catalog(state / FILE_NAME)
    yield from _held_back(state / FILE_NAME, accept)
    if settings.sources:
        yield from _identity(settings)


def _zone(settings: Settings, now: datetime) -> Finding:
    name = settings.site.time_zone
    there = now.astimezone(ZoneInfo(name)).isoformat(timespec="minutes")
    return Finding(status="ok", what="time zone", detail=f"{name}: {there}")


def _age(output: Path, state: Path, now: datetime) -> Finding:
    """Compare the clock with what builds left behind: both say what time it was."""
    times = [
        status.st_mtime
        for file in (output / MANIFEST, *_entries(state))
        if (status := _status(file))
    ]
    if not times:
        return Finding(status="ok", what="last build", detail="none yet")
    newest = datetime.fromtimestamp(int(max(times)), UTC)
    shown = f"{newest:%Y-%m-%dT%H:%M:%SZ}"
    if (newest - now).total_seconds() <= _SLACK_S:
        return Finding(status="ok", what="last build", detail=shown)
    detail = f"{shown} is later than now: was the clock set back?"
    return Finding(status="warn", what="last build", detail=detail)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _is_there(file: Path) -> bool:
    """Whether a file exists, for all that we may know."""
    try:
        return file.exists()
    except OSError:
        return True  # in a folder that is not ours to look into


def _sources(settings: Settings) -> Iterator[Finding]:
    if not settings.sources:
        detail = "none; give --source FOLDER, or a settings file with [[sources]]"
        yield Finding(status="warn", what="sources", detail=detail)
        return
    try:
        files, _ = article_files(settings)
    except SettingsError as error:
        yield Finding(status="fail", what="sources", detail=str(error))
        return
    for index, source in enumerate(settings.sources):
        mine = [file.file for file in files if file.source == index]
        # Asks for rights alone: reading them all is the business of `check`.
        shut = [file for file in mine if not os.access(file, os.R_OK)]
        yield _source(source.path, len(mine), shut)


def _source(path: str, count: int, shut: list[str]) -> Finding:
    what = f"source {path}"
    if shut:
        detail = f"{len(shut):,} of {count:,} files cannot be read, as {shut[0]}"
        return Finding(status="fail", what=what, detail=detail)
    status: Status = "ok" if count else "warn"
    return Finding(status=status, what=what, detail=counted(count, "article file"))


def _folder(what: str, folder: Path) -> Finding:
    """Say whether a build could write into a folder, made by it if need be."""
    what = f"{what} {folder}"
    existing = _existing(folder)
    if not existing.is_dir():
        detail = f"{existing} is not a folder"
        return Finding(status="fail", what=what, detail=detail)
    if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
        detail = f"{existing} cannot be written"
        return Finding(status="fail", what=what, detail=detail)
    detail = "writable" if existing == folder else f"will be made in {existing}"
    return Finding(status="ok", what=what, detail=detail)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    above = (folder, *folder.absolute().parents)
    return next((each for each in above if os.path.lexists(each)), folder)


def _space(what: str, folder: Path) -> Finding:
    try:
        system = os.statvfs(_existing(folder))
    except OSError as error:
        detail = f"cannot be told ({error.strerror})"
        return Finding(status="fail", what=f"{what} space", detail=detail)
    return _room(
        what,
        free_bytes=system.f_bavail * system.f_frsize,
        free_inodes=system.f_favail,
        all_inodes=system.f_files,
    )


def _room(what: str, *, free_bytes: int, free_inodes: int, all_inodes: int) -> Finding:
    """Judge the room on a file system; some count no inodes, and say there are 0."""
    inodes = f", {free_inodes:,} of {all_inodes:,} inodes" if all_inodes else ""
    is_low = free_bytes < _LOW_SPACE_BYTES or free_inodes < all_inodes * _LOW_INODES
    status: Status = "warn" if is_low else "ok"
    detail = f"{free_bytes / _MIB:,.0f} MiB free{inodes}"
    return Finding(status=status, what=f"{what} space", detail=detail)


def _network(state: Path) -> Finding:
    """Warn of a catalog on a file server: SQLite's WAL needs memory that is shared."""
    what = "state file system"
    kind = locks.kind_of(state)
    if not locks.is_served(kind):
        return Finding(status="ok", what=what, detail=kind or "cannot be told here")
    detail = f"{kind}: the catalog needs a disk of this machine; set output.state"
    return Finding(status="warn", what=what, detail=detail)


def _lock(output: Path, state: Path) -> Finding:
    files = {output: locks.OUTPUT_FILE, state: locks.STATE_FILE}
    try:
        held = [str(each) for each, file in files.items() if locks.is_held(each, file)]
    except OSError as error:
        detail = locks.told_without(Path(error.filename), error)
        return Finding(status="fail", what="lock", detail=detail)
    detail = f"a build is at work in {' and '.join(held)}" if held else "free"
    return Finding(status="ok", what="lock", detail=detail)


def _published(output: Path) -> Finding:
    what = "published"
    if not _is_there(output / MANIFEST):
        return Finding(status="ok", what=what, detail="nothing yet")
    manifest = read_manifest(output)
    if manifest is None:
        detail = f"{MANIFEST} cannot be read; the next build writes it anew"
        return Finding(status="warn", what=what, detail=detail)
    sizes = {file: size for file, (size, _) in files_in(output).items()}
    wrong = [
        each.file
        for document in manifest.documents
        for each in document.representations
        if sizes.get(each.file) != each.size_bytes
    ]
    if wrong:
        are = f"{counted(len(wrong), 'file')} {'is' if len(wrong) == 1 else 'are'}"
        detail = f"{are} lost or cut, as {wrong[0]}; build again"
        return Finding(status="warn", what=what, detail=detail)
    detail = f"{len(manifest.documents):,} documents, all whole"
    return Finding(status="ok", what=what, detail=detail)


def _catalog(file: Path) -> Finding:
    if not _is_there(file):
        return Finding(status="ok", what="catalog", detail="none yet")
    found = _examined(file)
    # Or else a build began between two looks at the file: look again.
    return found if found.status == "ok" else _examined(file)


def _examined(file: Path) -> Finding:
    try:
        size_bytes = file.stat().st_size
        with contextlib.closing(_opened(file)) as connection:
            version = inspect(connection, file, whole=True)
    except OSError as error:
        detail = f"{file}: cannot be read ({error.strerror})"
        return Finding(status="fail", what="catalog", detail=detail)
    except CatalogError as error:
        return Finding(status="fail", what="catalog", detail=str(error))
    except sqlite3.OperationalError as error:  # busy, or not ours: nothing is broken
        return Finding(status="fail", what="catalog", detail=f"{file}: {error}")
    except sqlite3.DatabaseError as error:
        damaged = DamagedError(file=str(file), fault=str(error))
        return Finding(status="fail", what="catalog", detail=str(damaged))
    detail = f"whole, version {version}, {size_bytes / _MIB:,.1f} MiB"
    return Finding(status="ok", what="catalog", detail=detail)


def _held_back(file: Path, accept: str) -> Iterator[Finding]:
    """Yield that articles are held back, if any are (see `feeds.loss`).

    Of a catalog that cannot be read another finding tells, and one that an older
    release has left knows of none.
    """
    if not _is_there(file):
        return
    with (
        contextlib.suppress(sqlite3.Error, OSError),
        contextlib.closing(_opened(file)) as connection,
    ):
        count, since_ts = connection.execute(
            "SELECT COUNT(*), MIN(gone_ts) FROM departed WHERE is_held"
        ).fetchone()
        if count:
            since = datetime.fromtimestamp(since_ts, UTC)
            articles = f"{counted(count, 'article')} {'is' if count == 1 else 'are'}"
            detail = (
                f"{articles} held back since {since:%Y-%m-%dT%H:%M:%SZ}, the files gone;"
                f" bring these back, or accept the loss: {accept}"
            )
            yield Finding(status="fail", what="loss", detail=detail)


def _identity(settings: Settings) -> Iterator[Finding]:
    """Yield under which authority ids are minted, as far as the catalog can be read."""
    what = "ids"
    try:
        with opened(settings, private=True) as catalog:
            learn_if_lost(catalog, settings)
            authority = settled_authority(catalog, settings)
            problems = [*authority.problems(catalog)]
    except CatalogError:  # told already
        return
    if authority.renewal:
        problems.append(authority.renewal.problem(is_done=False))
    if not problems:
        detail = f"begin with tag:{authority.name}:"
        yield Finding(status="ok", what=what, detail=detail)
    for each in problems:
        status: Status = "warn" if each.severity == "warning" else "ok"
        yield Finding(status=status, what=what, detail=f"{SETTING}: {each.expected}")


def _opened(file: Path) -> sqlite3.Connection:
    """Open a database without leaving a trace.

    SQLite reads a database in WAL mode through two companion files, and makes them
    when they are missing; "immutable" reads without them. Where they exist somebody
    has it open, or was killed, and part of the data is in them.
    """
    has_companions = all(
        file.with_name(file.name + end).exists() for end in ("-wal", "-shm")
    )
    how = "mode=ro" if has_companions else "mode=ro&immutable=1"
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True)
