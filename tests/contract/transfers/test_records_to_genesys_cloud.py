"""The transfer of records to a simulated Genesys Cloud, over real HTTP: both halves under one account."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysEventsRejectedError,
    GenesysLedgerError,
    GenesysRecordsRejectedError,
    GenesysServerError,
    GenesysSourceError,
)
from airflow_provider_genesys.interactions import transfer as transfer_module
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from tests.contract.deferral import left, remade
from tests.harness.simulated import accepted
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, begun_at, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from airflow_provider_genesys.simulator.process import SimulatorHandle

POST = "/api/v2/events/conversations"
WRONG = "5b0d0f6e-9a55-4a5e-8a0b-5f2a6b1c7d99"
CALLS = 60
EVENTS = 8


def calls(begin: int, end: int) -> list[str]:
    return [
        LINE.replace("c1", f"c{number}").replace("09:00", f"{9 + number // 60:02}:{number % 60:02}")
        for number in range(begin, end)
    ]


def name_source(folder: Path, source_id: str) -> None:
    """Have the directory name a source."""
    file = folder / "d.yaml"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"source_id": source_id}))


def know_only_the_right_source(simulator: SimulatorHandle) -> None:
    simulator.settings(require_known_sources=True, sources=[{"id": DIRECTORY.source_id, "name": "Platform"}])


def sources_of(events: Path) -> set[str]:
    """Return the sources that a file of events names."""
    told = [json.loads(line) for line in events.read_text().splitlines()]
    return {each["sourceConfiguration"]["sourceId"] for each in told if "sourceConfiguration" in each}


@pytest.fixture
def folder(connected: SimulatorHandle, short_waits: None, tmp_path: Path) -> Path:
    """Return a folder with a mapping, a directory and calls beside a Dag's file."""
    (tmp_path / "m.yaml").write_text(CSV)
    names: dict[str, Any] = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (tmp_path / "d.yaml").write_text(json.dumps(names | {"source_id": DIRECTORY.source_id}))
    (tmp_path / "calls.csv").write_text(rows(*calls(0, CALLS)))
    return tmp_path


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


def test_what_holds_records_is_an_error_before_anything_is_sent(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "m.yaml").write_text(JSON)
    (folder / "day.json").write_text(json.dumps({"Records": [OBJECT]}))
    with pytest.raises(GenesysSourceError, match="holds records under the key 'Records'"):
        run(folder, records="day.json", max_rejected="100%")
    assert not accepted(connected)
    caplog.set_level(logging.INFO)
    (folder / "m.yaml").write_text(f"{JSON}\nreads: {{records: Records}}\n")
    assert run(folder, records="day.json")["conversion"]["converted"] == 1
    assert caplog.text.count("Conversion by m.yaml is complete:") == 1


def test_the_conversion_says_why_records_were_rejected_and_where_they_are_also_in_a_later_try(
    connected: SimulatorHandle, folder: Path
) -> None:
    """As the summary of a conversion does, without a record's value; and no record is read a second time."""
    number = "+49 170 1234567"
    wrong = [LINE.replace("c1", f"w{each}").replace("09:00:00", f"at {number}") for each in range(3)]
    (folder / "calls.csv").write_text(rows(*calls(0, 5), *wrong))
    first, second = instance("1"), instance("1")
    for ti in (first, second):
        with pytest.raises(AirflowFailException, match="3 of 8 records are rejected"):
            run(folder, ti=ti)
        (folder / "calls.csv").unlink(missing_ok=True)
    told = first.pushed["summary"]["conversion"]
    assert second.pushed["summary"]["conversion"] == told
    assert (second.pushed["summary"]["requests"], second.pushed["summary"]["tries"]) == (0, 2)
    assert (told["kind"], told["records"], told["converted"], told["rejected"]) == ("conversion", 8, 5, 3)
    assert [(row["count"], row["example"]) for row in told["reasons"]] == [(3, {"file": "calls.csv", "line": 7})]
    assert told["rejects"] == f"file://{artifacts(folder)}/rejects.jsonl"
    assert (artifacts(folder) / "rejects.jsonl").read_text().count("\n") == 3
    for ti in (first, second):
        assert ti.pushed["summary"]["failure"] == "more was not accepted than max_rejected allows"
        assert "1234567" not in json.dumps(ti.pushed)


