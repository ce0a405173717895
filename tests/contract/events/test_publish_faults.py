"""Rate limits, lost answers and dead servers: what the operator says became of each event is what the server saw."""

from __future__ import annotations

import gc
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from airflow_provider_genesys.exceptions import (
    GenesysApiError,
    GenesysAuthError,
    GenesysEventsRejectedError,
    GenesysNotFoundError,
    GenesysPermissionError,
    GenesysRateLimitError,
    GenesysServerError,
    GenesysTransportError,
)
from tests.contract.worlds import Answer, Meddler, World, presence, presences
from tests.harness.machine import SOON

EVENTS = "*/events/*"
Meddle = Callable[[Any], Meddler]


def everything_once(world: World, count: int, *, users: int = 40) -> bool:
    return world.accepted() == {event["eventId"]: 1 for event in presences(count, users=users)}


@pytest.mark.parametrize(
    ("fault", "least_wait"),
    [
        ({"status": 429, "retry_after": 1}, 1),
        ({"status": 429, "retry_after_date": 1}, 1),
        ({"status": 429}, 0),
        ({"status": 503, "retry_after": 1}, 1),
        ({"status": 503}, 0),
        ({"status": 502}, 0),
        ({"status": 504}, 0),
        ({"status": 408}, 0),
        ({"reset": "before"}, 0),
    ],
)
@pytest.mark.parametrize("after", [0, 3])
def test_what_passes_is_waited_out(world: World, fault: dict[str, Any], least_wait: float, after: int) -> None:
    world.simulator.add_fault(path=EVENTS, after=after, count=1, **fault)
    began = time.monotonic()
    summary = world.publish(presences(500))
    assert (summary["accepted"], summary["complete"], summary["retries"]) == (500, True, 1)
    assert time.monotonic() - began >= least_wait
    assert everything_once(world, 500)


@pytest.mark.parametrize("fault", [{"reset": "after"}, {"truncate": True}, {"status": 504, "acts": True}])
def test_an_answer_lost_after_the_server_acted_is_resent_with_the_same_ids(world: World, fault: dict[str, Any]) -> None:
    world.simulator.add_fault(path=EVENTS, after=2, count=1, **fault)
    summary = world.publish(presences(500))
    assert (summary["accepted"], summary["complete"]) == (500, True)
    assert world.accepted().keys() == {event["eventId"] for event in presences(500)}
    repeated = [row for row in world.accepted().values() if row > 1]
    assert set(repeated) == {2}
    assert len(repeated) <= 100


def test_a_limit_that_no_header_tells_is_run_into_and_waited_out(world: World) -> None:
    world.simulator.settings(requests_per_minute=5, rate_limit_window_seconds=1, rate_limit_headers=False)
    summary = world.publish(presences(1000), max_in_flight=2)
    assert summary["accepted"] == 1000
    assert everything_once(world, 1000)
    throttled = world.simulator.requests()["throttled"]
    assert 0 < throttled == summary["retries"]
    assert summary["rate_limited_seconds"] >= 1


@pytest.mark.parametrize("after", [0, 2])
def test_a_token_that_expires_is_renewed(world: World, after: int) -> None:
    world.simulator.add_fault(path=EVENTS, after=after, count=1, expire_token=True)
    assert world.publish(presences(500))["accepted"] == 500
    assert everything_once(world, 500)


def test_tokens_that_live_for_seconds(world: World) -> None:
    world.simulator.settings(token_seconds=1, latency_ms=80)
    assert world.publish(presences(3000, users=5), max_in_flight=2)["accepted"] == 3000
    assert everything_once(world, 3000, users=5)
    tokens = [row for row in world.posts() if row["path"] == "/oauth/token"]
    assert len(tokens) >= 2


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ({"status": 401}, GenesysAuthError, "401"),
        ({"status": 403}, GenesysPermissionError, "403"),
        ({"status": 404}, GenesysNotFoundError, "404"),
        ({"status": 415}, GenesysApiError, "415"),
        ({"status": 500}, GenesysServerError, "500"),
    ],
)
def test_what_no_repeating_cures_stops_before_more_is_sent(
    world: World, fault: dict[str, Any], error: type[Exception], says: str
) -> None:
    world.simulator.add_fault(path=EVENTS, **fault)
    summary, raised = world.fail(error, presences(2000))
    assert (summary["accepted"], summary["pending"], summary["complete"]) == (0, summary["read"], False)
    assert says in str(raised)
    assert world.event_posts() == (2 if fault["status"] == 401 else 1)
    assert not world.letters()
    world.simulator.clear_faults()
    assert world.publish(presences(2000))["accepted"] == 2000
    assert everything_once(world, 2000)


