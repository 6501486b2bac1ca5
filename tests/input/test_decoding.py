"""Bytes become text, and lines are lines."""

import codecs

import pytest

from tests.input.samples import (
    BOM,
    PATH,
    PUBLISH,
    TOML,
    YAML,
    in_every_dialect,
    is_the_article,
)


@in_every_dialect
class TestMarksAndLineEnds:
    @pytest.mark.parametrize(
        "marks",
        [
            pytest.param(1, id="once"),
            pytest.param(2, id="twice"),
        ],
    )
    def test_i1_a_byte_order_mark_is_no_part_of_the_text(self, parse, text, marks):
        """It is twice there where two tools have each put one."""
        content = marks * codecs.BOM_UTF8 + text.encode()
        assert is_the_article(parse(content, PATH, **PUBLISH))

    @pytest.mark.parametrize(
        ("bom", "codec"),
        [
            pytest.param(codecs.BOM_UTF16_LE, "utf-16-le", id="little endian"),
            pytest.param(codecs.BOM_UTF16_BE, "utf-16-be", id="big endian"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    def test_i2_utf_16_is_known_by_its_mark(self, parse, text, bom, codec, end):
        content = bom + text.replace("\n", end).encode(codec)
        assert is_the_article(parse(content, PATH, **PUBLISH))

    @pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
    def test_i3_every_line_end_is_lf(self, parse, text, end):
        content = text.replace("\n", end)
        assert is_the_article(parse(content, PATH, **PUBLISH))

    @pytest.mark.parametrize(
        "before",
        ["\n", "\n\n\n", "  \n\t\n", "\r\n\r\n", f"{BOM}\n"],
        ids=["one", "three", "with blanks", "CRLF", "after a BOM"],
    )
    def test_i6_blank_lines_may_come_first(self, parse, text, before):
        assert is_the_article(parse(before + text, PATH, **PUBLISH))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"---\ntitle: Br\xfc\n---\n", 2, id="Latin-1 in front matter"),
        pytest.param(b"---\ntitle: A\n---\n\nBr\xfcke", 5, id="Latin-1 in the body"),
        pytest.param(b"---\ntitle: \x93A\x94\n---\n", 2, id="Windows-1252"),
        pytest.param(b"---\ntitle: \xc3\n---\n", 2, id="half a character"),
        pytest.param(b"---\ntitle: \xed\xa0\x80\n---\n", 2, id="a surrogate"),
        pytest.param(b"---\ntitle: A\n---\n\xf0\x9f\x9a", 4, id="cut in the last one"),
        pytest.param(b"---\ntitle: \xc0\xaf\n---\n", 2, id="overlong"),
        pytest.param(b"\xef\xbb\xbf---\ntitle: \xff\n---\n", 2, id="after a BOM"),
        pytest.param(
            b"---\ntitle: \xef\xef\xbf\xbf\xbf\xbf\n---\n",
            2,
            id="within an illegal one",
        ),
        pytest.param(b"---\ntitle: \xc2\xc2\x85\x85\n---\n", 2, id="within a control"),
    ],
)
def test_i2_what_is_no_utf_8_is_reported_with_its_line(parse, content, line):
    parsed = parse(content)
    assert parsed.outcome == "quarantined"
    (problem,) = parsed.problems
    assert (problem.path, problem.line, problem.severity) == (
        "news/a.md",
        line,
        "error",
    )
    assert "UTF-8" in problem.expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            "---\ntitle: A\n---\n".encode("utf-16-le") + b"\0", id="half a unit"
        ),
        pytest.param(b"\x00\xd8" + "x".encode("utf-16-le"), id="half a pair"),
    ],
)
def test_i2_broken_utf_16_is_reported(parse, content):
    parsed = parse(codecs.BOM_UTF16_LE + content)
    assert parsed.outcome == "quarantined"
    assert "UTF-16" in parsed.problems[0].expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("one\r\ntwo\nthree\rfour", "one\ntwo\nthree\nfour"),
        ("one\r\r\ntwo", "one\n\ntwo"),
        ("one\r\n\r\ntwo", "one\n\ntwo"),
        ("one\r\n", "one"),
    ],
    ids=["mixed", "a stray CR before CRLF", "paragraphs", "at the end"],
)
def test_i3_stray_carriage_returns_become_line_feeds(article_of, written, read):
    assert article_of(body=written).body == read


