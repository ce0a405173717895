"""One world after another: tries that go wrong as a schedule says, one that is calm, and what came of it."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos import figures as figures_of_worlds
from tests.chaos.jobs import JOBS, Job
from tests.chaos.kills import LANES
from tests.chaos.schedule import Leg, legs
from tests.chaos.tries import Attempt, Try

if TYPE_CHECKING:
    from tests.chaos.server import Server

_TWO_BODIES = 2
"""What a lane may still send whose task another one has taken over, see :mod:`tests.chaos.test_zombies`."""


@dataclass(kw_only=True)
class Figures(figures_of_worlds.Figures):
    """What all worlds of a job together had."""

    deferred: int = 0
    doubles: int = 0
    full: int = 0
    jumps: int = 0
    restarts: int = 0
    unanswered: int = 0


def run(figures: Figures, server: Server, folder: Path, name: str, *, seed: int, number: int) -> None:
    """Run a world, add what it had to the figures, and remove its folder.

    :param seed: of the whole run.
    :param number: the world's.
    """
    figures.worlds += 1
    folder.mkdir(parents=True)
    server.begin(number)
    schedule = legs(seed, name, number)
    try:
        complaints = _world(figures, server, JOBS[name](server, folder), schedule)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong with this world
        complaints = [f"{type(error).__name__}: {error}"]
    figures.requests += server.requests()
    figures.unanswered += server.unanswered()
    accepted = server.accepted()
    figures.repeated += accepted.total() - len(accepted)
    told = "; ".join(map(str, schedule))
    figures.wrong += [f"{name} {number} ({told}): {complaint}" for complaint in complaints]
    shutil.rmtree(folder, ignore_errors=True)


def _world(figures: Figures, server: Server, job: Job, schedule: tuple[Leg, ...]) -> list[str]:
    complaints: list[str] = []
    left = 0  # requests that killed or superseded tries had in flight
    server.calm(*job.rules)
    for attempt in job.attempts():
        for leg in schedule:
            server.weather(leg.weather, job.rules)
            left += _leg(figures, server, attempt, leg, job.seconds)
        server.calm(*job.rules)
        server.settle()
        result = Try(attempt).end() or {}
        figures.tries += 1
        figures.deferred += result.get("deferred", 0)
        if result["error"] is not None:
            return [*complaints, f"the last try ended with {result['error']}: {result['message']}"]
        complaints += job.complaints(result, left + server.unanswered())
    return complaints


def _leg(figures: Figures, server: Server, attempt: Attempt, leg: Leg, seconds: float) -> int:
    """Run a try, or two, and return how many requests they may have left in flight."""
    amiss: dict[str, Any] = {"full_after": leg.full_after, "largest": leg.largest}
    amiss |= {"jump": leg.jump, "jump_at": leg.jump_at * seconds}
    tries = [Try(attempt, **amiss) for _ in range(1 + leg.beside)]
    figures.tries += len(tries)
    figures.doubles += leg.beside
    figures.jumps += bool(leg.jump)
    figures.full += leg.full_after is not None or leg.largest is not None
    restarting = None
    if leg.restarted is not None:
        figures.restarts += 1
        restarting = threading.Timer(leg.restarted * seconds, server.restart)
        restarting.start()
    began = time.monotonic()
    left = LANES * _TWO_BODIES * leg.beside
    try:
        for each in tries:
            after = None if leg.killed is None else max(leg.killed * seconds - (time.monotonic() - began), 0.0)
            result = each.end(after)
            figures.deferred += (result or {}).get("deferred", 0)
            if result is None:
                figures.kills += 1
                left += LANES
            elif result["error"] is not None:
                figures.failed += 1
                figures.errors[result["error"]] += 1
                left += LANES
    finally:
        if restarting is not None:
            restarting.join()
    return left
