"""The registry of a build: from the settings, and from files below `_data`.

A file is parsed when its content changes; what it registered is kept in the catalog, so
that one which breaks goes on meaning what it meant: else feeds would move.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from feeds.article import SourceFile
from feeds.catalog import Catalog
from feeds.errors import ArticleError, Problem, SettingsError, shown
from feeds.pipeline import basis
from feeds.registry import Fault, Kind, Registration, Registry, registry_of
from feeds.settings import Settings, home_page, registrations, settings_error
from feeds.source import Folder, prefixes, read, scan

_MEMORY = "registry"  # the key in the catalog
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a file of this content registers; of a broken one, what it did before."""

    digest: str
    registration: Registration | None
    lines: Mapping[str, int]
    problems: tuple[Problem, ...]


_Memory = dict[str, _Known]


def load_registry(
    settings: Settings, catalog: Catalog
) -> tuple[Registry, tuple[Problem, ...]]:
    """Return the registered topics and providers, and what is wrong with the files.

    Raises:
        SettingsError: a folder cannot be read, or a topic of the settings has a parent
            that nobody registers.
    """
    before = _before(catalog)
    known: _Memory = {}
    others = []
    for kind, file in _files(settings):
        if isinstance(file, Problem):
            others.append(file)
        else:
            known[file.path] = _known(kind, file, settings, before.get(file.path))
    if known != before:
        catalog.remember(_MEMORY, msgspec.json.encode(known).decode())
    registry, problems = _assembled(settings, known)
    return registry, (*others, *problems)


def _before(catalog: Catalog) -> _Memory:
    try:
        return msgspec.json.decode(catalog.remembered(_MEMORY) or "{}", type=_Memory)
    except msgspec.ValidationError:
        return {}  # as an older release kept it


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
    sources = basis.folders(settings)
    for source, prefix in zip(sources, prefixes(sources), strict=True):
        root = Path(source.path)
        yield root.resolve(), root / "_data", f"{prefix}_data"
    for at, folder in enumerate(settings.registry.folders):
        if not Path(folder).is_dir():
            raise SettingsError(
                key=f"registry.folders[{at}]",
                expected="expected a folder with topics/ or organizations/",
                value=folder,
            )
        yield Path(folder).resolve(), Path(folder), folder.rstrip("/")


def _known(
    kind: Kind, file: SourceFile, settings: Settings, before: _Known | None
) -> _Known:
    limit_bytes = settings.limits.front_matter_bytes
    home = home_page(settings)
    last_good = before.registration if before else None
    try:
        content = read(file, limit_bytes)
    except ArticleError as error:
        return _Known(
            digest="", registration=last_good, lines={}, problems=(error.problem,)
        )
    digest = basis.digest(basis.code_digest(), kind, home, content)
    if before and before.digest == digest:
        return before
    from feeds.pipeline.registration import read_registration  # noqa: PLC0415 - YAML

    found, lines, problems = read_registration(
        kind, file.path, content, home=home, limit_bytes=limit_bytes
    )
    is_broken = any(problem.severity == "error" for problem in problems)
    return _Known(
        digest=digest,
        registration=last_good if is_broken else found,
        lines=lines,
        problems=problems,
    )


def _assembled(
    settings: Settings, known: Mapping[str, _Known]
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


def _problem(fault: Fault, known: _Known) -> Problem:
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
