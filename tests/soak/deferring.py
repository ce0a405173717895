"""``python -m tests.soak.deferring``: run every task of the Dag ``waiting`` as a worker does, until it is deferred.

What runs them is Airflow's own task runner, against the API that workers speak to, both in this process: an executor
would take ten minutes for two hundred. Prints how many are deferred.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.dagbag import DBDagBag
from airflow.sdk.api.datamodels._generated import TaskInstance
from airflow.sdk.execution_time.supervisor import run_task_in_process
from airflow.utils import timezone
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

DAG = "waiting"


def main() -> int:
    """Defer them; return the exit status."""
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    folder = Path(__file__).with_name("dags")
    bundle = next(iter(manager.get_all_dag_bundles()))
    bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name=bundle.name)
    sync_bag_to_db(bag, bundle.name, None)
    deferred = 0
    with create_session() as session:
        known = DBDagBag().get_latest_version_of_dag(DAG, session=session)
        now = timezone.utcnow()
        run = known.create_dagrun(
            run_id="soak",
            run_after=now,
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            start_date=now,
            session=session,
        )
        session.commit()
        instances: list[Any] = run.get_task_instances(session=session)
        for instance in instances:
            instance.try_number, instance.state = 1, TaskInstanceState.QUEUED
        session.commit()
        told = [
            TaskInstance(
                id=UUID(str(each.id)),
                task_id=each.task_id,
                dag_id=each.dag_id,
                run_id=each.run_id,
                try_number=each.try_number,
                map_index=each.map_index,
                dag_version_id=UUID(str(each.dag_version_id)),
            )
            for each in instances
        ]
    for each in told:
        ended = run_task_in_process(ti=each, task=bag.dags[DAG].get_task(each.task_id))
        deferred += ended.ti.state == TaskInstanceState.DEFERRED
    print(f"deferred {deferred} of {len(told)}", flush=True)  # noqa: T201 - this is a command
    return 0 if deferred == len(told) else 1


if __name__ == "__main__":
    sys.exit(main())
