"""What tasks tell of what they read and wrote: to OpenLineage's own extraction, to hook lineage, and to metrics."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.providers.openlineage.extractors.base import DefaultExtractor
from openlineage.client.serde import Serde

from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import (
    GenesysCloudApplyPresenceDefinitionsOperator,
    GenesysCloudPlanPresenceDefinitionsOperator,
    GenesysCloudSetUserPresencesOperator,
    GenesysCloudSyncPresenceDefinitionsOperator,
)
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.tasks import lineage, metrics
from airflow_provider_genesys.tasks.lineage import Dataset, of_paths
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from tests.contract.worlds import presences, write_lines
from tests.harness.fixtures import connect
from tests.harness.tasks import TaskInstance, context
from tests.unit.interactions.interactions import DIRECTORY
from tests.unit.interactions.world import CSV, LINE, rows

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

ORGANIZATION = "5f1b3c2a-0d4e-4c7b-9a8f-6e5d4c3b2a19"


@pytest.fixture
def namespace(connected: SimulatorHandle) -> str:
    return "genesys://" + connected.base_url.removeprefix("http://")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What Airflow's metrics were told, by name."""
    from airflow.providers.common.compat.sdk import Stats  # noqa: PLC0415 - after the home is set

    counts: Counter[str] = Counter()
    monkeypatch.setattr(Stats, "incr", lambda name, count=1, **_: counts.update({name: count}), raising=False)
    return counts


def told(task: Any) -> dict[str, Any]:
    """Return what OpenLineage itself takes from a task that has run, as it sends it."""
    found = DefaultExtractor(task).extract_on_complete(TaskInstance())
    assert found is not None
    return {
        "inputs": [(each.namespace, each.name) for each in found.inputs],
        "outputs": [(each.namespace, each.name) for each in found.outputs],
        "rows": [
            each.outputFacets["outputStatistics"].rowCount
            for each in found.outputs
            if "outputStatistics" in (each.outputFacets or {})
        ],
        "account": json.loads(Serde.to_json(found.run_facets["genesys_account"])) if found.run_facets else {},
    }


def publish(tmp_path: Path, source: Any, **more: Any) -> GenesysCloudPublishEventsOperator:
    arguments = {"stream": "user_presences", "artifacts_path": str(tmp_path / "artifacts"), **more}
    return GenesysCloudPublishEventsOperator(task_id="publish", source=source, **arguments)


def test_a_publish_tells_its_files_its_stream_and_its_account(
    connected: SimulatorHandle, namespace: str, tmp_path: Path, counted: Counter[str]
) -> None:
    files = [write_lines(tmp_path / name, lines) for name, lines in (("a.jsonl", presences(3)), ("b.jsonl", ["{}"]))]
    task = publish(tmp_path, files, max_rejected=1)
    summary = task.execute(context())
    found = told(task)
    assert found["inputs"] == [("file", file) for file in files]
    assert found["outputs"] == [(namespace, "events/user_presences")]
    assert found["rows"] == [3]
    shared = {key: value for key, value in found["account"].items() if not key.startswith("_")}
    assert shared.items() <= summary.items()
    assert {key: shared[key] for key in ("read", "accepted", "invalid")} == {"read": 4, "accepted": 3, "invalid": 1}
    assert counted == {
        "genesys.user_presences.accepted": 3,
        "genesys.user_presences.rejected": 0,
        "genesys.user_presences.invalid": 1,
        "genesys.user_presences.duplicate": 0,
        "genesys.user_presences.unknown": 0,
        "genesys.user_presences.requests": summary["requests"],
        "genesys.user_presences.rate_limited_seconds": 0,
    }
    assert str(tmp_path) not in json.dumps(found["account"])


def test_a_failed_publish_tells_as_much(connected: SimulatorHandle, tmp_path: Path, counted: Counter[str]) -> None:
    task = publish(tmp_path, write_lines(tmp_path / "a.jsonl", [*presences(3), "{}"]))
    with pytest.raises(AirflowFailException):
        task.execute(context())
    assert told(task)["rows"] == [3]
    assert counted["genesys.user_presences.invalid"] == 1


def test_metrics_count_each_try_once(connected: SimulatorHandle, tmp_path: Path, counted: Counter[str]) -> None:
    file = write_lines(tmp_path / "a.jsonl", presences(3))
    publish(tmp_path, file).execute(context())
    publish(tmp_path, write_lines(tmp_path / "a.jsonl", presences(5))).execute(context())
    assert counted["genesys.user_presences.accepted"] == 5


