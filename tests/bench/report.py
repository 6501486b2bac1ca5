"""Turns samples into medians, ratios and a Markdown table. Runs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.contenders import STOKERS, TITLES
from tests.bench.measure import Sample

COLD, UNCHANGED = "cold", "nothing changed"
ONE, HEATS = "one title changed", "10 % of the heats changed"
# The scenarios in the order in which a contender meets them.
PHASES = {"cold": COLD, "unchanged": UNCHANGED, "one": ONE, "heats": HEATS}

_HEAD = (
    "contender",
    "wall s",
    "least to most",
    "CPU s",
    "peak MiB",
    "tree MiB",
    "files",
    "entries",
)
_WORK = ("read", "rendered", "entered", "written")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What Stoker says that a run did, and how many entries are new in some feed."""

    read: int
    rendered: int
    written: int
    entered: int


@dataclass(slots=True, kw_only=True)
class Result:
    """All runs of one contender in one phase, at one number of articles."""

    count: int
    contender: str
    phase: str
    files: int = 0
    entries: int = 0
    samples: list[Sample] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    @property
    def failure(self) -> str | None:
        """The reason of the first run that failed."""
        return next((sample.failure for sample in self.samples if sample.failure), None)

    @property
    def is_late(self) -> bool:
        """Whether a run took longer than it was given."""
        return any(sample.is_late for sample in self.samples)

    @property
    def wall_s(self) -> float:
        """The median."""
        return median(sample.wall_s for sample in self.samples)

    @property
    def tree_bytes(self) -> float:
        """The median."""
        return median(sample.tree_bytes for sample in self.samples)


def table(results: Sequence[Result], phase: str) -> str:
    """Return the Markdown table of one phase at one number of articles."""
    rows = [row for row in results if row.phase == phase and row.samples]
    stokers = [
        row for key in STOKERS for row in rows if row.contender == key and row.wall_s
    ]
    ratios = [
        f"{what} ÷ {TITLES[stoker.contender]}"
        for stoker in stokers
        for what in ("wall", "tree")
    ]
    head = (*_HEAD, *_WORK, *ratios)
    lines = [head, ("---", *("--:" for _ in head[1:]))]
    lines += [(*_cells(row), *_ratios(row, stokers)) for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Result) -> tuple[str, ...]:
    title = TITLES[row.contender]
    if row.failure:
        return (title, row.failure, *("" for _ in (*_HEAD[2:], *_WORK)))
    walls = [sample.wall_s for sample in row.samples]
    return (
        title,
        f"{row.wall_s:.2f}",
        f"{min(walls):.2f} to {max(walls):.2f}",
        f"{median(sample.cpu_s for sample in row.samples):.2f}",
        f"{median(sample.peak_bytes for sample in row.samples) / 2**20:.0f}",
        f"{row.tree_bytes / 2**20:.0f}",
        f"{row.files:,}",
        f"{row.entries:,}",
        *_work(row.works),
    )


def _work(works: Sequence[Work]) -> tuple[str, ...]:
    """Return the most of each count over the rounds: none may hide."""
    if not works:
        return ("",) * len(_WORK)
    return tuple(f"{max(getattr(work, name) for work in works):,}" for name in _WORK)


def _ratios(row: Result, stokers: Sequence[Result]) -> tuple[str, ...]:
    cells: list[str] = []
    for stoker in stokers:
        if stoker is row or row.failure or stoker.failure:
            cells += ["", ""]
        else:
            cells.append(f"{row.wall_s / stoker.wall_s:.1f}")
            cells.append(f"{row.tree_bytes / stoker.tree_bytes:.1f}")
    return tuple(cells)
