"""How late a triggerer's loop is with 500 triggers that look every 30 seconds: all others there wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.processes import run
from benchmarks.report import Figure, at_least, at_most

GROUP = "triggers"
_COUNT, _INTERVAL, _SECONDS = 500, 30, 75
_LIMIT_MS = 100.0


def measure(_: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield how late the loop was at worst, and how often was looked."""
    say(f"{_COUNT} triggers on one loop for {_SECONDS} s")
    found = run("benchmarks.waiting", _COUNT, _INTERVAL, _SECONDS).result
    named = f"{_COUNT} triggers, each {_INTERVAL} s"
    yield at_most(GROUP, f"{named}: the loop is late at worst", found["together"]["worst"], _LIMIT_MS, "ms")
    yield Figure(GROUP, "but for Python's collections of garbage", f"{found['held']:,.2f} ms", found["held"])
    yield Figure(GROUP, "the longest of these, CPU", f"{found['collection']:,.2f} ms", found["collection"])
    yield Figure(GROUP, "no trigger: the same", f"{found['alone']['worst']:,.2f} ms", found["alone"]["worst"])
    yield at_least(GROUP, f"{named}: looks", found["looks"], 2 * _COUNT, "in all")
