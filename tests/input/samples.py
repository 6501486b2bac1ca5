"""Articles that several modules begin with, and what they look at."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import html as lxml_html

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
KEYS = ["date", "publishedDateTime", "pubDate"]
HOME = "https://www.example/"
LINK = "https://quay.example/2021/ferry"
PUBLISH = {"plain_text": "publish"}
IN_ALL = {"formats": ("atom", "rss", "json")}  # for a desk that needs them

# The same article in every dialect; where it has no date, its name has one.
PATH = "2021-01-27-bro.md"
BOM = "\ufeff"
YAML = "---\ntitle: Låst bro\ndate: 2021-01-27\n---\nThe bridge is up.\n"
TOML = '+++\ntitle = "Låst bro"\ndate = 2021-01-27\n+++\nThe bridge is up.\n'
JSON = '{"title": "Låst bro",\n "date": "2021-01-27"}\nThe bridge is up.\n'
HEADERS = "Title: Låst bro\nDate: 2021-01-27\n\nThe bridge is up.\n"
PLAIN = "# Låst bro\nThe bridge is up.\n"
DIALECTS = {
    "YAML": YAML,
    "TOML": TOML,
    "JSON": JSON,
    "headers": HEADERS,
    "none": PLAIN,
}
in_every_dialect = pytest.mark.parametrize(
    "text", DIALECTS.values(), ids=DIALECTS.keys()
)


def is_the_article(parsed) -> bool:
    """Whether that article was found, without a problem."""
    article = parsed.article
    assert article, parsed.problems
    assert parsed.problems == ()
    assert f"{article.published_at:%Y-%m-%d}" == "2021-01-27"
    return (article.title, article.body) == ("Låst bro", "The bridge is up.")


def dated(line: str) -> str:
    """Return an article with such a line for its date."""
    return f"---\ntitle: Ferry\n{line}\n---\n"


def stated(parsed) -> str:
    """Return the instant of the article found, in UTC."""
    assert parsed.article, parsed.problems
    return f"{parsed.article.published_at:%Y-%m-%dT%H:%M:%S.%f}".removesuffix(".000000")


def whole(*lines: str, fence: str = "---", body: str = "It sails.") -> str:
    """Return an article with such lines of front matter."""
    return "\n".join((fence, "title: Ferry", "date: 2021-01-27", *lines, fence, body))


def text_of(html: str) -> str:
    """Return what people read of HTML."""
    return " ".join(lxml_html.fromstring(f"<div>{html}</div>").text_content().split())
