"""The transfer of agents' states to a simulated Genesys Cloud, over real HTTP: two streams under one account."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysEventsRejectedError, GenesysServerError
from tests.contract.transfers.calls import artifacts, instance
from tests.contract.transfers.calls import operator as of_calls
from tests.harness.simulated import accepted
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.states import SIMPLE, says
from tests.unit.interactions.world import CSV, LINE, begun_at, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from airflow_provider_genesys.simulator.process import SimulatorHandle

PRESENCES, STATUSES = "/api/v2/events/users/presence", "/api/v2/events/users/routingstatus"
FATES = ("accepted", "rejected", "invalid", "duplicate", "unknown", "pending")
SOURCE = "0b1a1f4e-6a0c-4a39-9d1e-2a8f5f1f7a10"
STATES = ["Free", "Talks", "Free", "Away"]


def states(begin: int, end: int) -> list[dict[str, Any]]:
    return [says(second, STATES[second % 4], "Lunch") for second in range(begin, end)]


@pytest.fixture
def folder(connected: SimulatorHandle, short_waits: None, tmp_path: Path) -> Path:
    """Return a folder with a mapping, a directory and states beside a Dag's file."""
    (tmp_path / "m.yaml").write_text(SIMPLE.replace("Meal/Canteen", "Meal"))
    users = {"source_id": DIRECTORY.source_id, "users": dict(DIRECTORY.users)}
    (tmp_path / "d.yaml").write_text(json.dumps(users))
    (tmp_path / "states.jsonl").write_text("".join(json.dumps(each) + "\n" for each in states(0, 40)))
    return tmp_path


def operator(folder: Path, **arguments: Any) -> Any:
    return of_calls(folder, **({"records": "states.jsonl", "source_id": SOURCE} | arguments))


def run(folder: Path, name: str = "1", ti: TaskInstance | None = None, **arguments: Any) -> dict[str, Any]:
    ti = ti or instance(name)
    try:
        return operator(folder, **arguments).execute(context(ti, fileloc=str(folder / "dag.py")))
    finally:
        check(ti.pushed["summary"])


def check(summary: dict[str, Any]) -> None:
    statuses, records = summary.get("routing_statuses"), summary["conversion"]
    for account in filter(None, (summary, statuses)):
        assert account["read"] == sum(account[fate] for fate in FATES), account
    assert records["events_written"] == summary["read"] + (statuses["read"] if statuses else 0)
    outcome = ("converted", "skipped", "superseded", "held_back", "rejected")
    assert records["records"] == sum(records[name] for name in outcome)