def test_a_missing_permission_is_named_and_nothing_is_sent(world: World) -> None:
    world.simulator.settings(permissions=["presence:source:view"])
    summary, error = world.fail(GenesysPermissionError, presences(300))
    assert "presence:userPresence:inject" in str(error)
    assert (summary["requests"], summary["accepted"]) == (1, 0)
    assert not world.accepted()


def test_wrong_credentials_send_nothing(world: World) -> None:
    world.simulator.add_fault(path="/oauth/token", status=401, code="invalid_client", message="authentication failed")
    _, error = world.fail(GenesysAuthError, presences(300))
    assert "401" in str(error)
    assert world.event_posts() == 0


def test_500_is_not_repeated_and_a_new_try_goes_on(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, after=3, count=1, status=500)
    summary, _ = world.fail(GenesysServerError, presences(1000), max_in_flight=1)
    assert (summary["accepted"], world.event_posts()) == (300, 4)
    assert world.publish(presences(1000))["accepted"] == 1000
    assert everything_once(world, 1000)


def test_a_refused_connection_sends_nothing_and_says_what_to_do(world: World) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        world.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        summary, error = world.fail(GenesysTransportError, presences(300), max_attempts=3)
    assert isinstance(error, GenesysTransportError)
    assert error.sent is False
    assert "region" in str(error)
    assert (summary["accepted"], summary["pending"]) == (0, summary["read"])
    assert world.event_posts() == 0


def test_out_of_attempts_the_rest_is_pending_and_a_new_try_goes_on(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, after=2, status=504)
    summary, _ = world.fail(GenesysServerError, presences(1000), max_in_flight=1, max_attempts=3)
    assert (summary["accepted"], world.event_posts()) == (200, 5)
    world.simulator.clear_faults()
    summary = world.publish(presences(1000))
    assert (summary["accepted"], summary["resumed"], summary["tries"]) == (1000, True, 2)
    assert everything_once(world, 1000)


def test_a_server_that_asks_for_too_long_a_wait_ends_the_try(world: World) -> None:
    world.simulator.add_fault(path=EVENTS, after=1, status=429, retry_after=500)
    began = time.monotonic()
    summary, error = world.fail(GenesysRateLimitError, presences(300), max_in_flight=1)
    assert isinstance(error, GenesysRateLimitError)
    assert error.retry_after == 500
    assert (summary["accepted"], summary["pending"]) == (100, summary["read"] - 100)
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize(
    "text", [b"", b"null", b"{}", b'{"errors":null}', b'{"errors":[]}', b'{"errors":[null]}', b'{"other":1}']
)
def test_answers_that_name_no_error_accept_all(world: World, meddle: Meddle, text: bytes) -> None:
    meddle(lambda path, body, forward: (forward()[0], text))
    assert world.publish(presences(300))["accepted"] == 300
    assert everything_once(world, 300)


