"""The simulator's users' presences, sources, presence settings and permissions over real HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.contract.presence_client import (
    AVAILABLE,
    BREAK,
    BULK,
    BULK_UPDATE,
    DEFINITIONS,
    DEFINITIONS_V1,
    OFFLINE,
    ON_QUEUE,
    SETTINGS,
    SOURCES,
    PresenceClient,
    definition,
)
from tests.facts import facts

CLIENT = PresenceClient
EVENTS = "/api/v2/events/users/presence"
SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
SOURCE_RULE = "presenceservice.source."
SETTINGS_RULE = "presenceservice.organizationconfiguration."
USER_NOT_FOUND = (404, "presenceservice.usernotfound")
EDIT_DEFINITION = "presence:presenceDefinition:edit"
EDIT_SOURCE = "presence:source:edit"

# Every presence operation, with the permissions of which the client needs one.
OPERATIONS = {
    ("GET", DEFINITIONS): ["presence:presenceDefinition:view"],
    ("POST", DEFINITIONS): ["presence:presenceDefinition:add"],
    ("GET", f"{DEFINITIONS}/{{definitionId}}"): ["presence:presenceDefinition:view"],
    ("PUT", f"{DEFINITIONS}/{{definitionId}}"): [EDIT_DEFINITION],
    ("DELETE", f"{DEFINITIONS}/{{definitionId}}"): ["presence:presenceDefinition:delete", EDIT_DEFINITION],
    ("GET", DEFINITIONS_V1): [],
    ("POST", DEFINITIONS_V1): ["presence:presenceDefinition:add"],
    ("GET", f"{DEFINITIONS_V1}/{{presenceId}}"): ["presence:presenceDefinition:view"],
    ("PUT", f"{DEFINITIONS_V1}/{{presenceId}}"): [EDIT_DEFINITION],
    ("DELETE", f"{DEFINITIONS_V1}/{{presenceId}}"): ["presence:presenceDefinition:delete"],
    ("GET", SOURCES): ["presence:source:view"],
    ("POST", SOURCES): ["presence:source:add"],
    ("GET", f"{SOURCES}/{{sourceId}}"): ["presence:source:view"],
    ("PUT", f"{SOURCES}/{{sourceId}}"): [EDIT_SOURCE],
    ("DELETE", f"{SOURCES}/{{sourceId}}"): ["presence:source:delete", EDIT_SOURCE],
    ("GET", SETTINGS): ["presence:settings:view"],
    ("PUT", SETTINGS): ["presence:settings:edit"],
    ("GET", "/api/v2/presence/users/{userId}/primarysource"): ["presence:userPrimarySource:view"],
    ("PUT", "/api/v2/presence/users/{userId}/primarysource"): ["presence:userPrimarySource:edit"],
    ("GET", "/api/v2/systempresences"): [],
    ("GET", "/api/v2/users/{userId}/presences/purecloud"): [],
    ("PATCH", "/api/v2/users/{userId}/presences/purecloud"): [],
    ("GET", "/api/v2/users/{userId}/presences/{sourceId}"): [],
    ("PATCH", "/api/v2/users/{userId}/presences/{sourceId}"): [],
    ("GET", BULK): [],
    ("GET", "/api/v2/users/presences/{sourceId}/bulk"): [],
    ("PUT", BULK_UPDATE): ["presence:userPresence:edit"],
}


@pytest.fixture
def user(client):
    return client.users()[0]


def own(user: str) -> str:
    """Return the path of a user's presence from Genesys Cloud itself."""
    return f"/api/v2/users/{user}/presences/purecloud"


def to(definition_id: str, **others: Any) -> dict[str, Any]:
    return {"presenceDefinition": {"id": definition_id}, **others}


def event(user: str, moment: str, **changes: Any) -> dict[str, Any]:
    return {
        "eventId": str(uuid.uuid4()),
        "eventDateTime": f"2026-11-21T{moment}Z",
        "userId": user,
        "sourceId": SOURCE,
        **changes,
    }


