"""The front matter of a file, in whatever dialect it is."""

import codecs
import itertools

import pytest

from tests.input.samples import (
    BOM,
    PATH,
    PUBLISH,
    in_every_dialect,
    is_the_article,
)


class TestUnclosed:
    @pytest.mark.parametrize(
        "text",
        [
            "---\nThe bridge is up.\n",
            "---\n\nThe bridge is up.\n\nAnd so it stays.\n",
            "---\n# The bridge\nIt is up.\n",
            "---\n- one\n- two\n",
            "+++\nThe bridge is up.\n",
            "---\n",
            "---",
        ],
        ids=["text", "paragraphs", "heading", "list", "TOML's", "alone", "cut off"],
    )
    @pytest.mark.parametrize("policy", ["hold", "publish"])
    def test_i7_a_fence_that_is_never_closed_is_plain_text(self, parse, text, policy):
        parsed = parse(text, PATH, plain_text=policy)
        assert parsed.outcome == {"hold": "held", "publish": "article"}[policy]
        assert not any(p.severity == "error" for p in parsed.problems)
        if parsed.article:
            assert parsed.article.body_kind == "text"

    def test_i7_nothing_of_such_a_text_is_lost(self, parse):
        article = parse("---\nThe bridge is up.\nStill.", PATH, **PUBLISH).article
        assert article.title == "The bridge is up."
        assert article.body.endswith("Still.")

    @pytest.mark.parametrize(
        "text",
        [
            "---\ntitle: The bridge\n",
            "---\ntitle: The bridge\ndate: 2021-01-27\n\nIt is up.\n",
            "---\n\ntitle: The bridge\n",
            "---\n# draft\ntitle: The bridge\n",
            "--- \r\ntitle: The bridge\r\n",
            f"{BOM}---\ntitle: The bridge\n",
            "\n\n---\ntitle: The bridge\n",
            '---\n"title": The bridge\n',
            "---\ntitle:\n  The bridge\n",
            "---\ntitle: The bridge\n----\nIt is up.\n",
            "---\ntitle: The bridge\n--\nIt is up.\n",
            "---\ntitle: The bridge\n  ---\nIt is up.\n",
            '+++\ntitle = "The bridge"\n',
            '+++\ntitle = "The bridge"\n---\nIt is up.\n',
            '+++\n[params]\nsecured = "c2VhbGVk"\n',
        ],
        ids=[
            *("one key", "and a text", "after a blank line", "after a comment", "CRLF"),
            *("BOM", "blank lines first", "a key in quotes", "value below", "too long"),
            *("too short", "indented", "TOML's", "TOML's with another", "in a table"),
        ],
    )
    @pytest.mark.parametrize("policy", ["hold", "publish"])
    def test_i7_but_with_keys_below_it_is_half_a_file(self, parse, text, policy):
        """As text, it would tell what only front matter may hold."""
        parsed = parse(text, PATH, plain_text=policy)
        assert (parsed.outcome, len(parsed.problems)) == ("quarantined", 1)
        assert parsed.problems[0].line > 0
        assert "closed" in parsed.problems[0].expected


EMPTY = {
    "no byte": b"",
    "blank": b" ",
    "line ends": b"\n\r\n\t\n",
    "a BOM": codecs.BOM_UTF8,
    "a UTF-16 BOM": codecs.BOM_UTF16_LE,
    "NUL": b"\0\0\0",
    "a BOM and a line end": codecs.BOM_UTF8 + b"\r\n",
    "no-break spaces": "\xa0\u3000\n".encode(),
}


class TestEmpty:
    @pytest.mark.parametrize("content", EMPTY.values(), ids=EMPTY.keys())
    @pytest.mark.parametrize("policy", ["hold", "publish"])
    def test_i8_an_empty_file_is_skipped_and_reported(self, parse, content, policy):
        parsed = parse(content, PATH, plain_text=policy)
        assert (parsed.outcome, parsed.article) == ("empty", None)
        (problem,) = parsed.problems
        assert (problem.path, problem.severity) == (PATH, "warning")
        assert "empty" in problem.expected

    def test_i8_a_build_goes_on_without_it(self, desk):
        desk.write("empty.md", b"")
        desk.story("full.md")
        report = desk.build()
        assert desk.titles() == ["full.md"]
        assert [p.path for p in report.problems] == ["empty.md"]
        assert not report.has_errors


