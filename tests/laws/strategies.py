"""What hypothesis draws: pieces, ways to write them down, and ways to break them."""

from datetime import timedelta

from hypothesis import strategies as st

from feeds.settings import Provider, Topic
from tests.laws.site import NOW, Piece, Style

TOPICS = ("Ferries", "Joe Biden", "C++", "日本", "Night Trains")
PROVIDERS = ("harbourpost.example", "coastwire.example")

# What authors and content systems put into text: nothing of it may cost a feed.
hostile = st.text(
    st.one_of(
        st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs", "Cc", "Cf"]),
        st.sampled_from("<>&\"'\n\t\x00\x08\x85\u2028\ufffe😀\u200f"),
    ),
    max_size=40,
) | st.sampled_from(
    [
        "]]> <script>alert(1)</script>",
        "&amp;#39;&lt;b&gt; AT&T",
        "[[id]] [[updated]] [[self]]",
        "\\u0000 <![CDATA[ x ]]>",
        "</entry></feed></item></channel></rss>",
        "# heading\n\n* list\n\n```\ncode\n```\n\n<div><p>open",
        "![x](data:image/png;base64,AAAA) [y](javascript:alert(1)) [z](//a b)",
    ]
)
plain = st.text("abcdefgh 'ijkl:#?é日", min_size=1, max_size=20).map(
    lambda text: " ".join(["On", *text.split()])
)

pieces = st.builds(
    Piece,
    title=plain,
    # Few instants: ties are common.
    published_at=st.integers(-3, 12).map(lambda hours: NOW - timedelta(hours=hours)),
    heat=st.sampled_from([-1, 0, 64, 80, 81, 200, 900]),
    is_published=st.sampled_from([True, True, True, False]),
    topics=st.lists(st.sampled_from(TOPICS), max_size=2, unique=True).map(tuple),
    provider=st.sampled_from(PROVIDERS),
    excerpt=plain,
    body=st.just("") | plain,
)
hostile_pieces = st.builds(
    Piece,
    title=hostile,
    published_at=st.integers(0, 12).map(lambda hours: NOW - timedelta(hours=hours)),
    topics=st.lists(st.sampled_from(TOPICS), max_size=2, unique=True).map(tuple),
    excerpt=hostile,
    body=hostile,
)
styles = st.builds(
    Style,
    seed=st.integers(0, 50),
    quote=st.sampled_from("\"'"),
    is_cached=st.sampled_from([None, True, False]),
    blank_lines=st.integers(0, 2),
)
ciphers = st.binary(min_size=12, max_size=30).map(lambda raw: raw.hex())

# What an editor makes of topics and providers in the course of time: renamed, swapped,
# merged, and known under another slug, name or domain.
REGISTERED_TOPICS = {
    "none": (),
    "a slug": (Topic(name="Night Trains", slug="sleepers"),),
    "another slug": (Topic(name="Night Trains", slug="sleeping-cars"),),
    "a name": (Topic(name="Sleepers", aliases=("Night Trains",)),),
    "a merge": (Topic(name="Ferries", aliases=("Night Trains", "C++")),),
    "another merge": (Topic(name="Travel", aliases=("Night Trains", "Ferries")),),
    "two slugs": (
        Topic(name="Ferries", slug="boats"),
        Topic(name="Night Trains", slug="sleepers"),
    ),
    "a swap": (
        Topic(name="Ferries", slug="sleepers"),
        Topic(name="Night Trains", slug="boats"),
    ),
}
REGISTERED_PROVIDERS = {
    "none": (),
    "a slug": (Provider(name="Harbour Post", domain=PROVIDERS[0], slug="post"),),
    "a domain": (
        Provider(name="Harbour", domain="harbour.example", aliases=(PROVIDERS[0],)),
    ),
    "a merge": (Provider(name="Coast", domain=PROVIDERS[1], aliases=(PROVIDERS[0],)),),
}

# Each puts the file in quarantine.
BROKEN = {
    "an unclosed quote": b'---\ntitle: "On ferries\ndate: 2026-11-01\n---\n',
    "a colon in a value": b"---\ntitle: On: ferries: again\n---\n",
    "bytes that are no text": b"---\ntitle: On \xff\xfe ferries\n---\n",
    "nothing": b"",
    "nothing between fences": b"---\n---\n\nText.\n",
    "brackets without end": b"---\ntitle: " + b"[" * 21 + b"\n---\n",
    "more values than allowed": b"---\na: &a [x, x, x, x, x, x, x, x]\n"
    b"b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
    b"c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
    b"d: [*c, *c, *c, *c, *c, *c, *c, *c]\n---\n",
    "TOML that is none": b"+++\ntitle = On ferries\n+++\n",
    "JSON that is none": b'{"title": "On ferries",}\n',
}
