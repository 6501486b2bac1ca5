"""Shortcodes of a Hugo site, by the templates that it has for them."""

import os

import pytest

BODY = "It sails.{{< preview >}}It sinks.{{< /preview >}}"
HIDING = "{{ if site.Params.preview }}{{ .Inner }}{{ end }}"


def template(desk, text: str, at: int = 1_767_225_600) -> None:
    file = desk.root / "layouts" / "shortcodes" / "preview.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (at, at))


@pytest.mark.parametrize("preset", ["auto", "hugo", "podcast"])
def test_text_that_the_site_does_not_always_show_is_left_out(desk_of, preset):
    desk = desk_of(source={"preset": preset})
    template(desk, HIDING)
    desk.story("a.md", "draft: false", body=BODY)
    desk.build()
    assert desk.entries()[0]["content_html"] == "<p>It sails.</p>"


def test_a_changed_template_is_followed_and_is_no_news(desk):
    desk.story("a.md", "draft: false", body=BODY)
    desk.build()
    (before,) = desk.entries()
    assert "It sinks." in before["content_html"]
    template(desk, HIDING)
    desk.build()
    (hidden,) = desk.entries()
    assert "It sinks." not in hidden["content_html"]
    template(desk, "<b>{{ .Inner }}</b>", 1_767_225_700)
    desk.build()
    (shown,) = desk.entries()
    assert shown["content_html"] == before["content_html"]
    assert {e["date_modified"] for e in (before, hidden, shown)} == {
        before["date_modified"]
    }


def test_a_build_of_a_changed_file_sees_a_changed_template(desk, resident_of):
    desk.story("a.md", "draft: false", body=BODY)
    desk.story("b.md", "draft: false", body="It waits.")
    build = resident_of(desk)
    build(None)
    template(desk, HIDING)
    file = desk.story("b.md", "draft: false", body="It sails.")
    build([str(file)])
    html = {each["title"]: each["content_html"] for each in desk.entries()}
    assert html == {"a.md": "<p>It sails.</p>", "b.md": "<p>It sails.</p>"}
