"""YAML front matter as plain values, from libyaml's events and within bounds.

The meaning is the YAML 1.2 core schema (YAML 1.2.2, 10.3): only null, true/false and
numbers are more than text, so a date, `yes` or `1_000` is what its author typed and
`feeds.parse.fields` decides what it means. YAML 1.1's merge key `<<` is understood.

PyYAML's own composer recurses in C (200 kB of "[" end the process) and copies merges
without bound (1 kB can hang it for good); this reader does neither.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from feeds.parse.reasons import too_deep, yaml_fault
from feeds.parse.rules import Bounds

try:
    from yaml._yaml import CParser as CParser  # noqa: PLC0414 - for `feeds.parse.places`
except ImportError:  # PyYAML without libyaml: the same events, ten times slower
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class CParser(Reader, Scanner, Parser):  # type: ignore[no-redef]  # same duty
        """PyYAML's own parser behind the interface of libyaml's."""

        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)


# YAML 1.1, and so libyaml, ends a line at these two; YAML 1.2 (5.4) calls them text.
_SEPARATORS = "\u2028\u2029"


def stand_ins(text: str) -> dict[int, int]:
    """Return what stands for each separator until it is read: characters not in use.

    Empty where there are no separators.
    """
    if not any(each in text for each in _SEPARATORS):
        return {}
    private = (code for code in range(0x10FFFD, 0xF0000, -1) if chr(code) not in text)
    return dict(zip(map(ord, _SEPARATORS), private, strict=False))


class YamlError(ValueError):
    """The text is no YAML mapping within bounds; `line` counts from 0."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    into: Any
    anchor: str | None
    start: int
    key: str | None = None
    spelt: str = ""
    key_line: int = 0
    merges: list[Any] = field(default_factory=list)


def _in_place(line: int) -> int:
    return line


@dataclass(slots=True)
class Marks:
    """Where the top-level keys stand, by key in lower case.

    `lines` counts from 0; `spelling` has the keys that are written otherwise;
    `duplicates` are keys that occurred again, with the line of that. `place` tells where
    a line of what was read stands in the whole.
    """

    lines: dict[str, int] = field(default_factory=dict)
    spelling: dict[str, str] = field(default_factory=dict)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    place: Callable[[int], int] = _in_place


def read_yaml(text: str, bounds: Bounds) -> tuple[Any, Marks]:
    """Return the value of the first document in `text`, and where its keys stand.

    Keys are in lower case; of two that differ in nothing but case the last one wins.

    Raises:
        YamlError: it is not YAML, or exceeds the bounds.
    """
    hidden = stand_ins(text)
    reader = _Reader(bounds, {stand_in: each for each, stand_in in hidden.items()})
    try:
        parser = CParser(text.translate(hidden) if hidden else text)
        while (event := parser.get_event()) and not reader.take(event):
            pass
    except yaml.YAMLError as error:
        begun, noticed = (
            mark.index if mark else -1
            for mark in (
                getattr(error, "context_mark", None),
                getattr(error, "problem_mark", None),
            )
        )
        if max(begun, noticed) < 0:
            raise YamlError("not YAML", 0) from error
        at = max(noticed, begun)
        raise YamlError(*yaml_fault(text, begun, at, bounds.nesting)) from error
    return reader.result, reader.marks


