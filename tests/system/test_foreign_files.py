"""Files that others put into the output folder stay theirs, and ours stay ours."""

import gzip
import json
import os
import shutil

import pytest

LATER = "2026-11-20T13:00:00Z"
THEIRS = b"<p>A page of somebody else's.</p>"
WHOLE_SECONDS = (1_790_000_000, 1_790_000_000)  # as tar, zip and image layers leave it


def put(site, name: str, content: bytes = THEIRS):
    file = site.output / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(content)
    os.utime(file, WHOLE_SECONDS)
    return file


def strays(site) -> set[str]:
    """Return the files in the output folder that the manifest does not name."""
    manifest = json.loads((site.output / "manifest.json").read_bytes())
    records = (each for doc in manifest["documents"] for each in doc["representations"])
    return site.published().keys() - {"manifest.json", *(r["file"] for r in records)}


@pytest.fixture
def harbour(site):
    """Return a site that has published a topic with one article, for as long as it has."""
    settings = site.root / "stoker.toml"
    settings.write_text(settings.read_text() + 'empty_grace = "1s"\n')
    site.write("harbour.md", title="Harbour", topic="Harbour")
    assert site.build().returncode == 0
    return site


def withdraw(site):
    (site.articles / "harbour.md").unlink()
    site.build()
    return site.build(now=LATER)


class TestWhereOursWasOnce:
    @pytest.mark.parametrize(
        "suffix", ["html", "atom", "json", "atom.gz", "rss.br", "json.zst"]
    )
    def test_a_file_of_others_stays(self, harbour, suffix):
        withdraw(harbour)
        file = put(harbour, f"topics/harbour.{suffix}")
        harbour.write("other.md", title="Other")
        run = harbour.build(now=LATER)
        assert (run.returncode, file.read_bytes()) == (0, THEIRS)

    def test_one_that_came_before_the_feed_ended_stays(self, harbour):
        (harbour.articles / "harbour.md").unlink()
        harbour.build()
        file = put(harbour, "topics/harbour.html")
        assert harbour.build(now=LATER).returncode == 0
        assert file.read_bytes() == THEIRS
        assert not (harbour.output / "topics/harbour.atom").exists()

    def test_a_feed_does_not_overwrite_it_unless_forced(self, harbour):
        withdraw(harbour)
        file = put(harbour, "topics/harbour.html")
        harbour.write("harbour.md", title="Harbour", topic="Harbour")
        run = harbour.build(now=LATER)
        assert run.returncode == 1
        assert "topics/harbour.html: exists, and is not ours" in run.stderr
        assert file.read_bytes() == THEIRS
        assert harbour.build("--force", now=LATER).returncode == 0
        assert b"Harbour" in file.read_bytes()

    def test_nor_a_hard_link_to_what_is_elsewhere(self, harbour):
        withdraw(harbour)
        other = put(harbour, "elsewhere.html")
        os.link(other, harbour.output / "topics/harbour.html")
        harbour.write("harbour.md", title="Harbour", topic="Harbour")
        assert harbour.build(now=LATER).returncode == 1
        assert (harbour.output / "topics/harbour.html").samefile(other)

    def test_what_a_backup_of_ours_brings_back_goes_again(self, harbour):
        """It is true that a feed which is gone is not published by the way."""
        kept = harbour.root / "backup"
        (harbour.articles / "harbour.md").unlink()
        harbour.build()
        shutil.copytree(harbour.output / "topics", kept)
        harbour.build(now=LATER)
        assert not list((harbour.output / "topics").glob("harbour.*"))
        for file in kept.glob("harbour.*"):
            shutil.copy2(file, harbour.output / "topics" / file.name)
        harbour.write("other.md", title="Other")
        assert harbour.build(now=LATER).returncode == 0
        assert not list((harbour.output / "topics").glob("harbour.*"))

    def test_one_that_a_coding_leaves_behind_goes_and_theirs_stays(self, harbour):
        ours, theirs = harbour.output / "all.rss.gz", put(harbour, "all.atom.gz")
        settings = harbour.root / "stoker.toml"
        settings.write_text(settings.read_text() + "[output]\nencodings = []\n")
        harbour.write("other.md", title="Other")
        assert harbour.build(now=LATER).returncode == 0
        assert (ours.exists(), theirs.read_bytes()) == (False, THEIRS)


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
        assert harbour.build(now=LATER).returncode == 0
        assert withdraw(harbour).returncode == 0
        assert not before & harbour.published().keys()

    def test_whatever_their_dates_are(self, harbour):
        for file in harbour.output.rglob("*.*"):
            os.utime(file)  # as a copy leaves them
        assert withdraw(harbour).returncode == 0
        left = {n for n in harbour.published() if n.startswith("topics/harbour")}
        assert left == set()

    @pytest.mark.parametrize("ends", [False, True])
    @pytest.mark.parametrize("kills", [1, 2])
    @pytest.mark.parametrize("renamed", [False, True])
    def test_whatever_killed_builds_have_left(self, site, kills, ends, renamed):
        """It is true of kills before the manifest, be the last one's files there or not."""
        settings = site.root / "stoker.toml"
        settings.write_text(settings.read_text() + 'empty_grace = "1s"\n')
        assert site.build().returncode == 0
        manifest = (site.output / "manifest.json").read_bytes()
        for number in range(kills):
            if number == kills - 1:
                shutil.copytree(site.output, site.root / "kept")
            site.write("harbour.md", title=f"Harbour {number}", topic="Harbour")
            assert site.build().returncode == 0
            (site.output / "manifest.json").write_bytes(manifest)
        if not renamed:
            shutil.rmtree(site.output)
            (site.root / "kept").rename(site.output)
        if ends:
            (site.articles / "harbour.md").unlink()
        else:
            site.write("harbour.md", title="Harbour, at last", topic="Harbour")
        run = site.build()
        assert run.returncode == 0, run.stderr
        assert strays(site) == set()
        assert site.build(now=LATER).returncode == 0
        page = site.output / "topics/harbour.html"
        assert page.exists() is not ends
        assert ends or b"Harbour, at last" in page.read_bytes()

    def test_not_where_both_are_lost(self, harbour):
        (harbour.output / "manifest.json").unlink()
        shutil.rmtree(harbour.state)
        run = harbour.build(now=LATER)
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
    run = harbour.build(now=LATER)
    assert (run.returncode, "is not ours" in run.stderr) == (1, True)
    assert place.is_symlink() or place.is_dir()
    assert json.loads((harbour.output / "all.json").read_bytes())["items"]
