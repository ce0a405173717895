from __future__ import annotations

import pytest
from presence_applying import POST, another_runs_before, interrupt, run
from presence_organization import Organization, definition, desired, plan_of

from airflow_provider_genesys.exceptions import GenesysApiError
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.state import Definition
from tests.harness.killed import Killed

FULL = [definition(number, f"Old {number}") for number in range(25)]
FULL_WANTED = [desired(f"Old {number}") for number in range(25)] + [desired(f"New {number}") for number in range(5)]
FULL_NAMES = sorted(one.name for one in FULL) + [f"Break/New {number}" for number in range(5)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("number", range(2, 8))
def test_killed_near_the_cap_it_converges(number, lag, seed):
    """What the killed one created, which reads do not show yet, takes the room of what is still to come."""
    organization = Organization(FULL, lag=lag, seed=seed)
    plan = plan_of(FULL_WANTED, organization)
    interrupt(organization, number, Killed(), acted=True)
    with pytest.raises(Killed):
        run(organization, plan)
    organization.after = lambda *_: None
    run(organization, plan)
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0.0, 2.0])
@pytest.mark.parametrize("number", range(8))
def test_two_appliers_near_the_cap_converge(number, lag, seed):
    organization = Organization(FULL, lag=lag, seed=seed)
    plan = plan_of(FULL_WANTED, organization)
    another_runs_before(organization, plan, lambda request, operation: request == number)
    run(organization, plan)
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


@pytest.mark.parametrize("lag", [0.0, 2.0, 15.0])
@pytest.mark.parametrize("kills", [2, 5])
def test_killed_more_than_once_near_the_cap_it_converges(kills, lag):
    """The twins take the room: they have to go before the rest can come."""
    organization = Organization(FULL, lag=lag)
    plan = plan_of(FULL_WANTED, organization)
    for number in range(kills):
        organization.write(Definition(f"killed{number}", "Break", {"en_US": "New 0"}))
    summary = run(organization, plan)
    assert (summary["creates"], summary["already"]) in {(4, 1), (5, 0)}
    assert sorted(one.name for one in organization.active) == sorted(FULL_NAMES)


def test_where_there_is_no_room_it_ends_with_what_the_api_said():
    organization = Organization(FULL)
    plan = plan_of(FULL_WANTED, organization)

    def fill(number, operation):
        if operation == POST:
            organization.before = lambda *_: None
            for extra in range(3):
                organization.write(definition(100 + extra, f"Somebody's {extra}"))

    organization.before = fill
    applier = Applier(organization.client(), plan)
    with pytest.raises(GenesysApiError, match="toomanyorganizationpresences"):
        applier.apply()
    assert applier.summary["creates"] == 2
    assert organization.now - 1000 < 60
