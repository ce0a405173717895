"""A night of big publishes in a pool of two, each told once to come back later, with and without ``deferrable``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.harness.fixtures import PLENTY
from tests.live.api import until
from tests.live.cases import EVENTS, LANES, POST, World, equal, must

if TYPE_CHECKING:
    from tests.live.api import Run

ASKED = 30
"""Seconds that each server asks once to be left alone."""
ANSWER = 1.0
"""Seconds of an answer: a publish is ten seconds of work."""
WAYS = {"stays": "without deferrable", "leaves": "with deferrable"}
LONGEST = 1_200.0


def connections(count: int) -> list[str]:
    """Return the names of the connections that are needed: each publish is another organisation's."""
    return [f"night_{number}" for number in range(count)]


def dag_ids(count: int) -> list[str]:
    """Return the Dags that are run."""
    return [f"{way}_{number}" for way in WAYS for number in range(count)]


def measure(world: World, count: int) -> Iterator[str]:
    """Yield what was measured, in lines."""
    work = EVENTS / 100 / LANES * ANSWER
    yield f"{count} publishes, each {work:.0f} s of work and told once to wait {ASKED} s, in a pool of two slots:"
    for way, name in WAYS.items():
        yield f"{name}: {_night(world, way, count)}"


def _night(world: World, way: str, count: int) -> str:
    servers = [world.simulators[name] for name in connections(count)]
    for server in servers:
        server.reset()
        server.settings(latency_ms=1_000 * ANSWER, requests_per_minute=PLENTY)
        server.add_fault(path=POST, status=429, retry_after=ASKED, after=8, count=1)
    began = time.monotonic()
    runs = [world.api.start(f"{way}_{number}") for number in range(count)]
    small = world.api.start("quick_in_two", f"beside_{way}")
    ended: dict[str, float] = {}
    taken = [began, 0.0]  # when slots were last counted, and the seconds for which slots were taken

    def look() -> bool:
        now = time.monotonic()
        taken[1] += world.api.get("/pools/two")["occupied_slots"] * (now - taken[0])
        taken[0] = now
        for run in [small, *runs]:
            if run.dag_id not in ended and _has_ended(run):
                ended[run.dag_id] = now - began
        return len(ended) == count + 1

    until("the night is over", look, within=LONGEST, every=1)
    for server in servers:
        equal(server.ledger(), {"accepted": EVENTS, "distinct": EVENTS, "duplicates": 0}, f"the account of {way}")
    beside = ended.pop(small.dag_id)
    return (
        f"all done after {max(ended.values()):.0f} s, the slots were taken for {taken[1]:.0f} s, "
        f"and a small task that was started after them was done after {beside:.0f} s"
    )


def _has_ended(run: Run) -> bool:
    now: dict[str, Any] = run.instance()
    if now["state"] == "success":
        return True
    must(now["state"] not in {"failed", "up_for_retry"}, f"{run.dag_id} has failed")
    return False
