"""Outputs that cannot be written: the argument is named, and only what may pass is tried again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator

from airflow_provider_genesys.exceptions import GenesysStorageError
from airflow_provider_genesys.files import storage, unfinished
from airflow_provider_genesys.operators.api import GenesysCloudApiOperator
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.exports import GenesysCloudExportOperator
from airflow_provider_genesys.operators.presence import GenesysCloudPlanPresenceDefinitionsOperator
from airflow_provider_genesys.operators.records import GenesysCloudConvertRecordsOperator
from airflow_provider_genesys.transfers.records_to_genesys_cloud import RecordsToGenesysCloudOperator
from airflow_provider_genesys.transfers.vonage_to_genesys_cloud import VonagePresenceToGenesysCloudOperator
from tests.harness.tasks import context

USER = "565b8fb4-ee30-4ee3-9b5b-e285678f1f9d"
SOURCE = "a2ac77fd-36c6-4c2a-b238-f89b35daa570"
EVENT = {"agentId": USER, "eventDateTime": "2026-11-16T09:12:58.000Z", "status": "OffQueue", "sourceId": SOURCE}


def publish(folder: str) -> BaseOperator:
    return GenesysCloudPublishEventsOperator(
        task_id="t", stream="user_routing_statuses", source=[EVENT], artifacts_path=folder
    )


def plan(folder: str) -> BaseOperator:
    definitions = [{"system_presence": "Break", "labels": {"en_US": "Smoke"}}]
    return GenesysCloudPlanPresenceDefinitionsOperator(task_id="t", definitions=definitions, artifacts_path=folder)


def export(folder: str) -> BaseOperator:
    return GenesysCloudExportOperator(task_id="t", include=["presence"], destination=folder)


def call(folder: str) -> BaseOperator:
    return GenesysCloudApiOperator(task_id="t", operation="getPresenceSources", destination=f"{folder}/sources.json")


def transfer(**paths: str) -> BaseOperator:
    return VonagePresenceToGenesysCloudOperator(
        task_id="t",
        user_map={USER: USER},
        presence_map=[{"category": "Away", "presence": "Break"}],
        source_id=SOURCE,
        **paths,
    )


CALL = {"Id": "c", "Begin": "2026-11-16T08:00:00Z", "End": "2026-11-16T08:01:00Z"}
MAPPING = "interaction: {id: Id, direction: inbound, started: Begin, ended: End}"


def convert(folder: str, **paths: str) -> BaseOperator:
    return GenesysCloudConvertRecordsOperator(
        task_id="t", records=[CALL], mapping=mapping(folder), source_id=SOURCE, **paths
    )


def records(folder: str, **paths: str) -> BaseOperator:
    return RecordsToGenesysCloudOperator(
        task_id="t", records=[CALL], mapping=mapping(folder), source_id=SOURCE, **paths
    )


def mapping(folder: str) -> str:
    Path(folder).mkdir(exist_ok=True)
    Path(folder, "m.yaml").write_text(MAPPING)
    return f"{folder}/m.yaml"


OUTPUTS: dict[str, tuple[str, Callable[[str, str], BaseOperator]]] = {
    "publish": ("artifacts_path", lambda bad, good: publish(bad)),
    "plan": ("artifacts_path", lambda bad, good: plan(bad)),
    "export": ("destination", lambda bad, good: export(bad)),
    "call": ("destination", lambda bad, good: call(bad)),
    "state": ("state_path", lambda bad, good: transfer(state_path=f"{bad}/state.json", artifacts_path=good)),
    "convert": ("destination", lambda bad, good: convert(good, destination=bad)),
    "state of convert": (
        "state_path",
        lambda bad, good: convert(good, destination=f"{good}/out", state_path=f"{bad}/state.db"),
    ),
    "records": ("artifacts_path", lambda bad, good: records(good, state_path=f"{good}/state.db", artifacts_path=bad)),
    "state of records": (
        "state_path",
        lambda bad, good: records(good, state_path=f"{bad}/state.db", artifacts_path=good),
    ),
    "transfer": ("artifacts_path", lambda bad, good: transfer(state_path=f"{good}/state.json", artifacts_path=bad)),
}
EACH = pytest.mark.parametrize(("argument", "make"), OUTPUTS.values(), ids=OUTPUTS)


pytestmark = pytest.mark.usefixtures("connected")


def run(operator: BaseOperator) -> Any:
    return operator.execute(context(fileloc=__file__))


@EACH
def test_a_file_in_a_folders_place(argument: str, make: Callable[[str, str], BaseOperator], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        AirflowFailException, match=rf"^{argument}: \S*{tmp_path}/file/folder\S* cannot be read or written"
    ):
        run(make(f"{tmp_path}/file/folder", f"{tmp_path}/good"))


@EACH
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, AirflowFailException),
        (errno.EROFS, AirflowFailException),
        (errno.ENOSPC, GenesysStorageError),
        (errno.EIO, GenesysStorageError),
    ],
)
def test_what_a_disk_refuses(
    *,
    argument: str,
    make: Callable[[str, str], BaseOperator],
    number: int,
    expected: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = unfinished.create

    def refuse(name: str, *more: int) -> int:
        if name.startswith(f"{tmp_path}/bad"):
            raise OSError(number, os.strerror(number), name)
        return create(name, *more)

    for module in (storage, unfinished):
        monkeypatch.setattr(module, "create", refuse)
    with pytest.raises(expected, match=rf"^{argument}: .*{os.strerror(number)}"):
        run(make(f"{tmp_path}/bad", f"{tmp_path}/good"))
