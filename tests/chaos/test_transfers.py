"""Transfers killed at random moments, and two at a time: nothing is lost, and ids are those of the first time."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.kills import finish, killed, settle_down
from tests.chaos.transfers import SETTINGS, event_ids, tell, transfer, watermarks
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

USERS = 1_200
RUNS = 3
WORLDS = 5


def check(summary: dict[str, Any]) -> None:
    assert summary["users"] == sum(summary[name] for name in ("read", "unchanged", "unmapped", "missing")), summary
    for account in filter(None, (summary, summary["routing_statuses"])):
        assert (account["complete"], account["pending"]) == (True, 0)
        assert account["read"] == account["accepted"], account


@pytest.mark.timeout(180)
def test_killed_at_random_moments_nothing_is_lost(simulator: SimulatorHandle, tmp_path: Path) -> None:
    kills = repeats = 0
    for number in range(WORLDS):
        simulator.reset()
        simulator.settings(requests_per_minute=1_000_000, latency_ms=60)
        simulator.add_fault(path="*/events/*", status=503, retry_after=0, probability=0.05)
        chance, root = random.Random(f"transfer:{number}"), tmp_path / f"{number}"
        wanted: set[str] = set()
        killed_here = 0
        for run in range(RUNS):
            telling = tell(run, USERS, share=1 + run)
            wanted |= event_ids(telling)
            attempt = partial(transfer, simulator.base_url, root, f"run {run}", telling, USERS)
            for _ in range(chance.randint(1, 3)):
                if killed(attempt, chance.uniform(0.0, 0.5)):
                    killed_here += 1
                    settle_down(simulator)
            result = finish(attempt)
            assert result["error"] is None, result
            check(result["summary"])
            assert len(watermarks(root)) >= result["summary"]["read"] + result["summary"]["unchanged"]
        sent = accepted(simulator)
        assert sent.keys() == wanted
        assert sent.total() - len(sent) <= killed_here * SETTINGS["max_in_flight"] * 100
        kills, repeats = kills + killed_here, repeats + sent.total() - len(sent)
    # Else it would have proved nothing.
    assert kills >= WORLDS * RUNS // 2
    assert repeats > 0


def test_of_two_runs_at_once_one_moves_the_state(simulator: SimulatorHandle, tmp_path: Path) -> None:
    """The first is publishing when the second, which reads newer presences, begins and ends."""
    simulator.settings(latency_ms=150)
    older, newer = tell(1, USERS), tell(2, USERS)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(transfer, simulator.base_url, tmp_path, "first", older, USERS)
        deadline = time.monotonic() + 30
        while not simulator.ledger()["accepted"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        second = transfer(simulator.base_url, tmp_path, "second", newer, USERS)
        loser = first.result(60)
    assert (loser["error"], second["error"]) == ("GenesysLedgerError", None)
    assert "state.json.owner: another run of this task has taken over" in loser["message"]
    check(second["summary"])
    after = watermarks(tmp_path)
    # Cleared, it publishes the rest of what it had read, and moves nothing back that is newer.
    again = transfer(simulator.base_url, tmp_path, "first", newer, USERS)
    assert again["error"] is None
    check(again["summary"])
    assert all(watermarks(tmp_path)[user] == mark for user, mark in after.items())
    sent = accepted(simulator)
    assert sent.keys() == event_ids(older) | event_ids(newer)
    assert sent.total() == len(sent)
