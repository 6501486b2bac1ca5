"""A history of article files, step by step: of a Git repository, or as recorded changes.

Two forms are read, and neither is ever written to. Of a Git repository, bare or not,
the steps are the first parents of a revision: the states that its branch was published
in, each dated by its committer, since that is when it came there. Recorded changes are
a folder with `deltas.jsonl`, a JSON object a line and commit, such as

    {"commit": "9c1a36e", "time": 1601791153, "changes":
        [{"op": "M", "path": "a.md", "text": "the whole file"}]}

where `op` is A, M or D, and perhaps a folder `base`, the files before the first line.
"""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import IO, Literal

import msgspec

from feeds import misfit
from feeds.errors import HistoryError
from feeds.history import command, environ, first_commits, git
from feeds.pipeline.steps import Bound, Change, History, Step, instant, span

DELTAS = "deltas.jsonl"
# Nothing else is an article: links, submodules (gitglossary: gitlink), folders.
_REGULAR = frozenset((b"100644", b"100755", b"100664"))


@contextlib.contextmanager
def opened(
    place: Path, *, since: Bound | None = None, until: Bound | None = None
) -> Iterator[History]:
    """Open a repository or recorded changes.

    Args:
        place: The repository or a folder in it, or the folder of `deltas.jsonl`.
        since: The first instant, or the revision after which to begin.
        until: The last instant or revision.

    Raises:
        HistoryError: there is no history, no such revision, or it cannot be read.
    """
    deltas = place / DELTAS if place.is_dir() else place
    if deltas.is_file():
        yield _recorded(deltas, since, until)
        return
    with _blobs(place) as blobs:
        yield _committed(place, blobs, since, until)


class _Edit(msgspec.Struct):
    """One file of a line; `text` is all of it, and null of a file that goes."""

    op: Literal["A", "M", "D"]
    path: str
    text: str | None = None

    def __post_init__(self) -> None:
        if (self.text is None) != (self.op == "D"):
            raise ValueError(f"expected the text of {self.path}, unless it goes")

    def change(self) -> Change:
        return Change(
            path=self.path, read=self.text.encode if self.text is not None else None
        )


class _Line(msgspec.Struct):
    """One commit as `deltas.jsonl` has it; `time` in seconds since 1970."""

    commit: str
    time: int
    changes: list[_Edit]


def _recorded(deltas: Path, since: Bound | None, until: Bound | None) -> History:
    lines = _lines(deltas)
    dates = list(accumulate((instant(line.time) for line in lines), max))
    start, stop = span([line.commit for line in lines], dates, since, until)
    base = deltas.with_name("base")
    steps = [
        Step(name=line.commit, at=at, changes=partial(_edits, line))
        for line, at in zip(lines[start:stop], dates[start:stop], strict=True)
    ]
    if start or base.is_dir():
        before = lines[start - 1] if start else lines[0]
        at = dates[max(0, start - 1)]
        whole = partial(_state, base, lines[:start])
        steps.insert(
            0,
            Step(
                name=before.commit if start else "", at=at, changes=whole, is_base=True
            ),
        )
    return History(steps=steps, work_tree=None, prefix="", first_commits=dict)


def _lines(deltas: Path) -> list[_Line]:
    try:
        content = deltas.read_bytes()
    except OSError as error:
        raise HistoryError(f"{deltas}: {error.strerror}") from error
    decode = msgspec.json.Decoder(_Line).decode
    lines = enumerate(content.split(b"\n"), 1)
    return [_line(decode, line, f"{deltas}:{at}") for at, line in lines if line.strip()]


def _line(decode: Callable[[bytes], _Line], line: bytes, place: str) -> _Line:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        reason, _, at = str(error).partition(" - at `$.")
        key = f"{at.removesuffix('`')}: " if at else ""
        expected = misfit.expected(reason, misfit.JSON)
        raise HistoryError(f"{place}: {key}{expected}") from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise HistoryError(f"{place}: expected a JSON object") from error


def _edits(line: _Line) -> Iterator[Change]:
    return (edit.change() for edit in line.changes)


def _state(base: Path, lines: Iterable[_Line]) -> Iterable[Change]:
    """Return all files after these lines."""
    files = {
        file.relative_to(base).as_posix(): Change(
            path=file.relative_to(base).as_posix(), read=file.read_bytes
        )
        for file in (base.rglob("*") if base.is_dir() else ())
        if file.is_file() and not file.is_symlink()
    }
    for line in lines:
        files.update((edit.path, edit.change()) for edit in line.changes)
    return [change for change in files.values() if change.read]


