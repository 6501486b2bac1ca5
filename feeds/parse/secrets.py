"""Keeps `secured` out: of fields, of problems, and of text.

An article with torn fences may tell it in its body. There the value is a ciphertext, so it is known by its looks as well as by its key: prose that
calls a harbour secured stays.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

SECURED = "secured"
# No word and no path of a URL has so many, of all these kinds, in a row.
_RUN = (
    r"(?-i:(?=[A-Z0-9+/=;]{0,23}[a-z])(?=[a-z0-9+/=;]{0,23}[A-Z])(?=[A-Za-z/]{0,23}[0-9+=;])"
    r"[A-Za-z0-9+/=;]{24})"
)
_SECURED = re.compile(
    # A line of YAML, TOML or headers, with the lines that its value goes on for.
    rf"""^[^\w\n]*\bsecured["']?[^\S\n]*[:=]
         (?=[^\n]*{_RUN} | [ \t|>0-9+-]*\n[ \t]*["']?{_RUN})
         [^\n]*(?:\n[ \t]*["']?{_RUN}[^\n]*)*
    # A member of a JSON object, or a line that was joined to others.
    | ["']?\bsecured["']?[^\S\n]*[:=][ \t]*["'\[]*{_RUN}[^\s"']*["']?""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
# A ciphertext and its initialisation vector, whatever is left of the key.
_CIPHERTEXT = re.compile(
    r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}+={0,2};[A-Za-z0-9+/]{20,}+={0,2}"
)
# The same, for those who only want to know whether to look.
_TRACE = re.compile(r";(?<=[A-Za-z0-9+/=]{40};)[A-Za-z0-9+/]{20}")


def is_secured(key: str) -> bool:
    """Whether a key path such as "params.secured.iv" is, or leads through, `secured`."""
    parts = re.split(r"[.\[]", key)
    return any(part.strip().casefold() == SECURED for part in parts)


def told_of(key: str) -> str:
    """Return as much of a key path as may be told: no key that is below `secured`."""
    found = _BELOW.match(key)
    return found[1] if found else key


_BELOW = re.compile(
    r"((?:.*?[.\]])?[ \t]*secured[ \t]*)[.\[]", re.DOTALL | re.IGNORECASE
)


def without_secured(value: Any) -> Any:
    """Return a value of front matter less whatever is `secured`, at any depth."""
    if isinstance(value, Mapping):
        items: Iterable[tuple[str, Any]] = value.items()
        return {key: without_secured(it) for key, it in items if not is_secured(key)}
    return [without_secured(it) for it in value] if isinstance(value, list) else value


def without_secrets(text: str) -> str:
    """Return `text` without any `secured: …`; the same object when there is none."""
    if "ecured" in text or "ECURED" in text:
        text = _SECURED.sub("", text)
    return _CIPHERTEXT.sub("", text) if _TRACE.search(text) else text
