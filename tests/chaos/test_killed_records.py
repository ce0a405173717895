"""Transfers of records killed while they convert and while they publish: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.kills import finish, killed, settle_down
from tests.chaos.records import AGENTS, EVENTS, SETTINGS, chains, states, transfer, transfer_states, write
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

CHAINS = 700
WORLDS = 5
RUNS = 3


def check(summary: dict[str, Any]) -> None:
    assert (summary["complete"], summary["pending"]) == (True, 0)
    assert summary["read"] == summary["accepted"] == summary["conversion"]["events_written"]
    records = summary["conversion"]
    assert records["records"] == records["converted"] + records["superseded"] + records["held_back"], records


@pytest.mark.timeout(240)
def test_killed_at_random_moments_each_conversation_is_told_once(simulator: SimulatorHandle, tmp_path: Path) -> None:
    """Each run reads half of the chains anew, and of the last one the first contact alone, which the next completes."""
    kills: Counter[str] = Counter()
    repeats = 0
    for number in range(WORLDS):
        simulator.reset()
        simulator.settings(requests_per_minute=1_000_000, latency_ms=40)
        simulator.add_fault(path="*/events/*", status=503, retry_after=0, probability=0.05)
        chance, root = random.Random(f"records:{number}"), tmp_path / f"{number}"
        root.mkdir()
        killed_here = 0
        for run in range(RUNS):
            begin, end = run * CHAINS // 2, run * CHAINS // 2 + CHAINS
            file = write(root / f"{run}.json", islice(chains(begin, end), 2 * CHAINS - 1))
            attempt = partial(transfer, simulator.base_url, root, f"run {run}", file)
            for _ in range(chance.randint(1, 3)):
                if killed(attempt, chance.uniform(0.0, 1.6)):
                    killed_here += 1
                    kills["while it published" if _has_converted(root / f"run {run}") else "while it converted"] += 1
                    settle_down(simulator)
            result = finish(attempt)
            assert result["error"] is None, result
            check(result["summary"])
            assert result["summary"]["conversion"]["held_back"] == 1
            # A run that was completed and comes again sends nothing.
            before = accepted(simulator)
            assert finish(attempt)["error"] is None
            assert accepted(simulator) == before
        last = write(root / "last.json", islice(chains(0, RUNS * CHAINS), 2))
        assert transfer(simulator.base_url, root, "last", last)["summary"]["read"] == 0
        # All but the conversation whose second contact no run has read.
        sent = accepted(simulator)
        told = RUNS * CHAINS // 2 + CHAINS // 2 - 1
        assert len(sent) == told * EVENTS
        assert sent.total() - len(sent) <= killed_here * SETTINGS["max_in_flight"] * 100
        assert sent.keys() == _events_in(root)
        repeats += sent.total() - len(sent)
    # Else it would have proved nothing; how many strike where depends on how busy the machine is.
    assert min(kills["while it converted"], kills["while it published"]) > 0, kills
    assert repeats > 0


SECONDS = 60
STATE_WORLDS = 4


@pytest.mark.timeout(240)
def test_killed_at_random_moments_each_state_is_told_once_in_both_streams(
    simulator: SimulatorHandle, tmp_path: Path
) -> None:
    """Each run reads half of the states anew, in no order; what the run before told is not told again."""
    kills: Counter[str] = Counter()
    for number in range(STATE_WORLDS):
        simulator.reset()
        simulator.settings(requests_per_minute=1_000_000, latency_ms=60)
        simulator.add_fault(path="*/events/*", status=503, retry_after=0, probability=0.05)
        chance, root = random.Random(f"states:{number}"), tmp_path / f"{number}"
        root.mkdir()
        killed_here = 0
        for run in range(RUNS):
            begin = run * SECONDS // 2
            read = [*states(begin, begin + SECONDS)]
            chance.shuffle(read)
            file = write(root / f"{run}.json", iter(read))
            attempt = partial(transfer_states, simulator.base_url, root, f"run {run}", file)
            for _ in range(chance.randint(1, 3)):
                if killed(attempt, chance.uniform(0.0, 1.8)):
                    killed_here += 1
                    kills[_how_far(root / f"run {run}")] += 1
                    settle_down(simulator)
            result = finish(attempt)
            assert result["error"] is None, result
            check_states(result["summary"], new=AGENTS * SECONDS if run == 0 else AGENTS * SECONDS // 2)
            # Cleared, it sends nothing.
            before = accepted(simulator)
            assert finish(attempt)["error"] is None
            assert accepted(simulator) == before
        sent = accepted(simulator)
        lines = [line for file in root.glob("run */user_*s.jsonl") for line in file.read_text("utf-8").splitlines()]
        ids = [json.loads(line)["eventId"] for line in lines]
        assert len(ids) == len({*ids})
        assert sent.keys() == {*ids}
        assert sent.total() - len(sent) <= killed_here * SETTINGS["max_in_flight"] * 100
    assert min(kills[each] for each in ("it converted", "it published")) > 0, kills


def check_states(summary: dict[str, Any], new: int) -> None:
    statuses, records = summary["routing_statuses"], summary["conversion"]
    assert records["records"] == AGENTS * SECONDS
    assert (records["converted"], records["superseded"]) == (new, AGENTS * SECONDS - new)
    for account in (summary, statuses):
        assert (account["complete"], account["pending"], account["read"]) == (True, 0, account["accepted"])
    assert records["events_written"] == summary["read"] + statuses["read"]
    assert statuses["read"] == new


def _how_far(folder: Path) -> str:
    return "it published" if _has_converted(folder) else "it converted"


def _has_converted(folder: Path) -> bool:
    return (folder / "transfer.json").exists()


def _events_in(root: Path) -> set[str]:
    """Return the ids of the events in all runs' files, of which no two have one in common."""
    lines = [line for file in root.glob("run */events.jsonl") for line in file.read_text().splitlines()]
    ids = [json.loads(line)["eventId"] for line in lines]
    assert len(ids) == len(set(ids))
    return set(ids)
