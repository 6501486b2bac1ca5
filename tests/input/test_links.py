"""Where an article is."""

import pytest

DATE = "date: 2021-01-27"

HOME = {"home": "https://www.example/"}


class TestLink:
    @pytest.mark.parametrize(
        ("lines", "link"),
        [
            (
                ("webUrl: https://a.example/1", "originalUrl: https://b.example/2"),
                "https://a.example/1",
            ),
            (("originalUrl: https://b.example/2", "url: /3"), "https://b.example/2"),
            (
                ("webUrl: null", "originalUrl: https://b.example/2"),
                "https://b.example/2",
            ),
            (("webUrl: ''", "originalUrl: https://b.example/2"), "https://b.example/2"),
            (
                ("webUrl: 'javascript:x()'", "originalUrl: https://b.example/2"),
                "https://b.example/2",
            ),
            (("url: /ferry/", "slug: tug"), "https://www.example/ferry/"),
            (("url: ferry/",), "https://www.example/ferry/"),
            (("url: https://c.example/3",), "https://c.example/3"),
            (("permalink: /ferry.html",), "https://www.example/ferry.html"),
            (("slug: ferry",), "https://www.example/ferry"),
            (("slug: the ferry",), "https://www.example/the%20ferry"),
            (("slug: fähre",), "https://www.example/f%C3%A4hre"),
            ((), "https://www.example/news/a"),
        ],
        ids=[
            *("webUrl", "originalUrl", "null", "empty", "no web link", "url"),
            *("relative", "absolute", "permalink", "slug", "blank", "Unicode", "path"),
        ],
    )
    def test_i23_the_best_of_all_counts(self, article_of, lines, link):
        assert article_of(*lines, **HOME).link == link

    @pytest.mark.parametrize("home", ["https://www.example", "https://www.example/"])
    def test_i23_a_home_page_may_end_with_a_slash(self, article_of, home):
        article = article_of("url: /ferry/", home=home)
        assert article.link == "https://www.example/ferry/"

    def test_i23_a_home_page_may_be_a_folder(self, article_of):
        article = article_of("slug: ferry", home="https://www.example/log/")
        assert article.link == "https://www.example/log/ferry"

    @pytest.mark.parametrize("line", ["webUrl: 7", "url: [1]", "slug: {a: b}"])
    def test_i23_what_is_no_text_is_reported(self, warnings_of, line):
        found = warnings_of(f"---\ntitle: A\n{DATE}\n{line}\n---\n")
        assert [(key, at) for key, at, _ in found] == [(line.partition(":")[0], 4)]
