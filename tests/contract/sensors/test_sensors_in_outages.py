"""Sensors while nothing answers as it should: they wait, say so, and end when their timeout does."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
)

from airflow_provider_genesys.exceptions import GenesysApiError
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudUserPresenceSensor,
)
from tests.contract import hosts
from tests.contract.raw_server import RawServer, http
from tests.contract.rescheduling import WITHOUT_A_DATABASE, AirflowRescheduleException
from tests.contract.sensors.sensing import OFFLINE, USERS, all_in, configuration, definitions, users
from tests.harness.machine import least
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

CONNECTION = "AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT"
MARGIN = 1.5  # seconds that a busy machine may add
HEAD_WITHOUT_END = b"HTTP/1.1 200 OK\r\nX-Endless: "

Host = Callable[[], AbstractContextManager[str]]
Make = Callable[..., BaseSensorOperator]


@pytest.fixture
def simulator(connected: SimulatorHandle) -> SimulatorHandle:
    return all_in(connected, OFFLINE)


HOSTS = pytest.mark.parametrize(
    "host",
    [hosts.dead, hosts.silent, hosts.dribbling, lambda: hosts.dribbling(HEAD_WITHOUT_END)],
    ids=["dead", "silent", "endless body", "endless head"],
)


def run(sensor: BaseSensorOperator, ti: TaskInstance | None = None) -> Any:
    return sensor.execute(context(ti))


def quickest(work: Callable[[], Any], enough: float) -> float:
    """Return how long it takes, of several goes the shortest: a machine that stalls does not in each of them."""

    def taken() -> float:
        begun = time.monotonic()
        work()
        return time.monotonic() - begun

    return least(taken, enough)


@pytest.mark.parametrize(
    ("make", "host"),
    [
        (users, hosts.dead),
        (users, hosts.silent),
        (users, hosts.dribbling),
        (definitions, lambda: hosts.dribbling(HEAD_WITHOUT_END)),
        (configuration, hosts.silent),
    ],
    ids=["dead", "silent", "endless body", "endless head", "silent, to another sensor"],
)
def test_the_waiting_ends_when_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, make: Make, host: Host
) -> None:
    ti = TaskInstance()

    def wait(**arguments: Any) -> None:
        expected = AirflowSkipException if arguments else AirflowSensorTimeout
        with pytest.raises(expected, match="timed out"):
            run(make(timeout=2, poke_interval=0.5, **arguments), ti)

    with host() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(address))
        with caplog.at_level(logging.INFO):
            assert 2 <= quickest(wait, 2 + 0.5 + 3 + MARGIN) <= 2 + 0.5 + 3 + MARGIN
        said = [record.getMessage() for record in caplog.records if "Not yet" in record.getMessage()]
        assert said
        assert all("Not yet: could not look: " in line and "\n" not in line for line in said)
        assert quickest(lambda: wait(soft_fail=True), 2 + 0.5 + 3 + MARGIN) <= 2 + 0.5 + 3 + MARGIN
    assert ti.pushed["summary"]["done"] is False
    assert "127.0.0.1" in ti.pushed["summary"]["said"]
    assert ti.pushed["summary"]["found"] is None


@HOSTS
def test_a_token_endpoint_may_be_down_too(
    simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    with host() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(simulator.base_url, address))

        def wait() -> None:
            with pytest.raises(AirflowSensorTimeout):
                run(users(timeout=2, poke_interval=0.5))

        assert quickest(wait, 2 + 0.5 + 3 + MARGIN) <= 2 + 0.5 + 3 + MARGIN


def test_growing_intervals_end_in_time_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with hosts.silent() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(address, read_timeout=1))

        def wait() -> None:
            with pytest.raises(AirflowSkipException):
                run(users(timeout=4, poke_interval=1, exponential_backoff=True, soft_fail=True))

        assert 4 <= quickest(wait, 4 + 3 + MARGIN) <= 4 + 3 + MARGIN


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (users, {"status": 429, "retry_after": 600}),
        (users, {"status": 500}),
        (definitions, {"status": 502}),
        (configuration, {"status": 503}),
        (users, {"status": 504}),
        (users, {"status": 408}),
    ],
)
def test_a_failure_that_may_pass_is_not_yet(simulator: SimulatorHandle, make: Make, fault: dict[str, Any]) -> None:
    simulator.add_fault(path="/api/*", **fault)
    ti = TaskInstance()
    sensor = make(timeout=1, poke_interval=0.5)

    def wait() -> None:
        with pytest.raises(AirflowSensorTimeout):
            run(sensor, ti)

    assert quickest(wait, 1 + 0.5 + 3 + MARGIN) <= 1 + 0.5 + 3 + MARGIN
    assert f"HTTP {fault['status']}" in ti.pushed["summary"]["said"]


def test_what_has_passed_is_seen(simulator: SimulatorHandle) -> None:
    simulator.add_fault(path="/api/*", status=503, count=4)
    ti = TaskInstance()
    found = run(users(timeout=30, poke_interval=0.2), ti)
    assert found["matching"] == 3
    assert ti.pushed["summary"] == {
        "done": True, "said": "3 of 3 users are in Offline", "found": found, "looks": 3,
    }  # fmt: skip


@pytest.mark.parametrize("soft_fail", [False, True])
def test_what_cannot_pass_ends_the_waiting_at_once(simulator: SimulatorHandle, soft_fail: bool) -> None:
    simulator.settings(permissions=[])
    expected = AirflowSkipException if soft_fail else AirflowFailException
    with pytest.raises(expected):
        run(definitions(timeout=60, poke_interval=20, soft_fail=soft_fail))


@pytest.mark.parametrize("deferrable", [False, True])
@pytest.mark.parametrize(
    ("status", "alone", "with_soft_fail"),
    [
        (401, AirflowFailException, AirflowSkipException),
        (403, AirflowFailException, AirflowSkipException),
        (400, GenesysApiError, GenesysApiError),
        (404, GenesysApiError, GenesysApiError),
    ],
)
def test_a_failure_that_does_not_pass_is_in_the_summary_however_the_task_ends(
    simulator: SimulatorHandle,
    status: int,
    alone: type[Exception],
    with_soft_fail: type[Exception],
    deferrable: bool,
) -> None:
    simulator.add_fault(path="/api/*", status=status)
    for soft_fail, expected in ((False, alone), (True, with_soft_fail)):
        ti = TaskInstance()
        with pytest.raises(expected):
            run(users(timeout=60, poke_interval=20, soft_fail=soft_fail, deferrable=deferrable), ti)
        summary = ti.pushed["summary"]
        assert (summary["done"], summary["found"], summary["looks"]) == (False, None, 1)
        assert f"HTTP {status}" in summary["said"]


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_task_that_is_skipped_says_why_once(
    simulator: SimulatorHandle, caplog: pytest.LogCaptureFixture, deferrable: bool
) -> None:
    simulator.add_fault(path="/api/*", status=403)
    with pytest.raises(AirflowSkipException) as skipped:
        run(users(timeout=60, poke_interval=20, soft_fail=True, deferrable=deferrable))
    assert f"{skipped.value} {caplog.text}".count("HTTP 403") == 1
    caplog.clear()
    with pytest.raises(AirflowFailException):
        run(users(timeout=60, poke_interval=20, deferrable=deferrable))
    assert "HTTP 403" not in caplog.text, "Airflow logs what is raised"


def test_a_redirect_is_no_outage_and_is_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def redirect(client: socket.socket) -> None:
        if b"/oauth/token" in client.recv(65_536):
            client.sendall(http(b'{"access_token": "t", "expires_in": 3600}', "200 OK", "Connection: close"))
            return
        client.sendall(http(b"", "302 Found", "Location: https://portal.example.com/", "Connection: close"))

    with RawServer(redirect) as server:
        monkeypatch.setenv(CONNECTION, hosts.connection(server.url))
        ti = TaskInstance()
        with pytest.raises(GenesysApiError):
            run(users(timeout=60, poke_interval=20, soft_fail=True), ti)
    assert "HTTP 302" in ti.pushed["summary"]["said"]
    assert "portal.example.com" in ti.pushed["summary"]["said"]


def test_a_wrong_argument_is_in_the_summary_of_a_task_that_is_skipped(simulator: SimulatorHandle) -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowSkipException):
        run(users(match="some", soft_fail=True), ti)
    assert "match" in ti.pushed["summary"]["said"]


@WITHOUT_A_DATABASE
def test_what_is_left_is_counted_from_the_first_look_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with hosts.silent() as address:
        monkeypatch.setenv(CONNECTION, hosts.connection(address))
        sensor = users(timeout=60, poke_interval=30, mode="reschedule", soft_fail=True)

        def last() -> None:
            with pytest.raises(AirflowSkipException):
                run(sensor, TaskInstance(first_reschedule=datetime.now(UTC) - timedelta(seconds=56)))

        assert quickest(last, 4 + MARGIN) <= 4 + MARGIN

        def first() -> None:
            with pytest.raises(AirflowRescheduleException):
                run(users(timeout=60, poke_interval=30, mode="reschedule"), TaskInstance())

        monkeypatch.setenv(CONNECTION, hosts.connection(address, read_timeout=0.5))
        assert quickest(first, 3 + MARGIN) <= 3 + MARGIN


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    with caplog.at_level(logging.INFO):
        yield lambda: [record.getMessage() for record in caplog.records if "yet: " in record.getMessage()]


def test_users_who_do_not_exist_are_named(simulator: SimulatorHandle, lines: Callable[[], list[str]]) -> None:
    nobody = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
    sensor = GenesysCloudUserPresenceSensor(
        task_id="wait", user_ids=[*USERS, nobody], presences=["Offline"], timeout=0.3, poke_interval=0.1
    )
    ti = TaskInstance()
    with pytest.raises(AirflowSensorTimeout):
        run(sensor, ti)
    assert lines()[0] == f"Not yet: 3 of 4 users are in Offline; no such user: {nobody}"
    assert ti.pushed["summary"]["found"] == {
        "users": 4, "looked_at": 4, "matching": 3, "matches": USERS, "others": {}, "missing": [nobody],
    }  # fmt: skip
