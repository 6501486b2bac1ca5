"""Ways to spoil YAML front matter: text in, text out, as people and programs would."""

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import odd

_PAIR = re.compile(r"^([ ]*(?:- )?)([\w\"'<-][^:\n]*):[ ]+(\S.*)$", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])[0-9][0-9.:T-]*")


def _value(rng: Random) -> str:
    return rng.choice(rng.choice(odd.VALUES))


def _pick(rng: Random, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return rng.choice([*pattern.finditer(text), None])


def _swap_value(rng: Random, text: str) -> str:
    if not (pair := _pick(rng, _PAIR, text)):
        return text
    return text[: pair.start(3)] + _value(rng) + text[pair.end(3) :]


def _swap_key(rng: Random, text: str) -> str:
    if not (pair := _pick(rng, _PAIR, text)):
        return text
    return text[: pair.start(2)] + rng.choice(odd.KEYS) + text[pair.end(2) :]


def _swap_number(rng: Random, text: str) -> str:
    if not (number := _pick(rng, _NUMBER, text)):
        return text
    made = rng.choice(rng.choice((odd.NUMBERS, odd.DATES)))
    return text[: number.start()] + made + text[number.end() :]


def _restyle(rng: Random, text: str) -> str:
    if not (pair := _pick(rng, _PAIR, text)):
        return text
    made = rng.choice(odd.STYLES).replace("%s", pair[3])
    inner = made.replace("\n", "\n" + " " * len(pair[1]))
    return text[: pair.start(3)] + inner + text[pair.end(3) :]


def _new_pair(rng: Random, text: str) -> str:
    value = rng.choice(odd.STYLES).replace("%s", _value(rng))
    pair = f"{rng.choice(odd.KEYS)}: {value if rng.random() < 0.5 else _value(rng)}"
    lines = text.split("\n")
    indent = rng.choice(("", "", "", "  ", "    "))
    lines.insert(rng.randint(0, len(lines)), indent + pair)
    return "\n".join(lines)


def _anchors(rng: Random, text: str) -> str:
    """Name some value, and refer to it or merge it further down, or before."""
    if not (pair := _pick(rng, _PAIR, text)):
        return text
    uses = (
        "a: *x",
        "<<: *x",
        "<<: [*x, *x, *x]",
        "related: *x",
        "provider: *x",
        "- *x",
        "? *x\n: *x",
    )
    made = text[: pair.start(3)] + "&x " + text[pair.start(3) :]
    lines = made.split("\n")
    lines.insert(rng.randint(0, len(lines)), rng.choice(uses))
    return "\n".join(lines)


def _aliases(rng: Random, text: str) -> str:
    """Aliases of aliases: more values than the lowest of the bounds that are tried."""
    steps, width = rng.choice((2, 3, 5)), rng.choice((2, 4))
    shape = rng.choice(("[{}]", "{{<<: [{}]}}"))
    start = "a0: &a0 {a: b, c: d}" if "<<" in shape else "a0: &a0 [a, b]"
    lines = [start] + [
        f"a{step}: &a{step} " + shape.format(", ".join([f"*a{step - 1}"] * width))
        for step in range(1, steps)
    ]
    last = rng.choice(("related", "provider", "images", "topics", "<<", "unknown"))
    return "\n".join([text, *lines, f"{last}: *a{steps - 1}"])


def _deep(rng: Random, text: str) -> str:
    levels = rng.choice((5, 19, 20, 21, 22, 40))
    shape = rng.choice(("a:", "- a:", "-", "? a\n:", "a: !!map"))
    steps = (
        "\n".join("  " * level + line for line in shape.split("\n"))
        for level in range(levels)
    )
    return "\n".join([text, "deep:", *("  " + step for step in steps)])


def _many_related(rng: Random, text: str) -> str:
    item = "  - title: {0}\n    webUrl: https://quay.example/{0}\n    provider:\n      name: Quay"
    at = rng.randint(0, 30)
    count = rng.choice((9, 10, 11, 40, 200))
    items = [item.format(number) for number in range(count)]
    if at < count:
        items[at] = rng.choice(odd.ITEMS).replace("%s", _value(rng))
    return "\n".join([text, "related:", *items])


def _tabs(rng: Random, text: str) -> str:
    return text.replace("  ", "\t", rng.choice((1, 3, -1)))


def _odd_characters(rng: Random, text: str) -> str:
    for _ in range(rng.choice((1, 2, 6))):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(odd.CHARACTERS) + text[at:]
    return text


def _soup(rng: Random, _: str) -> str:
    """Write front matter anew, out of nothing but known keys and odd values."""
    pairs = (
        f"{key}: {rng.choice((*odd.STYLES, '%s', '%s')).replace('%s', _value(rng))}"
        for key in rng.sample(odd.KEYS, rng.randint(1, 12))
    )
    return "\n".join(["date: 2021-01-27", *pairs])


def _plain(rng: Random, text: str) -> str:
    """Write a value that the line reader may take, or nearly."""
    if not (pair := _pick(rng, _PAIR, text)):
        return text
    made = "".join(rng.choices(odd.PLAIN_PARTS, k=rng.randint(1, 8)))
    return text[: pair.start(3)] + made + text[pair.end(3) :]


FRONT_MATTER: tuple[Callable[[Random, str], str], ...] = (
    *(_swap_value, _swap_value, _swap_key, _swap_number, _restyle, _restyle, _new_pair),
    *(
        _new_pair,
        _anchors,
        _aliases,
        _deep,
        _many_related,
        _tabs,
        _odd_characters,
        _soup,
    ),
    *(_plain, _plain),
)
