"""Files that are read again though nothing about them changed: something else did."""

import resource
from functools import partial

import pytest

from feeds.parse.article import parse_article

EPISODE = "---\ntitle: {0}\ndate: 2026-11-01\npodcast_file: {0}.mp3\n---\n"


def parse(path, content, rules, *, modified_at, measure, at="a.md", then):
    """Parse as usual; when it is the turn of `at`, do something before."""
    if path == at:
        then()
    return parse_article(path, content, rules, modified_at=modified_at, measure=measure)


def open_nothing():
    """Leave this process no file that it could open: EMFILE, as of EIO or ESTALE."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))


def starve():
    raise MemoryError


class TestMedia:
    """The size of a media file on this machine is an input like the article."""

    @pytest.fixture
    def desk(self, desk):
        self.media = desk.root / "media"
        self.media.mkdir()
        desk.settings = desk.of(
            media_url="https://cdn.example/", media_path=str(self.media)
        )
        for name in ("one", "two"):
            desk.write(f"{name}.md", EPISODE.format(name))
        return desk

    def size(self, desk):
        return desk.items()["one.md"]["attachments"][0].get("size_in_bytes")

    def test_one_that_comes_grows_and_goes_is_seen(self, desk):
        file = self.media / "one.mp3"
        assert (desk.build().parsed, self.size(desk)) == (2, None)
        for size in (5, 7):
            file.write_bytes(b"x" * size)
            assert (desk.build().parsed, self.size(desk)) == (1, size)
            assert desk.build().parsed == 0
        file.unlink()
        assert (desk.build().parsed, self.size(desk)) == (1, None)

    def test_a_cold_build_is_the_same(self, desk):
        desk.build()
        (self.media / "two.mp3").write_bytes(b"x" * 9)
        desk.build()
        before = desk.items()
        desk.build(force=True)
        assert desk.items() == before

    def test_one_that_is_told_in_the_article_is_not_looked_at(self, desk):
        desk.write("one.md", EPISODE.format("one").replace(".mp3", ".mp3\nbytes: 3"))
        desk.build()
        (self.media / "one.mp3").write_bytes(b"x" * 9)
        assert (desk.build().parsed, self.size(desk)) == (0, 3)


class TestUnreadable:
    """What the system refuses says nothing about the file, and may end unseen."""

    @pytest.mark.parametrize("repeats", [False, True])
    def test_it_is_read_by_the_next_build(self, desk, repeats):
        desk.write("a.md")
        desk.write("b.md")
        found = desk.build(repeats=repeats, parse=partial(parse, then=open_nothing))
        (problem,) = found.problems
        assert (problem.path, problem.severity) == ("b.md", "error")
        assert "Too many open files" in problem.expected
        assert found.outcomes == {"article": 1, "quarantined": 1}
        again = desk.build(repeats=repeats)
        assert (again.parsed, again.problems, len(desk.items())) == (1, (), 2)
        assert desk.build(repeats=repeats).parsed == 0


@pytest.mark.timeout(60)
class TestLate:
    """Too much is too much for a machine with much to do: the next build tries again."""

    def test_it_is_pending_and_tried_again(self, desk):
        desk.write("a.md")
        found = desk.build(parse=partial(parse, then=starve))
        assert found.outcomes == {"pending": 1}
        (problem,) = found.problems
        assert problem.severity == "warning"
        assert "on this machine it takes more than 256 MiB" in problem.expected
        again = desk.build()
        assert (again.parsed, again.problems, list(desk.items())) == (1, (), ["a.md"])
        assert desk.build().parsed == 0
