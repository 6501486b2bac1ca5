"""Template code of other sites in bodies."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.parse.templates import without_templates


class TestLiquid:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("a {% raw %}{{ x }} {% y %}{% endraw %} b", "a {{ x }} {% y %} b", id="raw"),
            pytest.param("{%- raw -%}{{ x }}{%- endraw -%}", "{{ x }}", id="raw without blanks"),
            pytest.param("{% raw %}\n```\n{{ x }}\n```\n{% endraw %}\n{{ gone }}", "\n```\n{{ x }}\n```\n\n", id="raw around code"),
            pytest.param("a {% raw %} b {{ x }}", "a  b ", id="raw that never ends"),
            pytest.param("a{% comment %} b {{ c }} {% d %}{% endcomment %}e", "ae", id="comment"),
            pytest.param("[a]({{ site.url }}/b)", "[a](/b)", id="output"),
            pytest.param("{% include a.html b='{c}'\n d=e %}f", "f", id="a tag over lines"),
            pytest.param("{% if a %}b{% else %}c{% endif %}", "bc", id="what conditions enclose"),
            pytest.param("{{{ a }}}", "", id="three braces"),
            pytest.param("a {{ never closes", "a {{ never closes", id="no tag"),
            pytest.param("a {{ b\n\nc }} d", "a {{ b\n\nc }} d", id="over paragraphs"),
            pytest.param("{% {% a %}", "{% ", id="an opening before a tag"),
        ],
    )  # fmt: skip
    def test_i37_tags_go_and_text_stays(self, text, expected):
        assert without_templates(text) == expected

    def test_i37_a_listing_becomes_a_code_block(self):
        text = "{% highlight ruby linenos %}\nputs '{{ x }}'\n{% endhighlight %}\nb"
        assert without_templates(text) == "\n```ruby\nputs '{{ x }}'\n```\n\nb"
        assert without_templates(text.replace("'", "<"), kind="html") == (
            "<pre><code>puts &lt;{{ x }}&lt;</code></pre>\nb"
        )

    def test_i37_a_listing_may_hold_fences_and_raw(self):
        text = (
            "{% highlight md %}{% raw %}```\n{{ x }}\n```{% endraw %}{% endhighlight %}"
        )
        assert without_templates(text) == "\n````md\n```\n{{ x }}\n```\n````\n"


class TestHugo:
    @pytest.mark.parametrize("shortcodes_only", [False, True])
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param('a {{< figure src="/b.png" >}} c', "a  c", id="shortcode"),
            pytest.param("{{% note %}}\na\n{{% /note %}}", "\na\n", id="what it encloses"),
            pytest.param('[a]({{< ref "b.md" >}})', "[a]()", id="reference"),
            pytest.param("{{< img alt=`a` >}}", "", id="quoted by backticks"),
            pytest.param("{{< a\n  b=c\n>}}d", "d", id="over lines"),
            pytest.param("{{</* a b */>}} {{%/* c */%}}", "{{< a b >}} {{% c %}}", id="escaped"),
            pytest.param('{{< highlight go "linenos=table" >}}\na {{ b }}\n{{< / highlight >}}', "\n```go\na {{ b }}\n```\n", id="listing"),
            pytest.param("{{< a", "{{< a", id="no shortcode"),
        ],
    )  # fmt: skip
    def test_i37_shortcodes_go_and_text_stays(self, text, expected, shortcodes_only):
        assert without_templates(text, shortcodes_only=shortcodes_only) == expected

    @pytest.mark.parametrize(
        "text",
        ["{{ x }}", "{% x %}", "{% raw %}", "`{% raw %}`", "a\n{: .b}", "{:toc}"],
    )
    def test_i37_what_only_others_read_is_text_to_hugo(self, text):
        assert without_templates(text, shortcodes_only=True) == text


class TestKramdown:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("# A\n{: .b #c}\n", "# A\n\n"),
            ("## A {:.no_toc}", "## A "),
            ('[a](b){:target="_blank"}', "[a](b)"),
            ("* TOC\n{:toc}\n\nA", "\n\nA"),
            ('{:right: style="a"}\n![b](c)\n{: right}', "\n![b](c)\n"),
            ("{::nomarkdown}a{:/nomarkdown}{::options b='c' /}", "a"),
        ],
    )
    def test_i37_attribute_lists_go(self, text, expected):
        assert without_templates(text) == expected

    @pytest.mark.parametrize("text", ["{:?}", "{:x}", "{:.2f}", "{:>8}", "{:toc}"])
    def test_formats_of_programs_stay(self, text):
        shown = f"It prints {text} here."
        assert without_templates(shown) == shown


class TestCode:
    @pytest.mark.parametrize(
        "text",
        [
            "`{{ x }}`",
            "``a ` {% x %}``",
            "```yaml\n${{ x }}\n{: .b}\n```",
            "  ~~~\n{{ x }}\n  ~~~~",
            "> ```\n> {{ x }}\n> ```",
            "- ```\n  {{ x }}\n  ```",
            "<pre>{{ x }}\n\n{% y %}</pre>",
            "<p>a</p><CODE class=b>{{< x >}}</CODE>",
        ],
    )
    def test_i37_in_code_it_is_what_the_article_is_about(self, text):
        assert without_templates(text) == text
        assert without_templates(f"{text}\n\n{{{{ x }}}}") == f"{text}\n\n"

    def test_code_without_an_end_is_code_to_the_end(self):
        text = "```\n{{ x }}\n\n{{ y }}"
        assert without_templates(text) == text

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("`{% raw %}{{ x }}{% endraw %}`", "`{{ x }}`"),
            ("```\n{% raw %}{{ x }}{% endraw %}\n```", "```\n{{ x }}\n```"),
            ("`{{</* x */>}}`", "`{{< x >}}`"),
        ],
    )
    def test_i37_what_makes_it_literal_goes(self, text, expected):
        assert without_templates(text) == expected


@pytest.mark.parametrize("text", ["", "a", "100 %} {x} :}", "{a: {b: c}}", "% { {"])
def test_text_without_templates_is_the_same_object(text):
    assert without_templates(text) is text


_OPENINGS = [
    "{{", "{%", "{% raw %}", "{% comment %}", "{% highlight a %}", "{{<", "{{%", "{{ a",
    "{{</*", "{{</* a *", "{{< highlight a >}}", "{:", "{: .a", "{::a", '{:a="', "`", "`{",
    "``` \n", "~~~\n", "a`b``c```d", "<pre>", "<code><pre>", "* a\n{:toc", "> ", "- ",
    "{% raw %}{% comment %}", "{% raw %}{",
]  # fmt: skip


@pytest.mark.parametrize("shortcodes_only", [False, True])
@pytest.mark.parametrize("unit", _OPENINGS)
def test_r5_no_run_of_openings_takes_long(unit, shortcodes_only):
    """It is true that time is about linear: 200 kB take a fraction of a second."""
    text = "{{" + unit * (200_000 // len(unit))
    began = time.process_time()
    without_templates(text, shortcodes_only=shortcodes_only)
    assert time.process_time() - began < 2


@given(st.lists(st.sampled_from([*"{%}<>`~:/*a. \n", "raw", "endraw"])).map("".join))
def test_no_text_raises(text):
    for kind in ("markdown", "html"):
        assert isinstance(without_templates(text, kind=kind), str)
        assert isinstance(without_templates(text, shortcodes_only=True), str)
