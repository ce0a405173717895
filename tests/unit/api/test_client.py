from __future__ import annotations

import json
import logging
import re
from dataclasses import replace

import pytest
import requests
from api_world import API, LOGIN

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import OPERATIONS, Operation
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysConfigError,
    GenesysError,
    GenesysGoneError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

SOURCES = f"{API}/api/v2/presence/sources"
USERS = f"{API}/api/v2/users"
EVENTS = f"{API}/api/v2/events/users/presence"
ORGANIZATION = f"{API}/api/v2/organizations/me"
TOKEN = f"{LOGIN}/oauth/token"
GUEST = Operation(name="getGuestThing", method="GET", path="/api/v2/guest", authentication="guest", repeat="client")
CURSOR = Operation(
    name="getThings", method="GET", path="/api/v2/things", query=("pageSize",), paging="cursor", repeat="client"
)


def error_body(status, code, message, **more):
    return {"status": status, "code": code, "message": message, "contextId": "ctx", "details": [], "errors": [], **more}


def tokens_sent(api, url):
    return [call.request.headers["Authorization"] for call in api.calls if call.request.url.startswith(url)]


def count(api, url):
    return sum(call.request.url.startswith(url) for call in api.calls)


def recording(api, url, *answers):
    """Answer POSTs in turn and note token and body of each; ``api.calls`` holds the one request that is sent again."""
    seen, turns = [], iter(answers)

    def answer(request):
        seen.append((request.headers["Authorization"], request.body))
        status, headers, body = next(turns)
        return status, headers, json.dumps(body)

    api.add_callback("POST", url, callback=answer)
    return seen


# ---------------------------------------------------------------- one call


def test_a_call_sends_what_it_says_and_returns_the_json(api, client):
    api.put(f"{API}/api/v2/things/a%2Fb", json={"id": "a/b"})
    row = Operation(name="putThing", method="PUT", path="/api/v2/things/{id}", query=("expand",))
    answer = client.call(row, path_params={"id": "a/b"}, query={"expand": ["x", "y"]}, body={"name": "Zoë"})
    assert answer == {"id": "a/b"}
    request = api.calls[-1].request
    assert request.url.endswith("/api/v2/things/a%2Fb?expand=x&expand=y")
    assert json.loads(request.body) == {"name": "Zoë"}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "test/1 python/3"
    assert request.headers["Authorization"] == "Bearer token-1"
    assert "Cookie" not in request.headers


def test_an_empty_answer_is_none(api, client):
    api.head(f"{API}/api/v2/tokens/me", status=200)
    api.get(SOURCES, status=204)
    assert client.call("headTokensMe") is None
    assert client.call("getPresenceSources") is None


def test_the_token_is_fetched_once_for_all_clients_of_a_process(api, settings, clock):
    api.get(SOURCES, json={})
    for client in (GenesysCloudClient(settings), GenesysCloudClient(settings)):
        client.call("getPresenceSources")
        client.call("getPresenceSources")
    assert count(api, TOKEN) == 1
    GenesysCloudClient(replace(settings, client_secret="another")).call("getPresenceSources")
    assert count(api, TOKEN) == 2


def test_each_token_is_handed_over_the_moment_it_arrives(api, settings, clock):
    api.get(SOURCES, json={})
    seen = []
    client = GenesysCloudClient(replace(settings, on_token=lambda token: seen.append((token, count(api, API)))))
    client.call("getPresenceSources")
    assert seen == [("token-1", 0)], "before the first request that carries it"


def test_making_a_client_asks_nothing_of_the_network(api, client):
    assert len(api.calls) == 0


def test_a_guest_speaks_with_its_own_token(api, client):
    api.get(f"{API}/api/v2/guest", json={"ok": 1})
    assert client.call(GUEST, guest_token="guest-1") == {"ok": 1}
    assert tokens_sent(api, API) == ["Bearer guest-1"]
    with pytest.raises(GenesysConfigError, match="getGuestThing: guest_token is missing"):
        client.call(GUEST)
    assert count(api, TOKEN) == 0


def test_an_operation_without_authentication_carries_no_token(api, client):
    api.get(f"{API}/api/v2/open", json={})
    client.call(Operation(name="getOpen", method="GET", path="/api/v2/open", authentication="none"))
    assert "Authorization" not in api.calls[-1].request.headers


# ---------------------------------------------------------------- errors by type


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, GenesysApiError),
        (403, GenesysPermissionError),
        (404, GenesysNotFoundError),
        (409, GenesysApiError),
        (410, GenesysGoneError),
        (413, GenesysApiError),
        (500, GenesysServerError),
    ],
)
def test_an_error_has_its_type_and_all_that_was_said(api, client, status, kind):
    body = error_body(status, "some.code", "What is wrong.")
    api.get(SOURCES, status=status, json=body, headers={"ININ-Correlation-Id": "corr-1"})
    with pytest.raises(kind) as caught:
        client.call("getPresenceSources")
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.correlation_id) == (status, "some.code", "corr-1")
    assert error.operation == "getPresenceSources"
    assert "What is wrong." in error.message
    assert count(api, SOURCES) == 1, "and is not repeated"


