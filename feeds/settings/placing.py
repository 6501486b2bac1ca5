"""Where a setting stands that turns out wrong only when the folders are looked at."""

from feeds.errors import SettingsError
from feeds.settings.arrays import line_in
from feeds.settings.loading import Loaded


def placed(error: SettingsError, loaded: Loaded) -> SettingsError:
    """Return an error with the place of its setting, as far as that has one.

    Args:
        error: Its key is a setting's, as "sources[1].path" or "schedule.cron".
        loaded: The settings that it is about.
    """
    leaf = error.key.partition("[")[0]
    origin = loaded.origins.get(leaf, "default")
    if error.origin or origin == "default":
        return error
    if loaded.file and origin.startswith(f"{loaded.file}:"):
        line = line_in(_text(loaded), error.key, error.key.rpartition(".")[2])
        origin = f"{loaded.file}:{line}" if line else origin
    return SettingsError(
        key=error.key, expected=error.expected, value=error.value, origin=origin
    )


def _text(loaded: Loaded) -> str:
    try:
        return loaded.file.read_text("utf-8-sig") if loaded.file else ""
    except (OSError, UnicodeDecodeError):  # changed since
        return ""
