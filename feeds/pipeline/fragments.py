"""Fragments in memory, for a builder that stays."""

from collections import OrderedDict

_MOST_HELD_BYTES = 64 * 1024 * 1024


class Fragments:
    """Fragments of articles by path, with their revision: those used of late.

    A feed's other entries are the same from one build to the next; reading each from
    the catalog took half the time of a change.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[str, dict[str, bytes]]] = OrderedDict()
        self._size_bytes = 0

    def get(self, path: str, revision: str) -> dict[str, bytes] | None:
        """Return the fragments of this revision by format, if they are held."""
        held = self._held.get(path)
        if held is None or held[0] != revision:
            return None
        self._held.move_to_end(path)
        return held[1]

    def hold(self, path: str, revision: str, formats: dict[str, bytes]) -> None:
        """Hold an article's fragments, in place of what was not used for longest."""
        if was := self._held.pop(path, None):
            self._size_bytes -= sum(map(len, was[1].values()))
        self._held[path] = revision, formats
        self._size_bytes += sum(map(len, formats.values()))
        while self._size_bytes > _MOST_HELD_BYTES:
            _, (_, oldest) = self._held.popitem(last=False)
            self._size_bytes -= sum(map(len, oldest.values()))
