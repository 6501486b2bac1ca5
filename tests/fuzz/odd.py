"""What goes wrong in article files: keys, values, characters and lines to put in."""

# ruff: noqa: RUF001 - look-alikes are the point

# fmt: off
KEYS = (
    "title", "Title", "linkTitle", "excerpt", "summary", "description", "date",
    "publishedDateTime", "pubDate", "lastmod", "expiryDate", "unpublish", "webUrl",
    "originalUrl", "ampWebUrl", "url", "permalink", "slug", "path", "topics", "tags", "tag",
    "category", "categories", "Categories", "provider", "author", "authors", "images",
    "image", "header", "params", "related", "RELATED", "type", "layout", "heat", "quality",
    "published", "removed", "draft", "language", "lang", "enclosure", "audio",
    "podcast_file", "podcast_bytes", "podcast_duration", "duration", "bytes", "mime_type",
    "secured", "Secured", "ditle", "<<", "null", "true", "~", "1", "a b", "ß", "İ", "x" * 300,
)
NUMBERS = (
    "0", "-1", "1", "007", "1_000", "0x1F", "0o17", "0b1", "12:30:45", "1e3", "1e999", "-1e999",
    ".5", "5.", "+1", "-0", "-0.0", ".inf", "-.inf", ".nan", "NaN", "Infinity", "9" * 18,
    "9" * 19, "1" + "0" * 400, "9" * 5_000, "1" * 20_000, "1e-400", "2.10", "3.0", "１２", "٣",
    "9223372036854775808", "1.7976931348623157e309", "1e18", "1000000000000000001",
)
DATES = (
    "2021-01-27", "2021-02-30", "2021-1-7", "0000-00-00", "0001-01-01", "1899-12-31",
    "2299-12-31", "2300-01-01", "9999-12-31T23:59:59Z", "10000-01-01", "2021-01-27 09:10",
    "2021-01-27T09:10:60Z", "2021-01-27T24:00:00Z", "2021-01-27T09:10:11+25:99",
    "2021-01-27T09:10:11.123456789-11:59", "0001-01-01T00:00:00+14:00", "2021/01/27",
    "Wed, 27 Jan 2021 09:10:11 -0000", "Wed, 27 Jan 0001 00:00:00 +2359", "Thu, 99 Foo",
    "27 Jan 99999999999 00:00", "2021-01-27T09:10:11 UTC", "2021-W04-3", "now", "1611738611",
    "２０２１-01-27", "2021-01-27T09:10:11" + "0" * 300,
)
LINKS = (
    "https://quay.example/a", "http://quay.example", "//quay.example/a", "/a/b?c#d", "a b",
    "javascript:alert(1)", "data:text/html,x", "HTTPS://QUAY.EXAMPLE/", "https://",
    "https://[::1]/", "https://[::1", "https://[v1.x]/", "http://user:word@quay.example/",
    "https://quay.example:99999/", "https://quay.example:/a", "https://bücher.example/ü",
    "https://xn--a.example/", "https://" + "a" * 300 + ".example/", "https://quay.example/%",
    "https://quay.example/%zz%00", "http://1.2.3.999/", "http://0x7f.1/", "https:quay.example",
    "https:\\\\quay.example\\a", "https://quay.example/\u202eexe", "https://.example/",
    "ftp://quay.example/", "mailto:a@quay.example", "?", "#", "..", "//", "https://ß.example/",
    "https://quay．example/", "https://a..example/", "https://quay.example/" + "a/" * 3_000,
)
SECRET = "QmxhY2sgaGFyYm91ciBrZXlzIGFyZSBuZXZlciB0b2xkIHRvIGFueWJvZHkgYXQgYWxs;VGlkZXM="  # noqa: S105
TEXTS = (
    "", " ", "~", "null", "Null", "yes", "No", "on", "y", "true", "False", "A: B", "A #b", "#b",
    "-", "- a", "?", "? a", ":", "::", "'", '"', "''", '""', "'a''b'", '"a\\"b"', '"\\u0041"',
    '"\\ud800"', '"\\U0001F600"', '"\\x00"', '"\\', "\\", "`a`", "@a", "%a", "!a", "&a", "*a",
    "|", ">", "|-", "|+2", ">9", "[", "]", "{", "}", "[]", "{}", "[a, b]", "{a: b}", "[a, [b, {c: d}]]",
    "{a: {b: {c: d}}}", "[[[[[[", "{{{{", "[" * 25, "{a: " * 25, "- " * 25, "? " * 25,
    "&a [*a]", "&a {<<: *a}", "*nowhere", "!!binary aGk=", "!!float x", "!!set {a, b}",
    "!!omap [a: b]", "!!str 1", "!!null x", "!!int 1_0", "!!timestamp 2021-01-27", "!<!x> y",
    "!!python/object/apply:os.getcwd []", "<b>bold</b>", "a <script>b</script>", "&amp;amp;lt;",
    "&#0;", "&#x110000;", "&#55296;", "<!--" * 400, "<a " * 400, "<p>" * 400, "{{< a >}}",
    "{{% a %}}b{{% /a %}}", "{% raw %}", "{% include a.html %}", "{{ page.title }}",
    "{{" * 40, "{%" * 80, "{{< a >}}" * 200, "{% raw %}" * 200, "a" * 30_000, "a " * 5_000,
    "\\" * 2_000, '"' + "\\\\" * 1_000, "'" * 999, ", " * 500, "a,b;c", "C++ C# .NET", "..", "con",
    SECRET, f"secured: {SECRET}", f'"{SECRET}"',
)
VALUES = (TEXTS, NUMBERS, DATES, LINKS)
CHARACTERS = (
    "\x00", "\x01", "\t", "\x0b", "\x0c", "\r", "\r\n", "\x1b[31m", "\x7f", "\x80", "\x85", "\xa0",
    "\xad", "\u0130", "\u0301" * 50, "\u061c", "\u1680", "\u180e", "\u200b", "\u200d", "\u2028",
    "\u2029", "\u202e", "\u2066", "\u3000", "\ufdd0", "\ufeff", "\ufffd", "\ufffe", "\uffff", "ﬃ", "ß",
    "１", "٣", "：", "－", "\u2212", "“", "´", "\U0001f469\u200d\U0001f469", "\U000e0001",
    "\U0010fffc", "\U0010fffd", "\U0010ffff", "\U0001fffe", "Ω", "Å",
)
# Not UTF-8: a lone surrogate, an overlong "/", a cut sequence, beyond the last, Latin-1.
BYTES = (
    b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xff", b"\xe9", b"\xc2",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x00", b"\x1a",
)
LINES = (
    "---", "--- ", "----", "--- a", "...", "+++", "+++ ", ";;;", "===", "", " ", "\t", "# a",
    "%YAML 1.1", "%YAML 9.9", "%TAG ! tag:a,2021:", "%a", "--- |", "--- !!map", "? a", "? [a]: b",
    ": a", "- a", "-", "- - a", "- a: b", "a", "a:", " a: b", "\ta: b", "a:\tb", "a : b", "a:b",
    "'a': b", '"a": b', "[a]: b", "{a: b}: c", "*a : b", "&a b: c", "!!str a: b", "<<: *a",
    "<<: [*a, *a]", "<<: {a: b}", "a: &a {b: c}", "a: |", "a: >-", "  ", "a = 1", "a = [", "[a]",
    "[[a]]", "[a.b.c]", "a.b.c = 1", "a = '''", 'a = """', "{", "}", '{"a": 1}', "<<<<<<< HEAD",
    "=======", ">>>>>>> theirs", "{{ a }}", "{% a %}", "<!-- a -->", "```", "# Title", "Title\n=====",
    f'secured: "{SECRET}"', f"secured: {SECRET}", f"secured = '{SECRET}'", f"  secured: {SECRET}",
    f'"secured": "{SECRET}",', f"secured: |\n  {SECRET}", f"secured: [{SECRET}]",
)
PATHS = (
    "a.md", "2021-01-27-a.md", "_posts/2021-01-27-a-b.md", "sea/_posts/2021-02-30-a.markdown",
    "_drafts/a.md", "content/posts/a/index.md", "content/_index.md", "a.html", "a.HTM", "a.txt",
    "2021/01/27/a.md", "2021-01-27.md", "a", ".md", "ä ö/ü?#%.md", "a.b.c.md", "9999-99-99-a.md",
    "posts/a/..md", "x" * 200 + ".md", "no title/-_-.md",
)
# How a value can be written otherwise: %s is the value.
STYLES = (
    "'%s'", '"%s"', "[%s]", "{%s}", "{a: %s}", "[%s, %s]", "[[[%s]]]", "%s # note", "# %s",
    "!!str %s", "!!int %s", "!own %s", "&a %s", "&a [%s, *a]", "*%s", "? %s", "- %s", "%s:",
    "|\n  %s", ">-\n  %s", "|\n%s", "|2\n    %s\n   %s", "\n  %s", "\n  %s\n  %s", "\n\t%s",
    "\n  - %s", "\n  - %s\n  - %s\n  -", "\n- %s\n- %s", "\n  -\n  - %s", "\n  - name: %s",
    "\n  url: %s", "\n  - url: %s\n    width: %s", "\n    a: %s\n  b: %s", "\n  ? %s\n  : %s",
    "\n  name: %s\n  domain: %s\n  images: %s", "\n  - title: %s\n    webUrl: %s", " %s ",
    "\n  <<: {name: %s}", "&a\n  name: %s", "!!seq\n  - %s", "&a !!str\n%s", "%s\n%s", "%s\\",
    "'%s", '"%s',
)
# The same for an item of a list, below `related:`.
ITEMS = (
    "  - %s", "  -", "  - [%s]", "  - title: '%s", '  - title: "%s\n  - a"', "  - title: |\n      %s",
    "  - |\n    - %s", "- title: %s", "   - title: %s", "  # note", "  - &a\n    title: %s", "  - *a",
    "  - >\n  - title: %s", "", "  title: %s", "-", "  -\ttitle: %s", "  - ? %s", '  - "a\n  - b"',
)
# What is put in thousands of times, one after the other.
RUNS = (
    " ", "\t", "\n", " \n", "\n ", "\r", "\xa0", "-", "---\n", "--- ", "\n---a", "\n...", "+", "=", "_", "a",
    "a-", "a.", "a.b", "1", "1.", "1:", "9e", "0x", "A ", "é", "#", " #", "# ", "\n#", "'", '"', "\\", '\\"', "''",
    "[", "{", "(", "<", ">", "]", "}", "[]", "{}", ",", ", ", ":", ": ", " :", "a:", "a: ", "\na:", "\na: b",
    "\n- ", "- ", "? ", "\n? a", "&", "&a ", "*a ", "&amp;", "&#", "&#1;", "!", "!!", "%", "%41", "|", "\n|", "@", "`",
    "/", "//", "/a", "../", "http://", "?a=", "www.", "a@b.", "<a", "<!--", "-->", "<!-- -->", "<p>", "</p>", "<br",
    "<script>", "</script", "<style>", "{{", "}}", "{{ a }}", "{%", "%}", "{% a %}", "{{<", "{{% a", ">}}", "{% raw %}",
    "secured", "secured:", "\nsecured", "related:\n  - ", "  - ", "\n  - a", "\n  -", "\n    a: b", '\n  - "', "\ufeff",
    "\u2028", "\u0301", "İ", "2021-", "2021-01-27 ", "01/", "T", "+00:00", "Mon, ", "(", "\\(", "\n\t", "\x0b", "\x00",
)
# What plain values are made of, and what looks like it.
PLAIN_PARTS = (
    "a", "B c", " ", "  ", ":", ": ", " :", "#", " #", "-", " - ", "'", '"', '\\"', "\\\\", "\\",
    "null", "true", "~", "12", "-3", "0", ".", ",", "é", "/", "/p", "?", "&", "*", "!", "|", ">", "%",
    "[", "]", "{", "}", "=", "@", "`", "2021-01-27", "T09:10:11Z", "+02:00", "http://a", "\n", "\n  ",
    "\n- ", "\n  - ", "\nb: ", "\n  b: ", "\n\n", " \n", "\xa0", "\u2028", "\ufeff", "null\n", "Yes",
)
# fmt: on