def test_a_mark_of_a_version_before_the_reasons_is_gone_on_from(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    mark = json.loads((artifacts(folder) / "transfer.json").read_bytes())
    assert mark.pop("reasons") == []
    (artifacts(folder) / "transfer.json").write_text(json.dumps(mark))
    assert run(folder)["conversion"]["reasons"] == []


def test_no_password_of_a_path_is_in_the_conversion(connected: SimulatorHandle, folder: Path) -> None:
    secret = "s3cr3t-of-somebody"
    summary = run(folder, artifacts_path=f"file://team:{secret}@{folder}/artifacts")
    assert summary["conversion"]["events"].startswith("file://team:***@/")
    assert secret not in json.dumps(summary)


def test_one_summary_has_both_halves(connected: SimulatorHandle, folder: Path) -> None:
    summary = run(folder)
    assert (summary["stream"], summary["accepted"], summary["complete"]) == ("conversations", CALLS * EVENTS, True)
    assert summary["conversion"]["converted"] == CALLS
    assert summary["conversion"]["events"].endswith("/records/1/transfer/events.jsonl")
    assert summary["ledger"].endswith("/records/1/transfer/conversations/ledger.json")
    assert connected.ledger()["accepted"] == CALLS * EVENTS
    names = {each.name for each in artifacts(folder).iterdir()}
    files = {"events.jsonl", "rejects.jsonl", "held-back.jsonl", "corrections.jsonl", "told.db", "transfer.json"}
    assert names == files | {"conversations"}


def test_the_next_run_tells_only_what_is_new(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS + 5)))
    summary = run(folder, "2")
    assert (summary["read"], summary["conversion"]["superseded"]) == (5 * EVENTS, CALLS)
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS)))
    summary = run(folder, "3")
    assert (summary["read"], summary["complete"], summary["requests"]) == (0, True, 0)
    assert max(accepted(connected).values()) == 1


def test_a_cleared_task_sends_nothing_and_reads_no_record(connected: SimulatorHandle, folder: Path) -> None:
    first = run(folder)
    (folder / "calls.csv").unlink()
    second = run(folder)
    assert (second["accepted"], second["requests"], second["conversion"]) == (480, 0, first["conversion"])
    assert set(accepted(connected).values()) == {1}


def test_without_a_state_each_run_is_for_itself(connected: SimulatorHandle, folder: Path) -> None:
    assert run(folder, state_path=None)["accepted"] == CALLS * EVENTS
    assert run(folder, "2", state_path=None)["accepted"] == CALLS * EVENTS
    assert set(accepted(connected).values()) == {2}
    assert not (folder / "state.db").exists()


@pytest.mark.parametrize("as_path", [str, Path, lambda path: ObjectStoragePath(f"file://{path}")])
def test_paths_of_any_kind(connected: SimulatorHandle, folder: Path, as_path: Any) -> None:
    paths = {name: as_path(folder / name) for name in ("state_path", "artifacts_path")}
    assert run(folder, records=as_path(folder / "calls.csv"), mapping=as_path(folder / "m.yaml"), **paths)["complete"]


def test_rejected_records_fail_the_task_when_all_others_are_published(connected: SimulatorHandle, folder: Path) -> None:
    (folder / "calls.csv").write_text(rows(*calls(0, 5), calls(5, 6)[0].replace("Sales", "Golf")))
    with pytest.raises(AirflowFailException, match=r"1 of 6 records are rejected, and max_rejected is 0") as raised:
        run(folder)
    assert isinstance(raised.value.__cause__, GenesysRecordsRejectedError)
    assert connected.ledger()["accepted"] == 5 * EVENTS
    # The others are told: mended, the one comes with its rejects, and they do not come again.
    rejects = artifacts(folder) / "rejects.jsonl"
    rejects.write_text(rejects.read_text().replace("Golf", "Sales"))
    assert run(folder, "2", records=["calls.csv", str(rejects)], max_rejected=1)["accepted"] == EVENTS
    assert set(accepted(connected).values()) == {1}