def test_a_403_names_the_permission_once(api, client):
    api.get(SOURCES, status=403, json=error_body(403, "missing.permissions", "Not allowed."))
    with pytest.raises(GenesysPermissionError, match="needs the permission presence:source:view"):
        client.call("getPresenceSources")
    api.replace("GET", SOURCES, status=403, json=error_body(403, "x", "You need [presence:source:view]."))
    with pytest.raises(GenesysPermissionError) as caught:
        client.call("getPresenceSources")
    assert str(caught.value).count("presence:source:view") == 1


def test_details_and_context_id_are_told(api, client):
    details = [{"fieldName": "userPresenceEvents[3].userId", "errorCode": "x"}, "odd", {"fieldName": None}]
    api.get(SOURCES, status=400, json=error_body(400, "bad.request", "Bad.", details=details))
    with pytest.raises(GenesysApiError) as caught:
        client.call("getPresenceSources")
    assert caught.value.message == "Bad. (userPresenceEvents[3].userId)"
    assert caught.value.correlation_id == "ctx"


def test_a_long_message_is_cut(api, client):
    api.get(SOURCES, status=400, json=error_body(400, "bad.request", "x" * 5000))
    with pytest.raises(GenesysApiError) as caught:
        client.call("getPresenceSources")
    assert len(caught.value.message) == 300


@pytest.mark.parametrize("body", ["<html>It was not Genesys</html>", "[1]", '"text"', "null"])
def test_an_error_that_is_not_the_apis_is_recognised(api, client, body):
    api.get(SOURCES, status=404, body=body, content_type="text/html; charset=utf-8")
    with pytest.raises(
        GenesysNotFoundError, match="text/html instead of JSON; it came from a gateway or proxy"
    ) as caught:
        client.call("getPresenceSources")
    assert "It was not Genesys" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "found"),
    [("[1]", "list"), ('"text"', "str"), ("null", "NoneType"), ('{"message": "canary', "broken JSON"), ("7", "int")],
)
@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
def test_an_error_that_is_json_but_no_object_is_called_what_it_is(api, client, kind, body, found):
    api.get(SOURCES, status=400, body=body, content_type=kind)
    with pytest.raises(GenesysApiError, match=f"the answer is {found} instead of a JSON object; it came") as caught:
        client.call("getPresenceSources")
    assert "canary" not in str(caught.value)


def test_a_good_answer_that_is_broken_json_is_called_so(api, client):
    api.get(SOURCES, body='{"entities": [', content_type="application/json")
    with pytest.raises(GenesysTransportError, match=r"\(HTTP 200\) is broken JSON"):
        client.view(wait=lambda *_: None).call("getPresenceSources", policy=RetryPolicy(max_attempts=1))


def test_a_good_answer_that_is_no_json_was_acted_on(api, client):
    api.get(SOURCES, body="<html>", content_type="text/html")
    with pytest.raises(GenesysTransportError, match=r"\(HTTP 200\) is text/html instead of JSON") as caught:
        client.view(wait=lambda *_: None).call("getPresenceSources", policy=RetryPolicy(max_attempts=1))
    assert caught.value.sent is True


def test_a_redirect_is_refused_and_only_its_host_is_told(api, client):
    api.get(SOURCES, status=302, headers={"Location": "https://sso.invalid/login?session=canary"})
    with pytest.raises(GenesysApiError, match=r"redirect to sso\.invalid refused") as caught:
        client.call("getPresenceSources")
    assert "canary" not in str(caught.value)


# ---------------------------------------------------------------- repeating


def test_passing_failures_are_waited_out(api, client, clock):
    for status in (503, 502, 504, 408):
        api.get(SOURCES, status=status, json=error_body(status, "x", "later"))
    api.get(SOURCES, body=requests.ConnectionError("reset"))
    api.get(SOURCES, json={"total": 1})
    meter = Meter()
    assert client.view(wait=clock.wait, meter=meter).call("getPresenceSources") == {"total": 1}
    assert (meter.requests, meter.retries, meter.throttled, meter.rate_limited_seconds) == (6, 5, 0, 0)
    waits = [*clock.waited("the server answers HTTP "), *clock.waited("no whole answer comes")]
    assert len(waits) == 5
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))


def test_attempts_run_out_and_the_error_says_so(api, client, clock):
    api.get(SOURCES, status=503, json=error_body(503, "service.unavailable", "later"))
    with pytest.raises(GenesysServerError) as caught:
        client.view(wait=clock.wait).call("getPresenceSources", policy=RetryPolicy(max_attempts=3))
    assert count(api, SOURCES) == 3
    assert caught.value.__notes__ == ["Given up after 3 attempts and 0 s of waiting for rate limits."]


