"""What the settings register: topics and providers as the registry takes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from feeds.errors import SettingsError
from feeds.registry import Fault, Registration, image_url, registry_of
from feeds.settings.beside import beside
from feeds.settings.model import AUTO, Provider, Settings, Topic
from feeds.text import clean, domain_of


def home_page(settings: Settings) -> str:
    """Return the URL of the site that the feeds belong to."""
    return settings.site.home_page_url or f"{settings.site.base_url.rstrip('/')}/"


def registrations(settings: Settings) -> list[Registration]:
    """Return what the settings register, topics first; `place` is as "topics[0]"."""
    home = home_page(settings)
    return [
        *(_topic(each, at, home) for at, each in enumerate(settings.topics)),
        *(_provider(each, at, home) for at, each in enumerate(settings.providers)),
    ]


def data_folders(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Yield the folders of registry files, each with the folder they must lie in."""
    for source in settings.sources:
        yield Path(source.path, "_data"), Path(source.path)
    for folder in beside(settings):
        yield folder, folder.parent
    for folder in named_folders(settings):
        yield folder, folder


def named_folders(settings: Settings) -> list[Path]:
    """Return the folders of registry files that are named in the settings."""
    return [Path(each) for each in settings.registry.folders if each != AUTO]


def refuse_faults(settings: Settings, origin: Callable[[str], str]) -> None:
    """Refuse topics and providers that are wrong, or at odds with each other.

    A parent may also be registered in a file: those are read later.

    Args:
        settings: The settings to check.
        origin: Returns where a key such as "topics[0].slug" was set.

    Raises:
        SettingsError: one is; of two at odds it names both.
    """
    _refuse_values(settings, origin)
    found = registrations(settings)
    placed = [replace(each, place=_told(each.place, origin)) for each in found]
    _, faults = registry_of(placed, frozenset(settings.feeds.platforms))
    has_files = any(folder.is_dir() for folder, _ in data_folders(settings))
    for fault in faults:
        if not (fault.is_unknown and has_files):
            raise settings_error(fault, found[fault.at], origin)


def settings_error(
    fault: Fault, it: Registration, origin: Callable[[str], str]
) -> SettingsError:
    """Return a fault in the settings as the error that stops the run."""
    key = f"{it.place}.{fault.key}"
    return SettingsError(
        key=key, expected=fault.expected, value=fault.value, origin=origin(key)
    )


def _told(place: str, origin: Callable[[str], str]) -> str:
    where = origin(place)
    return f"{place} ({where})" if where else place


def _topic(topic: Topic, at: int, home: str) -> Registration:
    return Registration(
        kind="topic",
        name=clean(topic.name),
        place=f"topics[{at}]",
        slug=topic.slug,
        parent=clean(topic.parent),
        aliases=tuple(map(clean, topic.aliases)),
        image=image_url(topic.image, home) if topic.image else "",
        keywords=tuple(map(clean, topic.keywords)),
        is_setting=True,
    )


def _provider(provider: Provider, at: int, home: str) -> Registration:
    return Registration(
        kind="provider",
        name=clean(provider.name),
        place=f"providers[{at}]",
        slug=provider.slug,
        domain=domain_of(provider.domain),
        aliases=tuple(map(clean, provider.aliases)),
        image=image_url(provider.image, home) if provider.image else "",
        keywords=tuple(map(clean, provider.keywords)),
        is_setting=True,
    )


def _refuse_values(settings: Settings, origin: Callable[[str], str]) -> None:
    """Refuse what is no name, domain or image."""
    for place, value, expected in _wrong_values(settings):
        raise SettingsError(
            key=place,
            expected=f"expected {expected}",
            value=value,
            origin=origin(place),
        )


def _wrong_values(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield (place, value, what was expected) of each."""
    home = home_page(settings)
    arrays: dict[str, Sequence[Topic | Provider]] = {
        "topics": settings.topics,
        "providers": settings.providers,
    }
    items = [
        (f"{kind}[{at}]", it) for kind in arrays for at, it in enumerate(arrays[kind])
    ]
    for place, it in items:
        for key, names in (
            ("name", (it.name,)),
            ("aliases", it.aliases),
            ("keywords", it.keywords),
        ):
            blank = (name for name in names if not clean(name))
            yield from ((f"{place}.{key}", name, "a name") for name in blank)
        if it.image and not image_url(it.image, home):
            expected = "an http(s) URL, or one relative to the home page"
            yield f"{place}.image", it.image, expected
        if isinstance(it, Provider) and it.domain and not domain_of(it.domain):
            yield f"{place}.domain", it.domain, 'a domain such as "example.org"'
