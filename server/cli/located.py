"""Where the files behind articles' identities lie, as one would type them here."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from feeds.article import SourceFile
from feeds.errors import Problem
from feeds.pipeline import basis
from feeds.pipeline.report import Survey
from feeds.settings import Settings
from feeds.source import prefixes


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """All article files of a site by identity.

    `roots` are the path and the prefix of each source; `passed_over` the problems of
    what else is named like an article: links that lead away, and files whose identity
    another file has.
    """

    roots: Sequence[tuple[str, str]]
    files: Mapping[str, SourceFile]
    passed_over: frozenset[Problem]

    def file_of(self, problem: Problem) -> str:
        """Return the file that a problem is about; its identity when there is none."""
        known = self.files.get(problem.path)
        if known and problem not in self.passed_over:
            root, prefix = self.roots[known.source]
            return from_here(_below(root, problem.path.removeprefix(prefix)))
        there = [
            file
            for root, prefix in self.roots
            if problem.path.startswith(prefix)
            and os.path.lexists(file := _below(root, problem.path.removeprefix(prefix)))
        ]
        return from_here(there[-1] if there else problem.path)

    def is_article(self, path: str) -> bool:
        """Whether a path is that of an article file, or of what is named like one."""
        return path in self.files or any(it.path == path for it in self.passed_over)

    def path_of(self, file: str) -> str:
        """Return the identity of the article in a file; "" when it is in none."""
        real = os.path.realpath(file)
        same = (path for path, found in self.files.items() if found.file == real)
        return next(same, "")


def locate(settings: Settings, found: Survey) -> Located:
    """Return where the article files of a survey lie."""
    folders = basis.folders(settings)
    paths = [folder.path for folder in folders]
    return Located(
        roots=list(zip(paths, prefixes(folders), strict=True)),
        files=found.files,
        passed_over=found.passed_over,
    )


def _below(root: str, relative: str) -> str:
    return root if Path(root).is_file() else f"{root.rstrip('/')}/{relative}"


def from_here(path: str) -> str:
    """Return a path relative to the current folder where it lies below it."""
    here = f"{Path.cwd()}/"
    return path.removeprefix(here) if path != here else path
