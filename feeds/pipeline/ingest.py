"""Changed files into catalog rows: read and parsed, in processes that may die of it.

A row's outcome is that of parsing, or one of these, of files to be read again though
nothing about them changes: "pending" (it changed while it was read), "unreadable" (the
system refused), "late" (it took more time or memory than this machine has for one),
"undated" (Git may have a date some day).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from feeds.article import Article, SourceFile
from feeds.catalog import ArticleRow
from feeds.errors import ArticleError, Problem, UnreadableError
from feeds.parse.rules import Parsed, Rules
from feeds.pipeline.workers import Bench, Lost, in_workers
from feeds.plan import Placing
from feeds.source import read, size_within

_CHUNK_FILES = 64  # handed to a worker at a time
_CHUNK_BYTES = 4 * 1024 * 1024  # so that large ones are not in memory together


class Parse(Protocol):
    """What makes an article of a file's bytes: `feeds.parse.article.parse_article`."""

    def __call__(
        self,
        path: str,
        content: bytes,
        rules: Rules,
        *,
        modified_at: datetime | None,
        measure: Callable[[str], int],
    ) -> Parsed:
        """Return the article, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What reading files takes, sent to the workers as a whole.

    `rules` has for each source its rules and their digest; `first_commits` are dates by
    path, of articles that were found to have none.
    """

    files: Sequence[SourceFile]
    rules: Sequence[tuple[Rules, str]]
    first_commits: Mapping[str, datetime]
    parse: Parse

    def row(self, index: int) -> ArticleRow:
        """Return what one file gives."""
        file = self.files[index]
        rules, digest = self.rules[file.source]
        media = _Media(rules)
        outcome, parsed, content = _taken(file, self, media)
        article = parsed.article
        return ArticleRow(
            file=file,
            rules=digest,
            outcome=outcome,
            placing=_ENCODE(_placing(article, parsed, rules, content))
            if article
            else None,
            article=_ENCODE(article) if article else None,
            problems=tuple(_ENCODE(problem) for problem in parsed.problems),
            look=parsed.look,
            measured=_JSON(media.measured).decode() if media.measured else "",
        )

    def lost(self, lost: Lost) -> ArticleRow:
        """Return what there is of a file that no worker survives."""
        file = self.files[lost.index]
        return ArticleRow(
            file=file,
            rules=self.rules[file.source][1],
            outcome=LATE if lost.is_of_machine else "quarantined",
            placing=None,
            article=None,
            problems=(_ENCODE(problem_of(file.path, "a file that can be read", lost)),),
        )


LATE = "late"


def problem_of(path: str, wanted: str, lost: Lost) -> Problem:
    """Return the problem of an article that was given up; `wanted` is what it is not."""
    if not lost.is_of_machine:
        return Problem(path=path, expected=f"expected {wanted}; it {lost.why}")
    expected = (
        f"pending: expected {wanted}; on this machine it {lost.why}, which others may"
        " have; the next build tries it again"
    )
    return Problem(path=path, expected=expected, severity="warning")


def ingest(
    intake: Intake, *, jobs: int, bench: Bench | None = None
) -> Iterator[list[ArticleRow]]:
    """Yield the rows of all files, some at a time, in no certain order.

    One that kills its worker twice, or twice takes longer than five seconds, costs no
    other. On the `bench` a worker waits for the next build.
    """
    chunks = _chunks(intake.files)
    for done in in_workers(intake.row, chunks, jobs=jobs, bench=bench):
        yield [intake.lost(done)] if isinstance(done, Lost) else done


def _chunks(files: Sequence[SourceFile]) -> Iterator[range]:
    start = size_bytes = 0
    for index, file in enumerate(files):
        is_large = size_bytes + file.size_bytes > _CHUNK_BYTES
        if index > start and (is_large or index - start == _CHUNK_FILES):
            yield range(start, index)
            start, size_bytes = index, 0
        size_bytes += file.size_bytes
    if files:
        yield range(start, len(files))


_ENCODE = msgspec.msgpack.Encoder().encode
_JSON = msgspec.json.Encoder(order="sorted").encode
_SIZES = msgspec.json.Decoder(dict[str, int])


def _taken(
    file: SourceFile, intake: Intake, media: "_Media"
) -> tuple[str, Parsed, bytes]:
    """Return the outcome of a file, what parsing says of it, and its bytes."""
    rules, _ = intake.rules[file.source]
    try:
        content = read(file, rules.file_limit_bytes)
    except ArticleError as error:
        parsed = Parsed(outcome="quarantined", problems=(error.problem,))
        if isinstance(error, UnreadableError):
            return "unreadable", parsed, b""
        is_moving = error.problem.severity == "note"
        return "pending" if is_moving else "quarantined", parsed, b""
    modified_at = _last_resort(file, rules, intake)
    parsed = intake.parse(
        file.path, content, rules, modified_at=modified_at, measure=media.size
    )
    waits = parsed.is_undated and rules.undated == "git"
    return "undated" if waits else parsed.outcome, parsed, content


class _Media:
    """The media files on this machine that an article names, as they are measured."""

    def __init__(self, rules: Rules) -> None:
        self.measured: dict[str, int] = {}
        self._rules = rules

    def size(self, url: str) -> int:
        """Return the size of the media file at a URL of ours, 0 where there is none."""
        rules = self._rules
        base = rules.media_url or rules.home
        if not rules.media_path or not url.startswith(base):
            return 0
        name = unquote(urlsplit(url.removeprefix(base)).path).lstrip("/")
        self.measured[name] = size_within(rules.media_path, name)
        return self.measured[name]


def measured_names(measured: str) -> Iterable[str]:
    """Return the names of the media files that were measured for a row."""
    return _SIZES.decode(measured)


def is_as_measured(measured: str, rules: Rules) -> bool:
    """Whether the media files of a row still have the sizes that it was made with."""
    sizes = _SIZES.decode(measured) if measured else {}
    return all(
        size_within(rules.media_path, name) == size for name, size in sizes.items()
    )


def _last_resort(file: SourceFile, rules: Rules, intake: Intake) -> datetime | None:
    """Return the date of a file that states none, by the policy of its source."""
    if rules.undated == "git":
        return intake.first_commits.get(file.path)
    return datetime.fromtimestamp(file.mtime_ns // 10**9, UTC)  # until 2262


_NOT_RENDERED: Mapping[str, object] = {
    "heat": 0,
    "quality": 0,
    "withheld": "",
    "expires_at": None,
    "significance": "",
}


def _placing(article: Article, parsed: Parsed, rules: Rules, content: bytes) -> Placing:
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
        has_free_topics=article.has_free_topics,
        categories=article.categories,
        withheld=article.withheld,
        expires_ts=article.expires_at.timestamp() if article.expires_at else 0,
        revision=blake2b(rendered, digest_size=8).hexdigest(),
        significance=article.significance,
        formerly="" if parsed.formerly == article.significance else parsed.formerly,
        is_clamped=rules.future == "clamp",
        content=blake2b(content, digest_size=8).hexdigest(),
    )
