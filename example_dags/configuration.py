"""Keep a record of what is configured, see what changed from day to day, and plan the way out of web chat.

**configuration_export** takes a snapshot of all that can be exported, every day, and compares it with the one before:

`export` → `tell`

- The task's Asset gets an event on a day on which something changed, and on no other: schedule whatever is to follow
  a change on it.
- `tell` puts the differences into its log, and is skipped where there are none. It is where a mail or a message goes.
- A resource that the client may not read, or of which only a part could be read, fails the task, after the rest is
  stored. That web chat is gone does not: it is in the snapshot, and the first time it is, it is a change.

**web_messaging_migration** takes a snapshot of web chat and drafts what takes its place in web messaging, with a report
on every field: carried over, a choice to make, or impossible and why:

`export_webchat` → `plan` → `asked` → `create`

It creates nothing in Genesys Cloud unless it is run with the parameter `create`: read the report first.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import Asset, AssetAlias, Param, dag, task

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.exports import (
    GenesysCloudExportOperator,
    GenesysCloudExportWebchatSettingsOperator,
    GenesysCloudPlanWebMessagingMigrationOperator,
)

FOLDER = Param(
    str(Path(tempfile.gettempdir()) / "genesys-examples"),
    type="string",
    description="Where the snapshots go; give one that outlives the worker, such as s3://my_aws@bucket/genesys",
)
CONFIGURATION = Asset("genesys-cloud://configuration")


# [START export]
@dag(
    schedule="0 4 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # Airflow may fail one of two tasks that announce the same Asset at the same moment
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={"folder": FOLDER},
)
def configuration_export() -> None:
    """Take a snapshot and tell what changed."""
    export = GenesysCloudExportOperator(
        task_id="export",
        include=["all"],
        destination="{{ params.folder }}/configuration",  # the same one every day
        changed_asset=CONFIGURATION,
        outlets=[AssetAlias("genesys-configuration")],
    )

    @task.short_circuit
    def tell(snapshot: dict[str, Any]) -> bool:
        """Log the differences, if there are any."""
        from airflow.providers.common.compat.sdk import ObjectStoragePath  # noqa: PLC0415 - not while it is parsed

        if not snapshot["diff"]:  # nothing is different, or there is no snapshot before this one
            return False
        logging.getLogger(__name__).info("%s", ObjectStoragePath(snapshot["diff"]).read_text())
        return True

    tell(export.output)
    # [END export]


# [START create]
@task(retries=0, execution_timeout=timedelta(minutes=10))
def create(plan: dict[str, Any]) -> list[dict[str, str]]:
    """Create what is not there yet by its name; return id and name of each deployment of the plan."""
    from airflow.providers.common.compat.sdk import ObjectStoragePath  # noqa: PLC0415 - not while it is parsed

    def drafts(kind: str) -> list[dict[str, Any]]:
        files = ObjectStoragePath(plan["drafts"]).glob(f"{kind}/*.json")  # none, if the plan has none
        return [json.loads(file.read_text("utf-8")) for file in sorted(files, key=str)]

    hook = GenesysCloudHook()
    there = hook.iterate("getWebdeploymentsConfigurations", query={"showOnlyPublished": "true"})
    published = {one["name"]: one for one in there}
    for draft in drafts("configurations"):
        if draft["name"] in published:
            continue
        made = {"configurationId": hook.call("postWebdeploymentsConfigurations", body=draft)["id"]}
        while hook.call("getWebdeploymentsConfigurationVersionsDraft", path_params=made)["status"] != "Active":
            time.sleep(2)
        published[draft["name"]] = hook.call("postWebdeploymentsConfigurationVersionsDraftPublish", path_params=made)
    deployed = {one["name"]: one["id"] for one in hook.iterate("getWebdeploymentsDeployments")}
    planned = drafts("deployments")
    for draft in planned:
        if draft["name"] in deployed:
            continue
        configuration = published[draft["configuration"]["name"]]
        reference = {"id": configuration["id"], "version": configuration["version"]}
        answer = hook.call("postWebdeploymentsDeployments", body={**draft, "configuration": reference})
        deployed[draft["name"]] = answer["id"]
    return [{"id": deployed[draft["name"]], "name": draft["name"]} for draft in planned]
    # [END create]


# [START migration]
@dag(
    schedule=None,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "folder": FOLDER,
        "flow_map": Param({}, type="object", description="Inbound message flows by the chat flows they replace"),
        "create": Param(
            default=False, type="boolean", description="Create what is drafted; read the report before you do"
        ),
    },
    render_template_as_native_obj=True,  # flow_map stays an object
)
def web_messaging_migration() -> None:
    """Take a snapshot of web chat and plan the migration; if asked to, carry it out."""
    # [START export_webchat]
    webchat = GenesysCloudExportWebchatSettingsOperator(
        task_id="export_webchat",
        destination="{{ params.folder }}/webchat",
    )
    # [END export_webchat]
    plan = GenesysCloudPlanWebMessagingMigrationOperator(
        task_id="plan",
        snapshot=webchat.output,
        destination="{{ params.folder }}/web_messaging_migration",
        flow_map="{{ params.flow_map }}",
    )

    @task.short_circuit
    def asked(params: dict[str, Any] | None = None) -> bool:
        """Skip what follows unless the run was asked to create something."""
        return bool(params and params["create"])

    plan >> asked() >> create(plan.output)
    # [END migration]


configuration_export()
web_messaging_migration()