def test_each_stream_has_its_dead_letters_and_reasons_and_the_records_have_theirs(
    connected: SimulatorHandle, folder: Path
) -> None:
    bad = says(40, "No such state at all", "Lunch") | {"agent": "nobody"}
    lines = [*states(0, 40), bad]
    (folder / "states.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    connected.add_fault(path="/api/v2/events/*", partial={"retryable": False, "every": 10, "message": "no"})
    ti = instance("1")
    with pytest.raises(AirflowFailException):
        run(folder, ti=ti)
    summary = ti.pushed["summary"]
    for stream, account in (("user_presences", summary), ("user_routing_statuses", summary["routing_statuses"])):
        assert (account["stream"], account["kind"]) == (stream, "publish")
        assert account["dead_letters"] == f"file://{artifacts(folder)}/{stream}/dead-letters"
        assert account["rejected"] == sum(row["count"] for row in account["reasons"]) > 0
    records = summary["conversion"]
    assert (records["kind"], records["records"], records["rejected"]) == ("conversion", 41, 1)
    assert [row["count"] for row in records["reasons"]] == [1]
    assert records["rejects"] == f"file://{artifacts(folder)}/rejects.jsonl"


def test_one_summary_has_both_streams_and_the_records(connected: SimulatorHandle, folder: Path) -> None:
    summary = run(folder)
    assert (summary["stream"], summary["read"], summary["accepted"], summary["complete"]) == (
        *("user_presences", 20, 20),
        True,
    )
    statuses = summary["routing_statuses"]
    assert (statuses["stream"], statuses["read"], statuses["accepted"]) == ("user_routing_statuses", 40, 40)
    assert (summary["conversion"]["converted"], summary["conversion"]["events_written"]) == (40, 60)
    assert Counter(row["kind"] for row in connected.ledger_events()).total() == 60
    assert {each.name for each in artifacts(folder).iterdir()} == {
        *("user_presences.jsonl", "user_routing_statuses.jsonl", "rejects.jsonl", "held-back.jsonl"),
        *("corrections.jsonl", "told.db", "transfer.json", "user_presences", "user_routing_statuses"),
    }
    events = [json.loads(line) for line in (artifacts(folder) / "user_presences.jsonl").read_text().splitlines()]
    assert {event["sourceId"] for event in events} == {SOURCE}


def test_the_next_run_goes_on_where_this_one_ended(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    (folder / "states.jsonl").write_text("".join(json.dumps(each) + "\n" for each in states(30, 44)))
    summary = run(folder, "2")
    assert (summary["conversion"]["superseded"], summary["conversion"]["converted"]) == (10, 4)
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (2, 4)
    assert set(accepted(connected).values()) == {1}
    third = run(folder, "3")
    assert (third["read"], third["complete"], third["routing_statuses"]) == (0, True, None)


def test_a_cleared_task_sends_nothing_whatever_became_of_its_mapping(connected: SimulatorHandle, folder: Path) -> None:
    first = run(folder)
    for name in ("m.yaml", "states.jsonl"):
        (folder / name).unlink()
    second = run(folder)
    assert second["conversion"] == first["conversion"]
    assert (second["accepted"], second["routing_statuses"]["accepted"]) == (20, 40)
    assert set(accepted(connected).values()) == {1}


@pytest.mark.parametrize("path", [PRESENCES, STATUSES])
def test_where_a_stream_is_refused_the_state_stays(
    connected: SimulatorHandle, folder: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path=path, partial={"retryable": False, "every": 1})
    with pytest.raises(AirflowFailException, match="events were not accepted"):
        run(folder)
    stream = "user_presences" if path == PRESENCES else "user_routing_statuses"
    assert f"Not one event that names the source was accepted, of {stream}" in caplog.text
    assert not (folder / "state.db").exists()
    connected.clear_faults()
    summary = run(folder, republish=True)
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (20, 40)
    assert (folder / "state.db").exists()


@pytest.mark.parametrize("cure", ["clear", "new run"])
def test_a_wrong_source_moves_nothing_and_a_corrected_one_gets_all(
    connected: SimulatorHandle, folder: Path, cure: str
) -> None:
    connected.settings(require_known_sources=True, sources=[{"id": SOURCE, "name": "Platform"}])
    with pytest.raises(AirflowFailException, match="40 of 40 events were not accepted"):
        run(folder, source_id=DIRECTORY.source_id)
    assert not (folder / "state.db").exists()
    with pytest.raises(AirflowFailException, match="source_id: this task has begun with another one"):
        run(folder)
    summary = run(folder, republish=True) if cure == "clear" else run(folder, "2")
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (20, 40)
    assert run(folder, "3")["read"] == 0


def test_a_state_of_what_is_held_back_is_about_no_source(connected: SimulatorHandle, folder: Path) -> None:
    connected.settings(require_known_sources=True, sources=[{"id": SOURCE, "name": "Platform"}])
    with begun_at(datetime(2026, 11, 16, tzinfo=UTC)):
        assert run(folder, settle="1h", source_id=DIRECTORY.source_id)["conversion"]["held_back"] == 40
    assert (folder / "state.db").exists()
    assert run(folder, "2")["accepted"] == 20
    with pytest.raises(AirflowFailException, match="give another state_path, or move this one away"):
        run(folder, "3", source_id=DIRECTORY.source_id)


def test_an_outage_of_the_second_stream_leaves_it_to_the_next_try(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=STATUSES, status=500)
    ti = instance("1")
    with pytest.raises(GenesysServerError):
        run(folder, ti=ti, max_attempts=2)
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["routing_statuses"]["pending"]) == (20, 40)
    connected.clear_faults()
    (folder / "states.jsonl").unlink()
    summary = run(folder)
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (20, 40)
    assert set(accepted(connected).values()) == {1}


@pytest.mark.parametrize(
    ("presence", "message", "asks"),
    [
        ("Meel", "rule 1: presence 'Meel': 'Meel' is no system presence; did you mean Meal", False),
        ("Meal/Canten", "rule 1: presence 'Meal/Canten' is unknown", True),
    ],
)
def test_a_presence_that_is_not_there_by_its_name_is_told_before_anything_is_converted(
    connected: SimulatorHandle, folder: Path, presence: str, message: str, asks: bool
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(folder, presence_map=[{"state": "Sick", "presence": presence}])
    assert not accepted(connected)
    assert bool(connected.requests()["total"]) is asks
    assert not (artifacts(folder) / "user_presences.jsonl").exists()


def test_rules_that_are_given_come_before_those_of_the_file(connected: SimulatorHandle, folder: Path) -> None:
    run(folder, presence_map=[{"state": "Away", "presence": "Break", "routing_status": "OffQueue"}])
    events = [json.loads(line) for line in (artifacts(folder) / "user_presences.jsonl").read_text().splitlines()]
    assert {event["presence"] for event in events} == {"OnQueue", "Break"}


def test_a_task_that_has_begun_with_states_does_not_go_on_with_calls(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    (folder / "m.yaml").write_text(CSV)
    (folder / "calls.csv").write_text(rows(LINE))
    with pytest.raises(AirflowFailException, match=r"has begun with agents' states, and m\.yaml is about interactions"):
        run(folder, records="calls.csv", republish=True)


def test_killed_between_any_two_steps_it_goes_on(
    connected: SimulatorHandle, folder: Path, killed: Callable[[], AbstractContextManager[None]]
) -> None:
    with killed():
        operator(folder).execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    summary = run(folder)
    assert (summary["accepted"], summary["routing_statuses"]["accepted"]) == (20, 40)
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "2")["read"] == 0


def test_too_many_rejected_events_of_one_stream_fail_when_both_are_published(
    connected: SimulatorHandle, folder: Path
) -> None:
    connected.add_fault(path=PRESENCES, partial={"retryable": False, "every": 4})
    ti = instance("1")
    with pytest.raises((AirflowFailException, GenesysEventsRejectedError)):
        run(folder, ti=ti)
    summary = ti.pushed["summary"]
    assert (summary["rejected"], summary["pending"], summary["routing_statuses"]["accepted"]) == (5, 0, 40)
    assert (folder / "state.db").exists()
