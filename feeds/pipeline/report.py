"""What a survey knows and a regeneration did, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feeds.article import SourceFile
from feeds.catalog import Identity
from feeds.errors import Problem
from feeds.loss import HeldBack
from feeds.plan import Feed, Placing, PlanRules
from feeds.snapshot import DocumentRecord

Progress = Callable[[str, int, int], None]  # stage, done, total
Clock = Callable[[], int]  # nanoseconds since 1970, as files are dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that is known before anything is rendered.

    `placings` have the names that count by the registry of `rules`.

    `outcomes` counts the source files by what became of them, `parsed` those that had
    to be read; `stale` are articles whose last good version stands in. `files` are the
    article files by identity, `passed_over` the problems of what else is named like
    one, both as the scan found them. `looks` are the presets that files look like, by
    path; not of a survey to publish. `held_back` are articles whose files are gone, and
    which stay published, with the instant since when. `lasting` is what there is to be
    said of the site as it is set up, beside the `problems`.
    """

    placings: Mapping[str, Placing]
    identities: Mapping[str, Identity]
    feeds: tuple[Feed[Placing], ...]
    rules: PlanRules
    problems: tuple[Problem, ...]
    outcomes: Mapping[str, int]
    stale: tuple[str, ...]
    parsed: int
    files: Mapping[str, SourceFile]
    passed_over: frozenset[Problem]
    looks: Mapping[str, str] = field(default_factory=dict)
    held_back: Mapping[str, datetime] = field(default_factory=dict)
    lasting: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one regeneration did.

    `files` counts source files, by outcome: `articles`, `held` by policy,
    `quarantined`, `empty`, `pending` until the next build, of these `late` since
    this machine lacked time or memory for them; `published`
    counts the articles that are in feeds now. `rendered` counts entries rendered anew;
    `written` and `removed` are paths in the output folder. `lasting` is what there
    is to be said of the site as it is set up, beside the `problems`; `is_registered_anew`
    says that registry files are not as they were.

    `held_back` are articles that stay published though their files are gone, `losses` why
    (see `feeds.loss`); their files are not counted. `emptied` are notes of sources whose
    last articles left.

    `next_change` is the next instant (UTC) at which an article comes or goes by itself,
    `next_expiry` the next at which one goes.

    `changed` are the records of documents that differ from those of the manifest
    before, `gone` the paths of those that ended, `moved` those of all that only go on
    as copies, with the path of the original; `is_news` says that a reader sees
    something new, and not just further codings; `is_unfinished` that some
    are still to come, by the next build that has nothing else to do; `before` and `after` tell the two
    manifests apart from all others (see `feeds.output.version_of`).
    """

    now: datetime
    files: int
    articles: int
    held: int
    quarantined: int
    empty: int
    published: int
    parsed: int
    rendered: int
    feeds: int
    documents: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]
    stale: tuple[str, ...]
    held_back: tuple[str, ...] = ()
    losses: tuple[HeldBack, ...] = ()
    emptied: tuple[Problem, ...] = ()
    lasting: tuple[Problem, ...] = ()
    is_registered_anew: bool = False
    pending: int = 0
    late: int = 0
    dry_run: bool = False
    next_change: datetime | None = None
    next_expiry: datetime | None = None
    changed: tuple[DocumentRecord, ...] = ()
    gone: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    is_news: bool = False
    is_unfinished: bool = False
    before: str = ""
    after: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether some file is in quarantine, or a loss is held back."""
        return any(problem.severity == "error" for problem in self.problems)
