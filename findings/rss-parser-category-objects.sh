#!/usr/bin/env bash
# rss-parser 3.13.0 (npm, Node.js): a category with a domain comes out as an object.
#
# RSS 2.0 lets a <category> say its taxonomy in the optional attribute `domain`. The
# most used feed parser of JavaScript types `categories` as a list of strings, and gives
# a string for a category without the attribute, but {"_": …, "$": {"domain": …}} for one
# with it. In the same item both kinds stand side by side; and the object is one without
# a prototype, which cannot even be shown as text.
#
# Seen: [{"_":"Tides","$":{"domain":"https://pier.example/topics/"}},"Ferries"]
#
#       categories.join(', ') raises a TypeError
#
# Why a publisher cares: a site that lists the topics of an item fails at the first one
# that states its taxonomy, or shows an object. A taxonomy is safe in Atom's `scheme`.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit rss-parser@3.13.0

cat > look.js <<'JS'
const assert = require('assert');
const Parser = require('rss-parser');
const feed = `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel>
<title>Pier News</title><link>https://pier.example/</link><description>Of the pier</description>
<item><title>High water on Sunday</title><link>https://pier.example/high-water</link>
<category domain="https://pier.example/topics/">Tides</category><category>Ferries</category>
</item></channel></rss>`;
new Parser().parseString(feed).then(({items: [item]}) => {
  console.log(JSON.stringify(item.categories));
  assert.strictEqual(JSON.stringify(item.categories), JSON.stringify([
    {_: 'Tides', $: {domain: 'https://pier.example/topics/'}}, 'Ferries']));
  assert.throws(() => item.categories.join(', '), TypeError);
});
JS
node look.js
