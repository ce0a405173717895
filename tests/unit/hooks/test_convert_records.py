"""The hook's conversion, for ``@task`` authors: the operator's, with the operator's account."""

from __future__ import annotations

import inspect
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysRecordsRejectedError, GenesysSourceError
from airflow_provider_genesys.hooks import genesys_cloud
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, JSON, LINE, OBJECT, rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a Dag with a mapping, a directory and two calls, while one of its tasks runs."""
    (tmp_path / "m.yaml").write_text(CSV)
    names: dict[str, Any] = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    (tmp_path / "d.yaml").write_text(json.dumps(names | {"source_id": DIRECTORY.source_id}))
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(rows(LINE.replace("c1", f"c{number}")))
    running(tmp_path, monkeypatch, "1")
    return tmp_path


def running(folder: Path, monkeypatch: pytest.MonkeyPatch, run_id: str) -> None:
    found = context(TaskInstance(run_id=run_id), fileloc=str(folder / "dag.py"))
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: found)


def convert(folder: Path, records: Any, **arguments: Any) -> dict[str, Any]:
    given = {"destination": folder / "out", "directory": "d.yaml"} | arguments
    return GenesysCloudHook().convert_records(records, "m.yaml", **given)


def test_it_is_the_operators_conversion(folder: Path) -> None:
    summary = convert(folder, "*.csv")
    task = GenesysCloudConvertRecordsOperator(
        task_id="t", records="*.csv", mapping="m.yaml", directory="d.yaml", destination=folder / "out"
    )
    events = (folder / "out" / "events.jsonl").read_bytes()
    assert task.execute(context(fileloc=str(folder / "dag.py"))) == summary
    assert (folder / "out" / "events.jsonl").read_bytes() == events
    assert summary["events_written"] == 16


@pytest.mark.parametrize("max_rejected", [0, "100%"])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"Records": [{}]}, "holds records under the key 'Records'"), ({"other": 1}, "not one of its records (1) has")],
)
def test_what_holds_records_or_has_none_is_an_error_of_both(
    folder: Path, wrong: dict[str, Any], message: str, max_rejected: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (folder / "m.yaml").write_text(JSON)
    (folder / "day.json").write_text(json.dumps(wrong | ({"Records": [OBJECT]} if "Records" in wrong else {})))
    with pytest.raises(GenesysSourceError, match=re.escape(message)):
        convert(folder, "day.json", max_rejected=max_rejected)
    task = GenesysCloudConvertRecordsOperator(
        task_id="t", records="day.json", mapping="m.yaml", directory="d.yaml", destination=folder / "out",
        max_rejected=max_rejected,
    )  # fmt: skip
    ti = TaskInstance()
    with pytest.raises(GenesysSourceError, match=re.escape(message)):
        task.execute(context(ti, fileloc=str(folder / "dag.py")))
    assert (ti.pushed["summary"]["records"], ti.pushed["summary"]["events"]) == (0, None)
    assert caplog.text.count("Conversion by m.yaml is not complete:") == 2
    assert not list(folder.glob("out/*"))


def test_it_has_the_operators_arguments() -> None:
    operators = inspect.signature(GenesysCloudConvertRecordsOperator).parameters
    own = inspect.signature(GenesysCloudHook.convert_records).parameters
    assert own.keys() - {"self"} == operators.keys() - {"kwargs", "genesys_cloud_conn_id"}  # which the hook has itself
    assert {name: each.default for name, each in own.items() if name != "self"} == {
        name: each.default for name, each in operators.items() if name not in {"kwargs", "genesys_cloud_conn_id"}
    }


def test_calls_of_one_task_are_told_apart_in_the_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def calls() -> list[int]:
        return [
            convert(folder, f"{number}.csv", destination=folder / f"{number}", state_path=folder / "state.db")[
                "events_written"
            ]
            for number in (1, 2)
        ]

    assert calls() == [8, 8]
    assert calls() == [8, 8]  # the same task again
    running(folder, monkeypatch, "2")
    assert calls() == [0, 0]


def test_too_many_rejects_are_the_callers(folder: Path) -> None:
    (folder / "1.csv").write_text(rows(LINE.replace("Sales", "Golf")))
    with pytest.raises(GenesysRecordsRejectedError, match="1 of 2 records are rejected") as raised:
        convert(folder, "*.csv")
    assert raised.value.summary["converted"] == 1
    assert convert(folder, "*.csv", max_rejected="50%")["rejected"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directory": None}, "directory must be given, or source_id"),
        ({"settle": 5}, "settle must be a duration"),
        ({"max_rejected": None}, "max_rejected must be a number"),
        ({"destination": "here"}, "destination must be a folder"),
        ({"state_path": "here"}, "state_path must be an absolute path"),
        ({"state_path": ["/here"]}, "state_path must be an absolute path"),
    ],
)
def test_wrong_arguments(folder: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GenesysConfigError, match=message):
        convert(folder, "*.csv", **arguments)


def test_without_a_task_relative_paths_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_cloud, "_running_task", lambda: None)
    with pytest.raises(GenesysConfigError, match="no task of a Dag is running"):
        convert(folder, "*.csv")
    paths = {"directory": folder / "d.yaml", "destination": folder / "o", "state_path": folder / "s.db"}
    summary = GenesysCloudHook().convert_records(folder / "1.csv", folder / "m.yaml", **paths)
    assert summary["converted"] == 1
