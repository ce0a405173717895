"""Publish the calls of another platform as it writes them down: what is new, corrected or has ended since the last run.

The example's calls are in data/calls.csv, and what their columns mean in data/calls.yaml: copy that file for your own
platform. With `mapping="amazon_connect"` contact records of Amazon Connect are read as Firehose delivers them.

A call that is younger than two hours may still be corrected, and is told by a later run. So give each run the files of
the last days, or all there are: what was told is not told again.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.providers.common.compat.sdk import Param, dag

from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # the state is for one run at a time
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "records": Param("data/calls.csv", type="string", description="The calls; a glob, on any store"),
        "mapping": Param("data/calls.yaml", type="string", description="What their columns mean"),
        "directory": Param("data/directory.yaml", type="string", description="Names to Genesys Cloud ids"),
        "max_rejected": Param("5%", type="string", description="Fail when more of the calls or events are bad"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def records() -> None:
    """Convert and publish."""
    # [START transfer]
    RecordsToGenesysCloudOperator(
        task_id="transfer",
        records="{{ params.records }}",
        mapping="{{ params.mapping }}",
        directory="{{ params.directory }}",
        settle="2h",
        state_path="{{ params.folder }}/records.db",  # the same in every run
        artifacts_path="{{ params.folder }}",
        max_rejected="{{ params.max_rejected }}",
    )
    # [END transfer]


records()
