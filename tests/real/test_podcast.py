"""A real podcast with TOML front matter: every episode with its date, time and file."""

import json
import re
import tomllib
from datetime import UTC, datetime

import feedparser
import pytest

from feeds.text import parse_duration
from tests.real.conftest import SHARED, build, source

EPISODES = SHARED / "corpus" / "adohugo" / "episode"
MEDIA = "https://media.example/ado/"
SETTINGS = f"""\
preset = "podcast"
media_url = "{MEDIA}"
permalink = "/:title/"
[feeds]
limit = 1000
"""


def stated():
    """Return what each file states, by its path, read by Python's own TOML reader."""
    found = {}
    for file in EPISODES.glob("*.md"):
        front_matter = re.split(
            r"^\+\+\+[ \t]*$", file.read_text("utf-8"), flags=re.MULTILINE
        )[1]
        # One key is spelt with a capital here and there.
        pairs = tomllib.loads(front_matter).items()
        found[file.name] = {key.lower(): value for key, value in pairs}
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("podcast"), source(EPISODES, SETTINGS))


def test_every_episode_is_there_with_date_duration_and_enclosure(built):
    items = {item["id"].partition(":article/")[2]: item for item in built.items("all")}
    episodes = stated()
    assert items.keys() == episodes.keys()
    for name, facts in episodes.items():
        item = items[name]
        published = datetime.fromisoformat(item["date_published"])
        # Hugo waits for the later of the two; they differ by seconds here and there.
        later = max(facts["date"], facts.get("publishdate", facts["date"]))
        assert published == later.astimezone(UTC), name
        (file,) = item["attachments"]
        assert file["url"] == MEDIA + facts["podcast_file"], name
        assert file["mime_type"] == "audio/mpeg"
        duration = parse_duration(facts.get("podcast_duration") or "0")
        assert file.get("duration_in_seconds", 0) == duration, name
        size_bytes = int(facts.get("podcast_bytes") or 0)
        assert file.get("size_in_bytes", 0) == size_bytes, name


def test_nothing_is_wrong_with_it(built):
    assert (built.code, built.report["problems"]) == (0, [])


def test_podcast_apps_find_the_same(built):
    facts = stated()
    parsed = feedparser.parse((built.output / "all.rss").read_bytes())
    assert not parsed.bozo
    assert len(parsed.entries) == len(facts)
    for entry in parsed.entries:
        (enclosure,) = entry.enclosures
        name = entry.id.partition(":article/")[2]
        assert enclosure.href == MEDIA + facts[name]["podcast_file"]
        assert enclosure.type == "audio/mpeg"
    first = json.loads((built.output / "all.json").read_bytes())["items"][0]
    assert parsed.entries[0].id == first["id"]
