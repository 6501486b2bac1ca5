"""What values mean, whatever shape they have."""

import pytest

DATE = "date: 2021-01-27"

LISTS = {
    "list": ("[Sea, Night trains]", ("Sea", "Night trains")),
    "block": ("\n- Sea\n- Night trains", ("Sea", "Night trains")),
    "null first": ("[null, Sea]", ("Sea",)),
    "nothing first": ("\n-\n- Sea", ("Sea",)),
    "blanks": ('["", " ", Sea, "\\t"]', ("Sea",)),
    "tilde": ("[~, Sea]", ("Sea",)),
    "numbers": ("[2024, 1.10, -3, Sea]", ("2024", "1.10", "-3", "Sea")),
    "exponent": ("[1e3, 0x1F, 007]", ("1e3", "0x1F", "007")),
    "truth": ("[true, No]", ("true", "No")),
    "date": ("[2021-01-27]", ("2021-01-27",)),
    "repeated": ("[Sea, Sea]", ("Sea",)),
    "null": ("null", ()),
    "nothing": ("", ()),
    "an empty list": ("[]", ()),
    "nulls alone": ("[null, '']", ()),
    "int": ("2024", ("2024",)),
    "float": ("2.50", ("2.50",)),
    "word": ("Sea", ("Sea",)),
}


