"""`doctor`: how the software, this machine and the site's folders are found."""

import sys
from collections import Counter
from datetime import UTC, datetime

import click
import msgspec

from feeds.errors import printable
from feeds.settings import Loaded
from server.cli.exits import FAILED
from server.cli.options import (
    Flags,
    counted,
    json_flag,
    require_sources,
    settings_flags,
)


@click.command()
@settings_flags
@json_flag
def doctor(*, flags: Flags, as_json: bool) -> None:
    """Look at the software, the clock and the folders.

    Writes nothing, and needs no settings. Exit code 1 when something fails.
    """
    from server.cli.health import examine  # noqa: PLC0415 - `--help` needs none of it

    found = list(examine(lambda: _loaded(flags), datetime.now(UTC), flags.accepting))
    counts = Counter(finding.status for finding in found)
    if as_json:
        by_status = {status: counts[status] for status in ("ok", "warn", "fail")}
        click.echo(msgspec.json.encode({"counts": by_status, "checks": found}).decode())
    else:
        for finding in found:
            line = f"{finding.status:<4}  {finding.what}: {finding.detail}"
            click.echo(printable(line))
        told = (counted(counts["fail"], "failure"), counted(counts["warn"], "warning"))
        click.echo(f"{counted(len(found), 'check')}: {', '.join(told)}", err=True)
    sys.exit(FAILED if counts["fail"] else 0)


def _loaded(flags: Flags) -> Loaded:
    """Return the settings; those without sources are fine here."""
    loaded = flags.load()
    return require_sources(loaded) if loaded.settings.sources else loaded


COMMANDS = (doctor,)
