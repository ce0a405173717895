"""Two runs of one task at a time: a zombie that comes back to life, and a double start.

What a run may still do after another has taken over: finish the requests it had in flight, at most one a lane, and
send one more in a lane that had just looked at the owner. Hence the bound of two bodies a lane. It writes nothing any
more, unless it was frozen in the milliseconds between its last look at the owner and the renaming of what it wrote:
that much cannot be closed by looking. The tests freeze it elsewhere: while it waits for answers, and, in a test of its
own, while the disk is busy.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.files import storage
from tests.chaos.child import publish
from tests.contract.kinds import uid
from tests.contract.worlds import add_up, presences, write_lines
from tests.harness.simulated import accepted

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle
    from tests.chaos.conftest import Start, Try

COUNT = 3_000
LANES = 6
PARTIAL = {"retryable": False, "every": 50}


def wait_for(simulator: SimulatorHandle, count: int) -> None:
    deadline = time.monotonic() + 30
    while simulator.ledger()["accepted"] < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def files(folder: Path) -> dict[str, bytes]:
    """Return what counts: no temporary files, one of which the zombie may have been about to rename."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("[!.]*") if path.is_file()}


def letters(folder: Path) -> Counter[str]:
    lines = [line for path in (folder / "dead-letters").glob("*.jsonl") for line in path.read_text().splitlines()]
    return Counter(json.loads(line)["dead_letter"]["event_id"] for line in lines)


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
def test_a_zombie_sends_and_writes_nothing_more(
    simulator: SimulatorHandle, start: Start, tmp_path: Path, on_unknown: str
) -> None:
    simulator.settings(latency_ms=400)
    simulator.add_fault(path="*/events/*", partial=PARTIAL)
    source, folder = write_lines(tmp_path / "in.jsonl", presences(COUNT)), tmp_path / "task"
    settings: dict[str, Any] = {"max_in_flight": LANES, "max_rejected": "100%", "on_unknown": on_unknown}
    zombie: Try = start(folder, source, **settings)
    wait_for(simulator, COUNT // 4)
    time.sleep(0.2)  # the answers are written, and the next requests are on their way
    zombie.process.send_signal(signal.SIGSTOP)
    simulator.settings(latency_ms=5)
    second = start(folder, source, **settings).result()
    add_up(second["summary"])
    assert (second["error"], second["summary"]["complete"]) == (None, True)
    after_second, sent = files(folder), simulator.requests(0)["total"]
    zombie.process.send_signal(signal.SIGCONT)
    first = zombie.result()
    add_up(first["summary"])
    assert first["error"] == "GenesysLedgerError"
    assert "taken over" in first["message"]
    assert files(folder) == after_second
    assert simulator.requests(0)["total"] - sent <= LANES
    taken = accepted(simulator)
    assert sum(taken.values()) - len(taken) <= 2 * LANES * 100
    refused = letters(folder)
    assert taken.keys() | refused.keys() == {uid(number) for number in range(COUNT)}
    assert second["summary"]["rejected"] + second["summary"]["unknown"] == refused.total() == len(refused)


def test_a_zombie_frozen_while_the_disk_is_busy_does_not_put_its_old_ledger_back(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of its own time a run waits for the disk, so that is where it is likely to be frozen."""
    simulator.settings(latency_ms=10)
    simulator.add_fault(path="*/events/*", partial=PARTIAL)
    folder, settings = tmp_path / "task", {"max_in_flight": LANES, "max_rejected": "100%"}
    freezing, frozen, thaw, sync = threading.Event(), threading.Semaphore(0), threading.Event(), storage._sync

    def sync_and_freeze(descriptor: int) -> None:
        sync(descriptor)
        if freezing.is_set():
            frozen.release()
            thaw.wait(30)

    monkeypatch.setattr(storage, "_sync", sync_and_freeze)
    with ThreadPoolExecutor(1) as pool:
        zombie = pool.submit(publish, simulator.base_url, folder, presences(COUNT), settings)
        try:
            wait_for(simulator, COUNT // 4)
            freezing.set()
            # The ledger is written by one lane at a time, dead letters by each.
            assert all(frozen.acquire(timeout=10) for _ in range(3))
            freezing.clear()
            second = publish(simulator.base_url, folder, presences(COUNT), settings)
            after_second, sent = files(folder), simulator.requests(0)["total"]
        finally:
            thaw.set()
        first = zombie.result(30)
    assert (first["error"], second["error"]) == ("GenesysLedgerError", None)
    assert second["summary"]["complete"] is True
    assert files(folder) == after_second
    assert simulator.requests(0)["total"] == sent
    assert not list(folder.rglob(".genesys-*"))


def test_a_double_start_leaves_one_that_finishes(simulator: SimulatorHandle, start: Start, tmp_path: Path) -> None:
    simulator.settings(latency_ms=40)
    simulator.add_fault(path="*/events/*", partial=PARTIAL)
    source, folder = write_lines(tmp_path / "in.jsonl", presences(COUNT)), tmp_path / "task"
    both = [start(folder, source, max_in_flight=LANES, max_rejected="100%") for _ in range(2)]
    results = [each.result() for each in both]
    for result in results:
        add_up(result["summary"])
    assert sorted(str(result["error"]) for result in results) == ["GenesysLedgerError", "None"]
    (winner,) = [result["summary"] for result in results if result["error"] is None]
    assert winner["complete"] is True
    taken = accepted(simulator)
    assert sum(taken.values()) - len(taken) <= 2 * LANES * 100
    assert taken.keys() | letters(folder).keys() == {uid(number) for number in range(COUNT)}
    assert winner["rejected"] == letters(folder).total()
