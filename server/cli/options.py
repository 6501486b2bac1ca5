"""What several commands share: the settings flags, the clock, how reports are shown."""

import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from feeds.errors import Problem, SettingsError, Severity, printable
from feeds.pipeline.report import Survey
from feeds.settings import Loaded, Settings, load, placed
from feeds.text import parse_date

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # the worst first
_SHOWN_PROBLEMS = 20

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The settings flags as given; they can be read again, and passed on."""

    config: str | None
    source: tuple[str, ...]
    output: str | None
    base_url: str | None
    state: str | None
    more: Mapping[str, object]

    def load(self) -> Loaded:
        """Return the settings that are in effect now.

        Raises:
            SettingsError: a setting is wrong.
        """
        given = {
            "output.path": self.output,
            "output.state": self.state,
            "site.base_url": self.base_url,
            **self.more,
        }
        flags = {key: value for key, value in given.items() if value is not None}
        if self.source:
            flags["sources"] = [{"path": path} for path in self.source]
        return load(
            Path(self.config) if self.config else None,
            environ=os.environ,
            flags=flags,
            folder=Path.cwd(),
        )

    def accepting(self, loaded: Loaded) -> str:
        """Return the command that accepts a loss, to be typed anywhere."""
        given = {
            "--config": [str(loaded.file)] if loaded.file else [],
            "--source": self.source,
            "--output": filter(None, [self.output]),
            "--state": filter(None, [self.state]),
        }
        words = (
            word
            for flag, paths in given.items()
            for path in paths
            for word in (flag, os.path.abspath(path))  # noqa: PTH100 - links stay
        )
        url = ("--base-url", self.base_url) if self.base_url else ()
        command = shlex.join(["stoker", "build", *words, *url, "--accept-loss"])
        return printable(command).replace(" --config ", " -c ", 1)

    def placed(self, error: SettingsError) -> SettingsError:
        """Return an error with the place where its setting was made."""
        if error.origin:
            return error
        try:
            return placed(error, self.load())
        except SettingsError:  # that of loading: what it names has a place already
            return error


def settings_flags(command: Command) -> Command:
    """Add the flags that choose the settings, gathered into one argument `flags`."""

    def wrapped(
        *,
        config: str | None,
        source: tuple[str, ...],
        output: str | None,
        base_url: str | None,
        state: str | None,
        **rest: Any,
    ) -> Any:
        more = {
            "server.host": rest.pop("host", None),
            "server.port": rest.pop("port", None),
        }
        flags = Flags(
            config=config,
            source=source,
            output=output,
            base_url=base_url,
            state=state,
            more=more,
        )
        try:
            return command(flags=flags, **rest)
        except SettingsError as error:
            raise flags.placed(error) from error

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # how click passes options on
    for option in reversed(_SETTINGS_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_FOLDER = click.Path(file_okay=False)
_SETTINGS_OPTIONS = (
    click.option(
        "-c",
        "--config",
        type=click.Path(exists=True, dir_okay=False),
        help="Settings file; ./stoker.toml is used when it exists.",
    ),
    click.option(
        "--source",
        multiple=True,
        type=click.Path(exists=True),
        metavar="PATH",
        help="Folder of articles, in place of the configured ones; may be repeated.",
    ),
    click.option("--output", type=_FOLDER, help="Folder to publish into [./output]."),
    click.option("--base-url", metavar="URL", help="Where the output will be served."),
    click.option(
        "--state", type=_FOLDER, help="Folder of the catalog [beside the output]."
    ),
)


def jobs_flag(command: Command) -> Command:
    """Add `--jobs`."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        default=_cores,
        metavar="N",
        help="Processes to use [one per core].",
    )(command)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def now_flag(command: Command) -> Command:
    """Add `--now`."""
    return click.option(
        "--now",
        metavar="TIME",
        callback=lambda _context, _option, text: _instant(text),
        help="Build as of this instant [the clock]; RFC 3339, UTC without an offset.",
    )(command)


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    found = parse_date(text, ZoneInfo("UTC"))
    if found is None or found[1]:
        raise click.BadParameter(
            f"expected a time such as 2026-01-27T00:13:00Z, got '{text}'"
        )
    return found[0]


json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show_problems(problems: Iterable[Problem]) -> None:
    """Print problems to stderr, the worst first, and how many more there are."""
    ordered = worst_first(problems)
    for problem in ordered[:_SHOWN_PROBLEMS]:
        click.echo(printable(f"{problem.severity}: {problem}"), err=True)
    if len(ordered) > _SHOWN_PROBLEMS:
        more = len(ordered) - _SHOWN_PROBLEMS
        click.echo(f"… and {more} more; see `stoker list problems`", err=True)


def located_in_settings(problems: Iterable[Problem], loaded: Loaded) -> list[Problem]:
    """Return problems, those of a setting with the file and line where that belongs."""
    return [_located(each, loaded) for each in problems]


def _located(problem: Problem, loaded: Loaded) -> Problem:
    if problem.path not in loaded.origins or loaded.file is None:
        return problem
    from server.cli.located import from_here  # noqa: PLC0415 - as in `surveyed`

    file, _, line = loaded.origins[problem.path].rpartition(":")
    return replace(
        problem,
        path=from_here(str(loaded.file)),
        line=int(line) if file == str(loaded.file) else 0,
        key=problem.path,
    )


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems by severity, and among equals by path and line."""
    return sorted(
        problems, key=lambda each: (SEVERITIES.index(each.severity), place_of(each))
    )


def place_of(problem: Problem) -> tuple[str, int, str, str]:
    """Return what sorts problems as they stand in the files."""
    return problem.path, problem.line, problem.key, problem.expected


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 file", "2 files"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def surveyed(
    flags: Flags, now: datetime, jobs: int, *, renders: bool = False
) -> tuple[Settings, Survey]:
    """Return the settings, and what a build at `now` would know.

    With `renders`, including what it could not render.

    Raises:
        SettingsError: a setting is wrong, or no articles are named.
        CatalogError: the state folder is unusable.
    """
    from feeds.pipeline import survey  # noqa: PLC0415 - `--help` needs none of it

    loaded = require_sources(flags.load())
    settings = loaded.settings
    found = survey(settings, now=now, clock=time.time_ns, jobs=jobs, renders=renders)
    told = located_in_settings((*found.problems, *found.lasting), loaded)
    return settings, replace(found, problems=tuple(told))


def require_sources(loaded: Loaded) -> Loaded:
    """Return settings that a build can work with.

    Raises:
        SettingsError: they name no articles, or a crontab expression that is none.
    """
    if not loaded.settings.sources:
        raise SettingsError(
            key="sources",
            expected="no articles: give --source FOLDER, or a stoker.toml with "
            "[[sources]] (`stoker init` writes one)",
        )
    if loaded.settings.schedule.cron:
        from server.timetable import trigger_of  # noqa: PLC0415 - only for those who use it

        trigger_of(loaded.settings.schedule)
    return loaded
