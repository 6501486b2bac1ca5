"""What the catalog keeps, as values: of files in its cache, of the past in its ledger.

The types of the ledger's rows have the names and the order of their columns, and say
what may stand in each: `msgspec` checks them wherever rows come from outside.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from feeds.article import SourceFile
from feeds.lineage import Lineage

_Filled = Annotated[str, Meta(min_length=1)]
_TagUri = Annotated[str, Meta(pattern=r"^tag:[^\x00-\x20]+\Z")]
# RFC 9110, 8.8.3: it is sent as it stands here.
_EntityTag = Annotated[str, Meta(pattern=r'^"[!#-~]*"\Z')]
_Instant = Annotated[datetime, Meta(tz=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was last seen of a file, and the digest of the rules it was parsed under.

    `measured` are the media files that were measured for it, encoded, or "".
    """

    size_bytes: int
    mtime_ns: int
    inode: int
    rules: str
    outcome: str
    measured: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """What parsing one file gave; `placing` and `article` are encoded, or None.

    `look` is the preset that it looks like, or ""; `measured` as in `Known`.
    """

    file: SourceFile
    rules: str
    outcome: str
    placing: bytes | None
    article: bytes | None
    problems: tuple[bytes, ...]
    look: str = ""
    measured: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A value remembered under a key, such as the tag authority that ids are made with."""

    key: _Filled
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The ledger's word on an article.

    `earlier` are significances it had before, newest first, separated by blanks;
    `updated` is the instant of its last significant change, `first_seen` that of the
    build which met it first, both in whole seconds. `significance` is "" where only
    what was published is known: then it is that of the article as it is met again.
    """

    path: _Filled
    id: _TagUri
    significance: str
    earlier: str
    updated: _Instant
    first_seen: _Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGood:
    """The last good version of a file that is broken now, encoded."""

    path: _Filled
    rules: str
    placing: bytes
    article: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What a feed was when last published: the digest of all it depends on, `updated`."""

    stem: _Filled
    digest: str
    updated: _Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentState:
    """The validators that a document was last published with."""

    path: _Filled
    etag: _EntityTag
    last_modified: _Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """An article that came or went within the last hour, or is held back (`is_held` 1).

    As a `feeds.loss.Trace` has it; `gone_ts` is when it last did either, in seconds
    since 1970.
    """

    path: _Filled
    source: str
    gone_ts: int
    came: Annotated[int, Meta(ge=0)]
    went: Annotated[int, Meta(ge=0)]
    is_held: Annotated[int, Meta(ge=0, le=1)]


LedgerRow = (
    Memory | Identity | LastGood | FeedState | DocumentState | Departure | Lineage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that cannot be made again from the articles, each part in order of its keys."""

    memories: tuple[Memory, ...] = ()
    identities: tuple[Identity, ...] = ()
    last_good: tuple[LastGood, ...] = ()
    feeds: tuple[FeedState, ...] = ()
    documents: tuple[DocumentState, ...] = ()
    departed: tuple[Departure, ...] = ()
    lineages: tuple[Lineage, ...] = ()

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """All rows, part after part."""
        return (
            *self.memories,
            *self.identities,
            *self.last_good,
            *self.departed,
            *self.lineages,
            *self.feeds,
            *self.documents,
        )
