"""The simulator over real HTTP, as a client of Genesys Cloud sees it."""

from __future__ import annotations

import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

PRESENCE = "/api/v2/events/users/presence"
SOURCE = "b7a1c0de-5e1f-4a7b-8c2d-90d3f1a2b301"
TIMEOUT = 30


class Client:
    """As little of a client as will do."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.log_in()

    def log_in(self) -> None:
        answer = token_request(self.simulator)
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.simulator.base_url + path, timeout=TIMEOUT, **arguments)

    def publish(
        self, *events: dict[str, Any], path: str = PRESENCE, array: str = "userPresenceEvents"
    ) -> requests.Response:
        return self.request("POST", path, json={array: events})


def token_request(simulator: Any, auth: Any = ("simulator", "simulator"), **form: str) -> requests.Response:
    form = {"grant_type": "client_credentials", **form}
    return requests.post(f"{simulator.login_url}/oauth/token", data=form, auth=auth, timeout=TIMEOUT)


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventId": str(uuid.uuid4()),
        "eventDateTime": "2026-11-21T08:30:00.000Z",
        "userId": "agent 7",
        "sourceId": SOURCE,
        **changes,
    }


def accepted_ids(simulator: Any) -> list[str]:
    return [entry["eventId"] for entry in simulator.ledger_events()]


@pytest.fixture
def client(genesys_cloud_simulator):
    return Client(genesys_cloud_simulator)


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
    client.simulator.settings(token_seconds=1)
    client.log_in()
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 200
    time.sleep(1.05)
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
    client.simulator.settings(requests_per_minute=1, rate_limit_window_seconds=0.5, rate_limit_headers=False)
    assert client.request("HEAD", "/api/v2/tokens/me").status_code == 200
    refused = client.request("HEAD", "/api/v2/tokens/me")
    assert (refused.status_code, refused.headers["Retry-After"], refused.content) == (429, "1", b"")
    assert not any(name.lower().startswith("inin-ratelimit") for name in refused.headers)
    time.sleep(0.55)
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


def test_a_status_comes_without_acting(client):
    client.simulator.add_fault(path="*/presence", status=503, retry_after=7, count=1)
    answer = client.publish(event())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json()["code"] == "service.unavailable"
    assert client.simulator.ledger()["accepted"] == 0
    assert client.publish(event()).status_code == 200


def test_a_status_can_come_after_acting(client):
    client.simulator.add_fault(path="*/presence", status=504, acts=True)
    assert client.publish(event()).status_code == 504
    assert client.simulator.ledger()["accepted"] == 1


def test_retry_after_as_a_date_and_a_429_without_any(client):
    client.simulator.add_fault(status=429, retry_after_date=30, count=1)
    client.simulator.add_fault(status=429)
    dated, bare = client.publish(event()), client.publish(event())
    assert 28 <= (parsedate_to_datetime(dated.headers["Retry-After"]) - datetime.now(UTC)).total_seconds() <= 30
    assert (bare.status_code, "Retry-After" in bare.headers) == (429, False)


def test_a_gateway_answers_in_html(client):
    client.simulator.add_fault(status=502)
    answer = client.publish(event())
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")


def test_a_status_the_description_does_not_list(client):
    client.simulator.add_fault(status=410)
    answer = client.publish(event())
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_a_body_that_stops_halfway_is_no_request(client):
    host, _, port = client.simulator.base_url.removeprefix("http://").partition(":")
    before = client.simulator.requests()["total"]
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        authorization = client.session.headers["Authorization"]
        head = f"POST {PRESENCE} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Length: 900\r\n\r\n"
        connection.sendall(head.encode() + b'{"userPresenceEvents": [')
    assert client.publish(event()).status_code == 200
    assert client.simulator.requests()["total"] == before + 1


@pytest.mark.parametrize(("moment", "accepted"), [("before", 0), ("after", 1)])
def test_a_connection_is_reset(client, moment, accepted):
    client.simulator.add_fault(reset=moment, count=1)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        client.publish(event())
    assert client.simulator.ledger()["accepted"] == accepted
    log = client.simulator.requests(last=1)["requests"]
    assert (log[0]["status"], log[0]["events"], log[0]["fault"]) == (None, accepted, f"reset {moment}")
    assert client.publish(event()).status_code == 200


def test_an_answer_is_cut_off(client):
    client.simulator.add_fault(truncate=True, count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.publish(event())
    assert client.simulator.ledger()["accepted"] == 1
    assert client.publish(event()).status_code == 200


def test_a_token_ends_in_the_middle(client):
    client.simulator.add_fault(expire_token=True, after=1, count=1)
    assert [client.publish(event()).status_code for _ in range(3)] == [200, 401, 401]
    client.log_in()
    assert client.publish(event()).status_code == 200
    assert client.simulator.ledger()["accepted"] == 2


def test_a_retryable_and_a_final_partial_error(client):
    passing, final, good = event(), event(), event()
    client.simulator.add_fault(partial={"retryable": True, "event_ids": [passing["eventId"]]}, count=1)
    client.simulator.add_fault(
        partial={"retryable": False, "event_ids": [final["eventId"]], "message": "No such user."}
    )
    first = client.publish(passing, good)
    assert first.status_code == 200
    assert [(e["eventId"], e["retryable"]) for e in first.json()["errors"]] == [(passing["eventId"], True)]
    again = client.publish(passing, final).json()["errors"]
    assert again == [{"eventId": final["eventId"], "message": "No such user.", "retryable": False}]
    assert accepted_ids(client.simulator) == [good["eventId"], passing["eventId"]]


def test_a_body_is_refused_whatever_is_in_it(client):
    client.simulator.add_fault(refuse_whole_body=True)
    answer = client.publish(event())
    assert (answer.status_code, answer.json()["code"]) == (400, "bad.request")
    assert client.simulator.ledger()["accepted"] == 0


def test_a_late_answer(client):
    client.simulator.settings(latency_ms=50)
    client.simulator.add_fault(latency_ms=250, count=1)
    started = time.monotonic()
    assert client.publish(event()).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_an_event_is_accepted_though_its_sender_has_gone(client):
    client.simulator.settings(latency_ms=300)
    with pytest.raises(requests.Timeout):
        client.session.post(client.simulator.base_url + PRESENCE, json={"userPresenceEvents": [event()]}, timeout=0.1)
    deadline = time.monotonic() + 10
    while client.simulator.ledger()["accepted"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_request_under_way_does_not_touch_the_account_after_a_reset(client):
    client.simulator.settings(latency_ms=300)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(client.publish, event())
        time.sleep(0.1)
        client.simulator.reset()
        assert late.result().status_code == 200
    assert client.simulator.ledger()["accepted"] == 0
    assert client.simulator.requests()["total"] == 0


def test_the_same_seed_gives_the_same_faults(client):
    def statuses(seed: int) -> list[int]:
        client.simulator.reset()
        client.simulator.seed(seed)
        client.log_in()
        client.simulator.add_fault(status=503, probability=0.4)
        return [client.publish(event()).status_code for _ in range(40)]

    assert statuses(5) == statuses(5) != statuses(6)


def test_the_handle_says_what_is_wrong_with_a_rule_or_a_setting(client):
    with pytest.raises(ValueError, match="a rule goes wrong in one way, not in status and reset"):
        client.simulator.add_fault(status=503, reset="before")
    with pytest.raises(ValueError, match="latency_ms"):
        client.simulator.settings(latency_ms=-1)


def test_many_connections_at_once(client):
    def publish_some(_: int) -> int:
        sender = Client(client.simulator)
        return sum(sender.publish(event(), event()).status_code == 200 for _ in range(5))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(publish_some, range(8))) == 40
    assert client.simulator.ledger() == {"accepted": 80, "distinct": 80, "duplicates": 0}
    assert client.simulator.requests()["totals"][f"POST {PRESENCE}"] == {"200": 40}
