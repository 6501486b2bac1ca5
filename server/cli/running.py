"""`build`, `serve`, `demo`: what publishes."""

import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import msgspec
from click.core import ParameterSource

from feeds.errors import BusyError, Problem
from feeds.pipeline import regenerate
from feeds.pipeline.gathering import Gathered
from feeds.pipeline.report import Progress, Report
from feeds.pipeline.shelf import Shelf
from feeds.settings import Loaded, Settings
from server.cli import standing
from server.cli.content import write_sample
from server.cli.exits import QUARANTINE
from server.cli.options import (
    Flags,
    jobs_flag,
    json_flag,
    located_in_settings,
    now_flag,
    require_sources,
    settings_flags,
    show_problems,
)
from server.wire import write_settings

_DRAWN_EVERY_S = 0.1  # progress
# What a loss is accepted for is no reason to give up while a build of a server runs.
_PATIENCE_S = 20.0
_TRY_EVERY_S = 0.1
_UNPRINTED = frozenset(
    (
        *("changed", "gone", "is_news", "is_unfinished", "before", "after"),
        *("next_expiry", "emptied", "lasting", "moved", "is_registered_anew", "late"),
    )
)


@click.command()
@settings_flags
@jobs_flag
@now_flag
@json_flag
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--force", is_flag=True, help="Trust no cache; make everything again.")
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Withdraw all articles whose files are gone, those held back too.",
)
@click.pass_context
def build(
    context: click.Context,
    *,
    flags: Flags,
    jobs: int,
    now: datetime,
    as_json: bool,
    dry_run: bool,
    force: bool,
    accept_loss: bool,
) -> None:
    """Bring the output folder up to date, then exit.

    Says nothing when nothing changed.
    """
    clock_ns = time.time_ns()
    trace = standing.trace_of_settings(flags.config, clock_ns)
    loaded = require_sources(flags.load())
    settings = loaded.settings
    is_dated = context.get_parameter_source("now") is not ParameterSource.DEFAULT
    is_usual = not (is_dated or force or accept_loss or dry_run)
    seen = None
    if is_usual and trace and context.obj:
        seen = standing.look(settings, trace, context.obj, clock_ns)

    def leave_stamp(found: Gathered, shelf: Shelf, report: Report) -> None:
        if seen:
            said = _json(_unchanged(report), loaded) if as_json else ""
            code = QUARANTINE if report.has_errors else 0
            standing.keep(seen, found, shelf, report, code=code, said=said)

    started = time.monotonic()
    with _progress() as progress:
        run = partial(
            regenerate,
            settings,
            accept_loss=accept_loss,
            accept=flags.accepting(loaded),
            now=now,
            clock=time.time_ns,
            jobs=jobs,
            progress=progress,
            force=force,
            dry_run=dry_run,
            keep=leave_stamp,
        )
        report = _in_turn(run) if accept_loss else run()
    if as_json:
        click.echo(_json(report, loaded))
    elif report.written or report.removed or _has_to_be_told(report):
        show_problems(_told(report, loaded))
        click.echo(_summary(report, time.monotonic() - started), err=True)
    sys.exit(QUARANTINE if report.has_errors else 0)


def _in_turn(run: Callable[[], Report]) -> Report:
    """Build once no other build is at work, such as one of `stoker serve`.

    Raises:
        BusyError: it is at work for longer than one waits for.
    """
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return run()
        except BusyError:
            if time.monotonic() > until_s:
                raise
        time.sleep(_TRY_EVERY_S)


def _has_to_be_told(report: Report) -> bool:
    """Whether there are problems that nobody was told of, or that nothing else tells."""
    is_unread = any(problem.path.endswith("/") for problem in report.problems)
    is_unread |= bool(report.losses)
    are_new = report.parsed or report.is_registered_anew
    return is_unread or bool(are_new and report.problems)


def _told(report: Report, loaded: Loaded) -> list[Problem]:
    """Return all that there is to be told, of a setting with its place."""
    return located_in_settings((*report.problems, *report.lasting), loaded)


def _json(report: Report, loaded: Loaded) -> str:
    """Return the report without what only a server makes use of."""
    report = replace(report, problems=tuple(_told(report, loaded)))
    facts = msgspec.to_builtins(report)
    printed = {name: fact for name, fact in facts.items() if name not in _UNPRINTED}
    return msgspec.json.encode(printed).decode()


def _unchanged(report: Report) -> Report:
    """Return what a build at the same instant reports that follows and does nothing."""
    return replace(report, parsed=0, rendered=0, written=(), removed=())


