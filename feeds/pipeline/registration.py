"""One registry file -> one registration, or the reason why there is none.

Two kinds, as generators keep them below `_data`: a topic is a YAML file, an organization
the front matter of a Markdown file. Keys are read in any case, unknown ones are ignored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from feeds import text as legible
from feeds.errors import ArticleError, Problem, shown
from feeds.parse.dialects import take_apart
from feeds.parse.raw import decode
from feeds.parse.yaml import YamlError, read_yaml
from feeds.pipeline.registry_records import NO_KEYS, Lines, Terms
from feeds.registry import Kind, Registration, image_url

_TAXONOMY: Mapping[Kind, str] = {"topic": "topic", "provider": "organization"}
_ALIASES = ("aliases", "othernames", "shortname")
_NAME_CHARS = 500  # far above any name; every build makes slugs of all


def read_registration(
    kind: Kind, path: str, content: bytes, terms: Terms
) -> tuple[Registration | None, Lines, tuple[Problem, ...]]:
    """Return what a file registers, the lines of its keys, and what is wrong with it.

    Args:
        kind: What the file is about.
        path: The file, for messages; it becomes the `place`.
        content: The file's bytes.
        terms: What the settings say.
    """
    try:
        fields = _taken_apart(kind, path, content, terms)
    except ArticleError as error:
        return None, {}, (error.problem,)
    except MemoryError:
        raise  # for whoever bounds it
    except Exception as error:  # noqa: BLE001 - the one border that nothing may pass
        expected = f"expected a readable file ({type(error).__name__})"
        return None, {}, (Problem(path=path, expected=expected),)
    found = _registration(kind, fields, terms.home)
    return found, fields.lines, tuple(fields.problems)


class _Fields:
    """The keys of one file, and the problems found in them so far."""

    def __init__(self, path: str, values: Mapping[str, Any], lines: Lines) -> None:
        self.path, self.values, self.lines = path, values, lines
        self.problems: list[Problem] = []

    def report(self, key: str, expected: str, value: object = None) -> None:
        """Collect one problem."""
        problem = Problem(
            path=self.path,
            line=self.lines.get(key, 0),
            key=key,
            expected=expected,
            value="" if value is None else shown(value),
            severity="warning",
        )
        self.problems.append(problem)

    def names(self, key: str) -> Iterator[str]:
        """Yield the texts under a key: a list, or one alone."""
        value = self.values.get(key)
        for item in value if isinstance(value, list) else [value]:
            text = "" if item is None else str(item)
            if isinstance(item, list | dict):
                self.report(key, "expected text", item)
            elif len(text) > _NAME_CHARS:
                expected = f"expected at most {_NAME_CHARS} characters; dropped"
                self.report(key, expected, item)
            elif text := legible.clean(text):
                yield text

    def text(self, key: str) -> str:
        """Return the text under a key."""
        return next(self.names(key), "")


def _taken_apart(kind: Kind, path: str, content: bytes, terms: Terms) -> _Fields:
    text = decode(path, content)
    if kind == "provider":
        raw = take_apart(path, text, terms.bounds, terms.limit_bytes)
        return _Fields(path, raw.metadata, dict(raw.lines))
    try:
        value, marks = read_yaml(text, terms.bounds)
    except YamlError as error:
        expected = f"expected YAML: {error}"
        problem = Problem(path=path, line=error.line + 1, expected=expected)
        raise ArticleError(problem) from error
    if not isinstance(value, dict):
        raise ArticleError(Problem(path=path, expected=NO_KEYS))
    return _Fields(path, value, {key: at + 1 for key, at in marks.lines.items()})


def _registration(kind: Kind, fields: _Fields, home: str) -> Registration | None:
    id_, domain = fields.text("_id") or fields.text("slug"), ""
    taxonomy = fields.text("taxonomy")
    if taxonomy not in {"", _TAXONOMY[kind]}:
        fields.report("taxonomy", f"expected '{_TAXONOMY[kind]}'; not read", taxonomy)
        return None
    if kind == "provider":
        domain = _domain(fields, id_)
        id_ = "" if legible.domain_of(id_) == domain else id_
    name = fields.text("name") or id_ or domain
    if not name:
        fields.report("name", "expected a name; not read")
        return None
    return Registration(
        kind=kind,
        name=name,
        place=fields.path,
        slug=id_,
        domain=domain,
        parent=fields.text("parent") if kind == "topic" else "",
        # Once each: YAML's own aliases repeat a long text at no cost to the file.
        aliases=tuple(
            dict.fromkeys(name for key in _ALIASES for name in fields.names(key))
        ),
        image=_image(fields, home),
        keywords=tuple(dict.fromkeys(fields.names("keywords"))),
    )


def _domain(fields: _Fields, id_: str) -> str:
    stated = fields.text("domain")
    domain = legible.domain_of(stated)
    if stated and not domain:
        fields.report("domain", 'expected a domain such as "example.org"', stated)
    return domain or legible.domain_of(id_)


def _image(fields: _Fields, home: str) -> str:
    """Return the widest of the pictures; of equals the first."""
    key = "images" if fields.values.get("images") is not None else "image"
    value = fields.values.get(key)
    found = []
    for item in value if isinstance(value, list) else [value]:
        facts = item if isinstance(item, dict) else {"url": item}
        target = facts.get("url")
        if item is None:
            continue
        url = image_url(target, home) if isinstance(target, str) and target else ""
        if not url:
            fields.report(key, "expected an http(s) URL; dropped", target)
            continue
        width = facts.get("width")
        found.append((width if isinstance(width, int) else 0, url))
    return max(found, key=lambda each: each[0], default=(0, ""))[1]