def test_the_operations_are_the_27_published_ones():
    published = {
        (operation["method"], operation["path"]): operation["permissions"]
        for operation in facts("operations")
        if "presence" in operation["path"] and "/events/" not in operation["path"]
    }
    assert len(OPERATIONS) == 27
    assert published == OPERATIONS


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_permissions(client, user, method, path):
    needed = OPERATIONS[method, path]
    ids = {"definitionId": BREAK, "presenceId": BREAK, "sourceId": "elsewhere", "userId": user}
    (loaded,) = client.simulator.load_presence([definition()])
    body = {"POST": definition(), "PUT": definition(), "PATCH": to(loaded["id"])}.get(method)
    client.simulator.settings(permissions=[])
    answer = client.send(method, path.format(**ids), body)
    if needed:
        assert answer.status_code == 403
        assert answer.json()["code"] == ("missing.permissions" if len(needed) == 1 else "missing.any.permissions")
        assert all(name in answer.json()["message"] for name in needed)
    else:
        assert (answer.status_code == 403) is (method == "PATCH")
    for name in [*needed, "presence:userPresence:edit"]:
        client.simulator.settings(permissions=[name])
        assert (client.send(method, path.format(**ids), body).status_code == 403) is (
            needed != [] and name not in needed
        )


def test_everybody_begins_offline(client, user):
    source_id = client.get(SOURCES)["entities"][0]["id"]
    assert client.get(own(user)) == {
        "id": user,
        "primary": True,
        "source": "PURECLOUD",
        "sourceId": source_id,
        "presenceDefinition": {
            "id": OFFLINE,
            "systemPresence": "OFFLINE",
            "selfUri": f"{DEFINITIONS}/{OFFLINE}",
        },
        "message": "",
        "selfUri": f"/api/v2/users/{user}/presences/PURECLOUD",
    }
    assert client.refused("GET", own("nobody")) == USER_NOT_FOUND
    assert client.refused("PATCH", own("nobody"), to(BREAK)) == USER_NOT_FOUND


def test_a_patch_changes_what_it_names(client, user):
    client.patch(own(user), to(BREAK))
    state = client.patch(own(user), {"message": "back at ten"})
    assert (state["presenceDefinition"]["systemPresence"], state["message"]) == ("BREAK", "back at ten")
    state = client.patch(own(user), to(AVAILABLE, message=""))
    assert (state["presenceDefinition"]["systemPresence"], state["message"]) == ("AVAILABLE", "")
    assert client.get(own(user)) == state
    assert client.simulator.presence()["writes"]["user_presences"] == 3
    assert client.simulator.presence()["users"][user]["PURECLOUD"]["modified"] == state["modifiedDate"]


def test_a_patch_to_a_status_of_the_organisation(client, user):
    smoke, old = client.simulator.load_presence([definition(), definition(deactivated=True)])
    assert client.patch(own(user), to(smoke["id"]))["presenceDefinition"]["systemPresence"] == "BREAK"
    assert client.refused("PATCH", own(user), to(old["id"])) == (400, "invalid.value")
    assert client.refused("PATCH", own(user), to("no such")) == (400, "invalid.value")
    assert client.refused("PATCH", own(user), {"presenceDefinition": {}}) == (400, "constraint.validation")
    assert client.refused("PATCH", own(user), {}) == (400, "bad.request")
    client.send("DELETE", smoke["selfUri"])
    assert client.get(own(user))["presenceDefinition"]["id"] == smoke["id"], "who is in it stays in it"


def test_on_queue(client, user):
    assert client.patch(own(user), to(ON_QUEUE))["presenceDefinition"]["systemPresence"] == "ON_QUEUE"
    client.simulator.settings(allow_on_queue=False)
    (mail,) = client.simulator.load_presence([definition("Mail", "OnQueue")])
    for definition_id in (ON_QUEUE, mail["id"]):
        refused = client.refused("PATCH", own(user), to(definition_id))
        assert refused == (403, "presence.not.authorized.update.on.queue")
    client.simulator.settings(permissions=[])
    refused = client.refused("PATCH", own(user), to(BREAK))
    assert refused == (403, "presence.not.authorized.update.other.user.presence")


