"""What parsing is told, and what it answers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

from feeds.article import Article, Provider
from feeds.errors import Problem

# "held" is by policy, "empty" and "quarantined" are not: there the last good stays.
Outcome = Literal["article", "held", "empty", "quarantined"]
PresetName = Literal["auto", "smartable", "jekyll", "hugo", "podcast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of one front matter is read.

    More levels of nesting, or more values with every alias spelt out, are refused; of
    `related` the first so many items are read, and the rest passed over.
    """

    nesting: int = 20
    nodes: int = 50_000
    related: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a source prescribes for its files.

    `zone` applies to dates without an offset; `home` is the URL that relative links
    start at. `preset` and `fields` tell which keys carry which field, `permalink` where
    an article without a URL is, `media_url` where its media files are, and `media_path`
    the folder on this machine that this means, for who may look. `plain_text`,
    `undated` and `future` are policies, the `default_` values are taken where a file
    states none. `unshown_shortcodes` are Hugo's that do not, or not always, show the text
    that they enclose (sorted). `is_in_hugo_site`: the folders around it are Hugo's.
    """

    zone: tzinfo = UTC
    home: str = "http://127.0.0.1:8000/"
    plain_text: Literal["hold", "publish"] = "hold"
    undated: Literal["hold", "mtime", "git"] = "hold"
    future: Literal["embargo", "clamp"] = "embargo"
    preset: PresetName = "auto"
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    permalink: str = ""
    media_url: str = ""
    media_path: str = ""
    default_date: datetime | None = None
    default_provider: Provider | None = None
    default_topics: tuple[str, ...] = ()
    default_categories: tuple[str, ...] = ()
    default_language: str = ""
    unshown_shortcodes: tuple[str, ...] = ()
    is_in_hugo_site: bool = False
    file_limit_bytes: int = 16 * 1024 * 1024
    front_matter_limit_bytes: int = 1024 * 1024
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What became of one file.

    `look` is the preset that its front matter looks like, "" without any; `is_undated`
    says that no date was found, not even one of last resort. `formerly` is the article's
    significance as an older release told it.
    """

    outcome: Outcome
    article: Article | None = None
    problems: tuple[Problem, ...] = ()
    look: str = ""
    is_undated: bool = False
    formerly: str = ""
