"""The simulator's web chat over real HTTP: what guests may do, in a conversation of theirs and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.chat_client import CHAT_DEPLOYMENTS, CHAT_SETTINGS, CONVERSATIONS, NOWHERE, ChatClient
from tests.contract.simulator.webchat import DEPLOYMENT, begin, wanted

CLIENT = ChatClient


def test_a_guest_gets_a_conversation_with_an_agent_in_it(client):
    client.simulator.load_webchat(deployments=[DEPLOYMENT])
    begun = client.bearing(None).post(CONVERSATIONS, wanted(client))
    guest = {
        "id": begun["member"]["id"],
        "displayName": "Ada",
        "customFields": {"basket": "12"},
        "authenticatedGuest": False,
        "role": "CUSTOMER",
        "joinDate": "2026-01-01T00:00:01.000Z",
        "state": "CONNECTED",
    }
    assert begun["member"] == guest
    assert begun["eventStreamUri"].startswith("ws://127.0.0.1:")
    assert len(begun["jwt"].split(".")) == 3
    (conversation,) = client.simulator.webchat()["conversations"]
    assert conversation["id"] == begun["id"]
    assert [(member["role"], member["displayName"]) for member in conversation["members"]] == [
        ("CUSTOMER", "Ada"),
        ("AGENT", "Agent 1"),
    ]
    assert [message["sender"]["role"] for message in conversation["messages"]] == ["AGENT"]
    assert [(request["types"], request["state"]) for request in conversation["mediaRequests"]] == [
        (["COBROWSE"], "PENDING")
    ]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"deploymentId": None}, 400, "chat.error.pattern.createconversationrequest.deploymentid"),
        ({"routingTarget": None}, 400, "chat.error.notnull.createconversationrequest.routingtarget"),
        ({"memberInfo": None}, 400, "chat.error.notnull.createconversationrequest.memberinfo.displayname"),
        ({"memberInfo": {}}, 400, "chat.error.notnull.createconversationrequest.memberinfo.displayname"),
        ({"organizationId": None}, 400, "constraint.validation"),
        ({"organizationId": NOWHERE}, 404, "not.found"),
        ({"deploymentId": NOWHERE}, 404, "not.found"),
        ({"deploymentId": "disabled"}, 400, "chat.deployment.disabled"),
        ({"deploymentId": "locked"}, 400, "chat.deployment.require.auth"),
        ({"routingTarget": {"targetType": "USER", "targetAddress": "Ada"}}, 400, "invalid.value"),
        ({"routingTarget": {"targetType": "QUEUE"}}, 400, "constraint.validation"),
        ({"journeyContext": {}}, 400, "constraint.validation"),
        ({"colour": "red"}, 400, "invalid.property"),
    ],
)
def test_a_wrong_conversation_is_refused(client, changes, status, code):
    deployments = [
        {"id": "open"},
        {"id": "disabled", "disabled": True},
        {"id": "locked", "authenticationRequired": True},
    ]
    client.simulator.load_webchat(deployments=deployments)
    assert client.bearing(None).refused("POST", CONVERSATIONS, wanted(client, **changes)) == (status, code)
    assert client.simulator.webchat()["conversations"] == []


def test_an_authenticated_guest_is_known_as_such(client):
    client.simulator.load_webchat(deployments=[{"authenticationRequired": True}])
    begun = client.bearing(None).post(CONVERSATIONS, wanted(client, memberAuthToken="signed"))
    assert begun["member"]["authenticatedGuest"] is True


def guest_operations(conversation: str, member: str, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Return the operations that want a guest's token."""
    return [
        ("GET", f"{conversation}/members"),
        ("GET", member),
        ("POST", f"{member}/messages"),
        ("POST", f"{member}/typing"),
        ("GET", f"{conversation}/messages"),
        ("GET", f"{conversation}/messages/{ids['messages']}"),
        ("GET", f"{conversation}/mediarequests"),
        ("GET", f"{conversation}/mediarequests/{ids['mediaRequests']}"),
        ("PATCH", f"{conversation}/mediarequests/{ids['mediaRequests']}"),
        ("DELETE", member),
    ]


def test_a_conversation_is_open_to_its_guest_alone(client):
    guest, conversation, member = begin(client)
    stranger, _, _ = begin(client)
    before = client.simulator.webchat()
    ids = {kind: before["conversations"][0][kind][0]["id"] for kind in ("messages", "mediaRequests")}
    bodies = {"messages": {"body": "Hello"}, "PATCH": {"types": ["COBROWSE"], "state": "ACCEPTED"}}
    for method, path in guest_operations(conversation, member, ids):
        body = bodies.get(method) or bodies.get(path.rpartition("/")[2]) if method != "GET" else None
        assert client.bearing(None).refused(method, path, body) == (401, "authentication.required")
        assert client.refused(method, path, body) == (401, "bad.credentials")
        assert client.bearing("made.up.token").refused(method, path, body) == (401, "bad.credentials")
        assert stranger.refused(method, path, body) == (403, "not.authorized")
    assert client.simulator.webchat() == before
    for method, path in guest_operations(conversation, member, ids):
        body = bodies.get(method) or bodies.get(path.rpartition("/")[2]) if method != "GET" else None
        assert guest.send(method, path, body).ok


def test_a_guests_token_is_good_for_nothing_else(client):
    guest, _, _ = begin(client)
    for path in (CHAT_SETTINGS, CHAT_DEPLOYMENTS, "/api/v2/organizations/me", "/api/v2/presence/definitions"):
        assert guest.gone("GET", path) == (401, "bad.credentials")


