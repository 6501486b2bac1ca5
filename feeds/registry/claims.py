"""From registrations to a registry: who claims which names, and who has them.

Three rounds. First what makes a topic or provider the one it is: slug, domain, a topic's
name. Then aliases. Last what several may have, and only one that alone has it is meant
by: keywords, and the names of publishers, which are told by their domains.

In every round the settings go first, and files have what is left: no file can be at odds
with a setting, however it is written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from feeds.registry.model import (
    Fault,
    Registered,
    Registration,
    Registry,
    domain_slug,
)
from feeds.text import Slug, domain_of, slugify

Group = Mapping[int, Registration]  # some of one kind, by their number


def registry_of(
    registrations: Sequence[Registration], platforms: frozenset[str]
) -> tuple[Registry, list[Fault]]:
    """Return the registry, and what is wrong with some registrations.

    Of two that claim one slug, name or domain the first has it; a setting has it before
    a file, quietly.
    """
    faults = list(_misspelt(registrations))
    found: dict[str, dict[str, Registered]] = {}
    for kind in ("topic", "provider"):
        ours = {at: r for at, r in enumerate(registrations) if r.kind == kind}
        claims = _Claims(ours, faults)
        accepted = claims.settled()
        parents = _parents(accepted, claims.owners, faults)
        listed = {at: _registered(r, parents.get(at)) for at, r in accepted.items()}
        found[kind] = {key: listed[at] for key, at in claims.owners.items()}
    registry = Registry(
        platforms=platforms, topics=found["topic"], providers=found["provider"]
    )
    return registry, sorted(faults, key=lambda fault: fault.at)


def _registered(it: Registration, parent: Registration | None) -> Registered:
    return Registered(
        slug=_slug(it),
        name=it.name,
        domain=it.domain,
        parent=_slug(parent) if parent else "",
        image=it.image,
        keywords=it.keywords,
    )


def _slug(it: Registration) -> Slug:
    if not it.slug:
        return domain_slug(it.domain) if it.domain else slugify(it.name)
    is_domain = it.kind == "provider" and domain_of(it.slug) == it.slug
    return domain_slug(it.slug) if is_domain else slugify(it.slug)


def _misspelt(registrations: Sequence[Registration]) -> Iterator[Fault]:
    """Yield what is no slug, or one that some file system reserves."""
    for at, it in enumerate(registrations):
        slug = _slug(it)
        if it.slug not in {"", slug}:
            expected = f"expected a slug such as '{slug}'"
            yield Fault(at=at, key="slug", expected=expected, value=it.slug)


class _Claims:
    """Who has which slugs, domains and names so far: `owners`, by number."""

    def __init__(self, ours: Group, faults: list[Fault]) -> None:
        self.owners: dict[str, int] = {}
        self._ours, self._faults = ours, faults
        # Settings' names of publishers: files may share them, but not be them.
        self._shared: dict[str, int] = {}

    def settled(self) -> Group:
        """Settle all claims; return those whose own hold, settings first."""
        ours = self._ours.items()
        settings = self._accepted({at: it for at, it in ours if it.is_setting})
        self._shared = {slugify(it.name): at for at, it in settings.items()}
        files = self._accepted({at: it for at, it in ours if not it.is_setting})
        for group in (settings, files):
            self._claim_what_is_left(group)
        return {**settings, **files}

    def _accepted(self, group: Group) -> Group:
        """Claim what each of a group alone may have; return those whose own it is."""
        group = {at: it for at, it in group.items() if self._has_identity(at, it)}
        for at, it in group.items():
            self._claim_aliases(at, it)
        return {at: it for at, it in group.items() if self._has_name(at, it)}

    def _has_identity(self, at: int, it: Registration) -> bool:
        """Claim what makes a registration the one it is, and say whether it may."""
        keys = dict(_identity(it))
        for key, word in keys.items():
            owner = self._owner(key)
            if owner is not None:
                self._report(at, word, getattr(it, word) or key, owner)
                return False
        self.owners.update(dict.fromkeys(keys, at))
        return True

    def _claim_aliases(self, at: int, it: Registration) -> None:
        for alias in it.aliases:
            key = _alias_key(it, alias)
            owner = self._owner(key)
            if owner is None:
                self.owners[key] = at
            elif owner != at:
                self._report(at, "aliases", alias, owner)

    def _owner(self, key: str) -> int | None:
        return self.owners.get(key, self._shared.get(key))

    def _has_name(self, at: int, it: Registration) -> bool:
        """Whether its name is not what another claims for itself alone."""
        owner = self.owners.get(slugify(it.name), at)
        if owner == at:
            return True
        for key in [key for key in self.owners if self.owners[key] == at]:
            del self.owners[key]
        self._report(at, "name", it.name, owner)
        return False

    def _report(self, at: int, key: str, value: str, owner: int) -> None:
        it, by = self._ours[at], self._ours[owner]
        if not _is_overruled(it, by):
            word = "name" if key == "aliases" else key
            expected = f"expected a {word} of its own, but {by.place} has it too"
            self._faults.append(Fault(at=at, key=key, expected=expected, value=value))

    def _claim_what_is_left(self, group: Group) -> None:
        """Claim names that others may have as well, for those that alone have them."""
        owned = self.owners.keys()
        wanted = {at: {*_further_keys(it)} - owned for at, it in group.items()}
        counts = Counter(key for keys in wanted.values() for key in keys)
        for at, keys in wanted.items():
            self.owners.update({key: at for key in sorted(keys) if counts[key] == 1})


def _identity(it: Registration) -> Iterator[tuple[str, str]]:
    """Yield what nobody else may have, each with the key that states it."""
    if it.domain:
        # Publishers may share a name; topics may not.
        yield it.domain, "domain"
    else:
        yield slugify(it.name), "name"
    yield _slug(it), "slug" if it.slug else "domain" if it.domain else "name"


def _is_overruled(it: Registration, by: Registration) -> bool:
    """Whether it is nothing to report that `by` has what `it` claims."""
    if it.is_setting:
        return False
    # Two sites may well list one publisher in the same words.
    return by.is_setting or replace(it, place=by.place) == by


def _alias_key(it: Registration, alias: str) -> str:
    domain = domain_of(alias) if it.kind == "provider" else ""
    return domain or slugify(alias)


def _further_keys(it: Registration) -> Iterator[str]:
    domains = (it.domain, *it.aliases) if it.kind == "provider" else ()
    for name in (it.name, *it.keywords, *filter(domain_of, domains)):
        yield slugify(name)


def _parents(
    ours: Group, claims: Mapping[str, int], faults: list[Fault]
) -> dict[int, Registration]:
    """Return each registration's parent; a link that closes a circle is none."""
    links: dict[int, int] = {}
    for at, it in ours.items():
        if not it.parent:
            continue
        parent = claims.get(slugify(it.parent))
        if parent is None:
            expected, is_unknown = "expected the name of a registered topic", True
        elif at in _line(parent, links):
            where = ours[parent].place
            expected = f"expected a topic that is not below it, as {where} is"
            is_unknown = False
        else:
            links[at] = parent
            continue
        faults.append(
            Fault(
                at=at,
                key="parent",
                expected=expected,
                value=it.parent,
                is_unknown=is_unknown,
            )
        )
    return {at: ours[parent] for at, parent in links.items()}


def _line(at: int, links: Mapping[int, int]) -> list[int]:
    """Return a registration and all above it."""
    line = [at]
    while line[-1] in links:
        line.append(links[line[-1]])
    return line
