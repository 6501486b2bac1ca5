"""`ledger`: what cannot be made again, as text, to be kept or taken elsewhere."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from feeds.errors import CatalogError
from feeds.settings import state_path
from server.cli.exits import FAILED
from server.cli.options import (
    Flags,
    counted,
    settings_flags,
    show_problems,
)


@click.group()
def ledger() -> None:
    """Take ids and dates to another machine, or keep them safe.

    The ledger is what no build can make again: the articles' ids, when each was last
    changed and first seen, the last good versions of broken files, ETags and
    Last-Modified.
    """


@ledger.command("export")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@settings_flags
def export(*, flags: Flags, file: str) -> None:
    """Write the ledger to FILE, or to stdout, as JSON lines."""
    from feeds.catalog import FILE_NAME, open_catalog  # noqa: PLC0415 - not for `--help`
    from feeds.pipeline.transfer import exported  # noqa: PLC0415

    folder = state_path(flags.load().settings)
    with open_catalog(folder, private=True) as catalog:
        if not catalog.has_ledger():
            raise CatalogError(f"{folder / FILE_NAME}: there is no ledger yet")
        found = catalog.ledger()
    if file == "-":
        sys.stdout.buffer.writelines(exported(found))
        return
    _write(Path(file), exported(found))
    click.echo(f"wrote {counted(len(found.rows), 'row')} to {file}", err=True)


def _write(file: Path, lines: Iterable[bytes]) -> None:
    """Write a file whole, or leave what was there."""
    waiting = file.with_name(f"{file.name}.new")
    try:
        with waiting.open("wb") as opened:
            opened.writelines(lines)
        waiting.replace(file)
    finally:
        waiting.unlink(missing_ok=True)


@ledger.command("import")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@settings_flags
@click.option("--replace", is_flag=True, help="In place of the ledger that is there.")
def import_(*, flags: Flags, file: str, replace: bool) -> None:
    """Read the ledger in FILE, as `export` wrote it; then build.

    All of it or, with a wrong line, nothing. A ledger that is there stays unless you
    say --replace.
    """
    from feeds.pipeline.transfer import adopt, imported  # noqa: PLC0415 - not for `--help`

    settings = flags.load().settings
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    found, problems = imported(file, content)
    if problems:
        show_problems(problems)
        click.echo(f"stoker: {file}: nothing was imported", err=True)
        sys.exit(FAILED)
    aside = adopt(found, state_path(settings), now=datetime.now(UTC), replace=replace)
    if aside:
        click.echo(f"the damaged catalog was set aside as {aside}", err=True)
    click.echo(f"imported {counted(len(found.rows), 'row')}; now build", err=True)


COMMANDS = (ledger,)
