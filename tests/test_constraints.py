"""`config/constraints.txt` holds the versions that a release was tested with."""

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "config/constraints.txt").read_text("utf-8").splitlines()
PINS = {
    canonicalize_name(name): Version(version)
    for name, _, version in (
        line.partition("==") for line in LINES if not line.startswith("#")
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DEPENDENCIES = tuple(map(Requirement, PROJECT["dependencies"]))


def needed(requirements: tuple[Requirement, ...]) -> Iterator[str]:
    """Yield the name of each package that these need on this machine, each once.

    What other versions than the pinned ones need is another matter, and may be more.
    """
    seen, left = set(), list(requirements)
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate()):
            continue
        seen.add(name)
        yield name
        if Version(metadata.version(name)) == PINS.get(name):
            left += map(Requirement, metadata.requires(name) or ())


@pytest.mark.parametrize("dependency", DEPENDENCIES, ids=lambda each: each.name)
def test_a_dependency_is_pinned_within_its_bounds(dependency):
    assert PINS[canonicalize_name(dependency.name)] in dependency.specifier


def test_whatever_those_need_is_pinned_as_well():
    assert set(needed(DEPENDENCIES)) <= PINS.keys()


def test_it_names_versions_and_no_host():
    pins = [line for line in LINES if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
