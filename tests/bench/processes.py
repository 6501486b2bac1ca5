"""What the kernel says of running processes: descendants, memory, CPU time. Linux only.

A process that has ended has no children, holds nothing and used nothing: it may end
between any two looks at it. Imports nothing but the standard library, for `measure`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of the children of a process, and of theirs."""
    for task in _folders(_PROC / str(pid) / "task"):
        for child in _text(task / "children").split():
            yield int(child)
            yield from descendants(int(child))


def share_bytes(pid: int) -> int:
    """Return what a process holds; of pages it shares with others, its share."""
    return _kib("Pss", _text(_PROC / str(pid) / "smaps_rollup")) * 1024


def resident_bytes(pid: int) -> int:
    """Return what a process holds, shared pages in full."""
    return _kib("VmRSS", _text(_PROC / str(pid) / "status")) * 1024


def peak_bytes(pid: int) -> int:
    """Return the most a process ever held."""
    return _kib("VmHWM", _text(_PROC / str(pid) / "status")) * 1024


def cpu_s(pid: int) -> tuple[float, float]:
    """Return the seconds of CPU a process used, and those of its reaped children."""
    # proc(5): the second field, the name, stands in parentheses and may hold anything.
    fields = _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    if not fields:
        return 0.0, 0.0
    own, of_children = fields[11:13], fields[13:15]
    return (
        sum(map(int, own)) / _TICKS_PER_S,
        sum(map(int, of_children)) / _TICKS_PER_S,
    )


def _kib(key: str, text: str) -> int:
    found = re.search(rf"^{key}:\s*(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _folders(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