def test_a_rejected_event_is_a_dead_letter_and_is_not_told_by_the_next_run(
    connected: SimulatorHandle, folder: Path
) -> None:
    probe = run(folder, "probe", state_path=None)["conversion"]["events"].removeprefix("file://")
    refused = [json.loads(line)["eventId"] for line in Path(probe).read_text().splitlines()[:3]]
    connected.reset()
    connected.settings(requests_per_minute=100_000)
    connected.add_fault(path=POST, partial={"retryable": False, "event_ids": refused})
    ti = instance("1")
    with pytest.raises(AirflowFailException, match="3 of 480 events were not accepted") as raised:
        run(folder, ti=ti)
    assert isinstance(raised.value.__cause__, GenesysEventsRejectedError)
    assert ti.pushed["summary"]["rejected"] == 3
    connected.clear_faults()
    assert run(folder, "2")["read"] == 0
    assert not accepted(connected).keys() & set(refused)


def test_where_not_one_event_is_accepted_the_state_stays(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path=POST, partial={"retryable": False, "every": 1})
    with pytest.raises(AirflowFailException, match="480 of 480 events were not accepted"):
        run(folder)
    assert "Not one event that names the source was accepted" in caplog.text
    assert not (folder / "state.db").exists()
    connected.clear_faults()
    # The same run sends it again where it is told to, and another one tells it as well.
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert run(folder, "2")["read"] == 0
    assert set(accepted(connected).values()) == {1}


@pytest.mark.parametrize("fields", ["all", "ids"])
@pytest.mark.parametrize("cure", ["clear", "new run"])
def test_a_wrong_source_moves_nothing_though_most_events_are_accepted(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture, cure: str, fields: Any
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    ti = instance("1")
    with pytest.raises(AirflowFailException, match="180 of 480 events were not accepted"):
        run(folder, ti=ti, dead_letter_fields=fields)
    assert (ti.pushed["summary"]["accepted"], ti.pushed["summary"]["rejected"]) == (300, 180)
    assert "Not one event that names the source was accepted, of conversations" in caplog.text
    assert not (folder / "state.db").exists()
    with pytest.raises(AirflowFailException, match="180 of 480 events were not accepted"):
        run(folder, dead_letter_fields=fields)  # a clear alone neither sends nor moves anything
    assert not (folder / "state.db").exists()
    name_source(folder, DIRECTORY.source_id)
    again = {"republish": True} if cure == "clear" else {"name": "2"}
    assert run(folder, **again)["accepted"] == CALLS * EVENTS  # type: ignore[arg-type]
    assert sources_of(artifacts(folder, again.get("name", "1")) / "events.jsonl") == {DIRECTORY.source_id}  # type: ignore[arg-type]
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "3")["read"] == 0


def test_a_wrong_source_moves_nothing_where_dead_letters_are_gone(connected: SimulatorHandle, folder: Path) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    for _ in range(2):
        with pytest.raises(AirflowFailException, match="180 of 480"):
            run(folder)
        for each in (artifacts(folder) / "conversations" / "dead-letters").iterdir():
            each.unlink()
    assert not (folder / "state.db").exists()


def test_calls_that_go_on_name_no_source_and_move_the_state(connected: SimulatorHandle, folder: Path) -> None:
    (folder / "m.yaml").write_text(JSON.replace("record: {", "record: {open: tell, "))
    goes_on = OBJECT | {"End": None, "Queue": OBJECT["Queue"] | {"Out": None}, "Updated": "1"}
    (folder / "calls.csv").write_text(json.dumps(goes_on))
    assert run(folder)["accepted"] == 2
    (folder / "calls.csv").write_text(json.dumps(OBJECT | {"Updated": "2"}))
    # Of its two ends one is refused: that is no word about the source.
    connected.add_fault(path=POST, partial={"retryable": False, "every": 2})
    with pytest.raises(AirflowFailException, match="1 of 2 events were not accepted"):
        run(folder, "2")
    assert run(folder, "3")["read"] == 0