def test_500_is_not_repeated(api, client, clock):
    api.get(SOURCES, status=500, json=error_body(500, "internal.server.error", "no"))
    with pytest.raises(GenesysServerError):
        client.view(wait=clock.wait).call("getPresenceSources")
    assert count(api, SOURCES) == 1


@pytest.mark.parametrize("retry_after", ["42", None])
def test_a_429_is_waited_out_and_holds_back_the_other_lanes(api, client, settings, clock, retry_after):
    api.get(
        SOURCES,
        status=429,
        json=error_body(429, "too.many", "x"),
        headers={"Retry-After": retry_after} if retry_after else {},
    )
    api.get(SOURCES, json={})
    meter = Meter()
    held_back = []

    def wait(seconds, reason):
        held_back.append(client._performer.access.parts().limiter.acquire())
        clock.wait(seconds, reason)

    client.view(wait=wait, meter=meter).call("getPresenceSources")
    (waited,) = clock.waited("rate limited (HTTP 429)")
    least = 42 if retry_after else 1
    assert least <= waited <= least + 1
    assert held_back[0] == pytest.approx(waited), "what another lane is told meanwhile"
    assert (meter.requests, meter.retries, meter.throttled) == (2, 1, 1)
    assert meter.rate_limited_seconds == pytest.approx(waited)


def test_a_server_that_asks_for_more_than_max_wait_is_given_up(api, settings, clock):
    client = GenesysCloudClient(replace(settings, max_wait=60.0))
    api.get(SOURCES, status=429, json=error_body(429, "too.many", "x"), headers={"Retry-After": "61"})
    with pytest.raises(GenesysRateLimitError) as caught:
        client.view(wait=clock.wait).call("getPresenceSources")
    assert caught.value.retry_after == 61
    assert clock.repeats == []


def test_rate_limits_have_a_budget_of_their_own(api, client, clock):
    api.get(SOURCES, status=429, json=error_body(429, "too.many", "x"), headers={"Retry-After": "10"})
    policy = RetryPolicy(max_attempts=1, max_rate_limit_wait=35.0)
    with pytest.raises(GenesysRateLimitError):
        client.view(wait=clock.wait).call("getPresenceSources", policy=policy)
    assert count(api, SOURCES) >= 3
    assert sum(clock.waited("rate limited")) <= 35.0 + 1e-9


@pytest.mark.parametrize("failure", [502, 503, 504, 408, requests.ReadTimeout(), requests.ConnectionError()], ids=repr)
def test_an_event_post_whose_answer_is_lost_is_left_to_its_caller(api, client, clock, failure):
    if isinstance(failure, int):
        api.post(EVENTS, status=failure, json=error_body(failure, "x", "x"))
    else:
        api.post(EVENTS, body=failure)
    with pytest.raises((GenesysServerError, GenesysTransportError)) as caught:
        client.view(wait=clock.wait).sender("postEventsUsersPresence").send(b"{}")
    assert count(api, EVENTS) == 1
    assert getattr(caught.value, "sent", None) is None


@pytest.mark.parametrize("status", [429, 503])
def test_an_event_post_that_was_refused_untried_is_repeated_with_its_body(api, client, clock, status):
    busy = (status, {"Retry-After": "2"}, error_body(status, "x", "x"))
    seen = recording(api, EVENTS, busy, (200, {}, {}), (200, {}, {}))
    sender = client.view(wait=clock.wait).sender("postEventsUsersPresence")
    assert sender.send(b'{"userPresenceEvents": []}') == {}
    assert sender.send(b"{}") == {}
    assert [body for _, body in seen] == [b'{"userPresenceEvents": []}', b'{"userPresenceEvents": []}', b"{}"]


def test_a_wait_that_raises_stops_the_call(api, client):
    api.get(SOURCES, status=503, json=error_body(503, "x", "x"))

    def stop(seconds, reason):
        raise KeyboardInterrupt(reason)

    with pytest.raises(KeyboardInterrupt, match="the server answers HTTP 503"):
        client.view(wait=stop).call("getPresenceSources")
    assert count(api, SOURCES) == 1
    assert client._performer.access.parts().limiter._in_flight == 0


# ---------------------------------------------------------------- tokens


def test_a_refused_token_is_replaced_and_the_request_replayed_once(api, client, clock):
    expired = error_body(401, "bad.credentials", "Invalid login credentials.")
    seen = recording(api, EVENTS, (401, {}, expired), (200, {}, {"errors": []}))
    meter = Meter()
    assert client.view(wait=clock.wait, meter=meter).sender("postEventsUsersPresence").send(b"{1}") == {"errors": []}
    assert seen == [("Bearer token-1", b"{1}"), ("Bearer token-2", b"{1}")]
    assert (meter.requests, meter.retries) == (2, 1)
    assert clock.repeats == []


