"""How many requests arrive in each five seconds of a minute under the limit, by one, two and eight tasks.

Tasks are processes that share one client, as in :mod:`benchmarks.allowance`; the simulator counts what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_genesys.simulator.process import running_simulator
from benchmarks import samples
from benchmarks.allowance import STREAM, publish

TASKS = (1, 2, 8)
PER_MINUTE = 300
LATENCY = 200
"""Milliseconds until an answer."""
SECONDS, STEP = 60, 5
_EVENTS = 40_000  # more than are sent meanwhile
_START = 6  # seconds more for tasks to start in, since the time of a task counts from its own first request


@dataclass(frozen=True)
class Course:
    """What arrived of a number of tasks.

    :param tasks: how many they were.
    :param counts: requests in each step, from the first request on.
    :param throttled: share of the answers that were 429, over the whole run.
    """

    tasks: int
    counts: Sequence[int]
    throttled: float

    def points(self) -> list[tuple[float, float]]:
        """Return the end of each step, in seconds, with its requests."""
        return [(float(number * STEP), float(count)) for number, count in enumerate(self.counts, 1)]


def measure(folder: Path, say: Callable[[str], None]) -> list[Course]:
    """Return the courses, which are measured at the same time."""
    source = folder / "throughput.jsonl"
    samples.write(STREAM, source, _EVENTS)
    say(f"Throughput by {', '.join(map(str, TASKS))} tasks: {SECONDS} seconds")
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda tasks: _course(source, folder / f"{tasks} tasks", tasks), TASKS))


def _course(source: Path, artifacts: Path, tasks: int) -> Course:
    with running_simulator("--latency", str(LATENCY), "--requests-per-minute", str(PER_MINUTE)) as simulator:
        children = [publish(source, artifacts / str(number), simulator, SECONDS + _START) for number in range(tasks)]
        for child in children:
            child.wait()
        log = simulator.requests(last=PER_MINUTE * 10)
    times = [request["time"] for request in log["requests"] if "/events/" in request["path"]]
    return Course(tasks, steps(times), log["throttled"] / len(times))


def steps(times: Iterable[float]) -> list[int]:
    """Return how many of some times, in seconds, are in each step of those that follow the first."""
    ordered = sorted(times)
    counts = [0] * (SECONDS // STEP)
    for time in ordered:
        place = int((time - ordered[0]) // STEP)
        if place < len(counts):
            counts[place] += 1
    return counts
