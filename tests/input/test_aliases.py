"""What is anchored once and meant often."""

import pytest

from feeds.parse.rules import Bounds

HEAD = "title: Ferry\ndate: 2021-01-27"


class TestAliases:
    @pytest.mark.parametrize(
        ("lines", "seen"),
        [
            ("topics: &t [Sea, Ice]\ntags: *t", ("Sea", "Ice")),
            ("tags: &t [Sea, Ice]\ntopics: *t", ("Sea", "Ice")),
            ("x: &t Sea\ntopics: [*t, Ice]", ("Sea", "Ice")),
            ("x: &t Sea\ny: &t Ice\ntopics: [*t]", ("Ice",)),
            ("x:\n  - &a Sea\n  - &b Ice\ntopics:\n  - *a\n  - *b", ("Sea", "Ice")),
        ],
        ids=["from topics", "to topics", "an item", "the last of a name", "block"],
    )
    def test_i13_an_alias_stands_for_what_is_anchored(self, article_of, lines, seen):
        assert article_of(lines).topics == seen

    def test_i13_of_single_values_and_mappings_too(self, parse):
        parsed = parse(
            "---\ntitle: &title Ferry\nsubtitle: *title\nlastmod: &d 2021-01-27\n"
            "date: *d\npublisher: &p {name: Quay, domain: quay.example}\nprovider: *p\n---\n"
        )
        article = parsed.article
        assert f"{article.published_at:%Y-%m-%d}" == "2021-01-27"
        assert article.provider.domain == "quay.example"

    @pytest.mark.parametrize(
        ("lines", "name"),
        [
            ("x: &x {name: Quay}\nprovider:\n  <<: *x\n  domain: quay.example", "Quay"),
            ("x: &x {name: Tug}\nprovider:\n  <<: *x\n  name: Quay", "Quay"),
            ("x: &x {name: Tug}\nprovider:\n  name: Quay\n  <<: *x", "Quay"),
            (
                "x: &x {name: Quay}\ny: &y {name: Tug}\nprovider:\n  <<: [*x, *y]",
                "Quay",
            ),
            ("x: &x\n  provider: {name: Quay}\n<<: *x", "Quay"),
        ],
        ids=["added", "overridden after", "overridden before", "the first", "all keys"],
    )
    def test_i13_merges_are_yaml_1_1s(self, article_of, lines, name):
        assert article_of(lines).provider.name == name

    @pytest.mark.parametrize(
        "lines",
        [
            "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
            "a: &a {x: 1}\nb: &b {<<: [*a,*a,*a,*a]}\nc: {<<: [*b,*b,*b,*b,*b,*b]}\n",
            "a: &a [*a, *a]\n",
            "a: &a\n  <<: *a\n",
            "topics: [*nowhere]\n",
        ],
        ids=["laughs", "merges", "of itself", "merged into itself", "of nothing"],
    )
    def test_i13_expansion_is_bounded(self, parse, lines):
        parsed = parse(f"---\n{HEAD}\n{lines}---\n", bounds=Bounds(nodes=35))
        assert parsed.outcome == "quarantined"
        assert parsed.problems[0].line >= 4
