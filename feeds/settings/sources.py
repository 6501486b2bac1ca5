"""What no type can say of a source's settings."""

from collections.abc import Callable, Iterator

from feeds.errors import SettingsError
from feeds.parse.links import TOKENS, unknown_tokens
from feeds.parse.presets import FIELDS, STYLES
from feeds.settings.model import Settings, Source
from feeds.text import web_link


def refuse_source_faults(settings: Settings, origin: Callable[[str], str]) -> None:
    """Refuse fields, permalinks and URLs that are none.

    Args:
        settings: As they were given.
        origin: Tells where the setting of a key such as "sources[0].permalink" stands.

    Raises:
        SettingsError: one is wrong.
    """
    for at, source in enumerate(settings.sources):
        for key, value, expected in _faults(source):
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
    link = STYLES.get(source.permalink, source.permalink)
    if link and not (link.startswith("/") and (":title" in link or ":name" in link)):
        expected = 'expected a path such as "/:year/:title/", with :title or :name'
        yield "permalink", source.permalink, expected
    if unknown_tokens(link):
        known = " ".join(f":{token}" for token in TOKENS)
        yield "permalink", source.permalink, f"expected no tokens but {known}"
    if source.media_url and not web_link(source.media_url):
        yield "media_url", source.media_url, "expected an http(s) URL"
