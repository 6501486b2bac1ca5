"""Feed readers that poll a server, and find fault with what they get.

Every answer is judged: its status, its validator, that its body is complete, and that
one ETag always stands for the same bytes. Of the bodies, a sample is parsed.
"""

import asyncio
import gzip
import hashlib
import itertools
import json
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from lxml import etree

from tests.bench.answers import Answer, head_of, request

_HEAD_BYTES = 1 << 16
_KNOWN = 50_000  # bodies remembered; the longest unseen are forgotten
_TOLD = 20
_FEW = 20  # so most answers of a quiet server are a 304
_FICKLENESS = 0.02
_TIMEOUT_S = 30.0
GONE = (404, 410)  # a feed that lost its last article


class TornError(Exception):
    """The connection ended in the middle of an answer."""


class EndedError(Exception):
    """The connection ended between two answers, as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked for."""

    path: str
    etag: str = ""
    encoding: str = ""


@dataclass(slots=True)
class Judge:
    """What all readers together have seen."""

    parse_every: int = 20
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)  # the first faults, in full
    parsed: int = 0
    renewed: int = 0
    _digests: OrderedDict[tuple[str, str], bytes] = field(default_factory=OrderedDict)
    _bodies: Iterator[int] = field(default_factory=itertools.count)

    def judge(self, question: Question, answer: Answer) -> None:
        """Count an answer, and what is wrong with it."""
        self.statuses[answer.head.status] += 1
        if fault := _fault_of_head(question, answer):
            self.complain(fault, question)
        elif answer.head.status == 200:
            if not self._is_consistent(question, answer):
                self.complain("two bodies with one ETag", question)
            if next(self._bodies) % self.parse_every == 0:
                self.parsed += 1
                if fault := fault_of_body(question.path, answer):
                    self.complain(fault, question)

    def complain(self, fault: str, question: Question) -> None:
        """Note that something is wrong."""
        self.faults[fault] += 1
        if len(self.told) < _TOLD:
            self.told.append(f"{fault}: {question}")

    def _is_consistent(self, question: Question, answer: Answer) -> bool:
        key = question.path, answer.head.etag
        digest = hashlib.blake2b(answer.body, digest_size=16).digest()
        known = self._digests.setdefault(key, digest)
        self._digests.move_to_end(key)
        if len(self._digests) > _KNOWN:
            self._digests.popitem(last=False)
        return known == digest


def _fault_of_head(question: Question, answer: Answer) -> str:
    """Return what is wrong with the status or the validator, or nothing."""
    head = answer.head
    if head.status in GONE:
        return ""
    if head.status not in {200, 304}:
        return f"status {head.status}"
    if not head.etag.startswith('"'):  # RFC 9110, 8.8.3: a strong one is only quoted
        return "no strong ETag"
    if head.status == 304 and head.etag != question.etag:
        return "a 304 for another ETag"
    if head.status == 200 and head.etag == question.etag:
        return "a 200 for the ETag that was sent"
    return ""


def fault_of_body(path: str, answer: Answer) -> str:
    """Return why a body is no JSON or XML, or nothing; pages for people pass."""
    body = answer.body
    try:
        if answer.head.fields.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if path.endswith(".json"):
            json.loads(body)
        elif path.endswith((".atom", ".rss")):
            etree.fromstring(body)
    except (ValueError, OSError, EOFError, etree.XMLSyntaxError) as error:
        return f"malformed: {type(error).__name__}"
    return ""


class AsyncConnection:
    """One kept-alive connection, opened when it is needed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._name, self._port = parts.hostname or "", parts.port or 80
        self._host = parts.netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, question: Question) -> Answer:
        """Ask, and wait for the whole answer.

        Raises:
            EndedError: There was no answer; ask again.
            TornError: It broke off.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await self._get(question)
        except BaseException:
            self.close()
            raise

    async def _get(self, question: Question) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                self._name, self._port, limit=_HEAD_BYTES
            )
        reader, writer = self._streams
        asked = request(
            question.path, self._host, etag=question.etag, encoding=question.encoding
        )
        try:
            writer.write(asked)
            await writer.drain()
            text = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise (TornError if error.partial else EndedError) from error
        except ConnectionError as error:
            raise EndedError from error
        head = head_of(text)
        try:
            body = await reader.readexactly(head.body_bytes)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise TornError from error
        return Answer(head=head, body=body)

    def close(self) -> None:
        """End it; the next question opens another."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def read_for_ever(
    url: str, documents: Sequence[str], judge: Judge, rng: Random, *, pause_s: float
) -> None:
    """Ask for a few documents of a list that may change, until cancelled.

    Now and then one of the few is given up for another, as readers do.
    """
    connection = AsyncConnection(url)
    etags: dict[tuple[str, str], str] = {}
    few = rng.choices(documents, k=_FEW)
    try:
        while True:
            if rng.random() < _FICKLENESS:
                few[rng.randrange(_FEW)] = rng.choice(documents)
            question = _question(few, etags, rng)
            answer = await ask(connection, question, judge)
            if answer and answer.head.status == 200:
                etags[question.path, question.encoding] = answer.head.etag
            await asyncio.sleep(rng.uniform(0, 2 * pause_s))
    finally:
        connection.close()


async def ask(
    connection: AsyncConnection, question: Question, judge: Judge
) -> Answer | None:
    """Ask once and have the answer judged; None when there was none."""
    try:
        answer = await connection.get(question)
    except EndedError:
        judge.renewed += 1
        return None
    except TornError:
        judge.complain("torn", question)
        return None
    except TimeoutError:
        judge.complain("no answer in time", question)
        return None
    except (ValueError, KeyError, OSError) as error:
        judge.complain(f"no answer: {type(error).__name__}", question)
        return None
    judge.judge(question, answer)
    return answer


def _question(
    documents: Sequence[str], etags: Mapping[tuple[str, str], str], rng: Random
) -> Question:
    path, encoding = rng.choice(documents), rng.choice(("", "gzip"))
    return Question(path=path, encoding=encoding, etag=etags.get((path, encoding), ""))
