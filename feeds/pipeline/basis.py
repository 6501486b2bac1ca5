"""What a regeneration derives from the settings: rules, facts and their digests."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

import feeds
from feeds import text as legible
from feeds import zones
from feeds.article import Article, Provider
from feeds.catalog import Member
from feeds.entry import FeedFacts, SiteFacts
from feeds.errors import Problem, SettingsError
from feeds.parse.presets import HUGO_SITES
from feeds.parse.rules import Bounds, Rules
from feeds.pipeline.layouts import site_of
from feeds.plan import Feed, Placing, PlanRules
from feeds.registry import Registry
from feeds.settings import Defaults, Settings, Source, home_page
from feeds.source import Folder

EPOCH = datetime.fromtimestamp(0, UTC)  # `updated` of a feed that never had an entry
TAG_AUTHORITY = "tag_authority"  # the catalog's key of the one pinned
NO_DOMAIN = "localhost,2026"  # the authority of a base URL that has none
_WINDOWS_S = {
    "24h": 86_400.0,
    "7d": 7 * 86_400.0,
    "30d": 30 * 86_400.0,
    "all": math.inf,
}
_SEQUENCES: Mapping[str, str] = {
    "heat": "the newest articles, the hottest first",
    "latest": "the newest articles, the newest first",
    "hot": "what is hot now",
    "top": "the hottest of late",
}


_ARTICLE = msgspec.msgpack.Decoder(Article)
_PLACING = msgspec.msgpack.Decoder(Placing)
_PROBLEM = msgspec.msgpack.Decoder(Problem)


def decode_article(content: bytes) -> Article:
    """Return the article that the catalog holds as `content`."""
    return _ARTICLE.decode(content)


def decode_placing(content: bytes) -> Placing:
    """Return the placing that the catalog holds as `content`."""
    return _PLACING.decode(content)


def decode_problem(content: bytes) -> Problem:
    """Return the problem that the catalog holds as `content`."""
    return _PROBLEM.decode(content)


def digest(*parts: object) -> str:
    """Return a short digest that changes with any of `parts`."""
    joined = "\x00".join(str(part) for part in parts)
    return blake2b(joined.encode(), digest_size=8).hexdigest()


@cache
def code_digest() -> str:
    """Return the digest of this package's code: a new version trusts no old cache.

    Nor does it where one of the packages that read and render was installed anew.
    """
    files = sorted(Path(feeds.__file__).parent.rglob("*.py"))
    installed = (file.stat().st_mtime_ns for file in installed_files())
    return digest(*(file.read_bytes() for file in files), *installed)


# What fragments depend on beside our code.
_PACKAGES = ("feedgen", "frontmatter", "lxml", "nh3", "pyromark", "yaml")


def installed_files() -> Iterator[Path]:
    """Yield a file of each package; asking for versions would take longer."""
    for name in _PACKAGES:
        spec = find_spec(name)
        if spec and spec.origin:
            yield Path(spec.origin)


def rules_of(settings: Settings) -> list[tuple[Rules, str]]:
    """Return the parsing rules of each source, with a digest "of all:of policies".

    Only the policies may hold back what was published under others.
    """
    rules = [_rules(settings, source) for source in settings.sources]
    zone_data = zones.digest_of(settings.site.time_zone)
    return [(each, _rules_digest(each, zone_data)) for each in rules]


def _rules_digest(rules: Rules, zone_data: str) -> str:
    # Media files are looked at again by every survey, wherever they lie.
    portable = replace(rules, media_path="")
    policies = (rules.plain_text, rules.undated, rules.default_date)
    keys = (rules.preset, rules.fields)
    return f"{code_digest()}{digest(portable, zone_data)}:{digest(*policies, *keys)}"


def folders(settings: Settings) -> list[Folder]:
    """Return the sources as a scan wants them."""
    return [
        Folder(
            path=source.path,
            name=source.name,
            include=source.include,
            exclude=source.exclude,
        )
        for source in settings.sources
    ]


def _rules(settings: Settings, source: Source) -> Rules:
    defaults, limits = source.defaults, settings.limits
    zone = zones.zone_of(settings.site.time_zone)
    return Rules(
        zone=zone,
        home=f"{home_page(settings).rstrip('/')}/",
        plain_text=source.plain_text,
        undated=source.undated,
        future=source.future,
        preset=source.preset,
        fields=_fields(source),
        permalink=source.permalink,
        media_url=f"{source.media_url.rstrip('/')}/" if source.media_url else "",
        media_path=source.media_path,
        default_date=_default_date(defaults, zone),
        default_provider=_default_provider(defaults),
        default_topics=tuple(filter(None, map(legible.clean, defaults.topics))),
        default_categories=tuple(filter(None, (legible.clean(defaults.category),))),
        default_language=defaults.language,
        file_limit_bytes=limits.file_bytes,
        front_matter_limit_bytes=limits.front_matter_bytes,
        bounds=bounds_of(settings),
        **_of_site(source),
    )


class _OfSite(TypedDict, total=False):
    unshown_shortcodes: tuple[str, ...]
    is_in_hugo_site: bool


def _of_site(source: Source) -> _OfSite:
    """Return what the rules of a source take from the folders around it."""
    if source.preset != "auto" and source.preset not in HUGO_SITES:
        return {}
    site = site_of(source.path)
    return {"unshown_shortcodes": site.unshown, "is_in_hugo_site": site.is_hugo}


def bounds_of(settings: Settings) -> Bounds:
    """Return how much of one file is read."""
    return Bounds(
        nesting=settings.limits.nesting,
        nodes=settings.limits.nodes,
        related=settings.feeds.related_limit,
    )


def _fields(source: Source) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the configured keys of each field, as the parser compares them."""
    return tuple(
        (field, tuple(key.strip().casefold() for key in keys))
        for field, keys in sorted(source.fields.items())
    )


