"""Time zones as they are on this machine: an input of a build like any other.

Their data change with the system's packages, or with the package tzdata where the system
has none. `zoneinfo` reads each zone once in the life of a process, so one that lives long
is given a new one here whenever the data differ.
"""

import zoneinfo
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

_FEW = 8  # a site has one zone, and a process that tests many sites several
_CHANGELESS = "UTC"


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return a zone by its IANA name, with its data as they are now.

    Raises:
        ZoneInfoNotFoundError: there is none of that name.
    """
    file = _file_of(name)
    return _loaded(name, file, _facts_of(file))


def digest_of(name: str) -> str:
    """Return what changes with the data of a zone; "" for one that never does."""
    if name == _CHANGELESS:
        return ""
    file = _file_of(name)
    return _digest(file, _facts_of(file))


def candidates(name: str) -> Iterator[Path]:
    """Yield the files that a zone may be read from, the best first; most are not there.

    Each that comes, changes or goes may be another zone by the same name.
    """
    for folder in zoneinfo.TZPATH:
        yield Path(folder, name)
    spec = find_spec("tzdata")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder, "zoneinfo", name)


def _file_of(name: str) -> Path | None:
    return next(filter(Path.is_file, candidates(name)), None)


def _facts_of(file: Path | None) -> tuple[int, ...]:
    """Return what tells one version of a file from another."""
    try:
        status = file.stat() if file else None
    except OSError:
        status = None
    if status is None:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(_FEW)
def _loaded(
    name: str, _file: Path | None, _facts: tuple[int, ...]
) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo.no_cache(name)


@lru_cache(_FEW)
def _digest(file: Path | None, _facts: tuple[int, ...]) -> str:
    try:
        data = file.read_bytes() if file else b""
    except OSError:
        data = b""
    return blake2b(data, digest_size=8).hexdigest()
