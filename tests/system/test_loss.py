"""Articles whose files are gone all at once stay published until that is accepted."""

import json
import shutil
import time

import pytest

from tests.system.conftest import Site
from tests.system.test_serve import made, serving

pytestmark = pytest.mark.timeout(60)
NEXT_DAY = "2026-11-21T12:00:00Z"
HELD = 3  # the exit code


def titles(site: Site, document: str = "all.json") -> set[str]:
    items = json.loads((site.output / document).read_bytes())["items"]
    return {item["title"] for item in items}


def documents(site: Site) -> dict[str, bytes]:
    return {
        name: content
        for name, (_, content) in site.published().items()
        if name != "manifest.json"
    }


def fill(site: Site, count: int, folder: str = "", topic: str = "Ferries") -> set[str]:
    """Write so many articles, and return their titles."""
    (site.articles / folder).mkdir(parents=True, exist_ok=True)
    found = {f"{folder}Story {number}" for number in range(count)}
    for number in range(count):
        title = f"{folder}Story {number}"
        site.write(f"{folder}{number}.md", title=title, topic=topic)
    return found


@pytest.fixture
def site(empty_site: Site) -> Site:
    """Return a site whose feeds hold 100 articles."""
    settings = empty_site.root / "stoker.toml"
    settings.write_text(settings.read_text().replace("limit = 3", "limit = 100"))
    return empty_site


@pytest.fixture
def second(site: Site) -> Site:
    """Return a site with two sources, of 21 articles and of 19."""
    with (site.root / "stoker.toml").open("a") as settings:
        settings.write('[[sources]]\npath = "mount"\nname = "mount"\n')
    fill(site, 21)
    (site.root / "mount").mkdir()
    for number in range(19):
        site.write("x.md", title=f"Mounted {number}", topic="Mounts")
        (site.articles / "x.md").rename(site.root / "mount" / f"{number}.md")
    return site


def empty(folder) -> None:
    for file in folder.iterdir():
        file.unlink()


class TestWhatIsHeldBack:
    @pytest.mark.parametrize(("count", "gone"), [(30, 20), (4, 4), (3, 3)])
    def test_most_of_the_only_source(self, site, count, gone):
        wanted = fill(site, count)
        site.build()
        for number in range(gone):
            (site.articles / f"{number}.md").unlink()
        run = site.build()
        assert run.returncode == HELD
        assert f"{gone} files are gone" in run.stderr
        accepting = run.stderr.partition("accept the loss: ")[2].splitlines()[0]
        assert accepting.startswith("stoker build ")
        assert accepting.endswith("--accept-loss")
        assert titles(site) == wanted

    def test_a_note_in_their_place_is_no_comfort(self, site):
        wanted = fill(site, 4)
        site.build()
        empty(site.articles)
        (site.articles / "NOT-MOUNTED.txt").write_text("nothing is mounted here")
        assert site.build().returncode == HELD
        assert titles(site) == wanted

    def test_a_second_source_while_the_first_goes_on(self, second):
        second.build()
        empty(second.root / "mount")
        second.write("new.md", title="New")
        run = second.build()
        assert (run.returncode, "error: mount/: expected 19" in run.stderr) == (
            HELD,
            True,
        )
        assert len(titles(second)) == 41
        assert "New" in titles(second, "topics/ferries.json")
        assert len(titles(second, "topics/mounts.json")) == 19

    def test_a_source_whose_folder_is_gone(self, second):
        second.build()
        shutil.rmtree(second.root / "mount")
        second.build()
        assert len(titles(second)) == 40

    def test_a_folder_of_twelve(self, site):
        fill(site, 30)
        fill(site, 12, folder="archive/")
        site.build()
        shutil.rmtree(site.articles / "archive")
        run = site.build()
        assert (run.returncode, "error: archive/:" in run.stderr) == (HELD, True)
        assert len(titles(site)) == 42

    def test_it_is_told_by_every_build_until_it_ends(self, site):
        fill(site, 5)
        site.build()
        empty(site.articles)
        assert [site.build(now=now).returncode for now in (NEXT_DAY,) * 2] == [HELD] * 2

    def test_doctor_tells_it_with_the_command(self, site):
        fill(site, 5)
        site.build()
        empty(site.articles)
        site.build()
        run = site.stoker("doctor")
        (line,) = (each for each in run.stdout.splitlines() if "loss:" in each)
        assert line.startswith("fail")
        assert "5 articles are held back" in line
        assert "--accept-loss" in line
        assert run.returncode == 1

    def test_check_and_explain_tell_it(self, site):
        fill(site, 5)
        site.build()
        empty(site.articles)
        site.build()
        run = site.stoker("explain", "3.md")
        assert "held back" in run.stdout + run.stderr


