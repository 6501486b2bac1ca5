"""What no type can say of a source's settings."""

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from feeds.errors import SettingsError
from feeds.parse.links import TOKENS, unknown_tokens
from feeds.parse.presets import FIELDS, STYLES
from feeds.parse.secrets import is_secured
from feeds.settings.model import Settings, Source
from feeds.text import domain_of, is_language, parse_date, web_link


def refuse_source_faults(settings: Settings, origin: Callable[[str], str]) -> None:
    """Refuse fields, permalinks, URLs and defaults that are none.

    Args:
        settings: As they were given.
        origin: Tells where the setting of a key such as "sources[0].permalink" stands.

    Raises:
        SettingsError: one is wrong.
    """
    zone = ZoneInfo(settings.site.time_zone)
    for at, source in enumerate(settings.sources):
        for key, value, expected in (*_faults(source), *_default_faults(source, zone)):
            place = f"sources[{at}].{key}"
            raise SettingsError(
                key=place, expected=expected, value=value, origin=origin(place)
            )


def _faults(source: Source) -> Iterator[tuple[str, str | None, str]]:
    """Yield (key, value, what was expected) of each."""
    for field, keys in source.fields.items():
        if field not in FIELDS:
            yield (
                f"fields.{field}",
                None,
                f"unknown field; known are {', '.join(FIELDS)}",
            )
        for key in keys:
            if not key.strip():
                yield f"fields.{field}", key, "expected keys of front matter"
            elif is_secured(key):
                expected = "expected keys of front matter that may be published"
                yield f"fields.{field}", key, expected
    link = STYLES.get(source.permalink, source.permalink)
    if link and not (link.startswith("/") and (":title" in link or ":name" in link)):
        expected = 'expected a path such as "/:year/:title/", with :title or :name'
        yield "permalink", source.permalink, expected
    if unknown_tokens(link):
        known = " ".join(f":{token}" for token in TOKENS)
        yield "permalink", source.permalink, f"expected no tokens but {known}"
    if source.media_url and not web_link(source.media_url):
        yield "media_url", source.media_url, "expected an http(s) URL"


def _default_faults(source: Source, zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    """Yield the same of what is said in the place of articles."""
    stated = source.defaults
    if stated.date and not parse_date(stated.date, zone):
        yield "defaults.date", stated.date, "expected a date such as 2021-01-27"
    if stated.language and not is_language(stated.language):
        expected = 'expected a language tag such as "en" or "pt-BR"'
        yield "defaults.language", stated.language, expected
    domain = stated.provider.domain
    if domain and not domain_of(domain):
        expected = 'expected a domain such as "example.org"'
        yield "defaults.provider.domain", domain, expected
