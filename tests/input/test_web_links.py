"""What leads out of the web leads nowhere."""

import itertools
import json
from html import escape

import pytest
from lxml import html as lxml_html

from feeds.body import body_html
from tests.input.samples import whole

NO_LINKS = {
    "javascript": "javascript:alert(1)",
    "in capitals": "JavaScript:alert(1)",
    "with a newline": "java\nscript:alert(1)",
    "after a control": "\x01javascript:alert(1)",
    "data": "data:text/html,x",
    "vbscript": "vbscript:x",
    "ftp": "ftp://quay.example/a.mp3",
    "file": "file:///etc/passwd",
    "mailto": "mailto:a@quay.example",
    "blob": "blob:https://quay.example/x",
    "view-source": "view-source:https://quay.example/",
    "user": "https://user@quay.example/",
    "user and password": "https://user:pass@quay.example/",
    "disguised host": "https://quay.example@evil.example/",
    "no host": "https:///x",
    "no host at all": "https://",
    "newline": "https://quay.example/a\nb",
    "tab": "https://quay.example/a\tb",
    "escape": "https://quay.example/\x1b[31m",
    "blank in the host": "https://quay example/",
    "port of letters": "https://quay.example:port/",
    "port too high": "https://quay.example:99999/",
    "broken address": "https://[::1/",
    "no address": "https://999.1.1.1/",
    "quote in the host": 'https://quay".example/',
}

BY_FIELD = {
    "webUrl": ("webUrl: {}", lambda article: article.link),
    "originalUrl": ("originalUrl: {}", lambda article: article.original_link),
    "ampWebUrl": ("ampWebUrl: {}", lambda article: article.amp_link),
    "images": ("images: [{{url: {}}}]", lambda article: article.images),
    "related": ("related: [{{title: T, webUrl: {}}}]", lambda article: article.related),
    "enclosure": ("enclosure: {{url: {}}}", lambda article: article.enclosures),
    "provider": (
        "provider: {{name: Q, images: [{{url: {}}}]}}",
        lambda article: article.provider.image or "",
    ),
}


_SEEMS_RELATIVE = ("with a newline", "after a control")
_FEW = ("javascript", "data", "ftp", "user and password", "escape", *_SEEMS_RELATIVE)


class TestUrls:
    @pytest.mark.parametrize(
        ("field", "kind"),
        [
            *(("webUrl", kind) for kind in NO_LINKS),
            *itertools.product(list(BY_FIELD)[1:], _FEW),
        ],
    )
    def test_r4_what_is_no_web_link_is_dropped_and_reported(
        self, parse, warnings_of, field, kind
    ):
        url = NO_LINKS[kind]
        line, value = BY_FIELD[field]
        text = whole(line.format(json.dumps(url)))
        found = value(parse(text).article)
        home = "http://127.0.0.1:8000/news/a"
        assert found in ("", (), home)
        ((key, at, expected),) = warnings_of(text)
        assert key.lower().startswith(field.lower())
        assert at == 4
        assert "http(s)" in expected

    @pytest.mark.parametrize("url", NO_LINKS.values(), ids=NO_LINKS.keys())
    @pytest.mark.parametrize("path", ["a.md", "a.html"])
    def test_r4_bodies_have_none_either(self, article_of, url, path):
        article = article_of(
            body=f'It <a href="{escape(url)}">sails</a> <img src="{escape(url)}"> on.',
            path=path,
        )
        made = lxml_html.fromstring(
            f"<div>{body_html(article, home='https://w.example/')}</div>"
        )
        for element in made.iter("a", "img"):
            found = element.get("href") or element.get("src") or ""
            assert not found or found.startswith(("https://", "http://", "mailto:a@"))
            assert "@" not in found.removeprefix("mailto:a@").partition("/x")[0]
            assert not set(found) & set('\n\t\x01\x1b "')

    @pytest.mark.parametrize(
        "url",
        [
            *(
                "http://quay.example/",
                "https://quay.example:8443/a",
                "https://[2001:db8::1]/a",
            ),
            *(
                "https://quay.example",
                "https://192.0.2.1/a",
                "https://quay.example/@user",
            ),
            *("https://quay.example/?mail=a@b.example", "HTTPS://quay.example/a"),
        ],
    )
    def test_r4_a_web_link_is_kept(self, parse, url):
        parsed = parse(whole(f"webUrl: {json.dumps(url)}"))
        assert parsed.problems == ()
        assert parsed.article.link.lower() == url.lower()
