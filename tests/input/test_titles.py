"""Titles and excerpts, whoever wrote them."""

import pytest
from lxml import etree

from feeds.entry import SiteFacts, entry_of
from tests.input.samples import IN_ALL

DATE = "date: 2021-01-27"

PATH = "log/2021-01-27-the-ferry.md"


def untitled(body: str, line: str = "") -> str:
    return f"---\n{DATE}\n{line}\n---\n{body}"


class TestTitle:
    @pytest.mark.parametrize(
        ("body", "title", "rest"),
        [
            ("# The ferry\n\nIt sails.", "The ferry", "It sails."),
            ("It sails.\n\n# The ferry\n\nOn.", "The ferry", "It sails.\n\n\nOn."),
            ("It sails.\nOn it goes.", "It sails.", "It sails.\nOn it goes."),
            ("\n\n  \nIt sails.\n", "It sails.", "It sails."),
            ("***\n\nIt sails.", "It sails.", "***\n\nIt sails."),
            ("#hashtag first\n\n# The ferry", "The ferry", "#hashtag first"),
            ("", "2021 01 27 the ferry", ""),
            pytest.param(
                *("\n---\n***\n", "2021 01 27 the ferry", "---\n***"),
            ),
        ],
        ids=[
            *("heading", "heading further down", "line", "blank lines", "rule"),
            *("no heading", "file name", "only rules"),
        ],
    )
    def test_i17_heading_else_line_else_name(self, parse, body, title, rest):
        article = parse(untitled(body), PATH).article
        assert article.title == title
        assert article.body.split() == rest.split()

    @pytest.mark.parametrize(
        ("body", "title", "path"),
        [
            ("It sails.\n\n## The ferry\n\nOn.", "The ferry", PATH),
            ("## The ferry\n\n# Later", "The ferry", PATH),
            ("It sails.\n\nThe ferry\n=========\n\nOn.", "The ferry", PATH),
            ("```sh\n# a comment\n```\n\nIt sails.\n\n# The ferry", "The ferry", PATH),
            ("- tug\n---\n\n# The ferry", "The ferry", PATH),
            ("<!-- draft -->\n\n# The ferry", "The ferry", PATH),
            ("# ![A ferry](f.png)\n\n## The ferry", "The ferry", PATH),
            ("<h1><img src=f.png></h1><h2>The ferry</h2>", "The ferry", "log/a.html"),
            ("<p>It sails.</p>\n<h1>The ferry</h1>", "The ferry", "log/a.html"),
            ("<h1>The ferry</h1><p>It sails.</p>", "The ferry", "log/a.html"),
            ("<h1>\n  The ferry\n</h1>\n<p>It sails.</p>", "The ferry", "log/a.html"),
        ],
        ids=[
            *("second level", "the first of any level", "underlined", "not in code"),
            *("no underlined item", "after a comment", "not one without words"),
            *("not one without words in HTML",),
            *("HTML", "HTML in a line", "HTML over lines"),
        ],
    )
    def test_i17_every_heading_is_one(self, parse, body, title, path):
        assert parse(untitled(body), path).article.title == title

    @pytest.mark.parametrize(
        ("markup", "title"),
        [
            ("The *ferry* **sails**", "The ferry sails"),
            ("The `ferry`", "The ferry"),
            ("[The ferry](https://quay.example/)", "The ferry"),
            ("The ~~tug~~ ferry \\*", "The tug ferry *"),
            ("Vec<T> and `<div>`", "Vec<T> and <div>"),
            ("the_ferry_sails 2 * 3 * 4", "the_ferry_sails 2 * 3 * 4"),
        ],
    )
    def test_i17_it_reads_as_it_is_rendered(self, parse, markup, title):
        for body in (f"# {markup}", f"{markup}\n=====", markup):
            assert parse(untitled(body)).article.title == title
        assert parse(f"# {markup}", PATH, plain_text="publish").article.title == title

    @pytest.mark.parametrize("markup", ["# C# {#c}", "# C# ##", "C# {#c}\n---"])
    def test_i17_signs_of_a_heading_are_none_of_its_words(self, parse, markup):
        assert parse(untitled(markup)).article.title == "C#"

    @pytest.mark.parametrize(
        "body",
        [
            "```sh\nferry --now\n```\n\nIt sails.",
            "~~~\nferry\n~~~",
            "| Quay | Time |\n|---|---|\n| North | 9 |",
            "Quay | Time\n--- | ---\nNorth | 9",
            "- It sails.\n- It lands.",
            "* It sails.",
            "1. It sails.",
            "> It sails.",
            "![The ferry](f.png)\n\nIt sails.",
            "[![The ferry](f.png)](https://quay.example/)",
            "<script>\nvar it = 1;\n</script>",
            "<style>p { color: red }</style>",
            "<!-- It sails. -->",
            "<ul>\n<li>It sails.</li>\n</ul>",
            "[quay]: https://quay.example/",
        ],
    )
    def test_i17_what_is_no_prose_gives_no_title(self, parse, body):
        article = parse(untitled(body), PATH).article
        assert article.title == "2021 01 27 the ferry"
        assert article.body == body

    @pytest.mark.parametrize(
        ("body", "title"),
        [
            ("<p>It sails.</p>\n<p>At noon.</p>", "It sails."),
            ("<div>\n  <p>It <b>sails</b>.</p>\n</div>", "It sails."),
            ("<script>\nlet x;\n</script>\n<p>It sails.</p>", "It sails."),
        ],
    )
    @pytest.mark.parametrize("path", ["log/a.html", "log/a.md"])
    def test_i17_the_first_line_of_html_is_what_is_seen(self, parse, body, title, path):
        article = parse(untitled(body), path).article
        assert (article.title, article.body) == (title, body)

    @pytest.mark.parametrize(
        ("text", "title", "rest"),
        [
            ("The ferry\nIt sails.", "The ferry", "It sails."),
            ("The ferry\n\nit sails.", "The ferry", "it sails."),
            ("The ferry sails\nat noon.", *("The ferry sails", None)),
            ("The ferry", "The ferry", ""),
        ],
        ids=["above the text", "of its own", "of a wrapped paragraph", "alone"],
    )
    def test_i17_plain_text_goes_on_after_its_title(self, parse, text, title, rest):
        article = parse(text, PATH, plain_text="publish").article
        assert (article.title, article.body) == (title, text if rest is None else rest)

    def test_i17_no_markup_of_a_title_reaches_a_reader(self, desk_of):
        """What a title or an excerpt is about stays text in every format."""
        desk = desk_of(feeds={**IN_ALL, "html": True})
        told = "Use &lt;script&gt; in Vec<T>"
        desk.story("a.md", f"excerpt: '{told}'").write_text(
            f"---\ntitle: '{told}'\nexcerpt: '{told}'\ndate: 2026-11-01\n---\n"
        )
        desk.build()
        (entry,) = desk.entries()
        assert entry["title"] == entry["summary"] == "Use <script> in Vec<T>"
        for suffix in ("html", "atom", "rss"):
            document = (desk.output / f"all.{suffix}").read_text()
            assert "<script>" not in document
            assert "&lt;script&gt; in Vec&lt;T&gt;" in document.replace(
                "&amp;lt;", "&lt;"
            )
        (item,) = etree.parse(desk.output / "all.rss").iter("item")
        assert item.findtext("title") == "Use <script> in Vec<T>"
        assert item.findtext("description") == "Use &lt;script&gt; in Vec&lt;T&gt;"

    @pytest.mark.parametrize(
        "line",
        ["", "title:", "title: null", "title: ''", "title: '  '", "title: '<b></b>'"],
    )
    def test_i17_no_title_is_no_title_however_it_is_written(self, parse, line):
        parsed = parse(untitled("# The ferry\nIt sails.", line))
        assert (parsed.article.title, parsed.problems) == ("The ferry", ())

    @pytest.mark.parametrize(
        ("path", "title"),
        [
            ("a/the-ferry.md", "the ferry"),
            ("a/the_ferry.sails.md", "the ferry.sails"),
            ("the-ferry/index.md", "the ferry"),
            ("a/渡し船.md", "渡し船"),
            ("a/Ferry & tug.md", "Ferry & tug"),
        ],
        ids=["words", "dots", "index", "Unicode", "markup"],
    )
    def test_i17_the_file_name_reads_as_a_title(self, parse, path, title):
        assert parse(untitled(""), path).article.title == title

    @pytest.mark.parametrize(
        ("written", "title"),
        [
            ('"The   ferry\\t sails"', "The ferry sails"),
            ('"The ferry\\nsails\\r\\n on"', "The ferry sails on"),
            (">\n  The ferry\n  sails\n\n  on", "The ferry sails on"),
            ("|\n  The ferry\n  sails\n", "The ferry sails"),
            ('"  The ferry  "', "The ferry"),
            ('"The\\u00a0ferry"', "The ferry"),
            ("Q&amp;A", "Q&A"),
            ("Q&amp;amp;A", "Q&A"),
            ("The ferry&#39;s", "The ferry's"),
            ("The ferry&amp;#39;s", "The ferry's"),
            ("The ferry&#x2019;s", "The ferry\u2019s"),
            ("'&lt;b&gt;The&lt;/b&gt; ferry'", "The ferry"),
            ("'&quot;The ferry&quot;'", '"The ferry"'),
            ("The <em>ferry</em>", "The ferry"),
            ("The<br>ferry", "The ferry"),
            ("<p>The</p><p>ferry</p>", "The ferry"),
            ('<a href="https://a.example/">The ferry</a>', "The ferry"),
            ("The fer<b>ry</b>", "The ferry"),
            ("The <!-- old --> ferry", "The ferry"),
            ("Use &lt;div&gt; well", "Use <div> well"),
            ("'Vec<T> in Rust: a tour'", "Vec<T> in Rust: a tour"),
            ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
            ("AT&T", "AT&T"),
            ("5 &nosuch; 6", "5 &nosuch; 6"),
            ("a <- b", "a <- b"),
        ],
        ids=[
            *("blanks", "newlines", "folded", "block", "around", "no-break space"),
            *("entity", "entity twice", "number", "number twice", "hexadecimal"),
            *("tags as entities", "quotes", "tag", "break", "paragraphs", "link"),
            *(
                "tag within a word",
                "comment",
                "a tag that is meant",
                "a type",
                "signs",
                "ampersand",
                "no entity",
                "arrow",
            ),
        ],
    )
    def test_i18_a_title_is_one_line_of_text(self, parse, written, title):
        article = parse(f"---\n{DATE}\ntitle: {written}\n---\n").article
        assert article.title == title

    def test_i18_so_is_one_from_the_body(self, parse):
        article = parse(untitled("# The&nbsp;<em>ferry</em> &amp;  tug\n")).article
        assert article.title == "The ferry & tug"


