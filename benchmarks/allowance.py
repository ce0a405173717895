"""How much of 300 requests a minute a publish uses, against the simulator, for some latencies.

The simulator's windows begin with the first request after the one before ended, so time between windows counts as
unused: what is compared is the requests from the first window's beginning to the last one's, and the time between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from airflow_provider_genesys.simulator.process import SimulatorHandle, running_simulator
from benchmarks import samples
from benchmarks.processes import Child
from benchmarks.report import Figure

GROUP = "allowance"
_PER_MINUTE = 300
_WINDOW = 60.0
_LATENCIES = (50, 200, 800)  # ms
STREAM = "user_presences"
# Two whole windows and the beginning of a third; a third whole one where tasks have to find their shares first.
_SECONDS, _SECONDS_OF_TASKS = 150, 200
_TASKS = 8
_EVENTS = 100_000


def measure(folder: Path, say: Callable[[str], None], *, full: bool) -> Iterator[Figure]:
    """Yield share of the allowance and of answers 429, for each latency.

    :param full: with eight processes that share one client.
    """
    source = folder / "allowance.jsonl"
    samples.write(STREAM, source, _EVENTS)
    say(f"Use of the allowance at {', '.join(map(str, _LATENCIES))} ms: {_SECONDS} seconds")
    with ThreadPoolExecutor() as pool:
        for figures in pool.map(lambda latency: _alone(source, folder / str(latency), latency), _LATENCIES):
            yield from figures
    if full:
        say(f"Use of the allowance by {_TASKS} tasks: {_SECONDS_OF_TASKS} seconds")
        yield from _together(source, folder / "together")


def _alone(source: Path, artifacts: Path, latency: int) -> list[Figure]:
    with running_simulator("--latency", str(latency), "--requests-per-minute", str(_PER_MINUTE)) as simulator:
        publish(source, artifacts, simulator, _SECONDS).wait()
        return _judge(simulator, f"{latency} ms", used=0.97, throttled=0.001)


def _together(source: Path, artifacts: Path) -> list[Figure]:
    with running_simulator("--latency", "200", "--requests-per-minute", str(_PER_MINUTE)) as simulator:
        tasks = [publish(source, artifacts / str(task), simulator, _SECONDS_OF_TASKS) for task in range(_TASKS)]
        requests = [task.wait().result["summary"]["requests"] for task in tasks]
        figures = _judge(simulator, f"{_TASKS} tasks", used=0.95, throttled=0.005)
    lowest = min(requests) / (sum(requests) / _TASKS)
    what = f"{_TASKS} tasks: the least one's part of an equal share"
    return [*figures, Figure(GROUP, what, f"{lowest:.0%}", lowest, ">= 50%", lowest >= 0.5)]


def publish(source: Path, artifacts: Path, simulator: SimulatorHandle, seconds: int) -> Child:
    """Start a task that publishes presences for so many seconds."""
    return Child("benchmarks.publish", STREAM, source, artifacts, simulator.base_url, "--seconds", seconds)


def _judge(simulator: SimulatorHandle, name: str, *, used: float, throttled: float) -> list[Figure]:
    """Read the simulator's log: the share of the allowance used, and that of answers 429."""
    log = simulator.requests(last=_PER_MINUTE * 10)
    times = sorted(request["time"] for request in log["requests"] if "/events/" in request["path"])
    starts = [times[0]]
    for time in times:
        if time >= starts[-1] + _WINDOW:
            starts.append(time)
    in_whole_windows = sum(time < starts[-1] for time in times)
    share = in_whole_windows / (_PER_MINUTE * (starts[-1] - starts[0]) / _WINDOW)
    refused = log["throttled"] / len(times)
    return [
        Figure(
            GROUP, f"{name}: used, {len(starts) - 1} windows", f"{share:.1%}", share, f">= {used:.0%}", share >= used
        ),
        Figure(GROUP, f"{name}: answers 429", f"{refused:.2%}", refused, f"< {throttled:.1%}", refused < throttled),
    ]
