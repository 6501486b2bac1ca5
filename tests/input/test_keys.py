"""Keys that are unknown, repeated, in any case, or nearly right."""

import pytest

HEAD = "title: Ferry\ndate: 2021-01-27"


class TestUnknownKeys:
    @pytest.mark.parametrize(
        "line",
        [
            "layout: post",
            "mood: {weather: [rain, wind]}",
            "comments: null",
            "1: one",
            "null: none",
            "true: yes",
            '"": nothing',
            "a.b: 1",
            "a key with blanks: 1",
            "日本: 語",
            f"{'k' * 39}: 1",
            "__proto__: {x: 1}",
        ],
        ids=[
            *("text", "mapping", "null", "a number", "null as key", "true as key"),
            *("empty", "dot", "blanks", "not ASCII", "long", "odd"),
        ],
    )
    def test_i11_an_unknown_key_is_tolerated(self, parse, line):
        parsed = parse(f"---\n{HEAD}\n{line}\n---\n")
        assert (parsed.outcome, parsed.problems) == ("article", ())
        assert parsed.article.title == "Ferry"

    @pytest.mark.parametrize(
        "lines",
        [
            "provider: {name: Quay, founded: 1901}",
            "images: [{url: 'https://img.example/1.jpg', isCached: true}]",
            "related: [{title: Tug, webUrl: 'https://tug.example/', mood: 3}]",
        ],
        ids=["provider", "images", "related"],
    )
    def test_i11_within_a_mapping_too(self, parse, lines):
        assert parse(f"---\n{HEAD}\n{lines}\n---\n").problems == ()


class TestDuplicateKeys:
    @pytest.mark.parametrize(
        ("text", "key", "line"),
        [
            ("---\ntitle: A\nheat: 1\ntitle: B\ndate: 2021-01-27\n---\n", "title", 4),
            ("---\ntitle: A\nTitle: B\ndate: 2021-01-27\n---\n", "Title", 3),
            ('{"title": "A",\n"date": "2021-01-27",\n"title": "B"}\n', "title", 3),
            ('{"title": "A",\n"date": "2021-01-27",\n"TITLE": "B"}\n', "TITLE", 3),
            ('+++\ntitle = "A"\nTitle = "B"\ndate = 2021-01-27\n+++\n', "Title", 3),
            ("Title: A\nDate: 2021-01-27\nTitle: B\n\nText", "Title", 3),
            ("Title: A\nDate: 2021-01-27\ntitle: B\n\nText", "title", 3),
        ],
        ids=[
            *("YAML", "YAML by case", "JSON", "JSON by case", "TOML by case"),
            *("headers", "headers by case"),
        ],
    )
    def test_i12_the_last_one_wins_with_a_warning(
        self, parse, warnings_of, text, key, line
    ):
        assert parse(text).article.title == "B"
        found = warnings_of(text)
        assert [(found_key, at) for found_key, at, _ in found] == [(key, line)]
        assert "once" in found[0][2]

    def test_i12_each_is_told_of_once(self, warnings_of):
        text = "---\ntitle: A\ntitle: B\ntitle: C\ndate: 2021-01-27\nheat: 1\nheat: 2\n---\n"
        assert {(key, line) for key, line, _ in warnings_of(text)} >= {
            ("title", 4),
            ("heat", 7),
        }

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(
                f"---\n{HEAD}\nprovider:\n  name: Tug\n  name: Quay\n---\n",
                id="YAML",
            ),
            pytest.param(
                '{"title": "A", "date": "2021-01-27",\n'
                '"provider": {"name": "Tug",\n"name": "Quay"}}\n',
                id="JSON",
            ),
        ],
    )
    def test_i12_further_down_too(self, parse, warnings_of, text):
        assert parse(text).article.provider.name == "Quay"
        assert [key.rpartition(".")[2] for key, _, _ in warnings_of(text)] == ["name"]

    def test_i12_what_a_merge_brings_is_no_duplicate(self, parse):
        text = f"---\nbase: &base {{heat: 1}}\n{HEAD}\n<<: *base\nheat: 2\n---\n"
        parsed = parse(text)
        assert (parsed.article.heat, parsed.problems) == (2, ())


