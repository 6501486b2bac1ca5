"""Decoding, fences and dialects; errors with file and line."""

import json

import pytest

from feeds.parse.rules import Bounds

TITLED = "---\ntitle: Ferry\ndate: 2021-01-27\n---\nBody\n"


class TestDecoding:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(TITLED.encode(), id="UTF-8"),
            pytest.param(b"\xef\xbb\xbf" + TITLED.encode(), id="UTF-8 with a mark"),
            pytest.param(b"\xff\xfe" + TITLED.encode("utf-16-le"), id="UTF-16 LE"),
            pytest.param(b"\xfe\xff" + TITLED.encode("utf-16-be"), id="UTF-16 BE"),
            pytest.param(TITLED.replace("\n", "\r\n").encode(), id="CRLF"),
            pytest.param(TITLED.replace("\n", "\r").encode(), id="CR"),
            pytest.param(TITLED.replace("\n", "\n\r").encode(), id="stray CR"),
        ],
    )
    def test_the_same_text_is_the_same_article(self, parse, content):
        article = parse(content).article
        assert (article.title, article.body) == ("Ferry", "Body")

    @pytest.mark.parametrize(
        ("content", "line"),
        [
            pytest.param(b"---\ntitle: F\xe9rry\n---\n", 2, id="Latin-1"),
            pytest.param(b"ok\nok\n\xff\xff", 3, id="no text at all"),
            pytest.param(b"\xff\xfea", 1, id="half a UTF-16 unit"),
        ],
    )
    def test_undecodable_bytes_are_a_problem_with_a_line(self, parse, content, line):
        parsed = parse(content)
        (problem,) = parsed.problems
        assert parsed.outcome == "quarantined"
        assert (problem.path, problem.line) == ("news/a.md", line)
        assert "text" in problem.expected

    @pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf\n", b"\x00"])
    def test_an_empty_file_is_skipped_and_reported(self, parse, content):
        parsed = parse(content, plain_text="publish", undated="mtime")
        assert parsed.outcome == "empty"
        assert [problem.severity for problem in parsed.problems] == ["warning"]

    def test_forbidden_characters_vanish_and_the_rest_stays(self, parse):
        text = "---\ntitle: a\x07b 🚂\ndate: 2021-01-27\n---\nx\x00y \u202bשמש\u202c"
        article = parse(text).article
        assert (article.title, article.body) == ("ab 🚂", "xy \u202bשמש\u202c")

    @pytest.mark.parametrize("quote", ["", "'", '"', "|\n  "])
    @pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
    def test_a_unicode_separator_is_text_in_any_scalar(self, parse, quote, separator):
        end = quote if len(quote) == 1 else ""
        text = f"---\ntitle: {quote}a{separator}b{end}\ndate: 2021-01-27\n---\n"
        assert parse(text).article.title == f"a{separator}b"