class TestHowItEnds:
    def test_accepted_they_leave(self, site):
        fill(site, 5)
        site.build()
        empty(site.articles)
        site.build()
        run = site.build("--accept-loss")
        assert run.returncode == 0
        assert titles(site) == set()
        assert site.build().returncode == 0

    def test_the_files_come_back_and_nothing_has_changed(self, site):
        fill(site, 30)
        site.build()
        before = documents(site)
        site.articles.rename(site.root / "away")
        site.articles.mkdir()
        site.build()
        site.articles.rmdir()
        (site.root / "away").rename(site.articles)
        assert site.build().returncode == 0
        assert documents(site) == before

    def test_a_source_that_is_taken_out_of_the_settings_is_no_loss(self, second):
        second.build()
        settings = second.root / "stoker.toml"
        text = settings.read_text()
        settings.write_text(text.partition('[[sources]]\npath = "mount"')[0])
        assert second.build().returncode == 0
        assert len(titles(second)) == 21

    def test_articles_that_are_unpublished_are_none(self, site):
        fill(site, 30)
        site.build()
        for number in range(25):
            site.write(f"{number}.md", title="Story", published="false")
        assert site.build().returncode == 0
        assert len(titles(site)) == 5

    def test_a_source_of_one_goes_with_a_note(self, second):
        for number in range(1, 19):
            (second.root / "mount" / f"{number}.md").unlink()
        second.build()
        empty(second.root / "mount")
        run = second.build()
        assert run.returncode == 0
        assert "note: mount/: expected articles; its last article is gone" in run.stderr
        assert len(titles(second)) == 21


class TestStateIsLostAsWell:
    def test_the_documents_stay_as_they_are(self, site):
        fill(site, 30)
        site.build()
        before = documents(site)
        shutil.rmtree(site.state)
        empty(site.articles)
        run = site.build()
        assert (run.returncode, documents(site)) == (HELD, before)
        assert (site.build().returncode, documents(site)) == (HELD, before)

    def test_feeds_without_the_lost_are_published(self, second):
        second.build()
        before = documents(second)
        shutil.rmtree(second.state)
        empty(second.root / "mount")
        second.write("new.md", title="New")
        assert second.build().returncode == HELD
        now = documents(second)
        assert now["topics/mounts.atom"] == before["topics/mounts.atom"]
        assert "New" in titles(second, "topics/ferries.json")

    def test_it_is_accepted(self, site):
        fill(site, 30)
        site.build()
        shutil.rmtree(site.state)
        empty(site.articles)
        site.build()
        assert site.build("--accept-loss").returncode == 0
        assert titles(site) == set()

    def test_the_files_come_back(self, site):
        fill(site, 30)
        site.build()
        before = documents(site)
        shutil.copytree(site.articles, site.root / "away")
        shutil.rmtree(site.state)
        empty(site.articles)
        site.build()
        shutil.rmtree(site.articles)
        (site.root / "away").rename(site.articles)
        assert site.build().returncode == 0
        assert {
            name: text for name, text in documents(site).items() if ".atom" in name
        } == {name: text for name, text in before.items() if ".atom" in name}


class TestServed:
    def test_files_that_go_one_by_one_are_no_less_of_a_loss(self, tmp_path):
        site = made(tmp_path)
        wanted = {"First"} | fill(site, 49)
        with serving(site) as served:
            served.until(lambda: served.titles() >= wanted)
            for number in range(49):
                (site.articles / f"{number}.md").unlink()
                time.sleep(0.03)
            served.until(lambda: "are gone" in served.log)
            served.until(
                lambda: (
                    "held back" in served.get("/readyz")[2].decode()
                    or b'"held"' in served.get("/readyz")[2]
                )
            )
            assert len(served.titles()) >= 25
            status, _, body = served.get("/readyz")
            (loss,) = json.loads(body)["losses"]
            assert (status, loss["gone"]) == (200, 49)
            assert "--accept-loss" in loss["accept"]
            run = site.stoker("build", "--accept-loss")
            assert run.returncode == 0, run.stderr
            served.until(lambda: served.titles() == {"First"})
            served.until(lambda: not json.loads(served.get("/readyz")[2])["losses"])
