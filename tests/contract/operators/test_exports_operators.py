"""The export operators: what they push, when they fail and how, their files, and when an Asset hears of it."""

from __future__ import annotations

import errno
import itertools
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, Asset, AssetAlias, BaseOperator

from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysNotFoundError,
    GenesysPartialExportError,
    GenesysServerError,
)
from airflow_provider_genesys.exports.exporter import Exporter
from airflow_provider_genesys.exports.snapshot import open_snapshot, verify
from airflow_provider_genesys.files import storage
from airflow_provider_genesys.operators.exports import (
    GenesysCloudExportOperator,
    GenesysCloudExportWebchatSettingsOperator,
)
from tests.harness.fixtures import connect
from tests.harness.killed import Killed
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

OTHER_ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
SHOP = {"id": "8f14e45f-ceea-4e7a-9a3b-1c2d3e4f5a6b", "name": "Shop", "allowedDomains": ["shop.example.com"]}
KEYS = {
    "snapshot", "previous", "changed", "added", "removed", "modified", "state_changes", "resources", "diff",
    "bytes_written", "requests", "kind", "rows", "rows_left",
}  # fmt: skip


STATES: dict[tuple[str, str, str, int], str] = {}
"""The states of task instances, as Airflow's database has them."""
RUNS = itertools.count()


@pytest.fixture(autouse=True)
def no_runs_yet() -> None:
    STATES.clear()


class Instance(TaskInstance):
    """One whose runs are in Airflow's database; each is one of another run, if nothing else is said."""

    def __init__(self, run_id: str = "", try_number: int = 1) -> None:
        super().__init__("export", dag_id="exports", run_id=run_id or f"manual__{next(RUNS)}", try_number=try_number)

    def get_task_states(self, dag_id: str, map_index: int, task_ids: list[str], run_ids: list[str]) -> dict[str, Any]:
        wanted = {key: state for key, state in STATES.items() if (key[0], key[3]) == (dag_id, map_index)}
        return {run: {task: state} for (_, run, task, _), state in wanted.items() if task in task_ids if run in run_ids}

    def becomes(self, state: str) -> None:
        STATES[self.dag_id, self.run_id, self.task_id, self.map_index] = state


class OutletEvents(dict[Any, Any]):
    """Collects what is announced through an alias, by its name: on Airflow 3.0 an alias has no hash."""

    def __getitem__(self, alias: Any) -> Any:
        if alias.name not in self:
            announced = SimpleNamespace(told=[])
            announced.add = lambda asset, extra=None: announced.told.append((asset, extra))
            self[alias.name] = announced
        return super().__getitem__(alias.name)


def run(task: BaseOperator, ti: Instance | None = None, events: OutletEvents | None = None) -> Any:
    ti = ti or Instance()
    ti.becomes("running")
    result = task.execute(context(ti, outlet_events=OutletEvents() if events is None else events))
    ti.becomes("success")
    return result


def webchat(destination: Any, **arguments: Any) -> GenesysCloudExportWebchatSettingsOperator:
    return GenesysCloudExportWebchatSettingsOperator(task_id="export", destination=str(destination), **arguments)


def export(destination: Any, include: Any = ("all",), **arguments: Any) -> GenesysCloudExportOperator:
    return GenesysCloudExportOperator(task_id="export", include=include, destination=str(destination), **arguments)


def asked(simulator: SimulatorHandle) -> int:
    """Count the requests without those for a token."""
    totals = simulator.requests()["totals"]
    return sum(sum(statuses.values()) for name, statuses in totals.items() if " /api/" in name)


# --- what they do ---