def test_guests_take_nothing_of_the_clients_allowance(client):
    guest, conversation, _ = begin(client)
    client.simulator.settings(requests_per_minute=2)
    for _ in range(5):
        assert "inin-ratelimit-count" not in guest.send("GET", f"{conversation}/members").headers
    assert client.send("GET", CHAT_SETTINGS).headers["inin-ratelimit-count"] == "1"


def test_a_fault_can_end_a_guests_token(client):
    guest, conversation, _ = begin(client)
    client.simulator.add_fault(path="*/members", expire_token=True, count=1)
    for _ in range(2):
        assert guest.refused("GET", f"{conversation}/members") == (401, "bad.credentials")
    assert client.get(CHAT_SETTINGS) == {"requireDeployment": False}


def test_members_come_in_pages_and_leave(client):
    guest, conversation, member = begin(client)
    members = f"{conversation}/members"
    first = guest.get(members, pageSize=1)
    assert (first["total"], first["pageCount"], first["pageNumber"]) == (2, 2, 1)
    second = guest.get(members, pageSize=1, pageNumber=2)
    agent = second["entities"][0]
    assert [first["entities"][0]["role"], agent["role"]] == ["CUSTOMER", "AGENT"]
    assert guest.refused("DELETE", f"{members}/{agent['id']}") == (403, "not.authorized")
    assert guest.refused("DELETE", f"{members}/{NOWHERE}") == (404, "not.found")
    assert guest.refused("GET", f"{members}/{NOWHERE}") == (404, "chat.error.not.found")
    guest.deleted(member)
    left = guest.get(member)
    assert (left["state"], left["leaveDate"] > left["joinDate"]) == ("DISCONNECTED", True)
    assert guest.get(members, excludeDisconnectedMembers="true")["entities"] == [agent]
    assert guest.get(members)["total"] == 2


def test_who_has_left_can_only_read(client):
    guest, conversation, member = begin(client)
    (media_request,) = guest.get(f"{conversation}/mediarequests")["entities"]
    guest.deleted(member)
    assert guest.refused("DELETE", member) == (400, "chat.error.member.state")
    assert guest.refused("POST", f"{member}/messages", {"body": "Hello?"}) == (400, "chat.error.member.state")
    assert guest.refused("POST", f"{member}/typing") == (400, "chat.error.member.state")
    refused = guest.refused("PATCH", media_request["selfUri"], {"types": ["COBROWSE"], "state": "ACCEPTED"})
    assert refused == (400, "chat.error.conversation.state")
    assert len(guest.get(f"{conversation}/messages")["entities"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": ""}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": "x" * 4001}, "chat.error.bad.request"),
        ({"body": 7}, "invalid.value"),
        ({"body": "Hello", "bodyType": "loud"}, "invalid.value"),
        ({"body": "Hello", "colour": "red"}, "invalid.property"),
    ],
)
def test_a_wrong_message_is_refused(client, body, code):
    guest, conversation, member = begin(client)
    assert guest.refused("POST", f"{member}/messages", body) == (400, code)
    assert len(guest.get(f"{conversation}/messages")["entities"]) == 1


def test_messages_come_in_order_and_in_parts(client):
    guest, conversation, member = begin(client)
    messages = f"{conversation}/messages"
    for number in range(4):
        sent = guest.post(f"{member}/messages", {"body": str(number), "bodyType": "notice"})
        assert (sent["bodyType"], sent["sender"]["displayName"]) == ("notice", "Ada")
    ids = [message["id"] for message in guest.get(messages)["entities"]]

    def found(**query: Any) -> list[int]:
        return [ids.index(message["id"]) for message in guest.get(messages, **query)["entities"]]

    assert found() == [0, 1, 2, 3, 4]
    assert found(sortOrder="descending", maxResults=2) == [4, 3]
    assert found(after=ids[1]) == [2, 3, 4]
    assert found(before=ids[2]) == [0, 1]
    assert found(after=ids[0], before=ids[4], sortOrder="descending") == [3, 2, 1]
    for order in ("ascending", "descending"):
        page, seen = guest.get(messages, maxResults=2, sortOrder=order), []
        while True:
            seen += [ids.index(message["id"]) for message in page["entities"]]
            if "next" not in page:
                break
            page = guest.get(page["next"])
        assert seen == ([0, 1, 2, 3, 4] if order == "ascending" else [4, 3, 2, 1, 0])
    for name, value in (("maxResults", "101"), ("maxResults", "0"), ("sortOrder", "up"), ("after", NOWHERE)):
        assert guest.refused("GET", messages, **{name: value}) == (400, "invalid.query.param.value")
    assert guest.refused("GET", f"{messages}/{NOWHERE}") == (404, "chat.error.not.found")


def test_a_guest_answers_a_media_request(client):
    guest, conversation, _ = begin(client)
    (asked,) = guest.get(f"{conversation}/mediarequests")["entities"]
    uri = asked["selfUri"]
    for state in ("ACCEPTED", "DECLINED", "ERRORED"):
        assert guest.patch(uri, {"types": ["COBROWSE"], "state": state}) == {**asked, "state": state}
    assert guest.refused("PATCH", uri, {"types": ["COBROWSE"], "state": "TIMEDOUT"}) == (400, "invalid.value")
    assert guest.refused("PATCH", uri, {"state": "ACCEPTED"}) == (400, "constraint.validation")
    elsewhere = f"{conversation}/mediarequests/{NOWHERE}"
    assert guest.refused("GET", elsewhere) == (404, "chat.error.not.found")
    answer = {"types": ["COBROWSE"], "state": "ACCEPTED"}
    assert guest.refused("PATCH", elsewhere, answer) == (404, "chat.error.not.found")
