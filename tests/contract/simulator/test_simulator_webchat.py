"""The simulator's web chat over real HTTP: the client's operations and the guests'."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.simulator.process import running_simulator
from tests.contract.chat_client import CHAT_DEPLOYMENTS, CHAT_SETTINGS, CONVERSATIONS, WEBCHAT, ChatClient

if TYPE_CHECKING:
    import requests

WIDGETS = "/api/v2/widgets/deployments"
NOWHERE = "00000000-0000-4000-8000-000000000000"
DEPLOYMENT = {
    "name": "Kasse für Gäste",
    "description": "The shop's",
    "authenticationRequired": False,
    "authenticationUrl": "https://auth.example.com",
    "disabled": False,
    "webChatConfig": {"webChatSkin": "modern-caret-skin"},
    "allowedDomains": ["shop.example.com", "www.example.com"],
    "flow": {"id": "5c1f1a34-9d0e-4f0e-a0e8-3cb4b2a0c111", "name": "Chat", "selfUri": "/api/v2/flows/5c1f1a34"},
}


@pytest.fixture
def client(genesys_cloud_simulator):
    return ChatClient(genesys_cloud_simulator)


def wanted(client: ChatClient, **changes: Any) -> dict[str, Any]:
    """Return the body of a conversation under the first deployment."""
    return {
        "organizationId": client.simulator.settings()["organization"]["id"],
        "deploymentId": client.simulator.webchat()["deployments"][0]["id"],
        "routingTarget": {"targetType": "QUEUE", "targetAddress": "Sales"},
        "memberInfo": {"displayName": "Ada", "customFields": {"basket": "12"}},
        **changes,
    }


def begin(client: ChatClient) -> tuple[ChatClient, str, str]:
    """Begin a conversation, and return the guest, the conversation's path and the guest's."""
    if not client.simulator.webchat()["deployments"]:
        client.simulator.load_webchat(deployments=[DEPLOYMENT])
    begun = client.bearing(None).post(CONVERSATIONS, wanted(client))
    path = f"{CONVERSATIONS}/{begun['id']}"
    return client.bearing(begun["jwt"]), path, f"{path}/members/{begun['member']['id']}"


def test_every_operation_answers_in_its_documented_shape(client):
    client.put(CHAT_SETTINGS, {"requireDeployment": True})
    assert client.get(CHAT_SETTINGS) == {"requireDeployment": True}
    uri = client.post(CHAT_DEPLOYMENTS, DEPLOYMENT)["selfUri"]
    assert client.put(uri, client.get(uri)) == client.get(CHAT_DEPLOYMENTS)["entities"][0]
    guest, conversation, member = begin(client)
    (media_request,) = guest.get(f"{conversation}/mediarequests")["entities"]
    guest.patch(media_request["selfUri"], {**media_request, "state": "DECLINED"})
    assert guest.get(media_request["selfUri"])["state"] == "DECLINED"
    message = guest.post(f"{member}/messages", {"body": "Hello"})
    assert guest.get(message["selfUri"]) == guest.get(f"{conversation}/messages")["entities"][-1] == message
    guest.post(f"{member}/typing", None)
    assert guest.get(member) in guest.get(f"{conversation}/members")["entities"]
    guest.deleted(member)
    client.deleted(uri)
    client.deleted(CHAT_SETTINGS)
    assert client.called == {*WEBCHAT}
    assert len(WEBCHAT) == 19


def test_settings_from_never_set_to_deleted(client):
    assert client.get(CHAT_SETTINGS) == {"requireDeployment": False}
    assert client.put(CHAT_SETTINGS, {}) == client.get(CHAT_SETTINGS) == {}
    client.simulator.load_webchat(settings=None)
    for method in ("GET", "PUT", "DELETE"):
        status_and_code = client.gone(method, CHAT_SETTINGS, {} if method == "PUT" else None)
        assert status_and_code == (404, "resource.not.found")
    client.simulator.load_webchat(settings={"requireDeployment": True})
    client.deleted(CHAT_SETTINGS)
    assert client.simulator.webchat()["settings"] is None


def test_a_deployment_from_its_creation_to_its_end(client):
    created = client.post(CHAT_DEPLOYMENTS, {**DEPLOYMENT, "id": NOWHERE})
    uri = created["selfUri"]
    assert created == {**DEPLOYMENT, "id": created["id"], "selfUri": f"{CHAT_DEPLOYMENTS}/{created['id']}"}
    assert created["id"] != NOWHERE
    assert client.get(CHAT_DEPLOYMENTS) == {"total": 1, "entities": [created], "selfUri": CHAT_DEPLOYMENTS}
    after = client.put(uri, {"name": "Shop", "disabled": None, "flow": {"id": None}})
    assert after == client.get(uri) == {"id": created["id"], "name": "Shop", "flow": {}, "selfUri": uri}
    client.deleted(uri)
    assert client.get(CHAT_DEPLOYMENTS)["total"] == 0
    assert client.refused("GET", uri) == client.refused("DELETE", uri) == (404, "resource.not.found")
    assert client.refused("PUT", uri, {}) == (404, "not.found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": 7}, "invalid.value"),
        ({"disabled": "no"}, "invalid.value"),
        ({"allowedDomains": "example.com"}, "invalid.value"),
        ({"allowedDomains": ["example.com", 7]}, "invalid.value"),
        ({"webChatConfig": {"webChatSkin": "dark"}}, "invalid.value"),
        ({"flow": "Chat"}, "invalid.value"),
        ({"flow": {"uri": "/"}}, "invalid.property"),
        ({"colour": "red"}, "invalid.property"),
    ],
)
def test_a_wrong_deployment_is_refused_and_nothing_changes(client, changes, code):
    (loaded,) = client.simulator.load_webchat(deployments=[DEPLOYMENT])["deployments"]
    before = client.simulator.webchat()
    assert client.refused("POST", CHAT_DEPLOYMENTS, {**DEPLOYMENT, **changes}) == (400, code)
    assert client.refused("PUT", loaded["selfUri"], {**DEPLOYMENT, **changes}) == (400, code)
    with pytest.raises(ValueError, match=next(iter(changes))):
        client.simulator.load_webchat(deployments=[DEPLOYMENT, {**DEPLOYMENT, **changes}])
    assert client.simulator.webchat() == before


def test_the_26th_deployment_is_refused(client):
    for number in range(25):
        uri = client.post(CHAT_DEPLOYMENTS, {"name": f"Site {number}"})["selfUri"]
    assert client.refused("POST", CHAT_DEPLOYMENTS, {}) == (409, "maximum.deployments.exceeded")
    client.deleted(uri)
    client.post(CHAT_DEPLOYMENTS, {})


def test_more_deployments_than_may_be_can_be_loaded_and_listed(client):
    names = [f"Site {number}" for number in range(1000)]
    loaded = client.simulator.load_webchat(deployments=[{"name": name} for name in names])["deployments"]
    listing = client.get(CHAT_DEPLOYMENTS)
    assert (listing["total"], listing["entities"]) == (1000, loaded)
    assert [entity["name"] for entity in loaded] == names
    assert client.refused("POST", CHAT_DEPLOYMENTS, {}) == (409, "maximum.deployments.exceeded")


def test_what_is_loaded_replaces_what_was_there_and_nothing_else(client):
    simulator = client.simulator
    simulator.load_webchat(settings={"requireDeployment": True}, deployments=[{"id": "a", "name": "A"}, {"id": "b"}])
    simulator.load_webchat(deployments=[{"id": "a", "name": "A2"}])
    state = simulator.webchat()
    assert (state["settings"], [(entity["id"], entity.get("name")) for entity in state["deployments"]]) == (
        {"requireDeployment": True},
        [("a", "A2")],
    )
    with pytest.raises(ValueError, match="requireDeployment"):
        simulator.load_webchat(settings={"requireDeployment": "yes"}, deployments=[])
    with pytest.raises(ValueError, match="there twice"):
        simulator.load_webchat(settings=None, deployments=[{"id": "a"}, {"id": "a"}])
    with pytest.raises(ValueError, match="there twice"):
        simulator.load_webchat(settings=None, deployments=[], widgets=[{"id": "a"}, {"id": "a"}])
    assert simulator.webchat() == state
    simulator.reset()
    nothing: dict[str, Any] = {"deployments": [], "widgets": [], "conversations": []}
    assert simulator.webchat() == {"settings": {"requireDeployment": False}, **nothing}


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", CHAT_SETTINGS, "read"),
        ("PUT", CHAT_SETTINGS, "update"),
        ("DELETE", CHAT_SETTINGS, "delete"),
        ("GET", CHAT_DEPLOYMENTS, "read"),
        ("POST", CHAT_DEPLOYMENTS, "create"),
        ("GET", f"{CHAT_DEPLOYMENTS}/a", "read"),
        ("PUT", f"{CHAT_DEPLOYMENTS}/a", "update"),
        ("DELETE", f"{CHAT_DEPLOYMENTS}/a", "delete"),
    ],
)
def test_each_operation_wants_its_permission(client, method, path, permission):
    client.simulator.load_webchat(deployments=[{"id": "a"}])
    every = {f"webchat:deployment:{name}" for name in ("read", "create", "update", "delete")}
    needed = f"webchat:deployment:{permission}"
    client.simulator.settings(permissions=[*(every - {needed})])
    answer = client.send(method, path, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing.permissions")
    assert needed in answer.json()["message"]
    client.simulator.settings(permissions=[needed])
    assert client.send(method, path, {}).ok


@pytest.mark.parametrize(("state", "error"), [("gone", (410, "gone")), ("not_found", (404, "not.found"))])
def test_without_web_chat_no_operation_is_left(client, state, error):
    guest, _, _ = begin(client)
    before = client.simulator.webchat()
    client.simulator.settings(webchat=state, permissions=[])
    for operation in WEBCHAT:
        method, path = operation.replace("*", "a").split()
        caller = guest if path.startswith(CONVERSATIONS) else client
        assert caller.gone(method, path, {}) == error
    assert client.simulator.webchat() == before
    client.simulator.settings(webchat="present", permissions=None)
    assert client.get(CHAT_DEPLOYMENTS)["total"] == 1


def test_the_command_can_begin_without_web_chat():
    with running_simulator("--webchat", "gone") as simulator:
        client = ChatClient(simulator)
        assert client.gone("GET", CHAT_SETTINGS) == (410, "gone")
        assert client.gone("POST", CONVERSATIONS, {}) == (410, "gone")
        simulator.settings(webchat="present")
        assert client.get(CHAT_SETTINGS) == {"requireDeployment": False}
        simulator.reset()
        assert simulator.settings()["webchat"] == "gone"


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


def test_the_same_requests_make_the_same_web_chat(client):
    def made() -> dict[str, Any]:
        client.simulator.reset()
        caller = ChatClient(client.simulator)
        caller.post(CHAT_DEPLOYMENTS, DEPLOYMENT)
        guest, _, member = begin(caller)
        guest.post(f"{member}/messages", {"body": "Hello"})
        return client.simulator.webchat()

    assert made() == made()


# What tests of exporters need


def test_a_deployment_may_be_gone_when_it_is_read(client):
    loaded = client.simulator.load_webchat(deployments=[{"name": "Stays"}, {"name": "Goes"}])["deployments"]
    stays, goes = [deployment["selfUri"] for deployment in loaded]
    client.simulator.add_fault(method="GET", path=goes, status=404, code="resource.not.found")
    assert client.get(CHAT_DEPLOYMENTS)["total"] == 2
    assert client.get(stays)["name"] == "Stays"
    assert client.refused("GET", goes) == (404, "resource.not.found")


def test_a_listing_may_be_short_of_its_total(client):
    client.simulator.load_webchat(deployments=[{"name": str(number)} for number in range(5)])
    client.simulator.add_fault(path=CHAT_DEPLOYMENTS, omit_entities=2, count=1)
    listing = client.get(CHAT_DEPLOYMENTS)
    assert (listing["total"], [entity["name"] for entity in listing["entities"]]) == (5, ["0", "1", "2"])
    assert len(client.get(CHAT_DEPLOYMENTS)["entities"]) == 5
    client.simulator.add_fault(path=CHAT_SETTINGS, omit_entities=9)
    assert client.get(CHAT_SETTINGS) == {"requireDeployment": False}


def test_keys_may_come_in_any_order(client):
    client.simulator.load_webchat(deployments=[DEPLOYMENT, {"name": "Größe, 大きさ 🙂"}])
    before = client.get(CHAT_DEPLOYMENTS)
    client.simulator.settings(shuffle_keys=True)
    answers = [client.send("GET", CHAT_DEPLOYMENTS) for _ in range(8)]
    assert all(answer.json() == before for answer in answers)
    orders = {tuple(json.loads(answer.text)["entities"][0]) for answer in answers}
    assert len(orders) > 1
    client.deleted(before["entities"][0]["selfUri"])


def test_widgets_are_a_family_of_their_own(client):
    simulator = client.simulator

    def send(method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request whose answer no description beside the repository has."""
        return client.session.request(method, simulator.base_url + path, json=body, timeout=10)

    widget = {
        "name": "Shop",
        "authenticationRequired": True,
        "allowedDomains": ["shop.example.com"],
        "flow": {"id": "5c1f1a34-9d0e-4f0e-a0e8-3cb4b2a0c111"},
        "clientType": "v1-http",
        "clientConfig": {"v1-http": {"webChatSkin": "basic", "authenticationUrl": "https://a.example.com"}, "v2": {}},
    }
    made = send("POST", WIDGETS, body=widget).json()
    assert made == {"id": made["id"], **widget, "selfUri": f"{WIDGETS}/{made['id']}"}
    assert send("GET", made["selfUri"]).json() == made
    assert send("GET", WIDGETS).json() == {"total": 1, "entities": [made], "selfUri": WIDGETS}
    assert send("PUT", made["selfUri"], body={"clientType": "v2"}).json()["clientType"] == "v2"
    assert send("PUT", made["selfUri"], body={"clientType": "v3"}).status_code == 400
    assert simulator.webchat()["deployments"] == []
    assert send("DELETE", made["selfUri"]).status_code == 204
    assert send("GET", made["selfUri"]).status_code == 404
    for setting, status in (("gone", 410), ("not_found", 404)):
        simulator.settings(webchat=setting)
        assert send("GET", WIDGETS).status_code == status
    simulator.settings(webchat="present", permissions=["webchat:deployment:read"])
    for method, permission in {"GET": "view", "POST": "add"}.items():
        refused = send(method, WIDGETS, body={} if method == "POST" else None)
        assert (refused.status_code, f"widgets:deployment:{permission}" in refused.text) == (403, True)
