"""Folders of other people's files: which of them count, and what tells their versions apart.

Nothing here opens a file, or follows a link out of its folder. It imports next to
nothing, so that a process may look before it loads what it would need to do something.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import translate
from functools import lru_cache

_LATEST_NS = 2**63 - 1
# Two changes within one tick of a file system's clock leave one mtime. Linux ticks every
# 4 to 10 ms, FAT every 2 s; and of a file server's clock this much may be wrong.
_RACY_NS = 2_000_000_000
_HIDDEN = (".", "#", "~$")  # Emacs locks and saves "#x#", office programs lock "~$x"
_LEFT_BEHIND = (
    *("~", ".bak", ".swp", ".swo", ".swx", ".tmp", ".part"),
    *("___jb_tmp___", "___jb_old___"),
)
VIM_PROBE = "4913"  # Vim makes a file of this name to see whether it may
_KINDS = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
)


# Of a file: its status, or why it is not opened; or why nobody can tell.
Found = os.stat_result | str | OSError


def walk(root: str, hidden: Collection[str]) -> Iterator[tuple[str, str, Found]]:
    """Yield (relative path, path, what was found) of each file that is not hidden.

    And of each folder that cannot be read: its relative path ends with "/".

    Raises:
        OSError: `root` itself cannot be read.
    """
    waiting = [(root, "")]  # a stack of our own: folders nest deeper than Python calls
    while waiting:
        folder, prefix = waiting.pop()
        try:
            entries = _visible(folder)
        except OSError as error:
            if not prefix:
                raise
            yield prefix, folder, error
            continue
        for entry in entries:
            if entry.path in hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            elif found := _status(entry, root):
                yield prefix + entry.name, entry.path, found


def visible_files(
    folder: str, prefix: str = ""
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield (relative path, status) of each regular file that is not named ".…"."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, PermissionError):
        return  # not there yet, or not ours
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from visible_files(entry.path, f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            yield prefix + entry.name, entry.stat(follow_symlinks=False)


def _visible(folder: str) -> list[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return []  # deleted since its parent was read
    seen = [entry for entry in entries if not is_passed_over(entry.name)]
    # A folder's own order is that of its making, and no two machines have the same.
    return sorted(seen, key=lambda entry: entry.name)


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or what an editor left behind."""
    return name.startswith(_HIDDEN) or name.endswith(_LEFT_BEHIND)


def _status(entry: os.DirEntry[str], root: str) -> Found:
    """Return the status of a regular file that lies inside `root`.

    Else why it is passed over, "" when it is gone, or what forbids to look.
    """
    is_link = entry.is_symlink()
    try:
        status = entry.stat()
    except OSError as error:
        if is_link and error.errno in _LINKS:
            return _LINKS[error.errno]
        return "" if error.errno in _GONE else error
    if is_link and not is_within(os.path.realpath(entry.path), root):
        return "expected a link that stays inside its source folder"
    if not stat.S_ISREG(status.st_mode):
        kinds = (name for is_kind, name in _KINDS if is_kind(status.st_mode))
        return f"expected a regular file, not a {next(kinds, 'device')}"
    return status if entry.name != VIM_PROBE else ""


_GONE = frozenset((errno.ENOENT, errno.ENOTDIR))  # since its folder was read
_LINKS = {
    errno.ENOENT: "expected a file; the link leads nowhere",
    errno.ELOOP: "expected a file; the link leads back to itself",
}


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder's or that of something in it; both of one kind."""
    return path == folder or path.startswith(folder + os.sep)


def facts_of(status: os.stat_result) -> tuple[int, int, int]:
    """Return size, modification time and inode: what tells one version from another."""
    # Both as SQLite can hold them: some file systems number inodes by a hash.
    mtime_ns = max(0, min(status.st_mtime_ns, _LATEST_NS))
    return status.st_size, mtime_ns, status.st_ino % 2**63


def is_racy(mtime_ns: int, clock_ns: int) -> bool:
    """Whether a file may change after this instant without a trace in its facts."""
    return mtime_ns >= clock_ns - _RACY_NS


@lru_cache(maxsize=64)
def wanted(include: tuple[str, ...], exclude: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether a file with this path in its folder is asked for.

    A pattern with "/" is matched against the whole relative path, others against the
    file's name, whatever its case.
    """
    (names, paths), (no_names, no_paths) = _expressions(include), _expressions(exclude)

    def is_wanted(relative: str) -> bool:
        name = relative[relative.rfind("/") + 1 :].lower()
        if not (names(name) or paths(relative)):
            return False
        return not (no_paths(relative) or no_names(name))

    return is_wanted


_Test = Callable[[str], object]


def _expressions(patterns: Sequence[str]) -> tuple[_Test, _Test]:
    """Return one expression for file names in lower case, one for relative paths.

    `fnmatch` itself, asked for each file and pattern, took half the time of a scan.
    """
    names = [translate(each.lower()) for each in patterns if "/" not in each]
    paths = [translate(each) for each in patterns if "/" in each]
    return _any_of(names), _any_of(paths)


def _any_of(expressions: Sequence[str]) -> _Test:
    return re.compile("|".join(expressions)).match if expressions else _no


def _no(_text: str) -> bool:
    return False
