"""Exports run by Airflow itself: that an Asset hears of a change is in Airflow's database, and of nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.results import states
from tests.harness.bundles import dags_of_a_bundle

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import DAG

    from airflow_provider_genesys.simulator.process import SimulatorHandle

URI = "s3://bucket/genesys/configuration"
DAG_FILE = """
from airflow.providers.common.compat.sdk import DAG, Asset, AssetAlias

from airflow_provider_genesys.operators.exports import GenesysCloudExportWebchatSettingsOperator
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor

with DAG("exports_under_test", schedule=None) as dag:
    changed = GenesysCloudConfigurationChangedSensor(
        task_id="changed", include=["webchat"], destination={folder!r}, poke_interval=0.1, timeout=0.1, soft_fail=True
    )
    export = GenesysCloudExportWebchatSettingsOperator(
        task_id="export",
        destination="{{{{ params.get('folder', {folder!r}) }}}}",
        changed_asset=Asset({uri!r}),
        outlets=[AssetAlias("genesys_configuration")],
        trigger_rule="all_done",
    )
    changed >> export
    GenesysCloudExportWebchatSettingsOperator.partial(task_id="mapped").expand(destination={folders!r})
"""


@pytest.fixture
def dag(dags: dict[str, Any], connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DAG:
    """A Dag in a folder of its own."""
    folder = tmp_path / "dags"
    folder.mkdir()
    folders = [str(tmp_path / "mapped" / each) for each in ("a", "b")]
    text = DAG_FILE.format(folder=str(tmp_path / "to"), folders=folders, uri=URI)
    (folder / "exports_under_test.py").write_text(text)
    return dags_of_a_bundle(folder, monkeypatch)["exports_under_test"]  # type: ignore[no-any-return]


def events() -> list[dict[str, Any]]:
    """Return the extra of each event that the asset got, in order."""
    from airflow.utils.session import create_session  # noqa: PLC0415

    model: Any
    try:
        from airflow.models.asset import AssetEvent as model, AssetModel as asset  # noqa: I001, N813, PLC0415

        parent = model.asset_id
    except ImportError:  # Airflow 2
        from airflow.models.dataset import DatasetEvent as model, DatasetModel as asset  # noqa: I001, N813, PLC0415

        parent = model.dataset_id
    with create_session() as session:
        query = session.query(model.extra).join(asset, asset.id == parent).filter(asset.uri == URI).order_by(model.id)
        return [extra for (extra,) in query.all()]


def test_an_event_is_recorded_only_on_a_change(dag: Any, connected: SimulatorHandle) -> None:
    counts, ended = [], []
    for settings in ({"requireDeployment": True}, {"requireDeployment": True}, {"requireDeployment": False}):
        connected.load_webchat(settings=settings)
        run = dag.test()
        ended.append(states(run))
        counts.append(len(events()))
    assert [each["export"] for each in ended] == ["success"] * 3
    assert [each["changed"] for each in ended] == ["success", "skipped", "success"]
    assert counts == [1, 1, 2]
    first, last = events()
    assert (first["added"], first["previous"]) == (1, None)
    assert (last["modified"], last["added"], last["removed"], last["state_changes"]) == (1, 0, 0, "")
    assert Path(last["snapshot"]).exists()


def fail(run: Any, task_id: str, map_index: int = -1) -> None:
    """Have a task fail when it has returned, as the server does that cannot record what it announces."""
    from airflow.models import TaskInstance  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        query = session.query(TaskInstance).filter_by(dag_id=run.dag_id, run_id=run.run_id, task_id=task_id)
        query.filter_by(map_index=map_index).one().state = "failed"


def test_what_did_not_reach_airflow_is_told_again(dag: Any, connected: SimulatorHandle) -> None:
    def told(run: Any, task_id: str, map_index: int = -1) -> tuple[bool, int]:
        instance = run.get_task_instance(task_id, map_index=map_index)
        summary = instance.xcom_pull(task_ids=task_id, map_indexes=map_index)
        return summary["changed"], summary["modified"]

    connected.load_webchat(settings={"requireDeployment": True})
    dag.test()
    connected.load_webchat(settings={"requireDeployment": False})
    before = len(events())
    refused = dag.test()
    fail(refused, "export")
    fail(refused, "mapped", 1)
    again, quiet = dag.test(), dag.test()
    of_all = [
        [told(run, *which) for run in (refused, again, quiet)] for which in (("export",), ("mapped", 0), ("mapped", 1))
    ]
    change, none = (True, 1), (False, 0)
    assert of_all == [[change, change, none], [change, none, none], [change, change, none]]
    assert len(events()) == before + 2
