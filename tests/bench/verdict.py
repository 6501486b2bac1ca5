"""What a soak found, and whether all that must hold did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench import serving
from tests.bench.following import Followed
from tests.bench.readers import Judge
from tests.bench.series import in_words, percentile, slope

_VISIBLE_WITHIN_S = 1.0  # beyond the debounce
_JUDGED_MIN = 5.0  # a slope over less says nothing
_LEAST_FOLLOWED = 3
_TOLD = 3
_LOOKS_TOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the processes held at one moment."""

    minute: float
    server_mib: float
    builder_mib: float


@dataclass(slots=True)
class Findings:
    """What came to light while it ran."""

    judge: Judge
    looks: list[Look] = field(default_factory=list)
    edits: Followed = field(default_factory=Followed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is still good; memory is not judged before the warm-up is over."""

    debounce_s: float
    growth_mib: float  # a minute
    warm_up_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that must hold, and what was found."""

    name: str
    holds: bool
    found: str


def conditions(
    found: Findings, log: str, late: Sequence[str], bounds: Bounds
) -> Iterator[Condition]:
    """Yield what must hold; `late` is what a build from scratch changed at the end."""
    faults, edits = found.judge.faults, found.edits
    yield Condition(
        name="every answer was whole, consistent and well-formed",
        holds=not faults,
        found=_told(faults) or f"{found.judge.statuses.total():,} answers",
    )
    most_s = bounds.debounce_s + _VISIBLE_WITHIN_S
    yield Condition(
        name=f"99 % of the edits followed were served within {most_s:g} s",
        holds=not edits.visible_s or percentile(edits.visible_s, 0.99) <= most_s,
        found=in_words(edits.visible_s),
    )
    yield Condition(
        name="every edit followed was served",
        holds=not edits.lost and len(edits.visible_s) >= _LEAST_FOLLOWED,
        found="; ".join(edits.lost) or f"{len(edits.visible_s)} edits",
    )
    errors = serving.lines_of(log, "ERROR")
    yield Condition(
        name="the server logged no error",
        holds=not errors,
        found="; ".join(errors[:_TOLD]) or "none",
    )
    yield Condition(
        name="a build from scratch changes nothing",
        holds=not late,
        found=f"{len(late)} documents {', '.join(late[:_TOLD])}",
    )
    for who in ("server", "builder"):
        yield _growth(who, found.looks, bounds)


def _growth(who: str, looks: Sequence[Look], bounds: Bounds) -> Condition:
    """Return whether memory grows, once the warm-up is over."""
    points = [(look.minute, getattr(look, f"{who}_mib")) for look in looks]
    warm = [
        (minute, mib) for minute, mib in points if mib and minute >= bounds.warm_up_min
    ]
    span = warm[-1][0] - warm[0][0] if warm else 0
    per_minute = slope(warm)
    is_judged = span >= _JUDGED_MIN
    most = max((mib for _, mib in points), default=0)
    return Condition(
        name=f"the {who} grows by {bounds.growth_mib:g} MiB a minute at most",
        holds=not is_judged or per_minute <= bounds.growth_mib,
        found=f"{per_minute:+.3f} MiB a minute over {span:.1f} minutes, at most "
        f"{most:.0f} MiB{'' if is_judged else '; too short to judge'}",
    )


def in_lines(found: Findings, edits: Mapping[str, int], log: str) -> Iterator[str]:
    """Yield what happened, as lines of text."""
    judge = found.judge
    built = [each["took_s"] for each in serving.builds(log) if "took_s" in each]
    yield f"edits: {_told(edits)}"
    yield f"answers by status: {_told(judge.statuses)}"
    yield f"bodies parsed: {judge.parsed:,}; connections renewed: {judge.renewed:,}"
    yield f"builds with news: {in_words(built)}"
    yield f"warnings logged: {len(serving.lines_of(log, 'WARNING')):,}"
    for look in found.looks[:: max(1, len(found.looks) // _LOOKS_TOLD)]:
        yield (
            f"  minute {look.minute:5.1f}: server {look.server_mib:.0f} MiB, "
            f"builder {look.builder_mib:.0f} MiB"
        )
    yield from judge.told


def _told(counts: Mapping[str, int] | Mapping[int, int]) -> str:
    return ", ".join(f"{what}: {count:,}" for what, count in counts.items())
