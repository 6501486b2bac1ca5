"""How quiet a publication is, in figures.

The *quiet score* is the share of changed documents (there before and after, with other
bytes) in which a reader would see a change, as `feeds.pipeline.visible` defines it: 1
when no change is in vain. Documents that come or go are counted apart.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "invisible",  # a document's bytes changed, and nothing that a reader sees
    "entry_updated",  # an entry's `updated` went back
    "feed_updated",  # a feed's did
    "last_modified",  # it did not move just when the bytes did, or went back
    "id",  # an article has another id than before, or one that nobody gave it
    "retracted",  # an article that may not be published is in a document
    "secured",  # a commit that changed only `secured` wrote a file
    "unreadable",  # a reader cannot parse a document
]
FAULTS: tuple[Kind, ...] = (
    *("entry_updated", "feed_updated", "last_modified"),
    *("id", "retracted", "secured", "unreadable"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that should not be: at which commit, in which document or entry."""

    kind: Kind
    commit: str
    place: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What some commits did to the documents.

    `changed` documents were there before and after, `visible` are those of them in
    which a reader sees a change; `written` files have `size_bytes` in all, the lists of
    feeds included; `retracted` entries left because their articles may not be published
    any more.
    """

    changed: int = 0
    visible: int = 0
    new: int = 0
    gone: int = 0
    written: int = 0
    size_bytes: int = 0
    retracted: int = 0
    findings: tuple[Finding, ...] = ()

    def count(self, kind: Kind) -> int:
        """Return how many findings there are of a kind."""
        return sum(finding.kind == kind for finding in self.findings)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            changed=self.changed + other.changed,
            visible=self.visible + other.visible,
            new=self.new + other.new,
            gone=self.gone + other.gone,
            written=self.written + other.written,
            size_bytes=self.size_bytes + other.size_bytes,
            retracted=self.retracted + other.retracted,
            findings=self.findings + other.findings,
        )


def score(tally: Tally) -> float:
    """Return the share of changed documents in which a reader sees a change."""
    return tally.visible / tally.changed if tally.changed else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a whole replay came to.

    Of its `commits`, `silent` changed files and no document; `secured_only` are those
    that changed nothing but `secured`, which must write nothing. `edits` counts files,
    by commit.
    """

    commits: int = 0
    first: datetime | None = None
    last: datetime | None = None
    edits: int = 0
    silent: int = 0
    secured_only: int = 0
    secured_wrote: int = 0
    tally: Tally = Tally()
