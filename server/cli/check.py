"""`check`: every problem of settings and articles, for people, programs and GitHub."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import click
import msgspec

from feeds.errors import Problem, Severity, printable
from feeds.pipeline.report import Survey
from feeds.plan import memberships
from feeds.text import slugify
from server.cli.exits import QUARANTINE
from server.cli.options import (
    SEVERITIES,
    Flags,
    counted,
    jobs_flag,
    now_flag,
    settings_flags,
    surveyed,
    worst_first,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSlug:
    """Different names that fall on one slug, and so share their feeds."""

    slug: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return what a note says of it."""
        names = ", ".join(f"'{name}'" for name in self.names)
        return f"{self.slug}: expected one name for one feed, got {names}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLook:
    """A source: its preset as configured, and the one that its files look like."""

    path: str
    files: int
    preset: str
    looks_like: str
    alike: int
    sampled: int

    def __str__(self) -> str:
        """Return what a person is told of it."""
        files = counted(self.files, "file")
        if not self.looks_like:
            return f"source {self.path}: {files}"
        told = (
            f"looks like {self.looks_like} ({self.alike:,} of {self.sampled:,} files)"
        )
        is_apart = self.preset not in {"auto", self.looks_like}
        has = f', but has preset = "{self.preset}"' if is_apart else ""
        if self.preset == "auto" and self.looks_like != "smartable":
            has = f'; with preset = "{self.looks_like}" links would be as its pages are'
        return f"source {self.path}: {told}{has}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """All that a check found; each problem with the file it is about."""

    files: int
    problems: Sequence[tuple[str, Problem]]
    slugs: Sequence[SharedSlug]
    sources: Sequence[SourceLook]

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many problems there are of each severity."""
        found = Counter(problem.severity for _, problem in self.problems)
        return {severity: found[severity] for severity in SEVERITIES}


@click.command()
@settings_flags
@jobs_flag
@now_flag
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Lines, one JSON object, or annotations of a GitHub workflow [text].",
)
@click.option("--strict", is_flag=True, help="Exit with 3 for warnings, too.")
def check(*, flags: Flags, now: datetime, jobs: int, form: str, strict: bool) -> None:
    """Report every problem of settings and articles; write nothing."""
    checked = _checked(flags, now, jobs)
    for line in _FORMATS[form](checked):
        click.echo(line)
    for line in _summary(checked):
        click.echo(printable(line), err=True)
    counts = checked.counts
    is_bad = counts["error"] or (strict and counts["warning"])
    sys.exit(QUARANTINE if is_bad else 0)


def _checked(flags: Flags, now: datetime, jobs: int) -> Checked:
    from feeds.pipeline.presets import likenesses  # noqa: PLC0415 - as in `surveyed`
    from server.cli.located import from_here, locate  # noqa: PLC0415

    settings, found = surveyed(flags, now, jobs, renders=True)
    located = locate(settings, found)
    looks = likenesses(settings, found)
    return Checked(
        files=sum(found.outcomes.values()),
        problems=[
            (located.file_of(problem), problem)
            for problem in worst_first(dict.fromkeys(found.problems))
        ],
        slugs=_shared_slugs(found),
        sources=[
            SourceLook(
                path=from_here(source.path),
                files=look.files,
                preset=source.preset,
                looks_like=look.preset,
                alike=look.alike,
                sampled=look.sampled,
            )
            for source, look in zip(settings.sources, looks, strict=True)
        ],
    )


def _shared_slugs(found: Survey) -> list[SharedSlug]:
    """Return where different names of what may be published share a slug."""
    from feeds.registry import collisions  # noqa: PLC0415 - only for those who check

    names: dict[str, set[str]] = {}
    for placing in found.placings.values():
        if placing.withheld:
            continue
        for base, (_, name) in memberships(placing, found.rules):
            kind, _, slug = base.partition("/")
            # Other slugs are registered, or the domain of a provider.
            if slug == slugify(name):
                names.setdefault(kind, set()).add(name)
    return [
        SharedSlug(slug=f"{kind}/{slug}", names=spelt)
        for kind in sorted(names)
        for slug, spelt in collisions(names[kind])
    ]


def _as_text(checked: Checked) -> Iterator[str]:
    for file, problem in checked.problems:
        yield printable(f"{problem.severity}: {replace(problem, path=file)}")
    for shared in checked.slugs:
        yield printable(f"note: {shared}")


def _as_json(checked: Checked) -> Iterator[str]:
    report: dict[str, Any] = {
        "files": checked.files,
        "counts": checked.counts,
        "problems": [
            {
                "path": problem.path,
                "file": file,
                "line": problem.line,
                "key": problem.key,
                "value": problem.value,
                "expected": problem.expected,
                "severity": problem.severity,
            }
            for file, problem in checked.problems
        ],
        "slugs": checked.slugs,
        "sources": checked.sources,
    }
    yield msgspec.json.encode(report).decode()


_LEVELS: Mapping[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "note": "notice",
}


def _as_github(checked: Checked) -> Iterator[str]:
    for file, problem in checked.problems:
        properties = {
            "file": file,
            # GitHub counts lines from 1; without one it shows the first.
            **({"line": str(problem.line)} if problem.line else {}),
            "title": problem.key or "stoker check",
        }
        got = f", got {problem.value}" if problem.value else ""
        level = _LEVELS[problem.severity]
        yield _annotation(level, properties, f"{problem.expected}{got}")
    for shared in checked.slugs:
        yield _annotation("notice", {"title": "stoker check"}, str(shared))


def _annotation(level: str, properties: Mapping[str, str], message: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {told}::{_message(message)}"


def _message(text: str) -> str:
    """Escape what a workflow command says, as actions/toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


_FORMATS: Mapping[str, Callable[[Checked], Iterator[str]]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_github,
}


def _summary(checked: Checked) -> Iterator[str]:
    for source in checked.sources:
        yield str(source)
    counts = (counted(count, each) for each, count in checked.counts.items())
    shared = f", {counted(len(checked.slugs), 'shared slug')}" if checked.slugs else ""
    yield f"{counted(checked.files, 'file')}: {', '.join(counts)}{shared}"


COMMANDS = (check,)
