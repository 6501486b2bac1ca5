"""Front matter that is not the first thing in a file: what stands above it.

No generator reads such front matter, and none shows the page as its author meant it; as
plain text it would print `draft: true` and what is `secured`. So it is found, and is an
error. A rule, or the line below a heading, is no fence: nothing that reads as keys which
mean something follows it.

Passed over are invisible characters, comments of the languages that sites are written
in, and the lines that a program must find first: of imports, of codings, a shebang. No
other text: below that, a fence is the author's own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

ABOVE = "expected nothing above the front matter"
_MOST_LINES = 20  # of what is above
_LONGEST_CHARS = 16_384  # of the same

# Blanks of any kind, and what is drawn as nothing at all: format characters, fillers,
# variation selectors (Unicode, 23.2 and Default_Ignorable_Code_Point).
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANK = re.compile(f"[{_UNSEEN}]+")
_STRANGE = re.compile(r"[^ \t\n]")
_ENDING = " \t\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202f\u2060\u3000\ufeff"

# Each is closed within what is looked at, or it is none.
_COMMENT = re.compile(
    r"""
    <!--.*?--> | <%\#.*?%> | <%--.*?--%> | <\#--.*?--> | <\?.*?\?>
    | \{\#.*?\#\} | \{%-?\s*\#.*?%\} | \{\{-?\s*/\*.*?\*/\s*-?\}\} | \{\{!.*?\}\}
    | \{%-?\s*comment\b.*?%\}.*?\{%-?\s*endcomment\s*-?%\}
    | \{%-?\s*(?:raw|endraw)\s*-?%\}
    | \{/\*.*?\*/\} | \{\*.*?\*\} | @\*.*?\*@ | /\*.*?\*/ | %%.*?%%
    """,
    re.DOTALL | re.VERBOSE,
)
# Whole lines. Of "#" only what no heading says.
_LINE = re.compile(
    r"""
    (?: //[^\n]*
      | \#![^\n]*
      | \#[^\n]*?\b(?:coding|vim?|ex)[ \t]*[:=][^\n]* | (?:\#[ ]*)?-\*-[^\n]*-\*-[^\n]*
      | \#[ ]*(?:SPDX-|Copyright\b)[^\n]*
      | ;;[^\n]* | \.\.[ ][^\n]* | <!DOCTYPE\b[^\n]*
      | ["']use[ ][a-z]+["'];?
      | @(?:charset|import|use|page|model|using|layout)\b[^\n]*
      | \[[^\]\n]*\]:[ \t]*(?:\#|<>)[^\n]*
    ) (?=\n|\Z)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Of a module (MDX): such a block goes on to a blank line.
_MODULE = re.compile(
    r"""
    (?:
        (?:import|export)\b
        | from[ ][^\n]*\bimport\b
        | (?:const|let|var)[ ][^\n]*=[^\n]*\brequire\b
    )
    (?:(?!\n[ \t]*(?:\n|---|\+\+\+)).)*
    """,
    re.DOTALL | re.VERBOSE,
)
# Of what is commented out, the beginning: as text it would be printed all the same.
_OPENING = re.compile(r"<!--|/\*|\{\#|\{%-?\s*(?:comment|raw)\s*-?%\}", re.VERBOSE)


class Below(NamedTuple):
    """A rest of a text, below what may be passed over.

    `is_first`: nothing is above it that people see. `unseen` names the first character
    that they do not ("U+200B"), or is "".
    """

    text: str
    is_first: bool
    unseen: str


def below(text: str) -> Iterator[Below]:
    """Yield each rest of a text that is below nothing but what may be passed over.

    The first is the whole text without what nobody sees at the ends of its first line;
    after 20 lines there is none.
    """
    head = text[:_LONGEST_CHARS]
    at, is_first, unseen = 0, True, ""
    while at < len(head):
        if blank := _BLANK.match(head, at):
            unseen = unseen or _strange(blank[0])
            at = blank.end()
        if head.count("\n", 0, at) > _MOST_LINES:
            return
        first, end, rest = text[at:].partition("\n")
        shown = first.rstrip(_ENDING)
        unseen = unseen or _strange(first[len(shown) :])
        yield Below(
            f"{shown}{end}{rest}",
            is_first=is_first,
            unseen=unseen if is_first else "",
        )
        if opening := _OPENING.match(head, at):
            inside = _BLANK.sub("", text[opening.end() :], count=1)
            yield Below(inside, is_first=False, unseen="")
        passed = (each.match(head, at) for each in (_COMMENT, _LINE, _MODULE))
        found = next(filter(None, passed), None)
        if found is None:
            return
        at, is_first = found.end(), False


def _strange(blank: str) -> str:
    """Return the name of the first character that is no common blank, or ""."""
    found = _STRANGE.search(blank)
    return f"U+{ord(found[0]):04X}" if found else ""
