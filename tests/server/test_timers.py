"""Calls to come end with their owner."""

import asyncio

from server.timers import Timers


async def test_calls_are_made_in_time_and_with_their_arguments():
    made, timers = [], Timers()
    timers.after(0.05, made.append, "second")
    timers.after(0, made.append, "first")
    await asyncio.sleep(0.15)
    assert made == ["first", "second"]


async def test_none_is_made_after_the_end():
    made, timers = [], Timers()
    for delay_s in (0, 0.01, 0.02):
        timers.after(delay_s, made.append, delay_s)
    timers.end()
    await asyncio.sleep(0.1)
    assert not made


async def test_one_can_be_called_off_alone():
    made, timers = [], Timers()
    timers.after(0.01, made.append, "off").cancel()
    timers.after(0.01, made.append, "on")
    await asyncio.sleep(0.1)
    assert made == ["on"]
