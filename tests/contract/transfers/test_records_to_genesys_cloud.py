"""The transfer of records to a simulated Genesys Cloud, over real HTTP: both halves under one account."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath

from airflow_provider_genesys.exceptions import (
    GenesysEventsRejectedError,
    GenesysRecordsRejectedError,
    GenesysSourceError,
)
from tests.contract.transfers.calls import CALLS, EVENTS, POST, artifacts, calls, instance, run
from tests.harness.simulated import accepted
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, rows

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle


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


def test_republish_converts_and_sends_again(connected: SimulatorHandle, folder: Path) -> None:
    run(folder)
    (folder / "d.yaml").write_text((folder / "d.yaml").read_text())
    (folder / "calls.csv").write_text(rows(*calls(0, CALLS + 1)))
    assert run(folder, republish=True)["accepted"] == (CALLS + 1) * EVENTS
    assert Counter(accepted(connected).values()) == {2: CALLS * EVENTS, 1: EVENTS}
    assert run(folder, "2")["read"] == 0


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