class TestFences:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("---  \ntitle: Ferry\n---\t\n", id="trailing blanks"),
            pytest.param("---\ntitle: Ferry\n...\n", id="YAML's own end"),
            pytest.param("\n\n \n---\ntitle: Ferry\n---\n", id="blank lines before"),
            pytest.param("---\ntitle: Ferry\n---", id="no newline at the end"),
            pytest.param("+++ \ntitle = 'Ferry'\n+++\n", id="TOML"),
            pytest.param('{"title": "Ferry"}\n', id="JSON"),
            pytest.param("Title: Ferry\nLang: en\n\n", id="header lines"),
        ],
    )
    def test_front_matter_is_found(self, parse, text):
        parsed = parse(text, undated="mtime")
        assert parsed.article.title == "Ferry"
        assert parsed.article.body == ""
        assert parsed.problems == ()

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("---\nIt sails.\n", id="a fence that is never closed"),
            pytest.param("+++\nIt sails.\n", id="a TOML fence that is never closed"),
            pytest.param("It sails.\n---\nAgain.\n---\n", id="rules further down"),
            pytest.param("----\nIt sails.\n----\n", id="four dashes are a rule"),
            pytest.param("Note: It sails.\n\nx", id="a word and a colon"),
            pytest.param("Title: It sails.\nand prose\n", id="no header lines"),
            pytest.param("{It sails.}\n", id="a brace"),
        ],
    )
    def test_plain_text_stays_plain_text(self, parse, text):
        parsed = parse(text, plain_text="publish", undated="mtime")
        assert "It sails." in parsed.article.title
        assert parsed.article.body_kind == "text"

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('---\ntitle: Ferry\nsecured: "QUJD', id="YAML"),
            pytest.param("+++\n\ntitle = 'Ferry'\n", id="TOML"),
        ],
    )
    def test_front_matter_cut_short_is_no_plain_text(self, parse, text):
        """Half a file would tell its secrets, and withdraw what was published."""
        parsed = parse(text, plain_text="publish", undated="mtime")
        assert parsed.outcome == "quarantined"
        assert parsed.problems[0].line == 1

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("---\n---\n", id="empty YAML"),
            pytest.param("---\n# only a comment\n---\n", id="YAML comment"),
            pytest.param("---\njust words\n---\n", id="YAML text"),
            pytest.param("---\n- a\n- b\n---\n", id="YAML list"),
            pytest.param("---\n{}\n---\n", id="YAML empty mapping"),
            pytest.param("+++\n+++\n", id="empty TOML"),
            pytest.param("{}\n", id="empty JSON"),
        ],
    )
    def test_a_fence_without_metadata_is_a_problem_never_an_article(self, parse, text):
        parsed = parse(text, plain_text="publish", undated="mtime")
        assert parsed.outcome == "quarantined"
        assert parsed.problems[0].severity == "error"

    def test_a_file_without_front_matter_is_held_unless_its_source_publishes_it(
        self, parse
    ):
        held = parse("Just text\n", undated="mtime")
        assert (held.outcome, held.article) == ("held", None)
        assert "plain_text" in held.problems[0].expected
        assert held.problems[0].severity == "note"


class TestBrokenFrontMatter:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            pytest.param("---\ntitle: [a\n---\n", 2, id="YAML, unclosed list"),
            pytest.param('---\ntitle: x\nb: "\\q"\n---\n', 3, id="YAML, escape"),
            pytest.param("---\ntitle: a: b\n---\n", 2, id="YAML, two colons"),
            pytest.param("---\na: 1\n\tb: 2\n---\n", 3, id="YAML, tab"),
            pytest.param("\n\n---\na: *nowhere\n---\n", 4, id="YAML, alias"),
            pytest.param("---\na: 1\n? [x]\n: 2\n---\n", 3, id="YAML, list as key"),
            pytest.param("---\na: 1\nb: {<<: 3}\n---\n", 3, id="YAML, odd merge"),
            pytest.param("+++\na = 1\nb =\n+++\n", 3, id="TOML, no value"),
            pytest.param("+++\na = 1\na = 2\n+++\n", 3, id="TOML, key twice"),
            pytest.param('{"a": 1,\n"b": }\n', 2, id="JSON, no value"),
            pytest.param('{"a": 1', 1, id="JSON, no end"),
        ],
    )
    def test_it_quarantines_the_file_and_names_the_line(self, parse, text, line):
        parsed = parse(text)
        (problem,) = parsed.problems
        assert (parsed.outcome, parsed.article) == ("quarantined", None)
        assert (problem.path, problem.severity) == ("news/a.md", "error")
        assert problem.line == line


