"""Tasks that plan, apply and sync presence definitions, what is there and what is wanted, and what was asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator

    from airflow_provider_genesys.simulator.process import SimulatorHandle

OTHER_ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
BREAK = "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"
COUNTS = ("creates", "updates", "reactivates", "deactivates", "unchanged")
WANTED = [
    {"system_presence": "Break", "labels": {"en_US": "Smoke", "de": "Raucherpause"}},
    {"system_presence": "On Queue", "labels": {"en_US": "Sales"}},
    {"system_presence": "Meal", "labels": {"en_US": "Canteen"}},
    {"system_presence": "Meeting", "labels": {"en_US": "Coaching"}},
]
THERE = [
    {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen"}, "deactivated": True},
    {"systemPresence": "Meeting", "languageLabels": {"en_US": "coaching "}},
    {"systemPresence": "Busy", "languageLabels": {"en_US": "Paperwork"}},
]
THERE_WANTED = {"system_presence": "Break", "labels": {"en_US": "Smoke"}}
PLANNED = {"creates": 1, "updates": 2, "reactivates": 1, "deactivates": 0, "unchanged": 0}


def instance(task_id: str = "plan") -> TaskInstance:
    return TaskInstance(task_id, dag_id="statuses")


def run(task: BaseOperator, ti: TaskInstance | None = None, fileloc: str = "/dags/statuses.py") -> Any:
    return task.execute(context(ti or instance(), fileloc=fileloc))


def plan(definitions: Any = WANTED, **arguments: Any) -> GenesysCloudPlanPresenceDefinitionsOperator:
    return GenesysCloudPlanPresenceDefinitionsOperator(task_id="plan", definitions=definitions, **arguments)


def apply(given: Any, **arguments: Any) -> GenesysCloudApplyPresenceDefinitionsOperator:
    return GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=given, **arguments)


def sync(definitions: Any = WANTED, **arguments: Any) -> GenesysCloudSyncPresenceDefinitionsOperator:
    return GenesysCloudSyncPresenceDefinitionsOperator(task_id="sync", definitions=definitions, **arguments)


def counts(summary: dict[str, Any]) -> dict[str, int]:
    return {kind: summary[kind] for kind in COUNTS}


def writes(simulator: SimulatorHandle) -> dict[str, int]:
    return {kind: count for kind, count in simulator.presence()["writes"].items() if count}


def acted_on(simulator: SimulatorHandle) -> Counter[str]:
    """Count the requests by method, without those for a token."""
    found: Counter[str] = Counter()
    for name, statuses in simulator.requests()["totals"].items():
        method, path = name.split(" ")
        if path.startswith("/api/"):
            found[method] += sum(statuses.values())
    return found
