"""Files that others put into the output folder stay theirs, and ours stay ours."""

import gzip
import json
import os
import shutil

import pytest

THEIRS = b"<p>A page of somebody else's.</p>"
WHOLE_SECONDS = (1_790_000_000, 1_790_000_000)  # as tar, zip and image layers leave it


def put(site, name: str, content: bytes = THEIRS):
    file = site.output / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(content)
    os.utime(file, WHOLE_SECONDS)
    return file


@pytest.fixture
def harbour(site):
    """Return a site that has published a topic with one article."""
    site.write("harbour.md", title="Harbour", topic="Harbour")
    assert site.build().returncode == 0
    return site


def withdraw(site):
    (site.articles / "harbour.md").unlink()
    return site.build()


class TestWhereOursWasOnce:
    @pytest.mark.parametrize("suffix", ["html", "atom", "json", "atom.gz", "rss.br"])
    def test_a_file_of_others_stays(self, harbour, suffix):
        withdraw(harbour)
        file = put(harbour, f"topics/harbour.{suffix}")
        harbour.write("other.md", title="Other")
        run = harbour.build()
        assert (run.returncode, file.read_bytes()) == (0, THEIRS)

    def test_one_that_came_before_the_feed_ended_stays(self, harbour):
        file = put(harbour, "topics/harbour.html")
        assert withdraw(harbour).returncode == 0
        assert file.read_bytes() == THEIRS

    def test_a_feed_does_not_overwrite_it_unless_forced(self, harbour):
        withdraw(harbour)
        file = put(harbour, "topics/harbour.html")
        harbour.write("harbour.md", title="Harbour", topic="Harbour")
        run = harbour.build()
        assert run.returncode == 1
        assert "topics/harbour.html: exists, and is not ours" in run.stderr
        assert file.read_bytes() == THEIRS
        assert harbour.build("--force").returncode == 0
        assert b"Harbour" in file.read_bytes()


class TestCodings:
    def test_one_of_others_is_not_overwritten_unless_forced(self, site):
        file = put(site, "all.atom.gz", gzip.compress(THEIRS))
        before = file.read_bytes()
        run = site.build()
        assert run.returncode == 1
        assert "all.atom.gz: exists, and is not ours" in run.stderr
        assert file.read_bytes() == before
        assert site.build("--force").returncode == 0
        assert b"<feed" in gzip.decompress(file.read_bytes())

    def test_nor_where_codings_are_switched_on_later(self, site):
        settings = site.root / "stoker.toml"
        text = settings.read_text()
        settings.write_text(f"{text}\n[output]\nencodings = []\n")
        site.build()
        file = put(site, "all.atom.br")
        settings.write_text(text)
        run = site.build()
        assert (run.returncode, file.read_bytes()) == (1, THEIRS)
        assert "all.atom.br" in run.stderr


class TestOursAreKnown:
    @pytest.mark.parametrize("lost", ["manifest", "state"])
    def test_where_one_record_of_them_is_lost(self, harbour, lost):
        before = {n for n in harbour.published() if n.startswith("topics/harbour")}
        if lost == "manifest":
            (harbour.output / "manifest.json").unlink()
        else:
            shutil.rmtree(harbour.state)
        harbour.write("harbour.md", title="Harbour wall", topic="Harbour")
        assert harbour.build().returncode == 0
        assert withdraw(harbour).returncode == 0
        assert not before & harbour.published().keys()

    def test_whatever_their_dates_are(self, harbour):
        for file in harbour.output.rglob("*.*"):
            os.utime(file)  # as a copy leaves them
        assert withdraw(harbour).returncode == 0
        left = {n for n in harbour.published() if n.startswith("topics/harbour")}
        assert left == set()

    def test_not_where_both_are_lost(self, harbour):
        (harbour.output / "manifest.json").unlink()
        shutil.rmtree(harbour.state)
        run = harbour.build()
        assert (run.returncode, "is not ours" in run.stderr) == (1, True)


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_is_no_file_is_not_ours(harbour, kind):
    withdraw(harbour)
    place = harbour.output / "topics/harbour.html"
    place.parent.mkdir(exist_ok=True)
    if kind == "link":
        place.symlink_to(put(harbour, "elsewhere.html"))
    else:
        place.mkdir()
    harbour.write("harbour.md", title="Harbour", topic="Harbour")
    run = harbour.build()
    assert (run.returncode, "is not ours" in run.stderr) == (1, True)
    assert place.is_symlink() or place.is_dir()
    assert json.loads((harbour.output / "all.json").read_bytes())["items"]
