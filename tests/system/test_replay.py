"""`stoker replay`: small histories, made here, built commit by commit."""

import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from feeds.errors import HistoryError
from feeds.pipeline.commits import opened
from feeds.pipeline.quiet import FAULTS, score
from feeds.pipeline.replay import replay
from feeds.settings import Feeds, Source
from tests.feeds.repository import Repository
from tests.laws.site import SETTINGS, Piece, Style, written

# What takes less time, where it is not the documents that matter.
LIGHT = with_fields(SETTINGS, feeds=Feeds(limit=4, orders=(), formats=("atom",)))
MAY = "2026-05-{:02}T12:00:00Z"
PUBLISHED = datetime(2026, 4, 1, 8, tzinfo=UTC)


def piece(**facts):
    return written(Piece(published_at=PUBLISHED, **facts))


class Archive(Repository):
    """A repository whose commits write, or remove, certain files on a day in May."""

    def save(self, day: int, **files: str | None) -> None:
        for name, text in files.items():
            file = self.root / f"{name}.md"
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
        self.record(day)

    def record(self, day: int) -> None:
        self.git("add", "-A")
        dates = dict.fromkeys(
            ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), MAY.format(day)
        )
        self.git("commit", "-q", "--allow-empty", "-m", str(day), **dates)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "site")


@pytest.fixture
def seasoned(archive):
    """Return one with an edit a day, from the first to the sixth of May."""
    archive.save(1, a=piece(), b=piece(title="Night train"))
    archive.save(2, a=piece(secured="bmV3"), b=piece(title="Night train", secured="eA"))
    archive.save(3, a=piece(title="Ferries run late", secured="bmV3"))
    archive.save(4, b=piece(title="Night train", is_published=False))
    archive.save(5, a=None)
    archive.save(6)
    return archive


def replayed(place, *, since=None, until=None, settings=LIGHT, **how):
    with opened(place, since=since, until=until) as history:
        return replay(history, settings, **how)


def figures(done):
    """Return what does not depend on names of commits."""
    tally = done.tally
    counts = (tally.changed, tally.visible, tally.new, tally.gone, tally.size_bytes)
    return done.commits, done.edits, done.silent, counts


class TestQuiet:
    def test_every_change_of_a_document_is_one_that_readers_see(self, seasoned):
        done = replayed(seasoned.root, settings=SETTINGS)
        assert done.tally.changed > 20
        assert score(done.tally) == 1
        assert done.tally.findings == ()

    def test_a_commit_of_secured_alone_writes_nothing(self, seasoned):
        done = replayed(seasoned.root)
        assert (done.secured_only, done.secured_wrote) == (1, 0)
        assert (done.commits, done.edits, done.silent) == (6, 7, 1)

    def test_what_comes_due_by_then_is_not_its_doing(self, archive):
        later = Piece(published_at=datetime(2026, 5, 2, tzinfo=UTC), secured="eA")
        archive.save(1, a=piece(), b=written(later))
        archive.save(3, a=piece(secured="bmV3"))
        done = replayed(archive.root)
        assert (done.secured_only, done.secured_wrote) == (1, 0)
        assert done.tally.changed > 0

    def test_withdrawn_and_deleted_articles_leave(self, seasoned):
        feeds = with_fields(LIGHT.feeds, empty_grace=timedelta(hours=12))
        done = replayed(seasoned.root, settings=with_fields(LIGHT, feeds=feeds))
        assert done.tally.retracted == 2
        assert done.tally.gone > 0

    def test_a_change_of_spelling_alone_is_silent(self, archive):
        one = Piece(published_at=PUBLISHED)
        archive.save(1, a=written(one))
        archive.save(2, a=written(one, Style(seed=3, quote="'", is_cached=True)))
        done = replayed(archive.root)
        assert (done.silent, done.secured_only, done.tally.changed) == (1, 0, 0)

    def test_a_clock_that_was_set_back_is_not_followed(self, archive):
        archive.save(9, a=piece())
        archive.save(2, a=piece(title="Ferries run late"))
        done = replayed(archive.root)
        assert (done.first, done.last) == (done.last, done.first)
        assert done.tally.findings == ()
        assert done.tally.changed > 0


