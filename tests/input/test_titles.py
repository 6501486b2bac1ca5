"""Titles and excerpts, whoever wrote them."""

import pytest

from feeds.entry import SiteFacts, entry_of

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
            ("It sails.\nOn it goes.", "It sails.", "On it goes."),
            ("\n\n  \nIt sails.\n", "It sails.", ""),
            ("***\n\nIt sails.", "It sails.", "***"),
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
            ("<p>It sails.</p>\n<h1>The ferry</h1>", "The ferry", "log/a.html"),
            ("<h1>The ferry</h1><p>It sails.</p>", "The ferry", "log/a.html"),
            ("<h1>\n  The ferry\n</h1>\n<p>It sails.</p>", "The ferry", "log/a.html"),
        ],
        ids=[
            *("second level", "the first of any level", "underlined", "not in code"),
            *("HTML", "HTML in a line", "HTML over lines"),
        ],
    )
    def test_i17_every_heading_is_one(self, parse, body, title, path):
        assert parse(untitled(body), path).article.title == title

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
