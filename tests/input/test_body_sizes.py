"""Bodies that are too long, and pictures within them."""

import time

import pytest
from lxml import html as lxml_html

from tests.input.samples import IN_ALL, LINK, text_of

KB = 1_000

PICTURE = "iVBORw0KGgo" * 26 * KB  # 286 kB


class TestSize:
    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        "body",
        [
            "<p>It sails at noon.</p>\n\n" * 35 * KB,
            "It sails at noon.\n\n" * 47 * KB,
            "It sails at noon. " * 47 * KB,
            "It sails.\n\n" + "At noon it sails. " * 47 * KB,
        ],
        ids=["markup", "paragraphs", "one line", "a short paragraph and a long one"],
    )
    def test_i38_a_long_body_is_cut_with_a_link_to_the_rest(self, shown, path, body):
        began = time.perf_counter()
        html = shown(body, path=path)
        assert time.perf_counter() - began < 2
        assert 20 * KB < len(html) < 200 * KB
        links = list(lxml_html.fromstring(f"<div>{html}</div>").iter("a"))
        assert [(a.get("href"), a.text) for a in links] == [(LINK, "Read more")]
        assert "sails" in text_of(html)[:40]

    @pytest.mark.parametrize(
        "path",
        [
            "a.md",
            "a.html",
        ],
    )
    def test_i38_no_tag_is_torn(self, shown, path):
        """Wherever the cut falls."""
        for shift in range(0, 60, 17):
            body = (
                "x" * shift + '<b title="a">It</b> <a href="/tug">sails</a>. ' * 2 * KB
            )
            text = text_of(shown(body, path=path))
            assert "<" not in text
            assert "href" not in text
            assert text.endswith("Read more")

    def test_i38_what_is_not_long_is_whole(self, shown):
        assert "Read more" not in shown("It sails at noon.\n\n" * KB)

    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        "image",
        [
            f'<img src="data:image/png;base64,{PICTURE}" alt="A">',
            f"<IMG alt=A SRC='DATA:IMAGE/PNG;BASE64,{PICTURE}'>",
            f"<img src=data:image/png;base64,{PICTURE}>",
            f'<img alt="A" src="data:image/svg+xml;charset=utf-8;base64,{PICTURE}">',
            f'<img alt="A" src="data:image/svg+xml,%3Csvg {PICTURE}%3E">',
            f'<img alt="A" src="data:image/svg+xml;utf8,<svg>{PICTURE}</svg>">',
            f'<img alt="A" src="data:;base64,{PICTURE}">',
            f'<p style="background: url(data:image/png;base64,{PICTURE})"></p>',
        ],
        ids=[
            *("base64", "capitals", "unquoted", "a parameter", "percent", "text"),
            *("no type", "in a style"),
        ],
    )
    def test_i38_inlined_images_are_dropped(self, shown, path, image):
        """And cost nothing of what stands after them."""
        html = shown(f"It sails.\n\n{image}\n\nAt noon.", path=path)
        assert text_of(html) == "It sails. At noon."
        assert "data:" not in html
        assert "<img" not in html

    @pytest.mark.parametrize(
        "body",
        [
            f"It sails. ![Map](data:image/png;base64,{PICTURE})\n\nAt noon.",
            f"It sails. ![Map][a]\n\nAt noon.\n\n[a]: data:image/png;base64,{PICTURE}\n",
        ],
        ids=["inline", "reference"],
    )
    def test_i38_in_markdown_too(self, shown, body):
        html = shown(body)
        assert text_of(html).replace(" Map", "") == "It sails. At noon."
        assert "data:" not in html

    def test_i38_both_in_documents(self, desk_of):
        desk = desk_of(feeds=IN_ALL)
        image = f'<img src="data:image/png;base64,{PICTURE}">'
        desk.story(
            "a.md", f"webUrl: {LINK}", body=f"{image}\n\n" + "It sails.\n\n" * 80 * KB
        )
        desk.build()
        (entry,) = desk.entries()
        assert len(entry["content_html"]) < 200 * KB
        assert "Read more" in entry["content_html"]
        assert all(
            b"iVBORw0KGgo" not in content
            for name, content in desk.files().items()
            if name.startswith("output/")
        )
