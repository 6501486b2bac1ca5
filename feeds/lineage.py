"""Which feed carries on which: decided when what is registered has changed.

A lineage is what a subscriber follows: a feed's id, through all the names that it goes
by. Each stem that was ever a feed's has a row. One that stands has a feed; one that
moved names the stem that holds its lineage now, which stands itself, so there are no
chains and no loops. Only another registry moves a lineage, an article with another topic
never does. A living feed owns its stem, whatever pointed elsewhere from there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from msgspec import Meta

from feeds.entry import tag_uri
from feeds.plan import kind_of
from feeds.registry import Registered, Registry

_MOST_NAMES = 64  # of a provider that articles spell in hundreds of ways
_DOMAIN_END = "-feed"  # see `feeds.registry.model.domain_slug`


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What is known of a stem that is or was that of a feed in its default order.

    `id` is the feed's, or "" where that was never seen: then it is made from the stem;
    those of other orders begin with it. Of one that moved it is kept, for the day on which
    it stands by itself again. `moved_to` is the stem that holds the lineage now, or "".
    `names` are those the feed goes by, `written`; `members` counts its articles as of
    the last build. `emptied_ts` is when the last one left, in seconds since 1970; 0: it
    has some.
    """

    stem: Annotated[str, Meta(min_length=1)]
    id: Annotated[str, Meta(pattern=r"^(tag:[^\x00-\x20]+)?\Z")] = ""
    moved_to: str = ""
    label: str = ""
    names: str = ""
    members: Annotated[int, Meta(ge=0)] = 0
    emptied_ts: Annotated[int, Meta(ge=0)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a feed without articles stays: what is registered, and for how long else.

    `now_ts` and `grace_s` are in seconds.
    """

    registry: Registry
    now_ts: float
    grace_s: float

    def stands(self, row: Lineage) -> bool:
        """Whether a stem has a feed."""
        return not row.moved_to and (
            not row.emptied_ts or self.is_kept(row.stem) or self.now_ts < self.end(row)
        )

    def is_kept(self, stem: str) -> bool:
        """Whether a feed stays without articles; so does that of the whole site."""
        return kind_of(stem) == "all" or bool(registered(stem, self.registry))

    def end(self, row: Lineage) -> float:
        """Return when a feed without articles ends by itself, unless it is kept."""
        return row.emptied_ts + self.grace_s


def registered(stem: str, registry: Registry) -> Registered | None:
    """Return what is registered under a stem, and not just under an alias of another."""
    slug = stem.partition("/")[2]
    known = registry.of(kind_of(stem), slug)
    return known if known and known.slug == slug else None


def written(names: Iterable[tuple[str, str]]) -> str:
    """Return names with their domains as a row keeps them: a line each, with a tab."""
    lines = ("\t".join(" ".join(part.split()) for part in each) for each in names)
    return "\n".join(list(dict.fromkeys(lines))[:_MOST_NAMES])


def _read(row: Lineage) -> Iterator[tuple[str, str]]:
    for line in row.names.split("\n"):
        name, _, domain = line.partition("\t")
        if name or domain:
            yield name, domain


def names_of(stem: str, registry: Registry, spellings: Iterable[str]) -> str:
    """Return what a feed goes by: as registered, then as articles spell it.

    Args:
        stem: Its stem.
        registry: The registry that gave it this stem.
        spellings: Names, the most frequent first.
    """
    known = registered(stem, registry)
    if known is None:
        # Only domains have dots, so where there is one that is the provider's.
        slug = stem.partition("/")[2]
        domain = slug.removesuffix(_DOMAIN_END) if "." in slug else ""
        return written((name, domain) for name in spellings)
    keys = registry.keys_of(kind_of(stem), known)
    others = (("", key) if "." in key else (key, "") for key in keys)
    spelt = ((name, known.domain) for name in spellings)
    return written(((known.name, known.domain), *spelt, *others))


def moved(
    rows: Iterable[Lineage], terms: Terms, sizes: Mapping[str, int]
) -> dict[str, Lineage]:
    """Return the rows, by stem, that another registry makes others.

    Of several that come to one stem, that goes on which stands there already, else the
    one by whose name it is registered, else that with the most articles.

    Args:
        rows: All of them.
        terms: What is registered now, and when that is.
        sizes: How many articles each base has now, if any.
    """
    known = {row.stem: row for row in rows}
    goals = {
        row.stem: _goal(row, terms.registry, sizes)
        for row in known.values()
        if not row.moved_to
    }
    rivals: dict[str, list[Lineage]] = {}
    for stem, goal in goals.items():
        rivals.setdefault(goal, []).append(known[stem])
    heirs = {
        goal: replace(min(each, key=partial(_claim, goal=goal, terms=terms)), stem=goal)
        for goal, each in rivals.items()
    }
    found = {
        stem: replace(row, moved_to=goals.get(row.moved_to or stem, row.moved_to))
        for stem, row in known.items()
    } | heirs
    return {stem: row for stem, row in found.items() if row != known.get(stem)}


def _goal(row: Lineage, registry: Registry, sizes: Mapping[str, int]) -> str:
    """Return where a lineage goes: to the first of its names that has a feed."""
    for name, domain in _read(row):
        base = _base_of(row.stem, name, domain, registry)
        if sizes.get(base) or registered(base, registry):
            return base
    return row.stem


def _base_of(stem: str, name: str, domain: str, registry: Registry) -> str:
    """Return the base that a feed at `stem` has by one of its names."""
    folder = stem.partition("/")[0]
    match kind_of(stem):
        case "topic":
            return f"{folder}/{registry.topic_slug(name)}"
        case "provider":
            return f"{folder}/{registry.provider_slug(name, domain)}"
        case _:
            return stem


def _claim(row: Lineage, goal: str, terms: Terms) -> tuple[object, ...]:
    """Return what sorts those that would go on at a stem, the heir first.

    A feed that is empty and waits for its end, or has ended, gives way to any other.
    """
    known = registered(goal, terms.registry)
    is_registered = known is not None and known.name == row.label
    is_past = terms.now_ts >= terms.end(row)
    is_waning = bool(row.emptied_ts) and (is_past or not is_registered)
    return is_waning, row.stem != goal, not is_registered, -row.members, row.stem


def went(
    changed: Iterable[Lineage], before: Iterable[Lineage]
) -> dict[str, frozenset[str]]:
    """Return to which stems each one's readers, or its id, went.

    Args:
        changed: The rows that `moved` gave.
        before: All rows, as they were.
    """
    stems = {row.id: row.stem for row in before if row.id and not row.moved_to}
    found: dict[str, frozenset[str]] = {}
    for row in changed:
        stem, goal = row.stem, row.moved_to
        if not goal:
            stem, goal = stems.get(row.id, row.stem), row.stem
        if stem != goal:
            found[stem] = found.get(stem, frozenset()) | {goal}
    return found


def fresh_ids(authority: str, stem: str) -> Iterator[str]:
    """Yield ids for a feed whose stem may have been another's, the plain one first."""
    plain = tag_uri(authority, "feed", stem)
    yield plain
    number = 2
    while True:
        yield f"{plain}~{number}"
        number += 1


def reminted(rows: Iterable[Lineage], before: str, authority: str) -> Iterator[Lineage]:
    """Yield the rows with an id under the authority `before`, under another one."""
    head = tag_uri(before, "feed", "")
    for row in rows:
        if row.id.startswith(head):
            rest = row.id.removeprefix(head)
            yield replace(row, id=f"{tag_uri(authority, 'feed', '')}{rest}")


def redirects(
    paths: Iterable[str], holders: Mapping[str, str], living: Collection[str]
) -> dict[str, str]:
    """Return the paths that moved, each with the one that answers in its place.

    A format or an order that the feed there lacks goes to its default order.

    Args:
        paths: All paths that were ever published.
        holders: The stems of feeds that moved, each with that which holds its lineage.
        living: The paths of all documents.
    """
    found = {}
    for path in paths:
        base, wanted = _wanted(path, holders)
        if base and path not in living:
            answering = next((each for each in wanted if each in living), "")
            if answering:
                found[path] = answering
    return found


# In the order of preference for whoever asks for one that a feed lacks.
_FORMATS = ("atom", "rss", "json", "html")


def _wanted(path: str, holders: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the base of a path that moved, and who may answer for it; "" for others."""
    stem, _, form = path.rpartition(".")
    base, order = stem, ""
    if stem not in holders:
        base, _, order = stem.rpartition("/")
    if base not in holders:
        return "", ()
    target = holders[base]
    same = (f"{target}/{order}.{form}",) if order else ()
    return base, (*same, *(f"{target}.{each}" for each in (form, *_FORMATS)))
