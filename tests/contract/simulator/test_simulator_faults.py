"""The simulator's faults over real HTTP: each that a rule can ask for, and what it does to the account."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.contract.simulator.plain_client import PRESENCE, TIMEOUT, Client, accepted_ids, event

CLIENT = Client


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
    client.simulator.settings(latency_ms=3_000)  # longer than a machine stalls
    with pytest.raises(requests.Timeout):
        client.session.post(client.simulator.base_url + PRESENCE, json={"userPresenceEvents": [event()]}, timeout=0.1)
    deadline = time.monotonic() + 60
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
