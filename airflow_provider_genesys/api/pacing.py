"""How fast requests may go, so that the allowance is used and not exceeded.

Genesys Cloud counts the requests of a client in windows of a minute, usually 300 in each, and tells with every answer
in ``inin-ratelimit-*`` how many it has counted, how many it allows and in how many seconds it begins anew; over the
limit it answers 429 until then. Several tasks on several workers often share one client and know of each other only by
that count.

A :class:`Limiter` therefore goes at ``weight * left / time left``. Whatever the weights of all add up to, that does
not run into the limit: the less is left, the slower everyone goes. The weights only decide who gets how much, and how
evenly:

- The load is the growth of the count over the growth that would just last until the reset. Every task sees the same
  load and divides its weight by it, bit by bit, until the weights of all add up to about one. Then use is even, and a
  task that begins late in the window still finds something left.
- Every weight also grows by the same small amount a second. Dividing keeps the ratio of two weights and adding evens
  it, so that all converge to equal shares, and what a task leaves behind goes to the others.

Between two answers the others are taken to use their part of what was left, evenly. One request for each of them (they
are about ``1 / weight``) is kept in reserve, since each may have one on its way that nobody else has seen. Unused rate
is saved up for a burst of at most a tenth of this task's part of what is left: a tenth of the allowance for a task
alone in a fresh window, and harmless even if ten that do not yet know of each other do it at once.

The reset comes in whole seconds, rounded up, so that none comes before the true end and the earliest of a window is
close to it. Where the server sends no headers, a token bucket of ``requests_per_minute`` does, and 429s halve the
weight.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_provider_genesys.api.figures import count_of, number_of

WINDOW = 60.0
"""Seconds in which the server counts."""
LONGEST_RESET = 2 * WINDOW
"""A reset beyond this is not a number of seconds until the window ends (a captured answer said 61)."""
SLACK = 2.0
"""By how many seconds two answers may disagree about the end of one window: a second of rounding, and the network."""
EARLY = 1.0
"""Be done so many seconds before the window ends, so that what is still on its way then was counted in it."""
BURST = 0.1
"""The part of what is left that may go at once."""
LOWEST_WEIGHT = 1 / 20
LOWEST_FIRST_WEIGHT = 1 / 4
LOAD_INTERVAL = 2.0
"""Seconds over which the load is measured at least."""
DIVISION = 1 / 4
"""The weight is divided by the load to this power, each second."""
GROWTH = 1 / 100
"""What is added to the weight, each second."""
SHORTEST_WAIT, LONGEST_WAIT = 0.001, 1.0


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an answer tells about the allowance.

    :param count: requests counted in the present window, the answered one included.
    :param allowed: requests allowed in a window, at least 1.
    :param reset: seconds until the window ends.
    """

    count: int
    allowed: int
    reset: float

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> RateLimit | None:
        """Read ``inin-ratelimit-count``, ``-allowed`` and ``-reset``.

        :param headers: headers of an answer; names are looked up in lower case, so pass a case-insensitive mapping.
        :return: ``None`` unless all three are there and make sense; not every endpoint is known to send them.
        """
        count = count_of(headers.get("inin-ratelimit-count"))
        allowed = count_of(headers.get("inin-ratelimit-allowed"))
        reset = number_of(headers.get("inin-ratelimit-reset"))
        if count is None or not allowed or reset is None or not 0 <= reset <= LONGEST_RESET:
            return None
        return cls(count, allowed, reset)


