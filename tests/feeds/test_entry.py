"""What a reader may see of an article, before any format."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feeds.article import Article, ArticlePath, Image, Provider
from feeds.entry import SourceFeed, Term, entry_of, tag_uri

ARTICLE = Article(
    path=ArticlePath("news/a.md"),
    title="Ferry",
    published_at=datetime(2021, 1, 27, tzinfo=UTC),
    significance="",
    link="https://quay.example/2021/ferry",
)
UPDATED = datetime(2021, 2, 3, tzinfo=UTC)


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
        ("language", "stated"),
        [("en", ""), ("EN", ""), ("nb", "nb"), ("en-GB", "en-GB"), ("", "")],
    )
    def test_the_language_is_stated_where_it_is_not_the_sites(
        self, site, language, stated
    ):
        assert self.entry(site, language=language).language == stated

    def test_images_are_media_contents_where_the_site_says_so(self, site):
        images = (Image(url="https://img.example/1.jpg"),)
        assert self.entry(site, images=images).media_contents == ()
        told = replace(site, media_content=True)
        assert self.entry(told, images=images).media_contents == images

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