class TestDialects:
    @in_every_dialect
    def test_i9_one_article_is_the_same_in_each(self, parse, text):
        assert is_the_article(parse(text, PATH, **PUBLISH))

    @pytest.mark.parametrize(
        "text",
        [
            (
                '+++\ntitle = "A"\ndate = 2021-01-27T08:00:00+01:00\ntags = ["Sea", "Ice"]\n'
                '[provider]\nname = "Quay"\ndomain = "quay.example"\n+++\n'
            ),
            (
                '{"title": "A", "date": "2021-01-27T08:00:00+01:00", "tags": ["Sea", "Ice"],\n'
                '"provider": {"name": "Quay", "domain": "quay.example"}}\n'
            ),
            (
                "---\ntitle: A\ndate: 2021-01-27T08:00:00+01:00\ntags: [Sea, Ice]\n"
                "provider: {name: Quay, domain: quay.example}\n---\n"
            ),
        ],
        ids=["TOML", "JSON", "YAML"],
    )
    def test_i9_tables_lists_and_dates_too(self, parse, text):
        article = parse(text).article
        assert f"{article.published_at:%d %H:%M}" == "27 07:00"
        assert article.topics == ("Sea", "Ice")
        assert (article.provider.name, article.provider.domain) == (
            "Quay",
            "quay.example",
        )

    def test_i9_headers_are_pelicans(self, parse):
        text = (
            "Title: My super title\nDate: 2010-12-03 10:20\nTags: thats, awesome\n"
            "Category: yeah\nSlug: my-super-post\nAuthors: Alexis, Conan\n"
            "Summary: Short version\n    on two lines\n\nThis is the content.\n"
        )
        article = parse(text).article
        assert (article.title, article.body) == (
            "My super title",
            "This is the content.",
        )
        assert (article.topics, article.categories) == (("thats", "awesome"), ("yeah",))
        assert article.excerpt == "Short version on two lines"
        assert f"{article.published_at:%Y-%m-%d %H:%M}" == "2010-12-03 10:20"

    @pytest.mark.parametrize(
        "text",
        [
            "Note: the bridge is up.\n\nIt stays.",
            "The bridge is up: so it is.",
            "{{< figure >}}\n\nThe bridge.",
            "{% include bridge.html %}\n\nThe bridge.",
            "[bridge]: https://bridge.example\n\nThe bridge.",
            "+ one\n+ two",
            "--- the bridge ---\n\nIt is up.",
            "-----\nThe bridge\n-----",
        ],
        ids=[
            *("a note", "a colon", "a shortcode", "a tag", "a reference", "a list"),
            *("dashes", "a longer rule"),
        ],
    )
    def test_i9_all_else_is_plain_text(self, parse, text):
        parsed = parse(text, PATH, **PUBLISH)
        assert parsed.outcome == "article"
        assert parsed.article.body_kind == "text"
        assert parse(text, PATH).outcome == "held"

    @pytest.mark.parametrize(
        "text",
        [
            *("---\n---\nText", "---\n\n---\nText", "---\n# only a comment\n---\nText"),
            *("---\n...\nText", "---\nnull\n---\n", "---\nThe bridge is up.\n---\n"),
            *(
                "---\n- one\n- two\n---\nText",
                "---\n{}\n---\nText",
                '---\n"text"\n---\n',
            ),
            *("+++\n+++\nText", "+++\n\n+++\nText", "+++\n# comment\n+++\nText"),
            *("{}\nText", "{ }\n", '{"title": "A"\n', '{"title": A}\n', '{"title"}'),
            *("---\ntitle: A\n\tdate: 2021\n---\n", "+++\ntitle: A\n+++\n"),
        ],
        ids=[
            *("YAML nothing", "YAML blank", "YAML comment", "YAML dots", "YAML null"),
            *("YAML text", "YAML list", "YAML braces", "YAML quoted", "TOML nothing"),
            *("TOML blank", "TOML comment", "JSON nothing", "JSON blank", "JSON open"),
            *("JSON bare", "JSON key", "YAML tab", "TOML with YAML in it"),
        ],
    )
    @pytest.mark.parametrize("policy", ["hold", "publish"])
    def test_i9_a_fence_without_metadata_is_a_problem(self, parse, text, policy):
        parsed = parse(text, PATH, plain_text=policy)
        assert (parsed.outcome, parsed.article) == ("quarantined", None)
        assert parsed.problems[0].severity == "error"
        assert parsed.problems[0].line > 0


def test_i9_no_dialect_is_taken_for_another(parse):
    """It is true that each reader refuses what is between another's fences."""
    inner = {"---": "title: A", "+++": 'title = "A"'}
    for fence, other in itertools.permutations(inner):
        text = f"{fence}\n{inner[other]}\n{fence}\n"
        assert parse(text, PATH).outcome == "quarantined"
