"""Answers without an end: the body is sent again, or its events are unknown, as with every answer that breaks off."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from airflow_provider_genesys.api import exact
from tests.contract.roads import COUNT, LANES, Road
from tests.contract.wire_server import Manner, head, now_and_then

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def endless(beginning: bytes, piece: bytes, pause: float = 0.0) -> Manner:
    """Return the manner that says so much, and then this for as long as anybody listens."""

    def act(connection: socket.socket, _: int) -> bool:
        connection.sendall(beginning)
        while True:
            time.sleep(pause)
            connection.sendall(piece)

    return act


ENDLESS = {
    "chunks": endless(head("Transfer-Encoding: chunked"), b"fde8\r\n%b\r\n" % (b" " * 65_000)),
    "headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1_000),
    "interim ones": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    "chunks, bit by bit": endless(head("Transfer-Encoding: chunked"), b"1\r\n \r\n", 0.05),
    "a body, bit by bit": endless(head("Content-Length: 1000000"), b" ", 0.05),
    "headers, bit by bit": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.05),
    "interim ones, bit by bit": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.05),
}


@pytest.mark.parametrize("on_unknown", ["resend", "dead_letter"])
@pytest.mark.parametrize("road", ["http", "https"])
@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_an_end_is_a_lost_one(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch, road: str, kind: str, on_unknown: str
) -> None:
    monkeypatch.setattr(exact, "MOST_BYTES", 2_000_000)  # a hundred megabytes would take the tests too long
    it = roads(road)
    it.server.manner = now_and_then(ENDLESS[kind], every=LANES + 3)
    by_time = "bit by bit" in kind  # which ends it when the time for an answer is over, and else its size does
    begun = time.monotonic()
    summary = it.publish(on_unknown=on_unknown, max_rejected="100%", client={"read_timeout": 0.2} if by_time else {})
    assert time.monotonic() - begun < 60
    assert it.everything()
    if on_unknown == "dead_letter":
        endless_ones = sum(it.server.sizes[LANES + 2 :: LANES + 3])
        # A machine that stalls for 0.2 s lets others be given up as well.
        assert summary["unknown"] >= endless_ones if by_time else summary["unknown"] == endless_ones
        assert summary["unknown"] + summary["accepted"] == COUNT
        assert set(it.server.accepted.values()) == {1}
    else:
        assert (summary["accepted"], summary["complete"]) == (COUNT, True)
        assert 0 < sum(it.server.accepted.values()) - COUNT <= 100 * summary["retries"]
