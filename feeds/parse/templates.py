"""Bodies without the template code that only their own site could run.

Liquid (Jekyll), Hugo's shortcodes, and kramdown's attribute lists. None is run: tags go
and the text between them stays, as far as `feeds.parse.blocks` has left it. In code (fenced, in backticks, `<pre>`, `<code>`) they
are what the article is about, and stay, but for the marks that made them literal.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from html import escape

from feeds.article import BodyKind

# No alternative passes the opening of the next of its kind, so that a text of nothing
# but openings takes linear time. What does not close within this is no tag, but text.
_LONGEST_TAG_CHARS = 2_000
_LONGEST_BODY_CHARS = 1_000_000  # no feed shows what comes after

_FENCED = r"""
    ^[ \t>*+\d.)-]*+(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+)[^\n]*+
    (?:\n(?![ \t>]*+(?P=fence)[`~]*+[ \t]*+$)[^\n]*+)*
    (?:\n[^\n]*+)?
"""
_SPAN = r"(?<!`)(?P<ticks>`++)[^\n]{1,1000}?(?<!`)(?P=ticks)(?!`)"
_ELEMENT = r"""
    (?i:<(?P<element>pre|code)\b[^<]*+(?:<(?!/?(?P=element)\b)[^<]*+)*</(?P=element)\b)
"""
CODE = f"{_FENCED}|{_SPAN}|{_ELEMENT}"


def _block(name: str, text: str) -> str:
    """Return the pattern of a Liquid block, with its text as the group `text`."""
    return rf"""
        \{{%-?\s*+{name}\b(?P<{text}_as>[^%{{}}]*+)%\}}
        (?P<{text}>[^{{]*+(?:\{{(?!%-?\s*+(?:end)?{name}\b)[^{{]*+)*)
        \{{%-?\s*+end{name}\s*+-?%\}}
    """


_LIQUID = rf"""
    (?P<raw>{_block("raw", "literal")})
    |(?P<comment>{_block("comment", "hidden")})
    |(?P<highlight>{_block("highlight", "listed")})
    |(?P<tag>\{{%(?:(?!\{{%|%\}}|\n\n).){{0,{_LONGEST_TAG_CHARS}}}%\}})
    |(?P<output>
        \{{\{{(?![<%])(?:(?!\{{\{{|\}}\}}|\n\n).){{0,{_LONGEST_TAG_CHARS}}}\}}{{2,3}}
    )
"""
ESCAPED = r"\{\{([<%])/\*([^{}*]*+(?:\*(?!/)[^{}*]*+)*)\*/([>%])\}\}"
_HUGO = rf"""
    (?P<hugo_highlight>
        \{{\{{[<%]\s*+highlight\b(?P<hugo_listed_as>[^{{}}]*+)\}}\}}
        (?P<hugo_listed>
            [^{{]*+(?:\{{(?!\{{[<%]\s*+/?\s*+highlight\b)[^{{]*+)*
        )
        \{{\{{[<%]\s*+/\s*+highlight\s*+[>%]\}}\}}
    )
    |(?P<escaped>{ESCAPED})
    |(?P<shortcode>
        \{{\{{[<%](?:(?!\{{\{{[<%]|[>%]\}}\}}).){{0,{_LONGEST_TAG_CHARS}}}[>%]\}}\}}
    )
"""
# Only what is no format of Rust's or Python's, such as `{:?}`, `{:x}` or `{:.2f}`.
_KRAMDOWN = r"""
    (?P<contents>^(?:[*+-]|\d\.)[ ][^\n]{0,80}\n\{:[ ]?toc\b[^{}\n]{0,80}\})
    |(?P<attributes>
        \{:[ \t]*(?:[.\#][A-Za-z_]|[a-z][\w-]*+(?:=["']|:[ ]))[^{}\n]{0,400}\}
    )
    |(?P<reference>^[ \t]*\{:[ \t]*[a-z]\w*+[ \t]*\}[ \t]*$)
    |(?P<extension>\{:(?:/[a-z]*+|:[a-z][\w-]*+(?:[ /][^{}\n]{0,400})?)\})
"""
_FLAGS = re.DOTALL | re.MULTILINE | re.VERBOSE
_RAW_TAG = re.compile(r"\{%-?\s*+(?:end)?raw\s*+-?%\}")
_ESCAPE = re.compile(ESCAPED)
_LANGUAGE = re.compile(r"[\s\"']*+([\w+#.-]*+)")
_TICKS = re.compile(r"`{3,}+")


def without_templates(
    text: str, *, shortcodes_only: bool = False, kind: BodyKind = "markdown"
) -> str:
    """Return a body without template code; the same object when there is none.

    What `raw` encloses stays, what `comment` encloses goes, and what `highlight`
    encloses becomes a block of code.

    Args:
        text: A body in Markdown or HTML.
        shortcodes_only: The site is Hugo's, to which `{{ x }}` and `{% x %}` are text.
        kind: In what the blocks of code are to be written.
    """
    if "{{" not in text and "{%" not in text and "{:" not in text:
        return text
    block = _element if kind == "html" else _fenced

    def replaced(match: re.Match[str]) -> str:
        replacement = _REPLACEMENTS.get(match.lastgroup or "")
        return replacement(match, block) if replacement else ""

    head, tail = text[:_LONGEST_BODY_CHARS], text[_LONGEST_BODY_CHARS:]
    return _templates(shortcodes_only=shortcodes_only).sub(replaced, head) + tail


@cache
def _templates(*, shortcodes_only: bool) -> re.Pattern[str]:
    if shortcodes_only:
        return re.compile(f"(?P<verbatim>{CODE})|{_HUGO}", _FLAGS)
    return re.compile(f"(?P<code>{CODE})|{_HUGO}|{_LIQUID}|{_KRAMDOWN}", _FLAGS)


_Block = Callable[[str, str], str]  # the language and the lines -> a block of code


def _fenced(language: str, lines: str) -> str:
    longest = max((len(ticks) for ticks in _TICKS.findall(lines)), default=2)
    fence = "`" * (longest + 1)
    return f"\n{fence}{language}\n{lines}\n{fence}\n"


def _element(_language: str, lines: str) -> str:
    return f"<pre><code>{escape(lines, quote=False)}</code></pre>"


def _listing(text: str, arguments: str, block: _Block) -> str:
    language = _LANGUAGE.match(arguments)
    return block(language[1] if language else "", _unmarked(text).strip("\n"))


def _unmarked(code: str) -> str:
    return _unescaped(_RAW_TAG.sub("", code))


def _unescaped(code: str) -> str:
    """Return shortcodes as Hugo shows those that are commented out."""
    return _ESCAPE.sub(r"{{\1\2\3}}", code)


# By the group that matched; what matched another goes without replacement.
_REPLACEMENTS: Mapping[str, Callable[[re.Match[str], _Block], str]] = {
    "verbatim": lambda match, _: _unescaped(match[0]),
    "code": lambda match, _: _unmarked(match[0]),
    "raw": lambda match, _: match["literal"],
    "highlight": lambda m, block: _listing(m["listed"], m["listed_as"], block),
    "hugo_highlight": lambda match, block: _listing(
        match["hugo_listed"], match["hugo_listed_as"], block
    ),
    "escaped": lambda match, _: _unescaped(match[0]),
}