def test_a_state_of_what_is_held_back_is_about_no_source(
    connected: SimulatorHandle, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    with begun_at(datetime(2026, 11, 16, tzinfo=UTC)):
        assert run(folder, "0", settle="1h")["conversion"]["held_back"] == CALLS
    assert (folder / "state.db").exists()
    with pytest.raises(AirflowFailException, match="180 of 480"):
        run(folder)
    name_source(folder, DIRECTORY.source_id)
    (folder / "calls.csv").write_text(rows())
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert caplog.text.count(f"The state was about the source {WRONG}, by which no other run has told anything") == 1
    assert run(folder, "2")["read"] == 0


def test_a_source_that_took_the_events_is_left_by_the_only_run_that_told_by_it(
    connected: SimulatorHandle, folder: Path
) -> None:
    name_source(folder, WRONG)
    run(folder)
    name_source(folder, DIRECTORY.source_id)
    message = f"is about the source {WRONG}, not {DIRECTORY.source_id}.*clear that run, a transfer with republish=True;"
    with pytest.raises(AirflowFailException, match=message):
        run(folder, "2")
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert run(folder, "2")["read"] == 0
    assert max(accepted(connected).values()) == 1


def test_a_source_by_which_several_runs_have_told_needs_another_state(connected: SimulatorHandle, folder: Path) -> None:
    name_source(folder, WRONG)
    run(folder)
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS + 1)))
    run(folder, "2")
    name_source(folder, DIRECTORY.source_id)
    before = (folder / "state.db").read_bytes()
    for name in ("1", "2"):
        with pytest.raises(AirflowFailException, match="give another state_path, or move this one away"):
            run(folder, name, republish=True)
    assert (folder / "state.db").read_bytes() == before
    other = {"state_path": f"file://{folder}/other.db", "republish": True}
    assert run(folder, "2", **other)["accepted"] == (CALLS + 1) * EVENTS
    assert max(accepted(connected).values()) == 1


def test_a_publish_by_the_wrong_source_that_is_not_complete_is_set_aside(
    connected: SimulatorHandle, folder: Path
) -> None:
    name_source(folder, WRONG)
    connected.add_fault(path=POST, status=503, after=1)
    with pytest.raises(GenesysServerError):
        run(folder, max_attempts=1, max_in_flight=2)
    connected.clear_faults()
    name_source(folder, DIRECTORY.source_id)
    before = accepted(connected)
    assert before
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == len(before) + CALLS * EVENTS
    assert len(list((artifacts(folder) / "conversations" / "superseded").glob("*/ledger.json"))) == 1
    assert run(folder, "2")["read"] == 0


ANEW = [(step, when) for step in ("_begin_anew", "_convert", "_publish", "_move") for when in ("before", "after")]


@pytest.mark.parametrize("killed", ANEW, indirect=True, ids=lambda param: f"{param[1]} {param[0]}")
def test_begun_anew_by_the_right_source_and_killed_between_any_two_steps(
    connected: SimulatorHandle, folder: Path, killed: Callable[[], AbstractContextManager[None]]
) -> None:
    know_only_the_right_source(connected)
    name_source(folder, WRONG)
    with pytest.raises(AirflowFailException, match="180 of 480"):
        run(folder)
    wrong = accepted(connected)
    name_source(folder, DIRECTORY.source_id)
    with killed():
        operator(folder, republish=True).execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert run(folder, republish=True)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == len(wrong) + CALLS * EVENTS
    assert run(folder, "2")["read"] == 0


def test_republish_converts_and_sends_again(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    (folder / "d.yaml").write_text((folder / "d.yaml").read_text())
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS + 1)))
    assert run(folder, republish=True)["accepted"] == (CALLS + 1) * EVENTS
    assert Counter(accepted(connected).values()) == {2: CALLS * EVENTS, 1: EVENTS}
    assert run(folder, "2")["read"] == 0


