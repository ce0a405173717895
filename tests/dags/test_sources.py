"""What Airflow makes of ``source`` on its way to the operator: results of tasks, mapped tasks and templates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.worlds import presences, uid, write_lines
from tests.dags.results import states
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

ROOT = Path(__file__).parents[2]
HEAD = """
from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator

def publish(task_id, source, stream="user_presences"):
    return GenesysCloudPublishEventsOperator(
        task_id=task_id, stream=stream, source=source, artifacts_path={folder!r}, trigger_rule="all_done"
    )

@task
def files(part):
    return [{folder!r} + "/part-" + str(part) + ".jsonl"]

@task
def events(part):
    return [{{**event, "userId": f"of {{part}}"}} for event in {events!r}[part * 2 : part * 2 + 2]]

with DAG({dag_id!r}, schedule=None{options}) as dag:
"""
RESULTS = """
    one, two = files.override(task_id="one")(0), files.override(task_id="two")(1)
    publish("joined", [one, two])
    publish("mapped", files.override(task_id="many").expand(part=[0, 1]))
    publish("mapped_events", events.expand(part=[0, 1]))
    one >> two >> publish("text", "{{ ti.xcom_pull('one') }}")
    two >> publish("json", "{{ [ti.xcom_pull('one'), ti.xcom_pull('two')] | tojson }}")
"""
NATIVE = """
    one = files.override(task_id="one")(0)
    one >> publish("native", "{{ ti.xcom_pull('one') }}")
"""


@pytest.fixture
def run_file(
    dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DagRun]:
    """Run a Dag made of the code of its tasks, in a folder of its own."""

    def run(dag_id: str, body: str, options: str = "") -> DagRun:
        folder = tmp_path / dag_id
        folder.mkdir()
        head = HEAD.format(folder=str(tmp_path), dag_id=dag_id, options=options, events=presences(4))
        (folder / f"{dag_id}.py").write_text(head + body)
        return dags_of_a_bundle(folder, monkeypatch)[dag_id].test()  # type: ignore[no-any-return]

    return run


def summary(run: DagRun, task_id: str) -> dict[str, Any]:
    return run.get_task_instance(task_id).xcom_pull(task_ids=task_id, key="summary")  # type: ignore[union-attr, no-any-return]


def test_results_of_tasks_are_taken_however_they_are_nested(run_file: Callable[..., DagRun], tmp_path: Path) -> None:
    write_lines(tmp_path / "part-0.jsonl", presences(100)[:60])
    write_lines(tmp_path / "part-1.jsonl", presences(100)[60:])
    run = run_file("sources_under_test", RESULTS)
    got = {name: summary(run, name)["accepted"] for name in ("joined", "mapped", "mapped_events", "text", "json")}
    assert got == {"joined": 100, "mapped": 100, "mapped_events": 4, "text": 0, "json": 100}
    assert states(run)["text"] == "failed"
    native = run_file("native_sources_under_test", NATIVE, ", render_template_as_native_obj=True")
    assert summary(native, "native")["accepted"] == 60


def test_the_recipe_of_the_docs_replays_dead_letters(
    run_file: Callable[..., DagRun], connected: SimulatorHandle, tmp_path: Path
) -> None:
    """As written there, but for the store; the run id is the one that Airflow shows."""
    write_lines(tmp_path / "in.jsonl", [{"type": "holdUpdated", **each} for each in _holds(30)])
    refused = [uid(number) for number in range(10)]
    connected.add_fault(path="*/events/*", partial={"retryable": False, "event_ids": refused})
    first = run_file("call_records", f"    publish('publish', {str(tmp_path / 'in.jsonl')!r}, 'conversations')\n")
    assert (summary(first, "publish")["accepted"], summary(first, "publish")["rejected"]) == (20, 10)
    assert "+" in first.run_id
    assert first.run_id not in summary(first, "publish")["dead_letters"]

    page = (ROOT / "docs" / "publish-events.md").read_text("utf-8")
    (recipe,) = re.findall(
        r'```python\n(GenesysCloudPublishEventsOperator\(\n    task_id="replay".*?)```', page, re.DOTALL
    )
    recipe = recipe.replace("s3://my_aws@bucket/genesys", f"file://{tmp_path}").replace("<run_id>", first.run_id)
    connected.clear_faults()
    again = run_file("replays", "".join(f"    {line}\n" for line in recipe.splitlines()))
    assert (summary(again, "replay")["read"], summary(again, "replay")["accepted"]) == (10, 10)
    assert sorted(row["eventId"] for row in connected.ledger_events()) == sorted(uid(number) for number in range(30))


def _holds(count: int) -> list[dict[str, Any]]:
    from tests.contract.kinds import event_of  # noqa: PLC0415

    return [event_of("conversations", "holdUpdated", number, whole=True) for number in range(count)]
