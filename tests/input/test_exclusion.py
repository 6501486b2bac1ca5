"""What says that it is not to be published."""

import pytest

from feeds.plan import Placing, exclusion
from tests.input.samples import NOW

DATE = "date: 2021-01-27"


def excluded(article) -> str:
    """Return why an article may not be published at noon."""
    expires_ts = article.expires_at.timestamp() if article.expires_at else 0
    placing = Placing(
        path=article.path,
        published_ts=article.published_at.timestamp(),
        heat=article.heat,
        withheld=article.withheld,
        expires_ts=expires_ts,
    )
    return exclusion(placing, NOW.timestamp())


class TestExclusion:
    @pytest.mark.parametrize("preset", ["auto", "jekyll", "hugo"])
    @pytest.mark.parametrize(
        ("line", "is_out"),
        [
            ("published: false", True),
            ("published: true", False),
            ("removed: true", True),
            ("removed: false", False),
            ("draft: true", True),
            ("draft: false", False),
            ("expirydate: 2026-11-19", True),
            ("expirydate: 2026-11-20T11:59:59Z", True),
            ("expirydate: 2026-11-20T12:00:01Z", False),
            ("expirydate: 2027-01-01", False),
            ("unpublish: 2026-11-19", True),
            ("unpublish: 2027-01-01", False),
            ("expirydate: null", False),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_i22_what_says_so_is_excluded(self, article_of, preset, line, is_out):
        assert bool(excluded(article_of(line, preset=preset))) is is_out

    def test_i22_it_does_so_whatever_stands_beside_it(self, article_of):
        """A file that looks like Hugo's by its `draft` has an end all the same."""
        assert excluded(article_of("draft: false", "unpublish: 2026-11-19"))

    @pytest.mark.parametrize("preset", ["hugo", "podcast"])
    def test_i22_hugo_has_another_word_for_it(self, article_of, preset):
        assert excluded(article_of("unpublishDate: 2026-11-19", preset=preset))

    def test_i22_a_day_ends_publication_in_the_sites_time_zone(self, desk_of):
        desk = desk_of(site={"time_zone": "America/New_York"})
        desk.story("kept.md", "expirydate: 2026-11-20T12:00:01")
        desk.story("gone.md", "expirydate: 2026-11-20T06:59:59")
        for line in ("published: false", "removed: true", "draft: true"):
            desk.story(f"{line[:4]}.md", line)
        desk.build()
        assert desk.titles() == ["kept.md"]

    def test_i22_an_unreadable_end_is_reported(self, warnings_of):
        found = warnings_of(f"---\ntitle: A\n{DATE}\nexpirydate: soon\n---\n")
        assert [(key, line) for key, line, _ in found] == [("expirydate", 4)]
