"""Where documents went that moved, and the bare stems of their feeds."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Each path that is no living document's, or no feed's stem, with the one to go to."""

    documents: Mapping[str, str]
    stems: Mapping[str, str]


def moved_of(documents: Mapping[str, str]) -> Moved:
    """Return these documents with the stems of their feeds, neither with a slash first.

    One order may go to another in some formats: the same order is the better one.
    """
    stems: dict[str, str] = {}
    for path, target in documents.items():
        stem, goal = (each.rpartition(".")[0] for each in (path, target))
        if len(goal) > len(stems.get(stem, "")):
            stems[stem] = goal
    return Moved(documents=documents, stems=stems)