def test_a_second_401_is_an_auth_error(api, client, clock):
    api.get(SOURCES, status=401, json=error_body(401, "ip.not.authorized", "Not from there."))
    with pytest.raises(GenesysAuthError, match=re.escape("ip.not.authorized")):
        client.view(wait=clock.wait).call("getPresenceSources")
    assert count(api, SOURCES) == 2
    assert count(api, TOKEN) == 2


def test_a_guests_401_is_not_replayed(api, client):
    api.get(f"{API}/api/v2/guest", status=401, json=error_body(401, "x", "x"))
    with pytest.raises(GenesysAuthError):
        client.call(GUEST, guest_token="guest-1")
    assert count(api, API) == 1


def test_refused_credentials_stop_before_anything_is_sent(api, client, clock):
    api.replace(
        "POST", TOKEN, status=401, json={"error": "invalid_client", "error_description": "authentication failed"}
    )
    with pytest.raises(GenesysAuthError, match="is the client secret"):
        client.view(wait=clock.wait).sender("postEventsUsersPresence").send(b"{}")
    assert count(api, API) == 0
    assert clock.repeats == []


@pytest.mark.parametrize("lost", [502, requests.ReadTimeout(), requests.ConnectionError()], ids=repr)
def test_an_event_post_for_which_no_token_came_was_not_sent(api, client, clock, lost):
    api.remove("POST", TOKEN)
    if isinstance(lost, int):
        api.post(TOKEN, status=lost, body="<html>", content_type="text/html")
    else:
        api.post(TOKEN, body=lost)
    with pytest.raises(GenesysTransportError, match="no access token") as caught:
        client.view(wait=clock.wait).sender("postEventsUsersPresence", policy=RetryPolicy(max_attempts=3)).send(b"{}")
    assert caught.value.sent is False
    assert count(api, TOKEN) == 3, "one layer repeats"
    assert count(api, API) == 0


def test_the_token_endpoints_rate_limit_is_waited_out(api, client, clock):
    api.remove("POST", TOKEN)
    limited = {"error": "invalid_request", "error_description": "rate limit exceeded"}
    api.post(TOKEN, status=400, json=limited, headers={"Retry-After": "30"})
    api.post(TOKEN, json={"access_token": "abc", "expires_in": 600})
    api.get(SOURCES, json={})
    meter = Meter()
    assert client.view(wait=clock.wait, meter=meter).call("getPresenceSources") == {}
    (waited,) = clock.waited("rate limited (HTTP 400)")
    assert 30 <= waited <= 31
    assert (meter.requests, meter.throttled) == (1, 0), "it is none of the API's"


# ---------------------------------------------------------------- pacing and its log


def test_requests_are_paced_by_the_servers_headers(api, client, clock):
    api.get(
        SOURCES,
        json={},
        headers={"inin-ratelimit-count": "300", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "20"},
    )
    client.view(wait=clock.wait).call("getPresenceSources")
    assert client.allowance_used == 1.0
    begun = clock.now
    client.view(wait=clock.wait).call("getPresenceSources")
    assert 19 <= clock.now - begun <= 25
    assert {reason for _, reason in clock.waits} == {"keeping to the rate limit"}


def test_each_request_is_released_whatever_becomes_of_it(api, client, clock):
    api.get(SOURCES, status=500, json={})
    api.get(USERS, body=requests.ConnectionError())
    for name in ("getPresenceSources", "getUsers"):
        with pytest.raises(GenesysError):
            client.view(wait=clock.wait).call(name, policy=RetryPolicy(max_attempts=1))
    assert client._performer.access.parts().limiter._in_flight == 0


def give_up(seconds, reason):
    raise TimeoutError(reason)


def test_a_long_wait_is_logged_once_for_all_lanes(api, client, clock, caplog):
    caplog.set_level(logging.INFO)
    api.get(SOURCES, status=429, json=error_body(429, "x", "x"), headers={"Retry-After": "50"})
    for _ in range(12):
        with pytest.raises(TimeoutError):
            client.view(wait=give_up).call("getPresenceSources")
    with pytest.raises(TimeoutError):
        client.view(wait=give_up).sender("postEventsUsersPresence").send(b"{}")
    (line,) = [record.getMessage() for record in caplog.records]
    assert re.fullmatch(r"Waiting for 5[01] s: rate limited \(HTTP 429\)\. Then requests go on by themselves\.", line)


def test_an_outage_is_logged_once_for_all_lanes(api, client, clock, caplog):
    caplog.set_level(logging.INFO)
    api.get(SOURCES, body=requests.ConnectionError())
    for _ in range(12):
        with pytest.raises(GenesysTransportError):
            client.view(wait=clock.wait).call("getPresenceSources")
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("A request failed: the connection to api.example.com broke: ")
    assert re.search(r"; this was try 2 of 8\. It is repeated in [12] s, and with longer waits after that", line)


