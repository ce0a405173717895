"""A sensor of each kind, and users who all have one presence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseSensorOperator

    from airflow_provider_genesys.simulator.process import SimulatorHandle

USERS = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(3)]
OFFLINE = "ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"


def all_in(simulator: SimulatorHandle, presence: str) -> SimulatorHandle:
    simulator.settings(users=USERS)
    simulator.load_presence(users=dict.fromkeys(USERS, presence))
    return simulator


def users(**arguments: Any) -> BaseSensorOperator:
    given = {"task_id": "wait", "user_ids": USERS, "presences": ["Offline"]}
    return GenesysCloudUserPresenceSensor(**given | arguments)


def definitions(**arguments: Any) -> BaseSensorOperator:
    return GenesysCloudPresenceDefinitionsSensor(
        task_id="wait", **{"definitions": [], "wait_for": "in_sync"} | arguments
    )


def configuration(**arguments: Any) -> BaseSensorOperator:
    return GenesysCloudConfigurationChangedSensor(
        task_id="wait", include=["presence"], destination="/nowhere/at/all", **arguments
    )
