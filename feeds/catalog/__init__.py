"""The catalog: what is known of the articles, and the ledger of what must not be lost.

One SQLite file in the state folder. Its cache tables can be made again from the
articles: what parsing gave (article, problem), fragments, and which articles are where
(live, placement, spelling, selection). The ledger is not derivable: pinned ids and the last
significant change (identity), the last good version of a file now broken (last_good),
each feed's `updated`, each document's validators (document), which articles came or
went of late, or are held back though their files are gone (departed), under which names
each feed goes on (lineage), what publications that did not end may have left (leftover), and
what else is remembered (meta).

Plain `sqlite3`, not SQLAlchemy: importing the latter took 270 ms, about as long as a
whole build of 1,000 unchanged articles.
"""

from feeds.catalog.ledger import TABLES, ledger_of
from feeds.catalog.opening import (
    FILE_NAME,
    Catalog,
    open_catalog,
    set_aside,
    translated_errors,
)
from feeds.catalog.placements import Live, Member, Place, Selection
from feeds.catalog.rows import (
    ArticleRow,
    Departure,
    DocumentState,
    FeedState,
    Identity,
    Known,
    LastGood,
    Ledger,
    LedgerRow,
    Memory,
)
from feeds.catalog.salvage import salvage
from feeds.catalog.schema import VERSION, inspect

__all__ = [
    "FILE_NAME",
    "TABLES",
    "VERSION",
    "ArticleRow",
    "Catalog",
    "Departure",
    "DocumentState",
    "FeedState",
    "Identity",
    "Known",
    "LastGood",
    "Ledger",
    "LedgerRow",
    "Live",
    "Member",
    "Memory",
    "Place",
    "Selection",
    "inspect",
    "ledger_of",
    "open_catalog",
    "salvage",
    "set_aside",
    "translated_errors",
]
