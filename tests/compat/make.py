"""Has a release of Stoker keep a small site for a week; what it leaves is kept here.

`python -m tests.compat.make STOKER FOLDER` runs the given command (of the release, not
of this tree) after each day's edits, each at a fixed instant, and leaves in FOLDER:

- `site.tar.xz`: settings, articles, state and output as they were, dates included;
- `ledger.jsonl`: what `ledger export` of that release says of it;
- `every.toml`: each setting that the release knows, which it must accept.

FOLDER is named after the release and never made again: it is what was, not what is.
"""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST_BUILD = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
_FIRST_MTIME_S = 1_767_225_600  # long before, so that no build takes a file for new

SETTINGS = """\
[site]
title = "The Ebb Gazette"
description = "What the tide brings to one invented estuary"
base_url = "https://feeds.ebb.example"
home_page_url = "https://www.ebb.example"
tag_authority = "ebb.example,2025"
language = "en"
time_zone = "Europe/Berlin"

[[sources]]
path = "articles"
media_url = "https://media.ebb.example/audio"
media_path = "audio"

[[sources]]
path = "notes"
name = "notes"
plain_text = "publish"
undated = "mtime"
future = "clamp"
[sources.defaults]
category = "notes"
topics = ["Mudflats"]
provider = { name = "Ebb Notes", domain = "notes.ebb.example" }

[[topics]]
name = "Night ferries"
slug = "ferries"
aliases = ["Ferry service"]

[[topics]]
name = "Locks"
parent = "Canals"

[[topics]]
name = "Canals"

[[providers]]
name = "Harbour Post"
domain = "harbourpost.example"
aliases = ["The Harbour Post", "post.example"]

[output]
path = "output"
encodings = ["gzip"]
"""

# Every key of the release with a value that is not its default, where there is another.
EVERY = """\
[site]
title = "Every"
description = "Every setting"
base_url = "https://feeds.every.example"
home_page_url = "https://every.example"
tag_authority = "every.example,2025"
language = "de"
time_zone = "Asia/Kathmandu"
author = "The desk"
icon = "https://every.example/icon.png"
logo = "https://every.example/logo.png"
rights = "Free to share"

[[sources]]
path = "articles"
name = "main"
include = ["*.md", "*.txt"]
exclude = ["drafts/*"]
plain_text = "publish"
undated = "mtime"
future = "clamp"
preset = "jekyll"
permalink = "/:year/:month/:title/"
media_url = "https://media.every.example"
media_path = "audio"
[sources.fields]
title = ["headline", "title"]
[sources.defaults]
date = "2021-01-27"
category = "news"
topics = ["Everything"]
provider = { name = "Every Post", domain = "post.every.example" }
language = "en"

[[topics]]
name = "Night trains"
slug = "sleepers"
parent = "Rail"
aliases = ["Couchettes"]
image = "https://every.example/sleepers.png"
keywords = ["berth"]
[[topics]]
name = "Rail"

[[providers]]
name = "Harbour Post"
domain = "harbourpost.example"
slug = "harbour-post"
aliases = ["The Harbour Post"]
image = "https://every.example/post.png"
keywords = ["post"]

[registry]
folders = ["register"]

[feeds]
limit = 40
orders = ["latest", "top"]
formats = ["atom", "json"]
html = false
half_life = "12h"
top_window = "30d"
related_limit = 5
tag_minimum = 3
include_children = true
platforms = ["youtube.com"]

[limits]
file_bytes = 8388608
front_matter_bytes = 524288
nesting = 10
nodes = 40000

[output]
path = "public"
state = "kept"
encodings = ["gzip", "zstd"]

[server]
host = "127.0.0.2"
port = 8001
max_age = "10m"
stale_while_revalidate = "2h"
stale_if_error = "2d"

[schedule]
interval = "10m"
cron = "*/20 * * * *"
watch = false
debounce = "50ms"
build_timeout = "20m"
stale_after = "2h"
"""

