"""What is wrong with a text is told in our words, at the line a person has to look at."""

import pytest

from feeds.parse.rules import Bounds

QUOTES = "needs quotes"

YAML = {
    "two colons": ("a: 1\nb: c: d", 'text with ": " needs quotes', 3),
    "two colons and a quote": ("b: c: 'd'", 'text with ": " needs quotes', 2),
    "a colon below text": (
        "a: x\n  y\n  b: 1",
        "a line is indented amiss, or a line",
        4,
    ),
    "a line too far in": ("a: 1\n  b: 2", "a line is indented amiss, or a line has", 3),
    "no colon": ("a: 1\nferry\nb: 2", 'a line has no "key: value"', 3),
    "no colon at the end": ("a: 1\nferry", 'a line has no "key: value"', 3),
    "at sign": ("a: @x", "indent by blanks, and text that begins with @, ` or %", 2),
    "backtick": ("a: 1\nb: `x`", "indent by blanks, and text that begins with @", 3),
    "percent": ("a: %x", "indent by blanks, and text that begins with @, ` or %", 2),
    "lone asterisk": ("a: * x", "text that begins with * or & needs quotes", 2),
    "lone ampersand": ("a: & x", "text that begins with * or & needs quotes", 2),
    "tab": ("a: 1\n\tb: 2", "indent by blanks, not by tabs", 3),
    "quote": ("a: 1\nb: 'x\nc: d", "a quotation is not closed", 3),
    "double quote": ('a: "x\nb: 1', "a quotation is not closed", 2),
    "escape": ('a: 1\nb: "C:\\quay"', "an escape that YAML does not have", 3),
    "half an escape": ('a: "\\u12"', "an escape that YAML does not have", 2),
    "quote within": ('a: "x" y\nb: 1', "a quotation ends early", 2),
    "quote after quote": ("a: 'b' 'c'", "a quotation ends early", 2),
    "open list": ("a: [x, y\nb: 1", "a bracket is not closed, or a comma lacks", 2),
    "open mapping": ("a: {b: c", "a bracket is not closed, or a comma lacks", 2),
    "closing bracket": ("a: ]", "text that begins with [ or { needs quotes", 2),
    "pipe": ("a: |x\n b", "text that begins with | or > needs quotes", 2),
    "exclamation": ("a: !<x y", "text that begins with ! needs quotes", 2),
}
TOML = {
    "bare word": ("a = ferry", "text needs quotes", 2),
    "several words": ("a = 1\nb = the ferry", "text needs quotes", 3),
    "no value": ("a = 1\nb =", "a key has no value", 3),
    "no value but a comment": ("b = # none", "a key has no value", 2),
    "no equals sign": ("a = 1\nferry", 'a line has no "key = value"', 3),
    "YAML": ("title: A", 'a line has no "key = value"', 2),
    "open quote": ('a = "x\nb = 1', "a quotation is not closed", 2),
    "escape": ('a = "C:\\quay"', "an escape that TOML does not have", 2),
    "quote within": ('a = "x" y', "a quotation ends early", 2),
    "key twice": ('a = "x"\nb = 1\na = "y"', "a key stands twice", 4),
    "table twice": ("[a]\nb = 1\n[a]\nc = 1", "a table is declared twice", 4),
    "no such day": ("a = 2021-02-30", "a key stands twice, or a number or date", 2),
}
JSON = {
    "bare word": ('{"a": ferry}', "text and keys need double quotes", 1),
    "single quotes": ('{"a": 1,\n"b": \'x\'}', "text and keys need double quotes", 2),
    "no comma": ('{"a": 1\n"b": 2}', "a comma or a colon is missing", 2),
    "no colon": ('{"a": 1,\n"b" 2}', "a comma or a colon is missing", 2),
    "no value": ('{"a": 1,\n"b": }', "a comma too many, or a value is missing", 2),
    "line break": ('{"a": "x\ny"}', "a line ends within a quotation", 1),
    "escape": ('{"a": "C:\\quay"}', "an escape that JSON does not have", 1),
    "cut off": ('{"a": 1', "it ends too early", 1),
    "cut off in text": ('{"a": "fer', "it ends too early", 1),
    "cut off before a value": ('{"a": ', "it ends too early", 1),
}


def cases(table):
    return pytest.mark.parametrize(
        ("text", "reason", "line"), table.values(), ids=table.keys()
    )


class TestYaml:
    @cases(YAML)
    def test_a_reason_is_ours(self, parse, text, reason, line):
        (problem,) = parse(f"---\n{text}\n---\n").problems
        assert problem.expected.startswith(f"expected YAML front matter: {reason}")
        assert problem.line == line

    @pytest.mark.parametrize(
        "text",
        [
            *("[[[[1]]]]", "{a: {b: {c: {d: 1}}}}", "[{a: [{b: 1}]}]", "- - - - 1"),
            *('["[", [["]", [1]]]]', "[['''[', [[1]]]]", "[[[["),
        ],
    )
    def test_depth_is_counted_by_us(self, parse, text):
        """It is true of what never ends, and beside brackets that are text."""
        front = f"---\ntitle: A\nx:\n  {text}\n---\n"
        parsed = parse(front, bounds=Bounds(nesting=4))
        (problem,) = parsed.problems
        deep = "expected YAML front matter: more than 4 levels deep"
        assert (problem.expected, problem.line) == (deep, 4)

    @pytest.mark.parametrize("text", ["'[[[[[[[['", "a[[[[[[[[[b", '"\\"[[[[[[[["'])
    def test_brackets_in_text_are_no_depth(self, parse, text):
        front = f"---\ntitle: {text}\ndate: 2026-01-01\n---\n"
        assert parse(front, bounds=Bounds(nesting=4)).outcome == "article"


class TestToml:
    @cases(TOML)
    def test_a_reason_is_ours(self, parse, text, reason, line):
        (problem,) = parse(f"+++\n{text}\n+++\n").problems
        assert problem.expected.startswith(f"expected TOML front matter: {reason}")
        assert problem.line == line


class TestJson:
    @cases(JSON)
    def test_a_reason_is_ours(self, parse, text, reason, line):
        (problem,) = parse(text).problems
        assert problem.expected.startswith(f"expected JSON front matter: {reason}")
        assert problem.line == line


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\nb" + " " * 20_000 + "c\nd: 1", id="blanks"),
        pytest.param('a: "' + r"\"" * 100_000 + "\nb: @", id="escaped quotes"),
        pytest.param("a: @ " + "it's " * 5_000, id="apostrophes"),
    ],
)
def test_a_reason_is_found_in_linear_time(parse, text):
    for fence in ("---", "+++"):
        (problem,) = parse(f"{fence}\n{text}\n{fence}\n").problems
        assert problem.severity == "error"
