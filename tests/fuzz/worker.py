"""One process that makes inputs, parses them and judges the result, until its time is up.

It may hang or die: its last input is in shared memory then, where `parser` finds it.
"""

import gc
import json
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from mmap import mmap
from multiprocessing.connection import Connection
from random import Random
from types import FrameType

from feeds.parse.rules import Parsed
from tests.fuzz import odd
from tests.fuzz.mutations import mutate
from tests.fuzz.oracle import RULES, Case, Finding, is_read_by_line, judge, parse

TIME_LIMIT_S = 5
# Far above what any file takes whose cost grows with its size and not with its square.
COSTLY_MS, COSTLY_MS_PER_KB = 200, 2
MEMORY_LIMIT_BYTES = 256 * 2**20
ADDRESS_SPACE_BYTES = 4 * 2**30  # so that greed ends the process, not the machine
MAX_POOL = 20_000
ORIGINALS = 0.5  # share of inputs made from the files as they were
REPORT_S = 1.0


class TooSlowError(BaseException):
    """Raised by the alarm; no `except Exception` may take it for its own."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a worker did since its last report."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0
    slowest: Case | None = None
    peak_bytes: int = 0
    behaviours: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The files that mutations start from."""

    paths: Sequence[str]
    contents: Sequence[bytes]


def work(seeds: Seeds, seed: str, end_s: float, last: mmap, link: Connection) -> None:
    """Fuzz until `end_s` of the monotonic clock; send tallies and findings."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _alarm)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    gc.freeze()
    rng = Random(seed)  # noqa: S311 - must be repeatable
    originals = list(zip(seeds.paths, seeds.contents, strict=True))
    pool, known = originals[:], set()
    tally, report_s = Tally(), time.monotonic() + REPORT_S
    while (now_s := time.monotonic()) < end_s:
        # Else what is spoilt already would soon be all there is.
        case = _next_case(rng, originals if rng.random() < ORIGINALS else pool)
        keep(last, case)
        behaviour, found = _run(case, tally)
        for finding in found:
            link.send((case, finding))
        if behaviour not in known and len(case.content) < 60_000:
            known.add(behaviour)
            tally.behaviours += 1
            _remember(rng, pool, case)
        is_full = tally.peak_bytes > MEMORY_LIMIT_BYTES
        if now_s > report_s or is_full:
            link.send(tally)
            tally, report_s = Tally(), now_s + REPORT_S
        if is_full:
            break  # the next process begins with little again
    link.send(tally)
    link.close()


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def _next_case(rng: Random, pool: Sequence[tuple[str, bytes]]) -> Case:
    # The smallest of three: most files are small, and small ones tell as much.
    path, content = min(rng.choices(pool, k=3), key=lambda each: len(each[1]))
    others = [each[1] for each in rng.choices(pool, k=4)]
    return Case(
        path=path if rng.random() < 0.7 else rng.choice(odd.PATHS),
        content=mutate(rng, content, others),
        rules=rng.randrange(len(RULES)),
    )


def _remember(rng: Random, pool: list[tuple[str, bytes]], case: Case) -> None:
    """Keep an input that did something new, to mutate it further."""
    if len(pool) < MAX_POOL:
        pool.append((case.path, case.content))
    else:
        pool[rng.randrange(len(pool))] = (case.path, case.content)


def _run(case: Case, tally: Tally) -> tuple[object, list[Finding]]:
    """Return what the parser did, in so far as inputs differ by it, and the findings."""
    signal.alarm(TIME_LIMIT_S)
    start_s = time.process_time()
    try:
        parsed = parse(case)
        took_ms = (time.process_time() - start_s) * 1000
        signal.alarm(TIME_LIMIT_S)
        found = list(judge(case, parsed))
        signal.alarm(0)
    except TooSlowError:
        cpu_s = time.process_time() - start_s
        reason = (
            f"over {TIME_LIMIT_S} s, {cpu_s:.1f} s of CPU\n{traceback.format_exc()}"
        )
        return None, [Finding(kind="slow", reason=reason)]
    except MemoryError:
        signal.alarm(0)
        return None, [Finding(kind="memory", reason=traceback.format_exc())]
    except Exception:  # noqa: BLE001 - the promise is that there is none
        signal.alarm(0)
        return None, [Finding(kind="raised", reason=traceback.format_exc())]
    if took_ms > COSTLY_MS + COSTLY_MS_PER_KB * len(case.content) / 1000:
        reason = f"{took_ms:.0f} ms of CPU for {len(case.content):,} bytes"
        found.append(Finding(kind="costly", reason=reason))
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if peak_bytes > MEMORY_LIMIT_BYTES:
        reason = f"{peak_bytes / 2**20:.0f} MiB; earlier inputs may have their part"
        found.append(Finding(kind="memory", reason=reason))
    _count(case, parsed, tally, took_ms, peak_bytes)
    return _behaviour(parsed), found


def _count(
    case: Case, parsed: Parsed, tally: Tally, took_ms: float, peak_bytes: int
) -> None:
    tally.inputs += 1
    tally.outcomes[parsed.outcome] += 1
    tally.peak_bytes = max(tally.peak_bytes, peak_bytes)
    if took_ms > tally.slowest_ms:
        tally.slowest_ms, tally.slowest = took_ms, case
    # One in ten is asked, for its own sake.
    if tally.inputs % 10 == 0 and is_read_by_line(
        case.content.decode(errors="replace")
    ):
        tally.outcomes["read by line, of one in ten"] += 1


def _behaviour(parsed: Parsed) -> object:
    """Return which problems there were, and which fields came out."""
    problems = frozenset(
        (each.key[:12], each.expected[:60]) for each in parsed.problems
    )
    article = parsed.article
    if article is None:
        return parsed.outcome, problems
    names = ("link", "excerpt", "body", "provider", "images", "related", "enclosures")
    return (
        problems,
        article.body_kind,
        tuple(bool(getattr(article, name)) for name in names),
    )


def keep(last: mmap, case: Case) -> None:
    """Write the input down, in case that it is the last."""
    head = json.dumps([case.path, case.rules, len(case.content)]).encode()
    last.seek(0)
    last.write(len(head).to_bytes(4) + head + case.content)


def last_case(last: mmap) -> Case | None:
    """Return the input that a worker was at."""
    last.seek(0)
    length = int.from_bytes(last.read(4))
    if not length:
        return None
    path, rules, size_bytes = json.loads(last.read(length))
    return Case(path=path, rules=rules, content=last.read(size_bytes))


if sys.platform != "linux":
    raise SystemExit("the limits of this tool are Linux's")
