"""Ways to spoil a file: bytes, lines and whole files. Same `Random`, same result."""

import json
import re
from collections.abc import Callable, Sequence
from random import Random

import yaml

from tests.fuzz import odd
from tests.fuzz.front_matter import FRONT_MATTER
from tests.fuzz.harmless import is_harmless

MAX_BYTES = 2_000_000  # beyond the limit of front matter, below that of files
MAX_STEPS = 6
_LONG_BYTES = 10_000  # not to be written a hundred times

Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutate(rng: Random, content: bytes, pool: Sequence[bytes]) -> bytes:
    """Return `content` after a few mutations; `pool` holds other files.

    A mutation that would harm another reader than ours is passed over.
    """
    for _ in range(min(1 + int(rng.expovariate(0.6)), MAX_STEPS)):
        made = rng.choice(MUTATIONS)(rng, content, pool)[:MAX_BYTES]
        content = made if is_harmless(made) else content
    return content


def _flip(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        if found:
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _set_byte(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    found = bytearray(content)
    if found:
        found[rng.randrange(len(found))] = rng.choice(
            b"\n\t :-#\"'[]{}&*!|>%@`\\,?=+.~\x00\xff"
        )
    return bytes(found)


def _span(rng: Random, content: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(content))
    length = rng.choice((1, 2, 5, 20, 100, 1_000))
    return start, min(len(content), start + rng.randint(0, length))


def _cut(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + content[end:]


def _double(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    times = rng.choice((2, 2, 3, 30))
    return content[:start] + content[start:end] * times + content[end:]


def _truncate(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    return content[: rng.randint(0, len(content))]


def _insert_bytes(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, _end = _span(rng, content)
    made = rng.choice((rng.choice(odd.BYTES), rng.randbytes(rng.randint(1, 12))))
    return content[:start] + made + content[start:]


def _insert_text(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    made = rng.choice((*odd.VALUES, odd.CHARACTERS, odd.CHARACTERS))
    end = rng.choice((start, end))
    return content[:start] + _encoded(rng.choice(made)) + content[end:]


def _run(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Put in one thing many times: what takes the square of its length shows."""
    start, _end = _span(rng, content)
    thing = _encoded(rng.choice(odd.RUNS))
    return (
        content[:start]
        + thing * (rng.choice(_RUN_BYTES) // len(thing))
        + content[start:]
    )


_RUN_BYTES = (300, 3_000, 30_000, 150_000)


def _splice(rng: Random, content: bytes, pool: Sequence[bytes]) -> bytes:
    other = rng.choice(pool)
    head, tail = rng.randint(0, len(content)), rng.randint(0, len(other))
    return content[:head] + other[tail:]


def _append(rng: Random, content: bytes, pool: Sequence[bytes]) -> bytes:
    return content + rng.choice((b"", b"\n")) + rng.choice(pool)


def _lined(change: Callable[[Random, list[bytes], Sequence[bytes]], None]) -> Mutation:
    def mutation(rng: Random, content: bytes, pool: Sequence[bytes]) -> bytes:
        lines = content.split(b"\n")
        change(rng, lines, pool)
        return b"\n".join(lines)

    mutation.__name__ = change.__name__
    return mutation


def _at(rng: Random, lines: Sequence[bytes]) -> int:
    """Return a line; half of the time a very early one, where the fence is."""
    return rng.randrange(min(len(lines), rng.choice((4, 30, 10**6, 10**6))))


def _delete_line(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    del lines[_at(rng, lines)]


def _double_line(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    line = lines[_at(rng, lines)]
    times = rng.choice((1, 1, 1, 5, 200)) if len(line) < _LONG_BYTES else 1
    at = _at(rng, lines)
    lines[at:at] = [line] * times


def _swap_lines(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    one, two = _at(rng, lines), _at(rng, lines)
    lines[one], lines[two] = lines[two], lines[one]


def _join_lines(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    at = _at(rng, lines)
    lines[at : at + 2] = [rng.choice((b"", b" ")).join(lines[at : at + 2])]


def _foreign_lines(rng: Random, lines: list[bytes], pool: Sequence[bytes]) -> None:
    theirs = rng.choice(pool).split(b"\n")
    start = _at(rng, theirs)
    at = _at(rng, lines)
    lines[at:at] = theirs[start : start + rng.choice((1, 3, 20))]


def _odd_line(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    lines.insert(_at(rng, lines), _encoded(rng.choice(odd.LINES)))


def _reindent(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    start = _at(rng, lines)
    indent = rng.choice((b" ", b"  ", b"    ", b"\t", b"- ", b"", b"> ", b" " * 60))
    strips = rng.random() < 0.5
    for at in range(start, min(len(lines), start + rng.choice((1, 1, 2, 10)))):
        lines[at] = indent + (lines[at].lstrip() if strips else lines[at])


def _many_lines(rng: Random, lines: list[bytes], _: Sequence[bytes]) -> None:
    """Repeat a block of lines: long lists, many keys, deep nesting."""
    start = _at(rng, lines)
    block = lines[start : start + rng.choice((1, 4, 12))]
    if sum(map(len, block)) > _LONG_BYTES:
        return
    deepens = rng.random() < 0.3
    for time in range(rng.choice((3, 20) if deepens else (3, 20, 100))):
        lines[start:start] = [
            b"  " * time + line if deepens else line for line in block
        ]


def _recode(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    text = content.decode("utf-8", "replace")
    codec = rng.choice(
        ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32")
    )
    bom = "\ufeff" if codec.startswith("utf-16-") and rng.random() < 0.8 else ""
    return (bom + text).encode(codec, "replace")


def _line_ends(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    ends = (b"\r\n", b"\r", b"\n\n", b"\x0b", b"\xc2\x85", b"\xe2\x80\xa8", b"\n\r")
    return content.replace(b"\n", rng.choice(ends))


def _other_fence(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    fences = (
        b"---",
        b"+++",
        b"...",
        b";;;",
        b"",
        b"--- # a",
        b"\n---",
        b" ---",
        b"```",
    )
    return content.replace(b"---", rng.choice(fences), rng.choice((1, 2)))


def _other_dialect(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Write the front matter in another dialect, as far as libyaml understands it."""
    parts = content.decode("utf-8", "replace").split("---\n", 2)
    if len(parts) != 3 or len(parts[1]) > 50_000 or _ALIAS.search(parts[1]):
        return content
    try:
        metadata = yaml.load(parts[1], Loader=yaml.CBaseLoader)  # noqa: S506 - text only
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return content
    if not isinstance(metadata, dict):
        return content
    try:
        return _encoded(rng.choice(_WRITERS)(metadata) + parts[2])
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return content


# Written out in full, what they stand for may be a lot.
_ALIAS = re.compile(r"(?:^|[\s\[{,])[&*]\S", re.MULTILINE)


def _toml(metadata: dict[str, object]) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in metadata.items()]
    return "\n".join(["+++", *lines, "+++", ""])


def _headers(metadata: dict[str, object]) -> str:
    return "\n".join([*(f"{key}: {value}" for key, value in metadata.items()), "", ""])


def _flow(metadata: dict[str, object]) -> str:
    return f"---\n{json.dumps(metadata)}\n---\n"


def _dumped(metadata: dict[str, object]) -> str:
    return f"---\n{yaml.dump(metadata, Dumper=yaml.CDumper, default_style='|')}---\n"


_WRITERS: tuple[Callable[[dict[str, object]], str], ...] = (
    json.dumps,
    lambda metadata: json.dumps(metadata, indent=2),
    _toml,
    _headers,
    _flow,
    _dumped,
)


def _fenced(change: Callable[[Random, str], str]) -> Mutation:
    """Return a mutation that changes the front matter alone, where there is some."""

    def mutation(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
        text = content.decode("utf-8", "surrogateescape")
        start = text.find("---\n") + 4
        end = text.find("\n---", start)
        if start < 4 or end < 0:
            start, end = 0, len(text)
        return _encoded(text[:start] + change(rng, text[start:end]) + text[end:])

    mutation.__name__ = change.__name__
    return mutation


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _set_byte, _cut, _double, _truncate, _insert_bytes, _insert_text),
    *(_run, _splice, _append, _recode, _line_ends, _other_fence, _other_dialect),
    *map(
        _lined,
        (
            *(_delete_line, _double_line, _swap_lines, _join_lines, _foreign_lines),
            *(_odd_line, _odd_line, _reindent, _reindent, _many_lines),
        ),
    ),
    *map(_fenced, FRONT_MATTER * 2),
)
