"""What is wrong with a value of a setting or of a ledger, in words of ours.

msgspec says where, which type it wanted and within which bounds; of its sentences only
those parts are read, and one that has none of them is told in general.
"""

import re
from collections.abc import Mapping

Words = Mapping[str, str]

# Of those who write TOML, and of those who read JSON.
TOML: Words = {
    "array": "a list in brackets",
    "object": "a table",
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
JSON: Words = {
    **TOML,
    "array": "a list",
    "object": "an object",
    "str": "text",
    "datetime": "a date and time with a zone",
    "null": "null",
}
# What is told by a sentence without a type.
_WHOLE = {
    "RFC3339": f"expected {JSON['datetime']}",
    "enum value": "expected one of the words that are known",
}
_KINDS = re.compile(r"Expected `([^`]+)`")
_BOUND = re.compile(r"( of length)? ([<>]=?) (-?\d+)(?:, got|$)")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")


def unknown_key(reason: str) -> str:
    """Return the key of which nothing is known, "" when that is not the reason."""
    found = _UNKNOWN.match(reason)
    return found[1] if found else ""


def expected(reason: str, words: Words) -> str:
    """Return what was expected in place of a value, without the value."""
    if reason.startswith("expected "):  # of a check of ours
        return reason
    if missing := _MISSING.match(reason):
        return f"expected the key '{missing[1]}'"
    for sign, told in _WHOLE.items():
        if sign in reason:
            return told
    kinds = _KINDS.match(reason)
    if not kinds:
        return "expected another value"
    told = " or ".join(words.get(kind, kind) for kind in kinds[1].split(" | "))
    if " matching " in reason:
        return f"expected {told} of the form that Stoker writes"
    bound = _BOUND.search(reason)
    within = f"{bound[1] or ''} {bound[2]} {bound[3]}" if bound else ""
    return f"expected {told}{within}"
