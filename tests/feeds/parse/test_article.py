"""From a file's bytes to an article: every field, in every dialect, and never raising."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.article import Provider
from feeds.parse.article import parse_article
from feeds.parse.rules import Bounds, Parsed, Rules

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CIPHERTEXT = (
    "Zk9vQmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDREVGR0hJSktMTU5PUA=="
)
CIPHERTEXT_SLICES = frozenset(
    CIPHERTEXT[at : at + 24] for at in range(len(CIPHERTEXT) - 23)
)


def keys(parsed):
    return [problem.key for problem in parsed.problems]


class TestTitle:
    @pytest.mark.parametrize(
        ("body", "title", "rest"),
        [
            pytest.param(
                "Intro\n\n# Head *x*\n\nText",
                "Head x",
                "Intro\n\n\nText",
                id="heading",
            ),
            pytest.param("First\nSecond", "First", "First\nSecond", id="first line"),
            pytest.param(
                "## Section A\n\n# A\nx", "Section A", "# A\nx", id="any level"
            ),
            pytest.param(
                "====\n- \nWords", "Words", "====\n- \nWords", id="rules are no title"
            ),
            pytest.param("", "a nice ferry", "", id="file name"),
        ],
    )
    def test_a_missing_title_comes_from_the_text_else_the_name(
        self, parse, body, title, rest
    ):
        text = f"---\ndate: 2021-01-27\n---\n{body}"
        article = parse(text, "news/a-nice_ferry.md").article
        assert (article.title, article.body) == (title, rest)

    @pytest.mark.parametrize(
        "path", ["\x01.md", "\x01", ".md", "- _.md", "a/&nbsp;.md", "a/<b>.md"]
    )
    def test_a_name_without_a_word_still_gives_a_legal_title(self, parse, path):
        title = parse("---\ndate: 2021-01-27\n---\n", path).article.title
        assert title.strip()
        assert title.isprintable()

    def test_a_first_line_too_long_for_a_title_stays_in_the_text(self, parse):
        line = "word " * 100
        article = parse(f"---\ndate: 2021-01-27\n---\n{line}").article
        assert article.title.endswith("…")
        assert article.body == line.strip()

    @pytest.mark.parametrize(
        ("written", "title"),
        [
            pytest.param("'A  B'", "A B", id="blanks"),
            pytest.param("|\n  A\n\n  B", "A B", id="newlines"),
            pytest.param("'R&amp;D &amp;#39;x&amp;#39;'", "R&D 'x'", id="entities"),
            pytest.param("'<b>A</b> <i>B'", "A B", id="tags"),
            pytest.param('"a\\u2028b 🚂"', "a\u2028b 🚂", id="separator and emoji"),
            pytest.param("1984", "1984", id="a number"),
            pytest.param("true", "true", id="a word of YAML"),
            pytest.param("2021-01-27", "2021-01-27", id="a date"),
        ],
    )
    def test_a_title_is_one_line_of_plain_text(self, parse, written, title):
        text = f"---\ntitle: {written}\ndate: 2021-01-27\n---\n"
        assert parse(text).article.title == title

    @pytest.mark.parametrize("written", ["''", "null", "~", "'<b></b>'"])
    def test_an_empty_title_is_a_missing_one(self, parse, written):
        text = f"---\ntitle: {written}\ndate: 2021-01-27\n---\nWords"
        assert parse(text).article.title == "Words"


@pytest.mark.parametrize(
    ("line", "excerpt"),
    [
        pytest.param("excerpt: ''", "", id="empty is legal"),
        pytest.param("mood: fine", "", id="missing is legal"),
        pytest.param("summary: It sails", "It sails", id="another name"),
        pytest.param("excerpt: [a]", "", id="a list is dropped"),
    ],
)
def test_an_article_may_lack_an_excerpt(article_of, line, excerpt):
    assert article_of(line).excerpt == excerpt


class TestNames:
    @pytest.mark.parametrize(
        ("written", "topics"),
        [
            pytest.param("Harbour", ("Harbour",), id="text"),
            pytest.param("[Harbour, Boats]", ("Harbour", "Boats"), id="list"),
            pytest.param("[null, Harbour, '', ' ', ~]", ("Harbour",), id="null items"),
            pytest.param("[Boats, Boats]", ("Boats",), id="repeats"),
            pytest.param("2026", ("2026",), id="an int"),
            pytest.param("[5.0, 5.5]", ("5.0", "5.5"), id="floats"),
            pytest.param(
                "[{name: Boats}, {title: Tugs}]", ("Boats", "Tugs"), id="maps"
            ),
            pytest.param("null", (), id="null"),
            pytest.param("[]", (), id="empty"),
            pytest.param("[[a], R&amp;D]", ("R&D",), id="nested lists are dropped"),
        ],
    )
    def test_topics_may_come_in_any_shape(self, article_of, written, topics):
        assert article_of(f"topics: {written}").topics == topics

    def test_too_many_are_cut_with_a_warning(self, parse):
        names = ", ".join(f"t{n}" for n in range(60))
        parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\ntopics: [{names}]\n---\n")
        assert len(parsed.article.topics) == 50
        assert keys(parsed) == ["topics"]


class TestPublished:
    @pytest.mark.parametrize(
        ("line", "withheld"),
        [
            *(("published: true", ""), ("published: null", ""), ("mood: fine", "")),
            *(("published: yes", ""), ("published: 'TRUE'", ""), ("draft: no", "")),
            *(
                (f"published: {word}", "published: false")
                for word in ("false", "no", "off", "0", "'false'", "FALSE")
            ),
            *(("removed: true", "removed: true"), ("draft: 'yes'", "draft: true")),
        ],
    )
    def test_the_files_own_word_decides_however_it_is_spelt(
        self, article_of, line, withheld
    ):
        assert article_of(line).withheld == withheld

    @pytest.mark.parametrize("value", ["maybe", "[false]", "'2021-01-27'"])
    def test_what_is_no_truth_value_is_read_as_missing_with_a_warning(
        self, parse, value
    ):
        parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\npublished: {value}\n---\n")
        assert parsed.article.withheld == ""
        assert keys(parsed) == ["published"]
        assert parsed.problems[0].line == 4

    @pytest.mark.parametrize(
        ("line", "expires"),
        [
            pytest.param(
                "expirydate: 2021-02-01", datetime(2021, 2, 1, tzinfo=UTC), id="expiry"
            ),
            pytest.param(
                "unpublish: 2021-02-01T10:00Z",
                datetime(2021, 2, 1, 10, tzinfo=UTC),
                id="unpublish",
            ),
            pytest.param(
                "unpublishDate: 2021-02-01",
                datetime(2021, 2, 1, tzinfo=UTC),
                id="Hugo's other name",
            ),
            pytest.param("expires: soon", None, id="unreadable"),
            pytest.param("mood: fine", None, id="missing"),
        ],
    )
    def test_an_expiry_is_an_instant(self, article_of, line, expires):
        assert article_of(line).expires_at == expires


class TestHeat:
    @pytest.mark.parametrize(
        ("written", "heat"),
        [("70", 70), ("70.5", 70.5), ("-1", -1), ("null", 0), ("''", 0), ("1e2", 100)],
    )
    def test_a_number_is_taken(self, parse, written, heat):
        parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\nheat: {written}\n---\n")
        assert parsed.article.heat == heat
        assert parsed.problems == ()

    @pytest.mark.parametrize(
        "written", [".nan", ".inf", "hot", "'70'", "true", "[1]", "1e300"]
    )
    def test_anything_else_is_read_as_missing_with_a_warning(self, parse, written):
        parsed = parse(f"---\ntitle: A\ndate: 2021-01-27\nheat: {written}\n---\n")
        assert parsed.article.heat == 0
        assert [(p.key, p.line, p.severity) for p in parsed.problems] == [
            ("heat", 4, "warning")
        ]


class TestDate:
    @pytest.mark.parametrize(
        ("line", "instant"),
        [
            pytest.param(
                "date: 2015-01-09 18:00:00 -0800",
                datetime(2015, 1, 10, 2, tzinfo=UTC),
                id="Jekyll",
            ),
            pytest.param(
                "date: 2021-1-7", datetime(2021, 1, 6, 23, tzinfo=UTC), id="site zone"
            ),
            pytest.param(
                "publishedDateTime: 2021-01-27T10:00:00.5Z\ndate: 2020-01-01",
                datetime(2021, 1, 27, 10, 0, 0, 500_000, tzinfo=UTC),
                id="best key",
            ),
        ],
    )
    def test_the_key_states_the_instant(self, parse, line, instant):
        parsed = parse(
            f"---\ntitle: A\n{line}\n---\n",
            "2011-11-11-a.md",
            zone=ZoneInfo("Europe/Oslo"),
        )
        assert parsed.article.published_at == instant
        assert parsed.problems == ()

    @pytest.mark.parametrize("written", ["soon", "2021-02-30", "[1]", "1066-10-14"])
    def test_an_unreadable_one_falls_back_to_the_path_with_a_warning(
        self, parse, written
    ):
        text = f"---\ntitle: A\ndate: {written}\n---\n"
        parsed = parse(text, "2015-10-8-a.md")
        assert parsed.article.published_at == datetime(2015, 10, 8, tzinfo=UTC)
        assert [(p.key, p.line) for p in parsed.problems] == [("date", 3)]
        assert "the date in the path is used" in parsed.problems[0].expected

    def test_an_impossible_offset_is_wall_time_with_a_warning(self, parse):
        parsed = parse("---\ntitle: A\ndate: 2021-01-27T10:00:00-23:00\n---\n")
        assert parsed.article.published_at == datetime(2021, 1, 27, 10, tzinfo=UTC)
        assert "-23:00" in parsed.problems[0].expected

    @pytest.mark.parametrize(
        ("path", "line", "day"),
        [
            pytest.param(
                "2021-01-27-a.md", "", datetime(2021, 1, 27, tzinfo=UTC), id="file name"
            ),
            pytest.param(
                "2017/04/27/a.md", "", datetime(2017, 4, 27, tzinfo=UTC), id="folders"
            ),
            pytest.param(
                "a.md",
                "path: 2017/04/27/x",
                datetime(2017, 4, 27, tzinfo=UTC),
                id="asked path",
            ),
        ],
    )
    def test_without_a_key_the_path_tells(self, parse, path, line, day):
        parsed = parse(f"---\ntitle: A\n{line}\n---\n", path)
        assert parsed.article.published_at == day

    @pytest.mark.parametrize("path", ["a.md", "1066-10-14-hastings.md"])
    def test_an_undated_article_is_held_or_dated_by_policy(self, parse, path):
        text = "---\ntitle: A\n---\n"
        default = datetime(2020, 1, 1, tzinfo=UTC)
        assert parse(text, path).outcome == "held"
        by_mtime = parse(text, path, undated="mtime").article
        assert by_mtime.published_at == MODIFIED
        by_default = parse(text, path, default_date=default).article
        assert by_default.published_at == default


class TestLink:
    @pytest.mark.parametrize(
        ("lines", "link"),
        [
            pytest.param(
                "webUrl: https://a.example/x\noriginalUrl: https://b.example/",
                "https://a.example/x",
                id="webUrl first",
            ),
            pytest.param(
                "originalUrl: https://b.example/",
                "https://b.example/",
                id="then originalUrl",
            ),
            pytest.param(
                "url: https://c.example/", "https://c.example/", id="then url"
            ),
            pytest.param(
                "url: /x?a=b c", "https://site.example/x?a=b%20c", id="relative url"
            ),
            pytest.param(
                "permalink: /caf%C3%A9/é",
                "https://site.example/caf%C3%A9/%C3%A9",
                id="escaped once",
            ),
            pytest.param(
                "slug: 'two words'", "https://site.example/two%20words", id="slug"
            ),
            pytest.param(
                "slug: 'mailto:x'",
                "https://site.example/mailto:x",
                id="a slug is no scheme",
            ),
            pytest.param("mood: fine", "https://site.example/news/a", id="path"),
        ],
    )
    def test_the_best_one_counts(self, article_of, lines, link):
        assert article_of(lines, home="https://site.example/").link == link

    @pytest.mark.parametrize(
        "path", ["javascript:alert(1).md", "news: today.md", "//x.md", "?.md"]
    )
    def test_any_file_name_gives_a_link_under_the_site(self, article_of, path):
        assert article_of(path=path).link.startswith("http://127.0.0.1:8000/")

    @pytest.mark.parametrize(
        "url",
        [
            *("javascript:alert(1)", "ftp://a.example/", "http://me:pw@a.example/"),
            *("http://a.example/\\x01", "http://[::1/", "data:text/html,x", "[a]"),
        ],
    )
    @pytest.mark.parametrize("key", ["webUrl", "originalUrl", "url", "ampWebUrl"])
    def test_what_is_no_web_link_is_dropped_and_reported(self, parse, key, url):
        parsed = parse(f'---\ntitle: A\ndate: 2021-01-27\n{key}: "{url}"\n---\n')
        if key == "url" and url == "[a]":
            return  # a relative path, however odd
        assert parsed.article.link == "http://127.0.0.1:8000/news/a"
        assert (parsed.article.original_link, parsed.article.amp_link) == ("", "")
        assert [(p.key, p.line) for p in parsed.problems] == [(key, 4)]

    def test_the_original_is_named_only_when_it_differs(self, article_of):
        both = article_of(
            "webUrl: https://a.example/", "originalUrl: https://b.example/"
        )
        assert both.original_link == "https://b.example/"
        assert article_of("originalUrl: https://b.example/").original_link == ""


class TestParts:
    @pytest.mark.parametrize(
        ("written", "provider"),
        [
            pytest.param(
                "{name: Quay, domain: www.Quay.example}",
                Provider(name="Quay", domain="quay.example"),
                id="map",
            ),
            pytest.param("Quay", Provider(name="Quay"), id="name"),
            pytest.param(
                "quay.example",
                Provider(name="quay.example", domain="quay.example"),
                id="domain as name",
            ),
            pytest.param(
                "{domain: quay.example}",
                Provider(name="quay.example", domain="quay.example"),
                id="domain",
            ),
            pytest.param("{mood: fine}", Provider(name="Default"), id="neither"),
            pytest.param("null", Provider(name="Default"), id="null"),
        ],
    )
    def test_a_provider_is_a_name_a_domain_or_both(self, article_of, written, provider):
        default = Provider(name="Default")
        found = article_of(f"provider: {written}", default_provider=default).provider
        assert found == provider

    def test_images_are_urls_with_sizes_where_known(self, article_of):
        article = article_of(
            "images:",
            "  - {url: https://i.example/1.jpg, width: 640, height: '480'}",
            "  - https://i.example/2.jpg",
            "  - https://i.example/2.jpg",
            "  - null",
            "  - /relative.jpg",
        )
        assert [(i.url, i.width_px, i.height_px) for i in article.images] == [
            ("https://i.example/1.jpg", 640, 0),
            ("https://i.example/2.jpg", 0, 0),
            ("http://127.0.0.1:8000/relative.jpg", 0, 0),
        ]

    @pytest.mark.parametrize(
        ("image", "url"),
        [
            ("/a.png", "https://quay.example/sub/a.png"),
            ("a.png", "https://quay.example/sub/post/b/a.png"),
            ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ],
    )
    def test_relative_images_are_the_sites_own(self, article_of, image, url):
        article = article_of(
            f"image: {image}",
            path="post/b/index.md",
            preset="hugo",
            home="https://quay.example/sub/",
        )
        assert [i.url for i in article.images] == [url]

    def test_related_articles_are_capped(self, article_of):
        lines = [
            f"  - {{title: T{n}, webUrl: https://r.example/{n}}}" for n in range(9)
        ]
        article = article_of("related:", *lines, bounds=Bounds(related=3))
        assert [other.title for other in article.related] == ["T0", "T1", "T2"]

    def test_bad_parts_are_dropped_one_by_one(self, parse):
        text = (
            "---\ntitle: A\ndate: 2021-01-27\nprovider: {name: Q, domain: no}\n"
            "images: [5, {url: 'javascript:x'}, https://i.example/]\n"
            "related: [x, {webUrl: 'ftp://x'}, {webUrl: https://r.example/}]\n---\n"
        )
        parsed = parse(text)
        assert [image.url for image in parsed.article.images] == ["https://i.example/"]
        assert [o.link for o in parsed.article.related] == ["https://r.example/"]
        assert keys(parsed) == [
            *("provider.domain", "images[0]", "images[1].url"),
            *("related[0]", "related[1].webUrl"),
        ]
        assert [problem.line for problem in parsed.problems] == [4, 5, 5, 6, 6]

    @pytest.mark.parametrize(
        ("written", "tag"),
        [("nb", "nb"), ("pt_BR", "pt-BR"), ("''", "en"), ("American English", "en")],
    )
    def test_a_language_is_a_tag(self, article_of, written, tag):
        assert article_of(f"lang: {written}", default_language="en").language == tag

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("a.md", "markdown"),
            ("a.HTML", "html"),
            ("a.htm", "html"),
            ("a.txt", "text"),
        ],
    )
    def test_the_extension_says_what_the_body_is(self, article_of, path, kind):
        assert article_of(body="x", path=path).body_kind == kind

    def test_the_path_is_the_identity(self, article_of):
        paths = ["en/a.md", "fr/a.md", "日本/a.md"]
        assert [article_of(path=path).path for path in paths] == paths


class TestSignificance:
    @pytest.mark.parametrize(
        "line",
        [
            *("heat: 5", f"secured: {CIPHERTEXT}", "mood: fine", "quality: 3"),
            *("images: [https://i.example/]", "topics: [x]", "lang: nb"),
            "related: [{webUrl: https://r.example/}]",
        ],
    )
    def test_it_does_not_move_for_what_readers_do_not_call_news(self, article_of, line):
        assert article_of(line).significance == article_of().significance

    @pytest.mark.parametrize(
        "change",
        [
            {"body": "New text"},
            {"path": "news/b.md"},
        ],
    )
    def test_it_moves_with_text_and_link(self, article_of, change):
        assert article_of(**change).significance != article_of().significance

    @pytest.mark.parametrize("line", ["excerpt: New", "webUrl: https://a.example/"])
    def test_it_moves_with_what_readers_see(self, article_of, line):
        assert article_of(line).significance != article_of().significance


FACTS = {
    "title": "Ferry: it's 5 & sails",
    "publishedDateTime": "2021-01-27T10:20:30Z",
    "excerpt": "Two lines, one text",
    "webUrl": "https://quay.example/a?b=1&c=2",
    "topics": ["Harbour", "C++"],
    "provider": "quay.example",
    "heat": 72.5,
    "quality": 12,
    "published": False,
    "secured": CIPHERTEXT,
}
STYLES = {
    "quoted": """---
