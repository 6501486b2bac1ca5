"""Lets Python sleep under libfaketime, whose clock is not that of the kernel.

From 3.11 on `time.sleep` gives the kernel an instant of the monotonic clock. libfaketime
0.9.10, Debian 12's, shifts that instant though it was told to leave that clock alone, and
the kernel refuses it (EINVAL); later releases do not. `select` waits for a span of time.

The suite's conftest.py imports it, and puts it where each Python of a test begins.
"""

import os
import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


if "FAKETIME" in os.environ:
    time.sleep = _sleep
