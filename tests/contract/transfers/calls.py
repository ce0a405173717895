"""A task that transfers calls: its records, its operator, where its files lie, and that its account adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.world import LINE

if TYPE_CHECKING:
    from pathlib import Path

POST = "/api/v2/events/conversations"
CALLS = 60
EVENTS = 8


def calls(begin: int, end: int) -> list[str]:
    return [
        LINE.replace("c1", f"c{number}").replace("09:00", f"{9 + number // 60:02}:{number % 60:02}")
        for number in range(begin, end)
    ]


def operator(folder: Path, **arguments: Any) -> RecordsToGenesysCloudOperator:
    given = {
        "records": "calls.csv",
        "mapping": "m.yaml",
        "directory": "d.yaml",
        "state_path": f"file://{folder}/state.db",
        "artifacts_path": f"file://{folder}/artifacts",
    }
    return RecordsToGenesysCloudOperator(task_id="transfer", **(given | arguments))


def instance(run: str) -> TaskInstance:
    return TaskInstance("transfer", dag_id="records", run_id=run)


def run(folder: Path, name: str = "1", ti: TaskInstance | None = None, **arguments: Any) -> dict[str, Any]:
    ti = ti or instance(name)
    try:
        return operator(folder, **arguments).execute(context(ti, fileloc=str(folder / "dag.py")))
    finally:
        check(ti.pushed["summary"])


def check(summary: dict[str, Any]) -> None:
    fates = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")
    assert summary["read"] == sum(summary[fate] for fate in fates), summary
    records = summary["conversion"]
    outcome = ("converted", "skipped", "superseded", "held_back", "rejected")
    assert records["records"] == sum(records[name] for name in outcome)
    assert summary["read"] == records["events_written"]


def artifacts(folder: Path, name: str = "1") -> Path:
    return folder / "artifacts" / "records" / name / "transfer"
