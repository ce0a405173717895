"""Every manner in which a server can answer, over plain sockets, TLS and both kinds of proxies.

The account of a publish is held against what the server took, for the quick way and for the careful one: most bodies of
these tests are sent without waiting, and those whose answer is unusual are handed to a helper half way.
"""

from __future__ import annotations

import gzip
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.api.transport import Transport
from airflow_provider_genesys.api.wire import Wire
from airflow_provider_genesys.events.sending import Sending
from airflow_provider_genesys.exceptions import GenesysConfigError, GenesysError, GenesysTransportError
from tests.contract.roads import COUNT, LANES, ROADS, Road
from tests.contract.wire_server import (
    GOOD,
    Manner,
    after,
    answer,
    chunked,
    encoded,
    from_on,
    head,
    hinted,
    in_pieces,
    now_and_then,
    plain,
    reset,
    saying,
    stalling,
)
from tests.contract.worlds import presences
from tests.harness.machine import least, until

if TYPE_CHECKING:
    from collections.abc import Callable


# Whole answers that say that all is well, in whatever way: nothing is sent twice.
WELL = {
    "plain": plain,
    "byte by byte": in_pieces(answer(), 1),
    "in two pieces, cut in the head": in_pieces(answer(), 40, 0.01),
    "head and body apart": in_pieces(answer(), len(answer()) - len(GOOD), 0.01),
    "it says that it closes": saying(answer(GOOD, "Connection: close"), keep=False),
    "it closes without a word": saying(answer(), keep=False),
    "HTTP/1.0": saying(answer(version="1.0"), keep=False),
    "HTTP/1.0, kept alive": saying(answer(GOOD, "Connection: keep-alive", version="1.0")),
    "until it closes": saying(head() + GOOD, keep=False),
    "chunked": saying(chunked()),
    "chunked, byte by byte": in_pieces(chunked(), 1),
    "gzipped": saying(encoded()),
    "100 first": saying(b"HTTP/1.1 100 Continue\r\n\r\n" + answer()),
    "100 long before": lambda connection, number: (
        saying(b"HTTP/1.1 100 Continue\r\n\r\n")(connection, number) and after(0.02)(connection, number)
    ),
    "102 first": saying(b"HTTP/1.1 102 Processing\r\n\r\n" + answer()),
    "102 long before": lambda connection, number: (
        saying(b"HTTP/1.1 102 Processing\r\n\r\n")(connection, number) and after(0.02)(connection, number)
    ),
    "103 with a length, long before": lambda connection, number: (
        saying(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n")(connection, number)
        and after(0.02)(connection, number)
    ),
    "several interim ones, byte by byte": in_pieces(b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * 3 + answer(), 1),
    "nothing in it": saying(answer(b"")),
    "nothing in it, by chunks": saying(head("Transfer-Encoding: chunked") + b"0\r\n\r\n"),
    "204": saying(head(status="204 No Content")),
    "202, and nothing in it": saying(answer(b"", status="202 Accepted")),
    "nothing in it, gzipped": saying(answer(b"", "Content-Encoding: gzip")),
    "202": saying(answer(status="202 Accepted")),
    "errors: null": saying(answer(b'{"errors":null}')),
    "no errors": saying(answer(b"{}")),
    "two equal lengths": saying(answer(GOOD, f"Content-Length: {len(GOOD)}")),
    "a large one": saying(answer(b'{"errors":[],"x":"%b"}' % (b"x" * 300_000))),
    "many headers": saying(answer(GOOD, *[f"X-{number}: {'v' * 200}" for number in range(90)])),
    "an allowance of 400 digits": saying(
        answer(GOOD, "inin-ratelimit-count: 1", f"inin-ratelimit-allowed: {'9' * 400}", "inin-ratelimit-reset: 60")
    ),
    "late": after(0.05),
}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("manner", WELL)
def test_whatever_says_that_all_is_well_accepts_each_event_once(
    roads: Callable[[str], Road], road: str, manner: str
) -> None:
    it = roads(road)
    it.server.manner = now_and_then(WELL[manner])
    summary = it.publish()
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)
    assert it.everything()
    # A connection that was just closed may meet a body: then the answer is lost, and the body is sent again.
    repeated = sum(it.server.accepted.values()) - COUNT
    assert repeated <= 100 * summary["retries"]
    if "closes" not in manner:
        assert (repeated, summary["requests"]) == (0, it.server.requests)


