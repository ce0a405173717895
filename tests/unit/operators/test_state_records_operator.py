"""The task that makes presence and routing status events of records of agents' states."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.harness.files import lines_of
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.states import SIMPLE, agent_event, says
from tests.unit.interactions.world import CSV, LINE, rows

PRESENCE_SOURCE = "0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a Dag's file, a mapping, a directory and rules beside it."""
    (tmp_path / "m.yaml").write_text(SIMPLE)
    users = {"source_id": DIRECTORY.source_id, "users": dict(DIRECTORY.users)}
    (tmp_path / "d.yaml").write_text(json.dumps(users))
    (tmp_path / "p.yaml").write_text("- {state: CUSTOM, reason: x, presence: Meal, routing_status: OffQueue}\n")
    return tmp_path


def run(folder: Path, ti: TaskInstance | None = None, **arguments: Any) -> Any:
    arguments = {"mapping": "m.yaml", "directory": "d.yaml", "destination": folder / "out"} | arguments
    task = GenesysCloudConvertRecordsOperator(task_id="t", **arguments)
    return task.execute(context(ti, fileloc=str(folder / "dag.py")))


def test_two_files_named_as_the_streams_and_the_account(folder: Path) -> None:
    ti = TaskInstance()
    summary = run(folder, ti, records=[says(0, "Free"), says(1, "Talks"), says(2, "Golf")], max_rejected=1)
    assert ti.pushed["summary"] == summary
    for stream in ("user_presences", "user_routing_statuses"):
        assert ti.pushed[stream] == summary[stream]  # for task.output["user_presences"]
    out = folder / "out"
    assert sorted(each.name for each in out.iterdir()) == [
        "corrections.jsonl",
        "held-back.jsonl",
        "rejects.jsonl",
        "user_presences.jsonl",
        "user_routing_statuses.jsonl",
    ]
    assert summary.pop("kind") == "conversion"
    assert [each["count"] for each in summary.pop("reasons")] == [1]
    assert summary == {
        "events": None,
        "held_back_file": str(out / "held-back.jsonl"),
        "corrections": str(out / "corrections.jsonl"),
        "corrected_late": 0,
        "contradicted": 0,
        "user_presences": str(out / "user_presences.jsonl"),
        "user_routing_statuses": str(out / "user_routing_statuses.jsonl"),
        "rejects": str(out / "rejects.jsonl"),
        "records": 3,
        "converted": 2,
        "skipped": 0,
        "superseded": 0,
        "held_back": 0,
        "rejected": 1,
        "events_written": 3,
        "routing_statuses_written": 2,
        "conversations": 0,
    }
    presences, statuses = lines_of(summary["user_presences"]), lines_of(summary["user_routing_statuses"])
    assert [each["presence"] for each in presences] == ["OnQueue"]
    assert [each["status"] for each in statuses] == ["Idle", "Interacting"]
    assert {each["sourceId"] for each in (*presences, *statuses)} == {DIRECTORY.source_id}
    assert lines_of(summary["rejects"])[0]["reason"].startswith("state 'Golf' is none of record.highest")


def test_rules_and_the_presence_source_are_given_beside_a_shipped_mapping_and_a_directory(folder: Path) -> None:
    given: list[Any] = ["p.yaml", folder / "p.yaml", [{"reason": "X", "presence": "Meal"}]]
    for presence_map in given:
        summary = run(
            folder,
            records=[agent_event(0, "CUSTOM")],
            mapping="amazon_connect_agent_events",
            presence_map=presence_map,
            source_id=PRESENCE_SOURCE,
        )
        (event,) = lines_of(summary["user_presences"])
        assert (event["presence"], event["sourceId"]) == ("Meal", PRESENCE_SOURCE)


def test_the_next_run_goes_on_from_where_this_one_left_each_agent(folder: Path) -> None:
    arguments: dict[str, Any] = {"state_path": folder / "state.db", "settle": "2h"}
    young = says(3, "Out") | {"At": datetime.now(UTC).isoformat()}
    first = run(folder, TaskInstance(run_id="1"), records=[says(0, "Free"), young], **arguments)
    assert (first["converted"], first["held_back"], first["events_written"]) == (1, 1, 2)
    records = [says(0, "Free"), says(1, "Free", "still"), says(2, "Talks")]
    second = run(folder, TaskInstance(run_id="2"), records=records, **arguments)
    assert [second[fate] for fate in ("records", "converted", "skipped", "superseded", "held_back")] == [4, 1, 1, 1, 1]
    assert [each["status"] for each in lines_of(second["user_routing_statuses"])] == ["Interacting"]
    assert lines_of(second["user_presences"]) == []
    again = run(folder, TaskInstance(run_id="1"), records=[says(0, "Free"), young], **arguments)
    assert again == first


def test_a_state_of_interactions_is_none_of_agents(folder: Path) -> None:
    state = folder / "state.db"
    run(folder, records=[says(0, "Free")], state_path=state)
    (folder / "c.yaml").write_text(CSV)
    (folder / "calls.csv").write_text(rows(LINE))
    names = {"users": dict(DIRECTORY.users), "queues": dict(DIRECTORY.queues)}
    names["wrap_up_codes"] = dict(DIRECTORY.wrap_up_codes)
    (folder / "d.yaml").write_text(json.dumps(names | {"source_id": DIRECTORY.source_id}))
    with pytest.raises(AirflowFailException, match="is about states of agents, not interactions"):
        run(folder, records="calls.csv", mapping="c.yaml", state_path=state)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"presence_map": [{"state": "Free", "category": "Ready", "presence": "Away"}]},
            "the key 'category' is unknown",
        ),
        ({"presence_map": "m.yaml"}, "presence_map: m.yaml: is not a list of rules"),
        ({"settle": "soon"}, "settle must be a duration"),
        ({"presence_map": 5.5}, "presence_map must be a path or a list of mappings"),
        ({"mapping": "amazon_connect", "presence_map": "p.yaml"}, "presence_map is for states of agents"),
        ({"max_rejected": 0, "records": [says(0, "Golf")]}, "1 of 1 records are rejected"),
    ],
)
def test_what_a_retry_cannot_cure(folder: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(folder, **{"records": [says(0, "Free")]} | arguments)


def test_a_mistake_in_the_mappings_own_rules_is_not_laid_to_the_argument(folder: Path) -> None:
    (folder / "m.yaml").write_text(SIMPLE.replace("presence: Break}", "presenze: Break}"))
    with pytest.raises(AirflowFailException, match=r"m\.yaml, line") as caught:
        run(folder, records=[says(0, "Free")], presence_map="p.yaml")
    assert "presence_map: " not in str(caught.value)
