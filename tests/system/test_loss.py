"""Articles whose files vanish: what stays published, what is told, how it ends."""

import json
import re
import shlex
import shutil
import sqlite3
from contextlib import closing

import pytest

from feeds.catalog import FILE_NAME
from tests.system.conftest import NOW, Site

pytestmark = pytest.mark.timeout(60)
DONE, HELD_BACK = 0, 3
LATER = "2026-11-20T14:00:00Z"


def told(run):
    """Return the errors and notes of a run."""
    return [
        line for line in run.stderr.splitlines() if re.match("(error|note): ", line)
    ]


def shown(site, document="all.json"):
    items = json.loads((site.output / document).read_bytes())["items"]
    return {item["id"].partition("article/")[2] for item in items}


def accepting(run):
    """Return the words of the command that a run tells to accept a loss with."""
    (command,) = {line.partition("accept the loss: ")[2] for line in told(run)}
    words = shlex.split(command)
    assert words[:2] == ["stoker", "build"]
    return words[1:]


@pytest.fixture
def wide(empty_site):
    """Return a site whose feeds hold a hundred."""
    settings = empty_site.root / "stoker.toml"
    settings.write_text(settings.read_text().replace("limit = 3", "limit = 100"))
    return empty_site


@pytest.fixture
def two(wide):
    """Return a site with 21 articles in its own source and 19 in one named b."""
    settings = wide.root / "stoker.toml"
    second = '[[sources]]\npath = "b"\nname = "b"\n[feeds]'
    settings.write_text(settings.read_text().replace("[feeds]", second))
    (wide.root / "b").mkdir()
    written(wide, 21)
    written(wide, 19, "../b/")
    assert wide.build().returncode == DONE
    return wide


def written(site, count, before=""):
    (site.articles / before).mkdir(exist_ok=True)
    names = [f"{before}{number:02}.md" for number in range(count)]
    for name in names:
        site.write(name, title=f"Of {name}", topic="Bees" if "b/" in name else "Fog")
    return names


def unlinked(site, names):
    for name in names:
        (site.articles / name).unlink()


class TestWhatIsHeldBack:
    def test_all_of_a_second_source(self, two):
        before = two.published()
        unlinked(two, [f"../b/{number:02}.md" for number in range(19)])
        two.write("new.md", title="New")
        run = two.build()
        assert run.returncode == HELD_BACK
        (line,) = told(run)
        assert line.startswith("error: b/: expected 19 articles, of which 19 files are")
        assert "19 articles held back, still published, since 2026-11-20T12:00" in line
        assert {"new.md", "b/00.md", "b/18.md"} <= shown(two)
        for path in ("topics/bees.atom", "topics/bees.rss", "topics/bees.json.gz"):
            assert two.published().get(path) == before.get(path)

    def test_a_source_that_is_a_mount_without_a_mount(self, two):
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        (two.root / "b" / "NOT-MOUNTED.md").write_text("Nothing is mounted here.\n")
        assert two.build().returncode == HELD_BACK
        assert len(shown(two)) == 40

    def test_a_folder_of_a_dozen(self, wide):
        written(wide, 30)
        written(wide, 12, "ports/")
        wide.build()
        shutil.rmtree(wide.articles / "ports")
        run = wide.build()
        assert run.returncode == HELD_BACK
        assert [line.split(": ")[1] for line in told(run)] == ["ports/"]
        assert len(shown(wide)) == 42

    def test_most_of_a_source_and_none_of_what_was_deleted_before(self, wide):
        names = written(wide, 40)
        wide.build()
        for start in range(0, 40, 8):
            unlinked(wide, names[start : start + 8])
            wide.build()
        assert shown(wide) == set(names[16:])

    def test_it_stays_for_builds_from_scratch_and_for_days(self, two):
        before = two.published()
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        two.build()
        for arguments in ((), ("--force",), ("--jobs", "2")):
            run = two.build(*arguments, now=LATER)
            assert run.returncode == HELD_BACK, arguments
            assert "since 2026-11-20T12:00:00Z" in run.stderr
        documents = {k: v[1] for k, v in two.published().items()}
        wanted = {k: v[1] for k, v in before.items()}
        for path in wanted.keys() - {"manifest.json"}:
            assert documents[path] == wanted[path], path

    def test_an_idle_build_tells_it_again(self, two):
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        two.stoker("build")
        for _ in range(2):
            run = two.stoker("build")
            assert (run.returncode, len(told(run))) == (HELD_BACK, 1)

    def test_explain_and_list_say_so(self, two):
        unlinked(two, [f"../b/{number:02}.md" for number in range(19)])
        two.build()
        since = "held back: its file is gone since 2026-11-20T12:00:00Z"
        run = two.stoker("explain", "b/03.md")
        assert since in run.stderr
        assert "rank" in run.stdout
        assert since in two.stoker("list", "articles").stdout

    def test_a_dry_run_says_what_would_be(self, two):
        unlinked(two, [f"../b/{number:02}.md" for number in range(19)])
        before = two.files()
        assert two.build("--dry-run").returncode == HELD_BACK
        run = two.build("--dry-run", "--accept-loss")
        assert run.returncode == DONE
        assert "19 held back" not in run.stderr
        assert two.files() == before

    def test_the_report_has_it_as_data(self, two):
        unlinked(two, [f"../b/{number:02}.md" for number in range(19)])
        report = json.loads(two.build("--json").stdout)
        (loss,) = report["losses"]
        facts = {key: loss[key] for key in ("where", "gone", "of", "held")}
        assert facts == {"where": "b/", "gone": 19, "of": 19, "held": 19}
        assert report["held_back"] == [f"b/{number:02}.md" for number in range(19)]


