"""Orders: which articles a feed holds, and in what sequence.

Every order is total, its last key being the path, and none reads a clock: the same
articles give the same sequence at any time.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

UNSCORED = -math.inf  # below every score
_HOT_DIGITS = 6  # of a day: far finer than a second, coarser than any libm's error


class Rankable(Protocol):
    """What an order looks at.

    `published_ts` and `seen_ts`, when it was first seen here, are in seconds since 1970;
    `heat` may be negative, which means unscored.
    """

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def published_ts(self) -> float: ...  # noqa: D102
    @property
    def seen_ts(self) -> float: ...  # noqa: D102
    @property
    def heat(self) -> float: ...  # noqa: D102


R = TypeVar("R", bound=Rankable)


def score(heat: float) -> float:
    """Return the heat to compare by."""
    return heat if heat >= 0 else UNSCORED


def _by_date(article: Rankable) -> tuple[float | str, ...]:
    return -article.published_ts, article.path


# Which articles are in, where equal dates straddle the limit: a name decides nothing.
def _latest_in(article: Rankable) -> tuple[float | str, ...]:
    date_ts, seen_ts = article.published_ts, article.seen_ts
    return -date_ts, -seen_ts, -score(article.heat), article.path


def _hottest_in(article: Rankable) -> tuple[float | str, ...]:
    date_ts, seen_ts = article.published_ts, article.seen_ts
    return -date_ts, -score(article.heat), -seen_ts, article.path


def _by_heat(article: Rankable) -> tuple[float | str, ...]:
    return -score(article.heat), -article.published_ts, article.path


def ranked(  # the one door to all orders
    order: str,
    articles: Iterable[R],
    *,
    limit: int,
    half_life_s: float,
    window_s: float,
) -> list[R]:
    """Return at most `limit` articles in the given order.

    - "latest": the newest first; equal dates by path. Where these straddle the limit,
      the later seen are in, then the hotter.
    - "heat": the newest `limit` by date, so that no reader misses one, the hottest
      of them first; equal heat falls back to newest, then path. Where equal dates
      straddle the limit, the hotter are in, then the later seen.
    - "hot": by log2(heat) + date / half-life, greatest first.
    - "top": the hottest among those at most `window_s` older than the newest.
    """
    select = _ORDERS[order]
    return select(list(articles), limit, half_life_s, window_s)


def _latest(
    articles: list[R], limit: int, _half_life: float, _window: float
) -> list[R]:
    return sorted(sorted(articles, key=_latest_in)[:limit], key=_by_date)


def _heat(articles: list[R], limit: int, _half_life: float, _window: float) -> list[R]:
    return sorted(sorted(articles, key=_hottest_in)[:limit], key=_by_heat)


def _hot(articles: list[R], limit: int, half_life_s: float, _window: float) -> list[R]:
    def key(article: R) -> tuple[float | str, ...]:
        return -hotness(article, half_life_s), *_by_date(article)

    return sorted(articles, key=key)[:limit]


def _top(articles: list[R], limit: int, _half_life: float, window_s: float) -> list[R]:
    newest = max((article.published_ts for article in articles), default=0)
    inside = [a for a in articles if a.published_ts >= newest - window_s]
    return sorted(inside, key=_by_heat)[:limit]


def by_entry(order: str, articles: Iterable[R]) -> list[R]:
    """Return articles in the sequence in which a feed has room for them.

    That is another one than in the feed for the orders "latest" and "heat" alone.
    """
    return sorted(articles, key=_hottest_in if order == "heat" else _latest_in)


def hotness(article: Rankable, half_life_s: float) -> float:
    """Return the key of the order "hot": one more is twice the heat, or a half-life."""
    doublings = math.log2(max(article.heat, 1))
    return round(doublings + article.published_ts / half_life_s, _HOT_DIGITS)


_ORDERS: Mapping[str, Callable[..., list[Any]]] = {
    "latest": _latest,
    "heat": _heat,
    "hot": _hot,
    "top": _top,
}


def band(heat: float) -> int:
    """Return the power of two at or below `heat`: small changes do not change it.

    0 for less than one, -1 for unscored.
    """
    if heat < 0:
        return -1
    return 1 << (int(heat).bit_length() - 1) if heat >= 1 else 0
