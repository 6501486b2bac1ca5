"""Dates that files do not state themselves: of their first commit, of their first sight."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from feeds.catalog import Catalog, Identity
from feeds.errors import HistoryError, Problem
from feeds.plan import Placing
from feeds.source import Folder, article_path, prefixes

_MEMORY = "history"  # the key in the catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What Git said of a source at a `head`: when each path was first committed."""

    head: str
    dates: Mapping[str, int]


class Histories:
    """What Git says of the sources of one build.

    Of each it is asked when an article there wants a date, and not again before its
    history has moved. What it cannot tell is a problem of the source, one of
    `problems`; its articles without a date are held.
    """

    def __init__(
        self, catalog: Catalog, folders: Sequence[Folder], *, afresh: bool = False
    ) -> None:
        self.problems: list[Problem] = []
        self._catalog, self._folders = catalog, folders
        self._answers = {} if afresh else _remembered(catalog)
        self._heads: dict[int, str] = {}

    def has_moved(self, source: int) -> bool:
        """Whether Git may say something else of a source than when last asked."""
        return self._answer(source) is None

    def first_commits(self, sources: Collection[int]) -> dict[str, datetime]:
        """Return when the files of these sources were first committed, by path."""
        dates: dict[str, datetime] = {}
        for source in sorted(sources):
            try:
                answer = self._answer(source) or self._asked(source)
            except HistoryError as error:
                self.problems.append(_without_history(self._folders[source], error))
                continue
            dates |= {
                path: datetime.fromtimestamp(seconds, UTC)
                for path, seconds in answer.dates.items()
            }
        return dates

    def _answer(self, source: int) -> _Answer | None:
        """Return what Git would say again."""
        known = self._answers.get(self._folders[source].path)
        return known if known and known.head == self._head(source) else None

    def _head(self, source: int) -> str:
        from feeds.history import head  # noqa: PLC0415 - few sites ask Git

        if source not in self._heads:
            prefix = prefixes(self._folders)[source]
            found = head(self._folders[source].path)
            # The dates are kept by identity, so by the prefix, too.
            self._heads[source] = f"{prefix} {found}" if found else ""
        return self._heads[source]

    def _asked(self, source: int) -> _Answer:
        from feeds.history import first_commits  # noqa: PLC0415 - as above

        folder, prefix = self._folders[source], prefixes(self._folders)[source]
        head = self._head(source)  # before: should it move meanwhile, it is asked again
        found = first_commits(folder.path).items()
        dates = {
            article_path(prefix, path): int(date.timestamp()) for path, date in found
        }
        answer = _Answer(head=head, dates=dates)
        ours = {each.path for each in self._folders}
        others = {path: it for path, it in self._answers.items() if path in ours}
        self._answers = {**others, folder.path: answer}
        encoded = msgspec.json.encode(self._answers).decode()
        self._catalog.remember(_MEMORY, encoded)
        return answer


def _remembered(catalog: Catalog) -> dict[str, _Answer]:
    kept = catalog.remembered(_MEMORY) or "{}"
    try:
        return msgspec.json.decode(kept, type=dict[str, _Answer])
    except msgspec.ValidationError:
        return {}  # as another release kept it


def _without_history(source: Folder, error: HistoryError) -> Problem:
    expected = f"expected a Git history, so articles without a date are held; {error}"
    return Problem(
        path=source.path, key="undated", expected=expected, severity="warning"
    )


def dated(placing: Placing, identity: Identity) -> Placing:
    """Return the placing with the date that readers see.

    That of an article dated ahead, where its source does not hold it until then, is the
    instant when it was first seen, for good: whatever date it states later on, and
    when it comes.
    """
    first_seen_ts = identity.first_seen.timestamp()
    if not placing.is_clamped or placing.published_ts <= first_seen_ts:
        return placing
    return replace(
        placing,
        published_ts=first_seen_ts,
        revision=f"{placing.revision}-{first_seen_ts:.0f}",
    )
