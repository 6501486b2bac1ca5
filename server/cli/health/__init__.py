"""What `stoker doctor` looks at: the software, this machine, and the site's folders."""

from collections.abc import Callable, Iterator
from datetime import datetime

from feeds.errors import SettingsError
from feeds.settings import Loaded
from server.cli.health.finding import Finding
from server.cli.health.premises import site_findings
from server.cli.health.software import machine_findings, software_findings

__all__ = ["Finding", "examine"]


def examine(
    load: Callable[[], Loaded], now: datetime, accepting: Callable[[Loaded], str]
) -> Iterator[Finding]:
    """Yield all findings; without settings, those that need none.

    `accepting` gives the command that accepts a loss.
    """
    yield from software_findings()
    yield from machine_findings(now)
    try:
        loaded = load()
    except SettingsError as error:
        # Which folders are meant, nobody knows now.
        yield Finding(status="fail", what="settings", detail=str(error))
        return
    where = str(loaded.file.absolute()) if loaded.file else "no file; the defaults"
    yield Finding(status="ok", what="settings", detail=where)
    yield from site_findings(loaded.settings, now, accepting(loaded))
