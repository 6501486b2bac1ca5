"""Files that end or hold up their reader cost no other file."""

import os
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from feeds.article import SourceFile
from feeds.parse.article import parse_article
from feeds.parse.rules import Rules
from feeds.pipeline.ingest import Intake, ingest
from feeds.pipeline.workers import MEMORY_MIB

POISON = "poison.md"
MIB = 1 << 20


def parse(path, content, rules, *, modified_at, measure, end=None):
    if path == POISON:
        end()
    return parse_article(path, content, rules, modified_at=modified_at, measure=measure)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def hangs():
    time.sleep(60)


def greedy():
    bytearray(8 * MEMORY_MIB * MIB)


def dies_once(marker: Path):
    if not marker.exists():
        marker.touch()
        killed()


def forbidden():
    raise AssertionError("read again")


def whys(found):
    return {problem.path: problem.expected for problem in found.problems}


class TestR2:
    """Rebuild the pool, and quarantine the article that kills a worker twice."""

    @pytest.mark.timeout(120)
    def test_r2_of_ten_thousand_files_one_that_kills_costs_itself(self, desk):
        for number in range(9_999):
            desk.write(f"{number}.md")
        desk.write(POISON)
        found = desk.build(jobs=2, parse=partial(parse, end=killed))
        assert len(found.placings) == 9_999
        assert (found.outcomes["article"], found.outcomes["quarantined"]) == (9_999, 1)
        assert whys(found) == {
            POISON: "expected a file that can be read; it killed its process (signal 9)"
        }
        assert len(desk.items()) == 5
        again = desk.build(jobs=2, parse=partial(parse, end=forbidden))
        assert (again.parsed, len(again.placings)) == (0, 9_999)
        assert again.problems == found.problems

    @pytest.mark.parametrize(
        ("end", "why"),
        [
            pytest.param(hangs, "takes longer than 5 s", id="hangs"),
            pytest.param(greedy, "takes more than 256 MiB of memory", id="memory"),
        ],
    )
    @pytest.mark.timeout(40)
    def test_r2_its_last_good_version_stays(self, desk, end, why):
        desk.write("a.md")
        desk.write(POISON)
        desk.build()
        desk.write(POISON, "---\ntitle: Other\ndate: 2026-11-01\n---\n")
        found = desk.build(parse=partial(parse, end=end))
        assert why in whys(found)[POISON]
        assert found.stale == (POISON,)
        assert desk.items()[POISON]["title"] == POISON

    def test_r2_a_worker_killed_once_costs_nothing(self, desk, tmp_path):
        desk.write("a.md")
        desk.write(POISON)
        marker = tmp_path / "marker"
        found = desk.build(parse=partial(parse, end=partial(dies_once, marker)))
        assert marker.exists()
        assert (found.problems, sorted(desk.items())) == ((), ["a.md", POISON])

    def test_r2_a_changed_file_is_tried_again(self, desk):
        desk.write(POISON)
        assert desk.build(parse=partial(parse, end=killed)).problems
        desk.write(POISON)
        assert desk.build().problems == ()


class TestInOrder:
    def test_any_number_of_workers_gives_the_same(self, desk):
        for number in range(300):
            desk.write(f"{number}.md", "" if number % 7 else "---\ntitle: 'open\n---\n")
        assert rows(desk, jobs=1) == rows(desk, jobs=3)

    def test_large_files_are_not_read_together(self, desk):
        """What one chunk holds is bounded, and a chunk is never empty."""
        for number in range(40):
            desk.write(f"{number}.md", "x" * (3 * MIB))
        assert len(list(ingest(intake(desk), jobs=1))) == 40

    def test_small_files_are(self, desk):
        for number in range(129):
            desk.write(f"{number}.md")
        assert [len(each) for each in ingest(intake(desk), jobs=1)] == [64, 64, 1]


def intake(desk) -> Intake:
    files = []
    for file in sorted(desk.articles.iterdir()):
        status = file.stat()
        files.append(
            SourceFile(
                path=file.name,
                file=str(file),
                source=0,
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
            )
        )
    return Intake(
        files=files, rules=[(Rules(), "rules")], first_commits={}, parse=parse_article
    )


def rows(desk, jobs):
    found = [row for rows in ingest(intake(desk), jobs=jobs) for row in rows]
    return sorted(found, key=lambda row: row.file.path)


def test_i47_a_file_that_has_changed_since_the_scan_is_pending(desk):
    desk.write("a.md")
    desk.write("b.md")
    found = intake(desk)
    changed = replace(found.files[0], size_bytes=1)
    (done,) = ingest(replace(found, files=[changed, found.files[1]]), jobs=1)
    assert [row.outcome for row in done] == ["pending", "article"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
@pytest.mark.timeout(60)
def test_a_few_large_files_do_not_add_up_in_one_worker(desk):
    """Six files of 15 MiB go through workers that may grow by 256."""
    for number in range(6):
        head = f"---\ntitle: Large {number}\ndate: 2026-11-01\n---\n"
        desk.write(f"{number}.md", head + "word " * (3 * MIB))
    found = desk.build(jobs=1)
    assert (found.problems, len(found.placings)) == ((), 6)
