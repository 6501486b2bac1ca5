"""How much of a file is read, and how deep."""

import pytest

from feeds.parse.rules import Bounds
from feeds.settings import Limits

HEAD = "title: Ferry\ndate: 2021-01-27"

MIB = 1024 * 1024


def nested(levels: int, dialect: str) -> str:
    """Return an article with an unknown value so many levels down, itself the first."""
    inner = levels - 1
    if dialect == "YAML flow":
        return f"---\n{HEAD}\nx: {'[' * inner}1{']' * inner}\n---\n"
    if dialect == "YAML block":
        steps = (f"{' ' * (2 * at)}x:\n" for at in range(inner))
        return f"---\n{HEAD}\n{''.join(steps)}{' ' * 2 * inner}x: 1\n---\n"
    if dialect == "JSON":
        head = '"title": "Ferry", "date": "2021-01-27"'
        return f'{{{head}, "x": {"[" * inner}1{"]" * inner}}}\n'
    head = 'title = "Ferry"\ndate = 2021-01-27'
    return f"+++\n{head}\nx = {'[' * inner}1{']' * inner}\n+++\n"


class TestLimits:
    @pytest.mark.parametrize("dialect", ["YAML flow", "YAML block", "TOML", "JSON"])
    @pytest.mark.parametrize(
        ("levels", "limit"),
        [(20, 20), (21, 20), (25, 20), (3, 3), (4, 3)],
        ids=str,
    )
    def test_i16_nesting_ends_at_its_limit(self, parse, dialect, levels, limit):
        parsed = parse(nested(levels, dialect), bounds=Bounds(nesting=limit))
        assert parsed.outcome == ("article" if levels <= limit else "quarantined")
        if not parsed.article:
            assert f"{limit} levels" in parsed.problems[0].expected

    @pytest.mark.parametrize(
        "text",
        [
            f"---\n{'[' * 21}\n---\n",
            f"---\ntitle: {'{a: ' * 21}\n---\n",
            f'{{"a": {"[" * 21}',
            f"+++\na = {'[' * 21}\n+++\n",
        ],
        ids=["YAML lists", "YAML mappings", "JSON", "TOML"],
    )
    def test_i16_what_is_never_closed_is_only_a_problem(self, parse, text):
        assert parse(text).outcome == "quarantined"

    @pytest.mark.parametrize(
        ("filling", "over"),
        [
            pytest.param("x", 0, id="at the limit"),
            pytest.param("x", 1, id="one byte more"),
            pytest.param("é", 0, id="at the limit in bytes"),
            pytest.param(
                "é",
                2,
                id="more in bytes alone",
            ),
        ],
    )
    @pytest.mark.parametrize("limit", [MIB, 2_000], ids=["default", "set"])
    def test_i16_front_matter_ends_at_its_limit(self, parse, filling, over, limit):
        lines = f"{HEAD}\nx: \n"
        count, rest = divmod(limit + over - len(lines), len(filling.encode()))
        text = f"---\n{lines[:-1]}{'x' * rest}{filling * count}\n---\n{'y' * 5_000}"
        rules = {} if limit == MIB else {"front_matter_limit_bytes": limit}
        parsed = parse(text, **rules)
        assert parsed.outcome == ("quarantined" if over else "article"), parsed.problems
        if over:
            assert f"{limit} bytes" in parsed.problems[0].expected

    @pytest.mark.parametrize("limit", [16 * MIB, 2_000], ids=["default", "set"])
    @pytest.mark.parametrize("over", [0, 1], ids=["at the limit", "one byte more"])
    def test_i16_a_file_ends_at_its_limit(self, parse, over, limit):
        head = f"---\n{HEAD}\n---\n".encode()
        content = head + b"x" * (limit + over - len(head))
        rules = {} if limit == 16 * MIB else {"file_limit_bytes": limit}
        parsed = parse(content, **rules)
        assert parsed.outcome == ("quarantined" if over else "article")

    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            ({"file_bytes": 400}, "400 bytes"),
            ({"front_matter_bytes": 300}, "300 bytes"),
            ({"nesting": 3}, "3 levels"),
            ({"nodes": 12}, "12 values"),
        ],
        ids=["file", "front matter", "nesting", "values"],
    )
    def test_i16_all_limits_are_settings(self, desk_of, limits, expected):
        desk = desk_of(limits=Limits(**limits))
        desk.write("small.md", "---\ntitle: A\ndate: 2026-01-01\n---\n")
        desk.story("large.md", f"x: [[[[{'y, ' * 100}]]]]", body="Text " * 20)
        (problem,) = desk.build().problems
        assert (problem.path, problem.severity) == ("large.md", "error")
        assert expected in problem.expected
        assert desk.titles() == ["A"]
