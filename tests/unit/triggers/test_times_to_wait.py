"""How long triggers and sensors wait: a time that there is, or a clear error before anything is sent or deferred."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysTriggerConfigError
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
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
@pytest.mark.parametrize("name", ["interval", "deadline"])
def test_what_looks_refuses_what_is_no_time(name: str, value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=f"^{name} must be a number from 0 to "):
        GenesysCloudLookTrigger(**LOOK | {name: value})


@pytest.mark.parametrize("value", NO_TIMES, ids=lambda value: str(value)[:6])
def test_what_looks_refuses_a_longest_wait_that_is_none(value: Any) -> None:
    with pytest.raises(GenesysTriggerConfigError, match=r"^max_wait must be a number from 0 to .* or None, not "):
        GenesysCloudLookTrigger(**LOOK, max_wait=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("exponential_backoff", 1), ("looks", -1), ("looks", 1.5), ("looks", math.inf), ("genesys_cloud_conn_id", None)],
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
