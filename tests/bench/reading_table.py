"""Sums up what reading each file cost, as plain text. Times nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

RIVAL = "python-frontmatter"
RAW = "Stoker, raw"
ARTICLE = "Stoker, article"
STOKERS = (RAW, ARTICLE)
READERS = (RIVAL, *STOKERS)
SHOWN = 5  # files named as those that gain least


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file cost each contender, in nanoseconds of CPU.

    `once_ns` is the first reading, in a straight pass over all files; `ns` the median
    over the rounds of the least in a round.
    """

    path: str
    kind: str
    size_bytes: int
    once_ns: Mapping[str, float]
    ns: Mapping[str, float]

    def gain(self, reader: str) -> float:
        """Return how many times as fast as the rival `reader` is."""
        return self.ns[RIVAL] / self.ns[reader]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contender on one group of files.

    The gains say how many times as fast as the rival it is: on the median file, on
    the file that gains least, over all, and over all when each file is read only once.
    """

    group: str
    files: int
    reader: str
    median_us: float
    median_gain: float
    least_gain: float
    total_gain: float
    once_gain: float


def rows(readings: Sequence[Reading]) -> list[Row]:
    """Return the table: all files, then each kind of them."""
    kinds = sorted({reading.kind for reading in readings})
    groups = {"all files": list(readings)} | {
        kind: [reading for reading in readings if reading.kind == kind]
        for kind in (kinds if len(kinds) > 1 else ())
    }
    return [_row(name, group, key) for name, group in groups.items() for key in READERS]


def _row(group: str, readings: Sequence[Reading], reader: str) -> Row:
    gains = [reading.gain(reader) for reading in readings]
    totals = {key: sum(each.ns[key] for each in readings) for key in READERS}
    once = {key: sum(each.once_ns[key] for each in readings) for key in READERS}
    return Row(
        group=group,
        files=len(readings),
        reader=reader,
        median_us=median(reading.ns[reader] for reading in readings) / 1000,
        median_gain=median(gains),
        least_gain=min(gains),
        total_gain=totals[RIVAL] / totals[reader],
        once_gain=once[RIVAL] / once[reader],
    )


def least_gained(readings: Sequence[Reading], reader: str) -> list[Reading]:
    """Return the files that gain least, the worst first."""
    return sorted(readings, key=lambda reading: reading.gain(reader))[:SHOWN]


def table(readings: Sequence[Reading]) -> str:
    """Return the rows, and below them the files that gain least."""
    lines = [_HEAD, *map(_line, rows(readings))]
    for reader in STOKERS:
        lines += ["", f"{reader}: the files that gain least"]
        lines += [_slow(reading, reader) for reading in least_gained(readings, reader)]
    return "\n".join(lines)


_HEAD = (
    f"{'':20}{'files':>7}  {'':20}{'median µs':>10}"
    "   times as fast: median   least   total    once"
)


def _line(row: Row) -> str:
    leads = row.reader == RIVAL
    start = f"{row.group:20}{row.files:7,}" if leads else " " * 27
    gains = (row.median_gain, row.least_gain, row.total_gain, row.once_gain)
    shown = "" if leads else f"{'':15}" + "".join(f"{gain:8.2f}" for gain in gains)
    return f"{start}  {row.reader:20}{row.median_us:10.1f}{shown}"


def _slow(reading: Reading, reader: str) -> str:
    ours, rival = (reading.ns[key] / 1000 for key in (reader, RIVAL))
    costs = f"{ours:9.1f} µs against {rival:9.1f}"
    return f"  {reading.gain(reader):5.2f}  {costs}  {reading.path}"
