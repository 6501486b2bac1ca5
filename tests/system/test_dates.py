"""What is published depends on the day a build is made as of, on no other."""

import json

import pytest

pytestmark = pytest.mark.timeout(60)


def names(site):
    items = json.loads((site.output / "all.json").read_bytes())["items"]
    return [item["id"].partition("article/")[2] for item in items]


def test_a_stricter_policy_withdraws_what_it_no_longer_allows(site):
    settings = site.root / "stoker.toml"
    lenient = settings.read_text() + '[[sources]]\npath = "notes"\nundated = "mtime"\n'
    note = "---\ntitle: A note\n---\n"
    site.put(site.root / "notes" / "a.md", note, at="2026-11-24T00:00:00Z")
    settings.write_text(lenient)
    site.build(now="2026-11-25T00:00:00Z")
    assert "notes/a.md" in names(site)
    settings.write_text(lenient.replace('"mtime"', '"hold"'))
    site.build(now="2026-11-25T00:00:00Z")
    assert "notes/a.md" not in names(site)


def test_an_old_ledger_does_not_set_last_modified_back(site):
    site.build(now="2026-11-21T00:00:00Z")
    old = (site.state / "catalog.sqlite3").read_bytes()
    site.write("ferries.md", title="First")
    site.build(now="2026-11-22T00:00:00Z")
    newest = (site.output / "all.atom").stat().st_mtime
    (site.state / "catalog.sqlite3").write_bytes(old)
    site.write("ferries.md", title="Second")
    site.build(now="2026-11-21T12:00:00Z")
    assert (site.output / "all.atom").stat().st_mtime > newest


def test_a_page_under_the_site_moves_without_news(empty_site):
    empty_site.write_text("a.md", "---\ntitle: A\ndate: 2026-11-01\n---\nText.\n")
    empty_site.build()
    before = json.loads((empty_site.output / "all.json").read_bytes())["items"][0]
    empty_site.build("--base-url", "https://elsewhere.example")
    after = json.loads((empty_site.output / "all.json").read_bytes())["items"][0]
    assert after["url"] == "https://elsewhere.example/a"
    assert (after["id"], after["date_modified"]) == (
        before["id"],
        before["date_modified"],
    )