@pytest.fixture
def summary_of(article_of):
    """Return what feeds show as summary of an article with such a line and body."""
    texts = ("title", "description", "base_url", "home_page_url", "tag_authority")
    others = ("language", "author", "icon", "logo", "rights")
    site = SiteFacts(
        **dict.fromkeys((*texts, *others), "https://feeds.example"), max_age=None
    )

    def summary_of(line: str, body: str) -> str:
        article = article_of(line, body=body)
        entry = entry_of(
            article, id="x", updated=article.published_at, source=None, site=site
        )
        return entry.summary

    return summary_of


class TestExcerpt:
    @pytest.mark.parametrize(
        "line",
        [
            "",
            "excerpt:",
            "excerpt: null",
            'excerpt: ""',
            'excerpt: " "',
            "excerpt: '<p></p>'",
        ],
        ids=["missing", "nothing", "null", "empty", "blank", "tags alone"],
    )
    def test_i19_an_empty_one_is_taken_from_the_body_else_none(
        self, warnings_of, summary_of, line
    ):
        assert warnings_of(f"---\ntitle: A\n{DATE}\n{line}\n---\n") == []
        assert summary_of(line, "It **sails**.\n\n> At noon.") == "It sails. At noon."
        assert summary_of(line, "") == ""

    def test_i19_a_long_body_gives_its_beginning(self, summary_of):
        summary = summary_of("", "It sails at noon. " * 100)
        assert summary.startswith("It sails at noon. It sails")
        assert summary.endswith("…")
        assert len(summary) <= 300

    def test_i19_an_excerpt_is_not_mixed_with_the_body(self, summary_of):
        assert summary_of("excerpt: At noon.", "It sails.") == "At noon."