# What the first bytes of it say is not what it says.
REFUSAL = b'{},{"errors":[{"message":"all"}]}'

# Answers of which nobody can tell what became of the events: the same events again.
LOST = {
    "reset": reset,
    "closed without an answer": lambda connection, number: False,
    "cut off in the head": saying(answer()[:50], keep=False),
    "cut off in the body": saying(answer()[:-3], keep=False),
    "longer said than sent": saying(head("Content-Length: 500") + GOOD, keep=False),
    "shorter said than sent": saying(head("Content-Length: 5") + GOOD),
    "nothing said, something sent": saying(head("Content-Length: 0") + b'{"errors":[{"message":"all"}]}'),
    "less said than sent, and whole": saying(head("Content-Length: 2") + REFUSAL),
    "less said than sent, in a large answer": saying(head("Content-Length: 9000") + b"{%b}" % (b" " * 8_998) + REFUSAL),
    "more behind the chunks": saying(chunked() + REFUSAL),
    "more behind an answer without a body": saying(head(status="204 No Content") + REFUSAL),
    "two lengths": saying(head("Content-Length: 2", f"Content-Length: {len(REFUSAL)}") + REFUSAL),
    "two lengths in one": saying(head("Content-Length: 13, 2") + GOOD),
    "no answer at all": stalling(1.2),
    "no end of the head": stalling(1.2, answer()[:60]),
    "no end of the body": stalling(1.2, answer()[:-4]),
    "a chunk cut off": saying(chunked()[:-12], keep=False),
    "broken chunks": saying(head("Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n", keep=False),
    "a chunk of less than nothing": saying(head("Transfer-Encoding: chunked") + b"-5\r\n{}\r\n0\r\n\r\n", keep=False),
    "more than a hundred headers": saying(answer(GOOD, *[f"X-{number}: y" for number in range(120)])),
    "no HTTP": saying(b"220 smtp.example.com ESMTP\r\n\r\n", keep=False),
    "no JSON": saying(answer(b"<html>fine</html>")),
    "JSON, but no object": saying(answer(b"[]")),
    "no gzip": saying(answer(GOOD, "Content-Encoding: gzip")),
    "gzip cut off": saying(answer(gzip.compress(b"{}")[:-9], "Content-Encoding: gzip")),
    "more behind the gzip": saying(answer(gzip.compress(b"{}") + REFUSAL, "Content-Encoding: gzip")),
    "errors that are no list": saying(answer(b'{"errors":{"message":"all of them"}}')),
    "errors that are no objects": saying(answer(b'{"errors":["all of them"]}')),
    "errors that are an empty object": saying(answer(b'{"errors":{}}')),
    "errors that are a number": saying(answer(b'{"errors":0}')),
    "errors that are none": saying(answer(b'{"errors":false}')),
    "errors that are an empty text": saying(answer(b'{"errors":""}')),
    "JSON, but false": saying(answer(b"false")),
    "nothing in it, until it closes": saying(head(), keep=False),
    "nothing in it, not encoded": saying(head("Transfer-Encoding: identity"), keep=False),
    "errors twice": saying(answer(b'{"errors":[{"message":"all"}],"errors":[]}')),
    "errors twice, once escaped": saying(answer(b'{"errors":[{"message":"all"}],"\\u0065rrors":[]}')),
    "errors twice, in UTF-16": saying(answer('{"errors":[{"message":"all"}],"errors":[]}'.encode("utf-16"))),
    "very deep JSON": saying(answer(b'{"errors":' + b"[" * 100_000)),
    "another protocol": saying(b"HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n"),
    "another protocol, and an answer": saying(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + answer()),
    "interim ones without end": saying(b"HTTP/1.1 102 Processing\r\n\r\n" * 300),
    "cut off in a header that tells where it ends": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chu", keep=False),
    "cut off behind a header": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", keep=False),
    "504": saying(answer(b"{}", status="504 Gateway Timeout")),
}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("manner", LOST)
def test_a_lost_answer_is_sent_again_with_the_same_events(roads: Callable[[str], Road], road: str, manner: str) -> None:
    it = roads(road)
    it.server.manner = now_and_then(LOST[manner], every=9)
    summary = it.publish(client={"read_timeout": 0.6})
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)
    assert it.everything()
    repeated = sum(it.server.accepted.values()) - COUNT
    assert 0 < repeated <= 100 * summary["retries"]
    # What was given up because the machine stalled, the server may not have read yet.
    until(lambda: summary["requests"] == it.server.requests)


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize(
    "manner",
    [
        saying(answer(b"{}", "Retry-After: 0", status="429 Too Many Requests")),
        saying(answer(b"{}", "Retry-After: 0", status="503 Service Unavailable")),
        saying(answer(b'{"code":"bad.credentials"}', status="401 Unauthorized")),
        saying(answer(b'{"code":"conflict"}', status="409 Conflict")),
    ],
    ids=["429", "503", "401", "409"],
)
def test_what_the_server_refused_for_now_is_sent_again(roads: Callable[[str], Road], road: str, manner: Manner) -> None:
    it = roads(road)
    it.server.manner = now_and_then(manner, every=11)
    summary = it.publish()
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)
    assert it.everything()
    assert summary["retries"] > 0
    assert summary["requests"] == it.server.requests


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("form", [answer, chunked, encoded, hinted])
def test_events_that_an_answer_of_any_form_names_are_rejected(
    roads: Callable[[str], Road], road: str, form: Callable[[bytes], bytes]
) -> None:
    it = roads(road)
    it.server.form, it.server.bad = form, {row["eventId"] for row in presences(COUNT)[5::500]}
    summary = it.publish(max_rejected="100%")
    assert (summary["rejected"], summary["accepted"]) == (len(it.server.bad), COUNT - len(it.server.bad))
    assert it.everything()


