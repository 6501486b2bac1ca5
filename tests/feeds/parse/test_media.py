"""Enclosures, however podcast themes spell them."""

import pytest

from feeds.article import Enclosure
from feeds.parse.article import parse_article
from feeds.parse.rules import Rules
from feeds.text import parse_duration
from tests.feeds.conftest import MODIFIED

MP3 = "https://cdn.example/a.mp3"
HEAD = "---\ntitle: A\ndate: 2021-01-27\n"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([f"enclosure: {MP3}", "bytes: 1000", "duration: 61"], id="a URL"),
        pytest.param(
            [
                f"enclosure: {{url: '{MP3}', length: '1,000', duration: PT1M1S}}",
            ],
            id="a mapping",
        ),
        pytest.param(
            [f"audio: [{{src: '{MP3}', size: 1000, duration: '00:01:01'}}]"],
            id="a list of mappings",
        ),
        pytest.param(
            [
                "podcast_file: a.mp3",
                'podcast_bytes: "1000"',
                'podcast_duration: "1:01"',
            ],
            id="the name of a file",
        ),
        pytest.param(
            [
                "enclosure: |",
                *(f"  {line}" for line in (MP3, "1000", "audio/mpeg")),
                "duration: 1:01",
            ],
            id="three lines",
        ),
    ],
)
def test_i25_an_enclosure_is_one_however_it_is_spelt(article_of, lines):
    article = article_of(*lines, media_url="https://cdn.example/")
    assert article.enclosures == (
        Enclosure(url=MP3, media_type="audio/mpeg", size_bytes=1000, duration_s=61),
    )


@pytest.mark.parametrize(
    ("line", "media_type"),
    [
        pytest.param(
            "enclosure: https://x.example/a.M4A?b=c.mp3", "audio/x-m4a", id="m4a"
        ),
        pytest.param(
            "enclosure: https://x.example/a", "application/octet-stream", id="-"
        ),
        pytest.param(
            "enclosure: {url: 'https://x.example/a.mp3', type: Audio/X}",
            "audio/x",
            id="own",
        ),
        pytest.param(
            "enclosure: {url: 'https://x.example/a.mp3', type: mp3}",
            "audio/mpeg",
            id="not one",
        ),
    ],
)
def test_the_type_is_stated_or_told_by_the_suffix(article_of, line, media_type):
    (enclosure,) = article_of(line).enclosures
    assert enclosure.media_type == media_type


def test_what_is_stated_beside_it_is_the_first_ones(article_of):
    first, second = article_of(
        "bytes: 7", "enclosures: [https://x.example/a.mp3, https://x.example/b.ogg]"
    ).enclosures
    assert (first.size_bytes, second.size_bytes) == (7, 0)


def test_a_missing_size_is_measured():
    text = f"{HEAD}podcast_file: a.mp3\n---\n"
    asked = []

    def measure(url):
        asked.append(url)
        return 42

    rules = Rules(media_url="https://cdn.example/media/")
    parsed = parse_article(
        "a.md", text.encode(), rules, modified_at=MODIFIED, measure=measure
    )
    assert parsed.article.enclosures[0].size_bytes == 42
    assert asked == ["https://cdn.example/media/a.mp3"]


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        pytest.param("enclosure: javascript:x", "enclosure", id="no web link"),
        pytest.param("enclosure: {length: 5}", "enclosure.url", id="no URL"),
        pytest.param("enclosure: 5", "enclosure", id="a number"),
        pytest.param(f"enclosure: {MP3}\nbytes: many", "bytes", id="no size"),
        pytest.param(f"enclosure: {MP3}\nduration: long", "duration", id="no time"),
        pytest.param(f"enclosure: {{url: '{MP3}', size: x}}", "enclosure", id="inside"),
    ],
)
def test_what_is_none_is_reported(parse, lines, key):
    parsed = parse(f"{HEAD}{lines}\n---\n")
    assert [problem.key for problem in parsed.problems] == [key]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT9M9S", 549),
        ("PT1H", 3_600),
        ("pt2m", 120),
        ("P1DT1S", 86_401),
        ("01:02:03", 3_723),
        ("57:41", 3_461),
        ("90:00", 5_400),
        ("549", 549),
        ("549.7", 549),
        ("00:39:51", 2_391),
        ("P", None),
        ("PT", None),
        ("1:2:3:4", None),
        ("-5", None),
        ("", None),
        ("99999999", None),
        ("9" * 5_000, None),
        ("long", None),
    ],
)
def test_i24_a_duration_is_one_thing(text, seconds):
    assert parse_duration(text) == seconds
