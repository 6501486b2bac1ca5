"""What was read of registry files, as the catalog keeps it from build to build."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from feeds.catalog import Catalog
from feeds.errors import Problem
from feeds.parse.rules import Bounds
from feeds.pipeline import basis
from feeds.registry import Kind, Registration
from feeds.settings import Settings, home_page

Lines = Mapping[str, int]  # from 1, by key in lower case

_KEY = "registry"  # in the catalog
NO_KEYS = "expected keys and values as YAML"  # of a file that may be something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings say about registry files.

    `home` is the URL that relative images start at; what is larger than `limit_bytes`
    is not read.
    """

    home: str
    limit_bytes: int
    bounds: Bounds

    def digest(self, kind: Kind, content: bytes) -> str:
        """Return a digest of all that decides what a file of this content registers."""
        return basis.digest(basis.code_digest(), self, kind, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a file registers; of one that is broken or pending, what it did before.

    `digest` is "" for a file that is to be read again, come what may.
    """

    digest: str
    registration: Registration | None
    lines: Lines
    problems: tuple[Problem, ...]

    @property
    def is_broken(self) -> bool:
        """Whether the file cannot be understood."""
        return any(problem.severity == "error" for problem in self.problems)


Records = dict[str, Record]  # by path


def terms_of(settings: Settings) -> Terms:
    """Return what the settings say about registry files."""
    return Terms(
        home=home_page(settings),
        limit_bytes=settings.limits.front_matter_bytes,
        bounds=basis.bounds_of(settings),
    )


def remembered(catalog: Catalog) -> Records:
    """Return what was known at the end of the last build."""
    try:
        return msgspec.json.decode(catalog.remembered(_KEY) or "{}", type=Records)
    except msgspec.ValidationError:
        return {}  # as an older release kept it


def remember(catalog: Catalog, memory: Records) -> None:
    """Keep what is known for the next build."""
    catalog.remember(_KEY, msgspec.json.encode(memory).decode())
