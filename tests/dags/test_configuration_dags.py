"""The example Dags of job 3, run by Airflow: two days with a change, a quiet day, web chat gone, a migration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.configuration import EXPECTED, FIRST_DAY, ConfigurationAccount, load
from tests.dags.results import result, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.dagrun import DagRun

    from airflow_provider_genesys.simulator.process import SimulatorHandle

    RunDag = Callable[..., DagRun]

EXPORT, MIGRATION = "configuration_export", "web_messaging_migration"


def events() -> int:
    """Return how many events there were of Assets, which Airflow 2 calls Datasets."""
    from airflow.utils.session import create_session  # noqa: PLC0415 - after the home is set
    from sqlalchemy import func, select  # noqa: PLC0415

    try:
        from airflow.models.asset import AssetEvent  # noqa: PLC0415
    except ImportError:
        from airflow.models.dataset import DatasetEvent as AssetEvent  # noqa: PLC0415
    with create_session() as session:
        return int(session.scalar(select(func.count()).select_from(AssetEvent)) or 0)


def test_two_days_and_a_quiet_one(run_dag: RunDag, connected: SimulatorHandle) -> None:
    before = events()
    load(connected, day=1)
    first = run_dag(EXPORT)
    assert set(states(first).values()) == {"success"}
    assert result(first, "export")["previous"] is None
    assert events() == before + 1, "all that is in the first snapshot is new"

    load(connected, day=2)
    second = run_dag(EXPORT)
    assert set(states(second).values()) == {"success"}
    account = ConfigurationAccount(result(first, "export"), result(second, "export"))
    assert list(account.problems()) == []
    assert {kind: account.second[kind] for kind in EXPECTED} == EXPECTED
    assert events() == before + 2

    quiet = run_dag(EXPORT)
    assert not result(quiet, "export")["changed"]
    assert result(quiet, "export")["bytes_written"] < 20_000
    assert events() == before + 2


def test_that_web_chat_is_gone_is_a_change_and_no_failure(run_dag: RunDag, connected: SimulatorHandle) -> None:
    load(connected, day=1)
    run_dag(EXPORT)
    connected.settings(webchat="gone")
    run = run_dag(EXPORT)
    assert run.state == "success"
    exported = result(run, "export")
    assert exported["changed"]
    assert exported["resources"]["webchat_deployments"] == {"state": "gone", "count": 0}


def test_what_may_not_be_read_fails_the_task_after_the_rest_is_stored(
    run_dag: RunDag, connected: SimulatorHandle
) -> None:
    connected.settings(permissions=["presence:presenceDefinition:view", "presence:source:view"])
    run = run_dag(EXPORT)
    assert run.state == "failed"
    summary = result(run, "export", "summary")
    assert summary["resources"]["webchat_settings"]["state"] == "forbidden"
    assert summary["resources"]["presence_sources"]["state"] == "exported"
    assert Path(summary["snapshot"].removeprefix("file://")).is_file()


@pytest.mark.parametrize("flow", [None, "c3d4e5f6-0000-4000-8000-000000000002"])
def test_the_migration_is_planned_from_a_snapshot(
    run_dag: RunDag, connected: SimulatorHandle, flow: str | None
) -> None:
    chat_flow = "c3d4e5f6-0000-4000-8000-000000000001"
    deployments = [each | {"flow": {"id": chat_flow, "name": "Chat"}} for each in FIRST_DAY]
    connected.load_webchat(settings={"requireDeployment": True}, deployments=deployments)
    run = run_dag(MIGRATION, **({"flow_map": {chat_flow: flow}} if flow else {}))
    assert run.state == "success"
    plan = result(run, "plan")
    assert plan["deployments"] == len(FIRST_DAY)
    report = Path(plan["report"].removeprefix("file://")).read_text("utf-8")
    assert "requireDeployment" in report
    drafts = [
        json.loads(path.read_text("utf-8")) for path in Path(plan["drafts"].removeprefix("file://")).rglob("*.json")
    ]
    assert len(drafts) == plan["deployments"] + plan["configurations"]
    assert (str(flow) in json.dumps(drafts)) == bool(flow)
    assert states(run) == {"export_webchat": "success", "plan": "success", "asked": "success", "create": "skipped"}
    there = connected.web_messaging()
    assert (there["configurations"], there["deployments"]) == ([], [])


def test_the_migration_is_carried_out_if_asked_for(run_dag: RunDag, connected: SimulatorHandle) -> None:
    deployments = [each | {"name": f"{each['name']}\nand more"} for each in FIRST_DAY]
    connected.load_webchat(settings={"requireDeployment": True}, deployments=deployments)
    run = run_dag(MIGRATION, create=True)
    assert set(states(run).values()) == {"success"}
    there = [{"id": one["id"], "name": one["name"]} for one in connected.web_messaging()["deployments"]]
    created = result(run, "create")
    assert len(created) == len(FIRST_DAY)
    assert sorted(created, key=str) == sorted(there, key=str)
    assert result(run_dag(MIGRATION, create=True), "create") == created


def test_a_migration_of_nothing_creates_nothing(run_dag: RunDag, connected: SimulatorHandle) -> None:
    connected.load_webchat(settings={"requireDeployment": True}, deployments=[])
    run = run_dag(MIGRATION, create=True)
    assert set(states(run).values()) == {"success"}
    assert result(run, "create") == []
    there = connected.web_messaging()
    assert (there["configurations"], there["deployments"]) == ([], [])