def test_what_never_began_tells_nothing(connected: SimulatorHandle, tmp_path: Path, counted: Counter[str]) -> None:
    task = publish(tmp_path, "a.jsonl", stream="users")
    with pytest.raises(AirflowFailException):
        task.execute(context())
    assert DefaultExtractor(task).extract_on_complete(TaskInstance()) is None
    assert not counted


def test_the_organisation_is_named_by_its_id_where_it_is_expected(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = GenesysCloudHook().call("getOrganizationsMe")["id"]
    connect(connected, monkeypatch, expected_organization_id=organization)
    task = publish(tmp_path, presences(1))
    task.execute(context())
    assert told(task)["outputs"] == [(f"genesys://{organization}", "events/user_presences")]
    assert told(task)["inputs"] == []


def test_plan_apply_and_sync_tell_the_definitions(connected: SimulatorHandle, namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "definitions.yaml"
    file.write_text("- {system_presence: Break, labels: {en_US: Smoke}}\n")
    definitions = (namespace, "presence/definitions")
    plan = GenesysCloudPlanPresenceDefinitionsOperator(
        task_id="plan", definitions=str(file), artifacts_path=str(tmp_path / "plans")
    )
    described = plan.execute(context())
    assert told(plan)["inputs"] == [("file", str(file)), definitions]
    assert told(plan)["outputs"] == [("file", described["plan"].removeprefix("file://"))]
    apply = GenesysCloudApplyPresenceDefinitionsOperator(task_id="apply", plan=described)
    apply.execute(context())
    assert (told(apply)["inputs"], told(apply)["outputs"]) == (told(plan)["outputs"], [definitions])
    assert told(apply)["account"]["creates"] + told(apply)["account"]["updates"] == 1
    beside = GenesysCloudApplyPresenceDefinitionsOperator(task_id="again", plan="plans/plan.json")
    (tmp_path / "plans" / "plan.json").write_bytes(Path(described["plan"].removeprefix("file://")).read_bytes())
    beside.execute(context(fileloc=str(tmp_path / "dag.py")))
    assert told(beside)["inputs"] == [("file", str(tmp_path / "plans" / "plan.json"))]
    sync = GenesysCloudSyncPresenceDefinitionsOperator(task_id="sync", definitions=str(file))
    sync.execute(context())
    assert (told(sync)["inputs"], told(sync)["outputs"]) == ([("file", str(file))], [definitions])
    assert told(sync)["account"]["unchanged"] == 1


def test_users_presences_are_told(connected: SimulatorHandle, namespace: str) -> None:
    user = "0a000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    task = GenesysCloudSetUserPresencesOperator(task_id="set", presences=[{"user_id": user, "presence": "Break"}])
    task.execute(context())
    assert told(task)["outputs"] == [(namespace, "presence/users")]


def test_an_export_tells_its_resources_and_its_folder(
    connected: SimulatorHandle, namespace: str, tmp_path: Path
) -> None:
    task = GenesysCloudExportOperator(
        task_id="export", include=["presence_definitions", "presence_sources"], destination=str(tmp_path / "snapshots")
    )
    task.execute(context())
    names = ("configuration/presence_definitions", "configuration/presence_sources")
    assert told(task)["inputs"] == [(namespace, name) for name in names]
    assert told(task)["outputs"] == [("file", str(tmp_path / "snapshots"))]
    assert told(task)["account"]["resources"] == {name.split("/")[1]: "exported" for name in names}


@pytest.fixture
def records(tmp_path: Path) -> dict[str, str]:
    """Two calls, one of which is rejected, and what it takes to convert them."""
    names: dict[str, Any] = {name: dict(getattr(DIRECTORY, name)) for name in ("users", "queues", "wrap_up_codes")}
    texts = {
        "records": rows(LINE, LINE.replace("c1", "c2").replace("Sales", "Golf")),
        "mapping": CSV,
        "directory": json.dumps(names | {"source_id": DIRECTORY.source_id}),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in texts}


CONVERTED = {
    "converted": 1,
    "skipped": 0,
    "superseded": 0,
    "held_back": 0,
    "rejected": 1,
    "corrected_late": 0,
    "contradicted": 0,
    "events_written": 8,
    "conversations": 1,
}


def test_a_conversion_tells_its_files_and_its_account(
    tmp_path: Path, records: dict[str, str], counted: Counter[str]
) -> None:
    task = GenesysCloudConvertRecordsOperator(task_id="c", destination=tmp_path / "out", **records)
    with pytest.raises(AirflowFailException, match="1 of 2 records are rejected"):
        task.execute(context())
    found = told(task)
    assert found["inputs"] == [("file", records["records"])]
    assert found["outputs"] == [("file", f"{tmp_path}/out/events.jsonl")]
    assert found["rows"] == [8]
    assert {key: found["account"][key] for key in CONVERTED} == CONVERTED
    assert str(tmp_path) not in json.dumps(found["account"])
    assert counted == {f"genesys.records.{what}": count for what, count in CONVERTED.items()}


def test_a_transfer_of_records_tells_both_halves_and_counts_the_conversion_once(
    connected: SimulatorHandle, namespace: str, tmp_path: Path, records: dict[str, str], counted: Counter[str]
) -> None:
    connected.add_fault(path="*/events/*", status=403, count=1)
    for _ in range(2):
        task = RecordsToGenesysCloudOperator(
            task_id="t", artifacts_path=tmp_path / "artifacts", max_rejected="50%", **records
        )
        try:
            task.execute(context())
        except AirflowFailException:
            assert told(task)["rows"] == [0]
            assert told(task)["inputs"] == [("file", records["records"])]
    found = told(task)
    assert (found["outputs"], found["rows"]) == ([(namespace, "events/conversations")], [8])
    shared = {"read": 8, "accepted": 8, "rejected": 0, "records_converted": 1, "records_rejected": 1}
    assert {key: found["account"][key] for key in shared} == shared
    assert {name: counted[f"genesys.records.{name}"] for name in CONVERTED} == CONVERTED
    assert counted["genesys.conversations.accepted"] == 8


def test_the_hook_tells_airflows_own_lineage(
    connected: SimulatorHandle, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counter[str]
) -> None:
    class Collector:
        def __init__(self) -> None:
            self.seen: list[tuple[str, str]] = []

        def add_input_asset(self, *, context: Any, uri: str) -> None:
            assert isinstance(context, GenesysCloudHook)
            self.seen.append(("read", uri))

        def add_output_asset(self, *, context: Any, uri: str) -> None:
            self.seen.append(("wrote", uri))

    collector = Collector()
    monkeypatch.setattr("airflow.providers.common.compat.lineage.hook.get_hook_lineage_collector", lambda: collector)
    file = write_lines(tmp_path / "a.jsonl", presences(2))
    GenesysCloudHook().publish_events("user_presences", file, artifacts_path=str(tmp_path), ledger_key="one")
    assert collector.seen == [("read", f"file://{file}"), ("wrote", f"{namespace}/events/user_presences")]
    assert counted["genesys.user_presences.accepted"] == 2


def test_a_reader_of_lineage_or_metrics_that_fails_does_no_harm(
    connected: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of order")

    from airflow.providers.common.compat.sdk import Stats  # noqa: PLC0415 - after the home is set

    monkeypatch.setattr("airflow.providers.common.compat.lineage.hook.get_hook_lineage_collector", broken)
    monkeypatch.setattr(Stats, "incr", broken, raising=False)
    with caplog.at_level(logging.DEBUG, logger=lineage.__name__), caplog.at_level(logging.DEBUG, metrics.__name__):
        assert publish(tmp_path, presences(2)).execute(context())["complete"]
    assert "No lineage was told: out of order" in caplog.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/a.jsonl", Dataset("file", "/data/a.jsonl")),
        ("file:///data/a.jsonl", Dataset("file", "/data/a.jsonl")),
        ("s3://bucket/data/a.jsonl", Dataset("s3://bucket", "data/a.jsonl")),
        ("s3://conn_id@bucket/a.jsonl", Dataset("s3://bucket", "a.jsonl")),
        ("gs://user:s3cret@bucket", Dataset("gs://bucket", "/")),
        ("https://me:s3cret@host/day.yaml?sig=s3cret", Dataset("https://host", "day.yaml")),
        ("s3://bucket/what?.jsonl", Dataset("s3://bucket", "what?.jsonl")),
    ],
)
def test_paths_are_named_without_whose_they_are(path: str, expected: Dataset) -> None:
    assert of_paths([path]) == (expected,)