class TestCase:
    @pytest.mark.parametrize("spell", [str.upper, str.title, str.swapcase, str.lower])
    @pytest.mark.parametrize(
        "text",
        [
            "---\n{}: A\n{}: 2021-01-27\n{}: https://a.example/b\n---\n",
            '+++\n{} = "A"\n{} = 2021-01-27\n{} = "https://a.example/b"\n+++\n',
            '{{"{}": "A", "{}": "2021-01-27", "{}": "https://a.example/b"}}\n',
            "{}: A\n{}: 2021-01-27\n{}: https://a.example/b\n\nText",
        ],
        ids=["YAML", "TOML", "JSON", "headers"],
    )
    def test_i14_keys_may_be_in_any_case(self, parse, text, spell):
        keys = map(spell, ("title", "publishedDateTime", "webUrl"))
        parsed = parse(text.format(*keys))
        assert parsed.problems == ()
        article = parsed.article
        assert (article.title, article.link) == ("A", "https://a.example/b")
        assert f"{article.published_at:%Y-%m-%d}" == "2021-01-27"

    def test_i14_further_down_too(self, article_of):
        article = article_of(
            "Provider: {NAME: Quay, Domain: quay.example}",
            "IMAGES: [{URL: 'https://img.example/1.jpg', Width: 640}]",
            "Related:\n- Title: Tug\n  WEBURL: https://tug.example/",
        )
        assert (article.provider.name, article.images[0].width_px) == ("Quay", 640)
        assert article.related[0].title == "Tug"

    @pytest.mark.parametrize(
        "line", ["Published: false", "DRAFT: true", "Removed: true"]
    )
    def test_i14_what_withholds_an_article_does_so_in_any_case(self, article_of, line):
        assert article_of(line).withheld


class TestNearMisses:
    @pytest.mark.parametrize(
        ("typo", "meant"),
        [
            ("ditle", "title"),
            ("titel", "title"),
            ("tittle", "title"),
            ("Ttile", "title"),
        ],
    )
    def test_i15_a_title_that_is_nearly_one_is_asked_about(
        self, parse, warnings_of, typo, meant
    ):
        text = f"---\ndate: 2021-01-27\n{typo}: Ferry\n---\nIt sails.\n"
        ((key, line, expected),) = warnings_of(text)
        assert (key, line) == (typo, 3)
        assert expected.endswith(f"did you mean {meant}?")
        assert parse(text).article.title == "It sails."

    @pytest.mark.parametrize(
        ("line", "meant"),
        [
            ("publshed: false", "published"),
            ("removd: true", "removed"),
            ("drafts: true", "draft"),
            ("expirydat: 2021-02-01", "expirydate"),
            ("topcis: [Sea]", "topics"),
            ("webUrll: https://quay.example/", "weburl"),
            ("exerpt: It sails", "excerpt"),
            ("provder: Quay", "provider"),
            ("qualty: 3", "quality"),
        ],
        ids=lambda text: text.partition(":")[0],
    )
    def test_i15_and_so_is_any_other_key(self, warnings_of, line, meant):
        """One that withholds an article and is misspelt publishes it."""
        found = warnings_of(f"---\n{HEAD}\n{line}\n---\n")
        assert [(key, at) for key, at, _ in found] == [(line.partition(":")[0], 4)]
        assert found[0][2].endswith(f"did you mean {meant}?")

    @pytest.mark.parametrize(
        "line",
        ["tilt: 3", "mood: calm", "layout: post", "date_line: Oslo", "titles: []"],
    )
    def test_i15_what_is_not_near_is_another_key(self, warnings_of, line):
        assert warnings_of(f"---\n{HEAD}\n{line}\n---\n") == []
