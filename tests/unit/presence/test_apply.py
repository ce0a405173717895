from __future__ import annotations

from dataclasses import replace

import pytest
from presence_applying import (
    BEFORE,
    CHANGES,
    DELETE,
    DONE,
    GET,
    POST,
    PUT,
    WANTED,
    assert_as_desired,
    interrupt,
    run,
    world,
    written,
)
from presence_organization import Organization, definition, desired, plan_of

from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.plan.changes import Change
from airflow_provider_genesys.presence.plan.plan import Plan
from airflow_provider_genesys.presence.plan.planner import Basis
from airflow_provider_genesys.presence.state import Definition, state_digest
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES
from tests.harness.killed import Killed


def test_a_plan_is_applied_in_order_and_verified():
    organization, plan = world()
    summary = run(organization, plan)
    assert summary == {"checksum": plan.checksum, **CHANGES, **DONE, "requests": 2 + 6 + 2}
    assert organization.requests == [GET, GET, DELETE, DELETE, PUT, PUT, POST, POST, GET, GET]
    assert organization.now == 1000
    assert_as_desired(organization)


def test_a_second_apply_writes_nothing():
    organization, plan = world()
    run(organization, plan)
    before = len(organization.writes)
    assert run(organization, plan) == {
        "checksum": plan.checksum,
        **dict.fromkeys(CHANGES, 0),
        **DONE,
        "already": 6,
        "requests": 2,
    }
    assert len(organization.writes) == before


def test_a_plan_without_changes_costs_two_reads():
    organization = Organization([definition(1, "Smoke")])
    summary = run(organization, plan_of([desired("Smoke")], organization))
    assert (summary["unchanged"], summary["requests"], organization.writes) == (1, 2, [])


def test_what_the_plan_was_just_made_from_is_not_read_again():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", organization_id="the organisation")
    summary = run(organization, plan, basis=Basis(list(organization.definitions.values())))
    assert summary["requests"] == 6 + 2
    assert_as_desired(organization)


def test_a_plan_that_was_written_and_read_is_the_same():
    organization, plan = world()
    assert written(run(organization, Plan.from_json(plan.to_json()))) == 6
    assert_as_desired(organization)


def test_the_requests_of_a_shared_meter_are_those_of_this_apply():
    organization, plan = world()
    meter = Meter()
    meter.add(requests=100)
    assert Applier(organization.client(meter=meter), plan).apply()["requests"] == 10
    assert meter.requests == 110


def test_a_deactivation_with_other_labels_is_no_plain_delete():
    organization = Organization([definition(1, "Smoke", labels={"en_US": "Smoke", "de": "Falsch"}), BEFORE[4]])
    wanted = [desired("Smoke", labels={"en_US": "Smoke", "de": "Raucherpause"}, active=False), desired("Kept")]
    run(organization, plan_of(wanted, organization))
    assert organization.writes == [PUT]
    assert organization.users == [
        definition(1, "Smoke", labels={"de": "Raucherpause", "en_US": "Smoke"}, deactivated=True),
        BEFORE[4],
    ]


def test_room_is_made_under_the_cap_before_it_is_taken():
    organization = Organization([definition(number, f"Old {number}") for number in range(30)])
    wanted = [desired(f"Old {number}") for number in range(28)] + [desired("New 1"), desired("New 2")]
    plan = plan_of(wanted, organization, prune="deactivate")
    assert (plan.safe, run(organization, plan)["creates"], len(organization.active)) == (True, 2, 30)


# Refusals


def test_an_unsafe_plan_is_refused_without_its_checksum():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", max_deactivations=1)
    assert not plan.safe
    for force_checksum in (None, "another", ""):
        with pytest.raises(GenesysUnsafePlanError, match=f"nothing was changed.*{plan.checksum}"):
            run(organization, plan, force_checksum=force_checksum)
    assert organization.requests == []
    assert written(run(organization, plan, force_checksum=plan.checksum)) == 6


