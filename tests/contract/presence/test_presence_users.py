"""Users' presences, read and set in bulk, and presences by name, at a simulated Genesys Cloud."""

from __future__ import annotations

from functools import partial

import pytest

from airflow_provider_genesys.exceptions import GenesysApiError, GenesysConfigError, GenesysNotFoundError
from airflow_provider_genesys.presence.putting import set_presences
from airflow_provider_genesys.presence.resolve import PresenceResolver, UnresolvedPresenceError
from airflow_provider_genesys.presence.state import read_definitions
from airflow_provider_genesys.presence.users import (
    NewPresence,
    all_in,
    any_in,
    read_presences,
    users_by_definition,
)
from airflow_provider_genesys.presence.vocabulary import SYSTEM_PRESENCES
from tests.contract.presence_worlds import PresenceWorld
from tests.contract.worlds import SOURCE, World, make_client, presence

USERS = [f"user-{number:03}" for number in range(130)]
OFFLINE, MEAL = SYSTEM_PRESENCES["Offline"], SYSTEM_PRESENCES["Meal"]


@pytest.fixture
def organization(world: World) -> PresenceWorld:
    organization = PresenceWorld(world.simulator)
    world.simulator.settings(users=USERS)
    world.simulator.load_presence(
        [
            {"systemPresence": "Break", "languageLabels": {"en_US": "Smoke", "de": "Raucherpause"}},
            {"systemPresence": "OnQueue", "languageLabels": {"en_US": "Inbound"}},
            {"systemPresence": "Break", "languageLabels": {"en_US": "Gone"}, "deactivated": True},
        ]
    )
    return organization


@pytest.fixture
def resolve(organization: PresenceWorld) -> PresenceResolver:
    return PresenceResolver(partial(read_definitions, organization.client))


def bulk_reads(organization: PresenceWorld) -> int:
    return sum(row["path"].endswith("/bulk") for row in organization.simulator.requests(1000)["requests"])


def test_presences_are_set_and_read_back(organization: PresenceWorld, resolve: PresenceResolver) -> None:
    new = [NewPresence(user_id, ["Break/raucherpause", "Meal"][number % 2]) for number, user_id in enumerate(USERS)]
    summary = set_presences(organization.client, new, resolve=resolve)
    assert summary == {"users": 130, "set": 130, "missing": [], "requests": 3}
    before = bulk_reads(organization)
    found = list(read_presences(organization.client, USERS))
    assert bulk_reads(organization) - before == 3
    assert [each.user_id for each in found] == USERS
    assert {(each.definition_id, each.system_presence) for each in found[::2]} == {(resolve("Break/Smoke"), "Break")}
    assert {(each.definition_id, each.system_presence) for each in found[1::2]} == {(MEAL, "Meal")}
    assert all(each.modified for each in found)
    assert all_in(found, {"BREAK", MEAL})
    assert not any_in(found, {"Offline"})


def test_users_in_each_definition_are_counted_over_all_pages(organization: PresenceWorld) -> None:
    organization.simulator.load_presence(users=dict.fromkeys(USERS[:7], MEAL))
    assert users_by_definition(organization.client) == {MEAL: 7, OFFLINE: 123}
    assert bulk_reads(organization) == 3


@pytest.mark.parametrize("unknown_users", ["refuse", "omit"])
def test_users_that_left_are_told_and_harm_nobody(organization: PresenceWorld, unknown_users: str) -> None:
    organization.simulator.settings(unknown_users=unknown_users)
    asked = [*USERS[:60], "left-1", *USERS[60:], "left-2"]
    found = list(read_presences(organization.client, asked))
    assert [each.user_id for each in found] == asked
    assert [each.user_id for each in found if each.missing] == ["left-1", "left-2"]
    summary = set_presences(organization.client, [NewPresence(user_id, MEAL) for user_id in asked])
    assert (summary["set"], summary["missing"]) == (130, ["left-1", "left-2"])
    assert users_by_definition(organization.client) == {MEAL: 130}


def test_an_own_status_of_on_queue_is_refused_before_it_is_sent(
    organization: PresenceWorld, resolve: PresenceResolver
) -> None:
    inbound = resolve("On Queue/Inbound")
    with pytest.raises(GenesysConfigError, match="nobody can be put On Queue"):
        set_presences(organization.client, [NewPresence(USERS[0], inbound)])
    body = [{"id": USERS[0], "presenceDefinition": {"id": inbound}}]
    with pytest.raises(GenesysApiError) as caught:
        organization.client.call("putUsersPresencesBulk", body=body)
    assert caught.value.code == "endpoint.does.not.support.on.queue"


def test_an_unknown_source_is_an_error(organization: PresenceWorld) -> None:
    with pytest.raises(GenesysNotFoundError):
        list(read_presences(organization.client, USERS, "00000000-0000-4000-8000-000000000000"))
    with pytest.raises(GenesysNotFoundError):
        set_presences(organization.client, [NewPresence(USERS[0], MEAL, "00000000-0000-4000-8000-000000000000")])


def test_a_published_presence_is_what_its_source_says(
    organization: PresenceWorld, resolve: PresenceResolver, world: World
) -> None:
    smoke = resolve("Break/Smoke")
    world.publish([presence(1, userId=USERS[5], presenceDefinitionId=smoke, users=1)])
    (found,) = read_presences(organization.client, [USERS[5]], SOURCE)
    assert (found.definition_id, found.system_presence) == (smoke, "Break")


def test_names_are_resolved_with_two_reads_for_all(organization: PresenceWorld, resolve: PresenceResolver) -> None:
    for name in ("Break/Smoke", "Break/RAUCHERPAUSE", "On Queue/Inbound"):
        assert resolve(name)
    for name in ("Break/Gone", "Break/Nothing"):
        with pytest.raises(UnresolvedPresenceError):
            resolve(name)
    assert organization.requests() == {"GET": 2}


def test_a_client_elsewhere_resolves_nothing_of_here(world: World) -> None:
    resolve = PresenceResolver(partial(read_definitions, make_client(world.url)))
    with pytest.raises(UnresolvedPresenceError, match="unknown; known are Break"):
        resolve("Break/Smoke")
