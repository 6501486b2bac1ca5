"""Small articles and entries of our own, and the golden files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.article import Image, Related
from feeds.entry import Entry, FeedFacts, SiteFacts, SourceFeed, Term
from feeds.parse.article import parse_article
from feeds.parse.rules import Parsed, Rules

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def parse() -> Callable[..., Parsed]:
    """Parse a file's text or bytes under rules given by name."""

    def parse(content: str | bytes, path: str = "news/a.md", **rules) -> Parsed:
        content = content.encode() if isinstance(content, str) else content
        return parse_article(path, content, Rules(**rules), modified_at=MODIFIED)

    return parse


@pytest.fixture(scope="session")
def article_of(parse) -> Callable[..., object]:
    """Parse front matter lines, with a title and a date, to an article."""

    def article_of(*lines: str, body: str = "", path: str = "news/a.md", **rules):
        head = "\n".join(("---", "title: Ferry", "date: 2021-01-27", *lines, "---"))
        parsed = parse(f"{head}\n{body}", path, **rules)
        assert parsed.article is not None, parsed.problems
        return parsed.article

    return article_of


@pytest.fixture(scope="session")
def site() -> SiteFacts:
    return SiteFacts(
        title="Harbour & Sons",
        description="News from the quay",
        base_url="https://feeds.example",
        home_page_url="https://www.example/",
        tag_authority="example.org,2026",
        language="en",
        author="The Harbour Desk",
        icon="https://www.example/icon.png",
        logo="https://www.example/logo.png",
        rights="Free to share",
        max_age=timedelta(minutes=5),
    )


@pytest.fixture(scope="session")
def feed_of(site) -> Callable[..., FeedFacts]:
    def feed_of(**changes) -> FeedFacts:
        facts = {
            "site": site,
            "id": "tag:example.org,2026:feed/topics/harbour",
            "stem": "topics/harbour",
            "url": "https://feeds.example/topics/harbour",
            "page_url": "https://feeds.example/topics/harbour.html",
            "title": "Harbour & Sons: Harbour",
            "description": "Harbour: the newest, the hottest first",
            "order": "heat",
            "updated": datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC),
            "formats": ("atom", "rss", "json"),
        }
        return FeedFacts(**{**facts, **changes})

    return feed_of


@pytest.fixture(scope="session")
def rich_entry() -> Entry:
    """An entry that has everything."""
    return Entry(
        id="tag:example.org,2026:article/2021/ferry.md",
        title="Ferry <b> & \u201csons\u201d ]]> 🚢",
        link="https://quay.example/ferry?a=1&b=2",
        about="https://feeds.example/#json-feed-extension",
        via="https://wire.example/ferry",
        amp="https://quay.example/amp/ferry",
        published_at=datetime(2021, 1, 27, 10, 20, 30, tzinfo=UTC),
        updated=datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC),
        summary="It sails & sails. ]]> שמש",
        content_html='<p>It <em>sails</em> &amp; sails. <a href="https://a.example/">]]&gt;</a></p>',
        kind="video",
        language="nb",
        provider="Quay & Co",
        provider_url="https://quay.example/",
        provider_domain="quay.example",
        source=SourceFeed(
            id="tag:example.org,2026:feed/providers/quay.example",
            title="Quay & Co",
            url="https://feeds.example/providers/quay.example",
        ),
        terms=(
            Term(name="Harbour", scheme="https://feeds.example/topics"),
            Term(name="R&D", scheme="https://feeds.example/categories"),
        ),
        images=(
            Image(url="https://img.example/1.jpg", width_px=640, height_px=480),
            Image(url="https://img.example/2.jpg"),
        ),
        related=(
            Related(title="Tug <1>", link="https://tug.example/", provider="Tug"),
            Related(title="Buoy", link="https://buoy.example/"),
        ),
    )


@pytest.fixture(scope="session")
def plain_entry() -> Entry:
    """An entry that has nothing but what it must."""
    return Entry(
        id="tag:example.org,2026:article/plain.md",
        title="Plain",
        link="https://quay.example/plain",
        about="https://feeds.example/#json-feed-extension",
        published_at=datetime(2021, 1, 1, tzinfo=UTC),
        updated=datetime(2021, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare a document with its golden file, or rewrite that (--update-golden)."""

    def golden(name: str, document: bytes) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.write_bytes(document)
        assert document == file.read_bytes()

    return golden
