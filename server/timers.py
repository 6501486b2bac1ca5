"""Calls that are to be made later, with one owner, with whom they end."""

import asyncio
from collections.abc import Callable


class Timers:
    """Makes calls later, unless `end` comes first."""

    def __init__(self) -> None:
        self._waiting: dict[object, asyncio.TimerHandle] = {}

    def after(
        self, delay_s: float, call: Callable[..., None], *args: object
    ) -> asyncio.TimerHandle:
        """Make a call after a while; return what cancels it alone."""
        key = object()

        def make() -> None:
            del self._waiting[key]
            call(*args)

        waiting = self._waiting.items()
        self._waiting = {k: handle for k, handle in waiting if not handle.cancelled()}
        handle = asyncio.get_running_loop().call_later(delay_s, make)
        self._waiting[key] = handle
        return handle

    def end(self) -> None:
        """Make none of the calls that are still to come."""
        for handle in self._waiting.values():
            handle.cancel()
        self._waiting.clear()