"title": "Ferry: it's 5 & sails"
'publishedDateTime': '2021-01-27T10:20:30Z'
"excerpt": "Two lines,\\x20one text"
webUrl: 'https://quay.example/a?b=1&c=2'
topics: ["Harbour", 'C++']
provider: "quay.example"
heat: 72.5
quality: 12
published: "false"
---
It sails.
""",
    "block": """---
title: >-
  Ferry:
  it's 5 & sails
publishedDateTime: 2021-01-27 10:20:30 +00:00
excerpt: |
  Two lines,
  one text
webUrl: https://quay.example/a?b=1&c=2
topics:
- Harbour
-
- C++
provider:
  name: quay.example
  domain: quay.example
quality: 1.2e1
heat: +72.50
published: no   # not yet
...
It sails.
""",
    "flow": """---
{title: "Ferry: it's 5 & sails", publisheddatetime: 2021-01-27T11:20:30+01:00,
 excerpt: "Two lines, one text", weburl: "https://quay.example/a?b=1&c=2",
 topics: [Harbour, C++], provider: {domain: www.quay.example}, heat: 72.5,
 quality: 12, published: False}
---
It sails.
""",
    "anchors": """---
base: &base {title: "Ferry: it's 5 & sails", provider: quay.example, heat: 1}
names: &names [Harbour, C++]
<<: *base
date: &date 2021-01-27T10:20:30Z
lastmod: *date
excerpt: Two lines, one text
webUrl: https://quay.example/a?b=1&c=2
topics: *names
heat: 72.5
quality: 12
published: false
---
It sails.
""",
    "TOML": f"""+++
