"""The output folder: staged writes, atomic publication, the manifest.

A publication is: every changed file as a temporary in a staging folder, one sync of
the file system, the renames, a sync of the folders touched, the manifest, and
deletions last. A kill between any two of these leaves each document whole, old or
new, and a manifest that names no missing file. What a killed build left behind is
swept by the next one, under the lock. Files that Stoker did not write are never
touched.
"""

import contextlib
import ctypes
import itertools
import os
import shutil
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Self

from feeds.errors import PublishError
from feeds.snapshot import Manifest, parse_manifest
from feeds.walk import visible_files

MANIFEST = "manifest.json"
_STAGING = ".stoker-staging"
# Up to here a sync per file is cheaper than one of a whole, perhaps busy, file system.
_FEW_FILES = 8
_LATEST_S = 2**33  # in the year 2242; other people's files may claim any date


def read_manifest(root: Path) -> Manifest | None:
    """Return the manifest in `root`; None when there is none that can be read."""
    try:
        return parse_manifest((root / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None  # the next publication writes a whole one


def version_of(root: Path) -> str:
    """Return what tells the manifest in `root` from every other one; "" without one.

    Each publication renames a file of its own into place, and nobody can set the time
    at which that was done.
    """
    try:
        status = (root / MANIFEST).stat()
    except OSError:
        return ""
    return f"{status.st_ino}-{status.st_ctime_ns}-{status.st_size}"


def files_in(root: Path) -> dict[str, tuple[int, datetime]]:
    """Return size and modification time (UTC) of each file in `root`.

    Keys are relative, with "/"; hidden files and folders are passed over.
    """
    found = {}
    for path, status in visible_files(str(root)):
        seconds, rest_ns = divmod(status.st_mtime_ns, 10**9)
        modified = datetime.fromtimestamp(max(0, min(seconds, _LATEST_S)), UTC)
        exactly = modified.replace(microsecond=rest_ns // 1000)
        found[path] = (status.st_size, exactly)
    return found


class Publication:
    """The files of one publication: `stage` each from any thread, then `commit`.

    Used as a context manager under a lock (`feeds.locks`); leaving it drops what was staged and
    not committed. A dry run only notes the names of what it is given.
    """

    def __init__(self, root: Path, *, dry_run: bool = False) -> None:
        self._root = root
        self._dry_run = dry_run
        self._staging = root / _STAGING
        self._staged: dict[str, str] = {}
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        """Sweep what a killed build left, and begin."""
        if not self._dry_run:
            self._drop_staging()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove temporaries that were not committed."""
        if not self._dry_run:
            self._drop_staging()

    @property
    def files(self) -> tuple[str, ...]:
        """The files staged so far, sorted."""
        return tuple(sorted(self._staged))

    def stage(self, file: str, content: bytes, modified: datetime) -> None:
        """Write `content` as the coming version of `file`, dated `modified`.

        Raises:
            PublishError: it could not be written.
        """
        temporary = str(self._staging / str(next(self._numbers)))
        if self._dry_run:
            self._staged[file] = temporary
            return
        try:
            self._write(temporary, content, modified)
        except OSError as error:
            raise PublishError(f"{file}: {error.strerror}") from error
        self._staged[file] = temporary

    def commit(
        self, manifest: bytes, stale: Collection[str], *, modified: datetime
    ) -> None:
        """Make the staged files and the manifest visible, then remove `stale` files.

        Raises:
            PublishError: something could not be written; whatever was published
                before is still whole.
        """
        try:
            self._sync_staged()
            _sync_folders(self._rename_all())
            self.stage(MANIFEST, manifest, modified)
            _sync_file(self._staged[MANIFEST])
            self._staged_to_place(MANIFEST)
            _sync_folders({self._root})
            self._remove(stale)
        except OSError as error:
            place = error.filename2 or error.filename
            raise PublishError(f"{place}: {error.strerror}") from error

    def _write(self, temporary: str, content: bytes, modified: datetime) -> None:
        seconds = int(modified.timestamp())
        try:
            handle = open(temporary, "xb", buffering=0)  # noqa: PTH123, SIM115
        except FileNotFoundError:
            self._staging.mkdir(parents=True, exist_ok=True)
            handle = open(temporary, "xb", buffering=0)  # noqa: PTH123, SIM115
        with handle:
            written = handle.write(content)
            while written < len(content):  # a signal or a full disk cut it short
                written += handle.write(content[written:])
            os.utime(handle.fileno(), (seconds, seconds))

    def _sync_staged(self) -> None:
        if not self._staged:
            return
        if len(self._staged) > _FEW_FILES and _sync_file_system(self._staging):
            return
        for temporary in self._staged.values():
            _sync_file(temporary)

    def _rename_all(self) -> set[Path]:
        """Rename all staged files into place; return the folders to sync."""
        for file in self.files:
            self._staged_to_place(file)
        nearest = {PurePosixPath(folder) for folder in map(os.path.dirname, self.files)}
        parents = chain.from_iterable((folder, *folder.parents) for folder in nearest)
        return {self._root / parent for parent in parents}

    def _staged_to_place(self, file: str) -> None:
        target = self._root / file
        try:
            os.replace(self._staged[file], target)  # noqa: PTH105
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._staged[file], target)  # noqa: PTH105

    def _remove(self, stale: Collection[str]) -> None:
        for file in stale:
            (self._root / file).unlink(missing_ok=True)
        parents = {
            parent for file in stale for parent in PurePosixPath(file).parents[:-1]
        }
        for parent in sorted(parents, key=lambda path: -len(path.parts)):
            with contextlib.suppress(OSError):  # not empty: somebody else's files
                (self._root / parent).rmdir()

    def _drop_staging(self) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staged.clear()


def _sync_file(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folders(folders: Collection[Path]) -> None:
    for folder in sorted(folders):
        _sync_file(str(folder))


def _sync_file_system(folder: Path) -> bool:
    """Sync the whole file system of `folder`; False where there is no such call."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        if libc.syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)
    return True
