"""What an apply is tried with: an organisation, what is wanted of it, and requests that end with an error."""

from __future__ import annotations

from presence_organization import Organization, definition, desired, is_as_desired, plan_of

from airflow_provider_genesys.presence.apply.applier import Applier

GET, POST, PUT, DELETE = (
    "getPresenceDefinitions",
    "postPresenceDefinitions",
    "putPresenceDefinition",
    "deletePresenceDefinition",
)
BEFORE = [
    definition(1, "Smoke"),
    definition(2, "Tea", deactivated=True),
    definition(3, "Old name", labels={"en_US": "Desk", "de": "Falsch"}),
    definition(4, "Not desired"),
    definition(5, "Kept"),
]
WANTED = [
    desired("Smoke"),
    desired("Tea"),
    desired("Desk", labels={"en_US": "Desk", "de": "Tisch"}),
    desired("Kept", active=False),
    desired("New", system_presence="Away"),
    desired("Newer", labels={"en_US": "Newer", "fr": "Nouveau"}),
]
NAMES = {"Away/New", "Break/Desk", "Break/Newer", "Break/Smoke", "Break/Tea"}
CHANGES = {"creates": 2, "updates": 1, "reactivates": 1, "deactivates": 2}
DONE = {"already": 0, "unchanged": 1, "twins": 0}


def world(**changes):
    organization = Organization(BEFORE, **changes)
    return organization, plan_of(WANTED, organization, prune="deactivate")


def run(organization, plan, **arguments):
    return Applier(organization.client(), plan).apply(**arguments)


def interrupt(organization, number, error, *, acted):
    """Have the request of this number, counted from now on, end with an error."""
    target = len(organization.requests) + number

    def strike(request, operation):
        if request == target:
            raise error

    if acted:
        organization.after = strike
    else:
        organization.before = strike


def written(summary):
    return sum(summary[kind] for kind in CHANGES)


def assert_as_desired(organization):
    assert is_as_desired(WANTED, organization, prune="deactivate")
    assert sorted(one.name for one in organization.active) == sorted(NAMES)


def another_runs_before(organization, plan, is_it):
    """Have another apply the plan from its beginning to its end, just before the first request that is the one."""

    def race(number, operation):
        if is_it(number, operation):
            organization.before = lambda *_: None
            run(organization, plan)

    organization.before = race