def test_sources_that_are_not_registered_have_presences_of_their_own(client, user):
    uri = f"/api/v2/users/{user}/presences/teams"
    client.patch(uri, to(BREAK, primary=True))
    state = client.get(uri)
    assert (state["sourceId"], state["primary"], state["presenceDefinition"]["id"]) == ("teams", True, BREAK)
    state = client.get(own(user))
    assert (state["primary"], state["presenceDefinition"]["id"]) == (False, OFFLINE)
    assert client.patch(own(user), {"primary": True})["primary"]
    for method, body in (("GET", None), ("PATCH", to(BREAK))):
        registered = f"/api/v2/users/{user}/presences/{SOURCE}"
        assert client.refused(method, registered, body) == (400, "bad.request")


def test_presences_in_bulk(client):
    client.simulator.settings(users=60)
    users = client.users()
    client.simulator.load_presence(users={users[3]: ON_QUEUE, users[1]: BREAK})
    asked = [users[3], users[0], users[1]]
    states = client.get(BULK, id=asked)
    assert [state["userId"] for state in states] == asked
    assert [state["presenceDefinition"]["systemPresence"] for state in states] == ["ON_QUEUE", "OFFLINE", "BREAK"]
    assert client.get(BULK, id=",".join(asked)) == states
    assert client.get(BULK, id=[*asked, users[3]]) == states
    assert len(client.get(BULK, id=users[:50])) == 50
    assert client.refused("GET", BULK, id=users[:51]) == (400, "max.user.presences")
    assert client.refused("GET", BULK, id=",".join(users[:51])) == (400, "max.user.presences")
    assert client.get(BULK) == []
    assert client.refused("GET", BULK.replace("purecloud", "elsewhere")) == (404, "not.found")


def test_unknown_users_in_bulk_are_refused_or_left_out(client, user):
    assert client.refused("GET", BULK, id=[user, "nobody"]) == USER_NOT_FOUND
    changes = [to(BREAK, id=user), to(BREAK, id="nobody")]
    assert client.refused("PUT", BULK_UPDATE, changes) == (404, "not.found")
    assert client.simulator.presence()["users"] == {}
    client.simulator.settings(unknown_users="omit")
    assert [state["userId"] for state in client.get(BULK, id=["nobody", user])] == [user]
    assert [state["id"] for state in client.put(BULK_UPDATE, changes)] == [user]
    assert client.get(own(user))["presenceDefinition"]["id"] == BREAK


def test_changes_in_bulk(client):
    client.simulator.settings(users=51)
    users = client.users()
    states = client.put(BULK_UPDATE, [to(BREAK, id=user, message="all out") for user in users[:50]])
    assert [state["id"] for state in states] == users[:50]
    assert {state["presenceDefinition"]["id"] for state in client.get(BULK, id=users[:50])} == {BREAK}
    assert client.refused("PUT", BULK_UPDATE, [to(BREAK, id=user) for user in users]) == (400, "max.user.presences")
    state = client.put(BULK_UPDATE, [to(AVAILABLE, id=users[0], sourceId=SOURCE)])[0]
    assert (state["sourceId"], state["presenceDefinition"]["id"]) == (SOURCE, AVAILABLE)
    assert client.get(own(users[0]))["presenceDefinition"]["id"] == BREAK


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (to(ON_QUEUE), 400, "endpoint.does.not.support.on.queue"),
        (to("no such"), 400, "invalid.value"),
        (to(BREAK, id=None), 400, "constraint.validation"),
        ({}, 400, "constraint.validation"),
        (to(BREAK, status="x"), 400, "invalid.property"),
        (to(BREAK, sourceId="elsewhere"), 404, "not.found"),
    ],
)
def test_one_wrong_change_refuses_all(client, wrong, status, code):
    first, second = client.users()[:2]
    assert client.refused("PUT", BULK_UPDATE, [to(BREAK, id=first), {"id": second, **wrong}]) == (status, code)
    assert client.refused("PUT", BULK_UPDATE, to(BREAK, id=first)) == (400, "invalid.value")
    assert client.simulator.presence()["users"] == {}


