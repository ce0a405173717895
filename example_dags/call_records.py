"""Publish the calls of another platform to Genesys Cloud.

Once a day the platform leaves a CSV of its calls. One task turns it into conversation events, by a mapping file that
says what its columns mean; the next publishes them:

- lines that are no calls are counted and kept in `rejects.jsonl`; the task fails when they are too many;
- what became of each event is in the publish task's summary; those that Genesys Cloud refuses are in `dead-letters/`;
- when a task dies, Airflow starts it again, and it goes on where it was.

Run it again for the same file and the events have the same ids. For your own platform write a mapping file, and a
directory, and give them as parameters.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from airflow.providers.common.compat.sdk import Param, dag

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator


@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "records": Param("data/calls.csv", type="string", description="The CSV, on any store, or beside this file"),
        "mapping": Param("data/calls.yaml", type="string", description="What its columns mean"),
        "directory": Param("data/directory.yaml", type="string", description="Names to Genesys Cloud ids"),
        "max_rejected": Param("5%", type="string", description="Fail when more of the lines than this are no calls"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def call_records() -> None:
    """Convert the records, then publish the events."""
    # [START convert]
    convert = GenesysCloudConvertRecordsOperator(
        task_id="convert",
        records="{{ params.records }}",
        mapping="{{ params.mapping }}",
        directory="{{ params.directory }}",
        destination="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id | urlencode }}/convert",
        max_rejected="{{ params.max_rejected }}",
    )
    # [END convert]
    # [START publish]
    GenesysCloudPublishEventsOperator(
        task_id="publish",
        stream="conversations",
        source=convert.output["events"],
        artifacts_path="{{ params.folder }}",
        max_rejected="5%",
    )
    # [END publish]


call_records()
