"""Ids that were minted where nobody else reads are minted anew for those who will."""

import json
import re
import shutil

import pytest
from msgspec.structs import replace

from feeds.catalog import open_catalog
from feeds.pipeline import survey
from feeds.pipeline.authority import is_loopback
from feeds.pipeline.transfer import adopt, exported, imported
from feeds.settings import state_path
from tests.input.samples import IN_ALL, NOW

HERE = "http://127.0.0.1:8000"
PUBLIC = "https://feeds.example"
LATER = NOW.replace(hour=NOW.hour + 1)


def under(desk, **site):
    """Have the desk work for a site that is set up otherwise."""
    desk.settings = replace(desk.settings, site=replace(desk.settings.site, **site))


def ids(desk) -> set[str]:
    """Return the authorities of all tag URIs in published documents."""
    texts = (
        file.read_text("utf-8")
        for file in desk.output.rglob("*.*")
        if file.suffix in {".json", ".atom", ".rss"} and file.name != "manifest.json"
    )
    return {found for text in texts for found in re.findall(r"tag:([^:]+):", text)}


def told(report) -> list[tuple[str, str]]:
    every = (*report.problems, *report.lasting)
    return [(each.severity, each.expected) for each in every]


def dates(desk):
    entries = desk.entries()
    return [(each["date_published"], each["date_modified"]) for each in entries]


def looked_at(desk):
    return survey(desk.settings, now=LATER, clock=lambda: 2**62, jobs=1)


@pytest.fixture
def local_desk(desk_of):
    """Return a desk with three articles, built for a loopback address."""
    desk = desk_of(site={"base_url": HERE}, feeds={**IN_ALL, "orders": ("latest",)})
    for name in ("a.md", "b.md", "sea/ç.md"):
        desk.story(name, "topics: [Sea]", "provider: quay.example")
    desk.first = desk.build()
    return desk


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        *((host, True) for host in ("localhost", "LOCALHOST:80", "a.b.localhost", "localhost.")),
        *((host, True) for host in ("127.0.0.1", "127.255.3.4:8000", "127.1", "2130706433")),
        *((host, True) for host in ("[::1]", "[::1]:9", "[::ffff:127.0.0.1]", "0x7f.1")),
        *((host, True) for host in ("0.0.0.0", "[::]:80", "0", "u:p@localhost")),  # noqa: S104
        *((host, False) for host in ("example.org", "localhost.example", "127.example.org")),
        *((host, False) for host in ("10.0.0.1", "192.168.0.127", "128.0.0.1", "[fe80::1]")),
        *((host, False) for host in ("localhosts", "mylocalhost", "nas", "[2001:db8::1]")),
    ],
    ids=str,
)  # fmt: skip
def test_a_loopback_address_is_told_however_it_is_written(host, is_here):
    assert is_loopback(f"http://{host}/feeds") is is_here


class TestWarning:
    def test_it_says_what_to_set_and_how_many_ids_hang_on_it(self, local_desk):
        ((severity, text),) = told(local_desk.first)
        assert severity == "warning"
        for part in ("example.org,2026", "base_url", "tag:localhost,2026:", " 3 ids "):
            assert part in text
        assert ids(local_desk) == {"localhost,2026"}
        assert told(looked_at(local_desk)) == [(severity, text)]
        assert not local_desk.first.has_errors

    @pytest.mark.parametrize(
        "site",
        [
            {"base_url": PUBLIC},
            {"base_url": HERE, "tag_authority": "harbour.example,2026"},
            {"base_url": HERE, "tag_authority": "localhost,2026"},
        ],
        ids=["a domain", "an authority", "the same, written out"],
    )
    def test_where_somebody_decided_there_is_none(self, desk_of, site):
        desk = desk_of(site=site)
        desk.story("a.md")
        assert told(desk.build()) == []

    @pytest.mark.parametrize(
        "base_url", ["http://news.localhost", "http://[::1]:8000/x", "http://0.0.0.0"]
    )
    def test_any_loopback_address_will_do(self, desk_of, base_url):
        desk = desk_of(site={"base_url": base_url})
        desk.story("a.md")
        assert [severity for severity, _ in told(desk.build())] == ["warning"]

    def test_an_address_without_a_domain_is_warned_of_and_keeps_its_ids(self, desk_of):
        desk = desk_of(site={"base_url": "http://192.168.1.9"})
        desk.story("a.md")
        ((severity, text),) = told(desk.build())
        assert severity == "warning"
        assert "anew" not in text
        under(desk, base_url=PUBLIC)
        assert told(desk.build()) == []
        assert ids(desk) == {"localhost,2026"}

    def test_a_look_from_here_at_a_site_with_ids_of_its_own_is_none(self, desk_of):
        desk = desk_of(site={"base_url": PUBLIC})
        desk.story("a.md")
        desk.build()
        under(desk, base_url=HERE)
        assert told(desk.build()) == []
        assert ids(desk) == {"feeds.example,2026"}


