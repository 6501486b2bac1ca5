"""What is registered, and the registry that looks names up.

A name is looked up by its slug, so case, punctuation and Unicode form do not matter; a
domain by itself. The two cannot be mixed up: only domains have dots.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Literal

from feeds.article import Article, Provider
from feeds.text import Slug, domain_of, slugify

Kind = Literal["topic", "provider"]

# "news.json" would be the folder of one feed and a document of another.
_DOCUMENT_ENDS = (".atom", ".rss", ".json", ".html", ".opml", ".gz", ".br", ".zst")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A topic or provider as somebody registered it.

    `place` says where, for messages. `parent` is any name of another topic; `aliases`
    are other names, or a provider's other domains; `keywords` count as names where
    nobody else claims them; `image` is an http(s) URL or "". Those with `is_setting`
    quietly take precedence over the others.
    """

    kind: Kind
    name: str
    place: str
    slug: str = ""
    domain: str = ""
    parent: str = ""
    aliases: tuple[str, ...] = ()
    image: str = ""
    keywords: tuple[str, ...] = ()
    is_setting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with registration number `at`; the part at fault is dropped.

    `is_unknown`: a parent that may yet be registered elsewhere.
    """

    at: int
    key: str
    expected: str
    value: str
    is_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A topic or provider with the name and slug that count; `parent` is a slug."""

    slug: Slug
    name: str
    domain: str = ""
    parent: str = ""
    image: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The names that count for an article, and a digest of what entries state of them."""

    topics: tuple[str, ...]
    provider_name: str
    provider_domain: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The registered topics and providers, by every slug and domain they go by.

    On the domains `platforms` many publish: there a provider is its name.
    """

    platforms: frozenset[str]
    topics: Mapping[str, Registered] = field(default_factory=dict)
    providers: Mapping[str, Registered] = field(default_factory=dict)
    # Articles share few combinations of names, and each build asks for all of them.
    _counting: dict[tuple[tuple[str, ...], str, str], Counting | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _keys: dict[str, dict[str, tuple[str, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, kind: str, slug: str) -> Registered | None:
        """Return what is registered under a slug that counts."""
        return {"topic": self.topics, "provider": self.providers}.get(kind, {}).get(
            slug
        )

    def keys_of(self, kind: str, known: Registered) -> tuple[str, ...]:
        """Return every slug and domain that a topic or provider goes by, sorted."""
        if kind not in self._keys:
            listed = {"topic": self.topics, "provider": self.providers}.get(kind, {})
            keys: dict[str, tuple[str, ...]] = {}
            for key in sorted(listed):
                slug = listed[key].slug
                keys[slug] = (*keys.get(slug, ()), key)
            self._keys[kind] = keys
        return self._keys[kind].get(known.slug, ())

    def topic(self, name: str) -> Registered | None:
        """Return the topic that goes by this name."""
        return self.topics.get(slugify(name)) if self.topics else None

    def ancestors(self, topic: Registered) -> Iterator[Registered]:
        """Yield the topic's parent, its parent's parent and so on."""
        while topic.parent:
            topic = self.topics[topic.parent]
            yield topic

    def provider(self, name: str, domain: str) -> Registered | None:
        """Return the provider of this name and domain.

        A publisher is told by the domain alone. The name tells where there is none,
        and on platforms.
        """
        bare = domain_of(domain)
        by_domain = self.providers.get(bare)
        if bare and not (bare in self.platforms and name):
            return by_domain
        if by_domain and by_domain.name == name:
            return by_domain  # others may share the name
        return self.providers.get(slugify(name)) if name else None

    def topic_slug(self, name: str) -> Slug:
        """Return a topic's slug, registered or not."""
        topic = self.topic(name)
        return topic.slug if topic else slugify(name)

    def provider_slug(self, name: str, domain: str) -> Slug:
        """Return a provider's slug: its domain, or its name where that tells it."""
        known = self.provider(name, domain) if self.providers else None
        return known.slug if known else self.plain_provider_slug(name, domain)

    def plain_provider_slug(self, name: str, domain: str) -> Slug:
        """Return the slug that a provider has without being registered."""
        bare = domain_of(domain)
        is_name = not bare or (bare in self.platforms and name)
        return slugify(name) if is_name else domain_slug(bare)

    def topic_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names with those of registered topics as they should be, once."""
        if not self.topics:
            return tuple(names)
        found = ((name, self.topic(name)) for name in names)
        return tuple(
            dict.fromkeys(topic.name if topic else name for name, topic in found)
        )

    def provider_names(self, name: str, domain: str) -> tuple[str, str]:
        """Return a provider's name and domain as they should be."""
        known = self.provider(name, domain) if self.providers else None
        return (known.name, known.domain or domain) if known else (name, domain)

    def counting(
        self, topics: tuple[str, ...], name: str, domain: str
    ) -> Counting | None:
        """Return the names that count for those of an article; None: they are."""
        if not self.topics and not self.providers:
            return None
        key = (topics, name, domain)
        if key not in self._counting:
            self._counting[key] = self._made_to_count(*key)
        return self._counting[key]

    def _made_to_count(
        self, topics: tuple[str, ...], name: str, domain: str
    ) -> Counting | None:
        theirs = (topics, name, domain, self.plain_provider_slug(name, domain))
        names = self.provider_names(name, domain)
        ours = (self.topic_names(topics), *names, self.provider_slug(*names))
        if ours == theirs:
            return None
        return Counting(
            topics=ours[0],
            provider_name=ours[1],
            provider_domain=ours[2],
            digest=blake2b(repr(ours).encode(), digest_size=8).hexdigest(),
        )

    def canonical(self, article: Article) -> Article:
        """Return the article with the names that count for its topics and provider."""
        topics, provider = self.topic_names(article.topics), article.provider
        if provider:
            name, domain = self.provider_names(provider.name, provider.domain)
            provider = Provider(name=name, domain=domain, image=provider.image)
        return replace(article, topics=topics, provider=provider)


def domain_slug(domain: str) -> Slug:
    """Return the slug of a provider that is told by its domain."""
    return Slug(f"{domain}-feed" if domain.endswith(_DOCUMENT_ENDS) else domain)
