"""Twins that show up while a plan is applied: a killed apply made them, and reads hid them when the plan was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from presence_organization import Organization, definition, desired, is_as_desired, plan_of

from airflow_provider_genesys.exceptions import GenesysUnsafePlanError
from airflow_provider_genesys.presence import users
from airflow_provider_genesys.presence.apply import applier as apply
from airflow_provider_genesys.presence.apply import in_use
from airflow_provider_genesys.presence.apply.applier import Applier
from airflow_provider_genesys.presence.plan.planner import Basis
from airflow_provider_genesys.presence.state import Definition, read_definitions

LAG = 12.0
LUNCH = definition(2, "Lunch", system_presence="Meal")
CHANGED = desired("Lunch", system_presence="Meal", labels={"en_US": "Lunch", "de": "Mittag"})
WANTED = [desired("Smoke"), CHANGED]
UNCHANGED = [desired("Smoke"), desired("Lunch", system_presence="Meal")]


@pytest.fixture(params=["0", "z"])
def organization(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Organization:
    """Break/Smoke is there, and again under an id that is smaller or larger, which reads hide for a while."""
    organization = Organization([definition(1, "Smoke"), LUNCH], lag=LAG)
    monkeypatch.setattr(apply, "monotonic", lambda: organization.now)
    monkeypatch.setattr(in_use, "monotonic", lambda: organization.now)
    monkeypatch.setattr(users, "monotonic", lambda: organization.now)
    organization.write(Definition(request.param, "Break", {"en_US": "Smoke"}))
    return organization


def run(organization: Organization, wanted: Any = WANTED, *, settle: bool = False, **settings: Any) -> dict[str, Any]:
    """Plan and apply in one go, as a sync does."""
    existing = read_definitions(organization.client())
    seen = Organization([one for one in existing if one.type == "User"])
    plan = plan_of(wanted, seen, **settings)
    applier = Applier(organization.client(), plan, settle=settle)
    return applier.apply(basis=Basis(existing), force_checksum=plan.checksum)


def smokes(organization: Organization) -> list[str]:
    return sorted(one.id for one in organization.active if one.name == "Break/Smoke")


def test_one_that_shows_up_while_writes_are_verified_is_no_success_until_one_is_left(
    organization: Organization,
) -> None:
    smallest = smokes(organization)[0]
    summary = run(organization)
    assert (summary["updates"], summary["twins"], smokes(organization)) == (1, 1, [smallest])
    organization.now += LAG
    assert is_as_desired(WANTED, organization)
    assert run(organization)["requests"] == 0


def test_one_that_differs_or_was_there_before_is_left(organization: Organization) -> None:
    organization.now += LAG  # now the plan sees it; the entry says by its id which of them it means
    wanted = [desired("Smoke", id=smokes(organization)[0]), CHANGED]
    [first, second] = smokes(organization)
    organization.write(Definition("other labels", "Break", {"en_US": "Smoke", "de": "Rauch"}))
    organization.write(Definition("another division", "Break", {"en_US": "Smoke"}, division="d1"))
    organization.write(Definition("another presence", "Away", {"en_US": "Smoke"}))
    organization.write(Definition("given up", "Break", {"en_US": "Smoke"}, deactivated=True))
    summary = run(organization, wanted)
    assert (summary["updates"], summary["twins"]) == (1, 0)
    assert {first, second} <= set(smokes(organization))
    assert len(organization.active) == 6


def test_one_that_somebody_is_in_is_left_and_told_of(organization: Organization) -> None:
    smallest, largest = smokes(organization)
    organization.presences["somebody"] = largest
    with pytest.raises(GenesysUnsafePlanError, match=rf"Break/Smoke \({largest}\) would be deactivated while users"):
        run(organization)
    assert smokes(organization) == [smallest, largest]


def test_one_that_is_protected_is_left_and_told_of(organization: Organization) -> None:
    with pytest.raises(GenesysUnsafePlanError, match="is protected, and the plan would deactivate it"):
        run(organization, protected=["Break/Smoke"])
    assert len(smokes(organization)) == 2


def test_what_the_plan_changes_is_not_given_up_for_one_that_came_since(organization: Organization) -> None:
    """The other may be at work on it as well, and give up the very one that is kept here."""
    labels = {"de": "Rauch", "en_US": "Smoke"}
    [other] = {"0", "z"} & {one.id for one in organization.users}
    organization.write(Definition(other, "Break", labels))
    wanted = [desired("Smoke", labels=labels), *UNCHANGED[1:]]
    if other == "z":
        assert run(organization, wanted)["twins"] == 1
        assert [one.id for one in organization.active if one.name == "Break/Smoke"] == [definition(1, "").id]
    else:
        with pytest.raises(GenesysUnsafePlanError, match="which the plan changes, has become a twin of 0"):
            run(organization, wanted)
        assert len(smokes(organization)) == 2


def test_what_the_plan_deactivates_is_not_the_one_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads may show it active yet, and it has the smallest id of all."""
    organization = Organization([replace(definition(1, "Smoke"), id=id_) for id_ in "ab"], lag=LAG)
    organization.presences["somebody"] = "b"
    organization.write(Definition("c", "Break", {"en_US": "Smoke"}))
    monkeypatch.setattr(in_use, "monotonic", lambda: organization.now)
    monkeypatch.setattr(users, "monotonic", lambda: organization.now)
    organization.now += LAG - 0.1
    summary = run(organization, UNCHANGED[:1], twins_in_use=frozenset("b"))
    assert (summary["deactivates"], summary["twins"], smokes(organization)) == (1, 1, ["b"])


# Repetitions


@pytest.mark.parametrize("settle", [False, True])
def test_a_repetition_that_finds_nothing_to_write_looks_once_more(organization: Organization, settle: bool) -> None:
    summary = run(organization, UNCHANGED, settle=settle)
    assert (len(smokes(organization)), summary["twins"]) == ((1, 1) if settle else (2, 0))
    assert (organization.now >= 1030) == settle
    if not settle:
        assert (summary["requests"], organization.now) == (0, 1000)


def test_a_repetition_that_took_long_enough_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    for settle in (False, True):
        organization = Organization([LUNCH], lag=35.0)
        monkeypatch.setattr(apply, "monotonic", lambda organization=organization: organization.now)
        summary = run(organization, [CHANGED], settle=settle)
        times.append((summary["requests"], organization.now))
    assert times[0] == times[1]
    assert times[0][1] > 1030


def test_a_repetition_that_is_quick_waits_half_a_minute_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = Organization([LUNCH])
    monkeypatch.setattr(apply, "monotonic", lambda: organization.now)
    summary = run(organization, [CHANGED], settle=True)
    assert (summary["updates"], summary["requests"], organization.now) == (1, 1 + 2 + 2, 1030.0)
