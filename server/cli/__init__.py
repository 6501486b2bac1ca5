"""The command line: `stoker`. Data goes to stdout, everything else to stderr.

Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, with files in
quarantine; 4 another build holds the lock.
"""

import sys

import click

from feeds import __version__
from feeds.errors import BusyError, SettingsError, StokerError
from server.cli import (
    check,
    content,
    doctor,
    explain,
    inspection,
    ledger,
    replay,
    running,
)
from server.cli.exits import BUSY, FAILED, WRONG_SETTINGS


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 done with "
    "files in quarantine, 4 another build is at work.",
)
@click.version_option(__version__, prog_name="stoker", message="%(prog)s %(version)s")
def stoker() -> None:
    """Publish Atom, RSS and JSON feeds from a folder of articles, and keep them fresh."""


for part in (running, content, check, inspection, explain, ledger, doctor, replay):
    for command in part.COMMANDS:
        stoker.add_command(command)


def main() -> None:
    """Run the command line and exit."""
    try:
        stoker()
    except StokerError as error:
        click.echo(f"stoker: {error}", err=True)
        sys.exit(_exit_code(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"stoker: {place}{error.strerror or error}", err=True)
        sys.exit(FAILED)


def _exit_code(error: StokerError) -> int:
    if isinstance(error, SettingsError):
        return WRONG_SETTINGS
    return BUSY if isinstance(error, BusyError) else FAILED