def test_i3_line_ends_within_values_are_read_alike(parse):
    text = '---\ntitle: "A title\n  on two"\nexcerpt: |\n  one\n  two\ndate: 2021-01-27\n---\n'
    unix, windows = parse(text).article, parse(text.replace("\n", "\r\n")).article
    assert unix == windows
    assert (unix.title, unix.excerpt) == ("A title on two", "one two")


@pytest.mark.parametrize("blanks", [" ", "   ", "\t", " \t "], ids=repr)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("text", "fence"), [(YAML, "---"), (TOML, "+++")], ids=["YAML", "TOML"]
)
def test_i4_blanks_may_trail_a_fence(parse, text, fence, blanks, end):
    content = text.replace(fence, fence + blanks).replace("\n", end)
    assert is_the_article(parse(content))


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("Sea --- and land", "Sea --- and land"),
        ("|\n  ---\n  Sea", "--- Sea"),
        ('"Sea\n  ---"', "Sea ---"),
        ("Sea ----", "Sea ----"),
    ],
    ids=["in a line", "in a block", "in quotes", "longer"],
)
def test_i4_a_fence_is_a_line_of_its_own_at_the_margin(parse, value, title):
    article = parse(f"---\ntitle: {value}\ndate: 2021-01-27\n---\nText").article
    assert (article.title, article.body) == (title, "Text")


class TestDots:
    @pytest.mark.parametrize(
        "closing",
        ["...", "...  ", "...\t", "...\r"],
        ids=["bare", "blanks", "tab", "CRLF"],
    )
    def test_i5_yaml_may_end_with_dots(self, parse, closing):
        assert is_the_article(parse(YAML.replace("\n---\n", f"\n{closing}\n")))

    def test_i5_the_first_closing_fence_counts(self, parse):
        body = "The bridge is up.\n\n---\n\nAnd so it stays."
        dots = parse(f"---\ntitle: A\ndate: 2021-01-27\n...\n{body}").article
        dashes = parse(f"---\ntitle: A\ndate: 2021-01-27\n---\n...\n{body}").article
        assert (dots.body, dashes.body) == (body, f"...\n{body}")

    def test_i5_dots_in_a_value_close_nothing(self, parse):
        article = parse("---\ntitle: Wait ...\ndate: 2021-01-27\n---\nText").article
        assert (article.title, article.body) == ("Wait ...", "Text")

    def test_i5_dots_close_no_toml(self, parse):
        """TOML's only fence is its own; what it makes of dots is an error."""
        parsed = parse(TOML.replace("\n+++\n", "\n...\n+++\n"))
        assert parsed.outcome == "quarantined"


def test_i6_lines_are_counted_from_the_files_first(parse):
    parsed = parse("\n \n---\ntitle: A\ndate: 2021-01-27\nheat: warm\n---\n")
    assert [(p.key, p.line) for p in parsed.problems] == [("heat", 6)]
    assert parse("\n\n---\ntitle: A\nexcerpt: [\n---\n").problems[0].line in {5, 6}


class TestUtf16WithoutMark:
    EXPECTED = "expected UTF-8 text, or UTF-16 with a byte order mark"

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize(
        "text",
        [YAML, TOML, f"---\ntitle: {'渡し船' * 9}\ndate: 2021-01-27\n---\n"],
        ids=["YAML", "TOML", "wide letters"],
    )
    def test_i2_it_is_no_article_without_its_letters(self, parse, text, codec):
        parsed = parse(text.encode(codec))
        (problem,) = parsed.problems
        assert parsed.outcome == "quarantined"
        assert problem.expected == self.EXPECTED

    @pytest.mark.parametrize(
        "text", [YAML.replace("bridge", "\0bri\0dge\0"), f"{YAML}{chr(0) * 9_000}"]
    )
    def test_i34_stray_zeros_are_none(self, parse, text):
        parsed = parse(text)
        assert parsed.article.body == "The bridge is up."
