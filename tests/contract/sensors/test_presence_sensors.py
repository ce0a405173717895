"""The sensors: what they wait for, in both modes, and what ends the waiting."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, BaseSensorOperator

from airflow_provider_genesys.sensors.presence import (
    GenesysCloudPresenceDefinitionsSensor,
    GenesysCloudUserPresenceSensor,
)
from tests.contract.rescheduling import WITHOUT_A_DATABASE, AirflowRescheduleException
from tests.contract.sensors.sensing import BREAK, OFFLINE
from tests.harness.tasks import context

if TYPE_CHECKING:
    from airflow_provider_genesys.simulator.process import SimulatorHandle

USERS = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(120)]
NOBODY = "c0ffee00-8f0c-4b3a-9a57-2f6f6f1f3c01"
BULK = "GET /api/v2/users/presences/purecloud/bulk"
WANTED = [{"system_presence": "Break", "labels": {"en_US": "Smoke", "de": "Raucherpause"}}]
SMOKE = {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke"}}
COUNTS = ("creates", "updates", "reactivates", "deactivates", "unchanged")


@pytest.fixture
def connected(connected: SimulatorHandle) -> SimulatorHandle:
    """One that has the users."""
    connected.settings(users=USERS)
    return connected


def run(sensor: BaseSensorOperator) -> Any:
    """Run a task as Airflow does, in either mode."""
    return sensor.execute(context())


def poke(sensor: BaseSensorOperator) -> bool:
    return bool(sensor.poke(context()))


def users_sensor(user_ids: Any = (), **arguments: Any) -> GenesysCloudUserPresenceSensor:
    given = {"user_ids": user_ids or USERS, "presences": ["Offline"]} | arguments
    return GenesysCloudUserPresenceSensor(task_id="wait", **given)


def definitions_sensor(**arguments: Any) -> GenesysCloudPresenceDefinitionsSensor:
    return GenesysCloudPresenceDefinitionsSensor(task_id="wait", **({"definitions": WANTED} | arguments))


# --- users ---


def test_all_users_are_in_one_of_the_presences(connected: SimulatorHandle) -> None:
    smoke = connected.load_presence([SMOKE])[0]["id"]
    connected.load_presence(users=dict.fromkeys(USERS, OFFLINE) | {USERS[70]: smoke})
    assert not poke(users_sensor())
    assert poke(users_sensor(presences=["Offline", smoke]))
    assert poke(users_sensor(presences=["Offline", "Break/smoke"]))
    assert poke(users_sensor(presences=["OFFLINE", "Break"]))
    assert connected.requests()["totals"][BULK]["200"] == 2 + 3 + 3 + 3


def test_any_of_the_users(connected: SimulatorHandle) -> None:
    connected.load_presence(users={USERS[119]: BREAK})
    assert poke(users_sensor(presences=["Break"], match="any"))
    assert not poke(users_sensor(USERS[:100], presences=["Break"], match="any"))


def test_a_user_that_does_not_exist_is_in_no_presence(connected: SimulatorHandle) -> None:
    connected.load_presence(users=dict.fromkeys(USERS, OFFLINE))
    assert poke(users_sensor(USERS[:3]))
    assert not poke(users_sensor([*USERS[:3], NOBODY]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"match": "most"}, "match must be all or any"),
        ({"user_ids": []}, "user_ids must be a list of at least one"),
        ({"user_ids": "['a']"}, "user_ids must be a list of at least one"),
        ({"presences": ["Of line"]}, "'Of line' is no system presence"),
        ({"presences": ["Break/Yoga"]}, "presences: presence 'Break/Yoga' is unknown"),
        ({"presences": []}, "presences must be a list of at least one"),
        ({"presences": "Offline"}, "presences must be a list of at least one"),
    ],
)
def test_a_wrong_argument_ends_the_waiting(connected: SimulatorHandle, arguments: Any, message: str) -> None:
    given = {"user_ids": USERS, "presences": ["Offline"]} | arguments
    with pytest.raises(AirflowFailException, match=message):
        poke(GenesysCloudUserPresenceSensor(task_id="wait", **given))


def test_a_missing_permission_ends_the_waiting(connected: SimulatorHandle) -> None:
    connected.settings(permissions=[])
    with pytest.raises(AirflowFailException, match="presence:presenceDefinition:view"):
        poke(definitions_sensor())


# --- definitions ---


def test_in_sync_and_drift_are_opposites(connected: SimulatorHandle) -> None:
    assert not poke(definitions_sensor(wait_for="in_sync"))
    assert poke(definitions_sensor(wait_for="drift"))
    connected.load_presence([SMOKE | {"languageLabels": WANTED[0]["labels"]}])
    assert poke(definitions_sensor(wait_for="in_sync"))
    assert not poke(definitions_sensor(wait_for="drift"))
    assert connected.requests()["totals"]["GET /api/v2/presence/definitions"] == {"200": 8}


def test_what_counts_as_a_difference_is_for_the_author_to_say(connected: SimulatorHandle) -> None:
    labels = {**WANTED[0]["labels"], "fr": "Pause cigarette"}  # type: ignore[dict-item]
    connected.load_presence([SMOKE | {"languageLabels": labels}])
    assert not poke(definitions_sensor())
    assert poke(definitions_sensor(labels="merge"))
    connected.load_presence([{"systemPresence": "Busy", "languageLabels": {"en_US": "Paperwork"}}])
    assert poke(definitions_sensor(labels="merge"))
    assert not poke(definitions_sensor(labels="merge", prune="deactivate"))


def test_what_no_plan_may_change_is_never_in_sync(connected: SimulatorHandle) -> None:
    wanted = [{"system_presence": "Break", "labels": {"en_US": "Pause"}, "id": BREAK}]
    assert not poke(definitions_sensor(definitions=wanted))
    assert poke(definitions_sensor(definitions=wanted, wait_for="drift"))


def test_a_relative_path_begins_at_the_dags_folder(connected: SimulatorHandle, tmp_path: Path) -> None:
    (tmp_path / "presences.yaml").write_text(json.dumps(WANTED))
    connected.load_presence([SMOKE | {"languageLabels": WANTED[0]["labels"]}])
    given = context(fileloc=str(tmp_path / "dag.py"))
    assert definitions_sensor(definitions="presences.yaml").poke(given)


@pytest.mark.parametrize(("argument", "value"), [("wait_for", "sync"), ("prune", "all"), ("labels", "some")])
def test_a_wrong_argument_is_named(connected: SimulatorHandle, argument: str, value: str) -> None:
    with pytest.raises(AirflowFailException, match=argument):
        poke(definitions_sensor(**{argument: value}))


# --- the modes ---


def test_poke_mode_waits_in_the_task_and_tells_what_it_found(connected: SimulatorHandle) -> None:
    labels = WANTED[0]["labels"]
    later = threading.Timer(0.7, connected.load_presence, [[SMOKE | {"languageLabels": labels}]])
    later.start()
    found = run(definitions_sensor(poke_interval=0.2, timeout=30))
    later.join()
    assert found == dict.fromkeys(COUNTS, 0) | {"unchanged": 1}
    assert connected.requests()["totals"]["GET /api/v2/presence/definitions"]["200"] >= 2


def test_poke_mode_of_users(connected: SimulatorHandle) -> None:
    later = threading.Timer(0.7, connected.load_presence, [[], dict.fromkeys(USERS, OFFLINE)])
    connected.load_presence(users=dict.fromkeys(USERS, BREAK))
    later.start()
    run(users_sensor(poke_interval=0.2, timeout=30))
    later.join()
    assert connected.requests()["totals"][BULK]["200"] >= 2


@WITHOUT_A_DATABASE
@pytest.mark.parametrize("sensor", [definitions_sensor, users_sensor])
def test_reschedule_mode_gives_the_slot_back_until_the_next_look(connected: SimulatorHandle, sensor: Any) -> None:
    connected.load_presence(users=dict.fromkeys(USERS, BREAK))
    with pytest.raises(AirflowRescheduleException):
        run(sensor(mode="reschedule", poke_interval=60))
    connected.load_presence([SMOKE | {"languageLabels": WANTED[0]["labels"]}], dict.fromkeys(USERS, OFFLINE))
    run(sensor(mode="reschedule", poke_interval=60))


@pytest.mark.parametrize("sensor", [definitions_sensor, users_sensor])
def test_the_waiting_has_an_end(connected: SimulatorHandle, sensor: Any) -> None:
    connected.load_presence(users=dict.fromkeys(USERS, BREAK))
    with pytest.raises(AirflowSensorTimeout):
        run(sensor(poke_interval=0.1, timeout=0.3))
