"""`replay`: how quiet the feeds would have been over a history of the articles."""

import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from feeds.errors import printable
from feeds.pipeline.quiet import FAULTS, Kind, Replay, score
from feeds.text import parse_date
from server.cli.exits import FAILED
from server.cli.options import Flags, counted, jobs_flag, json_flag

_SHOWN_FINDINGS = 20


def _bound(
    _context: object, _option: object, text: str | None
) -> datetime | str | None:
    """Return an instant, or else a revision, which is what its history says it is."""
    found = parse_date(text, ZoneInfo("UTC")) if text else None
    return found[0] if found and not found[1] else text


@click.command()
@click.argument("git_dir", type=click.Path(exists=True))
@click.option(
    "-c",
    "--config",
    type=click.Path(exists=True, dir_okay=False),
    help="Settings file; ./stoker.toml is used when it exists.",
)
@click.option(
    "--since",
    metavar="DATE|REV",
    callback=_bound,
    help="Begin at this instant (a date alone: its midnight, UTC), or after a revision.",
)
@click.option(
    "--until",
    metavar="DATE|REV",
    callback=_bound,
    help="End with this instant or revision [HEAD].",
)
@click.option(
    "--folder",
    metavar="PATH",
    default="",
    help="Where the articles are in it [the sources that are, else all of it].",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N commits.")
@jobs_flag
@json_flag
def replay(
    *,
    git_dir: str,
    config: str | None,
    since: datetime | str | None,
    until: datetime | str | None,
    folder: str,
    limit: int | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Say how quiet the feeds of a Git history would have been.

    Builds every commit of GIT_DIR in a temporary folder, and compares what readers see.
    Writes nothing else.
    """
    from feeds.pipeline.commits import opened  # noqa: PLC0415 - `--help` needs none of it
    from feeds.pipeline.replay import replay as run  # noqa: PLC0415

    settings = _flags(config).load().settings
    started_s = time.monotonic()
    with opened(Path(git_dir), since=since, until=until) as history:
        done = run(
            history, settings, folder=folder, limit=limit, jobs=jobs, progress=_show
        )
    took_s = time.monotonic() - started_s
    if as_json:
        row = {**_figures(done), "took_s": took_s, "findings": done.tally.findings}
        click.echo(msgspec.json.encode(row).decode())
    else:
        _tell(done)
        rate = done.commits / took_s
        click.echo(f"{took_s:.1f} s, {rate:.1f} commits/s", err=True)
    sys.exit(FAILED if any(done.tally.count(kind) for kind in FAULTS) else 0)


def _flags(config: str | None) -> Flags:
    """Return flags that leave all to the file: nothing is written where it says."""
    nowhere: dict[str, None] = dict.fromkeys(("output", "base_url", "state"))
    return Flags(config=config, source=(), more={}, **nowhere)


def _show(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{stage} {done:,} of {total:,}", err=True, nl=done == total)


def _figures(done: Replay) -> dict[str, object]:
    """Return the figures under the names that programs read."""
    tally = done.tally
    return {
        "score": score(tally),
        "visible": tally.visible,
        "changed": tally.changed,
        "new": tally.new,
        "removed": tally.gone,
        "written": tally.written,
        "written_bytes": tally.size_bytes,
        "commits": done.commits,
        "first": done.first,
        "last": done.last,
        "edits": done.edits,
        "silent": done.silent,
        "retracted": tally.retracted,
        "secured_only": done.secured_only,
        "secured_only_written": done.secured_wrote,
        "faults": {kind: tally.count(kind) for kind in FAULTS},
    }


_FAULTS: Mapping[Kind, str] = {
    "entry_updated": "entries whose updated went back",
    "feed_updated": "feeds whose updated went back",
    "last_modified": "Last-Modified not with the bytes",
    "id": "ids changed",
    "retracted": "retracted entries that stayed",
    "secured": "commits of secured that wrote",
    "unreadable": "documents that cannot be read",
}


def _tell(done: Replay) -> None:
    tally = done.tally
    rows = (
        ("quiet score", f"{score(tally):.4f}"),
        ("changed documents", f"{tally.changed:,}, visibly {tally.visible:,}"),
        ("new, removed documents", f"{tally.new:,}, {tally.gone:,}"),
        ("documents written", f"{tally.written:,} ({tally.size_bytes:,} bytes)"),
        ("commits", f"{done.commits:,}{_span(done)}"),
        (
            "changed files",
            f"{done.edits:,}; {counted(done.silent, 'commit')} in silence",
        ),
        ("retracted entries that left", f"{tally.retracted:,}"),
        (
            "commits of secured alone",
            f"{done.secured_only:,}, wrote {counted(done.secured_wrote, 'file')}",
        ),
        *((label, f"{tally.count(kind):,}") for kind, label in _FAULTS.items()),
    )
    for label, figure in rows:
        click.echo(f"{label}\t{figure}")
    for finding in tally.findings[:_SHOWN_FINDINGS]:
        about = f"{finding.kind}: {finding.place}: {finding.detail}"
        click.echo(printable(f"{finding.commit[:12]} {about.removesuffix(': ')}"))
    if len(tally.findings) > _SHOWN_FINDINGS:
        more = len(tally.findings) - _SHOWN_FINDINGS
        click.echo(f"… and {more:,} more; see --json", err=True)


def _span(done: Replay) -> str:
    return f", {done.first:%Y-%m-%d} to {done.last:%Y-%m-%d}" if done.first else ""


COMMANDS = (replay,)
