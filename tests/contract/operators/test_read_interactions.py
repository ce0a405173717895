"""Interactions from Vonage to a file and on to events, over real HTTP."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.api.vonage_statistics import StatisticsReading
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.operators.vonage import VonageInteractionsOperator
from tests.contract.operators.test_lineage import told
from tests.harness.tasks import TaskInstance, context

NOW = datetime.now(UTC).replace(microsecond=0)


def interaction(number: int, start: datetime, **more: Any) -> dict[str, Any]:
    outside = {"offset": 0, "duration": 60_000, "party": {"role": "External", "touchpoint": "015550000401"}}
    agent = {
        "guid": f"channel-{number}",
        "offset": 1000,
        "duration": 59_000,
        "party": {"id": "1544", "role": "Agent"},
        "events": [{"type": "Ringing", "offset": 0}, {"type": "Connected", "offset": 2000}],
    }
    return {
        "guid": f"interaction-{number}",
        "start": start.isoformat(timespec="milliseconds"),
        "duration": 60_000,
        "status": "Completed",
        "medium": "Phone",
        "direction": "Inbound",
        "channels": [outside, agent],
    } | more


@pytest.fixture(autouse=True)
def connection(genesys_cloud_simulator: Any, monkeypatch: pytest.MonkeyPatch, short_waits: None) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", genesys_cloud_simulator.vonage_connection_json)
    genesys_cloud_simulator.settings(vonage_page_size=2)


def read(destination: Path, since: Any, ti: TaskInstance | None = None, **more: Any) -> Any:
    task = VonageInteractionsOperator(task_id="t", since=since, destination=str(destination), **more)
    return task.execute(context(ti))


def guids(path: str) -> list[str]:
    return [json.loads(line)["guid"] for line in Path(path).read_text("utf-8").splitlines()]


def test_half_a_surrogate_pair_is_escaped_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON can hold it, and UTF-8 cannot."""
    odd = interaction(1, NOW, note="\ud83d \N{SNOWMAN}")
    monkeypatch.setattr(StatisticsReading, "__iter__", lambda _: iter([odd]))
    summary = read(tmp_path / "1.jsonl", NOW.isoformat())
    assert json.loads(Path(summary["interactions"]).read_text("utf-8")) == odd


def test_from_vonage_to_events(genesys_cloud_simulator: Any, tmp_path: Path) -> None:
    first = [interaction(n, NOW - timedelta(days=70 - 10 * n)) for n in range(7)]
    genesys_cloud_simulator.load_vonage(statistics={"interactions": first})
    ti = TaskInstance()
    summary = read(tmp_path / "1.jsonl", (NOW - timedelta(days=75)).isoformat(), ti)
    assert guids(summary["interactions"]) == [f"interaction-{n}" for n in range(7)]
    assert ti.pushed["summary"] == summary
    assert (ti.pushed["interactions"], ti.pushed["up_to"]) == (summary["interactions"], summary["up_to"])
    assert (summary["count"], summary["requests"]) == (7, 5)
    assert NOW <= datetime.fromisoformat(summary["up_to"]) <= datetime.now(UTC)

    again = first[6] | {"categorizedAt": datetime.now(UTC).isoformat()}
    new = interaction(7, NOW - timedelta(minutes=2), categorizedAt=datetime.now(UTC).isoformat())
    genesys_cloud_simulator.load_vonage(statistics={"interactions": [again, new]})
    later = read(tmp_path / "2.jsonl", summary["up_to"])
    assert guids(later["interactions"]) == ["interaction-6", "interaction-7"]

    directory = tmp_path / "directory.json"
    directory.write_text(json.dumps({"source_id": str(uuid.uuid4()), "users": {"1544": str(uuid.uuid4())}}))
    convert = GenesysCloudConvertRecordsOperator(
        task_id="c",
        records=[summary["interactions"], later["interactions"]],
        mapping="vonage_interactions",
        directory=str(directory),
        destination=str(tmp_path / "out"),
        max_rejected=1,
    )
    account = convert.execute(context())
    counts = [account[name] for name in ("records", "converted", "superseded", "rejected", "conversations")]
    assert counts == [9, 8, 1, 0, 8]


def test_lineage_leads_from_vonage_to_the_file(genesys_cloud_simulator: Any, tmp_path: Path) -> None:
    genesys_cloud_simulator.load_vonage(statistics={"interactions": [interaction(1, NOW - timedelta(hours=1))]})
    since, destination = (NOW - timedelta(days=1)).isoformat(), tmp_path / "1.jsonl"
    task = VonageInteractionsOperator(task_id="t", since=since, destination=str(destination))
    task.execute(context())
    found = told(task)
    assert found["inputs"] == [(genesys_cloud_simulator.base_url, "stats/interactions")]
    assert (found["outputs"], found["rows"]) == ([("file", str(destination))], [1])
    assert {key: found["account"][key] for key in ("interactions", "requests")} == {"interactions": 1, "requests": 1}
    # A task that fails tells what it asked, and no file.
    task = VonageInteractionsOperator(task_id="t", since=since, until="2001-01-01T00:00:00Z", destination="/d")
    with pytest.raises(AirflowFailException):
        task.execute(context())
    assert (told(task)["inputs"], told(task)["outputs"]) == (found["inputs"], [])


def test_a_window_may_have_an_end_and_no_interactions(genesys_cloud_simulator: Any, tmp_path: Path) -> None:
    genesys_cloud_simulator.load_vonage(statistics={"interactions": [interaction(1, NOW - timedelta(hours=1))]})
    since, until = NOW - timedelta(hours=5), NOW - timedelta(hours=4)
    summary = read(tmp_path / "x.jsonl", since, until=until)
    assert (summary["count"], Path(summary["interactions"]).read_bytes()) == (0, b"")
    assert datetime.fromisoformat(summary["up_to"]) == until


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        ("2026-09-01", "since must be a time with a zone"),
        ("yesterday", "since must be a time with a zone"),
        ("None", "since must be a time with a zone"),
        ("2999-01-01T00:00:00Z", "is after"),
    ],
)
def test_what_is_no_time_fails_the_task_for_good(tmp_path: Path, since: str, reason: str) -> None:
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match=reason):
        read(tmp_path / "x.jsonl", since, ti)
    assert reason in ti.pushed["summary"].pop("failure")
    assert ti.pushed == {"summary": {"interactions": None, "up_to": None, "count": 0, "requests": 0}}


def test_without_the_scope_the_task_says_which_and_writes_nothing(
    genesys_cloud_simulator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = json.loads(genesys_cloud_simulator.vonage_connection_json)
    del without["extra"]["scope"]
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", json.dumps(without))
    with pytest.raises(AirflowFailException, match=r"stats.*vonage_contact_center_default"):
        read(tmp_path / "x.jsonl", NOW - timedelta(hours=1))
    assert not [*tmp_path.iterdir()]


def test_what_fails_on_the_way_leaves_the_file_as_it_was(genesys_cloud_simulator: Any, tmp_path: Path) -> None:
    records = [interaction(n, NOW - timedelta(hours=1)) for n in range(5)]
    genesys_cloud_simulator.load_vonage(statistics={"interactions": records})
    (tmp_path / "x.jsonl").write_text("before")
    genesys_cloud_simulator.add_fault(path="/stats/*", status=400, after=1)
    with pytest.raises(Exception, match="400"):
        read(tmp_path / "x.jsonl", NOW - timedelta(hours=2))
    assert (tmp_path / "x.jsonl").read_text() == "before"
