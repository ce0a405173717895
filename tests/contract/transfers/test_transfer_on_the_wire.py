"""The transfer operator between a simulated Vonage Contact Center and a simulated Genesys Cloud, over real HTTP."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api.vonage_contact_center import VonageContactCenterClient
from airflow_provider_genesys.exceptions import GenesysError, GenesysRateLimitError, GenesysSourceError
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator
from tests.harness.people import genesys, vonage
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
LUNCH, TEA, READY, GONE = (f"{letter * 8}-cccc-4ccc-8ccc-cccccccccccc" for letter in "1234")
BULK = "GET /agents/presences/users"
BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)
USERS = 120
UNKNOWN = 77
DEFINITIONS = [
    {
        "presenceId": LUNCH,
        "description": "Lunch",
        "category": {"categoryType": "Away", "description": "Away", "subCategory": "Break"},
    },
    {"presenceId": TEA, "description": "Tea", "category": {"categoryType": "Away", "description": "Away"}},
    {"presenceId": READY, "description": "Ready", "category": {"categoryType": "Ready", "description": "Ready"}},
    {"presenceId": GONE, "description": "Out", "category": {"categoryType": "LoggedOut", "description": "Logged out"}},
]
RULES = [
    {
        "category": "Away",
        "sub_category": "Break",
        "description": "lunch",
        "presence": "Meal",
        "routing_status": "OffQueue",
    },
    {"presence_id": TEA.upper(), "presence": "Break"},
    {"category": "Ready", "presence": "On Queue", "routing_status": "Idle"},
]


def load(simulator: SimulatorHandle, presences: dict[int, str], minute: int) -> None:
    updated = (BEGIN + timedelta(minutes=minute)).isoformat()
    users = {vonage(number): {"presenceId": presence, "updated": updated} for number, presence in presences.items()}
    simulator.load_vonage(users=users)


@pytest.fixture
def simulator(connected: SimulatorHandle, short_waits: None) -> SimulatorHandle:
    """120 users, of which Vonage does not know one."""
    connected.load_vonage(definitions=DEFINITIONS)
    cycle = (LUNCH, TEA, READY, GONE)
    load(connected, {number: cycle[number % 4] for number in range(USERS) if number != UNKNOWN}, 0)
    return connected


def instance(run: str) -> TaskInstance:
    return TaskInstance("transfer", dag_id="statuses", run_id=run)


def operator(tmp_path: Path, **arguments: Any) -> VonagePresenceToGenesysCloudOperator:
    given = {
        "user_map": {vonage(number): genesys(number) for number in range(USERS)},
        "presence_map": RULES,
        "source_id": SOURCE,
        "state_path": f"file://{tmp_path}/state.json",
        "artifacts_path": f"file://{tmp_path}/artifacts",
    }
    return VonagePresenceToGenesysCloudOperator(task_id="transfer", **(given | arguments))


def execute(task: VonagePresenceToGenesysCloudOperator, ti: TaskInstance) -> dict[str, Any]:
    return task.execute(context(ti))


def run(tmp_path: Path, name: str = "1", **arguments: Any) -> dict[str, Any]:
    return execute(operator(tmp_path, **arguments), instance(name))


def users(summary: dict[str, Any]) -> list[int]:
    return [summary[name] for name in ("users", "read", "unchanged", "unmapped", "missing")]


def test_a_map_of_another_account_fails_and_is_tried_again(simulator: SimulatorHandle, tmp_path: Path) -> None:
    ti, strangers = instance("1"), {vonage(number): genesys(number) for number in range(900, 960)}
    with pytest.raises(GenesysSourceError, match="of 60 users Vonage tells nothing of 60") as raised:
        execute(operator(tmp_path, user_map=strangers), ti)
    assert not isinstance(raised.value, AirflowFailException)
    assert users(ti.pushed["summary"]) == [60, 0, 0, 0, 60]
    assert simulator.ledger()["accepted"] == 0
    # The next try asks anew, with the map as it is by then.
    assert users(execute(operator(tmp_path), ti))[0] == USERS


def test_rules_for_nobody_fail_at_once(simulator: SimulatorHandle, tmp_path: Path) -> None:
    known = {vonage(number): genesys(number) for number in range(60)}
    with pytest.raises(AirflowFailException, match="no rule matches the presence of any of the 60 users"):
        run(tmp_path, user_map=known, presence_map=[{"description": "Siesta", "presence": "Break"}])
    assert simulator.ledger()["accepted"] == 0


def test_vonage_is_busy_and_does_not_know_one_user(
    simulator: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.add_fault(path="/agents/presences/users", status=429, count=2)
    simulator.add_fault(path="/agents/presences/users", status=503, count=1)
    summary = run(tmp_path)
    assert users(summary) == [120, 89, 0, 30, 1]
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (89, 60)
    assert simulator.requests()["totals"][BULK] == {"429": 2, "503": 1, "200": 3}
    assert vonage(UNKNOWN) in caplog.text
    assert "LoggedOut/-/Out (30)" in caplog.text
    folder = tmp_path / "artifacts" / "statuses" / "1" / "transfer"
    (missing,) = (folder / "missing.jsonl").read_text().splitlines()
    assert json.loads(missing) == {"vonage_user_id": vonage(UNKNOWN), "genesys_user_id": genesys(UNKNOWN)}
    first = json.loads((folder / "input.jsonl").read_text().splitlines()[0])
    assert (first["userId"], first["eventDateTime"]) == (genesys(0), "2026-01-31T09:00:00.000Z")


@pytest.mark.parametrize("odd", [{"updated": None}, {"presence": None}, {"presence": {"description": "Lunch"}}])
def test_a_user_of_whom_vonage_tells_something_odd_holds_up_nobody(
    simulator: SimulatorHandle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    odd: dict[str, Any],
) -> None:
    call = VonageContactCenterClient.call

    def spoilt(self: Any, *arguments: Any, **options: Any) -> Any:
        answer = call(self, *arguments, **options)
        return [entity | odd if entity["userId"] == vonage(2) else entity for entity in answer]

    with monkeypatch.context() as patch:
        patch.setattr(VonageContactCenterClient, "call", spoilt)
        assert users(run(tmp_path)) == [120, 88, 0, 30, 2]
    assert f"the presence of user {vonage(2)} is not understood" in caplog.text
    marks = json.loads((tmp_path / "state.json").read_text())["watermarks"]
    assert (len(marks), f"{vonage(2)} {genesys(2)}" in marks) == (88, False)
    assert users(run(tmp_path, "2")) == [120, 1, 88, 30, 1]


def test_a_day_of_runs(simulator: SimulatorHandle, tmp_path: Path) -> None:
    run(tmp_path)
    load(simulator, {3: READY, UNKNOWN: TEA, 0: READY}, 7)
    assert users(run(tmp_path, "2")) == [120, 3, 88, 29, 0]
    assert users(run(tmp_path, "3")) == [120, 0, 91, 29, 0]
    everything = [*RULES, {"category": "LoggedOut", "presence": "Offline", "routing_status": "OffQueue"}]
    summary = run(tmp_path, "4", presence_map=everything)
    assert users(summary) == [120, 29, 91, 0, 0]
    assert summary["routing_statuses"]["accepted"] == 29
    ledger = simulator.ledger()
    assert ledger["duplicates"] == 0
    assert ledger["accepted"] == 89 + 60 + 3 + 2 + 29 + 29


def test_a_vonage_that_stays_busy_is_retried_and_publishes_nothing(simulator: SimulatorHandle, tmp_path: Path) -> None:
    simulator.add_fault(path="/agents/presences/users", status=429, retry_after=3_600)
    with pytest.raises(GenesysRateLimitError):
        run(tmp_path)
    assert simulator.ledger()["accepted"] == 0
    assert not (tmp_path / "state.json").exists()
    simulator.clear_faults()
    assert users(run(tmp_path)) == [120, 89, 0, 30, 1]


def test_on_kill_while_publishing_stops_it_and_the_next_try_goes_on(simulator: SimulatorHandle, tmp_path: Path) -> None:
    simulator.settings(latency_ms=1_000)
    task, ti = operator(tmp_path), instance("1")
    killer = threading.Thread(target=lambda: (wait_for_a_publish(simulator), task.on_kill()))
    killer.start()
    with pytest.raises(GenesysError, match="stopped"):
        execute(task, ti)
    killer.join()
    assert users(ti.pushed["summary"]) == [120, 89, 0, 30, 1]
    assert ti.pushed["summary"]["routing_statuses"]["pending"] == 60
    assert not (tmp_path / "state.json").exists()
    simulator.settings(latency_ms=0)
    summary = run(tmp_path)
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (89, 60)
    assert simulator.ledger()["distinct"] == 149
    assert (tmp_path / "state.json").exists()


def wait_for_a_publish(simulator: SimulatorHandle) -> None:
    deadline = time.monotonic() + 30
    while not simulator.ledger()["accepted"] and time.monotonic() < deadline:
        time.sleep(0.02)


def test_wrong_credentials_in_vonage_name_its_connection_and_no_secret(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connection = json.loads(simulator.vonage_connection_json) | {"password": "canary-3f1c"}
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", json.dumps(connection))
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AirflowFailException, match="vonage_contact_center_default") as caught:
        run(tmp_path)
    files = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any("canary-3f1c" in text for text in (str(caught.value), caplog.text, *files))
    assert simulator.ledger()["accepted"] == 0


def test_what_is_wrong_with_the_maps_is_found_before_vonage_is_asked(
    simulator: SimulatorHandle, tmp_path: Path
) -> None:
    with pytest.raises(AirflowFailException, match="rule 1: presence 'Meal/Lunch' is unknown"):
        run(tmp_path, presence_map=[{"presence": "Meal/Lunch"}])
    assert not any("/agents/" in name for name in simulator.requests()["totals"])
