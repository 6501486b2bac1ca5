"""Which files a scan finds, and what it passes over."""

import os
import re
from pathlib import Path

import pytest

from feeds.errors import ArticleError, SettingsError
from feeds.source import Folder, prefixes, read, scan

DEPTH = 1_200
INCLUDE = ("*.md", "*.html", "*.txt")


def folder(path, name="", *, include=INCLUDE, exclude=("_data/*",)):
    return Folder(path=str(path), name=name, include=include, exclude=exclude)


def touch(root: Path, *names: str) -> Path:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return root


def found(*folders):
    return [file.path for file in scan(folders)[0]]


@pytest.fixture
def deep_folder(tmp_path):
    """An article at the bottom of more folders than Python removes by itself."""
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir("d", dir_fd=handle)
        handle = _moved(handle, "d")
    os.close(os.open("a.md", os.O_CREAT, dir_fd=handle))
    yield tmp_path
    os.unlink("a.md", dir_fd=handle)
    for _ in range(DEPTH):
        handle = _moved(handle, "..")
        os.rmdir("d", dir_fd=handle)
    os.close(handle)


def _moved(handle, name):
    moved = os.open(name, os.O_RDONLY, dir_fd=handle)
    os.close(handle)
    return moved


class TestScan:
    @pytest.mark.parametrize(
        ("name", "is_found"),
        [
            *(("a.md", True), ("A.MD", True), ("deep/er/a.html", True), ("日本/本.md", True)),
            *(("a b.md", True), ("a.txt", True), ("a.jpg", False), ("md", False)),
            *((".a.md", False), (".git/a.md", False), ("a.md~", False), ("#a.md#", False)),
            *((".#a.md", False), ("a.md.swp", False), ("a.md.tmp", False), ("a.md.part", False)),
            *(("_data/a.md", False), ("_data/deep/a.md", False), ("x/_data/a.md", True)),
        ],
    )  # fmt: skip
    def test_it_finds_articles_and_passes_over_what_editors_leave(
        self, tmp_path, name, is_found
    ):
        touch(tmp_path, name)
        assert found(folder(tmp_path)) == ([name] if is_found else [])

    def test_files_are_sorted_by_path_with_their_facts(self, tmp_path):
        touch(tmp_path, "b/x.md", "a.md", "b.md")
        files, problems = scan([folder(tmp_path)])
        assert [file.path for file in files] == ["a.md", "b.md", "b/x.md"]
        assert problems == []
        status = (tmp_path / "a.md").stat()
        assert (files[0].size_bytes, files[0].mtime_ns, files[0].inode) == (
            status.st_size,
            status.st_mtime_ns,
            status.st_ino,
        )

    def test_a_pattern_with_a_slash_is_about_the_whole_path(self, tmp_path):
        touch(tmp_path, "en/a.md", "fr/a.md")
        assert found(folder(tmp_path, include=("en/*",))) == ["en/a.md"]

    def test_links_are_followed_only_inside_the_folder(self, tmp_path):
        root = touch(tmp_path / "in", "a.md")
        touch(tmp_path, "secret.md")
        (root / "same.md").symlink_to(root / "a.md")
        (root / "out.md").symlink_to(tmp_path / "secret.md")
        (root / "up").symlink_to(tmp_path)
        (root / "dangling.md").symlink_to("nowhere")
        (root / "loop.md").symlink_to("loop.md")
        (root / "self").symlink_to(root)
        assert found(folder(root)) == ["a.md", "same.md"]

    def test_a_folder_whose_name_begins_alike_is_not_inside(self, tmp_path):
        root = touch(tmp_path / "in", "a.md")
        touch(tmp_path / "in-secret", "b.md")
        (root / "b.md").symlink_to(tmp_path / "in-secret" / "b.md")
        assert found(folder(root)) == ["a.md"]

    def test_a_source_that_is_a_link_is_its_target(self, tmp_path):
        root = touch(tmp_path / "in", "a.md")
        (tmp_path / "link").symlink_to(root)
        assert found(folder(tmp_path / "link")) == ["a.md"]

    @pytest.mark.timeout(5)
    def test_pipes_and_folders_named_like_articles_are_no_articles(self, tmp_path):
        touch(tmp_path, "a.md/b.md")
        os.mkfifo(tmp_path / "pipe.md")
        assert found(folder(tmp_path)) == ["a.md/b.md"]

    def test_folders_may_nest_deeper_than_python_calls(self, deep_folder):
        assert found(folder(deep_folder)) == [f"{'d/' * DEPTH}a.md"]

    def test_names_that_are_not_utf_8_are_names_of_their_own(self, tmp_path):
        root = os.fsencode(tmp_path)
        for name in (b"\xff.md", b"\xfe.md"):
            os.close(os.open(root + b"/" + name, os.O_CREAT))
        files, _ = scan([folder(tmp_path)])
        assert [file.path for file in files] == ["\\xfe.md", "\\xff.md"]
        assert all(read(file, 99) == b"" for file in files)

    def test_a_single_file_is_a_source(self, tmp_path):
        touch(tmp_path, "notes.rst", "b.md")
        assert found(folder(tmp_path / "notes.rst")) == ["notes.rst"]

    def test_a_missing_source_is_a_setting_that_is_wrong(self, tmp_path):
        (tmp_path / "here").mkdir()
        expected = re.escape("sources[1].path: expected a folder of articles")
        with pytest.raises(SettingsError, match=expected):
            scan([folder(tmp_path / "here"), folder(tmp_path / "nowhere")])


