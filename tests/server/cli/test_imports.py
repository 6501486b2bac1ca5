"""Commands pay only for what they use."""

import subprocess
import sys

import pytest

PROGRAM = "import sys; import server.cli; print(*sys.modules)"


@pytest.mark.parametrize(
    "module",
    [
        "aiohttp",
        "apscheduler",
        "feeds.parse.dialects",
        "feeds.pipeline.presets",
        "frontmatter",
        "server.cli.health",
        "server.cli.located",
        "yaml",
    ],
)
def test_p9_the_command_line_starts_without(module, loaded):
    assert module not in loaded


@pytest.fixture(scope="module")
def loaded():
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    return done.stdout.split()
