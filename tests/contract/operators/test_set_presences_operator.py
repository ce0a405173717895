"""Users that are put into presences, by the operator and by events that name one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysServerError
from airflow_provider_genesys.operators.events import GenesysCloudPublishEventsOperator
from airflow_provider_genesys.operators.presence import GenesysCloudSetUserPresencesOperator
from tests.contract.operators.presence_tasks import BREAK, OTHER_ORGANIZATION, THERE, acted_on, instance, run
from tests.harness.fixtures import connect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


@pytest.fixture
def users(connected: SimulatorHandle) -> list[str]:
    ids = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(60)]
    connected.settings(users=ids)
    return ids


def set_presences(presences: str | Sequence[dict[str, Any]]) -> GenesysCloudSetUserPresencesOperator:
    return GenesysCloudSetUserPresencesOperator(task_id="set", presences=presences)


def presence_of(simulator: SimulatorHandle, user: str) -> Any:
    return next(iter(simulator.presence()["users"][user].values()))


def test_users_are_put_into_presences_50_at_a_time(connected: SimulatorHandle, users: list[str]) -> None:
    smoke = connected.load_presence(THERE)[0]["id"]
    ti = instance("set")
    names = ["Break/Smoke", smoke, "Break"]
    summary = run(set_presences([{"user_id": user, "presence": names[n % 3]} for n, user in enumerate(users)]), ti)
    assert ti.pushed == {"summary": summary}
    assert summary == {"users": 60, "set": 60, "missing": [], "requests": 4}
    assert acted_on(connected) == {"GET": 2, "PUT": 2}
    assert [presence_of(connected, user)["definition_id"] for user in users[:3]] == [smoke, smoke, BREAK]


def test_what_was_set_before_a_failure_is_pushed(connected: SimulatorHandle, users: list[str]) -> None:
    connected.add_fault(method="PUT", path="*/presences/bulk", status=500, after=1)
    ti = instance("set")
    with pytest.raises(GenesysServerError):
        run(set_presences([{"user_id": user, "presence": "Meal"} for user in users]), ti)
    assert "HTTP 500" in ti.pushed["summary"].pop("failure")
    assert ti.pushed["summary"] == {"users": 60, "set": 50, "missing": [], "requests": 2}


def test_nobody_is_put_on_queue(connected: SimulatorHandle, users: list[str]) -> None:
    with pytest.raises(AirflowFailException, match="agents go there by themselves") as caught:
        run(set_presences([{"user_id": users[0], "presence": "Break"}, {"user_id": users[1], "presence": "ON_QUEUE"}]))
    assert users[1] in str(caught.value)
    assert users[0] not in str(caught.value)
    assert "PUT" not in acted_on(connected)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"user_id": "u", "presence": "Break/Smoke"}, "is unknown"),
        ({"user_id": "u", "presence": OTHER_ORGANIZATION}, "no definition has this id"),
        ({"usr_id": "u", "presence": "Break"}, "row 2: unknown key 'usr_id'; did you mean user_id"),
        ({"user_id": "u"}, "row 2: presence is missing"),
        ("u", "row 2: must be a mapping"),
    ],
)
def test_a_wrong_row_is_told_before_anything_is_set(
    connected: SimulatorHandle, users: list[str], row: Any, message: str
) -> None:
    with pytest.raises(AirflowFailException, match=message):
        run(set_presences([{"user_id": users[0], "presence": "Break"}, row]))
    assert "PUT" not in acted_on(connected)


def test_presences_may_be_json_text(connected: SimulatorHandle, users: list[str]) -> None:
    """As a template makes of an XCom."""
    assert run(set_presences(json.dumps([{"user_id": users[0], "presence": "Meal"}])))["set"] == 1
    with pytest.raises(AirflowFailException, match="presences is text, but no JSON"):
        run(set_presences(str([{"user_id": users[0], "presence": "Meal"}])))


def test_users_of_another_organisation_are_not_set(
    connected: SimulatorHandle, users: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    with pytest.raises(AirflowFailException, match="expected_organization_id"):
        run(set_presences([{"user_id": users[0], "presence": "Meal"}]))
    assert "PUT" not in acted_on(connected)


def test_users_that_do_not_exist_are_reported(connected: SimulatorHandle, users: list[str]) -> None:
    summary = run(
        set_presences([{"user_id": user, "presence": "Meal"} for user in (users[0], OTHER_ORGANIZATION, users[1])])
    )
    assert (summary["set"], summary["missing"]) == (2, [OTHER_ORGANIZATION])


# --- events that name a presence ---


def test_an_event_may_name_a_presence_by_its_label(
    connected: SimulatorHandle, users: list[str], tmp_path: Path
) -> None:
    smoke = connected.load_presence(THERE)[0]["id"]
    events = [
        {"userId": user, "presence": name, "eventDateTime": "2026-11-16T09:00:00Z", "sourceId": OTHER_ORGANIZATION}
        for user, name in zip(users, ("break / SMOKE", "Busy/Paperwork", "Meal/Canteen", "Break"), strict=False)
    ]
    task = GenesysCloudPublishEventsOperator(
        task_id="publish", stream="user_presences", source=events, artifacts_path=str(tmp_path), max_rejected=1
    )
    summary = run(task)
    assert (summary["accepted"], summary["invalid"]) == (3, 1)
    assert presence_of(connected, users[0])["definition_id"] == smoke
    assert acted_on(connected)["GET"] == 2
