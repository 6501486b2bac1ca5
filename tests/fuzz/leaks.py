"""Finds what stands under `secured` in what is told of a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feeds.parse.raw import Raw

_CIPHERTEXT = re.compile(r"[A-Za-z0-9+/=;]{24}")  # a date there is no secret
SLICE_CHARS = 24  # of a secret; shorter ones may be told
_AS_KEY = r"(?:- )?[\"']?secured[\"']?[^\S\n]*[:=](.*)$"
_SECURED = re.compile(rf"^[^\S\n]*{_AS_KEY}", re.MULTILINE | re.IGNORECASE)
_SECURED_HEADER = re.compile(rf"^{_AS_KEY}", re.MULTILINE | re.IGNORECASE)


def leaks(
    path: str, text: str, raw: Raw | None, told: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield place and slice of each secret told, unless it is no secret in the file.

    Args:
        path: The file's path, which anybody may know.
        text: The file.
        raw: The file taken apart, if it can be.
        told: Places, and what is told there.
    """
    everything = "\0".join(words for _, words in told)
    for secret, rest in _secrets(text, raw):
        open_text = f"{path}\0{rest}"
        # Hardly ever is there anything to look for more closely.
        if next(_shared(secret, everything, open_text), ""):
            for place, words in told:
                if leak := next(_shared(secret, words, open_text), ""):
                    yield place, leak
            return


def _secrets(text: str, raw: Raw | None) -> set[tuple[str, str]]:
    """Return what stands under `secured`, each with the text that is none of it."""
    # Below a header, what is indented is more of its value.
    keyed = _SECURED_HEADER if raw and raw.dialect == "headers" else _SECURED
    rest = keyed.sub("", text)
    values = (value.strip() for value in keyed.findall(text))
    # What has an anchor is meant to be said elsewhere.
    found = {
        (value, rest)
        for value in values
        if not value.startswith("&") and _CIPHERTEXT.search(value)
    }
    if raw:
        body = _SECURED.sub("", raw.body)
        others = "\0".join([body, *_leaves(raw.metadata, wants=False)])
        inside = _leaves(raw.metadata, wants=True)
        found |= {(each, others) for each in inside if _CIPHERTEXT.search(each)}
    return found


def _leaves(value: Any, *, wants: bool, is_secret: bool = False) -> Iterator[str]:
    """Yield the texts under `secured`, at any depth, or all the others."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            below = is_secret or str(key).casefold() == "secured"
            yield from _leaves(inner, wants=wants, is_secret=below)
            if not wants:
                yield str(key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, wants=wants, is_secret=is_secret)
    elif value is not None and is_secret == wants:
        yield str(value)


def _shared(secret: str, words: str, open_text: str) -> Iterator[str]:
    """Yield slices of the secret that `words` hold, and the open text does not."""
    half = SLICE_CHARS // 2
    # Each slice holds one of these, which are fewer.
    starts = (at for at in range(0, len(secret) - half + 1, half))
    for start in starts:
        if secret[start : start + half] not in words:
            continue
        for at in range(max(0, start - half), start + half + 1):
            piece = secret[at : at + SLICE_CHARS]
            is_whole = len(piece) == SLICE_CHARS and len(set(piece)) > half // 2
            if is_whole and piece in words and piece not in open_text:
                yield piece
