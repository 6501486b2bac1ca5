"""Where the keys of YAML front matter stand, at every depth.

Only what is reported asks for it: reading is quick because it does not keep this.
"""

from dataclasses import dataclass

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from feeds.parse.raw import Places
from feeds.parse.yaml import CParser, line_of, stand_ins


@dataclass(slots=True)
class _Level:
    """An open collection: its key path, as it is folded and as it is written."""

    path: str
    spelt: str
    is_mapping: bool
    count: int = 0
    key: tuple[str, str] | None = None

    def child(self) -> tuple[str, str]:
        """Return the path of the value that comes next."""
        if self.is_mapping:
            return self.key or ("", "")
        return f"{self.path}[{self.count}]", f"{self.spelt}[{self.count}]"


def yaml_places(text: str) -> Places:
    """Return line (from 0) and spelling of every key and item, by its path.

    As much as there is before the first fault; of repeated keys the last.
    """
    found: dict[str, tuple[int, str]] = {}
    levels: list[_Level] = []
    try:
        parser = CParser(text.translate(stand_ins(text)))
        while event := parser.get_event():
            if isinstance(event, CollectionEndEvent):
                levels.pop()
            if isinstance(event, NodeEvent | CollectionEndEvent):
                _take(event, levels, found)
    except yaml.YAMLError:
        pass  # whoever read the front matter has told
    return found


def _take(
    event: NodeEvent | CollectionEndEvent,
    levels: list[_Level],
    found: dict[str, tuple[int, str]],
) -> None:
    top = levels[-1] if levels else None
    if isinstance(event, CollectionEndEvent):
        if top:
            _advance(top)
        return
    line = line_of(event)
    if top and top.is_mapping and top.key is None and isinstance(event, ScalarEvent):
        joint = "." if top.path else ""
        path = f"{top.path}{joint}{event.value.casefold()}"
        top.key = path, f"{top.spelt}{joint}{event.value}"
        found[path] = line, top.key[1]
        return
    path, spelt = top.child() if top else ("", "")
    if top and not top.is_mapping:
        found[path] = line, spelt
    if isinstance(event, CollectionStartEvent):
        levels.append(_Level(path, spelt, isinstance(event, MappingStartEvent)))
    elif top:
        _advance(top)


def _advance(level: _Level) -> None:
    """Note that one value of a collection is complete."""
    level.count += 1
    level.key = None
