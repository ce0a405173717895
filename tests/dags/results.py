"""What became of a run of a Dag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


def states(run: DagRun) -> dict[str, str]:
    return {instance.task_id: str(instance.state) for instance in run.get_task_instances()}


def result(run: DagRun, task_id: str, key: str = "return_value") -> Any:
    return run.get_task_instance(task_id).xcom_pull(task_ids=task_id, key=key)