class TestForms:
    def test_a_bare_repository_says_the_same(self, seasoned, tmp_path):
        seasoned.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
        done = replayed(seasoned.root)
        assert replayed(tmp_path / "bare.git") == done
        assert replayed(seasoned.root / ".git") == done

    def test_so_do_recorded_changes(self, seasoned, tmp_path):
        titles = ["Ferry timetable", "Night train"]
        texts = [
            [piece(title=t, secured=s) for s in ("c2VjcmV0", "bmV3")] for t in titles
        ]
        (a, a_new), (b, b_new) = texts
        b_new = piece(title=titles[1], secured="eA")
        late = piece(title="Ferries run late", secured="bmV3")
        off = piece(title=titles[1], is_published=False)
        days = [
            [("A", "a.md", a), ("A", "b.md", b)],
            [("M", "a.md", a_new), ("M", "b.md", b_new)],
            [("M", "a.md", late)],
            [("M", "b.md", off)],
            [("D", "a.md", None)],
            [],
        ]
        recorded(tmp_path / "deltas", days)
        assert figures(replayed(tmp_path / "deltas")) == figures(
            replayed(seasoned.root)
        )

    def test_recorded_changes_may_begin_with_files(self, tmp_path):
        recorded(tmp_path, [[("M", "a.md", piece(title="Ferries run late"))]])
        (tmp_path / "base").mkdir()
        (tmp_path / "base" / "a.md").write_text(piece(), "utf-8")
        done = replayed(tmp_path)
        assert (done.commits, done.tally.new) == (1, 0)
        assert done.tally.changed > 0

    def test_only_first_parents_count(self, archive):
        archive.save(1, a=piece())
        archive.git("checkout", "-q", "-b", "side")
        archive.save(2, b=piece(title="Night train"))
        archive.save(3, b=piece(title="Night trains"))
        archive.git("checkout", "-q", "main")
        archive.git("merge", "-q", "--no-ff", "side", GIT_COMMITTER_DATE=MAY.format(4))
        done = replayed(archive.root)
        assert (done.commits, done.edits) == (2, 2)

    def test_a_folder_takes_the_place_of_a_file_and_back(self, archive):
        archive.save(1, **{"x.md/a": piece()})
        shutil.rmtree(archive.root / "x.md")
        archive.save(2, x=piece())
        (archive.root / "x.md").unlink()
        archive.save(3, **{"x.md/a": piece(title="Night train")})
        done = replayed(archive.root)
        assert (done.commits, done.tally.findings) == (3, ())

    def test_git_dates_what_states_no_date(self, archive):
        bare = "---\ntitle: {}\n---\n"
        archive.save(1, a=bare.format("Late"))
        archive.save(2, a=bare.format("Later"))
        settings = with_fields(LIGHT, sources=(Source(path="x", undated="git"),))
        done = replayed(archive.root, settings=settings)
        assert done.tally.changed > 0
        undated = replayed(archive.root)
        assert undated.tally.changed == 0


def recorded(folder, days):
    """Write changes as a folder of deltas, a day in May each."""
    folder.mkdir(exist_ok=True)
    lines = [
        {
            "commit": f"{day:040}",
            "time": int(datetime.fromisoformat(MAY.format(day)).timestamp()),
            "changes": [
                dict(zip(("op", "path", "text"), c, strict=True)) for c in changes
            ],
        }
        for day, changes in enumerate(days, 1)
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "deltas.jsonl").write_text(text, "utf-8")


