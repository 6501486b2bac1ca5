"""Locks: one builds, and nobody else."""

import errno
import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from feeds.errors import BusyError, PublishError
from feeds.locks import (
    OUTPUT_FILE,
    STATE_FILE,
    building,
    is_held,
    is_served,
    kind_among,
    kind_of,
    locked,
    told_without,
)


@contextmanager
def held(place, flags=os.O_RDONLY):
    """Hold the lock of a file or a folder as another process would."""
    handle = os.open(place, flags)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "output", tmp_path / "state"


class TestBuilding:
    def test_it_makes_the_folders_and_one_file_in_the_state(self, folders):
        output, state = folders
        with building(output, state):
            assert list(output.iterdir()) == []
            assert list(state.iterdir()) == [state / STATE_FILE]
        assert (state / STATE_FILE).read_bytes() == b""

    def test_nobody_else_builds_meanwhile(self, folders):
        output, state = folders
        for other in ((output, state), (output.with_name("a"), state)):
            with (
                building(output, state),
                pytest.raises(BusyError, match=state.parent.name),
                building(*other),
            ):
                pytest.fail("two at once")
        with building(output, state):
            pass

    def test_nor_does_an_older_version_which_locks_the_folders(self, folders):
        with building(*folders):
            for folder in folders:
                with pytest.raises(BlockingIOError), held(folder):
                    pytest.fail("two at once")

    @pytest.mark.parametrize("at", [0, 1], ids=["output", "state"])
    def test_what_an_older_version_holds_is_held(self, folders, at):
        with building(*folders):
            pass
        with held(folders[at]), pytest.raises(BusyError) as told, building(*folders):
            pytest.fail("two at once")
        assert told.value.folder == str(folders[at])

    def test_the_file_is_what_counts(self, folders):
        """It is true that one who has locked no folder, as on NFS, is heard of."""
        with building(*folders):
            pass
        file = folders[1] / STATE_FILE
        with held(file, os.O_RDWR), pytest.raises(BusyError), building(*folders):
            pytest.fail("two at once")

    def test_the_second_time_writes_nothing(self, folders):
        with building(*folders):
            pass
        files = [*folders, folders[1] / STATE_FILE]
        before = [file.stat().st_mtime_ns for file in files]
        with building(*folders):
            pass
        assert [file.stat().st_mtime_ns for file in files] == before

    def test_a_kill_lets_go(self, folders):
        script = (
            "import sys, pathlib, os, signal; from feeds.locks import building\n"
            "with building(*map(pathlib.Path, sys.argv[1:])):\n"
            "    os.kill(os.getpid(), signal.SIGKILL)"
        )
        command = [sys.executable, "-c", script, *map(str, folders)]
        assert subprocess.run(command, check=False).returncode == -9  # noqa: S603 - ours
        with building(*folders):
            pass

    def test_what_fails_inside_lets_go(self, folders):
        with pytest.raises(ZeroDivisionError), building(*folders):
            _ = 1 / 0
        with building(*folders):
            pass

    @pytest.mark.parametrize("name", ["output", "state", f"state/{STATE_FILE}"])
    def test_what_is_in_the_way_is_named(self, folders, name):
        place = folders[0].parent / name
        place.parent.mkdir(exist_ok=True)
        if place.parent.name == "state":
            place.mkdir()
        else:
            place.write_bytes(b"mine")
        with pytest.raises(PublishError, match=str(place)), building(*folders):
            pytest.fail("built")


class TestFileServer:
    """It is true that there the output has a file, too, which is hidden."""

    @pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs"])
    def test_which_they_are(self, kind):
        assert is_served(kind)

    @pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", ""])
    def test_which_they_are_not(self, kind):
        assert not is_served(kind)

    def test_its_file_is_hidden_and_locked(self, tmp_path):
        assert OUTPUT_FILE.startswith(".")
        with locked(tmp_path, OUTPUT_FILE):
            with pytest.raises(BlockingIOError), held(tmp_path / OUTPUT_FILE):
                pytest.fail("two at once")
            assert is_held(tmp_path, OUTPUT_FILE)

    def test_the_type_is_told_of_a_folder_that_is_yet_to_be_made(self, tmp_path):
        assert kind_of(tmp_path / "a" / "b") == kind_of(tmp_path)


def test_whether_a_lock_is_held_is_told_and_leaves_no_file(folders):
    output, state = folders
    assert not is_held(state, STATE_FILE)
    state.mkdir()
    assert not is_held(state, STATE_FILE)
    assert list(state.iterdir()) == []
    with building(output, state):
        assert is_held(state, STATE_FILE)
        assert is_held(output, OUTPUT_FILE)
    assert not is_held(state, STATE_FILE)
    assert not is_held(output, OUTPUT_FILE)
    with held(state / STATE_FILE):
        assert is_held(state, STATE_FILE)


def test_where_there_are_no_locks_it_says_what_to_do(tmp_path):
    error = OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    told = told_without(tmp_path, error)
    assert told.startswith(f"{tmp_path}: cannot be locked (")
    assert "expected a file system with locks" in told
    assert "output.state" in told


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
/dev/sdb1 /srv ext4 rw 0 0
files:/feeds /srv/my\\040feeds nfs4 rw 0 0
tmpfs /srv/over tmpfs rw 0 0
/dev/sdc1 /srv/over xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/my feeds/state", "nfs4"),
        ("/srv/my feeds", "nfs4"),
        ("/srv/my", "ext4"),
        ("/srv/over/state", "xfs"),
        ("/process", "ext4"),
    ],
    ids=str,
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(path, kind):
    assert kind_among(MOUNTS, path) == kind
