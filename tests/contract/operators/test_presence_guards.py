"""Guards of plan, apply and sync that need the API: who is in a presence, and whose organisation it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_genesys.exceptions import GenesysUnsafePlanError
from tests.contract.operators.presence_tasks import (
    BREAK,
    COUNTS,
    OTHER_ORGANIZATION,
    THERE,
    THERE_WANTED,
    WANTED,
    acted_on,
    apply,
    counts,
    instance,
    plan,
    run,
    sync,
    writes,
)
from tests.harness.fixtures import connect

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_provider_genesys.simulator.process import SimulatorHandle


def test_a_definition_somebody_is_in_is_not_deactivated(connected: SimulatorHandle) -> None:
    users = [f"{number:08}-942f-489d-9700-5f9bcdcdae9b" for number in range(120)]
    connected.settings(users=users)
    smoke, *_ = connected.load_presence(THERE)
    connected.load_presence(users={users[110]: smoke["id"]})
    retired = [WANTED[0] | {"active": False}]
    summary = run(plan(retired, in_use="refuse"))
    assert summary["reasons"] == [f"Break/Smoke ({smoke['id']}) would be deactivated while users are in it"]
    connected.load_presence(users={users[110]: BREAK})
    assert run(plan(retired, in_use="refuse"))["safe"]


def test_a_definition_somebody_has_entered_since_is_not_deactivated(connected: SimulatorHandle, no_waits: None) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    connected.load_presence(users={user: BREAK})
    retired = [WANTED[0] | {"active": False}, WANTED[1]]
    planned = run(plan(retired, in_use="refuse"))
    heedless = run(plan(retired))
    assert planned["safe"]
    connected.load_presence(users={user: smoke["id"]})
    ti = instance("apply")
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*users are in it") as caught:
        run(apply(planned), ti)
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*make a new plan"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert isinstance(caught.value.__cause__, GenesysUnsafePlanError)
    assert counts(ti.pushed["summary"]) == dict.fromkeys(COUNTS, 0)
    assert writes(connected) == {}
    connected.load_presence(users={user: BREAK})
    assert run(apply(planned))["deactivates"] == 1
    assert run(apply(heedless))["already"] == 2


@pytest.mark.parametrize("how", ["forced", "does not ask"])
def test_what_is_in_use_is_deactivated_by_who_says_so(connected: SimulatorHandle, how: str) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    retired = [WANTED[0] | {"active": False}]
    connected.load_presence(users={user: smoke["id"]})
    planned = run(plan(retired, in_use="refuse" if how == "forced" else "ignore"))
    force = planned["checksum"] if how == "forced" else None
    assert run(apply(planned, force_checksum=force))["deactivates"] == 1


@pytest.mark.parametrize("operator", [plan, sync])
def test_of_twins_the_one_agents_are_in_stays(connected: SimulatorHandle, operator: Any) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    twins = connected.load_presence(THERE[:1] * 2)
    smallest, largest = sorted(one["id"] for one in twins)
    connected.load_presence(users={user: largest})
    summary = run(operator([THERE_WANTED]))
    assert (summary["deactivates"], f"twin of {largest}" in summary["markdown"]) == (1, True)
    if operator is plan:
        assert summary["safe"]
        assert run(apply(summary))["deactivates"] == 1
    there = {one["id"]: one["deactivated"] for one in connected.presence()["definitions"]}
    assert (there[smallest], there[largest]) == (True, False)


def test_twins_that_nobody_may_look_into_make_a_plan_unsafe(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE[:1] * 2)
    connected.add_fault(path="*/users*", status=403)
    summary = run(plan([THERE_WANTED]))
    assert "may not be read" in summary["reasons"][0]
    assert run(apply(summary, force_checksum=summary["checksum"]))["deactivates"] == 1


def test_sync_reads_who_is_in_a_presence_once(connected: SimulatorHandle) -> None:
    connected.settings(users=["00000000-942f-489d-9700-5f9bcdcdae9b"])
    connected.load_presence(THERE)
    run(sync([WANTED[0] | {"active": False}], in_use="refuse"))
    assert acted_on(connected)["GET"] == 2 + 2 + 2


def test_sync_looks_again_when_its_plan_took_long_to_be_stored(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    connected.settings(users=[user])
    smoke, *_ = connected.load_presence(THERE)
    clock = [0.0]
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.in_use.monotonic", lambda: clock[0])
    monkeypatch.setattr("airflow_provider_genesys.presence.users.monotonic", lambda: clock[0])

    def be_slow(*_: Any) -> None:
        clock[0] += 9.0
        connected.load_presence(users={user: smoke["id"]})

    monkeypatch.setattr("airflow_provider_genesys.files.storage.replace", be_slow)
    with pytest.raises(AirflowFailException, match=f"become unsafe: .*{smoke['id']}.*users are in it"):
        run(sync([WANTED[0] | {"active": False}], in_use="refuse", artifacts_path=str(tmp_path)))
    assert writes(connected) == {}


@pytest.mark.parametrize("try_number", [1, 2])
@pytest.mark.parametrize("operator", ["apply", "sync"])
def test_only_a_repetition_looks_once_more_when_an_earlier_try_must_be_seen(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch, operator: str, try_number: int
) -> None:
    monkeypatch.setattr("airflow_provider_genesys.presence.apply.applier._SETTLED_AFTER", 0.5)
    connected.load_presence(THERE[:1])
    task = sync([THERE_WANTED]) if operator == "sync" else apply(run(plan([THERE_WANTED])))
    before = acted_on(connected)["GET"]
    ti = instance("apply")
    ti.try_number = try_number
    began = time.monotonic()
    run(task, ti)
    assert try_number == 1 or time.monotonic() - began >= 0.5
    assert acted_on(connected)["GET"] - before == 2 * try_number
    assert writes(connected) == {}


def test_users_are_read_only_if_something_is_to_be_deactivated(connected: SimulatorHandle) -> None:
    connected.load_presence(THERE)
    run(sync(in_use="refuse"))
    assert acted_on(connected)["GET"] == 2 + 2


def test_another_organisation_than_expected_is_planned_for_and_not_written_to(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    planned = run(plan())
    assert OTHER_ORGANIZATION in planned["reasons"][0]
    for task in (apply(planned, force_checksum=planned["checksum"]), sync(force_checksum=planned["checksum"])):
        with pytest.raises(AirflowFailException, match="expected_organization_id"):
            run(task)
    assert writes(connected) == {}


def test_a_plan_is_applied_to_no_other_organisation_though_none_is_expected(connected: SimulatorHandle) -> None:
    """Two organisations without definitions of their own look the same."""
    planned = run(plan())
    assert acted_on(connected) == {"GET": 3}
    assert connected.settings()["organization"]["id"] in planned["markdown"]
    connected.settings(organization={"id": OTHER_ORGANIZATION})
    for force in (None, planned["checksum"]):
        with pytest.raises(AirflowFailException, match=f"the client belongs to {OTHER_ORGANIZATION}"):
            run(apply(planned, force_checksum=force))
    assert writes(connected) == {}


def test_where_its_id_may_not_be_read_a_plan_goes_without(connected: SimulatorHandle) -> None:
    connected.add_fault(path="*/organizations/me", status=403)
    planned = run(plan())
    assert (planned["safe"], "Organisation" in planned["markdown"]) == (True, False)
    assert run(apply(planned))["requests"] == 2 + 4 + 2


def test_an_organisation_that_was_expected_when_planning_cannot_be_forced(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = connected.connection_json
    connect(connected, monkeypatch, expected_organization_id=OTHER_ORGANIZATION)
    planned = run(plan())
    monkeypatch.setenv("AIRFLOW_CONN_GENESYS_CLOUD_DEFAULT", there)
    with pytest.raises(AirflowFailException, match=f"{OTHER_ORGANIZATION} was expected"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert writes(connected) == {}


def test_an_organisation_that_may_not_be_read_is_not_written_to(
    connected: SimulatorHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(connected, monkeypatch, expected_organization_id=connected.settings()["organization"]["id"])
    assert run(plan())["safe"]
    connected.add_fault(path="*/organizations/me", status=403)
    planned = run(plan())
    assert "whose id may not be read" in planned["reasons"][0]
    with pytest.raises(AirflowFailException, match="may not read its organisation"):
        run(apply(planned, force_checksum=planned["checksum"]))
    assert writes(connected) == {}


def test_a_missing_permission_fails_for_good_and_says_which(connected: SimulatorHandle) -> None:
    connected.settings(permissions=["presence:presenceDefinition:view"])
    ti = instance("sync")
    with pytest.raises(AirflowFailException, match="presence:presenceDefinition:add"):
        run(sync(), ti)
    assert ti.pushed["summary"]["creates"] == 0
