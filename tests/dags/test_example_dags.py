"""The example Dags, run by Airflow against the simulator: both accounts must agree."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo import organization
from tests.dags.results import result

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

# As the demo's organisation has them in the end.
DEFINITIONS = [
    {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}},
    {"systemPresence": "Break", "languageLabels": {"en_US": "Yoga"}, "deactivated": True},
    {"systemPresence": "Meal", "languageLabels": {"en_US": "Canteen"}},
    {"systemPresence": "Meeting", "languageLabels": {"en_US": "Coaching"}},
    {"systemPresence": "Training", "languageLabels": {"en_US": "E-learning"}},
]
FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")


def check(summary: dict[str, Any]) -> None:
    assert summary["complete"]
    assert summary["pending"] == 0
    assert summary["read"] == sum(summary[fate] for fate in FATES)


def dead_letters(summary: dict[str, Any]) -> list[dict[str, Any]]:
    segments = Path(summary["dead_letters"].removeprefix("file://")).glob("*.jsonl")
    return [json.loads(line) for segment in segments for line in segment.read_text().splitlines()]


def accepted_by_kind(simulator: SimulatorHandle) -> Counter[str]:
    return Counter(event["kind"] for event in simulator.ledger_events())


def test_call_records(run_dag: RunDag, genesys_cloud_simulator: SimulatorHandle) -> None:
    run = run_dag("call_records")

    assert run.state == "success"
    converted, summary = result(run, "convert"), result(run, "publish")
    check(summary)
    assert (converted["records"], converted["superseded"], converted["rejected"]) == (301, 1, 5)
    rejects = [json.loads(line) for line in Path(converted["rejects"]).read_text().splitlines()]
    assert len(rejects) == 5
    assert summary["read"] == converted["events_written"] == len(Path(converted["events"]).read_text().splitlines())
    assert (summary["duplicate"], summary["rejected"], summary["invalid"]) == (0, 0, 0)
    assert genesys_cloud_simulator.ledger() == {
        "accepted": summary["accepted"],
        "distinct": summary["accepted"],
        "duplicates": 0,
    }
    sent = Counter(json.loads(line)["eventId"] for line in Path(converted["events"]).read_text().splitlines())
    assert {event["eventId"] for event in genesys_cloud_simulator.ledger_events()} == set(sent)
    assert result(run, "publish", "summary") == summary
    assert_each_conversation_is_in_order(Path(converted["events"]), genesys_cloud_simulator)


def assert_each_conversation_is_in_order(file: Path, simulator: SimulatorHandle) -> None:
    """Between requests: one request's events are in arrays, which have no order among them."""
    lines = file.read_text().splitlines()
    place = {json.loads(line)["eventId"]: number for number, line in reversed(list(enumerate(lines)))}
    arrived: dict[str, list[tuple[int, int]]] = {}
    for event in simulator.ledger_events():
        arrived.setdefault(event["key"], []).append((event["request"], place[event["eventId"]]))
    assert any(len({request for request, _ in events}) > 1 for events in arrived.values())
    for events in arrived.values():
        for (request, place_before), (next_request, place_after) in pairwise(events):
            assert request == next_request or place_before < place_after


def test_faults_cost_no_event(run_dag: RunDag, genesys_cloud_simulator: SimulatorHandle) -> None:
    path = "/api/v2/events/conversations"
    # The first requests only: an event that was refused must not have come before in a request whose answer was lost.
    genesys_cloud_simulator.add_fault(path=path, partial={"retryable": False, "every": 150}, count=5)
    genesys_cloud_simulator.add_fault(path=path, status=429, retry_after=1, count=2)
    genesys_cloud_simulator.add_fault(path=path, reset="after", after=1, count=1)
    genesys_cloud_simulator.add_fault(path=path, status=503, count=2)
    genesys_cloud_simulator.add_fault(path=path, partial={"retryable": True, "probability": 0.02}, count=5)
    run = run_dag("call_records")

    assert run.state == "success"
    summary = result(run, "publish")
    check(summary)
    assert summary["rejected"] == len(dead_letters(summary)) > 0
    account = genesys_cloud_simulator.ledger()
    assert account["distinct"] == summary["accepted"]
    # Only the request whose answer was lost may have been acted on twice.
    assert 0 < account["duplicates"] <= 100


def test_too_many_bad_lines_fail_the_conversion(run_dag: RunDag, genesys_cloud_simulator: SimulatorHandle) -> None:
    run = run_dag("call_records", max_rejected="1%")

    assert run.state == "failed"
    assert run.get_task_instance("convert").state == "failed"
    assert genesys_cloud_simulator.requests()["total"] == 0


