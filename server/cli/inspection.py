"""`check`, `list`, `explain`, `config`, `completion`: what only looks."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from click.shell_completion import get_completion_class

from feeds.pipeline.explain import Standing, standings
from feeds.pipeline.report import Survey
from feeds.plan import exclusion
from feeds.settings import Settings, as_written, schema
from server.cli.exits import QUARANTINE
from server.cli.options import (
    Flags,
    jobs_flag,
    json_flag,
    now_flag,
    require_sources,
    settings_flags,
    show_problems,
)

Rows = Iterator[dict[str, Any]]


def _survey(flags: Flags, now: datetime, jobs: int) -> tuple[Settings, Survey]:
    from feeds.pipeline import survey  # noqa: PLC0415 - `--help` needs none of it

    settings = require_sources(flags.load()).settings
    return settings, survey(settings, now=now, jobs=jobs)


@click.command()
@settings_flags
@jobs_flag
@now_flag
def check(*, flags: Flags, now: datetime, jobs: int) -> None:
    """Report every problem of settings and articles; write nothing."""
    _, found = _survey(flags, now, jobs)
    for problem in found.problems:
        click.echo(f"{problem.severity}: {problem}")
    counts = {"error": 0, "warning": 0, "note": 0}
    for problem in found.problems:
        counts[problem.severity] += 1
    told = ", ".join(f"{count:,} {severity}s" for severity, count in counts.items())
    click.echo(f"{sum(found.outcomes.values()):,} files: {told}", err=True)
    sys.exit(QUARANTINE if counts["error"] else 0)


def _feeds(found: Survey, _now_ts: float) -> Rows:
    for feed in found.feeds:
        yield {
            "feed": feed.stem,
            "label": feed.label,
            "order": feed.order,
            "count": len(feed.members),
        }


def _articles(found: Survey, now_ts: float) -> Rows:
    for problem in found.problems:
        if problem.path not in found.placings and problem.severity != "warning":
            why = f"{problem.key} {problem.expected}".strip()
            yield {"article": problem.path, "published": "", "heat": "", "status": why}
    for placing in found.placings.values():
        published = datetime.fromtimestamp(placing.published_ts, UTC)
        yield {
            "article": placing.path,
            "published": published.isoformat(),
            "heat": placing.heat,
            "status": exclusion(placing, now_ts) or _status(placing.path, found),
        }


def _status(path: str, found: Survey) -> str:
    return "published as last good" if path in found.stale else "published"


def _selections(kind: str) -> Callable[[Survey, float], Rows]:
    def rows(found: Survey, _now_ts: float) -> Rows:
        for feed in found.feeds:
            if feed.kind == kind and feed.is_default:
                yield {
                    kind: feed.label,
                    "feed": feed.base,
                    "newest": feed.members[0].path if feed.members else "",
                    "count": len(feed.members),
                }

    return rows


def _problems(found: Survey, _now_ts: float) -> Rows:
    for problem in found.problems:
        yield msgspec.to_builtins(problem)


_LISTS: Mapping[str, Callable[[Survey, float], Rows]] = {
    "feeds": _feeds,
    "articles": _articles,
    "topics": _selections("topic"),
    "providers": _selections("provider"),
    "problems": _problems,
}


@click.command("list")
@click.argument("what", type=click.Choice(list(_LISTS)))
@settings_flags
@jobs_flag
@now_flag
@json_flag
def list_(*, what: str, flags: Flags, now: datetime, jobs: int, as_json: bool) -> None:
    """List feeds, articles, topics, providers or problems.

    One a line, with tabs between.
    """
    _, found = _survey(flags, now, jobs)
    rows = list(_LISTS[what](found, now.timestamp()))
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        click.echo("\t".join(str(value) for value in row.values()))


@click.command()
@click.argument("article")
@settings_flags
@jobs_flag
@now_flag
@json_flag
@click.option(
    "--feed", metavar="FEED", help='Only this feed, as "topics/joe-biden/hot".'
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
    from feeds.pipeline.basis import plan_rules  # noqa: PLC0415

    settings, found = _survey(flags, now, jobs)
    path = _one_path(article, found)
    problems = [problem for problem in found.problems if problem.path == path]
    placing = found.placings.get(path)
    whys = (problem.expected for problem in problems)
    reason = exclusion(placing, now.timestamp()) if placing else next(whys, "not read")
    places = (
        list(standings(found, placing, plan_rules(settings), now_ts=now.timestamp()))
        if placing and not reason
        else []
    )
    if feed:
        places = [place for place in places if place.feed == feed]
    if as_json:
        row = {"article": path, "out": reason, "feeds": places, "problems": problems}
        click.echo(msgspec.json.encode(row).decode())
        return
    is_feed = any(known.stem == feed for known in found.feeds)
    absent = (
        "not one of its topics, providers or categories" if is_feed else "no such feed"
    )
    _tell(path, reason, f"{feed}\tout: {absent}" if feed and not places else "", places)
    show_problems(problems)
    if path in found.stale:
        click.echo("its last good version is published", err=True)


def _tell(path: str, reason: str, absent: str, places: list[Standing]) -> None:
    click.echo(f"{path}: {f'out of all feeds: {reason}' if reason else 'published'}")
    if absent and not reason:
        click.echo(f"  {absent}")
    for place in places:
        rank = f"rank {place.rank} of {place.of}" if place.rank else "out"
        click.echo(f"  {place.feed}\t{rank}: {place.why}")


def _one_path(article: str, found: Survey) -> str:
    known = {*found.placings, *(problem.path for problem in found.problems)}
    name = article.replace("\\", "/")
    matches = [path for path in known if path == name]
    matches = matches or [
        p for p in known if p.endswith(f"/{name}") or name.endswith(f"/{p}")
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        some = ", ".join(sorted(matches)[:3])
        raise click.UsageError(f"'{article}' is ambiguous: {some}")
    raise click.UsageError(
        f"no article '{article}' in the sources; see `stoker list articles`"
    )


@click.group()
def config() -> None:
    """Show the settings in effect, or their schema."""


@config.command()
@settings_flags
@click.option("--host", hidden=True)
@click.option("--port", hidden=True, type=int)
@json_flag
def show(*, flags: Flags, as_json: bool) -> None:
    """Print every setting with its value and where it comes from."""
    loaded = flags.load()
    rows = [
        {"key": key, "value": value, "origin": loaded.origins[key]}
        for key, value in as_written(loaded.settings).items()
    ]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        value = msgspec.json.encode(row["value"]).decode()
        click.echo(f"{row['key']} = {value}  # {row['origin']}")


@config.command("schema")
def schema_() -> None:
    """Print the JSON Schema of stoker.toml."""
    click.echo(schema_text(), nl=False)


def schema_text() -> str:
    """Return the JSON Schema as it stands in config/stoker.schema.json."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell, to be sourced by it."""
    made = get_completion_class(shell)
    if made is not None:
        root = context.find_root().command
        click.echo(made(root, {}, "stoker", "_STOKER_COMPLETE").source())


COMMANDS = (check, list_, explain, config, completion)
