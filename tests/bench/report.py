"""Turns samples into medians, ratios and a Markdown table. Runs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.contenders import STOKERS, TITLES
from tests.bench.measure import Sample

COLD, UNCHANGED = "cold", "nothing changed"

_HEAD = (
    "contender",
    "wall s",
    "least to most",
    "CPU s",
    "peak MiB",
    "files",
    "entries",
    *(f"wall ÷ {TITLES[key]}" for key in STOKERS),
)


@dataclass(slots=True, kw_only=True)
class Result:
    """All runs of one contender in one phase, at one number of articles."""

    count: int
    contender: str
    phase: str
    files: int = 0
    entries: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def failure(self) -> str | None:
        """The reason of the first run that failed."""
        return next((sample.failure for sample in self.samples if sample.failure), None)

    @property
    def wall_s(self) -> float:
        """The median."""
        return median(sample.wall_s for sample in self.samples)


def table(results: Sequence[Result], phase: str) -> str:
    """Return the Markdown table of one phase at one number of articles."""
    rows = [result for result in results if result.phase == phase]
    lines = [_HEAD, ("---", *("--:" for _ in _HEAD[1:]))]
    lines += [_cells(row, rows) for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Result, rows: Sequence[Result]) -> tuple[str, ...]:
    title = TITLES[row.contender]
    if row.failure:
        return (title, row.failure, *("" for _ in _HEAD[2:]))
    walls = [sample.wall_s for sample in row.samples]
    return (
        title,
        f"{row.wall_s:.2f}",
        f"{min(walls):.2f} to {max(walls):.2f}",
        f"{median(sample.cpu_s for sample in row.samples):.2f}",
        f"{median(sample.peak_bytes for sample in row.samples) / 2**20:.0f}",
        f"{row.files:,}",
        f"{row.entries:,}",
        *(_ratio(row, rows, key) for key in STOKERS),
    )


def _ratio(row: Result, rows: Sequence[Result], key: str) -> str:
    for stoker in rows:
        if stoker.contender == key and stoker is not row and not stoker.failure:
            return f"{row.wall_s / stoker.wall_s:.1f}"
    return ""