title = "Ferry: it's 5 & sails"
publishedDateTime = 2021-01-27T10:20:30Z
excerpt = '''Two lines,
one text'''
webUrl = "https://quay.example/a?b=1&c=2"
topics = ["Harbour", "C++"]
heat = 72.5
quality = 12
published = false
secured = "{CIPHERTEXT}"
[provider]
name = "quay.example"
domain = "quay.example"
+++
It sails.
""",
    "JSON": f"{json.dumps(FACTS)}\n\nIt sails.\n",
    "JSON, indented": f"{json.dumps(FACTS, indent=2)}\nIt sails.\n",
    "headers": """Title: Ferry: it's 5 & sails
Date: 2021-01-27 10:20:30Z
Excerpt: Two lines,
    one text
webUrl: https://quay.example/a?b=1&c=2
Topics: Harbour, C++
Provider: quay.example
Heat: 72.5
Quality: 12
Published: false

It sails.
""",
}


@pytest.mark.parametrize("style", STYLES)
def test_one_article_is_the_same_in_every_dialect_and_style(parse, style):
    def written(value):
        return json.dumps(value, ensure_ascii=False)

    head = "\n".join(f"{key}: {written(value)}" for key, value in FACTS.items())
    plain = parse(f"---\n{head}\n---\nIt sails.\n")
    parsed = parse(STYLES[style])
    assert parsed.problems == plain.problems == ()
    assert parsed.article == plain.article
    assert parsed.article.withheld == "published: false"


BREAKAGES = {
    "alias": f"secured: *{CIPHERTEXT.rstrip('=')}",
    "tag": f"secured: !{CIPHERTEXT} x",
    "tag handle": f"secured: !{CIPHERTEXT.rstrip('=')}!x y",
    "list": f"secured: [{CIPHERTEXT}",
    "two colons": f"secured: {CIPHERTEXT}: {CIPHERTEXT}",
    "unclosed quote": f'secured: "{CIPHERTEXT}',
    "another key's quote": f'webUrl: "\nsecured: {CIPHERTEXT}"',
    "another key's truth": f'published: "\nsecured: {CIPHERTEXT}"',
    "another key's block": f"date: |\n  {CIPHERTEXT}\nsecured: {CIPHERTEXT}",
    "shared by an anchor": f"secured: &s {CIPHERTEXT}\nwebUrl: *s\nheat: *s\nlang: *s",
    "in a list": f"secured: {CIPHERTEXT}\ntopics: [[{CIPHERTEXT}]]\nimages: [{CIPHERTEXT}]",
    "in a map": f"secured: {{a: {CIPHERTEXT}}}\nexcerpt: {{a: {CIPHERTEXT}}}",
    "no value": f"secured:\n{CIPHERTEXT}",
    "directive": f"%{CIPHERTEXT}\nsecured: {CIPHERTEXT}",
}


class TestSecrets:
    @pytest.mark.parametrize("breakage", BREAKAGES)
    @pytest.mark.parametrize("fence", ["---", "+++", ""])
    def test_no_problem_tells_a_part_of_the_ciphertext(self, parse, breakage, fence):
        lines = BREAKAGES[breakage]
        parsed = parse(f"{fence}\ntitle: A\ndate: 2021-01-27\n{lines}\n{fence}\n")
        told = "\n".join(map(str, parsed.problems))
        assert not any(part in told for part in CIPHERTEXT_SLICES)

    @given(st.integers(0, 160), st.sampled_from(["'", '"', "[", "*", "\n", "\\", "\t"]))
    def test_no_damage_to_the_file_makes_a_problem_tell_it(self, at, damage):
        text = f"---\ntitle: 'A'\ndate: 2021\nsecured: '{CIPHERTEXT}'\nheat: 'x'\n---\n"
        parsed = _parse((text[:at] + damage + text[at:]).encode())
        told = "\n".join(map(str, parsed.problems))
        assert not any(part in told for part in CIPHERTEXT_SLICES)

    def test_the_article_does_not_hold_it(self, article_of):
        assert CIPHERTEXT not in repr(article_of(f"secured: {CIPHERTEXT}"))


def _parse(content: bytes) -> Parsed:
    rules = Rules(plain_text="publish", undated="mtime")
    return parse_article("a.md", content, rules, modified_at=MODIFIED)


def _check(parsed: Parsed) -> None:
    """Whatever came in, what comes out is usable."""
    assert isinstance(parsed, Parsed)
    assert (parsed.article is not None) == (parsed.outcome == "article")
    assert parsed.outcome == "article" or parsed.problems
    assert not any("readable article" in p.expected for p in parsed.problems)
    if parsed.article:
        assert parsed.article.title
        assert parsed.article.link.startswith("http")
        assert parsed.article.published_at.utcoffset() == timedelta(0)


class TestAnyBytes:
    @given(st.binary(max_size=200))
    @example(b"---\n\x00: \xff\n---")
    def test_arbitrary_bytes_never_raise(self, content):
        _check(_parse(content))

    @given(
        st.sampled_from(["---\n{}\n---\n", "+++\n{}\n+++\n", "{}", "Title: {}\n\n"]),
        st.text(max_size=120),
    )
    def test_arbitrary_text_between_fences_never_raises(self, frame, text):
        _check(_parse(frame.replace("{}", text).encode("utf-8", "replace")))

    @given(st.sampled_from(sorted(STYLES)), st.data())
    def test_a_mutated_article_never_raises(self, style, data):
        content = STYLES[style].encode()
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 20)))
        patch = data.draw(
            st.binary(max_size=12)
            | st.sampled_from([b"\n", b": ", b"- ", b"&a ", b"*a", b"{", b"'", b"<<"])
        )
        _check(_parse(content[:start] + patch + content[end:]))

    @given(
        st.dictionaries(
            st.sampled_from(
                [*FACTS, "date", "images", "related", "slug", "url", "lang"]
            )
            | st.text(st.characters(), max_size=8),
            st.recursive(
                st.none()
                | st.booleans()
                | st.floats()
                | st.integers()
                | st.text(st.characters(), max_size=20),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(
                            ["url", "webUrl", "name", "title", "domain", "provider"]
                        ),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=6,
            ),
            min_size=1,
            max_size=8,
        )
    )
    def test_any_values_under_known_keys_never_raise(self, metadata):
        parsed = _parse(json.dumps(metadata).encode())
        _check(parsed)
        str(parsed.problems).encode()


@pytest.mark.parametrize(
    "typed", ["2.10", "007", "1e3", "+5", "true", "12345678901234567890"]
)
def test_a_title_reads_as_it_was_typed(typed):
    content = f"---\ntitle: {typed}\ndate: 2026-05-01\n---\n".encode()
    parsed = parse_article("a.md", content, Rules(), modified_at=MODIFIED)
    assert parsed.article.title == typed


@pytest.mark.parametrize(("typed", "heat"), [("87.50", 87.5), ("1e2", 100), ("007", 7)])
def test_a_number_counts_however_it_is_spelt(typed, heat):
    content = f"---\ntitle: a\nheat: {typed}\ndate: 2026-05-01\n---\n".encode()
    parsed = parse_article("a.md", content, Rules(), modified_at=MODIFIED)
    assert (parsed.article.heat, parsed.problems) == (heat, ())


@pytest.mark.parametrize(
    ("line", "topics", "categories"),
    [
        ("tags: embedded nerves", ("embedded", "nerves"), ()),
        ("tags: open source, quays", ("open source", "quays"), ()),
        ("categories: news  boats", (), ("news", "boats")),
        ("topics: Old harbours", ("Old harbours",), ()),
        ("category: Old harbours", (), ("Old harbours",)),
    ],
)
def test_text_is_several_names_where_jekyll_makes_it_so(line, topics, categories):
    content = f"---\ntitle: a\n{line}\ndate: 2026-05-01\n---\n".encode()
    article = parse_article("a.md", content, Rules(), modified_at=MODIFIED).article
    assert (article.topics, article.categories) == (topics, categories)
