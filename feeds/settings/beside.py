"""Folders of registry files that lie beside the sources, as generators keep them.

Jekyll has its articles in `_posts` or another folder whose name begins with "_", and
beside it `_data`: that is read, unless `registry.folders` says otherwise. Of what lies beside
other sources nobody can tell whose it is: somebody should be told.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from feeds.settings.model import AUTO, Settings, Source

_READ = "_data"
_TOLD = ("_data", "data")  # the latter is Hugo's


def beside(settings: Settings) -> list[Path]:
    """Return the folders beside sources that are read, be they there or not.

    Each once, and none that is named in `registry.folders` or has to do with a source.
    """
    named = (each for each in settings.registry.folders if each != AUTO)
    seen = set(map(os.path.realpath, named))
    found = (place for _, place in _marked(settings))
    return list(_others(found, seen, settings))


def passed_by(settings: Settings) -> list[Path]:
    """Return the folders beside sources that may look like such, and are not read."""
    marked = {source.path for source, _ in _marked(settings)}
    seen = {os.path.realpath(each) for each in beside(settings)}
    seen |= {os.path.realpath(each) for each in settings.registry.folders}
    found = (
        path.with_name(name)
        for source in settings.sources
        if AUTO in settings.registry.folders and source.path not in marked
        for path in _places(source)
        for name in _TOLD
    )
    return list(_others(found, seen, settings))


def _marked(settings: Settings) -> Iterator[tuple[Source, Path]]:
    """Yield each source whose folder's own name begins with "_", and what is beside it."""
    if AUTO not in settings.registry.folders:
        return
    for source in settings.sources:
        for path in _places(source):
            if path.name.startswith("_"):
                yield source, path.with_name(_READ)
                break


def _places(source: Source) -> list[Path]:
    """Return a source's folder as it is called, and where it is in truth."""
    if Path(source.path).is_file():
        return []
    names = os.path.abspath(source.path), os.path.realpath(source.path)  # noqa: PTH100
    return [Path(each) for each in dict.fromkeys(names) if Path(each).name]


def _others(
    found: Iterator[Path], seen: set[str], settings: Settings
) -> Iterator[Path]:
    roots = [Path(os.path.realpath(source.path)) for source in settings.sources]
    for place in found:
        real = Path(os.path.realpath(place))
        are_articles = any(real.is_relative_to(root) for root in roots)
        if str(real) not in seen and not are_articles:
            seen.add(str(real))
            yield place
