"""Source folders: which article files are there, and their bytes.

A scan never leaves its folder, follows no link out of it, opens nothing but regular
files, and passes over hidden files and what editors leave behind.
"""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from feeds.article import SourceFile
from feeds.errors import ArticleError, Problem, SettingsError

_LATEST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One source: a folder (or file), and which files in it count.

    A pattern with "/" is matched against the whole relative path, others against the
    file's name, whatever its case.
    """

    path: str
    name: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]


def scan(
    sources: Sequence[Folder], *, apart: Collection[str] = ()
) -> tuple[list[SourceFile], list[Problem]]:
    """Return all article files sorted by path, and what is wrong with some.

    Of two files with one identity the first source's counts, the other is a problem.
    Nothing in the folders `apart`, where we write ourselves, is an article.

    Raises:
        SettingsError: a source cannot be read, or lies within another or in `apart`.
    """
    hidden = frozenset(os.path.realpath(folder) for folder in apart)
    _refuse_overlaps(sources, hidden)
    found: dict[str, SourceFile] = {}
    problems = []
    for index, (source, prefix) in enumerate(
        zip(sources, prefixes(sources), strict=True)
    ):
        for file in _files(index, source, prefix, hidden):
            other = found.setdefault(file.path, file)
            if other is not file:
                expected = (
                    f"expected a path of its own, but {_legible(other.file)} has it too"
                )
                problems.append(Problem(path=file.path, expected=expected))
    return [found[path] for path in sorted(found)], problems


def prefixes(sources: Sequence[Folder]) -> list[str]:
    """Return what precedes the identities of each source's files.

    A source with a name: that. The first of the others: nothing, so that a site with
    one source may move. Further ones: their folder's name, numbered when taken.
    """
    taken = {source.name for source in sources}
    chosen: list[str] = []
    for source in sources:
        name = source.name
        if not name and "" in chosen:
            stem = Path(source.path).name or "source"
            names = [stem, *(f"{stem}-{n}" for n in range(2, len(sources) + 2))]
            name = next(n for n in names if n not in taken)
            taken.add(name)
        chosen.append(f"{name}/" if name else "")
    return chosen


def read(file: SourceFile, limit_bytes: int) -> bytes:
    """Return the file's bytes.

    Raises:
        ArticleError: it is too large or cannot be read.
    """
    if file.size_bytes > limit_bytes:
        expected = f"expected at most {limit_bytes} bytes, not {file.size_bytes}"
        raise ArticleError(Problem(path=file.path, expected=expected))
    try:
        # Non-blocking: should it have become a pipe since the scan.
        handle = os.open(file.file, os.O_RDONLY | os.O_NONBLOCK)
        with open(handle, "rb") as stream:  # noqa: PTH123 - it is open already
            return stream.read(limit_bytes + 1)
    except OSError as error:
        expected = f"expected a readable file ({error.strerror})"
        raise ArticleError(Problem(path=file.path, expected=expected)) from error


def _refuse_overlaps(sources: Sequence[Folder], hidden: Collection[str]) -> None:
    """Refuse sources that would publish a file twice, or what we publish."""
    roots = [os.path.realpath(source.path) for source in sources]
    for index, root in enumerate(roots):
        others = [*roots[:index], *hidden]
        other = next((o for o in others if _is_within(root, o)), None)
        other = other or next((o for o in roots[:index] if _is_within(o, root)), None)
        if other:
            raise SettingsError(
                key=f"sources[{index}].path",
                expected=f"expected a folder apart from {other}",
                value=root,
            )


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _files(
    index: int, source: Folder, prefix: str, hidden: Collection[str]
) -> Iterator[SourceFile]:
    root = os.path.realpath(source.path)
    try:
        status = os.stat(root)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode):
            os.listdir(root)  # noqa: PTH208 - only to learn whether it is one we may read
    except OSError as error:
        raise SettingsError(
            key=f"sources[{index}].path",
            expected=f"expected a folder of articles ({error.strerror})",
            value=source.path,
        ) from error
    if stat.S_ISREG(status.st_mode):
        yield _source_file(index, prefix + Path(root).name, root, status)
        return
    try:
        for relative, file, status in _walk(root, hidden):
            if _is_wanted(relative, source):
                yield _source_file(index, prefix + relative, file, status)
    except OSError as error:
        # Passed over, its articles would leave their feeds.
        raise SettingsError(
            key=f"sources[{index}].path",
            expected=f"expected folders that can be read ({error.strerror})",
            value=error.filename,
        ) from error


def _walk(
    root: str, hidden: Collection[str]
) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield (relative path, path, status) of each regular file that is not hidden."""
    waiting = [(root, "")]  # a stack of our own: folders nest deeper than Python calls
    while waiting:
        folder, prefix = waiting.pop()
        for entry in _visible(folder):
            if entry.path in hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            elif status := _regular(entry, root):
                yield prefix + entry.name, entry.path, status


def _visible(folder: str) -> list[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return []  # deleted since its parent was read
    return [entry for entry in entries if not _is_passed_over(entry.name)]


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp", ".part"))


def _regular(entry: os.DirEntry[str], root: str) -> os.stat_result | None:
    """Return the status of a regular file that lies inside `root`, else None."""
    try:
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if not target.startswith(root + os.sep):
                return None
        status = entry.stat()
    except OSError:
        return None  # a dangling or circular link, or just deleted
    return status if stat.S_ISREG(status.st_mode) else None


def _is_wanted(relative: str, source: Folder) -> bool:
    return _matches(relative, source.include) and not _matches(relative, source.exclude)


def _matches(relative: str, patterns: Sequence[str]) -> bool:
    name = relative.rpartition("/")[2].lower()
    return any(
        fnmatch(relative, pattern) if "/" in pattern else fnmatch(name, pattern.lower())
        for pattern in patterns
    )


def _source_file(
    index: int, path: str, file: str, status: os.stat_result
) -> SourceFile:
    return SourceFile(
        path=_legible(path),
        file=file,
        source=index,
        size_bytes=status.st_size,
        # Both as SQLite can hold them: some file systems number inodes by a hash.
        mtime_ns=max(0, min(status.st_mtime_ns, _LATEST_NS)),
        inode=status.st_ino % 2**63,
    )


def _legible(name: str) -> str:
    """Return a name as text: one that is no UTF-8 is still a name, and one of its own."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
