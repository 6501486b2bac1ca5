"""Source folders: which article files are there, and their bytes.

A scan never leaves its folder, follows no link out of it, opens nothing but regular
files, and passes over hidden files and what editors leave behind. What is named like an
article and is none, is told. A file that changes while it is read is left to the next
scan.
"""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from feeds.article import SourceFile
from feeds.errors import ArticleError, Problem, SettingsError, UnreadableError
from feeds.walk import (
    VIM_PROBE,
    facts_of,
    is_passed_over,
    is_within,
    walk,
    wanted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One source: a folder (or file), and which files in it count (see `feeds.walk.wanted`)."""

    path: str
    name: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]


def scan(
    sources: Sequence[Folder], *, apart: Collection[str] = ()
) -> tuple[list[SourceFile], list[Problem]]:
    """Return all article files sorted by path, and what is wrong with some, as well.

    A problem whose path ends with "/" is that of a folder which cannot be read: what was
    known of its files still is, as it is of whatever has a problem.

    Of two files with one identity the first source's counts, and within a source that
    of the name which sorts first; the other is a problem.
    Nothing in the folders `apart`, where we write ourselves, is an article.

    Raises:
        SettingsError: a source cannot be read, or lies within another or in `apart`.
    """
    hidden = frozenset(os.path.realpath(folder) for folder in apart)
    _refuse_overlaps(sources, hidden)
    found: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    for index, (source, prefix) in enumerate(
        zip(sources, prefixes(sources), strict=True)
    ):
        for file in _files(index, source, prefix, hidden):
            if isinstance(file, Problem):
                problems.append(file)
                continue
            other = found.setdefault(file.path, file)
            if other is not file:
                expected = (
                    f"expected a path of its own, but {_legible(other.file)} has it too"
                )
                problems.append(Problem(path=file.path, expected=expected))
    problems.sort(key=lambda problem: (problem.path, problem.expected))
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


def is_hidden(relative: str) -> bool:
    """Whether a scan passes over a file for its own name, or for a folder's."""
    names = relative.split("/")
    return names[-1] == VIM_PROBE or any(map(is_passed_over, names))


def may_count(relative: str, source: Folder) -> bool:
    """Whether a scan of the source takes a file of this relative path for an article."""
    is_wanted = wanted(source.include, source.exclude)
    return not is_hidden(relative) and is_wanted(relative)


def article_path(prefix: str, relative: str) -> str:
    """Return the identity of a file by its path in a source with this prefix."""
    return _legible(prefix + relative)


def read(file: SourceFile, limit_bytes: int) -> bytes:
    """Return the file's bytes, as they were when it was scanned.

    Raises:
        UnreadableError: the system does not let it be read.
        ArticleError: it is too large. Its problem is a mere note when the file has
            changed since it was scanned, and may be changing still.
    """
    if file.size_bytes > limit_bytes:
        expected = f"expected at most {limit_bytes} bytes, not {file.size_bytes}"
        raise ArticleError(Problem(path=file.path, expected=expected))
    try:
        # Non-blocking: should it have become a pipe since the scan.
        handle = os.open(file.file, os.O_RDONLY | os.O_NONBLOCK)
        with open(handle, "rb") as stream:  # noqa: PTH123 - it is open already
            if _is_same(file, handle):
                content = stream.read(limit_bytes + 1)
                if _is_same(file, handle):
                    return content
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ArticleError(_unsettled(file)) from error
    except OSError as error:
        expected = f"expected a readable file ({error.strerror})"
        raise UnreadableError(Problem(path=file.path, expected=expected)) from error
    raise ArticleError(_unsettled(file))


def look_at(
    files: Collection[str], sources: Sequence[Folder], *, apart: Collection[str] = ()
) -> dict[str, SourceFile | None] | None:
    """Return what a scan would find at these places, by identity; None: it is gone.

    What is no article's place is left out. None in all where only a scan can tell: where
    there is a link, a source that is a single file or is not there, or where another
    file might have the same identity.
    """
    hidden = frozenset(os.path.realpath(folder) for folder in apart)
    roots = [os.path.realpath(source.path) for source in sources]
    if not all(map(os.path.isdir, roots)):
        return None
    found: dict[str, SourceFile | None] = {}
    for file in files:
        folder, _, name = os.path.abspath(file).rpartition(os.sep)  # noqa: PTH100
        place = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
        at = next((n for n, root in enumerate(roots) if is_within(place, root)), None)
        if at is None or any(is_within(place, each) for each in hidden):
            continue
        relative = place[len(roots[at]) + 1 :]
        if not may_count(relative, sources[at]):
            continue
        prefix = prefixes(sources)[at]
        identity = article_path(prefix, relative)
        if identity != prefix + relative or _has_rival(identity, at, roots, sources):
            return None
        try:
            status = os.lstat(place)
        except (FileNotFoundError, NotADirectoryError):
            found[identity] = None
            continue
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        found[identity] = _source_file(at, prefix, relative, place, status)
    return found


def places_of(
    identities: Collection[str], sources: Sequence[Folder]
) -> list[str] | None:
    """Return where the files of these identities are; None where only a scan can tell."""
    roots = [os.path.realpath(source.path) for source in sources]
    places: list[str] = []
    for identity in identities:
        found = [
            place
            for root, prefix in zip(roots, prefixes(sources), strict=True)
            if identity.startswith(prefix)
            and os.path.lexists(place := f"{root}{os.sep}{identity[len(prefix) :]}")
        ]
        if len(found) != 1:
            return None
        places += found
    return places


def _has_rival(
    identity: str, at: int, roots: Sequence[str], sources: Sequence[Folder]
) -> bool:
    """Whether a file of another source has, or may have, the identity of one of `at`."""
    return any(
        number != at
        and identity.startswith(prefix)
        and os.path.lexists(os.path.join(roots[number], identity[len(prefix) :]))  # noqa: PTH118
        for number, prefix in enumerate(prefixes(sources))
    )


def look_again(file: SourceFile) -> SourceFile | None:
    """Return the file as it is now, or None when it is no regular file any more."""
    try:
        status = os.lstat(file.file)
        # A link may lead elsewhere by now: whether it may is for a scan to say.
        if not stat.S_ISREG(status.st_mode):
            return None
    except OSError:
        return None
    size_bytes, mtime_ns, inode = facts_of(status)
    return replace(file, size_bytes=size_bytes, mtime_ns=mtime_ns, inode=inode)


def _is_same(file: SourceFile, handle: int) -> bool:
    status = os.fstat(handle)
    seen = (file.size_bytes, file.mtime_ns, file.inode)
    return stat.S_ISREG(status.st_mode) and facts_of(status) == seen


def _unsettled(file: SourceFile) -> Problem:
    expected = "expected a file at rest; it is changing, and left to the next build"
    return Problem(path=file.path, expected=expected, severity="note")


def size_within(folder: str, name: str) -> int:
    """Return the size of a regular file in `folder`; 0 when it is none, or elsewhere."""
    root = os.path.realpath(folder)
    try:
        file = os.path.realpath(os.path.join(root, name))  # noqa: PTH118 - as above
        status = os.stat(file)  # noqa: PTH116
    except (OSError, ValueError):  # a null byte is no OSError
        return 0
    is_inside = file.startswith(root + os.sep) and stat.S_ISREG(status.st_mode)
    return status.st_size if is_inside else 0


def _refuse_overlaps(sources: Sequence[Folder], hidden: Collection[str]) -> None:
    """Refuse sources that would publish a file twice, or what we publish."""
    roots = [os.path.realpath(source.path) for source in sources]
    for index, root in enumerate(roots):
        others = [*roots[:index], *hidden]
        other = next((o for o in others if is_within(root, o)), None)
        other = other or next((o for o in roots[:index] if is_within(o, root)), None)
        if other:
            raise SettingsError(
                key=f"sources[{index}].path",
                expected=f"expected a folder apart from {other}",
                value=root,
            )


def _files(
    index: int, source: Folder, prefix: str, hidden: Collection[str]
) -> Iterator[SourceFile | Problem]:
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
        yield _source_file(index, prefix, Path(root).name, root, status)
        return
    is_wanted = wanted(source.include, source.exclude)
    may_hold_some = wanted(("*",), source.exclude)
    for relative, file, found in walk(root, hidden):
        is_folder = relative.endswith("/")
        if not (may_hold_some(f"{relative}x") if is_folder else is_wanted(relative)):
            continue
        if isinstance(found, os.stat_result):
            yield _source_file(index, prefix, relative, file, found)
        else:
            yield _unseen(article_path(prefix, relative), found)


def _unseen(path: str, why: OSError | str) -> Problem:
    """Return the problem of a file that is none, or of what cannot be looked at."""
    if isinstance(why, str):
        return Problem(path=path, expected=why, severity="note")
    kind = "folder" if path.endswith("/") else "file"
    expected = f"expected a {kind} that can be read ({why.strerror})"
    return Problem(path=path, expected=expected)


def _source_file(
    index: int, prefix: str, relative: str, file: str, status: os.stat_result
) -> SourceFile:
    size_bytes, mtime_ns, inode = facts_of(status)
    return SourceFile(
        path=article_path(prefix, relative),
        file=file,
        source=index,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        inode=inode,
    )


def _legible(name: str) -> str:
    """Return a name as text: one that is no UTF-8 is still a name, and one of its own."""
    if name.isascii():  # nearly all
        return name
    return os.fsencode(name).decode("utf-8", "backslashreplace")
