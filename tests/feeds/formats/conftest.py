"""An entry with audio."""

from dataclasses import replace

import pytest

from feeds.article import Enclosure
from feeds.entry import Entry


@pytest.fixture(scope="session")
def audio_entry(plain_entry) -> Entry:
    """An episode with all that is known of its file, and two files less known."""
    return replace(
        plain_entry,
        id="tag:example.org,2026:article/episode.md",
        title="Episode",
        enclosures=(
            Enclosure(
                url="https://media.example/1.mp3?a=1&b=%20",
                media_type="audio/mpeg",
                size_bytes=12_345_678,
                duration_s=3_461,
            ),
            Enclosure(
                url="https://media.example/1.mp4",
                media_type="video/mp4",
                duration_s=3_462,
            ),
            Enclosure(url="https://media.example/1.pdf", media_type="application/pdf"),
        ),
    )
