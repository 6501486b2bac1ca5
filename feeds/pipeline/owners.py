"""Which source an article is of, whether its file is there or not.

Sources are known by what precedes the paths of their articles. Those of the last build
are remembered in the catalog, to tell what the settings account for from what is lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from feeds.catalog import Catalog
from feeds.loss import Group, groups_of
from feeds.pipeline import basis
from feeds.settings import Settings
from feeds.source import Folder, may_count, prefixes

_SOURCES = "sources"  # the catalog's key of the sources of the last build


class Sources:
    """Which source an article is of: as the last build had them, and as they are now."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        now = named(settings)
        before = dict(_remembered(catalog)) or now
        elsewhere = set(before.values())
        self._folders: Mapping[str, Folder] = dict(
            zip(now, basis.folders(settings), strict=True)
        )
        # The first of two without names was removed: now the second goes by none.
        self._there = {
            prefix
            for prefix, path in now.items()
            if before.get(prefix) in {None, path} or path not in elsewhere
        }
        self._prefixes = sorted({*before, *now}, key=lambda each: (-len(each), each))

    def has(self, source: str) -> bool:
        """Whether the settings still have it."""
        return source in self._there

    def of(self, path: str) -> str | None:
        """Return what precedes the paths of its source; None: that was removed."""
        source = next((p for p in self._prefixes if path.startswith(p)), None)
        return source if source in self._there else None

    def wants(self, path: str) -> bool:
        """Whether the settings would still have it published, were it there."""
        if (source := self.of(path)) is None:
            return False
        folder = self._folders[source]
        return may_count(path[len(source) :], folder) or Path(folder.path).is_file()

    def groups_of(self, path: str) -> frozenset[Group]:
        """Return all that an article counts for, if the settings have its source."""
        source = self.of(path)
        return frozenset() if source is None else groups_of({path: source})

    def ranges(self, group: Group) -> Iterator[tuple[str, str | None]]:
        """Yield from where up to where the paths of a group are, in their order."""
        kind, place = group
        for start in sorted(self._there) if kind == "site" else (place,):
            # Those of other sources may lie in between.
            yield from _without(
                start,
                [p for p in self._prefixes if p.startswith(start) and p != start],
            )


def _without(start: str, others: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the ranges of the paths below `start`, but not below any of `others`.

    All of these end in "/", or are empty; an end is not in its range, None is none.
    """
    at = start
    for other in sorted(others):
        if at <= other:
            yield at, other
            at = _end(other)
    yield at, _end(start) if start else None


def _end(prefix: str) -> str:
    """Return what comes after all that begins with this."""
    return f"{prefix[:-1]}{chr(ord('/') + 1)}"


def named(settings: Settings) -> dict[str, str]:
    """Return the folder of each source by what precedes its articles' paths."""
    folders = basis.folders(settings)
    paths = [folder.path for folder in folders]
    return dict(zip(prefixes(folders), paths, strict=True))


def _remembered(catalog: Catalog) -> list[tuple[str, str]]:
    kept = catalog.remembered(_SOURCES)
    return msgspec.json.decode(kept, type=list[tuple[str, str]]) if kept else []


def remember_sources(catalog: Catalog, settings: Settings) -> None:
    """Have the catalog know the sources of this build, for the next."""
    now = list(named(settings).items())
    if now != _remembered(catalog):
        catalog.remember(_SOURCES, msgspec.json.encode(now).decode())