# ---------------------------------------------------------------- the organisation


def test_the_expected_organisation_is_checked(api, settings, client, clock):
    client.check_organization()
    assert len(api.calls) == 0, "nothing is expected"
    api.get(ORGANIZATION, json={"id": "org-1", "name": "Example"})
    GenesysCloudClient(replace(settings, expected_organization_id="org-1")).check_organization()
    with pytest.raises(GenesysConfigError, match="is org-2, but the client belongs to organisation org-1"):
        GenesysCloudClient(replace(settings, expected_organization_id="org-2")).check_organization()


def test_an_organisation_that_may_not_be_read_is_not_taken_for_the_expected_one(api, settings, clock):
    api.get(ORGANIZATION, status=403, json=error_body(403, "missing.permissions", "No."))
    with pytest.raises(GenesysConfigError, match="org-1, but the client may not read"):
        GenesysCloudClient(replace(settings, expected_organization_id="org-1")).check_organization()


def expecting(settings, organization="org-1"):
    return GenesysCloudClient(replace(settings, expected_organization_id=organization))


def test_the_organisation_is_asked_for_once_before_the_first_write(api, settings, clock):
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.get(SOURCES, json={})
    api.post(SOURCES, json={})
    recording(api, EVENTS, *[(200, {}, {})] * 3)
    client, meter = expecting(settings), Meter()
    client.view(meter=meter).call("getPresenceSources")
    assert (count(api, ORGANIZATION), meter.requests) == (0, 1), "a read is free of it"
    for _ in range(2):
        client.view(meter=meter).call("postPresenceSources", body={})
    sender = client.view(meter=meter).sender("postEventsUsersPresence")
    for body in (b"1", b"2", b"3"):
        sender.send(body)
    assert (count(api, ORGANIZATION), meter.requests) == (1, 1 + 2 + 3)
    order = [call.request.url for call in api.calls if call.request.url.startswith((ORGANIZATION, SOURCES))]
    assert order == [SOURCES, ORGANIZATION, SOURCES, SOURCES]
    expecting(settings).call("postPresenceSources", body={})
    assert count(api, ORGANIZATION) == 2, "another client"


def test_who_checked_the_organisation_is_not_asked_for_it_again(api, settings, clock):
    api.get(ORGANIZATION, json={"id": "org-1"})
    api.post(SOURCES, json={})
    client, meter = expecting(settings), Meter()
    client.view(meter=meter).check_organization()
    client.view(meter=meter).call("postPresenceSources", body={})
    client.sender("postEventsUsersPresence")
    assert (count(api, ORGANIZATION), meter.requests) == (1, 2)
    client.check_organization()
    assert count(api, ORGANIZATION) == 2, "who asks for it gets it"


@pytest.mark.parametrize("name", [row.name for row in OPERATIONS.values() if row.writes and row.path[:4] == "/api"])
def test_nothing_is_written_to_another_organisation_than_the_expected(api, settings, clock, name):
    api.get(ORGANIZATION, json={"id": "org-1"})
    client = expecting(settings, "org-2")
    for _ in range(2):
        with pytest.raises(GenesysConfigError, match="expected_organization_id is org-2"):
            client.call(name, **arguments_of(OPERATIONS[name]))
    with pytest.raises(GenesysConfigError, match="expected_organization_id is org-2"):
        client.sender("postEventsUsersPresence")
    assert count(api, API) == count(api, ORGANIZATION) == 3


@pytest.mark.parametrize("failure", [502, requests.ReadTimeout()], ids=repr)
def test_an_organisation_that_could_not_be_asked_for_leaves_all_unwritten(api, settings, clock, failure):
    if isinstance(failure, int):
        api.get(ORGANIZATION, status=failure, json={})
    else:
        api.get(ORGANIZATION, body=failure)
    with pytest.raises(GenesysTransportError, match="nothing was written") as caught:
        expecting(settings).view(wait=clock.wait).call("postPresenceSources", body={})
    assert caught.value.sent is False
    assert count(api, SOURCES) == 0
    assert clock.repeats, "it waits as the call does"


def test_arguments_are_checked_before_the_organisation(api, settings, clock):
    with pytest.raises(GenesysConfigError, match="the body is missing"):
        expecting(settings).call("postPresenceSources")
    assert len(api.calls) == 0


# ---------------------------------------------------------------- the whole table


def arguments_of(row):
    return {
        "path_params": dict.fromkeys(re.findall(r"{(\w+)}", row.path), "x"),
        "body": {} if row.needs_body else None,
        "guest_token": "guest-1" if row.authentication == "guest" else None,
    }


