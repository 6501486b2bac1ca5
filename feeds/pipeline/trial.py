"""Which entries could not be rendered, for those who want to know before a build does."""

from collections.abc import Iterator

from feeds.catalog import Catalog, Member
from feeds.errors import Problem
from feeds.pipeline import basis
from feeds.pipeline.authority import settled_authority
from feeds.pipeline.fragments import Fragments
from feeds.pipeline.ingest import problem_of
from feeds.pipeline.render import Render, Renderer
from feeds.pipeline.report import Survey
from feeds.pipeline.standins import WANTED
from feeds.settings import Settings


def problems_of_rendering(
    catalog: Catalog,
    settings: Settings,
    found: Survey,
    *,
    jobs: int,
    render: Render | None,
) -> tuple[Problem, ...]:
    """Return the problems of what feeds would hold, and is not rendered yet."""
    site = basis.site_facts(settings, settled_authority(catalog, settings).name)
    html = ("html",) if settings.feeds.html else ()
    renderer = Renderer(
        catalog,
        site=site,
        site_digest=basis.site_digest(settings, site),
        registry=found.rules.registry,
        extensions=(*settings.feeds.formats, *html),
        fragments=Fragments(),
        render=render,
    )
    lost = renderer.render_ahead(_members(found), jobs=jobs)
    return tuple(problem_of(path, WANTED, lost[path]) for path in sorted(lost))


def _members(found: Survey) -> Iterator[Member]:
    """Yield the members of all feeds, each once."""
    for path in sorted({each.path for feed in found.feeds for each in feed.members}):
        placing, identity = found.placings[path], found.identities[path]
        yield Member(
            path=path,
            published_ts=placing.published_ts,
            seen_ts=int(identity.first_seen.timestamp()),
            heat=placing.heat,
            quality=placing.quality,
            mark=basis.digest(placing.revision, identity.id, identity.updated),
            updated=identity.updated,
        )
