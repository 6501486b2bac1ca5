"""Which kind of site each source looks like, told by what its files look like."""

from collections import Counter
from dataclasses import dataclass

from feeds.pipeline.report import Survey
from feeds.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a source looks like: a preset, and how many of its `sampled` files do.

    Counted are files with front matter that can be read; without any, `preset` is "".
    """

    files: int
    preset: str
    alike: int
    sampled: int


def likenesses(settings: Settings, found: Survey) -> list[Likeness]:
    """Return what each source looks like."""
    files = Counter(file.source for file in found.files.values())
    looks: list[Counter[str]] = [Counter() for _ in settings.sources]
    for path, file in found.files.items():
        if look := found.looks.get(path):
            looks[file.source][look] += 1
    return [_likeness(files[index], seen) for index, seen in enumerate(looks)]


def _likeness(files: int, looks: Counter[str]) -> Likeness:
    ((preset, alike),) = looks.most_common(1) or [("", 0)]
    return Likeness(files=files, preset=preset, alike=alike, sampled=looks.total())
