"""When files were first committed, by real repositories."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.errors import HistoryError
from feeds.history import first_commits, head
from tests.feeds.repository import ENVIRON, Repository


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "site")


def day(year):
    return datetime(year, 1, 1, tzinfo=UTC)


class TestFirstCommits:
    def test_i30_a_file_is_as_old_as_the_commit_that_added_it(self, repository):
        repository.commit(2020, "a.md")
        repository.commit(2021, "a.md", "b.md")
        repository.write("c.md")
        assert first_commits(str(repository.root)) == {
            "a.md": day(2020),
            "b.md": day(2021),
        }

    def test_i30_it_is_the_authors_date_that_counts(self, repository):
        repository.commit(2020, "a.md", committed=2024)
        assert first_commits(str(repository.root)) == {"a.md": day(2020)}

    def test_i30_a_folder_in_the_repository_knows_its_own_files(self, repository):
        repository.commit(
            2020, "posts/a.md", "posts/deep/b.md", "posts.md", "other/c.md"
        )
        found = first_commits(str(repository.root / "posts"))
        assert found == {"a.md": day(2020), "deep/b.md": day(2020)}

    def test_i30_a_single_file_is_found_in_its_folder(self, repository):
        repository.commit(2020, "posts/a.md")
        assert first_commits(str(repository.root / "posts" / "a.md"))["a.md"] == day(
            2020
        )

    def test_i30_names_may_hold_anything(self, repository):
        names = {"ü b.md", "a\nb.md", 'q"uote.md', "@1.md", "A", "\udcff.md"}
        repository.commit(2020, *names)
        assert first_commits(str(repository.root)).keys() == names

    def test_i30_a_worktree_has_the_same_history(self, repository, tmp_path):
        repository.commit(2020, "a.md")
        repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
        assert first_commits(str(tmp_path / "tree")) == {"a.md": day(2020)}

    def test_i30_what_came_from_a_branch_is_as_old_as_there(self, repository):
        repository.commit(2019, "a.md")
        repository.git("checkout", "-q", "-b", "side")
        repository.commit(2020, "side.md")
        repository.git("checkout", "-q", "main")
        repository.commit(2021, "b.md")
        repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
        repository.commit(2022, "in-the-merge.md")
        assert first_commits(str(repository.root)) == {
            "a.md": day(2019),
            "side.md": day(2020),
            "b.md": day(2021),
            "in-the-merge.md": day(2022),
        }

    def test_i30_a_renamed_file_is_new_and_one_that_returns_is_not(self, repository):
        repository.commit(2020, "a.md", "b.md")
        repository.git("mv", "a.md", "c.md")
        repository.git("rm", "-q", "b.md")
        repository.commit(2021)
        repository.commit(2022, "b.md")
        found = first_commits(str(repository.root))
        assert (found["b.md"], found["c.md"]) == (day(2020), day(2021))

    def test_i30_a_source_that_is_a_link_is_its_target(self, repository, tmp_path):
        repository.commit(2020, "posts/a.md")
        (tmp_path / "link").symlink_to(repository.root / "posts")
        assert first_commits(str(tmp_path / "link")) == {"a.md": day(2020)}

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            *(("log.showRoot", "false"), ("diff.relative", "true")),
            *(("log.follow", "true"), ("diff.renames", "copies")),
            *(("core.quotePath", "true"), ("color.ui", "always")),
            *(("core.pager", "false"), ("format.pretty", "fuller")),
        ],
    )
    def test_i30_the_users_configuration_changes_nothing(self, repository, key, value):
        repository.commit(2020, "posts/a.md")
        repository.git("mv", "posts/a.md", "posts/ü.md")
        repository.commit(2021)
        repository.git("config", key, value)
        assert first_commits(str(repository.root / "posts"))["ü.md"] == day(2021)

    def test_nothing_that_the_repository_names_is_run(self, repository, tmp_path):
        repository.commit(2020, "a.md")
        trap, marker = tmp_path / "trap", tmp_path / "sprung"
        trap.write_text(f"#!/bin/sh\ntouch {marker}\n")
        trap.chmod(0o755)
        (repository.root / ".gitattributes").write_text("*.md diff=trap\n")
        keys = ("core.fsmonitor", "core.pager", "gpg.program", "diff.external")
        for key in (*keys, "diff.trap.command", "diff.trap.textconv"):
            repository.git("config", key, str(trap))
        repository.git("config", "log.showSignature", "true")
        assert first_commits(str(repository.root)) == {"a.md": day(2020)}
        assert not marker.exists()


class TestNoHistory:
    def test_i30_a_folder_outside_of_any(self, tmp_path):
        with pytest.raises(HistoryError, match="not a git repository"):
            first_commits(str(tmp_path))

    def test_i30_a_repository_without_a_commit(self, repository):
        with pytest.raises(HistoryError, match="does not have any commits"):
            first_commits(str(repository.root))

    def test_i30_a_shallow_clone(self, repository, tmp_path):
        for year in (2020, 2021):
            repository.commit(year, f"{year}.md")
        clone = tmp_path / "clone"
        command = ["git", "clone", "-q", "--depth=1", repository.root.as_uri(), clone]
        subprocess.run(command, check=True, env=ENVIRON)  # noqa: S603 - our own
        with pytest.raises(HistoryError, match="shallow"):
            first_commits(str(clone))

    def test_i30_a_machine_without_git(self, repository, monkeypatch):
        monkeypatch.setenv("PATH", "/nonexistent")
        with pytest.raises(HistoryError, match="git: No such file"):
            first_commits(str(repository.root))

    def test_i30_a_variable_of_another_repository_misleads_nobody(
        self, repository, tmp_path, monkeypatch
    ):
        other = Repository(tmp_path / "other")
        other.commit(2001, "a.md")
        repository.commit(2020, "a.md")
        monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
        assert first_commits(str(repository.root)) == {"a.md": day(2020)}

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_i30_a_repository_of_somebody_else(self, repository):
        repository.commit(2020, "a.md")
        for path in (repository.root, Path(repository.root, ".git")):
            os.chown(path, 12_345, 12_345)
        with pytest.raises(HistoryError, match="dubious ownership"):
            first_commits(str(repository.root))


class TestHead:
    """What tells that a history has moved."""

    def test_it_is_another_after_a_commit_and_in_another_folder(self, repository):
        repository.commit(2020, "posts/a.md")
        first = head(str(repository.root))
        assert first == head(str(repository.root))
        assert first != head(str(repository.root / "posts"))
        repository.commit(2021, "posts/b.md")
        assert head(str(repository.root)) != first

    def test_without_a_history_there_is_none(self, repository):
        assert head(str(repository.root)) == ""