class TestFirstAuthority:
    @pytest.mark.parametrize(
        ("site", "authority"),
        [
            ({"base_url": PUBLIC}, "feeds.example,2026"),
            ({"tag_authority": "harbour.example,2025-03"}, "harbour.example,2025-03"),
            ({"base_url": PUBLIC, "tag_authority": "me@x.example,2026"}, "me@x.example,2026"),
        ],
        ids=["base_url", "tag_authority", "both"],
    )  # fmt: skip
    def test_all_is_minted_anew_and_no_date_moves(self, local_desk, site, authority):
        before = dates(local_desk)
        under(local_desk, **site)
        found = looked_at(local_desk)
        planned = local_desk.build(LATER, dry_run=True)
        assert ids(local_desk) == {"localhost,2026"}
        report = local_desk.build(LATER)
        assert ids(local_desk) == {authority}
        assert dates(local_desk) == before
        for each in (found, planned, report):
            ((severity, text),) = told(each)
            assert severity == "note"
            assert "3 ids anew" in text
            assert f"tag:{authority}:" in text
        assert told(local_desk.build(LATER)) == []
        assert local_desk.build(LATER).written == ()

    def test_entries_have_the_id_that_their_path_gives(self, local_desk):
        under(local_desk, base_url=PUBLIC)
        local_desk.build(LATER)
        assert {each["id"].partition(":article/")[2] for each in local_desk.entries()} == {
            *("a.md", "b.md", "sea/%C3%A7.md"),
        }  # fmt: skip

    def test_it_happens_once(self, local_desk):
        under(local_desk, base_url=PUBLIC)
        local_desk.build(LATER)
        for site in ({"base_url": "https://other.example"}, {"base_url": HERE}):
            under(local_desk, **site)
            assert told(local_desk.build(LATER)) == []
            assert ids(local_desk) == {"feeds.example,2026"}

    def test_one_that_is_written_out_keeps_them_for_good(self, local_desk):
        under(local_desk, tag_authority="localhost,2026")
        assert told(local_desk.build(LATER)) == []
        under(local_desk, base_url=PUBLIC)
        assert told(local_desk.build(LATER)) == []
        under(local_desk, tag_authority="")
        assert told(local_desk.build(LATER)) == []
        assert ids(local_desk) == {"localhost,2026"}

    def test_it_is_the_same_from_a_cold_start(self, local_desk):
        under(local_desk, base_url=PUBLIC)
        local_desk.build(LATER)
        warm = {p: f for p, f in local_desk.files().items() if "output/" in p}
        local_desk.build(LATER, force=True)
        cold = {p: f for p, f in local_desk.files().items() if "output/" in p}
        assert warm == cold

    def test_ids_that_were_not_minted_here_stay(self, local_desk):
        other = "tag:old.example,2019:post/7"
        with open_catalog(state_path(local_desk.settings)) as catalog:
            catalog.store_ids({"a.md": other})
            catalog.commit()
        under(local_desk, base_url=PUBLIC)
        ((_, text),) = told(local_desk.build(LATER))
        assert "2 ids anew" in text
        assert other in {each["id"] for each in local_desk.entries()}


