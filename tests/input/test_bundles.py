"""Hugo's leaf bundles: what is beside an index page is no article."""

import json
import shutil

import pytest

HUGO = {"preset": "hugo"}
OF_HUGO = "draft: false"


def published(desk) -> set[str]:
    return {each["id"].partition("article/")[2] for each in desk.entries()}


def is_as_when_built_anew(desk) -> bool:
    """Whether a build that trusts nothing but the ledger comes to the same."""
    before = desk.files()
    desk.build(force=True)
    return {k: v for k, v in desk.files().items() if k.startswith("output/")} == {
        k: v for k, v in before.items() if k.startswith("output/")
    }


class TestWhichFilesAreArticles:
    @pytest.mark.parametrize(
        ("names", "articles"),
        [
            pytest.param(["a/index.md", "a/b.md", "c.md"], {"a/index.md", "c.md"}, id="leaf"),
            pytest.param(["a/index.md", "a/b/c/d.md", "a/e.html"], {"a/index.md"}, id="at any depth"),
            pytest.param(["a/index.html", "a/b.md"], {"a/index.html"}, id="HTML"),
            pytest.param(["a/Index.MD", "a/b.md"], {"a/Index.MD"}, id="capitals"),
            pytest.param(["a/index.markdown", "a/b.md"], {"a/index.markdown"}, id="long suffix"),
            pytest.param(["a/index.de.md", "a/b.md", "a/b.de.md"], {"a/index.de.md"}, id="language"),
            pytest.param(["a/index.md", "a/index.pt-br.md", "a/b.md"], {"a/index.md", "a/index.pt-br.md"}, id="languages"),
            pytest.param(["a/index.md", "a/b/index.md", "a/b/c.md"], {"a/index.md"}, id="nested"),
            pytest.param(["a/index.md", "a/b/_index.md", "a/b/c.md"], {"a/index.md"}, id="a section in it"),
            pytest.param(["a/_index.md", "a/b.md", "a/c/d.md"], {"a/b.md", "a/c/d.md"}, id="section"),
            pytest.param(["a/_index.md", "a/b/index.md", "a/b/c.md", "a/d.md"], {"a/b/index.md", "a/d.md"}, id="leaf in a section"),
            pytest.param(["a/_index.md", "a/index.md", "a/b.md"], {"a/b.md"}, id="both"),
            pytest.param(["a/index.txt", "a/b.md"], {"a/index.txt", "a/b.md"}, id="no content format"),
            pytest.param(["a/my-index.md", "a/indexes.md"], {"a/my-index.md", "a/indexes.md"}, id="other names"),
            pytest.param(["ab/c.md", "a/index.md"], {"ab/c.md", "a/index.md"}, id="a longer name"),
        ],
    )  # fmt: skip
    def test_it_is_as_hugo_has_it(self, desk_of, names, articles):
        desk = desk_of(
            source={**HUGO, "include": ("*.md", "*.markdown", "*.html", "*.txt")}
        )
        for name in names:
            desk.story(name)
        desk.build()
        assert published(desk) == articles

    @pytest.mark.parametrize("name", ["index.org", "index.adoc", "index.md"])
    def test_an_index_that_is_no_article_of_ours_counts(self, desk_of, name):
        desk = desk_of(source={**HUGO, "exclude": ("index.md",)})
        desk.story(f"a/{name}")
        desk.story("a/b.md")
        desk.story("a/c/d.md")
        desk.story("e.md")
        desk.build()
        assert published(desk) == {"e.md"}

    def test_it_is_told_in_a_note(self, desk_of):
        desk = desk_of(source=HUGO)
        desk.story("a/index.md")
        desk.write("a/b.md", "---\nbroken: [\n---\n")
        report = desk.build()
        (problem,) = report.problems
        assert (problem.path, problem.severity) == ("a/b.md", "note")
        assert (report.articles, report.held, report.quarantined) == (1, 1, 0)

    @pytest.mark.parametrize("preset", ["jekyll", "smartable"])
    def test_other_sites_have_none(self, desk_of, preset):
        desk = desk_of(source={"preset": preset})
        (desk.root / "hugo.toml").touch()
        desk.story("a/index.md", OF_HUGO)
        desk.story("a/b.md", OF_HUGO)
        desk.build()
        assert published(desk) == {"a/index.md", "a/b.md"}