def test_two_days_of_webchat(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_webchat(settings={"requireDeployment": True}, deployments=[SHOP])
    ti = Instance()
    first = run(webchat(f"file://{tmp_path}"), ti)
    assert ti.pushed == {"summary": first}
    assert set(first) == KEYS
    assert first["resources"] == {
        "webchat_settings": {"state": "exported", "count": 1},
        "webchat_deployments": {"state": "exported", "count": 1},
        "widget_deployments": {"state": "exported", "count": 0},
    }
    assert first["requests"] == asked(connected) == 4
    connected.load_webchat(deployments=[{**SHOP, "disabled": True}, {**SHOP, "id": "2", "name": "Help|desk"}])
    second = run(webchat(tmp_path))
    assert (second["previous"], second["changed"]) == (str(first["snapshot"]).removeprefix("file://"), True)
    assert (second["added"], second["removed"], second["modified"]) == (1, 0, 1)
    assert (first["kind"], first["rows"]) == ("export", [])
    assert [(row["what"], row["which"], row["field"], row["after"]) for row in second["rows"]] == [
        ("added", "Help|desk (2)", "", ""),
        ("modified", f"Shop ({SHOP['id']})", "disabled", "true"),
    ]
    text = Path(second["diff"]).read_text("utf-8")
    assert "| added | Help\\|desk (2) |" in text
    assert f"| modified | Shop ({SHOP['id']}) | disabled | (not there) | true |" in text
    assert json.loads(Path(second["diff"]).with_suffix(".json").read_text())["modified"] == 1
    assert verify(tmp_path).latest is True


def test_web_chats_that_live_in_widgets(connected: SimulatorHandle, tmp_path: Path) -> None:
    widget = {"id": "w", "name": "Shop", "clientType": "v1", "clientConfig": {"v1": {"webChatSkin": "basic"}}}
    connected.load_webchat(widgets=[widget])
    run(webchat(tmp_path))
    assert open_snapshot(tmp_path).entities("widget_deployments") == [widget], "its selfUri is kept apart"
    connected.load_webchat(widgets=[{**widget, "disabled": True}, {"name": "New"}])
    second = run(webchat(tmp_path))
    assert (second["added"], second["removed"], second["modified"]) == (1, 0, 1)
    connected.settings(permissions=["webchat:deployment:read"])
    with pytest.raises(AirflowFailException, match=r"widget_deployments is forbidden.*widgets:deployment:view"):
        run(webchat(tmp_path))
    assert run(webchat(tmp_path, fail_on={"widget_deployments": []}))["changed"] is False


def test_all_that_there_is(connected: SimulatorHandle, tmp_path: Path) -> None:
    configuration = {"id": "m", "versions": [{"name": "Spring"}, {"name": "Summer"}], "draft": {"name": "Autumn"}}
    old = {"id": "d", "name": "Shop", "configuration": {"id": "m", "version": "1"}}
    connected.load_web_messaging(
        configurations=[configuration, {"id": "n", "draft": {"name": "New"}}], deployments=[old]
    )
    connected.load_presence(
        [{"systemPresence": "Break", "languageLabels": {"en_US": "Smoke", "de": "Rauchen"}, "deactivated": True}]
    )
    summary = run(export(tmp_path))
    assert {one["state"] for one in summary["resources"].values()} == {"exported"}
    assert summary["requests"] == asked(connected) == 14
    snapshot = open_snapshot(tmp_path)
    configurations = snapshot.entities("web_messaging_configurations")
    assert [(one["name"], one["version"]) for one in configurations] == [("Summer", "2")]
    assert snapshot.entities("web_messaging_deployments")[0]["configuration"]["name"] == "Spring"
    assert "Autumn" not in "".join(file.read_text() for file in tmp_path.rglob("*.json"))
    smoke = next(one for one in snapshot.entities("presence_definitions") if one["type"] == "User")
    assert (smoke["languageLabels"], smoke["deactivated"]) == ({"en_US": "Smoke", "de": "Rauchen"}, True)
    assert summary["resources"]["presence_definitions"]["count"] == 11
    assert summary["resources"]["system_presences"]["count"] == 10
    assert run(export(tmp_path))["changed"] is False


def test_a_thousand_deployments_with_their_keys_in_any_order(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_webchat(deployments=[{**SHOP, "id": str(number)} for number in range(1000)])
    first = run(webchat(tmp_path))
    assert (first["requests"], first["resources"]["webchat_deployments"]["count"]) == (4, 1000)
    files = sum(1 for _ in tmp_path.rglob("*.json"))
    connected.settings(shuffle_keys=True)
    assert run(webchat(tmp_path))["changed"] is False
    assert sum(1 for _ in tmp_path.rglob("*.json")) == files + 1


def test_more_than_a_page_of_web_messaging(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_web_messaging(
        configurations=[{"id": "m", "versions": [{"name": "Spring"}]}],
        deployments=[{"id": f"{n}", "name": f"{n}", "configuration": {"id": "m", "version": "1"}} for n in range(650)],
    )
    summary = run(export(tmp_path, ["web_messaging"]))
    assert summary["resources"]["web_messaging_deployments"] == {"state": "exported", "count": 650}
    assert summary["requests"] == 1 + 1 + 3


# --- states ---


@pytest.mark.parametrize("how", ["gone", "not_found"])
def test_web_chat_that_is_gone_is_a_state(connected: SimulatorHandle, tmp_path: Path, how: str) -> None:
    connected.load_webchat(deployments=[SHOP])
    run(webchat(tmp_path))
    connected.settings(webchat=how)
    summary = run(webchat(tmp_path))
    assert [one["state"] for one in summary["resources"].values()] == ["gone"] * 3
    assert (summary["removed"], summary["changed"], len(summary["state_changes"])) == (0, True, 3)
    with pytest.raises(AirflowFailException, match=r"webchat_settings is gone.*webchat_deployments is gone"):
        run(webchat(tmp_path, fail_on=["gone"]))


def test_settings_that_were_never_set_are_absent(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_webchat(settings=None, deployments=[SHOP])
    summary = run(webchat(tmp_path))
    assert [one["state"] for one in summary["resources"].values()] == ["absent", "exported", "exported"]


def test_a_missing_permission_is_in_the_snapshot_and_fails_for_good(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.settings(permissions=["presence:settings:view"])
    ti = Instance()
    with pytest.raises(AirflowFailException, match="webchat:deployment:read"):
        run(export(tmp_path, ["webchat", "presence_settings"]), ti)
    summary = ti.pushed["summary"]
    assert [one["state"] for one in summary["resources"].values()] == ["forbidden"] * 3 + ["exported"]
    part = open_snapshot(Path(summary["snapshot"])).manifest.resources["webchat_deployments"]
    assert part.permissions == ["webchat:deployment:read"]
    part = open_snapshot(Path(summary["snapshot"])).manifest.resources["widget_deployments"]
    assert part.permissions == ["widgets:deployment:view"]
    assert verify(tmp_path).snapshot == summary["snapshot"]


def test_a_permission_missing_half_way(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path="*/presence/definitions", status=403, code="missing.permissions", after=1)
    with pytest.raises(GenesysPartialExportError, match="presence_definitions is partial: it could be read in part"):
        run(export(tmp_path, ["presence"]))
    connected.clear_faults()
    assert run(export(tmp_path, ["presence"]))["resources"]["presence_definitions"]["state"] == "exported"


def test_a_list_shorter_than_its_total_is_worth_a_retry(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.load_webchat(deployments=[SHOP, {**SHOP, "id": "2"}, {**SHOP, "id": "3"}])
    base = run(webchat(tmp_path), Instance("day1"))
    connected.load_webchat(deployments=[SHOP, {**SHOP, "id": "2"}])
    connected.add_fault(path="*/webchat/deployments", omit_entities=1, count=1)
    ti = Instance("day2")
    with pytest.raises(GenesysPartialExportError, match="lists 1 and says that there are 2"):
        run(webchat(tmp_path), ti)
    assert ti.pushed["summary"]["resources"]["webchat_deployments"] == {"state": "partial", "count": 1}
    retry = run(webchat(tmp_path), Instance("day2", try_number=2))
    assert (retry["previous"], retry["removed"]) == (base["snapshot"], 1)


def test_any_other_failure_leaves_nothing_and_is_retried(connected: SimulatorHandle, tmp_path: Path) -> None:
    connected.add_fault(path="*/webchat/deployments", status=500)
    ti = Instance()
    with pytest.raises(GenesysServerError):
        run(webchat(tmp_path / "to"), ti)
    assert ti.pushed["summary"]["snapshot"] is None
    assert not (tmp_path / "to").exists()


def test_an_address_that_is_not_the_apis(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, base_url=f"{connected.base_url}/elsewhere")
    with pytest.raises(GenesysNotFoundError, match="getOrganizationsMe"):
        run(webchat(tmp_path / "to"))
    assert not (tmp_path / "to").exists()


# --- whose ---


def test_another_organisations_destination_is_refused(connected: SimulatorHandle, tmp_path: Path) -> None:
    run(webchat(tmp_path))
    files = sorted(tmp_path.rglob("*"))
    connected.settings(organization={"id": OTHER_ORGANIZATION, "name": "Other"})
    with pytest.raises(AirflowFailException, match="holds snapshots of organisation"):
        run(webchat(tmp_path))
    assert sorted(tmp_path.rglob("*")) == files


def test_the_expected_organisation_is_looked_at_first(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run(webchat(tmp_path / "to"))
    assert asked(connected) == 1


# --- arguments ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"include": []}, "include must be a list"),
        ({"include": ["webchats"]}, "include: 'webchats' is unknown"),
        ({"include": [["webchat"]]}, r"include: \['webchat'\] is unknown"),
        ({"destination": " "}, "destination must be a folder"),
        (
            {"destination": "None"},
            "destination must be a folder, its absolute path or its address on a store, not 'Non",
        ),
        ({"destination": "exports/webchat"}, "destination must be a folder, its absolute path or its address"),
        ({"destination": "nosuch://bucket/x"}, "destination: nosuch://bucket/x: there is no such store"),
        ({"fail_on": "gone"}, "fail_on must be a list of absent, forbidden, gone, partial"),
        ({"fail_on": [["gone"]]}, "fail_on must be a list of absent, forbidden, gone, partial"),
        ({"fail_on": {"webchat_settings": [["gone"]]}}, "fail_on must be a list of absent, forbidden, gone, partial"),
        ({"fail_on": {"webchat": ["gone"]}}, "fail_on: 'webchat' is no resource"),
        ({"changed_asset": "s3://bucket/configuration"}, "changed_asset needs an AssetAlias among the outlets"),
        (
            {"changed_asset": 7, "outlets": [AssetAlias("x")]},
            "changed_asset must be an Asset or its URI or None",
        ),
        ({"changed_asset": Asset("s3://b/c"), "outlets": [Asset("s3://b/c")]}, "changed_asset needs an AssetAlias"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_read(
    connected: SimulatorHandle, tmp_path: Path, arguments: Any, message: str
) -> None:
    given = {"include": ["webchat"], "destination": str(tmp_path)} | arguments
    ti = Instance()
    with pytest.raises(AirflowFailException, match=message):
        run(GenesysCloudExportOperator(task_id="export", **given), ti)
    assert asked(connected) == 0
    assert re.search(message, ti.pushed["summary"].pop("failure"))
    assert (set(ti.pushed["summary"]), ti.pushed["summary"]["snapshot"]) == (KEYS, None)


def test_a_destination_that_cannot_be_written_is_named(connected: SimulatorHandle, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AirflowFailException, match=f"destination: {tmp_path}/file/to cannot be read or written"):
        run(webchat(tmp_path / "file" / "to"))


def test_a_disk_that_is_full_is_named_and_worth_a_retry(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Any, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "replace", full)
    with pytest.raises(GenesysError, match=f"destination: {tmp_path} cannot be read or written .*No space left"):
        run(webchat(tmp_path))


# --- assets ---


@pytest.mark.parametrize("asset", ["s3://bucket/configuration", Asset("s3://bucket/configuration")])
def test_an_asset_hears_of_a_change_and_of_nothing_else(connected: SimulatorHandle, tmp_path: Path, asset: Any) -> None:
    alias = AssetAlias("configuration")
    task = webchat(tmp_path, outlets=[alias, Asset("s3://bucket/log")], changed_asset=asset)
    told = []
    for settings in ({"requireDeployment": False}, {"requireDeployment": False}, {"requireDeployment": True}):
        connected.load_webchat(settings=settings)
        events = OutletEvents()
        summary = run(task, events=events)
        assert set(events) <= {alias.name}
        told.append(events[alias].told)
    assert [len(each) for each in told] == [1, 0, 1]
    found, extra = told[2][0]
    assert (found.uri, extra["modified"], extra["snapshot"]) == ("s3://bucket/configuration", 1, summary["snapshot"])
    assert all(value is None or isinstance(value, str | int) for value in extra.values())  # 2.11 hashes them


def test_a_task_that_fails_announces_nothing(connected: SimulatorHandle, tmp_path: Path) -> None:
    alias, events = AssetAlias("configuration"), OutletEvents()
    connected.settings(permissions=[])
    with pytest.raises(AirflowFailException):
        run(webchat(tmp_path, outlets=[alias], changed_asset="s3://bucket/configuration"), events=events)
    assert events == {}


def test_what_was_announced_is_remembered_last_of_all(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any moment before Airflow knows that it succeeded, a task's change is announced by the next try."""
    alias, asset = AssetAlias("configuration"), "s3://bucket/configuration"
    task = webchat(tmp_path, outlets=[alias], changed_asset=asset)
    baseline = tmp_path / "baselines" / "my%20exports" / "export" / "3.json"

    def kept() -> Any:
        return json.loads(baseline.read_bytes())

    def day(run_id: str, try_number: int = 1) -> int:
        ti, events = Instance(run_id, try_number), OutletEvents()
        ti.dag_id, ti.map_index = "my exports", 3
        run(task, ti, events)
        return len(events[alias].told)

    def killed(_: Any) -> None:
        raise Killed

    connected.load_webchat(settings={"requireDeployment": False})
    assert day("day-1") == 1
    assert (kept()["snapshots"]["webchat_settings"], list(kept()["reports"])) == (None, ["my exports/day-1/export/3"])
    first = kept()["reports"]["my exports/day-1/export/3"]["up_to"]
    connected.load_webchat(settings={"requireDeployment": True})
    with monkeypatch.context() as patch:
        patch.setattr(Exporter, "mark_reported", killed)
        with pytest.raises(Killed):
            day("day-2")
    assert kept() == {"format": 1, "snapshots": first, "reports": {}}
    assert [day("day-2", 2), day("day-2", 3), day("day-3"), day("day-4")] == [1, 1, 0, 0]


@pytest.mark.parametrize("state", ["failed", "running", "up_for_retry", None])
def test_what_airflow_did_not_take_in_is_announced_again(
    connected: SimulatorHandle, tmp_path: Path, state: str | None
) -> None:
    """Airflow registers the event when the task has returned, and fails the task if it cannot."""
    alias = AssetAlias("configuration")
    task = webchat(tmp_path, outlets=[alias], changed_asset="s3://bucket/configuration")

    def announced(becomes: str | None = "success") -> int:
        ti, events = Instance(), OutletEvents()
        run(task, ti, events)
        if becomes is None:
            STATES.clear()  # somebody deleted the run, or cleaned the database
        else:
            ti.becomes(becomes)
        return len(events[alias].told)

    assert [announced(), announced()] == [1, 0]
    connected.load_webchat(deployments=[SHOP])
    assert [announced(state), announced(state), announced(), announced()] == [1, 1, 1, 0]