ROWS = sorted({row for row in OPERATIONS.values() if row.system == "Genesys Cloud"}, key=lambda row: row.name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_403_names_every_permission_of_its_operation(api, client, row):
    url = API + re.sub(r"{\w+}", "x", row.path)
    refusal = json.dumps(error_body(403, "missing.permissions", "Not allowed.")) if row.method != "HEAD" else ""
    api.add(row.method, url, status=403, body=refusal)
    with pytest.raises(GenesysPermissionError) as caught:
        client.call(row.name, **arguments_of(row))
    told = str(caught.value)
    assert told.startswith(f"{row.name}: HTTP 403")
    joiner = " or " if row.any_permission else " and "
    assert ("it needs the permission" in told) == bool(row.permissions)
    assert joiner.join(row.permissions) in told


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_deprecated_operation_warns_once_and_names_its_successor(api, client, row, caplog):
    api.add(row.method, API + re.sub(r"{\w+}", "x", row.path))
    for name in (row.name, *row.aliases, row.name):
        client.call(name, **arguments_of(row))
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    if row.deprecated is None:
        assert warnings == []
    else:
        instead = f"use {row.successor} instead" if row.successor else "there is no operation in its place"
        assert warnings == [f"{row.name} is deprecated since {row.deprecated}; {instead}"]


# ---------------------------------------------------------------- paging


def pages_of(api, *pages):
    def answer(request):
        number = int(request.params["pageNumber"])
        page = pages[min(number, len(pages)) - 1]
        return 200, {}, json.dumps(page)

    api.add_callback("GET", USERS, callback=answer)


def test_pages_are_read_to_the_last(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageNumber": n, "pageCount": 3} for n in (1, 2, 3)))
    assert [each["id"] for each in client.iterate("getUsers", query={"pageSize": 1, "state": "active"})] == [1, 2, 3]
    assert [call.request.params["pageNumber"] for call in api.calls if call.request.url.startswith(USERS)] == list(
        "123"
    )
    assert {call.request.params["state"] for call in api.calls if call.request.url.startswith(USERS)} == {"active"}


def test_pages_are_read_one_at_a_time(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageCount": 9} for n in range(9)))
    next(client.iterate("getUsers"))
    assert count(api, USERS) == 1


def test_each_page_is_shown_before_its_entities(api, client):
    pages_of(api, *({"entities": [{"id": n}], "total": 2, "pageCount": 2} for n in (1, 2)))
    seen = []
    listed = client.iterate("getUsers", on_page=lambda page: seen.append(page["total"]))
    assert [(each["id"], len(seen)) for each in listed] == [(1, 1), (2, 2)]


def test_without_a_page_count_an_empty_page_is_the_last(api, client):
    pages_of(api, {"entities": [{"id": 1}]}, {"entities": []})
    assert list(client.iterate("getUsers")) == [{"id": 1}]


@pytest.mark.parametrize("page", [{"entities": [], "pageCount": 0}, {"entities": []}])
def test_nothing_is_read_from_nothing(api, client, page):
    pages_of(api, page)
    assert list(client.iterate("getUsers")) == []


@pytest.mark.parametrize("page", [{}, {"pageCount": 1}, {"entities": None, "pageCount": 1}, {"foo": 1}])
@pytest.mark.parametrize("listing", ["getUsers", "getWebdeploymentsDeployments"])
def test_a_page_without_entities_is_an_error_and_not_an_empty_one(api, client, listing, page):
    api.get(API + OPERATIONS[listing].path, json=page)
    with pytest.raises(GenesysError, match=f"{listing}: page 1 has no entities"):
        list(client.iterate(listing))


@pytest.mark.parametrize(
    "more",
    [
        lambda n: {"pageCount": 500},
        lambda n: {"pageCount": 500, "pageNumber": n},
        lambda n: {"pageNumber": n},
        lambda n: {"total": n},
    ],
)
def test_a_server_that_repeats_a_page_is_an_error_whatever_else_is_in_it(api, client, more):
    pages_of(api, *({"entities": [{"id": 1, "name": "a"}], **more(n)} for n in (1, 2, 3)))
    read = client.iterate("getUsers")
    assert next(read) == {"id": 1, "name": "a"}
    with pytest.raises(GenesysError, match="getUsers: page 2 is page 1 again"):
        next(read)
    assert count(api, USERS) == 2


def test_an_earlier_page_than_the_last_is_known_again(api, client):
    pages_of(api, *({"entities": [{"id": n % 3}], "pageNumber": n, "pageCount": 9} for n in range(1, 10)))
    with pytest.raises(GenesysError, match="page 4 is page 1 again"):
        list(client.iterate("getUsers"))


def test_empty_pages_are_no_repetition(api, client):
    pages_of(api, *({"entities": [{"id": n}] * (n == 4), "pageNumber": n, "pageCount": 4} for n in range(1, 5)))
    assert list(client.iterate("getUsers")) == [{"id": 4}]


@pytest.mark.parametrize("count", [None, "2", 2.5, True, [2]])
def test_a_page_count_that_is_no_number_is_an_error(api, client, count):
    pages_of(api, {"entities": [{"id": 1}], "pageCount": count})
    with pytest.raises(GenesysError, match=r"getUsers: page 1 says .* as its pageCount"):
        list(client.iterate("getUsers"))


def test_pages_without_end_are_an_error(api, client):
    pages_of(api, *({"entities": [{"id": n}], "pageCount": 99} for n in range(99)))
    with pytest.raises(GenesysError, match="more than 4 pages"):
        list(client.iterate("getUsers", max_pages=4))
    assert count(api, USERS) == 4


def test_an_operation_without_pages_gives_its_entities_or_its_bare_array(api, client):
    api.get(SOURCES, json={"entities": [{"id": 1}, {"id": 2}], "total": 2})
    assert [each["id"] for each in client.iterate("getPresenceSources")] == [1, 2]
    api.get(f"{API}/api/v2/systempresences", json=[{"name": "Away"}, {"name": "Busy"}])
    assert [each["name"] for each in client.iterate("getSystempresences")] == ["Away", "Busy"]


@pytest.mark.parametrize("answer", [{"id": 1}, {"entities": None}, {}, None, "text"])
def test_what_is_no_listing_is_an_error_and_not_an_empty_listing(api, client, answer):
    api.get(SOURCES, json=answer)
    with pytest.raises(GenesysConfigError, match="getPresenceSources is no listing"):
        list(client.iterate("getPresenceSources"))


@pytest.mark.parametrize(
    "more",
    [
        {"nextUri": "/api/v2/x?y=1"},
        {"next": "/x"},
        {"pageNumber": 1, "pageCount": 2},
        {"pageNumber": 1, "pageCount": "2"},
        {"pageNumber": "1", "pageCount": 1},
    ],
)
def test_a_listing_that_has_pages_which_the_table_does_not_know_is_not_cut_short(api, client, more):
    api.get(SOURCES, json={"entities": [{"id": 1}], **more})
    with pytest.raises(GenesysError, match="first of several pages"):
        list(client.iterate("getPresenceSources"))


def test_a_page_that_is_none_is_an_error(api, client):
    api.get(USERS, json=["a"])
    with pytest.raises(GenesysError, match="page 1 is a list and no page"):
        list(client.iterate("getUsers"))


def test_the_arguments_of_a_listing_are_checked_before_its_first_page(client):
    with pytest.raises(GenesysConfigError, match="no query parameter 'stat', did you mean 'state'"):
        client.iterate("getUsers", query={"stat": "active"})
    with pytest.raises(GenesysConfigError, match="pageNumber leads to one page"):
        client.iterate("getUsers", query={"pageNumber": 2})
    with pytest.raises(GenesysConfigError, match="deletePresenceSource is no listing: it is a DELETE"):
        client.iterate("deletePresenceSource", path_params={"sourceId": "x"})


@pytest.mark.parametrize("name", [None, True, ["getUsers"], b"getUsers"])
def test_an_operation_is_named_by_text(client, name):
    for way in (client.call, client.iterate, client.sender):
        with pytest.raises(GenesysConfigError, match="operation must be text"):
            way(name)


@pytest.mark.parametrize("wrong", [["id"], [], "id=1", "", 7, {"id"}])
def test_arguments_of_the_wrong_type_are_refused_before_anything_is_sent(api, client, wrong):
    for way in (client.call, client.iterate):
        with pytest.raises(GenesysConfigError, match=r"getUsers: query must be a mapping .* It takes: "):
            way("getUsers", query=wrong)
        with pytest.raises(GenesysConfigError, match="getPresenceSource: path_params must be a mapping"):
            way("getPresenceSource", path_params=wrong)
    assert len(api.calls) == 0


def test_the_pages_of_a_listing_are_counted_and_waited_for(api, client, clock):
    answers = iter(
        [(429, {"Retry-After": "3"}, "{}"), *((200, {}, json.dumps({"entities": [n], "pageCount": 3})) for n in "abc")]
    )
    api.add_callback("GET", USERS, callback=lambda request: next(answers))
    meter, reasons = Meter(), []

    def wait(seconds, reason):
        reasons.append(reason)
        clock.wait(seconds, reason)

    assert list(client.view(wait=wait, meter=meter).iterate("getUsers")) == ["a", "b", "c"]
    assert (meter.requests, meter.throttled) == (4, 1)
    assert any("rate limited" in reason for reason in reasons)


def test_the_listings_of_a_guest_take_the_guests_token(api, client):
    url = f"{API}/api/v2/webchat/guest/conversations/c/members"
    api.get(url, json={"entities": [{"id": 1}], "pageCount": 1})
    listing = client.iterate(
        "getWebchatGuestConversationMembers", path_params={"conversationId": "c"}, guest_token="guest-1"
    )
    assert list(listing) == [{"id": 1}]
    assert tokens_sent(api, url) == ["Bearer guest-1"]


def cursor_pages(api, links):
    def answer(request):
        after = request.params.get("after", "")
        following = links.get(after)
        return 200, {}, json.dumps({"entities": [{"id": after}], **({"nextUri": following} if following else {})})

    api.add_callback("GET", f"{API}/api/v2/things", callback=answer)


def test_cursors_are_followed_relative_or_absolute(api, client):
    links = {"": "/api/v2/things?pageSize=2&after=b", "b": f"{API}/api/v2/things?after=c%2F"}
    cursor_pages(api, links)
    assert [each["id"] for each in client.iterate(CURSOR, query={"pageSize": 2})] == ["", "b", "c/"]


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("https://evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("//evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("https://api.example.com:8443/api/v2/things?after=b", "https://api.example.com:8443"),
        ("http://api.example.com/api/v2/things?after=b", "http://api.example.com:80"),
        ("https://api.example.com@evil.invalid/api/v2/things?after=b", "https://evil.invalid:443"),
        ("javascript:alert?after=b", "javascript://None"),
    ],
)
def test_a_cursor_to_another_host_is_refused_and_gets_no_token(api, client, link, there):
    cursor_pages(api, {"": link})
    with pytest.raises(GenesysError) as caught:
        list(client.iterate(CURSOR))
    assert str(caught.value) == (
        f"getThings: the next page is on {there}, not on https://api.example.com:443; not followed"
    )
    assert count(api, "http") == 1 + 1, "the token and the first page"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("http://[bad", "getThings: the link to the next page is broken: Invalid IPv6 URL"),
        ("https://api.example.com:x/?after=b", "getThings: the link to the next page is broken: Port could not"),
        ("/api/v2/things", "getThings: the link to the next page says nothing"),
        ("/api/v2/things?after=", "getThings: the link to the next page says nothing"),
        (7, "getThings: the link to the next page is a int"),
        ({"after": "b"}, "getThings: the link to the next page is a dict"),
    ],
)
def test_a_link_that_is_none_is_an_error(api, client, link, message):
    cursor_pages(api, {"": link})
    with pytest.raises(GenesysError) as caught:
        list(client.iterate(CURSOR))
    assert str(caught.value).startswith(message)


