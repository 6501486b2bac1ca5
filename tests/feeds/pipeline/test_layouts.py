"""What the folders around a source tell of a Hugo site."""

from pathlib import Path

import pytest

from feeds.pipeline.layouts import site_of

SHOWING, HIDING = "{{ .Inner }}", '{{ if .Get "x" }}{{ .Inner }}{{ end }}'


@pytest.fixture
def site(tmp_path):
    """Write the files of a site by path, and return its folder of articles."""

    def site(files: dict[str, str], source: str = "content") -> str:
        for name, text in files.items():
            file = tmp_path / "site" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        folder = tmp_path / "site" / source
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    return site


@pytest.mark.parametrize(
    "place",
    [
        "layouts/shortcodes/preview.html",
        "layouts/_shortcodes/preview.html",
        "layouts/shortcodes/preview.rss.xml",
        "themes/quay/layouts/shortcodes/preview.html",
        "themes/quay/layouts/_shortcodes/preview.md",
    ],
)
@pytest.mark.parametrize("source", ["content", "content/en/posts", "."])
def test_a_template_that_does_not_always_show_it_is_found(site, place, source):
    found = site_of(site({place: HIDING}, source))
    assert (found.is_hugo, found.unshown) == (True, ("preview",))


def test_names_have_the_folders_that_they_are_in(site):
    files = {
        "layouts/shortcodes/box/preview.html": "",
        "layouts/shortcodes/box/note.html": SHOWING,
        "layouts/shortcodes/a.html": "",
    }
    assert site_of(site(files)).unshown == ("a", "box/preview")


def test_a_template_of_the_site_stands_in_for_its_themes(site):
    files = {
        "layouts/shortcodes/note.html": SHOWING,
        "themes/a/layouts/shortcodes/note.html": HIDING,
        "themes/a/layouts/shortcodes/tip.html": SHOWING,
        "themes/b/layouts/shortcodes/tip.html": HIDING,
        "themes/b/layouts/_shortcodes/box.html": SHOWING,
    }
    assert site_of(site(files)).unshown == ("tip",)


def test_a_format_that_does_not_show_it_is_enough(site):
    files = {
        "layouts/shortcodes/note.html": SHOWING,
        "layouts/shortcodes/note.rss.xml": "",
    }
    assert site_of(site(files)).unshown == ("note",)


def test_the_nearest_site_counts(site, tmp_path):
    outer = tmp_path / "layouts" / "shortcodes"
    outer.mkdir(parents=True)
    (outer / "note.html").write_text(HIDING)
    assert site_of(site({})).unshown == ("note",)
    assert site_of(site({"hugo.toml": ""})).unshown == ()


def test_the_search_ends_at_the_top_of_a_repository(site, tmp_path):
    outer = tmp_path / "layouts" / "shortcodes"
    outer.mkdir(parents=True)
    (outer / "note.html").write_text(HIDING)
    assert site_of(site({".git/HEAD": ""})).is_hugo is False


@pytest.mark.parametrize(
    ("files", "is_hugo"),
    [
        ({"hugo.toml": ""}, True),
        ({"hugo.yaml": ""}, True),
        ({"config/_default/hugo.toml": ""}, True),
        ({"config.toml": "", "content/a.md": ""}, True),
        ({"config.json": "", "archetypes/a.md": ""}, True),
        ({"config.json": "", "articles/a.md": ""}, False),
        ({"_config.yml": "", "_layouts/a.html": ""}, False),
        ({"layouts/base.njk": "", "articles/a.md": ""}, False),
    ],
)
def test_a_site_is_told_by_its_settings(site, files, is_hugo):
    assert site_of(site(files, "articles")).is_hugo is is_hugo


def test_a_template_that_cannot_be_read_shows_nothing(site):
    source = Path(site({"layouts/shortcodes/note.html": SHOWING}))
    folder = source.parent / "layouts" / "shortcodes"
    (folder / "gone.html").symlink_to("nowhere")
    (folder / "bytes.html").write_bytes(b"\xff\xfe{{ .Inner }}")
    assert site_of(str(source)).unshown == ("gone",)


def test_what_it_was_told_by_is_seen_be_it_there_or_not(site):
    source = Path(site({"layouts/shortcodes/box/note.html": SHOWING}))
    seen = site_of(str(source)).seen
    for name in (
        "hugo.toml",
        "themes",
        "layouts/_shortcodes",
        "layouts/shortcodes/box",
    ):
        assert str(source.parent / name) in seen
    assert str(source.parent / "layouts/shortcodes/box/note.html") in seen
