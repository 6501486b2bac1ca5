"""Which files a scan finds, and what it passes over."""

import os
import re
import socket
import stat
from pathlib import Path

import pytest

from feeds.errors import ArticleError, SettingsError
from feeds.source import Folder, look_again, may_count, places_of, prefixes, read, scan

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


class TestPlaces:
    """Where a file is, by its identity."""

    def test_it_is_where_a_scan_found_it(self, tmp_path):
        folders = [
            folder(touch(tmp_path / "one", "a.md", "sub/b.md")),
            folder(touch(tmp_path / "blog", "a.md")),
            folder(touch(tmp_path / "three", "c d.md"), "named"),
        ]
        files, _ = scan(folders)
        places = places_of([file.path for file in files], folders)
        assert places == [file.file for file in files]

    @pytest.mark.parametrize("identity", ["gone.md", "blog/a.md", "blog/gone.md"])
    def test_only_a_scan_can_tell_where_there_is_none_or_more_than_one(
        self, tmp_path, identity
    ):
        folders = [
            folder(touch(tmp_path / "one", "a.md", "blog/a.md")),
            folder(touch(tmp_path / "blog", "a.md")),
        ]
        assert places_of(["a.md", identity], folders) is None


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


def replaced(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(path.read_bytes())
    seconds = path.stat().st_mtime_ns
    os.utime(new, ns=(seconds, seconds))
    new.replace(path)


def linked(path) -> None:
    Path(path).symlink_to("/dev/zero")


def became(path: Path, make) -> None:
    path.unlink()
    make(path)


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

    @pytest.mark.parametrize(
        "name",
        [
            *(".a.md.swp", "a.md.swo", "a.md.swx", "4913"),
            *("a.md~", "#a.md#", ".#a.md", "a.md.bak"),
            *("a.md___jb_tmp___", "a.md___jb_old___", "~$a.txt", ".~lock.a.txt#"),
            *(".a.md.Xk2f9Q", "a.md.tmp", "a.md.part", ".DS_Store"),
        ],
    )
    def test_i47_what_editors_leave_is_no_article_whatever_is_included(
        self, tmp_path, name
    ):
        touch(tmp_path, name, "4913.md")
        files, problems = scan([folder(tmp_path, include=("*",))])
        assert ([file.path for file in files], problems) == (["4913.md"], [])

    def test_i47_a_folder_may_be_named_like_what_vim_leaves(self, tmp_path):
        touch(tmp_path, "4913/a.md")
        assert found(folder(tmp_path, include=("*",))) == ["4913/a.md"]

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

    def test_what_may_count_by_its_name_is_what_it_finds(self, tmp_path):
        names = ["a.md", ".a.md", "a.md~", "b/4913", "4913/c.md", "_data/d.md"]
        names += [".git/e.md", "f.png", "#g.md#", "h/~$i.md", "h/i.HTML", "j.md.swp"]
        source = folder(touch(tmp_path, *names), include=(*INCLUDE, "4913"))
        assert found(source) == sorted(n for n in names if may_count(n, source))

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

    @pytest.mark.timeout(5)
    def test_i47_what_is_named_like_an_article_and_is_none_is_told(self, tmp_path):
        root = touch(tmp_path / "in", "a.md")
        touch(tmp_path, "secret.md")
        os.mkfifo(root / "pipe.md")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(root / "socket.md"))
        (root / "out.md").symlink_to(tmp_path / "secret.md")
        (root / "dangling.md").symlink_to("nowhere")
        (root / "loop.md").symlink_to("loop.md")
        (root / "folder.md").symlink_to(".")
        (root / "zero.md").symlink_to("/dev/zero")
        files, problems = scan([folder(root, "x")])
        assert [file.path for file in files] == ["x/a.md"]
        assert {problem.severity for problem in problems} == {"note"}
        assert {problem.path: problem.expected for problem in problems} == {
            "x/pipe.md": "expected a regular file, not a pipe",
            "x/socket.md": "expected a regular file, not a socket",
            "x/out.md": "expected a link that stays inside its source folder",
            "x/zero.md": "expected a link that stays inside its source folder",
            "x/dangling.md": "expected a file; the link leads nowhere",
            "x/loop.md": "expected a file; the link leads back to itself",
            "x/folder.md": "expected a regular file, not a folder",
        }

    def test_i47_what_nobody_would_read_anyway_is_not_told(self, tmp_path):
        root = touch(tmp_path / "in", "a.md")
        os.mkfifo(root / "pipe")
        os.mkfifo(root / ".pipe.md")
        (root / "out").symlink_to(tmp_path)
        (root / ".#a.md").symlink_to("me@harbour.4711:1700000000")  # an Emacs lock
        (root / "_data").mkdir()
        (root / "_data" / "dangling.md").symlink_to("nowhere")
        assert scan([folder(root)])[1] == []

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    def test_i47_a_device_is_no_article(self, tmp_path):
        try:
            os.mknod(tmp_path / "null.md", stat.S_IFCHR | 0o600, os.makedev(1, 3))
        except OSError:
            pytest.skip("may not make devices here")
        files, problems = scan([folder(tmp_path)])
        assert (files, len(problems)) == ([], 1)
        assert problems[0].expected == "expected a regular file, not a device"

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

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda path: path.unlink(), id="gone"),
            pytest.param(lambda path: path.write_text("longer"), id="written"),
            pytest.param(lambda path: os.utime(path, (1, 1)), id="touched"),
            pytest.param(replaced, id="replaced"),
            pytest.param(lambda path: became(path, os.mkdir), id="now a folder"),
            pytest.param(lambda path: became(path, os.mkfifo), id="now a pipe"),
            pytest.param(
                lambda path: became(path, linked),
                id="now a link to a device",
            ),
        ],
    )
    @pytest.mark.timeout(5)
    def test_i47_a_file_that_changed_since_its_scan_is_left_to_the_next(
        self, file, change
    ):
        change(Path(file.file))
        with pytest.raises(ArticleError) as caught:
            read(file, 99)
        assert (caught.value.problem.path, caught.value.problem.severity) == (
            "a.md",
            "note",
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_a_problem(self, file):
        Path(file.file).chmod(0)
        with pytest.raises(ArticleError, match="Permission denied"):
            read(file, 99)


class TestLookAgain:
    def test_it_is_the_file_as_it_is_now(self, tmp_path):
        (file,), _ = scan([folder(touch(tmp_path, "a.md"))])
        assert look_again(file) == file
        (tmp_path / "a.md").write_text("longer")
        again = look_again(file)
        assert again != file
        assert [again] == scan([folder(tmp_path)])[0]

    @pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, linked, None])
    def test_what_is_no_regular_file_any_more_is_nothing(self, tmp_path, make):
        (file,), _ = scan([folder(touch(tmp_path, "a.md"))])
        (tmp_path / "a.md").unlink()
        if make:
            make(file.file)
        assert look_again(file) is None


