"""``python -m benchmarks.waiting COUNT INTERVAL SECONDS``: how late an event loop is on which so many triggers wait.

Real triggers on one loop, as in a triggerer, each looking at users on the simulator. Prints JSON: how late the loop
was, in milliseconds, without any trigger and with all of them, and how late at worst but for Python's collections of
garbage; the longest of these, in milliseconds of CPU time; and how many looks they made.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time

from airflow_provider_genesys.simulator.process import running_simulator
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudLookTrigger

_USERS = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(20)]
_BULK = "GET /api/v2/users/presences/purecloud/bulk"
_STEP = 0.01
_LATENCY_MS = 120  # of each answer: a look on the loop would show


class _Collections:
    """Counts for how many seconds Python has collected garbage, and how long one collection took at most.

    It hears of each collection by ``gc.callbacks``, from when it is made until the process ends.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        """CPU seconds that one of them took at most, since this was last set to 0."""
        self._cpu = self._over = 0.0
        self._began: float | None = None
        gc.callbacks.append(self._note)

    @property
    def seconds(self) -> float:
        """Those until now: what collects in another thread may have to wait before it can say that it is done."""
        began = self._began
        return self._over + (0.0 if began is None else time.monotonic() - began)

    def _note(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._cpu, self._began = time.thread_time(), time.monotonic()
        else:
            self.longest = max(self.longest, time.thread_time() - self._cpu)
            self._over, self._began = self.seconds, None


async def _lateness(seconds: float, collections: _Collections) -> tuple[list[float], float]:
    """Return how many milliseconds late the loop came to what was to be done every hundredth of a second, sorted.

    The second is the most of them but for collections of garbage.
    """
    late, held, end = [], 0.0, time.monotonic() + seconds
    while (begun := time.monotonic()) < end:
        collected = collections.seconds
        await asyncio.sleep(_STEP)
        late.append((time.monotonic() - begun - _STEP) * 1_000)
        held = max(held, late[-1] - (collections.seconds - collected) * 1_000)
    return sorted(late), held


async def _wait(trigger: GenesysCloudLookTrigger) -> None:
    async for event in trigger.run():
        raise RuntimeError(f"a trigger has ended: {event}")


async def _measure(
    count: int, interval: float, seconds: float, collections: _Collections
) -> tuple[list[float], list[float], float]:
    alone, _ = await _lateness(3, collections)
    collections.longest = 0.0  # what is collected without triggers is not theirs
    triggers = [
        GenesysCloudLookTrigger(
            look="users",
            arguments={
                "user_ids": _USERS,
                "presences": ["Offline"],
                "match": "all",
                "source_id": None,
                "wanted": ["Offline"],
            },
            genesys_cloud_conn_id="genesys_cloud_default",
            interval=interval,
            deadline=time.time() + 3_600,
        )
        for _ in range(count)
    ]
    tasks = [asyncio.create_task(_wait(trigger)) for trigger in triggers]
    together, held = await _lateness(seconds, collections)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if ended := [each for each in outcomes if not isinstance(each, asyncio.CancelledError)]:
        raise RuntimeError(f"{len(ended)} of the triggers have ended: {ended[0]}")
    return alone, together, held


def _of(late: list[float]) -> dict[str, float]:
    return {"median": late[len(late) // 2], "p99": late[len(late) * 99 // 100], "worst": late[-1]}


def main() -> None:
    """Measure, and print what was found."""
    count, interval, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    with running_simulator() as simulator:
        simulator.settings(users=_USERS, requests_per_minute=100_000, latency_ms=_LATENCY_MS)
        simulator.load_presence(users=dict.fromkeys(_USERS, "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"))
        os.environ["AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"] = simulator.connection_json
        collections = _Collections()
        alone, together, held = asyncio.run(_measure(count, interval, seconds, collections))
        looks = simulator.requests()["totals"].get(_BULK, {}).get("200", 0)
    late = {"alone": _of(alone), "together": _of(together), "held": held}
    print(json.dumps({"looks": looks, **late, "collection": collections.longest * 1_000}))


if __name__ == "__main__":
    main()
