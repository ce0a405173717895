"""The task that makes events of records: its files, its account, and when it fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, ObjectStoragePath
from upath import UPath

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysSourceError
from airflow_provider_genesys.interactions.converting import convert_to
from airflow_provider_genesys.interactions.mapping_file import mapping_of_text
from airflow_provider_genesys.interactions.memory import Memory
from airflow_provider_genesys.interactions.state import State
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.harness.files import lines_of
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, HEADER, JSON, LINE, OBJECT, rows

COUNTS = ("records", "converted", "skipped", "superseded", "held_back", "rejected", "events_written", "conversations")
LATE = ("corrected_late", "contradicted")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a Dag's file, a mapping and a directory beside it."""
    (tmp_path / "m.yaml").write_text(CSV)
    lists = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (tmp_path / "d.yaml").write_text(json.dumps({"source_id": DIRECTORY.source_id, **lists}))
    (tmp_path / "calls-1.csv").write_text(rows(LINE, LINE.replace("c1", "c2").replace("Sales", "Golf")))
    (tmp_path / "calls-2.csv").write_text(rows(LINE.replace("c1", "c3")))
    return tmp_path


def run(folder: Path, ti: TaskInstance | None = None, **arguments: Any) -> Any:
    arguments = {
        "records": "calls-*.csv",
        "mapping": "m.yaml",
        "directory": "d.yaml",
        "destination": folder / "out",
    } | arguments
    task = GenesysCloudConvertRecordsOperator(task_id="t", **arguments)
    return task.execute(context(ti, fileloc=str(folder / "dag.py")))


@pytest.mark.parametrize("as_path", [str, Path, lambda path: ObjectStoragePath(f"file://{path}")])
def test_files_and_account(folder: Path, as_path: Any) -> None:
    ti = TaskInstance()
    summary = run(folder, ti, max_rejected="40%", destination=as_path(folder / "out"))
    assert ti.pushed["summary"] == summary
    assert all(ti.pushed[file] == summary[file] for file in ("events", "rejects", "held_back_file"))
    assert [summary[name] for name in COUNTS] == [3, 2, 0, 0, 0, 1, 16, 2]
    assert {*summary} == {*COUNTS, *LATE, "events", "rejects", "held_back_file", "corrections", "kind", "reasons"}
    assert [summary[name] for name in LATE] == [0, 0]
    out = folder / "out"
    names = ["corrections.jsonl", "events.jsonl", "held-back.jsonl", "rejects.jsonl"]
    assert sorted(file.name for file in out.iterdir()) == names
    events, (reject,) = lines_of(str(out / "events.jsonl")), lines_of(str(out / "rejects.jsonl"))
    assert len(events) == 16
    assert reject["file"].endswith("calls-1.csv")
    assert (reject["line"], reject["record"]["Id"]) == (3, "c2")
    assert summary["events"].endswith("/out/events.jsonl")


def test_too_many_rejects_fail_the_task_after_the_files_are_written(folder: Path) -> None:
    ti = TaskInstance()
    with pytest.raises(
        AirflowFailException, match=r"1 of 3 records are rejected, and max_rejected is 0\. They are in /"
    ):
        run(folder, ti)
    assert ti.pushed["summary"]["converted"] == 2
    assert len(lines_of(ti.pushed["summary"]["events"])) == 16


def test_a_password_in_the_destination_is_not_in_what_the_task_says(folder: Path) -> None:
    with pytest.raises(AirflowFailException) as raised:
        run(folder, destination=f"file://user:s3cret@{folder}/out")
    assert f"They are in file://user:***@{folder}/out/rejects.jsonl" in str(raised.value)


def test_rejects_are_records_again(folder: Path) -> None:
    summary = run(folder, max_rejected=1)
    again = run(folder, records=summary["rejects"], max_rejected=1, destination=folder / "again")
    assert (again["records"], again["rejected"]) == (1, 1)
    assert lines_of(again["rejects"]) == lines_of(summary["rejects"])


