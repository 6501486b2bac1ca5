"""Which kind of site each source looks like, told from a sample of its files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from feeds.article import SourceFile
from feeds.errors import ArticleError
from feeds.parse.dialects import take_apart
from feeds.parse.presets import preset_of
from feeds.parse.raw import decode
from feeds.parse.rules import Rules
from feeds.pipeline import basis
from feeds.settings import Settings
from feeds.source import read

_SAMPLE = 200  # files of one source: enough to tell, and read in a tenth of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a source looks like: a preset, and how many of its `sampled` files do.

    Counted are files with front matter that can be read; without any, `preset` is "".
    """

    files: int
    preset: str
    alike: int
    sampled: int


def likenesses(settings: Settings, files: Sequence[SourceFile]) -> list[Likeness]:
    """Return what each source looks like.

    Args:
        settings: The effective settings.
        files: All article files, as a scan found them.
    """
    return [
        _likeness([file for file in files if file.source == index], rules)
        for index, (rules, _) in enumerate(basis.rules_of(settings))
    ]


def _likeness(files: Sequence[SourceFile], rules: Rules) -> Likeness:
    step = max(1, -(-len(files) // _SAMPLE))  # spread evenly: folders differ
    looks = Counter(filter(None, (_look(file, rules) for file in files[::step])))
    ((preset, alike),) = looks.most_common(1) or [("", 0)]
    return Likeness(files=len(files), preset=preset, alike=alike, sampled=looks.total())


def _look(file: SourceFile, rules: Rules) -> str:
    """Return the preset that one file looks like; "" when it cannot be told."""
    try:
        text = decode(file.path, read(file, rules.file_limit_bytes))
        raw = take_apart(file.path, text, rules.bounds, rules.front_matter_limit_bytes)
    except ArticleError:
        return ""  # a problem of its own
    return preset_of(file.path, raw) if raw.dialect != "none" else ""
