"""Which feeds exist, which articles are in each, and in what sequence."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from feeds.rank import Rankable, ranked
from feeds.registry import Registered, Registry
from feeds.text import slugify

Kind = Literal["all", "topic", "provider", "category"]

DEFAULT_ORDERS: Mapping[Kind, str] = {
    "all": "latest",
    "topic": "heat",
    "provider": "heat",
    "category": "heat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """The handful of facts that place an article in feeds, without the article.

    `published_ts`, `expires_ts` (0: never) and `seen_ts`, when it was first seen (0:
    nobody has asked the ledger), are seconds since 1970;
    `withheld` is the article's own reason not to be published, or "". `revision`
    changes whenever one of the article's fragments would; `significance` with what
    readers call another article, `formerly` what an older release took for that, or "".
    `has_free_topics` is the article's own. `is_clamped`: dated no later than when it was
    first seen. `content` is the digest of the file's bytes, or "" where an older release
    has read it.
    """

    path: str
    published_ts: float
    heat: float
    quality: float = 0
    provider_name: str = ""
    provider_domain: str = ""
    topics: tuple[str, ...] = ()
    has_free_topics: bool = False
    categories: tuple[str, ...] = ()
    withheld: str = ""
    expires_ts: float = 0
    seen_ts: float = 0
    revision: str = ""
    significance: str = ""
    formerly: str = ""
    is_clamped: bool = False
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What the configuration says about feeds; `window_s` may be infinite.

    `include_children`: an article is in the feeds of its topics' ancestors too.
    `tag_minimum`: so many articles begin the feed of a topic that is only a free tag,
    or begin it again once it has ended.
    """

    orders: tuple[str, ...]
    limit: int
    half_life: timedelta
    window_s: float
    registry: Registry
    include_children: bool = False
    tag_minimum: int = 1


_FOLDERS: Mapping[str, Kind] = {
    "topics": "topic",
    "categories": "category",
    "providers": "provider",
}


def kind_of(base: str) -> Kind:
    """Return the kind of a selection by the stem of its feed in default order."""
    return _FOLDERS.get(base.partition("/")[0], "all")


def default_stem(stem: str) -> str:
    """Return the stem of the default order of the selection that a feed is of."""
    parts = stem.split("/")
    return parts[0] if kind_of(stem) == "all" else "/".join(parts[:2])


M = TypeVar("M", bound=Rankable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(Generic[M]):
    """One feed: a selection of articles in an order.

    `stem` is its path without extension ("topics/joe-biden/latest"), `base` the stem
    of its default order, `label` the name readers know the selection by. `image` (a URL)
    and `keywords` are as registered; `id` is that of the default order, where known.
    """

    stem: str
    base: str
    kind: Kind
    label: str
    order: str
    members: tuple[M, ...]
    image: str = ""
    keywords: tuple[str, ...] = ()
    id: str = ""

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


def turn(placing: Placing, now_ts: float) -> float | None:
    """Return when an article next comes or goes by itself; None for never.

    In seconds since 1970, as `now_ts`.
    """
    begins, ends = placing.published_ts, placing.expires_ts
    if placing.withheld or (ends and ends <= max(now_ts, begins)):
        return None
    found = begins if begins > now_ts else ends
    return found or None


def canonical(placing: Placing, registry: Registry) -> Placing:
    """Return the placing with the names that count for its topics and provider.

    Its revision becomes another if its entry does.
    """
    name, domain = placing.provider_name, placing.provider_domain
    found = registry.counting(placing.topics, name, domain)
    if found is None:
        return placing
    return replace(
        placing,
        topics=found.topics,
        provider_name=found.provider_name,
        provider_domain=found.provider_domain,
        revision=f"{placing.revision}-{found.digest}",
    )


_NONE: Mapping[str, str] = {}


def plan(
    placings: Iterable[Placing],
    rules: PlanRules,
    *,
    now_ts: float,
    standing: Mapping[str, str] = _NONE,
) -> list[Feed[Placing]]:
    """Return every feed, sorted by stem; only what may be published is in them.

    Args:
        placings: All articles, under the names that count.
        rules: What the configuration says.
        now_ts: The instant, in seconds since 1970.
        standing: Feeds that are published until now, label by stem. They stay, a
            free tag's too, however few their articles have become.
    """
    published = [p for p in placings if not exclusion(p, now_ts)]
    feeds = [
        feed
        for base, selection in _selections(published, rules, standing).items()
        if base in standing or not selection.is_too_small(rules)
        for feed in _ordered(base, selection, rules)
    ]
    return sorted(feeds, key=lambda feed: feed.stem)


@dataclass(slots=True)
class _Selection:
    """The articles of one topic, provider or category, and the spellings of its name.

    `known` is what is registered of it.
    """

    kind: Kind
    known: Registered | None
    members: list[Placing]
    spellings: Counter[str]

    def is_too_small(self, rules: PlanRules) -> bool:
        """Whether it is a free tag that too few articles have for a feed."""
        return (
            self.kind == "topic"
            and self.known is None
            and len(self.members) < rules.tag_minimum
            and all(member.has_free_topics for member in self.members)
        )

    @property
    def label(self) -> str:
        """The registered name, else the most frequent; of equals the alphabet's first."""
        if self.known:
            return self.known.name
        counted = sorted(self.spellings.items(), key=lambda item: (-item[1], item[0]))
        return counted[0][0] if counted else ""


def _selections(
    published: Sequence[Placing], rules: PlanRules, standing: Mapping[str, str]
) -> dict[str, _Selection]:
    found = {"all": _Selection("all", None, list(published), Counter())}
    for base, label in standing.items():
        if base != "all":
            known = rules.registry.of(kind_of(base), base.partition("/")[2])
            found[base] = _Selection(kind_of(base), known, [], Counter({label: 0}))
    for placing in published:
        for base, (kind, name) in dict(memberships(placing, rules)).items():
            if base not in found:
                known = rules.registry.of(kind, base.partition("/")[2])
                found[base] = _Selection(kind, known, [], Counter())
            found[base].members.append(placing)
            found[base].spellings[name] += 1
    return found


def memberships(
    placing: Placing, rules: PlanRules
) -> Iterator[tuple[str, tuple[Kind, str]]]:
    """Yield (base stem, (kind, name as spelt)) of the selections an article is in."""
    registry = rules.registry
    for name in placing.topics:
        yield f"topics/{registry.topic_slug(name)}", ("topic", name)
        topic = registry.topic(name) if rules.include_children else None
        for above in registry.ancestors(topic) if topic else ():
            yield f"topics/{above.slug}", ("topic", above.name)
    for category in placing.categories:
        yield f"categories/{slugify(category)}", ("category", category)
    if placing.provider_name:
        name, domain = placing.provider_name, placing.provider_domain
        yield f"providers/{registry.provider_slug(name, domain)}", ("provider", name)


def _ordered(
    base: str, selection: _Selection, rules: PlanRules
) -> Iterator[Feed[Placing]]:
    default, known = DEFAULT_ORDERS[selection.kind], selection.known
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
            image=known.image if known else "",
            keywords=known.keywords if known else (),
        )
