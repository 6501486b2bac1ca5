"""A body as every reader may show it."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Article, ArticlePath
from feeds.body import body_html
from feeds.text import legal

ARTICLE = Article(
    path=ArticlePath("news/a.md"),
    title="Ferry",
    published_at=datetime(2021, 1, 27, tzinfo=UTC),
    significance="",
    link="https://quay.example/2021/ferry",
)
HOME = "https://www.example/"
REL = ' rel="noopener noreferrer"'


def html(body, kind="markdown", **facts):
    return body_html(replace(ARTICLE, body=body, body_kind=kind, **facts), home=HOME)


class TestKinds:
    @pytest.mark.parametrize(
        ("body", "kind", "expected"),
        [
            pytest.param("", "markdown", "", id="none"),
            pytest.param("It *sails*.", "markdown", "<p>It <em>sails</em>.</p>", id="Markdown"),
            pytest.param("It *sails*.", "html", "It *sails*.", id="HTML"),
            pytest.param("a < b\nc\n\nd", "text", "<p>a &lt; b<br>\nc</p>\n<p>d</p>", id="text"),
            pytest.param("<!DOCTYPE html>\n<html><body><p>*y*</p></body></html>", "markdown", "<p>*y*</p>", id="a document in a Markdown file"),
        ],
    )  # fmt: skip
    def test_i39_each_is_read_as_what_it_is(self, body, kind, expected):
        assert html(body, kind) == expected

    @pytest.mark.parametrize(
        "body",
        ["<b>x</b>", "<script>x</script>", "&amp;", "<iframe src='/x'></iframe>"],
    )
    def test_plain_text_is_never_taken_for_markup(self, body):
        escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert html(body, "text") == f"<p>{escaped}</p>"

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            pytest.param("- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>", id="task lists"),
            pytest.param("a[^1]\n\n[^1]: b", "<p>a<sup>1</sup></p>\n<div><p><sup>1</sup> b</p>\n</div>", id="footnotes"),
            pytest.param("> [!TIP]\n> a", "<blockquote>\n<p><strong>Tip</strong></p>\n<p>a</p>\n</blockquote>", id="alerts"),
            pytest.param("# A {#id .b}", "<h1>A</h1>", id="heading attributes"),
            pytest.param("~~a~~", "<p><del>a</del></p>", id="strikethrough"),
            pytest.param("|a|\n|-|\n|b|", "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table>", id="tables"),
        ],
    )  # fmt: skip
    def test_markdown_is_what_its_writers_are_used_to(self, body, expected):
        assert html(body) == expected


class TestLinks:
    @pytest.mark.parametrize(
        ("href", "expected"),
        [
            ("/x", "https://quay.example/x"),
            ("x", "https://quay.example/2021/x"),
            ("../x", "https://quay.example/x"),
            ("?a=1&amp;b=2", "https://quay.example/2021/ferry?a=1&amp;b=2"),
            ("#x", "https://quay.example/2021/ferry#x"),
            ("//other.example/x", "https://other.example/x"),
            (
                "https://other.example/?a=1&amp;b=2",
                "https://other.example/?a=1&amp;b=2",
            ),
        ],
    )
    def test_i35_links_and_images_are_absolute(self, href, expected):
        made = html(f'<a href="{href}"></a><img src="{href}">', "html")
        assert f'href="{expected}"' in made
        assert f'src="{expected}"' in made
        assert html(f"[a]({href}) ![b]({href})").count(f'="{expected}"') == 2

    @pytest.mark.parametrize("link", ["", "http://xn--a/", "http://999.1.1.1/"])
    def test_i35_without_a_link_of_its_own_they_are_the_sites(self, link):
        body = '<a href="/x">a</a><a href="https://b.example/">b</a>'
        made = html(body, "html", link=link)
        assert 'href="https://www.example/x"' in made
        assert 'href="https://b.example/"' in made

    def test_i35_without_any_they_go_and_the_absolute_ones_stay(self):
        body = '<a href="/x">a</a><a href="https://b.example/">b</a>'
        article = replace(ARTICLE, link="", body=body, body_kind="html")
        made = body_html(article, home="")
        assert made == f'<a{REL}>a</a><a href="https://b.example/"{REL}>b</a>'

    def test_i35_other_sizes_of_a_picture_are_left_out(self):
        made = html('<img src="/a.png" srcset="/b.png 2x" sizes="1px">', "html")
        assert made == '<img src="https://quay.example/a.png">'

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://a.example/a b", "https://a.example/a%20b"),
            ("https://a.example/a%20b", "https://a.example/a%20b"),
            ("https://a.example/ä?ö", "https://a.example/%C3%A4?%C3%B6"),
            ("https://a.example/50%", "https://a.example/50%25"),
            ("https://a.example/?a=1&b=2", "https://a.example/?a=1&amp;b=2"),
            ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&amp;b=2"),
            ("/a b?ö=1&b=%41", "https://quay.example/a%20b?%C3%B6=1&amp;b=%41"),
            ("mailto:a@b.example", "mailto:a@b.example"),
        ],
    )
    def test_i41_urls_are_escaped_exactly_once(self, url, expected):
        assert html(f'<a href="{url}">x</a>', "html") == (
            f'<a href="{expected}"{REL}>x</a>'
        )

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:x",
            "java&#10;script:x",
            " JavaScript:x",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "https://user:word@a.example/",
            "",
        ],
    )
    def test_r4_a_url_of_another_kind_goes_and_its_text_stays(self, url):
        made = html(f"<a href='{url}'>x</a><img src='{url}' alt='y'>", "html")
        assert made == f"<a{REL}>x</a>"

    def test_urls_shown_as_text_are_left_alone(self):
        shown = '<code>&lt;a href="a b"&gt; &lt;img src=""&gt;</code>'
        assert html(shown, "html") == shown

    def test_a_link_to_nowhere_is_its_text(self):
        assert html("[a]() ![b]() <a href=''>c</a>") == (
            f"<p><a{REL}>a</a>  <a{REL}>c</a></p>"
        )


class TestSanitising:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            pytest.param("<html><head><title>x</title></head><body a><p>y</p></body></html>", "<p>y</p>", id="a whole document"),
            pytest.param("<html><head><title>x</title><style>a{}</style></head><p>y</p></html>", "<p>y</p>", id="a document without body"),
            pytest.param("<body><p>y", "<p>y</p>", id="a document cut short"),
            pytest.param("<p onclick=x style=y>a<script>b</script><style>c</style></p>", "<p>a</p>", id="scripts and styles"),
            pytest.param("<template><p>x</p></template>y", "y", id="templates"),
            pytest.param("<form action='/x'><input value=1>a <button>b</button></form>", "a b", id="forms"),
            pytest.param("<!--[if mso]><p>a</p><![endif]--><p>b</p>", "<p>b</p>", id="office comments"),
            pytest.param("<!--[if !mso]><!--><p>a</p><!--<![endif]--><![if !mso]><p>b</p><![endif]>", "<p>a</p><p>b</p>", id="office comments that show"),
            pytest.param("<xml><w:View>Normal</w:View></xml><p>a<o:p>&nbsp;b</o:p></p>", "<p>a&nbsp;b</p>", id="office elements"),
            pytest.param("<svg><script>x</script><p>y</p></svg>", "<p>y</p>", id="SVG"),
            pytest.param("<noscript><img src='/a.png'></noscript>", '<img src="https://quay.example/a.png">', id="for browsers without scripts"),
            pytest.param("<p>a<img src='data:image/png;base64,AA'></p>", "<p>a</p>", id="data images"),
            pytest.param("<p> </p><p>a</p><p></p>", "<p>a</p>", id="empty paragraphs"),
        ],
    )  # fmt: skip
    def test_i36_it_is_only_text_links_and_pictures(self, body, expected):
        assert html(body, "html") == expected

    def test_i34_control_characters_go(self):
        assert html("<p>a&#1;b&#x85;\u2028🚢</p>", "html") == "<p>ab…\u2028🚢</p>"

    @pytest.mark.parametrize("kind", ["markdown", "html", "text"])
    def test_i40_the_end_of_cdata_is_safe(self, kind):
        assert "]]&gt;" in html("a ]]> b", kind)
        assert "]]>" not in html("a ]]> b <a title=']]>'>c</a>", kind)

    @given(
        st.text(st.characters(), max_size=200).map(legal),
        st.sampled_from(["markdown", "html", "text"]),
    )
    def test_no_text_raises_or_leaves_a_script(self, body, kind):
        assert "<script" not in html(body, kind).lower()


class TestSize:
    def test_i38_a_long_one_is_cut_at_a_paragraph_with_a_link_to_the_rest(self):
        made = html("\n\n".join(["word " * 200] * 100))
        assert len(made) < 70_000
        assert made.endswith(
            '<p><a href="https://quay.example/2021/ferry">Read more</a></p>'
        )

    def test_i38_styles_do_not_use_up_what_may_be_shown(self):
        style = f"<style>{'p { color: red }' * 10_000}</style>"
        head = f"<html><head>{style}</head><body>{style}<p>Shown.</p></body></html>"
        assert html(head, "html") == "<p>Shown.</p>"
        assert html(f"{style}<p>Shown.</p>", "html") == "<p>Shown.</p>"

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            pytest.param(
                "Before.\n\n![A quay](data:image/png;base64,{})\n\nAfter.", "markdown"
            ),
            pytest.param(
                "<p>Before.</p><img alt='' src=\"data:image/png;base64,{}\"><p>After.</p>",
                "html",
            ),
        ],
        ids=["Markdown", "HTML"],
    )
    def test_i38_an_inlined_picture_goes_and_what_follows_stays(self, body, kind):
        shown = html(body.format("QUJD" * 50_000), kind)
        assert "QUJD" not in shown
        assert "Before." in shown
        assert "After." in shown

    def test_twenty_levels_of_quotes_are_kept(self):
        assert html(">" * 20 + " x").count("<blockquote>") == 20

    def test_r5_nesting_goes_as_deep_as_browsers_follow(self):
        assert html("<div>" * 513, "html").count("<div>") == 512
        assert html("<div>" * 600 + "a" + "</div>" * 600 + "<p>b</p>", "html") == (
            "<div>" * 512 + "a" + "</div>" * 512 + "<p>b</p>"
        )

    def test_r5_many_paragraphs_without_an_end_are_not_nesting(self):
        assert html("<p>a" * 5_000, "html").count("<p>") == 5_000

    def test_r5_a_table_that_swells_is_shown_as_text(self):
        table = f"{'|a' * 15_000}|\n{'|-' * 15_000}|\n" + "|a|\n" * 1_000
        assert len(html(table)) < 100_000


_HOSTILE = [
    ">", "> ", "- ", "1. ", "[", "*a", "<b>", "`", "![](data:", "![", "<body ", "</", "<!--",
    "<img src=data:", "data:image/a;base64,", "<div>", "<ul><li>", "<pre>", "|", "[a](",
    "*a **b ", "[^a]", "[^a]: b\n", "- [ ] ", "<i><div>", "<table><tr><td>", "a\n===\n",
    "<iframe>", "<iframe src=x>", "<video><source src=x>", "<object data=x>", "# {",
    "<style>", "<head>", "<xml>", "<noscript>", "<a href=''", "<p> ", "> [!NOTE]\n",
    "<blockquote>", "<a href='x'><iframe src=y>",
]  # fmt: skip


@pytest.mark.parametrize("unit", _HOSTILE)
@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_r5_no_body_takes_long(unit, kind):
    """It is true that 65 kB of anything are rendered in well under two seconds."""
    began = time.process_time()
    html(unit * (65_000 // len(unit)) + "x", kind)
    assert time.process_time() - began < 2


class PanicException(BaseException):
    """What a renderer written in Rust raises where it should not."""


def test_a_body_that_a_renderer_fails_on_is_shown_as_text(monkeypatch):
    def fail(*_, **__):
        raise PanicException

    monkeypatch.setattr("nh3.clean", fail)
    assert html("1 < 2\n\n*and so on*") == "<p>1 &lt; 2</p>\n<p>*and so on*</p>"
