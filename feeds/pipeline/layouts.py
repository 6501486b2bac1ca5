"""Of a Hugo site, what lies beside or above a source: is it one, and its shortcodes.

The site is the nearest folder from the source upwards that has Hugo's settings or
templates of shortcodes; the search ends at the top of a Git repository.
"""

import os
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from feeds.parse.shortcodes import shows_inner
from feeds.walk import facts_of

_FORMATS = ("toml", "yaml", "yml", "json")
_SETTINGS = (*(f"hugo.{each}" for each in _FORMATS), "config/_default")
# What they were called before 0.110, and others' are: Hugo's beside one of its folders.
_OLD_SETTINGS = tuple(f"config.{each}" for each in _FORMATS)
_FOLDERS = ("content", "layouts", "archetypes", "themes")
# Until 0.146 without the underscore.
_SHORTCODES = ("layouts/shortcodes", "layouts/_shortcodes")
_THEMES = "themes"
_LONGEST_BYTES = 1024 * 1024  # of a template; what is longer is none


class Site(NamedTuple):
    """What a source's site says of it.

    `is_hugo`: its settings are Hugo's. `unshown` are its shortcodes that do not, or not
    always, show what they enclose (sorted). `seen` are all files and folders, there or
    not, that this was told by.
    """

    is_hugo: bool = False
    unshown: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def site_of(source: str) -> Site:
    """Return the Hugo site that the source at a path belongs to, if it is one's."""
    seen: list[str] = []
    for folder in _upwards(os.path.realpath(source)):
        names = (*_SETTINGS, *_OLD_SETTINGS, *_FOLDERS)
        places = _places(folder)
        seen += (*(os.path.join(folder, name) for name in names), *places)  # noqa: PTH118
        is_hugo = _is_hugo(folder)
        if is_hugo or any(map(os.path.isdir, places)):
            files = list(_templates(places))
            seen += (place for _, place in files)
            return Site(is_hugo=True, unshown=_unshown(files), seen=tuple(seen))
    return Site(seen=tuple(seen))


def _is_hugo(folder: str) -> bool:
    def has(name: str) -> bool:
        return os.path.exists(os.path.join(folder, name))  # noqa: PTH110, PTH118

    return any(map(has, _SETTINGS)) or (
        any(map(has, _OLD_SETTINGS)) and any(map(has, _FOLDERS))
    )


def _upwards(folder: str) -> Iterator[str]:
    """Yield a folder and those above it, up to the top of its repository."""
    while True:
        yield folder
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder or os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118
            return
        folder = above


def _places(site: str) -> list[str]:
    """Return the folders of shortcodes: the site's own, then its themes'."""
    themes = Path(site, _THEMES)
    try:
        names = sorted(os.listdir(themes))  # noqa: PTH208 - as its names only
    except OSError:
        names = []
    roots = (site, *(str(themes / name) for name in names))
    return [os.path.join(root, place) for root in roots for place in _SHORTCODES]  # noqa: PTH118


def _templates(places: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, path) of what is in these folders; folders have no name."""
    for place in places:
        for folder, folders, files in os.walk(place):
            folders.sort()
            if folder != place:
                yield "", folder
            for file in sorted(files):
                path = os.path.join(folder, file)  # noqa: PTH118
                relative = path[len(place) + 1 :].replace(os.sep, "/")
                above, slash, own = relative.rpartition("/")
                # `note.html`, or of one format or language, `note.rss.xml`.
                yield f"{above}{slash}{own.partition('.')[0]}", path


def _unshown(files: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of the shortcodes that a template does not always show.

    One template of several is enough; a site's own stand in for its themes'.
    """
    owners: dict[str, str] = {}
    found = set()
    for name, path in files:
        owner = path[: path.find(f"{os.sep}layouts{os.sep}")]
        # The site's come first, and no theme stands in for another: nobody says which
        # of them is in use.
        is_hidden = owners.setdefault(name, owner) != owner and not _is_theme(
            owners[name]
        )
        if name and not is_hidden and not _shows(path):
            found.add(name)
    return tuple(sorted(found))


def _is_theme(root: str) -> bool:
    return os.path.basename(os.path.dirname(root)) == _THEMES  # noqa: PTH119, PTH120


def _shows(path: str) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST_BYTES:
            return False
        return _shows_as_of(path, (*facts_of(status), status.st_ctime_ns))
    except OSError:
        return False


@lru_cache(maxsize=4_096)
def _shows_as_of(path: str, _facts: tuple[int, ...]) -> bool:
    """Return what a template says, as long as nothing about its file changes."""
    return shows_inner(Path(path).read_text("utf-8", "replace"))