class TestSeveralSources:
    def test_the_same_file_name_in_two_is_two_articles(self, tmp_path):
        one, two = touch(tmp_path / "one", "a.md"), touch(tmp_path / "two", "a.md")
        assert found(folder(one), folder(two)) == ["a.md", "two/a.md"]
        assert found(folder(one, "x"), folder(two, "y")) == ["x/a.md", "y/a.md"]

    def test_of_two_files_with_one_identity_the_first_counts(self, tmp_path):
        one = touch(tmp_path / "one", "two/a.md")
        two = touch(tmp_path / "two", "a.md")
        files, problems = scan([folder(one), folder(two)])
        assert [(file.path, file.source) for file in files] == [("two/a.md", 0)]
        assert [problem.path for problem in problems] == ["two/a.md"]
        assert problems[0].severity == "error"

    def test_a_clash_of_odd_names_can_be_told(self, tmp_path):
        root = os.fsencode(tmp_path)
        for name in (b"\xff.md", b"\\xff.md"):
            os.close(os.open(root + b"/" + name, os.O_CREAT))
        files, problems = scan([folder(tmp_path)])
        assert len(files) == len(problems) == 1
        assert str(problems[0]).encode()

    @pytest.mark.parametrize(
        ("sources", "expected"),
        [
            pytest.param([("/a", "")], [""], id="one needs none"),
            pytest.param([("/a", "x")], ["x/"], id="its own name"),
            pytest.param([("/a", ""), ("/b", "")], ["", "b/"], id="folder name"),
            pytest.param([("/a", "x"), ("/b", "")], ["x/", ""], id="first without"),
            pytest.param(
                [("/a", ""), ("/x/b", ""), ("/y/b", "")], ["", "b/", "b-2/"], id="taken"
            ),
            pytest.param(
                [("/a", ""), ("/x/b", ""), ("/c", "b")], ["", "b-2/", "b/"], id="named"
            ),
            pytest.param([("/a", ""), ("/", "")], ["", "source/"], id="the root"),
        ],
    )
    def test_each_source_has_a_prefix_of_its_own(self, sources, expected):
        assert prefixes([folder(path, name) for path, name in sources]) == expected


class TestRead:
    @pytest.fixture
    def file(self, tmp_path):
        return scan([folder(touch(tmp_path, "a.md"))])[0][0]

    def test_it_returns_the_bytes(self, file):
        assert read(file, 4) == b"a.md"

    def test_a_file_over_the_limit_is_a_problem(self, file):
        with pytest.raises(ArticleError, match="expected at most 3 bytes, not 4"):
            read(file, 3)

    def test_a_file_that_has_gone_is_a_problem(self, file):
        Path(file.file).unlink()
        with pytest.raises(ArticleError) as caught:
            read(file, 99)
        assert caught.value.problem.path == "a.md"
        assert "readable" in caught.value.problem.expected

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_a_problem(self, file):
        Path(file.file).chmod(0)
        with pytest.raises(ArticleError, match="Permission denied"):
            read(file, 99)

    @pytest.mark.timeout(5)
    @pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
    def test_what_became_another_kind_of_file_does_not_block(self, file, make):
        Path(file.file).unlink()
        make(file.file)
        try:
            assert read(file, 99) == b""
        except ArticleError as error:
            assert error.problem.path == "a.md"  # noqa: PT017 - either will do
