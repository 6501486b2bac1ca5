"""`list redirects`: what moved, as rules for hosts that can send elsewhere.

Without them a static host answers old URLs with copies, which readers can live with; with
them it answers 301, as `stoker serve` does. The files are there in any case, so a rule has
to come before them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from feeds.errors import printable
from feeds.output import read_manifest
from feeds.settings import Settings
from feeds.snapshot import Manifest
from server.redirects import Moved, moved_of
from server.targets import key_of

Rule = tuple[str, str]  # the path to send away, decoded, and that to go to, escaped


def rules_of(settings: Settings) -> list[Rule]:
    """Return what is published elsewhere now, stems with and without a last slash."""
    prefix = urlsplit(settings.site.base_url).path.rstrip("/")
    moved = _moved(settings)
    stems = {
        f"{each}{end}": to for each, to in moved.stems.items() for end in ("", "/")
    }
    return sorted(
        (f"{unquote(prefix)}/{path}", f"{quote(unquote(prefix))}{key_of(target)}")
        for path, target in {**moved.documents, **stems}.items()
    )


def moved_stems(settings: Settings) -> Mapping[str, str]:
    """Return the stems of feeds that moved, each with the one that it has now."""
    return _moved(settings).stems


def _moved(settings: Settings) -> Moved:
    manifest = read_manifest(Path(settings.output.path)) or Manifest()
    return moved_of(manifest.moved)


def _netlify(path: str, goal: str) -> str:
    return f"{quote(path)} {goal} 301!"  # "!": though there is a file


def _nginx(path: str, goal: str) -> str:
    return f"location = {_quoted(path)} {{ return 301 {_quoted(goal)}; }}"


def _caddy(path: str, goal: str) -> str:
    return f"redir {_quoted(path)} {_quoted(goal)} 301"


def _apache(path: str, goal: str) -> str:
    pattern = f"^{re.escape(path)}$"
    return f"RedirectMatch permanent {_quoted(pattern, escape='')} {_quoted(goal)}"


def _quoted(text: str, *, escape: str = "\\") -> str:
    if escape:
        text = text.replace("\\", "\\\\")
    return '"{}"'.format(text.replace('"', '\\"'))


def _table(path: str, goal: str) -> str:
    return f"{printable(path)}\t{goal}"


_WRITERS: Mapping[str, Callable[[str, str], str]] = {
    "table": _table,
    "netlify": _netlify,
    "nginx": _nginx,
    "caddy": _caddy,
    "apache": _apache,
}
# A port of its own, or a proxy's, is none of the address that readers know.
_HEADS: Mapping[str, str] = {"nginx": "absolute_redirect off;"}
HOSTS = tuple(_WRITERS)


def lines_for(host: str, rules: list[Rule]) -> Iterator[str]:
    """Yield the lines that a host reads, none where nothing moved."""
    if rules and host in _HEADS:
        yield _HEADS[host]
    for path, goal in rules:
        # What stands for something else to one host or another, in no slug of ours.
        yield _WRITERS[host](path, re.sub(r"[$*{}]", _escaped, goal))


def _escaped(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
