"""The catalog's file: opened to be written, or looked at without leaving a trace."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feeds.catalog.cache import Cache
from feeds.catalog.ledger import LedgerTables
from feeds.catalog.lineages import Lineages
from feeds.catalog.placements import Placements
from feeds.catalog.schema import prepare
from feeds.errors import CatalogError, DamagedError

FILE_NAME = "catalog.sqlite3"
_LOG = "-wal"  # what SQLite has not folded into the file
_COMPANIONS = (_LOG, "-shm")  # and its index
# There is one writer, under the lock; it may wait for another's backup.
_BUSY_TIMEOUT_S = 5
_COPIES = 3  # of a file that a build changes while it is copied
_DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


class Catalog(Cache, Placements, LedgerTables, Lineages):
    """The open catalog; one transaction from `open_catalog` to `commit`.

    Its parts share nothing but the connection, and two of them the table last_good.
    """

    def __init__(self, connection: sqlite3.Connection, where: Path) -> None:
        self._db = connection
        self._where = where

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        self._db.commit()

    @contextlib.contextmanager
    def as_committed(self) -> Iterator["Catalog"]:
        """Yield the catalog as it was when last committed, to be looked at alone."""
        (row,) = self._db.execute("PRAGMA database_list").fetchall()[:1]
        file = Path(row[2]).as_uri()
        connection = sqlite3.connect(f"{file}?mode=ro", uri=True)
        try:
            yield Catalog(connection, self._where)
        finally:
            connection.close()

    def version(self) -> str:
        """Return what changes whenever anybody else commits, or moves a file away.

        What goes into a log that was moved away or deleted, nobody else would ever see.
        """
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        log = self._where.with_name(f"{self._where.name}{_LOG}")
        return f"{_stamp(self._where)[:1]} {_stamp(log)[:1]} {version}"


@contextlib.contextmanager
def open_catalog(folder: Path, *, private: bool = False) -> Iterator[Catalog]:
    """Open the catalog in `folder`; a private one is a copy that nobody else sees.

    What was not committed is rolled back on leaving.

    Raises:
        DamagedError: the file is damaged or no catalog: when opened, or when it is
            found on the way.
        CatalogError: it cannot be opened, or a newer release has made it.
    """
    where = folder / FILE_NAME
    with contextlib.ExitStack() as held:
        file = held.enter_context(private_copy(where)) if private else where
        with translated_errors(where):
            connection = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S)
            held.callback(connection.close)
            if private:
                # Not worth a single wait for the disk.
                connection.execute("PRAGMA synchronous = OFF")
            prepare(connection, where)
            yield Catalog(connection, where)


@contextlib.contextmanager
def translated_errors(where: Path) -> Iterator[None]:
    """Raise what SQLite says of a file as errors of ours.

    Raises:
        DamagedError: it is damaged, or no database.
        CatalogError: it cannot be opened, read or written.
    """
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise DamagedError(file=str(where), fault=str(error)) from error
        raise CatalogError(f"{where}: {error}") from error


@contextlib.contextmanager
def private_copy(where: Path) -> Iterator[Path]:
    """Copy a database to where only we see it, with what is not yet folded into it.

    SQLite itself reads through companion files, which it makes, folds in and removes:
    not what somebody expects who only looks. Copying the bytes takes a third of the
    time that SQLite's backup into memory does, and none of the memory.

    Raises:
        CatalogError: it cannot be read, or was changed each time.
    """
    with tempfile.TemporaryDirectory(prefix="stoker-") as folder:
        file = Path(folder) / where.name
        try:
            is_whole = any(_is_copied(where, file) for _ in range(_COPIES))
        except OSError as error:
            how = f"cannot be copied to {folder}, to be looked at ({error.strerror})"
            raise CatalogError(f"{where}: {how}") from error
        if not is_whole:
            how = "a build changed it each time it was copied, to be looked at"
            raise CatalogError(f"{where}: {how}; try again when that is done")
        yield file


def _is_copied(where: Path, file: Path) -> bool:
    """Copy a database; return whether it stayed as it was meanwhile.

    A build may have folded in what it had written beside the file: then some of its
    pages are old and some new, and nothing in them would tell.
    """
    before = _stamp(where)
    _copy(where, file)
    return _stamp(where) == before


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except FileNotFoundError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _copy(where: Path, file: Path) -> None:
    for end in ("", _LOG):
        copy = file.with_name(f"{file.name}{end}")
        copy.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(where.with_name(f"{where.name}{end}"), copy)


def set_aside(folder: Path, now: datetime) -> Path:
    """Rename a damaged catalog with its companions; return what it is called now.

    Raises:
        CatalogError: it cannot be renamed.
    """
    where = folder / FILE_NAME
    name = f"{FILE_NAME}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    aside = folder / name
    number = 1
    while aside.exists():
        number += 1
        aside = folder / f"{name}-{number}"
    try:
        # The file last: without it, nobody would ask for the others.
        for end in (*_COMPANIONS, ""):
            with contextlib.suppress(FileNotFoundError):
                where.with_name(f"{FILE_NAME}{end}").rename(f"{aside}{end}")
    except OSError as error:
        raise CatalogError(f"{where}: {error.strerror}") from error
    return aside
