"""Which feeds exist, which articles are in each, and in what sequence."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from feeds.rank import ranked
from feeds.text import Slug, domain_of, slugify

Kind = Literal["all", "topic", "provider", "category"]

_DOCUMENT_ENDS = (".atom", ".rss", ".json", ".html", ".opml", ".gz", ".br", ".zst")
DEFAULT_ORDERS: Mapping[Kind, str] = {
    "all": "latest",
    "topic": "heat",
    "provider": "heat",
    "category": "heat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """The handful of facts that place an article in feeds, without the article.

    `published_ts` and `expires_ts` are seconds since 1970 (`expires_ts` 0: never);
    `withheld` is the article's own reason not to be published, or "". `revision`
    changes whenever one of the article's fragments would; `significance` with what
    readers call another article.
    """

    path: str
    published_ts: float
    heat: float
    quality: float = 0
    provider_name: str = ""
    provider_domain: str = ""
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    withheld: str = ""
    expires_ts: float = 0
    revision: str = ""
    significance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What the configuration says about feeds; `window_s` may be infinite."""

    orders: tuple[str, ...]
    limit: int
    half_life: timedelta
    window_s: float
    platforms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: a selection of articles in an order.

    `stem` is its path without extension ("topics/joe-biden/latest"), `base` the stem
    of its default order, `label` the name readers know the selection by.
    """

    stem: str
    base: str
    kind: Kind
    label: str
    order: str
    members: tuple[Placing, ...]

    @property
    def is_default(self) -> bool:
        """Whether this is the selection's default order."""
        return self.stem == self.base


def exclusion(placing: Placing, now_ts: float) -> str:
    """Return why an article may not be published at `now_ts`; "" when it may."""
    if placing.withheld:
        return placing.withheld
    if placing.expires_ts and placing.expires_ts <= now_ts:
        return "expired"
    if placing.published_ts > now_ts:
        return "embargoed until its date"
    return ""


def provider_slug(name: str, domain: str, platforms: frozenset[str]) -> Slug:
    """Return a provider's identity: its domain, or on a platform its name."""
    bare = domain_of(domain)
    if not bare or (bare in platforms and name):
        return slugify(name)
    # "news.json" would be the folder of one feed and a document of another.
    return Slug(f"{bare}-feed" if bare.endswith(_DOCUMENT_ENDS) else bare)


def plan(placings: Iterable[Placing], rules: PlanRules, *, now_ts: float) -> list[Feed]:
    """Return every feed, sorted by stem; only what may be published is in them."""
    published = [p for p in placings if not exclusion(p, now_ts)]
    feeds = [
        feed
        for base, selection in _selections(published, rules).items()
        for feed in _ordered(base, selection, rules)
    ]
    return sorted(feeds, key=lambda feed: feed.stem)


@dataclass(slots=True)
class _Selection:
    """The articles of one topic, provider or category, and the spellings of its name."""

    kind: Kind
    members: list[Placing]
    spellings: Counter[str]

    @property
    def label(self) -> str:
        """The most frequent spelling; of equals the first in the alphabet."""
        counted = sorted(self.spellings.items(), key=lambda item: (-item[1], item[0]))
        return counted[0][0] if counted else ""


def _selections(
    published: Sequence[Placing], rules: PlanRules
) -> dict[str, _Selection]:
    found = {"all": _Selection("all", list(published), Counter())}
    for placing in published:
        for base, (kind, name) in dict(memberships(placing, rules)).items():
            selection = found.setdefault(base, _Selection(kind, [], Counter()))
            selection.members.append(placing)
            selection.spellings[name] += 1
    return found


def memberships(
    placing: Placing, rules: PlanRules
) -> Iterator[tuple[str, tuple[Kind, str]]]:
    """Yield (base stem, (kind, name as spelt)) of the selections an article is in."""
    for topic in placing.topics:
        yield f"topics/{slugify(topic)}", ("topic", topic)
    for category in placing.categories:
        yield f"categories/{slugify(category)}", ("category", category)
    if placing.provider_name:
        name, domain = placing.provider_name, placing.provider_domain
        slug = provider_slug(name, domain, rules.platforms)
        yield f"providers/{slug}", ("provider", name)


def _ordered(base: str, selection: _Selection, rules: PlanRules) -> Iterator[Feed]:
    default = DEFAULT_ORDERS[selection.kind]
    for order in dict.fromkeys((default, *rules.orders)):
        members = ranked(
            order,
            selection.members,
            limit=rules.limit,
            half_life_s=rules.half_life.total_seconds(),
            window_s=rules.window_s,
        )
        yield Feed(
            stem=base if order == default else f"{base}/{order}",
            base=base,
            kind=selection.kind,
            label=selection.label,
            order=order,
            members=tuple(members),
        )
