"""Front matter that is read line by line means what the YAML reader says it means."""

import pytest

from feeds.parse.cluster import without_related
from feeds.parse.handlers import _Yaml
from feeds.parse.lines import read_lines
from feeds.parse.raw import decode
from feeds.parse.rules import Bounds
from feeds.parse.yaml import read_yaml
from tests.real.conftest import SHARED

BOUNDS = Bounds()


@pytest.mark.parametrize("folder", ["corpus/diablo4", "corpus/mspowerapps", "weird"])
def test_every_real_file_is_read_alike(folder):
    by_line = 0
    for file in sorted((SHARED / folder).rglob("*.m*d*")):
        parts = _Yaml.parts(decode(file.name, file.read_bytes()).lstrip())
        if parts is None:
            continue
        found = read_lines(parts[0], BOUNDS)
        if found is not None:
            by_line += 1
            assert found == read_yaml(parts[0], BOUNDS), file.name
    assert by_line


def _used(item):
    keys = ("title", "publisheddatetime", "originalurl", "weburl")
    who = item.get("provider")
    named = {"provider": {"name": who["name"]}} if who else {}
    return {key: item[key] for key in keys if key in item} | named


def test_related_articles_taken_out_beforehand_are_those_that_yaml_reads():
    every = Bounds(related=1_000)
    taken_out = 0
    for file in sorted((SHARED / "corpus/diablo4/_news").glob("*.md")):
        front_matter = _Yaml.parts(decode(file.name, file.read_bytes()))[0]
        short = without_related(front_matter, every)
        if short:
            taken_out += 1
            whole = read_yaml(front_matter, every)[0]
            assert list(short.items) == list(map(_used, whole["related"])), file.name
    assert taken_out > 500
