"""`list`, `config`, `completion`: what only shows what there is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from typing import Any

import click
import msgspec
from click.shell_completion import get_completion_class

from feeds.errors import Severity, printable
from feeds.pipeline.report import Survey
from feeds.plan import exclusion
from feeds.settings import Settings, as_written, schema
from server.cli.explain import held_back, reason_out
from server.cli.options import (
    SEVERITIES,
    Flags,
    jobs_flag,
    json_flag,
    now_flag,
    place_of,
    settings_flags,
    surveyed,
)
from server.cli.redirects import HOSTS, lines_for, rules_of

Rows = Iterator[dict[str, Any]]


def _feeds(found: Survey, _settings: Settings, _now_ts: float) -> Rows:
    for feed in found.feeds:
        yield {
            "feed": feed.stem,
            "label": feed.label,
            "order": feed.order,
            "count": len(feed.members),
        }


def _articles(found: Survey, settings: Settings, now_ts: float) -> Rows:
    """Yield a row for every file, those without a good version first."""
    from server.cli.located import locate  # noqa: PLC0415 - as in `surveyed`

    located = locate(settings, found)
    told = {problem.path for problem in found.problems} | found.held_back.keys()
    for path in sorted(told):
        is_article = located.is_article(path) or path in found.held_back
        if path not in found.placings and is_article:
            status = reason_out(path, found)
            yield {"article": path, "published": "", "heat": "", "status": status}
    for placing in found.placings.values():
        published = datetime.fromtimestamp(placing.published_ts, UTC)
        yield {
            "article": placing.path,
            "published": published.isoformat(),
            "heat": placing.heat,
            "status": exclusion(placing, now_ts) or _status(placing.path, found),
        }


def _status(path: str, found: Survey) -> str:
    if since := found.held_back.get(path):
        return held_back(since)
    return "published as last good" if path in found.stale else "published"


def _selections(kind: str) -> Callable[[Survey, Settings, float], Rows]:
    def rows(found: Survey, _settings: Settings, _now_ts: float) -> Rows:
        for feed in found.feeds:
            if feed.kind == kind and feed.is_default:
                yield {
                    kind: feed.label,
                    "feed": feed.base,
                    "newest": feed.members[0].path if feed.members else "",
                    "count": len(feed.members),
                }

    return rows


def _problems(found: Survey, _settings: Settings, _now_ts: float) -> Rows:
    for problem in sorted(dict.fromkeys(found.problems), key=place_of):
        yield {
            "severity": problem.severity,
            "path": problem.path,
            "line": problem.line,
            "key": problem.key,
            "expected": problem.expected,
            "value": problem.value,
        }


_LISTS: Mapping[str, Callable[[Survey, Settings, float], Rows]] = {
    "feeds": _feeds,
    "articles": _articles,
    "topics": _selections("topic"),
    "providers": _selections("provider"),
    "problems": _problems,
}
_REDIRECTS = "redirects"  # of what is published, not of what would be
# Which lists a filter is for, and the column that it looks at.
_FILTERED = {
    "--severity": {"problems": "severity"},
    "--path": {"problems": "path", "articles": "article"},
}


@click.command("list")
@click.argument("what", type=click.Choice([*_LISTS, _REDIRECTS]))
@settings_flags
@jobs_flag
@now_flag
@json_flag
@click.option(
    "--format",
    "rules",
    type=click.Choice(HOSTS),
    help="Redirects as rules for a static host.",
)
@click.option(
    "--severity",
    multiple=True,
    type=click.Choice(SEVERITIES),
    help="Only problems of this severity; may be repeated.",
)
@click.option(
    "--path",
    "pattern",
    metavar="GLOB",
    help='Only articles and problems of these files, as "2026-*" or "news/*".',
)
def list_(
    *,
    what: str,
    flags: Flags,
    now: datetime,
    jobs: int,
    as_json: bool,
    rules: str | None,
    severity: tuple[Severity, ...],
    pattern: str | None,
) -> None:
    """List feeds, articles, topics, providers, problems or redirects.

    One a line, with tabs between. Redirects are from the old URLs of feeds that have
    another name now.
    """
    tests: dict[str, Callable[[str], bool]] = {}
    if severity:
        tests["--severity"] = severity.__contains__
    if pattern:
        tests["--path"] = partial(_is_like, pattern)
    for flag in tests:
        if what not in _FILTERED[flag]:
            lists = " and ".join(_FILTERED[flag])
            raise click.UsageError(f"{flag} is a filter of {lists} only")
    if what == _REDIRECTS:
        _show_redirects(flags.load().settings, rules, as_json=as_json)
        return
    if rules:
        raise click.UsageError(f"--format is for {_REDIRECTS} only")
    settings, found = surveyed(flags, now, jobs)
    rows = [
        row
        for row in _LISTS[what](found, settings, now.timestamp())
        if all(test(row[_FILTERED[flag][what]]) for flag, test in tests.items())
    ]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        click.echo("\t".join(printable(str(value)) for value in row.values()))


def _show_redirects(settings: Settings, host: str | None, *, as_json: bool) -> None:
    if host and as_json:
        raise click.UsageError("--format or --json, not both")
    rules = rules_of(settings)
    if as_json:
        rows = [{"from": path, "to": goal} for path, goal in rules]
        click.echo(msgspec.json.encode(rows).decode())
    for line in () if as_json else lines_for(host or HOSTS[0], rules):
        click.echo(line)


def _is_like(pattern: str, path: str) -> bool:
    """Whether a path matches as those of `include` do: without "/", by its name."""
    return fnmatch(path if "/" in pattern else path.rpartition("/")[2], pattern)


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


COMMANDS = (list_, config, completion)
