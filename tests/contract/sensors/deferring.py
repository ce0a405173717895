"""A sensor of each kind that leaves the worker, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseSensorOperator

from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
from tests.contract.sensors.sensing import USERS
from tests.harness.tasks import context

if TYPE_CHECKING:
    from pathlib import Path

SMOKE = {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}
WANTED = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]

Make = Callable[..., BaseSensorOperator]


def users(**arguments: Any) -> BaseSensorOperator:
    given = {"user_ids": USERS, "presences": ["Offline"], "deferrable": True, "poke_interval": 0.5} | arguments
    return GenesysCloudUserPresenceSensor(task_id="wait", **given)


def definitions(**arguments: Any) -> BaseSensorOperator:
    given = {"definitions": WANTED, "deferrable": True, "poke_interval": 0.5} | arguments
    return GenesysCloudPresenceDefinitionsSensor(task_id="wait", **given)


def configuration(folder: Path, **arguments: Any) -> BaseSensorOperator:
    given = {"include": ["presence_definitions"], "deferrable": True, "poke_interval": 0.5, "timeout": 60} | arguments
    return GenesysCloudConfigurationChangedSensor(task_id="wait", destination=str(folder), **given)


def export(folder: Path) -> None:
    task = GenesysCloudExportOperator(task_id="export", include=["presence_definitions"], destination=str(folder))
    task.execute(context(outlet_events={}))
