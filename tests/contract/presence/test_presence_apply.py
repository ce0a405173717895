"""Plans applied to a simulated Genesys Cloud: counts, faults, lag, kills, races."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.exceptions import (
    GenesysConfigError,
    GenesysError,
    GenesysPermissionError,
    GenesysStalePlanError,
    GenesysUnsafePlanError,
)
from airflow_provider_genesys.presence.apply import applier as apply
from airflow_provider_genesys.presence.apply import in_use
from airflow_provider_genesys.presence.definitions import DesiredDefinition
from airflow_provider_genesys.presence.plan.planner import Basis
from airflow_provider_genesys.presence.state import read_definitions
from tests.contract.presence_worlds import DEFINITIONS, PresenceWorld, apply_in_process, many
from tests.plans import planned

if TYPE_CHECKING:
    from airflow_provider_genesys.presence.plan.plan import Plan
    from tests.contract.worlds import World

BEFORE = [DesiredDefinition("Break", {"en_US": f"Old {number}"}, active=number % 3 > 0) for number in range(12)]
# Reactivates, keeps, relabels and leaves out some, and creates as many.
WANTED = [DesiredDefinition("Break", {"en_US": f"Old {number}", "de": f"Alt {number}"}) for number in range(8)] + [
    DesiredDefinition("Away", {"en_US": f"New {number}", "fr": f"Nouveau {number}"}) for number in range(8)
]
NAMES = {f"Break/Old {number}": 1 for number in range(8)} | {f"Away/New {number}": 1 for number in range(8)}


@pytest.fixture
def organization(world: World) -> PresenceWorld:
    organization = PresenceWorld(world.simulator)
    organization.load(BEFORE)
    return organization


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for less long, but for longer than reads lag."""
    monkeypatch.setattr(apply, "_LOST_AFTER", 2.0)


def really(seconds: float, reason: str) -> None:
    time.sleep(seconds)


def assert_done(organization: PresenceWorld) -> None:
    assert organization.active() == NAMES
    assert not organization.plan(WANTED, prune="deactivate").changes


def test_two_hundred_definitions_in_twenty_languages_cost_no_more_requests_than_changes(world: World) -> None:
    organization = PresenceWorld(world.simulator)
    organization.load(many())
    plan = organization.plan(many())
    assert (plan.unchanged, plan.changes) == (200, ())
    assert organization.apply(plan, basis=Basis(read_definitions(organization.client)))["requests"] == 0
    assert organization.requests() == {"GET": 2 + 2}

    plan = organization.plan(many(suffix="!", changed=10))
    assert (plan.updates, len(plan.changes)) == (10, 10)
    began = time.monotonic()
    assert organization.apply(plan)["requests"] == 2 + 10 + 2
    assert time.monotonic() - began < 20
    assert organization.requests() == {"GET": 2 + 2 + 2 + 2 + 2, "PUT": 10}
    assert not organization.plan(many(suffix="!", changed=10)).changes
    assert world.simulator.presence()["writes"]["updated"] == 10


def test_two_hundred_are_created_at_once(world: World) -> None:
    organization = PresenceWorld(world.simulator)
    plan = organization.plan(many())
    assert organization.apply(plan)["requests"] == 2 + 200 + 2
    assert not organization.plan(many()).changes


def test_in_one_task_the_state_is_read_once(organization: PresenceWorld) -> None:
    existing = read_definitions(organization.client)
    plan = organization.plan(WANTED, prune="deactivate")
    before = organization.requests()["GET"]
    summary = organization.apply(plan, basis=Basis(existing))
    assert summary["requests"] == len(plan.changes) + 2
    assert organization.requests()["GET"] == before + 2
    assert_done(organization)


def test_reads_that_lag_two_seconds_are_waited_for(organization: PresenceWorld) -> None:
    organization.simulator.settings(consistency_delay_ms=2000)
    plan = organization.plan(WANTED, prune="deactivate")
    began = time.monotonic()
    summary = organization.apply(plan, wait=really)
    assert 2 < time.monotonic() - began < 60
    assert (summary["creates"], summary["twins"]) == (8, 0)
    assert_done(organization)
    assert len(organization.definitions()) == len(BEFORE) + 8


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": "after"},
        {"reset": "before"},
        {"status": 504, "acts": True},
        {"status": 502},
        {"truncate": True},
        {"status": 503, "retry_after": 0},
        {"status": 429, "retry_after": 0},
        {"expire_token": True, "count": 1},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_a_fault_loses_and_doubles_nothing(organization: PresenceWorld, method: str, fault: dict[str, Any]) -> None:
    plan = organization.plan(WANTED, prune="deactivate")
    organization.simulator.add_fault(method=method, path=DEFINITIONS, after=1, **{"count": 2, **fault})
    summary = organization.apply(plan)
    assert sum(summary[kind] for kind in ("creates", "updates", "reactivates", "deactivates")) == len(plan.changes)
    assert summary["twins"] == 0
    assert len(organization.definitions()) == len(BEFORE) + 8
    assert_done(organization)


