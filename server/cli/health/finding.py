"""One thing that was looked at, and how it was found."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, in a word or two, and what about it.

    "fail": Stoker cannot work so. "warn": it works, but somebody should know.
    """

    status: Status
    what: str
    detail: str
