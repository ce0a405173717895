"""How long triggers and sensors wait: a time that there is, or a clear error before anything is sent or deferred."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysRateLimitError, GenesysTriggerConfigError
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
from airflow_provider_genesys.tasks.deferring import seconds_to_leave
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudLookTrigger, GenesysCloudWaitTrigger
from tests.harness.tasks import context

NO_TIMES = [math.inf, -math.inf, math.nan, -1, 1e300, 10**400, True, False, "60"]
LOOK: dict[str, Any] = {
    "look": "task",
    "arguments": {},
    "genesys_cloud_conn_id": "c",
    "interval": 30.0,
    "deadline": 1.8e9,
}
A_MILLENNIUM = timedelta(days=365_250)
SENSORS: list[Any] = [
    lambda **more: GenesysCloudUserPresenceSensor(task_id="t", user_ids=["u"], presences=["Offline"], **more),
    lambda **more: GenesysCloudPresenceDefinitionsSensor(task_id="t", definitions=[], **more),
    lambda **more: GenesysCloudConfigurationChangedSensor(
        task_id="t", include=["presence"], destination="/nowhere", **more
    ),
]


@pytest.mark.parametrize("value", [*NO_TIMES, None], ids=lambda value: str(value)[:6])
@pytest.mark.parametrize("name", ["interval", "deadline", "not_before"])
def test_what_looks_refuses_what_is_no_time(name: str, value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=f"^{name} must be a number from 0 to "):
        GenesysCloudLookTrigger(**LOOK | {name: value})


@pytest.mark.parametrize("value", NO_TIMES, ids=lambda value: str(value)[:6])
def test_what_looks_refuses_a_longest_wait_that_is_none(value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=r"^max_wait must be a number from 0 to .* or None, not "):
        GenesysCloudLookTrigger(**LOOK, max_wait=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exponential_backoff", 1),
        ("looks", -1),
        ("looks", 1.5),
        ("looks", math.inf),
        ("genesys_cloud_conn_id", None),
        ("said", ["seen"]),
    ],
)
def test_what_looks_refuses_whatever_else_is_wrong(name: str, value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=f"^{name} must be "):
        GenesysCloudLookTrigger(**LOOK | {name: value})


@pytest.mark.parametrize("value", [*NO_TIMES, None], ids=lambda value: str(value)[:6])
def test_what_waits_refuses_what_is_no_moment(value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=r"^until must be a number from 0 to "):
        GenesysCloudWaitTrigger(until=value)


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("make", SENSORS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("poke_interval", A_MILLENNIUM),
        ("timeout", A_MILLENNIUM),
        ("max_wait", A_MILLENNIUM),
        ("max_wait", timedelta(seconds=-1)),
    ],
)
def test_a_sensor_refuses_what_airflow_takes_and_cannot_wait(
    name: str, value: Any, make: Any, deferrable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", lambda *_, **__: pytest.fail("something was sent"))
    sensor = make(deferrable=deferrable, **{name: value})
    with pytest.raises(AirflowFailException, match=f"^{name} must be a number from 0 to 3,155,760,000"):
        sensor.execute(context())


@pytest.mark.parametrize("value", [math.inf, math.nan, -1, 1e300])
@pytest.mark.parametrize("name", ["poke_interval", "timeout", "max_wait"])
@pytest.mark.parametrize("make", SENSORS)
def test_airflow_itself_refuses_what_is_no_time_when_the_dag_is_parsed(make: Any, name: str, value: float) -> None:
    with pytest.raises(Exception, match=f"`{name}`|infinity|too large"):
        make(**{name: value})


def first_pause(monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> float:
    """Return the seconds after which a trigger looks first."""
    trigger = GenesysCloudLookTrigger(**LOOK | arguments)

    class SleepsError(Exception):
        pass

    def sleep(seconds: float) -> None:
        raise SleepsError(seconds)

    async def begin() -> None:
        async for _ in trigger.run():
            pass

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        with pytest.raises(SleepsError) as slept:
            asyncio.run(begin())
    return slept.value.args[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("look", ["task", "users"])
@pytest.mark.parametrize(
    ("arguments", "least", "most"),
    [
        ({"interval": 0.0}, 10, 12),
        ({"interval": 3.0}, 10, 12),
        ({"interval": 60.0, "max_wait": 1.0}, 10, 12),
        ({"interval": 1.0, "exponential_backoff": True, "looks": 3}, 10, 12),
        ({"interval": 15.0}, 10, 16.5),
        ({"interval": 600.0}, 270, 660),
    ],
    ids=str,
)
def test_nothing_is_back_before_the_scheduler_has_heard_that_its_worker_was_left(
    look: str, arguments: dict[str, Any], least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = [first_pause(monkeypatch, look=look, deadline=time.time() + 3_600, **arguments) for _ in range(50)]
    assert least <= min(pauses) < max(pauses) <= most  # and not all of them at once


def test_a_deadline_that_comes_before_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = time.time() + 4
    pause = first_pause(monkeypatch, deadline=deadline, interval=1.0)
    assert deadline - time.time() <= pause <= 4
    assert first_pause(monkeypatch, deadline=time.time() - 4, interval=1.0) == 0


def test_a_publish_that_is_told_to_come_back_at_once_stays_away_as_long() -> None:
    asked = [GenesysRateLimitError(429, None, "no", retry_after=told) for told in (0.0, 1.0, 9.9, 10.0, 30.0)]
    assert [seconds_to_leave(each, 0) for each in asked] == [10, 10, 10, 10, 30]
