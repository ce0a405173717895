"""Publish the calls of another platform to Genesys Cloud.

Once a day the platform leaves a CSV of its calls. One task turns it into conversation events, the next publishes them:

- lines that are no calls are counted and kept in `rejects.jsonl`; the task fails when they are too many;
- what became of each event is in the publish task's summary; those that Genesys Cloud refuses are in `dead-letters/`;
- when a task dies, Airflow starts it again, and it goes on where it was.

Run it again for the same file and the events have the same ids.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, Param, dag, task

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator

HERE = Path(__file__).parent  # where relative paths begin
DATA = HERE / "data"


@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "records": Param(str(DATA / "calls.csv"), type="string", description="The CSV, on any store"),
        "directory": Param(str(DATA / "directory.yaml"), type="string", description="Names to Genesys Cloud ids"),
        "time_zone": Param("UTC", type="string", description="Time zone of the records, such as Europe/Berlin"),
        "fold": Param(
            None,
            type=["null", "integer"],
            enum=[None, 0, 1],
            description="Which is meant of a time that comes twice, as clocks are put back: 0 the first, 1 the second; "
            "without it such lines are rejected",
        ),
        "max_bad_percent": Param(5, type="number", description="Fail when more of the lines than this are no calls"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where all files go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
        ),
    },
)
def call_records() -> None:
    """Convert the records, then publish the events."""

    @task
    def convert(records: str, directory: str, folder: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the events as JSON Lines and say how many lines became what."""
        from airflow.providers.common.compat.sdk import ObjectStoragePath  # noqa: PLC0415 - not while the Dag is parsed
        from call_conversion import complaint, convert_file  # noqa: PLC0415

        assert params  # noqa: S101 - Airflow always gives them
        report = convert_file(
            ObjectStoragePath(records if "://" in records else str(HERE / records)),
            str(HERE / directory),
            ObjectStoragePath(folder),
            time_zone=params["time_zone"],
            fold=params["fold"],
        )
        if message := complaint(report, params["max_bad_percent"]):
            raise AirflowFailException(message)
        return report

    converted = convert(
        records="{{ params.records }}",
        directory="{{ params.directory }}",
        folder="{{ params.folder }}/{{ dag.dag_id }}/{{ run_id }}/convert",
    )
    # [START publish]
    GenesysCloudPublishEventsOperator(
        task_id="publish",
        stream="conversations",
        source=converted["events"],
        artifacts_path="{{ params.folder }}",
        max_rejected="5%",
    )
    # [END publish]


call_records()
