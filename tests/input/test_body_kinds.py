"""Markdown, HTML, text, and template code of other sites."""

import pytest

from feeds.body import body_html
from tests.input.samples import HOME, text_of


class TestTemplates:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("It {% raw %}{{ sails }}{% endraw %}.", "It {{ sails }}."),
            ("It {% include a.html %}sails.", "It sails."),
            ("It {{ site.verb }}sails.", "It sails."),
            ("It {% if x %}sank{% endif %}sails.", "It sails."),
            ("It {% comment %}sank{% endcomment %}sails.", "It sails."),
            ('It {{< figure src="a.png" >}}sails.', "It sails."),
            ("It {{% note %}}sails{{% /note %}}.", "It sails."),
            ("It `{{ sails }}`.", "It {{ sails }}."),
            ("```\n{% sails %}\n```", "{% sails %}"),
        ],
        ids=[
            *(
                "raw",
                "tag",
                "output",
                "block",
                "comment",
                "shortcode",
                "Markdown shortcode",
            ),
            *("code span", "code block"),
        ],
    )
    @pytest.mark.parametrize(
        "path", ["a.md", "2021-01-27-a.md"], ids=["any", "Jekyll's"]
    )
    def test_i37_template_code_goes_and_raw_text_stays(self, shown, path, body, text):
        assert text_of(shown(body, path=path)) == text

    def test_i37_none_is_left_in_a_summary_or_title(self, desk):
        desk.write(
            "2026-11-01-a.md",
            "---\nlayout: post\n---\n# {{ page.x }}The ferry\n\n{% include a %}It sails.",
        )
        desk.build()
        (entry,) = desk.entries()
        assert (entry["title"], entry["summary"]) == ("The ferry", "It sails.")

    def test_i37_in_html_files_too(self, shown):
        html = shown("<p>It {{ x }}{% y %}sails.</p>", path="a.html")
        assert html == "<p>It sails.</p>"


class TestKind:
    @pytest.mark.parametrize(
        ("path", "body", "html"),
        [
            ("a.md", "It *sails*.", "<p>It <em>sails</em>.</p>"),
            ("a.MD", "It *sails*.", "<p>It <em>sails</em>.</p>"),
            ("a.markdown", "It *sails*.", "<p>It <em>sails</em>.</p>"),
            ("a.md", "<p>It *sails*.</p>", "<p>It *sails*.</p>"),
            ("a.html", "<p>It *sails*.</p>", "<p>It *sails*.</p>"),
            ("a.HTM", "<p>It *sails*.</p>", "<p>It *sails*.</p>"),
            ("a.html", "<p>\n\n    It sails.</p>", "<p>\n\n    It sails.</p>"),
            ("a.md", "<!doctype html><body><p>It *sails*.", "<p>It *sails*.</p>"),
            ("a.md", "\n<html><body>\n\n    <p>It *sails*.</p>", "<p>It *sails*.</p>"),
            ("a.txt", "It <b>*sails*</b>.", "<p>It &lt;b&gt;*sails*&lt;/b&gt;.</p>"),
        ],
        ids=[
            *("md", "capitals", "markdown", "HTML in Markdown", "html", "htm"),
            *("no code block", "document", "indented document", "txt"),
        ],
    )
    def test_i39_a_body_is_read_as_what_it_is(self, shown, path, body, html):
        assert shown(body, path=path) == html

    @pytest.mark.parametrize(
        "text",
        [
            '+++\ntitle = "A"\ndate = 2021-01-27\n+++\nIt *sails*.',
            '{"title": "A", "date": "2021-01-27"}\n\nIt *sails*.',
            "Title: A\nDate: 2021-01-27\n\nIt *sails*.",
        ],
        ids=["TOML", "JSON", "headers"],
    )
    def test_i39_the_front_matter_does_not_tell(self, parse, text):
        for path, html in (
            ("a.md", "<p>It <em>sails</em>.</p>"),
            ("a.html", "It *sails*."),
        ):
            assert body_html(parse(text, path).article, home=HOME) == html
