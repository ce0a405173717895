"""Sensors that leave the worker, and what does not come true: what ends the waiting is what ends it elsewhere."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.deferral import begin, left, remade, resume, wait
from tests.contract.sensors.deferring import Make, definitions, users
from tests.contract.sensors.sensing import OFFLINE, USERS
from tests.harness.machine import SOON
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.mark.parametrize("failing", [None, {"status": 503}, {"status": 429, "retry_after": 600}])
def test_the_time_is_over_when_it_was_to_be(simulator: SimulatorHandle, failing: dict[str, Any] | None) -> None:
    begun = time.time()
    deferred = begin(users(timeout=3))
    if failing is not None:
        simulator.add_fault(path="/api/*", **failing)
    event = wait(deferred)
    assert event["status"] == "timeout"
    assert 3 <= time.time() - begun <= 3 + 3 + SOON
    ti = TaskInstance()
    with pytest.raises(AirflowSensorTimeout, match="timed out after 3 seconds"):
        resume(lambda: users(timeout=3), event, ti)
    assert ti.pushed["summary"]["done"] is False
    assert ti.pushed["summary"]["looks"] == event["looks"] > 1
    for flag in ("soft_fail", "never_fail"):
        with pytest.raises(AirflowSkipException):
            resume(lambda flag=flag: users(timeout=3, **{flag: True}), event)


@pytest.mark.parametrize("poke_interval", [0, 60])
def test_the_last_seconds_are_waited_for_on_the_worker(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, poke_interval: float
) -> None:
    """What leaves its worker for less is taken for lost by Airflow's scheduler, and fails instead of being skipped."""
    monkeypatch.setattr("airflow_provider_genesys.tasks.waiting.SHORTEST_AWAY", 10.0)
    assert begin(users(timeout=12)).timeout is not None
    begun, ti = time.time(), TaskInstance()
    with pytest.raises(AirflowSkipException):
        users(timeout=2.5, poke_interval=poke_interval, soft_fail=True).execute(context(ti))
    assert 2.5 <= time.time() - begun <= 2.5 + SOON
    looks = ti.pushed["summary"]["looks"]
    assert looks == 2 or (poke_interval == 0 and 2 < looks <= 4), "at once, each second, and at the end"
    back = {"status": "done", "said": "", "found": None, "looks": 7, "deadline": time.time() + 9, "incurable": False}
    threading.Timer(1, simulator.load_presence, kwargs={"users": dict.fromkeys(USERS, OFFLINE)}).start()
    assert resume(lambda: users(timeout=60, poke_interval=poke_interval or 2), back)["matching"] == 3


def test_no_restart_of_a_triggerer_moves_the_deadline(simulator: SimulatorHandle) -> None:
    begun = time.time()
    deferred = begin(users(timeout=4))
    with pytest.raises(TimeoutError):
        wait(deferred, within=2)  # killed, and begun anew
    assert remade(deferred).deadline == deferred.trigger.deadline <= begun + 4 + SOON
    assert wait(deferred)["status"] == "timeout"
    assert time.time() - deferred.trigger.deadline <= 3 + SOON


def test_no_time_is_no_deferral(simulator: SimulatorHandle) -> None:
    with pytest.raises(AirflowSensorTimeout):
        users(timeout=0).execute(context())
    with pytest.raises(AirflowSkipException):
        users(timeout=0, soft_fail=True).execute(context())


def test_what_passes_is_waited_out(simulator: SimulatorHandle) -> None:
    simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    simulator.add_fault(path="/api/*", status=503, count=6)
    deferred = begin(users(timeout=60))
    event = wait(deferred)
    assert event["status"] == "done"
    assert event["looks"] == 4  # each look repeats its request once


@pytest.mark.parametrize("make", [users, definitions])
def test_what_cannot_pass_ends_the_waiting_at_once(simulator: SimulatorHandle, make: Make) -> None:
    deferred = begin(make(timeout=60))
    simulator.settings(permissions=[]) if make is definitions else simulator.add_fault(path="/api/*", status=403)
    event = wait(deferred)
    assert (event["status"], event["incurable"]) == ("failed", True)
    assert "genesys_cloud_default" in event["said"]
    with pytest.raises(AirflowFailException):
        resume(make, event)
    with pytest.raises(AirflowSkipException):
        resume(lambda: make(soft_fail=True), event)
    with pytest.raises(AirflowFailException):
        resume(lambda: make(silent_fail=True), event)


def test_what_another_try_may_cure_is_not_skipped_by_soft_fail(simulator: SimulatorHandle) -> None:
    deferred = begin(users(timeout=60))
    simulator.add_fault(path="/api/*", status=400)
    event = wait(deferred)
    assert (event["status"], event["incurable"]) == ("failed", False)
    for arguments in ({}, {"soft_fail": True}):
        with pytest.raises(GenesysError) as caught:
            resume(lambda arguments=arguments: users(**arguments), event)
        assert not isinstance(caught.value, AirflowFailException)
    with pytest.raises(AirflowSkipException):
        resume(lambda: users(never_fail=True), event)
    again = left(lambda: resume(lambda: users(silent_fail=True), event))
    assert again.trigger.deadline == event["deadline"]


def test_a_first_look_that_fails_ends_as_in_the_other_modes(simulator: SimulatorHandle) -> None:
    simulator.add_fault(path="/api/*", status=403)
    for arguments, expected in (
        ({}, AirflowFailException),
        ({"soft_fail": True}, AirflowSkipException),
        ({"never_fail": True}, AirflowSkipException),
        ({"silent_fail": True}, AirflowFailException),
    ):
        for deferrable in (True, False):
            with pytest.raises(expected):
                users(deferrable=deferrable, **arguments).execute(context())
    simulator.clear_faults()
    simulator.add_fault(path="/api/*", status=400)
    for deferrable in (True, False):
        with pytest.raises(GenesysError):
            users(deferrable=deferrable, soft_fail=True).execute(context())
    begin(users(silent_fail=True))


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        [],
        "done",
        {"status": None},
        {"status": "success"},
        {"status": "done"},
        {"status": ["done"]},
        {"status": "done", "said": 7, "found": {}, "looks": 1, "deadline": 1.0, "incurable": False},
        {"status": "done", "said": "x", "found": [1], "looks": 1, "deadline": 1.0, "incurable": False},
        {"status": "timeout", "said": "x", "found": {}, "looks": True, "deadline": 1.0, "incurable": False},
        {"status": "failed", "said": "x", "found": {}, "looks": 1, "deadline": "soon", "incurable": False},
        {"status": "failed", "said": "x", "found": {}, "looks": 1, "deadline": 1.0},
    ],
)
def test_what_is_no_event_is_a_clear_error(simulator: SimulatorHandle, event: Any) -> None:
    for soft_fail in (False, True):
        with pytest.raises(GenesysError, match="the task was resumed with"):
            resume(lambda soft_fail=soft_fail: users(soft_fail=soft_fail), event)
