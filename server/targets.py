"""Request targets (RFC 9112, 3.2) turned into keys: escaped paths in one spelling.

Two targets have the same key exactly when they name the same path (RFC 3986, 6.2.2).
Nothing is resolved: `..` is a name like any other, and no document has it.
"""

import re
from urllib.parse import quote, unquote_to_bytes

# RFC 3986, 3.3: pchar and "/", but for "%", which is always escaped.
_SAFE = "/:@!$&'()*+,;=~"
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class TargetError(ValueError):
    """A request target that is no legal path."""


def key_of(path: str) -> str:
    """Return the key of a document's path, which has no leading slash."""
    return "/" + quote(path, safe=_SAFE)


def key_of_target(target: str) -> str:
    """Return the key that a request target names; its query is left out.

    Args:
        target: Origin-form or absolute-form, as it stood in the request line;
            undecodable bytes are surrogate escapes.

    Raises:
        TargetError: its path is not UTF-8, or holds control characters.
    """
    raw = _AUTHORITY.sub("", target, count=1) if target[:1] != "/" else target
    raw = raw.partition("?")[0] or "/"
    if not raw.startswith("/") or _BAD_ESCAPE.search(raw):
        raise TargetError("not an absolute path")
    # RFC 3986, 2.2: an escaped slash is no separator, so it cannot name a document.
    # Its key keeps the escape, which no document's key has.
    parts = [_decoded(part) for part in raw.split("/")]
    return "/".join(quote(part, safe=_SAFE.replace("/", "")) for part in parts)


def unslashed(key: str) -> str:
    """Return a key without its last slash, if it has one: no folder is a resource."""
    return key.removesuffix("/") or key


def _decoded(part: str) -> str:
    try:
        text = unquote_to_bytes(part.encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeError as error:
        raise TargetError("not UTF-8") from error
    if _CONTROL.search(text):
        raise TargetError("control character")
    return text
