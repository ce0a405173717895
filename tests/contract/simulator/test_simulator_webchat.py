"""The simulator's web chat over real HTTP: settings, deployments and widgets, and what tests of exporters need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.simulator.process import running_simulator
from tests.contract.chat_client import CHAT_DEPLOYMENTS, CHAT_SETTINGS, CONVERSATIONS, NOWHERE, WEBCHAT, ChatClient
from tests.contract.simulator.webchat import DEPLOYMENT, begin

if TYPE_CHECKING:
    import requests

CLIENT = ChatClient
WIDGETS = "/api/v2/widgets/deployments"


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
