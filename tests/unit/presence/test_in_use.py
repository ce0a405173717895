"""Users enter definitions while a plan that takes them away waits, and while it is applied."""

from __future__ import annotations

import json
from typing import Any

import pytest
from presence_applying import DELETE, run
from presence_organization import Organization, definition, desired, is_as_desired, plan_of

from airflow_provider_genesys.exceptions import GenesysError, GenesysPermissionError, GenesysUnsafePlanError
from airflow_provider_genesys.presence import users
from airflow_provider_genesys.presence.apply import in_use
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.plan.planner import Basis
from airflow_provider_genesys.presence.state import Definition

LOOK = ["getUsers", "getUsersPresencesPurecloudBulk"]
THERE = [definition(number, label) for number, label in enumerate(["Kept", "Smoke", "Tea", "Yoga"])]
KEPT, SMOKE, TEA, YOGA = (one.id for one in THERE)
WANTED = [desired("Kept"), *(desired(label, active=False) for label in ("Smoke", "Tea", "Yoga"))]
NEVER = "forcing this plan does not do it: make a new plan"


@pytest.fixture
def organization(monkeypatch: pytest.MonkeyPatch) -> Organization:
    organization = Organization(THERE)
    organization.presences = {"somebody": KEPT}
    monkeypatch.setattr(in_use, "monotonic", lambda: organization.now)
    monkeypatch.setattr(users, "monotonic", lambda: organization.now)
    return organization


def careful(organization: Organization, wanted: Any = WANTED, **settings: Any) -> Plan:
    return plan_of(wanted, organization, **{"in_use": frozenset(organization.presences.values()), **settings})


def test_the_users_are_looked_at_once_before_the_first_write(organization: Organization) -> None:
    assert run(organization, careful(organization))["deactivates"] == 3
    assert organization.requests[2:] == [*LOOK, DELETE, DELETE, DELETE, *organization.requests[:2]]


def test_nobody_is_looked_at_where_the_plan_does_not_ask_or_takes_nothing(organization: Organization) -> None:
    run(organization, careful(organization, [*WANTED, desired("New")], in_use=None))
    run(organization, careful(organization, [desired("Newer")]))
    assert "getUsers" not in organization.requests


@pytest.mark.parametrize("forced_for", [None, "another reason"])
def test_what_somebody_has_entered_is_not_taken_whatever_the_plan_was_forced_for(
    organization: Organization, forced_for: str | None
) -> None:
    plan = careful(organization, max_deactivations=2 if forced_for else 100)
    assert plan.safe == (not forced_for)
    organization.presences["somebody"] = TEA
    for force_checksum in [None, plan.checksum][bool(forced_for) :]:
        with pytest.raises(GenesysUnsafePlanError, match=f"Break/Tea .{TEA}. would be deactivated.*{NEVER}"):
            run(organization, plan, force_checksum=force_checksum)
    assert organization.writes == []


def test_what_the_plan_said_to_be_in_use_can_be_forced_and_nothing_else(organization: Organization) -> None:
    organization.presences["somebody"] = TEA
    plan = careful(organization)
    assert [TEA in reason for reason in plan.reasons] == [True]
    organization.presences["somebody else"] = YOGA
    with pytest.raises(GenesysUnsafePlanError, match=YOGA) as caught:
        run(organization, plan, force_checksum=plan.checksum)
    assert TEA not in str(caught.value)
    assert organization.writes == []
    organization.presences["somebody else"] = TEA
    assert run(organization, plan, force_checksum=plan.checksum)["deactivates"] == 3


@pytest.mark.parametrize(("seconds", "looks"), [(4.0, 1), (6.0, 2)])
def test_before_a_write_that_comes_some_seconds_later_it_is_looked_again(
    organization: Organization, seconds: float, looks: int
) -> None:
    def be_slow(number: int, operation: str) -> None:
        if organization.writes == [DELETE] and operation == DELETE:
            organization.now += seconds
            organization.presences["somebody"] = YOGA

    organization.after = be_slow
    plan = careful(organization)
    if looks == 1:
        assert run(organization, plan)["deactivates"] == 3
    else:
        with pytest.raises(GenesysUnsafePlanError, match=YOGA):
            run(organization, plan)
        assert organization.writes == [DELETE, DELETE]
    assert organization.requests.count("getUsers") == 1 + (looks - 1)


