"""`explain`: why one article is in a feed, out, or at that rank."""

import os
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

import click
import msgspec

from feeds.errors import Severity, printable
from feeds.pipeline.explain import Standing, standings
from feeds.pipeline.report import Survey
from feeds.plan import exclusion
from feeds.settings import Settings
from server.cli.options import (
    Flags,
    jobs_flag,
    json_flag,
    now_flag,
    settings_flags,
    show_problems,
    surveyed,
)


@click.command()
@click.argument("article")
@settings_flags
@jobs_flag
@now_flag
@json_flag
@click.option(
    "--feed",
    metavar="FEED",
    help='Only this feed, as "topics/joe-biden/hot"; old names will do.',
)
def explain(
    *,
    article: str,
    flags: Flags,
    now: datetime,
    jobs: int,
    as_json: bool,
    feed: str | None,
) -> None:
    """Say why ARTICLE is in a feed, out, or at that rank.

    ARTICLE is its path in the source, or the end of it, or the file itself.
    """
    settings, found = surveyed(flags, now, jobs)
    path = _one_path(article, found, settings)
    problems = [problem for problem in found.problems if problem.path == path]
    placing = found.placings.get(path)
    reason = exclusion(placing, now.timestamp()) if placing else reason_out(path, found)
    places = (
        list(standings(found, placing, now_ts=now.timestamp()))
        if placing and not reason
        else []
    )
    if feed:
        feed = _as_called_now(feed, settings)
        places = [place for place in places if place.feed == feed]
    is_stale = path in found.stale
    since = found.held_back.get(path)
    if as_json:
        row = {
            "article": path,
            "out": reason,
            "last_good": is_stale,
            "held_back": since,
            "feeds": places,
            "problems": problems,
        }
        click.echo(msgspec.json.encode(row).decode())
        return
    is_feed = any(known.stem == feed for known in found.feeds)
    absent = (
        "not one of its topics, providers or categories" if is_feed else "no such feed"
    )
    _tell(path, reason, f"{feed}\tout: {absent}" if feed and not places else "", places)
    show_problems(problems)
    if since:
        click.echo(f"{held_back(since)}; its last version stands in for it", err=True)
    if is_stale:
        stands = "is published" if not reason else "stands in for it"
        click.echo(f"its last good version {stands}", err=True)


def _as_called_now(feed: str, settings: Settings) -> str:
    """Return what a feed is called that moved; what is asked for, where it did not."""
    from server.cli.redirects import moved_stems  # noqa: PLC0415 - where one is asked for

    return moved_stems(settings).get(feed, feed)


def _tell(path: str, reason: str, absent: str, places: list[Standing]) -> None:
    out = f"out of all feeds: {reason}" if reason else "published"
    click.echo(printable(f"{path}: {out}"))
    if absent and not reason:
        click.echo(f"  {absent}")
    for place in places:
        rank = f"rank {place.rank} of {place.of}" if place.rank else "out"
        click.echo(f"  {place.feed}\t{rank}: {place.why}")


def _one_path(article: str, found: Survey, settings: Settings) -> str:
    """Return the identity of the article meant: itself, its file, or the end of it.

    Raises:
        click.UsageError: there is none, or more than one.
    """
    known = {*found.placings, *(problem.path for problem in found.problems)}
    known |= found.held_back.keys()
    if article in known:
        return article
    if Path(article).is_file():
        from server.cli.located import locate  # noqa: PLC0415 - as in `surveyed`

        path = locate(settings, found).path_of(article)
        if path in known:
            return path
        raise click.UsageError(
            f"'{_legible(article)}' is no article of the sources: their `include` and"
            " `exclude` pass over it, or it lies elsewhere, or its name is that of a"
            " hidden or unfinished file"
        )
    return _one_like(_legible(article), known)


def _one_like(article: str, known: Collection[str]) -> str:
    if article in known:
        return article
    matches = [path for path in known if path.endswith(f"/{article}")]
    # A file that is gone, or is named from another folder: the fullest match.
    within = max((p for p in known if article.endswith(f"/{p}")), key=len, default="")
    if len(matches) == 1 or (within and not matches):
        return within or matches[0]
    if matches:
        some = ", ".join(sorted(matches)[:3])
        raise click.UsageError(f"'{article}' is ambiguous: {some}")
    raise click.UsageError(
        f"no article '{article}' in the sources; see `stoker list articles`"
    )


def _legible(name: str) -> str:
    """Return a name as identities have it: one that is no UTF-8 is escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def held_back(since: datetime) -> str:
    """Return what is said of an article whose file is gone."""
    return f"held back: its file is gone since {since:%Y-%m-%dT%H:%M:%SZ}"


# What keeps a file out is its error or, when it is held, a note.
_DECISIVE: Mapping[Severity, int] = {"error": 0, "note": 1, "warning": 2}
_STANDINGS: Mapping[Severity, str] = {
    "error": "in quarantine: ",
    "note": "",  # says all itself
    "warning": "not published: ",
}


def reason_out(path: str, found: Survey) -> str:
    """Return why there is no article, good or last good, in a file."""
    if since := found.held_back.get(path):
        return f"{held_back(since)}; what holds it stays as it is published"
    problems = [problem for problem in found.problems if problem.path == path]
    worst = min(problems, key=lambda problem: _DECISIVE[problem.severity])
    key = f"{worst.key}: " if worst.key else ""
    return f"{_STANDINGS[worst.severity]}{key}{worst.expected}"


COMMANDS = (explain,)
