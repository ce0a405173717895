"""What templates and path objects make of arguments: in the Dag as Airflow keeps it, rendered, and in a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, ObjectStoragePath

from airflow_provider_genesys.exceptions import GenesysConfigError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import (
    GenesysCloudExportOperator,
    GenesysCloudPlanWebMessagingMigrationOperator,
)
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
)
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor
from airflow_provider_genesys.tasks.paths import open_path
from tests.contract.worlds import routing_status
from tests.harness.tasks import context

try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 2
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture(params=[False, True], ids=["text", "native"])
def dag(request: pytest.FixtureRequest) -> DAG:
    return DAG(
        "d",
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        render_template_as_native_obj=request.param,
        params={"key": "20261128", "rejected": "5"},
    )


def run(task: Any, tmp_path: Path, **variables: Any) -> Any:
    """Render the templates of a task as Airflow does, and run it."""
    given = context(fileloc=str(tmp_path / "dag.py"), **variables)
    task.render_template_fields(given)
    return task.execute(given)


def kept(dag: DAG) -> dict[str, Any]:
    """Return the only task of a Dag as Airflow keeps it, which has to be the same each time."""
    first, second = (json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str) for _ in range(2))
    assert first == second
    DagSerialization.from_dict(json.loads(first))
    (task,) = json.loads(first)["dag"]["tasks"]
    found: dict[str, Any] = task.get("__var", task)
    return found


def write_events(folder: Path) -> None:
    for number in (1, 2):
        (folder / f"2026-11-28-{number}.jsonl").write_text(json.dumps(routing_status(number)) + "\n")


@pytest.mark.parametrize("path", [str, Path, lambda path: ObjectStoragePath(f"file://{path}")])
@pytest.mark.parametrize("listed", [False, True])
def test_a_path_is_taken_in_each_of_its_forms(
    connected: SimulatorHandle, dag: DAG, tmp_path: Path, path: Any, listed: bool
) -> None:
    write_events(tmp_path)
    source = path(tmp_path / "{{ ds }}-*.jsonl")
    task = GenesysCloudPublishEventsOperator(
        task_id="publish",
        dag=dag,
        stream="user_routing_statuses",
        source=[source] if listed else source,
        artifacts_path=path(tmp_path / "{{ ds }}"),
        ledger_key="{{ key }}",
        max_rejected="{{ rejected }}",
    )
    assert "{{ ds }}" in json.dumps(kept(dag)["artifacts_path"])

    summary = run(task, tmp_path, ds="2026-11-28", key="20261128", rejected="5")

    assert summary["accepted"] == 2
    assert summary["ledger"].removeprefix("file://").startswith(f"{tmp_path}/2026-11-28/20261128")


@pytest.mark.parametrize("dag", [True], ids=["native"], indirect=True)  # elsewhere a template makes text of a list
def test_a_list_of_paths_that_a_template_makes_is_paths(connected: SimulatorHandle, tmp_path: Path, dag: DAG) -> None:
    write_events(tmp_path)
    paths = [tmp_path / f"2026-11-28-{number}.jsonl" for number in (1, 2)]
    task = GenesysCloudPublishEventsOperator(
        task_id="publish",
        dag=dag,
        stream="user_routing_statuses",
        source="{{ paths }}",
        artifacts_path=str(tmp_path),
    )
    assert run(task, tmp_path, paths=[str(path) for path in paths])["accepted"] == 2


@pytest.mark.parametrize("republish", ["False", "false", "no", "", "{{ params.again }}", 0, 1, None])
def test_nothing_is_sent_again_but_for_true(connected: SimulatorHandle, tmp_path: Path, republish: Any) -> None:
    def publish(**arguments: Any) -> Any:
        task = GenesysCloudPublishEventsOperator(
            task_id="publish",
            stream="user_routing_statuses",
            source=[routing_status(1)],
            artifacts_path=str(tmp_path),
            **arguments,
        )
        return run(task, tmp_path)

    publish()
    assert publish(republish=False)["requests"] == 0
    before = connected.requests()["total"]
    with pytest.raises(AirflowFailException, match="republish must be True or False, not "):
        publish(republish=republish)
    assert connected.requests()["total"] == before
    assert publish(republish=True)["requests"] == 1


def test_an_export_and_an_answer_go_to_path_objects(connected: SimulatorHandle, tmp_path: Path) -> None:
    for number, path in enumerate([tmp_path / "1", ObjectStoragePath(f"file://{tmp_path}/2")], start=1):
        exported = GenesysCloudExportOperator(task_id="export", include=["presence"], destination=path)
        summary = run(exported, tmp_path)
        assert f"{tmp_path}/{number}" in summary["snapshot"]
        read = GenesysCloudApiOperator(task_id="read", operation="getPresenceSources", destination=path / "answer.json")
        destination = run(read, tmp_path)["destination"]
        assert Path(destination.removeprefix("file://")).exists()


def test_definitions_are_read_from_path_objects(connected: SimulatorHandle, tmp_path: Path) -> None:
    file = tmp_path / "definitions.yaml"
    file.write_text("- system_presence: Break\n  labels: {en_US: Smoke}\n")
    for path in (file, Path("definitions.yaml"), ObjectStoragePath(f"file://{file}")):
        task = GenesysCloudPlanPresenceDefinitionsOperator(task_id="plan", definitions=path)
        assert run(task, tmp_path)["creates"] == 1


def test_a_plan_and_a_snapshot_are_read_from_path_objects(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_webchat(deployments=[{"id": "1", "name": "Shop"}])
    wanted = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]
    planned = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan", definitions=wanted, artifacts_path=tmp_path / "plans"
    )
    plan = run(planned, tmp_path)["plan"].removeprefix("file://")
    assert Path(plan).is_relative_to(tmp_path / "plans")
    for path in (Path(plan), ObjectStoragePath(f"file://{plan}")):
        apply = GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=path)
        assert run(apply, tmp_path)["unchanged" if path != Path(plan) else "creates"] in {0, 1}
    sensor = GenesysCloudPresenceDefinitionsSensor(task_id="wait", definitions=tmp_path / "{{ name }}")
    (tmp_path / "wanted.yaml").write_text("- system_presence: Break\n  labels: {en_US: Smoke}\n")
    assert look(sensor, tmp_path, name="wanted.yaml").is_done

    export = GenesysCloudExportOperator(task_id="export", include=["webchat"], destination=tmp_path / "snapshots")
    snapshot = run(export, tmp_path)["snapshot"].removeprefix("file://")
    for path in (Path(snapshot), tmp_path / "snapshots", ObjectStoragePath(f"file://{snapshot}")):
        draft = GenesysCloudPlanWebMessagingMigrationOperator(
            task_id="draft", snapshot=path, destination=tmp_path / "drafts"
        )
        assert Path(run(draft, tmp_path)["report"].removeprefix("file://")).is_relative_to(tmp_path / "drafts")
    changed = GenesysCloudConfigurationChangedSensor(
        task_id="changed", include=["webchat"], destination=tmp_path / "snapshots"
    )
    assert not look(changed, tmp_path).is_done


def look(sensor: Any, tmp_path: Path, **variables: Any) -> Any:
    given = context(fileloc=str(tmp_path / "dag.py"), **variables)
    sensor.render_template_fields(given)
    return sensor.poke(given)


def test_options_of_a_path_object_are_kept(tmp_path: Path) -> None:
    path = ObjectStoragePath(f"file://{tmp_path}/{{{{ ds }}}}", auto_mkdir=True)
    task = GenesysCloudExportOperator(task_id="export", include=["presence"], destination=path)
    task.render_template_fields({"ds": "2026-11-28"})
    task.read_arguments()
    assert str(task.destination) == f"file://{tmp_path}/2026-11-28"
    assert open_path(task.destination).storage_options["auto_mkdir"] is True


@pytest.mark.parametrize("key", [2.5, True, "None", "", "{{ ds }}", ["a"]])
def test_a_key_is_text_or_a_whole_number(connected: SimulatorHandle, tmp_path: Path, key: Any) -> None:
    with pytest.raises(GenesysConfigError, match="ledger_key must be text or None, not "):
        GenesysCloudHook().publish_events("conversations", [], artifacts_path=str(tmp_path), ledger_key=key)
    assert connected.requests()["total"] == 0


def test_a_password_in_a_path_is_not_repeated() -> None:
    task = GenesysCloudExportOperator(
        task_id="export", include=["presence"], destination="s3://key:hunter2@bucket/{{ ds }}"
    )
    with pytest.raises(GenesysConfigError, match=r"destination must be .* not 's3://key:\*\*\*@bucket/") as caught:
        task.read_arguments()
    assert "hunter2" not in str(caught.value)


def test_a_token_is_not_repeated(connected: SimulatorHandle) -> None:
    for token in (["hunter2"], b"hunter2", 4711):
        with pytest.raises(GenesysConfigError, match=r"guest_token must be text or None, not (list|bytes|int)$"):
            GenesysCloudHook().call("getWebchatGuestConversationMembers", guest_token=token)  # type: ignore[arg-type]
