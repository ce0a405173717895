"""What goes wrong with a store, and with the API beside it, in one try: chosen by a seed and nothing else."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

STORE: dict[str, tuple[dict[str, Any], ...]] = {
    "PUT refused": ({"methods": ["PUT"], "status": 503, "code": "SlowDown", "probability": 0.2, "count": 3},),
    "PUT failed though it acted": ({"methods": ["PUT"], "status": 500, "acts": True, "probability": 0.2, "count": 3},),
    "PUT reset": ({"methods": ["PUT"], "reset": True, "probability": 0.2, "count": 3},),
    "PUT reset though it acted": ({"methods": ["PUT"], "reset": True, "acts": True, "probability": 0.2, "count": 3},),
    "PUT slow": ({"methods": ["PUT"], "delay": 0.4, "probability": 0.3},),
    "no PUT any more": ({"methods": ["PUT"], "status": 403, "code": "AccessDenied", "probability": 0.1},),
    "GET failed once": ({"methods": ["GET", "HEAD"], "status": 500, "probability": 0.5, "count": 1},),
    "GET reset": ({"methods": ["GET", "HEAD"], "reset": True, "probability": 0.2, "count": 3},),
    "GET cut off": ({"methods": ["GET"], "cut": True, "probability": 0.2, "count": 3},),
    "GET slow": ({"methods": ["GET"], "delay": 0.3, "probability": 0.2},),
    "LIST failed": ({"methods": ["LIST"], "status": 503, "code": "SlowDown", "probability": 0.5, "count": 2},),
    "LIST slow": ({"methods": ["LIST"], "delay": 1.0, "probability": 0.5},),
    "LIST stale": ({"methods": ["LIST"], "stale": 3.0},),
}
"""Rules of the proxy, by what people call them. ``no PUT any more`` is no accident that a library tries to get over."""
API = ("resets after", "503", "slow")
"""Of the weather of ``make chaos``: what the store has to put up with beside."""


@dataclass(frozen=True)
class Leg:
    """One try and what happens to it.

    :param store: names of :data:`STORE`.
    :param api: names of the API's weather.
    :param killed: when it is killed with SIGKILL, as a share of the time that the job usually takes.
    """

    store: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    killed: float | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        killed = [f"killed at {self.killed:.2f}"] if self.killed is not None else []
        return ", ".join([*self.store, *self.api, *killed]) or "calm"

    def rules(self) -> list[dict[str, Any]]:
        """Return the proxy's rules."""
        return [{"name": name, **rule} for name in self.store for rule in STORE[name]]


def legs(seed: int, job: str, world: int) -> tuple[Leg, ...]:
    """Return the tries of a world that go wrong; one that is calm follows and has to succeed.

    The first one's first fault is each of them in turn, so that a dozen worlds have them all.
    """
    chance = random.Random(f"{seed}:{job}:{world}")
    names = sorted(STORE)
    first = names[(seed + world) % len(names)]
    return (_leg(chance, (first,)), *(_leg(chance, ()) for _ in range(chance.randint(0, 1))))


def _leg(chance: random.Random, given: tuple[str, ...]) -> Leg:
    more, api, killed = chance.sample(sorted(STORE), 2), chance.choice(API), chance.uniform(0.2, 1.0)
    return Leg(
        store=tuple(sorted({*given, *more[: chance.randint(0 if given else 1, 2)]})),
        api=(api,) if chance.random() < 0.3 else (),
        killed=killed if chance.random() < 0.5 else None,
    )