def test_presence_events_change_presences(client):
    (smoke,) = client.simulator.load_presence([definition()])
    known, other, stranger = *client.users()[:2], str(uuid.uuid4())
    events = [
        event(known, "10:00:00.500", presenceDefinitionId=smoke["id"], message="latest"),
        event(known, "10:00:00", presenceDefinitionId=AVAILABLE),
        event(other, "10:00:00", presenceDefinitionId=AVAILABLE),
        event(other, "10:00:00", message="no definition"),
        event(stranger, "10:00:00", presenceDefinitionId=BREAK),
    ]
    assert client.post(EVENTS, {"userPresenceEvents": events}) == {}
    states = client.get(BULK.replace("purecloud", SOURCE), id=[known, other])
    assert [
        (state["presenceDefinition"]["id"], state["presenceDefinition"]["systemPresence"], state["message"])
        for state in states
    ] == [(smoke["id"], "BREAK", "latest"), (AVAILABLE, "AVAILABLE", "no definition")]
    assert states[0]["modifiedDate"] == "2026-11-21T10:00:00.500Z"
    assert client.get(own(known))["presenceDefinition"]["id"] == OFFLINE, "each source has its own"
    assert client.simulator.presence()["users"].keys() == {known, other}
    assert client.simulator.ledger()["accepted"] == 5


def test_refused_events_change_nothing(client, user):
    client.simulator.add_fault(partial={"retryable": False, "every": 1}, count=1)
    wanted = event(user, "10:00:00", presenceDefinitionId=BREAK)
    assert len(client.post(EVENTS, {"userPresenceEvents": [wanted]})["errors"]) == 1
    unknown = event(user, "10:00:00", presenceDefinitionId=str(uuid.uuid4()))
    assert client.post(EVENTS, {"userPresenceEvents": [unknown]}) == {}
    assert client.simulator.presence()["users"] == {}


def test_users_may_have_ids_that_a_test_chooses(client):
    client.simulator.settings(users=["agent 7", "agent 8"])
    assert client.users() == ["agent 7", "agent 8"]
    client.post(EVENTS, {"userPresenceEvents": [event("agent 7", "10:00:00", presenceDefinitionId=BREAK)]})
    assert list(client.simulator.presence()["users"]) == ["agent 7"]


def test_a_source_from_its_creation_to_its_reactivation(client, user):
    source = client.post(SOURCES, {"name": "Old switch"})
    uri = source["selfUri"]
    assert source == {
        "id": source["id"],
        "name": "Old switch",
        "description": "",
        "type": "User",
        "deactivated": False,
        "selfUri": f"{SOURCES}/{source['id']}",
    }
    source = client.put(uri, {**source, "description": "in the cellar"})
    assert client.get(uri) == source
    client.simulator.settings(require_known_sources=True)
    wanted = event(user, "10:00:00", sourceId=source["id"])
    assert client.post(EVENTS, {"userPresenceEvents": [wanted]}) == {}
    assert client.send("DELETE", uri).status_code == 204
    assert client.get(uri) == {**source, "deactivated": True}
    assert [entity["id"] for entity in client.get(SOURCES, deactivated="true")["entities"]] == [source["id"]]
    assert len(client.post(EVENTS, {"userPresenceEvents": [wanted]})["errors"]) == 1
    client.put(uri, {"name": "Old switch"})
    assert not client.get(uri)["deactivated"]


