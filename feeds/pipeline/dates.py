"""Dates that files do not state themselves: of their first commit, of their first sight."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from feeds.article import SourceFile
from feeds.catalog import Identity
from feeds.errors import HistoryError, Problem
from feeds.parse.rules import Rules
from feeds.plan import Placing
from feeds.source import Folder, article_path, prefixes


def committed(
    changed: Sequence[SourceFile],
    rules: Sequence[tuple[Rules, str]],
    folders: Sequence[Folder],
) -> tuple[dict[str, datetime], list[Problem]]:
    """Return when the files of sources dated by Git were first committed, by path.

    Git is asked only about sources in which something changed. What it cannot tell is
    a problem of the source, and the articles without a date are held.
    """
    dates: dict[str, datetime] = {}
    problems = []
    wanted = {f.source for f in changed if rules[f.source][0].undated == "git"}
    for index in sorted(wanted):
        from feeds.history import first_commits  # noqa: PLC0415 - few sites ask Git

        source, prefix = folders[index], prefixes(folders)[index]
        try:
            found = first_commits(source.path)
        except HistoryError as error:
            problems.append(_without_history(source, error))
            continue
        dates.update((article_path(prefix, path), date) for path, date in found.items())
    return dates, problems


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
