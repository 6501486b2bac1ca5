"""Hugo's leaf bundles: what lies in the folder of an `index.md` belongs to that page.

At any depth, Markdown and pages of their own included: Hugo has them as resources, and
shows none of them as a page. A folder with an `_index.md` is a section, whose files are
pages; an `index.md` beside that is none (Hugo 0.151).
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from feeds.article import SourceFile
from feeds.catalog import ArticleRow, Known
from feeds.errors import Problem
from feeds.parse.presets import HUGO_SITES
from feeds.parse.rules import Rules

# Hugo's content formats, by all of their suffixes; a language may precede them.
_INDEX = re.compile(
    r"(?P<section>_?)index(?:\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*)?"
    r"\.(?:md|mdown|markdown|html?|ad|adoc|asciidoc|org|pandoc|pdc|rst)",
    re.IGNORECASE,
)
_MARK = "-bundled"  # behind the digest of the rules that such a file is kept under


class Bundles(NamedTuple):
    """The leaf bundles of a site, by source and the folder's identity ("a/trip/").

    `strays` are the articles named index that are beside an `_index.md`.
    """

    folders: frozenset[tuple[int, str]] = frozenset()
    strays: frozenset[str] = frozenset()

    def has(self, file: SourceFile) -> bool:
        """Whether a file is but a resource of a page."""
        if file.path in self.strays:
            return True
        at = 0 if self.folders else -1
        while at >= 0:
            if (file.source, file.path[:at]) in self.folders:
                name = file.path[at:]
                return "/" in name or not _INDEX.fullmatch(name)
            at = file.path.find("/", at) + 1 or -1
        return False


def is_index(path: str) -> bool:
    """Whether a file of this name makes its folder a bundle, or a section."""
    # Nearly all are told by a look.
    if "ndex." not in path and "NDEX." not in path:
        return False
    return _INDEX.fullmatch(path[path.rfind("/") + 1 :]) is not None


def uncertain(files: Iterable[SourceFile], rules: Sequence[Rules]) -> list[SourceFile]:
    """Return the files named index of which only a look tells whether Hugo reads them."""
    sources = {
        number
        for number, each in enumerate(rules)
        if each.preset == "auto" and not each.is_in_hugo_site
    }
    return [f for f in files if sources and f.source in sources and is_index(f.path)]


def bundles_of(
    files: Sequence[SourceFile],
    rules: Sequence[Rules],
    of_hugo: Iterable[SourceFile] = (),
) -> Bundles:
    """Return the leaf bundles.

    Args:
        files: All article files.
        rules: Of each source.
        of_hugo: Those of the `uncertain` files that look like Hugo's.
    """
    names: dict[tuple[int, str], set[str]] = {}
    places: dict[tuple[int, str], str] = {}
    sure = {
        number
        for number, each in enumerate(rules)
        if each.preset in HUGO_SITES or (each.preset == "auto" and each.is_in_hugo_site)
    }
    for file in files if sure else ():
        if file.source in sure:
            places.setdefault((file.source, _split(file.path)[0]), file.file)
    for file in (*of_hugo, *(f for f in files if sure and f.source in sure)):
        if is_index(file.path):
            folder, name = _split(file.path)
            names.setdefault((file.source, folder), set()).add(name)
    # A file that is no article of ours may be a page of Hugo's all the same.
    for key, place in _with_all_above(places).items():
        if key not in names:
            names[key] = set(_indexes_in(place))
    return _bundles(names)


def _split(path: str) -> tuple[str, str]:
    at = path.rfind("/") + 1
    return path[:at], path[at:]


def _with_all_above(
    places: dict[tuple[int, str], str],
) -> dict[tuple[int, str], str]:
    """Return the folders of these files and those above, as far as they are the source's."""
    found: dict[tuple[int, str], str] = {}
    for (source, folder), file in places.items():
        place = os.path.dirname(file)  # noqa: PTH120 - of each folder of a site
        while (source, folder) not in found:
            found[(source, folder)] = place
            if not folder:
                break
            folder = _split(folder[:-1])[0]  # noqa: PLW2901 - upwards
            place = os.path.dirname(place)  # noqa: PTH120
    return found


def _indexes_in(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if _INDEX.fullmatch(name)]  # noqa: PTH208 - its names only
    except OSError:
        return []


def _bundles(names: dict[tuple[int, str], set[str]]) -> Bundles:
    folders, strays = set(), set()
    for (source, folder), found in names.items():
        if any(name.startswith("_") for name in found):
            strays |= {f"{folder}{name}" for name in found if name[0] != "_"}
        elif found:
            folders.add((source, folder))
    return Bundles(frozenset(folders), frozenset(strays))


def digest_in(bundles: Bundles, file: SourceFile, digest: str) -> str:
    """Return the digest that a file's row is kept under, by that of its source's rules.

    A resource has another, and another policy (see `feeds.catalog`): so it is looked at
    anew, and withdrawn, when its folder becomes a bundle.
    """
    if not (bundles.folders or bundles.strays):
        return digest
    return f"{digest}{_MARK}" if bundles.has(file) else digest


def digest_as_kept(was: Known | None, digest: str) -> str:
    """Return the digest that a row which tells a file's look was kept under.

    What was read to learn its look is a resource by now, or none.
    """
    is_read = was is not None and was.rules.removesuffix(_MARK) == digest
    return was.rules if was is not None and is_read else digest


def resource_rows(
    files: Collection[SourceFile],
    rules: Sequence[tuple[Rules, str]],
    look_of: Callable[[str], str],
) -> list[ArticleRow]:
    """Return the rows of files that are resources, which nobody reads.

    What one looked like, if it was read to learn that, is kept: should the bundle around
    it go, that may make it one.
    """
    expected = "beside an index page of Hugo's, so a resource of that page, no article"
    return [
        ArticleRow(
            file=file,
            rules=f"{rules[file.source][1]}{_MARK}",
            outcome="held",
            placing=None,
            article=None,
            look=look_of(file.path) if is_index(file.path) else "",
            problems=(
                msgspec.msgpack.encode(
                    Problem(path=file.path, expected=expected, severity="note")
                ),
            ),
        )
        for file in files
    ]
