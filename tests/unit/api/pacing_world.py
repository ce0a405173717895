"""A world in which limiters meet a server that counts: events in a queue, no real time, deterministic for a seed."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from airflow_provider_genesys.api.pacing import Limiter, RateLimit

MINUTE = 60.0


@dataclass(frozen=True)
class Answer:
    accepted: bool
    limit: RateLimit | None
    retry_after: float


class Server:
    """Counts as Genesys Cloud is known to (``fixed``), or in one of two ways in which it might.

    :param window: ``fixed``: a minute from the first request after the last window ended; ``sliding``: the minute
        before now, with a reset of always 60; ``oldest``: the same, with the seconds until the oldest drops out.
    :param grain: seconds of which the reset is a multiple.
    :param rounding: how it is rounded to that.
    :param headers: the part of the answers that carry the headers.
    """

    def __init__(
        self,
        allowed: int = 300,
        *,
        window: Literal["fixed", "sliding", "oldest"] = "fixed",
        grain: int = 1,
        rounding: Callable[[float], int] = math.ceil,
        headers: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.allowed = allowed
        self.headers = headers
        self.log: list[tuple[float, str, bool]] = []
        self._window = window
        self._grain = grain
        self._rounding = rounding
        self._random = random.Random(seed)
        self._end = -math.inf
        self._count = 0
        self._recent: deque[float] = deque()

    def handle(self, now: float, who: str) -> Answer:
        count, left = self._fixed(now) if self._window == "fixed" else self._sliding(now)
        reset = self._rounding(left / self._grain) * self._grain
        accepted = count <= self.allowed
        self.log.append((now, who, accepted))
        limit = RateLimit(count, self.allowed, reset) if self._random.random() < self.headers else None
        return Answer(accepted, limit, reset)

    def _fixed(self, now: float) -> tuple[int, float]:
        if now >= self._end:
            self._end = now + MINUTE
            self._count = 0
        self._count += 1
        return self._count, self._end - now

    def _sliding(self, now: float) -> tuple[int, float]:
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        count = len(self._recent) + 1
        if count <= self.allowed:
            self._recent.append(now)
        return count, MINUTE if self._window == "sliding" else self._recent[0] + MINUTE - now


@dataclass(frozen=True)
class Outcome:
    """What the server saw in a stretch of time.

    :param use: accepted requests over allowed ones.
    :param refused: the part of our tasks' requests that was answered 429.
    :param accepted: by task.
    """

    use: float
    refused: float
    accepted: Counter[str]

    def smallest_share(self) -> float:
        """The least that a task got, 1 being its fair share."""
        return min(self.accepted.values()) / (self.accepted.total() / len(self.accepted))


class World:
    """Tasks, each a process with lanes and a limiter of its own, and a server at some distance."""

    def __init__(self, server: Server | None = None, *, seed: int = 0) -> None:
        self.now = 0.0
        self.server = server or Server(seed=seed)
        self.random = random.Random(seed)
        self.finished: dict[str, float] = {}
        self._queue: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._foreign: set[str] = set()

    def at(self, when: float, action: Callable[..., None], *args: Any) -> None:
        heapq.heappush(self._queue, (when, next(self._order), action, args))

    def run(self, until: float) -> None:
        while self._queue and self._queue[0][0] <= until:
            self.now, _, action, args = heapq.heappop(self._queue)
            action(*args)
        self.now = until

    def add_task(self, name: str, *, start: float = 0.0, **how: Any) -> None:
        """See :class:`Task` for ``how``."""
        self.at(start, lambda: Task(self, name, **how).begin())

    def add_tasks(self, number: int, *, within: float = 20.0, **how: Any) -> None:
        for index in range(number):
            self.add_task(f"task {index}", start=self.random.uniform(0, within), **how)

    def add_foreigner(
        self, *, rate: float, busy: tuple[float, float] = (5, 15), idle: tuple[float, float] = (5, 15)
    ) -> None:
        """Add a client that is busy and idle by turns and heeds no limit."""

        def phase() -> None:
            end = self.now + self.random.uniform(*busy)
            when = self.now
            while (when := when + self.random.expovariate(rate)) < end:
                self.at(when, lambda: self.server.handle(self.now, "foreigner"))
            self.at(end + self.random.uniform(*idle), phase)

        self._foreign.add("foreigner")
        self.at(0.0, phase)

    def outcome(self, start: float, end: float) -> Outcome:
        log = [entry for entry in self.server.log if start <= entry[0] < end]
        ours = [accepted for _, who, accepted in log if who not in self._foreign]
        accepted = Counter(who for _, who, accepted in log if accepted)
        return Outcome(
            use=accepted.total() / (self.server.allowed * (end - start) / MINUTE),
            refused=ours.count(False) / len(ours),
            accepted=accepted,
        )


class Task:
    """A publish: one request alone, then as many at once as there are lanes.

    :param latency: seconds one way, jittered from 0.8 to 1.3 of it.
    :param requests: how many there are to send; refused ones are sent again.
    :param stop: when to leave even if there are more.
    :param probe: whether the first request goes alone.
    """

    def __init__(
        self,
        world: World,
        name: str,
        *,
        latency: float = 0.2,
        lanes: int = 12,
        requests: float = math.inf,
        stop: float = math.inf,
        probe: bool = True,
    ) -> None:
        self._world = world
        self._name = name
        self._latency = latency
        self._lanes = lanes
        self._unsent = self._unanswered = requests
        self._stop = stop
        self._probing = probe
        self._limiter = Limiter(clock=lambda: world.now)

    def begin(self) -> None:
        for _ in range(1 if self._probing else self._lanes):
            self._step()

    def _travel(self, then: Callable[..., None], *args: Any) -> None:
        self._world.at(self._world.now + self._latency * self._world.random.uniform(0.8, 1.3), then, *args)

    def _step(self) -> None:
        if self._world.now >= self._stop or self._unsent <= 0:
            return
        if wait := self._limiter.acquire():
            self._world.at(self._world.now + wait, self._step)
            return
        self._unsent -= 1
        self._travel(lambda: self._travel(self._answered, self._world.server.handle(self._world.now, self._name)))

    def _answered(self, answer: Answer) -> None:
        self._limiter.release(answer.limit)
        if answer.accepted:
            self._unanswered -= 1
            if not self._unanswered:
                self._world.finished[self._name] = self._world.now
        else:
            self._limiter.pause(answer.retry_after)
            self._unsent += 1
        lanes = self._lanes if self._probing else 1
        self._probing = False
        for _ in range(lanes):
            self._step()
