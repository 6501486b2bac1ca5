"""Front matter that is read line by line means what the YAML reader says it means."""

import pytest

from feeds.parse.cluster import without_surplus
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
        for text in (parts[0], without_surplus(parts[0], BOUNDS.related).text):
            found = read_lines(text, BOUNDS)
            if found is not None:
                by_line += 1
                assert found == read_yaml(text, BOUNDS), file.name
    assert by_line
