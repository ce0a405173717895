from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
import requests
from api_world import EVENTS, SOURCES, USERS, count, error_body, recording

from airflow_provider_genesys.api.genesys_cloud import GenesysCloudClient
from airflow_provider_genesys.api.meter import Meter
from airflow_provider_genesys.api.retry import RetryPolicy
from airflow_provider_genesys.exceptions import (
    GenesysError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)

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