class TestHowItEnds:
    def test_the_files_come_back(self, two):
        before = two.published()
        (two.root / "b").rename(two.root / "aside")
        (two.root / "b").mkdir()
        assert two.build().returncode == HELD_BACK
        (two.root / "b").rmdir()
        (two.root / "aside").rename(two.root / "b")
        run = two.build()
        assert (run.returncode, told(run)) == (DONE, [])
        for path, (_, content) in before.items():
            if path != "manifest.json":
                assert two.published()[path][1] == content, path

    def test_the_command_that_is_told_accepts_it_from_anywhere(self, two, tmp_path):
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        (tmp_path / "elsewhere").mkdir()
        command = accepting(two.build())
        run = two.run_shell('cd elsewhere && exec "$@"', *command)
        assert run.returncode == DONE, run.stderr
        assert len(shown(two)) == 21
        run = two.stoker("build")
        assert (run.returncode, told(run)) == (DONE, [])
        assert (
            json.loads((two.output / "topics" / "bees.json").read_bytes())["items"]
            == []
        )

    def test_the_command_has_what_was_given_on_the_command_line(self, wide):
        """It is true that names with blanks and quotes arrive whole."""
        folder = wide.root / "it's an odd name"
        wide.articles.rename(folder)
        wide.articles = folder
        names = written(wide, 3)
        wide.build("--source", str(folder), "--output", "out put")
        unlinked(wide, names)
        command = accepting(
            wide.build("--source", str(folder), "--output", str(wide.root / "out put"))
        )
        assert command[-1] == "--accept-loss"
        assert str(folder) in command
        assert wide.stoker(*command).returncode == DONE

    def test_others_take_their_place(self, wide):
        """It is true that a folder may be renamed, even if that is seen in two parts."""
        written(wide, 40, "old/")
        wide.build()
        (wide.articles / "old").rename(wide.root / "new")
        assert wide.build().returncode == HELD_BACK
        (wide.root / "new").rename(wide.articles / "new")
        assert wide.build().returncode == DONE
        assert {path.partition("/")[0] for path in shown(wide)} == {"new"}

    def test_one_that_has_expired_meanwhile_leaves(self, wide):
        for number in range(3):
            name = f"{number}.md"
            wide.write(name, title=name)
            text = (wide.articles / name).read_text()
            ends = "expiryDate: 2026-11-20T13:00:00Z\nheat"
            wide.write_text(name, text.replace("heat", ends, 1))
        wide.build()
        unlinked(wide, [f"{number}.md" for number in range(3)])
        assert wide.build().returncode == HELD_BACK
        assert len(shown(wide)) == 3
        run = wide.build(now=LATER)
        assert (run.returncode, told(run), shown(wide)) == (DONE, [], set())

    def test_a_broken_file_in_its_place_is_a_broken_file(self, wide):
        names = written(wide, 3)
        wide.build()
        unlinked(wide, names)
        wide.build()
        for name in names:
            wide.write_text(name, '---\ntitle: "never closed\n---\n')
        run = wide.build()
        assert (run.returncode, shown(wide)) == (3, set(names))
        assert "held back" not in run.stderr
        assert "accept" not in run.stderr