@pytest.mark.parametrize("in_one_task", [False, True])
def test_after_a_wait_for_the_rate_limit_it_is_looked_again(organization: Organization, in_one_task: bool) -> None:
    call = organization.call

    def limited(operation: str, *, wait: Any = None, **arguments: Any) -> Any:
        if operation == DELETE and len(organization.writes) == 1:
            organization.presences["somebody"] = TEA
            wait(30.0, "429")
        return call(operation, wait=wait, **arguments)

    organization.call = limited  # type: ignore[method-assign]
    plan = careful(organization)
    look = users.Usage(frozenset(), organization.now)
    basis = Basis(list(organization.definitions.values()), look) if in_one_task else None
    with pytest.raises(GenesysUnsafePlanError, match=TEA):
        run(organization, plan, basis=basis)
    assert organization.writes == [DELETE]
    assert organization.requests.count("getUsers") == 2 - in_one_task


@pytest.mark.parametrize(("seconds", "trusted"), [(4.0, True), (6.0, False)])
def test_the_look_of_the_plan_is_trusted_as_long_as_one_of_its_own(
    organization: Organization, seconds: float, trusted: bool
) -> None:
    """Storing the plan, or an organisation that answers slowly, may come between the two."""
    plan = careful(organization)
    basis = Basis(list(organization.definitions.values()), users.Usage(frozenset(), organization.now))
    organization.presences["somebody"] = YOGA
    organization.now += seconds
    if trusted:
        assert run(organization, plan, basis=basis)["deactivates"] == 3
    else:
        with pytest.raises(GenesysUnsafePlanError, match=YOGA):
            run(organization, plan, basis=basis)
        assert organization.writes == []
    assert organization.requests.count("getUsers") == int(not trusted)


def test_a_plan_that_was_made_without_a_look_is_not_trusted(organization: Organization) -> None:
    plan = careful(organization)
    organization.presences["somebody"] = YOGA
    with pytest.raises(GenesysUnsafePlanError, match=YOGA):
        run(organization, plan, basis=Basis(list(organization.definitions.values())))


def test_a_plan_that_was_stored_brings_no_look(organization: Organization) -> None:
    plan = careful(organization)
    content = json.loads(plan.to_json()) | {"look": {"in_use": [], "ended": 1e9}}
    stored = Plan.from_json(json.dumps(content))
    assert (stored, stored.checksum) == (plan, plan.checksum)


@pytest.mark.parametrize(("waits", "looks"), [(3, 3), (4, 3), (50, 3)])
def test_a_write_that_is_put_off_after_its_last_look_is_not_written_unseen(
    organization: Organization, waits: int, looks: int
) -> None:
    """Each look takes from the rate limit for which the write waits, so that there cannot be one after each wait."""
    call = organization.call
    waited = []

    def limited(operation: str, *, wait: Any = None, **arguments: Any) -> Any:
        while operation == DELETE and not organization.writes and len(waited) < waits:
            waited.append(organization.now)
            wait(60.0, "429")
        return call(operation, wait=wait, **arguments)

    organization.call = limited  # type: ignore[method-assign]
    if waits == looks:
        assert run(organization, careful(organization))["deactivates"] == 3
        assert organization.requests.count("getUsers") == 1 + looks
        return
    message = f"Break/Smoke .{SMOKE}. was not written: that was put off again and again, the last time by 60 s .429.*"
    with pytest.raises(GenesysError, match=message + "apply the plan again") as caught:
        run(organization, careful(organization))
    assert type(caught.value) is GenesysError  # which Airflow retries
    assert organization.requests.count("getUsers") == 1 + looks
    assert (len(waited), organization.writes) == (looks + 1, [])


def test_short_waits_after_the_last_look_do_no_harm(organization: Organization) -> None:
    call = organization.call

    def limited(operation: str, *, wait: Any = None, **arguments: Any) -> Any:
        if operation == DELETE and not organization.writes:
            for seconds in (6.0, 6.0, 6.0, 2.0, 2.0):
                wait(seconds, "429")
        return call(operation, wait=wait, **arguments)

    organization.call = limited  # type: ignore[method-assign]
    assert run(organization, careful(organization))["deactivates"] == 3