class TestWhereThePresetIsAuto:
    def test_the_look_of_the_index_page_decides(self, desk):
        desk.story("a/index.md", OF_HUGO)
        desk.story("a/b.md")
        desk.write("c/index.md", '+++\ntitle = "c"\ndate = 2026-11-01\n+++\n')
        desk.story("c/d.md")
        desk.story("e/index.md", "layout: page")
        desk.story("e/f.md", OF_HUGO)
        desk.story("g/index.md")
        desk.story("g/h.md")
        desk.build()
        assert published(desk) == {
            *(
                "a/index.md",
                "c/index.md",
                "e/index.md",
                "e/f.md",
                "g/index.md",
                "g/h.md",
            )
        }

    def test_so_do_the_settings_of_the_site(self, desk):
        (desk.root / "hugo.toml").touch()
        desk.story("a/index.md")
        desk.story("a/b.md")
        desk.build()
        assert published(desk) == {"a/index.md"}

    def test_an_index_page_that_breaks_looks_as_it_did(self, desk):
        desk.story("a/index.md", OF_HUGO)
        desk.story("a/b.md")
        desk.build()
        desk.write("a/index.md", "---\ntitle: [\n---\n")
        desk.build()
        assert published(desk) == {"a/index.md"}
        assert is_as_when_built_anew(desk)

    def test_an_index_page_that_looks_otherwise_counts_at_once(self, desk):
        desk.story("a/index.md")
        desk.story("a/b.md")
        desk.build()
        assert published(desk) == {"a/index.md", "a/b.md"}
        desk.story("a/index.md", OF_HUGO)
        desk.build()
        assert published(desk) == {"a/index.md"}
        desk.story("a/index.md")
        desk.build()
        assert published(desk) == {"a/index.md", "a/b.md"}
        assert is_as_when_built_anew(desk)

    def test_a_bundle_in_a_bundle_is_one_when_that_goes(self, desk):
        for name in ("a/index.md", "a/b/index.md", "a/b/c.md"):
            desk.story(name, OF_HUGO)
        desk.build()
        assert desk.build().parsed == 0
        (desk.articles / "a/index.md").unlink()
        desk.build()
        assert published(desk) == {"a/b/index.md"}
        assert is_as_when_built_anew(desk)


class TestEdits:
    """Law 6: what a build of what changed comes to is what one of all comes to."""

    @pytest.mark.parametrize("source", [HUGO, {}], ids=["hugo", "auto"])
    def test_a_page_becomes_a_bundle_and_a_page_again(self, desk_of, source):
        desk = desk_of(source=source)
        desk.story("a/b.md", OF_HUGO)
        desk.story("a/c/d.md", OF_HUGO)
        desk.build()
        before = json.dumps(desk.entries())
        desk.story("a/index.md", OF_HUGO)
        assert desk.build().parsed == 3
        assert published(desk) == {"a/index.md"}
        assert is_as_when_built_anew(desk)
        assert desk.build().parsed == 0
        (desk.articles / "a/index.md").unlink()
        desk.build()
        assert json.dumps(desk.entries()) == before
        assert is_as_when_built_anew(desk)

    def test_a_section_begins_and_ends(self, desk_of):
        desk = desk_of(source=HUGO)
        desk.story("a/index.md")
        desk.story("a/b.md")
        desk.build()
        desk.story("a/_index.md")
        desk.build()
        assert published(desk) == {"a/b.md"}
        assert is_as_when_built_anew(desk)
        (desk.articles / "a/_index.md").unlink()
        desk.build()
        assert published(desk) == {"a/index.md"}

    def test_a_broken_page_has_no_last_good_version_in_a_bundle(self, desk_of):
        desk = desk_of(source=HUGO)
        desk.story("a/b.md")
        desk.build()
        desk.write("a/b.md", "---\ntitle: [\n---\n")
        desk.build()
        assert published(desk) == {"a/b.md"}
        desk.story("a/index.md")
        assert desk.build().stale == ()
        assert published(desk) == {"a/index.md"}

    @pytest.mark.parametrize("source", [HUGO, {}], ids=["hugo", "auto"])
    def test_a_process_that_lives_long_sees_it_too(self, desk_of, resident_of, source):
        desk = desk_of(source=source)
        page = desk.story("a/b.md", OF_HUGO)
        desk.story("e.md")
        build = resident_of(desk)
        build(None)
        index = desk.story("a/index.md", OF_HUGO)
        build([str(index)])
        assert published(desk) == {"a/index.md", "e.md"}
        page = desk.story("a/b.md", OF_HUGO, body="Again.")
        deep = desk.story("a/c/d.md", OF_HUGO)
        build([str(page), str(deep)])
        assert published(desk) == {"a/index.md", "e.md"}
        index.unlink()
        build([str(index)])
        assert published(desk) == {"a/b.md", "a/c/d.md", "e.md"}
        shutil.rmtree(desk.articles / "a/c")
        build([str(deep)])
        assert published(desk) == {"a/b.md", "e.md"}

    def test_it_sees_an_index_page_look_otherwise(self, desk, resident_of):
        desk.story("a/b.md")
        index = desk.story("a/index.md")
        build = resident_of(desk)
        build(None)
        desk.story("a/index.md", OF_HUGO)
        build([str(index)])
        assert published(desk) == {"a/index.md"}
        desk.story("a/index.md", OF_HUGO, body="Again.")
        build([str(index)])
        assert published(desk) == {"a/index.md"}
        desk.story("a/index.md")
        build([str(index)])
        assert published(desk) == {"a/index.md", "a/b.md"}
