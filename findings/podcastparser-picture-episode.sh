#!/usr/bin/env bash
# podcastparser 0.6.11 (PyPI; what gPodder reads with): a picture becomes an episode.
#
# <media:content medium="image"> in an RSS item, which is how Media RSS states a picture,
# comes out as an enclosure of type application/octet-stream; its `medium` is not looked
# at, and the picture is not the episode's art. An item with nothing to play has an
# enclosure by that. A <media:thumbnail> of the same picture becomes the art, and no
# enclosure.
#
# Seen: content:   [(https://pier.example/gate.jpg, application/octet-stream)], no art
#       thumbnail: [], art https://pier.example/gate.jpg
#
# Why a publisher cares: in gPodder each illustrated article is a download of a JPEG.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check podcastparser==0.6.11

cat > look.py <<'PY'
import io

import podcastparser

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Pier</title><link>https://pier.example/</link><description>Of the pier</description>
<item><title>The gate opens</title><link>https://pier.example/gate</link>
<guid isPermaLink="false">tag:pier.example,2026:gate</guid>{}</item></channel></rss>"""
PICTURE = '<media:{} url="https://pier.example/gate.jpg" width="800" height="600"{}/>'


def episode(picture):
    stream = io.BytesIO(RSS.format(picture).encode())
    (found,) = podcastparser.parse("https://pier.example/all.rss", stream)["episodes"]
    enclosures = [(each["url"], each["mime_type"]) for each in found["enclosures"]]
    return enclosures, found.get("episode_art_url")


content = episode(PICTURE.format("content", ' medium="image"'))
thumbnail = episode(PICTURE.format("thumbnail", ""))
print("content:  ", *content)
print("thumbnail:", *thumbnail)
gate = "https://pier.example/gate.jpg"
assert content == ([(gate, "application/octet-stream")], None)
assert thumbnail == ([], gate)
PY
venv/bin/python look.py
