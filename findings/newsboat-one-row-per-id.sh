#!/usr/bin/env bash
# newsboat 2.21 (Debian 12: 2.21-1.5): an entry of two feeds is in one of them.
#
# Two Atom feeds share an entry, with one atom:id: a topic's and another topic's. Newsboat
# keeps one row for an id, whichever feed it came from, and whatever feed is read last takes
# the row along. RFC 4287, 4.2.6 wants just that id in both: it is the same entry.
#
# Seen: after a reload of both, the first feed holds one entry and the second holds two; the
#       shared one is in the second alone. When the first is published anew, and nothing in it
#       is, the entry moves there, and the second holds one.
#
# Why a publisher cares: to readers of several feeds of one site, entries wander from one to
# the other and feeds look thinner than they are. That is this reader's way of showing an
# article once: ids made different for each feed would show it twice everywhere else.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
apt-get -qq download newsboat=2.21-1.5 libstfl0 libjson-c5 2>/dev/null ||
    { apt-get -qq update && apt-get -qq download newsboat=2.21-1.5 libstfl0 libjson-c5; }
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find root -name 'libstfl.so.0' | head -n 1)")
export LD_LIBRARY_PATH="$PWD/$libraries" HOME=$PWD

cat > look.py <<'PY'
import functools
import os
import sqlite3
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:pier.example,2026:{0}</id>
<title>{0}</title><updated>2026-01-0{1}T00:00:00Z</updated>
<entry><id>tag:pier.example,2026:both</id><title>both</title>
<updated>2026-01-01T00:00:00Z</updated></entry>
<entry><id>tag:pier.example,2026:{0}-alone</id><title>{0} alone</title>
<updated>2026-01-0{1}T00:00:00Z</updated></entry></feed>"""


class Site(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def reload():
    """Return the titles in each feed, once newsboat has asked for both."""
    command = ["root/usr/bin/newsboat", "-u", "urls", "-C", "config", "-c", "cache.db"]
    subprocess.run([*command, "-x", "reload"], check=True, timeout=60)
    query = "SELECT feedurl, title FROM rss_item ORDER BY title"
    rows = sqlite3.connect("cache.db").execute(query).fetchall()
    return {
        name: [title for url, title in rows if url.endswith(f"{name}.atom")]
        for name in ("ferries", "trains")
    }


site = Path("site")
site.mkdir()
for name in ("ferries", "trains"):
    (site / f"{name}.atom").write_text(FEED.format(name, 1))
Path("config").touch()
handler = functools.partial(Site, directory=str(site))
server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
Path("urls").write_text(f"{base}/ferries.atom\n{base}/trains.atom\n")
first = reload()
again = reload()
later_s = (site / "ferries.atom").stat().st_mtime + 60
os.utime(site / "ferries.atom", (later_s, later_s))  # as if published anew
turned = reload()
server.shutdown()
print(first, again, turned, sep="\n")
assert first == {"ferries": ["ferries alone"], "trains": ["both", "trains alone"]}
assert again == first
assert turned == {"ferries": ["both", "ferries alone"], "trains": ["trains alone"]}
PY
python3 look.py