class TestWhatIsNone:
    def test_a_source_of_one_goes_with_a_note(self, two):
        two.build("--accept-loss")
        unlinked(two, [f"../b/{number:02}.md" for number in range(1, 19)])
        two.build("--accept-loss")
        unlinked(two, ["../b/00.md"])
        run = two.build(now=LATER)
        assert run.returncode == DONE
        note = "note: b/: expected articles; its last article is gone, and withdrawn"
        assert told(run) == [note]
        assert told(two.build(now=LATER)) == []

    @pytest.mark.parametrize(
        "front",
        ["published: false", "draft: true", "removed: true", "expiryDate: 2026-11-01"],
    )
    def test_what_is_unpublished_leaves(self, wide, front):
        names = written(wide, 24)
        wide.build()
        for name in names:
            text = (wide.articles / name).read_text().replace("published: true\n", "")
            wide.write_text(name, text.replace("---\n", f"---\n{front}\n", 1))
        assert wide.build().returncode == DONE
        assert shown(wide) == set()

    def test_what_is_put_off_leaves(self, wide):
        names = written(wide, 24)
        wide.build()
        for name in names:
            wide.write(name, date="2027-01-01")
        assert wide.build().returncode == DONE
        assert shown(wide) == set()

    def test_what_was_never_shown_goes(self, wide):
        for number in range(24):
            wide.write(f"{number}.md", published="false")
            wide.write(f"ahead-{number}.md", date="2027-01-01")
        wide.write("shown.md")
        wide.build()
        unlinked(wide, (p for n in range(24) for p in (f"{n}.md", f"ahead-{n}.md")))
        assert wide.build().returncode == DONE

    def test_what_expired_before_it_was_deleted_goes(self, wide):
        names = written(wide, 3)
        for name in names:
            text = (wide.articles / name).read_text()
            ends = "expiryDate: 2026-11-20T13:00:00Z\nheat"
            wide.write_text(name, text.replace("heat", ends, 1))
        wide.build()
        unlinked(wide, names)
        run = wide.build(now=LATER)
        assert (run.returncode, told(run), shown(wide)) == (DONE, [], set())

    def test_a_source_that_is_taken_out_of_the_settings_goes(self, two):
        settings = two.root / "stoker.toml"
        text = settings.read_text()
        settings.write_text(text.replace('[[sources]]\npath = "b"\nname = "b"\n', ""))
        assert two.build().returncode == DONE
        assert len(shown(two)) == 21

    def test_a_pattern_that_leaves_them_out_is_meant(self, two):
        settings = two.root / "stoker.toml"
        text = settings.read_text()
        settings.write_text(
            text.replace('name = "b"', 'name = "b"\nexclude = ["*.md"]')
        )
        assert two.build().returncode == DONE
        assert len(shown(two)) == 21

    def test_a_source_whose_folder_is_another_has_lost_what_is_not_there(self, two):
        settings = two.root / "stoker.toml"
        text = settings.read_text()
        (two.root / "c").mkdir()
        settings.write_text(text.replace('path = "b"', 'path = "c"'))
        assert two.build().returncode == HELD_BACK
        assert len(shown(two)) == 40

    def test_another_branch_and_back(self, wide):
        """It is true that the articles of one branch are shown, then the other's."""
        names = written(wide, 24, "main/")
        wide.build()
        before = wide.published()
        (wide.articles / "main").rename(wide.root / "main")
        written(wide, 20, "branch/")
        assert wide.build().returncode == DONE
        assert len(shown(wide)) == 20
        (wide.articles / "branch").rename(wide.root / "branch")
        (wide.root / "main").rename(wide.articles / "main")
        assert wide.build().returncode == DONE
        assert shown(wide) == set(names)
        assert wide.published()["all.json"][1] == before["all.json"][1]


