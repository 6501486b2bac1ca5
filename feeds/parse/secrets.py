"""Keeps `secured` out of text: an article with torn fences may tell it in its body.

The value is a ciphertext, so it is known by its looks as well as by its key: prose that
calls a harbour secured stays.
"""

import re

# No word and no path of a URL has so many, of all these kinds, in a row.
_RUN = (
    r"(?-i:(?=[A-Z0-9+/=;]{0,23}[a-z])(?=[a-z0-9+/=;]{0,23}[A-Z])(?=[A-Za-z/]{0,23}[0-9+=;])"
    r"[A-Za-z0-9+/=;]{24})"
)
_SECURED = re.compile(
    # A line of YAML, TOML or headers, with the lines that its value goes on for.
    rf"""^[^\w\n]*\bsecured["']?[ \t]*[:=]
         (?=[^\n]*{_RUN} | [ \t|>0-9+-]*\n[ \t]*["']?{_RUN})
         [^\n]*(?:\n[ \t]*["']?{_RUN}[^\n]*)*
    # A member of a JSON object, or a line that was joined to others.
    | ["']?\bsecured["']?[ \t]*[:=][ \t]*["'\[]*{_RUN}[^\s"']*["']?""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
# A ciphertext and its initialisation vector, whatever is left of the key.
_CIPHERTEXT = re.compile(
    r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}+={0,2};[A-Za-z0-9+/]{20,}+={0,2}"
)
# The same, for those who only want to know whether to look.
_TRACE = re.compile(r";(?<=[A-Za-z0-9+/=]{40};)[A-Za-z0-9+/]{20}")


def without_secrets(text: str) -> str:
    """Return `text` without any `secured: …`; the same object when there is none."""
    if "ecured" in text or "ECURED" in text:
        text = _SECURED.sub("", text)
    return _CIPHERTEXT.sub("", text) if _TRACE.search(text) else text