def test_a_safe_plan_is_not_forced_by_the_checksum_of_another_unless_it_was_just_made():
    organization, plan = world()
    assert plan.safe
    with pytest.raises(GenesysUnsafePlanError, match=f"that of another plan.*{plan.checksum}.*nothing was changed"):
        run(organization, plan, force_checksum="another")
    assert organization.requests == []
    definitions = [*organization.definitions.values()]
    assert written(run(organization, plan, force_checksum="another", basis=Basis(definitions))) == 6
    for force_checksum in ("", "  ", None, plan.checksum):
        assert written(run(organization, plan, force_checksum=force_checksum)) == 0


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("System", {"type": "System"}),
        ("System", {"id": SYSTEM_PRESENCES["Break"]}),
        ("system presence", {"system_presence": "Away"}),
    ],
)
def test_what_must_not_change_is_not_forced(what, change):
    organization, _ = world()
    before = replace(BEFORE[0], **{key: value for key, value in change.items() if key == "id"})
    after = replace(before, **change)
    change = Change("update", before.id, before, after, "", before.name)
    plan = Plan(None, state_digest(organization.definitions.values()), (change,), 0, ["it is bad"], {})
    with pytest.raises(GenesysUnsafePlanError, match=what):
        run(organization, plan, force_checksum=plan.checksum)
    assert organization.requests == []


def test_a_plan_for_another_organisation_is_refused():
    organization, _ = world()
    plan = plan_of(WANTED, organization, organization_id="another")
    with pytest.raises(
        GenesysConfigError, match="for organisation another, but the client belongs to the organisation"
    ):
        run(organization, plan)
    organization.before = lambda *_: interrupt_with(GenesysPermissionError(403))
    with pytest.raises(GenesysConfigError, match="may not read its own"):
        run(organization, plan)
    assert organization.requests == ["getOrganizationsMe"] * 2


@pytest.mark.parametrize("found", ["another", None])
def test_an_organisation_that_was_not_the_expected_one_is_not_forced(found):
    organization, _ = world()
    plan = plan_of(WANTED, organization, organization_id=found, expected_organization_id="the right one")
    with pytest.raises(GenesysUnsafePlanError, match="and the right one was expected"):
        run(organization, plan, force_checksum=plan.checksum)
    assert organization.requests == []


def interrupt_with(error):
    raise error


def test_the_right_organisation_costs_one_request():
    organization, _ = world()
    plan = plan_of(WANTED, organization, prune="deactivate", organization_id=organization.id)
    assert run(organization, plan)["requests"] == 1 + 2 + 6 + 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (definition(3, "Desk"), r"\(changed: Break/Desk\)"),
        (definition(4, "Renamed"), r"\(changed: Break/Not desired\)"),
        (definition(6, "Somebody's"), "some that it leaves alone"),
        (definition(1, "Smoke", labels={"en_US": "Smoke", "de": "Rauch"}), "some that it leaves alone"),
    ],
)
def test_a_stale_plan_is_refused(changed, message):
    organization, plan = world()
    organization.write(changed)
    with pytest.raises(GenesysStalePlanError, match=message):
        run(organization, plan)
    assert organization.writes == []


def test_a_stale_plan_is_refused_half_way_too():
    organization, plan = world()
    interrupt(organization, 4, Killed(), acted=True)
    with pytest.raises(Killed):
        run(organization, plan)
    organization.write(definition(6, "Somebody's"))
    with pytest.raises(GenesysStalePlanError):
        run(organization, plan)


def test_a_plan_whose_creation_somebody_has_taken_back_is_stale():
    """A person deactivated what it created: to apply it again would create a second one."""
    organization, plan = world()
    run(organization, plan)
    [new] = [one for one in organization.users if one.name == "Away/New"]
    organization.write(replace(new, deactivated=True))
    before = len(organization.writes)
    with pytest.raises(GenesysStalePlanError, match=r"\(changed: Away/New\)"):
        run(organization, plan)
    assert len(organization.writes) == before
    organization.write(Definition("another", "Away", {"en_US": "New"}))
    assert run(organization, plan)["already"] == 6
    assert_as_desired(organization)


def test_what_a_plan_deactivated_and_somebody_took_back_cannot_be_told_from_before():
    organization = Organization([definition(1, "Smoke"), definition(2, "Tea")])
    plan = plan_of([desired("Smoke")], organization, prune="deactivate")
    run(organization, plan)
    organization.write(definition(2, "Tea"))
    assert run(organization, plan)["deactivates"] == 1


def test_a_reading_between_two_writes_is_not_believed_at_once():
    organization, plan = world()
    true_state = organization.definitions
    organization.write(definition(9, "A blink"))

    def wait(seconds, reason):
        organization.history.append((0.0, true_state))

    assert written(Applier(organization.client(wait=wait), plan).apply()) == 6