class TestOrder:
    """What a scan gives depends on the names alone, not on who made which when."""

    @pytest.mark.parametrize(
        "names", [(b"\xff.md", rb"\xff.md"), (rb"\xff.md", b"\xff.md")]
    )
    def test_of_two_names_with_one_identity_the_same_always_counts(
        self, tmp_path, names
    ):
        for name in names:
            Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).touch()  # noqa: PTH118
        (file,), (problem,) = scan([folder(tmp_path)])
        assert Path(file.file).name == r"\xff.md"
        assert problem.path == file.path

    @pytest.mark.parametrize("step", [1, -1], ids=["up", "down"])
    def test_problems_are_sorted(self, tmp_path, step):
        for number in range(50)[::step]:
            (tmp_path / f"{number:02}.md").symlink_to("nowhere")
        _, problems = scan([folder(tmp_path)])
        assert [problem.path for problem in problems] == [
            f"{number:02}.md" for number in range(50)
        ]


def test_a_file_that_cannot_be_looked_at_is_told_and_not_gone(tmp_path):
    """It is true even of root, if its path is too long though its folder's is not."""
    long = tmp_path
    while (left := 4_096 - 10 - len("/short/sub") - len(str(long))) > 1:
        long /= "d" * min(200, left - 1)
    long.mkdir(parents=True)
    inner = touch(
        tmp_path / "short", "a.md", "sub/a-name-too-long.md", "sub/x.jpeg.jpeg"
    )
    inner.rename(long / "short")
    files, (problem,) = scan([folder(long / "short")])
    assert [file.path for file in files] == ["a.md"]
    assert (problem.path, problem.severity) == ("sub/a-name-too-long.md", "error")
    assert problem.expected.startswith("expected a file that can be read (")


@pytest.mark.parametrize(
    ("name", "told"), [("sub", ["sub/" + "s" * 200 + "/"]), ("_data", [])]
)
def test_a_folder_that_cannot_be_read_is_told_unless_it_is_excluded(
    tmp_path, name, told
):
    """It is true even of root, who cannot read what is too deep for a path."""
    long = tmp_path
    while (left := 4_096 - 150 - len(str(long))) > 1:
        long /= "d" * min(200, left - 1)
    long.mkdir(parents=True)
    inner = touch(tmp_path / "short", "a.md", f"{name}/{'s' * 200}/b.md")
    inner.rename(long / "short")
    files, problems = scan([folder(long / "short")])
    assert [file.path for file in files] == ["a.md"]
    assert [(each.path, each.severity) for each in problems] == [
        (path, "error") for path in told
    ]
