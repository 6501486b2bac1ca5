"""What an article says below its front matter, as feeds carry it."""

import re

import pytest
from lxml import etree
from lxml import html as lxml_html

from tests.input.samples import HOME, IN_ALL, LINK, text_of


class TestLinks:
    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        ("written", "found"),
        [
            ("/tug", "https://quay.example/tug"),
            ("tug", "https://quay.example/2021/tug"),
            ("./tug", "https://quay.example/2021/tug"),
            ("../2020/tug", "https://quay.example/2020/tug"),
            ("//img.example/tug", "https://img.example/tug"),
            ("?page=2", "https://quay.example/2021/ferry?page=2"),
            ("#crew", "https://quay.example/2021/ferry#crew"),
            ("https://a.example/x", "https://a.example/x"),
            ("http://a.example/x", "http://a.example/x"),
        ],
    )
    def test_i35_links_and_images_are_absolute(self, shown, path, written, found):
        html = shown(f'<a href="{written}">A</a> <img src="{written}">', path=path)
        assert re.findall(r'(?:href|src)="([^"]*)"', html) == [found, found]

    def test_i35_those_of_markdown_too(self, shown):
        html = shown(
            "[A](/a) ![B](b.png) [C][c] <https://d.example/>\n\n[c]: //c.example/x"
        )
        assert re.findall(r'(?:href|src)="([^"]*)"', html) == [
            *("https://quay.example/a", "https://quay.example/2021/b.png"),
            *("https://c.example/x", "https://d.example/"),
        ]

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            (
                "webUrl: http://quay.example/x/",
                "http://img.example/a http://quay.example/x/b",
            ),
            ("url: /log/x/", "https://img.example/a https://www.example/log/x/b"),
            ("slug: x", "https://img.example/a https://www.example/b"),
        ],
        ids=["by http", "under the site", "by slug"],
    )
    def test_i35_the_base_is_the_articles_url(self, shown, line, found):
        html = shown("![](//img.example/a) ![](b)", line, home=HOME)
        assert " ".join(re.findall(r'src="([^"]*)"', html)) == found

    def test_i35_documents_have_no_relative_link(self, desk_of):
        desk = desk_of(feeds=IN_ALL)
        body = '[A](/a) ![B](b.png) <img src="//c.example/c.png">'
        desk.story("a.md", f"webUrl: {LINK}", body=body)
        desk.build()
        content = desk.entries()[0]["content_html"]
        assert all(
            url.startswith("https://")
            for url in re.findall(r'(?:href|src)="([^"]*)"', content)
        )
        for name in ("all.atom", "all.rss"):
            document = etree.fromstring((desk.output / name).read_bytes())
            texts = [text for text in document.itertext() if "<img" in text]
            assert texts
            assert all("https://quay.example/2021/b.png" in text for text in texts)


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<SCRIPT >alert(1)</SCRIPT >",
    "script from elsewhere": '<script src="https://x.example/alert.js"></script>',
    "script without an end": "<script>alert(1)",
    "script in a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "style": "<style>p { background: url(alert.png) }</style>",
    "style attribute": '<p style="background: url(alert.png)">A</p>',
    "style sheet": '<link rel="stylesheet" href="alert.css">',
    "handler": '<p onclick="alert(1)">A</p>',
    "handler without quotes": "<img src=a.png onerror=alert(1)>",
    "handler after a slash": '<img/src="a.png"/onload="alert(1)">',
    "handler in SVG": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "javascript": '<a href="javascript:alert(1)">A</a>',
    "javascript in capitals": '<a href="JaVaScRiPt:alert(1)">A</a>',
    "javascript with a tab": '<a href="java\tscript:alert(1)">A</a>',
    "javascript as entities": '<a href="&#106;avascript&colon;alert(1)">A</a>',
    "javascript after a control": '<a href="&#1;javascript:alert(1)">A</a>',
    "javascript in Markdown": "[A](javascript:alert(1))",
    "vbscript": '<a href="vbscript:alert(1)">A</a>',
    "data document": '<a href="data:text/html,<script>alert(1)</script>">A</a>',
    "frame of javascript": '<iframe src="javascript:alert(1)"></iframe>',
    "frame of a document": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "form": '<form action="/alert"><input name="alert"><button>Go</button></form>',
    "form action": '<button formaction="javascript:alert(1)">Go</button>',
    "refresh": '<meta http-equiv="refresh" content="0;url=alert">',
    "base": '<base href="https://alert.example/">',
    "object": '<object data="javascript:alert(1)"></object>',
    "template": "<template><script>alert(1)</script></template>",
    "office comment": "<!--[if gte mso 9]><xml><o:alert/></xml><![endif]-->",
    "comment": "<!-- alert -->",
    "comment that ends late": "<!--> <script>alert(1)</script> -->",
}

