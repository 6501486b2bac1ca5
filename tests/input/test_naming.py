"""What feeds are called."""

import json
import unicodedata

import pytest

from feeds.text import legal, slugify


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


SLUGS = {
    "words": ("Joe Biden", "joe-biden"),
    "Japanese": ("日本", "日本"),
    "Hebrew": ("שלום", "שלום"),
    "Cyrillic": ("Новости", "новости"),
    "accents": ("São Paulo", "são-paulo"),
    "sharp s": ("Straße", "strasse"),
    "C++": ("C++", "c-plus-plus"),
    "C#": ("C#", "c-sharp"),
    "C": ("C", "c"),
    "R&D": ("R&D", "r-and-d"),
    ".NET": (".NET", "dot-net"),
    "hashtag": ("#Ferry", "ferry"),
    "blanks": ("  Night   trains ", "night-trains"),
    "punctuation": ("Sea, ice & wind!", "sea-ice-and-wind"),
    "full width": ("\uff26\uff25\uff32\uff32\uff39", "ferry"),
    "digits": ("2024", "2024"),
}

SAME = {
    "case": ("cri-o", "CRI-O", "Cri O"),
    "normal form": ("Brücke", nfd("Brücke"), "BRÜCKE", nfd("brücke")),
    "apostrophes": ("o-neil", "O\u2013Neil", "o neil"),
    "sharp s": ("Straße", "STRASSE", "strasse"),
}

APART = {
    "C": ("C", "C++", "C#", "F#"),
    "emoji": ("🚢", "⛴️", "🚢🚢", "🇳🇴"),
    "signs": ("!!!", "???", "…"),
    "scripts": ("日本", "日本語", "Japan"),
    "long": (f"{'sea ' * 75}a", f"{'sea ' * 75}b"),
    "long in three bytes": (f"{'海' * 100}一", f"{'海' * 100}二"),
}

AWKWARD = {
    "parent": "..",
    "here": ".",
    "slash": "a/b",
    "up": "../../etc/passwd",
    "root": "/etc",
    "backslash": "a\\b",
    "NUL": "a\0b",
    "newline": "a\nb",
    "percent": "a%2Fb",
    "query": "a?b#c",
    "colon": "C:",
    "con": "CON",
    "aux": "aux",
    "nul": "Nul",
    "com1": "com1",
    "lpt9": "LPT9",
    "document": "news.json",
    "compressed": "feeds.gz",
    "hidden": ".htaccess",
    "blank": "\u00a0x\u3000",
    "right to left": "\u202eevil",
    "300 bytes": "x" * 300,
    "300 bytes of kanji": "海" * 100,
    "emoji": "🚢",
    "order": "latest",
    "all": "all",
    "index": "index",
    "tilde": "~root",
    "dash": "-rf",
    "markup": "<sea",
}


class TestSlugs:
    @pytest.mark.parametrize(("name", "slug"), SLUGS.values(), ids=SLUGS.keys())
    def test_i42_a_slug_reads_like_its_name(self, name, slug):
        assert slugify(name) == slug

    @pytest.mark.parametrize("names", SAME.values(), ids=SAME.keys())
    def test_i42_spellings_of_one_name_are_one(self, names):
        assert len({slugify(name) for name in names}) == 1

    @pytest.mark.parametrize("names", APART.values(), ids=APART.keys())
    def test_i42_other_names_are_others(self, names):
        assert len({slugify(name) for name in names}) == len(names)

    @pytest.mark.parametrize("name", AWKWARD.values(), ids=AWKWARD.keys())
    def test_i42_every_name_gives_a_safe_one(self, name):
        slug = slugify(name)
        assert slug == slug.strip(".-/ ")
        assert slug
        assert not set(slug) & set("/\\\0\n%?#:<>|*\" '\u202e\u00a0")
        assert len(slug.encode()) <= 200
        assert slug not in {"con", "aux", "nul", "com1", "lpt9"}
        assert slugify(slug) == slug

    def test_i42_an_emoji_has_the_same_slug_everywhere(self):
        """It is true that it depends on neither the run nor the machine."""
        assert slugify("🚢") == slugify(" 🚢 ") == "x-5dbc8c5a"


def escaped(name: str) -> str:
    """Return a name as YAML, in quotes."""
    return json.dumps(name, ensure_ascii=False)


class TestNamesInBuilds:
    def test_i42_spellings_share_a_feed(self, desk):
        names = [*SAME["case"], *SAME["normal form"]]
        for at, name in enumerate(names):
            desk.story(f"{at}.md", f"topics: [{escaped(name)}]")
        desk.build()
        assert desk.feeds() == {"all", "topics/cri-o", "topics/brücke"}
        assert len(desk.entries("topics/cri-o")) == 3
        assert len(desk.entries("topics/brücke")) == 4

    def test_i42_the_name_shown_is_as_certain(self, desk):
        """The most frequent spelling, whoever was written first."""
        for at, name in enumerate(["CRI-O", "cri-o", "CRI-O", "Cri O"]):
            desk.story(f"{9 - at}.md", f"topics: [{name}]")
        desk.build()
        feed = json.loads((desk.output / "topics/cri-o.json").read_bytes())
        assert feed["title"].endswith(": CRI-O")

    def test_i42_no_name_leaves_its_folder_or_takes_anothers_place(self, desk):
        for at, name in enumerate(AWKWARD.values()):
            field = f"[{escaped(name)}]"
            desk.story(
                f"{at:02}.md",
                f"topics: {field}",
                f"categories: {field}",
                f"provider: {{name: {escaped(name)}}}",
            )
        report = desk.build()
        assert not report.has_errors
        top = {name.partition("/")[2].partition("/")[0] for name in desk.files()}
        assert {name for name in top if "." not in name} >= {"topics", "categories"}
        stems = desk.feeds()
        assert len(desk.entries("all")) == len(AWKWARD)
        for kind in ("topics", "categories", "providers"):
            ours = {stem for stem in stems if stem.startswith(f"{kind}/")}
            assert len(ours) == len({slugify(legal(name)) for name in AWKWARD.values()})
            for stem in ours:
                assert desk.entries(stem)
                assert stem.count("/") == 1

    def test_i42_article_names_of_any_kind_are_safe_too(self, desk):
        names = [
            "🚢.md",
            "海" * 80 + ".md",
            "a b&c<d>.md",
            "-rf.md",
            "con.md",
            "100%.md",
        ]
        for name in names:
            desk.write(name, "---\ntitle: A\ndate: 2026-11-01\n---\nIt sails.")
        report = desk.build()
        assert (report.published, report.problems) == (len(names), ())
        assert len({entry["id"] for entry in desk.entries()}) == len(names)
