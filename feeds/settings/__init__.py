"""Settings: one strict TOML file, environment and flags over it, with their origins.

A wrong setting stops the run at its start and names where it was set; an unknown key
names the nearest known one.
"""

from feeds.settings.beside import beside, passed_by
from feeds.settings.loading import (
    SETTINGS_FILE,
    Loaded,
    apart,
    as_written,
    leaves,
    load,
    schema,
    state_path,
)
from feeds.settings.model import (
    AUTO,
    Defaults,
    Feeds,
    Limits,
    Output,
    Provider,
    RegistryFiles,
    Schedule,
    Server,
    Settings,
    Site,
    Source,
    Topic,
)
from feeds.settings.placing import placed
from feeds.settings.registered import (
    data_folders,
    home_page,
    named_folders,
    registrations,
    settings_error,
)

__all__ = [
    "AUTO",
    "SETTINGS_FILE",
    "Defaults",
    "Feeds",
    "Limits",
    "Loaded",
    "Output",
    "Provider",
    "RegistryFiles",
    "Schedule",
    "Server",
    "Settings",
    "Site",
    "Source",
    "Topic",
    "apart",
    "as_written",
    "beside",
    "data_folders",
    "home_page",
    "leaves",
    "load",
    "named_folders",
    "passed_by",
    "placed",
    "registrations",
    "schema",
    "settings_error",
    "state_path",
]