@pytest.mark.parametrize("text", [b"<html>Welcome</html>", b"[]", b'"fine"', b'{"errors":[', b"\xff"])
def test_a_200_that_is_no_answer_is_a_lost_answer(world: World, meddle: Meddle, text: bytes) -> None:
    answers = iter([text])

    def once(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        status, good = forward()
        return status, next(answers, good)

    meddle(once)
    summary = world.publish(presences(300), max_in_flight=1)
    assert (summary["accepted"], summary["retries"]) == (300, 1)
    assert sorted(world.accepted().values()) == [1] * 200 + [2] * 100


def test_an_outage_ends_a_cautious_publish_so_that_a_retry_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_genesys.events.delivery.backoff", lambda attempt: 0.01)
    world.simulator.add_fault(path=EVENTS, reset="before")
    summary, _ = world.fail(GenesysTransportError, presences(5_000), on_unknown="dead_letter", max_in_flight=1)
    assert summary["unknown"] <= 2_500
    world.simulator.clear_faults()
    again = world.publish(presences(5_000), on_unknown="dead_letter", max_rejected="50%")
    assert (again["pending"], again["accepted"] + again["unknown"]) == (0, 5_000)
    assert set(world.accepted().values()) == {1}


# --- on_unknown="dead_letter": nothing is ever sent twice ---


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"reset": "before"}, False),
        ({"reset": "after"}, True),
        ({"truncate": True}, True),
        ({"status": 504, "acts": True}, True),
        ({"status": 503}, False),
        ({"status": 500}, False),
    ],
)
def test_never_twice_a_lost_answer_makes_dead_letters(world: World, fault: dict[str, Any], arrived: bool) -> None:
    world.simulator.add_fault(path=EVENTS, after=1, count=2, **fault)
    summary, _ = world.fail(GenesysEventsRejectedError, presences(1000), on_unknown="dead_letter")
    unknown = {letter["dead_letter"]["event_id"] for letter in world.letters()}
    assert summary["unknown"] == len(unknown) > 0
    assert {letter["dead_letter"]["fate"] for letter in world.letters()} == {"unknown"}
    assert set(world.accepted().values()) == {1}
    assert unknown.isdisjoint(world.accepted()) is not arrived
    assert summary["accepted"] == len(world.accepted().keys() - unknown) == 1000 - len(unknown)
    assert summary["complete"] is True


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 1}, {"status": 503, "retry_after": 1}])
def test_never_twice_what_was_certainly_not_acted_on_is_repeated(world: World, fault: dict[str, Any]) -> None:
    world.simulator.add_fault(path=EVENTS, after=1, count=2, **fault)
    assert world.publish(presences(1000), on_unknown="dead_letter")["accepted"] == 1000
    assert everything_once(world, 1000)


def test_never_twice_a_refused_connection_leaves_nothing_behind(world: World) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        world.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        world.fail(GenesysTransportError, presences(300), on_unknown="dead_letter", max_attempts=2)
    world.url = world.simulator.base_url
    summary = world.publish(presences(300), on_unknown="dead_letter")
    assert (summary["accepted"], summary["unknown"]) == (300, 0)
    assert everything_once(world, 300)


@pytest.mark.parametrize("rows", [[{"message": "no id"}], [{"eventId": presence(999_999)["eventId"], "message": "?"}]])
def test_never_twice_errors_that_name_none_of_the_events(world: World, meddle: Meddle, rows: list[Any]) -> None:
    """Which events failed is not said, and sending the parts to find out would send the accepted ones again."""
    answers = iter([rows])

    def once(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
        status, good = forward()
        return status, json.dumps({"errors": errors}).encode() if (errors := next(answers, None)) else good

    meddle(once)
    summary, _ = world.fail(GenesysEventsRejectedError, presences(300), on_unknown="dead_letter", max_in_flight=2)
    assert set(world.accepted().values()) == {1}
    assert (summary["unknown"], summary["accepted"]) == (100, 200)


@pytest.mark.parametrize("fault", [None, {"reset": "after", "after": 3}, {"status": 403, "after": 3}])
def test_no_connection_is_left_open(world: World, fault: dict[str, Any] | None) -> None:
    """A process that publishes one file after another would otherwise hold those of all, until cycles are collected."""
    this = psutil.Process()
    gc.collect()
    before = len(this.net_connections("inet"))
    if fault:
        world.simulator.add_fault(path=EVENTS, **fault)
    gc.disable()
    try:
        publisher = world.start(max_attempts=1)
        if fault:
            with pytest.raises(GenesysApiError if "status" in fault else GenesysTransportError):
                publisher.publish(presences(2_000))
        else:
            publisher.publish(presences(2_000))
        assert len(this.net_connections("inet")) <= before
    finally:
        gc.enable()
    assert publisher.summary()["requests"] > 3
