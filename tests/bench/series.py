"""Sums up what was measured over and over: percentiles, and the slope of a line."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return how much y grows for one x, by least squares; 0 when x stands still."""
    if not points:
        return 0.0
    mean_x = math.fsum(x for x, _ in points) / len(points)
    mean_y = math.fsum(y for _, y in points) / len(points)
    width = math.fsum((x - mean_x) ** 2 for x, _ in points)
    if not width:
        return 0.0
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / width


def in_words(values: Sequence[float], *, scale: float = 1000, unit: str = "ms") -> str:
    """Return count, median, 90th and 99th percentile and maximum on one line."""
    if not values:
        return "none"
    shares = {"median": 0.5, "p90": 0.9, "p99": 0.99, "max": 1}
    told = (
        f"{name} {percentile(values, share) * scale:.1f}"
        for name, share in shares.items()
    )
    return f"{', '.join(told)} {unit} of {len(values):,}"
