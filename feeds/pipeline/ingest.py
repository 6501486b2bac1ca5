"""Changed files into catalog rows: read and parsed, in worker processes when many."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b

import msgspec

from feeds.article import Article, SourceFile
from feeds.catalog import ArticleRow
from feeds.errors import ArticleError
from feeds.parse.article import parse_article
from feeds.parse.rules import Parsed, Rules
from feeds.plan import Placing
from feeds.source import read

_CHUNK = 64  # files handed to a worker at a time
_FEW_FILES = 256  # starting workers takes longer than parsing these


def ingest(
    files: Sequence[SourceFile], rules: Sequence[tuple[Rules, str]], *, jobs: int
) -> Iterator[list[ArticleRow]]:
    """Yield the rows of all files, chunk by chunk, in the given order.

    Args:
        files: What to read.
        rules: For each source its rules and their digest.
        jobs: How many processes may work at once.
    """
    chunks = [files[at : at + _CHUNK] for at in range(0, len(files), _CHUNK)]
    work = partial(_rows, rules=rules)
    if jobs == 1 or len(files) <= _FEW_FILES:
        yield from map(work, chunks)
        return
    # Forking is quickest, but unsound where a progress bar's thread runs already.
    is_alone = sys.platform == "linux" and threading.active_count() == 1
    method = "fork" if is_alone else "spawn"
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_end_with, initargs=(os.getpid(),)
    ) as pool:
        yield from pool.map(work, chunks)


_PR_SET_PDEATHSIG = 1  # prctl(2)


def _end_with(parent: int) -> None:
    """Have this worker killed when `parent` is: it holds the locks of its parent too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before we could ask


_ENCODE = msgspec.msgpack.Encoder().encode


def _rows(
    files: Sequence[SourceFile], rules: Sequence[tuple[Rules, str]]
) -> list[ArticleRow]:
    return [_row(file, *rules[file.source]) for file in files]


def _row(file: SourceFile, rules: Rules, rules_digest: str) -> ArticleRow:
    parsed = _parse(file, rules)
    article = parsed.article
    return ArticleRow(
        file=file,
        rules=rules_digest,
        outcome=parsed.outcome,
        placing=_ENCODE(_placing(article)) if article else None,
        article=_ENCODE(article) if article else None,
        problems=tuple(_ENCODE(problem) for problem in parsed.problems),
    )


def _parse(file: SourceFile, rules: Rules) -> Parsed:
    try:
        content = read(file, rules.file_limit_bytes)
    except ArticleError as error:
        return Parsed(outcome="quarantined", problems=(error.problem,))
    modified_at = datetime.fromtimestamp(file.mtime_ns // 10**9, UTC)  # until 2262
    return parse_article(file.path, content, rules, modified_at=modified_at)


_NOT_RENDERED: Mapping[str, object] = {
    "heat": 0,
    "quality": 0,
    "withheld": "",
    "expires_at": None,
    "significance": "",
}


def _placing(article: Article) -> Placing:
    provider = article.provider
    rendered = _ENCODE(replace(article, **_NOT_RENDERED))  # type: ignore[arg-type]
    return Placing(
        path=article.path,
        published_ts=article.published_at.timestamp(),
        heat=article.heat,
        quality=article.quality,
        provider_name=provider.name if provider else "",
        provider_domain=provider.domain if provider else "",
        topics=article.topics,
        categories=article.categories,
        withheld=article.withheld,
        expires_ts=article.expires_at.timestamp() if article.expires_at else 0,
        revision=blake2b(rendered, digest_size=8).hexdigest(),
        significance=article.significance,
    )
