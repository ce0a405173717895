"""The requests themselves: the window of the rate limit, and the log."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

REQUESTS_KEPT = 10_000
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rate limit as seen by one request.

    :param count: requests in this window, with this one.
    :param allowed: how many may be.
    :param reset: whole seconds until the window ends, rounded up.
    """

    count: int
    allowed: int
    reset: int

    @property
    def is_exceeded(self) -> bool:
        """Whether this request was one too many."""
        return self.count > self.allowed


class RateLimit:
    """Fixed windows, each of which begins with the first request after the one before ended.

    All tokens of a client share it. Some say that each token has its own; counting per client is the careful reading.

    :param clock: seconds that never go back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends = -math.inf
        self._count = 0

    def admit(self, allowed: int, window: float) -> Allowance:
        """Count a request.

        :param allowed: requests a window.
        :param window: seconds a window lasts, for a window that begins now.
        """
        now = self._clock()
        if now >= self._ends:
            self._ends = now + window
            self._count = 0
        self._count += 1
        return Allowance(self._count, allowed, math.ceil(self._ends - now))


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request as the log keeps it.

    :param number: in the order of arrival, from 1.
    :param time: when it arrived, in seconds since the epoch.
    :param status: of the answer; ``None`` if none was sent.
    :param events: how many the body held, if it could be read.
    :param fault: what a rule did to it.
    """

    number: int
    time: float
    method: str
    path: str
    status: int | None
    events: int
    fault: str | None


class RequestLog:
    """The last requests, and totals of all."""

    def __init__(self) -> None:
        self._last: deque[LoggedRequest] = deque(maxlen=REQUESTS_KEPT)
        self._totals: Counter[tuple[str, str, str]] = Counter()
        self._arrived = 0

    def next_number(self) -> int:
        """Count an arriving request and return its number, from 1."""
        self._arrived += 1
        return self._arrived

    def add(self, request: LoggedRequest) -> None:
        """Keep a request that is through."""
        self._last.append(request)
        self._totals[request.method, request.path, str(request.status or "dropped")] += 1

    def as_json(self, last: int) -> dict[str, Any]:
        """Return the totals and the last requests.

        :param last: how many requests.
        """
        totals: dict[str, dict[str, int]] = {}
        for (method, path, status), number in sorted(self._totals.items()):
            totals.setdefault(f"{method} {path}", {})[status] = number
        return {
            "total": self._totals.total(),
            "throttled": sum(by_status.get("429", 0) for by_status in totals.values()),
            "totals": totals,
            "requests": [asdict(request) for request in list(self._last)[-last:]] if last else [],
        }