def _default_date(defaults: Defaults, zone: ZoneInfo) -> datetime | None:
    if not defaults.date:
        return None
    found = legible.parse_date(defaults.date, zone)
    if found is None:
        raise SettingsError(
            key="sources.defaults.date",
            expected="expected a date such as 2021-01-27",
            value=defaults.date,
        )
    return found[0]


def _default_provider(defaults: Defaults) -> Provider | None:
    name = legible.clean(defaults.provider.name)
    domain = legible.domain_of(defaults.provider.domain)
    return Provider(name=name or domain, domain=domain) if name or domain else None


def plan_rules(settings: Settings, registry: Registry) -> PlanRules:
    """Return what the settings say about feeds."""
    return PlanRules(
        orders=settings.feeds.orders,
        limit=settings.feeds.limit,
        half_life=settings.feeds.half_life,
        window_s=_WINDOWS_S[settings.feeds.top_window],
        registry=registry,
        include_children=settings.feeds.include_children,
        tag_minimum=settings.feeds.tag_minimum,
    )


def default_authority(settings: Settings) -> str:
    """Return the tag authority of a site that names none (RFC 4151, 2.1)."""
    host = urlsplit(settings.site.base_url).hostname or ""
    named = legible.domain_of(host) if not host.replace(".", "").isdigit() else ""
    made = f"{named},2026" if named else NO_DOMAIN
    return settings.site.tag_authority or made


def site_facts(settings: Settings, tag_authority: str) -> SiteFacts:
    """Return what all feeds of the site state."""
    site = settings.site
    return SiteFacts(
        title=legible.clean(site.title),
        description=legible.clean(site.description),
        base_url=site.base_url.rstrip("/"),
        home_page_url=home_page(settings),
        tag_authority=tag_authority,
        language=site.language,
        author=legible.clean(site.author),
        icon=site.icon,
        logo=site.logo,
        rights=legible.clean(site.rights),
        max_age=settings.server.max_age,
        media_content=settings.feeds.media_content,
    )


def site_digest(settings: Settings, site: SiteFacts) -> str:
    """Return a digest that changes with whatever all documents depend on."""
    # The home page as it is set, too: where it is not, a feed names its twin.
    home = settings.site.home_page_url
    parts = (site, home, settings.feeds, settings.output.encodings)
    return digest(code_digest(), msgspec.json.encode(parts))


def placing_key(settings: Settings, site: SiteFacts, registry: Registry) -> str:
    """Return a digest that changes with whatever places an article in feeds.

    And with whatever all documents depend on: then all feeds are looked at, too.
    """
    return digest(site_digest(settings, site), registry_digest(registry))


def registry_digest(registry: Registry) -> str:
    """Return a digest that changes with anything that is registered."""
    registered = (registry.topics, registry.providers, sorted(registry.platforms))
    return digest(msgspec.json.encode(registered, order="sorted"))


def feed_url(site: SiteFacts, stem: str) -> str:
    """Return the URL of a feed without its extension."""
    return f"{site.base_url}/{legible.path_escaped(stem)}"


def _page_url(twin: str, feed: Feed[Member], site: SiteFacts, own_home: str) -> str:
    """Return the page for people that a feed names: what the site has, else its twin."""
    if feed.base == "all" and own_home:
        return own_home
    return twin or site.home_page_url


def feed_facts(
    feed: Feed[Member], site: SiteFacts, settings: Settings, updated: datetime
) -> FeedFacts:
    """Return what a feed's documents state of it; the ids of its orders begin alike."""
    subject = f"{site.title}: {feed.label}" if feed.label else site.title
    twin = f"{feed_url(site, feed.base)}.html" if settings.feeds.html else ""
    about = f"{feed.label or site.title}: {_SEQUENCES[feed.order]}"
    return FeedFacts(
        site=site,
        id=f"{feed.id}{legible.path_escaped(feed.stem.removeprefix(feed.base))}",
        stem=feed.stem,
        url=feed_url(site, feed.stem),
        page_url=_page_url(twin, feed, site, settings.site.home_page_url),
        twin_url=twin,
        title=subject if feed.is_default else f"{subject} ({feed.order})",
        description=site.description
        if feed.stem == "all" and site.description
        else about,
        order=feed.order,
        updated=updated,
        formats=settings.feeds.formats,
        image=feed.image,
    )
