from __future__ import annotations

import re
from dataclasses import replace

import pytest
import requests
from api_world import API, EVENTS, GUEST, SOURCES, TOKEN, count, error_body, recording, tokens_sent

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.operations import Operation
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.exceptions import GenesysAuthError, GenesysConfigError, GenesysTransportError


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