_Blobs = Callable[[str], bytes]


@contextlib.contextmanager
def _blobs(place: Path) -> Iterator[_Blobs]:
    """Yield what gives the content of a blob by its name."""
    try:
        process = subprocess.Popen(  # noqa: S603 - nothing in it comes from the articles
            command("cat-file", "--batch"),
            cwd=place,
            env=environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise HistoryError(f"git: {error.strerror}") from error
    asked, told = process.stdin, process.stdout
    assert asked is not None  # noqa: S101 - both are pipes
    assert told is not None  # noqa: S101
    try:
        yield partial(_blob, asked, told)
    finally:
        process.kill()
        process.communicate()  # reaps it, and closes its pipes


def _blob(asked: IO[bytes], told: IO[bytes], name: str) -> bytes:
    try:
        asked.write(name.encode("ascii") + b"\n")
        asked.flush()
    except BrokenPipeError as error:
        raise HistoryError("git cat-file has ended") from error
    # "<name> <type> <size>", the content and a line feed; or "<name> missing".
    head = told.readline().split()
    if head[1:2] != [b"blob"]:
        raise HistoryError(f"{name}: expected a blob in the repository")
    content = told.read(int(head[2]))
    told.read(1)
    return content


def _committed(
    place: Path, blobs: _Blobs, since: Bound | None, until: Bound | None
) -> History:
    is_inside, _, rest = git(
        place, "rev-parse", "--is-inside-work-tree", "--show-prefix"
    ).partition(b"\n")
    prefix = os.fsdecode(rest.removesuffix(b"\n"))
    root = Path(os.path.realpath(place))
    for _ in Path(prefix).parts:
        root = root.parent
    tip = _revision(root, until if isinstance(until, str) else "HEAD")
    seconds, names = _mainline(root, tip)
    dates = list(accumulate(map(instant, seconds), max))
    after = _revision(root, since) if isinstance(since, str) else since
    last = None if isinstance(until, str) else until
    start, stop = span(names, dates, after, last)
    steps = [
        Step(name=name, at=at, changes=partial(_changes, root, blobs, before, name))
        for before, name, at in zip(
            ["", *names][start:stop], names[start:stop], dates[start:stop], strict=True
        )
    ]
    if start:
        name, at = names[start - 1], dates[start - 1]
        whole = partial(_changes, root, blobs, "", name)
        steps.insert(0, Step(name=name, at=at, changes=whole, is_base=True))
    return History(
        steps=steps,
        work_tree=root if is_inside == b"true" else None,
        prefix=prefix,
        first_commits=partial(first_commits, str(root)),
    )


def _revision(root: Path, name: str) -> str:
    """Return the full name of a commit."""
    wanted = ("--verify", "--end-of-options", f"{name}^{{commit}}")
    try:
        return git(root, "rev-parse", *wanted).decode().split()[-1]
    except HistoryError as error:
        raise HistoryError(f"{name}: no commit of the repository; {error}") from error


def _mainline(root: Path, tip: str) -> tuple[list[int], list[str]]:
    """Return seconds and names of a commit and its first parents, the oldest first."""
    told = git(root, "rev-list", "--first-parent", "--timestamp", tip, "--").decode()
    rows = [line.split() for line in reversed(told.splitlines())]
    return [int(row[0]) for row in rows], [row[1] for row in rows]


def _changes(root: Path, blobs: _Blobs, before: str, name: str) -> Iterator[Change]:
    """Yield how the files of a commit differ from those of another, or of none."""
    if before:
        how = ("diff-tree", "-r", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff")
        yield from _differences(git(root, *how, before, name), blobs)
        return
    for row in git(root, "ls-tree", "-r", "-z", "--full-tree", name).split(b"\0"):
        about, _, path = row.partition(b"\t")
        mode, _, blob = about.partition(b" blob ")
        if mode in _REGULAR:
            yield _change(path, mode, blob, blobs)


def _differences(told: bytes, blobs: _Blobs) -> Iterator[Change]:
    fields = iter(told.split(b"\0"))
    for about in fields:
        if about:  # ":mode mode blob blob status", and then the file's name
            _, mode, _, blob, _ = about.split(b" ")
            yield _change(next(fields), mode, blob, blobs)


def _change(path: bytes, mode: bytes, blob: bytes, blobs: _Blobs) -> Change:
    read = partial(blobs, blob.decode("ascii")) if mode in _REGULAR else None
    return Change(path=os.fsdecode(path), read=read)
