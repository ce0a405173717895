"""Every example Dag, as a newcomer runs it: the simulator as its command starts it, and nothing but its connections."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from airflow_provider_genesys.simulator.example_data import VONAGE_CALLS
from airflow_provider_genesys.simulator.process import running_simulator
from tests.dags.results import states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_genesys.simulator.process import SimulatorHandle

OF_AGENTS = {"userPresenceEvents", "userRoutingStatusEvents"}
"""Kinds of events that are of no conversation."""
ODD = set('+:<>"|?*\\')
"""Signs that no name may have which is to be usable everywhere: some system refuses them, or reads another sign."""
REPLAY = "genesys_cloud_replay"
PAGE = (Path(__file__).parents[2] / "docs" / "installation.md").read_text("utf-8")
DAG_IDS = (
    *("call_records", "agent_statuses", "presence_definitions_sync", "presence_definitions_drift"),
    *("presence_definitions_changed", "sharded_events", "records", "three_platforms"),
    *("configuration_export", "web_messaging_migration", "cloud_ex"),
)


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorHandle]:
    with running_simulator("--example-data") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def untouched(dags: dict[str, Any]) -> dict[str, Any]:
    """The Dags as Airflow reads them from their files: a run with parameters leaves those in the Dag's object."""
    from airflow.models import DagBag  # noqa: PLC0415 - after the home is set

    found: dict[str, Any] = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags
    return found


@pytest.fixture
def newcomer(process: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> SimulatorHandle:
    process.reset()
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", process.connection_json)
    monkeypatch.setenv("AIRFLOW_CONN_VONAGE_CONTACT_CENTER_DEFAULT", process.vonage_connection_json)
    return process


@pytest.mark.parametrize(
    ("dag_id", "parameters"), [*((dag_id, {}) for dag_id in DAG_IDS), ("cloud_ex", {"calls": "vonage"})]
)
def test_every_example_runs_at_the_first_try(
    *,
    dag_id: str,
    parameters: dict[str, str],
    untouched: dict[str, Any],
    newcomer: SimulatorHandle,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = untouched[dag_id].test(run_conf={"folder": str(tmp_path), **parameters})
    assert errors_in(capfd.readouterr()) == []
    by_task = states(run)
    assert run.state == "success", by_task
    assert newcomer.requests()["total"] > 0
    assert set(by_task.values()) <= {"success", "skipped"}
    odd = [path for path in tmp_path.rglob("*") if ODD & set(path.name)]
    assert not odd, "in a name the id of a run is percent-encoded: manual__2026-11-16T08%3A00%3A00%2B00%3A00"
    if parameters.get("calls") == "vonage":
        assert by_task["read_calls"] == "success"
        sent = {event["key"] for event in newcomer.ledger_events() if event["kind"] not in OF_AGENTS}
        assert len(sent) == len(VONAGE_CALLS), "those of Vonage, of which there are fewer than in the file"


def errors_in(said: Any) -> list[str]:
    """Return the lines of a log that tell of an error, be it the provider's or Airflow's, in plain words."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", said.out + said.err).splitlines()
    return [line for line in lines if re.search(r"\[(?:error|critical) *\]|\b(?:ERROR|CRITICAL)\b", line)]


def test_no_example_is_left_out_here_or_in_the_documentation(untouched: dict[str, Any]) -> None:
    assert {*DAG_IDS, REPLAY} == set(untouched)
    table = re.search(r"^\| Dag \| what it shows \|\n.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert table is not None
    named = [name for row in table[0].splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])]
    assert sorted(named) == sorted(untouched)


def test_a_replay_as_the_documentation_says(
    untouched: dict[str, Any], newcomer: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, variable, ids = (
        json.loads(text) for text in re.findall(r"(?: -d |REPLAY=|--conf )'(.*)'$", PAGE, re.MULTILINE)
    )
    newcomer.add_fault(**fault)
    first = untouched[ids["dag_id"]].test(run_conf={"folder": str(tmp_path)})
    assert first.state == "success"
    accepted = newcomer.ledger()["accepted"]
    assert [each.pop("artifacts_path") for each in variable] == ["/tmp/genesys-examples"]
    monkeypatch.setenv(
        "AIRFLOW_VAR_GENESYS_CLOUD_REPLAY", json.dumps([variable[0] | {"artifacts_path": str(tmp_path)}])
    )
    conf = ids | {"run_id": first.run_id} | ({"confirm": True} if "confirm" in untouched[REPLAY].params else {})
    run = untouched[REPLAY].test(run_conf=conf, mark_success_pattern="ask")
    assert run.state == "success", states(run)
    assert newcomer.ledger()["accepted"] == accepted + 2
    (folder,) = (tmp_path / ids["dag_id"]).iterdir()
    assert {each.name for each in folder.iterdir()} == {"convert", "publish"}, "all of a run is in one folder"


def test_a_replay_without_ids_does_nothing_and_says_what_it_needs(
    untouched: dict[str, Any], newcomer: SimulatorHandle, capfd: pytest.CaptureFixture[str]
) -> None:
    empty = dict.fromkeys(("dag_id", "run_id", "task_id"), "")  # what one run was given is the next one's default
    run = untouched[REPLAY].test(run_conf=empty)
    assert set(states(run).values()) == {"skipped"}
    said = capfd.readouterr()
    if Version(version("apache-airflow")).major == 2:  # which writes what a task says into its file
        return
    assert "Nothing to do: this run was not told whose dead letters to publish." in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert errors_in(said) == []
    assert newcomer.requests()["total"] == 0
