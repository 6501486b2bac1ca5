"""Why an article may not be published, in its own words."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from feeds.parse import fields as read
from feeds.parse.fields import Fields
from feeds.parse.presets import TYPO_CUTOFF

_TRUTHS: tuple[tuple[str, bool, Callable[[bool], bool]], ...] = (
    ("published", True, lambda is_published: not is_published),
    ("removed", False, bool),
    ("draft", False, bool),
)
# What WordPress, Pelican and their exports call whatever is not for everybody.
_HIDDEN_STATES = frozenset(
    ("draft", "hidden", "private", "pending", "trash", "unpublished", "auto-draft")
)

_SHOWN_STATES = frozenset(("published", "publish", "public", "live"))
_STATES = sorted(_HIDDEN_STATES)


def _is_unlisted(value: Any) -> bool:
    """Whether Hugo's `build` says that no list shows the page."""
    listed = value.get("list") if isinstance(value, dict) else None
    return listed is False or listed in ("never", "local")


# Of other generators: what must be there and how it must read to keep a page back.
_SIGNS: Mapping[str, Callable[[Any], bool]] = {
    "password": bool,  # WordPress shows such a post to those who know it
    "permalink": lambda value: value is False,  # Eleventy writes no page
    "eleventyexcludefromcollections": lambda value: value is True,
    "headless": lambda value: value is True,  # Hugo
    "build": _is_unlisted,
    "_build": _is_unlisted,
}


def withheld(fields: Fields) -> str:
    """Return the reason not to publish an article, or ""."""
    for key, missing, withholds in _TRUTHS:
        value = read.truth(fields, key, missing=missing)
        if withholds(value):
            return f"{key}: {str(value).lower()}"
    key, status = fields.value("status")
    state = status.strip().casefold() if isinstance(status, str) else ""
    if state in _HIDDEN_STATES:
        return f"status: {state}"
    # Any other word is a site's own, unless it was meant to be one of these.
    near = get_close_matches(state, _STATES, n=1, cutoff=TYPO_CUTOFF) if state else []
    if near and state not in _SHOWN_STATES:
        fields.report(key, f"unknown state; did you mean {near[0]}?", status)
    for key, is_sign in _SIGNS.items():
        if is_sign(fields.at(key)):
            return f"kept back by its {key}"
    return "among the drafts" if "/_drafts/" in f"/{fields.path}" else ""
