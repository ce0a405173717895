"""The drafts of a migration, passed on to Genesys Cloud by the steps that the documentation has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import configuration
import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysApiError
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.resources import select
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.exports import GenesysCloudPlanWebMessagingMigrationOperator
from tests.harness.tasks import context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

CHAT_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0001"
MESSAGE_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0002"
SIGN_IN = "https://login.example.com/chat"
INTEGRATION = "d2a7c6de-9b0b-4f2a-8d4e-4c2f7b9e0001"
LOCKED = {"authenticationRequired": True, "authenticationUrl": SIGN_IN}
WEB_CHAT = [
    {"name": "Shop", "flow": {"id": CHAT_FLOW}, "allowedDomains": ["shop.example.com"], "disabled": False},
    {"name": "Bank", **LOCKED, "webChatConfig": {"webChatSkin": "basic"}, "disabled": False},
    {"name": "Bank", **LOCKED, "webChatConfig": {"webChatSkin": "modern-caret-skin"}, "disabled": True},
    {"description": "without a name", "allowedDomains": []},
]
WIDGET = {
    "name": "Bank",
    "authenticationRequired": True,
    "disabled": False,
    "allowedDomains": ["https://bank.example.com"],
    "flow": {"id": CHAT_FLOW},
    "clientType": "v1",
    "clientConfig": {"v1": {"webChatSkin": "basic", "authenticationUrl": SIGN_IN}},
}


@pytest.fixture
def hook(connected: SimulatorHandle) -> GenesysCloudHook:
    return GenesysCloudHook()


def planned(export: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Plan the migration from what the export returned."""
    task = GenesysCloudPlanWebMessagingMigrationOperator(
        task_id="plan",
        snapshot=export,
        destination=str(folder),
        flow_map={CHAT_FLOW: MESSAGE_FLOW},
        integration_map={SIGN_IN: INTEGRATION},
    )
    summary: dict[str, Any] = task.execute(context())
    return summary


@pytest.fixture
def drafts(genesys_cloud_simulator: SimulatorHandle, hook: GenesysCloudHook, tmp_path: Path) -> Path:
    """The drafts for what the API answers about web chat."""
    genesys_cloud_simulator.load_webchat({"requireDeployment": True}, WEB_CHAT)
    export = Exporter(hook.get_conn(), tmp_path / "snapshots", select(["webchat"])).export()
    assert planned(export, tmp_path)["deployments"] == len(WEB_CHAT)
    return tmp_path / "drafts"


def create(drafts: Path) -> dict[str, str]:
    """Run the task that the documentation has; return the deployments' ids by their names."""
    created = configuration.create.function({"drafts": f"file://{drafts}"})
    return {one["name"]: one["id"] for one in created}


def test_the_drafts_are_taken(genesys_cloud_simulator: SimulatorHandle, drafts: Path) -> None:
    created = create(drafts)

    there = genesys_cloud_simulator.web_messaging()
    assert set(created) == {"Shop", "Bank", "Bank (2)", "Unnamed web chat"}
    deployments = {one["name"]: one for one in there["deployments"]}
    assert {name: one["id"] for name, one in deployments.items()} == created
    assert deployments["Shop"]["flow"]["id"] == MESSAGE_FLOW
    assert deployments["Shop"]["allowedDomains"] == ["shop.example.com"]
    assert {name: one["status"] for name, one in deployments.items()} == {
        "Shop": "Active",
        "Bank": "Inactive",
        "Bank (2)": "Inactive",
        "Unnamed web chat": "Inactive",
    }
    configurations = {one["id"]: one["versions"][-1] for one in there["configurations"]}
    used = {name: configurations[one["configuration"]["id"]] for name, one in deployments.items()}
    assert used["Bank"]["authenticationSettings"] == {"enabled": True, "integrationId": INTEGRATION}
    assert used["Shop"] == used["Unnamed web chat"]
    assert "authenticationSettings" not in used["Shop"]
    assert all(one["messenger"]["enabled"] for one in configurations.values())


def test_a_web_chat_that_lives_in_a_widget_is_passed_on_too(
    genesys_cloud_simulator: SimulatorHandle, hook: GenesysCloudHook, tmp_path: Path
) -> None:
    genesys_cloud_simulator.load_webchat({"requireDeployment": True}, [], [WIDGET])
    export = Exporter(hook.get_conn(), tmp_path / "snapshots", select(["webchat"])).export()
    summary = planned(export, tmp_path)

    assert (summary["deployments"], summary["configurations"]) == (1, 1)
    assert "write the domain alone" in Path(summary["report"]).read_text("utf-8")
    assert set(create(tmp_path / "drafts")) == {"Bank"}
    there = genesys_cloud_simulator.web_messaging()
    assert [one["status"] for one in there["deployments"]] == ["Active"]
    assert there["configurations"][0]["versions"][-1]["authenticationSettings"]["integrationId"] == INTEGRATION


def test_a_snapshot_from_before_widgets_were_exported_makes_a_plan_that_says_so(
    genesys_cloud_simulator: SimulatorHandle, hook: GenesysCloudHook, tmp_path: Path
) -> None:
    genesys_cloud_simulator.load_webchat({"requireDeployment": True}, WEB_CHAT, [WIDGET])
    resources = select(["webchat_settings", "webchat_deployments"])
    export = Exporter(hook.get_conn(), tmp_path / "snapshots", resources).export()
    summary = planned(export, tmp_path)

    assert summary["deployments"] == len(WEB_CHAT)
    page = Path(summary["report"]).read_text("utf-8").replace("\\", "")
    assert "Web chats that live in deployments of widgets are not in this plan" in page


def test_passed_on_twice_they_are_there_once(genesys_cloud_simulator: SimulatorHandle, drafts: Path) -> None:
    created = create(drafts)
    there = genesys_cloud_simulator.web_messaging()

    assert create(drafts) == created
    assert genesys_cloud_simulator.web_messaging() == there


def test_a_plan_without_drafts_creates_nothing(
    genesys_cloud_simulator: SimulatorHandle, hook: GenesysCloudHook, tmp_path: Path
) -> None:
    genesys_cloud_simulator.load_webchat({"requireDeployment": True}, [])
    export = Exporter(hook.get_conn(), tmp_path / "snapshots", select(["webchat"])).export()
    assert planned(export, tmp_path)["deployments"] == 0

    assert create(tmp_path / "drafts") == {}
    assert genesys_cloud_simulator.web_messaging()["configurations"] == []


def test_a_deployment_is_refused_as_long_as_its_configuration_is_only_named(
    genesys_cloud_simulator: SimulatorHandle, drafts: Path, hook: GenesysCloudHook
) -> None:
    for path in (drafts / "deployments").iterdir():
        with pytest.raises(GenesysApiError) as refused:
            hook.call("postWebdeploymentsDeployments", body=json.loads(path.read_text()))
        assert refused.value.status == 400
    assert genesys_cloud_simulator.web_messaging()["deployments"] == []


def test_a_snapshot_from_after_web_chat_is_no_empty_plan(
    genesys_cloud_simulator: SimulatorHandle, hook: GenesysCloudHook, tmp_path: Path
) -> None:
    genesys_cloud_simulator.settings(webchat="gone")
    export = Exporter(hook.get_conn(), tmp_path / "snapshots", select(["webchat"])).export()

    with pytest.raises(AirflowFailException, match="as gone: web chat was gone when it was taken"):
        planned(export, tmp_path)

    assert not (tmp_path / "drafts").exists()
