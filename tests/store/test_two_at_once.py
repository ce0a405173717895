"""Two tasks that take one ledger, or one state, at once on a store without renaming: what the documentation says of it.

That is in docs/installation.md, "On an object store": the window between a run's look at the owner and the moment at
which the store takes its PUT. Here the proxy holds a PUT in that window.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos import kills, transfers
from tests.chaos.tries import Try
from tests.contract.worlds import add_up
from tests.store.__main__ import quietly

if TYPE_CHECKING:
    from tests.chaos.server import Server
    from tests.store.jobs import Job
    from tests.store.s3 import Store

WRITES = 4
"""Of the ledger, when the first run's third one is held and the second run has written one."""
TWO_BODIES = 2 * kills.LANES * 100
"""Events that a run may still send whose task another one has taken over, see tests/chaos/test_zombies.py."""


def begin(job: Job, number: int, folder: Path) -> Try:
    """Begin a try of the job's first task instance."""
    attempt = next(iter(job.attempts()))
    return Try(partial(quietly, attempt, number, folder / "said"))


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def await_fault(store: Store, name: str) -> None:
    until(lambda: any(name in what for what in store.log()["counts"]))


def publish(server: Server, store: Store, folder: Path, name: str) -> tuple[Job, str]:
    """Return a publish in a world of its own, and where its ledger is."""
    from tests.store.jobs import JOBS  # noqa: PLC0415 - its packages may be missing

    server.begin(0)
    store.clear()
    job = JOBS["publish"](server, store, name, folder)
    server.calm(*job.rules)
    return job, f"{name}/artifacts/dag/run/publish/ledger.json"


def hold(store: Store, key: str) -> None:
    """Hold one PUT of a key: the look at the owner is before it."""
    store.weather({"name": "held", "methods": ["PUT"], "key": key, "hold": True, "count": 1, "after": WRITES - 2})


def end(attempt: Try) -> dict[str, Any]:
    result = attempt.end()
    assert result is not None
    return result


def taken_over(result: dict[str, Any]) -> bool:
    return result["error"] == "GenesysLedgerError" and "has taken over" in result["message"]


def accepted(server: Server) -> Counter[str]:
    return server.accepted()


def test_of_two_the_later_one_publishes_all_and_the_other_one_ends(
    server: Server, store: Store, tmp_path: Path
) -> None:
    job, ledger = publish(server, store, tmp_path, "two")
    server.handle.settings(latency_ms=2_500)
    first = begin(job, 1, tmp_path)
    until(lambda: server.handle.ledger()["accepted"] >= 500)
    second = begin(job, 2, tmp_path)
    until(lambda: store.log()["asked"]["PUT two/artifacts/dag/run/publish/owner.json"] > 1)
    server.handle.settings(latency_ms=50)
    loser, winner = end(first), end(second)
    assert taken_over(loser), loser
    add_up(loser["summary"])
    assert winner["error"] is None
    assert job.complaints(winner, 2 * kills.LANES) == []
    assert json.loads(store.get(ledger))["complete"]
    sent = accepted(server)
    again = end(begin(job, 3, tmp_path))
    assert again["summary"]["requests"] == 0
    assert accepted(server) == sent


def test_an_old_ledger_that_comes_while_the_owner_publishes_is_put_right_by_its_next_write(
    server: Server, store: Store, tmp_path: Path
) -> None:
    job, ledger = publish(server, store, tmp_path, "mended")
    hold(store, r"mended/.*/ledger\.json$")
    first = begin(job, 1, tmp_path)
    await_fault(store, "held")
    server.handle.settings(latency_ms=2_500)
    second = begin(job, 2, tmp_path)
    until(lambda: store.log()["asked"][f"PUT {ledger}"] >= WRITES)
    before = store.get(ledger)
    store.release()
    assert taken_over(end(first))
    until(lambda: store.get(ledger) != before)
    server.handle.settings(latency_ms=50)
    winner = end(second)
    assert winner["error"] is None
    assert job.complaints(winner, 2 * kills.LANES) == []
    assert json.loads(store.get(ledger))["complete"]


def test_an_old_ledger_that_comes_at_last_says_less_than_is_true_and_costs_the_same_ids_again(
    server: Server, store: Store, tmp_path: Path
) -> None:
    job, ledger = publish(server, store, tmp_path, "late")
    hold(store, r"late/.*/ledger\.json$")
    first = begin(job, 1, tmp_path)
    await_fault(store, "held")
    winner = end(begin(job, 2, tmp_path))
    assert winner["error"] is None
    add_up(winner["summary"])
    assert json.loads(store.get(ledger))["complete"]
    after = accepted(server)
    assert after.total() - len(after) <= TWO_BODIES
    store.release()
    assert taken_over(end(first))
    old = json.loads(store.get(ledger))
    assert old["complete"] is None, "the PUT was not held"
    assert accepted(server) == after
    # The summary was right, and whoever runs it once more sends what the old ledger does not know, with the same ids.
    again = end(begin(job, 3, tmp_path))
    assert again["error"] is None
    add_up(again["summary"])
    assert again["summary"]["accepted"] == winner["summary"]["accepted"]
    once_more = accepted(server)
    assert once_more.keys() == after.keys()
    settled = sum(lane["counts"][0] for lane in old["lanes"])
    assert once_more.total() - after.total() <= len(after) - settled
    assert job.complaints(again, 10**6) == []


def test_an_old_state_that_comes_at_last_costs_the_same_ids_again(server: Server, store: Store, tmp_path: Path) -> None:
    from tests.store.jobs import JOBS  # noqa: PLC0415

    server.begin(0)
    store.clear()
    job: Any = JOBS["transfer"](server, store, "state", tmp_path)
    runs = iter(job.attempts())
    server.calm()

    def attempt() -> Try:
        return Try(partial(quietly, current, 1, tmp_path / "said"))

    def watermarks() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(store.get("state/state.json"))["watermarks"]
        return found

    current = next(runs)
    assert end(attempt())["error"] is None
    current = next(runs)
    store.weather({"name": "held", "methods": ["PUT"], "key": r"state/state\.json$", "hold": True, "count": 1})
    first = attempt()
    await_fault(store, "held")
    current = next(runs)
    assert end(attempt())["error"] is None
    newer = watermarks()
    assert set(accepted(server).values()) == {1}
    store.release()
    first.end()
    older = watermarks()
    moved = {user for user, mark in newer.items() if older.get(user) != mark}
    assert moved, "the PUT was not held"
    after = accepted(server)
    # The next run finds in Vonage what the last one did.
    job._run = 9
    assert end(attempt())["error"] is None
    again = accepted(server)
    assert again.keys() == after.keys()
    repeated = {event_id for event_id, count in again.items() if count > 1}
    assert repeated == transfers.event_ids(transfers.tell(2, job.users))
    assert set(again.values()) == {1, 2}
    assert all(mark[0] >= newer[user][0] for user, mark in watermarks().items())
