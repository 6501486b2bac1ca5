"""What changed registry files register, once they are at rest.

They are read as articles are: in processes that may die of it, and a second time where
one may be half-written. A whole file that came to mean something else moves feeds, so
it too is pending while it is young; what is new moves none, and counts at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from feeds.article import SourceFile
from feeds.errors import ArticleError, Problem
from feeds.pipeline.reading import is_young, let_rest, noted
from feeds.pipeline.registry_records import Lines, Record, Records, Terms
from feeds.pipeline.report import Clock
from feeds.pipeline.workers import Lost, in_workers
from feeds.registry import Kind, Registration
from feeds.source import look_again, read

_CHUNK_FILES = 64  # handed to a worker at a time
_YOUNG = (
    "expected a file at rest; just written, so what it registered before counts until"
    " the next build"
)


class Register(Protocol):
    """What makes of a file's bytes what it registers: `read_registration`."""

    def __call__(
        self, kind: Kind, path: str, content: bytes, terms: Terms
    ) -> tuple[Registration | None, Lines, tuple[Problem, ...]]:
        """Return that, the lines of its keys, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Changed files, sent to the workers as a whole."""

    files: Sequence[tuple[Kind, SourceFile]]
    terms: Terms
    register: Register

    @property
    def by_path(self) -> dict[str, SourceFile]:
        """The files by their paths."""
        return {file.path: file for _, file in self.files}

    def again(self, paths: Sequence[str]) -> "Batch":
        """Return some of the files as they are now, without those that are gone."""
        looked = [
            (kind, look_again(file)) for kind, file in self.files if file.path in paths
        ]
        return replace(self, files=[(kind, file) for kind, file in looked if file])

    def known(self, jobs: int) -> Records:
        """Return what all files register by themselves, by path."""
        count = len(self.files)
        ranges = (
            range(at, min(at + _CHUNK_FILES, count))
            for at in range(0, count, _CHUNK_FILES)
        )
        found: Records = {}
        for done in in_workers(self._known, ranges, jobs=jobs):
            pairs = [self._lost(done)] if isinstance(done, Lost) else done
            found.update(pairs)
        return found

    def _known(self, index: int) -> tuple[str, Record]:
        kind, file = self.files[index]
        try:
            content = read(file, self.terms.limit_bytes)
        except ArticleError as error:
            return file.path, _nothing("", error.problem)
        found, lines, problems = self.register(kind, file.path, content, self.terms)
        digest = self.terms.digest(kind, content)
        return file.path, Record(
            digest=digest, registration=found, lines=lines, problems=problems
        )

    def _lost(self, lost: Lost) -> tuple[str, Record]:
        """Return what there is of a file that no worker survives."""
        kind, file = self.files[lost.index]
        expected = f"expected a file that can be read; it {lost.why}"
        problem = Problem(path=file.path, expected=expected)
        try:
            digest = self.terms.digest(kind, read(file, self.terms.limit_bytes))
        except ArticleError:
            digest = ""
        return file.path, _nothing(digest, problem)


def _nothing(digest: str, problem: Problem) -> Record:
    return Record(digest=digest, registration=None, lines={}, problems=(problem,))


def read_changed(
    batch: Batch,
    before: Mapping[str, Record],
    *,
    jobs: int,
    repeats: bool,
    clock: Clock,
) -> Records:
    """Return what is known of changed files now, by path.

    Args:
        batch: The files.
        before: What was known of them.
        jobs: How many processes may work at once.
        repeats: Builds follow one another; else files are given a second to rest.
        clock: Tells the age of files.
    """
    clock_ns = clock()  # before anything is read
    suspects = {
        path
        for path, file in batch.by_path.items()
        if is_young(file, clock_ns, repeats=repeats)
    }
    found = batch.known(jobs)
    doubtful = list(_doubtful(found, before, suspects))
    if doubtful and not repeats:
        let_rest((batch.by_path[path] for path in doubtful), clock)
        again = batch.again(doubtful)
        second = again.known(jobs)
        found |= second
        now = again.by_path
        moved = {path for path in doubtful if now.get(path) != batch.by_path[path]}
        gone = set(doubtful) - second.keys()
        doubtful = [*gone, *_doubtful(second, before, moved)]
    waiting = {path: _pending(path, found[path], before) for path in doubtful}
    return {path: _settled(path, found[path], before) for path in found} | waiting


def _doubtful(
    found: Mapping[str, Record], before: Mapping[str, Record], suspects: set[str]
) -> Iterator[str]:
    """Yield the paths of files that may soon read otherwise, to somebody's harm."""
    for path, known in found.items():
        meaning = _meaning(path, before)
        has_moved = meaning is not None and known.registration != meaning
        is_changing = any(each.severity == "note" for each in known.problems)
        if is_changing or (path in suspects and (known.is_broken or has_moved)):
            yield path


def _settled(path: str, known: Record, before: Mapping[str, Record]) -> Record:
    if known.is_broken:
        return replace(known, registration=_meaning(path, before))
    return known


def _pending(path: str, known: Record, before: Mapping[str, Record]) -> Record:
    """Return what a file registers until the next build, which reads it again."""
    note = Problem(path=path, expected=_YOUNG, severity="note")
    unread = tuple(each for each in known.problems if each.severity != "warning")
    return Record(
        digest="",
        registration=_meaning(path, before),
        lines=before[path].lines if path in before else {},
        problems=tuple(map(_as_note, unread)) or (note,),
    )


def _as_note(problem: Problem) -> Problem:
    return noted(problem) if problem.severity == "error" else problem


def _meaning(path: str, before: Mapping[str, Record]) -> Registration | None:
    return before[path].registration if path in before else None