class Limiter:
    """Paces the requests of one process for one client; safe to use from many threads.

    :param requests_per_minute: the pace as long as no answer has told an allowance; above 0.
    :param clock: monotonic seconds.
    """

    def __init__(self, requests_per_minute: float = 300.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Depth and a minute's rate together are no more than requests_per_minute.
        self._blind_depth = max(1.0, requests_per_minute / 100)
        self._blind_rate = requests_per_minute * 0.99 / WINDOW
        now = clock()
        self._weight = 1.0
        self._tokens = 1.0
        self._filled_at = now
        self._paused_until = now
        self._sent = 0
        self._in_flight = 0
        self._allowed: int | None = None
        self._count = 0
        self._heard_at = now
        self._load_from = (now, 0)
        self._end = self._previous_end = -math.inf

    @property
    def share(self) -> float | None:
        """The used part of the present window's allowance, above 1 when exceeded; ``None`` until an answer told one."""
        with self._lock:
            return None if self._allowed is None else self._count / self._allowed

    def acquire(self) -> float:
        """Ask whether a request may go now.

        :return: 0.0 when it may; it then counts as in flight and must be released once. Else the seconds after which to
            ask again: all that remain of a pause, otherwise at most one.
        """
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            left = self._left(now)
            rate, depth = self._flow(now, left)
            self._tokens = min(self._tokens + rate * (now - self._filled_at), depth)
            self._filled_at = now
            if left < 1:
                wait = self._end - now
            elif self._tokens < 1:
                wait = (1 - self._tokens) / rate
            else:
                self._tokens -= 1
                self._sent += 1
                self._in_flight += 1
                return 0.0
            return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)

    def release(self, limit: RateLimit | None) -> None:
        """Tell that an acquired request has its answer, or will never have one.

        :param limit: what the answer told; ``None`` when it told nothing, and the request is taken to be counted.
        """
        with self._lock:
            now = self._clock()
            self._in_flight -= 1
            if limit is not None:
                self._learn(now, limit)
            elif self._allowed is not None:
                self._count += 1
            else:
                self._change_weight(now, load=1.0)

    def pause(self, seconds: float) -> None:
        """Let nothing go for so many seconds, and back off: the server answered 429.

        The 429s of all lanes that were on their way together are one reason to back off, not many.
        """
        with self._lock:
            now = self._clock()
            if now >= self._paused_until:
                self._weight = max(self._weight / 2, LOWEST_WEIGHT)
            self._paused_until = max(self._paused_until, now + seconds)
            self._filled_at = max(self._filled_at, self._paused_until)
            self._tokens = 0.0

    def _left(self, now: float) -> float:
        """How many requests are left in the present window, as far as can be told between two answers."""
        if self._allowed is None:
            return math.inf
        if now >= self._end:
            # A new window. Its end is set too late: the first answer knows better, and the earliest end is believed.
            if now - self._heard_at > WINDOW / 2:
                # Lest a low weight and a low allowance keep it from ever asking again.
                self._change_weight(now, load=1.0)
            self._begin_window(now, now + WINDOW + SLACK, 0)
        seen = self._allowed - self._count
        others = (1 - self._weight) * seen * (now - self._heard_at) / (self._end - self._heard_at)
        reserve = min(1 / self._weight, self._allowed // 10)
        return seen - others - reserve - self._in_flight

    def _flow(self, now: float, left: float) -> tuple[float, float]:
        """Give the requests a second that may go, and how many may be saved up."""
        if math.isinf(left):
            return self._weight * self._blind_rate, self._blind_depth
        part = self._weight * max(left, 0.0)
        return part / max(self._end - now - EARLY, EARLY), max(part * BURST, 1.0)

    def _begin_window(self, now: float, end: float, count: int) -> None:
        self._previous_end, self._end = self._end, end
        self._count = count
        self._heard_at = now
        self._load_from = (now, count)

    def _learn(self, now: float, limit: RateLimit) -> None:
        """Take over what an answer tells."""
        first = self._allowed is None
        self._allowed = limit.allowed
        end = now + max(limit.reset, 1.0)
        if end <= self._previous_end + SLACK:
            return  # a late answer from the window before
        if end > self._end + WINDOW / 2:
            self._begin_window(now, end, limit.count)
        self._end = min(self._end, end)
        self._count = limit.count
        self._heard_at = now
        if first:
            self._join(now, limit)
        elif now - self._load_from[0] >= LOAD_INTERVAL:
            self._measure_load(now, limit)

    def _join(self, now: float, limit: RateLimit) -> None:
        """Begin with what the others seem to leave, and with a burst at hand."""
        others = max(limit.count - self._sent, 0) / max(WINDOW - limit.reset, 1.0)
        self._weight = max(1 - others * WINDOW / limit.allowed, LOWEST_FIRST_WEIGHT)
        _, self._tokens = self._flow(now, self._left(now))

    def _measure_load(self, now: float, limit: RateLimit) -> None:
        since, count = self._load_from
        remaining = self._end - now
        if remaining <= EARLY + SLACK:
            return  # the little that is left tells nothing about the load
        growth = (limit.count - count) / (now - since)
        lasting = (limit.allowed - limit.count) / remaining
        # Bounded, since both come from small numbers of requests.
        load = min(max(growth / lasting, 0.5), 2.0) if lasting > 0 else 2.0
        self._change_weight(now, load)

    def _change_weight(self, now: float, load: float) -> None:
        since, _ = self._load_from
        seconds = min(now - since, 5.0)
        self._load_from = (now, self._count)
        weight = self._weight * load ** (-DIVISION * seconds) + GROWTH * seconds
        self._weight = min(max(weight, LOWEST_WEIGHT), 1.0)