def test_a_publish_that_is_refused_as_a_whole_goes_on_when_it_may(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder)
    assert not (folder / "state.db").exists()
    connected.clear_faults()
    (folder / "calls.csv").unlink()  # what was converted is not converted again
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_it_leaves_its_worker_and_goes_on(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=429, retry_after=300, after=2, count=1)
    ti = instance("1")
    arguments = {"deferrable": True, "max_wait": 5}
    deferred = left(lambda: run(folder, ti=ti, **arguments))
    done = ti.pushed["summary"]["accepted"]
    assert 0 < done < CALLS * EVENTS
    asked = deferred.kwargs["rate_limited"]
    assert asked > 5
    assert deferred.kwargs == {"waits": 1, "settled": done, "rate_limited": asked}
    again, event = instance("1"), {"status": "waited", "until": remade(deferred).until}
    task = operator(folder, **arguments)
    summary = task.execute_complete(context(again, fileloc=str(folder / "dag.py")), event, **deferred.kwargs)
    assert (summary["accepted"], summary["complete"]) == (CALLS * EVENTS, True)
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "2")["read"] == 0


@pytest.mark.parametrize("event", [None, {}, {"status": "done"}])
def test_what_is_no_end_of_a_wait_is_refused(connected: SimulatorHandle, folder: Path, event: Any) -> None:
    with pytest.raises(GenesysError, match="no end of a wait"):
        operator(folder).execute_complete(context(), event)
    assert connected.ledger()["accepted"] == 0


def test_an_outage_leaves_all_to_the_next_try(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=503)
    with pytest.raises(GenesysServerError):
        run(folder, max_attempts=2)
    connected.clear_faults()
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_what_another_run_has_told_meanwhile_is_not_told_again(connected: SimulatorHandle, folder: Path) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder)
    connected.clear_faults()
    (folder / "some.csv").write_text(rows(*calls(0, 10)))
    assert run(folder, "2", records="some.csv")["accepted"] == 10 * EVENTS
    assert run(folder)["accepted"] == (CALLS - 10) * EVENTS
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "3")["read"] == 0


def test_who_was_overtaken_moves_nothing(
    connected: SimulatorHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(original: Any, self: Any) -> Any:
        State(folder / "state.db", DIRECTORY.source_id, key="another").take()
        return original(self)

    original = transfer_module.Transfer._publish
    monkeypatch.setattr(transfer_module.Transfer, "_publish", lambda self: publish(original, self))
    with pytest.raises(GenesysLedgerError, match="two Dag runs with one state_path"):
        run(folder)
    assert not (folder / "state.db").exists()
    assert connected.ledger()["accepted"] == 0


def test_stopped_while_it_converts(connected: SimulatorHandle, folder: Path) -> None:
    task = operator(folder)
    original = task._prepare

    def prepare(*arguments: Any) -> Any:
        task.on_kill()
        return original(*arguments)

    task._prepare = prepare  # type: ignore[method-assign]
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert connected.ledger()["accepted"] == 0
    assert run(folder)["accepted"] == CALLS * EVENTS


def test_stopped_while_it_publishes(connected: SimulatorHandle, folder: Path) -> None:
    connected.settings(latency_ms=150)
    task, ti = operator(folder, max_in_flight=1), instance("1")

    def stop() -> None:
        deadline = time.monotonic() + 30
        while not connected.ledger()["accepted"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        task.on_kill()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(GenesysError, match="stopped before the end"):
        task.execute(context(ti, fileloc=str(folder / "dag.py")))
    thread.join()
    check(ti.pushed["summary"])
    assert 0 < ti.pushed["summary"]["accepted"] < CALLS * EVENTS
    assert not (folder / "state.db").exists()
    (folder / "calls.csv").unlink()
    assert run(folder)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == CALLS * EVENTS


def test_why_records_are_rejected_is_told_by_each_try_and_no_password(connected: SimulatorHandle, folder: Path) -> None:
    (folder / "calls.csv").write_text(rows(*calls(0, 5), LINE.replace("09:00", "at nine").replace("c1", "c9")))
    arguments = {"max_rejected": 1, "artifacts_path": f"file://user:sesame@{folder}/artifacts"}
    records = run(folder, **arguments)["conversion"]
    (reason,) = records["reasons"]
    assert (reason["count"], reason["example"]) == (1, {"file": "calls.csv", "line": 7})
    assert "at nine" not in reason["rule"]
    assert records["rejects"].startswith("file://user:***@")
    (folder / "calls.csv").unlink()
    assert run(folder, **arguments)["conversion"] == records
    ti = instance("2")
    with pytest.raises(AirflowFailException):
        run(folder, ti=ti, max_rejected="x")
    assert ti.pushed["summary"]["conversion"]["reasons"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directory": None}, "directory must be given, or source_id"),
        ({"settle": "soon"}, "settle must be a duration"),
        ({"settle": "-2h"}, "settle must be a duration"),
        ({"state_path": "state.db"}, "state_path must be an absolute path or an address on a store, not 'state.db'"),
        ({"artifacts_path": "here"}, "artifacts_path must be a folder"),
        ({"mapping": "d.yaml"}, "the mapping has"),
        ({"deferrable": "yes"}, "deferrable must be True or False"),
        ({"max_in_flight": 0}, "max_in_flight must be"),
        ({"max_rejected": "x"}, "max_rejected must be a number"),
    ],
)
def test_what_a_retry_cannot_cure(
    connected: SimulatorHandle, folder: Path, arguments: dict[str, Any], message: str
) -> None:
    ti = instance("1")
    with pytest.raises(AirflowFailException, match=message):
        run(folder, ti=ti, **arguments)
    assert ti.pushed["summary"]["conversion"]["events"] is None
    assert connected.requests()["total"] == 0 or "mapping" in arguments


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("calls.csv", "Call;Day\n", "the mapping does not fit the records"),
        ("m.yaml", CSV.replace("plus: Wait", "plsu: Wait"), "the mapping has 1 mistake"),
        ("d.yaml", "source_id: s\nusers: {Ann: nobody}\n", "the directory has 2 mistakes"),
    ],
)
def test_a_wrong_file_is_no_fault_of_the_connection(
    connected: SimulatorHandle, folder: Path, file: str, text: str, message: str
) -> None:
    (folder / file).write_text(text)
    with pytest.raises(AirflowFailException, match=message) as raised:
        run(folder)
    assert "connection" not in str(raised.value)


