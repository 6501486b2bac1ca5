"""Content negotiation (RFC 9110, 12) as pure functions over header values.

Results are remembered, as few clients send anything of their own here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from feeds.snapshot import Coding

_REMEMBERED = 512  # distinct header values; an attacker's push out only one another
# RFC 9110, 5.6.4: what a quoted string holds separates nothing; one that is never closed
# holds the rest.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|$)', re.DOTALL)
# RFC 9110, 12.4.2: at most three digits after the point.
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
# RFC 9110, 12.5.3: identity is acceptable even when nothing names it, but less than
# whatever is named: less than the smallest legal weight.
_UNNAMED_IDENTITY = 0.0005
_ALIASES: Mapping[Coding, tuple[str, ...]] = {
    "identity": ("identity",),
    "gzip": ("gzip", "x-gzip"),  # RFC 9110, 8.4.1.3
    "br": ("br",),
    "zstd": ("zstd",),
}
# The names by which a client may ask for each format, in our order of preference.
_FORMATS: Mapping[str, tuple[str, ...]] = {
    "atom": ("application/atom+xml", "application/xml", "text/xml"),
    "rss": ("application/rss+xml", "application/xml", "text/xml"),
    "json": ("application/feed+json", "application/json"),
    "html": ("text/html",),
}
_PROBLEM = ("application/problem+json", "application/json")


def combined(lines: Sequence[str]) -> str | None:
    """Return several header lines as one (RFC 9110, 5.3); None when there is none."""
    if not lines:
        return None
    return lines[0] if len(lines) == 1 else ", ".join(lines)


@lru_cache(_REMEMBERED)
def coding_for(accept_encoding: str | None, by_size: tuple[Coding, ...]) -> Coding:
    """Return the coding to send (RFC 9110, 12.5.3).

    Args:
        accept_encoding: The header; None when the request has none.
        by_size: The codings that exist, smallest first.

    Returns:
        The most preferred; of equals the smallest. Identity when none is acceptable
        and when there is no header: what then could be decoded is only a guess.
    """
    if accept_encoding is None:
        return "identity"
    weights = dict(_weighted(accept_encoding))
    rated = [(_coding_weight(coding, weights), coding) for coding in by_size]
    weight, coding = max(rated, key=lambda item: item[0])  # the first of equals
    return coding if weight > 0 else "identity"


@lru_cache(_REMEMBERED)
def formats_for(accept: str | None) -> tuple[str, ...]:
    """Return all formats, the one to send first (RFC 9110, 12.5.1).

    HTML comes first only where it is preferred to every feed: readers name all types
    they know with equal weight, and want a feed. Formats that are not acceptable come
    last: an odd Accept is better answered by a feed than by a 406.
    """
    weights = dict(_weighted(accept)) if accept is not None else {"*/*": 1.0}
    feeds = [names for form, names in _FORMATS.items() if form != "html"]
    has_html_first = all(_is_html_over(names, weights) for names in feeds)
    return tuple(
        sorted(
            _FORMATS,
            key=lambda form: (
                -_type_weight(_FORMATS[form], weights),
                has_html_first and form != "html",
            ),
        )
    )


@lru_cache(_REMEMBERED)
def is_html_preferred(accept: str | None) -> bool:
    """Whether an error page should be HTML, as browsers prefer, instead of JSON."""
    weights = dict(_weighted(accept or ""))
    return _is_html_over(_PROBLEM, weights)


def _is_html_over(names: Sequence[str], weights: Mapping[str, float]) -> bool:
    """Whether HTML is preferred to what goes by these names.

    At equal weight it is where text/html is named and they are matched by a wildcard
    alone: so ask the browsers of terminals (w3m: `text/html, */*`).
    """
    html = _FORMATS["html"]
    own, other = _type_weight(html, weights), _type_weight(names, weights)
    is_named_alone = _is_named(html, weights) and not _is_named(names, weights)
    return own > other or (own == other > 0 and is_named_alone)


def _is_named(names: Sequence[str], weights: Mapping[str, float]) -> bool:
    return any(name in weights for name in names)


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """Yield each member with its weight, lower-cased, leaving out what is malformed."""
    for member in _QUOTED.sub('""', header.lower()).split(","):
        name, *parameters = (part.strip() for part in member.split(";"))
        pairs = (part.partition("=") for part in parameters)
        # RFC 9110, 12.4.2: the parameter whose whole name is "q".
        weight = next(
            (value.strip() for key, _, value in pairs if key.strip() == "q"), "1"
        )
        if name and _WEIGHT.fullmatch(weight):
            yield name, float(weight)


def _coding_weight(coding: Coding, weights: Mapping[str, float]) -> float:
    named = [weights[name] for name in _ALIASES[coding] if name in weights]
    if named:
        return max(named)
    # RFC 9110, 12.5.3: "*" matches any coding not explicitly listed, identity too.
    return weights.get("*", _UNNAMED_IDENTITY if coding == "identity" else 0)


def _type_weight(names: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return the weight of the most specific range that matches (RFC 9110, 12.5.1)."""
    own = names[0]
    if own in weights:
        return weights[own]
    if named := [weights[name] for name in names if name in weights]:
        return max(named)
    return weights.get(f"{own.partition('/')[0]}/*", weights.get("*/*", 0))
