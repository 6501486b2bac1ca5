"""The files of a history in a temporary folder, as builds find them there.

A file's modification time is that of the commit which wrote it, or, for sources dated by
Git, of the commit that added it; its nanoseconds tell one version from the next, as a
clock would. Links, hidden files and names that lead elsewhere are passed over: a build
reads none of them, and a repository is anybody's.
"""

import contextlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from feeds.errors import HistoryError
from feeds.pipeline import basis
from feeds.pipeline.steps import Change, History, Step
from feeds.settings import AUTO, Settings, Source, beside, named_folders
from feeds.source import article_path, prefixes

_NS = 1_000_000_000  # in a second
# The key with its value, which in YAML may go on in lines that are further in.
_SECURED = re.compile(
    rb"""^(?: secured [ \t]*[:=] [^\n]*+ (?:\n[ \t]+[^\n]*+)*
      | [ \t]*"secured"[ \t]*: [^\n]*+ )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


class Checkout:
    """A folder that follows a history, and the settings of builds from it."""

    def __init__(
        self, root: Path, history: History, settings: Settings, folder: str = ""
    ) -> None:
        """Prepare the folder.

        Args:
            root: An empty folder of our own.
            history: What will be followed.
            settings: As an operator gave them. Sources within the repository are
                those that count; where there is none, all of it is one, with what
                else the first of them says.
            folder: The only source, in place of those; relative to the one named.

        Raises:
            HistoryError: the folder cannot be in a repository.
        """
        self._files = root / "articles"
        self.settings = _placed(settings, history, folder, root, self._files)
        folders = (*basis.folders(self.settings),)
        self._sources = [
            (f"{os.path.relpath(each.path, self._files)}/".removeprefix("./"), prefix)
            for each, prefix in zip(folders, prefixes(folders), strict=True)
        ]
        self._wanted = tuple(self._wanted_folders())
        self._dates: Mapping[str, datetime] = {}
        if any(source.undated == "git" for source in settings.sources):
            self._dates = history.first_commits()
        self._versions = itertools.count(1)

    def _wanted_folders(self) -> Iterator[str]:
        """Yield the folders that builds look into, and make them: they may come later."""
        places = [source.path for source in self.settings.sources]
        places += [source.media_path for source in self.settings.sources]
        places += map(str, named_folders(self.settings))
        places += map(str, beside(self.settings))
        for place in places:
            if place and Path(place).is_relative_to(self._files):
                Path(place).mkdir(parents=True, exist_ok=True)
                yield f"{os.path.relpath(place, self._files)}/".removeprefix("./")

    def changes(self, step: Step) -> Iterator[Change]:
        """Yield what a step changes of the files that count."""
        return (change for change in step.changes() if self._counts(change.path))

    def _counts(self, path: str) -> bool:
        below = (path[len(f) :] for f in self._wanted if path.startswith(f))
        # Empty, "." and ".." lead elsewhere; the rest that begins so is hidden.
        parts = next(below, "").split("/")
        return "\0" not in path and not any(part[:1] in {"", "."} for part in parts)

    def articles(self, path: str) -> Iterator[str]:
        """Yield the identity that an article in this file has."""
        for folder, prefix in self._sources:
            if path.startswith(folder):
                yield article_path(prefix, path.removeprefix(folder))

    def is_of_secrets_only(self, step: Step) -> bool:
        """Whether nothing differs from the files that are here but `secured`."""
        rest = map(self._is_of_secrets_only, self.changes(step))
        return next(rest, False) and all(rest)

    def _is_of_secrets_only(self, change: Change) -> bool:
        file = self._files / change.path
        if change.read is None or not file.is_file():
            return False
        before, after = file.read_bytes(), change.read()
        return before != after and _SECURED.sub(b"", before) == _SECURED.sub(b"", after)

    def follow(self, step: Step) -> set[str]:
        """Bring the files to where they are after a step; return what it touched."""
        writes = []
        touched = set()
        for change in self.changes(step):
            touched.add(change.path)
            if change.read is None:
                self._remove(change.path)
            elif step.is_base:
                self._write(change, step.at)
            else:
                writes.append(change)
        # A folder may stand where a file was, or the other way round.
        for change in writes:
            self._write(change, step.at)
        return touched

    def _write(self, change: Change, at: datetime) -> None:
        assert change.read is not None  # noqa: S101 - as our callers know
        file = self._files / change.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(change.read())
        seconds = int(self._dates.get(change.path, at).timestamp())
        mtime_ns = max(0, seconds) * _NS + next(self._versions) % _NS
        os.utime(file, ns=(mtime_ns, mtime_ns))

    def _remove(self, path: str) -> None:
        file = self._files / path
        if file.is_file():
            file.unlink()
        kept = {self._files / folder for folder in self._wanted}
        with contextlib.suppress(OSError):  # not empty
            for parent in itertools.takewhile(lambda p: p not in kept, file.parents):
                parent.rmdir()


def _placed(
    settings: Settings, history: History, folder: str, root: Path, files: Path
) -> Settings:
    """Return the settings of builds from `files` into `root`.

    Documents have no content codings: those say nothing that the bytes do not, and take
    longer than all the rest.
    """
    there = history.work_tree

    def moved(place: str) -> str:
        """Return where a place of the repository is in the checkout, else itself."""
        real = Path(place).resolve()
        if not place or there is None or not real.is_relative_to(there):
            return place
        return str(files / real.relative_to(there))

    first = settings.sources[0] if settings.sources else Source(path="")
    sources = [
        source for source in settings.sources if moved(source.path) != source.path
    ]
    if folder or history.prefix or not sources:
        named = os.path.normpath(f"{history.prefix}{folder}" or ".")
        if named.startswith(("..", "/")):
            raise HistoryError(f"{folder}: expected a folder of the repository")
        sources = [msgspec.structs.replace(first, path=str(files / named))]
    else:
        sources = [
            msgspec.structs.replace(source, path=moved(source.path))
            for source in sources
        ]
    sources = [
        msgspec.structs.replace(
            source,
            media_path=moved(source.media_path),
            # The checkout has no history, but dates by it: see `_write`.
            undated="mtime" if source.undated == "git" else source.undated,
        )
        for source in sources
    ]
    output = msgspec.structs.replace(
        settings.output, path=str(root / "output"), state="", encodings=()
    )
    registry = msgspec.structs.replace(
        settings.registry,
        folders=tuple(
            place if place == AUTO else moved(place)
            for place in settings.registry.folders
        ),
    )
    return msgspec.structs.replace(
        settings, sources=tuple(sources), output=output, registry=registry
    )