def test_records_as_data_with_ids_and_no_directory(folder: Path) -> None:
    (folder / "m.yaml").write_text(JSON)
    queue = OBJECT["Queue"] | {"Name": DIRECTORY.queues["Sales"]}
    summary = run(folder, records=[OBJECT | {"Queue": queue}], directory=None, source_id=DIRECTORY.source_id)
    assert (summary["converted"], summary["events_written"]) == (1, 4)


def test_records_as_data_have_a_name_of_their_own_in_the_rejects(folder: Path) -> None:
    summary = run(folder, records=[OBJECT | {"Queue": {"Name": "Golf"}}], max_rejected=1)
    (reject,) = map(json.loads, Path(summary["rejects"].removeprefix("file://")).read_text().splitlines())
    assert (reject["file"], reject["line"]) == ("<records>", 1)
    assert summary["reasons"][0]["example"] == {"file": "<records>", "line": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directory": None}, "directory must be given, or source_id"),
        ({"source_id": "a2ac77fd-36c6-4c2a-b238-f89b35daa570"}, "source_id is for where there is no directory"),
        ({"destination": "out"}, "destination must be a folder"),
        ({"mapping": 5.5}, "mapping must be a path, not 5.5"),
        ({"max_rejected": "many"}, "max_rejected must be a number from 0 on"),
        ({"mapping": "d.yaml"}, "the mapping has 5 mistakes"),
        ({"directory": "m.yaml"}, "the directory has"),
        ({"records": "m.yaml"}, "the mapping does not fit the records"),
        ({"records": ["calls-*.csv", OBJECT]}, "records has both paths and records in it: convert them in two tasks"),
    ],
)
def test_what_a_retry_cannot_cure(folder: Path, arguments: dict[str, Any], message: str) -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match=message):
        run(folder, ti, **arguments)
    assert ti.pushed["summary"]["events"] is None
    assert not (folder / "out" / "events.jsonl").exists()


def test_a_missing_file_may_come_yet(folder: Path) -> None:
    with pytest.raises(GenesysSourceError, match="no file matches"):
        run(folder, records="nothing-*.csv")


def test_a_failure_leaves_what_an_earlier_run_has_written(folder: Path) -> None:
    summary = run(folder, max_rejected=1)
    (folder / "calls-3.csv").write_text("Id;Nothing\n")
    with pytest.raises(AirflowFailException, match="does not fit the records"):
        run(folder, max_rejected=1)
    assert len(lines_of(summary["events"])) == 16
    assert len([*(folder / "out").iterdir()]) == 4


def test_files_go_to_a_store_and_take_their_names_when_they_are_whole() -> None:
    folder, mapping = UPath("memory://converted/calls"), mapping_of_text(CSV, "m.yaml")
    summary = convert_to(folder, [("f", rows(LINE).encode())], mapping, DIRECTORY)
    assert summary["events"] == "memory://converted/calls/events.jsonl"
    assert len((folder / "events.jsonl").read_text().splitlines()) == 8
    with pytest.raises(GenesysConfigError, match="does not fit"):
        convert_to(folder, [("f", b"Id\n")], mapping, DIRECTORY)
    assert len((folder / "events.jsonl").read_text().splitlines()) == 8


def after(folder: Path, run_id: str, **arguments: Any) -> dict[str, Any]:
    """Run with a state; each run writes into a folder of its own."""
    given = {"state_path": folder / "state.db", "destination": folder / run_id, "max_rejected": 1}
    summary: dict[str, Any] = run(folder, TaskInstance(run_id=run_id), **(given | arguments))
    return summary


def test_with_a_state_a_run_tells_what_is_new(folder: Path) -> None:
    assert after(folder, "1")["events_written"] == 16
    assert [after(folder, "2")[name] for name in ("superseded", "rejected", "events_written")] == [2, 1, 0]
    assert after(folder, "1")["events_written"] == 16  # cleared, it gives the same
    assert len(lines_of(str(folder / "1" / "events.jsonl"))) == 16


