"""What is `secured` stays so, even where an article's fences are torn."""

import time

import pytest

from feeds.parse.secrets import without_secrets

CIPHER = "QmxhY2sgaGFyYm91ciBrZXlzIGFyZSBuZXZlciB0b2xk"
VECTOR = "c2hvcmUgbGVhdmUgYW5kIGJl=="


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'secured: "{CIPHER}"', id="YAML"),
        pytest.param(f"Secured: {CIPHER}", id="a header"),
        pytest.param(f'  - secured: ["{CIPHER}"]', id="in a list"),
        pytest.param(f"secured = '{CIPHER}'", id="TOML"),
        pytest.param(f'{{"title": "A", "secured": "{CIPHER}"}}', id="JSON"),
        pytest.param(f"secured: >-\n  {CIPHER}\n  {CIPHER}", id="on lines of its own"),
        pytest.param(f"secured:\n  {CIPHER}", id="on the next line"),
        pytest.param(f"secured: !!str {CIPHER[:40]}\n{CIPHER}", id="with a tag"),
        pytest.param(f"{CIPHER};{VECTOR}", id="without its key"),
    ],
)
def test_a_ciphertext_goes_and_the_rest_stays(text):
    found = without_secrets(f"before\n{text}\nafter")
    assert found.startswith("before\n")
    assert found.endswith("\nafter")
    shown = {found[at : at + 24] for at in range(len(found))}
    assert not any(part in CIPHER + VECTOR for part in shown if len(part) == 24)


@pytest.mark.parametrize(
    "text",
    [
        "The harbour is secured: nobody enters.",
        "Secured: the harbour, since 1900.",
        "secured",
        "a == b; c == d",
        "sha512: " + "0123456789abcdef" * 8,
    ],
)
def test_prose_stays_as_it_is(text):
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "secured: ",
            "secured:\n",
            "==" + "A" * 40 + ";",
            "secured: " + "A" * 400_000,
        ),
        f"{CIPHER};{VECTOR} " + "Ab1" * 100_000,
    ],
    ids=["keys", "lines", "ciphers", "one letter", "a picture beside one"],
)
def test_it_takes_no_time_on_what_seems_to_hold_many(text):
    started = time.process_time()
    without_secrets(text * max(1, 400_000 // len(text)))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"---\ntitle: A\n---\nsecured: {CIPHER}\n---\nText", id="a fence"),
        pytest.param(f"Text\nsecured: {CIPHER}\n", id="no fence"),
        pytest.param(f'---\ntitle: "A\nsecured: {CIPHER}\nb"\n---\nx', id="a title"),
    ],
)
def test_r3_no_part_of_an_article_or_a_problem_tells_it(parse, text):
    parsed = parse(text, "2021-01-27-a.md", plain_text="publish")
    assert CIPHER[:24] not in repr(parsed)
