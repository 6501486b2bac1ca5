"""The command line: `stoker`. Data goes to stdout, everything else to stderr.

Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, with files in
quarantine or articles held back; 4 another build holds the lock.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from feeds import __version__
from feeds.errors import BusyError, SettingsError, StokerError
from server.cli.exits import BUSY, FAILED, WRONG_SETTINGS

# The module of each command: only that of the one asked for is imported, since all of
# them take longer than a build that finds nothing to do.
_MODULES: Mapping[str, str] = {
    "build": "running",
    "serve": "running",
    "demo": "running",
    "init": "content",
    "check": "check",
    "list": "inspection",
    "config": "inspection",
    "completion": "inspection",
    "explain": "explain",
    "ledger": "ledger",
    "doctor": "doctor",
    "replay": "replay",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name."""
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"server.cli.{_MODULES[cmd_name]}")
        commands: Sequence[click.Command] = module.COMMANDS
        return next(each for each in commands if each.name == cmd_name)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 done with "
    "files in quarantine or articles held back, 4 another build is at work.",
)
@click.version_option(__version__, prog_name="stoker", message="%(prog)s %(version)s")
def stoker() -> None:
    """Publish Atom, RSS and JSON feeds from a folder of articles, and keep them fresh."""


def main(caller: str = "") -> None:
    """Run the command line and exit; `caller` tells it apart (see `feeds.stamp`)."""
    try:
        stoker(obj=caller)
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
