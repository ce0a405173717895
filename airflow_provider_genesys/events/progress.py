"""What a publish tells in the log, at a pace that a person can read."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.events.ledger import FATES
from airflow_provider_genesys.text import first_of

if TYPE_CHECKING:
    from airflow_provider_genesys.events.ledger import Ledger

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
                self._waiting = +self._waiting  # reasons may be told with an id each

    def hold(self, seconds: float, reason: str, *, lanes: int) -> None:
        """Note that so many lanes wait to begin a request, in place of what was noted so before; for one thread."""
        self._held = (lanes, reason) if seconds >= _NOTABLE else None

    def log(self, summary: Mapping[str, Any], allowance_used: float | None, holdup: str) -> None:
        """Log how far it is, how fast it goes and what it waits for.

        :param holdup: what keeps it, to be told where nothing was settled and no wait is known.
        """
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
        if reasons:
            parts.append(f"waiting in {reasons.total()} of the lanes: {reasons.most_common(1)[0][0]}")
        elif done == done_then:
            parts.append(holdup)
        log.info("Published %s", ", ".join(parts))


def log_resume(ledger: Ledger) -> None:
    """Log from where a new try goes on, if there is anything left to do."""
    if not ledger.resumed or ledger.complete is not None:
        return
    names = first_of([str(name).rpartition("/")[2] for name, _ in ledger.inputs], 1)
    counts = ledger.counts
    settled = ", ".join(f"{counts[fate]:,} {fate}" for fate in FATES if counts[fate]) or "none"
    log.info(
        "Try %d goes on where the one before ended: of the %s records of %s that were read, %s are settled (%s). "
        "These are read again but not sent; all others are.",
        ledger.tries,
        f"{ledger.read:,}",
        " ".join(names) or "the input",
        f"{counts.total():,}",
        settled,
    )


def log_result(summary: Mapping[str, Any]) -> None:
    """Log the account as a table."""
    log.info("%s", account(summary))
    if summary["dead_letters"]:
        log.info("%s", where_dead_letters_are(summary))


def account(summary: Mapping[str, Any]) -> str:
    """Return the account as a table, what it cost and where it is kept."""
    rows = [("read", summary["read"]), *((fate, summary[fate]) for fate in FATES), ("pending", summary["pending"])]
    lines = [f"  {name:<10} {count:>12,}" for name, count in rows if count or name in {"read", "accepted"}]
    state = "complete" if summary["complete"] else "not complete"
    cost = (
        f"in {summary['duration_seconds']:.1f} s with {summary['requests']} requests "
        f"({summary['retries']} repeated, {summary['rate_limited_seconds']:.0f} s of waiting after 429)"
    )
    last = f"  {cost}; try {summary['tries']}; ledger {summary['ledger']}"
    return "\n".join([f"Publish of {summary['stream']} is {state}:", *lines, last])


def where_dead_letters_are(summary: Mapping[str, Any]) -> str:
    """Say where what was not accepted is."""
    return f"What was not accepted, and why, is in {summary['dead_letters']}; the files can be given as source again"
