"""Sensors that leave the worker: what they wait for, and who looks whether it has come true."""

from __future__ import annotations

import errno
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, BaseSensorOperator

from airflow_provider_genesys.exceptions import GenesysError, GenesysSourceError
from airflow_provider_genesys.triggers.genesys_cloud import GenesysCloudLookTrigger
from tests.contract.deferral import begin, left, resume, wait
from tests.contract.sensors.deferring import SMOKE, configuration, definitions, export, users
from tests.contract.sensors.sensing import BREAK, OFFLINE, USERS
from tests.harness.tasks import TaskInstance, context

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


def test_users_are_seen_by_the_trigger(simulator: SimulatorHandle) -> None:
    ti = TaskInstance()
    deferred = begin(users(timeout=60), ti)
    assert isinstance(deferred.trigger, GenesysCloudLookTrigger)
    assert ti.pushed["summary"]["done"] is False
    assert ti.pushed["summary"]["found"]["matching"] == 0
    simulator.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    event = wait(deferred)
    assert event["status"] == "done"
    ti = TaskInstance()
    found = resume(lambda: users(timeout=60), event, ti)
    assert (found["matching"], found["users"], found["matches"]) == (3, 3, USERS)
    assert ti.pushed["summary"] == {
        "done": True, "said": "3 of 3 users are in Offline", "found": found, "looks": 2,
    }  # fmt: skip


def test_what_is_true_at_once_never_leaves_the_worker(simulator: SimulatorHandle) -> None:
    ti = TaskInstance()
    found = users(presences=["Break"]).execute(context(ti))
    assert found["matching"] == 3
    assert ti.pushed["summary"]["looks"] == 1


def test_names_are_resolved_once_and_before(simulator: SimulatorHandle) -> None:
    smoke = simulator.load_presence([SMOKE])[0]["id"]
    deferred = begin(users(presences=["Break/Smoke"]))
    _, arguments = deferred.trigger.serialize()
    assert arguments["arguments"]["wanted"] == [smoke]
    simulator.load_presence(users=dict.fromkeys(USERS, smoke))
    before = simulator.requests()["totals"]["GET /api/v2/presence/definitions"]["200"]
    assert wait(deferred)["status"] == "done"
    assert simulator.requests()["totals"]["GET /api/v2/presence/definitions"]["200"] == before


def test_names_are_resolved_by_the_trigger_where_nothing_answered_before(simulator: SimulatorHandle) -> None:
    smoke = simulator.load_presence([SMOKE])[0]["id"]
    simulator.load_presence(users=dict.fromkeys(USERS, smoke))
    simulator.add_fault(path="/api/*", status=503, count=2)
    deferred = begin(users(presences=["Break/Smoke"]))
    assert deferred.trigger.serialize()[1]["arguments"]["wanted"] is None
    assert wait(deferred)["found"]["matching"] == 3


def test_definitions_of_a_file_need_no_file_where_the_trigger_is(simulator: SimulatorHandle, tmp_path: Path) -> None:
    file = tmp_path / "definitions.yaml"
    file.write_text("- system_presence: Break\n  labels: {en_US: Smoke, de: Raucherpause}\n")

    def make() -> BaseSensorOperator:
        return definitions(definitions=str(file), wait_for="in_sync")

    deferred = begin(make())
    file.unlink()
    simulator.load_presence([SMOKE | {"languageLabels": {"en_US": "Smoke", "de": "Raucherpause"}}])
    found = resume(make, wait(deferred))
    assert (found["creates"], found["unchanged"]) == (0, 1)


def test_a_changed_configuration_is_told_by_the_task(simulator: SimulatorHandle, tmp_path: Path) -> None:
    export(tmp_path)
    deferred = begin(configuration(tmp_path))
    assert str(tmp_path) not in json.dumps(deferred.trigger.serialize())
    simulator.load_presence([SMOKE])
    event = wait(deferred)
    assert (event["status"], event["found"]) == ("done", None)
    ti = TaskInstance()
    found = resume(lambda: configuration(tmp_path), event, ti)
    assert (found["added"], found["removed"], found["modified"]) == (1, 0, 0)
    assert ti.pushed["summary"]["looks"] == 3


def test_a_change_that_is_taken_back_is_waited_on_for_no_longer_than_before(
    simulator: SimulatorHandle, tmp_path: Path
) -> None:
    export(tmp_path)
    deferred = begin(configuration(tmp_path))
    event = {"status": "done", "said": "it changed", "found": None, "looks": 5, "incurable": False}
    deadline = time.time() + 7
    again = left(lambda: resume(lambda: configuration(tmp_path), event | {"deadline": deadline}))
    assert again.trigger.deadline == deadline != deferred.trigger.deadline
    assert again.trigger.looks == 6
    assert again.trigger.arguments == deferred.trigger.arguments


