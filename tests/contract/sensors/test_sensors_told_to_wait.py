"""Sensors that the server tells when to come back: none looks before, in no mode, and all end when they are to."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout, AirflowSkipException, BaseSensorOperator

from tests.contract.deferral import begin, remade, resume, wait
from tests.contract.rescheduling import WITHOUT_A_DATABASE, AirflowRescheduleException
from tests.contract.sensors import sensing
from tests.contract.sensors.sensing import OFFLINE, all_in, configuration, users
from tests.harness.fixtures import connect
from tests.harness.machine import SOON
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

USED_UP = "could not look: the allowance of requests is used up (HTTP 429); the next look is at "
AS_ASKED = " at the earliest, as the server asked"

Make = Callable[..., BaseSensorOperator]


@pytest.fixture
def simulator(connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> SimulatorHandle:
    """Give one that has what is waited for, and clients that wait for a second at most within a look."""
    connect(connected, monkeypatch, max_wait=1)
    return all_in(connected, OFFLINE)


definitions = partial(
    sensing.definitions, definitions=[{"system_presence": "Break", "labels": {"en_US": "x"}}], wait_for="drift"
)


ASKED = pytest.mark.parametrize(
    ("make", "status"), [(users, 429), (definitions, 429), (configuration, 429), (users, 503), (configuration, 500)]
)


def asks(simulator: SimulatorHandle, status: int, seconds: int, **rule: Any) -> None:
    simulator.add_fault(path="/api/*", status=status, retry_after=seconds, **rule)


def asked(simulator: SimulatorHandle) -> int:
    """Return how many requests there were, but for tokens."""
    return sum(each["path"].startswith("/api/") for each in simulator.requests()["requests"])


def seconds_told(said: str) -> float:
    """Return the seconds until the moment that a line names."""
    moment = said.partition("the next look is at ")[2].removesuffix(AS_ASKED)
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


@ASKED
def test_on_a_worker_the_next_look_is_when_the_server_said(
    simulator: SimulatorHandle, caplog: pytest.LogCaptureFixture, make: Make, status: int
) -> None:
    asks(simulator, status, 2, count=1)
    begun, ti = time.monotonic(), TaskInstance()
    with caplog.at_level(logging.INFO):
        make(timeout=60, poke_interval=0.1).execute(context(ti))
    assert 2 <= time.monotonic() - begun <= 2 + SOON
    assert ti.pushed["summary"]["looks"] == 2
    (line,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("Not yet: ")]
    assert line.endswith(AS_ASKED)
    if status == 429:
        assert line.startswith("Not yet: " + USED_UP)


def test_on_a_worker_there_is_no_look_once_the_time_is_over_by_then(simulator: SimulatorHandle) -> None:
    asks(simulator, 429, 300)
    for more, expected in (({}, AirflowSensorTimeout), ({"soft_fail": True}, AirflowSkipException)):
        before, begun, ti = asked(simulator), time.monotonic(), TaskInstance()
        with pytest.raises(expected, match="timed out"):
            users(timeout=2, poke_interval=0.1, **more).execute(context(ti))
        assert 2 <= time.monotonic() - begun <= 2 + SOON
        assert asked(simulator) - before == 1
        assert 290 - SOON < seconds_told(ti.pushed["summary"]["said"]) <= 301


def test_growing_intervals_and_the_longest_of_them_yield(simulator: SimulatorHandle) -> None:
    asks(simulator, 429, 3, count=1)
    begun = time.monotonic()
    users(timeout=60, poke_interval=0.1, exponential_backoff=True, max_wait=timedelta(seconds=1)).execute(context())
    assert 3 <= time.monotonic() - begun <= 3 + SOON


@WITHOUT_A_DATABASE
@ASKED
def test_a_task_is_rescheduled_for_when_the_server_said(simulator: SimulatorHandle, make: Make, status: int) -> None:
    asks(simulator, status, 300)
    with pytest.raises(AirflowRescheduleException) as put_off:
        make(timeout=600, poke_interval=5, mode="reschedule").execute(context(ti := TaskInstance()))
    assert 299 <= (put_off.value.reschedule_date - datetime.now(UTC)).total_seconds() <= 301
    assert ti.pushed["summary"]["said"].endswith(AS_ASKED)


@WITHOUT_A_DATABASE
def test_a_longer_interval_stays(simulator: SimulatorHandle) -> None:
    asks(simulator, 429, 30)
    with pytest.raises(AirflowRescheduleException) as put_off:
        users(timeout=600, poke_interval=200, mode="reschedule").execute(context())
    assert 200 - SOON <= (put_off.value.reschedule_date - datetime.now(UTC)).total_seconds() <= 201


@WITHOUT_A_DATABASE
def test_a_task_is_not_rescheduled_where_its_time_is_over_by_then(simulator: SimulatorHandle) -> None:
    asks(simulator, 429, 300)
    for more, expected in (({}, AirflowSensorTimeout), ({"soft_fail": True}, AirflowSkipException)):
        ti = TaskInstance(first_reschedule=datetime.now(UTC) - timedelta(seconds=400))
        with pytest.raises(expected) as ended:
            users(timeout=600, poke_interval=5, mode="reschedule", **more).execute(context(ti))
        if not more:
            assert str(ended.value).startswith(
                "The 600 seconds of the timeout are over before there may be another look"
            )
        assert ti.pushed["summary"]["said"].startswith(USED_UP)


@ASKED
def test_a_trigger_looks_when_the_server_told_the_task(simulator: SimulatorHandle, make: Make, status: int) -> None:
    asks(simulator, status, 3, count=1)
    begun = time.time()
    deferred = begin(make(timeout=60, poke_interval=0.1, deferrable=True))
    assert 3 <= deferred.trigger.not_before - begun <= 3 + SOON
    assert remade(deferred).not_before == deferred.trigger.not_before
    assert wait(deferred)["status"] == "done"
    assert 3 <= time.time() - begun <= 3 + SOON


def test_a_trigger_looks_when_the_server_told_it(simulator: SimulatorHandle) -> None:
    deferred = begin(users(presences=["Busy"], timeout=8, poke_interval=0.1, deferrable=True))
    asks(simulator, 429, 300)
    event = wait(deferred)
    assert (event["status"], event["looks"]) == ("timeout", 2)
    assert simulator.requests()["throttled"] == 1, "there is no last look"
    assert event["said"].startswith(USED_UP)


@pytest.mark.parametrize("look", ["users", "task"])
def test_a_trigger_does_not_look_where_the_time_is_over_by_then(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    if look == "task":
        monkeypatch.setattr("airflow_provider_genesys.tasks.waiting.MOST_ARGUMENTS", 10)
    asks(simulator, 429, 300)
    begun = time.time()
    deferred = begin(users(timeout=3, poke_interval=0.1, deferrable=True))
    assert deferred.trigger.look == look
    event = wait(deferred)
    assert (event["status"], event["looks"], asked(simulator)) == ("timeout", 1, 1)
    assert 3 <= time.time() - begun <= 3 + SOON
    said = f"no further look was made, as the server asked for none before the time is over; seen before: {USED_UP}"
    assert event["said"].startswith(said)
    with pytest.raises(AirflowSensorTimeout, match=re.escape(f"last seen: {said}")):
        resume(lambda: users(timeout=3, deferrable=True), event)
    with pytest.raises(AirflowSkipException):
        resume(lambda: users(timeout=3, soft_fail=True, deferrable=True), event)


def test_the_last_seconds_on_the_worker_are_waited_for_without_a_look(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_genesys.tasks.waiting.SHORTEST_AWAY", 10.0)
    asks(simulator, 429, 300, count=1)
    begun = time.time()
    with pytest.raises(AirflowSensorTimeout, match="the allowance of requests is used up"):
        users(timeout=2, poke_interval=0.1, deferrable=True).execute(context())
    assert 2 <= time.time() - begun <= 2 + SOON
    assert asked(simulator) == 1
    asks(simulator, 429, 3, count=1)
    users(timeout=8, poke_interval=0.1, deferrable=True).execute(context())
    assert time.time() - begun >= 2 + 3


def test_what_is_no_time_to_wait_does_not_end_a_look(simulator: SimulatorHandle) -> None:
    for told in (10**15, "soon", -5):
        simulator.clear_faults()
        simulator.add_fault(path="/api/*", status=429, retry_after=told)
        ti = TaskInstance()
        with pytest.raises(AirflowSensorTimeout):
            users(timeout=0.5, poke_interval=0.2).execute(context(ti))
        assert ti.pushed["summary"]["said"].startswith(
            "could not look: the allowance of requests is used up (HTTP 429)"
        )


def test_a_token_endpoint_may_ask_for_it_too(simulator: SimulatorHandle) -> None:
    simulator.add_fault(path="/oauth/token", status=429, retry_after=300)
    ti = TaskInstance()
    with pytest.raises(AirflowSensorTimeout):
        users(timeout=1, poke_interval=0.1).execute(context(ti))
    assert ti.pushed["summary"]["looks"] == 1
    assert ti.pushed["summary"]["said"].startswith(USED_UP)
