"""When a source's files were first committed, by its Git repository.

Git itself is asked, once a source, and may run nothing that the repository or its
configuration names: no pager, monitor, external diff or signature check. A renamed file
is a new one, as it is to readers: its path is its identity.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feeds.errors import HistoryError

_TIMEOUT_S = 60.0  # the log of 100,000 commits takes some seconds
# What a hook sets for the repository it runs in, which need not be the source's.
_OF_ONE_REPOSITORY = frozenset(
    (
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
        *("GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
    )
)
_ENVIRON = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}
_CONFIG = (
    *("core.fsmonitor=false", "log.showSignature=false", "log.showRoot=true"),
    *("diff.relative=false", "protocol.allow=never"),
)
_GIT = ("git", "--no-pager", *(part for each in _CONFIG for part in ("-c", each)))
_LOG = (
    *("log", "--no-color", "--no-ext-diff", "--no-renames", "--format=@%at", "-z"),
    # Of a merge (-c), what it adds to all its parents.
    *("-c", "--diff-filter=A", "--name-status"),
    # Without it, Git passes over side branches that came to the same in the end.
    *("--full-history", "--", "."),
)


def first_commits(source: str) -> dict[str, datetime]:
    """Return the author date of the commit that first added each file, by its path.

    Args:
        source: A folder or file; paths are relative to the folder, as `os.fsdecode`
            gives them.

    Raises:
        HistoryError: there is no Git, no repository, or only part of a history.
    """
    root = Path(os.path.realpath(source))
    folder = root if root.is_dir() else root.parent
    told = git(folder, "rev-parse", "--is-shallow-repository", "--show-prefix")
    is_shallow, _, prefix = told.partition(b"\n")
    if is_shallow == b"true":
        raise HistoryError("a shallow clone; `git fetch --unshallow` gets the rest")
    below = os.fsdecode(prefix.removesuffix(b"\n"))
    # Newest first, so that of several commits that added a path the oldest stays.
    return {
        path.removeprefix(below): date
        for path, date in _additions(git(folder, *_LOG))
        if path.startswith(below)
    }


def head(source: str) -> str:
    """Return what changes whenever the history of a source does; "" without one."""
    root = Path(os.path.realpath(source))
    folder = root if root.is_dir() else root.parent
    try:
        # Of a folder that has moved within its repository, another part counts.
        told = git(folder, "rev-parse", "--show-prefix", "HEAD")
    except HistoryError:
        return ""
    return " ".join(told.decode("utf-8", "backslashreplace").split("\n")).strip()


def git(folder: Path, *arguments: str) -> bytes:
    """Return what Git prints of the repository that a folder is in.

    Raises:
        HistoryError: it fails, or takes too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - nothing in it comes from the articles
            command(*arguments),
            cwd=folder,
            env=environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().split("\n")
        raise HistoryError(lines[0] or f"git: exit code {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise HistoryError(f"git took longer than {_TIMEOUT_S:g} s") from error
    except OSError as error:
        raise HistoryError(f"git: {error.strerror}") from error
    return done.stdout


def command(*arguments: str) -> list[str]:
    """Return the command line of a Git that runs nothing a repository names."""
    return [*_GIT, *arguments]


def environ() -> dict[str, str]:
    """Return the environment for it, without what a hook set for another repository."""
    inherited = {k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY}
    return {**inherited, **_ENVIRON}


def _additions(log: bytes) -> Iterator[tuple[str, datetime]]:
    """Yield (path, author date) of every file that a commit added."""
    date: datetime | None = None
    fields = iter(log.split(b"\0"))
    for field in fields:
        kind = field.lstrip(b"\n")
        if kind.startswith(b"@"):
            date = _date(kind[1:])
        elif kind:  # how the file changed, and then its name, whatever that holds
            path = os.fsdecode(next(fields))
            if date is not None:
                yield path, date


def _date(seconds: bytes) -> datetime | None:
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(seconds), UTC)
    return None
