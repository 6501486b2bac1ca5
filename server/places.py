"""Which folders are worth watching, and which changes there matter to a build.

Everything is to be looked at whenever it is not certain which files changed: a folder
came or went, and what is in it with it.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from watchfiles import Change

from feeds.settings import Settings, data_folders
from feeds.source import Folder, is_hidden, may_count
from server.wire import MANY_PATHS, Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder with files that matter to a build.

    Those that its `source` takes for articles; without one any whose name has an
    ending, as in folders of registry files; or the one named `file`, and nothing below;
    or all that `is_media`, be they files or folders.
    """

    root: str
    source: Folder | None = None
    file: str = ""
    is_media: bool = False

    def wants(self, relative: str) -> bool:
        """Whether a file of this path, relative to the root, would matter."""
        if self.file:
            return relative == self.file
        if self.is_media:
            return bool(relative)
        if self.source:
            return may_count(relative, self.source)
        return bool(os.path.splitext(relative)[1])  # noqa: PTH122 - a text, not a file


def places_of(settings: Settings) -> tuple[Place, ...]:
    """Return the folders to watch, by their real paths; they need not exist."""
    sources = (
        _place_of(
            Folder(
                path=os.path.realpath(source.path),
                name=source.name,
                include=source.include,
                exclude=source.exclude,
            )
        )
        for source in settings.sources
    )
    data = (Place(root=os.path.realpath(data)) for data, _ in data_folders(settings))
    media = (
        Place(root=os.path.realpath(source.media_path), is_media=True)
        for source in settings.sources
        if source.media_path
    )
    return (*sources, *data, *dict.fromkeys(media))


def _place_of(source: Folder) -> Place:
    if not os.path.isfile(source.path):  # noqa: PTH113 - as `feeds.source` does it
        return Place(root=source.path, source=source)
    folder, name = os.path.split(source.path)
    return Place(root=folder, file=name)


def touched(
    changes: Collection[tuple[Change, str]],
    places: Sequence[Place],
    apart: Collection[str] = (),
) -> Paths:
    """Return the files that a build should look at for these changes.

    Nothing in the folders `apart`, where builds write, matters.
    """
    added = {path for change, path in changes if change is Change.added}
    found: set[str] = set()
    for change, path in changes:
        if any(below(folder, path) is not None for folder in apart):
            continue
        within = list(_within(path, places))
        if within and "\ufffd" in path:
            return None  # a name that is no UTF-8
        wanted = [place for relative, place in within if place.wants(relative)]
        if wanted:
            found.add(path)
        if not all(place.is_media for place in wanted):
            continue
        is_passing = change is Change.deleted and path in added
        is_known = is_passing or all(p.file or p.is_media for _, p in within)
        if not is_known and _may_be_folder(change, path):
            return None
    return frozenset(found) if len(found) <= MANY_PATHS else None


def _within(path: str, places: Sequence[Place]) -> Iterator[tuple[str, Place]]:
    """Yield the places that a path lies in and is not hidden in, and its path there."""
    for place in places:
        relative = below(place.root, path)
        if relative is not None and not is_hidden(relative):
            yield relative, place


def below(folder: str, path: str) -> str | None:
    """Return the path relative to a folder, "" for that; None when it lies elsewhere."""
    if path == folder:
        return ""
    return path[len(folder) + 1 :] if path.startswith(folder + os.sep) else None


def _may_be_folder(change: Change, path: str) -> bool:
    # What has gone may have been one, and all that was in it went without a word.
    is_new = change is Change.added and os.path.isdir(path)  # noqa: PTH112 - as above
    return is_new or change is Change.deleted
