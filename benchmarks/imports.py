"""What importing the operators adds to ``import airflow.sdk``, which every task and every parse of a Dag pays."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.processes import run
from benchmarks.report import Figure, at_most

GROUP = "import"
_RUNS = 7
_LIMIT_MS, _LIMIT_MB = 60.0, 8.0


def measure(_: Path, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield time and memory of the operators, and the number of modules of the provider info."""
    costs = []
    for number in range(_RUNS):
        say(f"Import of the operators: run {number + 1} of {_RUNS}")
        costs.append(run("benchmarks.importing", "operators").result)
    milliseconds, megabytes = (statistics.median(cost[key] for cost in costs) for key in ("ms", "MB"))
    yield at_most(GROUP, "operators: time over import airflow.sdk", milliseconds, _LIMIT_MS, "ms")
    yield at_most(GROUP, "operators: memory over import airflow.sdk", megabytes, _LIMIT_MB, "MB")
    foreign = run("benchmarks.importing", "info").result["modules"]
    named = f" ({', '.join(foreign)})" if foreign else ""
    yield Figure(GROUP, "get_provider_info: other modules", f"{len(foreign)}{named}", len(foreign), "0", not foreign)
