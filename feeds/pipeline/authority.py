"""Whose ids are: the tag authority that they are minted under, and until when.

RFC 4151, 2.1: an authority is a domain (or an address) with a date at which it was held.
The one stated in the settings counts; else the one pinned in the ledger, which the first
build made from `site.base_url`. Of a base URL on a loopback address it can only make one
that every such site has. That is a placeholder, and so are the ids under it: with the first
authority or public base URL they are minted anew, unless they were published under a public
one before. Ids that are not ours, and those minted under any other authority, never change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from feeds.catalog import Catalog
from feeds.entry import tag_uri
from feeds.errors import Problem
from feeds.lineage import reminted
from feeds.pipeline import basis
from feeds.settings import Settings

_STANDING = "tag_authority_standing"  # the ledger's key of whether one pinned is
_PLACEHOLDER, _SETTLED = "placeholder", "settled"
SETTING = "site.tag_authority"  # what problems of it are about, in place of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Ids of articles that are minted anew: how many, under which authorities."""

    before: str
    after: str
    ids: int

    def problem(self, *, is_done: bool) -> Problem:
        """Return what an operator is told of it: before, or once it was done."""
        before, after = f'"tag:{self.before}:"', f'"tag:{self.after}:"'
        ids = f"{self.ids:,} id{'' if self.ids == 1 else 's'}"
        if is_done:
            told = (
                f"minted {ids} anew: what began with {before} begins with {after} now,"
                " and readers see these entries as new"
            )
        else:
            told = (
                f"the next build mints {ids} anew: what begins with {before} will begin"
                f" with {after}, and readers will see these entries as new;"
                f' "{self.before}", set here, keeps them'
            )
        return Problem(path=SETTING, expected=told, severity="note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The authority that ids are minted under now.

    `is_shared`: it names this machine, as others' do, though nobody asked for that;
    `is_placeholder`: what is minted under it will be minted anew.
    """

    name: str
    is_shared: bool = False
    is_placeholder: bool = False
    renewal: Renewal | None = None

    def problems(self, catalog: Catalog) -> Iterator[Problem]:
        """Yield a warning of ids that others may have, too."""
        if not self.is_shared:
            return
        expected = (
            'expected a domain of yours and a year, as "example.org,2026", before you'
            f" publish: without it, or a domain in site.base_url, ids begin with"
            f' "tag:{self.name}:" as on other sites'
        )
        count = catalog.minted(_beginning(self.name))
        if self.is_placeholder and count:
            ids, them = (
                ("1 id is", "it") if count == 1 else (f"{count:,} ids are", "them")
            )
            expected += f'; then {ids} minted anew, but "{self.name}" keeps {them}'
        yield Problem(path=SETTING, expected=expected, severity="warning")


def settled_authority(catalog: Catalog, settings: Settings) -> Authority:
    """Return the authority by these settings and the ledger, which is made to follow.

    Nothing is committed.
    """
    stated = settings.site.tag_authority
    is_here = is_loopback(settings.site.base_url)
    made = basis.default_authority(settings)
    is_first = not catalog.remembered(basis.TAG_AUTHORITY)
    pinned = catalog.pinned(basis.TAG_AUTHORITY, made)
    renewal = None
    if not _is_of_loopback(pinned):
        return Authority(name=stated or pinned)
    is_placeholder = is_first or _was_placeholder(catalog, settings, pinned)
    if is_placeholder and (stated or not is_here):
        is_placeholder = False
        is_fresh = made != pinned and (stated or made != basis.NO_DOMAIN)
        if is_fresh and not _is_public(settings, pinned):
            renewal = _renewed(catalog, pinned, made)
            catalog.remember(basis.TAG_AUTHORITY, made)
            pinned = made
    catalog.remember(_STANDING, _PLACEHOLDER if is_placeholder else _SETTLED)
    return Authority(
        name=stated or pinned,
        is_shared=not stated and (is_here or made == basis.NO_DOMAIN),
        is_placeholder=is_placeholder,
        renewal=renewal,
    )


_NAMES = frozenset(("localhost", "localhost.localdomain"))


def is_loopback(url: str) -> bool:
    """Whether a URL leads to the machine of whoever follows it, or to no address."""
    # RFC 6761, 6.3: what ends with ".localhost" does.
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host in _NAMES or host.endswith(".localhost"):
        return True
    from ipaddress import ip_address  # noqa: PLC0415 - for sites without a domain

    try:
        address = ip_address(host)
    except ValueError:
        return _is_short_loopback(host)
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def _is_short_loopback(host: str) -> bool:
    """Whether a host is written as 127.1, 0x7f.1 or 2130706433, as browsers take it."""
    try:
        numbers = [int(part, 0) for part in host.split(".")]
    except ValueError:
        return False
    first = numbers[0] if len(numbers) > 1 else numbers[0] >> 24
    return first == 127 or not any(numbers)  # noqa: PLR2004 - RFC 1122, 3.2.1.3 (g)


def _is_of_loopback(authority: str) -> bool:
    return is_loopback(f"http://{authority.rpartition(',')[0].rpartition('@')[2]}")


def _was_placeholder(catalog: Catalog, settings: Settings, pinned: str) -> bool:
    """Whether all that was minted under the pinned authority was only seen here.

    An older release did not write that down: then what is published tells, and where
    nothing is, readers may well have it.
    """
    known = catalog.remembered(_STANDING)
    if known:
        return known == _PLACEHOLDER
    from feeds.pipeline.published import addresses  # noqa: PLC0415 - once in a life

    shown = list(addresses(Path(settings.output.path)))
    return bool(shown) and all(
        is_loopback(url) and authorities <= {pinned} for url, authorities in shown
    )


def _is_public(settings: Settings, authority: str) -> bool:
    """Whether readers elsewhere have ids under an authority, whatever the ledger says.

    It may be that of another machine.
    """
    from feeds.pipeline.published import addresses  # noqa: PLC0415 - as above

    return any(
        authority in authorities and not is_loopback(url)
        for url, authorities in addresses(Path(settings.output.path))
    )


def _renewed(catalog: Catalog, before: str, after: str) -> Renewal | None:
    """Mint anew the ids that were minted under an authority, and no others."""
    fresh = {
        path: tag_uri(after, "article", path)
        for path, identity in catalog.identities().items()
        if identity.id == tag_uri(before, "article", path)
    }
    catalog.store_ids(fresh)
    catalog.store_lineages(reminted(catalog.lineages(), before, after))
    return Renewal(before=before, after=after, ids=len(fresh)) if fresh else None


def _beginning(authority: str) -> str:
    return tag_uri(authority, "article", "")
