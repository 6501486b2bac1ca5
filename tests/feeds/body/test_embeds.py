"""What is embedded in a body, as links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeds.body.test_rendering import REL, html


def linked(url, label):
    return f'<p><a href="{url}"{REL}>{label}</a></p>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("<iframe src='https://maps.example/x?a=1&amp;b=2'></iframe>", linked("https://maps.example/x?a=1&amp;b=2", "maps.example"), id="a frame"),
        pytest.param("<iframe title='The \"quay\" &amp; <b>' src='//www.maps.example/x'>Old <b>browser</b></iframe>", linked("https://www.maps.example/x", 'The "quay" &amp; &lt;b&gt;'), id="a frame with a title"),
        pytest.param("<iframe srcdoc='<p>a</p>' src='/x'>", linked("https://quay.example/x", "quay.example"), id="a frame without an end"),
        pytest.param("<iframe data-src='x'></iframe>", linked("https://quay.example/2021/x", "quay.example"), id="a frame to be loaded late"),
        pytest.param("<embed src='/x'>", linked("https://quay.example/x", "quay.example"), id="embed"),
        pytest.param("<object data='/x'><param name=a><embed src='/x'></object>", linked("https://quay.example/x", "quay.example"), id="an object for browsers old and new"),
        pytest.param("<video src='/a.mp4' controls>Too old.</video>", linked("https://quay.example/a.mp4", "quay.example"), id="a video"),
        pytest.param("<audio><source src='/a b.ogg'><source src='/a.mp3'>Too old.</audio>", linked("https://quay.example/a%20b.ogg", "quay.example"), id="the first of several files"),
        pytest.param("<p>a <iframe src='/x'></iframe></p>", f"<p>a </p>{linked('https://quay.example/x', 'quay.example')}", id="in a paragraph"),
    ],
)  # fmt: skip
def test_i36_what_is_embedded_becomes_a_link(body, expected):
    assert html(body, "html") == expected


@pytest.mark.parametrize(
    ("player", "page"),
    [
        ("//www.youtube.com/embed/a-b_c456789?rel=0", "https://www.youtube.com/watch?v=a-b_c456789"),
        ("https://www.youtube-nocookie.com/embed/a-b_c456789", "https://www.youtube.com/watch?v=a-b_c456789"),
        ("http://youtube.com/v/a-b_c456789&hl=en", "https://www.youtube.com/watch?v=a-b_c456789"),
        ("https://www.youtube.com/embed/videoseries?si=1&list=PL-1", "https://www.youtube.com/playlist?list=PL-1"),
        ("https://player.vimeo.com/video/123?dnt=1", "https://vimeo.com/123"),
        ("https://player.vimeo.com/video/123?dnt=1&h=4f5", "https://vimeo.com/123/4f5"),
    ],
)  # fmt: skip
def test_i36_a_player_becomes_a_link_to_the_page_of_its_video(player, page):
    host = "youtube.com" if "youtube" in page else "vimeo.com"
    assert html(f'<iframe src="{player}"></iframe>', "html") == linked(page, host)


@pytest.mark.parametrize("kind", ["markdown", "html"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "about:blank",
        "ftp://a.example/",
        "https://user:word@a.example/",
    ],
)
def test_r4_a_url_of_another_kind_is_not_linked_to(url, kind):
    tags = (
        f"<iframe src='{url}'></iframe><embed src='{url}'><object data='{url}'></object>"
        f"<video src='{url}'></video><iframe data-src='{url}'></iframe>"
    )
    assert html(f"<p>a</p>{tags}", kind) == "<p>a</p>"


def test_i36_in_code_it_is_what_the_article_is_about():
    made = html("`<iframe src='/x'></iframe>`\n\n    <video src='/y'>")
    assert "&lt;iframe src='/x'&gt;&lt;/iframe&gt;" in made
    assert "&lt;video src='/y'&gt;" in made


_TAGS = [
    "<iframe src='/x'>", "</iframe>", "<iframe title='<script>x</script>' src=y>", "<p>",
    "<video>", "<source src='a'>", "</video>", "<object data='//b'>", "</object>", "text",
    "<embed src='c'>", "<svg>", "<math>", "<noscript>", "<textarea>", "<!--", "-->", '"',
    "<script>x</script>", "&lt;script&gt;", "<a href='/d'>", ">",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(_TAGS), max_size=12).map("".join),
    st.sampled_from(["markdown", "html"]),
)
def test_no_mixture_of_tags_leaves_one_that_runs(body, kind):
    made = html(body, kind).lower()
    for tag in ("iframe", "script", "video", "source", "object", "embed", "svg"):
        assert f"<{tag}" not in made
