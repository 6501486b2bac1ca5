"""Writes a corpus of invented articles whose shape was measured on real ones.

The shape (keys and their order, shares, lengths, clusters, the long tail of
providers) comes from the 1,803 articles of two real sites with this schema, named
by their folders: diablo4 (1,611 articles) and mspowerapps (192). The words, names
and addresses are invented; every host ends in `.example` (RFC 2606, 2).

Same count and seed, same bytes. One provider has one name here, so that grouping
by name, by domain and by slug gives the same groups: a benchmark must not depend on
a rule that only one contender has. Broken articles are not made here either.

    python -m tests.bench.generate COUNT DIR [--seed N]
"""

import argparse
import base64
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from tests.bench import shape
from tests.bench.article_file import (
    Article,
    Image,
    Provider,
    article_file,
    related_block,
    score_lines,
)
from tests.bench.words import FIRST, PAPERS, SUBJECTS, WORDS

_T = TypeVar("_T")

DEFAULT_SEED = 20210127


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    main: str
    rare: tuple[str, ...]


_CLIPS = Provider(name="Clipstream", domain="clipstream.example", has_logo=False)


def generate(folder: Path, count: int, *, seed: int = DEFAULT_SEED) -> int:
    """Write `count` articles into `folder`, which is made when missing.

    Returns:
        The bytes written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size_bytes = 0
    for name, text in articles(count, seed=seed):
        encoded = text.encode()
        (folder / name).write_bytes(encoded)
        size_bytes += len(encoded)
    return size_bytes


def articles(count: int, *, seed: int = DEFAULT_SEED) -> Iterator[tuple[str, str]]:
    """Yield `count` pairs of a unique file name and the text of that article."""
    newsroom = _Newsroom(Random(seed), count)  # noqa: S311 -- must be repeatable
    endless = itertools.chain.from_iterable(newsroom.stories())
    return itertools.islice(endless, count)


class _Newsroom:
    """Draws stories; holds what they share: prose, providers, topics, names."""

    def __init__(self, rng: Random, count: int) -> None:
        self._rng = rng
        self._prose = " ".join(rng.choices(WORDS, k=shape.PROSE_WORDS))
        self._provider_names = _names(rng, FIRST, PAPERS)
        self._topic_names = _names(rng, FIRST, SUBJECTS)
        self._providers: list[Provider] = []
        self._counts: list[int] = []  # articles of each provider
        self._drawn: list[int] = []  # the provider of each article so far
        # Two sites at least, as measured; their sizes fall off like 1/rank.
        self._sites = [
            self._new_site() for _ in range(max(2, count // shape.ARTICLES_PER_SITE))
        ]
        self._site_weights = list(
            itertools.accumulate(1 / (rank + 1) for rank in range(len(self._sites)))
        )
        self._last_date = shape.NEWEST
        self._serial = 0
        self._stems: dict[str, int] = {}

    def stories(self) -> Iterator[list[tuple[str, str]]]:
        """Yield, for ever, the files of one story."""
        while True:
            if self._happens(shape.UNSCORED):
                yield [self._file(self._unscored(), related=(), scores=())]
            else:
                yield self._scored_story()

    def _unscored(self) -> Article:
        return self._article(self._date(), self._site(), quality=0, is_video=True)

    def _scored_story(self) -> list[tuple[str, str]]:
        members = self._members()
        blocks = [related_block(member) for member in members]
        files = []
        for rank, member in enumerate(members):
            if rank and not self._happens(shape.FOLLOWER_HAS_FILE):
                continue
            related = blocks[:rank] + blocks[rank + 1 :]
            heat = (
                -1 if rank else member.quality + shape.HEAT_PER_FOLLOWER * len(related)
            )
            is_published = heat >= shape.PUBLISHED_HEAT
            scores = score_lines(member.quality, heat, is_published=is_published)
            files.append(self._file(member, related=related, scores=scores))
        return files

    def _members(self) -> list[Article]:
        """Return a leader and its followers, the best first."""
        site, followers = self._site(), self._pick(shape.FOLLOWERS)
        best = self._decile(shape.QUALITY_LEADER if followers else shape.QUALITY_ALONE)
        worse = [
            min(self._decile(shape.QUALITY_FOLLOWER), best) for _ in range(followers)
        ]
        qualities = [best, *sorted(worse, reverse=True)]
        return [
            self._article(
                date, site, quality=quality, is_video=self._happens(shape.SCORED_VIDEO)
            )
            for quality, date in zip(qualities, self._dates(followers), strict=True)
        ]

    def _dates(self, followers: int) -> list[datetime]:
        """Return the leader's date, then its followers'."""
        newest = self._date()
        if not followers:
            return [newest]
        span = self._decile([hours * 60 for hours in shape.SPAN_HOURS])
        between = [self._rng.randint(0, span) for _ in range(followers - 1)]
        ages = [span, *between, 0]
        if not self._happens(shape.LEADER_FIRST):
            ages.reverse()
        return [newest - timedelta(minutes=age) for age in ages]

    def _article(
        self, date: datetime, site: _Site, *, quality: int, is_video: bool
    ) -> Article:
        provider = _CLIPS if is_video else self._provider()
        title = self._title()
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        self._serial += 1
        if is_video:
            page = f"{provider.domain}/watch?v={self._serial:011x}"
        else:
            page = f"www.{provider.domain}/{date:%Y/%m}/{slug}-{self._serial:x}/"
        has_amp = not is_video and self._happens(shape.HAS_AMP)
        image = self._image(provider) if self._happens(shape.HAS_IMAGE) else None
        is_shown = self._happens(shape.HAS_RELATED_IMAGE)
        return Article(
            title=title,
            excerpt=self._excerpt(),
            date=date,
            slug=slug,
            url=f"https://{page}",
            amp_url=f"{page}amp/" if has_amp else None,
            is_video=is_video,
            length=self._length() if is_video else None,
            quality=quality,
            provider=provider,
            topics=self._topics(site),
            has_null_topic=self._happens(shape.NULL_TOPIC),
            image=image,
            related_image=(image or self._image(provider)) if is_shown else None,
            secured=self._ciphertext(),
        )

    def _file(
        self, article: Article, *, related: Sequence[str], scores: Sequence[str]
    ) -> tuple[str, str]:
        late = timedelta(days=1 if self._happens(shape.NAMED_A_DAY_LATE) else 0)
        stem = f"{article.date + late:%Y-%m-%d}-{article.slug}"
        repeats = self._stems[stem] = self._stems.get(stem, 0) + 1
        # A slug holds no underscore, so this cannot be another article's name.
        name = f"{stem}_{repeats}.md" if repeats > 1 else f"{stem}.md"
        return name, article_file(article, related, scores)

    def _length(self) -> str | None:
        if not self._happens(shape.VIDEO_HAS_LENGTH):
            return None
        return f"PT{self._rng.randrange(60)}M{self._rng.randrange(60)}S"

    def _topics(self, site: _Site) -> tuple[str, ...]:
        count = self._pick(shape.RARE_PER_ARTICLE)
        rare = self._rng.choices(site.rare, weights=shape.RARE_TOPICS, k=count)
        return (site.main, *dict.fromkeys(rare))

    def _date(self) -> datetime:
        """Return a whole minute up to shape.NEWEST; sometimes the one before again."""
        if not self._happens(shape.TIED_DATE):
            age_minutes = self._decile([days * 24 * 60 for days in shape.AGE_DAYS])
            self._last_date = shape.NEWEST - timedelta(minutes=age_minutes)
        return self._last_date

    def _provider(self) -> Provider:
        """Draw from a Pitman-Yor process: the rich get richer, new ones keep coming."""
        drawn, counts = len(self._drawn), self._counts
        novelty = shape.PROVIDER_STRENGTH + shape.PROVIDER_DISCOUNT * len(counts)
        if self._rng.random() * (shape.PROVIDER_STRENGTH + drawn) < novelty:
            index = self._new_provider()
        else:
            index = self._rng.choice(self._drawn)
            # Thin each provider's weight from n to n - discount by rejection.
            while self._rng.random() * counts[index] < shape.PROVIDER_DISCOUNT:
                index = self._rng.choice(self._drawn)
            counts[index] += 1
        self._drawn.append(index)
        return self._providers[index]

    def _new_provider(self) -> int:
        name = next(self._provider_names)
        domain = f"{name.replace(' ', '').lower()}.example"
        has_logo = self._happens(shape.HAS_LOGO)
        self._providers.append(Provider(name=name, domain=domain, has_logo=has_logo))
        self._counts.append(1)
        return len(self._providers) - 1

    def _site(self) -> _Site:
        return self._rng.choices(self._sites, cum_weights=self._site_weights)[0]

    def _new_site(self) -> _Site:
        main, *rare = itertools.islice(self._topic_names, 1 + len(shape.RARE_TOPICS))
        return _Site(main=main, rare=tuple(rare))

    def _title(self) -> str:
        text = self._text(self._decile(shape.TITLE_CHARS))
        if self._happens(shape.QUOTED_TITLE):
            first, _, rest = text.partition(" ")
            text = f'"{first}" {rest}'
        return text

    def _excerpt(self) -> str:
        length = self._decile(shape.EXCERPT_CHARS)
        return self._text(length) + (" ..." if length > shape.CUT_EXCERPT_CHARS else "")

    def _text(self, length: int) -> str:
        """Return up to `length` characters of prose, from one word's start."""
        start = self._rng.randrange(len(self._prose) - length - 20)
        start = self._prose.index(" ", start) + 1
        text = self._prose[start : start + length].rstrip()
        return text[:1].upper() + text[1:]

    def _image(self, provider: Provider) -> Image:
        width, height = self._pick(shape.IMAGE_SIZES)
        token = f"{self._rng.getrandbits(128):032x}"
        url = f"https://images.{provider.domain}/uploads/{token}/{width}x{height}.jpg"
        return Image(url=url, width=width, height=height)

    def _ciphertext(self) -> str:
        sizes = (self._pick(shape.CIPHER_BYTES), shape.CIPHER_IV_BYTES)
        parts = (base64.b64encode(self._rng.randbytes(size)).decode() for size in sizes)
        return ";".join(parts)

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share

    def _pick(self, weights: dict[_T, int]) -> _T:
        return self._rng.choices(list(weights), weights=list(weights.values()))[0]

    def _decile(self, deciles: Sequence[int]) -> int:
        step, fraction = divmod(self._rng.random() * (len(deciles) - 1), 1)
        low, high = deciles[int(step)], deciles[int(step) + 1]
        return round(low + (high - low) * fraction)


def _names(rng: Random, first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """Yield unique pairs in a random order, then the same ones numbered."""
    pairs = [f"{one} {two}" for one in first for two in second]
    rng.shuffle(pairs)
    yield from pairs
    for number in itertools.count(2):
        yield from (f"{pair} {number}" for pair in pairs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.generate")
    parser.add_argument("count", type=int, metavar="COUNT")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args(arguments)
    size_bytes = generate(options.folder, options.count, seed=options.seed)
    sys.stdout.write(f"{options.count} articles, {size_bytes:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