FORBIDDEN = {
    *("script", "style", "link", "meta", "base", "form", "input", "button", "textarea"),
    *("select", "iframe", "object", "embed", "svg", "template", "html", "head", "body"),
}


class TestSanitising:
    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
    def test_i36_what_runs_or_asks_is_taken_out(self, shown, path, markup):
        html = shown(f"It sails.\n\n{markup}\n", path=path)
        assert "It sails." in text_of(html)
        for element in lxml_html.fromstring(f"<div>{html}</div>").iter():
            assert element.tag not in FORBIDDEN
            assert not {
                name for name in element.attrib if name.startswith(("on", "style"))
            }
            url = element.get("href") or element.get("src") or ""
            assert not url or url.startswith("https://")
            assert "script:" not in url
        assert "<!--" not in html
        assert "alert.png" not in html

    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        "document",
        [
            (
                "<!DOCTYPE html>\n<html><head><title>No</title><style>p{}</style></head>"
                "<body class=x>\n<h1>It sails</h1>\n\n<p>At noon.</p></body></html>"
            ),
            (
                "<html>\n<head><script>No</script></head>\n<BODY>\n<h1>It sails</h1>"
                "<p>At noon.</p>\n</BODY>\n</html>"
            ),
            "<html><head><title>No</title></head><body><h1>It sails</h1>\n<p>At noon.</p>",
            "<!doctype html><title>No</title><h1>It sails</h1><p>At noon.</p>",
        ],
        ids=["complete", "in capitals", "without an end", "without a body"],
    )
    def test_i36_of_a_whole_document_the_body_is_taken(self, shown, path, document):
        assert text_of(shown(document, path=path)).replace(" ", "") == "ItsailsAtnoon."

    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        "pasted",
        [
            "<p class=MsoNormal>At<o:p></o:p> noon.</p>",
            (
                "<!--[if gte mso 9]><xml><w:WordDocument>No</w:WordDocument></xml><![endif]-->"
                "<p>At noon.</p>"
            ),
            "<p>At <![if !supportEmptyParas]><![endif]>noon.</p>",
            "<p>At <!--StartFragment-->noon.<!--EndFragment--></p>",
        ],
        ids=["paragraph", "comment", "open condition", "fragment"],
    )
    def test_i36_what_office_programs_add_goes(self, shown, path, pasted):
        assert text_of(shown(pasted, path=path)) == "At noon."

    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    @pytest.mark.parametrize(
        ("frame", "url"),
        [
            ('<iframe src="https://maps.example/?q=1&amp;z=2"></iframe>', None),
            (
                '<iframe width="560" src="https://maps.example/?q=1&amp;z=2">No</iframe>',
                None,
            ),
            ('<IFRAME SRC="//maps.example/?q=1&amp;z=2"></IFRAME>', None),
            ('<iframe src="/map"></iframe>', "https://quay.example/map"),
            (
                '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>',
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            ),
        ],
        ids=["plain", "with more", "capitals", "relative", "a player"],
    )
    def test_i36_a_frame_becomes_a_link(self, shown, path, frame, url):
        html = shown(f"It sails.\n\n{frame}\n\nOn.", path=path)
        (link,) = lxml_html.fromstring(f"<div>{html}</div>").iter("a")
        assert link.get("href") == (url or "https://maps.example/?q=1&z=2")
        assert link.text_content().strip()
        assert text_of(html).startswith("It sails.")
        assert text_of(html).endswith("On.")

    @pytest.mark.parametrize(
        "frame",
        [
            "<iframe></iframe>",
            '<iframe src=""></iframe>',
            '<iframe src="data:,x"></iframe>',
        ],
    )
    def test_i36_a_frame_of_nothing_becomes_nothing(self, shown, frame):
        assert text_of(shown(f"It sails.\n\n{frame}")) == "It sails."

    def test_i36_what_is_harmless_stays(self, shown):
        body = "<p>It <em>sails</em> <a href='https://a.example/'>at noon</a>.</p>"
        html = shown(f"{body}\n<blockquote>On.</blockquote><pre><code>x</code></pre>")
        for tag in ("<p>", "<em>", "<a ", "<blockquote>", "<pre>", "<code>"):
            assert tag in html
