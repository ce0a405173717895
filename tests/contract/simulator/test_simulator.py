"""The simulator over real HTTP, as a client of Genesys Cloud sees it."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.simulator.plain_client import PRESENCE, SOURCE, Client, accepted_ids, event, token_request

CLIENT = Client


def test_a_token_for_credentials_in_the_header_or_in_the_form(genesys_cloud_simulator):
    genesys_cloud_simulator.settings(token_seconds=1234)
    in_form = token_request(genesys_cloud_simulator, auth=None, client_id="simulator", client_secret="simulator")
    for answer in (token_request(genesys_cloud_simulator), in_form):
        assert answer.status_code == 200
        assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
        assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 1234)
        assert not any(name.lower().startswith("inin-ratelimit") for name in answer.headers)


@pytest.mark.parametrize(
    ("auth", "status", "description"),
    [
        (("other", "simulator"), 400, "client not found"),
        (("simulator", "other"), 401, "authentication failed"),
        (None, 400, "client not found"),
    ],
)
def test_wrong_credentials(genesys_cloud_simulator, auth, status, description):
    answer = token_request(genesys_cloud_simulator, auth=auth)
    assert answer.status_code == status
    assert answer.json() == {"error": "invalid_client", "description": description, "error_description": description}


def test_the_login_server_may_have_a_rate_limit_too(genesys_cloud_simulator):
    genesys_cloud_simulator.add_fault(path="/oauth/token", status=400, count=1)
    answer = token_request(genesys_cloud_simulator)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["description"] == "rate limit exceeded"
    assert token_request(genesys_cloud_simulator).status_code == 200


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "Invalid login"), (503, "Service Unavailable"), (429, "rate limit exceeded")],
)
def test_a_fault_of_the_login_server_says_what_its_status_means(genesys_cloud_simulator, status, said):
    genesys_cloud_simulator.add_fault(path="/oauth/token", status=status, count=1)
    answer = token_request(genesys_cloud_simulator)
    assert (answer.status_code, answer.json()["description"][: len(said)]) == (status, said)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "authentication.required"),
        ("Basic abc", "authentication.required"),
        ("Bearer made-up", "bad.credentials"),
    ],
)
def test_without_a_valid_token(client, header, code):
    client.session.headers["Authorization"] = header
    answer = client.request("GET", "/api/v2/organizations/me")
    assert answer.status_code == 401
    assert answer.json() == {
        "message": answer.json()["message"],
        "code": code,
        "status": 401,
        "contextId": answer.headers["ININ-Correlation-Id"],
        "details": [],
        "errors": [],
    }


def test_tokens_expire(client):
    client.simulator.settings(token_seconds=3)
    client.log_in()
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 200
    time.sleep(3.05)
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 401
    client.simulator.settings(token_seconds=100)
    client.log_in()
    client.simulator.expire_tokens()
    assert client.publish(event()).json()["code"] == "bad.credentials"


def test_a_missing_permission_is_named(client):
    client.simulator.settings(permissions=["presence:source:view"])
    answer = client.publish(event())
    assert (answer.status_code, answer.json()["code"]) == (403, "missing.permissions")
    assert "presence:userPresence:inject" in answer.json()["message"]
    assert client.request("GET", "/api/v2/presence/sources").status_code == 200


def test_every_answer_counts_and_one_too_many_is_429(client):
    client.simulator.settings(requests_per_minute=3)
    paths = ("/api/v2/organizations/me", "/api/v2/nowhere", "/api/v2/presence/sources", "/api/v2/organizations/me")
    answers = [client.request("GET", path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 429]
    assert [answer.headers["inin-ratelimit-count"] for answer in answers] == ["1", "2", "3", "4"]
    assert {answer.headers["inin-ratelimit-allowed"] for answer in answers} == {"3"}
    last = answers[-1]
    seconds = last.headers["Retry-After"]
    assert seconds == last.headers["inin-ratelimit-reset"]
    assert 50 < int(seconds) <= 60
    assert last.json()["code"] == "too.many.requests.retry.after"
    assert last.json()["message"] == f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
    client.log_in()
    assert client.request("GET", "/api/v2/organizations/me").status_code == 429
    assert client.simulator.requests()["throttled"] == 2


def test_the_next_window_is_free_and_headers_can_be_left_out(client):
    client.simulator.settings(requests_per_minute=1, rate_limit_window_seconds=2, rate_limit_headers=False)
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 200
    refused = client.request("HEAD", "/api/v2/tokens/me")
    assert (refused.status_code, refused.content) == (429, b"")
    assert refused.headers["Retry-After"] in {"1", "2"}
    assert not any(name.lower().startswith("inin-ratelimit") for name in refused.headers)
    time.sleep(2.05)
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 200


def test_accepted_events_are_in_the_ledger(client):
    events = [event() for _ in range(100)]
    answer = client.publish(*events)
    assert (answer.status_code, answer.json()) == (200, {})
    client.publish(events[7])
    assert client.simulator.ledger() == {"accepted": 101, "distinct": 100, "duplicates": 1}
    ledger = client.simulator.ledger_events()
    assert [entry["eventId"] for entry in ledger] == [sent["eventId"] for sent in (*events, events[7])]
    assert (ledger[7]["accepted"], ledger[8]["accepted"], ledger[-1]["accepted"]) == (2, 1, 2)
    assert ledger[0]["request"] + 1 == ledger[-1]["request"]
    assert (ledger[0]["kind"], ledger[0]["key"]) == ("userPresenceEvents", "agent 7")


@pytest.mark.parametrize(
    ("path", "array", "fields", "key"),
    [
        (
            "/api/v2/events/conversations",
            "holdUpdatedEvents",
            {"conversationId": SOURCE, "communicationId": SOURCE, "held": True},
            SOURCE,
        ),
        (
            "/api/v2/events/users/routingstatus",
            "userRoutingStatusEvents",
            {"agentId": "a", "sourceId": "s", "status": "Idle"},
            "a",
        ),
        (
            "/api/v2/events/routing/customkpiattributions",
            "customKpiAttributionEvents",
            {"conversationId": "c", "associatedValue": 2.5},
            "c",
        ),
    ],
)
def test_the_other_streams(client, path, array, fields, key):
    sent = {"eventId": str(uuid.uuid4()), "eventDateTime": "2026-11-21T08:30:00Z", **fields}
    assert client.publish(sent, path=path, array=array).status_code == 200
    (entry,) = client.simulator.ledger_events()
    assert (entry["eventId"], entry["kind"], entry["key"]) == (sent["eventId"], array, key)


def test_one_bad_event_refuses_the_whole_body(client):
    events = [event() for _ in range(100)]
    events[62]["eventDateTime"] = "21.11.2026"
    answer = client.publish(*events)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid.date")
    assert answer.json()["details"] == [
        {"errorCode": "invalid.date", "fieldName": "userPresenceEvents[62].eventDateTime"}
    ]
    assert client.simulator.ledger()["accepted"] == 0


def test_only_json_is_taken(client):
    answer = client.request("POST", PRESENCE, data='{"userPresenceEvents": []}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported.media.type")
    tolerated = {"Content-Type": "application/json; charset=utf-8"}
    assert client.request("POST", PRESENCE, data="{}", headers=tolerated).json()["code"] == "zero.events.submitted"


def test_a_body_that_is_too_large_leaves_the_connection_usable(client):
    assert (
        client.request(
            "POST", PRESENCE, data=b" " * 3_000_000, headers={"Content-Type": "application/json"}
        ).status_code
        == 413
    )
    assert client.publish(event()).status_code == 200


def test_an_unknown_source_is_an_error_inside_the_200(client):
    client.simulator.settings(require_known_sources=True, sources=[{"id": SOURCE, "name": "Known"}])
    known, unknown = event(), event(sourceId=str(uuid.uuid4()))
    answer = client.publish(known, unknown)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert (error["eventId"], error["retryable"]) == (unknown["eventId"], False)
    assert unknown["sourceId"] in error["message"]
    assert accepted_ids(client.simulator) == [known["eventId"]]


def test_sources_active_or_not(client):
    sources = [{"id": "a", "name": "Active"}, {"id": "b", "name": "Gone", "deactivated": True}]
    client.simulator.settings(sources=sources)
    path = "/api/v2/presence/sources"
    active = client.request("GET", path).json()["entities"]
    assert [(source["type"], source["id"]) for source in active[1:]] == [("User", "a")]
    assert active[0]["type"] == "System"
    assert [source["id"] for source in client.request("GET", f"{path}?deactivated=TRUE").json()["entities"]] == ["b"]


def test_the_organization_can_be_another(client):
    client.simulator.settings(organization={"id": "some id", "name": "Some name"})
    answer = client.request("GET", "/api/v2/organizations/me").json()
    assert (answer["id"], answer["name"]) == ("some id", "Some name")


def test_users_come_in_pages(client):
    client.simulator.settings(users=7)
    uri, seen = "/api/v2/users?pageSize=3", []
    while uri:
        page = client.request("GET", uri).json()
        assert (page["total"], page["pageCount"]) == (7, 3)
        seen += [user["id"] for user in page["entities"]]
        uri = page.get("nextUri")
    assert len(seen) == len(set(seen)) == 7
    assert client.request("GET", "/api/v2/users?pageSize=501").json()["code"] == "invalid.query.param.value"
    assert client.request("GET", "/api/v2/users?pageNumber=x").status_code == 400


def test_many_connections_at_once(client):
    def publish_some(_: int) -> int:
        sender = Client(client.simulator)
        return sum(sender.publish(event(), event()).status_code == 200 for _ in range(5))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(publish_some, range(8))) == 40
    assert client.simulator.ledger() == {"accepted": 80, "distinct": 80, "duplicates": 0}
    assert client.simulator.requests()["totals"][f"POST {PRESENCE}"] == {"200": 40}
