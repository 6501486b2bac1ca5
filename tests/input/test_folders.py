"""Which files of a folder are articles, and when."""

import contextlib
import os
import threading
import time

import pytest

from feeds.errors import ArticleError
from feeds.source import Folder, read, scan

TEXT = "---\ntitle: Ferry\ndate: 2026-11-01\n---\nIt sails.\n"
LEFT_BEHIND = [
    *(".a.md", ".a.md.swp", ".#a.md", "#a.md#", "a.md~", "a.md.swp", "a.md.swo"),
    *("a.md.bak", "a.md.tmp", "a.md.part", "~$a.md", "4913", "a.md___jb_tmp___"),
    *(".git/a.md", ".obsidian/a.md", ".DS_Store", "._a.md", ".trash/b/a.md"),
]


def scanned(root) -> tuple[list[str], list[str]]:
    """Return the paths of articles, and of what is no article but looks like one."""
    include = ("*.md", "*~", "*.bak", "*.tmp", "*.part", "*.sw?", "4913", "*#", "*_")
    files, problems = scan(
        [Folder(path=str(root), name="", include=include, exclude=())]
    )
    return [file.path for file in files], [problem.path for problem in problems]


class TestLinks:
    @pytest.fixture
    def outside(self, tmp_path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "secret.md").write_text(TEXT)
        return tmp_path / "outside"

    @pytest.mark.parametrize("is_absolute", [True, False], ids=["absolute", "relative"])
    @pytest.mark.parametrize("target", ["secret.md", ""], ids=["file", "folder"])
    def test_i47_a_link_that_leaves_the_folder_is_not_followed(
        self, desk, outside, target, is_absolute
    ):
        desk.story("a.md")
        to = outside / target
        link = desk.articles / ("link.md" if target else "link")
        link.symlink_to(to if is_absolute else os.path.relpath(to, desk.articles))
        desk.build()
        assert desk.titles() == ["a.md"]

    def test_i47_nor_one_by_a_way_round(self, desk, outside):
        (desk.articles / "x").symlink_to(outside)
        (desk.articles / "y.md").symlink_to("x/secret.md")
        (desk.articles / "z.md").symlink_to("y.md")
        (desk.articles / "proc.md").symlink_to("/proc/self/environ")
        assert scanned(desk.articles)[0] == []

    def test_i47_it_is_told(self, desk, outside):
        (desk.articles / "link.md").symlink_to(outside / "secret.md")
        report = desk.build()
        assert [(p.path, p.severity) for p in report.problems] == [("link.md", "note")]
        assert "inside" in report.problems[0].expected

    @pytest.mark.parametrize("target", ["loop.md", "nowhere.md", "/dev/zero"])
    def test_i47_a_link_to_nothing_costs_nothing(self, desk, target):
        desk.story("a.md")
        (desk.articles / "loop.md").symlink_to(target)
        assert not desk.build().has_errors
        assert desk.titles() == ["a.md"]

    def test_i47_a_link_inside_is_an_article(self, desk):
        desk.story("deep/a.md")
        (desk.articles / "b.md").symlink_to("deep/a.md")
        assert scanned(desk.articles) == (["b.md", "deep/a.md"], [])

    def test_i47_the_source_itself_may_be_a_link(self, desk, tmp_path):
        desk.story("a.md")
        (tmp_path / "link").symlink_to("articles")
        assert scanned(tmp_path / "link") == (["a.md"], [])


class TestPassedOver:
    @pytest.mark.parametrize("name", LEFT_BEHIND)
    def test_i47_hidden_and_temporary_files_are_no_articles(self, desk, name):
        desk.write("a.md", TEXT)
        desk.write(name, "---\ntitle: [\n---\n")
        assert scanned(desk.articles) == (["a.md"], [])

    def test_i47_so_a_build_says_nothing_of_them(self, desk):
        desk.story("a.md")
        for name in LEFT_BEHIND:
            desk.write(name, "---\ntitle: [\n---\n")
        assert desk.build().problems == ()
        assert desk.titles() == ["a.md"]

    @pytest.mark.parametrize(
        "name", ["a.b.md", "~a.md", "a~b.md", "tmp.md", "a.swp.md", "_a.md"]
    )
    def test_i47_names_that_only_resemble_them_are(self, desk, name):
        desk.write(name, TEXT)
        assert scanned(desk.articles)[0] == [name]


def appended(file, _seconds=0):
    with file.open("a") as stream:
        stream.write("More")


def touched(file, seconds):
    os.utime(file, (seconds, seconds))


def rewritten(file, seconds):
    """Give it other bytes of the same length, as of a later time."""
    file.write_text(TEXT.replace("Ferry", "Ferri"))
    os.utime(file, (seconds, seconds))


def swapped(file, _seconds):
    """Put another file of the same size and time in its place, as editors do."""
    status = file.stat()
    new = file.with_suffix(".new")
    new.write_text(TEXT.replace("Ferry", "Ferri"))
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.replace(file)


class TestHalfWritten:
    @pytest.mark.parametrize(
        "change",
        [appended, touched, rewritten, swapped, lambda file, _: file.unlink()],
        ids=["size", "mtime", "content", "another file", "gone"],
    )
    def test_i47_a_file_that_moved_since_the_scan_is_left_to_the_next(
        self, desk, change
    ):
        file = desk.write("a.md", TEXT)
        folder = Folder(path=str(desk.articles), name="", include=("*.md",), exclude=())
        (found,), _ = scan([folder])
        assert read(found, 10_000) == TEXT.encode()
        change(file, 1_790_000_000)
        with pytest.raises(ArticleError) as caught:
            read(found, 10_000)
        assert caught.value.problem.severity == "note"
        assert "next build" in caught.value.problem.expected

    @pytest.mark.parametrize(
        "half", ["---\ntitle: Ferr", "", "---\ntitle: 'Fer\n---\n", "\0\0\0\0"],
        ids=["cut off", "emptied", "torn", "not yet written"],
    )  # fmt: skip
    def test_i47_a_young_file_that_is_broken_is_pending(self, desk, half):
        """Its last good version stays, and nothing is wrong yet."""
        file = desk.write("a.md", TEXT)
        desk.story("b.md")
        desk.build()
        file.write_text(half)
        touched(file, time.time())  # noqa: TID251 - the clock of files
        report = desk.build(repeats=True)
        assert (report.pending, report.quarantined) == (1, 0)
        assert not report.has_errors
        assert sorted(desk.titles()) == ["Ferry", "b.md"]
        file.write_text(TEXT.replace("Ferry", "Tug"))
        assert desk.build(repeats=True).pending == 0
        assert sorted(desk.titles()) == ["Tug", "b.md"]

    def test_i47_a_file_that_never_rests_costs_no_build(self, desk):
        desk.story("b.md")
        file = desk.write("a.md", TEXT)
        is_over = threading.Event()

        def write() -> None:
            while not is_over.wait(0.0005):
                with contextlib.suppress(OSError):
                    appended(file)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            report = desk.build(repeats=True)
        finally:
            is_over.set()
            writer.join()
        assert not report.has_errors
        assert "b.md" in desk.titles()
        desk.build(repeats=True)
        assert sorted(desk.titles()) == ["Ferry", "b.md"]
