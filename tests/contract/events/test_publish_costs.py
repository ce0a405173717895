"""What a publish costs that no machine changes: turns of its loop, switches between threads, writes of the ledger.

A loop that spins, or threads that look every so often whether something has changed, do their work all the same: only
these figures tell. Each publish is a process of its own, counted by the operating system.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import samples
from benchmarks.processes import fast_server, run

STREAM = "user_presences"


def publish(folder: Path, url: str, events: int, *more: object) -> dict[str, Any]:
    """Publish so many events and return what it cost."""
    samples.write(STREAM, folder / "warm-up.jsonl", 3_000)
    samples.write(STREAM, folder / "input.jsonl", events)
    arguments = (STREAM, folder / "input.jsonl", folder / "task", url, *more)
    return run("benchmarks.publish", *arguments).result


def test_while_it_waits_for_its_allowance_it_wakes_ten_times_a_second_at_the_most(tmp_path: Path) -> None:
    """What a start costs depends on the machine; what a longer wait costs more does not."""
    costs = []
    for seconds in (3, 11):
        folder = tmp_path / f"{seconds}"
        folder.mkdir()
        with fast_server(allowed=0) as server:
            costs.append(publish(folder, server.url, 20_000, "--per-minute", 12, "--seconds", seconds))
    short, long = costs
    assert 1 <= long["summary"]["requests"] <= 4
    longer = long["seconds"] - short["seconds"]
    assert longer > 7
    assert long["switches"] - short["switches"] <= 10 * longer
    assert long["turns"] - short["turns"] <= 10 * longer


@pytest.mark.parametrize("lanes", [1, 12, 32])
def test_at_full_speed(tmp_path: Path, lanes: int) -> None:
    """Switches depend on what else the machine does: an idle one answers while the client still works."""
    with fast_server() as server:
        cost = publish(tmp_path, server.url, 100_000, "--warm-up", tmp_path / "warm-up.jsonl", "--lanes", lanes)
    requests = cost["summary"]["requests"]
    assert requests <= 1_000 + lanes
    assert cost["turns"] <= 3 * requests
    assert cost["writes"] <= requests + lanes
    assert cost["switches"] <= 2 * requests * (1 if lanes > 1 else 3)
    if lanes > 1:
        assert cost["writes"] <= requests / 2, "answers that come together are written together"


def test_at_the_real_pace(tmp_path: Path) -> None:
    with fast_server(100, allowed=0) as server:
        cost = publish(
            tmp_path, server.url, 100_000, "--warm-up", tmp_path / "warm-up.jsonl", "--per-minute", 300, "--seconds", 6
        )
    requests = cost["summary"]["requests"]
    assert requests > 25
    assert cost["switches"] <= 12 * requests
    assert cost["turns"] <= 6 * requests + 60
