"""The example Dag that starts when somebody changes a status by hand, run by Airflow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.results import states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

CHANGED = "presence_definitions_changed"


@pytest.fixture
def file(tmp_path: Path, connected: SimulatorHandle) -> str:
    """A file of one status, which somebody has renamed by hand."""
    organization = {"Busy": "After-call work", "Break": "Cigarette"}
    *_, smoke = connected.load_presence(
        {"systemPresence": name, "languageLabels": {"en_US": label}} for name, label in organization.items()
    )
    path = tmp_path / "definitions.yaml"
    path.write_text(f"- {{system_presence: Break, labels: {{en_US: Smoke}}, id: {smoke['id']}}}\n")
    return str(path)


def plan(run: DagRun) -> Any:
    return run.get_task_instance("plan").xcom_pull(task_ids="plan")


def test_what_the_watcher_saw_is_told(dags: dict[str, Any]) -> None:
    tell = dags[CHANGED].get_task("tell").python_callable
    changed = {"presence_definitions": {"state": "exported", "count": 1, "added": ["a"], "removed": [], "modified": []}}
    payload = {"genesys_cloud_conn_id": "genesys_cloud_default", "changed": changed}
    seen, by_hand = SimpleNamespace(extra={"from_trigger": True, "payload": payload}), SimpleNamespace(extra={})
    assert tell({"genesys_presence_definitions": [by_hand, seen]}) == [changed]
    assert tell(None) == []


def test_a_plan_is_opened_and_nothing_is_written(run_dag: RunDag, connected: SimulatorHandle, file: str) -> None:
    run = run_dag(CHANGED, definitions=file)
    assert states(run) == {"tell": "success", "plan": "success", "wanted": "success", "put_back": "skipped"}
    assert plan(run)["updates"] == 1
    assert connected.presence()["writes"]["updated"] == 0


def test_it_is_put_back_if_that_is_wanted(run_dag: RunDag, connected: SimulatorHandle, file: str) -> None:
    run = run_dag(CHANGED, definitions=file, put_back=True)
    assert set(states(run).values()) == {"success"}
    assert connected.presence()["writes"]["updated"] == 1
    again = run_dag(CHANGED, definitions=file, put_back=True)
    assert states(again)["put_back"] == "skipped"
    assert plan(again)["unchanged"] == 1
