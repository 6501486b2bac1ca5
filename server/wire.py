"""What the server and its builder say to each other: one line of JSON at a time.

The server asks for a build (`Request`), the builder says what became of it (`Answer`).
The settings go the same way, in a file that the server writes anew when they change.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from feeds.errors import Problem
from feeds.loss import HeldBack
from feeds.settings import Settings
from feeds.snapshot import DocumentRecord

Status = Literal["built", "skipped", "failed"]

# Files that may have changed, by their absolute paths; None: any file may have.
Paths = frozenset[str] | None
NO_PATHS: Paths = frozenset()
MANY_PATHS = 1_000  # from there on a scan of all files is no dearer


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One build that the server asks for; numbers are never used twice."""

    number: int
    paths: Paths


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the build of that number.

    `reason` is one line, empty for a build. The counts, `next_change`, `next_expiry`,
    `gone`, `moved`, `is_news`, `is_unfinished`, `losses`, `before` and `after` are the
    report's (see `feeds.pipeline.report`); `changed` is None when it is long, and reading
    the manifest the shorter way. `news` are problems that the builder has not told before,
    `problems` counts all.
    """

    number: int
    status: Status
    reason: str = ""
    articles: int = 0
    written: int = 0
    pending: int = 0
    problems: int = 0
    news: tuple[Problem, ...] = ()
    next_change: datetime | None = None
    next_expiry: datetime | None = None
    changed: tuple[DocumentRecord, ...] | None = None
    gone: tuple[str, ...] = ()
    moved: Mapping[str, str] = {}
    is_news: bool = False
    is_unfinished: bool = False
    losses: tuple[HeldBack, ...] = ()
    before: str = ""
    after: str = ""


def together(one: Paths, other: Paths) -> Paths:
    """Return the files of both; None when these are many."""
    if one is None or other is None:
        return None
    both = one | other
    return both if len(both) <= MANY_PATHS else None


def line_of(message: Request | Answer) -> bytes:
    """Return a message as it is sent."""
    return msgspec.json.encode(message) + b"\n"


def request_in(line: bytes) -> Request:
    """Return the request in a line.

    Raises:
        ValueError: there is none.
    """
    return msgspec.json.decode(line, type=Request)


def answer_in(line: bytes) -> Answer:
    """Return the answer in a line.

    Raises:
        ValueError: there is none.
    """
    return msgspec.json.decode(line, type=Answer)


def write_settings(settings: Settings, file: Path) -> None:
    """Write settings for the builder, in place of those written before."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # /tmp is swept at times
    waiting = file.with_suffix(".new")
    waiting.write_bytes(msgspec.msgpack.encode(settings))
    waiting.replace(file)


def read_settings(file: Path) -> Settings:
    """Return the settings that were written last."""
    return msgspec.msgpack.decode(file.read_bytes(), type=Settings)
