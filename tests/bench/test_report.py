"""What one run costs, and what the tables say of many."""

import os
import sys
from pathlib import Path

from tests.bench.measure import Sample, measure
from tests.bench.report import HEATS, Result, Work, table

HOLDS_64_MIB = "import time; held = bytearray(64 << 20); time.sleep(0.3)"
TWO_HOLD_64_MIB = f"""\
import subprocess, sys
command = [sys.executable, "-c", "{HOLDS_64_MIB}"]
for child in [subprocess.Popen(command) for _ in range(2)]:
    child.wait()
"""


def sample(wall_s: float, **facts) -> Sample:
    return Sample(wall_s=wall_s, cpu_s=1, peak_bytes=2**20, tree_bytes=2**21, **facts)


def result(contender: str, *walls_s: float, **facts) -> Result:
    samples = [sample(wall_s) for wall_s in walls_s]
    return Result(count=10, contender=contender, phase=HEATS, samples=samples, **facts)


def run(tmp_path: Path, script: str, timeout_s: float = 10) -> Sample:
    return measure(
        [sys.executable, "-c", script],
        log=tmp_path / "log",
        environment=os.environ,
        timeout_s=timeout_s,
    )


def test_memory_of_a_tree_is_that_of_all_processes_at_one_moment(tmp_path: Path):
    found = run(tmp_path, TWO_HOLD_64_MIB)
    assert found.failure is None
    assert found.peak_bytes < 100 << 20
    assert found.tree_bytes > 128 << 20


def test_what_takes_too_long_is_late(tmp_path: Path):
    found = run(tmp_path, "import time; time.sleep(60)", timeout_s=0.2)
    assert found.is_late
    assert found.failure == "> 0.2 s"


def test_a_table_has_ratios_to_each_stoker_and_its_counts():
    work = [Work(read=1, rendered=0, written=4, entered=2)] * 2
    lines = table(
        [result("json", 1.0, 3.0, 2.0, works=work), result("hugo", 10.0)], HEATS
    ).splitlines()
    assert lines[0].endswith(
        "| wall ÷ Stoker, with JSON and gzip | tree ÷ Stoker, with JSON and gzip |"
    )
    assert "| 2.00 | 1.00 to 3.00 |" in lines[2]
    assert lines[2].endswith("| 1 | 0 | 2 | 4 |  |  |")
    assert lines[3].endswith("| 5.0 | 1.0 |")


def test_a_late_rival_is_a_result():
    late = result("plain")
    late.samples.append(sample(9, failure="> 9 s", is_late=True))
    assert late.is_late
    assert "| plain loop | > 9 s |" in table([result("json", 1.0), late], HEATS)
