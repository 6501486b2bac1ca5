"""What stands in for an entry that cannot be rendered: what readers have of it now.

Such an article is like one whose file cannot be read: in quarantine (or pending, where
only this machine could not render it), while its last good version stays published,
or it is out where it has none. Its identity is the one from before: nothing about it
was news.

The last good version is the one that the last build published, so it is looked up as
that build left it. Mostly its fragments are in the catalog still. Where they would have
to be rendered anew and that fails, too (the article is the same, but our code, a package
or a setting is not), the fragments that were last rendered of that very version stand in
as they are. They are cache, not ledger: where the cache was lost, with the state or on
another machine, such an article is out until it can be rendered.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from feeds.catalog import Catalog
from feeds.pipeline.last_good import keep_public
from feeds.pipeline.placing import Placer
from feeds.pipeline.recovery import is_decodable

if TYPE_CHECKING:  # pulls in multiprocessing, which few builds need
    from feeds.pipeline.workers import Lost

# The outcome of a file whose entry cannot be rendered; in the ledger, a key: by which
# digest of the site that was so.
UNRENDERED = "unrendered"
WANTED = "an entry that can be rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standins:
    """Puts what readers have now in place of what cannot be rendered.

    `since` is the instant of the last build, in seconds since 1970, if that is known,
    `now` that of this one; `extensions` are those that fragments have to have.
    """

    catalog: Catalog
    placer: Placer
    site_digest: str
    extensions: Collection[str]
    since: float | None
    now: datetime

    def put(self, lost: Mapping[str, "Lost"]) -> set[str]:
        """Have something else published of these, or nothing.

        Returns the bases whose feeds may differ by that. What stands in now may fail in
        its turn, and is to be given here then; that ends with its fragments, or without.
        """
        stood = set(self.catalog.stale())
        ends = [path for path, how in lost.items() if self._is_last(path, how)]
        for path, how in lost.items():
            self._tell(path, how)
        keep_public(self.catalog, stood, self.since, self.now)
        touched = self.placer.place(lost)
        out = [path for path in ends if not self._keeps_fragments(path)]
        for path in out:
            self.catalog.forget_last_good(path)
        return touched | self.placer.place(out)

    def _tell(self, path: str, how: "Lost") -> None:
        from feeds.pipeline.ingest import problem_of  # noqa: PLC0415 - see above

        problem = msgspec.msgpack.encode(problem_of(path, WANTED, how))
        if problem not in self.catalog.problems_of(path):
            self.catalog.add_problem(path, problem)

    def _is_last(self, path: str, how: "Lost") -> bool:
        """Whether there is no other version to be rendered; withdraw it if it is new."""
        catalog = self.catalog
        known = catalog.known_of(path)
        if known is None or known.outcome != "article":
            return True
        new = catalog.article(path)
        with catalog.as_committed() as before:
            was = before.good_version(path)
            identity = before.identity(path)
            is_new_here = not before.has_ledger()
        if was and not is_decodable(was):
            was = None  # as another release kept it
        catalog.withdraw(path, "late" if how.is_of_machine else UNRENDERED, was)
        catalog.remember(UNRENDERED, self.site_digest)
        if identity:
            catalog.store_identities([identity])
        elif not (is_new_here and catalog.documents()):  # else it was learnt just now
            catalog.forget_identity(path)
        return was is None or was.article == new

    def _keeps_fragments(self, path: str) -> bool:
        """Have the fragments of old be those that are wanted now, if there are any."""
        live = self.catalog.live(path)
        if live is None:
            return True  # nothing is wanted
        revision, fragments = self.catalog.last_fragments(path) or ("", b"")
        if revision.partition(" ")[2] != live.mark or not self._is_whole(fragments):
            return False
        revision = f"{self.site_digest} {live.mark}"
        self.catalog.store_fragments(path, revision, fragments)
        return True

    def _is_whole(self, fragments: bytes) -> bool:
        formats = msgspec.msgpack.decode(fragments, type=dict[str, bytes])
        return formats.keys() >= set(self.extensions)
