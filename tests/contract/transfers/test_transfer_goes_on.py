"""A transfer that is refused, stopped, deferred, overtaken or killed: how it goes on, and that all is told once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.exceptions import GenesysError, GenesysLedgerError, GenesysServerError
from airflow_provider_genesys.interactions import transfer as transfer_module
from airflow_provider_genesys.interactions.state import State
from tests.contract.deferral import left, remade
from tests.contract.transfers.calls import CALLS, EVENTS, POST, artifacts, calls, check, instance, operator, run
from tests.harness.fixtures import connect
from tests.harness.machine import HEARD
from tests.harness.simulated import accepted
from tests.harness.tasks import context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


def test_a_publish_that_is_refused_as_a_whole_goes_on_when_it_may(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder)
    assert not (folder / "state.db").exists()
    connected.clear_faults()
    (folder / "calls.csv").unlink()  # what was converted is not converted again
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_it_leaves_its_worker_and_goes_on(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=429, retry_after=300, after=2, count=1)
    ti = instance("1")
    arguments = {"deferrable": True, "max_wait": 5}
    deferred = left(lambda: run(folder, ti=ti, **arguments))
    done = ti.pushed["summary"]["accepted"]
    assert 0 < done < CALLS * EVENTS
    asked = deferred.kwargs["rate_limited"]
    assert asked > 5
    assert deferred.kwargs == {"waits": 1, "settled": done, "rate_limited": asked}
    again, event = instance("1"), {"status": "waited", "until": remade(deferred).until}
    task = operator(folder, **arguments)
    summary = task.execute_complete(context(again, fileloc=str(folder / "dag.py")), event, **deferred.kwargs)
    assert (summary["accepted"], summary["complete"]) == (CALLS * EVENTS, True)
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "2")["read"] == 0


@pytest.mark.parametrize("event", [None, {}, {"status": "done"}])
def test_what_is_no_end_of_a_wait_is_refused(connected: SimulatorHandle, folder: Path, event: Any) -> None:
    with pytest.raises(GenesysError, match="no end of a wait"):
        operator(folder).execute_complete(context(), event)
    assert connected.ledger()["accepted"] == 0


def test_an_outage_leaves_all_to_the_next_try(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=503)
    with pytest.raises(GenesysServerError):
        run(folder, max_attempts=2)
    connected.clear_faults()
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_what_another_run_has_told_meanwhile_is_not_told_again(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder)
    connected.clear_faults()
    (folder / "some.csv").write_text(rows(*calls(0, 10)))
    assert run(folder, "2", records="some.csv")["accepted"] == 10 * EVENTS
    assert run(folder)["accepted"] == (CALLS - 10) * EVENTS
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "3")["read"] == 0


def test_who_was_overtaken_moves_nothing(
    connected: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(original: Any, self: Any) -> Any:
        State(folder / "state.db", DIRECTORY.source_id, key="another").take()
        return original(self)

    original = transfer_module.Transfer._publish
    monkeypatch.setattr(transfer_module.Transfer, "_publish", lambda self: publish(original, self))
    with pytest.raises(GenesysLedgerError, match="two Dag runs with one state_path"):
        run(folder)
    assert not (folder / "state.db").exists()
    assert connected.ledger()["accepted"] == 0


@pytest.mark.parametrize("step", ["push_link", "_make_transfer", "_prepare"])
def test_stopped_while_it_begins_or_converts(
    connected: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    task = operator(folder)
    original = getattr(task, step)

    def killed(*arguments: Any) -> Any:
        task.on_kill()
        return original(*arguments)

    monkeypatch.setattr(task, step, killed)
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert connected.ledger()["accepted"] == 0
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_on_kill_before_is_heard_and_after_is_harmless(connected: SimulatorHandle, folder: Path) -> None:
    task, where = operator(folder), {"fileloc": str(folder / "dag.py")}
    task.on_kill()
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(instance("1"), **where))
    assert connected.ledger()["accepted"] == 0
    task.on_kill()
    assert task.execute(context(instance("1"), **where))["accepted"] == CALLS * EVENTS


def test_nothing_is_converted_for_another_organisation(
    connected: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id="c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01")
    task = operator(folder)
    monkeypatch.setattr(task, "_prepare", lambda _: pytest.fail("it converts"))
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        task.execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert connected.ledger()["accepted"] == 0


def test_stopped_while_it_is_asked_whose_organisation_it_is(
    connected: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id="c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01")
    task = operator(folder)
    over = threading.Event()
    monkeypatch.setattr(GenesysCloudClient, "check_organization", lambda _: (task.on_kill(), over.wait(20)))
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert time.monotonic() - began < HEARD
    over.set()


def test_stopped_while_it_publishes(connected: SimulatorHandle, folder: Path) -> None:
    connected.settings(latency_ms=150)
    task, ti = operator(folder, max_in_flight=1), instance("1")

    def stop() -> None:
        deadline = time.monotonic() + 30
        while not connected.ledger()["accepted"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        task.on_kill()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(ti, fileloc=str(folder / "dag.py")))
    thread.join()
    check(ti.pushed["summary"])
    assert 0 < ti.pushed["summary"]["accepted"] < CALLS * EVENTS
    assert not (folder / "state.db").exists()
    (folder / "calls.csv").unlink()
    assert run(folder)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == CALLS * EVENTS


@pytest.mark.parametrize("text", ["", "{", "{}", '{"format": 1}', "[]"])
def test_an_unreadable_mark_is_an_error(connected: SimulatorHandle, folder: Path, text: str) -> None:
    run(folder)
    (artifacts(folder) / "transfer.json").write_text(text)
    with pytest.raises(GenesysLedgerError, match="cannot be read"):
        run(folder)


def test_killed_between_any_two_steps_it_goes_on(
    connected: SimulatorHandle, folder: Path, killed: Callable[[], AbstractContextManager[None]]
) -> None:
    with killed():
        operator(folder).execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert run(folder)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == CALLS * EVENTS
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "2")["read"] == 0