STATE: dict[str, Any] = {}
NO_STATE: dict[str, Any] = {"state_path": None}
OTHER_IDS = "under ids of the source that it was sent for"
SAME_IDS = "may be sent once more, with the same ids"


@pytest.mark.parametrize(
    ("change", "first", "then", "begun", "told", "not_told"),
    [
        ("source_id", STATE, STATE, "with another one", OTHER_IDS, SAME_IDS),
        ("source_id", STATE, NO_STATE, "with another one", OTHER_IDS, SAME_IDS),
        ("state_path", STATE, NO_STATE, "with a state", SAME_IDS, OTHER_IDS),
        ("state_path", NO_STATE, STATE, "without a state", SAME_IDS, OTHER_IDS),
    ],
)
def test_a_task_that_has_begun_keeps_its_source_and_its_state(
    connected: SimulatorHandle,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    change: str,
    first: dict[str, Any],
    then: dict[str, Any],
    begun: str,
    told: str,
    not_told: str,
) -> None:
    connected.add_fault(path=POST, status=403)
    with pytest.raises(AirflowFailException):
        run(folder, **first)
    connected.clear_faults()
    if change == "source_id":
        name_source(folder, WRONG)
    with pytest.raises(AirflowFailException, match=f"{change}: this task has begun {begun}, and goes on only so"):
        run(folder, **then)
    assert run(folder, republish=True, **then)["accepted"] == CALLS * EVENTS
    assert told in caplog.text
    assert not_told not in caplog.text


@pytest.mark.parametrize("text", ["", "{", "{}", '{"format": 1}', "[]"])
def test_an_unreadable_mark_is_an_error(connected: SimulatorHandle, folder: Path, text: str) -> None:
    run(folder)
    (artifacts(folder) / "transfer.json").write_text(text)
    with pytest.raises(GenesysLedgerError, match="cannot be read"):
        run(folder)


def test_killed_between_any_two_steps_it_goes_on(
    connected: SimulatorHandle, folder: Path, killed: Callable[[], AbstractContextManager[None]]
) -> None:
    with killed():
        operator(folder).execute(context(instance("1"), fileloc=str(folder / "dag.py")))
    assert run(folder)["accepted"] == CALLS * EVENTS
    assert len(accepted(connected)) == CALLS * EVENTS
    assert set(accepted(connected).values()) == {1}
    assert run(folder, "2")["read"] == 0