_TOPIC_FILE = """\
_id: saltmarsh
name: Salt marsh
otherNames: [Saltings]
keywords: [glasswort]
"""
_ARTICLE = """\
---
category: {category}
title: "{title}"
excerpt: "{excerpt}"
publishedDateTime: {date}
webUrl: "https://{domain}/{slug}"
heat: {heat}
quality: {quality}
published: {published}
provider:
  name: {provider}
  domain: {domain}
topics: [{topics}]
{more}secured: "{secured}"
---
{body}"""


class Desk:
    """The folder of a site, and what editors do to it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seconds = _FIRST_MTIME_S

    def text(self, name: str, content: str) -> None:
        """Write a file; each is a minute younger than the one before."""
        file = self._root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
        self._seconds += 60
        os.utime(file, (self._seconds, self._seconds))

    def article(self, name: str, **facts: object) -> None:
        """Write an article with these facts, and others that do not matter."""
        plain: dict[str, object] = {
            "category": "news",
            "excerpt": "Two boats, one tide.",
            "heat": 80,
            "quality": 60,
            "published": "true",
            "provider": "Harbour Post",
            "domain": "harbourpost.example",
            "topics": "Night ferries",
            "more": "",
            "secured": "b2xkIGNpcGhlcg==",
            "body": "",
            "slug": Path(name).stem,
        }
        self.text(f"articles/{name}", _ARTICLE.format(**{**plain, **facts}))

    def rename(self, name: str, new: str) -> None:
        """Move a file, which keeps its date."""
        (self._root / name).rename(self._root / new)

    def delete(self, name: str) -> None:
        """Delete a file."""
        (self._root / name).unlink()


def monday(desk: Desk) -> None:
    """Begin: two sources, registered names and free tags, media, plain text."""
    desk.text("stoker.toml", SETTINGS)
    desk.text("articles/_data/topics/saltmarsh.yaml", _TOPIC_FILE)
    desk.text("audio/tide.mp3", "no audio, but it has a size" * 100)
    desk.article("first-boat.md", title="The first boat", date="2026-03-01T07:30:00Z")
    desk.article(
        "second-boat.md",
        title="The second boat",
        date="2026-03-01T08:30:00.678+01:00",
        provider="The Harbour Post",
        domain="post.example",
        topics="Ferry service, Locks",
        heat=120,
        more="tags: [pilots, knots]\n",
    )
    desk.article(
        "lock-keeper.md",
        title="A day with the lock keeper",
        date="2026-02-27",
        topics="Locks",
        provider="Ebb TV",
        domain="youtube.com",
        heat=140,
        more="tags: [pilots]\ntype: video\noriginalUrl: https://wire.example/lock\n"
        "images:\n  - url: https://img.ebb.example/lock.jpg\n    width: 640\n    height: 480\n",
        body="The *keeper* says: {% if site.preview %}only in preview{% endif %} open.\n",
    )
    desk.article(
        "glasswort.md",
        title="Glasswort is back",
        date="2026-02-20T12:00:00Z",
        topics="Saltings",
        category="nature",
        provider="Reed Review",
        domain="reed.example",
        heat=-1,
        more="language: de\nrelated:\n  - title: Another\n    url: https://reed.example/2\n",
    )
    desk.article(
        "tide-tables.md",
        title="Tide tables, read aloud",
        date="2026-02-25T06:00:00Z",
        topics="Mudflats",
        category="podcasts",
        provider="Reed Review",
        domain="reed.example",
        more="enclosure: tide.mp3\nduration: '12:30'\n",
    )
    desk.article(
        "regatta.md",
        title="The regatta is called off",
        date="2026-02-28T10:00:00Z",
        topics="Regatta",
    )
    desk.article(
        "gone-soon.md",
        title="A quay that will close",
        date="2026-02-26T10:00:00Z",
        topics="Quays",
    )
    desk.article(
        "for-a-while.md",
        title="Only until Thursday",
        date="2026-02-24T10:00:00Z",
        more="expiryDate: 2026-03-05T00:00:00Z\n",
    )
    desk.text(
        "notes/2026-02-10-mud.txt",
        "What the mud keeps\n\nA letter without any front matter.\n",
    )
    desk.text("notes/heron.md", "# The heron\n\nDated by its file alone.\n")


def tuesday(desk: Desk) -> None:
    """Edit: one title that readers see, one file whose changes nobody does."""
    desk.article(
        "first-boat.md", title="The first boat, at last", date="2026-03-01T07:30:00Z"
    )
    desk.article(
        "regatta.md",
        title="The regatta is called off",
        date="2026-02-28T10:00:00Z",
        topics="Regatta",
        heat=95,
        secured="bmV3IGNpcGhlcg==",
    )
    desk.article(
        "dredger.md",
        title="The dredger & the <bar>",
        date="2026-03-03T06:00:00Z",
        topics="Canals",
        excerpt="Half of “the bar” is gone.",
    )


def wednesday(desk: Desk) -> None:
    """Withdraw one, delete one, and hold one until the twentieth."""
    desk.article(
        "regatta.md",
        title="The regatta is called off",
        date="2026-02-28T10:00:00Z",
        topics="Regatta",
        published="false",
    )
    desk.delete("articles/gone-soon.md")
    desk.article(
        "embargo.md",
        title="The new lock opens",
        date="2026-03-20T05:00:00Z",
        topics="Locks",
    )
    desk.article(
        "never-shown.md",
        title="Withheld from the start",
        date="2026-03-01T05:00:00Z",
        published="false",
        secured="bmV2ZXIgc2hvd24=",
    )


def thursday(desk: Desk) -> None:
    """Rename one, break one; another has expired, and a title swings back."""
    desk.rename("articles/dredger.md", "articles/the-dredger.md")
    desk.text(
        "articles/glasswort.md", '---\ntitle: "Glasswort is back\ndate: 2026\n---\n'
    )
    desk.text("articles/undated.md", "---\ntitle: No date at all\n---\nHeld.\n")
    desk.article("first-boat.md", title="The first boat", date="2026-03-01T07:30:00Z")


def friday(desk: Desk) -> None:
    """Mend nothing, move a date that readers see, and add a late article."""
    desk.article(
        "tide-tables.md",
        title="Tide tables, read aloud",
        date="2026-02-26T06:00:00Z",
        topics="Mudflats",
        category="podcasts",
        provider="Reed Review",
        domain="reed.example",
        more="enclosure: tide.mp3\nduration: '12:30'\n",
    )
    desk.article(
        "third-boat.md",
        title="A third boat",
        date="2026-03-06T07:00:00Z",
        more="tags: [knots]\n",
        body="The pilots say: *wait for the tide*.\n\n- ropes\n- knots\n",
    )


WEEK: tuple[Callable[[Desk], None], ...] = (
    monday,
    tuesday,
    wednesday,
    thursday,
    friday,
)
LAST_BUILD = FIRST_BUILD + DAY * (len(WEEK) - 1)


def _run(
    stoker: str, root: Path, *arguments: str, codes: tuple[int, ...] = (0,)
) -> str:
    done = subprocess.run(  # noqa: S603 - the release that the caller names
        [stoker, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode not in codes:
        raise SystemExit(f"{arguments}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def _members(root: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield the files below a folder as tar has them, without whose they were."""
    for file in sorted(each for each in root.rglob("*") if each.is_file()):
        content = file.read_bytes()
        member = tarfile.TarInfo(file.relative_to(root).as_posix())
        member.size, member.mode = len(content), 0o644
        member.mtime = int(file.stat().st_mtime)
        yield member, content


def main(stoker: str, folder: Path) -> None:
    """Have a release keep the site, and keep what it leaves."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        desk = Desk(root)
        for number, edit in enumerate(WEEK):
            edit(desk)
            at = f"{FIRST_BUILD + DAY * number:%Y-%m-%dT%H:%M:%SZ}"
            _run(stoker, root, "build", "--now", at, codes=(0, 3))
        (folder / "ledger.jsonl").write_text(_run(stoker, root, "ledger", "export"))
        with tarfile.open(folder / "site.tar.xz", "w:xz", preset=9) as tar:
            for member, content in _members(root):
                tar.addfile(member, io.BytesIO(content))
        (folder / "every.toml").write_text(EVERY)
        _run(stoker, folder, "config", "show", "-c", "every.toml")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
