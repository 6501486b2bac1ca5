"""The registry of a build: from the settings, and from files below `_data`.

A file is parsed when its content changes; what it registered is kept in the catalog, so
that one which breaks goes on meaning what it meant: else feeds would move.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from feeds.article import SourceFile
from feeds.catalog import Catalog
from feeds.errors import ArticleError, Problem, SettingsError, shown
from feeds.pipeline import basis
from feeds.pipeline.registry_records import (
    NO_KEYS,
    Record,
    Records,
    Terms,
    remember,
    remembered,
    terms_of,
)
from feeds.pipeline.report import Clock
from feeds.registry import Fault, Kind, Registry, registry_of
from feeds.settings import (
    AUTO,
    Settings,
    beside,
    data_folders,
    named_folders,
    passed_by,
    registrations,
    settings_error,
)
from feeds.source import Folder, prefixes, read, scan
from feeds.walk import walk, wanted

_FOLDERS: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    "topic": ("topics", ("*.yaml", "*.yml")),
    "provider": ("organizations", ("*.md",)),
}
FOLDER_NAMES = tuple(name for name, _ in _FOLDERS.values())
# The keys of a file that may have given what the registry found fault with.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "slug": ("_id", "slug"),
    "domain": ("domain", "_id"),
    "name": ("name", "_id"),
    "aliases": ("aliases", "othernames", "shortname"),
}


def load_registry(
    settings: Settings,
    catalog: Catalog,
    *,
    jobs: int,
    force: bool,
    repeats: bool,
    clock: Clock,
) -> tuple[Registry, tuple[Problem, ...]]:
    """Return the registered topics and providers, and what is wrong with the files.

    With `force` every file counts as changed; `repeats` leaves what may be half-written
    to the next build (see `feeds.pipeline.registry_files`).

    Raises:
        SettingsError: a folder cannot be read, or a topic of the settings has a parent
            that nobody registers.
    """
    before = remembered(catalog)
    found = list(_files(settings))
    files = [(kind, file) for kind, file in found if isinstance(file, SourceFile)]
    terms = terms_of(settings)
    changed = [each for each in files if force or not _is_known(*each, before, terms)]
    now = before
    if changed:
        from feeds.pipeline.registration import (  # noqa: PLC0415 - pulls in YAML
            read_registration,
        )
        from feeds.pipeline.registry_files import (  # noqa: PLC0415 - as above
            Batch,
            read_changed,
        )

        batch = Batch(files=changed, terms=terms, register=read_registration)
        now = before | read_changed(
            batch, before, jobs=jobs, repeats=repeats, clock=clock
        )
    known = {file.path: now[file.path] for _, file in files}
    if known != before:
        remember(catalog, known)
    registry, problems = _assembled(settings, known)
    others = (file for _, file in found if isinstance(file, Problem))
    unasked = tuple(f"{folder}/" for folder in beside(settings))
    strange = {
        path
        for path, record in known.items()
        if path.startswith(unasked) and _is_of_others(record)
    }
    return registry, (*others, *(p for p in problems if p.path not in strange))


def _is_of_others(record: Record) -> bool:
    """Whether a file, in a folder that nobody named, was never meant to register a thing.

    What is broken may have been.
    """
    is_stated = "taxonomy" in record.lines and not any(
        each.key == "taxonomy" for each in record.problems
    )
    is_broken = any(
        each.severity != "warning" and each.expected != NO_KEYS
        for each in record.problems
    )
    return record.registration is None and not is_stated and not is_broken


def folder_notes(settings: Settings) -> Iterator[Problem]:
    """Yield a note of each folder beside a source that is read, or might be meant to be.

    Nothing is said of those without a file that might register something.
    """
    for folder in beside(settings):
        if _is_outside(folder):
            expected = (
                "expected a folder beside its source; this link leads elsewhere, so it is"
                " not read for topics and providers unless registry.folders names it"
            )
            yield Problem(path=str(folder), expected=expected, severity="note")
        elif _has_any(folder):
            expected = (
                "read for topics and providers, since the source beside it begins with"
                ' "_"; with registry.folders = [] it is not'
            )
            yield Problem(path=str(folder), expected=expected, severity="note")
    for folder in passed_by(settings):
        if _has_any(folder):
            expected = (
                "not read for topics and providers; if it is meant to be, name it in"
                ' registry.folders, else leave "auto" out there'
            )
            yield Problem(path=str(folder), expected=expected, severity="note")


def _is_outside(folder: Path) -> bool:
    return not folder.resolve().is_relative_to(folder.parent.resolve())


def _has_any(data: Path) -> bool:
    """Whether a folder has a file that might register something."""
    try:
        return any(
            wanted(include, ())(relative)
            for name, include in _FOLDERS.values()
            if (data / name).is_dir()
            for relative, _, _ in walk(os.path.realpath(data / name), ())
        )
    except OSError:
        return True  # what is in it, nobody can tell


def _is_known(kind: Kind, file: SourceFile, before: Records, terms: Terms) -> bool:
    """Whether reading a file would tell nothing new."""
    known = before.get(file.path)
    if known is None:
        return False
    try:
        return known.digest == terms.digest(kind, read(file, terms.limit_bytes))
    except ArticleError as error:
        return known.is_broken and known.problems == (error.problem,)


def _files(settings: Settings) -> Iterator[tuple[Kind, SourceFile | Problem]]:
    """Yield every registry file, or what is wrong with one, in order of precedence."""
    for root, data, prefix in _places(settings):
        for kind, (name, include) in _FOLDERS.items():
            folder = data / name
            if not folder.is_dir() or not folder.resolve().is_relative_to(root):
                continue
            it = Folder(
                path=str(folder), name=f"{prefix}/{name}", include=include, exclude=()
            )
            yield from ((kind, file) for file in _scanned(it))


def _scanned(folder: Folder) -> list[SourceFile | Problem]:
    try:
        files, problems = scan([folder])
    except SettingsError as error:
        # Passed over, its topics would move to other feeds.
        raise SettingsError(
            key="registry", expected=error.expected, value=error.value
        ) from error
    return [*files, *problems]


def _places(settings: Settings) -> Iterator[tuple[Path, Path, str]]:
    """Yield (folder to stay in, folder of registries, its name in messages)."""
    for at, folder in enumerate(settings.registry.folders):
        if folder != AUTO and not Path(folder).is_dir():
            raise SettingsError(
                key=f"registry.folders[{at}]",
                expected="expected a folder with topics/ or organizations/",
                value=folder,
            )
    ours = (f"{prefix}_data" for prefix in prefixes(basis.folders(settings)))
    names = (*ours, *map(str, (*beside(settings), *named_folders(settings))))
    for (data, root), name in zip(data_folders(settings), names, strict=True):
        yield root.resolve(), data, name


def _assembled(
    settings: Settings, known: Mapping[str, Record]
) -> tuple[Registry, list[Problem]]:
    ours = [
        *registrations(settings),
        *(each.registration for each in known.values() if each.registration),
    ]
    registry, faults = registry_of(ours, frozenset(settings.feeds.platforms))
    problems = [problem for each in known.values() for problem in each.problems]
    for fault in faults:
        it = ours[fault.at]
        if it.is_setting:
            raise settings_error(fault, it, lambda _key: "")
        problems.append(_problem(fault, known[it.place]))
    return registry, problems


def _problem(fault: Fault, known: Record) -> Problem:
    keys = _KEYS.get(fault.key, (fault.key,))
    key = next((key for key in keys if key in known.lines), fault.key)
    it = known.registration
    return Problem(
        path=it.place if it else "",
        line=known.lines.get(key, 0),
        key=key,
        expected=fault.expected,
        value=shown(fault.value),
        severity="warning",
    )
