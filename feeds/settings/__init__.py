"""Settings: one strict TOML file, environment and flags over it, with their origins.

A wrong setting stops the run at its start and names where it was set; an unknown key
names the nearest known one.
"""

from feeds.settings.loading import Loaded, as_written, leaves, load, schema, state_path
from feeds.settings.model import (
    Defaults,
    Feeds,
    Limits,
    Output,
    Schedule,
    Server,
    Settings,
    Site,
    Source,
)

__all__ = [
    "Defaults",
    "Feeds",
    "Limits",
    "Loaded",
    "Output",
    "Schedule",
    "Server",
    "Settings",
    "Site",
    "Source",
    "as_written",
    "leaves",
    "load",
    "schema",
    "state_path",
]
