"""What a publish tells of how far it is, in a task's log or on the command line, at a pace that a person can read."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_provider_genesys.events.inputs import INLINE_NAME
from airflow_provider_genesys.events.ledger import FATES

if TYPE_CHECKING:
    from airflow_provider_genesys.events.ledger import Ledger

log = logging.getLogger(__name__)

# Seconds between two lines of a log; the first comes early, to show that it lives.
_FIRST, _INTERVAL = 3.0, 15.0
# Seconds after which a line is told again in which nothing is new.
_AGAIN = 60.0
# Shorter waits are not worth telling.
_NOTABLE = 0.5


class Progress:
    """Knows what the lanes are waiting for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[object, Callable[[], str]] = {}
        self._held: tuple[int, str] | None = None

    @contextmanager
    def waiting(self, seconds: float, why: Callable[[], str]) -> Iterator[None]:
        """Note that a lane waits that long at most, for the reason that is given at any moment."""
        if seconds < _NOTABLE:
            yield
            return
        key = object()
        with self._lock:
            self._waiting[key] = why
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[key]

    def hold(self, seconds: float, reason: str, *, lanes: int) -> None:
        """Note that so many lanes wait to begin a request, in place of what was noted so before; for one thread."""
        self._held = (lanes, reason) if seconds >= _NOTABLE else None

    @property
    def commonest(self) -> tuple[str, int] | None:
        """What most requests wait for, and how many wait in all; ``None`` if none does."""
        with self._lock:
            reasons = Counter(why() for why in self._waiting.values())
        if (held := self._held) is not None:
            reasons[held[1]] += held[0]
        return (reasons.most_common(1)[0][0], reasons.total()) if reasons else None


class Moment(NamedTuple):
    """What there is to tell of a publish at one moment.

    :param summary: its summary.
    :param settled: how many records this try has settled.
    :param allowance_used: the share of this minute's allowance that is used, if that is known.
    :param waits: as :attr:`Progress.commonest` has it.
    :param holdup: what keeps it, to be told where nothing was settled and no wait is known.
    """

    summary: Mapping[str, Any]
    settled: int
    allowance_used: float | None
    waits: tuple[str, int] | None
    holdup: str


class Lines:
    """What somebody who follows a publish is told of it, line by line: in a task's log, or on the command line."""

    def __init__(self) -> None:
        self._last = (time.monotonic(), 0)
        self._moved_at = self._last[0]
        self._due = self._last[0] + _FIRST
        self._told: tuple[object, ...] = ()
        self._told_at = -math.inf

    def due(self) -> bool:
        """Return whether it is time for a line in a log; if so, the next is due after an interval."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + _INTERVAL
        return True

    def line(self, moment: Moment, *, always: bool = False) -> str | None:
        """Say how far it is, how fast it goes and what it waits for.

        :param always: whether also where nothing is new, of which a log is told once a minute.
        :return: the line, ``None`` if there is nothing to tell.
        """
        summary, now = moment.summary, time.monotonic()
        then, settled_then = self._last
        self._last = (now, moment.settled)
        if moment.settled > settled_then:
            self._moved_at = now
            reason, pace = "", f"{(moment.settled - settled_then) / max(now - then, 0.001):,.0f} events/s"
        else:
            reason, pace = moment.holdup, f"nothing new for {now - self._moved_at:.0f} s"
        waiting = ""
        if moment.waits is not None:
            reason, count = moment.waits
            waiting = f" ({_counted(count, 'request')})"
        told = (moment.settled, summary["read"], reason)
        if told == self._told and now < self._told_at + _AGAIN and not always:
            return None
        self._told, self._told_at = told, now
        cost = f"{pace}, {_counted(summary['requests'], 'request')} in {summary['duration_seconds']:.0f} s"
        if moment.allowance_used is not None:
            cost += f", {moment.allowance_used:.0%} of this minute's allowance used"
        return f"{_so_far(summary)}; {cost}{f'; waiting: {reason}{waiting}' if reason else ''}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _so_far(summary: Mapping[str, Any]) -> str:
    """Say what has a fate; the numbers add up at any moment."""
    told = [f"{summary['accepted']:,} accepted"]
    if bad := summary["rejected"] + summary["invalid"] + summary["unknown"]:
        told.append(f"{bad:,} not accepted")
    if summary["duplicate"]:
        told.append(f"{summary['duplicate']:,} there before")
    settled = sum(summary[fate] for fate in FATES)
    return f"Settled {settled:,} of {summary['read']:,} read so far: {', '.join(told)}"


def where_it_goes_on(ledger: Ledger, pipes: str) -> str | None:
    """Say from where a new try goes on; ``None`` if it begins, or there is nothing left to do.

    :param pipes: what :func:`~airflow_provider_genesys.events.ahead.said_of_pipes` says of the input.
    """
    if not ledger.resumed or ledger.complete is not None:
        return None
    names = [str(name).rpartition("/")[2] for name, _ in ledger.inputs if name != INLINE_NAME]
    if len(names) > 1:
        read = f"{names[0]} and {_counted(len(names) - 1, 'more file')} are read"
    else:
        read = f"{names[0] if names else 'The source'} is read"
    counts = ledger.counts
    fates = ", ".join(f"{counts[fate]:,} {fate}" for fate in FATES if counts[fate])
    return (
        f"Try {ledger.tries} goes on where the one before ended: {counts.total():,} of its records are settled"
        f"{f' ({fates})' if fates else ''}. {read} from the beginning, and only what is not settled is sent."
        f"{pipes}"
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
