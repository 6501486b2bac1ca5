"""Every setting with its type, its bounds and its default."""

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

Order = Literal["heat", "latest", "hot", "top"]
FeedFormat = Literal["atom", "rss", "json"]
AUTO = "auto"  # no folder: one of that name is "./auto"


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The site that the feeds belong to."""

    title: Annotated[str, Meta(min_length=1)] = "News"
    description: str = ""
    base_url: str = "http://127.0.0.1:8000"
    home_page_url: str = ""
    tag_authority: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    author: str = ""
    icon: str = ""
    logo: str = ""
    rights: str = ""


class ProviderDefault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who published an article that does not say so."""

    name: str = ""
    domain: str = ""


class Defaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts for the articles of a source that do not state them."""

    date: str = ""
    category: str = ""
    topics: tuple[str, ...] = ()
    provider: ProviderDefault = ProviderDefault()
    language: str = ""


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One folder of articles."""

    path: str
    name: str = ""
    include: tuple[str, ...] = (
        "*.md",
        "*.markdown",
        "*.html",
        "*.htm",
        "*.txt",
    )
    exclude: tuple[str, ...] = (
        "_data/*",
        "_includes/*",
        "_layouts/*",
        "_site/*",
        "node_modules/*",
    )
    plain_text: Literal["hold", "publish"] = "hold"
    undated: Literal["hold", "mtime", "git"] = "hold"
    future: Literal["embargo", "clamp"] = "embargo"
    preset: Literal["auto", "smartable", "jekyll", "hugo", "podcast"] = "auto"
    fields: dict[str, tuple[str, ...]] = {}
    permalink: str = ""
    media_url: str = ""
    media_path: str = ""
    defaults: Defaults = Defaults()


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic of the site, and the other names that articles give it."""

    name: Annotated[str, Meta(min_length=1)]
    slug: str = ""
    parent: str = ""
    aliases: tuple[str, ...] = ()
    image: str = ""
    keywords: tuple[str, ...] = ()


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider, and the other names and domains that articles give it."""

    name: Annotated[str, Meta(min_length=1)]
    domain: str = ""
    slug: str = ""
    aliases: tuple[str, ...] = ()
    image: str = ""
    keywords: tuple[str, ...] = ()


class RegistryFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where more topics and providers are registered: folders as Jekyll's `_data`.

    `AUTO` among them stands for what lies beside a source (see `feeds.settings.beside`).
    """

    folders: tuple[str, ...] = (AUTO,)


class Feeds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which feeds exist and what they hold."""

    limit: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    orders: tuple[Order, ...] = ("heat", "latest", "hot", "top")
    formats: Annotated[tuple[FeedFormat, ...], Meta(min_length=1)] = (
        "atom",
        "rss",
        "json",
    )
    html: bool = True
    half_life: timedelta = timedelta(hours=24)
    top_window: Literal["24h", "7d", "30d", "all"] = "7d"
    related_limit: Annotated[int, Meta(ge=0, le=100)] = 10
    tag_minimum: Annotated[int, Meta(ge=1)] = 2
    include_children: bool = False
    empty_grace: timedelta = timedelta(days=30)
    media_content: bool = False
    platforms: tuple[str, ...] = (
        "facebook.com",
        "medium.com",
        "msn.com",
        "reddit.com",
        "substack.com",
        "twitch.tv",
        "vimeo.com",
        "yahoo.com",
        "youtube.com",
    )


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on one article file; beyond them it is quarantined."""

    file_bytes: Annotated[int, Meta(ge=1)] = 16 * 1024 * 1024
    front_matter_bytes: Annotated[int, Meta(ge=1)] = 1024 * 1024
    nesting: Annotated[int, Meta(ge=1, le=100)] = 20
    nodes: Annotated[int, Meta(ge=1)] = 50_000


class Output(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a build writes."""

    path: str = "output"
    state: str = ""
    encodings: tuple[Literal["gzip", "br", "zstd"], ...] = ("gzip", "br", "zstd")


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the server listens, and how long its answers stay fresh."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    max_age: timedelta = timedelta(minutes=5)
    stale_while_revalidate: timedelta = timedelta(seconds=30)
    stale_if_error: timedelta = timedelta(days=1)


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the feeds are regenerated; `cron`, when set, replaces `interval`.

    `cron` is counted by the clocks of `time_zone`.
    """

    interval: timedelta = timedelta(minutes=5)
    cron: str = ""
    time_zone: str = "UTC"
    watch: bool = True
    debounce: timedelta = timedelta(milliseconds=20)
    build_timeout: timedelta = timedelta(minutes=30)
    stale_after: timedelta = timedelta(hours=1)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its effective value."""

    site: Site = Site()
    sources: tuple[Source, ...] = ()
    topics: tuple[Topic, ...] = ()
    providers: tuple[Provider, ...] = ()
    registry: RegistryFiles = RegistryFiles()
    feeds: Feeds = Feeds()
    limits: Limits = Limits()
    output: Output = Output()
    server: Server = Server()
    schedule: Schedule = Schedule()