def test_what_sources_must_be_like(client):
    system = client.get(SOURCES)["entities"][0]["selfUri"]
    assert client.refused("PUT", system, {"name": "Ours"}) == (409, SOURCE_RULE + "systemsourcescannotbeupdated")
    assert client.refused("DELETE", system) == (409, SOURCE_RULE + "systemsourcescannotbedeleted")
    for body, code in [
        ({}, "namecannotbeblank"),
        ({"name": " "}, "namecannotbeblank"),
        ({"name": "x" * 101}, "nametoolong"),
        ({"name": "x", "description": "x" * 256}, "descriptiontoolong"),
    ]:
        assert client.refused("POST", SOURCES, body) == (409, SOURCE_RULE + code)
    for number in range(9):
        last = client.post(SOURCES, {"name": f"Source {number}"})
    too_many = (409, SOURCE_RULE + "toomanyactivesources")
    assert client.refused("POST", SOURCES, {"name": "One more"}) == too_many
    client.send("DELETE", last["selfUri"])
    client.post(SOURCES, {"name": "One more"})
    assert client.refused("PUT", last["selfUri"], {"name": "Again"}) == too_many
    assert client.refused("PUT", f"{SOURCES}/nowhere", {"name": "x"}) == (404, SOURCE_RULE + "sourcenotfound")


def test_presence_settings(client, user):
    primary = f"/api/v2/presence/users/{user}/primarysource"
    system_id = client.get(SOURCES)["entities"][0]["id"]
    assert client.get(primary) == {"id": user, "sourceId": system_id, "registered": True, "selfUri": primary}
    before = client.get(SETTINGS)
    restore = {"enabled": True, "restoreTimeMilliseconds": 60_000, "restoreOnQueueEnabled": False}
    wanted = {"restorePresenceSettings": restore, "defaultPrimaryPresenceRegisteredSourceId": SOURCE}
    after = client.put(SETTINGS, wanted)
    assert after == {**before, **wanted} == client.get(SETTINGS)
    assert client.get(primary)["sourceId"] == SOURCE
    client.put(SETTINGS, {"restorePresenceSettings": restore})
    assert client.get(primary)["sourceId"] == system_id
    missing = (409, SETTINGS_RULE + "restorepresenceconfigurationnotprovided")
    assert client.refused("PUT", SETTINGS, {}) == missing
    for wrong in (-1, 86_400_001):
        body = {"restorePresenceSettings": {**restore, "restoreTimeMilliseconds": wrong}}
        assert client.refused("PUT", SETTINGS, body) == (409, SETTINGS_RULE + "invalidrestoretimemilliseconds")
    body = {"restorePresenceSettings": {"enabled": True}}
    assert client.refused("PUT", SETTINGS, body) == (400, "constraint.validation")
    body = {"restorePresenceSettings": {**restore, "restoreTimeMilliseconds": 1.5}}
    assert client.refused("PUT", SETTINGS, body) == (400, "invalid.value")
    body = {"restorePresenceSettings": restore, "defaultPrimaryPresenceRegisteredSourceId": "nowhere"}
    assert client.refused("PUT", SETTINGS, body) == (404, "not.found")


def test_primary_sources(client, user):
    primary = f"/api/v2/presence/users/{user}/primarysource"
    assert client.put(primary, {"sourceId": SOURCE})["sourceId"] == SOURCE
    assert not client.get(own(user))["primary"]
    client.patch(f"/api/v2/users/{user}/presences/teams", {"primary": True})
    assert (client.get(primary)["sourceId"], client.get(primary)["registered"]) == ("teams", False)
    client.patch(own(user), {"primary": True})
    assert client.get(primary)["registered"]
    assert client.simulator.presence()["users"] == {}, "no presence was set"
    assert client.refused("PUT", primary, {"sourceId": "nowhere"}) == (404, "not.found")
    assert client.refused("GET", primary.replace(user, "nobody")) == (404, "not.found")