class TestSpan:
    def test_it_begins_with_what_was_there(self, seasoned):
        done = replayed(seasoned.root, since=datetime(2026, 5, 3, tzinfo=UTC))
        assert (done.commits, done.tally.new) == (4, 0)
        assert done.first == datetime(2026, 5, 3, 12, tzinfo=UTC)

    def test_a_revision_is_what_it_begins_after_and_ends_with(self, seasoned):
        done = replayed(seasoned.root, since="HEAD~4", until="HEAD~2")
        assert (done.first, done.last) == (
            datetime(2026, 5, 3, 12, tzinfo=UTC),
            datetime(2026, 5, 4, 12, tzinfo=UTC),
        )

    def test_it_ends_with_an_instant_or_a_number(self, seasoned):
        until = datetime(2026, 5, 4, 12, tzinfo=UTC)
        assert replayed(seasoned.root, until=until).commits == 4
        assert replayed(seasoned.root, limit=2).commits == 2

    def test_recorded_changes_have_revisions_too(self, tmp_path):
        titles = ("Ferries", "Boats", "Ships")
        recorded(tmp_path, [[("A", "a.md", piece(title=title))] for title in titles])
        done = replayed(tmp_path, since=f"{1:040}", until=f"{2:040}")
        assert (done.commits, done.tally.new) == (1, 0)

    @pytest.mark.parametrize("revision", ["nowhere", "--all", ""])
    def test_an_unknown_revision_is_told(self, seasoned, tmp_path, revision):
        with pytest.raises(HistoryError, match=f"{revision}: no commit"):
            replayed(seasoned.root, since=revision)
        recorded(tmp_path, [[]])
        with pytest.raises(HistoryError, match="not among"):
            replayed(tmp_path, since="nowhere")


class TestSources:
    def test_a_folder_of_the_repository_is_the_source(self, archive):
        archive.save(1, **{"posts/a": piece(), "drafts/b": piece(title="Night train")})
        archive.save(2, **{"drafts/b": piece(title="Night trains")})
        done = replayed(archive.root, folder="posts")
        assert (done.commits, done.edits, done.silent) == (2, 1, 0)
        assert replayed(archive.root / "posts") == done

    def test_sources_in_the_repository_are_where_they_were(self, archive):
        archive.save(1, **{"posts/a": piece(), "notes/b": piece(), "drafts/c": piece()})
        (archive.root / "drafts" / "d.md").write_text(piece(title="Boats"))
        archive.save(2)
        paths = (archive.root / "posts", archive.root / "notes")
        sources = tuple(Source(path=str(path)) for path in paths)
        done = replayed(archive.root, settings=with_fields(LIGHT, sources=sources))
        assert (done.commits, done.edits) == (2, 2)

    def test_a_source_elsewhere_lends_its_other_settings(self, archive, tmp_path):
        archive.save(1, a=piece(), b="A note without front matter.\n")
        elsewhere = Source(path=str(tmp_path / "gone"), include=("b.*",))
        settings = with_fields(LIGHT, sources=(elsewhere,))
        everything = replayed(archive.root)
        only_b = replayed(archive.root, settings=settings)
        assert only_b.tally.new < everything.tally.new

    def test_a_folder_outside_is_refused(self, archive):
        archive.save(1, a=piece())
        with pytest.raises(HistoryError, match="a folder of the repository"):
            replayed(archive.root, folder="../..")


class TestSafety:
    def test_the_repository_stays_as_it_was(self, seasoned, tmp_path, monkeypatch):
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        before = state_of(seasoned.root)
        replayed(seasoned.root)
        assert state_of(seasoned.root) == before
        assert not any((tmp_path / "temporary").iterdir())

    def test_links_lead_nowhere(self, archive, tmp_path):
        secret = tmp_path / "secret"
        secret.mkdir()
        (archive.root / "a.md").symlink_to(secret / "a.md")
        (archive.root / "x").symlink_to(secret)
        archive.record(1)
        (archive.root / "x").unlink()
        archive.save(2, **{"x/a": piece()})
        done = replayed(archive.root)
        assert (done.commits, done.tally.findings) == (2, ())
        assert not any(secret.iterdir())

    @pytest.mark.parametrize(
        "name", ["../a.md", "/a.md", "x/../../a.md", "x//a.md", ""]
    )
    def test_names_lead_nowhere(self, tmp_path, name):
        recorded(tmp_path, [[("A", name, piece()), ("A", "b\0.md", piece())]])
        before = state_of(tmp_path)
        assert replayed(tmp_path).edits == 0
        assert state_of(tmp_path) == before

    def test_nothing_that_the_repository_names_is_run(self, archive, tmp_path):
        trap, marker = tmp_path / "trap", tmp_path / "sprung"
        trap.write_text(f"#!/bin/sh\ntouch {marker}\n")
        trap.chmod(0o755)
        archive.save(1, a=piece())
        (archive.root / ".gitattributes").write_text("*.md diff=trap filter=trap\n")
        archive.record(2)
        keys = ("core.fsmonitor", "core.pager", "gpg.program", "diff.external")
        filters = ("diff.trap.command", "diff.trap.textconv", "filter.trap.smudge")
        for key in (*keys, *filters):
            archive.git("config", key, str(trap))
        assert replayed(archive.root).commits == 2
        assert not marker.exists()


