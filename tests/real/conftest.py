"""Real articles, in `shared` beside the project; without that folder all is skipped."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared"
ENVIRON = {
    **{k: v for k, v in os.environ.items() if not k.startswith("STOKER_")},
    "PYTHONPATH": ":".join(
        [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    ),
}
NOW = "2026-11-20T12:00:00Z"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="needs the folder `shared` beside the project")
    for item in items:
        if Path(__file__).parent in item.path.parents and not SHARED.is_dir():
            item.add_marker(missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What one build published, printed and returned."""

    root: Path
    code: int
    report: dict[str, Any]
    logged: str

    @property
    def output(self) -> Path:
        return self.root / "output"

    def items(self, stem: str) -> list[dict[str, Any]]:
        """Return the items of a feed, from its JSON Feed."""
        found = json.loads((self.output / f"{stem}.json").read_bytes())
        return list(found["items"])

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Return modification time and content of every published file."""
        return {
            file.relative_to(self.output).as_posix(): (
                file.stat().st_mtime_ns,
                file.read_bytes(),
            )
            for file in self.output.rglob("*")
            if file.is_file()
        }


def build(root: Path, settings: str, *flags: str, now: str = NOW) -> Built:
    """Build a site of these settings in `root`, by a process of its own."""
    root.mkdir(parents=True, exist_ok=True)
    head = (
        '[site]\nbase_url = "https://feeds.example"\ntag_authority = "t.example,2026"\n'
    )
    (root / "stoker.toml").write_text(head + settings, "utf-8")
    run = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "server", "build", "--json", "--now", now, *flags],
        cwd=root,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert run.stdout, run.stderr
    return Built(
        root=root, code=run.returncode, report=json.loads(run.stdout), logged=run.stderr
    )


def source(path: Path, *more: str) -> str:
    """Return the settings of one source."""
    return "\n".join(["[[sources]]", f"path = {json.dumps(str(path))}", *more, ""])


_SECURED = re.compile(r'^secured: "?([A-Za-z0-9+/=;]+)', re.MULTILINE)
_RUNS = re.compile(rb"[A-Za-z0-9+/=;]{24,}")


def slices(folder: Path) -> set[bytes]:
    """Return every run of 24 characters in what the articles there keep `secured`."""
    return {
        value[at : at + 24].encode()
        for file in folder.rglob("*")
        if file.is_file()
        for value in _SECURED.findall(file.read_text("utf-8", "replace"))
        for at in range(len(value) - 23)
    }


def leaks(secrets: set[bytes], contents: Sequence[bytes]) -> list[bytes]:
    """Return the secrets that are in one of the contents."""
    return [
        run[at : at + 24]
        for content in contents
        for run in _RUNS.findall(content)
        for at in range(len(run) - 23)
        if run[at : at + 24] in secrets
    ]