class TestLedger:
    def test_it_knows_elsewhere_what_was_only_seen_here(self, local_desk):
        state = state_path(local_desk.settings)
        with open_catalog(state, private=True) as catalog:
            lines = b"".join(exported(catalog.ledger()))
        shutil.rmtree(state)
        shutil.rmtree(local_desk.output)
        ledger, problems = imported("ledger.jsonl", lines)
        assert problems == []
        adopt(ledger, state, now=NOW, replace=False)
        under(local_desk, base_url=PUBLIC)
        ((_, text),) = told(local_desk.build(LATER))
        assert "3 ids anew" in text
        assert ids(local_desk) == {"feeds.example,2026"}

    def test_a_lost_one_is_learnt_with_that(self, local_desk):
        before = dates(local_desk)
        shutil.rmtree(state_path(local_desk.settings))
        under(local_desk, base_url=PUBLIC)
        texts = " ".join(text for _, text in told(local_desk.build(LATER)))
        assert "3 ids and dates were learnt" in texts
        assert "3 ids anew" in texts
        assert ids(local_desk) == {"feeds.example,2026"}
        assert dates(local_desk) == before

    def test_a_lost_one_of_ids_that_readers_have_keeps_them(self, local_desk):
        under(local_desk, base_url=PUBLIC, tag_authority="localhost,2026")
        local_desk.build(LATER)
        shutil.rmtree(state_path(local_desk.settings))
        under(local_desk, tag_authority="")
        local_desk.build(LATER)
        assert ids(local_desk) == {"localhost,2026"}

    @pytest.mark.parametrize("base_url", [PUBLIC, HERE], ids=["public", "only here"])
    def test_of_an_older_release_what_is_published_tells(self, local_desk, base_url):
        """It did not write down whether anybody else has what it minted."""
        under(local_desk, base_url=base_url, tag_authority="localhost,2026")
        local_desk.build(LATER)
        forget(local_desk)
        under(local_desk, base_url="https://new.example", tag_authority="")
        local_desk.build(LATER)
        kept = {"localhost,2026"} if base_url == PUBLIC else {"new.example,2026"}
        assert ids(local_desk) == kept

    def test_of_an_older_release_without_any_ids_stay(self, local_desk):
        forget(local_desk)
        shutil.rmtree(local_desk.output)
        under(local_desk, base_url=PUBLIC)
        local_desk.build(LATER)
        assert ids(local_desk) == {"localhost,2026"}

    def test_one_from_another_machine_takes_nothing_from_readers(self, local_desk):
        """It is true of a ledger that knows less than what is published shows."""
        state = state_path(local_desk.settings)
        with open_catalog(state, private=True) as catalog:
            lines = b"".join(exported(catalog.ledger()))
        under(local_desk, base_url=PUBLIC, tag_authority="localhost,2026")
        local_desk.build(LATER)
        ledger, _ = imported("ledger.jsonl", lines)
        adopt(ledger, state, now=NOW, replace=True)
        under(local_desk, tag_authority="")
        assert told(local_desk.build(LATER)) == []
        assert ids(local_desk) == {"localhost,2026"}


def forget(desk) -> None:
    """Have the ledger be as an older release left it."""
    state = state_path(desk.settings)
    with open_catalog(state, private=True) as catalog:
        lines = [json.loads(line) for line in exported(catalog.ledger())]
    kept = [line for line in lines if line.get("key") != "tag_authority_standing"]
    assert len(kept) == len(lines) - 1
    kept[0]["lines"] -= 1
    content = b"".join(json.dumps(line).encode() + b"\n" for line in kept)
    ledger, problems = imported("ledger.jsonl", content)
    assert problems == []
    adopt(ledger, state, now=NOW, replace=True)
