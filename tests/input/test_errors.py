"""What is wrong with one file costs that file alone."""

import pytest

# Each with the line that a person has to look at.
BROKEN = {
    "YAML bracket": ("---\ntitle: [Ferry\ndate: 2021\n---\n", (2, 3, 4)),
    "YAML bracket before keys": ("---\nheat: 1\ntopics: [a, b\ntitle: A\n---\n", (3,)),
    "YAML in brackets": ("---\ntopics: [a,\n  b\n  c: {]\nheat: 1\n---\n", (4,)),
    "YAML bracket at the end": ("---\ntitle: A\ntopics: [a, b\n---\n", (3,)),
    "YAML brace": ("---\ntitle: A\nprovider: {name: B\nheat: 1\n---\n", (3,)),
    "YAML colon": ("---\ndate: 2021\ntitle: Ferry: the film\n---\n", (3,)),
    "YAML quote": ('---\ndate: 2021\ntitle: "Ferry\n---\n', (3,)),
    "YAML quote before keys": ('---\ntitle: "Ferry\nheat: 1\nx: y\n---\n', (2,)),
    "YAML apostrophe": ("---\ntitle: 'Ferry\nheat: 1\nx: y\n---\n", (2,)),
    "YAML no colon": ("---\ntitle: A\nFerry\nheat: 1\n---\n", (3,)),
    "YAML no colon below": ("---\nx:\n  y: 1\n  Ferry\nheat: 1\n---\n", (4,)),
    "YAML tab": ("---\ntitle: Ferry\n\tdate: 2021\n---\n", (3,)),
    "YAML indentation": ("---\ntitle: Ferry\n  date: 2021\n---\n", (3,)),
    "YAML at sign": ("---\nheat: 1\ntitle: @ferry\n---\n", (3,)),
    "YAML percent": ("---\nheat: 1\ntitle: %ferry\n---\n", (3,)),
    "YAML asterisk": ("---\nheat: 1\ntitle: *ferry\n---\n", (3,)),
    "YAML escape": ('---\nheat: 1\ntitle: "C:\\quay"\n---\n', (3,)),
    "YAML after blank lines": ("\n\n---\ntitle: *ferry\n---\n", (4,)),
    "YAML conflict": ("---\ntitle: A\n<<<<<<< HEAD\nheat: 1\n=======\n---\n", (3,)),
    "YAML conflict at the top": ("---\n<<<<<<< HEAD\nheat: 1\n---\n", (2,)),
    "TOML conflict": ("+++\nheat = 1\n<<<<<<< HEAD\nx = 1\n+++\n", (3,)),
    "TOML bare word": ("+++\nheat = 1\ntitle = Ferry\n+++\n", (3,)),
    "TOML twice": ('+++\ntitle = "A"\nheat = 1\ntitle = "B"\n+++\n', (4,)),
    "TOML date": ('+++\ntitle = "A"\ndate = 2021-02-30\n+++\n', (3,)),
    "TOML open": ('+++\ntitle = "Ferry\nheat = 1\n+++\n', (2,)),
    "JSON comma": ('{"title": "Ferry"\n "heat": 1}\n', (2,)),
    "JSON trailing comma": ('{"title": "Ferry",\n "heat": 1,\n}\n', (2, 3)),
    "JSON single quotes": ("{\"title\": 'Ferry'}\n", (1,)),
    "JSON comment": ('{"title": "Ferry",\n // why\n "heat": 1}\n', (2,)),
    "JSON newline": ('{"title": "Fer\nry"}\n', (1,)),
}


class TestInvalid:
    @pytest.mark.parametrize(("text", "lines"), BROKEN.values(), ids=BROKEN.keys())
    def test_i10_the_problem_names_file_and_line(self, parse, text, lines):
        parsed = parse(text)
        assert (parsed.outcome, parsed.article) == ("quarantined", None)
        (problem,) = parsed.problems
        assert (problem.path, problem.severity) == ("news/a.md", "error")
        assert problem.line in lines
        assert str(problem).startswith(f"news/a.md:{problem.line}: ")
        assert " expected " in str(problem)

    @pytest.mark.parametrize(
        ("kind", "key"),
        [
            ("YAML quote before keys", "title"),
            ("YAML bracket before keys", "topics"),
            ("YAML bracket at the end", "topics"),
            ("YAML no colon", ""),
            ("YAML conflict", ""),
        ],
    )
    def test_i10_it_names_the_key_on_that_line_if_there_is_one(self, parse, kind, key):
        assert parse(BROKEN[kind][0]).problems[0].key == key

    @pytest.mark.parametrize("kind", ["YAML conflict", "TOML conflict"])
    def test_i10_a_conflict_is_told_as_such(self, parse, kind):
        (problem,) = parse(BROKEN[kind][0]).problems
        assert problem.expected.endswith("a merge conflict is not resolved")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('{"title": "Fer\nry"}', "a line ends within a quotation"),
            (
                '{"title": "Ferry',
                "it ends too early: a bracket or a quotation is not closed",
            ),
            (
                '{"title": "Fer\\q"}',
                "an escape that JSON does not have; write a backslash as \\\\",
            ),
        ],
    )
    def test_i10_a_reason_is_whole(self, parse, text, reason):
        (problem,) = parse(text).problems
        assert problem.expected == f"expected JSON front matter: {reason}"

    @pytest.mark.parametrize("kind", ["YAML bracket", "TOML open", "JSON comma"])
    def test_i10_the_last_good_version_stays_and_so_do_the_others(self, desk, kind):
        desk.story("other.md")
        desk.write("a.md", "---\ntitle: First\ndate: 2026-11-02\n---\n")
        desk.build()
        first = desk.entries()
        text, lines = BROKEN[kind]
        desk.write("a.md", text)
        report = desk.build()
        assert desk.entries() == first
        assert [(p.path, p.line in lines) for p in report.problems] == [("a.md", True)]
        assert (report.quarantined, report.stale) == (1, ("a.md",))
        assert report.has_errors

    def test_i10_it_stays_over_builds_until_the_file_is_mended_or_gone(self, desk):
        desk.story("other.md")
        desk.write("a.md", "---\ntitle: First\ndate: 2026-11-02\n---\n")
        desk.build()
        file = desk.write("a.md", "---\ntitle: [\n---\n")
        for force in (False, True, False):
            desk.build(force=force)
            assert desk.titles() == ["First", "other.md"]
        desk.write("a.md", "---\ntitle: Second\ndate: 2026-11-02\n---\n")
        report = desk.build()
        assert desk.titles() == ["Second", "other.md"]
        assert not report.problems
        file.write_text("---\ntitle: [\n---\n")
        desk.build(repeats=True)
        file.unlink()
        assert not desk.build().problems
        assert desk.titles() == ["other.md"]

    def test_i10_a_file_that_was_never_good_is_in_no_feed(self, desk):
        desk.story("other.md")
        desk.write("a.md", "---\ntitle: [\n---\n")
        report = desk.build()
        assert desk.titles() == ["other.md"]
        assert (report.quarantined, report.stale) == (1, ())
