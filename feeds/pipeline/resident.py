"""A regeneration that stays in memory between builds, for a process that lives long."""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.catalog import Catalog
from feeds.locks import building
from feeds.loss import ACCEPT
from feeds.output import version_of
from feeds.pipeline.build import finish, opened, place, regenerate, translated
from feeds.pipeline.gathering import Gathered, gather_at
from feeds.pipeline.report import Clock, Report
from feeds.pipeline.shelf import Shelf
from feeds.pipeline.workers import Bench
from feeds.settings import Settings, state_path

if TYPE_CHECKING:  # a build with nothing new needs no formats
    from feeds.pipeline.render import Render


@dataclass(slots=True)
class _Held:
    """What the last build left: it holds while nobody else writes what we write."""

    gathered: Gathered
    shelf: Shelf
    published: str
    stored: str


class Resident:
    """Builds the same site again and again, each time only what changed."""

    def __init__(
        self,
        settings: Settings,
        *,
        jobs: int,
        accept: str = ACCEPT,
        render: "Render | None" = None,
    ) -> None:
        self._settings = settings
        self._jobs = jobs
        self._accept = accept  # the command, for whoever is told of a loss
        self._render = render  # in place of `feeds.pipeline.render.fragments_of`
        self._open = contextlib.ExitStack()
        self._catalog: Catalog | None = None
        self._held: _Held | None = None
        self._bench = Bench()

    def build(
        self, paths: Collection[str] | None, *, now: datetime, clock: Clock
    ) -> Report:
        """Bring the output folder up to date with the articles.

        Args:
            paths: The files (absolute) that may have changed, be they articles or
                registry files, there or deleted; None for any. What the last build left
                pending is looked at in any case.
            now: The instant of this build, aware.
            clock: Tells how old files are.

        Raises:
            StokerError: as `regenerate` does; nothing is taken for known after that.
        """
        held, self._held = self._held, None  # until the build has gone well
        try:
            if paths is not None and held:
                report = self._build_at(paths, held, now=now, clock=clock)
                if report:
                    self._bench.staff()
                    return report
            return self._build_all(now=now, clock=clock)
        except BaseException:
            self.close()
            raise

    def _build_at(
        self, paths: Collection[str], held: _Held, *, now: datetime, clock: Clock
    ) -> Report | None:
        """Build what files at these places change; None when it takes a whole build."""
        now = now.astimezone(UTC).replace(microsecond=0)
        output, catalog = Path(self._settings.output.path), self._catalog
        with (
            building(output, state_path(self._settings)),
            translated(self._settings),
        ):
            is_ours = catalog and catalog.version() == held.stored
            if not catalog or not is_ours or version_of(output) != held.published:
                return None
            found = gather_at(
                paths,
                held.gathered,
                catalog,
                self._settings,
                now=now,
                clock=clock,
                jobs=self._jobs,
                bench=self._bench,
                accept=self._accept,
            )
            if found is None:
                return None
            report, shelf, found = finish(
                catalog,
                self._settings,
                found,
                place(catalog, self._settings, found, now, is_known=True),
                now=now,
                jobs=self._jobs,
                progress=lambda *_: None,
                shelf=held.shelf,
                bench=self._bench,
                render=self._render,
            )
            self._held = _Held(found, shelf, report.after, catalog.version())
        return report

    def _build_all(self, *, now: datetime, clock: Clock) -> Report:
        self.close()
        self._bench.staff()  # without a lock held
        report = regenerate(
            self._settings,
            now=now,
            clock=clock,
            jobs=self._jobs,
            accept=self._accept,
            repeats=True,
            keep=self._keep,
            render=self._render,
        )
        # Anew, by a process that has loaded what renders: that takes as long as a build.
        self._bench.close()
        self._bench.staff()
        return report

    def _keep(self, gathered: Gathered, shelf: Shelf, report: Report) -> None:
        """Hold what a whole build leaves, while nobody else may build."""
        opening = opened(self._settings, private=False)
        self._catalog = self._open.enter_context(opening)
        self._held = _Held(gathered, shelf, report.after, self._catalog.version())

    def close(self) -> None:
        """End what is open, and the worker that waits; a build opens them anew."""
        self._open.close()
        self._bench.close()
        self._catalog = None
