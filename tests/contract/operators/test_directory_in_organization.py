"""Names of records looked up in the organisation itself, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.interactions.ids import stable_id
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

MAPPING = """\
interaction: {id: Id, direction: inbound, started: Begin, ended: End}
legs:
  - {kind: queue, party: Queue, skills: [Skill], language: Language, started: Begin, ended: Taken}
  - {kind: agent, party: Agent, started: Taken, answered: Taken, wrap: {code: Code}}
"""
RECORD = {
    "Id": "c1",
    "Begin": "2026-11-16T08:00:00Z",
    "Taken": "2026-11-16T08:00:10Z",
    "End": "2026-11-16T08:01:00Z",
    "Queue": "Sales",
    "Skill": "Cameras",
    "Language": "German",
    "Agent": "Ann Smith",
    "Code": "Solved",
}
USERS = [
    {"name": "Ann Smith", "email": "Ann.Smith@example.com", "employeeId": "4711", "extension": "201"},
    {"name": "Ben Jones", "email": "ben@example.com", "employeeId": "4712", "extension": "4711"},
    {"name": "Kim Lee", "email": "kim.lee@example.com", "employeeId": "4713", "extension": "203"},
    {"name": "Kim Lee", "email": "kim@example.com", "employeeId": "4714", "extension": "204"},
    {"name": "Gone Away", "email": "gone@example.com", "employeeId": "4715", "extension": "205"},
]


@pytest.fixture
def organization(connected: SimulatorHandle) -> dict[str, dict[str, str]]:
    """An organisation with users of the same name, and ids by name of each kind."""
    there = connected.load_directory(
        users=USERS,
        queues=[{"name": f"Queue {number}"} for number in range(120)] + [{"name": "Sales"}],
        wrapupcodes=[{"name": "Solved"}],
        skills=[{"name": "Cameras", "state": "deleted"}, {"name": "Cameras"}],
        languages=[{"name": "German"}, {"name": "german"}],
    )
    gone = next(user["id"] for user in there["users"] if user["name"] == "Gone Away")
    connected.settings(user_states={gone: "inactive"})
    key = {"users": "email"}
    return {kind: {each[key.get(kind, "name")]: each["id"] for each in entities} for kind, entities in there.items()}


def convert(
    folder: Path, *records: dict[str, Any], directory: str = "organization", ti: TaskInstance | None = None, **more: Any
) -> list[dict[str, Any]]:
    (folder / "m.yaml").write_text(MAPPING)
    task = GenesysCloudConvertRecordsOperator(
        task_id="t", records=[*records], mapping="m.yaml", directory=directory, destination=folder / "out", **more
    )
    summary = task.execute(context(ti, fileloc=str(folder / "dag.py")))
    return [json.loads(line) for line in Path(summary["events"]).read_text().splitlines()]


def found(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "agent": next(each["userId"] for each in events if "userId" in each),
        **{key: each[key] for each in events for key in ("queueId", "skillIds", "languageId", "code") if key in each},
        "source": events[0]["sourceConfiguration"]["sourceId"],
    }


def test_everything_is_found_with_one_listing_of_each_kind(
    organization: dict[str, dict[str, str]], connected: SimulatorHandle, tmp_path: Path
) -> None:
    events = convert(tmp_path, *(RECORD | {"Id": f"c{number}"} for number in range(50)))
    assert found(events) == {
        "agent": organization["users"]["Ann.Smith@example.com"],
        "queueId": organization["queues"]["Sales"],
        "skillIds": [organization["skills"]["Cameras"]],  # the deleted one does not count
        "languageId": organization["languages"]["German"],  # spelt like this, which is not german
        "code": organization["wrapupcodes"]["Solved"],
        "source": connected.settings()["sources"][0]["id"],
    }
    asked = {path: sum(answers.values()) for path, answers in connected.requests()["totals"].items()}
    assert asked == {
        "POST /oauth/token": 1,
        "GET /api/v2/presence/sources": 1,
        "GET /api/v2/routing/queues": 2,  # of which there are 121
        "GET /api/v2/routing/wrapupcodes": 1,
        "GET /api/v2/routing/skills": 1,
        "GET /api/v2/routing/languages": 1,
        "GET /api/v2/users": 1,
    }


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("ann.smith@EXAMPLE.com", "Ann.Smith@example.com"),
        ("ann smith", "Ann.Smith@example.com"),
        ("4712", "ben@example.com"),
        ("201", "Ann.Smith@example.com"),
        ("kim@example.com", "kim@example.com"),
    ],
)
def test_a_user_is_known_by_any_of_four(
    organization: dict[str, dict[str, str]], tmp_path: Path, name: str, email: str
) -> None:
    assert found(convert(tmp_path, RECORD | {"Agent": name}))["agent"] == organization["users"][email]


@pytest.mark.usefixtures("organization")
def test_all_ambiguous_names_are_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException) as raised:
        convert(tmp_path, RECORD | {"Agent": "4711"}, RECORD | {"Id": "c2"}, RECORD | {"Id": "c3", "Agent": "Kim Lee"})
    message = str(raised.value)
    assert "2 names are ambiguous in the organisation:" in message
    for email in ("Ann.Smith@example.com", "ben@example.com", "kim.lee@example.com", "kim@example.com"):
        assert message.count(f", {email})") == 1
    assert "agent 'Kim Lee' may be " in message
    assert "Write into the directory which are meant" in message
    assert not (tmp_path / "out" / "events.jsonl").exists()


@pytest.mark.parametrize("name", ["Nobody", "Gone Away", "gone@example.com"])
@pytest.mark.usefixtures("organization")
def test_an_unknown_name_rejects_its_record_alone(tmp_path: Path, name: str) -> None:
    ti = TaskInstance()
    events = convert(tmp_path, RECORD, RECORD | {"Id": "c2", "Agent": name}, ti=ti, max_rejected=1)
    assert (ti.pushed["summary"]["converted"], ti.pushed["summary"]["rejected"], len(events)) == (1, 1, 8)
    reject = json.loads((tmp_path / "out" / "rejects.jsonl").read_text())
    assert reject["reason"] == f"agent {name!r} is not in the directory, under users, nor in the organisation"


def test_a_file_comes_before_the_organisation_and_a_default_behind_it(
    organization: dict[str, dict[str, str]], connected: SimulatorHandle, tmp_path: Path
) -> None:
    ids = organization["users"] | organization["queues"]
    (tmp_path / "d.yaml").write_text(
        f"source_id: {connected.settings()['sources'][0]['id']}\n"
        f"users: {{Ann Smith: {ids['ben@example.com']}}}\n"
        "organization: [users, queues]\n"
        "users_by: employee_id\n"
        f"otherwise: {{users: {ids['kim@example.com']}, queues: {ids['Sales']}}}\n"
    )
    plain = {"Skill": None, "Language": None, "Code": None}
    for agent, queue, wanted in (
        ("Ann Smith", "Queue 7", ("ben@example.com", "Queue 7")),
        ("4711", "Golf", ("Ann.Smith@example.com", "Sales")),  # which is somebody else's extension
        ("Kim Lee", "sales", ("kim@example.com", "Sales")),
    ):
        got = found(convert(tmp_path, RECORD | plain | {"Agent": agent, "Queue": queue}, directory="d.yaml"))
        assert (got["agent"], got["queueId"]) == tuple(ids[each] for each in wanted)
    asked = connected.requests()["totals"]
    assert not [path for path in asked if "skills" in path or "wrapup" in path or "sources" in path]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"permissions": ["presence:source:view"]}, "routing:queue:view"),
        ({"sources": []}, "give source_id: the organisation has not one active presence source, but none"),
        ({"sources": [{"id": RECORD["Id"]}, {"id": "c2", "name": "Other"}]}, r"c1 \(External platform\), c2 \(Other\)"),
    ],
)
@pytest.mark.usefixtures("organization")
def test_what_the_organisation_does_not_tell(
    connected: SimulatorHandle, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    connected.settings(**settings)
    with pytest.raises(AirflowFailException, match=message):
        convert(tmp_path, RECORD)


@pytest.mark.usefixtures("organization")
def test_where_nothing_is_looked_up_nobody_is_asked(connected: SimulatorHandle, tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(f"source_id: {stable_id('source')}\n")
    convert(tmp_path, RECORD, directory="d.yaml", max_rejected=1, genesys_cloud_conn_id="there_is_none")
    assert connected.requests()["total"] == 0
