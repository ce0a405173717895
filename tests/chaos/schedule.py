"""What goes wrong in a world: chosen before it begins, by its seed and nothing else."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

SLOW_MS = 250
WEATHER: dict[str, dict[str, Any]] = {
    "resets before": {"reset": "before", "probability": 0.1},
    "resets after": {"reset": "after", "probability": 0.1},
    "truncated": {"truncate": True, "probability": 0.1},
    "slow": {"latency_ms": SLOW_MS, "probability": 0.2},
    "429 storm": {"status": 429, "retry_after": 0, "probability": 0.6, "count": 60},
    "503": {"status": 503, "retry_after": 0, "probability": 0.1},
    "504 though it acted": {"status": 504, "acts": True, "probability": 0.05},
    "tokens revoked": {"expire_token": True, "probability": 0.05},
}
"""Rules of the simulator, by what people call them."""
JUMPS = (-86_400, -3_600, 3_600, 86_400)


@dataclass(frozen=True)
class Leg:
    """One try, or two at a time, and what happens to it; moments are shares of the time that the job usually takes.

    :param weather: names of :data:`WEATHER`.
    :param killed: when it is killed with SIGKILL.
    :param full_after: writes after which the disk is full.
    :param largest: bytes that files may have.
    :param jump: seconds by which the clock jumps, at ``jump_at``.
    :param beside: whether another try of the same task runs beside it.
    :param restarted: when the simulator is stopped and started again.
    """

    weather: tuple[str, ...] = ()
    killed: float | None = None
    full_after: int | None = None
    largest: int | None = None
    jump: int = 0
    jump_at: float = 0.0
    beside: bool = False
    restarted: float | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        found = [*self.weather]
        found += [f"killed at {self.killed:.2f}"] if self.killed is not None else []
        found += [f"disk full after {self.full_after} writes"] if self.full_after is not None else []
        found += [f"no file over {self.largest} bytes"] if self.largest is not None else []
        found += [f"clock jumps {self.jump:+} s at {self.jump_at:.2f}"] if self.jump else []
        found += ["two at a time"] if self.beside else []
        found += [f"simulator restarted at {self.restarted:.2f}"] if self.restarted is not None else []
        return ", ".join(found) or "calm"


def legs(seed: int, job: str, world: int) -> tuple[Leg, ...]:
    """Return the tries of a world that go wrong; one that is calm follows and has to succeed.

    :param seed: of the whole run.
    :param job: its name.
    :param world: its number.
    """
    chance = random.Random(f"{seed}:{job}:{world}")
    return tuple(_leg(chance) for _ in range(chance.randint(1, 3)))


def _leg(chance: random.Random) -> Leg:
    """Draw everything each time, so that one choice does not change what the next ones are made of."""
    weather = tuple(sorted(chance.sample(sorted(WEATHER), chance.randint(0, 3))))
    killed, full_after, largest = chance.uniform(0.0, 1.0), chance.randrange(30), chance.choice((500, 2_000, 20_000))
    jump, jump_at, restarted = chance.choice(JUMPS), chance.uniform(0.0, 0.6), chance.uniform(0.0, 0.7)
    disk = chance.random()
    return Leg(
        weather=weather,
        killed=killed if chance.random() < 0.5 else None,
        full_after=full_after if disk < 0.15 else None,
        largest=largest if disk > 0.85 else None,
        jump=jump if chance.random() < 0.25 else 0,
        jump_at=jump_at,
        beside=chance.random() < 0.2,
        restarted=restarted if chance.random() < 0.15 else None,
    )
