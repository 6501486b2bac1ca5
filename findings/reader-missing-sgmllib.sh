#!/usr/bin/env bash
# reader 3.26 (PyPI, lemon24), installed today, cannot add a feed: No module named 'sgmllib'.
#
# Reader brings a copy of an older feedparser, which imports `sgmllib`, and relies on the
# real feedparser to pull in the package with that module (sgmllib3k). Feedparser 6.0.14
# depends on `feedparser-sgmllib` instead, whose module has another name. All
# declared dependencies are met, `pip check` is content, and the import of reader works:
# the first `add_feed` raises.
#
# Seen: "No broken requirements found.", then ModuleNotFoundError for sgmllib; with
#       sgmllib3k 1.0.0 beside it the same call succeeds.
#
# Why a publisher cares: a test of one's feeds in a real reader that passed last month
# fails on every fresh machine; name sgmllib3k beside reader.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check reader==3.26 feedparser==6.0.14
venv/bin/pip check

cat > look.py <<'PY'
import sys

from reader import make_reader

with make_reader(":memory:") as reader:
    try:
        reader.add_feed("http://127.0.0.1:9/never-asked.atom")
        seen = "added"
    except ModuleNotFoundError as error:
        seen = f"no module {error.name}"
print(seen)
assert seen == sys.argv[1], seen
PY
venv/bin/python look.py "no module sgmllib"
venv/bin/pip install --quiet --disable-pip-version-check sgmllib3k==1.0.0
venv/bin/python look.py "added"
