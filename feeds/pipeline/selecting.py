"""Which selections have feeds, and who is in them: from the catalog's placements."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from feeds.catalog import Catalog, Member, Selection
from feeds.lineage import Terms
from feeds.plan import DEFAULT_ORDERS, Feed, PlanRules, kind_of
from feeds.rank import ranked


def selected(catalog: Catalog, base: str, terms: Terms) -> Selection | None:
    """Return a selection as it is to be published; None when it is not, or no more.

    `feeds.plan.plan` says the same of all articles at once.
    """
    row = catalog.lineage(base)
    if row is None or not terms.stands(row):
        return None
    return Selection(base=base, label=row.label, id=row.id)


def outlines_of(selection: Selection, rules: PlanRules) -> Iterator[Feed[Member]]:
    """Yield the feeds of a selection without their members."""
    base, kind = selection.base, kind_of(selection.base)
    default = DEFAULT_ORDERS[kind]
    known = rules.registry.of(kind, base.partition("/")[2])
    for order in dict.fromkeys((default, *rules.orders)):
        yield Feed(
            stem=base if order == default else f"{base}/{order}",
            base=base,
            kind=kind,
            label=selection.label,
            order=order,
            members=(),
            image=known.image if known else "",
            keywords=known.keywords if known else (),
            id=selection.id,
        )


def filled(catalog: Catalog, outline: Feed[Member], rules: PlanRules) -> Feed[Member]:
    """Return a feed with its members: the catalog finds them, its order sorts them."""
    members = ranked(
        outline.order,
        catalog.members(outline.base, outline.order, rules.limit, rules.window_s),
        limit=rules.limit,
        half_life_s=rules.half_life.total_seconds(),
        window_s=inf,  # outside of it, the catalog finds none
    )
    return replace(outline, members=tuple(members))
