"""Everything that can go wrong, as values and as one exception tree.

- `StokerError`: the root; a caller can catch this one.
    - `SettingsError`: a setting is wrong; always stops the run, at its start.
    - `ArticleError`: one article file is wrong; carries its `Problem`.
        - `UnreadableError`: it cannot be read for now, whatever is in it.
    - `BusyError`: another build holds the lock on the output or state folder.
    - `PublishError`: documents could not be written; the old ones stay.
    - `CatalogError`: the state folder is unusable.
        - `DamagedError`: the catalog's file is damaged, or not a catalog.
    - `HistoryError`: a source's Git history cannot be read; its articles are held.
    - `WorkerError`: the processes that read articles do not start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

# Enough to recognise a value; shorter than any part of a secret that may be told.
_SHOWN_CHARS = 23


def printable(text: str) -> str:
    """Return `text` with what would act on a terminal, or has no UTF-8 form, escaped."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def shown(value: object) -> str:
    """Return `value` as a problem report shows it: one line, at most 23 characters.

    Of mappings and lists nothing but that they are some: a secret may be inside.
    """
    if isinstance(value, Mapping | list | tuple):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    text = value if isinstance(value, str) else repr(value)
    text = printable(" ".join(text.split()))
    cut = text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
    return f"'{cut}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with one source file.

    `severity` is "error" (the file is quarantined), "warning" (published all the
    same) or "note" (nothing is wrong, but the file is not published and somebody
    will ask why). `line` counts from 1; 0 means the file as a whole. `value` is
    already shortened by `shown`, and is never taken from `secured`.
    """

    path: str
    expected: str
    severity: Severity = "error"
    line: int = 0
    key: str = ""
    value: str = ""

    def __str__(self) -> str:
        """Return `path:line: key: expected …, got …`."""
        path = printable(self.path)
        where = f"{path}:{self.line}" if self.line else path
        key = f" {printable(self.key)}:" if self.key else ""
        got = f", got {self.value}" if self.value else ""
        return f"{where}:{key} {self.expected}{got}"


class StokerError(Exception):
    """The root of every error that Stoker raises on purpose."""


class ArticleError(StokerError):
    """One article file cannot be used; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class UnreadableError(ArticleError):
    """The system does not let one article file be read; its content is unknown."""


class SettingsError(StokerError):
    """A setting is wrong: which one, where it was set, and what is expected."""

    def __init__(
        self, *, key: str, expected: str, value: object = None, origin: str = ""
    ) -> None:
        self.key, self.expected, self.value, self.origin = key, expected, value, origin
        where = f"{origin}: " if origin else ""
        # A setting is no secret, and a path is of no use in part.
        got = "" if value is None else f", got '{printable(str(value))}'"
        super().__init__(f"{where}{key}: {expected}{got}")


class BusyError(StokerError):
    """Another process is building into this folder."""

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder}: another build holds the lock")
        self.folder = folder


class PublishError(StokerError):
    """The output folder could not be written; what was published before stays."""


class CatalogError(StokerError):
    """The state folder is unusable, or was written by an unknown version."""


class DamagedError(CatalogError):
    """The catalog's file is damaged, or not a catalog; a build makes a new one."""

    def __init__(self, *, file: str, fault: str) -> None:
        super().__init__(
            f"{file}: expected a sound catalog: {fault}; the next build sets it aside"
            " and recovers ids and dates"
        )
        self.file, self.fault = file, fault


class HistoryError(StokerError):
    """The Git history of a source cannot be read, or does not go back far enough."""


class WorkerError(StokerError):
    """The processes that read articles die at their start; what was published stays."""
