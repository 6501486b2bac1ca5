"""What is sealed stays sealed."""

import itertools
import json
import logging
import subprocess
import sys

import msgspec
import pytest

from feeds.parse.presets import FIELDS
from tests.input.samples import IN_ALL, whole

# No letter of it is in the words around it more than by chance.
CIPHER = (
    "QmFyZ2UgMTcgc2FpbHMgYXQgZGF3bg/7xKq2+ZtHwLr90vPcNdJ4uEoS5aTiWgVjRk"
    "8MXy3hBQ6fCzUe1sDGpnOIlAYtFmKbHvJwEoXrNcZqPd0987654321==;SVYgb2YgYSBmZXJyeQ=="
)

SLICE = 24

PUBLISH = {"plain_text": "publish", "undated": "mtime"}


def tells(text: str) -> bool:
    """Whether a text holds any slice of the cipher, however it is escaped."""
    plain = text.replace("\\/", "/").replace("%2B", "+").replace("&#43;", "+")
    return any(
        CIPHER[at : at + SLICE] in plain for at in range(len(CIPHER) - SLICE + 1)
    )


SEALED = f'secured: "{CIPHER}"'

WHOLE = {
    "in quotes": whole(SEALED),
    "plain": whole(f"secured: {CIPHER}"),
    "in another case": whole(f"Secured: {CIPHER}", f"SECURED: {CIPHER}"),
    "twice": whole(SEALED, SEALED),
    "in a block": whole(f"secured: |\n  {CIPHER}\n  {CIPHER}"),
    "over lines": whole(f'secured: "{CIPHER[:60]}\n  {CIPHER[60:]}"'),
    "as a list": whole(f"secured: [{CIPHER}]"),
    "as a key": whole(f"secured: {{{CIPHER}: 1}}"),
    "further down": whole(f"provider:\n  name: Quay\n  secured: {CIPHER}"),
    "in related": whole(
        f"related:\n- title: Tug\n  webUrl: https://t.example/\n  secured: {CIPHER}"
    ),
    "TOML": whole(f'secured = "{CIPHER}"', fence="+++")
    .replace(": ", " = ")
    .replace("= Ferry", '= "Ferry"'),
    "JSON": json.dumps({"title": "Ferry", "date": "2021-01-27", "secured": CIPHER}),
    "headers": f"Title: Ferry\nDate: 2021-01-27\nSecured: {CIPHER}\n\nIt sails.",
}

BROKEN = {
    "unclosed": f"---\ntitle: Ferry\n{SEALED}\nIt sails.\n",
    "unclosed and cut off": f"---\ntitle: Ferry\nsecured: {CIPHER[:50]}",
    "unclosed and quoted": f'---\ntitle: Ferry\n"secured": {CIPHER}',
    "unclosed TOML": f'+++\ntitle = "Ferry"\nsecured = "{CIPHER}"\n',
    "unclosed JSON": f'{{"title": "Ferry", "secured": "{CIPHER}"',
    "no quote at its end": whole(f'secured: "{CIPHER}'),
    "no colon": whole(f"secured {CIPHER}"),
    "a tab before": whole(f"\tsecured: {CIPHER}"),
    "an at sign before": whole(f"secured: @{CIPHER}"),
    "an alias": whole(f"secured: *{CIPHER[:30]}"),
    "a tag": whole(f"secured: !{CIPHER[:30]} x"),
    "a percent before": whole(f"secured: %{CIPHER}"),
    "a colon within": whole(f"secured: {CIPHER[:30]}: {CIPHER[30:]}"),
    "a lone line": whole(CIPHER),
    "a block at the margin": whole(f"secured: |\n{CIPHER[:30]}\n{CIPHER[30:]}"),
    "a key that is broken": whole(f"{CIPHER[:30]}: [", f"{CIPHER[1:31]}: 'x"),
    "no number": whole(f"heat: {CIPHER}"),
    "no date": whole(f"publishedDateTime: {CIPHER}").replace("date: 2021-01-27\n", ""),
    "no link": whole(f"webUrl: '{CIPHER}'"),
    "TOML without quotes": f'+++\ntitle = "Ferry"\nsecured = {CIPHER}\n+++\n',
    "JSON without quotes": f'{{"title": "Ferry", "secured": {CIPHER}}}\n',
    "not UTF-8": whole(SEALED).encode() + b"\xff",
}

# As text, such a file would tell everything.
TORN = {
    "no first fence": f"title: Ferry\ndate: 2021-01-27\n{SEALED}\n---\nIt sails.",
    "a longer first fence": whole(SEALED).replace("---", "----", 1),
    "longer fences": whole(SEALED, fence="----"),
    "a typographic fence": whole(SEALED).replace("---", "\u2014", 1),
    "a line before": f"draft\n{whole(SEALED)}",
    "a comment before": f"<!-- draft -->\n{whole(SEALED)}",
    "two marks before": f"\ufeff\ufeff{whole(SEALED)}",
    "an odd header": f"Title: Ferry\nDate: 2021-01-27\n{SEALED}\nodd line\n\nIt sails.",
    "JSON in single quotes": f"{{'title': 'Ferry', 'secured': '{CIPHER}'}}",
    "indented": f"---\nThe ferry\n  secured: {CIPHER}\n",
}

