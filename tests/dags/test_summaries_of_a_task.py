"""What a ``@task`` that publishes several times leaves in Airflow's database: each account under a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.results import result
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

SEVERAL = """
from airflow.providers.common.compat.sdk import DAG, task
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from tests.contract.worlds import presences

FOLDER = {folder!r}


@task
def several(order):
    accounts = {{
        "one": ("one", None, 2),
        "two": ("two", None, 3),
        "a": ("two", "team a", 4),
        "b": ("two", "team/a", 5),
    }}
    hook = GenesysCloudHook()
    for folder, key, events in map(accounts.get, order):
        hook.publish_events("user_presences", presences(events), artifacts_path=FOLDER + "/" + folder, ledger_key=key)


with DAG("several", schedule=None):
    several(["one", "two", "a", "b", "one", "a"])
    several.override(task_id="another_order")(["two", "b", "one", "a"])
"""


def pushed(run: Any, task_id: str) -> dict[str, Any]:
    from airflow.models import xcom  # noqa: PLC0415 - after the home is set
    from airflow.utils.session import create_session  # noqa: PLC0415

    model: Any = xcom.XComModel if hasattr(xcom, "XComModel") else xcom.XCom  # type: ignore[attr-defined]
    with create_session() as session:
        found = session.query(model.key).filter(model.run_id == run.run_id, model.task_id == task_id).all()
    return {key: result(run, task_id, key)["accepted"] for (key,) in found if key.startswith("summary")}


@pytest.mark.usefixtures("dags")
def test_each_account_has_its_key_in_every_task(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "several.py").write_text(SEVERAL.format(folder=str(tmp_path)))
    run = dags_of_a_bundle(tmp_path / "dags", monkeypatch)["several"].test()
    assert run.state == "success"
    first, other = pushed(run, "several"), pushed(run, "another_order")
    assert (first["summary"], other["summary"]) == (2, 3)
    assert sorted(first.values()) == sorted(other.values()) == [2, 3, 4, 5]
    keyed = {key: accepted for key, accepted in first.items() if key.startswith("summary.team_a~")}
    assert sorted(keyed.values()) == [4, 5]
    assert keyed.items() <= other.items(), "a key's digest is of itself alone"
    assert {key.partition("~")[0] for key in first.keys() - keyed.keys()} == {"summary", "summary.user_presences"}
