"""The link to Genesys Cloud, as Airflow's pages find it: by the Dag as Airflow keeps it, and by what a task pushed."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest
from airflow.providers.common.compat.sdk import AirflowPlugin

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.get_provider_info import get_provider_info
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.hooks.mixin import GenesysCloudHookMixin
from airflow_provider_genesys.links import PAGES, GenesysCloudAccountLink, GenesysCloudLink
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from tests.contract.worlds import presences
from tests.dags.results import states
from tests.harness.bundles import dags_of_a_bundle
from tests.harness.killed import Killed

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle

APPS = "https://apps.mypurecloud.de"
DAG = """
from airflow.providers.common.compat.sdk import DAG, BaseOperator
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportWebchatSettingsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.operators.preflight import GenesysCloudPreflightOperator
from airflow_provider_genesys.operators.presence import GenesysCloudPlanPresenceDefinitionsOperator
from airflow_provider_genesys.sensors.presence import GenesysCloudPresenceDefinitionsSensor

with DAG("links", schedule=None):
    conn = {{"genesys_cloud_conn_id": "of_a_region"}}
    GenesysCloudPreflightOperator(task_id="oauth", **conn)
    GenesysCloudPlanPresenceDefinitionsOperator(task_id="statuses", definitions=[], **conn)
    missing = [{{"system_presence": "Break", "labels": {{"en_US": "Smoke"}}}}]
    GenesysCloudPresenceDefinitionsSensor(task_id="waits", definitions=missing, wait_for="drift", timeout=30, **conn)
    GenesysCloudExportWebchatSettingsOperator(task_id="widgets", destination={folder!r} + "/snapshots", **conn)
    GenesysCloudApiOperator(task_id="admin", operation="getUsers", **conn)
    GenesysCloudApiOperator.partial(task_id="mapped", **conn).expand(operation=["getUsers", "getPresenceSources"])
    GenesysCloudApiOperator(task_id="fails", operation="getPresenceDefinition", **conn)
    GenesysCloudApiOperator(task_id="of_a_simulator", operation="getUsers")
    GenesysCloudPublishEventsOperator.partial(
        task_id="published", stream="user_presences", max_rejected=1, artifacts_path={folder!r} + "/artifacts", **conn
    ).expand(source=[[], [{{}}]])
    GenesysCloudConvertRecordsOperator(
        task_id="converts", records=[], mapping="nothing.yaml", destination={folder!r} + "/converted"
    )
"""
PAGE_OF = {
    ("oauth", -1): "oauth",
    ("statuses", -1): "statuses",
    ("waits", -1): "statuses",
    ("widgets", -1): "widgets",
    ("admin", -1): "admin",
    ("mapped", 0): "admin",
    ("mapped", 1): "admin",
    ("fails", -1): "admin",
    ("published", 0): "agents",
    ("published", 1): "agents",
}
WITH_ACCOUNT = {"statuses", "widgets", "published", "converts"}
HAS_PAGES = hasattr(AirflowPlugin, "react_apps")


@pytest.fixture
def of_a_region(genesys_cloud_simulator: SimulatorHandle, monkeypatch: pytest.MonkeyPatch) -> SimulatorHandle:
    """The simulator as a gateway of an organisation whose region is known."""
    connection = json.loads(genesys_cloud_simulator.connection_json)
    connection["extra"]["region"] = "mypurecloud.de"
    monkeypatch.setenv("AIRFLOW_CONN_OF_A_REGION", json.dumps(connection))
    return genesys_cloud_simulator


@pytest.mark.usefixtures("dags", "connected", "of_a_region")
def test_airflow_shows_the_link_of_each_task_also_of_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "links.py").write_text(DAG.format(folder=str(tmp_path)))
    dag = dags_of_a_bundle(folder, monkeypatch)["links"]
    run = dag.test()
    shown: dict[tuple[str, int], Any] = {}
    accounts: dict[tuple[str, int], Any] = {}
    for task in as_kept(dag):
        has_account = task.task_id in WITH_ACCOUNT
        has_page = task.task_id != "converts"  # which here has nothing looked up in the organisation
        assert list(task.extra_links) == ["Genesys Cloud", *["Genesys Cloud account"] * has_account]
        for instance in run.get_task_instances():
            if instance.task_id == task.task_id and has_page:
                shown[task.task_id, instance.map_index] = task.get_extra_links(instance, "Genesys Cloud")
            if instance.task_id == task.task_id and has_account:
                accounts[task.task_id, instance.map_index] = task.get_extra_links(instance, "Genesys Cloud account")
    ended = states(run)
    assert [ended.pop(each) for each in ("fails", "converts")] == ["failed", "failed"]
    assert set(ended.values()) == {"success"}
    assert not shown.pop(("of_a_simulator", -1))
    assert shown == {each: f"{APPS}{PAGES[page]}" for each, page in PAGE_OF.items()}  # type: ignore[index]
    assert accounts.keys() == {("statuses", -1), ("widgets", -1), ("published", 0), ("published", 1), ("converts", -1)}
    for (task_id, index), address in accounts.items():
        ids = {"dag": "links", "run": run.run_id, "task": task_id, "index": str(index)}
        assert (address or "") == (f"plugin/genesys_cloud?{urlencode(ids)}" if HAS_PAGES else "")


def as_kept(dag: Any) -> list[Any]:
    """Return the tasks of a Dag as Airflow's server reads them, which has no code of the operators."""
    try:
        from airflow.serialization.serialized_objects import DagSerialization  # noqa: PLC0415 - Airflow 3
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization  # noqa: PLC0415
    return list(DagSerialization.from_dict(DagSerialization.to_dict(dag)).tasks)