def _summary(report: Report, took_s: float) -> str:
    verb = "would write" if report.dry_run else "wrote"
    parts = [
        f"{report.published:,} of {report.files + len(report.held_back):,} articles in {report.feeds:,} feeds",
        f"{verb} {len(report.written):,} files",
    ]
    if report.removed:
        parts.append(f"removed {len(report.removed):,}")
    if report.held:
        parts.append(f"{report.held:,} held")
    if report.empty:
        parts.append(f"{report.empty:,} empty")
    if report.quarantined:
        parts.append(f"{report.quarantined:,} in quarantine")
    if report.pending:
        parts.append(f"{report.pending:,} pending")
    if report.stale:
        parts.append(f"{len(report.stale):,} shown as last good")
    if report.held_back:
        parts.append(f"{len(report.held_back):,} held back, their files gone")
    return f"{'; '.join(parts)} ({took_s:.1f} s)"


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Yield what shows progress on a terminal, and nothing anywhere else."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only terminals pay for it
    from rich.progress import Progress as Bars  # noqa: PLC0415

    # Drawn by ourselves: beside a thread that draws, readers could not be forked.
    with Bars(console=Console(stderr=True), transient=True, auto_refresh=False) as bars:
        tasks = {}
        drawn_s = 0.0

        def show(stage: str, done: int, total: int) -> None:
            nonlocal drawn_s
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)
            if time.monotonic() - drawn_s > _DRAWN_EVERY_S:
                bars.refresh()
                drawn_s = time.monotonic()

        yield show


@click.command()
@settings_flags
@jobs_flag
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port to listen on [8000]."
)
@click.option(
    "--no-build", is_flag=True, help="Serve what is there until the first run."
)
@click.option("-v", "--verbose", is_flag=True, help="Log every request.")
def serve(*, flags: Flags, jobs: int, no_build: bool, verbose: bool) -> None:
    """Serve the feeds, and regenerate them as articles change and on schedule.

    Files that are saved are read at once, articles dated ahead appear when they are due,
    and all files are looked at whenever the schedule says so. SIGTERM drains and ends;
    SIGHUP reads the settings again.
    """
    _log_to_stderr(verbose=verbose)
    sys.exit(_serve(flags, jobs=jobs, build_on_start=not no_build))


def _serve(
    flags: Flags, *, jobs: int, build_on_start: bool, listed: bool = False
) -> int:
    from server.app import serve as run  # noqa: PLC0415 - builds need no web stack

    loaded = require_sources(flags.load())
    flags = _at_its_own_address(flags, loaded)

    def say(url: str) -> None:
        click.echo(f"serving {url}", err=True)
        if listed:
            click.echo("\n".join(_feed_urls(Path(loaded.settings.output.path), url)))

    with tempfile.TemporaryDirectory(prefix="stoker-") as folder:
        effective = Path(folder, "settings")

        def load() -> Settings:
            """Return the settings, and have builds work with the same from now on."""
            settings = require_sources(flags.load()).settings
            write_settings(settings, effective)
            return settings

        return run(
            load,
            [
                # -P: a folder named "server" where the operator stands is none of ours.
                *(sys.executable, "-P", "-m", "server.resident"),
                *(str(effective), str(jobs), flags.accepting(loaded)),
            ],
            build_on_start=build_on_start,
            on_listening=say,
        )


def _at_its_own_address(flags: Flags, loaded: Loaded) -> Flags:
    """Return the flags with links that start where we listen, unless configured."""
    server = loaded.settings.server
    if loaded.origins["site.base_url"] != "default" or not server.port:
        return flags
    host = f"[{server.host}]" if ":" in server.host else server.host
    reachable = "127.0.0.1" if server.host in {"0.0.0.0", "::"} else host  # noqa: S104
    return replace(flags, base_url=f"http://{reachable}:{server.port}")


class _Listed(msgspec.Struct):
    """What we read of a row of feeds.json."""

    path: str
    documents: list[str]


def _feed_urls(output: Path, url: str) -> Iterator[str]:
    """Yield the URLs of every feed in its default order."""
    rows = msgspec.json.decode((output / "feeds.json").read_bytes(), type=list[_Listed])
    stems = {row.path for row in rows}
    for row in rows:
        if row.path.rpartition("/")[0] not in stems:
            yield from (f"{url.rstrip('/')}/{path}" for path in row.documents)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False), default="stoker-demo")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port [8000, or a free one]."
)
@click.pass_context
def demo(context: click.Context, folder: str, port: int | None) -> None:
    """Write a sample site into FOLDER, build and serve it.

    Edit, add or delete an article in FOLDER/articles and see the feeds follow.
    """
    _log_to_stderr(verbose=False)
    root = Path(folder)
    write_sample(root)
    port = _free_port(8000) if port is None else port or _free_port(0)
    flags = Flags(
        config=str(root / "stoker.toml"),
        source=(),
        output=None,
        base_url=f"http://127.0.0.1:{port}",
        state=None,
        more={"server.port": port},
    )
    report = regenerate(
        flags.load().settings, now=datetime.now(UTC), clock=time.time_ns, jobs=1
    )
    show_problems(report.problems)
    click.echo(f"articles: {root / 'articles'}", err=True)
    context.exit(_serve(flags, jobs=1, build_on_start=True, listed=True))


def _free_port(wanted: int) -> int:
    """Return `wanted` if nobody listens there, else a port that is free."""
    import socket  # noqa: PLC0415 - only here

    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted


class _Fields(logging.Formatter):
    """Formats an event and its fields on one line."""

    _plain = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        fields = {k: v for k, v in vars(record).items() if k not in self._plain}
        told = "".join(f" {key}={value}" for key, value in fields.items())
        return super().format(record) + told


def _log_to_stderr(*, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Fields("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler]
    )
    for noisy in ("apscheduler", "asyncio", "aiohttp", "watchfiles"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


COMMANDS = (build, serve, demo)
