"""A password before an ``@`` in a path is in nothing that a task tells, and the path leads where it should."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator, GenesysCloudShardEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import GenesysCloudPlanPresenceDefinitionsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.tasks.replay import describe_replay, find_replay
from tests.contract.worlds import presence, presences
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, LINE, rows

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

PASSWORD = "opensesame"
IDS: dict[str, Any] = {"dag_id": "statuses", "run_id": "r", "task_id": "publish", "map_index": -1}


def at(folder: Path) -> str:
    return f"file://somebody:{PASSWORD}@{folder}"


def publish(folder: Path) -> GenesysCloudPublishEventsOperator:
    source = [*presences(5), presence(6, userId=None)]
    return GenesysCloudPublishEventsOperator(
        task_id="publish", stream="user_presences", source=source, artifacts_path=at(folder), max_rejected=1
    )


def convert(folder: Path) -> GenesysCloudConvertRecordsOperator:
    (folder / "m.yaml").write_text(CSV)
    (folder / "calls.csv").write_text(rows(LINE, LINE.replace("09:00:00", "in the morning").replace("c1", "c2")))
    names = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (folder / "directory.yaml").write_text(json.dumps({**names, "source_id": DIRECTORY.source_id}))
    return GenesysCloudConvertRecordsOperator(
        task_id="convert",
        records=at(folder / "calls.csv"),
        mapping=at(folder / "m.yaml"),
        directory=at(folder / "directory.yaml"),
        destination=at(folder / "out"),
        max_rejected=1,
    )


def export(folder: Path) -> GenesysCloudExportOperator:
    return GenesysCloudExportOperator(task_id="export", include=["presence"], destination=at(folder))


def plan(folder: Path) -> GenesysCloudPlanPresenceDefinitionsOperator:
    wanted = [{"system_presence": "Break", "labels": {"en_US": "Nap"}}]
    return GenesysCloudPlanPresenceDefinitionsOperator(task_id="plan", definitions=wanted, artifacts_path=at(folder))


def shard(folder: Path) -> GenesysCloudShardEventsOperator:
    return GenesysCloudShardEventsOperator(
        task_id="shard", stream="user_presences", source=presences(9), shards=2, destination=at(folder)
    )


def call(folder: Path) -> GenesysCloudApiOperator:
    return GenesysCloudApiOperator(task_id="call", operation="getUsers", destination=at(folder / "users.jsonl"))


@pytest.mark.parametrize("make", [publish, convert, export, plan, shard, call])
def test_it_is_in_no_xcom_and_no_log(
    connected: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture, make: Callable[[Path], Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(2):  # the second time it finds what is there
        ti = TaskInstance("task", dag_id="statuses", run_id="r")
        told = json.dumps([make(tmp_path).execute(context(ti)), ti.pushed])
        assert PASSWORD not in told
        assert f"somebody:***@{tmp_path}" in told
    assert PASSWORD not in caplog.text


def test_what_one_task_gives_another_is_found(connected: SimulatorHandle, tmp_path: Path) -> None:
    shards = shard(tmp_path / "shards").execute(context(TaskInstance("shard", dag_id="statuses", run_id="r")))
    events = GenesysCloudPublishEventsOperator(
        task_id="publish", stream="user_presences", source=shards, artifacts_path=at(tmp_path / "artifacts")
    )
    assert events.execute(context(TaskInstance("publish", dag_id="statuses", run_id="r")))["accepted"] == 9


def test_dead_letters_are_found_for_a_replay(connected: SimulatorHandle, tmp_path: Path) -> None:
    publish(tmp_path).execute(context(TaskInstance("publish", dag_id="statuses", run_id="r")))
    found = find_replay(IDS, [{"dag_id": "statuses", "artifacts_path": at(tmp_path)}])
    assert found.letters["user_presences"].count == 1
    assert PASSWORD not in json.dumps(found.as_xcom()) + describe_replay(found, IDS)


@pytest.mark.parametrize(("make", "file"), [(publish, "ledger.json"), (export, "snapshots/*.json")])
def test_it_is_in_no_message_of_what_cannot_be_read(
    connected: SimulatorHandle, tmp_path: Path, make: Callable[[Path], Any], file: str
) -> None:
    ti = TaskInstance("publish", dag_id="statuses", run_id="r")
    make(tmp_path).execute(context(ti))
    (broken,) = tmp_path.rglob(file)
    broken.write_text("{")
    with pytest.raises(Exception, match=rf"somebody:\*\*\*@{tmp_path}") as error:
        make(tmp_path).execute(context(ti))
    assert PASSWORD not in str(error.value)