# It has got among what is shown.
MISPLACED = {
    "closed too early": whole(body=f"{SEALED}\n---\nIt sails."),
    "twice over": whole(SEALED, body=whole(SEALED)),
    "under an excerpt": whole(f"excerpt: |\n  It sails.\n  {SEALED}"),
    "in an open quote": whole("excerpt: 'It sails", f"secured: {CIPHER}", "x: y'"),
    "in an open link": whole(
        "originalUrl: 'https://quay.example/x", f"secured: {CIPHER}", "x: y'"
    ),
    "in an open picture": whole(
        "images: ['https://quay.example/x.jpg", f"secured: {CIPHER}", "x: y']"
    ),
}

PROSE = {
    "a word": "The crossing is secured: two ferries more.",
    "a first word": "Secured: the harbour, for a year.",
    "a heading": "## Secured\n\nThe harbour is.",
    "in code": "Set `secured = true` and go on.",
    "a long word": "Secured: internationalisation of the harbour.",
    "a link": "Secured: see https://quay.example/2021/01/27/ferries",
}
torn = pytest.mark.parametrize("text", TORN.values(), ids=TORN.keys())


# Too short and too plain to be known by its looks: told as a password would be.
HUNTER = "hunter2"

MAPPED = {
    "itself": ("secured", f"secured: {HUNTER}"),
    "in another case": ("SECURED", f"Secured: {HUNTER}"),
    "with blanks": (" secured ", f"secured: {HUNTER}"),
    "a part of it": ("secured.iv", f"secured: {{iv: {HUNTER}}}"),
    "further down": ("x.secured", f"x: {{secured: {HUNTER}}}"),
    "a part of it further down": ("x.Secured.iv", f"x: {{secured: {{iv: {HUNTER}}}}}"),
    "merged": ("secured", f"x: &x {{secured: {HUNTER}}}\n<<: *x"),
    "a dotted key": ("secured.iv", f"secured.iv: {HUNTER}"),
}

# Where an article's fields take the wrong kind of value, and what that holds.
WITHIN = {
    "a topic": whole(f"topics: [{{secured: {HUNTER}}}]"),
    "a provider": whole(f"provider: {{secured: {HUNTER}}}"),
    "an excerpt": whole(f"excerpt: {{secured: {HUNTER}}}"),
    "a list": whole(f"excerpt: [{{secured: {HUNTER}}}]"),
    "a number": whole(f"heat: {{secured: {HUNTER}}}"),
    "a link": whole(f"webUrl: {{Secured: {HUNTER}}}"),
    "a picture": whole(f"images: [[{{secured: {HUNTER}}}]]"),
    "another article": whole(f"related: [{{secured: {HUNTER}}}, [{HUNTER}]]"),
    "a date": whole(f"expiryDate: {{secured: {HUNTER}}}"),
    "a truth": whole(f"published: {{secured: {HUNTER}}}"),
    "a language": whole(f"language: {{secured: {HUNTER}}}"),
    "a key twice": whole(f"secured: {{{HUNTER}: 1, {HUNTER}: 2}}"),
    "a key twice in a list": whole(f"secured: [{{{HUNTER}: 1, {HUNTER}: 2}}]"),
    "a key twice further down": whole(f"x:\n  SECURED: {{{HUNTER}: 1, {HUNTER}: 2}}"),
    "a broken block": whole(f"secured:\n  {HUNTER}: ["),
    "a broken block without colon": whole(f"secured:\n  {HUNTER}: 1\n  {HUNTER}"),
    "a broken flow": whole(f"secured: {{\n{HUNTER}: [}}"),
    "TOML": f'+++\ntitle = "A"\ntopics = [{{secured = "{HUNTER}"}}]\n+++\n',
    "a TOML table": f'+++\ntitle = "A"\n[excerpt]\nsecured = "{HUNTER}"\n+++\n',
    "a broken TOML table": f"+++\n[secured]\n{HUNTER} = @\n+++\n",
    "a TOML key twice": f"+++\nsecured = {{{HUNTER} = 1, {HUNTER} = 2}}\n+++\n",
    "a TOML table twice": f"+++\n[secured.{HUNTER}]\n[secured.{HUNTER}]\n+++\n",
    "a TOML table as value": f"+++\nsecured.{HUNTER} = 1\n[secured.{HUNTER}.x]\n+++\n",
    "JSON": f'{{"title": "A", "topics": [{{"secured": "{HUNTER}"}}]}}',
    "a JSON key twice": f'{{"title": "A", "secured": {{"{HUNTER}": 1, "{HUNTER}": 2}}}}',
    "broken JSON": f'{{"secured": {{\n"{HUNTER}": @}}}}',
}


def all_of(parsed) -> str:
    """Return everything that parsing answers."""
    problems = "\n".join(map(str, parsed.problems))
    return f"{msgspec.json.encode(parsed).decode()}\n{problems}\n{parsed!r}"


