"""The sensor of changed configurations: what it waits for, in either mode, and that it writes nothing."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout

from airflow_provider_genesys.api.process import forget_tokens_and_limits
from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.sensors.exports import GenesysCloudConfigurationChangedSensor
from airflow_provider_genesys.tasks import waiting
from tests.contract.rescheduling import WITHOUT_A_DATABASE, AirflowRescheduleException
from tests.harness.tasks import context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

SHOP = {"id": "shop", "name": "Shop"}
OTHER_ORGANIZATION = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"


@pytest.fixture
def connected(connected: SimulatorHandle) -> SimulatorHandle:
    """One that has something to export."""
    connected.load_webchat(deployments=[SHOP])
    return connected


@pytest.fixture
def exported(connected: SimulatorHandle, tmp_path: Path) -> str:
    """Path of a snapshot of what is configured."""
    task = GenesysCloudExportOperator(task_id="export", include=["webchat"], destination=str(tmp_path))
    snapshot: str = task.execute(context())["snapshot"]
    return snapshot


def sensor(destination: Any, **arguments: Any) -> GenesysCloudConfigurationChangedSensor:
    given = {"include": ["webchat"], "destination": str(destination)} | arguments
    return GenesysCloudConfigurationChangedSensor(task_id="changed", **given)


def poke(destination: Any, **arguments: Any) -> bool:
    return bool(sensor(destination, **arguments).poke({}))  # type: ignore[typeddict-item]


def run(task: GenesysCloudConfigurationChangedSensor) -> Any:
    """Run a task as Airflow does, in either mode."""
    return task.execute(context())


def test_it_waits_for_a_change_and_writes_nothing(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert not poke(tmp_path)
    connected.settings(shuffle_keys=True)
    assert not poke(tmp_path)
    connected.load_webchat(deployments=[{**SHOP, "disabled": True}, {"id": "new", "name": "New"}])
    found = run(sensor(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files
    assert found == {
        "previous": exported, "changed": True, "added": 1, "removed": 0, "modified": 1, "state_changes": [],
        "resources": {
            "webchat_settings": {"state": "exported", "count": 1},
            "webchat_deployments": {"state": "exported", "count": 2},
            "widget_deployments": {"state": "exported", "count": 0},
        },
    }  # fmt: skip


def test_a_task_that_is_rescheduled_tells_of_deprecations_at_its_first_look_only(
    connected: SimulatorHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for first, told in ((None, 1), (datetime.now(UTC), 0)):
        caplog.clear()
        forget_tokens_and_limits()  # as a new process has
        monkeypatch.setattr(waiting, "_first_look", lambda context, retries, first=first: first)
        assert poke(tmp_path / "nothing here", mode="reschedule")
        assert caplog.text.count("deprecated") == told


def test_where_there_is_no_snapshot_anything_differs(connected: SimulatorHandle, tmp_path: Path) -> None:
    assert poke(tmp_path / "nothing here")
    assert not (tmp_path / "nothing here").exists()
    connected.settings(webchat="gone")
    assert not poke(tmp_path)


def test_that_web_chat_is_gone_is_a_change(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    connected.settings(webchat="gone")
    assert run(sensor(tmp_path))["state_changes"] == [
        "webchat_settings: exported → gone",
        "webchat_deployments: exported → gone",
        "widget_deployments: exported → gone",
    ]


def test_what_is_read_in_part_is_looked_at_again(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    connected.load_webchat(deployments=[SHOP, {"id": "new", "name": "New"}])
    connected.add_fault(path="*/webchat/deployments", omit_entities=1, count=1)
    assert not poke(tmp_path)
    assert poke(tmp_path)


def test_what_can_never_be_seen_ends_the_waiting(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="does not hold all of presence_settings, system_presences; export"):
        poke(tmp_path, include=["presence_settings", "system_presences"])
    connected.settings(permissions=[])
    with pytest.raises(AirflowFailException, match="webchat:deployment:read"):
        poke(tmp_path)


def test_another_organisation_ends_the_waiting(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    connected.settings(organization={"id": OTHER_ORGANIZATION, "name": "Other"})
    with pytest.raises(AirflowFailException, match="holds snapshots of organisation"):
        poke(tmp_path)


def test_a_damaged_snapshot_is_named(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    Path(exported).write_text("{}")
    with pytest.raises(GenesysSourceError, match=Path(exported).name):
        poke(tmp_path)


@pytest.mark.parametrize("arguments", [{"include": ["chats"]}, {"include": "webchat"}, {"destination": ""}])
def test_a_wrong_argument_is_named(connected: SimulatorHandle, tmp_path: Path, arguments: Any) -> None:
    with pytest.raises(AirflowFailException, match=next(iter(arguments))):
        poke(**{"destination": tmp_path, **arguments})
    assert connected.requests()["total"] == 0


def test_poke_mode(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    later = threading.Timer(0.7, connected.load_webchat, kwargs={"deployments": []})
    later.start()
    assert run(sensor(tmp_path, poke_interval=0.2, timeout=30))["removed"] == 1
    later.join()


@WITHOUT_A_DATABASE
def test_reschedule_mode(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    with pytest.raises(AirflowRescheduleException):
        run(sensor(tmp_path, mode="reschedule", poke_interval=60))
    connected.load_webchat(deployments=[])
    assert run(sensor(tmp_path, mode="reschedule", poke_interval=60))["removed"] == 1


def test_the_waiting_has_an_end(connected: SimulatorHandle, exported: str, tmp_path: Path) -> None:
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(tmp_path, poke_interval=0.1, timeout=0.3))


def test_what_is_being_taken_away_is_one_line_and_not_one_for_each_request(
    exported: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each look of ``mode="reschedule"`` is a process of its own."""
    assert exported
    for _ in range(2):
        forget_tokens_and_limits()
        caplog.clear()
        poke(tmp_path)
        poke(tmp_path)
        ours = [record for record in caplog.records if record.name.startswith("airflow_provider_genesys.")]
        (warning,) = [record for record in ours if record.levelno >= logging.WARNING]
        said = warning.getMessage()
        assert said.startswith("Genesys Cloud is taking away what reads Web chat settings, Web chat deployments")
        assert all(name in said for name in ("getWebchatSettings", "getWebchatDeployments"))