def test_all_that_has_the_hook_has_the_link_and_airflow_is_told_of_its_class() -> None:
    info: dict[str, Any] = get_provider_info()
    both = (GenesysCloudLink, GenesysCloudAccountLink)
    assert info["extra-links"] == [f"{link.__module__}.{link.__qualname__}" for link in both]
    modules = {name for kind in ("operators", "sensors") for part in info[kind] for name in part["python-modules"]}
    modules |= {part["python-module"] for part in info["transfers"]}
    classes = {
        found
        for name in modules
        for _, found in inspect.getmembers(import_module(name), inspect.isclass)
        if issubclass(found, GenesysCloudHookMixin) and found is not GenesysCloudHookMixin
    }
    assert len(classes) >= 12
    for found in classes:
        assert [type(link) for link in found.operator_extra_links] in ([*both], [*both][:1])
        assert found.page in PAGES


class Instance:
    """What a running task has of itself, of which the database is told at once."""

    dag_id, task_id, run_id, map_index, try_number = "dag", "task", "run", 0, 1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def test_it_is_pushed_before_anything_is_sent(
    of_a_region: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(GenesysCloudHook, "get_publisher", killed)
    operator = GenesysCloudPublishEventsOperator(
        task_id="task",
        stream="user_presences",
        source=presences(1),
        artifacts_path=str(tmp_path),
        genesys_cloud_conn_id="of_a_region",
    )
    instance = Instance()
    with pytest.raises(Killed):
        operator.execute({"ti": instance})  # type: ignore[typeddict-item]
    assert instance.pushed[GenesysCloudLink.xcom_key] == f"{APPS}{PAGES['agents']}"
    account = "plugin/genesys_cloud?dag=dag&run=run&task=task&index=0"
    assert instance.pushed.get(GenesysCloudAccountLink.xcom_key) == (account if HAS_PAGES else None)
    assert of_a_region.requests()["total"] == 0


@pytest.mark.parametrize("extra", ['{"region": "atlantis"}', '{"base_url": "http://127.0.0.1:9"}', "{"])
def test_a_connection_without_a_known_region_costs_the_link_and_nothing_else(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "genesys_cloud", "login": "a-client", "password": "a-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_OF_NO_REGION", json.dumps(connection))
    operator = GenesysCloudApiOperator(task_id="task", operation="getUsers", genesys_cloud_conn_id="of_no_region")
    instance = Instance()
    operator.push_link({"ti": instance})  # type: ignore[typeddict-item]
    assert instance.pushed == {GenesysCloudLink.xcom_key: ""}, "else Airflow logs an error at the task's end"


@pytest.mark.parametrize("index", [None, -1, 0, 7])
def test_the_address_of_the_account_is_made_of_ids_alone_and_is_the_same_whenever_it_is_asked_for(
    index: int | None,
) -> None:
    instance: Any = Instance()
    instance.run_id, instance.map_index = "manual__2026-01-01T00:00:00+00:00 a&b", index
    link = GenesysCloudAccountLink()
    task = GenesysCloudPublishEventsOperator(task_id="task", stream="user_presences", source=[])
    address = link.get_link(task, ti_key=instance)
    link.push(task, {"ti": instance})  # type: ignore[typeddict-item]
    if not HAS_PAGES:
        assert (address, instance.pushed) == ("", {})
        return
    assert instance.pushed == {link.xcom_key: address}
    path, _, query = address.partition("?")
    assert path == "plugin/genesys_cloud", "relative, so that a base_url with a path holds"
    found = {"dag": ["dag"], "run": [instance.run_id], "task": ["task"], "index": [str(-1 if index is None else index)]}
    assert parse_qs(query) == found


def test_a_conversion_that_looks_nothing_up_has_a_link_that_leads_nowhere_and_asks_for_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: Any) -> None:
        raise AssertionError("the connection was looked up")

    monkeypatch.setattr(GenesysCloudHook, "get_connection_settings", asked)
    instance: Any = Instance()
    task = GenesysCloudConvertRecordsOperator(
        task_id="task", records=[], mapping=str(tmp_path / "none.yaml"), destination=str(tmp_path)
    )
    with pytest.raises(GenesysSourceError):
        task.execute({"ti": instance})  # type: ignore[typeddict-item]
    assert instance.pushed[GenesysCloudLink.xcom_key] == ""
    assert (GenesysCloudAccountLink.xcom_key in instance.pushed) == HAS_PAGES


def test_an_account_link_that_cannot_be_pushed_costs_nothing() -> None:
    class Broken(Instance):
        def xcom_push(self, key: str, value: Any) -> None:
            raise ConnectionError

    task = GenesysCloudPublishEventsOperator(task_id="task", stream="user_presences", source=[])
    GenesysCloudAccountLink().push(task, {"ti": Broken()})  # type: ignore[typeddict-item]
