"""A history built commit by commit, as it would have been published, and how quietly.

Every build is a real one, in a temporary folder, at the instant of its commit. Nothing
else is written to, the repository least of all.
"""

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from feeds.catalog import open_catalog
from feeds.pipeline.basis import decode_article
from feeds.pipeline.build import regenerate
from feeds.pipeline.checkout import Checkout
from feeds.pipeline.observer import Ledger, Observer
from feeds.pipeline.quiet import Finding, Replay, Tally
from feeds.pipeline.report import Progress
from feeds.pipeline.steps import History, Step
from feeds.settings import Settings, state_path


def replay(
    history: History,
    settings: Settings,
    *,
    folder: str = "",
    limit: int | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Replay:
    """Build every step of a history, and look at the documents after each.

    Args:
        history: The steps; what they begin with is built and not counted.
        settings: The effective settings; where they write is not used.
        folder: Where the articles are (see `Checkout`).
        limit: How many commits at most.
        jobs: Processes that read articles.
        progress: Called with stage, done, total.

    Raises:
        HistoryError: the history cannot be read.
        StokerError: a build failed.
    """
    bases = [step for step in history.steps if step.is_base]
    wanted = [step for step in history.steps if not step.is_base][:limit]
    with tempfile.TemporaryDirectory(prefix="stoker-replay-") as root:
        checkout = Checkout(Path(root), history, settings, folder)
        run = _Run(checkout, jobs)
        done = Replay()
        for step in (*bases, *wanted):
            done = run.after(step, done)
            if progress:
                progress("replaying", done.commits, len(wanted))
        return done


class _Run:
    """The builds of one replay."""

    def __init__(self, checkout: Checkout, jobs: int) -> None:
        self._checkout = checkout
        self._settings = checkout.settings
        self._jobs = jobs
        self._observer = Observer(Path(self._settings.output.path))

    def after(self, step: Step, before: Replay) -> Replay:
        """Follow one step, build, and return what all came to."""
        if step.is_base:
            self._checkout.follow(step)
            self._build(step)
            self._look(step, ())
            return before
        is_secured = self._checkout.is_of_secrets_only(step)
        if is_secured:
            self._build(step)  # what the clock alone changes is not the commit's doing
        touched = self._checkout.follow(step)
        wrote = self._build(step)
        tally = self._look(step, touched)
        if is_secured and wrote:
            noise = Finding(kind="secured", commit=step.name, place=", ".join(wrote))
            tally = replace(tally, findings=(*tally.findings, noise))
        return Replay(
            commits=before.commits + 1,
            first=before.first or step.at,
            last=step.at,
            edits=before.edits + len(touched),
            silent=before.silent + (bool(touched) and not wrote),
            secured_only=before.secured_only + is_secured,
            secured_wrote=before.secured_wrote + (len(wrote) if is_secured else 0),
            tally=before.tally + tally,
        )

    def _build(self, step: Step) -> tuple[str, ...]:
        report = regenerate(
            self._settings,
            now=step.at,
            clock=_long_after,
            jobs=self._jobs,
            accept_loss=True,
        )
        return report.written + report.removed

    def _look(self, step: Step, touched: Collection[str]) -> Tally:
        articles = {each for path in touched for each in self._checkout.articles(path)}
        state = state_path(self._settings)
        ledger = Ledger(
            paths=partial(_paths, state),
            exclusions=partial(_exclusions, state, step.at),
        )
        return self._observer.look(step.name, articles, ledger)


def _long_after() -> int:
    """Return a time at which every file of a checkout has been at rest for long."""
    return 2**63 - 1


def _paths(state: Path) -> Mapping[str, str]:
    with open_catalog(state, private=True) as catalog:
        return {each.id: path for path, each in catalog.identities().items()}


def _exclusions(
    state: Path, now: datetime, paths: Collection[str]
) -> Mapping[str, str]:
    with open_catalog(state, private=True) as catalog:
        reasons = {path: _exclusion(catalog.article(path), now) for path in paths}
    return {path: reason for path, reason in reasons.items() if reason}


def _exclusion(content: bytes | None, now: datetime) -> str:
    if content is None:
        return "no article"
    article = decode_article(content)
    is_past = article.expires_at is not None and article.expires_at <= now
    return article.withheld or ("expired" if is_past else "")
