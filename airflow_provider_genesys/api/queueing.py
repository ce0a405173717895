"""How the threads of one job wait for their turns: in a queue, of which only the first wakes to ask.

A hundred threads that each ask a limiter once a second wake a hundred times a second for nothing, and the one that
happens to ask when a turn is there gets it. Here they stand in line by the moment from which they may go: now, or when
the pause after a failure is over. The first sleeps until it is worth asking, all others until they are called, and
who leaves calls who is first then. So a pause that ends wakes nobody whose turn cannot come yet.
"""

from __future__ import annotations

import bisect
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

KEEPING = "keeping to the rate limit"
"""What a turn is waited for."""

Rest: TypeAlias = Callable[[threading.Event, float, Callable[[], str]], None]
"""Waits until the event is set, but so many seconds at most, for the reason that the last one gives at any moment.

It may raise to stop. A wait of no seconds is for that alone.
"""

# Seconds after which who was not called asks all the same, should a call be lost; and one more for each who is before
# it, so that they do not all wake together.
_UNCALLED = 30.0


@dataclass(order=True, slots=True)
class _Place:
    """A place in the queue.

    :param due: from when on its turn may come.
    :param number: who came first goes first.
    :param reason: why not before.
    :param call: set when it is first.
    :param wakes_itself: whether it sleeps as the first, and needs no call.
    """

    due: float
    number: int
    reason: str = field(compare=False)
    call: threading.Event = field(compare=False, default_factory=threading.Event)
    wakes_itself: bool = field(compare=False, default=False)

    def why(self) -> str:
        """Say what it waits for at this moment."""
        return self.reason if time.monotonic() < self.due else KEEPING


class Queue:
    """Waits as a :data:`~airflow_provider_genesys.api.performing.Wait` does, and for turns first come, first served.

    :param rest: waits, and raises when the job has ended.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._places: list[_Place] = []

    def __call__(self, seconds: float, reason: str) -> None:
        """Just wait."""
        self._rest(threading.Event(), seconds, lambda: reason)

    def turn(self, ask: Callable[[], float], pause: float, reason: str) -> None:
        """Return when a turn has come; however soon that is, an end of the job is heard before.

        :param ask: asks for it: 0.0 when it has come, else the seconds after which to ask again.
        :param pause: seconds in which it does not come.
        :param reason: why it does not.
        """
        place = _Place(time.monotonic() + pause, next(self._numbers), reason)
        with self._lock:
            bisect.insort(self._places, place)
        try:
            self._rest(place.call, 0.0, place.why)
            uncalled = False
            while (delay := self._delay(place, ask, uncalled=uncalled)) > 0:
                self._rest(place.call, delay, place.why)
                uncalled = not place.call.is_set()
        finally:
            self._leave(place)

    @property
    def is_due(self) -> bool:
        """Whether the turn of anybody in it may come."""
        first = next(iter(self._places), None)
        return first is not None and first.due <= time.monotonic()

    def _delay(self, place: _Place, ask: Callable[[], float], *, uncalled: bool) -> float:
        """Ask, if it is the place's turn to do so; return for how long it may sleep, 0.0 when its turn has come."""
        with self._lock:
            place.call.clear()
            before = self._places.index(place)
            place.wakes_itself = before == 0
        left = place.due - time.monotonic()
        if before == 0:
            return left if left > 0 else ask()
        return 0.0 if uncalled and left <= 0 and ask() == 0 else _UNCALLED + before

    def _leave(self, place: _Place) -> None:
        with self._lock:
            self._places.remove(place)
            if self._places and not self._places[0].wakes_itself:
                self._places[0].call.set()
