"""The registry of a build: from the settings, and from files below `_data`.

A file is parsed when its content changes; what it registered is kept in the catalog, so
that one which breaks goes on meaning what it meant: else feeds would move.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from feeds.article import SourceFile
from feeds.catalog import Catalog
from feeds.errors import ArticleError, Problem, SettingsError, shown
from feeds.pipeline import basis
from feeds.pipeline.registry_records import (
    Record,
    Records,
    Terms,
    remember,
    remembered,
    terms_of,
)
from feeds.pipeline.report import Clock
from feeds.registry import Fault, Kind, Registry, registry_of
from feeds.settings import Settings, data_folders, registrations, settings_error
from feeds.source import Folder, prefixes, read, scan

_FOLDERS: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    "topic": ("topics", ("*.yaml", "*.yml")),
    "provider": ("organizations", ("*.md",)),
}
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
    return registry, (*others, *problems)


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
        if not Path(folder).is_dir():
            raise SettingsError(
                key=f"registry.folders[{at}]",
                expected="expected a folder with topics/ or organizations/",
                value=folder,
            )
    ours = (f"{prefix}_data" for prefix in prefixes(basis.folders(settings)))
    names = (*ours, *(folder.rstrip("/") for folder in settings.registry.folders))
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