class TestLists:
    @pytest.mark.parametrize("key", ["tags", "categories"])
    @pytest.mark.parametrize(("written", "names"), LISTS.values(), ids=LISTS.keys())
    def test_i20_names_come_in_any_shape(self, article_of, key, written, names):
        article = article_of(f"{key}: {written}")
        assert (article.topics or article.categories) == names

    @pytest.mark.parametrize(
        ("preset", "lines", "names"),
        [
            ("auto", "tags: [Sea]\ntopics: [Ice]", ("Ice", "Sea")),
            ("jekyll", "topics: [Ice]\ntags: sea fog", ("sea", "fog", "Ice")),
            ("hugo", "tags: [Sea]\ntopics: [Ice]", ("Sea", "Ice")),
            ("smartable", "tags: [sea]\ntopics: [Sea]", ("Sea",)),
            ("smartable", "topics: []\ntags: [Sea]", ("Sea",)),
            ("hugo", "tags: [Sea]\nkeywords: [ice, fog]", ("Sea",)),
            ("hugo", "tags:\nkeywords: [ice, fog]", ("ice", "fog")),
            ("smartable", "category: Sea\ncategories: [Ice, Sea]", ("Sea", "Ice")),
            ("jekyll", "category: Sea\ncategories: [Ice]", ("Ice", "Sea")),
        ],
    )
    def test_i20_of_several_keys_all_count(self, article_of, preset, lines, names):
        article = article_of(lines, preset=preset)
        assert (article.topics or article.categories) == names

    @pytest.mark.parametrize(
        ("dialect", "names"),
        [
            (
                '+++\ntitle = "A"\ndate = 2021-01-27\ntags = [2024, 1.5, ""]\n+++\n',
                "2024 1.5",
            ),
            (
                '{"title": "A", "date": "2021-01-27", "tags": [2024, 1.5, null]}',
                "2024 1.5",
            ),
            ('{"title": "A", "date": "2021-01-27", "tags": 2024}', "2024"),
            ("Title: A\nDate: 2021-01-27\nTags: 2024, 1.5, , Sea\n\n", "2024 1.5 Sea"),
        ],
        ids=["TOML", "JSON list", "JSON int", "headers"],
    )
    def test_i20_in_every_dialect(self, parse, dialect, names):
        assert " ".join(parse(dialect).article.topics) == names

    @pytest.mark.parametrize(
        ("preset", "line", "names"),
        [
            ("jekyll", "tags: sea ice", ("sea", "ice")),
            ("jekyll", "tags: '  sea   ice '", ("sea", "ice")),
            ("jekyll", "categories: sea ice", ("sea", "ice")),
            ("jekyll", "category: sea ice", ("sea ice",)),
            ("jekyll", "tags: [sea ice]", ("sea ice",)),
            ("jekyll", "topics: sea ice", ("sea ice",)),
            ("hugo", "tags: sea ice", ("sea ice",)),
            ("hugo", "categories: sea ice", ("sea ice",)),
            ("smartable", "topics: Joe Biden", ("Joe Biden",)),
            ("smartable", "category: world news", ("world news",)),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_i20_text_is_split_where_the_site_does_so(
        self, article_of, preset, line, names
    ):
        article = article_of(line, preset=preset)
        assert (article.topics or article.categories) == names

    @pytest.mark.parametrize(
        "lines",
        [
            "images: [null, 'https://a.example/1.jpg', '']",
            "images: 'https://a.example/1.jpg'",
            "images:\n-\n- url: https://a.example/1.jpg",
        ],
        ids=["nulls", "text", "a blank item"],
    )
    def test_i20_other_lists_too(self, parse, lines):
        parsed = parse(f"---\ntitle: A\n{DATE}\n{lines}\n---\n")
        assert [image.url for image in parsed.article.images] == [
            "https://a.example/1.jpg"
        ]
        assert parsed.problems == ()


class TestNumbersAndTruth:
    @pytest.mark.parametrize("value", [None, "", "null", "~"], ids=repr)
    def test_i21_missing_or_null_means_published_and_zero(self, parse, value):
        lines = (
            []
            if value is None
            else [f"{key}: {value}" for key in ("published", "heat", "quality")]
        )
        parsed = parse("\n".join(("---", "title: A", DATE, *lines, "---", "")))
        article = parsed.article
        assert (article.withheld, article.heat, article.quality) == ("", 0, 0)
        assert parsed.problems == ()

    @pytest.mark.parametrize("key", ["heat", "quality"])
    @pytest.mark.parametrize(
        "value",
        [
            "warm",
            '"80"',
            "80 degrees",
            ".nan",
            ".NaN",
            ".inf",
            "-.inf",
            "1e999",
            "[80]",
            "true",
        ],
    )
    def test_i21_a_number_that_is_none_is_missing_with_a_warning(
        self, parse, warnings_of, key, value
    ):
        text = f"---\ntitle: A\n{DATE}\n{key}: {value}\n---\n"
        assert [found[:2] for found in warnings_of(text)] == [(key, 4)]
        assert getattr(parse(text).article, key) == 0

    @pytest.mark.parametrize(
        "text",
        [
            '+++\ntitle = "A"\ndate = 2021-01-27\nheat = nan\n+++\n',
            '+++\ntitle = "A"\ndate = 2021-01-27\nheat = inf\n+++\n',
            '{"title": "A", "date": "2021-01-27", "heat": NaN}',
            '{"title": "A", "date": "2021-01-27", "heat": -Infinity}',
            "Title: A\nDate: 2021-01-27\nHeat: warm\n\n",
        ],
        ids=["TOML nan", "TOML inf", "JSON NaN", "JSON Infinity", "headers"],
    )
    def test_i21_nor_in_any_other_dialect(self, parse, warnings_of, text):
        assert [key.lower() for key, _, _ in warnings_of(text)] == ["heat"]
        assert parse(text).article.heat == 0

    @pytest.mark.parametrize(
        ("value", "heat"),
        [("80", 80), ("-1", -1), ("0.5", 0.5), ("1e2", 100), ("+7", 7)],
    )
    def test_i21_a_number_counts(self, article_of, value, heat):
        assert article_of(f"heat: {value}").heat == heat

    @pytest.mark.parametrize("value", ["maybe", "soon", ".nan", "[false]", "2", "nope"])
    def test_i21_a_truth_that_is_none_is_missing_with_a_warning(
        self, parse, warnings_of, value
    ):
        text = f"---\ntitle: A\n{DATE}\npublished: {value}\n---\n"
        assert [found[:2] for found in warnings_of(text)] == [("published", 4)]
        assert parse(text).article.withheld == ""