class _Reader:
    """Builds values from events with a stack of its own, counting as it goes."""

    def __init__(self, bounds: Bounds, hidden: Mapping[int, int]) -> None:
        self.result: Any = None
        self._hidden = hidden
        self.marks = Marks()
        self._bounds = bounds
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def take(self, event: Event) -> bool:
        """Take one event; return whether the document's root is complete."""
        if isinstance(event, ScalarEvent):  # by far most are
            self._count(1, event)
            if self._hidden:
                event.value = event.value.translate(self._hidden)
            value = event.value if event.style else _scalar(event)
            if event.anchor:
                self._anchor(event.anchor, value, 1)
            return self._put(value, event)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._open(event)
            return False
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            return self._close(event)
        return isinstance(event, AliasEvent) and self._alias(event)

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        self._count(1, event)
        if len(self._stack) >= self._bounds.nesting:
            raise YamlError(too_deep(self._bounds.nesting), line_of(event))
        into: Any = {} if isinstance(event, MappingStartEvent) else []
        self._stack.append(_Open(into, event.anchor, self._nodes))

    def _close(self, event: Event) -> bool:
        done = self._stack.pop()
        for source in done.merges:
            self._merge(done.into, source, event)
        self._anchor(done.anchor, done.into, self._nodes - done.start + 1)
        return self._put(done.into, event)

    def _alias(self, event: AliasEvent) -> bool:
        if event.anchor not in self._anchors:
            raise YamlError("an alias without an anchor", line_of(event))
        value, weight = self._anchors[event.anchor]
        self._count(weight, event)
        return self._put(value, event)

    def _anchor(self, anchor: str | None, value: Any, weight: int) -> None:
        if anchor:
            is_secret = any(level.key == "secured" for level in self._stack)
            self._anchors[anchor] = (None if is_secret else value, weight)

    def _count(self, weight: int, event: Event) -> None:
        self._nodes += weight
        if self._nodes > self._bounds.nodes:
            raise YamlError(
                f"more than {self._bounds.nodes} values, aliases spelt out",
                line_of(event),
            )

    def _put(self, value: Any, event: Event) -> bool:
        if not self._stack:
            self.result = value
            return True
        top = self._stack[-1]
        if type(top.into) is list:
            top.into.append(value)
        elif top.key is None:
            self._key(top, value, event)
        else:
            self._pair(top, value)
        return False

    def _key(self, top: _Open, value: Any, event: Event) -> None:
        if isinstance(value, dict | list):
            raise YamlError("expected a scalar as key", line_of(event))
        top.spelt = "null" if value is None else str(value)
        top.key = top.spelt.casefold()
        top.key_line = line_of(event)

    def _pair(self, top: _Open, value: Any) -> None:
        key, top.key = top.key or "", None
        if key == "<<":
            top.merges.extend(value if isinstance(value, list) else [value])
            return
        if key in top.into:
            self.marks.duplicates.append((self._path(), top.key_line))
        if len(self._stack) == 1:
            self.marks.lines[key] = top.key_line
            if top.spelt != key:
                self.marks.spelling[key] = top.spelt
        top.into[key] = value

    def _path(self) -> str:
        """Return the path of the current key, as it is written."""
        path = ""
        for level in self._stack:
            if isinstance(level.into, list):
                path += f"[{len(level.into)}]"
            else:
                path += f".{level.spelt}" if path else level.spelt
        return path

    def _merge(self, into: dict[str, Any], source: Any, event: Event) -> None:
        if not isinstance(source, Mapping):
            raise YamlError("expected a mapping to merge", line_of(event))
        self._count(len(source), event)
        for key, value in source.items():
            into.setdefault(key, value)


def line_of(event: Event) -> int:
    """Return the line on which an event begins, from 0."""
    return int(event.start_mark.line) if event.start_mark else 0


NULLS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS: Mapping[str, bool | None] = {**dict.fromkeys(NULLS), **BOOLS}
_PLAIN_INT = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


class SpeltNumber(float):
    """A number that reads as it was typed: "2.10" as a title must not become "2.1"."""

    __slots__ = ("_text",)
    _text: str

    def __str__(self) -> str:
        """Return the text in the file."""
        return self._text

    @classmethod
    def from_text(cls, text: str) -> "SpeltNumber":
        """Return the number that the YAML core schema sees in `text`."""
        made = cls(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        made._text = text
        return made


def _scalar(event: ScalarEvent) -> Any:
    if event.style or (event.tag and not event.implicit[0]):
        return event.value  # quoted or tagged: what was typed
    return plain(event.value)


def plain(text: str) -> Any:
    """Return what a plain scalar means: a number, true, false, null, or its text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-.0123456789" and ":" not in text:  # most that begin so are dates
        if _PLAIN_INT.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return SpeltNumber.from_text(text)
    return text
