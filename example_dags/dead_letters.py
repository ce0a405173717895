"""Publish dead letters once more, when the cause is gone: of any task that an administrator allows.

**genesys_cloud_replay** is started by hand, or by the page of this provider in Airflow's UI, with the ids of the task
instance whose dead letters they are: never with a path.

`look` → `ask` → `publish`

- The Airflow variable `genesys_cloud_replay` says of which Dags dead letters may be replayed. It is a list; without it
  nothing may be. Whoever may trigger this Dag can replay those of any Dag in it, also of one whose pages they cannot
  see.

      [{"dag_id": "call_records"},
       {"dag_id": "nightly", "task_id": "publish", "artifacts_path": "s3://my_aws@bucket/genesys",
        "ledger_keys": ["calls-*"], "genesys_cloud_conn_id": "genesys_cloud_default"}]

- A run that is given no ids does nothing, and `look` says which it needs.
- `look` counts them by reason, and fails where the list does not allow it, or the account is not complete.
- `ask` shows that to a person and waits (*Required actions* in Airflow's pages). Airflow can do that from 3.1 on; on an
  older one the run ends with `look`, and whoever has read its log triggers the Dag again with `confirm`.
- `publish` sends what was shown, and nothing else, with the same event ids. It fails if anything is refused once more:
  then its own dead letters have it.
- The same letters are sent once. Where an earlier run has replayed them, `ask` says when and with what outcome, and
  `publish` is skipped; where that run was killed, it goes on with the rest. One `publish` runs at a time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    Param,
    dag,
    get_current_context,
    task,
)

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.tasks.failures import fail_without_retry
from airflow_provider_genesys.tasks.replay import begin_replay, describe_replay, find_replay

try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except (ImportError, AirflowException):  # Airflow before 3.1 cannot ask
    ApprovalOperator = None

ID = {"type": "string", "maxLength": 250}  # needed, as Airflow's form says; a run without any says what it needs
PARAMETERS = {
    "dag_id": Param("", **ID, description="The Dag whose dead letters they are"),
    "run_id": Param("", **ID, description="Its run"),
    "task_id": Param("", **ID, description="The task that published"),
    "map_index": Param(-1, type="integer", minimum=-1, description="-1 for a task that is not mapped"),
    "ledger_key": Param(None, type=["string", "null"], maxLength=250, description="The account's, if it has one"),
    "began": Param(None, type=["string", "null"], maxLength=250, description="When the account was begun, if in doubt"),
}
NEEDS = (
    "Nothing to do: this run was not told whose dead letters to publish. It needs the ids of the task that has them, "
    'as in --conf \'{"dag_id": "call_records", "run_id": "manual__2026-11-28T00:00:00+00:00", "task_id": "publish"}\', '
    "and an entry for that Dag in the Airflow variable genesys_cloud_replay"
)
if ApprovalOperator is None:
    PARAMETERS["confirm"] = Param(default=False, type="boolean", description="You have read what `look` found")


# [START replay]
@dag(
    schedule=None,
    catchup=False,
    dagrun_timeout=timedelta(days=2),  # nobody answered
    tags=["genesys", "genesys-replay", "example"],
    doc_md=__doc__,
    params=PARAMETERS,
)
def genesys_cloud_replay() -> None:
    """Look, ask, publish."""

    @task(multiple_outputs=False)
    def look(params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Find the dead letters, and say what would be sent."""
        ids = params or {}
        if not any(ids.get(name) for name in ("dag_id", "run_id", "task_id")):
            raise AirflowSkipException(NEEDS)
        with fail_without_retry(None):
            replay = find_replay(ids)
        markdown = describe_replay(replay, ids)
        logging.getLogger(__name__).info("To be published once more:\n%s", markdown)
        found = replay.as_xcom()
        return {"streams": list(found), "found": found, "markdown": markdown}

    @task
    def streams(found: dict[str, Any]) -> list[str]:
        """Return the streams that there are letters of, for as many tasks."""
        names: list[str] = found["streams"]
        return names

    @task(retries=2, retry_delay=timedelta(minutes=2), max_active_tis_per_dag=1)
    def publish(stream: str, found: dict[str, Any], params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Publish those of one stream, if they are still those that were shown, and no other run has done it."""
        with fail_without_retry(None):
            replay = find_replay(params or {})
            letters = replay.letters.get(stream)
            if letters is None or letters.digest != found["found"][stream]["digest"]:
                raise AirflowFailException("The dead letters are others than those that were shown: begin anew")
            if not begin_replay(letters, params or {}, get_current_context()):
                raise AirflowSkipException("Nothing is sent: another run has replayed these letters")
            hook = GenesysCloudHook(replay.genesys_cloud_conn_id)
            return hook.publish_events(
                letters.stream,  # type: ignore[arg-type]
                letters.folder,
                artifacts_path=replay.artifacts_path,
                folder=letters.replay_folder,
            )

    shown = look()
    wanted = streams(shown)
    if ApprovalOperator is not None:
        (
            shown
            >> ApprovalOperator(
                task_id="ask",
                subject="Publish the dead letters of {{ params.dag_id }}, {{ params.task_id }}, once more?",
                body="{{ ti.xcom_pull(task_ids='look').markdown }}",
            )
            >> wanted
        )
    else:

        @task.short_circuit
        def confirmed(params: dict[str, Any] | None = None) -> bool:
            """Go on if somebody has read what would be sent."""
            return bool((params or {})["confirm"])

        shown >> confirmed() >> wanted
    publish.partial(found=shown).expand(stream=wanted)
    # [END replay]


genesys_cloud_replay()