def test_a_proxy_that_wants_another_login_ends_the_try_and_the_next_goes_on(roads: Callable[[str], Road]) -> None:
    it = roads("http by proxy")
    it.server.manner = from_on(9, saying(answer(b"", status="407 Proxy Authentication Required")))
    with pytest.raises(GenesysConfigError, match=r"the proxy http://127\.0\.0\.1:\d+, which .* refuses the login"):
        it.publish()
    assert it.server.requests <= 9 + LANES, "nobody asks it again and again"
    it.server.manner = plain
    summary = it.publish()
    assert (summary["accepted"], summary["complete"]) == (COUNT, True)
    assert it.everything()


@pytest.mark.parametrize("road", ROADS)
def test_the_usual_course_takes_no_helper(
    roads: Callable[[str], Road], road: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no connection is idle the lane's helper makes one, which it leaves to whoever sends next.

    How often none is idle is the machine's: a helper that it keeps waiting takes one that came back meanwhile. That
    nothing else goes to a helper is ours, and that what the sending thread begins it also ends.
    """
    it = roads(road)
    begun: list[str] = []
    quick: list[object] = []
    idle: list[object] = []
    helped: list[str] = []
    finished: list[int] = []
    send, receive, read = Wire.send, Wire.receive, Wire.read_blocking
    open_wire, leave = Transport.open_wire, Sending._help
    monkeypatch.setattr(Wire, "send", lambda *of: begun.append(threading.current_thread().name) or send(*of))
    monkeypatch.setattr(Wire, "receive", lambda wire: quick.append(receive(wire)) or quick[-1])
    monkeypatch.setattr(Wire, "read_blocking", lambda *of: finished.append(1) or read(*of))
    monkeypatch.setattr(Transport, "open_wire", lambda transport: idle.append(open_wire(transport)) or idle[-1])
    monkeypatch.setattr(Sending, "_help", lambda *of: helped.append(threading.current_thread().name) or leave(*of))
    summary = it.publish(20_000)
    assert (summary["accepted"], summary["retries"]) == (20_000, 0)
    assert set(begun + helped) == {threading.current_thread().name}
    assert len([answered for answered in quick if answered is not None]) == len(begun), "all were ended as they began"
    assert not finished
    assert len(helped) == 1 + len([found for found in idle if found is None]), "the first asks for the token too"
    assert len(begun) + len(helped) == summary["requests"] == it.server.requests
    assert len(begun) >= summary["requests"] / 2, "on a machine that does nothing else it is all but a few"
    assert it.server.connections <= LANES + 1, "one for the login"
    until(lambda: not any(thread.name.startswith("genesys-lane") for thread in threading.enumerate()), "helpers end")
    if it.proxy:
        lines = {line.split(b" ")[0] for line in it.proxy.lines}
        assert lines == ({b"CONNECT"} if road.startswith("https") else {b"POST"})
    heads = {line.lower() for each in it.server.heads for line in each.split(b"\r\n")[1:] if b"ength:" not in line}
    assert b"authorization: bearer abc" in heads
    assert f"host: 127.0.0.1:{it.server.port}".encode() in heads
    assert len([line for line in heads if line.startswith(b"host:")]) == 1


@pytest.mark.parametrize("road", ["http", "http by proxy"])
def test_quick_and_careful_requests_are_the_same(roads: Callable[[str], Road], road: str) -> None:
    it = roads(road)
    it.publish()
    heads = {
        tuple(sorted(line.lower() for line in each.split(b"\r\n") if not line.startswith(b"Content-Length")))
        for each in it.server.heads
    }
    assert len(it.server.heads) > 2 * LANES
    assert len(heads) == 1


@pytest.mark.parametrize("road", ROADS)
def test_a_body_larger_than_the_buffers_of_the_way(roads: Callable[[str], Road], road: str) -> None:
    """500 kB in a body, and a server that is slow to read: the rest is sent when the connection takes it."""
    it = roads(road)
    events = [row | {"message": "x" * 4_900} for row in presences(2_000, users=200)]
    it.server.manner = after(0.02)
    summary = it.start().publish(events)
    assert (summary["accepted"], summary["retries"]) == (2_000, 0)
    assert it.server.accepted == dict.fromkeys([row["eventId"] for row in events], 1)


@pytest.mark.parametrize("road", ["http", "https"])
@pytest.mark.parametrize("lanes", [1, 2, 32, 100])
def test_any_number_of_lanes(roads: Callable[[str], Road], road: str, lanes: int) -> None:
    it = roads(road)
    it.server.manner = now_and_then(saying(answer(), keep=False), every=50)
    summary = it.publish(20_000, users=1_000, max_in_flight=lanes)
    assert (summary["accepted"], summary["complete"]) == (20_000, True)
    assert it.everything(20_000)
    assert summary["requests"] <= 200 + lanes


@pytest.mark.parametrize("road", ROADS)
def test_there_are_no_more_connections_than_requests_under_way(roads: Callable[[str], Road], road: str) -> None:
    """At the real pace there is one under way: eleven lanes would each connect, for a request every two seconds."""
    it = roads(road)

    def connections() -> float:
        before, asked = it.server.connections, it.server.requests
        it.folder = it.folder / "again"
        publisher = it.start(client={"requests_per_minute": 600.0}, max_in_flight=12)
        threading.Thread(target=lambda: (until(lambda: it.server.requests >= asked + 30), publisher.stop())).start()
        with pytest.raises(GenesysError, match="stopped"):
            publisher.publish(presences(5_000, users=500))
        return it.server.connections - before

    assert least(connections, enough=6) <= 6, "answers may be late, on a busy machine"


@pytest.mark.parametrize("road", ["http", "https"])
def test_a_hundred_lanes_keep_their_connections(roads: Callable[[str], Road], road: str) -> None:
    """As many as lanes; the token is asked for over another, which a lane then takes."""
    it = roads(road)
    it.server.manner = after(0.05)
    summary = it.publish(50_000, users=2_000, max_in_flight=100)
    assert summary["accepted"] == 50_000
    assert it.server.connections <= 101


def test_a_server_that_answers_before_it_has_read_all(roads: Callable[[str], Road]) -> None:
    """413 and a closed connection, as proxies do it: the body is halved, not lost."""
    it = roads("http")
    converse = it.server._converse

    def refuse_large(connection: Any) -> None:
        first = connection.recv(65536, 2)  # a look only
        length = int(first.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if b"/events/" in first.partition(b"\r\n")[0] and length > 300_000:
            connection.sendall(answer(b'{"code":"too.large"}', "Connection: close", status="413 Content Too Large"))
            connection.shutdown(1)
            time.sleep(1.0)  # what is behind it is lost with the connection, also if nobody has read it by then
            return
        converse(connection)

    it.server._converse = refuse_large  # type: ignore[method-assign]
    events = presences(200, users=4) + [row | {"message": "x" * 4_900} for row in presences(900, users=200)[200:]]
    summary = it.start(max_rejected="100%").publish(events)
    assert summary["accepted"] + summary["rejected"] == 900
    assert summary["accepted"] >= 200


@pytest.mark.parametrize("road", ROADS)
def test_nothing_is_sent_twice_where_that_was_asked_for(roads: Callable[[str], Road], road: str) -> None:
    it = roads(road)
    it.server.manner = now_and_then(saying(answer()[:-3], keep=False), every=7)
    summary = it.publish(on_unknown="dead_letter", max_rejected="100%")
    assert set(it.server.accepted.values()) == {1}
    assert summary["unknown"] > 0
    assert summary["unknown"] + summary["accepted"] == COUNT


@pytest.mark.parametrize("road", ["http", "https by proxy"])
@pytest.mark.parametrize("manner", [name for name in LOST if "less" in name or "more" in name or "two" in name])
def test_no_broken_answer_is_believed_or_ends_the_publish_where_all_goes_the_careful_way(
    roads: Callable[[str], Road], road: str, manner: str
) -> None:
    """What it was the answer to is unknown, be it acted on or not, and nothing else is."""
    it = roads(road)
    it.server.manner = now_and_then(LOST[manner], every=7)
    summary = it.publish(on_unknown="dead_letter", max_rejected="100%")
    unknown = sum(it.server.sizes[6::7])
    assert (summary["unknown"], summary["accepted"], summary["retries"]) == (unknown, COUNT - unknown, 0)
    assert it.everything()
    assert set(it.server.accepted.values()) == {1}


def test_what_is_longer_than_it_says_is_not_believed_where_it_is_the_first(roads: Callable[[str], Road]) -> None:
    """A lane's first body goes the careful way; here those of all lanes are answered so."""
    it = roads("http")
    lies = saying(head("Content-Length: 2") + REFUSAL)
    it.server.manner = lambda connection, number: (lies if number <= LANES else plain)(connection, number)
    summary = it.publish()
    assert (summary["accepted"], summary["retries"] >= LANES) == (COUNT, True)
    assert it.everything()


def test_a_transport_error_says_what_it_always_said(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    it.server.manner = from_on(7, stalling(3))
    with pytest.raises(GenesysTransportError, match=r"no answer from 127\.0\.0\.1:\d+ within 0\.6 s") as caught:
        it.publish(max_attempts=1, client={"read_timeout": 0.6})
    assert caught.value.sent is None
