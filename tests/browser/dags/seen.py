"""What the browser looks at: invalid events, mapped tasks, a task that fails, one that waits, and secrets in a log."""

from __future__ import annotations

import logging
from typing import Any

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor

SOURCE_ID = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
CONNECTION = {"genesys_cloud_conn_id": "of_a_region"}


def events() -> list[dict[str, Any]]:
    """Return 40 events, of which two are about nobody."""
    return [
        {"eventDateTime": f"2026-11-16T09:12:{second:02}.000Z", "sourceId": SOURCE_ID, "presence": "On Queue"}
        | ({"userId": f"user {second}"} if second % 20 else {})
        for second in range(40)
    ]


@task
def tell_secrets() -> None:
    """Write to the log what Airflow has been told to keep out of it: the client's secret, and its token."""
    client = GenesysCloudHook(**CONNECTION).get_conn()
    client.call("headTokensMe")
    access = client._performer.access
    token = access.token(access.parts())
    logging.getLogger(__name__).info("The secret is %s and the token is %s.", client.settings.client_secret, token)


with DAG("seen", schedule=None, tags=["genesys"]):
    GenesysCloudPublishEventsOperator(
        task_id="publish", stream="user_presences", source=events(), max_rejected="5%", **CONNECTION
    )
    GenesysCloudApiOperator.partial(task_id="mapped", **CONNECTION).expand(operation=["getUsers", "getPresenceSources"])
    tell_secrets()
    GenesysCloudApiOperator(task_id="refused", operation="getUsers", genesys_cloud_conn_id="with_a_wrong_secret")

with DAG("waiting", schedule=None, tags=["genesys"]):
    GenesysCloudPresenceDefinitionsSensor(
        task_id="wait",
        definitions=[{"system_presence": "Break", "labels": {"en_US": "Nobody has this"}}],
        wait_for="in_sync",
        poke_interval=1,
        timeout=3600,
        deferrable=True,
        **CONNECTION,
    )
