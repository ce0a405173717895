"""Every example Dag, as a newcomer runs it: the simulator as its command starts it, and nothing but its connections."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.simulator.process import running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

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


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_example_runs_at_the_first_try(
    *,
    dag_id: str,
    untouched: dict[str, Any],
    newcomer: SimulatorHandle,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = untouched[dag_id].test(run_conf={"folder": str(tmp_path)})
    assert errors_in(capfd.readouterr()) == []
    states = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    assert run.state == "success", states
    assert newcomer.requests()["total"] > 0
    assert set(states.values()) <= {"success", "skipped"}


def errors_in(said: Any) -> list[str]:
    """Return the lines of a log that tell of an error, be it the provider's or Airflow's, in plain words."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", said.out + said.err).splitlines()
    return [line for line in lines if re.search(r"\[(?:error|critical) *\]|\b(?:ERROR|CRITICAL)\b", line)]


def test_no_example_is_left_out(untouched: dict[str, Any]) -> None:
    assert set(DAG_IDS) == set(untouched) - {"genesys_cloud_replay"}  # which is started for a task that there is
