"""Locks: while one builds, nobody else does; a kill lets go of them.

A lock is one on a file. One on a folder is seen by this machine alone where the folder is
on a file server (NFS), or refused there. The state folder has such a file; the output
folder, which is copied and served as it is, gets one only where the folder's own lock may
not do. The folders themselves are locked as well, where the system lets: on a disk that is
as good, and versions before this one do nothing else.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from feeds.errors import BusyError, PublishError

OUTPUT_FILE = ".stoker-lock"
STATE_FILE = "catalog.lock"
_SERVED = frozenset(
    ("9p", "afs", "ceph", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs")
)
# Who holds a lock of the other kind, fcntl's, is told by some file servers like this.
_HELD = frozenset((errno.EAGAIN, errno.EACCES))


def kind_of(folder: Path) -> str:
    """Return the type of the file system of a folder; "" where that cannot be told."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:
        return ""
    return kind_among(mounts, os.path.realpath(folder))


def kind_among(mounts: str, path: str) -> str:
    """Return the file system type of `path`, by the table of mounts (proc(5))."""
    found = [line.split(" ")[1:3] for line in mounts.split("\n") if line.count(" ") > 1]
    within = [
        (len(point), number, kind)
        for number, (point, kind) in enumerate(found)
        if f"{path}/".startswith(f"{point.replace(_BLANK, ' ').rstrip('/')}/")
    ]
    return max(within)[2] if within else ""  # of two at one point, the later hides


_BLANK = "\\040"


def is_served(kind: str) -> bool:
    """Whether a file system of this type is on another machine."""
    return kind in _SERVED


@contextlib.contextmanager
def building(output: Path, state: Path) -> Iterator[None]:
    """Hold the locks of both folders, which are made if need be.

    Raises:
        BusyError: another process holds one.
        PublishError: a folder cannot be made or opened, or its file system has no locks.
    """
    file = OUTPUT_FILE if is_served(kind_of(output)) else None
    with locked(output, file), locked(state, STATE_FILE):
        yield


@contextlib.contextmanager
def locked(folder: Path, file: str | None) -> Iterator[None]:
    """Hold the lock of a folder, which is made if need be.

    Args:
        folder: Locked as well as its file, where the system lets.
        file: The name of the file in it to lock; None for none, unless the folder
            cannot be locked.

    Raises:
        BusyError: another process holds it.
        PublishError: the folder cannot be made or opened, or its file system has no
            locks.
    """
    with contextlib.ExitStack() as held:
        is_locked = _has_locked_folder(folder, held)
        if file is None and is_locked:
            yield
            return
        place = folder / (file or OUTPUT_FILE)
        try:
            # For writing: NFS refuses to lock anything else (flock(2)).
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise PublishError(f"{place}: {error.strerror}") from error
        held.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                raise BusyError(str(folder)) from error
            place.unlink(missing_ok=True)  # of no use to anybody
            raise PublishError(told_without(folder, error)) from error
        yield


def _has_locked_folder(folder: Path, held: contextlib.ExitStack) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PublishError(f"{folder}: {error.strerror}") from error
    held.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError(str(folder)) from error
    except OSError:
        return False  # then it is the file that counts
    return True


def told_without(folder: Path, error: OSError) -> str:
    """Return what to say of a folder in which nothing can be locked."""
    return (
        f"{folder}: cannot be locked ({error.strerror}): expected a file system with"
        " locks; mount it with them, or set output.path and output.state to folders on a"
        " disk of this machine"
    )


def is_held(folder: Path, file: str) -> bool:
    """Whether a build holds the lock of a folder; one that was killed lets go of it.

    Nothing is made: as long as there is no file to be locked, the folder alone is asked.

    Raises:
        OSError: there are no locks; its `filename` is what cannot be locked.
    """
    return any(_is_held(place) for place in (folder / file, folder))


def _is_held(place: Path) -> bool:
    try:
        handle = os.open(place, os.O_RDONLY)
    except OSError:
        return False  # not there, or not ours: another finding says so
    try:
        # Shared, and for an instant: there is no way to ask without trying.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return True
        if error.errno == errno.EBADF:
            return False  # folders cannot be locked there, files can
        raise OSError(error.errno, error.strerror, str(place)) from error
    finally:
        os.close(handle)
    return False