def test_a_lost_answer_and_a_lag_leave_one(organization: PresenceWorld) -> None:
    plan = organization.plan(WANTED, prune="deactivate")
    organization.simulator.settings(consistency_delay_ms=500)
    organization.simulator.add_fault(method="POST", path=DEFINITIONS, reset="after", count=3)
    organization.apply(plan, wait=really)
    assert_done(organization)
    assert len(organization.definitions()) == len(BEFORE) + 8


def test_another_organisation_and_a_state_that_moved_are_refused(organization: PresenceWorld) -> None:
    plan = organization.plan(WANTED, organization_id="5d0b1b6e-8f0c-4b3a-9a57-2f6f6f1f3c01")
    organization.simulator.settings(organization={"id": "another"})
    with pytest.raises(GenesysConfigError, match="belongs to another"):
        organization.apply(plan)
    organization.simulator.settings(organization={})
    organization.simulator.load_presence([{"systemPresence": "Meal", "languageLabels": {"en_US": "Somebody's"}}])
    with pytest.raises(GenesysStalePlanError):
        organization.apply(plan)
    assert organization.waits
    assert organization.requests().keys() == {"GET"}


def test_who_enters_while_a_deactivation_waits_for_the_rate_limit_keeps_the_status(
    organization: PresenceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    monkeypatch.setattr(in_use, "_FRESH_FOR", 0.5)
    organization.simulator.settings(users=[user])
    [chosen] = [one["id"] for one in organization.definitions() if one["languageLabels"]["en_US"] == "Old 11"]
    plan = organization.plan(WANTED, prune="deactivate", in_use=frozenset())
    organization.simulator.add_fault(method="DELETE", path=f"*/{chosen}", status=429, retry_after=1, count=1)

    def enter(seconds: float, reason: str) -> None:
        organization.simulator.load_presence(users={user: chosen})
        time.sleep(seconds)

    with pytest.raises(GenesysUnsafePlanError, match=f"{chosen}. would be deactivated while users are in it"):
        organization.apply(plan, wait=enter)
    assert organization.active()["Break/Old 11"] == 1


def test_a_missing_permission_is_named(organization: PresenceWorld) -> None:
    plan = organization.plan(WANTED)
    organization.simulator.settings(permissions=["presence:presenceDefinition:view"])
    with pytest.raises(GenesysPermissionError, match="presence:presenceDefinition:edit"):
        organization.apply(plan)


@pytest.mark.parametrize("seed", range(12))
def test_killed_at_any_moment_and_applied_again_it_is_as_desired(organization: PresenceWorld, seed: int) -> None:
    chance = random.Random(seed)
    plan = organization.plan(WANTED, prune="deactivate")
    organization.simulator.settings(latency_ms=10)
    for _ in range(chance.choice([1, 1, 2, 3])):
        process = apply_in_process(organization.simulator.base_url, plan.to_json())
        process.join(chance.uniform(0.03, 0.5))
        process.kill()
        process.join(10)
    organization.simulator.settings(latency_ms=0)
    summary = organization.apply(plan)
    kinds = ("creates", "updates", "reactivates", "deactivates", "already")
    assert sum(summary[kind] for kind in kinds) == len(plan.changes)
    assert len(organization.definitions()) == len(BEFORE) + 8
    assert_done(organization)


def kill_after_creating(organization: PresenceWorld, plan: Plan, creations: int) -> None:
    """Apply a plan in a process, and kill that once it has created some more."""
    before = organization.simulator.presence()["writes"]["created"]
    process = apply_in_process(organization.simulator.base_url, plan.to_json())
    deadline = time.monotonic() + 20
    while organization.simulator.presence()["writes"]["created"] < before + creations:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.join(10)


@pytest.mark.parametrize("seed", range(2))
def test_killed_twice_before_reads_show_it_a_repetition_mends_it(
    organization: PresenceWorld, seed: int, impatient: None
) -> None:
    plan = organization.plan(WANTED, prune="deactivate")
    organization.simulator.settings(latency_ms=10, consistency_delay_ms=1500)
    for _ in range(2):
        process = apply_in_process(organization.simulator.base_url, plan.to_json())
        process.join(random.Random(seed).uniform(0.2, 0.5))
        process.kill()
        process.join(10)
    organization.apply(plan, wait=really)
    assert organization.active().keys() == NAMES.keys()
    time.sleep(1.5)
    organization.apply(plan, wait=really)
    organization.simulator.settings(latency_ms=0, consistency_delay_ms=0)
    assert_done(organization)


def test_killed_twice_after_the_first_creation_one_is_left(organization: PresenceWorld) -> None:
    wanted = [DesiredDefinition("Away", {"en_US": "New"})]
    plan = organization.plan(wanted)
    organization.simulator.settings(latency_ms=10, consistency_delay_ms=2000)
    for _ in range(2):
        kill_after_creating(organization, plan, 1)
    assert organization.active()["Away/New"] == 2
    assert organization.apply(plan, wait=really)["twins"] == 2
    assert organization.active()["Away/New"] == 1
    time.sleep(2)
    assert not organization.plan(wanted).changes
    assert organization.apply(plan)["requests"] == 2


def test_killed_twice_a_later_sync_that_sees_one_of_them_gives_up_the_other_when_it_shows(
    organization: PresenceWorld,
) -> None:
    wanted = [DesiredDefinition("Away", {"en_US": "New"})]
    plan = organization.plan(wanted)
    organization.simulator.settings(latency_ms=10, consistency_delay_ms=3000)
    kill_after_creating(organization, plan, 1)
    time.sleep(1.5)
    kill_after_creating(organization, plan, 1)
    deadline = time.monotonic() + 20
    existing = read_definitions(organization.client)
    while "Away/New" not in {one.name for one in existing}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        existing = read_definitions(organization.client)
    changed = [DesiredDefinition("Break", {"en_US": "Old 1", "de": "Alt 1"})]
    plan = planned([*wanted, *changed], existing)
    assert (plan.creates, plan.updates) == (0, 1)
    assert organization.apply(plan, basis=Basis(existing), wait=really)["twins"] == 1
    assert organization.active()["Away/New"] == 1


def test_a_twin_that_somebody_is_in_is_left_by_every_apply(organization: PresenceWorld) -> None:
    user = "00000000-942f-489d-9700-5f9bcdcdae9b"
    wanted = [DesiredDefinition("Away", {"en_US": "New"})]
    plan = organization.plan(wanted)
    organization.simulator.settings(users=[user], latency_ms=10, consistency_delay_ms=2000)
    for _ in range(2):
        kill_after_creating(organization, plan, 1)
    largest = max(one["id"] for one in organization.definitions() if one["languageLabels"]["en_US"] == "New")
    organization.simulator.load_presence(users={user: largest})
    time.sleep(2)
    organization.simulator.settings(latency_ms=0, consistency_delay_ms=0)
    with pytest.raises(GenesysUnsafePlanError, match=f"Away/New .{largest}. would be deactivated while users are in"):
        organization.apply(plan)
    assert organization.active()["Away/New"] == 2
    organization.apply(organization.plan(wanted, twins_in_use=frozenset({largest})))
    assert organization.active()["Away/New"] == 1
    assert [one["deactivated"] for one in organization.definitions() if one["id"] == largest] == [False]


def test_killed_twice_where_the_twin_takes_the_last_place(organization: PresenceWorld) -> None:
    there = [DesiredDefinition("Away", {"en_US": f"There {number}"}) for number in range(28)]
    organization.load(there)
    wanted = [DesiredDefinition("Away", {"en_US": f"New {number}"}) for number in range(2)]
    plan = organization.plan(wanted)
    organization.simulator.settings(latency_ms=10, consistency_delay_ms=2000)
    for _ in range(2):
        organization.simulator.add_fault(method="POST", path=DEFINITIONS, after=1, reset="before")
        kill_after_creating(organization, plan, 1)
        organization.simulator.clear_faults()
    assert organization.active()["Away/New 0"] == 2
    assert organization.apply(plan, wait=really)["twins"] == 1
    assert {name: count for name, count in organization.active().items() if "Away/New" in name} == {
        "Away/New 0": 1,
        "Away/New 1": 1,
    }
    time.sleep(2)
    assert not organization.plan(wanted).changes


@pytest.mark.parametrize("delay", [0, 300, 1500])
@pytest.mark.parametrize("near_the_cap", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_two_processes_that_race_leave_no_twins(
    organization: PresenceWorld, seed: int, delay: int, near_the_cap: bool, impatient: None
) -> None:
    there = [DesiredDefinition("Away", {"en_US": f"There {number}"}) for number in range(20 if near_the_cap else 0)]
    organization.load(there)  # no room for the eight to come twice
    wanted = WANTED + there
    plan = organization.plan(wanted, prune="deactivate")
    organization.simulator.settings(latency_ms=5, consistency_delay_ms=delay)
    processes = []
    for _ in range(2):
        processes.append(apply_in_process(organization.simulator.base_url, plan.to_json()))
        time.sleep(random.Random(seed).uniform(0, 0.15))
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    organization.simulator.settings(latency_ms=0, consistency_delay_ms=0)
    assert organization.active() == NAMES | {f"Away/There {number}": 1 for number in range(len(there))}
    assert organization.apply(organization.plan(wanted, prune="deactivate"))["requests"] == 2


def test_two_tasks_that_race_with_other_plans_are_settled_by_one_more_sync(organization: PresenceWorld) -> None:
    """One of them may find its plan stale, or the other's labels in place of its own; neither doubles anything."""
    other = [*WANTED[:-1], DesiredDefinition("Away", {"en_US": "New other"})]
    plans = [organization.plan(WANTED), organization.plan(other)]
    organization.simulator.settings(latency_ms=5)
    errors: list[BaseException] = []

    def run(plan: Plan) -> None:
        try:
            PresenceWorld(organization.simulator).apply(plan)
        except GenesysError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(type(error) in {GenesysStalePlanError, GenesysError} for error in errors), errors
    organization.apply(organization.plan(WANTED, prune="deactivate"))
    assert_done(organization)
