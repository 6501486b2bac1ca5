"""The documentation is true: its examples run, and nothing is left out of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from feeds.settings import leaves
from server.cli import stoker

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DEFAULTS = (ROOT / "config" / "stoker.toml").read_text("utf-8")


def test_the_tour_prints_what_it_says(tmp_path):
    tour = "".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", tour, re.MULTILINE)
    (tmp_path / "stoker").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m server "$@"\n', "utf-8"
    )
    (tmp_path / "stoker").chmod(0o755)
    assert len(steps) >= 6
    for command, expected in steps:
        done = subprocess.run(  # noqa: S603 - our own README
            ["/bin/bash", "-c", f"exec 2>&1\n{command}"],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert without_times(done.stdout) == without_times(expected), command


def without_times(text):
    """Return the text without what another machine or release may say otherwise."""
    text = re.sub(r"wrote [1-9]\d* files", "wrote … files", text)
    return re.sub(r"\(\d+\.\d s\)", "(… s)", text)


COMMANDS = stoker.list_commands(click.Context(stoker))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name):
    assert f"stoker {name}" in README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    command = stoker.get_command(click.Context(stoker), name)
    assert command.help
    assert "…" not in command.get_short_help_str(limit=65)


@pytest.mark.parametrize("key", [key for key, _ in leaves() if "." in key])
def test_every_setting_is_in_the_commented_defaults(key):
    section, _, name = key.partition(".")
    table = DEFAULTS.partition(f"\n[{section}]")[2].partition("\n[")[0]
    assert re.search(rf"^{name} = ", table, re.MULTILINE)


@pytest.mark.parametrize("route", ["/healthz", "/readyz", "feeds.json", "index.html"])
def test_every_route_is_in_the_readme(route):
    assert route in README


def test_every_file_in_config_is_introduced():
    told = (ROOT / "config" / "README.md").read_text("utf-8")
    for entry in sorted((ROOT / "config").glob("[!R]*")):
        assert entry.name in told


def test_every_dependency_has_its_reason():
    names = re.findall(
        r'^  "([a-z-]+)[<>=]',
        (ROOT / "pyproject.toml").read_text("utf-8"),
        re.MULTILINE,
    )
    table = README.partition("## Dependencies")[2].partition("\n## ")[0].lower()
    assert names
    for name in names:
        assert name in table, name