def state_of(folder):
    """Return content and modification time of all files in a folder."""
    return {
        file: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }


class TestCommand:
    def test_it_prints_the_score_and_what_must_be_zero(self, seasoned, stoker):
        done = stoker("replay", str(seasoned.root))
        assert done.returncode == 0, done.stderr
        rows = dict(line.split("\t") for line in done.stdout.splitlines())
        assert rows["quiet score"] == "1.0000"
        assert rows["commits"] == "6, 2026-05-01 to 2026-05-06"
        assert rows["commits of secured alone"] == "1, wrote 0 files"
        assert [rows[label] for label in list(rows)[-len(FAULTS) :]] == ["0"] * len(
            FAULTS
        )
        assert "commits/s" in done.stderr

    def test_it_prints_json_for_programs(self, seasoned, stoker):
        head = Path(seasoned.root / "stoker.toml")
        head.write_text('[feeds]\nformats = ["atom"]\nhtml = false\n')
        done = stoker(
            *("replay", str(seasoned.root), "--json", "-c", str(head), "--limit", "3"),
            *("--since", "2026-05-02", "--until", "2026-05-30T00:00:00Z"),
        )
        found = json.loads(done.stdout)
        assert (found["score"], found["commits"], found["new"]) == (1, 3, 0)
        assert found["faults"] == dict.fromkeys(FAULTS, 0)
        assert found["first"] == "2026-05-02T12:00:00Z"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            pytest.param([], "not a git repository", id="no repository"),
            pytest.param(
                ["--since", "gone"], "not a git repository", id="nor revision"
            ),
        ],
    )
    def test_without_a_history_it_fails(self, tmp_path, stoker, arguments, told):
        done = stoker("replay", str(tmp_path), *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('{"commit": "a", "time": 1}', "expected the key 'changes'"),
            ('{"commit": "a", "time": "x"}', "time: expected a whole number"),
            (
                '{"commit": "a", "time": 1, "changes": [{"op": "X", "path": "a.md"}]}',
                "changes[0].op: expected one of the words that are known",
            ),
            (
                '{"commit": "a", "time": 1, "changes": [{"op": "A", "path": "a.md"}]}',
                "changes[0]: expected the text of a.md, unless it goes",
            ),
            ('{"commit": "a",', "expected a JSON object"),
            ("[]", "expected an object"),
        ],
        ids=["a key", "a type", "a word", "no text", "cut off", "a list"],
    )
    def test_a_broken_record_is_told(self, tmp_path, stoker, line, told):
        record = tmp_path / "deltas.jsonl"
        record.write_text(f'{{"commit": "a", "time": 1, "changes": []}}\n{line}\n')
        done = stoker("replay", str(tmp_path))
        assert done.returncode == 1
        assert f"deltas.jsonl:2: {told}\n" in done.stderr

    def test_nothing_is_left_where_it_was_called(self, seasoned, stoker, tmp_path):
        before = set(tmp_path.iterdir())
        stoker("replay", str(seasoned.root))
        assert set(tmp_path.iterdir()) == before
