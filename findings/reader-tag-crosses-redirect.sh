#!/usr/bin/env bash
# reader 3.26 (PyPI, lemon24): the entity tag of the old URL is sent to the new one.
#
# A feed is subscribed to, and its URL then answers 301 to another. Reader follows the
# redirect at each update, never stores the new URL, and repeats the conditional field
# (If-None-Match with what the *old* URL last answered) at the target. RFC 9110, 13.1.2
# compares tags only among representations of one resource, so a tag such as "7" means
# another thing there.
#
# Seen: GET /old.atom "7", 301; GET /new.atom "7", 304; no entry of the new feed arrives,
#       at this update and at every one after it, and no error is stored.
#
# Why a publisher cares: entity tags that count (a revision, a second, a generation) let
# a moved feed stay silent for ever when the two numbers meet. Tags must differ between
# resources too: a digest of the bytes does.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check reader==3.26 feedparser==6.0.14 sgmllib3k==1.0.0

cat > look.py <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from reader import make_reader

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:pier.example,2026:feed</id>
<title>Pier</title><updated>2026-01-01T00:00:00Z</updated>
<entry><id>tag:pier.example,2026:{0}</id><title>{0}</title>
<updated>2026-01-01T00:00:00Z</updated></entry></feed>"""
FEEDS = {"/old.atom": ATOM.format("before"), "/new.atom": ATOM.format("after")}
TAG = '"7"'  # the seventh revision of one feed, and of the other
moved, seen = [], []


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("If-None-Match")
        status = 301 if self.path in moved else 304 if asked == TAG else 200
        seen.append((self.path, asked, status))
        body = FEEDS[self.path].encode() if status == 200 else b""
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "/new.atom")
        else:
            self.send_header("ETag", TAG)
        if status != 304:
            self.send_header("Content-Type", "application/atom+xml")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/old.atom"
with make_reader(":memory:") as reader:
    reader.add_feed(url)
    reader.update_feed(url)
    moved.append("/old.atom")
    reader.update_feed(url)
    reader.update_feed(url)
    (feed,) = reader.get_feeds()
    titles = [entry.title for entry in reader.get_entries()]
server.shutdown()
print(*seen, titles, sep="\n")
assert seen == [("/old.atom", None, 200)] + 2 * [
    ("/old.atom", TAG, 301),
    ("/new.atom", TAG, 304),
]
assert titles == ["before"]
assert feed.url == url
assert feed.last_exception is None
PY
venv/bin/python look.py
