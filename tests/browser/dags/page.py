"""What the provider's page looks at.

``page_day`` is run, and asks for approval; ``of_our_own`` and ``sync_unsafe`` are run, too. The tasks of the other Dags
are never run: tests tell in their place.
"""

from __future__ import annotations

import os
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from tests.browser.summaries import HOSTILE, HOSTILE_ONES, IMPOSTORS, NOT_BELIEVED, OF_RECORDS, PLANS, SYNCS

SOURCE_ID = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
HOME = os.environ["AIRFLOW_HOME"]
PROPERTIES = ("__proto__", "constructor", HOSTILE)


def event(minute: int, **more: Any) -> dict[str, Any]:
    """Return an event of a user's presence."""
    return {
        "eventDateTime": f"2026-11-16T09:{minute % 60:02}:00.000Z",
        "sourceId": SOURCE_ID,
        "presence": "Meal/Canteen",
        "userId": f"00000000-0000-4000-8000-{minute:012}",
        **more,
    }


def shard(number: int) -> list[dict[str, Any]]:
    """Return 40 events, of which the second shard has some that are no good, and one that is there twice."""
    good = [event(minute + 100 * number) for minute in range(40)]
    if number == 0:
        return good
    return [*good[:30], good[0], event(900, userId="nobody"), *({**event(901), name: "1"} for name in PROPERTIES)]


try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except Exception:  # noqa: BLE001 - Airflow before 3.1 cannot ask
    ApprovalOperator = None

with DAG("page_day", schedule=None, tags=["genesys"]):
    GenesysCloudPublishEventsOperator.partial(
        task_id="publish", stream="user_presences", max_rejected="50%", max_in_flight=2
    ).expand(source=[shard(0), shard(1)])
    plan = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan", definitions=[{"system_presence": "Break", "labels": {"en_US": f"Nap {HOSTILE}"[:32]}}]
    )
    plan >> GenesysCloudExportOperator(task_id="export", include=["presence"], destination=f"{HOME}/snapshots")  # type: ignore[operator]
    apply = GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=plan.output)
    if ApprovalOperator is not None:
        plan >> ApprovalOperator(task_id="ask", subject=f"Approve {HOSTILE}?") >> apply  # type: ignore[operator]


class OurPublish(GenesysCloudPublishEventsOperator):
    """A class of one's own, of which the page knows no name."""


@task
def by_hook() -> dict[str, Any]:
    """Publish with the hook."""
    events = [event(minute) for minute in range(7)]
    return GenesysCloudHook().publish_events("user_presences", events, artifacts_path=f"{HOME}/artifacts")


with DAG("of_our_own", schedule=None, tags=["genesys"]):
    OurPublish(task_id="derived", stream="user_presences", source=[event(minute) for minute in range(5)])
    by_hook()


@task
def twice() -> None:
    """Publish with the hook into two folders, and by two keys that look alike."""
    hook = GenesysCloudHook()
    for number, (folder, key) in enumerate([("one", None), ("two", None), ("two", "team a"), ("two", "team/a")]):
        events = [event(minute + 100 * number) for minute in range(3 + number)]
        hook.publish_events("user_presences", events, artifacts_path=f"{HOME}/{folder}", ledger_key=key)


with DAG("twice_in_a_task", schedule=None, tags=["genesys"]):
    twice()

with DAG("fails_early", schedule=None, tags=["genesys"]):
    GenesysCloudPlanPresenceDefinitionsOperator(task_id="plan", definitions=f"{HOME}/nowhere.yaml")

with DAG("weekly", schedule=None, tags=["genesys"]):
    OurPublish(task_id="derived", stream="conversations", source="x")

with DAG("calls_of_the_day", schedule=None, tags=["genesys"]):
    GenesysCloudConvertRecordsOperator(task_id="convert", records="x", mapping="x", destination=HOME)
    GenesysCloudPublishEventsOperator(task_id="publish", stream="conversations", source="x")
    GenesysCloudExportOperator(task_id="export", include=["presence"], destination=HOME)


with DAG("sync_unsafe", schedule=None, tags=["genesys"]):
    GenesysCloudSyncPresenceDefinitionsOperator(
        task_id="sync", definitions=[{"system_presence": "Break", "labels": {"en_US": "Nap"}}], prune="deactivate"
    )

with DAG("all_kinds", schedule=None, tags=["genesys"]):
    for name in OF_RECORDS:
        RecordsToGenesysCloudOperator(task_id=name, records="x", mapping="x")
    for name in SYNCS:
        GenesysCloudSyncPresenceDefinitionsOperator(task_id=f"sync_{name}", definitions="x")
    for name in PLANS:
        GenesysCloudPlanPresenceDefinitionsOperator(task_id=f"plan_{name}", definitions="x")
    GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply_failed", plan="x")
    GenesysCloudPublishEventsOperator(task_id="reasons", stream="conversations", source="x")


@task
def tell() -> None:
    """Stand for anybody's task that pushes something which is called a summary."""


with DAG("page_hostile", schedule=None, dag_display_name=HOSTILE, tags=["genesys"]):
    names = [f"not_believed_{number}" for number in range(len(NOT_BELIEVED))]
    names += [f"impostor_{number}" for number in range(len(IMPOSTORS))]
    for name in [*names, *HOSTILE_ONES]:
        tell.override(task_id=name)()


@task
def replay(params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Tell what it was asked for."""
    return dict(params or {})


with DAG(
    "page_replay",
    schedule=None,
    is_paused_upon_creation=False,
    tags=["genesys-replay"],
    params={"dag_id": "", "run_id": "", "task_id": "", "map_index": -1},
):
    replay()
