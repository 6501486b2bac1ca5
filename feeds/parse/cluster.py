"""Cuts a long `related` list in YAML before it is parsed.

A story's leader may list 179 others in 142 kB, of which feeds show ten: parsing the
rest was nine tenths of the cost of such a file. The cut keeps every line in its place,
so that marks still tell the truth, and is undone by the caller when what is left is no
longer YAML.
"""

import re

_LIST = re.compile(r"^(?:related|'related'|\"related\"):[ \t]*\n( *)- ", re.MULTILINE)
_ANCHOR_OR_ALIAS = re.compile(r"(?:^|[\s\[{,])[&*][^\s,\]}]", re.MULTILINE)
_FEW_CHARS = 4_096  # looking for the place to cut costs more than parsing these


def without_surplus(front_matter: str, limit: int) -> str:
    """Return YAML front matter whose `related` has at most `limit` items.

    Anything out of the ordinary is left as it is: anchors (they may be meant further
    down), flow lists, a quotation that the cut would tear. A line of quoted text may
    look like an item: whoever reads the result must find `limit` of them, or start over.
    """
    if len(front_matter) < _FEW_CHARS:
        return front_matter
    found = _LIST.search(front_matter)
    if found is None:
        return front_matter
    items = re.compile(rf"^{found[1]}- |^(?![ \n-]).", re.MULTILINE)
    start = found.start(1)
    cut_at = end = 0
    for count, item in enumerate(items.finditer(front_matter, start)):
        if not item[0].endswith("- "):
            end = item.start()
            break
        if count == limit:
            cut_at = item.start()
    else:
        end = len(front_matter)
    if not cut_at or not limit:
        return front_matter
    kept, surplus = front_matter[start:cut_at], front_matter[cut_at:end]
    is_torn = (kept.count('"') - kept.count('\\"')) % 2
    if is_torn or _ANCHOR_OR_ALIAS.search(surplus):
        return front_matter
    return front_matter[:cut_at] + "\n" * surplus.count("\n") + front_matter[end:]
