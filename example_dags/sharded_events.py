"""Publish a large file of events by several tasks side by side, and say what became of all of them together.

One task cuts the file into shards, one publishes each shard, and one adds the accounts up. All events of an agent are
in one shard, so their order is kept. The tasks share the client's allowance: this is for what has to be kept apart, and
for workers that come and go, and it is no faster than one task unless the allowance was raised.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, Param, dag, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import (
    GenesysCloudPublishEventsOperator,
    GenesysCloudShardEventsOperator,
)


# [START account]
@task
def account(cut: dict[str, Any], summaries: Any) -> dict[str, Any]:
    """Add the accounts up, and fail unless every event that was cut is in them."""
    total = GenesysCloudHook().add_up_summaries(summaries)
    if not total["complete"] or total["read"] != cut["read"]:
        raise AirflowFailException(f"{cut['read']:,} events were cut, and this is what became of them: {total}")
    return total


# [END account]
@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "source": Param("data/late_statuses.jsonl", type="string", description="The events, on any store"),
        "shards": Param(4, type="integer", minimum=1, maximum=1000, description="How many tasks publish them"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def sharded_events() -> None:
    """Cut, publish, add up."""
    # [START sharded]
    shard = GenesysCloudShardEventsOperator(
        task_id="shard",
        stream="user_routing_statuses",
        source="{{ params.source }}",
        shards="{{ params.shards }}",
        destination="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id | urlencode }}/shards",
    )
    publish = GenesysCloudPublishEventsOperator.partial(
        task_id="publish",
        stream="user_routing_statuses",
        artifacts_path="{{ params.folder }}",
        max_rejected=1,
    ).expand(source=shard.output)

    account(shard.output["summary"], publish.output)
    # [END sharded]


sharded_events()