def test_a_task_that_fails_leaves_the_state_as_it_was(folder: Path) -> None:
    ti = TaskInstance(run_id="1")
    with pytest.raises(AirflowFailException, match="1 of 3 records are rejected"):
        run(folder, ti, state_path=str(folder / "state.db"))
    assert ti.pushed["summary"]["events_written"] == 16
    assert not (folder / "state.db").exists()
    assert after(folder, "2")["events_written"] == 16


@pytest.mark.parametrize("settle", ["36500 d", "1e3h", "2 weeks", "", "-1h", True, 7200, timedelta(-1), timedelta(400)])
def test_no_duration(folder: Path, settle: Any) -> None:
    if settle == "":
        assert run(folder, settle=settle, max_rejected=1)["converted"] == 2
        return
    with pytest.raises(AirflowFailException, match="settle must be a duration of up to a year: a timedelta, or text"):
        run(folder, settle=settle)


@pytest.mark.parametrize("settle", ["365d", "365 d", "8760h", timedelta(365)])
def test_settle_holds_back_what_is_young(folder: Path, settle: Any) -> None:
    today = datetime.now(UTC).strftime("%d.%m.%Y")
    (folder / "calls-1.csv").write_text(rows(LINE.replace("16.11.2026", today)))
    (folder / "calls-2.csv").unlink()
    assert [run(folder, settle=settle)[name] for name in ("held_back", "converted")] == [1, 0]
    assert [run(folder, settle=None)[name] for name in ("held_back", "converted")] == [0, 1]


@pytest.mark.parametrize("path", ["state.db", "", " "])
def test_the_states_path(folder: Path, path: str) -> None:
    """Blank it would be a run that knows of none before it, and tells all again."""
    with pytest.raises(AirflowFailException, match="state_path must be an absolute path"):
        after(folder, "1", state_path=path)


def test_a_state_on_a_store() -> None:
    folder, mapping = UPath("memory://stated"), mapping_of_text(CSV, "m.yaml")
    for key, events in (("one", 8), ("two", 0), ("one", 8)):
        state = State(folder / "state.db", DIRECTORY.source_id, key=key)
        state.take()
        with state.begin(Memory) as memory:
            account = convert_to(folder / key, [("f", rows(LINE).encode())], mapping, DIRECTORY, memory=memory)
            state.move(memory.file)
        assert account["events_written"] == events


def test_columns_that_are_not_there_and_the_mappings_mistakes_are_told_at_once(folder: Path) -> None:
    (folder / "m.yaml").write_text(CSV.replace("party: Agent", "party: Agnt").replace("legs:", "leg:"))
    with pytest.raises(AirflowFailException) as failure:
        run(folder)
    assert "in the mapping the name 'leg' is unknown" in str(failure.value)
    assert "there is no column 'Agnt' in" in str(failure.value)
    assert "did you mean 'Agent'?" in str(failure.value)
    # The mapping's mistakes come first where there are no records.
    with pytest.raises(AirflowFailException, match="the mapping has 1 mistake:"):
        run(folder, records="nothing-*.csv")


def test_a_mistyped_name_of_a_mapping_is_told(folder: Path) -> None:
    with pytest.raises(AirflowFailException, match=r"no mapping of this name .*; did you mean 'cisco_uccx'"):
        run(folder, mapping="cisco_ucx")


def test_files_of_parquet_are_found_and_read_on_a_store(folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    arrow = pytest.importorskip("pyarrow")
    columns = zip(HEADER.split(";"), LINE.split(";"), strict=True)
    parquet.write_table(arrow.table({name: [value] for name, value in columns}), folder / "day.parquet")
    (folder / "torn.parquet").write_bytes((folder / "day.parquet").read_bytes()[:-4])
    assert run(folder, records=ObjectStoragePath(f"file://{folder}/day.parquet"))["converted"] == 1
    with pytest.raises(GenesysSourceError, match=r"torn\.parquet: is no Parquet, or torn"):
        run(folder, records=f"file://{folder}/*.parquet")
