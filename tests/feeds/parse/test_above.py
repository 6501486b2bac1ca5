"""Front matter that is not the first thing in its file."""

import time

import pytest

EXPECTED = "expected nothing above the front matter"
YAML = (
    "---\ntitle: Budget\ndraft: true\nsecured: QUJDREVGR0hJSktMTU5PUFFS\n---\nnot yet\n"
)
ABOVE = {
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "no-break space": "\u00a0",
    "narrow no-break space": "\u202f",
    "ideographic space": "\u3000",
    "right-to-left mark": "\u200f",
    "Hangul filler": "\u3164",
    "a mark below a blank line": "\n\ufeff",
    "several": "\u200b\u00a0\n\u2060\n",
    "comment": "<!-- kept by the desk -->\n",
    "comment on the same line": "<!-- kept -->",
    "comment over lines": "<!--\nkept\n\nby the desk\n-->\n\n",
    "two comments": "<!-- a -->\n\n<!-- b -->\n",
    "comment that holds it": "<!--\n",
    "Twig comment": "{# kept #}\n",
    "Liquid comment": "{% comment %}\nkept\n{% endcomment %}\n",
    "Liquid comment, trimmed": "{%- comment -%}kept{%- endcomment -%}\n",
    "Liquid inline comment": "{% # kept %}\n",
    "Go comment": "{{/* kept */}}\n",
    "Go comment, trimmed": "{{- /* kept */ -}}\n",
    "ERB comment": "<%# kept %>\n",
    "JSX comment": "{/* kept */}\n",
    "Razor comment": "@* kept *@\n",
    "shebang": "#!/usr/bin/env pandoc\n",
    "coding": "# -*- coding: utf-8 -*-\n",
    "mode of an editor": "-*- mode: markdown -*-\n",
    "shebang and coding": "#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n\n",
    "licence": "# SPDX-License-Identifier: MIT\n",
    "line comment": "// kept\n// by the desk\n",
    "block comment": "/* kept\n * by the desk */\n",
    "import": 'import Chart from "./chart"\n\n',
    "import without a blank line": 'import Chart from "./chart"\n',
    "import over lines": 'import {\n  Chart,\n  Map,\n} from "./parts"\n\n',
    "imports and export": 'import A from "a"\nimport B from "b"\n\nexport const c = 1\n\n',
    "charset": '@charset "utf-8";\n',
    "Markdown comment": "[//]: # (kept)\n\n",
    "declaration": '<?xml version="1.0"?>\n',
    "all kinds": '#!/bin/x\n\u200b\n<!-- a -->\n\nimport A from "a"\n\n// b\n\n{# c #}\n',
    "twenty lines": "// a\n" * 20,
}  # fmt: skip
FRONT_MATTER = {
    "YAML": YAML,
    "YAML, ended by dots": "---\npublished: false\n...\nx\n",
    "YAML by name": "---yaml\ndraft: true\n---\nx\n",
    "TOML": '+++\ntitle = "Budget"\ndraft = true\n+++\nnot yet\n',
    "TOML by name": "---toml\ndraft = true\n---\nnot yet\n",
    "JSON": '{\n  "title": "Budget", "draft": true\n}\nnot yet\n',
    "fenced JSON": '---json\n{"draft": true}\n---\nnot yet\n',
    "one key": "---\nheadless: true\n---\n",
    "keys in capitals": "---\nTitle: Budget\nDRAFT: true\n---\nx\n",
    "secured": "---\nx: 1\nsecured: QUJDREVGR0hJSktMTU5PUFFS\n---\nx\n",
    "what cannot be read": "---\ntitle: Budget: the facts\ndraft: true\n---\nx\n",
    "what is never closed": "---\ntitle: Budget\ndraft: true\n\nnot yet\n",
    "a fence with unseen ends": "---\u200b\ntitle: Budget\ndraft: true\n---\nx\n",
}


@pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE)
@pytest.mark.parametrize("policy", ["publish", "hold"])
def test_i7_front_matter_below_it_is_an_error_never_text(parse, above, policy):
    parsed = parse(above + YAML, plain_text=policy, undated="mtime")
    assert (parsed.outcome, parsed.article) == ("quarantined", None)
    (problem,) = parsed.problems
    assert (problem.severity, problem.expected) == ("error", EXPECTED)
    assert problem.line == (2 if above.startswith("\n") else 1)
    assert "QUJDREVG" not in str(problem)


