"""What a publish tells in the log, at a pace that a person can read."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow_provider_genesys.events.ledger import FATES

log = logging.getLogger(__name__)

# Seconds between two lines; the first comes early, to show that it lives.
_FIRST, _INTERVAL = 3.0, 15.0
# Shorter waits are not worth telling.
_NOTABLE = 0.5


class Progress:
    """Knows when a line is due, and what the lanes are waiting for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._held: tuple[int, str] | None = None
        self._last = (time.monotonic(), 0)
        self._due = time.monotonic() + _FIRST

    def begin(self, done: int) -> None:
        """Note how many records earlier tries settled, so that the rate is this one's."""
        self._last = (time.monotonic(), done)

    def due(self) -> bool:
        """Return whether it is time for a line."""
        return time.monotonic() >= self._due

    @contextmanager
    def waiting(self, seconds: float, reason: str) -> Iterator[None]:
        """Note that a lane waits that long for that reason."""
        if seconds < _NOTABLE:
            yield
            return
        with self._lock:
            self._waiting[reason] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[reason] -= 1

    def hold(self, seconds: float, reason: str, *, lanes: int) -> None:
        """Note that so many lanes wait to begin a request, in place of what was noted so before; for one thread."""
        self._held = (lanes, reason) if seconds >= _NOTABLE else None

    def log(self, summary: Mapping[str, Any], allowance_used: float | None) -> None:
        """Log how far it is, how fast it goes and what it waits for."""
        now = time.monotonic()
        done = sum(summary[fate] for fate in FATES)
        then, done_then = self._last
        rate = (done - done_then) / max(now - then, 0.001)
        self._last, self._due = (now, done), now + _INTERVAL
        parts = [
            f"{done:,} of {summary['read']:,} read so far",
            f"{rate:,.0f} events/s",
            f"{summary['requests']:,} requests",
        ]
        if not_accepted := summary["rejected"] + summary["invalid"] + summary["unknown"]:
            parts.append(f"{not_accepted:,} not accepted")
        if allowance_used is not None:
            parts.append(f"{allowance_used:.0%} of this minute's allowance used")
        with self._lock:
            reasons = Counter(self._waiting)
        if self._held is not None:
            reasons[self._held[1]] += self._held[0]
        waiting = [f"waiting in {lanes} of the lanes: {why}" for why, lanes in reasons.most_common(1) if lanes]
        log.info("Published %s", ", ".join(parts + waiting))


def log_result(summary: Mapping[str, Any]) -> None:
    """Log the account as a table."""
    rows = [("read", summary["read"]), *((fate, summary[fate]) for fate in FATES), ("pending", summary["pending"])]
    lines = [f"  {name:<10} {count:>12,}" for name, count in rows if count or name in {"read", "accepted"}]
    state = "complete" if summary["complete"] else "not complete"
    log.info(
        "Publish of %s is %s:\n%s\n"
        "  in %.1f s with %d requests (%d repeated, %.0f s of waiting after 429); try %d; ledger %s",
        summary["stream"],
        state,
        "\n".join(lines),
        summary["duration_seconds"],
        summary["requests"],
        summary["retries"],
        summary["rate_limited_seconds"],
        summary["tries"],
        summary["ledger"],
    )
    if summary["dead_letters"]:
        log.info(
            "What was not accepted, and why, is in %s; the files can be given as source again", summary["dead_letters"]
        )
