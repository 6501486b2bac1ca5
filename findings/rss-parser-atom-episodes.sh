#!/usr/bin/env bash
# rss-parser 3.13.0 (npm, Node.js): an Atom entry loses its enclosure and its categories.
#
# RFC 4287 has both: link rel="enclosure" (4.2.7.2) and category (4.2.2). The parser
# reads Atom without an error, and the item has title, link, dates, author, summary; of
# a recording and of topics it has nothing, under any key. The RSS twin of the very same
# entry has both.
#
# Seen: Atom: enclosure undefined, categories undefined
#       RSS:  enclosure https://pier.example/1.mp3, categories ["Tides"]
#
# Why a publisher cares: whoever offers a show in Atom alone, or lists Atom first for
# such consumers, has a podcast without a single episode to play, and nobody is told.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit rss-parser@3.13.0

cat > look.js <<'JS'
const assert = require('assert');
const Parser = require('rss-parser');
const atom = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>tag:pier.example,2026:show</id><title>Pier Radio</title><updated>2026-01-02T00:00:00Z</updated>
<author><name>Ann</name></author>
<entry><id>tag:pier.example,2026:1</id><title>One</title><updated>2026-01-02T00:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://pier.example/1"/>
<link rel="enclosure" type="audio/mpeg" length="900" href="https://pier.example/1.mp3"/>
<category term="tides" label="Tides"/><summary>The first.</summary></entry></feed>`;
const rss = `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel>
<title>Pier Radio</title><link>https://pier.example/</link><description>Of the pier</description>
<item><title>One</title><link>https://pier.example/1</link><category>Tides</category>
<enclosure url="https://pier.example/1.mp3" length="900" type="audio/mpeg"/></item>
</channel></rss>`;
(async () => {
  const [entry] = (await new Parser().parseString(atom)).items;
  console.log('Atom:', entry.enclosure, entry.categories);
  assert.strictEqual(entry.title, 'One');
  assert.strictEqual(JSON.stringify(entry).includes('1.mp3'), false);
  assert.strictEqual(JSON.stringify(entry).toLowerCase().includes('tides'), false);
  const [item] = (await new Parser().parseString(rss)).items;
  console.log('RSS: ', item.enclosure.url, JSON.stringify(item.categories));
  assert.strictEqual(item.enclosure.url, 'https://pier.example/1.mp3');
  assert.deepStrictEqual(item.categories, ['Tides']);
})();
JS
node look.js
