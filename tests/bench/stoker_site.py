"""Writes settings of Stoker over a folder of articles: the only place that knows them.

A profile says what is made. "like" is held to what the rivals make, each feed's default
order as Atom and RSS; "json" adds JSON Feed and gzip; "everything" is what Stoker
does when nobody tells it otherwise.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rivals import LIMIT

_PLACES = """\
[[sources]]
path = {source}
[schedule]
interval = "{interval}"
[output]
path = {output}
state = {state}
"""
_MADE = """\
encodings = {encodings}
[feeds]
limit = {limit}
orders = []
formats = {formats}
html = false
"""
PROFILES = {
    "everything": "",
    "json": _MADE.format(
        encodings='["gzip"]', formats='["atom", "rss", "json"]', limit=LIMIT
    ),
    "like": _MADE.format(encodings="[]", formats='["atom", "rss"]', limit=LIMIT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where Stoker's settings stand, and where it writes."""

    settings: Path
    articles: Path
    output: Path
    state: Path


def make_site(
    folder: Path, source: Path, *, profile: str, interval: str = "1h"
) -> Site:
    """Write the settings of a site into `folder`, which must not exist.

    Args:
        folder: Where the settings and the output go.
        source: The folder of articles.
        profile: A key of PROFILES.
        interval: How often `stoker serve` builds without being told; a duration.
    """
    folder.mkdir(parents=True)
    site = Site(
        settings=folder / "stoker.toml",
        articles=source,
        output=folder / "output",
        state=folder / "state",
    )
    places = {"source": source, "output": site.output, "state": site.state}
    # A JSON string is a TOML basic string.
    quoted = {key: json.dumps(str(path)) for key, path in places.items()}
    text = _PLACES.format(**quoted, interval=interval) + PROFILES[profile]
    site.settings.write_text(text, encoding="utf-8")
    return site