FEW = Bounds(nesting=8, nodes=60)
BLOCKS = "".join(f"{' ' * at}b:\n" for at in range(9))
# Each just over one of these bounds: no reader of these languages minds.
OVER = {
    "brackets": f"---\na: 1\nb: {'[' * 8}\n---\n",
    "braces": f"---\na: 1\nb: {'{a: ' * 8}\n---\n",
    "block lists": f"---\na: 1\nb:\n  {'- ' * 8}x\n---\n",
    "block mappings": f"---\na: 1\n{BLOCKS}---\n",
    "aliases of aliases": "---\na: &a [x, x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n---\n",
    "merges of merges": "---\na: &a {k: v, l: v}\nb: &b {<<: [*a, *a, *a], m: v}\nc: {<<: [*b, *b, *b]}\n---\n",
    "merge into itself": "---\na: &a\n  <<: *a\n---\n",
    "many values": f"---\na: [{'1,' * 60}]\n---\n",
    "TOML brackets": f"+++\na = 1\nb = {'[' * 8}1{']' * 8}\n+++\n",
    "TOML brackets without end": f"+++\na = 1\nb = {'[' * 8}\n+++\n",
    "TOML tables": f"+++\na = 1\nb = {'{a = ' * 8}1{'}' * 8}\n+++\n",
    "TOML dotted key": f"+++\na = 1\n{'b.' * 8}b = 1\n+++\n",
    "TOML dotted quoted key": f'+++\na = 1\n"b c" . {"b." * 8}b = 1\n+++\n',
    "TOML dotted header": f"+++\na = 1\n[{'b.' * 8}b]\n+++\n",
    "TOML values": f"+++\na = [{'1,' * 60}]\n+++\n",
    "JSON brackets": f'{{"a": 1,\n"b": {"[" * 8}1{"]" * 8}}}',
    "JSON brackets without end": f'{{"a": 1,\n"b": {"[" * 8}',
    "JSON objects": '{"a": 1,\n"b": ' + '{"a":' * 8 + "1" + "}" * 9,
    "JSON values": json.dumps({"a": [1] * 60}),
    "too large": f"---\na: '{'x' * 1_000}'\n---\n",
}


class TestBounds:
    @pytest.mark.parametrize("name", OVER)
    def test_it_is_a_problem_with_a_line_and_no_more(self, parse, name):
        parsed = parse(OVER[name], bounds=FEW, front_matter_limit_bytes=900)
        (problem,) = parsed.problems
        assert parsed.outcome == "quarantined"
        assert problem.line >= 1
        assert "readable article" not in problem.expected

    @pytest.mark.timeout(5)
    @pytest.mark.parametrize(
        "line",
        [
            *("date: 0000-01-01", "date: 2021-02-30", "date: 9999-99-99 99:99:99"),
            *("? ", "? x\n: y", "date: 2021-01-27T10:00:00+99:99", "!!python/x y: 1"),
            pytest.param(f"heat: {'9' * 400}", id="a huge integer"),
            pytest.param(f"excerpt: '{'<!--' * 20_000}'", id="open comments"),
            pytest.param(f"topics: [{'&a x, ' * 900}]", id="many anchors"),
        ],
    )
    def test_what_other_loaders_raise_for_is_an_article_with_warnings(
        self, parse, line
    ):
        parsed = parse(f"---\ntitle: Ferry\n{line}\n---\n", undated="mtime")
        assert parsed.outcome == "article"
        assert all(problem.severity == "warning" for problem in parsed.problems)

    @pytest.mark.timeout(5)
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(f'{{"title": "x", "heat": {"9" * 400}}}', id="JSON"),
            pytest.param(f"+++\ntitle = 'x'\nheat = {'9' * 400}\n+++\n", id="TOML"),
        ],
    )
    def test_a_number_beyond_all_heat_is_read_as_missing(self, parse, text):
        parsed = parse(text, undated="mtime")
        assert parsed.article.heat == 0
        assert [problem.key for problem in parsed.problems] == ["heat"]

    def test_a_file_over_its_limit_is_a_problem(self, parse):
        parsed = parse("x" * 101, file_limit_bytes=100)
        assert parsed.outcome == "quarantined"
        assert "at most 100 bytes" in str(parsed.problems[0])

    def test_anchors_aliases_and_merges_work(self, article_of):
        article = article_of(
            "defaults: &d {name: Quay, domain: quay.example}",
            "provider: {<<: *d, name: Pier}",
            "topics: &t [Harbour, Boats]",
            "categories: *t",
        )
        assert (article.provider.name, article.provider.domain) == (
            "Pier",
            "quay.example",
        )
        assert article.topics == article.categories == ("Harbour", "Boats")

    def test_a_header_without_a_value_is_an_empty_one(self, parse):
        parsed = parse("Title: Ferry\nSummary:\nDate: 2021-01-27\n\nBody\n")
        assert (parsed.article.title, parsed.article.excerpt) == ("Ferry", "")

    def test_several_merges_prefer_the_first(self, article_of):
        article = article_of(
            "a: &a {name: First}",
            "b: &b {name: Second, domain: b.example}",
            "provider:",
            "  <<: [*a, *b]",
        )
        assert (article.provider.name, article.provider.domain) == (
            "First",
            "b.example",
        )


