"""Which last good versions may stand in for a broken file: those that were public.

A file that breaks while its article is dated ahead, `published: false` or expired has
none: what stands in for it would come out at its date, and nobody would have looked at it
once more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from feeds.article import SourceFile
from feeds.catalog import Catalog
from feeds.parse.above import ABOVE
from feeds.parse.rules import Rules
from feeds.pipeline import basis
from feeds.pipeline.dates import dated
from feeds.plan import exclusion

_CHECKED = "last_good"  # the key in the ledger: all that is kept there was public
_PUBLIC = "public"


def keep_public(
    catalog: Catalog, stood: Collection[str], since: float | None, now: datetime
) -> set[str]:
    """Drop the last good versions that never were public; return their paths.

    What an older release kept is looked at once, as well.

    Args:
        catalog: With the files as they are now.
        stood: The paths that had one before.
        since: The instant of the last build, in seconds since 1970, if that is known.
        now: That of this one.
    """
    found = catalog.stale()
    if catalog.remembered(_CHECKED) == _PUBLIC:
        found = [path for path in found if path not in stood]
    elif found:
        catalog.remember(_CHECKED, _PUBLIC)
    if not found:
        return set()
    if since is None:
        since = _last_publication(catalog, now).timestamp()
    return {path for path in found if not _was_public(catalog, path, since)}


def _last_publication(catalog: Catalog, now: datetime) -> datetime:
    """Return when something was last published, for a catalog that is new here."""
    dates = (modified for _, modified in catalog.documents().values())
    return max(dates, default=now)


def _was_public(catalog: Catalog, path: str, since: float) -> bool:
    content, identity = catalog.placing(path), catalog.identity(path)
    if content is None or identity is None:
        return True
    try:
        placing = dated(basis.decode_placing(content), identity)
    except msgspec.ValidationError:
        return True  # as another release kept it: of no use either way
    if not exclusion(placing, since):
        return True
    catalog.forget_last_good(path)
    return False


def drop_misread(
    catalog: Catalog, files: Mapping[str, SourceFile], rules: Sequence[Rules]
) -> set[str]:
    """Drop what an older release took for plain text, and was front matter as well.

    Looked at are those of these `files`, by path, that are broken now; returned are the
    paths.
    """
    return {
        path
        for path in catalog.stale()
        if path in files and _drops_misread(catalog, path, rules[files[path].source])
    }


def _drops_misread(catalog: Catalog, path: str, rules: Rules) -> bool:
    problems = map(basis.decode_problem, catalog.problems_of(path))
    content = catalog.article(path)
    if content is None or not any(each.expected == ABOVE for each in problems):
        return False
    from feeds.parse.dialects import misread  # noqa: PLC0415 - pulls in YAML

    text, limit_bytes = _body(content), rules.front_matter_limit_bytes
    if not misread(text, rules.bounds, limit_bytes, rules.fields):
        return False
    catalog.forget_last_good(path)
    return True


def _body(content: bytes) -> str:
    try:
        return basis.decode_article(content).body
    except msgspec.ValidationError:
        return ""  # as another release kept it: of no use either way
