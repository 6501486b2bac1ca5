"""Text that template code encloses: what is published of it, and told."""

import pytest

from tests.input.samples import IN_ALL, text_of, whole

EXAMPLE = (
    "start {% if false %}A{% endif %} {% unless true %}B{% endunless %}"
    " {% if site.preview %}C{% else %}D{% endif %} {% capture y %}E{% endcapture %} end"
)


def test_what_only_conditions_show_is_in_no_format_and_no_summary(desk_of):
    desk = desk_of(feeds=IN_ALL)
    desk.write("2026-11-01-a.md", whole(body=EXAMPLE))
    desk.build()
    (entry,) = desk.entries()
    assert text_of(entry["content_html"]) == "start end"
    assert entry["summary"] == "start end"
    for suffix in ("atom", "rss", "json"):
        document = (desk.root / f"output/all.{suffix}").read_text()
        assert "start end" in document
        assert "site.preview" not in document
        assert "start end</p>" in document.replace("&lt;", "<").replace("&gt;", ">")


def test_nor_is_it_in_a_title(parse):
    text = "---\ndate: 2021-01-27\nlayout: post\n---\n{% if x %}\n# Secret\n{% endif %}\n# Ferry\n\nIt sails."
    article = parse(text).article
    assert (article.title, article.body) == ("Ferry", "It sails.")
    text = (
        "---\ndate: 2021-01-27\n---\n{% comment %}Secret{% endcomment %}\nIt sails.\n"
    )
    assert parse(text).article.title == "It sails."


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("a.md", "{% if x %}Secret{% endif %}It sails."),
        ("a.html", "<p>It {% if x %}<b>Secret</b>{% endif %}sails.</p>"),
        ("a.txt", "{% if x %}Secret{% endif %}It sails."),
    ],
)
def test_it_is_the_same_in_every_kind_of_body(article_of, path, body):
    body = article_of(body=body, path=path).body
    assert "Secret" not in body
    assert "sails." in body


def test_text_without_front_matter_is_copied_by_generators_as_it_is(parse):
    text = "It {% if x %}sails{% endif %}.\n"
    article = parse(text, plain_text="publish", undated="mtime").article
    assert "{% if x %}sails{% endif %}" in article.title + article.body


def test_no_generator_runs_what_stands_in_front_matter(article_of):
    article = article_of("excerpt: 'a {% if x %}b{% endif %}'")
    assert article.excerpt == "a {% if x %}b{% endif %}"


@pytest.mark.parametrize("dialect", ["---", "+++"])
def test_each_is_a_warning_with_its_line(parse, dialect):
    head = (
        'title = "Ferry"\ndate = 2021-01-27'
        if dialect == "+++"
        else "title: Ferry\ndate: 2021-01-27"
    )
    text = f"\n{dialect}\n{head}\n{dialect}\n\n\na\n{{% if x %}}\nB\n{{% endif %}}\n{{% for x in y %}}"
    parsed = parse(text, preset="jekyll")
    assert [(p.line, p.severity, p.expected) for p in parsed.problems] == [
        (9, "warning", "{% if %} is not run; what it encloses is left out"),
        (12, "warning", "{% for %} is never closed; all that follows is left out"),
    ]
    assert parsed.article.body == "a"


def test_of_many_some_are_told_one_by_one(parse):
    text = whole(body="{% if x %}B{% endif %}\n" * 300 + "a")
    problems = parse(text).problems
    assert [p.line for p in problems] == [*range(5, 25), 25]
    assert problems[-1].expected == "280 more blocks like these from here on ({% if %})"


def test_text_of_a_shortcode_is_kept_with_a_note(parse):
    parsed = parse(whole("draft: false", body="a\n{{< note >}}b{{< /note >}}"))
    (problem,) = parsed.problems
    assert (problem.line, problem.severity) == (7, "note")
    assert "{{< note >}} is not run; the text that it encloses is kept" in str(problem)


def test_that_of_one_that_does_not_show_it_is_not(parse):
    text = whole("draft: false", body="a {{< preview >}}B{{< /preview >}}c")
    parsed = parse(text, unshown_shortcodes=("preview",))
    assert parsed.article.body == "a c"
    assert [p.severity for p in parsed.problems] == ["warning"]


def test_a_change_of_what_is_not_shown_is_no_news(desk):
    desk.write("a.md", whole(body="It sails.{% if x %}B{% endif %}"))
    desk.build()
    before = desk.entries()
    desk.write("a.md", whole(body="It sails.{% if x %}C, and more{% endif %}"))
    desk.build()
    assert desk.entries() == before
