"""Keep the organisation's presence definitions (its secondary statuses) as a file under version control has them.

**presence_definitions_sync** shows what would change, asks, and does what was shown and nothing else:

`plan` → `review` → `ask` → `apply` → `in_sync`

- Nothing to change: everything after `review` is skipped.
- A plan that trips a guard is *unsafe*: `review` fails and says why, and nobody is asked. If it is wanted all the same,
  trigger the Dag with the plan's checksum as `force_checksum`.
- `ask` shows the plan to a person and waits (*Required actions* in Airflow's pages). Airflow can do that from 3.1 on.
  On an older one there is no `ask`: `review` ends the run, and whoever has read the plan triggers the Dag again with
  its checksum as `approved_checksum`.
- `apply` refuses a plan that is out of date: if somebody changed the definitions since, trigger the Dag again.

**presence_definitions_drift** compares every night, changes nothing, and fails if the two differ.
"""

from __future__ import annotations

import logging
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, Param, dag, task

from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
)
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor

try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except (ImportError, AirflowException):  # Airflow before 3.1 cannot ask
    ApprovalOperator = None

CHANGES = ("creates", "updates", "reactivates", "deactivates")

# [START desired]
DESIRED: dict[str, Any] = {
    "definitions": "{{ params.definitions }}",  # a relative path begins at the folder of this file
    "prune": "none",
    "labels": "replace",
}
GUARDS: dict[str, Any] = {"protected": ["Busy/After-call work"], "max_deactivations": 2, "in_use": "refuse"}
# [END desired]

DEFINITIONS = Param("data/presence_definitions.yaml", type="string", description="The YAML file, on any store")
CHECKSUMS = {
    "force_checksum": Param("", type=["string", "null"], description="Of an unsafe plan that is wanted all the same"),
}
if ApprovalOperator is None:
    CHECKSUMS["approved_checksum"] = Param("", type=["string", "null"], description="Of the plan that you have read")


# [START sync]
@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(days=2),  # nobody answered
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={
        "definitions": DEFINITIONS,
        "folder": Param(
            str(Path(tempfile.gettempdir()) / "genesys-examples"),
            type="string",
            description="Where the plan goes; give one that all workers see, such as s3://my_aws@bucket/genesys",
        ),
        **CHECKSUMS,
    },
)
def presence_definitions_sync() -> None:
    """Plan, ask, apply, wait until it is seen."""
    plan = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan", artifacts_path="{{ params.folder }}", **DESIRED, **GUARDS
    )

    @task.short_circuit
    def review(plan: dict[str, Any], params: dict[str, Any] | None = None) -> bool:
        """Say whether there is something to ask a person about, or on an older Airflow, something approved."""
        checksum, given = plan["checksum"], params or {}
        if not plan["safe"] and given["force_checksum"] != checksum:
            raise AirflowFailException(
                f"The plan is unsafe: {'; '.join(plan['reasons'])}. If it is wanted all the same, trigger this Dag "
                f"with force_checksum={checksum}"
            )
        if not any(plan[kind] for kind in CHANGES):
            return False
        if ApprovalOperator is None and checksum not in {given["approved_checksum"], given["force_checksum"]}:
            logging.getLogger(__name__).warning(
                "Not approved yet. Read the plan, then trigger this Dag with approved_checksum=%s", checksum
            )
            return False
        return True

    apply = GenesysCloudApplyPresenceDefinitionsOperator(
        task_id="apply", plan=plan.output, force_checksum="{{ params.force_checksum or '' }}"
    )
    in_sync = GenesysCloudPresenceDefinitionsSensor(
        task_id="in_sync", wait_for="in_sync", mode="reschedule", poke_interval=30, timeout=600, **DESIRED
    )

    approved = review(plan.output)
    if ApprovalOperator is not None:
        approved >>= ApprovalOperator(
            task_id="ask",
            subject=(
                "{% set plan = ti.xcom_pull(task_ids='plan') %}{{ '' if plan.safe else 'UNSAFE: ' }}"
                "Change the presence definitions by plan {{ plan.checksum }}?"
            ),
            body="{{ ti.xcom_pull(task_ids='plan').markdown }}",
        )
    approved >> apply >> in_sync
    # [END sync]


# [START drift]
@dag(
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["genesys", "example"],
    doc_md=__doc__,
    params={"definitions": DEFINITIONS},
)
def presence_definitions_drift() -> None:
    """Fail if the organisation's definitions are not those of the file."""
    GenesysCloudPlanPresenceDefinitionsOperator(task_id="compare", on_changes="fail", **DESIRED)


# [END drift]

presence_definitions_sync()
presence_definitions_drift()