class TestLostLedger:
    """What was published tells what there was, where the state folder is gone too."""

    @pytest.fixture
    def lost(self, wide):
        written(wide, 30)
        wide.build()
        self.before = wide.published()
        shutil.rmtree(wide.state)
        wide.articles.rename(wide.root / "aside")
        wide.articles.mkdir()
        return wide

    def test_nothing_is_withdrawn(self, lost):
        run = lost.build()
        assert run.returncode == HELD_BACK
        assert "30 files are gone; 30 articles held back" in run.stderr
        assert "30 of 30 articles" in run.stderr
        after = lost.published()
        for path, (_, content) in self.before.items():
            if path != "manifest.json":
                assert after[path][1] == content, path

    def test_new_articles_are_published_in_feeds_of_their_own(self, lost):
        lost.build()
        lost.write("new.md", topic="Rail", title="New")
        assert lost.build().returncode == HELD_BACK
        assert shown(lost, "topics/rail.json") == {"new.md"}
        assert len(shown(lost)) == 30

    def test_so_it_stays_for_the_next_builds(self, lost):
        lost.build()
        for arguments in ((), ("--force",)):
            assert lost.build(*arguments, now=LATER).returncode == HELD_BACK
            assert len(shown(lost)) == 30

    def test_the_files_come_back(self, lost):
        lost.build()
        lost.articles.rmdir()
        (lost.root / "aside").rename(lost.articles)
        run = lost.build()
        assert (run.returncode, told(run)) == (DONE, [])
        assert shown(lost) == {f"{number:02}.md" for number in range(30)}
        for path in ("all.json", "topics/fog.atom", "topics/fog/hot.rss"):
            assert lost.published()[path][1] == self.before[path][1], path

    def test_it_can_be_accepted(self, lost):
        command = accepting(lost.build())
        assert lost.stoker(*command).returncode == DONE
        assert shown(lost) == set()

    def test_only_the_ledger_is_lost_and_nothing_else(self, lost):
        lost.articles.rmdir()
        (lost.root / "aside").rename(lost.articles)
        assert lost.build().returncode == DONE
        assert len(shown(lost)) == 30

    def test_a_catalog_that_was_damaged_is_no_other_case(self, lost):
        lost.state.mkdir()
        (lost.state / FILE_NAME).write_bytes(b"no database" * 99)
        assert lost.build().returncode == HELD_BACK
        assert len(shown(lost)) == 30


class TestElsewhere:
    """What is held back goes with the ledger, and stays what it is in older ones."""

    @pytest.fixture
    def lost(self, two):
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        two.build()
        return two

    def test_another_machine_holds_it_back_as_well(self, lost, tmp_path):
        ledger = lost.stoker("ledger", "export").stdout
        (tmp_path / "another").mkdir()
        other = Site(tmp_path / "another")
        shutil.copytree(lost.articles, other.articles, dirs_exist_ok=True)
        (other.root / "b").mkdir()
        shutil.copy(lost.root / "stoker.toml", other.root)
        (other.root / "ledger").write_text(ledger)
        run = other.stoker("ledger", "import", "ledger")
        assert run.returncode == DONE, run.stderr
        run = other.build()
        assert run.returncode == HELD_BACK
        assert "since 2026-11-20T12:00:00Z" in run.stderr
        for path in ("all.json", "topics/bees.atom"):
            assert (other.output / path).read_bytes() == (
                lost.output / path
            ).read_bytes()

    def test_a_catalog_that_was_damaged_since_tells_it_too(self, lost):
        with closing(sqlite3.connect(lost.state / FILE_NAME)) as catalog:
            catalog.execute("DROP TABLE article")
            catalog.commit()
        assert lost.build().returncode == HELD_BACK
        assert len(shown(lost)) == 40

    def test_a_release_that_placed_articles_otherwise_counts(self, two):
        """It is true that a mount may be lost while a new release is installed."""
        with closing(sqlite3.connect(two.state / FILE_NAME)) as catalog:
            catalog.execute("DELETE FROM placed")
            catalog.execute(
                "UPDATE article SET rules = 'older:', placing = x'80'"
                " WHERE path LIKE 'b/%'"
            )
            catalog.commit()
        shutil.rmtree(two.root / "b")
        (two.root / "b").mkdir()
        two.write("new.md", topic="Rail")
        run = two.build()
        assert (run.returncode, "19 articles held back" in run.stderr) == (3, True)
        assert len(shown(two, "topics/bees.json")) == 19
        assert shown(two, "topics/rail.json") == {"new.md"}


def test_a_first_build_of_nothing_is_none(empty_site):
    assert empty_site.build(now=NOW).returncode == DONE