class TestSealed:
    @pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
    def test_r3_an_article_does_not_hold_it(self, parse, text):
        parsed = parse(text)
        assert parsed.article.title == "Ferry"
        assert not tells(all_of(parsed))

    @pytest.mark.parametrize("policy", [{}, PUBLISH], ids=["hold", "publish"])
    @pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
    def test_r3_no_problem_tells_it(self, parse, text, policy):
        assert not tells(all_of(parse(text, **policy)))

    @torn
    def test_r3_a_file_that_is_torn_is_held_by_default(self, parse, text):
        assert not tells(all_of(parse(text)))

    @torn
    def test_r3_and_where_plain_text_is_published_it_is_not(self, parse, text):
        assert not tells(all_of(parse(text, **PUBLISH)))

    @pytest.mark.parametrize("text", MISPLACED.values(), ids=MISPLACED.keys())
    def test_r3_it_is_told_wherever_it_has_got_to_neither(self, parse, text):
        assert not tells(all_of(parse(text)))

    @pytest.mark.parametrize("prose", PROSE.values(), ids=PROSE.keys())
    def test_r3_prose_that_has_the_word_stays(self, parse, prose):
        parsed = parse(whole(body=prose))
        assert (parsed.article.body, parsed.problems) == (prose, ())

    def test_r3_a_key_is_told_in_part_only(self, parse):
        key = CIPHER[:30]
        parsed = parse(whole(f"{key}: 1", f"{key}: 2"))
        assert len(parsed.problems) == 1
        assert not tells(all_of(parsed))

    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize(("key", "line"), MAPPED.values(), ids=MAPPED.keys())
    def test_r3_no_field_is_taken_from_it(self, parse, field, key, line):
        fields = ((field, (key.strip().casefold(),)),)
        assert HUNTER not in all_of(parse(whole(line), fields=fields, undated="mtime"))

    @pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN.keys())
    def test_r3_whatever_holds_it_no_problem_tells(self, parse, text):
        parsed = parse(text, undated="mtime")
        assert parsed.problems
        assert HUNTER not in all_of(parsed)

    def test_r3_no_problem_tells_what_a_mapping_or_a_list_holds(self, parse):
        parsed = parse(whole("excerpt: {iv: x}", "topics: [[Sea]]"))
        assert [problem.value for problem in parsed.problems] == [
            "a mapping",
            "a list",
        ]

    def test_r3_a_key_after_it_is_named_when_it_is_a_known_one(self, parse):
        (problem,) = parse(whole(SEALED, "excerpt: @quay")).problems
        assert (problem.line, problem.key) == (5, "excerpt")

    def test_r3_it_is_no_change(self, parse):
        """Rewritten with another cipher every two hours, it is the same article."""
        one, other = (parse(whole(f"secured: {CIPHER[at:]}")).article for at in (0, 7))
        assert one == other

    def test_r3_a_build_leaves_no_trace_of_it(self, desk_of, caplog):
        """Neither in documents nor in the catalog, the report or the log."""
        caplog.set_level(logging.DEBUG)
        desk = desk_of(source=PUBLISH, feeds=IN_ALL)
        for at, text in enumerate(itertools.chain(WHOLE.values(), BROKEN.values())):
            desk.write(f"{at:02}.md", text)
        report = desk.build()
        assert report.published >= len(WHOLE)
        assert report.problems
        assert not tells(f"{report!r}\n{msgspec.json.encode(report).decode()}")
        assert not tells(caplog.text)
        assert not tells("\n".join(map(str, report.problems)))
        for name, content in desk.files().items():
            assert not tells(content.decode(errors="replace")), name


@pytest.fixture
def stoker(desk, tmp_path):
    """Run the command line on articles of every kind, built once."""
    for at, text in enumerate(itertools.chain(WHOLE.values(), BROKEN.values())):
        desk.write(f"{at:02}.md", text)
    (tmp_path / "stoker.toml").write_text('[[sources]]\npath = "articles"\n')

    def stoker(*arguments: str) -> str:
        run = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "server", *arguments, "-c", "stoker.toml"],
            cwd=tmp_path,
            env={"PYTHONPATH": ":".join(filter(None, sys.path)), "COLUMNS": "400"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert run.returncode in {0, 1, 3}, run.stderr
        return run.stdout + run.stderr

    return stoker


def test_r3_no_command_tells_it(stoker):
    said = [
        stoker("build", "--json"),
        stoker("check", "--format", "json"),
    ]
    assert all(said)
    assert not any(map(tells, said))


def test_r3_a_blank_of_another_script_before_the_colon_hides_no_secret(parse):
    cipher = "Mnnce7AEC2T8hZXe3x0lYb9Y4jNlyHuzuaV7SX72ATdfkLyZkO8TM4EzoDkPo6ZOIinxYw5K"
    parsed = parse(f'It sails.\n\nsecured\u3000: "{cipher}"\n', plain_text="publish")
    assert cipher[:24] not in repr(parsed)
