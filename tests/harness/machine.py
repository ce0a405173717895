"""What a machine adds to times and counts that is none of the product's: it may stall for seconds, and be slow.

A test that bounds a time or a count holds the product to what is its own: where it waits for something that takes
half a minute, it is told from what hears at once by :data:`SOON`; what spins or polls does so in each of several goes,
and what a busy machine adds is not in all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SOON = 5.0
"""Seconds in which all has happened that needs none, on a machine that stalls; what hangs in a test does so longer."""
HEARD = 2.9
"""Seconds in which a publish has ended that was told to stop, whatever hangs: three are promised."""


def until(happened: Callable[[], Any], what: str = "it happens", *, within: float = 60.0, every: float = 0.01) -> None:
    """Wait for something that is sure to come, however slow the machine is."""
    end = time.monotonic() + within
    while not happened():
        assert time.monotonic() < end, f"not within {within:.0f} s: {what}"
        time.sleep(every)


def least(count: Callable[[], float], enough: float, goes: int = 3) -> float:
    """Count up to so many times, until one count is low enough; return the lowest.

    :param count: counts once, which may take its time.
    """
    lowest = count()
    while lowest > enough and (goes := goes - 1) > 0:
        lowest = min(lowest, count())
    return lowest


def growth(count: Callable[[], float], seconds: float) -> float:
    """Return by how much a count grows in so many seconds."""
    before = count()
    time.sleep(seconds)
    return count() - before
