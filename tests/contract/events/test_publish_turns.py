"""Turns of the loop, and what it waits for: a loop that spins does its work, and nothing else tells."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events import progress, sending
from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.roads import COUNT, Road
from tests.contract.wire_server import GOOD, after, answer, from_on, plain, saying
from tests.contract.worlds import add_up, presences, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_loop_does_not_spin_while_it_waits_for_the_first_answer(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    it.server.manner = lambda connection, number: (
        (time.sleep(0.5 if number == 1 else 0), plain(connection, number)) and True
    )
    it.publish(1_000)
    assert it.publisher is not None
    assert it.publisher.turns < 60


def allowance(count: int) -> tuple[str, str, str]:
    """Return the headers that tell how much of it is used."""
    return f"inin-ratelimit-count: {count}", "inin-ratelimit-allowed: 300", "inin-ratelimit-reset: 60"


@pytest.mark.parametrize("lanes", [1, 12, 100])
@pytest.mark.parametrize(
    "spent",
    [
        answer(GOOD, *allowance(300)),
        answer(b"{}", "Retry-After: 60", status="429 Too Many Requests"),
        answer(b"{}", "Retry-After: 2", *allowance(300), status="429 Too Many Requests"),
        answer(b"{}", "Retry-After: 2", *allowance(300), status="503 Service Unavailable"),
        answer(b"{}", *allowance(300), status="503 Service Unavailable"),
    ],
    ids=["told before", "429", "a short 429", "a short 503", "503 that may have acted"],
)
def test_nearly_nothing_wakes_while_it_waits_for_its_allowance_and_stop_is_heard(
    roads: Callable[[str], Road], spent: bytes, lanes: int
) -> None:
    """Counted over all threads, those of the test's server among them, which have nothing to do.

    Where the server asks for two seconds, these pass while it is counted, and each lane has its request to repeat.
    """
    it = roads("http")
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    it.server.manner = from_on(lanes + 4, after(0.6, saying(spent)))  # until all lanes have one on its way
    publisher = it.start(client={"read_timeout": 5.0}, max_in_flight=lanes)
    seen: dict[str, float] = {}

    def watch() -> None:
        before = -1
        while before != it.server.requests:  # until nothing goes any more
            before = it.server.requests
            time.sleep(1.0)
        switches, seen["began"] = getrusage(RUSAGE_SELF).ru_nvcsw, time.monotonic()
        time.sleep(4.0)
        seen["switches"] = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        seen["requests"] = it.server.requests - before
        seen["stopped"] = time.monotonic()
        publisher.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    assert time.monotonic() - seen["stopped"] < 1.0
    assert seen["requests"] == 0, "it waits"
    assert seen["switches"] <= 10 * 4
    summary = publisher.summary()
    add_up(summary)
    assert summary["accepted"] > 0


def test_an_allowance_that_trickles_wakes_one_lane_at_a_time(roads: Callable[[str], Road]) -> None:
    """One or two requests a second, while half of the lanes have one to repeat: what is not sent costs nothing."""
    it, lanes = roads("http"), 100
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    first = lanes + 4
    later = first + lanes // 2
    refused = after(0.6, saying(answer(b"{}", "Retry-After: 1", *allowance(200), status="503 Service Unavailable")))
    trickle = saying(answer(GOOD, *allowance(200)))
    it.server.manner = lambda connection, number: (plain if number < first else refused if number < later else trickle)(
        connection, number
    )
    publisher = it.start(client={"read_timeout": 5.0}, max_in_flight=lanes)
    seen: dict[str, float] = {}

    def watch() -> None:
        until = time.monotonic() + 40
        while it.server.requests < later and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(1.5)  # until all that are refused know it
        requests, switches = it.server.requests, getrusage(RUSAGE_SELF).ru_nvcsw
        time.sleep(5.0)
        seen["switches"] = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        seen["requests"] = it.server.requests - requests
        publisher.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    assert 1 <= seen["requests"] <= 25
    assert seen["switches"] <= 10 * 5 + 15 * seen["requests"], "of which the test's server takes three a request"
    add_up(publisher.summary())


def test_publishes_that_share_an_allowance_wake_no_more_than_each_alone(roads: Callable[[str], Road]) -> None:
    it, count, lanes = roads("http"), 3, 30
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    spent = answer(b"{}", "Retry-After: 2", *allowance(300), status="429 Too Many Requests")
    it.server.manner = from_on(100, after(0.6, saying(spent)))
    publishers = []
    for number in range(count):
        it.folder = it.folder / str(number)
        publishers.append(it.start(client={"read_timeout": 5.0}, max_in_flight=lanes))
    with ThreadPoolExecutor() as pool:
        publishes = [pool.submit(publisher.publish, source) for publisher in publishers]
        before = -1
        while before != it.server.requests:
            before = it.server.requests
            time.sleep(1.0)
        switches = getrusage(RUSAGE_SELF).ru_nvcsw
        time.sleep(4.0)
        switches = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        stopped = time.monotonic()
        for publisher in publishers:
            publisher.stop()
        for publish in publishes:
            with pytest.raises(GenesysError, match="stopped"):
                publish.result()
    assert time.monotonic() - stopped < 1.0
    assert it.server.requests == before, "they wait"
    assert switches <= 10 * 4 * count


def test_the_loop_does_not_spin_while_it_waits_for_its_allowance(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    publisher = it.start(client={"requests_per_minute": 60.0})
    threading.Timer(3.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert 2 <= publisher.summary()["requests"] <= 5
    assert publisher.turns < 10 * 3 + 60, "and some while it reads the beginning"


def test_turns_for_a_request_at_full_speed(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    summary = it.publish(20_000)
    assert it.publisher is not None
    assert it.publisher.turns <= 3 * summary["requests"]


def test_a_pause_after_429_is_told_in_the_log(roads: Callable[[str], Road], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    it = roads("http")
    limited = saying(answer(b"{}", "Retry-After: 2", status="429 Too Many Requests"))
    it.server.manner = lambda connection, number: (limited if number == 12 else plain)(connection, number)
    summary = it.publish()
    assert (summary["accepted"], summary["rate_limited_seconds"] >= 2) == (COUNT, True)
    assert "rate limited (HTTP 429)" in caplog.text


def test_waits_for_the_allowance_are_told_as_the_helpers_tell_theirs(
    roads: Callable[[str], Road], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the line of progress, and, where it is long, when it begins: here after the server has counted all of it."""
    caplog.set_level("INFO")
    monkeypatch.setattr(progress, "_FIRST", 1.5)
    it = roads("http")
    # A second request after 3 s: the loop, which wakes at least once a second, tells of the wait before it is over.
    publisher = it.start(client={"requests_per_minute": 20.0})
    threading.Timer(4.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert re.search(r"; waiting: keeping to the rate limit \(\d+ requests?\)", caplog.text)
    caplog.clear()
    limited = saying(answer(b"{}", "Retry-After: 3", status="429 Too Many Requests"))
    it.server.manner = from_on(it.server.requests + 5, limited)
    publisher = it.start()
    threading.Timer(2.0, publisher.stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert "Waiting for 3 s: rate limited (HTTP 429)." in caplog.text
    assert publisher.turns < 200


def test_a_noted_answer_is_written_at_once_or_soon(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Always before the lane's next request, and within 10 ms (here: 100) of the answer also while others are late."""
    it = roads("http")
    waits: list[float] = []
    free = sending.Sending._free

    def freed(self: Any, places: Any) -> None:
        waits.extend(time.monotonic() - place.heard_at for place in places if place.state is sending.State.NOTED)
        assert all(place.change <= self._keeper.written for place in places if place.state is sending.State.NOTED)
        free(self, places)

    monkeypatch.setattr(sending.Sending, "_free", freed)
    it.server.manner = lambda connection, number: (
        (time.sleep(0.3 if number % 4 == 0 else 0), plain(connection, number)) and True
    )
    it.publish(2_000)
    assert len(waits) > 5
    assert max(waits) < 0.1