def test_a_server_that_repeats_a_page_under_ever_new_cursors_is_an_error(api, client):
    cursors = iter(range(99))
    api.add_callback(
        "GET",
        f"{API}/api/v2/things",
        callback=lambda request: (
            200,
            {},
            json.dumps({"entities": [{"id": 1}], "nextUri": f"/api/v2/things?after={next(cursors)}"}),
        ),
    )
    with pytest.raises(GenesysError, match="getThings: page 2 is page 1 again"):
        list(client.iterate(CURSOR))


def test_a_cursor_that_leads_back_is_an_error(api, client):
    cursor_pages(api, {"": "/api/v2/things?after=b", "b": "/api/v2/things?after=c", "c": "/api/v2/things?after=b"})
    with pytest.raises(GenesysError, match="leads back"):
        list(client.iterate(CURSOR))


MESSAGES = "getWebchatGuestConversationMessages"
CHAT = {"path_params": {"conversationId": "c"}, "guest_token": "guest-1"}


def message_pages(api, links, **more):
    def answer(request):
        after = request.params.get("after", "")
        following = links.get(after)
        page = {"entities": [{"id": after}], **({"next": following} if following else {}), **more}
        return 200, {}, json.dumps(page)

    api.add_callback("GET", f"{API}/api/v2/webchat/guest/conversations/c/messages", callback=answer)


