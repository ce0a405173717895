"""Start when somebody changes a status (a presence definition) by hand, and show what it takes to put that back.

**presence_definitions_changed** is scheduled by an Asset with a watcher: a trigger looks every five minutes, and what
it sees starts the Dag, with the ids of the definitions that were changed.

`tell` → `plan` → `wanted` → `put_back`

- `plan` compares the definitions with the file and shows what would change, in its log and its XCom; it writes nothing.
- `put_back` applies that plan, if the Dag's parameter `put_back` is true. It refuses a plan that trips a guard, and one
  that is out of date. What it changes the watcher sees, too: the Dag runs once more, and finds nothing to do.

Airflow has watchers from 3.0 on. On an older one the Dag is there and has no schedule: trigger it by hand.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import Asset, Param, dag, task

from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
)
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudConfigurationChangedTrigger

try:
    from airflow.sdk import AssetWatcher
except ImportError:  # Airflow 2
    AssetWatcher = None

# [START watcher]
SCHEDULE = None
if AssetWatcher is not None:
    watcher = AssetWatcher(
        name="genesys_presence_definitions",
        trigger=GenesysCloudConfigurationChangedTrigger(include=["presence_definitions"], interval=300),
    )
    SCHEDULE = [Asset("genesys_presence_definitions", watchers=[watcher])]
# [END watcher]


# [START changed]
@dag(
    schedule=SCHEDULE,
    catchup=False,
    max_active_runs=1,
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "definitions": Param("data/presence_definitions.yaml", type="string", description="The YAML file"),
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where the plan goes; give one that all workers see, such as s3://my_aws@bucket/genesys",
        ),
        "put_back": Param(default=False, type="boolean", description="Apply the plan, not only show it"),
    },
)
def presence_definitions_changed() -> None:
    """Tell what was changed, plan, and put it back if that is wanted."""

    @task
    def tell(triggering_asset_events: Any = None) -> list[dict[str, Any]]:
        """Return what the watcher saw, of each event; nothing in a run that somebody started."""
        events = [event for some in (triggering_asset_events or {}).values() for event in some]
        changed = [event.extra["payload"]["changed"] for event in events if "payload" in (event.extra or {})]
        for each in changed:
            logging.getLogger(__name__).info("Changed: %s", each)
        return changed

    plan = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan",
        definitions="{{ params.definitions }}",
        protected=["Busy/After-call work"],
        max_deactivations=2,
        on_changes="succeed",
        artifacts_path="{{ params.folder }}",
    )

    @task.short_circuit
    def wanted(plan: dict[str, Any], params: dict[str, Any] | None = None) -> bool:
        """Say whether there is something to put back, and somebody wants that."""
        return bool((params or {})["put_back"]) and any(
            plan[kind] for kind in ("creates", "updates", "reactivates", "deactivates")
        )

    put_back = GenesysCloudApplyPresenceDefinitionsOperator(task_id="put_back", plan=plan.output)
    tell() >> plan
    wanted(plan.output) >> put_back


# [END changed]

presence_definitions_changed()
