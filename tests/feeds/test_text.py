"""Legal text, slugs, dates and links."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.text import (
    _LEGAL_LINK,
    _rebuilt,
    clean,
    cut,
    date_in_path,
    domain_of,
    legal,
    one_line,
    parse_date,
    path_escaped,
    slugify,
    text_of_html,
    web_link,
)

ANY_TEXT = st.text(st.characters(), max_size=80)
OSLO = ZoneInfo("Europe/Oslo")


class TestLegal:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("a\x00b\x0bc\x1fd", "abcd", id="C0 controls go"),
            pytest.param("a\x7fb\x85c\x9fd", "abcd", id="delete and C1 controls go"),
            pytest.param("a\ufffeb\uffffc", "abc", id="non-characters go"),
            pytest.param("a\ud83db\udc00", "ab", id="lone surrogates go"),
            pytest.param("a\tb\nc", "a\tb\nc", id="tab and newline stay"),
            pytest.param("a\r\nb\rc\n\r", "a\nb\nc\n\n", id="CRLF and CR become LF"),
            pytest.param("🚂👩‍🚒", "🚂👩‍🚒", id="emoji stay"),
            pytest.param("שמש \u202bx\u202c", "שמש \u202bx\u202c", id="RTL stays"),
            pytest.param("a\u2028b\u2029", "a\u2028b\u2029", id="separators stay"),
            pytest.param("a\xa0b", "a\xa0b", id="NBSP stays"),
        ],
    )
    def test_it_keeps_what_xml_allows(self, text, expected):
        assert legal(text) == expected

    @given(ANY_TEXT)
    def test_it_is_idempotent_and_can_be_encoded(self, text):
        once = legal(text)
        assert legal(once) == once
        assert "\r" not in once.encode().decode()


class TestOneLine:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("  a \n\n b\tc ", "a b c", id="blanks collapse"),
            pytest.param("a\xa0\xa0b", "a b", id="NBSP is a blank"),
            pytest.param("a\u2028b", "a\u2028b", id="U+2028 is text"),
            pytest.param("Fish &amp; Chips", "Fish & Chips", id="entity"),
            pytest.param("it&amp;#39;s", "it's", id="escaped twice"),
            pytest.param("&amp;amp;lt;", "&lt;", id="escaped thrice: twice undone"),
            pytest.param("AT&T &c", "AT&T &c", id="a bare ampersand stays"),
            pytest.param("&#x1F682; &eacute;", "🚂 é", id="numeric and named"),
            pytest.param("&#1;a&#xD800;", "a\ufffd", id="no illegal character returns"),
            pytest.param("a <b>bold</b> word", "a bold word", id="tags go"),
            pytest.param("one<br>two<p>three", "one two three", id="blocks part words"),
            pytest.param("&lt;b&gt;x&lt;/b&gt;", "x", id="escaped tags go too"),
            pytest.param("&lt;br /&gt;x", "x", id="so do closed ones"),
            pytest.param("&lt;a href='/'&gt;x", "x", id="and those with attributes"),
            pytest.param(
                *("Use &lt;div&gt; well", "Use <div> well"), id="a lone one is meant"
            ),
            pytest.param("The &lt;br&gt;", "The <br>", id="whatever it is"),
            pytest.param(
                *("&lt;p&gt; &amp;amp; &lt;hr&gt;", "<p> & <hr>"), id="or several"
            ),
            pytest.param("Vec<T> and K<V, W>", "Vec<T> and K<V, W>", id="types stay"),
            pytest.param("Vec&lt;T&gt;", "Vec<T>", id="escaped ones too"),
            pytest.param("a<B>bold</B>", "abold", id="an element in capitals goes"),
            pytest.param("<img src=x onerror=y>z", "z", id="a tag with attributes"),
            pytest.param("<mine@a.example> x", "<mine@a.example> x", id="an address"),
            pytest.param("1 < 2 and 3 > 2", "1 < 2 and 3 > 2", id="sums stay"),
            pytest.param("a<!-- hidden -->b", "ab", id="comments go"),
            pytest.param("a <!-- open", "a <!-- open", id="an open comment is text"),
            pytest.param("", "", id="nothing"),
        ],
    )
    def test_it_reads_as_plain_text(self, text, expected):
        assert one_line(text) == expected

    @pytest.mark.timeout(5)
    @pytest.mark.parametrize("part", ["<!--", "<a", "&lt;!--", "<p <p", "&amp;"])
    def test_its_time_grows_with_the_length_only(self, part):
        assert isinstance(one_line(part * 100_000), str)

    @given(ANY_TEXT)
    def test_it_never_holds_a_newline(self, text):
        assert "\n" not in one_line(text)

    @given(ANY_TEXT)
    def test_clean_text_is_legal_too(self, text):
        assert clean(text) == one_line(legal(text)) == legal(clean(text))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("short", 5, "short", id="what fits stays"),
        pytest.param("one two three", 9, "one two…", id="at a blank"),
        pytest.param("one, two three", 6, "one…", id="no comma before the ellipsis"),
        pytest.param("unbroken", 4, "unb…", id="within a word if need be"),
    ],
)
def test_cut_ends_at_a_word(text, limit, expected):
    assert cut(text, limit) == expected


@given(ANY_TEXT, st.integers(1, 90))
def test_cut_keeps_to_the_limit(text, limit):
    assert len(cut(text, limit)) <= limit


def test_markup_becomes_its_readable_text():
    markup = "<head><title>x</title></head><p>Hello<script>1</script> <i>you</i></p>"
    assert text_of_html(markup) == "Hello you"


class TestSlugs:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            pytest.param("Joe Biden", "joe-biden", id="words"),
            pytest.param("  Joe -- Biden! ", "joe-biden", id="punctuation"),
            pytest.param("C++", "c-plus-plus", id="plus"),
            pytest.param("C#", "c-sharp", id="sharp"),
            pytest.param("#rail", "rail", id="a hash tag"),
            pytest.param("R&D", "r-and-d", id="ampersand"),
            pytest.param(".NET", "dot-net", id="a leading dot is spoken"),
            pytest.param("CRI-O", "cri-o", id="case"),
            pytest.param("日本", "日本", id="Unicode"),
            pytest.param("Straße", "strasse", id="folded"),
            pytest.param("\uff21\uff22", "ab", id="full width"),
            pytest.param("a/b", "a-b", id="slash"),
            pytest.param("a\\b", "a-b", id="backslash"),
            pytest.param("Con", "con-feed", id="reserved name"),
            pytest.param("LPT9", "lpt9-feed", id="reserved device"),
        ],
    )
    def test_a_name_has_this_slug(self, name, slug):
        assert slugify(name) == slug

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param("Zürich", "Zu\u0308rich", id="NFC and NFD"),
            pytest.param("KUBERNETES", "kubernetes", id="case"),
            pytest.param("climate change", "climate-change", id="punctuation"),
        ],
    )
    def test_spellings_of_one_name_share_a_slug(self, one, other):
        assert slugify(one) == slugify(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param("C", "C++", id="plus counts"),
            pytest.param("C++", "C#", id="so does sharp"),
            pytest.param("🚂", "🚢", id="emoji alone"),
            pytest.param("..", "...", id="dots alone"),
            pytest.param("x" * 300 + "a", "x" * 300 + "b", id="long tails"),
        ],
    )
    def test_different_names_have_different_slugs(self, one, other):
        assert slugify(one) != slugify(other)

    @pytest.mark.parametrize("name", ["..", ".", "/", "", "🚂", "\ud800", "é" * 150])
    def test_a_name_without_usable_letters_is_still_a_safe_file_name(self, name):
        assert re.fullmatch(r"[\w-]+", slugify(name))

    @given(ANY_TEXT)
    @example("\u0345\u0301")
    @example("İstanbul")
    @example("x" * 300)
    @example("字" * 100)
    def test_any_slug_is_a_safe_name_and_its_own_slug(self, name):
        slug = slugify(name)
        assert slug
        assert "/" not in slug
        assert not slug.startswith((".", "-"))
        assert len(slug.encode()) <= 200
        assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        pytest.param("www.Example.COM", "example.com", id="bare"),
        pytest.param("https://www.example.com:8080/a?b", "example.com", id="URL"),
        pytest.param(" example.com. ", "example.com", id="root dot"),
        pytest.param("mu\u0308nchen.de", "münchen.de", id="NFD"),
        pytest.param("Example", "", id="a word is no domain"),
        pytest.param("me@example.com", "", id="an address is no domain"),
        pytest.param("https://me:pw@example.com/", "", id="user information"),
        pytest.param("a..b", "", id="an empty label"),
        pytest.param("../etc", "", id="a path"),
        pytest.param(f"{'a.' * 80}com", "", id="too long for a file name"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_domain_is_bare_and_lower_case(text, domain):
    assert domain_of(text) == domain


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


class TestDates:
    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            pytest.param("2021-01-27T10:20:30Z", utc(2021, 1, 27, 10, 20, 30), id="Z"),
            pytest.param(
                "2021-01-27T10:20:30+02:00", utc(2021, 1, 27, 8, 20, 30), id="offset"
            ),
            pytest.param("2015-01-09 18:00:00 -0800", utc(2015, 1, 10, 2), id="Jekyll"),
            pytest.param(
                "2021-01-27 10:00 -3", utc(2021, 1, 27, 13), id="short offset"
            ),
            pytest.param("2021-01-27 10:00 +530", utc(2021, 1, 27, 4, 30), id="+530"),
            pytest.param("2021-01-27T10:00:00UTC", utc(2021, 1, 27, 10), id="UTC"),
            pytest.param("2021-01-27T10:00+1400", utc(2021, 1, 26, 20), id="+14:00"),
            pytest.param("2021-01-27T10:00-1200", utc(2021, 1, 27, 22), id="-12:00"),
            pytest.param(
                "2021-01-27T10:20:30.123Z",
                utc(2021, 1, 27, 10, 20, 30, 123_000),
                id="milliseconds",
            ),
            pytest.param(
                "2021-01-27T10:20:30,123456789Z",
                utc(2021, 1, 27, 10, 20, 30, 123_456),
                id="nanoseconds are cut",
            ),
            pytest.param("2021-1-7T1:2:3Z", utc(2021, 1, 7, 1, 2, 3), id="one digit"),
            pytest.param("2021/01/27, 10:00Z", utc(2021, 1, 27, 10), id="slashes"),
            pytest.param(
                "2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59), id="leap"
            ),
            pytest.param(
                "Wed, 27 Jan 2021 10:00:00 +0100", utc(2021, 1, 27, 9), id="RFC 5322"
            ),
            pytest.param(
                "27 Jan 2021 10:00:00 GMT", utc(2021, 1, 27, 10), id="RFC 5322, GMT"
            ),
            pytest.param(
                "27 Jan 2021 10:00:00 -0000", utc(2021, 1, 27, 10), id="RFC 5322, -0000"
            ),
        ],
    )
    def test_a_date_with_an_offset_is_an_instant_in_any_zone(self, text, instant):
        assert parse_date(text, UTC) == (instant, "")
        assert parse_date(text, OSLO) == (instant, "")

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            pytest.param("2021-01-27 10:00:00", utc(2021, 1, 27, 9), id="winter"),
            pytest.param("2021-07-27 10:00:00", utc(2021, 7, 27, 8), id="summer"),
            pytest.param("2021-07-27", utc(2021, 7, 26, 22), id="date only"),
            pytest.param("2021-03-28 02:30", utc(2021, 3, 28, 1, 30), id="in the gap"),
            pytest.param(
                "2021-10-31 02:30", utc(2021, 10, 31, 0, 30), id="in the fold"
            ),
            pytest.param("27 Jan 2021 10:00:00", utc(2021, 1, 27, 9), id="RFC 5322"),
        ],
    )
    def test_a_date_without_offset_is_in_the_sites_zone(self, text, instant):
        assert parse_date(text, OSLO) == (instant, "")

    @pytest.mark.parametrize(
        ("time", "offset", "hour", "minute"),
        [
            ("14:00:00", "+14:00", 0, 0),
            ("12:00", "+12:00", 0, 0),
            ("05:30:00", "+0530", 0, 0),
            ("01:00:00", "+01", 0, 0),
            ("11:30:00.000", "-11:30", 23, 0),
        ],
    )
    def test_an_offset_that_is_the_time_of_day_is_told(
        self, time, offset, hour, minute
    ):
        instant, remark = parse_date(f"2021-01-27T{time}{offset}", OSLO)
        assert instant == utc(2021, 1, 27, hour, minute)
        assert remark == f"offset {offset} is the time of day once more"

    @pytest.mark.parametrize(
        "text",
        [
            *("2021-01-27T00:00:00+00:00", "2021-01-27T00:00:00Z"),
            *("2021-01-27T14:00:01+14:00", "2021-01-27T14:00:00.5+14:00"),
            *("2021-01-27T10:00:00+14:00", "2021-01-27T14:00:00"),
        ],
    )
    def test_any_other_offset_is_not(self, text):
        assert parse_date(text, OSLO)[1] == ""

    @pytest.mark.parametrize("offset", ["-23:00", "+14:01", "+9900", "-1201"])
    def test_an_impossible_offset_is_a_typo_for_utc(self, offset):
        found = parse_date(f"2021-01-27T10:00:00{offset}", OSLO)
        assert found == (
            utc(2021, 1, 27, 10),
            f"impossible offset {offset}, read as UTC",
        )

    @pytest.mark.parametrize(
        "text",
        [
            *("", "soon", "2021", "20211327", "10:00", "2021-13-01", "2021-02-30"),
            *("0000-01-01", "2021-01-27T25:00", "2021-01-27T10:00:61", "[1, 2]"),
            *("2021-01-27Z", "Someday 27, 2021", "27 Jan"),
            *("1 2 3 4 5", "9999-12-31T23:00:00-10:00", "true", "1612137600"),
        ],
    )
    def test_what_is_no_date_is_none(self, text):
        assert parse_date(text, UTC) is None

    offsets = st.integers(-12 * 60, 14 * 60).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    )

    @given(
        st.datetimes(datetime(1900, 1, 2), datetime(2299, 12, 30), timezones=offsets)  # noqa: DTZ001
    )
    def test_any_aware_instant_survives_being_written(self, instant):
        assert parse_date(instant.isoformat(), OSLO) == (instant, "")

    @given(
        ANY_TEXT
        | st.from_regex(r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{1,2}[+-]\d{1,4}")
        | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,4} \d+:\d+:\d+ [+-]?\w{1,5}")
    )
    def test_no_text_raises(self, text):
        found = parse_date(text, OSLO)
        assert found is None or found[0].tzinfo is UTC

    @pytest.mark.parametrize(
        ("path", "day"),
        [
            pytest.param("2021-01-27-post.md", utc(2021, 1, 27), id="file name"),
            pytest.param("a/2015-10-8-post.md", utc(2015, 10, 8), id="one digit"),
            pytest.param("a/2021_01_27.md", utc(2021, 1, 27), id="underscores"),
            pytest.param("2017/04/27/post.md", utc(2017, 4, 27), id="folders"),
            pytest.param("2017/04/27/2018-01-02.md", utc(2018, 1, 2), id="name first"),
            pytest.param("9999-99-99/2018-01-02/x.md", utc(2018, 1, 2), id="next one"),
            pytest.param("a/12021-01-27.md", None, id="five digits are no year"),
            pytest.param("a/b.md", None, id="none"),
        ],
    )
    def test_a_path_may_hold_a_date(self, path, day):
        assert date_in_path(path, UTC) == day


class TestLinks:
    @pytest.mark.parametrize(
        ("text", "link"),
        [
            pytest.param("https://a.example/x", "https://a.example/x", id="plain"),
            pytest.param(" HTTP://A.Example/X ", "http://a.example/X", id="case"),
            pytest.param("//a.example/x", "https://a.example/x", id="no scheme"),
            pytest.param("http://a.example/b c", "http://a.example/b%20c", id="blank"),
            pytest.param("http://a.example/é", "http://a.example/%C3%A9", id="letter"),
            pytest.param(
                "http://a.example/%C3%A9", "http://a.example/%C3%A9", id="done"
            ),
            pytest.param(
                "http://a.example/100%", "http://a.example/100%25", id="percent"
            ),
            pytest.param(
                "http://a.example/?q=a&b=%20#f", "http://a.example/?q=a&b=%20#f", id="&"
            ),
            pytest.param('http://a.example/"<>', "http://a.example/%22%3C%3E", id="<>"),
            pytest.param(
                "http://bücher.example/", "http://xn--bcher-kva.example/", id="IDNA"
            ),
            pytest.param("http://a.example:8080/", "http://a.example:8080/", id="port"),
            pytest.param("http://a.example:/", "http://a.example/", id="empty port"),
            pytest.param(
                "http://[2001:DB8::1]:81/x", "http://[2001:db8::1]:81/x", id="v6"
            ),
            pytest.param("http://192.0.2.1/", "http://192.0.2.1/", id="IPv4"),
            pytest.param(
                f"http://{'a.' * 126}a./", f"http://{'a.' * 126}a./", id="longest"
            ),
        ],
    )
    def test_a_web_link_is_escaped_once(self, text, link):
        assert web_link(text) == link

    @pytest.mark.parametrize(
        "text",
        [
            *("", "javascript:alert(1)", "data:text/html,x", "ftp://a.example/"),
            *("mailto:a@a.example", "a.example/x", "/x", "http://", "http:///x"),
            *("http://me@a.example/", "http://me:pw@a.example/", "http://a b/"),
            *("http://a.example/\x00", "http://a.example/\nx", "java\nscript:x"),
            *("http://a.example/a\tb", "http://a.example:99999/", "http://[::1/"),
            *("http://a.example/\ud800", "http://a..example/", "http://.../"),
            *("http://999.1.1.1/", "http://1.2.3/", "http://a\\@b/", "http://a%41/"),
            *("http://[nonsense]/", "http://-/", "https:a.example"),
            # RFC 1035, 2.3.4: too long for a name, or so in its IDNA form.
            *(f"http://{'a.' * 124}example/", f"http://{'ü.' * 60}example/"),
        ],
    )
    def test_anything_else_is_refused(self, text):
        assert web_link(text) == ""

    @given(
        ANY_TEXT
        | ANY_TEXT.map("http://a.example/{}".format)
        | ANY_TEXT.map("https://{}/x".format)
    )
    def test_a_web_link_is_its_own_and_safe(self, text):
        link = web_link(text)
        assert web_link(link) == link
        assert re.fullmatch(r"(https?://[!-~]+)?", link)

    @given(st.from_regex(_LEGAL_LINK, fullmatch=True))
    def test_a_legal_link_needs_no_rebuilding(self, link):
        assert _rebuilt(link) == link

    def test_a_path_is_escaped_as_a_path(self):
        assert path_escaped("a b/ü?#%.md") == "a%20b/%C3%BC%3F%23%25.md"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jul 08 2022", "2022-07-08T00:00:00+00:00"),
        ("July 4, 2022", "2022-07-04T00:00:00+00:00"),
        ("4 July 2022 10:05", "2022-07-04T10:05:00+00:00"),
        ("1st Sept. 2022", "2022-09-01T00:00:00+00:00"),
        ("20220704", "2022-07-04T00:00:00+00:00"),
        ("2022-07-04 12:30 AM", "2022-07-04T00:30:00+00:00"),
        ("2022-07-04 10:00:01 pm", "2022-07-04T22:00:01+00:00"),
    ],
)
def test_i27_dates_as_people_write_them(text, expected):
    assert parse_date(text, UTC) == (datetime.fromisoformat(expected), "")


@pytest.mark.parametrize("digits", ["0" * 20_000, "9" * 9, "x" + "f" * 20_000])
def test_a_reference_to_no_character_is_dropped(digits):
    assert one_line(f"a &#{digits}; b &#{digits} c &#233;") == "a b c \u00e9"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<scr\x81ipt>alert(1)</scr\x81ipt>", "alert(1)"),
        ("&lt;scr&#1;ipt&gt;alert(1)&lt;/scr&#1;ipt&gt;", "alert(1)"),
        ("a &amp; <i\x01mg src=x onerror=alert(1)>", "a &"),
        ("Fer&#1;ry", "Ferry"),
        ("Fer\x01ry", "Ferry"),
    ],
    ids=["tag", "escaped tag", "picture", "reference", "character"],
)
def test_what_is_removed_hides_no_tag(text, line):
    assert one_line(text) == line
