"""`init` and the sample site: what writes files for an operator to edit."""

import shutil
from importlib import resources
from pathlib import Path

import click

import server

_FIRST_ARTICLE = """\
---
title: "A first article"
excerpt: "What it says in a sentence or two; feed readers show it below the title."
publishedDateTime: {date}
webUrl: "https://example.org/a-first-article"
category: news
heat: 80
published: true

provider:
  name: Example
  domain: example.org

topics:
  - First steps
---
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False))
def init(folder: str) -> None:
    """Write a stoker.toml and a first article into FOLDER.

    Nothing that exists is overwritten.
    """
    root = Path(folder)
    date = "2026-01-27T09:30:00Z"
    settings = (bundled() / "stoker.toml").read_text("utf-8")
    _write(root / "stoker.toml", _with_source(settings))
    _write(root / "articles" / "first-article.md", _FIRST_ARTICLE.format(date=date))
    _write(root / ".gitignore", "/output/\n/output-state/\n")
    click.echo(f"next: cd {folder} && stoker serve", err=True)


def _with_source(settings: str) -> str:
    """Return the commented defaults with their source switched on."""
    off = '# [[sources]]\n# path = "articles"\n'
    return settings.replace(off, off.replace("# ", ""), 1)


def _write(file: Path, text: str) -> None:
    if file.exists():
        click.echo(f"kept {file}", err=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    click.echo(f"wrote {file}", err=True)


def write_sample(root: Path) -> None:
    """Copy the sample site into `root`, unless there is one already."""
    if (root / "stoker.toml").exists():
        return
    shutil.copytree(bundled() / "sample", root, dirs_exist_ok=True)


def bundled() -> Path:
    """Return the folder of what comes with Stoker: in the wheel, or in the source tree."""
    inside = Path(str(resources.files(server))) / "bundled"
    return inside if inside.is_dir() else Path(server.__file__).parents[1] / "config"


COMMANDS = (init,)
