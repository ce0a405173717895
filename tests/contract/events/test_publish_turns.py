"""Turns of the loop, and what it waits for: a loop that spins does its work, and nothing else tells."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from resource import RUSAGE_SELF, getrusage
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_genesys.events import progress, sending
from airflow_provider_genesys.exceptions import GenesysError
from tests.contract.roads import COUNT, Road
from tests.contract.wire_server import GOOD, after, answer, from_on, plain, saying
from tests.contract.worlds import add_up, presences, write_lines
from tests.harness.machine import SOON, growth, least, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_genesys.events.publisher import Publisher


def turns(it: Road) -> int:
    """Return how often the loop of a publish that runs has turned."""
    sends = it.publisher and it.publisher._sends
    return sends.turns if sends else 0


def test_the_loop_does_not_spin_while_it_waits_for_the_first_answer(roads: Callable[[str], Road]) -> None:
    """While it reads it looks for answers now and then; then nothing is to do. What spins does so every time."""
    it = roads("http")
    grown: list[float] = []

    def first_is_late(connection: Any, number: int) -> bool | None:
        if number == 1:
            grown.append(least(lambda: growth(lambda: turns(it), 0.5), enough=3, goes=10))
        return plain(connection, number)

    it.server.manner = first_is_late
    it.publish(1_000)
    assert grown[0] <= 3


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
    for attempt in range(3):  # a machine that stalls is late with what it sends, and wakes more; not each time
        seen = while_it_waits(roads("http"), str(attempt), spent, lanes)
        if seen["requests"] == 0 and seen["switches"] <= 10 * 4 and seen["heard"] < 1.0:
            return
    raise AssertionError(seen)


def while_it_waits(it: Road, name: str, spent: bytes, lanes: int) -> dict[str, float]:
    """Publish until an answer says that the allowance is spent, and count for four seconds; then stop."""
    it.folder = it.folder / name
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    it.server.manner = from_on(lanes + 4, after(0.6, saying(spent)))  # until all lanes have one on its way
    publisher = it.start(max_in_flight=lanes)
    seen: dict[str, float] = {}

    def watch() -> None:
        until(lambda: it.server.requests >= lanes + 4)
        until_nothing_goes(it)
        before, switches = it.server.requests, getrusage(RUSAGE_SELF).ru_nvcsw
        time.sleep(4.0)
        seen["switches"] = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        seen["requests"] = it.server.requests - before
        seen["heard"] = -time.monotonic()
        publisher.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    seen["heard"] += time.monotonic()
    assert seen["heard"] < SOON
    summary = publisher.summary()
    add_up(summary)
    assert summary["accepted"] > 0
    return seen


def until_nothing_goes(it: Road) -> None:
    """Wait until no request has come for a second."""
    before = -1
    while before != it.server.requests:
        before = it.server.requests
        time.sleep(1.0)


def test_an_allowance_that_trickles_wakes_one_lane_at_a_time(roads: Callable[[str], Road]) -> None:
    """One or two requests a second, while half of the lanes have one to repeat: what is not sent costs nothing."""
    for attempt in range(3):  # a busy machine wakes more, but not each time
        seen = while_it_trickles(roads("http"), str(attempt), lanes=100)
        # Of each request the test's server takes three.
        if 1 <= seen["requests"] <= 25 and seen["switches"] <= 10 * 5 + 15 * seen["requests"]:
            return
    raise AssertionError(seen)


def while_it_trickles(it: Road, name: str, lanes: int) -> dict[str, float]:
    """Publish until half of the lanes are refused, and count for five seconds; then stop."""
    it.folder = it.folder / name
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    first = lanes + 4
    later = first + lanes // 2
    seen = {"refused": 0.0}
    lock = threading.Lock()
    refusal = after(0.6, saying(answer(b"{}", "Retry-After: 1", *allowance(200), status="503 Service Unavailable")))
    trickle = saying(answer(GOOD, *allowance(200)))

    def refused(connection: Any, number: int) -> bool | None:
        refusal(connection, number)
        with lock:
            seen["refused"] += 1
        return True

    it.server.manner = lambda connection, number: (plain if number < first else refused if number < later else trickle)(
        connection, number
    )
    publisher = it.start(max_in_flight=lanes)

    def watch() -> None:
        until(lambda: seen["refused"] >= lanes // 2)
        time.sleep(1.0)  # until all that are refused know it
        requests, switches = it.server.requests, getrusage(RUSAGE_SELF).ru_nvcsw
        time.sleep(5.0)
        seen["switches"] = getrusage(RUSAGE_SELF).ru_nvcsw - switches
        seen["requests"] = it.server.requests - requests
        publisher.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(source)
    add_up(publisher.summary())
    return seen


def test_publishes_that_share_an_allowance_wake_no_more_than_each_alone(roads: Callable[[str], Road]) -> None:
    count = 3
    for attempt in range(3):  # a machine that stalls is late with what it sends, and wakes more; not each time
        seen = while_they_wait(roads("http"), str(attempt), count, lanes=30)
        if seen["requests"] == 0 and seen["switches"] <= 10 * 4 * count and seen["heard"] < 1.0:
            return
    raise AssertionError(seen)


def while_they_wait(it: Road, name: str, count: int, lanes: int) -> dict[str, float]:
    """Start so many publishes that use an allowance up, count for four seconds, and stop them."""
    it.folder = it.folder / name
    source = write_lines(it.folder / "in.jsonl", presences(40_000, users=2_000))
    spent = answer(b"{}", "Retry-After: 2", *allowance(300), status="429 Too Many Requests")
    it.server.manner = from_on(100, after(0.6, saying(spent)))
    publishers = []
    for number in range(count):
        it.folder = it.folder / str(number)
        publishers.append(it.start(max_in_flight=lanes))
    with ThreadPoolExecutor() as pool:
        publishes = [pool.submit(publisher.publish, source) for publisher in publishers]
        until(lambda: it.server.requests >= 100)
        until_nothing_goes(it)
        before, switches = it.server.requests, getrusage(RUSAGE_SELF).ru_nvcsw
        time.sleep(4.0)
        seen: dict[str, float] = {"switches": getrusage(RUSAGE_SELF).ru_nvcsw - switches}
        stopped = time.monotonic()
        for publisher in publishers:
            publisher.stop()
        for publish in publishes:
            with pytest.raises(GenesysError, match="stopped"):
                publish.result()
    seen["heard"] = time.monotonic() - stopped
    assert seen["heard"] < SOON
    seen["requests"] = it.server.requests - before
    return seen


def test_the_loop_does_not_spin_while_it_waits_for_its_allowance(roads: Callable[[str], Road]) -> None:
    it = roads("http")
    publisher = it.start(client={"requests_per_minute": 60.0})
    grown: list[float] = []

    def watch() -> None:
        until(lambda: it.server.requests >= 2)
        grown.append(least(lambda: growth(lambda: turns(it), 1.0), enough=10, goes=10))
        publisher.stop()

    threading.Thread(target=watch).start()
    began = time.monotonic()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert 2 <= publisher.summary()["requests"] <= 3 + time.monotonic() - began
    assert grown[0] <= 10, "while it reads the beginning there are more"


def test_turns_for_a_request_at_full_speed(roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch) -> None:
    it = roads("http")
    monkeypatch.setattr(sending, "_LOOK", 60.0)  # while it reads it looks by the clock: the more the slower it reads
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
    keeping = re.compile(r"; waiting: keeping to the rate limit \(\d+ requests?\)")
    stop_when_told(publisher, lambda: keeping.search(caplog.text))
    caplog.clear()
    limited = saying(answer(b"{}", "Retry-After: 3", status="429 Too Many Requests"))
    it.server.manner = from_on(it.server.requests + 5, limited)
    publisher = it.start()
    began = time.monotonic()
    stop_when_told(publisher, lambda: "Waiting for 3 s: rate limited (HTTP 429)." in caplog.text)
    assert publisher.turns < 200 * max(1.0, time.monotonic() - began)


def stop_when_told(publisher: Publisher, told: Callable[[], Any]) -> None:
    """Publish, and stop when it is in the log."""
    seen: list[bool] = []

    def stop() -> None:
        try:
            until(told)
            seen.append(True)
        finally:
            publisher.stop()

    threading.Thread(target=stop).start()
    with pytest.raises(GenesysError, match="stopped"):
        publisher.publish(presences(COUNT, users=200))
    assert seen, "it was not told"


def test_a_noted_answer_is_written_at_once_or_soon(
    roads: Callable[[str], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Always before the lane's next request, and within 10 ms of the answer also while others are late by 300.

    A machine that stalls makes some wait for longer, but not one in ten.
    """
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
    assert quantiles(waits, n=10)[-1] < 0.1