@pytest.mark.parametrize("text", FRONT_MATTER.values(), ids=FRONT_MATTER)
@pytest.mark.parametrize("above", ["\u200b", "// kept\n\n", "<!-- kept -->\n"])
def test_i7_so_it_is_in_every_dialect(parse, above, text):
    parsed = parse(above + text, plain_text="publish", undated="mtime")
    assert [problem.expected for problem in parsed.problems] == [EXPECTED]


@pytest.mark.parametrize(
    "above", ["\ufeff", "\ufeff\ufeff", "\n\n \t\n", "\ufeff\n\n", " "]
)
def test_i1_i6_marks_and_blank_lines_before_the_first_fence_are_nothing(parse, above):
    parsed = parse(above + YAML, undated="mtime")
    assert parsed.article.withheld == "draft: true"
    assert parsed.problems == ()


def test_what_nobody_sees_is_named(parse):
    (problem,) = parse("\u200b\u2060" + YAML).problems
    assert str(problem) == f"news/a.md:1: {EXPECTED}, got U+200B"


def test_i9_header_lines_below_what_nobody_sees_are_no_text(parse):
    text = "\u200bTitle: Budget\nStatus: draft\n\nnot yet\n"
    (problem,) = parse(text, plain_text="publish", undated="mtime").problems
    assert problem.expected == EXPECTED


def test_keys_that_the_source_configures_are_known(parse):
    text = "\u200b---\nreleased_at: 2021-01-27\n---\nx"
    fields = (("date", ("released_at",)),)
    assert parse(text, plain_text="publish", undated="mtime").outcome == "article"
    assert parse(text, plain_text="publish", fields=fields).outcome == "quarantined"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u200b---\nIt sails.\n---\n", id="rules"),
        pytest.param("\u00a0---\n\ntitle: It sails.\n", id="a rule and a blank line"),
        pytest.param("<!-- a -->\n---\n\nIt sails.\n\n---\n\nAgain.\n", id="rules below a comment"),
        pytest.param("// It sails.\n---\nIt does.\n", id="a comment underlined"),
        pytest.param("import It sails.\n---\nIt does.\n\n---\n", id="a setext heading"),
        pytest.param("import It sails.\n===\nIt does.\n---\n", id="two setext headings"),
        pytest.param("It sails.\n\n---\ntitle: Budget\ndraft: true\n---\n", id="below prose"),
        pytest.param("# It sails.\n\n---\ntitle: Budget\n---\n", id="below a heading"),
        pytest.param("\u200b---\nFerry: It sails.\nquay: 4\n---\n", id="no known key"),
        pytest.param("\u200b---\n- It sails.\n- title\n---\n", id="a list"),
        pytest.param("\u200b----\ntitle: It sails.\n----\n", id="four dashes"),
        pytest.param("// It sails.\n\n{these: braces}\n", id="braces"),
        pytest.param("\u200bIt sails.\n", id="an unseen character"),
        pytest.param("```\n---\ntitle: It sails.\n---\n```\n", id="in code"),
        pytest.param("// It sails.\n" * 21 + YAML, id="below more than twenty lines"),
    ],
)  # fmt: skip
def test_what_is_no_front_matter_stays_text(parse, text):
    parsed = parse(text, plain_text="publish", undated="mtime")
    assert parsed.outcome == "article", parsed.problems
    assert "It sails." in parsed.article.title + parsed.article.body


def test_more_than_front_matter_may_hold_is_told_all_the_same(parse):
    text = "\u200b---\ntitle: Budget\n" + "a: b\n" * 100 + "---\nx"
    parsed = parse(text, plain_text="publish", front_matter_limit_bytes=64)
    assert parsed.outcome == "quarantined"


@pytest.mark.parametrize(
    "unit",
    ["<!--", "/*", "{#", "{%comment%}", "//\n", "import a\n\n", "\u200b", "%%", "<%#"],
)
def test_r5_no_run_of_openings_takes_long(parse, unit):
    text = unit * (400_000 // len(unit))
    begun = time.process_time()
    parse(text, plain_text="publish", undated="mtime")
    assert time.process_time() - begun < 2
