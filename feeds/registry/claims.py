"""From registrations to a registry: who claims which names, and who has them.

Three rounds. First what makes a topic or provider the one it is: slug, domain, a topic's
name. Then aliases. Last what several may have, and only one that alone has it is meant
by: keywords, and the names of publishers, which are told by their domains.
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

Claims = dict[str, int]  # from a slug or domain to the registration that has it


def registry_of(
    registrations: Sequence[Registration], platforms: frozenset[str]
) -> tuple[Registry, list[Fault]]:
    """Return the registry, and what is wrong with some registrations.

    Of two that claim one slug, name or domain the first has it.
    """
    faults = list(_misspelt(registrations))
    found: dict[str, dict[str, Registered]] = {}
    for kind in ("topic", "provider"):
        ours = {at: r for at, r in enumerate(registrations) if r.kind == kind}
        claims = _identities(ours, faults)
        accepted = {at: ours[at] for at in sorted(set(claims.values()))}
        _claim_aliases(accepted, claims, faults)
        accepted = _without_namesakes(accepted, claims, faults)
        _claim_what_is_left(accepted, claims)
        parents = _parents(accepted, claims, faults)
        listed = {at: _registered(r, parents.get(at)) for at, r in accepted.items()}
        found[kind] = {key: listed[at] for key, at in claims.items()}
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


def _identities(ours: Mapping[int, Registration], faults: list[Fault]) -> Claims:
    """Claim for each registration what makes it the one it is."""
    claims: Claims = {}
    for at, it in ours.items():
        keys = dict(_identity(it))
        taken = next((key for key in keys if key in claims), None)
        if taken is None:
            claims.update(dict.fromkeys(keys, at))
        elif not _is_overruled(it, ours[claims[taken]]):
            where = ours[claims[taken]].place
            word = keys[taken]
            expected = f"expected a {word} of its own, but {where} has it too"
            value = getattr(it, word) or taken
            faults.append(Fault(at=at, key=word, expected=expected, value=value))
    return claims


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


def _claim_aliases(
    ours: Mapping[int, Registration], claims: Claims, faults: list[Fault]
) -> None:
    for at, it in ours.items():
        for alias in it.aliases:
            owner = claims.setdefault(_alias_key(it, alias), at)
            if owner != at and not _is_overruled(it, ours[owner]):
                where = ours[owner].place
                expected = f"expected a name of its own, but {where} has it too"
                faults.append(
                    Fault(at=at, key="aliases", expected=expected, value=alias)
                )


def _alias_key(it: Registration, alias: str) -> str:
    domain = domain_of(alias) if it.kind == "provider" else ""
    return domain or slugify(alias)


def _without_namesakes(
    ours: Mapping[int, Registration], claims: Claims, faults: list[Fault]
) -> dict[int, Registration]:
    """Return those whose name is not what another claims for itself alone."""
    kept = {}
    for at, it in ours.items():
        owner = claims.get(slugify(it.name), at)
        if owner == at:
            kept[at] = it
            continue
        for key in [key for key in claims if claims[key] == at]:
            del claims[key]
        if not _is_overruled(it, ours[owner]):
            where = ours[owner].place
            expected = f"expected a name of its own, but {where} has it too"
            fault = Fault(at=at, key="name", expected=expected, value=it.name)
            faults.append(fault)
    return kept


def _claim_what_is_left(ours: Mapping[int, Registration], claims: Claims) -> None:
    """Claim names that others may have as well, for those that alone have them."""
    wanted = {at: {*_further_keys(it)} - claims.keys() for at, it in ours.items()}
    counts = Counter(key for keys in wanted.values() for key in keys)
    for at, keys in wanted.items():
        claims.update({key: at for key in sorted(keys) if counts[key] == 1})


def _further_keys(it: Registration) -> Iterator[str]:
    domains = (it.domain, *it.aliases) if it.kind == "provider" else ()
    for name in (it.name, *it.keywords, *filter(domain_of, domains)):
        yield slugify(name)


def _parents(
    ours: Mapping[int, Registration], claims: Claims, faults: list[Fault]
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