def test_a_change_that_the_task_cannot_look_at_is_not_done(simulator: SimulatorHandle, tmp_path: Path) -> None:
    export(tmp_path)
    event = {"status": "done", "said": "it changed", "found": None, "looks": 5, "incurable": False}
    simulator.add_fault(path="/api/*", status=400)
    ti = TaskInstance()
    with pytest.raises(GenesysError):
        resume(lambda: configuration(tmp_path), event | {"deadline": time.time() + 60}, ti)
    summary = ti.pushed["summary"]
    assert (summary["done"], summary["found"], summary["looks"]) == (False, None, 6), "the task's own failed"
    assert "HTTP 400" in summary["said"]


@pytest.mark.parametrize(
    ("refused", "arguments"),
    [(OSError(errno.EIO, "busy"), {}), (GenesysSourceError("damaged"), {"silent_fail": True})],
    ids=["a store that is away", "what silent_fail puts up with"],
)
def test_what_no_trigger_can_look_at_now_the_task_looks_at_next_time(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Exception, arguments: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise refused

    export(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("airflow_provider_genesys.exports.looks.known_fingerprints", refuse)
        deferred = begin(configuration(tmp_path, **arguments))
    assert (deferred.trigger.look, deferred.trigger.arguments) == ("task", {})
    event = wait(deferred)
    assert (event["status"], event["found"]) == ("done", None)
    ti = TaskInstance()
    again = left(lambda: resume(lambda: configuration(tmp_path), event, ti))
    assert (again.trigger.look, again.trigger.deadline) == ("configuration", deferred.trigger.deadline)
    assert ti.pushed["summary"]["done"] is False


MANY = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(1_000)]


def test_what_is_too_much_for_a_trigger_the_task_looks_at(
    simulator: SimulatorHandle, caplog: pytest.LogCaptureFixture
) -> None:
    def many() -> BaseSensorOperator:
        return users(user_ids=MANY, timeout=60)

    simulator.settings(users=MANY)
    simulator.load_presence(users=dict.fromkeys(MANY, BREAK))
    deferred = begin(many())
    assert (deferred.trigger.look, deferred.trigger.arguments) == ("task", {})
    assert len(json.dumps(deferred.trigger.serialize())) < 500
    (said,) = [each for each in caplog.messages if "each time the task itself looks" in each]
    assert said.startswith("What is waited for has 40,")
    event = wait(deferred)
    assert (event["status"], event["found"], event["looks"]) == ("done", None, 1)

    caplog.clear()
    again = left(lambda: resume(many, event))
    assert (again.trigger.look, again.trigger.deadline) == ("task", deferred.trigger.deadline)
    assert "each time the task itself looks" not in caplog.text, "it is told once"
    event = wait(again)
    simulator.load_presence(users=dict.fromkeys(MANY, OFFLINE))
    ti = TaskInstance()
    assert resume(many, event, ti)["matching"] == 1_000
    assert ti.pushed["summary"]["looks"] == 3


def test_too_much_for_a_trigger_ends_in_time_as_well(simulator: SimulatorHandle) -> None:
    def many() -> BaseSensorOperator:
        return users(user_ids=MANY, timeout=2, poke_interval=10)

    deferred = begin(many())
    event = wait(deferred, within=5)
    assert time.time() >= deferred.trigger.deadline
    with pytest.raises(AirflowSensorTimeout, match="timed out after 2 seconds"):
        resume(many, event)


@pytest.mark.parametrize(("number", "look"), [(795, "users"), (805, "task")])
def test_eight_hundred_users_fit_into_a_trigger(simulator: SimulatorHandle, number: int, look: str) -> None:
    assert begin(users(user_ids=MANY[:number])).trigger.look == look


def test_a_large_file_of_definitions_is_looked_at_by_the_task(simulator: SimulatorHandle) -> None:
    names = [{"system_presence": "Break", "labels": {"en_US": f"Break {number}"}} for number in range(30)]
    assert begin(definitions(definitions=names)).trigger.look == "definitions"
    languages = ("cs", "da", "de", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv", "tr")
    long = [row | {"labels": dict.fromkeys(languages, f"{row['labels']['en_US']} {'x' * 80}")} for row in names]
    assert begin(definitions(definitions=long)).trigger.look == "task"


@pytest.mark.parametrize(
    ("refused", "expected"),
    [(PermissionError(errno.EACCES, "no"), AirflowFailException), (GenesysSourceError("damaged"), GenesysSourceError)],
)
def test_what_the_store_refuses_for_good_ends_the_waiting(
    simulator: SimulatorHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Exception, expected: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise refused

    export(tmp_path)
    monkeypatch.setattr("airflow_provider_genesys.exports.looks.known_fingerprints", refuse)
    with pytest.raises(expected):
        configuration(tmp_path).execute(context())


def test_without_a_snapshot_anything_is_a_change(simulator: SimulatorHandle, tmp_path: Path) -> None:
    deferred = begin(configuration(tmp_path, include=["webchat_deployments"], timeout=2))
    assert deferred.trigger.arguments["known"] == {"webchat_deployments": ""}
    assert wait(deferred)["status"] == "timeout"
    simulator.load_webchat(deployments=[{"name": "one"}])
    deferred.trigger.deadline = time.time() + 20
    assert wait(deferred)["status"] == "done"
