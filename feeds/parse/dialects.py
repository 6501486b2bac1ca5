"""The dialects of front matter: text in, a raw mapping with marks and a body out.

One table of handlers on python-frontmatter, in `feeds.parse.handlers`.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import frontmatter

from feeds.errors import ArticleError, Problem
from feeds.parse.above import ABOVE, Below, below
from feeds.parse.handlers import FENCED, HANDLERS, BoundsError, Handler
from feeds.parse.presets import Mapped, known_keys, telling_keys
from feeds.parse.raw import Moved, Places, Raw
from feeds.parse.reasons import json_reason, toml_fault
from feeds.parse.rules import Bounds
from feeds.parse.secrets import SECURED
from feeds.parse.yaml import YamlError


def take_apart(
    path: str,
    text: str,
    bounds: Bounds,
    front_matter_limit_bytes: int,
    fields: Mapped = (),
) -> Raw:
    """Return the front matter and the body of `text`, which is legal.

    Args:
        path: For messages.
        text: Of the whole file.
        bounds: How much of the front matter is read.
        front_matter_limit_bytes: How long it may be.
        fields: The keys of fields, as configured: by these, too, it is told from text.

    Raises:
        ArticleError: it opens with a fence, but what follows cannot be read; or front
            matter stands below what no generator reads it below.
    """
    stripped = text.lstrip("\n\t ")
    first_line = text.count("\n", 0, len(text) - len(stripped)) + 1
    handler = _handler(stripped, bounds)
    if handler is None:
        known = telling_keys(fields)
        for fault in _slips(stripped, bounds, front_matter_limit_bytes, known):
            raise ArticleError(replace(fault, path=path, line=first_line))
        return Raw(dialect="none", metadata={}, body=text)
    if _exceeds(handler.front_matter, front_matter_limit_bytes):
        expected = f"expected at most {front_matter_limit_bytes} bytes of front matter"
        raise ArticleError(Problem(path=path, line=first_line, expected=expected))
    try:
        # The handler has its parts already: a copy of the whole text is not needed.
        metadata, body = frontmatter.parse("", handler=handler)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        reason, at = _fault(error, handler.front_matter)
        problem = Problem(
            path=path,
            line=first_line + handler.fence_lines + at,
            key=_key_on(handler.front_matter, at),
            expected=f"expected {handler.name} front matter: {reason}",
        )
        raise ArticleError(problem) from error
    if not metadata:
        expected = f"expected keys and values as {handler.name} between the fences"
        raise ArticleError(Problem(path=path, line=first_line, expected=expected))

    def body_line() -> int:
        return text.count("\n", 0, text.rfind(body)) + 1  # it is the end of the file

    return _raw(handler, metadata, body, first_line + handler.fence_lines, body_line)


def _slips(
    text: str, bounds: Bounds, limit_bytes: int, known: frozenset[str]
) -> Iterator[Problem]:
    """Yield why a text is half-written or a slip: as plain text it would tell secrets."""
    for torn, expected in _TORN.items():
        if torn(text):
            yield Problem(path="", expected=expected)
    for rest in below(text):
        if _is_front_matter(rest, bounds, limit_bytes, known):
            yield Problem(path="", value=rest.unseen, expected=ABOVE)


def misread(text: str, bounds: Bounds, limit_bytes: int, fields: Mapped) -> bool:
    """Whether a text that was published as plain text is front matter with its body.

    Its first line may be gone: that was taken for the title.
    """
    known = telling_keys(fields)
    return any(
        _is_front_matter(rest, bounds, limit_bytes, known)
        for whole in (text, *(f"{fence}\n{text}" for fence in _FENCES))
        for rest in below(whole)
    )


_FENCES = ("---", "+++", "---json")


def _is_front_matter(
    rest: Below, bounds: Bounds, limit_bytes: int, known: frozenset[str]
) -> bool:
    """Whether a rest of a text reads as front matter, with a key that is known.

    Lines of keys are enough where no reader comes to an end with it.
    """
    # Header lines have no fence; but what nobody sees is nothing above them either.
    kinds = HANDLERS if rest.is_first and rest.unseen else FENCED
    handler = _handler(rest.text, bounds, kinds)
    if handler is None:
        is_open = rest.text.partition("\n")[0].lower() in _FENCES
        return is_open and _has_line_of(known, rest.text.partition("\n")[2])
    if not _exceeds(handler.front_matter, limit_bytes):
        with contextlib.suppress(ValueError, TypeError, RecursionError, OverflowError):
            return not known.isdisjoint(handler.load(handler.front_matter))
    return _has_line_of(known, handler.front_matter)


def _has_line_of(known: frozenset[str], text: str) -> bool:
    """Whether a line of the first paragraph begins with a key that is known."""
    first = "" if text[:1] == "\n" else text[:_LONGEST_CHARS].partition("\n\n")[0]
    matches = map(_KEY.match, first.split("\n"))
    return any(match[1].casefold() in known for match in matches if match)


_LONGEST_CHARS = 4_096  # of a first paragraph


def _exceeds(text: str, limit_bytes: int) -> bool:
    # No character of UTF-8 takes more than four bytes.
    return len(text) * 4 > limit_bytes and len(text.encode()) > limit_bytes


def _handler(
    text: str, bounds: Bounds, kinds: Sequence[type[Handler]] = HANDLERS
) -> Handler | None:
    for make in kinds:
        if parts := make.parts(text):
            return make(*parts, bounds)
    return None


def _fault(error: Exception, front_matter: str) -> tuple[str, int]:
    """Return why, in words of ours, and the line of the front matter, from 0.

    Without any of the file's text: it might be a secret.
    """
    if conflict := _CONFLICT.search(front_matter):
        at = front_matter.count("\n", 0, conflict.start())
        return "a merge conflict is not resolved", at
    if isinstance(error, YamlError):
        return str(error), error.line
    if isinstance(error, tomllib.TOMLDecodeError):
        return toml_fault(front_matter, error)
    if isinstance(error, json.JSONDecodeError):
        return json_reason(error.doc, error.pos), error.lineno - 1
    if isinstance(error, BoundsError):
        return str(error), 0
    is_deep = isinstance(error, RecursionError)
    return "nested too deep" if is_deep else "not understood", 0


_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)  # Git's mark


# Shorter than any part of a secret that may be told.
_KEY = re.compile(r"""[ \t]*(?:- )?["']?([A-Za-z][\w-]{0,22})["']?[ \t]*[:=]""")


def _key_on(front_matter: str, line: int) -> str:
    """Return the key that stands on a line, from 0, or "".

    After `secured` only one that is known: others may be part of what it holds.
    """
    *before, on = front_matter.split("\n", line + 1)[: line + 1]
    match = _KEY.match(on) if line == len(before) else None
    key = match[1] if match else ""
    is_after = any(SECURED in each.casefold() for each in before)
    return "" if is_after and key.casefold() not in _TOLD else key


_TOLD = known_keys("smartable", ())


def _raw(
    handler: Handler,
    metadata: dict[str, object],
    body: str,
    offset: int,
    body_line: Callable[[], int],
) -> Raw:
    marks = handler.marks
    if SECURED in metadata:
        metadata[SECURED] = None  # that it is there tells the kind of site

    def place(line: int) -> int:
        return offset + marks.place(line)

    def places() -> Places:
        found = handler.places()
        return {key: (line + offset, spelt) for key, (line, spelt) in found.items()}

    return Raw(
        dialect=handler.name,
        metadata=metadata,
        body=body,
        lines=Moved(marks.lines, place),
        spelling=marks.spelling,
        duplicates=tuple((key, place(line)) for key, line in marks.duplicates),
        find_places=places,
        body_line=body_line,
    )


_KEYS = r"(?:[A-Za-z_][\w-]*:(?:[ \t][^\n]*)?\n(?:[ \t-][^\n]*\n)*){2}"
# A fence with keys below it, as opposed to a rule or an underlined heading.
_UNCLOSED = re.compile(
    r"(?:---|\+\+\+)[ \t]*\n(?:\n|[^\n]+\n)*?"
    r"(?:[\"']?secured|(?<=\n)[\"']?[A-Za-z_][\w-]*[\"']?[ \t]*[:=](?:[ \t]|\n))",
    re.IGNORECASE,
)
_KEY_LINE = re.compile(r"[A-Za-z_][\w-]*:(?:[ \t]|$)")
_MOST_LINES = 500  # of front matter that lacks its first fence


def _lacks_first_fence(text: str) -> bool:
    """Whether a text begins with two keys, and a fence follows without a blank line."""
    count = 0
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        if line.rstrip() == "---":
            return count > 1
        count += bool(_KEY_LINE.match(line))
        if not line.strip() or not count:
            return False
    return False


_Test = Callable[[str], object]
_TORN: Mapping[_Test, str] = {
    _UNCLOSED.match: "expected the front matter to be closed by a line like its first",
    re.compile(r"---[ \t]*[A-Za-z]+[ \t]*\n(?s:.*?)\n---[ \t]*(?:\n|$)").match: (
        "expected front matter in YAML, TOML or JSON"
    ),
    re.compile(rf"(?:-{{2,}}|-*[\u2013\u2014]+-*)[ \t]*\n{_KEYS}").match: (
        'expected the front matter to begin with "---"'
    ),
    _lacks_first_fence: 'expected a line of "---" above the front matter',
    re.compile(
        rf"(?:<!--(?:(?!-->)[^\n]|\n){{0,2000}}-->\s*)+---[ \t]*\n{_KEYS}"
    ).match: ABOVE,
}
