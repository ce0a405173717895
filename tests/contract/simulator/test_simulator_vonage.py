"""The simulated Vonage Contact Center over real HTTP, as a client of it sees it."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

VERSION_1 = "application/vnd.newvoicemedia.v1+json"
BULK = "/agents/presences/users"
NOBODY = "c07da2cc-7a64-476e-aa95-be7042332a95"
TIMEOUT = 30


class Client:
    """As little of a client as will do."""

    def __init__(self, simulator: Any, scope: str = "users:read users:write") -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        token = token_request(simulator, scope=scope).json()["access_token"]
        self.session.headers.update({"Accept": VERSION_1, "Authorization": f"Bearer {token}"})

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.simulator.base_url + path, timeout=TIMEOUT, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("GET", path, **arguments)


def token_request(simulator: Any, **form: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "simulator",
        "client_secret": "simulator",
        "scope": "users:read",
        **form,
    }
    return requests.post(f"{simulator.login_url}/Auth/connect/token", data=form, timeout=TIMEOUT)


CLIENT = Client


def test_a_token_lives_two_hours(genesys_cloud_simulator):
    answer = token_request(genesys_cloud_simulator)
    body = answer.json()
    assert (answer.status_code, body["expires_in"], body["token_type"]) == (200, 7200, "Bearer")
    assert body.keys() == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"client_secret": "other"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "users:read users:delete"}, "invalid_scope"),
    ],
)
def test_a_wrong_token_request_is_refused(genesys_cloud_simulator, form, error):
    answer = token_request(genesys_cloud_simulator, **form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_token_of_the_one_system_is_none_of_the_other(genesys_cloud_simulator, client):
    other = requests.post(
        f"{genesys_cloud_simulator.login_url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=("simulator", "simulator"),
        timeout=TIMEOUT,
    ).json()["access_token"]
    assert client.get("/api/v2/users").status_code == 401
    answer = client.get("/agents/presence-definitions", headers={"Authorization": f"Bearer {other}"})
    assert answer.status_code == 401
    assert answer.json() == {"message": "Authorization has been denied for this request."}


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("application/json", "ApiVersionUnspecified"),
        ("*/*", "ApiVersionUnspecified"),
        ("application/vnd.newvoicemedia.v2+json", "UnsupportedApiVersion"),
    ],
)
def test_the_version_must_be_asked_for(client, accept, code):
    answer = client.get("/agents/presence-definitions", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_definitions_are_of_the_four_categories(client):
    definitions = client.get("/agents/presence-definitions").json()["presenceDefinitions"]
    assert {each["category"]["categoryType"] for each in definitions} == {
        "LoggedOut",
        "Away",
        "ExtendedAway",
        "Ready",
    }
    assert all(each.keys() == {"presenceId", "selectable", "category", "description"} for each in definitions)
    client.simulator.reset()
    assert Client(client.simulator).get("/agents/presence-definitions").json()["presenceDefinitions"] == definitions


def test_presences_are_read_in_bulk_and_one_by_one(client):
    users = list(client.simulator.vonage()["users"])
    answer = client.get(BULK, params={"userId": ",".join([users[3], NOBODY, users[0].upper()])})
    assert [each["userId"] for each in answer.json()] == [users[3], users[0]], "whom it does not know is left out"
    assert answer.json()[1] == client.get(f"/agents/{users[0]}/presence").json()
    assert answer.json()[0]["updated"].endswith("Z")
    assert not [name for name in answer.headers if name.lower().startswith(("inin", "retry"))]


def test_a_presence_is_changed(client):
    state = client.simulator.vonage()
    user, definition = next(iter(state["users"])), state["definitions"][-1]
    answer = client.request("PATCH", f"/agents/{user}/presence", json={"presenceId": definition["presenceId"]})
    assert answer.status_code == 200
    assert answer.json()["presence"] == definition
    assert answer.json()["updated"] > state["users"][user]["updated"]
    assert answer.json() == client.get(f"/agents/{user}/presence").json()
    assert client.simulator.vonage()["writes"] == 1


def test_what_is_wrong_is_a_400_in_one_of_three_shapes(client):
    user = next(iter(client.simulator.vonage()["users"]))
    answer = client.get(BULK, params={"userId": ",".join([user] * 51)})
    assert answer.json() == {
        "status": 400,
        "title": "Query limit",
        "detail": "Request exceeded maximum number for users of 50 in one query.",
    }
    assert client.get(BULK, params={"userId": f"{user},7"}).json() == {"message": "The request is invalid."}
    for params in ({}, {"userId": ""}, {"userId": [user, user]}):
        answer = client.get(BULK, params=params)
        assert answer.status_code == 400
        assert answer.json()["title"] == "One or more validation errors occurred."
        assert answer.json()["errors"][0]["path"] == "userId"


@pytest.mark.parametrize(
    ("body", "shape"),
    [({}, "errors"), ([], "errors"), ({"presenceId": "Lunch"}, "message"), ({"presenceId": NOBODY}, "errors")],
)
def test_a_wrong_change_changes_nothing(client, body, shape):
    user = next(iter(client.simulator.vonage()["users"]))
    answer = client.request("PATCH", f"/agents/{user}/presence", json=body)
    assert answer.status_code == 400
    assert shape in answer.json()
    assert client.simulator.vonage()["writes"] == 0


def test_an_unknown_user_or_path_is_a_404(client):
    assert client.get(f"/agents/{NOBODY}/presence").status_code == 404
    answer = client.get("/agents/nothing/at/all")
    assert (answer.status_code, answer.json()) == (404, {"message": "The requested resource was not found."})


def test_a_scope_that_the_token_lacks_is_a_403(genesys_cloud_simulator):
    reader = Client(genesys_cloud_simulator, "users:read")
    user = next(iter(genesys_cloud_simulator.vonage()["users"]))
    assert reader.get(f"/agents/{user}/presence").status_code == 200
    assert reader.request("PATCH", f"/agents/{user}/presence", json={}).status_code == 403
    own = Client(genesys_cloud_simulator, "self:write")
    assert own.get(BULK, params={"userId": user}).status_code == 403
    genesys_cloud_simulator.settings(vonage_scopes=["users:read"])
    assert token_request(genesys_cloud_simulator, scope="users:write").json() == {"error": "invalid_scope"}


def test_it_has_a_rate_limit_of_its_own_and_no_numbers(client):
    client.simulator.settings(vonage_requests_per_minute=2, rate_limit_window_seconds=2, requests_per_minute=1)
    answers = [client.get("/agents/presence-definitions") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json().keys() == {"message"}
    assert "Retry-After" not in answers[2].headers
    time.sleep(2.05)
    assert client.get("/agents/presence-definitions").status_code == 200


def test_faults_strike_here_too_and_speak_as_it_does(client):
    path = "/agents/presence-definitions"
    client.simulator.add_fault(path="/agents/*", status=503, retry_after=3, count=1)
    client.simulator.add_fault(path="/agents/*", status=400, code="Odd", message="Quite.", count=1)
    client.simulator.add_fault(path="/agents/*", reset="before", count=1)
    client.simulator.add_fault(path="/agents/*", truncate=True, count=1)
    client.simulator.add_fault(path="/agents/*", expire_token=True, count=1)
    client.simulator.add_fault(path="/Auth/*", status=400, code="invalid_client", count=1)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"], list(answer.json())) == (503, "3", ["message"])
    assert client.get(path).json() == {"error": {"code": "Odd", "message": "Quite."}}
    for _ in range(2):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            client.get(path)
    assert [client.get(path).status_code for _ in range(2)] == [401, 401]
    assert token_request(client.simulator).status_code == 400
    assert token_request(client.simulator).status_code == 200


def test_all_tokens_can_be_expired(client):
    client.simulator.expire_tokens()
    assert client.get("/agents/presence-definitions").status_code == 401


def test_definitions_and_users_are_loaded_or_refused_as_a_whole(client):
    simulator = client.simulator
    before = simulator.vonage()
    lunch = {
        "presenceId": "36054f94-d55f-4382-8132-ecac185c8e4d",
        "description": "Late lunch",
        "category": {"categoryType": "ExtendedAway", "subCategory": "Lunch"},
    }
    with pytest.raises(ValueError, match="unknown definitions"):
        simulator.load_vonage([lunch], {NOBODY: "eaed6862-14fa-4114-be62-b8709b5d4a49"})
    with pytest.raises(ValueError, match="categoryType"):
        simulator.load_vonage([{"description": "x", "category": {"categoryType": "Gone"}}])
    assert simulator.vonage() == before
    moment = "2026-02-01T10:00:00.500Z"
    simulator.load_vonage([lunch], {NOBODY: {"presenceId": lunch["presenceId"], "updated": moment}})
    assert client.get(f"/agents/{NOBODY}/presence").json() == {
        "userId": NOBODY,
        "updated": moment,
        "presence": {
            "presenceId": lunch["presenceId"],
            "selectable": True,
            "category": {"categoryType": "ExtendedAway", "description": "Extended Away", "subCategory": "Lunch"},
            "description": "Late lunch",
        },
    }
    simulator.load_vonage(users={NOBODY: before["definitions"][0]["presenceId"]})
    assert client.get(f"/agents/{NOBODY}/presence").json()["presence"] == before["definitions"][0]
    assert simulator.vonage()["writes"] == 0


VERSION_3 = {"Accept": "application/vnd.newvoicemedia.v3+json"}


@pytest.fixture
def statistics(genesys_cloud_simulator):
    items = [
        {"guid": f"i{n}", "start": f"2026-11-{10 + n}T09:00:00Z", "duration": 3_600_000, "status": "Completed"}
        for n in range(5)
    ]
    items.append({"guid": "now", "start": "2026-11-20T09:00:00Z", "status": "Ongoing", "agentId": "7"})
    states = [{"agentId": "7", "start": "2026-11-10T08:00:00Z", "state": state} for state in ("Ready", "Busy")]
    genesys_cloud_simulator.load_vonage(statistics={"interactions": items, "wfm/agent-states": states})
    client = Client(genesys_cloud_simulator, scope="stats")
    client.session.headers.update(VERSION_3)
    return client


def listed(answer):
    assert answer.status_code == 200, answer.text
    return [each["guid"] for each in answer.json()["items"]]


def test_statistics_of_a_window_by_when_it_began_ended_or_was_processed(statistics):
    path, window = "/stats/interactions", {"start": "2026-11-11T09:30:00Z", "end": "2026-11-13T09:30:00Z"}
    assert listed(statistics.get(path, params=window)) == ["i2", "i3"]
    assert listed(statistics.get(path, params=window | {"include": "StartedOrEnded"})) == ["i1", "i2", "i3"]
    assert listed(statistics.get(path, params=window | {"include": "Processed"})) == ["i1", "i2"]
    assert listed(statistics.get(path, params={"start": "2026-11-20T00:00:00Z", "agentId": "7"})) == ["now"]
    body = statistics.get(path, params=window | {"limit": 1, "page": 2}).json()
    assert body["meta"] == {"page": 2, "count": 1, "pageCount": 2, "totalCount": 2}
    assert (body["items"][0]["guid"], body["upTo"]) == ("i3", "2026-11-13T09:30:00.000Z")


def test_single_ones_what_goes_on_and_agents(statistics):
    assert statistics.get("/stats/interactions/i3").json()["start"] == "2026-11-13T09:00:00Z"
    assert statistics.get("/stats/interactions/i9").status_code == 404
    assert listed(statistics.get("/stats/interactions/ongoing")) == ["now"]
    assert statistics.get("/stats/agent-status").json()["items"][0]["state"] == "Busy"
    states = statistics.get("/stats/wfm/agent-states", params={"start": "2026-11-10T00:00:00Z"}).json()["items"]
    assert [each["state"] for each in states] == ["Ready", "Busy"]
    assert statistics.get("/stats/nothing", params={"start": "2026-11-10T00:00:00Z"}).status_code == 404


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "start field is required"),
        ({"start": "soon"}, "'soon' is no time"),
        (
            {"start": "2026-10-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"},
            "window size limit exceeded 31 days",
        ),
        ({"start": "2026-11-20T00:00:00Z", "include": "All"}, "'All' is not valid"),
        ({"start": "2026-11-20T00:00:00Z", "page": "0"}, "'0' is not valid"),
    ],
)
def test_what_statistics_refuse(statistics, params, words):
    answer = statistics.get("/stats/interactions", params=params)
    assert (answer.status_code, words in answer.text) == (400, True)


def test_statistics_have_a_version_and_a_scope_of_their_own(genesys_cloud_simulator, client, statistics):
    assert client.get("/stats/interactions/ongoing").json()["error"]["code"] == "UnsupportedApiVersion"
    assert client.get("/stats/interactions/ongoing", headers=VERSION_3).status_code == 403
    assert statistics.get("/agents/presence-definitions").status_code == 400
    with pytest.raises(ValueError, match="none of agents"):
        genesys_cloud_simulator.load_vonage(statistics={"agents": []})
    with pytest.raises(ValueError, match="an item's start"):
        genesys_cloud_simulator.load_vonage(statistics={"interactions": [{"guid": "x"}]})
