"""Publish the calls of three platforms to one organisation, under one account.

Two companies were bought, and each came with a platform of its own. One task for each makes events of its records, by a
mapping file; the last one publishes all of them:

- `calls`: a CSV of one's own, with a mapping file and a directory that name everything;
- `amazon_connect`: contact records, by the mapping that comes with the provider. Agents are known by their e-mail
  addresses, so that all names are looked up in the organisation;
- `cxone`: an export with times as sums of durations. Agents are known by their employee ids, which are looked up;
  wrap-up codes have names of their own, which are in the directory.

What one of them cannot tell is in its `rejects.jsonl`. To add a platform, add a row.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from airflow.providers.common.compat.sdk import Param, dag

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator

# Relative paths begin at the folder of this file.
PLATFORMS = {
    "calls": {"records": "data/calls.csv", "mapping": "data/calls.yaml", "directory": "data/directory.yaml"},
    "amazon_connect": {
        "records": "data/amazon_connect.jsonl",
        "mapping": "amazon_connect",
        "directory": "organization",
    },
    "cxone": {"records": "data/cxone.csv", "mapping": "data/cxone.yaml", "directory": "data/cxone_directory.yaml"},
}


@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def three_platforms() -> None:
    """Convert the records of each, then publish all events."""
    # [START platforms]
    converted = [
        GenesysCloudConvertRecordsOperator(
            task_id=name,
            destination=f"{{{{ params.folder }}}}/{{{{ dag.dag_id }}}}/{{{{ run_id | urlencode }}}}/{name}",
            max_rejected="20%",
            **files,
        )
        for name, files in PLATFORMS.items()
    ]
    GenesysCloudPublishEventsOperator(
        task_id="publish",
        stream="conversations",
        source=[task.output["events"] for task in converted],
        artifacts_path="{{ params.folder }}",
    )
    # [END platforms]


three_platforms()