class TestKeys:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            pytest.param("---\ntitle: A\ntitle: B\n---\n", 3, id="YAML"),
            pytest.param("---\nTitle: A\ntitle: B\n---\n", 3, id="YAML, other case"),
            pytest.param('{"title": "A",\n"title": "B"}', 0, id="JSON"),
            pytest.param("Title: A\nTitle: B\n\n", 2, id="header lines"),
        ],
    )
    def test_the_last_of_two_equal_keys_counts_with_a_warning(self, parse, text, line):
        parsed = parse(text, undated="mtime")
        (problem,) = parsed.problems
        assert parsed.article.title == "B"
        assert (problem.severity, problem.key.lower()) == ("warning", "title")
        assert problem.line == line or not line

    def test_keys_have_no_case_and_unknown_ones_are_tolerated(self, parse):
        text = "---\nTITLE: A\npublisheddatetime: 2021-01-27\nmood: fine\n---\n"
        parsed = parse(text)
        assert parsed.article.title == "A"
        assert parsed.problems == ()

    def test_a_near_miss_asks_what_was_meant(self, parse):
        parsed = parse("---\nditle: A\n---\n", undated="mtime")
        assert [str(problem) for problem in parsed.problems] == [
            "news/a.md:2: ditle: unknown key; did you mean title?"
        ]


CIPHERED = "title: A\npublished: false\nsecured: QUJDREVGR0hJSktMTU5PUFFSU1RVVg==\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"----\n{CIPHERED}---\nx", id="four hyphens"),
        pytest.param(f"\u2013--\n{CIPHERED}---\nx", id="a dash"),
        pytest.param(f"---js\n{CIPHERED}---\nx", id="a language we do not read"),
        pytest.param(f"{CIPHERED}tags:\n  - a\n---\nx", id="no first fence"),
        pytest.param(f"<!-- c -->\n---\n{CIPHERED}---\nx", id="a comment above"),
        pytest.param(f"---\n{CIPHERED}", id="no last fence"),
    ],
)
def test_torn_front_matter_is_no_text(parse, text):
    parsed = parse(text, "2021-01-27-a.md", plain_text="publish")
    assert parsed.outcome == "quarantined"
    assert "front matter" in parsed.problems[0].expected


@pytest.mark.parametrize(
    "text",
    ["Note: a\n---\nText", "Text\n----\nMore", "--\nText: a\nb", "a: b\nText\n---\n"],
    ids=["underlined", "a rule", "two hyphens", "one key"],
)
def test_text_that_only_looks_a_little_like_it_is_text(parse, text):
    assert parse(text, "2021-01-27-a.md", plain_text="publish").outcome == "article"


@pytest.mark.parametrize(
    "text",
    [
        "---yaml\ntitle: A\ndate: 2021-01-27\n---\nx",
        '---toml\ntitle = "A"\ndate = 2021-01-27\n---\nx',
        '---json\n{"title": "A", "date": "2021-01-27"}\n---\nx',
    ],
)
def test_a_fence_may_name_its_language(parse, text):
    article = parse(text).article
    assert (article.title, article.body) == ("A", "x")