def test_agent_statuses(run_dag: RunDag, genesys_cloud_simulator: SimulatorHandle) -> None:
    genesys_cloud_simulator.load_presence(DEFINITIONS)
    run = run_dag("agent_statuses")

    assert run.state == "success"
    presences, statuses = result(run, "publish_presences"), result(run, "publish_routing_statuses")
    check(presences)
    check(statuses)
    assert accepted_by_kind(genesys_cloud_simulator) == {
        "userPresenceEvents": presences["accepted"],
        "userRoutingStatusEvents": statuses["accepted"],
    }
    assert presences["read"] == len(result(run, "presence_events"))
    assert statuses["duplicate"] == 1
    assert Counter(letter["dead_letter"]["reason"] for letter in dead_letters(presences)) == {
        "invalid.eventDateTime": 1,
        "invalid.presence": 2,
        "invalid.userId": 1,
    }
    unresolved = {
        letter["event"]["presence"]: letter["dead_letter"]["message"]
        for letter in dead_letters(presences)
        if letter["dead_letter"]["reason"] == "invalid.presence"
    }
    assert set(unresolved) == {"Break/Yoga", "Siesta"}
    assert "is deactivated" in unresolved["Break/Yoga"]
    assert "is no system presence" in unresolved["Siesta"]
    assert Counter(letter["dead_letter"]["reason"] for letter in dead_letters(statuses)) == {
        "invalid.agentId": 1,
        "invalid.eventDateTime": 1,
        "invalid.json": 1,
        "invalid.reason": 1,
        "invalid.status": 2,
    }
    log = genesys_cloud_simulator.requests()
    assert log["totals"]["GET /api/v2/presence/definitions"]["200"] == 2
    paths = [request["path"] for request in log["requests"]]
    events = [path for path in paths if path.startswith("/api/v2/events/")]
    assert list(dict.fromkeys(events)) == ["/api/v2/events/users/presence", "/api/v2/events/users/routingstatus"]
    assert events == sorted(events)


def test_calls_of_another_platform_need_files_and_no_code(run_dag: RunDag, tmp_path: Path) -> None:
    (tmp_path / "records.json").write_text('{"id": 1, "from": "2026-10-25T00:30:00Z", "to": "2026-10-25T00:31:00Z"}')
    (tmp_path / "mapping.yaml").write_text("interaction: {id: id, direction: inbound, started: from, ended: to}")
    (tmp_path / "directory.yaml").write_text("source_id: a2ac77fd-36c6-4c2a-b238-f89b35daa570")
    files = {name: str(tmp_path / f"{name}.yaml") for name in ("mapping", "directory")}
    run = run_dag("call_records", records=str(tmp_path / "records.json"), **files)

    assert run.state == "success"
    assert (result(run, "convert")["converted"], result(run, "publish")["accepted"]) == (1, 2)


def test_three_platforms_into_one_account(run_dag: RunDag, connected: SimulatorHandle) -> None:
    organization.load(connected)
    run = run_dag("three_platforms")

    assert run.state == "success"
    converted = {name: result(run, name) for name in ("calls", "amazon_connect", "cxone")}
    fates = ("records", "converted", "skipped", "superseded", "held_back", "rejected")
    assert {name: [each[fate] for fate in fates] for name, each in converted.items()} == {
        "calls": [301, 295, 0, 1, 0, 5],
        "amazon_connect": [8, 5, 2, 1, 0, 0],
        "cxone": [6, 4, 1, 0, 0, 1],
    }
    summary = result(run, "publish")
    check(summary)
    assert summary["accepted"] == summary["read"] == sum(each["events_written"] for each in converted.values())
    assert connected.ledger()["distinct"] == summary["accepted"]
    assert len({event["key"] for event in connected.ledger_events()}) == 295 + 4 + 4
    reasons = [json.loads(line)["reason"] for line in Path(converted["cxone"]["rejects"]).read_text().splitlines()]
    assert reasons == ["agent 'E99' is not in the directory, under users, nor in the organisation"]


def test_sharded_events(run_dag: RunDag, genesys_cloud_simulator: SimulatorHandle, tmp_path: Path) -> None:
    agents = [f"5b0d0f6e-9a55-4a5e-8a0b-{number:012}" for number in range(40)]
    source = tmp_path / "statuses.jsonl"
    with source.open("w") as file:
        for number in range(2_000):
            moment = f"2026-11-16T{9 + number // 600:02}:{number // 10 % 60:02}:{number % 10:02}.000Z"
            row = {"agentId": agents[number % 40], "eventDateTime": moment, "sourceId": agents[0]}
            file.write(json.dumps(row | {"status": "Idle" if number % 3 else "Busy"}) + "\n")
    path = "/api/v2/events/users/routingstatus"
    genesys_cloud_simulator.add_fault(path=path, status=503, count=2)
    run = run_dag("sharded_events", source=str(source), shards=3)
    assert run.state == "failed"  # a third of the events are of a status that there is not
    source.with_name("good.jsonl").write_text(source.read_text().replace("Busy", "OffQueue"))
    genesys_cloud_simulator.reset()
    run = run_dag("sharded_events", source=str(source.with_name("good.jsonl")), shards=3)
    assert run.state == "success"
    total = result(run, "account")
    check(total | {"read": total["read"]})
    assert (total["read"], total["accepted"], total["publishes"]) == (2_000, 2_000, 3)
    assert genesys_cloud_simulator.ledger() == {"accepted": 2_000, "distinct": 2_000, "duplicates": 0}
