"""A named pipe as the source of a task: read once, as it comes, and not taken for a file."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysError, GenesysLedgerError
from airflow_provider_genesys.hooks.genesys_cloud import GenesysCloudHook
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from tests.contract.worlds import presences
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

EVENTS = presences(1_000)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def written(pipe: Path, events: list[dict[str, Any]]) -> None:
    """Write into a pipe, as soon as it is read."""

    def write() -> None:
        with pipe.open("w") as file:
            file.writelines(json.dumps(each) + "\n" for each in events)

    threading.Thread(target=write, daemon=True).start()


def publish(pipe: Path) -> dict[str, Any]:
    task = GenesysCloudPublishEventsOperator(
        task_id="publish",
        stream="user_presences",
        source=str(pipe),
        artifacts_path=f"file://{pipe.parent}/artifacts",
        max_in_flight=1,
    )
    summary: dict[str, Any] = task.execute(context(TaskInstance("publish")))
    return summary


def test_it_is_published(connected: SimulatorHandle, pipe: Path) -> None:
    written(pipe, EVENTS)
    assert publish(pipe)["accepted"] == 1_000


def test_a_hook_takes_it_too_and_an_address_of_it(connected: SimulatorHandle, pipe: Path) -> None:
    written(pipe, EVENTS)
    hook = GenesysCloudHook()
    summary = hook.publish_events("user_presences", f"file://{pipe}", artifacts_path=None, folder=f"{pipe.parent}/hook")
    assert summary["accepted"] == 1_000


def test_a_new_try_goes_on_where_all_is_written_again_and_says_so(
    connected: SimulatorHandle, pipe: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connected.add_fault(path="*/events/*", after=3, status=500)
    written(pipe, EVENTS)
    with pytest.raises(GenesysError):
        publish(pipe)
    connected.clear_faults()
    written(pipe, EVENTS)
    with caplog.at_level(logging.INFO):
        summary = publish(pipe)
    assert (summary["accepted"], summary["tries"], summary["complete"]) == (1_000, 2, True)
    assert f"{pipe} is a pipe, which is read once: a new try needs all of it written once more" in caplog.text


@pytest.mark.parametrize("events", [EVENTS[:50], EVENTS[500:]], ids=["less", "others"])
def test_where_it_is_not_the_error_says_why(
    connected: SimulatorHandle, pipe: Path, events: list[dict[str, Any]]
) -> None:
    connected.add_fault(path="*/events/*", after=3, status=500)
    written(pipe, EVENTS)
    with pytest.raises(GenesysError):
        publish(pipe)
    connected.clear_faults()
    written(pipe, events)
    with pytest.raises((GenesysLedgerError, AirflowFailException), match="is a pipe, which is read once"):
        publish(pipe)
