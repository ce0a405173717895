"""The plan of a migration as a task: what it reads, writes, pushes, and how it fails."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, BaseHook

from airflow_provider_genesys.exceptions import GenesysSourceError
from airflow_provider_genesys.exports.manifest import Entry, Manifest, Part
from airflow_provider_genesys.exports.snapshot import Destination
from airflow_provider_genesys.files.canonical import canonical, digest
from airflow_provider_genesys.operators.exports import GenesysCloudPlanWebMessagingMigrationOperator
from tests.harness.files import files_in
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.exports.reading import State

CHAT_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0001"
MESSAGE_FLOW = "b6f0b1f4-0f4e-4a0e-8b32-2c7b3c1d0002"
SALES = "5c1f0a52-6b0e-4c55-9c1f-3f2a9d7f0001"
SUPPORT = "5c1f0a52-6b0e-4c55-9c1f-3f2a9d7f0002"
SETTINGS = {"requireDeployment": True}
WEB_CHAT = [
    {"id": SALES, "name": "Sales", "disabled": False, "allowedDomains": ["a.example.com"], "flow": {"id": CHAT_FLOW}},
    {"id": SUPPORT, "name": "Support", "disabled": True, "allowedDomains": ["a.example.com"]},
]
COUNTS = ("deployments", "configurations", "carried", "choices", "impossible")


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise AssertionError("the operator needs no connection")

    monkeypatch.setattr(BaseHook, "get_connection", refuse)


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., str]:
    """Take a snapshot of web chat, with deployments in some state, and return the path of its manifest."""
    destination = Destination(tmp_path / "taken")

    def part(state: State, entities: dict[str, dict[str, Any]]) -> Part:
        destination.write_objects({digest(canonical(entity)): canonical(entity) for entity in entities.values()})
        entries = [
            Entry(id=id_, name="", object=digest(canonical(entity)), volatile={}) for id_, entity in entities.items()
        ]
        return Part(state=state, count=len(entries), total=None, reasons=[], permissions=[], entities=entries)

    def take(state: State = "exported") -> str:
        name = f"20261116T020000.000000Z-{zlib.crc32(state.encode()) % 0x10000:04x}"
        manifest = Manifest(
            provider="0",
            api_host="api.example.com",
            organization_id=None,
            destination_organization_id=None,
            started="2026-11-16T02:00:00Z",
            ended="2026-11-16T02:00:01Z",
            run="",
            try_number=1,
            failed=[],
            diff=None,
            resources={
                "webchat_settings": part("exported", {"webchat_settings": SETTINGS}),
                "webchat_deployments": part(state, {each["id"]: each for each in WEB_CHAT}),
            },
        )
        destination.write_manifest(name, manifest)
        return str(destination.path(name))

    return take


def plan(ti: TaskInstance, snapshot: Any, destination: Any, **arguments: Any) -> dict[str, Any]:
    task = GenesysCloudPlanWebMessagingMigrationOperator(
        task_id="plan", snapshot=snapshot, destination=destination, **arguments
    )
    result: dict[str, Any] = task.execute(context(ti))
    return result


def test_the_plan_and_its_summary(taken: Callable[..., str], tmp_path: Path) -> None:
    ti = TaskInstance()

    summary = plan(ti, taken(), str(tmp_path / "out"), flow_map={CHAT_FLOW: MESSAGE_FLOW}, languages=["de-de"])

    assert {name: summary[name] for name in COUNTS} == {
        "deployments": 2,
        "configurations": 1,
        "carried": 6,
        "choices": 2,
        "impossible": 3,
    }
    assert summary["report"].endswith("/out/report.md")
    assert summary["drafts"].endswith("/out/drafts")
    assert set(summary) == {*COUNTS, "report", "drafts"}
    assert ti.pushed == {"summary": summary}
    written = files_in(tmp_path / "out")
    assert set(written) == {
        "drafts/configurations/no-skin.json",
        f"drafts/deployments/{SALES}.json",
        f"drafts/deployments/{SUPPORT}.json",
        "report.json",
        "report.md",
    }
    assert json.loads(written[f"drafts/deployments/{SALES}.json"])["flow"] == {"id": MESSAGE_FLOW}
    assert json.loads(written["drafts/configurations/no-skin.json"])["languages"] == ["de-de"]
    assert json.loads(written["report.json"])["snapshot"].endswith(taken())


def test_the_whole_xcom_of_the_export_will_do(taken: Callable[..., str], tmp_path: Path) -> None:
    by_path = plan(TaskInstance(), taken(), str(tmp_path / "out"))

    before = files_in(tmp_path / "out")
    assert plan(TaskInstance(), {"snapshot": taken(), "changed": True}, str(tmp_path / "out")) == by_path
    assert files_in(tmp_path / "out") == before


def test_the_destination_of_exports_stands_for_its_newest_snapshot(taken: Callable[..., str], tmp_path: Path) -> None:
    manifest = taken()

    plan(TaskInstance(), str(tmp_path / "taken"), str(tmp_path / "out"))

    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["snapshot"].endswith(manifest)


def test_a_damaged_snapshot_is_none(taken: Callable[..., str], tmp_path: Path) -> None:
    manifest = taken()
    (damaged,) = [path for path in (tmp_path / "taken" / "objects").iterdir() if b'"Support"' in path.read_bytes()]
    damaged.write_bytes(damaged.read_bytes().replace(b"Support", b"Sapport"))

    with pytest.raises(GenesysSourceError, match="the object is damaged"):
        plan(TaskInstance(), manifest, str(tmp_path / "out"))

    assert not (tmp_path / "out").exists()


def test_the_log_says_what_there_is_to_do(
    taken: Callable[..., str], tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        plan(TaskInstance(), taken(), str(tmp_path), flow_map={"typo": MESSAGE_FLOW})

    logged = caplog.text + capsys.readouterr().out  # Airflow 3's log is none of Python's
    assert "From web chat to web messaging" in logged
    assert "2 deployments and 1 configuration drafted" in logged
    assert "flow_map: no deployment has the flow typo" in logged


@pytest.mark.parametrize("state", ["gone", "forbidden", "partial"])
def test_without_web_chat_there_is_no_empty_success(taken: Callable[..., str], tmp_path: Path, state: str) -> None:
    ti = TaskInstance()

    with pytest.raises(AirflowFailException, match=f"webchat_deployments as {state}"):
        plan(ti, taken(state), str(tmp_path / "out"))

    assert f"webchat_deployments as {state}" in ti.pushed["summary"].pop("failure")
    assert ti.pushed == {"summary": {}}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("snapshot", [None, "", " ", {}, {"snapshot": None}, "{'snapshot': 'x'}", 3])
def test_a_wrong_snapshot_is_told(snapshot: Any, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="snapshot must be the XCom of the export operator"):
        plan(TaskInstance(), snapshot, str(tmp_path))


@pytest.mark.parametrize("destination", [None, "", " ", "None", "relative/folder"])
def test_a_destination_is_needed(taken: Callable[..., str], destination: Any) -> None:
    with pytest.raises(AirflowFailException, match="destination must be a folder, its absolute path or its address"):
        plan(TaskInstance(), taken(), destination)


def test_a_wrong_map_fails_before_anything_is_written(taken: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="flow_map must be a mapping or None, not"):
        plan(TaskInstance(), taken(), str(tmp_path / "out"), flow_map="{}")

    assert not (tmp_path / "out").exists()


def test_what_was_planned_is_told_though_it_cannot_be_written(taken: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ti = TaskInstance()

    with pytest.raises(AirflowFailException, match=r"destination: .* cannot be read or written"):
        plan(ti, taken(), str(tmp_path / "file"))

    assert ti.pushed["summary"]["deployments"] == 2
    assert "report" not in ti.pushed["summary"]


def test_every_argument_is_templated() -> None:
    operator = GenesysCloudPlanWebMessagingMigrationOperator

    assert set(operator.template_fields) == {"snapshot", "destination", "flow_map", "integration_map", "languages"}
    assert operator.template_ext == ()


def test_it_has_its_place_in_the_documentation() -> None:
    name = f"howto/operator:{GenesysCloudPlanWebMessagingMigrationOperator.__name__}"
    page = Path(__file__).parents[3] / "docs" / "web-messaging-migration.md"

    assert f"({name})=" in page.read_text("utf-8").splitlines()
    assert f":ref:`{name}`" in str(GenesysCloudPlanWebMessagingMigrationOperator.__doc__)
