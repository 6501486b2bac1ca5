"""Text in blocks of template code that nobody here can run."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parse.blocks import without_blocks

EXAMPLE = (
    "start {% if false %}A{% endif %} {% unless true %}B{% endunless %}"
    " {% if site.preview %}C{% else %}D{% endif %} {% capture y %}E{% endcapture %} end"
)


class TestLiquid:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param(EXAMPLE, "start end", id="all that conditions enclose"),
            pytest.param("a {% case x %}{% when 1 %}B{% else %}C{% endcase %} d", "a d", id="case"),
            pytest.param("a {% for x in y %}B{{ x }}{% endfor %} d", "a d", id="for"),
            pytest.param("a {% tablerow x in y %}B{% endtablerow %} d", "a d", id="tablerow"),
            pytest.param("a {% comment %}B{% endcomment %} d", "a d", id="comment"),
            pytest.param("a {% ifchanged %}B{% endifchanged %} d", "a d", id="ifchanged"),
            pytest.param("a {%if x%}B{%endif%} d", "a d", id="without blanks"),
            pytest.param("a {%- if x -%} B {%- endif -%} d", "a d", id="trimmed"),
            pytest.param("a {%\n  if x\n%}B{%\nendif\n%} d", "a d", id="tags over lines"),
            pytest.param("a {% if x\n\n or y %}B{% endif %} d", "a d", id="a tag over paragraphs"),
            pytest.param("a {% if x == '{%' %}B{% endif %} d", "a d", id="an opening in a tag"),
            pytest.param(f"a {{% if {'x' * 5000} %}}B{{% endif %}} d", "a d", id="a long tag"),
            pytest.param("a {% if x %}B{% if y %}C{% endif %}D{% endif %} d", "a d", id="nested"),
            pytest.param("a {% if x %}B{% for y in z %}C{% endfor %}{% endif %} d", "a d", id="nested kinds"),
            pytest.param("a {% if x %}B\n\nC", "a ", id="never closed"),
            pytest.param("a {% if x", "a ", id="not even the tag"),
            pytest.param("a {% if x %}{% for y in z %}B{% endif %} C", "a ", id="closed amiss"),
            pytest.param("a {% note %}B{% endnote %} d", "a d", id="a tag that nobody knows"),
            pytest.param("{% note %}B{% note %}C{% endnote %}D{% endnote %}e", "e", id="one in itself"),
            pytest.param("{% note %}b{% note %}C{% endnote %}d", "{% note %}bd", id="one that is closed once"),
            pytest.param("a {% include b.html %} c", "a {% include b.html %} c", id="a single tag"),
            pytest.param("a {% endif %} b", "a {% endif %} b", id="an end alone"),
            pytest.param("{% comment %}it`s {% if x %}{% endcomment %}a ` b", "a ` b", id="code has no say in a comment"),
            pytest.param("{% if x %}`{% endif %}`{% endif %}a", "`{% endif %}a", id="nor in a condition"),
            pytest.param("a {% liquid\n if x\n\n echo 'B'\n endif %} d", "a d", id="liquid"),
            pytest.param("a {% # B\n\n# C %} d", "a d", id="inline comment"),
            pytest.param("<p>a</p>{% if x %}<p>B</p>{% endif %}<p>d</p>", "<p>a</p><p>d</p>", id="HTML"),
        ],
    )  # fmt: skip
    def test_what_may_not_be_shown_goes(self, text, expected):
        assert without_blocks(text)[0] == expected

    @pytest.mark.parametrize(
        "text",
        [
            "{% raw %}{% if x %}a{% endif %}{% endraw %}",
            "{%- raw -%}{% if x %}a{% endif %}{%- endraw -%}",
            "{% raw %}{% if x %}a",
            "{% highlight liquid %}{% if x %}a{% endif %}{% endhighlight %}",
            "`{% if x %}a{% endif %}`",
            "```\n{% if x %}\na\n{% endif %}\n```",
            "<pre>{% if x %}a{% endif %}</pre>",
            "{{</* comment */>}}a{{</* /comment */>}}",
            "a {% b %} {{ c }} {{ d",
            "100 {%} and {% of",
        ],
    )
    def test_what_is_text_stays_as_the_same_object(self, text):
        assert without_blocks(text) == (text, ())
        assert without_blocks(text)[0] is text

    def test_in_raw_a_block_neither_begins_nor_ends(self):
        text = "{% if x %}B{% raw %}{% endif %}{% endraw %}C{% endif %}d"
        assert without_blocks(text)[0] == "d"

    def test_to_hugo_it_is_text(self):
        assert without_blocks(EXAMPLE, is_of_hugo=True) == (EXAMPLE, ())

    def test_it_is_told_with_its_line_the_outermost_alone(self):
        text = "a\n{% if x %}\n{% if y %}B{% endif %}\n{% endif %}\n\nc {% note %}\nD{% endnote %}\n{% for"
        _, blocks = without_blocks(text)
        assert [(each.name, each.line, each.is_closed) for each in blocks] == [
            ("{% if %}", 1, True),
            ("{% note %}", 5, True),
            ("{% for %}", 7, False),
        ]

    @pytest.mark.parametrize(
        "statements", ["assign x = 1", "if x\n assign y = 2\nendif"]
    )
    def test_what_prints_nothing_is_not_told(self, statements):
        assert without_blocks(f"a{{% liquid {statements} %}}b") == ("ab", ())


class TestHugo:
    @pytest.mark.parametrize("is_of_hugo", [False, True])
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("a {{< comment >}}B{{< /comment >}} d", "a d", id="comment"),
            pytest.param("a {{% comment %}}B{{% /comment %}} d", "a d", id="with percents"),
            pytest.param("a {{<comment>}}B{{</comment>}} d", "a d", id="without blanks"),
            pytest.param("a {{< comment >}}B", "a ", id="never closed"),
            pytest.param("a {{< comment />}} b", "a {{< comment />}} b", id="empty"),
            pytest.param("a {{< box/preview x=1 >}}B{{< /box/preview >}} d", "a d", id="unshown"),
            pytest.param("{{< box/preview >}} b", "{{< box/preview >}} b", id="unshown, without text"),
            pytest.param("a {{< time.inline >}}{{ now }}{{< /time.inline >}} d", "a d", id="its own template"),
            pytest.param("{{< note >}}a{{< comment >}}B{{< /comment >}}c{{< /note >}}", "{{< note >}}ac{{< /note >}}", id="inside another"),
            pytest.param("{{< comment >}}B{{< note >}}C{{< /note >}}{{< /comment >}}d", "d", id="around another"),
        ],
    )  # fmt: skip
    def test_what_is_not_shown_goes(self, text, expected, is_of_hugo):
        how = {"is_of_hugo": is_of_hugo, "unshown": ("box/preview",)}
        assert without_blocks(text, **how)[0] == expected

    def test_what_others_enclose_stays_and_is_told(self):
        text = 'a\n{{< note "x" >}}\nb\n{{< /note >}}\n{{% tip %}}c{{% /tip %}}\n{{< img >}}'
        found, blocks = without_blocks(text, is_of_hugo=True)
        assert found is text
        assert [(each.name, each.line, each.is_kept) for each in blocks] == [
            ("{{< note >}}", 1, True),
            ("{{% tip %}}", 4, True),
        ]


@pytest.mark.parametrize("is_of_hugo", [False, True])
@pytest.mark.parametrize(
    "unit",
    ["{%", "{% if", "{% if %}", "{% a ", "{% a %}", "{% a %}{% enda %}", "{{< a", "{{< a >}}", "{{< /a", "{{< comment ", "{% raw %}", "{% comment %}", "{%#", "{% endif %}", "{%liquid "],
)  # fmt: skip
def test_r5_no_run_of_openings_takes_long(unit, is_of_hugo):
    units = 100_000 // len(unit)
    begun = time.process_time()
    for end in (
        "",
        "%}",
        "{% enda %}",
        "{% endif %}",
        "{{< /a >}}",
        "{{< /comment >}}",
    ):
        without_blocks(unit * units + end, is_of_hugo=is_of_hugo)
    assert time.process_time() - begun < 4  # minutes, if it were not linear


@given(
    st.lists(st.sampled_from(["{%", "%}", " if x ", "endif", "raw", "{{<", ">}}", "/", "a", "\n", "`", "comment", "enda"])).map("".join)
)  # fmt: skip
def test_no_text_raises_and_twice_is_once(text):
    once, _ = without_blocks(text)
    assert len(once) <= len(text)
    if once != text and "{" not in once:
        assert without_blocks(once)[0] == once