def test_the_messages_of_a_chat_go_on_where_next_says(api, client):
    message_pages(api, {"": "/api/v2/x?after=b&maxResults=1", "b": f"{API}/api/v2/x?after=c"})
    assert [each["id"] for each in client.iterate(MESSAGES, **CHAT, query={"maxResults": 1})] == ["", "b", "c"]
    assert {call.request.params["maxResults"] for call in api.calls} == {"1"}
    assert set(tokens_sent(api, API)) == {"Bearer guest-1"}


@pytest.mark.parametrize("following", ["0c1f3f32-3c68-4a5e-8a3c-6c4e0c8a4f01", 7, "https://evil.invalid/?after=b"])
def test_the_messages_of_a_chat_are_not_cut_short_where_next_is_no_such_link(api, client, following):
    message_pages(api, {"": following})
    with pytest.raises(GenesysError, match=f"{MESSAGES}: the (link to the )?next page"):
        list(client.iterate(MESSAGES, **CHAT))


def test_the_messages_of_a_chat_begin_with_the_first_unless_others_are_asked_for(api, client):
    message_pages(api, {}, previousPage="/api/v2/x?before=b")
    with pytest.raises(GenesysError, match="first page has others before it"):
        list(client.iterate(MESSAGES, **CHAT))
    assert list(client.iterate(MESSAGES, **CHAT, query={"after": "b"})) == [{"id": "b"}]
