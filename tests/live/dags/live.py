"""The Dags of ``python -m tests.live``: those that run side by side have simulators of their own."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor

try:
    from airflow_provider_genesys.policies import GenesysRetryPolicy
except ImportError:  # Airflow before 3.3
    GenesysRetryPolicy = None

FOLDER = Path(os.environ["LIVE_FOLDER"])
SOON = {"retries": 1, "retry_delay": timedelta(seconds=5)}
WAIT = {"deferrable": True, "poke_interval": 2, "timeout": 600}
SMOKE = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]


def publishing(source: str, **more: Any) -> dict[str, Any]:
    """Return the arguments of a publish that leaves its worker when it is told to wait for more than five seconds."""
    return {
        "stream": "user_presences",
        "source": str(FOLDER / source),
        "max_in_flight": 2,
        "max_attempts": 2,
        "max_wait": 5,
        "deferrable": True,
    } | more


def publish_dag(name: str, conn_id: str | None = None, pool: str = "default_pool", **more: Any) -> None:
    """Make a Dag with one publish, by the connection of the same name unless another is given."""
    with DAG(name, schedule=None):
        arguments = publishing("events.jsonl", **more)
        GenesysCloudPublishEventsOperator(task_id="task", pool=pool, genesys_cloud_conn_id=conn_id or name, **arguments)


publish_dag("told_to_wait", pool="one")
publish_dag("outage")
publish_dag("killed_task", **SOON)
publish_dag("killed_worker", **SOON)
for number in range(int(os.environ["LIVE_NIGHT"])):
    publish_dag(f"leaves_{number}", f"night_{number}", pool="two")
    publish_dag(f"stays_{number}", f"night_{number}", pool="two", deferrable=False, max_wait=900)

with DAG("mapped", schedule=None):
    GenesysCloudPublishEventsOperator.partial(
        task_id="task",
        genesys_cloud_conn_id="mapped",
        **{name: value for name, value in publishing("").items() if name != "source"},
    ).expand(source=[str(FOLDER / "half-0.jsonl"), str(FOLDER / "half-1.jsonl")])

with DAG("definitions", schedule=None):
    GenesysCloudPresenceDefinitionsSensor(
        task_id="task", definitions=SMOKE, genesys_cloud_conn_id="definitions", **WAIT
    )

with DAG("short", schedule=None):
    GenesysCloudPresenceDefinitionsSensor.partial(
        task_id="task", genesys_cloud_conn_id="short", **WAIT | {"timeout": 5}, soft_fail=True, **SOON
    ).expand(definitions=[SMOKE] * 8)

with DAG("configuration", schedule=None):
    WHAT: dict[str, Any] = {
        "include": ["presence_definitions"],
        "destination": str(FOLDER / "snapshots"),
        "genesys_cloud_conn_id": "configuration",
    }
    export = GenesysCloudExportOperator(task_id="export", **WHAT)
    export >> GenesysCloudConfigurationChangedSensor(task_id="task", **WHAT, **WAIT, **SOON)

for name in ("quick_in_one", "quick_in_two"):
    with DAG(name, schedule=None):

        @task(task_id="task", pool=name.removeprefix("quick_in_"))
        def quick() -> None:
            """Need a slot, and nothing else."""

        quick()

if GenesysRetryPolicy is not None:
    for name in ("limited", "refused"):
        with DAG(name, schedule=None):

            @task(task_id="task", retries=3, retry_delay=timedelta(hours=1), retry_policy=GenesysRetryPolicy())
            def call(conn_id: str) -> Any:
                """Publish as a ``@task`` does that knows nothing of failures."""
                from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook  # noqa: PLC0415

                return GenesysCloudHook(conn_id).publish_events(
                    "user_presences", str(FOLDER / "half-0.jsonl"), artifacts_path=None, max_wait=5
                )

            call(name)
        with DAG(f"{name}_operator", schedule=None):
            GenesysCloudPublishEventsOperator(
                task_id="task",
                genesys_cloud_conn_id=name,
                retries=3,
                retry_delay=timedelta(hours=1),
                retry_policy=GenesysRetryPolicy(),
                **publishing("half-0.jsonl", deferrable=False),
            )
