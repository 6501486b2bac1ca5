"""Versions, packages and bounds of the process: what does not depend on a site."""

import importlib
import platform
import re
import resource
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import metadata

from feeds import __version__
from server.cli.health.finding import Finding

_MODULES: Mapping[str, str] = {"python-frontmatter": "frontmatter", "pyyaml": "yaml"}
# The server takes 900 connections at once; the rest is for its files and builds.
_DESCRIPTORS = 1_024
_RELEASE_YEAR = 2026

Version = tuple[int, ...]


def software_findings() -> Iterator[Finding]:
    """Yield what Stoker consists of and stands on."""
    yield Finding(status="ok", what="stoker", detail=__version__)
    yield Finding(
        status="ok",
        what="python",
        detail=f"{platform.python_version()} on {platform.system()}",
    )
    yield _sqlite(sqlite3.sqlite_version_info)
    yield from _packages()


def machine_findings(now: datetime) -> Iterator[Finding]:
    """Yield how the clock and the bounds of this process stand."""
    yield _clock(now)
    yield _descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _sqlite(version: Version) -> Finding:
    shown = ".".join(map(str, version))
    if _has_wal_reset_fix(version):
        return Finding(status="ok", what="sqlite", detail=shown)
    detail = (
        f"{shown}; before 3.51.3 there is a rare bug, by which two connections that"
        " write or checkpoint at the same instant may damage the catalog"
    )
    return Finding(status="warn", what="sqlite", detail=detail)


def _has_wal_reset_fix(version: Version) -> bool:
    """Whether the "WAL-reset bug" of SQLite 3.7.0 to 3.51.2 is mended."""
    mended_before = ((3, 44, 6), (3, 50, 7))  # on the branches of older releases
    return version >= (3, 51, 3) or any(
        version[:2] == mended[:2] and version >= mended for mended in mended_before
    )


def _packages() -> Iterator[Finding]:
    """Yield each package that ours requires, by our own metadata."""
    try:
        wanted = metadata.requires("stoker") or []
    except metadata.PackageNotFoundError:
        detail = "not installed as a package, so the versions it needs are not known"
        yield Finding(status="warn", what="packages", detail=detail)
        return
    for requirement in sorted(wanted, key=str.lower):
        if ";" not in requirement:  # neither an extra nor for other systems only
            yield _package(requirement)


def _package(requirement: str) -> Finding:
    match = re.match(r"[\w.-]+", requirement)
    name = match[0] if match else requirement
    try:
        version = metadata.version(name)
        importlib.import_module(_MODULES.get(name.lower(), name.lower()))
    except metadata.PackageNotFoundError:
        return Finding(status="fail", what=name, detail="not installed")
    except (ImportError, OSError) as error:
        return Finding(status="fail", what=name, detail=f"cannot be imported: {error}")
    bounds = requirement.removeprefix(name).strip(" ()")
    if not _meets(version, bounds):
        detail = f"{version}, expected {bounds}"
        return Finding(status="warn", what=name, detail=detail)
    beneath = _BENEATH.get(name.lower())
    return (
        beneath(version) if beneath else Finding(status="ok", what=name, detail=version)
    )


def _meets(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds such as "<4,>=3.11"."""
    found = _numbers(version)
    return all(
        found >= _numbers(bound) if sign == ">=" else found < _numbers(bound)
        for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", bounds)
    )


def _numbers(version: str) -> Version:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()


def _lxml(version: str) -> Finding:
    from lxml import etree  # noqa: PLC0415 - only once it is known to be there

    libxml = ".".join(map(str, etree.LIBXML_VERSION))
    return Finding(status="ok", what="lxml", detail=f"{version}, libxml2 {libxml}")


def _yaml(version: str) -> Finding:
    import yaml  # noqa: PLC0415 - only once it is known to be there

    if yaml.__with_libyaml__:
        return Finding(status="ok", what="pyyaml", detail=f"{version}, with libyaml")
    detail = f"{version}, without libyaml: YAML is read about ten times slower"
    return Finding(status="warn", what="pyyaml", detail=detail)


_BENEATH: Mapping[str, Callable[[str], Finding]] = {"lxml": _lxml, "pyyaml": _yaml}


def _clock(now: datetime) -> Finding:
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    if now.year >= _RELEASE_YEAR:
        return Finding(status="ok", what="clock", detail=shown)
    detail = f"{shown} is before the release of Stoker in {_RELEASE_YEAR}"
    return Finding(status="fail", what="clock", detail=detail)


def _descriptors(limit: int) -> Finding:
    if limit == resource.RLIM_INFINITY:
        return Finding(status="ok", what="file descriptors", detail="no limit")
    if limit >= _DESCRIPTORS:
        return Finding(status="ok", what="file descriptors", detail=f"up to {limit:,}")
    detail = f"up to {limit:,}, expected {_DESCRIPTORS:,} for a busy server (ulimit -n)"
    return Finding(status="warn", what="file descriptors", detail=detail)
