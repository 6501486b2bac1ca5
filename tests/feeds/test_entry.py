"""What a reader may see of an article, before any format."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Article, ArticlePath, Provider
from feeds.entry import SourceFeed, Term, body_html, entry_of, tag_uri
from feeds.text import legal

ARTICLE = Article(
    path=ArticlePath("news/a.md"),
    title="Ferry",
    published_at=datetime(2021, 1, 27, tzinfo=UTC),
    significance="",
    link="https://quay.example/2021/ferry",
)
UPDATED = datetime(2021, 2, 3, tzinfo=UTC)


def html(body, kind="markdown", **facts):
    return body_html(replace(ARTICLE, body=body, body_kind=kind, **facts))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a.md", "tag:example.org,2026:article/a.md"),
        (
            "日本/a b#?.md",
            "tag:example.org,2026:article/%E6%97%A5%E6%9C%AC/a%20b%23%3F.md",
        ),
    ],
)
def test_a_tag_uri_is_a_uri(path, uri):
    assert tag_uri("example.org,2026", "article", path) == uri


class TestBody:
    @pytest.mark.parametrize(
        ("body", "kind", "expected"),
        [
            pytest.param("", "markdown", "", id="none"),
            pytest.param("It *sails*.", "markdown", "<p>It <em>sails</em>.</p>", id="Markdown"),
            pytest.param("a < b\nc\n\nd", "text", "<p>a &lt; b<br>\nc</p>\n<p>d</p>", id="text"),
            pytest.param("<html><head><title>x</title></head><body a><p>y</p></body></html>", "html", "<p>y</p>", id="a whole document"),
            pytest.param("<p onclick=x>a<script>b</script><style>c</style></p>", "html", "<p>a</p>", id="scripts and styles"),
            pytest.param("<p>a<img src='data:image/png;base64,AA'></p>", "html", "<p>a</p>", id="data images"),
            pytest.param("<p>a&#1;b&#x85;</p>", "html", "<p>ab…</p>", id="control characters"),
            pytest.param("<p>]]&gt; ]]></p>", "html", "<p>]]&gt; ]]&gt;</p>", id="end of CDATA"),
            pytest.param("<a href='javascript:x'>a</a>", "html", '<a rel="noopener noreferrer">a</a>', id="javascript"),
        ],
    )  # fmt: skip
    def test_it_is_sanitised(self, body, kind, expected):
        assert html(body, kind) == expected

    @pytest.mark.parametrize(
        ("href", "expected"),
        [
            ("/x", "https://quay.example/x"),
            ("x", "https://quay.example/2021/x"),
            ("//other.example/x", "https://other.example/x"),
            (
                "https://other.example/?a=1&amp;b=2",
                "https://other.example/?a=1&amp;b=2",
            ),
        ],
    )
    def test_links_and_images_are_absolute(self, href, expected):
        made = html(f'<a href="{href}"></a><img src="{href}">', "html")
        assert f'href="{expected}"' in made
        assert f'src="{expected}"' in made

    @pytest.mark.parametrize("link", ["", "http://xn--a/", "http://999.1.1.1/"])
    def test_a_link_that_no_browser_takes_costs_only_the_relative_links(self, link):
        made = html(
            '<a href="/x">a</a><a href="https://b.example/">b</a>', "html", link=link
        )
        assert "/x" not in made
        assert 'href="https://b.example/"' in made

    def test_a_long_one_is_cut_at_a_paragraph_with_a_link_to_the_rest(self):
        made = html("\n\n".join(["word " * 200] * 100))
        assert len(made) < 70_000
        assert made.endswith(
            '<p><a href="https://quay.example/2021/ferry">Read more</a></p>'
        )

    @pytest.mark.timeout(5)
    @pytest.mark.parametrize("part", [">", "> ", "- ", "1. ", "[", "*a", "<b>", "`"])
    def test_its_time_is_bounded_however_deep_it_nests(self, part):
        assert isinstance(html(part * (65_000 // len(part)) + "x"), str)

    def test_twenty_levels_of_quotes_are_kept(self):
        assert html(">" * 20 + " x").count("<blockquote>") == 20

    @given(
        st.text(st.characters(), max_size=200).map(legal),
        st.sampled_from(["markdown", "html", "text"]),
    )
    def test_no_text_raises_or_leaves_a_script(self, body, kind):
        assert "<script" not in html(body, kind).lower()


class TestEntry:
    def entry(self, site, **facts):
        article = replace(ARTICLE, **facts)
        return entry_of(article, id="tag:x", updated=UPDATED, source=None, site=site)

    def test_identity_and_updated_come_from_outside(self, site):
        source = SourceFeed(id="tag:s", title="S", url="https://s.example/s")
        made = entry_of(ARTICLE, id="tag:x", updated=UPDATED, source=source, site=site)
        assert (made.id, made.updated, made.source) == ("tag:x", UPDATED, source)

    @pytest.mark.parametrize(
        ("excerpt", "body", "summary"),
        [
            pytest.param("Short", "Long", "Short", id="excerpt"),
            pytest.param(
                "", "It *sails* &amp; sails.", "It sails & sails.", id="opening"
            ),
            pytest.param("", "", "", id="none"),
        ],
    )
    def test_the_summary_is_the_excerpt_else_the_opening(
        self, site, excerpt, body, summary
    ):
        assert self.entry(site, excerpt=excerpt, body=body).summary == summary

    def test_a_long_opening_is_cut(self, site):
        summary = self.entry(site, body="word " * 200).summary
        assert len(summary) <= 300
        assert summary.endswith("word…")

    @pytest.mark.parametrize(
        ("language", "stated"), [("en", ""), ("nb", "nb"), ("", "")]
    )
    def test_the_language_is_stated_where_it_is_not_the_sites(
        self, site, language, stated
    ):
        assert self.entry(site, language=language).language == stated

    @pytest.mark.parametrize(
        ("provider", "url"),
        [
            (None, ""),
            (Provider(name="Quay"), ""),
            (Provider(name="Quay", domain="quay.example"), "https://quay.example/"),
            (Provider(name="Quay", domain="münchen.example"), ""),
        ],
    )
    def test_a_provider_has_a_page_when_its_domain_is_known(self, site, provider, url):
        assert self.entry(site, provider=provider).provider_url == url

    def test_topics_and_categories_are_terms_of_their_lists(self, site):
        made = self.entry(site, topics=("Harbour",), categories=("Rail",))
        assert made.terms == (
            Term(name="Harbour", scheme="https://feeds.example/topics"),
            Term(name="Rail", scheme="https://feeds.example/categories"),
        )


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
def test_an_inlined_picture_goes_and_what_follows_stays(body, kind):
    shown = html(body.format("QUJD" * 50_000), kind)
    assert "QUJD" not in shown
    assert "Before." in shown
    assert "After." in shown


class PanicException(BaseException):
    """What a renderer written in Rust raises where it should not."""


def test_a_body_that_a_renderer_fails_on_is_shown_as_text(monkeypatch):
    def fail(*_, **__):
        raise PanicException

    monkeypatch.setattr("nh3.clean", fail)
    assert html("1 < 2\n\n*and so on*") == "<p>1 &lt; 2</p>\n<p>*and so on*</p>"


@pytest.mark.parametrize(
    "unit", ["![](data:", "![", "<img src=data:", "data:image/a;base64,", "<body "]
)
def test_no_run_of_openings_takes_long(unit):
    """It is true that a body is rendered in time about linear in its size."""
    assert html(unit * 4_000, "html") is not None
    assert html(unit * 4_000) is not None
