"""The Dag of ``make scale-demo``: cut a million events, publish them by mapped tasks, add the accounts up."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator, GenesysCloudShardEventsOperator

FOLDER, SHARDS = os.environ["SCALE_FOLDER"], int(os.environ["SCALE_SHARDS"])

with DAG("scale", schedule=None, default_args={"retries": 5, "retry_delay": timedelta(seconds=2)}):
    shard = GenesysCloudShardEventsOperator(
        task_id="shard",
        stream="user_presences",
        source=f"{FOLDER}/events.jsonl",
        shards=SHARDS,
        destination=f"{FOLDER}/shards",
    )
    publish = GenesysCloudPublishEventsOperator.partial(
        task_id="publish", stream="user_presences", artifacts_path=f"{FOLDER}/artifacts"
    ).expand(source=shard.output)

    @task
    def account(summaries: Any) -> dict[str, Any]:
        """Add the accounts up."""
        return GenesysCloudHook().add_up_summaries(summaries)

    account(publish.output)