def test_a_write_that_takes_nothing_from_users_waits_as_long_as_it_must(organization: Organization) -> None:
    call = organization.call

    def limited(operation: str, *, wait: Any = None, **arguments: Any) -> Any:
        for _ in range(10 if operation == "putPresenceDefinition" else 0):
            wait(60.0, "429")
        return call(operation, wait=wait, **arguments)

    organization.call = limited  # type: ignore[method-assign]
    wanted = [*WANTED[1:], desired("Kept", labels={"en_US": "Kept", "de": "Behalten"})]
    assert run(organization, careful(organization, wanted))["updates"] == 1


# Twins


def twins(organization: Organization) -> tuple[Plan, Any]:
    wanted = [desired("Kept"), desired("New")]
    plan = careful(organization, wanted)
    for id_ in "abc":
        organization.write(Definition(id_, "Break", {"en_US": "New"}))
    return plan, wanted


@pytest.mark.parametrize("where", ["b", "c"])
def test_a_twin_that_somebody_is_in_is_left_and_told_of(organization: Organization, where: str) -> None:
    plan, wanted = twins(organization)
    organization.presences["somebody"] = where
    for _ in range(2):
        with pytest.raises(GenesysUnsafePlanError, match=rf"Break/New \({where}\) would be deactivated.*{NEVER}"):
            run(organization, plan)
        assert {one.id for one in organization.active} == {KEPT, SMOKE, TEA, YOGA, "a", where}
    organization.presences["somebody"] = "a"
    assert run(organization, plan)["twins"] == 1
    assert is_as_desired(wanted, organization)


def heedless(wanted: Any) -> Plan:
    return plan_of(wanted, Organization(THERE))


@pytest.mark.parametrize("where", ["b", "c"])
def test_a_twin_that_somebody_is_in_is_left_though_the_plan_does_not_ask(
    organization: Organization, where: str
) -> None:
    """Nobody saw in a plan that it would be deactivated."""
    _, wanted = twins(organization)
    organization.presences["somebody"] = where
    for _ in range(2):
        with pytest.raises(GenesysUnsafePlanError, match=rf"Break/New \({where}\).*which keeps the one of the twins"):
            run(organization, heedless(wanted))
    assert {one.id for one in organization.active} == {KEPT, SMOKE, TEA, YOGA, "a", where}
    run(organization, plan_of(wanted, organization, twins_in_use=frozenset({where})))
    assert {one.id for one in organization.active} == {KEPT, SMOKE, TEA, YOGA, where}


def test_users_are_looked_at_only_where_there_are_twins_if_the_plan_does_not_ask(organization: Organization) -> None:
    _, wanted = twins(organization)
    plan = heedless([*wanted, desired("Tea", active=False)])
    organization.presences["somebody"] = TEA
    assert run(organization, plan)["twins"] == 2
    assert organization.requests.count("getUsers") == 1
    assert run(organization, plan)["requests"] == 2
    assert is_as_desired(wanted, organization)


def test_a_twin_of_the_plan_that_somebody_has_entered_since_is_left(organization: Organization) -> None:
    for id_ in "ab":
        organization.write(Definition(id_, "Break", {"en_US": "New"}))
    wanted = [desired("New"), desired("Tea", active=False)]
    plan = plan_of(wanted, organization)
    organization.presences["somebody"] = "b"
    with pytest.raises(GenesysUnsafePlanError, match=r"Break/New \(b\) would be deactivated while users are in it"):
        run(organization, plan)
    assert organization.writes == []
    organization.presences["somebody"] = "a"
    assert run(organization, plan)["deactivates"] == 2


def test_twins_that_nobody_may_look_into_are_left_unless_the_plan_said_so(organization: Organization) -> None:
    _, wanted = twins(organization)

    def refuse(number: int, operation: str) -> None:
        if operation == "getUsersPresencesPurecloudBulk":
            raise GenesysPermissionError(403)

    organization.before = refuse
    with pytest.raises(GenesysUnsafePlanError, match="twin of a, and whether users are in it may not be read"):
        run(organization, heedless(wanted))
    assert len(organization.active) == 4 + 3
    plan = plan_of(wanted, organization, twins_in_use=None)
    assert run(organization, plan, force_checksum=plan.checksum)["deactivates"] == 2
    organization.presences["somebody"] = TEA
    with pytest.raises(GenesysPermissionError):
        run(organization, careful(organization, [desired("Kept"), desired("Tea", active=False)], in_use=frozenset()))
