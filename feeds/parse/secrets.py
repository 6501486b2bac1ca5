"""Keeps `secured` out of text: an article with torn fences may tell it in its body.

The value is a ciphertext, so it is known by its looks as well as by its key: prose that
calls a harbour secured stays.
"""

import re

_CIPHER = r"[A-Za-z0-9+/=;]"
_SECURED = re.compile(
    rf"""["']?\bsecured["']?[ \t]*[:=][ \t]*(?:[|>][-+\d]*)?\s*["']*(?:\\?["'])?"""
    rf"""{_CIPHER}{{16,}}[^\n]*(?:\n[ \t]*{_CIPHER}{{16,}}["']*[ \t]*(?=\n|$))*""",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """Return `text` without any `secured: …`; the same object when there is none."""
    if "ecured" not in text and "ECURED" not in text:
        return text
    return _SECURED.sub("", text)
